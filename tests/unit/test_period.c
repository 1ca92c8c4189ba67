/* Tests of calendar/period.c. */
#include <errno.h>

#include "calendar/period.h"
#include "unit.h"

static Day day(const char *text) {
        Day d = 0;

        assert_int_equal(day_parse(bytes_of(text), &d), 0);
        return d;
}

static void assert_bounds(const Period *p, const char *from, const char *to) {
        _cleanup_(text_done) Text a = TEXT, b = TEXT;

        day_render(p->from, &a);
        day_render(p->to, &b);
        assert_text(&a, from);
        assert_text(&b, to);
}

/* Every kind and calendar has one word, which leads back to it. */
static void test_words(void **state _unused_) {
        PeriodKind kind;
        CalendarKind calendar;

        for (int i = 0; i < _PERIOD_KIND_MAX; i++) {
                assert_true(period_kind_of(bytes_of(period_kind_name((PeriodKind) i)), &kind));
                assert_int_equal(kind, i);
        }
        for (int i = 0; i < _CALENDAR_KIND_MAX; i++) {
                assert_true(calendar_kind_of(bytes_of(calendar_kind_name((CalendarKind) i)), &calendar));
                assert_int_equal(calendar, i);
        }
        assert_false(period_kind_of(BYTES_LIT("fortnight"), &kind));
        assert_false(calendar_kind_of(BYTES_LIT("15-15"), &calendar));
}

/* Bounds are those of the calendar, or of Nghị định 09/2019/NĐ-CP Điều 12: its examples, and the days around each edge. */
static void test_containing(void **state _unused_) {
        static const struct {
                const char *day;
                PeriodKind kind;
                CalendarKind calendar;
                const char *from, *to, *text;
        } rows[] = {
                { "2024-02-29", PERIOD_DAY, CALENDAR_CIVIL, "2024-02-29", "2024-02-29", "2024-02-29" },
                { "2024-02-01", PERIOD_MONTH, CALENDAR_CIVIL, "2024-02-01", "2024-02-29", "2024-02" },
                { "2023-02-28", PERIOD_MONTH, CALENDAR_CIVIL, "2023-02-01", "2023-02-28", "2023-02" },
                { "2024-12-31", PERIOD_MONTH, CALENDAR_CIVIL, "2024-12-01", "2024-12-31", "2024-12" },
                { "2024-03-31", PERIOD_QUARTER, CALENDAR_CIVIL, "2024-01-01", "2024-03-31", "2024-Q1" },
                { "2024-12-31", PERIOD_QUARTER, CALENDAR_CIVIL, "2024-10-01", "2024-12-31", "2024-Q4" },
                { "2024-06-30", PERIOD_HALF, CALENDAR_CIVIL, "2024-01-01", "2024-06-30", "2024-H1" },
                { "2024-07-01", PERIOD_HALF, CALENDAR_CIVIL, "2024-07-01", "2024-12-31", "2024-H2" },
                { "2024-09-30", PERIOD_NINE_MONTHS, CALENDAR_CIVIL, "2024-01-01", "2024-09-30", "2024-9M" },
                { "2024-02-29", PERIOD_YEAR, CALENDAR_CIVIL, "2024-01-01", "2024-12-31", "2024" },
                { "2024-08-14", PERIOD_MONTH, CALENDAR_15_14, "2024-07-15", "2024-08-14", "2024-08@15-14" },
                { "2024-07-15", PERIOD_MONTH, CALENDAR_15_14, "2024-07-15", "2024-08-14", "2024-08@15-14" },
                { "2024-07-14", PERIOD_MONTH, CALENDAR_15_14, "2024-06-15", "2024-07-14", "2024-07@15-14" },
                { "2023-12-15", PERIOD_MONTH, CALENDAR_15_14, "2023-12-15", "2024-01-14", "2024-01@15-14" },
                { "2024-08-31", PERIOD_QUARTER, CALENDAR_15_14, "2024-06-15", "2024-09-14", "2024-Q3@15-14" },
                { "2023-12-15", PERIOD_HALF, CALENDAR_15_14, "2023-12-15", "2024-06-14", "2024-H1@15-14" },
                { "2024-12-14", PERIOD_HALF, CALENDAR_15_14, "2024-06-15", "2024-12-14", "2024-H2@15-14" },
                { "2024-09-14", PERIOD_NINE_MONTHS, CALENDAR_15_14, "2023-12-15", "2024-09-14", "2024-9M@15-14" },
                { "2024-12-14", PERIOD_YEAR, CALENDAR_15_14, "2023-12-15", "2024-12-14", "2024@15-14" },
                { "2024-12-15", PERIOD_YEAR, CALENDAR_15_14, "2024-12-15", "2025-12-14", "2025@15-14" },
                { "2024-12-15", PERIOD_DAY, CALENDAR_15_14, "2024-12-15", "2024-12-15", "2024-12-15@15-14" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;
                Period p, back;

                assert_true(period_containing(rows[i].kind, rows[i].calendar, day(rows[i].day), &p));
                assert_bounds(&p, rows[i].from, rows[i].to);
                assert_true(period_contains(&p, day(rows[i].day)));
                period_render(&p, &t);
                assert_text(&t, rows[i].text);
                assert_int_equal(period_parse(bytes_of(rows[i].text), &back), 0);
                assert_true(period_equal(&p, &back));
        }
}

/* From October on a year's nine months are over, and a span contains what its owner says. */
static void test_not_containing(void **state _unused_) {
        Period p;

        assert_false(period_containing(PERIOD_NINE_MONTHS, CALENDAR_CIVIL, day("2024-10-01"), &p));
        assert_false(period_containing(PERIOD_NINE_MONTHS, CALENDAR_15_14, day("2024-09-15"), &p));
        assert_false(period_containing(PERIOD_NINE_MONTHS, CALENDAR_15_14, day("2024-12-14"), &p));
        assert_true(period_containing(PERIOD_NINE_MONTHS, CALENDAR_15_14, day("2024-12-15"), &p));
        assert_false(period_containing(PERIOD_SPAN, CALENDAR_CIVIL, day("2024-10-01"), &p));
}

/* Over sixty years, each period of each kind begins the day after the one before it ends, and next and previous undo each other. */
static void test_sequence(void **state _unused_) {
        for (int c = 0; c < _CALENDAR_KIND_MAX; c++)
                for (int k = 0; k < PERIOD_SPAN; k++) {
                        Period p, next, prev;

                        assert_true(period_containing((PeriodKind) k, (CalendarKind) c, day("2000-01-20"), &p));
                        for (int i = 0; p.to < day("2060-01-01") && i < 25000; i++, p = next) {
                                next = period_next(&p);
                                prev = period_prev(&next);
                                assert_true(period_equal(&p, &prev));
                                assert_int_equal(next.kind, k);
                                if (k == PERIOD_NINE_MONTHS)
                                        assert_int_equal(next.from, day_add_months(p.from, 12));
                                else
                                        assert_int_equal(next.from, p.to + 1);
                                assert_true(period_contains(&next, next.from) && period_contains(&next, next.to));
                                assert_false(period_contains(&next, p.to));
                        }
                }
}

/* Cumulative ones all begin with their year, and follow one another by their ends. */
static void test_cumulative(void **state _unused_) {
        static const struct {
                const char *first;
                const char *expected[4];
                const char *from[4];
        } rows[] = {
                { "~2024-11", { "~2024-11", "~2024-12", "~2025-01", "~2025-02" }, { "2024-01-01", "2024-01-01", "2025-01-01", "2025-01-01" } },
                { "~2024-11@15-14", { "~2024-11@15-14", "~2024-12@15-14", "~2025-01@15-14", "~2025-02@15-14" }, { "2023-12-15", "2023-12-15", "2024-12-15", "2024-12-15" } },
                { "~2024-Q3", { "~2024-Q3", "~2024-Q4", "~2025-Q1", "~2025-Q2" }, { "2024-01-01", "2024-01-01", "2025-01-01", "2025-01-01" } },
                { "~2024-12-30", { "~2024-12-30", "~2024-12-31", "~2025-01-01", "~2025-01-02" }, { "2024-01-01", "2024-01-01", "2025-01-01", "2025-01-01" } },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Period p, before;

                assert_int_equal(period_parse(bytes_of(rows[i].first), &p), 0);
                for (size_t k = 0; k < 4; k++) {
                        _cleanup_(text_done) Text t = TEXT, from = TEXT;

                        period_render(&p, &t);
                        assert_text(&t, rows[i].expected[k]);
                        day_render(p.from, &from);
                        assert_text(&from, rows[i].from[k]);
                        before = p;
                        p = period_next(&p);
                        assert_true(p.is_cumulative);
                        before = period_prev(&p);
                        assert_true(before.is_cumulative);
                }
        }
}

/* A part of a period up to a day, a year up to a day, and a free span are written so that they can be read back. */
static void test_render(void **state _unused_) {
        static const struct {
                PeriodKind kind;
                CalendarKind calendar;
                const char *from, *to;
                bool is_cumulative;
                const char *text;
                bool is_inverse;
        } rows[] = {
                { PERIOD_YEAR, CALENDAR_CIVIL, "2024-01-01", "2024-12-13", true, "~2024/2024-12-13", true },
                { PERIOD_YEAR, CALENDAR_15_14, "2023-12-15", "2024-12-13", true, "~2024/2024-12-13@15-14", true },
                { PERIOD_MONTH, CALENDAR_CIVIL, "2024-03-01", "2024-03-10", false, "2024-03/2024-03-10", true },
                { PERIOD_MONTH, CALENDAR_CIVIL, "2024-01-01", "2024-03-10", true, "~2024-03/2024-03-10", true },
                { PERIOD_SPAN, CALENDAR_CIVIL, "2024-01-01", "2024-02-17", false, "2024-01-01/2024-02-17", true },
                { PERIOD_SPAN, CALENDAR_CIVIL, "2024-01-05", "2024-02-17", true, "~2024-01-05/2024-02-17", true },
                { PERIOD_SPAN, CALENDAR_CIVIL, "2024-01-05", "2024-01-05", false, "2024-01-05/2024-01-05", true },
                { PERIOD_MONTH, CALENDAR_CIVIL, "2024-03-05", "2024-03-10", false, "2024-03-05/2024-03-10", false },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Period p = { rows[i].kind, rows[i].calendar, day(rows[i].from), day(rows[i].to), rows[i].is_cumulative }, back;
                _cleanup_(text_done) Text t = TEXT;

                period_render(&p, &t);
                assert_text(&t, rows[i].text);
                assert_int_equal(period_parse(text_bytes(&t), &back), 0);
                assert_int_equal(period_equal(&p, &back), rows[i].is_inverse);
        }
}

/* What names no period is refused, and the result is left alone. */
static void test_bad(void **state _unused_) {
        static const char *const bad[] = { "", "~", "24", "0000", "2024-", "2024-0", "2024-00", "2024-13", "2024-Q0", "2024-Q5", "2024-H0", "2024-H3", "2024-8M", "2024-9m", "2024-X1",
                                           "2024-3", "202403", "2024-02-30", "2024-03 ", " 2024-03", "2024/03", "2024-03@15-15", "2024-03@", "@15-14", "2024/", "2024/2023-12-31",
                                           "2024/2025-01-01", "2024-03/2024-04-01", "2024-03-05/2024-03-04", "2024-03-05/2024-03", "2024-03/x", "~~2024", "2024-+1", "2024-Q" };

        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                _free_ char *heap = NULL;
                Period p = { .from = 77 };

                if (period_parse(exact(bad[i], &heap), &p) != -EINVAL)
                        fail_msg("\"%s\" was taken", bad[i]);
                assert_int_equal(p.from, 77);
        }
}

/* The number in the year: month, quarter, half; 1 for nine months and the year; the day of the year for a day and for the end of a span. */
static void test_label(void **state _unused_) {
        static const struct {
                const char *text;
                int year;
                unsigned number;
        } rows[] = {
                { "2024-03", 2024, 3 }, { "2025-01@15-14", 2025, 1 }, { "2024-Q4", 2024, 4 }, { "2024-H2", 2024, 2 },          { "2024-9M", 2024, 1 },
                { "2024", 2024, 1 },    { "2024-12-31", 2024, 366 },  { "~2024-05", 2024, 5 }, { "2023-12-20/2024-01-02", 2024, 2 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Period p;
                int year;
                unsigned number;

                assert_int_equal(period_parse(bytes_of(rows[i].text), &p), 0);
                period_label(&p, &year, &number);
                assert_int_equal(year, rows[i].year);
                assert_int_equal(number, rows[i].number);
        }
}

/* A period is over from the day after its last. */
static void test_over(void **state _unused_) {
        Period p;

        assert_int_equal(period_parse(BYTES_LIT("2024-03@15-14"), &p), 0);
        assert_false(period_is_over(&p, day("2024-03-14")));
        assert_true(period_is_over(&p, day("2024-03-15")));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),      cmocka_unit_test(test_containing), cmocka_unit_test(test_not_containing), cmocka_unit_test(test_sequence),
                cmocka_unit_test(test_cumulative), cmocka_unit_test(test_render),     cmocka_unit_test(test_bad),            cmocka_unit_test(test_label),
                cmocka_unit_test(test_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

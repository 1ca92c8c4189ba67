/* Tests of calendar/zone.c. The zones need the tzdata package; their expected values were computed by Python's zoneinfo. */
#include <errno.h>

#include "base/err.h"
#include "base/file.h"
#include "calendar/zone.h"
#include "unit.h"

static const Zone *zone(const char *name) {
        const Zone *z = NULL;

        if (zone_get(name, &z) < 0)
                fail_msg("%s", err_story(-ENOENT));
        return z;
}

/* A day and its date lead to each other; the week runs through without a break; only dates that exist are valid. */
static void test_days(void **state _unused_) {
        static const struct {
                int year;
                unsigned month, day;
                bool is_valid;
        } rows[] = {
                { 2024, 2, 29, true },  { 2023, 2, 29, false }, { 2000, 2, 29, true }, { 1900, 2, 29, false }, { 2024, 4, 31, false }, { 2024, 12, 31, true },
                { 2024, 13, 1, false }, { 2024, 0, 1, false },  { 2024, 1, 0, false }, { 2024, 1, 32, false }, { 0, 1, 1, false },     { 1, 1, 1, true },
                { 9999, 12, 31, true }, { 10000, 1, 1, false },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                int year;
                unsigned month, day;

                assert_int_equal(day_is_valid(rows[i].year, rows[i].month, rows[i].day), rows[i].is_valid);
                if (!rows[i].is_valid)
                        continue;
                day_split(day_of(rows[i].year, rows[i].month, rows[i].day), &year, &month, &day);
                assert_int_equal(year, rows[i].year);
                assert_int_equal(month, rows[i].month);
                assert_int_equal(day, rows[i].day);
        }
        assert_int_equal(day_of(1970, 1, 1), 0);
        assert_int_equal(day_of_week(day_of(2024, 3, 1)), 5);
        assert_int_equal(day_of_week(day_of(1969, 12, 31)), 3);
        for (Day d = -1000; d < 1000; d++)
                assert_int_equal(day_of_week(d + 1), day_of_week(d) % 7 + 1);
}

/* Months are added by the calendar; a day that the month does not have becomes its last one. */
static void test_add_months(void **state _unused_) {
        static const struct {
                const char *from;
                int months;
                const char *to;
        } rows[] = {
                { "2024-01-31", 1, "2024-02-29" },  { "2023-01-31", 1, "2023-02-28" },   { "2024-03-31", -1, "2024-02-29" }, { "2024-03-15", 12, "2025-03-15" },
                { "2024-01-15", -1, "2023-12-15" }, { "2024-12-15", 1, "2025-01-15" },   { "2024-05-31", 0, "2024-05-31" },  { "2024-02-29", -12, "2023-02-28" },
                { "2024-06-30", -30, "2021-12-30" }, { "2024-08-31", 15, "2025-11-30" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;
                Day d;

                assert_int_equal(day_parse(bytes_of(rows[i].from), &d), 0);
                day_render(day_add_months(d, rows[i].months), &t);
                assert_text(&t, rows[i].to);
        }
}

/* A day is read in one form only. */
static void test_parse(void **state _unused_) {
        static const char *const bad[] = { "", "2024-3-01", "2024-03-1", "2024-02-30", "20240301", "2024-03-01 ", " 2024-03-01", "2024/03/01", "0000-01-01", "+024-01-01", "2024-03-0x", "2024-03-010" };
        Day d = 77;

        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                _free_ char *heap = NULL;

                assert_int_equal(day_parse(exact(bad[i], &heap), &d), -EINVAL);
                assert_int_equal(d, 77);
        }
        assert_int_equal(day_parse(BYTES_LIT("0001-01-01"), &d), 0);
        assert_int_equal(day_parse(BYTES_LIT("9999-12-31"), &d), 0);
        assert_int_equal(d, 2932896);
}

/* Offsets come from the table where it reaches and from the footer beyond: fixed, northern, southern, half an hour, negative, and a day left out. */
static void test_offsets(void **state _unused_) {
        static const struct {
                const char *name;
                const char *instant;
                int32_t offset;
        } rows[] = {
                { "UTC", "2024-03-01T00:00:00Z", 0 },
                { "Etc/GMT+12", "2024-03-01T00:00:00Z", -43200 },
                { "Asia/Ho_Chi_Minh", "1970-01-01T00:00:00Z", 28800 },
                { "Asia/Ho_Chi_Minh", "1975-06-12T15:59:59Z", 28800 },
                { "Asia/Ho_Chi_Minh", "1975-06-12T16:00:00Z", 25200 },
                { "Asia/Ho_Chi_Minh", "2024-12-13T00:00:00Z", 25200 },
                { "Asia/Ho_Chi_Minh", "2500-01-01T00:00:00Z", 25200 },
                { "Europe/Berlin", "2024-03-31T00:59:59Z", 3600 },
                { "Europe/Berlin", "2024-03-31T01:00:00Z", 7200 },
                { "Europe/Berlin", "2024-10-27T00:59:59Z", 7200 },
                { "Europe/Berlin", "2024-10-27T01:00:00Z", 3600 },
                { "Europe/Berlin", "2100-03-28T00:59:59Z", 3600 },
                { "Europe/Berlin", "2100-03-28T01:00:00Z", 7200 },
                { "America/New_York", "2300-11-04T05:59:59Z", -14400 },
                { "America/New_York", "2300-11-04T06:00:00Z", -18000 },
                { "Europe/Dublin", "2090-01-15T00:00:00Z", 0 },
                { "Europe/Dublin", "2090-07-15T00:00:00Z", 3600 },
                { "Australia/Lord_Howe", "2100-01-15T00:00:00Z", 39600 },
                { "Australia/Lord_Howe", "2100-07-15T00:00:00Z", 37800 },
                { "America/Santiago", "2100-01-01T00:00:00Z", -10800 },
                { "America/Santiago", "2100-07-01T00:00:00Z", -14400 },
                { "Pacific/Apia", "2011-12-30T09:59:59Z", -36000 },
                { "Pacific/Apia", "2011-12-30T10:00:00Z", 50400 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                usec_t t;

                assert_int_equal(usec_parse_utc(bytes_of(rows[i].instant), &t), 0);
                if (zone_offset(zone(rows[i].name), t) != rows[i].offset)
                        fail_msg("%s at %s: %d", rows[i].name, rows[i].instant, zone_offset(zone(rows[i].name), t));
        }
}

/* A civil time names one instant: of two the first, of none the one that the clock shows after the gap. */
static void test_instants(void **state _unused_) {
        static const struct {
                const char *name;
                Civil civil;
                const char *instant;
        } rows[] = {
                { "UTC", { 2024, 3, 1, 12, 30, 15, 7 }, "2024-03-01T12:30:15.000007Z" },
                { "Asia/Ho_Chi_Minh", { 2024, 3, 1, 0, 0, 0, 0 }, "2024-02-29T17:00:00.000000Z" },
                { "Europe/Berlin", { 2024, 3, 31, 1, 59, 59, 0 }, "2024-03-31T00:59:59.000000Z" },
                { "Europe/Berlin", { 2024, 3, 31, 2, 0, 0, 0 }, "2024-03-31T01:00:00.000000Z" },
                { "Europe/Berlin", { 2024, 3, 31, 2, 30, 0, 0 }, "2024-03-31T01:30:00.000000Z" },
                { "Europe/Berlin", { 2024, 3, 31, 3, 0, 0, 0 }, "2024-03-31T01:00:00.000000Z" },
                { "Europe/Berlin", { 2024, 10, 27, 2, 30, 0, 0 }, "2024-10-27T00:30:00.000000Z" },
                { "Europe/Berlin", { 2024, 10, 27, 3, 0, 0, 0 }, "2024-10-27T02:00:00.000000Z" },
                { "Europe/Berlin", { 2101, 3, 27, 2, 30, 0, 0 }, "2101-03-27T01:30:00.000000Z" },
                { "Pacific/Apia", { 2011, 12, 30, 12, 0, 0, 0 }, "2011-12-30T22:00:00.000000Z" },
                { "Asia/Ho_Chi_Minh", { 1970, 1, 1, 7, 59, 59, 0 }, "1970-01-01T00:00:00.000000Z" },
                { "Asia/Ho_Chi_Minh", { 1, 1, 1, 0, 0, 0, 0 }, "1970-01-01T00:00:00.000000Z" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;

                usec_render_utc(zone_instant(zone(rows[i].name), &rows[i].civil), &t);
                assert_text(&t, rows[i].instant);
        }
}

/* Every hour of three decades, seen on the clock, leads back to itself or to the first of its two instants; days follow one another. */
static void test_round_trip(void **state _unused_) {
        static const char *const names[] = { "UTC", "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca" };

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                const Zone *z = zone(names[i]);
                Day last = zone_day(z, 20 * 365 * USEC_DAY);

                for (usec_t t = 20 * 365 * USEC_DAY; t < 80 * 365 * USEC_DAY; t += USEC_HOUR / 2) {
                        Civil c = zone_civil(z, t), again;
                        usec_t back = zone_instant(z, &c);
                        Day day = zone_day(z, t);

                        assert_true(back <= t);
                        again = zone_civil(z, back);
                        assert_memory_equal(&c, &again, sizeof(c));
                        if (back != t)
                                assert_true(zone_change_after(z, back) <= t);
                        assert_true(day - last <= 2 && day >= last - 1);
                        last = day;
                }
        }
}

/* The next change is one of offset, in the table and beyond it; where none comes it is never. */
static void test_changes(void **state _unused_) {
        static const struct {
                const char *name, *after, *change;
        } rows[] = {
                { "Europe/Berlin", "2024-01-01T00:00:00Z", "2024-03-31T01:00:00.000000Z" },
                { "Europe/Berlin", "2024-03-31T01:00:00Z", "2024-10-27T01:00:00.000000Z" },
                { "Europe/Berlin", "2100-12-31T00:00:00Z", "2101-03-27T01:00:00.000000Z" },
                { "Asia/Ho_Chi_Minh", "1970-01-01T00:00:00Z", "1975-06-12T16:00:00.000000Z" },
                { "Asia/Ho_Chi_Minh", "1975-06-12T16:00:00Z", NULL },
                { "UTC", "2024-01-01T00:00:00Z", NULL },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text text = TEXT;
                usec_t t, change;

                assert_int_equal(usec_parse_utc(bytes_of(rows[i].after), &t), 0);
                change = zone_change_after(zone(rows[i].name), t);
                assert_int_equal(change == USEC_NEVER, rows[i].change == NULL);
                if (!rows[i].change)
                        continue;
                usec_render_utc(change, &text);
                assert_text(&text, rows[i].change);
        }
}

/* A zone is loaded once and keeps its name; what is no zone is refused with words, and no name leads out of the folder. */
static void test_names(void **state _unused_) {
        static const char *const bad[] = { "", "Asia/Hanoi_City", "/etc/passwd", "../../../etc/passwd", "Asia", "Asia/Ho_Chi_Minh/x", "Asia/Ho Chi Minh", "utc;x",
                                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
        const Zone *z = NULL;

        assert_ptr_equal(zone("Asia/Ho_Chi_Minh"), zone("Asia/Ho_Chi_Minh"));
        assert_string_equal(zone_name(zone("Asia/Ho_Chi_Minh")), "Asia/Ho_Chi_Minh");
        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                assert_int_equal(zone_get(bad[i], &z), -ENOENT);
                assert_null(z);
        }
        assert_int_equal(zone_get("Asia/Hanoi_City", &z), -ENOENT);
        assert_non_null(strstr(err_story(-ENOENT), "there is no time zone \"Asia/Hanoi_City\""));
        assert_int_equal(zone_get("tzdata.zi", &z), -ENOENT);
        assert_int_equal(zone_get("leapseconds", &z), -EINVAL);
}

/* ---- files made here: an old half with nothing in it, then the half that counts ---- */

static void add_header(Text *t, char version, uint32_t n_leap, uint32_t n_transitions, uint32_t n_types) {
        const uint32_t counts[] = { 0, 0, n_leap, n_transitions, n_types, 4 };

        (void) text_add_str(t, "TZif");
        (void) text_add_char(t, version);
        for (int i = 0; i < 15; i++)
                (void) text_add_char(t, '\0');
        for (size_t i = 0; i < ELEMENTS(counts); i++)
                for (int shift = 24; shift >= 0; shift -= 8)
                        (void) text_add_u8(t, (uint8_t) (counts[i] >> shift));
}

static void add_zeros(Text *t, size_t n) {
        while (n--)
                (void) text_add_char(t, '\0');
}

static void add_big_endian(Text *t, int64_t v, int n) {
        while (n--)
                (void) text_add_u8(t, (uint8_t) ((uint64_t) v >> (8 * n)));
}

typedef struct Made {
        int64_t at[4];
        uint8_t type[4];
        uint32_t n;
        int32_t offsets[2];
        const char *footer;
} Made;

static void make_file(const Made *m, Text *ret) {
        add_header(ret, '2', 0, 0, 1);
        add_zeros(ret, 6 + 4);
        add_header(ret, '2', 0, m->n, 2);
        for (uint32_t i = 0; i < m->n; i++)
                add_big_endian(ret, m->at[i], 8);
        for (uint32_t i = 0; i < m->n; i++)
                (void) text_add_u8(ret, m->type[i]);
        for (int i = 0; i < 2; i++) {
                add_big_endian(ret, m->offsets[i], 4);
                add_zeros(ret, 2);
        }
        (void) text_add(ret, (Bytes){ "XXX", 4 });
        (void) text_add_str(ret, m->footer);
}

/* What is cut anywhere, or changed so that it contradicts itself, is refused, never read beyond its end. */
static void test_broken_files(void **state _unused_) {
        static const Made rows[] = {
                { .n = 1, .type = { 2 }, .footer = "\nUTC0\n" },                                        /* no such type */
                { .n = 2, .at = { 5, 5 }, .footer = "\nUTC0\n" },                                       /* not ascending */
                { .offsets = { 26 * 3600 }, .footer = "\nUTC0\n" },
                { .offsets = { -26 * 3600 }, .footer = "\nUTC0\n" },
                { .footer = "" },
                { .footer = "UTC0\n" },
                { .footer = "\nUTC0" },
                { .footer = "\nUT0\n" },
                { .footer = "\nUTC\n" },
                { .footer = "\n<+07-7\n" },
                { .footer = "\nUTC25\n" },
                { .footer = "\nUTC0:60\n" },
                { .footer = "\nUTC0:00:99\n" },
                { .footer = "\nCET-1CEST\n" },
                { .footer = "\nCET-1CEST,M3.5.0\n" },
                { .footer = "\nCET-1CEST,M3.5.0,M10.5.0x\n" },
                { .footer = "\nCET-1CEST,M13.5.0,M10.5.0\n" },
                { .footer = "\nCET-1CEST,M0.5.0,M10.5.0\n" },
                { .footer = "\nCET-1CEST,M3.6.0,M10.5.0\n" },
                { .footer = "\nCET-1CEST,M3.0.0,M10.5.0\n" },
                { .footer = "\nCET-1CEST,M3.5.7,M10.5.0\n" },
                { .footer = "\nCET-1CEST,M3.5,M10.5.0\n" },
                { .footer = "\nCET-1CEST,J0,J300\n" },
                { .footer = "\nCET-1CEST,J366,J300\n" },
                { .footer = "\nCET-1CEST,366,300\n" },
                { .footer = "\nCET-1CEST,J60/168,J300\n" },
                { .footer = "\nCET-1CEST,J60/,J300\n" },
                { .footer = "\nCET-1C,J60,J300\n" },
                { .footer = "\nCET-1CEST-x,J60,J300\n" },
        };
        static const Made good = { .n = 2, .at = { -100, 100 }, .type = { 1, 0 }, .offsets = { 0, 3600 }, .footer = "\n<+07>-7\n" };
        _cleanup_(text_done) Text whole = TEXT;
        Zone *z = NULL;

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;

                make_file(&rows[i], &t);
                if (zone_parse("x", text_bytes(&t), &z) != -EINVAL)
                        fail_msg("row %zu was taken", i);
        }
        make_file(&good, &whole);
        for (size_t n = 0; n < whole.len; n++) {
                char *heap = xalloc(n);

                memcpy(heap, whole.data, n);
                assert_int_equal(zone_parse("x", (Bytes){ heap, n }, &z), -EINVAL);
                (void) xfree(heap);
        }
        assert_int_equal(zone_parse("x", text_bytes(&whole), &z), 0);
        z = zone_free(z);
        assert_null(zone_free(NULL));
}

/* Old, leap-counting and absurdly large tables are refused. */
static void test_refused_headers(void **state _unused_) {
        static const struct {
                char version;
                uint32_t n_leap, n_transitions, n_types;
                const char *words;
        } rows[] = {
                { '\0', 0, 0, 1, "version 1" }, { '2', 1, 0, 1, "leap seconds" }, { '2', 0, 0, 0, "counts" }, { '2', 0, 0, 257, "counts" }, { '2', 0, 10001, 1, "counts" },
                { '2', UINT32_MAX, UINT32_MAX, UINT32_MAX, "counts" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;
                Zone *z = NULL;

                add_header(&t, rows[i].version, 0, 0, 1);
                add_zeros(&t, 6 + 4);
                add_header(&t, '2', rows[i].n_leap, rows[i].n_transitions, rows[i].n_types);
                add_zeros(&t, 200000);
                assert_int_equal(zone_parse("x", text_bytes(&t), &z), -EINVAL);
                assert_non_null(strstr(err_story(-EINVAL), rows[i].words));
        }
}

/* Footers of every form are followed: Julian days with and without 29 February, times before midnight and after the day, summer all the year. */
static void test_footers(void **state _unused_) {
        static const struct {
                const char *footer, *instant;
                int32_t offset;
        } rows[] = {
                { "\n\n", "2024-03-01T00:00:00Z", 0 },          /* none: the last type stays */
                { "\nAAA-1:30:15\n", "2024-03-01T00:00:00Z", 5415 },
                { "\nAAA3BBB,J60/0,J300/0\n", "2024-03-01T02:59:59Z", -10800 },
                { "\nAAA3BBB,J60/0,J300/0\n", "2024-03-01T03:00:00Z", -7200 },
                { "\nAAA3BBB,J60/0,J300/0\n", "2023-03-01T02:59:59Z", -10800 },
                { "\nAAA3BBB,J60/0,J300/0\n", "2023-03-01T03:00:00Z", -7200 },
                { "\nAAA3BBB,59/0,299/0\n", "2024-02-29T02:59:59Z", -10800 },
                { "\nAAA3BBB,59/0,299/0\n", "2024-02-29T03:00:00Z", -7200 },
                { "\nAAA3BBB,59/0,299/0\n", "2023-03-01T03:00:00Z", -7200 },
                { "\nAAA0BBB,M3.5.0/-24,M10.5.0/26\n", "2024-03-29T23:59:59Z", 0 },
                { "\nAAA0BBB,M3.5.0/-24,M10.5.0/26\n", "2024-03-30T00:00:00Z", 3600 },
                { "\nAAA0BBB,M3.5.0/-24,M10.5.0/26\n", "2024-10-28T00:59:59Z", 3600 },
                { "\nAAA0BBB,M3.5.0/-24,M10.5.0/26\n", "2024-10-28T01:00:00Z", 0 },
                { "\nXXX3EDT4,0/0,J365/23\n", "2024-01-01T04:00:00Z", -14400 },
                { "\nXXX3EDT4,0/0,J365/23\n", "2024-07-01T00:00:00Z", -14400 },
                { "\nXXX3EDT4,0/0,J365/23\n", "2024-12-31T23:59:59Z", -14400 },
                { "\nXXX3EDT4,0/0,J365/23\n", "2025-01-01T03:00:00Z", -14400 },
                { "\nAAA0BBB,M12.5.0/0,M2.1.0/0\n", "2024-01-15T00:00:00Z", 3600 },
                { "\nAAA0BBB,M12.5.0/0,M2.1.0/0\n", "2024-06-15T00:00:00Z", 0 },
                { "\nAAA0BBB,M12.5.0/0,M2.1.0/0\n", "2024-12-29T00:00:00Z", 3600 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                const Made made = { .n = 1, .at = { 0 }, .type = { 0 }, .footer = rows[i].footer };
                _cleanup_(text_done) Text t = TEXT;
                _cleanup_(zone_freep) Zone *z = NULL;
                usec_t instant;

                make_file(&made, &t);
                assert_int_equal(zone_parse("x", text_bytes(&t), &z), 0);
                assert_int_equal(usec_parse_utc(bytes_of(rows[i].instant), &instant), 0);
                if (zone_offset(z, instant) != rows[i].offset)
                        fail_msg("%s at %s: %d", rows[i].footer, rows[i].instant, zone_offset(z, instant));
        }
}

/* A change of name only is no change, and before the first transition the first type holds. */
static void test_made_changes(void **state _unused_) {
        static const Made made = { .n = 4, .at = { 100, 200, 300, 400 }, .type = { 1, 1, 0, 0 }, .offsets = { 60, 120 }, .footer = "\nXXX-0:01\n" };
        _cleanup_(text_done) Text t = TEXT;
        _cleanup_(zone_freep) Zone *z = NULL;

        make_file(&made, &t);
        assert_int_equal(zone_parse("x", text_bytes(&t), &z), 0);
        assert_int_equal(zone_offset(z, 99 * USEC_SEC), 60);
        assert_int_equal(zone_offset(z, 100 * USEC_SEC), 120);
        assert_true(zone_change_after(z, 0) == 100 * USEC_SEC);
        assert_true(zone_change_after(z, 100 * USEC_SEC) == 300 * USEC_SEC);
        assert_true(zone_change_after(z, 300 * USEC_SEC) == USEC_NEVER);
        assert_string_equal(zone_name(z), "x");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_days),         cmocka_unit_test(test_add_months),   cmocka_unit_test(test_parse),
                cmocka_unit_test(test_offsets),      cmocka_unit_test(test_instants),     cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_changes),      cmocka_unit_test(test_names),        cmocka_unit_test(test_broken_files),
                cmocka_unit_test(test_refused_headers), cmocka_unit_test(test_footers),   cmocka_unit_test(test_made_changes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

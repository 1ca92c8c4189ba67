/* Tests of base/usec.c. */
#include <errno.h>

#include "base/usec.h"
#include "unit.h"

/* A span is numbers with units that are added up; a bare number is refused. */
static void test_parse(void **state _unused_) {
        static const struct {
                const char *text;
                int code;
                usec_t expected;
        } rows[] = {
                { "90 s", 0, 90 * USEC_SEC },
                { "15 min", 0, 15 * USEC_MINUTE },
                { "15min", 0, 15 * USEC_MINUTE },
                { "1 h 30 min", 0, 90 * USEC_MINUTE },
                { "1h30min", 0, 90 * USEC_MINUTE },
                { "250 ms", 0, 250 * USEC_MSEC },
                { "7 us", 0, 7 },
                { "2 d", 0, 2 * USEC_DAY },
                { "1 w", 0, 7 * USEC_DAY },
                { " 0 s ", 0, 0 },
                { "90", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "s", -EINVAL, 0 },
                { "1 m", -EINVAL, 0 },
                { "1 H", -EINVAL, 0 },
                { "-1 s", -EINVAL, 0 },
                { "1.5 h", -EINVAL, 0 },
                { "1 h 30", -EINVAL, 0 },
                { "1 h,30 min", -EINVAL, 0 },
                { "18446744073709551614 us", 0, USEC_NEVER - 1 },
                { "18446744073709551615 us", -ERANGE, 0 },
                { "18446744073709551616 us", -ERANGE, 0 },
                { "18446744073710 s", -ERANGE, 0 },
                { "18446744073709 s 1 s", -ERANGE, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _free_ char *heap = NULL;
                usec_t v = 77;

                assert_int_equal(usec_parse(exact(rows[i].text, &heap), &v), rows[i].code);
                assert_true(v == (rows[i].code ? 77 : rows[i].expected));
        }
}

/* A span is written exactly, and what was written is read back as the same span. */
static void test_render(void **state _unused_) {
        static const struct {
                usec_t v;
                const char *expected;
        } rows[] = {
                { 0, "0 s" },
                { 90 * USEC_MINUTE, "1 h 30 min" },
                { 14 * USEC_DAY, "14 d" },
                { USEC_DAY + 1, "1 d 1 us" },
                { 1500 * USEC_MSEC, "1 s 500 ms" },
                { USEC_NEVER - 1, "213503982 d 8 h 1 min 49 s 551 ms 614 us" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;
                usec_t back;

                usec_render(rows[i].v, &t);
                assert_text(&t, rows[i].expected);
                assert_int_equal(usec_parse(text_bytes(&t), &back), 0);
                assert_true(back == rows[i].v);
        }
}

/* "Never" has a word, and is not passed by adding. */
static void test_never(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;

        usec_render(USEC_NEVER, &t);
        assert_text(&t, "never");
        assert_true(usec_add(USEC_NEVER, 5) == USEC_NEVER);
        assert_true(usec_add(USEC_NEVER - 5, 5) == USEC_NEVER);
        assert_true(usec_add(USEC_NEVER - 5, 6) == USEC_NEVER);
        assert_true(usec_add(2, 3) == 5);
}

/* Instants are read in any offset and with any fraction, and written in one form (values of date -u). */
static void test_instants(void **state _unused_) {
        static const struct {
                const char *text;
                usec_t expected;
                const char *written;
        } rows[] = {
                { "1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000000Z" },
                { "2024-03-01T00:00:00Z", UINT64_C(1709251200000000), "2024-03-01T00:00:00.000000Z" },
                { "2024-03-01t07:00:00+07:00", UINT64_C(1709251200000000), "2024-03-01T00:00:00.000000Z" },
                { "2024-02-29 23:59:59.5z", UINT64_C(1709251199500000), "2024-02-29T23:59:59.500000Z" },
                { "2024-02-29T14:30:00.123456789-09:30", UINT64_C(1709251200123456), "2024-03-01T00:00:00.123456Z" },
                { "2016-12-31T23:59:60Z", UINT64_C(1483228800000000), "2017-01-01T00:00:00.000000Z" },
                { "2000-02-29T12:00:00Z", UINT64_C(951825600000000), "2000-02-29T12:00:00.000000Z" },
                { "2038-01-19T03:14:08Z", UINT64_C(2147483648000000), "2038-01-19T03:14:08.000000Z" },
                { "9999-12-31T23:59:59.999999Z", UINT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;
                _free_ char *heap = NULL;
                usec_t v = 0;

                assert_int_equal(usec_parse_utc(exact(rows[i].text, &heap), &v), 0);
                assert_true(v == rows[i].expected);
                usec_render_utc(v, &t);
                assert_text(&t, rows[i].written);
        }
}

/* An instant without an offset, with a date or time that does not exist, or with anything around it is refused. */
static void test_bad_instants(void **state _unused_) {
        static const struct {
                const char *text;
                int code;
        } rows[] = {
                { "", -EINVAL },
                { "2024-03-01", -EINVAL },
                { "2024-03-01T00:00:00", -EINVAL },
                { "2024-03-01T00:00Z", -EINVAL },
                { "2023-02-29T00:00:00Z", -EINVAL },
                { "1900-02-29T00:00:00Z", -EINVAL },
                { "2024-04-31T00:00:00Z", -EINVAL },
                { "2024-13-01T00:00:00Z", -EINVAL },
                { "2024-00-01T00:00:00Z", -EINVAL },
                { "2024-01-00T00:00:00Z", -EINVAL },
                { "2024-01-01T24:00:00Z", -EINVAL },
                { "2024-01-01T00:60:00Z", -EINVAL },
                { "2024-01-01T00:00:61Z", -EINVAL },
                { "2024-01-01T00:00:00.Z", -EINVAL },
                { "2024-01-01T00:00:00.1234567890Z", -EINVAL },
                { "2024-01-01T00:00:00+0700", -EINVAL },
                { "2024-01-01T00:00:00+07", -EINVAL },
                { "2024-01-01T00:00:00+24:00", -EINVAL },
                { "2024-01-01T00:00:00Z ", -EINVAL },
                { " 2024-01-01T00:00:00Z", -EINVAL },
                { "2024-1-01T00:00:00Z", -EINVAL },
                { "2024/01/01T00:00:00Z", -EINVAL },
                { "1969-12-31T23:59:59Z", -ERANGE },
                { "1970-01-01T00:00:00+00:01", -ERANGE },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _free_ char *heap = NULL;
                usec_t v = 77;

                assert_int_equal(usec_parse_utc(exact(rows[i].text, &heap), &v), rows[i].code);
                assert_true(v == 77);
        }
}

/* Every day of 1600 to 2400 and of the years around 0 has one date, and the date leads back to the day. */
static void test_days(void **state _unused_) {
        int64_t y, m, d, last = usec_days_of(1599, 12, 31);

        for (int64_t day = usec_days_of(1600, 1, 1); day <= usec_days_of(2400, 12, 31); day++) {
                usec_days_split(day, &y, &m, &d);
                assert_true(usec_days_of(y, m, d) == day);
                assert_true(day == last + 1);
                assert_true(m >= 1 && m <= 12 && d >= 1 && d <= 31);
                last = day;
        }
        assert_true(usec_days_of(1970, 1, 1) == 0);
        assert_true(usec_days_of(1600, 1, 1) == -135140);
        assert_true(usec_days_of(0, 3, 1) == -719468);
        usec_days_split(-719469, &y, &m, &d);
        assert_true(y == 0 && m == 2 && d == 29);
        usec_days_split(-719893, &y, &m, &d);
        assert_true(y == -1 && m == 1 && d == 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),    cmocka_unit_test(test_render),       cmocka_unit_test(test_never),
                cmocka_unit_test(test_instants), cmocka_unit_test(test_bad_instants), cmocka_unit_test(test_days),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

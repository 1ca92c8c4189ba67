/* Tests of base/num.c. */
#include <errno.h>

#include "base/num.h"
#include "unit.h"

/* Integers are whole texts of digits in range, with nothing around them; a failure leaves the result alone. */
static void test_integers(void **state _unused_) {
        static const struct {
                const char *text;
                int u64, i64;
                uint64_t u;
                int64_t i;
        } rows[] = {
                { "0", 0, 0, 0, 0 },
                { "007", 0, 0, 7, 7 },
                { "42", 0, 0, 42, 42 },
                { "-1", -EINVAL, 0, 9, -1 },
                { "-0", -EINVAL, 0, 9, 0 },
                { "9223372036854775807", 0, 0, INT64_MAX, INT64_MAX },
                { "9223372036854775808", 0, -ERANGE, UINT64_C(9223372036854775808), 9 },
                { "-9223372036854775808", -EINVAL, 0, 9, INT64_MIN },
                { "-9223372036854775809", -EINVAL, -ERANGE, 9, 9 },
                { "18446744073709551615", 0, -ERANGE, UINT64_MAX, 9 },
                { "18446744073709551616", -ERANGE, -ERANGE, 9, 9 },
                { "99999999999999999999999", -ERANGE, -ERANGE, 9, 9 },
                { "", -EINVAL, -EINVAL, 9, 9 },
                { "-", -EINVAL, -EINVAL, 9, 9 },
                { "+1", -EINVAL, -EINVAL, 9, 9 },
                { " 1", -EINVAL, -EINVAL, 9, 9 },
                { "1 ", -EINVAL, -EINVAL, 9, 9 },
                { "1.0", -EINVAL, -EINVAL, 9, 9 },
                { "0x10", -EINVAL, -EINVAL, 9, 9 },
                { "--1", -EINVAL, -EINVAL, 9, 9 },
                { "99999999999999999999999x", -EINVAL, -EINVAL, 9, 9 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _free_ char *heap = NULL;
                Bytes text = exact(rows[i].text, &heap);
                uint64_t u = 9;
                int64_t v = 9;

                assert_int_equal(num_parse_u64(text, &u), rows[i].u64);
                assert_true(u == rows[i].u);
                assert_int_equal(num_parse_i64(text, &v), rows[i].i64);
                assert_true(v == rows[i].i);
        }
}

#define ZEROS_20 "00000000000000000000"
#define ONES_20 "11111111111111111111"

/* A decimal becomes its one canonical text; what is no decimal, or has over 60 digits on a side, is refused and adds nothing. */
static void test_canonical(void **state _unused_) {
        static const struct {
                const char *text;
                int code;
                const char *expected;
        } rows[] = {
                { "0", 0, "0" },
                { "-0", 0, "0" },
                { "0.000", 0, "0" },
                { "-0.0e5", 0, "0" },
                { "0e999999999999", 0, "0" },
                { "99.96", 0, "99.96" },
                { "100", 0, "100" },
                { "007.50", 0, "7.5" },
                { "-12.3400", 0, "-12.34" },
                { "1e3", 0, "1000" },
                { "1E+3", 0, "1000" },
                { "1.5e1", 0, "15" },
                { "12345e-3", 0, "12.345" },
                { "12e-5", 0, "0.00012" },
                { "0.001e2", 0, "0.1" },
                { "0.00100", 0, "0.001" },
                { "100e-2", 0, "1" },
                { ONES_20 ONES_20 ONES_20, 0, ONES_20 ONES_20 ONES_20 },
                { ONES_20 ONES_20 ONES_20 "1", -ERANGE, "" },
                { "0." ONES_20 ONES_20 ONES_20, 0, "0." ONES_20 ONES_20 ONES_20 },
                { "0." ONES_20 ONES_20 ONES_20 "1", -ERANGE, "" },
                { "0." ONES_20 ONES_20 ONES_20 "0", 0, "0." ONES_20 ONES_20 ONES_20 },
                { "0000" ONES_20 ONES_20 ONES_20, 0, ONES_20 ONES_20 ONES_20 },
                { "1e59", 0, "1" ZEROS_20 ZEROS_20 "0000000000000000000" },
                { "1e60", -ERANGE, "" },
                { "1e-60", 0, "0." ZEROS_20 ZEROS_20 "0000000000000000000" "1" },
                { "1e-61", -ERANGE, "" },
                { "1e99999999999999999999", -ERANGE, "" },
                { "1e-99999999999999999999", -ERANGE, "" },
                { "", -EINVAL, "" },
                { "-", -EINVAL, "" },
                { ".5", -EINVAL, "" },
                { "5.", -EINVAL, "" },
                { "+5", -EINVAL, "" },
                { "1e", -EINVAL, "" },
                { "1e+", -EINVAL, "" },
                { "1e5.", -EINVAL, "" },
                { "1,5", -EINVAL, "" },
                { "1 ", -EINVAL, "" },
                { "NaN", -EINVAL, "" },
                { "0x1", -EINVAL, "" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT, again = TEXT;
                _free_ char *heap = NULL;
                Bytes text = exact(rows[i].text, &heap);

                assert_int_equal(num_is_decimal(text), rows[i].code != -EINVAL);
                assert_int_equal(num_canonical(text, &t), rows[i].code);
                assert_text(&t, rows[i].expected);
                if (rows[i].code)
                        continue;
                assert_int_equal(num_canonical(text_bytes(&t), &again), 0);
                assert_text(&again, rows[i].expected);
        }
}

/* A text that has no room says so. */
static void test_full(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT_INIT(3);

        assert_int_equal(num_canonical(BYTES_LIT("12.34"), &t), -E2BIG);
}

/* Numbers compare as numbers, whatever they are written like. */
static void test_compare(void **state _unused_) {
        static const struct {
                const char *a, *b;
                int expected;
        } rows[] = {
                { "1", "2", -1 },        { "10", "9", 1 },       { "-10", "9", -1 },    { "-10", "-9", -1 },      { "0", "-0", 0 },
                { "1.50", "1.5", 0 },    { "15e-1", "1.5", 0 },  { "99.96", "100", -1 }, { "0.1", "0.09", 1 },    { "1e3", "999.999", 1 },
                { "0", "0.0001", -1 },   { "0", "-0.0001", 1 },  { "007", "7", 0 },     { "1.01", "1.001", 1 },   { "-1.01", "-1.001", -1 },
                { "1e500", "1e499", 1 }, { "-1e500", "1", -1 },  { "12", "12.5", -1 },  { "120", "12.5e1", -1 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Bytes a = bytes_of(rows[i].a), b = bytes_of(rows[i].b);

                assert_int_equal(num_compare(a, b), rows[i].expected);
                assert_int_equal(num_compare(b, a), -rows[i].expected);
                assert_int_equal(num_compare(a, a), 0);
        }
}

/* A shift moves the point and changes no digit; there and back is the same number. */
static void test_shift(void **state _unused_) {
        static const struct {
                const char *text;
                int power;
                int code;
                const char *expected;
        } rows[] = {
                { "99.96", 2, 0, "9996" }, { "9996", -2, 0, "99.96" },   { "0", 50, 0, "0" },       { "-1.5", 3, 0, "-1500" }, { "5", -3, 0, "0.005" },
                { "1", 60, -ERANGE, "" },  { "1", -61, -ERANGE, "" },    { "x", 1, -EINVAL, "" },   { "1e2", -2, 0, "1" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT, back = TEXT;

                assert_int_equal(num_shift(bytes_of(rows[i].text), rows[i].power, &t), rows[i].code);
                assert_text(&t, rows[i].expected);
                if (rows[i].code)
                        continue;
                assert_int_equal(num_shift(text_bytes(&t), -rows[i].power, &back), 0);
                assert_int_equal(num_compare(text_bytes(&back), bytes_of(rows[i].text)), 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_integers), cmocka_unit_test(test_canonical), cmocka_unit_test(test_full),
                cmocka_unit_test(test_compare),  cmocka_unit_test(test_shift),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of normalise/number.c. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normalise/number.h"

static const struct {
        NumberForm form;
        const char *text;
        const char *want; /* NULL: refused */
} cases[] = {
        { NUMBER_PLAIN, "12", "12" },
        { NUMBER_PLAIN, " 12.50\n", "12.5" },
        { NUMBER_PLAIN, "-0", "0" },
        { NUMBER_PLAIN, "1e3", "1000" },
        { NUMBER_PLAIN, "007", "7" },
        { NUMBER_PLAIN,
                        "\xEF\xBB\xBF"
                        "5",
                        "5" },
        { NUMBER_PLAIN,
                        "\xC2\xA0"
                        "5",
                        "5" },
        { NUMBER_PLAIN, "1,5", NULL },
        { NUMBER_PLAIN, "", NULL },
        { NUMBER_PLAIN, "12x", NULL },
        { NUMBER_PLAIN, "+5", NULL },
        { NUMBER_PLAIN, "5%", NULL },
        { NUMBER_PLAIN, ".5", NULL },
        { NUMBER_PLAIN, "5.", NULL },
        { NUMBER_PLAIN, "NaN", NULL },
        { NUMBER_PLAIN, "0x10", NULL },
        { NUMBER_PLAIN, "1.234", "1.234" },
        { NUMBER_VI, "99,5", "99.5" },
        { NUMBER_VI, "1.234", "1234" },
        { NUMBER_VI, "1.234.567,89", "1234567.89" },
        { NUMBER_VI, "1 234 567", "1234567" },
        { NUMBER_VI, "-1.234,5", "-1234.5" },
        { NUMBER_VI,
                        "1\xC2\xA0"
                        "234",
                        "1234" },
        { NUMBER_VI,
                        "1\xE2\x80\xAF"
                        "234",
                        "1234" },
        { NUMBER_VI, "12345", "12345" },
        { NUMBER_VI, "12345,6", "12345.6" },
        { NUMBER_VI, "0,05", "0.05" },
        { NUMBER_VI, "99.5", NULL },
        { NUMBER_VI, "1.23", NULL },
        { NUMBER_VI, "1234.567", NULL },
        { NUMBER_VI, "1.234 567", NULL },
        { NUMBER_VI, "1.2345", NULL },
        { NUMBER_VI, "1,2,3", NULL },
        { NUMBER_VI, ",5", NULL },
        { NUMBER_VI, "1,", NULL },
        { NUMBER_VI, "1..234", NULL },
        { NUMBER_VI, "1.", NULL },
        { NUMBER_VI, "-", NULL },
        { NUMBER_VI, "Không xác định", NULL },
        { NUMBER_EN, "1,234.5", "1234.5" },
        { NUMBER_EN, "99.5", "99.5" },
        { NUMBER_EN, "1,234", "1234" },
        { NUMBER_EN, "99,5", NULL },
        { NUMBER_PERCENT, "0%", "0" },
        { NUMBER_PERCENT, "12,5 %", "12.5" },
        { NUMBER_PERCENT, "99.5%", "99.5" },
        { NUMBER_PERCENT, "12", NULL },
        { NUMBER_PERCENT, "%", NULL },
        { NUMBER_PERCENT, "1,2,3%", NULL },
};

/* Each form reads its own writing and refuses the others'; nothing is guessed. */
static void test_forms(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text got = TEXT_INIT(256);
                int r = number_parse(bytes_of(cases[i].text), cases[i].form, &got);

                if (cases[i].want ? r != 0 || strcmp(text_str(&got), cases[i].want) != 0 : r >= 0)
                        fail_msg("form %d \"%s\": %d \"%s\"", (int) cases[i].form, cases[i].text, r,
                                        text_str(&got));
        }
}

/* What no figure can keep is told apart from what is no number. */
static void test_range(void **state) {
        _cleanup_(text_done) Text got = TEXT_INIT(256), in = TEXT_INIT(1000);

        (void) state;
        for (unsigned i = 0; i < 61; i++)
                (void) text_add_char(&in, '9');
        assert_int_equal(number_parse(text_bytes(&in), NUMBER_PLAIN, &got), -ERANGE);
        for (unsigned i = 0; i < 300; i++)
                (void) text_add_char(&in, '9');
        assert_int_equal(number_parse(text_bytes(&in), NUMBER_PLAIN, &got), -ERANGE);
}

/* Sums are exact, with either sign and any number of decimals. */
static void test_add(void **state) {
        static const char *const sums[][3] = {
                { "0", "0", "0" },
                { "1", "2", "3" },
                { "9", "1", "10" },
                { "99.99", "0.01", "100" },
                { "0.1", "0.2", "0.3" },
                { "-1", "1", "0" },
                { "5", "-7", "-2" },
                { "-5", "-7", "-12" },
                { "1000000000000000000000", "0.000000000000000000001",
                                "1000000000000000000000.000000000000000000001" },
                { "10", "-0.01", "9.99" },
                { "-10", "0.01", "-9.99" },
                { "100", "-99.5", "0.5" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(sums); i++)
                for (size_t swap = 0; swap < 2; swap++) {
                        _cleanup_(text_done) Text got = TEXT_INIT(256);

                        assert_int_equal(number_add(bytes_of(sums[i][swap]), bytes_of(sums[i][1 - swap]),
                                                         &got),
                                        0);
                        assert_string_equal(text_str(&got), sums[i][2]);
                }
}

/* Over 400 random pairs of whole numbers the sum is that of 64-bit integers. */
static void test_add_random(void **state) {
        uint32_t seed = 7;

        (void) state;
        for (unsigned i = 0; i < 400; i++) {
                _cleanup_(text_done) Text a = TEXT_INIT(64), b = TEXT_INIT(64), want = TEXT_INIT(64),
                                          got = TEXT_INIT(256);
                int64_t x, y;

                seed = seed * 1664525 + 1013904223;
                x = (int32_t) seed;
                seed = seed * 1664525 + 1013904223;
                y = (int32_t) seed;
                (void) text_printf(&a, "%lld", (long long) x);
                (void) text_printf(&b, "%lld", (long long) y);
                (void) text_printf(&want, "%lld", (long long) (x + y));
                assert_int_equal(number_add(text_bytes(&a), text_bytes(&b), &got), 0);
                assert_string_equal(text_str(&got), text_str(&want));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_forms), cmocka_unit_test(test_range),
                cmocka_unit_test(test_add), cmocka_unit_test(test_add_random) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

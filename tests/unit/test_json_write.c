#include "decode/json_write.h"
#include "unit.h"

/* What is written reads as it was sent: only quotes, backslashes and control characters are escaped, and a comma stands between two members and nowhere else. */
static void test_written(void **state) {
        static const struct {
                const char *raw, *want;
        } rows[] = {
                { "", "\"\"" },
                { "Đã ký", "\"Đã ký\"" },
                { "a\"b\\c", "\"a\\\"b\\\\c\"" },
                { "\n\t\x01", "\"\\u000a\\u0009\\u0001\"" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT_INIT(100);

                json_write_text(&t, bytes_of(rows[i].raw));
                assert_string_equal(text_str(&t), rows[i].want);
        }
}

static void test_commas(void **state) {
        _cleanup_(text_done) Text t = TEXT_INIT(100);

        (void) state;
        json_write_comma(&t);
        (void) text_add_char(&t, '{');
        json_write_comma(&t);
        json_write_text(&t, BYTES_LIT("a["));
        (void) text_add_char(&t, ':');
        json_write_comma(&t);
        (void) text_add_char(&t, '[');
        json_write_comma(&t);
        json_write_text(&t, BYTES_LIT("x{"));
        json_write_comma(&t);
        (void) text_add_str(&t, "1]");
        json_write_comma(&t);
        json_write_text(&t, BYTES_LIT("b"));
        assert_string_equal(text_str(&t), "{\"a[\":[\"x{\",1],\"b\"");
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_written), cmocka_unit_test(test_commas) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

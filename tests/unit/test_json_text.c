/* Tests of fetch/json_text.c. */

#include <errno.h>

#include "fetch_util.h"
#include "fetch/json_text.h"

/* A value is found by its path wherever it stands, and text that is not JSON is never read as if it were. */
static void test_get(void **state) {
        static const struct {
                const char *doc, *path;
                int r;
                const char *value;
        } cases[] = {
                { "{\"a\":1}", ".a", 1, "1" },
                { " { \"a\" : { \"b\" : \"x\" } } ", ".a.b", 1, "x" },
                { "{\"a b\":{\"c\":true}}", ".\"a b\".c", 1, "true" },
                { "\xef\xbb\xbf{\"a\":\"bom\"}", ".a", 1, "bom" },
                { "{\"T\\u00ean\":\"Ninh Thu\\u1eadn\"}", ".Tên", 1, "Ninh Thuận" },
                { "{\"a\":\"\\ud83d\\ude00\\n\\\"\\/\"}", ".a", 1, "\xf0\x9f\x98\x80\n\"/" },
                { "{\"x\":[{\"a\":2}],\"a\":-1.5e+3}", ".a", 1, "-1.5e+3" },
                { "{\"a\":null}", ".a", 0, NULL },
                { "{\"b\":1}", ".a", 0, NULL },
                { "[1,2]", ".a", 0, NULL },
                { "{\"a\":{\"b\":1}}", ".a", -EINVAL, NULL },
                { "{\"a\":1,\"a\":2}", ".a", -EINVAL, NULL },
                { "{\"a\":1}x", ".a", -EINVAL, NULL },
                { "{\"a\":01}", ".a", -EINVAL, NULL },
                { "{\"a\":1,}", ".a", -EINVAL, NULL },
                { "{\"a\":\"\\ud83d\"}", ".a", -EINVAL, NULL },
                { "{\"a\":\"\\u0000\"}", ".a", -EINVAL, NULL },
                { "{\"a\":\"\\x\"}", ".a", -EINVAL, NULL },
                { "{\"a\":\"", ".a", -EINVAL, NULL },
                { "{\"a\" 1}", ".a", -EINVAL, NULL },
                { "{\"a\":tru}", ".a", -EINVAL, NULL },
                { "<html>", ".a", -EINVAL, NULL },
                { "", ".a", -EINVAL, NULL },
                { "{\"a\":1}", "a", -EINVAL, NULL },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text value = TEXT_INIT(256);

                assert_int_equal(json_text_get(bytes_of(cases[i].doc), cases[i].path, &value), cases[i].r);
                if (cases[i].value)
                        assert_text(value, cases[i].value);
        }
}

/* Nesting deeper than the bound is refused, one level less is read. */
static void test_depth(void **state) {
        char doc[256];

        (void) state;
        for (size_t depth = 63; depth <= 65; depth++) {
                Bytes found;

                memset(doc, '[', depth);
                memset(doc + depth, ']', depth);
                assert_int_equal(json_text_find((Bytes){ doc, depth * 2 }, ".a", &found),
                                depth <= 64 ? 0 : -EINVAL);
        }
}

/* Putting a value changes that value and nothing else, and makes the objects that lead to it. */
static void test_put(void **state) {
        static const struct {
                const char *doc, *path, *raw;
                const char *expected;   /* NULL: refused */
        } cases[] = {
                { "{\"p\":1,\"q\":2}", ".p", "7", "{\"p\":7,\"q\":2}" },
                { "{\"a\":{\"p\":\"x\"}}", ".a.p", "null", "{\"a\":{\"p\":null}}" },
                { "{}", ".p", "7", "{\"p\":7}" },
                { "{ }", ".p", "7", "{\"p\":7 }" },
                { "{\"q\":2}", ".p", "7", "{\"p\":7,\"q\":2}" },
                { "{\"q\":2}", ".a.b", "7", "{\"a\":{\"b\":7},\"q\":2}" },
                { "{\"a\":{}}", ".a.b.c", "7", "{\"a\":{\"b\":{\"c\":7}}}" },
                { "{\"a\":{\"x\":1}}", ".a.b", "7", "{\"a\":{\"b\":7,\"x\":1}}" },
                { "{\"a\":1}", ".a.b", "7", NULL },
                { "[]", ".a", "7", NULL },
                { "{", ".a", "7", NULL },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text doc = TEXT_INIT(256);
                int r = json_text_put(bytes_of(cases[i].doc), cases[i].path, bytes_of(cases[i].raw), &doc);

                if (cases[i].expected) {
                        assert_int_equal(r, 0);
                        assert_text(doc, cases[i].expected);
                } else {
                        assert_int_equal(r, -EINVAL);
                }
        }
}

/* What is escaped reads back as what it was. */
static void test_escape(void **state) {
        static const char raw[] = "a\"b\\c\n\t\x01 Ninh Thuận";
        _cleanup_(text_done) Text quoted = TEXT_INIT(256), back = TEXT_INIT(256);

        (void) state;
        (void) text_add_char(&quoted, '"');
        json_text_escape(bytes_of(raw), &quoted);
        (void) text_add_char(&quoted, '"');
        assert_text(quoted, "\"a\\\"b\\\\c\\n\\t\\u0001 Ninh Thuận\"");
        assert_int_equal(json_text_scalar(text_bytes(&quoted), &back), 0);
        assert_text(back, raw);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_get),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_put),
                cmocka_unit_test(test_escape),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

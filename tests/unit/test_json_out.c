/* Tests of base/json_out.c. */
#include "base/json_out.h"
#include "unit.h"

static void write_sample(JsonOut *j) {
        json_object(j);
        json_pair_str(j, "name", "Sở Nội vụ");
        json_pair_str(j, "none", NULL);
        json_pair_int(j, "low", INT64_MIN);
        json_pair_bool(j, "yes", true);
        json_key(j, "list");
        json_array(j);
        json_uint(j, UINT64_MAX);
        json_number(j, BYTES_LIT("99.96"));
        json_bool(j, false);
        json_null(j);
        json_array(j);
        json_array_end(j);
        json_object(j);
        json_object_end(j);
        json_array_end(j);
        json_key(j, "end");
        json_object(j);
        json_pair_int(j, "x", 1);
        json_object_end(j);
        json_object_end(j);
}

/* Commas and quotes stand where they must, in nested and empty objects and arrays. */
static void test_compact(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;
        JsonOut j = JSON_OUT(&t);

        write_sample(&j);
        assert_text(&t, "{\"name\":\"Sở Nội vụ\",\"none\":null,\"low\":-9223372036854775808,\"yes\":true,"
                        "\"list\":[18446744073709551615,99.96,false,null,[],{}],\"end\":{\"x\":1}}");
}

/* The form for people holds the same, a member a line. */
static void test_pretty(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;
        JsonOut j = JSON_OUT(&t);

        j.is_pretty = true;
        write_sample(&j);
        assert_text(&t, "{\n  \"name\": \"Sở Nội vụ\",\n  \"none\": null,\n  \"low\": -9223372036854775808,\n  \"yes\": true,\n"
                        "  \"list\": [\n    18446744073709551615,\n    99.96,\n    false,\n    null,\n    [],\n    {}\n  ],\n"
                        "  \"end\": {\n    \"x\": 1\n  }\n}");
}

/* Text is escaped as RFC 8259 part 7 wants; what is not UTF-8 becomes U+FFFD, byte by byte. */
static void test_escapes(void **state _unused_) {
        static const struct {
                Bytes text;
                const char *expected;
        } rows[] = {
                { BYTES_LIT(""), "\"\"" },
                { BYTES_NULL, "\"\"" },
                { BYTES_LIT("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"" },
                { BYTES_LIT("\n\r\t\b\f"), "\"\\n\\r\\t\\b\\f\"" },
                { BYTES_LIT("\x01\x1F\x7F"), "\"\\u0001\\u001f\\u007f\"" },
                { BYTES_LIT("a\0b"), "\"a\\u0000b\"" },
                { BYTES_LIT("\xE1\xBA\xADn"), "\"\xE1\xBA\xADn\"" },
                { BYTES_LIT("x\xFFy\xC3"), "\"x\xEF\xBF\xBDy\xEF\xBF\xBD\"" },
                { BYTES_LIT("\xFF\n\xFF"), "\"\xEF\xBF\xBD\\n\xEF\xBF\xBD\"" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;
                JsonOut j = JSON_OUT(&t);

                json_bytes(&j, rows[i].text);
                assert_text(&t, rows[i].expected);
        }
}

/* A key is escaped like a value. */
static void test_key(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;
        JsonOut j = JSON_OUT(&t);

        json_object(&j);
        json_pair_int(&j, "a\"b", 1);
        json_object_end(&j);
        assert_text(&t, "{\"a\\\"b\":1}");
}

/* Sixty-four levels can be open at once. */
static void test_depth(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;
        JsonOut j = JSON_OUT(&t);

        for (int i = 0; i < JSON_DEPTH_MAX; i++) {
                if (i % 2)
                        json_key(&j, "k");
                if (i % 2)
                        json_array(&j);
                else
                        json_object(&j);
        }
        for (int i = JSON_DEPTH_MAX; i > 0; i--) {
                if (i % 2)
                        json_object_end(&j);
                else
                        json_array_end(&j);
        }
        assert_int_equal(j.depth, 0);
        assert_true(bytes_find(text_bytes(&t), BYTES_LIT("{\"k\":[]}]}]}"), NULL));
}

/* A text without room is full and nothing worse. */
static void test_full(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT_INIT(10);
        JsonOut j = JSON_OUT(&t);

        write_sample(&j);
        assert_true(t.is_full);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_compact), cmocka_unit_test(test_pretty), cmocka_unit_test(test_escapes),
                cmocka_unit_test(test_key),     cmocka_unit_test(test_depth),  cmocka_unit_test(test_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

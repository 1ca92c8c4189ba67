/* Tests of base/bytes.c. */
#include <errno.h>

#include "unit.h"

static int sign(int v) {
        return (v > 0) - (v < 0);
}

/* Comparison is bytewise, a beginning sorts before the whole, and an empty slice may have no memory. */
static void test_compare(void **state _unused_) {
        static const struct {
                Bytes a, b;
                int expected;
        } rows[] = {
                { BYTES_LIT("a"), BYTES_LIT("b"), -1 },      { BYTES_LIT("ab"), BYTES_LIT("a"), 1 },  { BYTES_LIT("abc"), BYTES_LIT("abc"), 0 },
                { BYTES_NULL, BYTES_LIT(""), 0 },            { BYTES_NULL, BYTES_LIT("x"), -1 },      { BYTES_LIT("a\0b"), BYTES_LIT("a\0c"), -1 },
                { BYTES_LIT("\xC3"), BYTES_LIT("z"), 1 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                assert_int_equal(sign(bytes_compare(rows[i].a, rows[i].b)), rows[i].expected);
                assert_int_equal(sign(bytes_compare(rows[i].b, rows[i].a)), -rows[i].expected);
                assert_int_equal(bytes_equal(rows[i].a, rows[i].b), rows[i].expected == 0);
        }
        assert_true(bytes_equal_str(BYTES_NULL, ""));
        assert_false(bytes_equal_str(BYTES_LIT("a\0b"), "a"));
}

/* Beginning, end and place of a part, within the bounds of the slice. */
static void test_parts(void **state _unused_) {
        static const struct {
                const char *text, *part;
                bool starts, ends, contains;
                size_t at;
        } rows[] = {
                { "abcabc", "abc", true, true, true, 0 }, { "abcd", "bc", false, false, true, 1 }, { "abc", "abcd", false, false, false, 0 },
                { "abc", "", true, true, true, 0 },       { "", "", true, true, true, 0 },         { "", "a", false, false, false, 0 },
                { "xxab", "ab", false, true, true, 2 },   { "aab", "ab", false, true, true, 1 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _free_ char *heap = NULL;
                Bytes text = exact(rows[i].text, &heap);
                size_t at = 0;

                assert_int_equal(bytes_starts(text, rows[i].part), rows[i].starts);
                assert_int_equal(bytes_ends(text, rows[i].part), rows[i].ends);
                assert_int_equal(bytes_find(text, bytes_of(rows[i].part), &at), rows[i].contains);
                assert_int_equal(bytes_find(text, bytes_of(rows[i].part), NULL), rows[i].contains);
                assert_int_equal(at, rows[i].at);
        }
}

/* Case is folded for ASCII letters and for nothing else. */
static void test_contains_nocase(void **state _unused_) {
        static const struct {
                const char *text, *what;
                bool expected;
        } rows[] = {
                { "<!DOCTYPE Html>", "<!doctype html", true }, { "abc", "ABC", true }, { "ab", "abc", false }, { "", "", true },
                { "\xC3\x89", "\xC3\xA9", false },             { "@", "`", false },    { "xAbC", "bc", true },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_int_equal(bytes_contains_nocase(bytes_of(rows[i].text), rows[i].what), rows[i].expected);
}

/* White space, no-break spaces and byte order marks go from both ends, in any order; inside they stay. */
static void test_trim(void **state _unused_) {
        static const struct {
                const char *text, *expected;
        } rows[] = {
                { "  a b\t\r\n", "a b" },
                { "\xEF\xBB\xBF 12 \xC2\xA0", "12" },
                { "\xC2\xA0\xC2\xA0", "" },
                { "", "" },
                { "a\xC2\xA0" "b", "a\xC2\xA0" "b" },
                { "\xC2", "\xC2" },
                { "\xA0", "\xA0" },
                { "\v\f", "" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _free_ char *heap = NULL, *got = bytes_dup(bytes_trim(exact(rows[i].text, &heap)));

                assert_string_equal(got, rows[i].expected);
        }
        assert_int_equal(bytes_trim(BYTES_NULL).len, 0);
}

/* The hash is FNV-1a of 64 bits: the published values. */
static void test_hash(void **state _unused_) {
        static const struct {
                const char *text;
                uint64_t expected;
        } rows[] = {
                { "", UINT64_C(0xcbf29ce484222325) },
                { "a", UINT64_C(0xaf63dc4c8601ec8c) },
                { "foobar", UINT64_C(0x85944171f73967e8) },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_true(bytes_hash(bytes_of(rows[i].text)) == rows[i].expected);
}

/* UTF-8 is what RFC 3629 allows and nothing more; the place of the first bad byte is told. */
static void test_utf8(void **state _unused_) {
        static const struct {
                const char *text;
                size_t bad_at;          /* SIZE_MAX: well-formed */
        } rows[] = {
                { "", SIZE_MAX },
                { "Ninh Thu\xE1\xBA\xADn", SIZE_MAX },
                { "\x7F", SIZE_MAX },
                { "\xC2\x80\xDF\xBF", SIZE_MAX },
                { "\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF", SIZE_MAX },
                { "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", SIZE_MAX },
                { "ab\x80", 2 },
                { "\xC0\xAF", 0 },              /* overlong */
                { "\xC1\xBF", 0 },
                { "\xE0\x9F\xBF", 0 },
                { "\xF0\x8F\xBF\xBF", 0 },
                { "\xED\xA0\x80", 0 },          /* surrogate */
                { "\xF4\x90\x80\x80", 0 },      /* above U+10FFFF */
                { "\xF5\x80\x80\x80", 0 },
                { "\xFF", 0 },
                { "a\xC3", 1 },                 /* cut */
                { "a\xE1\xBA", 1 },
                { "a\xF0\x90\x80", 1 },
                { "\xE1\xBA(", 0 },
                { "\xF0\x90(\x80", 0 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _free_ char *heap = NULL;
                size_t bad_at = SIZE_MAX;

                assert_int_equal(bytes_is_utf8(exact(rows[i].text, &heap), &bad_at), rows[i].bad_at == SIZE_MAX);
                assert_int_equal(bad_at, rows[i].bad_at);
                assert_int_equal(bytes_is_utf8(bytes_of(rows[i].text), NULL), rows[i].bad_at == SIZE_MAX);
        }
}

/* A text takes exactly its limit; what does not fit is left out whole, and everything after it too. */
static void test_limit(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT_INIT(5);

        assert_int_equal(text_add_str(&t, "abc"), 0);
        assert_int_equal(text_add_str(&t, "de"), 0);
        assert_int_equal(text_add_char(&t, 'f'), -E2BIG);
        assert_true(t.is_full);
        assert_text(&t, "abcde");
        text_clear(&t);
        assert_text(&t, "");
        assert_int_equal(text_add_str(&t, "abcdef"), -E2BIG);
        assert_int_equal(text_add_str(&t, ""), -E2BIG);
        assert_int_equal(text_printf(&t, "%d", 1), -E2BIG);
        assert_text(&t, "");
}

/* A text grows, prints, and ends in NUL at every moment. */
static void test_growth(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;

        assert_string_equal(text_str(&t), "");
        for (int i = 0; i < 1000; i++) {
                assert_int_equal(text_printf(&t, "%03d,", i), 0);
                assert_int_equal(t.data[t.len], '\0');
        }
        assert_int_equal(t.len, 4000);
        assert_memory_equal(t.data + 3996, "999,", 5);
        assert_true(bytes_ends(text_bytes(&t), "999,"));
}

/* What is taken is a heap string, never NULL, and the text is empty and usable afterwards. */
static void test_take(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;
        _free_ char *empty = text_take(&t), *full = NULL;

        assert_string_equal(empty, "");
        assert_int_equal(text_add_str(&t, "abc"), 0);
        full = text_take(&t);
        assert_string_equal(full, "abc");
        assert_int_equal(t.len, 0);
        assert_int_equal(text_add_str(&t, "d"), 0);
        assert_text(&t, "d");
}

/* Numbers are little-endian on every machine. */
static void test_binary(void **state _unused_) {
        static const unsigned char expected[] = { 0xFE, 0x02, 0x01, 0x04, 0x03, 0x02, 0x81, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x91 };
        _cleanup_(text_done) Text t = TEXT;

        assert_int_equal(text_add_u8(&t, 0xFE), 0);
        assert_int_equal(text_add_u16(&t, 0x0102), 0);
        assert_int_equal(text_add_u32(&t, 0x81020304), 0);
        assert_int_equal(text_add_u64(&t, UINT64_C(0x9102030405060708)), 0);
        assert_int_equal(t.len, sizeof(expected));
        assert_memory_equal(t.data, expected, sizeof(expected));
}

/* Lines come one by one; an end at the end makes no line of its own, an empty line in between is one. */
static void test_line(void **state _unused_) {
        Bytes rest = BYTES_LIT("a\n\nbc"), ended = BYTES_LIT("d\n"), none = BYTES_NULL, line;

        assert_true(bytes_line(&rest, &line));
        assert_true(bytes_equal(line, BYTES_LIT("a")));
        assert_true(bytes_line(&rest, &line));
        assert_int_equal(line.len, 0);
        assert_true(bytes_line(&rest, &line));
        assert_true(bytes_equal(line, BYTES_LIT("bc")));
        assert_false(bytes_line(&rest, &line));
        assert_true(bytes_line(&ended, &line));
        assert_true(bytes_equal(line, BYTES_LIT("d")));
        assert_false(bytes_line(&ended, &line));
        assert_false(bytes_line(&none, &line));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_compare), cmocka_unit_test(test_parts), cmocka_unit_test(test_contains_nocase), cmocka_unit_test(test_trim),
                cmocka_unit_test(test_hash),    cmocka_unit_test(test_utf8),  cmocka_unit_test(test_limit),           cmocka_unit_test(test_growth),
                cmocka_unit_test(test_take),    cmocka_unit_test(test_binary),   cmocka_unit_test(test_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

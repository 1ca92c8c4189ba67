/* Tests of decode/charset.c. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/charset.h"

#define BODY(s)                                                                                              \
        { (s), sizeof(s) - 1 }

static const struct {
        const char *declared;
        Bytes body;
        const char *want;
        const char *name;
        int64_t bad_at; /* -1: good */
} cases[] = {
        { NULL, BODY("abc"), "abc", "UTF-8", -1 },
        { NULL, BODY(""), "", "UTF-8", -1 },
        { NULL, BODY("\xEF\xBB\xBFđ"), "đ", "UTF-8", -1 },
        { NULL, BODY("\xEF\xBB\xBF"), "", "UTF-8", -1 },
        { NULL, BODY("\xEF\xBB"), "", "UTF-8", 2 },
        { NULL, BODY("\xEF\xBB\xBE"), "\xEF\xBB\xBE", "UTF-8", -1 },
        { NULL, BODY("a\xEF\xBB\xBF"), "a\xEF\xBB\xBF", "UTF-8", -1 },
        { NULL,
                        BODY("\xFF\xFE"
                             "a\0\x11\x01"),
                        "ađ", "UTF-16LE", -1 },
        { NULL, BODY("\xFE\xFF\0a\x01\x11"), "ađ", "UTF-16BE", -1 },
        { NULL, BODY("\xFE\xFF\0a\x01"), "a", "UTF-16BE", 4 },
        { NULL,
                        BODY("\xFF\xFE"
                             "a\0\0\xDC"),
                        "a", "UTF-16LE", 4 },
        { NULL, BODY("\xFE\xFF\xD8\x3D\xDE\x00\0!"), "\xF0\x9F\x98\x80!", "UTF-16BE",
                        -1 }, /* a pair: four bytes, one character */
        { NULL, BODY("\xFE\xFF\0a\xDB\xFF\xFF\xEB"), "a", "UTF-16BE", 4 },
        { NULL, BODY("\xFF"), "", "UTF-8", 0 },
        { NULL,
                        BODY("\xFE"
                             "x"),
                        "", "UTF-8", 0 },
        { "windows-1258", BODY("\xD0\xF4ng"), "Đông", "windows-1258", -1 },
        { "windows-1258", BODY("\xEF\xBB\xBFđ"), "đ", "UTF-8", -1 },
        { "iso-8859-1", BODY("\xE9"), "é", "iso-8859-1", -1 },
        { "utf8", BODY("é"), "é", "utf8", -1 },
        { NULL, BODY("a\xC0\xAF"), "a", "UTF-8", 1 }, /* overlong */
        { NULL, BODY("a\xE0\x9F\xBF"), "a", "UTF-8", 2 },
        { NULL, BODY("a\xED\xA0\x80"), "a", "UTF-8", 2 },     /* a surrogate */
        { NULL, BODY("a\xF4\x90\x80\x80"), "a", "UTF-8", 2 }, /* above U+10FFFF */
        { NULL, BODY("a\xF0\x8F\xBF\xBF"), "a", "UTF-8", 2 },
        { NULL, BODY("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80", "UTF-8", -1 },
        { NULL, BODY("\xF4\x8F\xBF\xBF"), "\xF4\x8F\xBF\xBF", "UTF-8", -1 },
        { NULL, BODY("a\x80"), "a", "UTF-8", 1 },
        { NULL, BODY("ab\xC3"), "ab", "UTF-8", 3 },
};

/* The same text and the same place of the first bad byte, however the body is cut. */
static void test_cases(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                for (size_t chunk = 1; chunk <= 4; chunk++) {
                        _cleanup_(text_done) Text got = TEXT_INIT(1000);
                        _cleanup_(charset_freep) Charset *c = NULL;
                        Bytes body = cases[i].body;
                        int r = 0;

                        assert_int_equal(charset_new(&c, cases[i].declared), 0);
                        for (size_t at = 0; at < body.len && r == 0; at += chunk)
                                r = charset_feed(c,
                                                (Bytes){ body.data + at, chunk < body.len - at
                                                                                         ? chunk
                                                                                         : body.len - at },
                                                &got);
                        if (r == 0)
                                r = charset_end(c, &got);
                        if (strcmp(text_str(&got), cases[i].want) != 0 ||
                                        strcmp(charset_name(c), cases[i].name) != 0)
                                fail_msg("%zu by %zu: \"%s\" in %s", i, chunk, text_str(&got),
                                                charset_name(c));
                        if (cases[i].bad_at < 0 ? r != 0
                                                : r != -EILSEQ || charset_bad_at(c) != (uint64_t) cases[i]
                                                                                                        .bad_at)
                                fail_msg("%zu by %zu: %d at %llu", i, chunk, r,
                                                (unsigned long long) charset_bad_at(c));
                }
}

static int feed_by(size_t chunk, Bytes body, Text *ret, uint64_t *ret_bad_at) {
        _cleanup_(charset_freep) Charset *c = NULL;
        int r = 0;

        assert_int_equal(charset_new(&c, NULL), 0);
        for (size_t at = 0; at < body.len && r == 0; at += chunk)
                r = charset_feed(c, (Bytes){ body.data + at, chunk < body.len - at ? chunk : body.len - at }, ret);
        if (r == 0)
                r = charset_end(c, ret);
        *ret_bad_at = charset_bad_at(c);
        return r;
}

/* What is looked at many bytes at once is judged as when it comes byte by byte, whatever stands behind a first byte. */
static void test_at_once(void **state) {
        static const unsigned char tails[] = { 0x01, 0x20, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xE1, 0xFF };
        size_t n_good = 0;

        (void) state;
        for (unsigned first = 0x7F; first <= 0xFF; first++)
                for (size_t i = 0; i < ELEMENTS(tails); i++)
                        for (size_t k = 0; k < ELEMENTS(tails); k++) {
                                char body[] = { 'x', (char) first, (char) tails[i], (char) tails[k], 'y', '\xE1', '\xBB', '\xA7', 'z', 'z', 'z' };
                                _cleanup_(text_done) Text whole = TEXT_INIT(100), single = TEXT_INIT(100);
                                uint64_t whole_at, single_at;
                                int r = feed_by(sizeof(body), (Bytes){ body, sizeof(body) }, &whole, &whole_at);

                                assert_int_equal(feed_by(1, (Bytes){ body, sizeof(body) }, &single, &single_at), r);
                                assert_true(whole_at == single_at);
                                assert_true(bytes_equal(text_bytes(&whole), text_bytes(&single)));
                                n_good += r == 0;
                        }
        assert_true(n_good > 100);
}

/* The same in the middle of long text, wherever it lies in what is looked at in blocks. */
static void test_blocks(void **state) {
        static const char *const pieces[] = { "\xC2\x80", "\xDF\xBF", "\xE1\xBA\xBF", "\xEF\xBF\xBD", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF0\x9F\x98\x80", "\xC0\xAF", "\xC1\xBF",
                "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xFF", "\x80", "\xC3", "\xE1\xBA", "\xE1\xBA\xC3\xA0", "\xC3\xA0\xA0", "\xE1\xBA\xBF\xBF" };
        size_t n_good = 0;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(pieces); i++)
                for (size_t at = 0; at < 140; at++) {
                        _cleanup_(text_done) Text body = TEXT_INIT(1000), whole = TEXT_INIT(1000), single = TEXT_INIT(1000);
                        uint64_t whole_at, single_at;
                        int r;

                        for (size_t k = 0; k < at; k++)
                                (void) text_add_char(&body, 'x');
                        (void) text_add_str(&body, pieces[i]);
                        while (body.len < 260)
                                (void) text_add_str(&body, "Ủy ban nhân dân ");
                        r = feed_by(body.len, text_bytes(&body), &whole, &whole_at);
                        assert_int_equal(feed_by(1, text_bytes(&body), &single, &single_at), r);
                        assert_true(whole_at == single_at);
                        assert_true(bytes_equal(text_bytes(&whole), text_bytes(&single)));
                        n_good += r == 0;
                }
        assert_int_equal(n_good, 7 * 140);
}

/* A name that no table knows is refused. */
static void test_names(void **state) {
        Charset *c = NULL;

        (void) state;
        assert_true(charset_is_known("UTF-8"));
        assert_true(charset_is_known("windows-1258"));
        assert_false(charset_is_known("klingon"));
        assert_int_equal(charset_new(&c, "klingon"), -EINVAL);
        assert_null(c);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_at_once),
                cmocka_unit_test(test_blocks), cmocka_unit_test(test_names) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

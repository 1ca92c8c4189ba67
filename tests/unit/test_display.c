/* Tests of observe/display.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "observe/display.h"

/* Width is what a terminal shows: composed and decomposed Vietnamese are as wide as each other, wide
 * characters count twice. */
static void test_width(void **state) {
        static const struct {
                const char *text;
                size_t want;
        } cases[] = {
                { "", 0 }, { "abc", 3 }, { "Tỷ lệ hồ sơ", 11 },
                { "Ty\xCC\x89 le\xCC\xA3\xCC\x82", 5 },                      /* decomposed */
                { "Đ\xE1\xBB\x99ng", 4 }, { "\xE4\xB8\xAD\xE6\x96\x87", 4 }, /* two Han characters */
                { "a\xE2\x80\x8B"
                  "b",
                                2 },       /* zero-width space */
                { "\xF0\x9F\x98\x80", 2 }, /* emoji */
                { "a\xFF"
                  "b",
                                3 },                /* not UTF-8: shown as one replacement character */
                { "\xE1\xBB", 2 },                  /* cut in the middle */
                { "a\tb\n", 4 }, { "\xC2\xAD", 0 }, /* soft hyphen */
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                if (display_width(bytes_of(cases[i].text)) != cases[i].want)
                        fail_msg("\"%s\": %zu", cases[i].text, display_width(bytes_of(cases[i].text)));
}

/* Nothing that steers a terminal comes through, and what comes out is UTF-8. */
static void test_clean(void **state) {
        static const struct {
                const char *text, *want;
        } cases[] = {
                { "Lỗi 401\nhết hạn\t!", "Lỗi 401 hết hạn !" },
                { "\033[31mred\007", "\xEF\xBF\xBD[31mred\xEF\xBF\xBD" },
                { "\xC2\x9B"
                  "1m",
                                "\xEF\xBF\xBD"
                                "1m" }, /* CSI in one character */
                { "a\xE2\x80\xAE"
                  "b\xE2\x81\xA6",
                                "a\xEF\xBF\xBD"
                                "b\xEF\xBF\xBD" }, /* direction overrides */
                { "\xC3(\xED\xA0\x80", "\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(256);

                display_clean(bytes_of(cases[i].text), &text);
                assert_string_equal(text_str(&text), cases[i].want);
                assert_true(bytes_is_utf8(text_bytes(&text), NULL));
        }
}

/* What is cut is never wider than asked for, says so by an ellipsis, and keeps the marks of its last
 * character. */
static void test_cut(void **state) {
        static const struct {
                const char *text;
                size_t max;
                const char *want;
        } cases[] = {
                { "abc", 3, "abc" },
                { "abcd", 3, "ab…" },
                { "abcd", 1, "…" },
                { "lệ phí", 4, "lệ …" },
                { "le\xCC\xA3\xCC\x82 phi", 3, "le\xCC\xA3\xCC\x82…" },
                { "\xE4\xB8\xAD\xE6\x96\x87", 3, "\xE4\xB8\xAD…" },
                { "\xE4\xB8\xAD\xE6\x96\x87", 2, "…" },
                { "", 2, "" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(256);

                display_cut(bytes_of(cases[i].text), cases[i].max, &text);
                assert_string_equal(text_str(&text), cases[i].want);
                assert_true(display_width(text_bytes(&text)) <= cases[i].max);
        }
}

/* Lines break at spaces and stay within the width, but for a word that is wider. */
static void test_wrap(void **state) {
        static const struct {
                const char *text;
                size_t indent, max;
                const char *want;
        } cases[] = {
                { "một hai ba bốn", 2, 9, "  một hai\n  ba bốn\n" },
                { "một hai ba bốn", 0, 80, "một hai ba bốn\n" },
                { "  a   b  ", 1, 10, " a b\n" },
                { "https://very.long.example/path x", 2, 10, "  https://very.long.example/path\n  x\n" },
                { "", 2, 10, "\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(256);

                display_wrap(bytes_of(cases[i].text), cases[i].indent, cases[i].max, &text);
                assert_string_equal(text_str(&text), cases[i].want);
        }
}

/* Spans are cut to their largest unit, never rounded up: three minutes ago is at least three minutes ago. */
static void test_span_and_count(void **state) {
        static const struct {
                usec_t span;
                const char *want;
        } spans[] = {
                { 0, "0 s" },
                { USEC_SEC - 1, "0 s" },
                { 59 * USEC_SEC, "59 s" },
                { USEC_MINUTE, "1 min" },
                { 4 * USEC_MINUTE - 1, "3 min" },
                { USEC_HOUR, "1 h" },
                { 2 * USEC_DAY - 1, "47 h" },
                { 2 * USEC_DAY, "2 d" },
                { 400 * USEC_DAY, "400 d" },
        };
        static const struct {
                uint64_t n;
                const char *want;
        } counts[] = { { 0, "0" }, { 999, "999" }, { 1000, "1 000" }, { 1234567, "1 234 567" },
                { 1000001, "1 000 001" }, { UINT64_MAX, "18 446 744 073 709 551 615" } };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(spans); i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(64);

                display_span(spans[i].span, &text);
                assert_string_equal(text_str(&text), spans[i].want);
        }
        for (size_t i = 0; i < ELEMENTS(counts); i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(64);

                display_count(counts[i].n, &text);
                assert_string_equal(text_str(&text), counts[i].want);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_width),
                cmocka_unit_test(test_clean),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_wrap),
                cmocka_unit_test(test_span_and_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of normalise/name.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normalise/name.h"

static const struct {
        const char *in, *plain, *folded;
} cases[] = {
        { "Sở Nội vụ", "Sở Nội vụ", "sở nội vụ" },
        { "So\xCC\x9B\xCC\x89 No\xCC\x82\xCC\xA3i vu\xCC\xA3", "Sở Nội vụ",
                        "sở nội vụ" }, /* fully decomposed, in two orders */
        { "S\xC6\xA1\xCC\x89 N\xE1\xBB\x8D\xCC\x82i v\xE1\xBB\xA5", "Sở Nội vụ",
                        "sở nội vụ" },          /* half decomposed */
        { "N\xC3\xB4\xCC\xA3i", "Nội", "nội" }, /* dot below behind the circumflex */
        { "ĐẶNG ƯỚC ỸÝ", "ĐẶNG ƯỚC ỸÝ", "đặng ước ỹý" },
        { "  UBND \t xã\xC2\xA0\xC2\xA0 Phước\n Hà ", "UBND xã Phước Hà", "ubnd xã phước hà" },
        { "\xEF\xBB\xBFKhông", "Không", "không" },
        { "a\xCC\x81\xCC\x82", "á\xCC\x82", "á\xCC\x82" }, /* acute first: canonically not ấ */
        { "\xCC\x81x", "\xCC\x81x", "\xCC\x81x" },
        { "ŁŒ Ñ", "ŁŒ Ñ", "łœ ñ" },
        { "", "", "" },
        { " \n ", "", "" },
        { "bad\xFF\xC3", "bad\xFF\xC3", "bad\xFF\xC3" },
        { "A\xF0\x9F\x98\x80", "A\xF0\x9F\x98\x80", "a\xF0\x9F\x98\x80" },
};

/* Two spellings of one name become the same bytes; what is another name stays another. */
static void test_table(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text plain = TEXT_INIT(1000), folded = TEXT_INIT(1000);

                assert_int_equal(name_normalise(bytes_of(cases[i].in), false, &plain), 0);
                assert_int_equal(name_normalise(bytes_of(cases[i].in), true, &folded), 0);
                assert_string_equal(text_str(&plain), cases[i].plain);
                assert_string_equal(text_str(&folded), cases[i].folded);
        }
}

/* Every letter with every mark, in either order: normalising twice is normalising once. */
static void test_idempotent(void **state) {
        static const char *const marks[] = { "", "\xCC\x80", "\xCC\x81", "\xCC\x82", "\xCC\x83", "\xCC\x86",
                "\xCC\x89", "\xCC\x9B", "\xCC\xA3" };

        (void) state;
        for (const char *letter = "aAeEiIoOuUyYdDz"; *letter; letter++)
                for (size_t i = 0; i < ELEMENTS(marks); i++)
                        for (size_t k = 0; k < ELEMENTS(marks); k++) {
                                _cleanup_(text_done) Text in = TEXT_INIT(100), once = TEXT_INIT(100),
                                                          twice = TEXT_INIT(100);

                                (void) text_printf(&in, "%c%s%s", *letter, marks[i], marks[k]);
                                assert_int_equal(name_normalise(text_bytes(&in), true, &once), 0);
                                assert_int_equal(name_normalise(text_bytes(&once), true, &twice), 0);
                                assert_string_equal(text_str(&once), text_str(&twice));
                        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_table), cmocka_unit_test(test_idempotent) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

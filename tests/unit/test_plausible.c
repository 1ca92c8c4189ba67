/* Tests of normalise/plausible.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "normalise/plausible.h"

/* Each form of a check is written as the database reads it, figures as text, so that no digit is lost on the way. */
static void test_render(void **state) {
        static const struct {
                Plausible check;
                const char *want;
        } rows[] = {
                { { .min = "0", .max = "99.50", .action = PLAUSIBLE_WARN },
                        "{\"metric\":\"m\",\"check\":\"range\",\"action\":\"warn\",\"min\":\"0\",\"max\":\"99.50\"}" },
                { { .max = "7", .action = PLAUSIBLE_QUARANTINE },
                        "{\"metric\":\"m\",\"check\":\"range\",\"action\":\"quarantine\",\"max\":\"7\"}" },
                { { .jump = "12.5", .action = PLAUSIBLE_BLOCK },
                        "{\"metric\":\"m\",\"check\":\"jump\",\"action\":\"block\",\"bound\":\"12.5\",\"percent\":false}" },
                { { .jump = " 50 % ", .action = PLAUSIBLE_WARN },
                        "{\"metric\":\"m\",\"check\":\"jump\",\"action\":\"warn\",\"bound\":\"50\",\"percent\":true}" },
                { { .monotone = true, .action = PLAUSIBLE_BLOCK }, "{\"metric\":\"m\",\"check\":\"monotone\",\"action\":\"block\"}" },
                { { .not_above = "all", .action = PLAUSIBLE_QUARANTINE },
                        "{\"metric\":\"m\",\"check\":\"not_above\",\"action\":\"quarantine\",\"other\":\"all\"}" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT_INIT(1024);

                plausible_render(&rows[i].check, "m", &t);
                assert_string_equal(text_str(&t), rows[i].want);
        }
}

/* Several stand in one list, and one that does not fit any more is told by the text being full. */
static void test_list(void **state) {
        const Plausible check = { .monotone = true };
        _cleanup_(text_done) Text t = TEXT_INIT(1024), small = TEXT_INIT(30);

        (void) state;
        plausible_render(&check, "a", &t);
        plausible_render(&check, "b", &t);
        assert_string_equal(text_str(&t), "{\"metric\":\"a\",\"check\":\"monotone\",\"action\":\"warn\"},{\"metric\":\"b\",\"check\":\"monotone\",\"action\":\"warn\"}");
        plausible_render(&check, "a", &small);
        assert_true(small.is_full);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_render),
                cmocka_unit_test(test_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of decode/path.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/path.h"

static const struct {
        const char *text;
        const char *want; /* rendered; NULL: not plain */
} cases[] = {
        { ".", "." },
        { ".a", ".a" },
        { ".a.b_1", ".a.b_1" },
        { ".[0]", ".[0]" },
        { ".a[12].b", ".a[12].b" },
        { ".\"Tên đơn vị\"", ".\"Tên đơn vị\"" },
        { ".a.\"b c\".d", ".a.\"b c\".d" },
        { ".[\"a\"]", ".a" },
        { ".a[\"b c\"][]", ".a.\"b c\"[]" },
        { ".[]", ".[]" },
        { ".a[].b[]", ".a[].b[]" },
        { ".[][]", ".[][]" },
        { ".\"\"", ".\"\"" },
        { ".\"a\\\"\\\\b\"", ".\"a\"\\b\"" },
        { "", NULL },
        { "a", NULL },
        { "..", NULL },
        { ".a.", NULL },
        { ".a.[0]", NULL },
        { ".a|.b", NULL },
        { ".a[-1]", NULL },
        { ".a[01]", NULL },
        { ".a[1:2]", NULL },
        { ".a?", NULL },
        { ".a .b", NULL },
        { ".\"a\\n\"", NULL },
        { ".\"a", NULL },
        { ".[\"a\"", NULL },
        { "[.a", NULL },
        { ".a[1234567890]", NULL },
        { ".1", NULL },
        { ".Tên", NULL },
        { ".\"a\\", NULL },
};

/* What is plain is read and written back; everything else is left to jq. */
static void test_cases(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(arena_freep) Arena *arena = arena_new(1 << 16);
                _cleanup_(text_done) Text got = TEXT_INIT(1000);
                Path path = {};
                int r = path_parse(bytes_of(cases[i].text), arena, &path);

                if (r > 0)
                        path_render(path.steps, path.n_steps, &got);
                if (cases[i].want ? r != 1 || strcmp(text_str(&got), cases[i].want) != 0 : r != 0)
                        fail_msg("%s: %d %s", cases[i].text, r, text_str(&got));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

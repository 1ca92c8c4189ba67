/* Tests of config/diag.c. */
#include "config/diag.h"
#include "config/yaml.h"
#include "unit.h"

/* Findings come sorted by place, whatever the order they were made in; counts go by severity. */
static void test_order(void **state _unused_) {
        const ConfNode node = { .file = "a.yaml", .line = 3, .col = 5 };
        _cleanup_(diag_freep) Diag *d = diag_new();
        _cleanup_(text_done) Text t = TEXT;

        diag_error_at(d, "b.yaml", 1, 1, "of another file");
        diag_error_at(d, "a.yaml", 10, 2, "line %d", 10);
        diag_warn(d, &node, "a thing of %s", "the past");
        diag_error(d, &node, "a thing that is wrong");
        diag_error_at(d, "a.yaml", 3, 4, "column 4");
        diag_error_at(d, "a.yaml", 0, 0, "the whole file");
        diag_error(d, NULL, "no place at all");
        assert_int_equal(diag_len(d), 7);
        assert_int_equal(diag_errors(d), 6);
        assert_int_equal(diag_warnings(d), 1);
        diag_render(d, &t);
        assert_text(&t, "no place at all\n"
                        "a.yaml: the whole file\n"
                        "a.yaml:3:4: column 4\n"
                        "a.yaml:3:5: warning: a thing of the past\n"
                        "a.yaml:3:5: a thing that is wrong\n"
                        "a.yaml:10:2: line 10\n"
                        "b.yaml:1:1: of another file\n");
        diag_error_at(d, "a.yaml", 1, 1, "late");
        assert_string_equal(diag_get(d, 2)->message, "late");
}

/* The JSON form holds the same, quoted. */
static void test_json(void **state _unused_) {
        _cleanup_(diag_freep) Diag *d = diag_new();
        _cleanup_(text_done) Text empty = TEXT, t = TEXT;

        diag_render_json(d, &empty);
        assert_text(&empty, "[]\n");
        diag_error_at(d, "a.yaml", 3, 5, "unknown key \"x\"");
        diag_render_json(d, &t);
        assert_text(&t, "[{\"severity\":\"error\",\"file\":\"a.yaml\",\"line\":3,\"col\":5,\"message\":\"unknown key \\\"x\\\"\"}]\n");
}

/* A finding too long to keep is still a finding. */
static void test_long(void **state _unused_) {
        _cleanup_(diag_freep) Diag *d = diag_new();
        _cleanup_(text_done) Text t = TEXT;

        for (int i = 0; i < 3000; i++)
                (void) text_add_char(&t, 'x');
        diag_error_at(d, "a.yaml", 1, 1, "%s", text_str(&t));
        assert_int_equal(diag_errors(d), 1);
        assert_string_equal(diag_get(d, 0)->message, "a finding too long to print");
        assert_null(diag_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

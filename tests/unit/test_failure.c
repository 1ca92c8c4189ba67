/* Tests of base/failure.c. */
#include "base/failure.h"
#include "unit.h"

/* Every class has its own word. */
static void test_names(void **state _unused_) {
        for (int i = 0; i < _FAILURE_MAX; i++) {
                assert_non_null(failure_class_name((FailureClass) i));
                for (int k = 0; k < i; k++)
                        assert_string_not_equal(failure_class_name((FailureClass) i), failure_class_name((FailureClass) k));
        }
        assert_string_equal(failure_class_name(FAILURE_LOGIN), "login");
}

/* Everything is set anew; the old story may be an argument; the story is one line. */
static void test_set(void **state _unused_) {
        Failure f = { .http_status = 500, .sqlstate = "23505", .story = "old" };

        failure_set(&f, FAILURE_DATABASE, true, "after \"%s\":\nline\ttwo\x7F", f.story);
        assert_int_equal(f.class, FAILURE_DATABASE);
        assert_true(f.is_retryable);
        assert_int_equal(f.http_status, 0);
        assert_string_equal(f.sqlstate, "");
        assert_string_equal(f.story, "after \"old\": line two ");
}

/* A long story is cut at a whole character. */
static void test_cut(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;
        Failure f;

        for (size_t shift = 0; shift < 3; shift++) {
                text_clear(&t);
                for (size_t i = 0; i < shift; i++)
                        (void) text_add_char(&t, 'x');
                while (t.len < 600)
                        (void) text_add_str(&t, "\xE1\xBA\xAD");
                failure_set(&f, FAILURE_REPLY, false, "%s", text_str(&t));
                assert_true(strlen(f.story) > sizeof(f.story) - 5);
                assert_true(bytes_is_utf8(bytes_of(f.story), NULL));
        }
}

/* What is kept is a copy, the newest one, and nothing once there is nothing to keep. */
static void test_keep(void **state _unused_) {
        Failure f, *kept = NULL;

        failure_keep(&kept, NULL);
        assert_null(kept);
        failure_set(&f, FAILURE_HTTP, true, "first");
        failure_keep(&kept, &f);
        failure_set(&f, FAILURE_LOGIN, false, "second");
        assert_string_equal(kept->story, "first");
        failure_keep(&kept, &f);
        assert_string_equal(kept->story, "second");
        assert_int_equal(kept->class, FAILURE_LOGIN);
        failure_keep(&kept, NULL);
        assert_null(kept);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_set),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_keep),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

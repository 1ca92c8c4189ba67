/* Tests of base/secret.c. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "unit.h"

/* The value comes back whole, with any byte in it, and ends in NUL. */
static void test_reveal(void **state _unused_) {
        _cleanup_(secret_freep) Secret *s = secret_new(BYTES_LIT("a\0b")), *copy = secret_dup(s), *empty = secret_new(BYTES_NULL);

        assert_int_equal(secret_reveal(s).len, 3);
        assert_memory_equal(secret_reveal(s).data, "a\0b", 4);
        assert_ptr_not_equal(secret_reveal(copy).data, secret_reveal(s).data);
        assert_true(secret_equal(s, copy));
        assert_int_equal(secret_reveal(empty).len, 0);
        assert_string_equal(secret_reveal(empty).data, "");
        assert_null(secret_dup(NULL));
        assert_null(secret_free(NULL));
}

/* Equal means the same bytes; no secret equals only no secret. */
static void test_equal(void **state _unused_) {
        static const struct {
                const char *a, *b;
                bool expected;
        } rows[] = {
                { "abc", "abc", true }, { "abc", "abd", false }, { "xbc", "abc", false }, { "abc", "ab", false }, { "", "", true }, { "", "a", false },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(secret_freep) Secret *a = secret_new(bytes_of(rows[i].a)), *b = secret_new(bytes_of(rows[i].b));

                assert_int_equal(secret_equal(a, b), rows[i].expected);
                assert_false(secret_equal(a, NULL));
                assert_false(secret_equal(NULL, b));
        }
        assert_true(secret_equal(NULL, NULL));
}

/* A process that keeps secrets inside leaves no core and lets nobody of its own user look into it. */
static void test_stay_inside(void **state _unused_) {
        int status = 0;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                struct rlimit limit = {};

                secrets_stay_inside();
                _exit(prctl(PR_GET_DUMPABLE) != 0 || getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_cur || limit.rlim_max);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_reveal),
                cmocka_unit_test(test_equal),
                cmocka_unit_test(test_stay_inside),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

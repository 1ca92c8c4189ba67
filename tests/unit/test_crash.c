/* Tests of base/crash.c: the points kill only in a build that has them. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crash.h"
#include "unit.h"

/* In a child that passes points "a" and "b" three times each: how it ended, 0 or the signal. */
static int end_of_child(const char *wanted) {
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                if (wanted)
                        (void) setenv("THIDUA_CRASH", wanted, 1);
                else
                        (void) unsetenv("THIDUA_CRASH");
                for (int i = 0; i < 3; i++) {
                        CRASH_POINT("a");
                        CRASH_POINT("b");
                }
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

/* The process dies at the n-th pass of the point that is named, and at no other. */
static void test_points(void **state _unused_) {
#ifdef CRASH_POINTS
        const int killed = SIGKILL;
#else
        const int killed = 0;
#endif
        const struct {
                const char *wanted;
                int expected;
        } rows[] = {
                { NULL, 0 }, { "a", killed }, { "a:1", killed }, { "b:3", killed }, { "b:4", 0 }, { "c:1", 0 }, { "", 0 }, { "ab:1", 0 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_int_equal(end_of_child(rows[i].wanted), rows[i].expected);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_points),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of base/cleanup.c and cleanup.h. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "unit.h"

/* Memory comes zeroed, also of size 0, and keeps its content when it grows. */
static void test_memory(void **state _unused_) {
        char *p = xalloc(64), *none = xalloc(0);

        for (size_t i = 0; i < 64; i++)
                assert_int_equal(p[i], 0);
        memset(p, 'x', 64);
        p = xrealloc(p, 4096);
        for (size_t i = 0; i < 64; i++)
                assert_int_equal(p[i], 'x');
        assert_non_null(none);
        assert_null(xfree(none));
        assert_null(xfree(p));
        assert_null(xfree(NULL));
}

/* Memory in use is not touched by giving back what is not, wherever it lies between. */
static void test_give_back(void **state _unused_) {
        char *kept[64], *gone[64];

        for (size_t i = 0; i < ELEMENTS(kept); i++) {
                gone[i] = xalloc(50000);
                kept[i] = xalloc(5000);
                memset(gone[i], 'g', 50000);
                memset(kept[i], 'k', 5000);
        }
        for (size_t i = 0; i < ELEMENTS(gone); i++)
                gone[i] = xfree(gone[i]);
        memory_give_back();
        memory_give_back();
        for (size_t i = 0; i < ELEMENTS(kept); i++) {
                gone[i] = xalloc(50000);
                assert_int_equal(gone[i][49999], 0);
                for (size_t k = 0; k < 5000; k++)
                        assert_int_equal(kept[i][k], 'k');
        }
        for (size_t i = 0; i < ELEMENTS(kept); i++) {
                gone[i] = xfree(gone[i]);
                kept[i] = xfree(kept[i]);
        }
}

/* Populating changes nothing of what is there, whatever the bounds, and nothing beside it. */
static void test_populate(void **state _unused_) {
        for (size_t size = 0; size < 20000; size += 1777) {
                _free_ char *p = xalloc(size + 2);

                memset(p, 'p', size + 2);
                memory_populate(p + 1, size);
                for (size_t i = 0; i < size + 2; i++)
                        assert_int_equal(p[i], 'p');
        }
}

/* A copy is its own memory; it ends at the length or at the NUL, whichever comes first; NULL stays NULL. */
static void test_copies(void **state _unused_) {
        static const struct {
                const char *from;
                size_t len;
                const char *expected;
        } rows[] = {
                { "abcdef", 3, "abc" },
                { "abc", 10, "abc" },
                { "abc", 0, "" },
                { "", 5, "" },
        };
        const char *s = "text";
        _free_ char *copy = xstrdup(s);

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _free_ char *part = xstrndup(rows[i].from, rows[i].len);

                assert_string_equal(part, rows[i].expected);
        }
        assert_string_equal(copy, s);
        assert_ptr_not_equal(copy, s);
        assert_null(xstrdup(NULL));
        assert_null(xstrndup(NULL, 3));
}

/* A pointer that was taken is not freed by the scope it leaves. */
static void test_take(void **state _unused_) {
        char *outside;

        {
                _free_ char *inside = xstrdup("kept");

                outside = TAKE(inside);
                assert_null(inside);
        }
        assert_string_equal(outside, "kept");
        (void) xfree(outside);
}

/* A descriptor closes when its scope ends; what is below 0 is left alone. */
static void test_close(void **state _unused_) {
        int number;

        {
                _cleanup_(xclosep) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

                assert_true(fd >= 0);
                number = fd;
        }
        assert_int_equal(fcntl(number, F_GETFD), -1);
        assert_int_equal(xclose(-1), -1);
}

/* Read by the address sanitizer: it refuses as malloc does, instead of ending the process in its own way. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
        return "allocator_may_return_null=1";
}

/* Memory that malloc refuses ends the process with EX_OSERR and a message. */
static void test_out_of_memory(void **state _unused_) {
        char words[128] = "";
        int channel[2], status;
        pid_t pid;

        assert_int_equal(pipe(channel), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void) dup2(channel[1], STDERR_FILENO);
                (void) xalloc(SIZE_MAX / 2);
                _exit(0);
        }
        (void) close(channel[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), EX_OSERR);
        assert_true(read(channel[0], words, sizeof(words) - 1) > 0);
        assert_non_null(strstr(words, "thiduad: out of memory\n"));
        (void) close(channel[0]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_memory), cmocka_unit_test(test_give_back), cmocka_unit_test(test_populate), cmocka_unit_test(test_copies),        cmocka_unit_test(test_take),
                cmocka_unit_test(test_close),  cmocka_unit_test(test_out_of_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

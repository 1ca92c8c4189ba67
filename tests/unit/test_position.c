/* Unit tests of store/position.c. */

#include "store_util.h"

#include <errno.h>

#include "store/position.h"

static int open_new(char dir[64], char path[400]) {
        int fd;

        (void) snprintf(path, 400, "%s/position", make_scratch(dir));
        fd = open(path, O_RDWR | O_CREAT, 0600);
        assert_true(fd >= 0);
        return fd;
}

/* The newest of what was written is read, over any number of writes; before the first there is none. */
static void test_newest(void **state _unused_) {
        char dir[64], path[400];
        int fd = open_new(dir, path);
        Position p = { .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0" }, got = {};

        assert_int_equal(position_read(fd, &got), 0);
        for (uint64_t i = 1; i < 10; i++) {
                p.acked = i * 3;
                p.reserved = i << 40;
                assert_int_equal(position_write(fd, &p), 0);
                assert_int_equal(position_read(fd, &got), 1);
                assert_string_equal(got.id, p.id);
                assert_int_equal(got.acked, p.acked);
                assert_int_equal(got.reserved, p.reserved);
                assert_int_equal(got.generation, i);
        }
        (void) close(fd);
        remove_tree(dir);
}

/* A write torn at any byte leaves the position before it. */
static void test_torn(void **state _unused_) {
        char dir[64], path[400], before[8192], after[8192] = {};
        int fd = open_new(dir, path);
        Position p = { .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0" }, got = {};
        ssize_t len;

        for (p.acked = 1; p.acked < 4; p.acked++)
                assert_int_equal(position_write(fd, &p), 0);
        len = pread(fd, before, sizeof(before), 0);
        p.acked = 4;
        assert_int_equal(position_write(fd, &p), 0);
        assert_int_equal(pread(fd, after, sizeof(after), 0), len);
        for (ssize_t cut = 0; cut <= len; cut++) {
                uint64_t want = memcmp(before + cut, after + cut, (size_t) (len - cut)) ? 3 : 4;

                assert_int_equal(pwrite(fd, after, (size_t) cut, 0), cut);
                assert_int_equal(pwrite(fd, before + cut, (size_t) (len - cut), cut), len - cut);
                assert_int_equal(position_read(fd, &got), 1);
                assert_int_equal(got.acked, want);
        }
        (void) close(fd);
        remove_tree(dir);
}

/* A file that is read-only, or of which nothing is sound, is told as such. */
static void test_unusable(void **state _unused_) {
        char dir[64], path[400], noise[8192];
        int fd = open_new(dir, path);
        Position p = { .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0" }, got = { .acked = 77 };

        memset(noise, 'x', sizeof(noise));
        assert_int_equal(pwrite(fd, noise, sizeof(noise), 0), sizeof(noise));
        assert_int_equal(position_read(fd, &got), 0);
        assert_int_equal(got.acked, 77);
        (void) close(fd);
        fd = open(path, O_RDONLY);
        assert_int_equal(position_write(fd, &p), -EBADF);
        assert_int_equal(p.generation, 0);
        (void) close(fd);
        remove_tree(dir);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_newest), cmocka_unit_test(test_torn), cmocka_unit_test(test_unusable) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

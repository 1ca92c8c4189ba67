/* Tests of base/file.c. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/err.h"
#include "base/file.h"
#include "scratch.h"

static void assert_content(Scratch *s, const char *name, const char *expected) {
        _cleanup_(text_done) Text t = TEXT;

        assert_int_equal(file_read(scratch_path(s, name), &t), 0);
        assert_text(&t, expected);
}

/* A file is appended whole, NUL and all, up to the limit of the text. */
static void test_read(void **state) {
        Scratch *s = *state;
        _cleanup_(text_done) Text t = TEXT;
        _cleanup_(text_done) Text tight = TEXT_INIT(5);

        scratch_put(s, "a", BYTES_LIT("12\0" "45"));
        (void) text_add_str(&t, "x");
        assert_int_equal(file_read(scratch_path(s, "a"), &t), 0);
        assert_int_equal(t.len, 6);
        assert_memory_equal(t.data, "x12\0" "45", 7);
        assert_int_equal(file_read(scratch_path(s, "a"), &tight), 0);
        text_clear(&tight);
        scratch_put(s, "b", BYTES_LIT("123456"));
        assert_int_equal(file_read(scratch_path(s, "b"), &tight), -E2BIG);
        assert_int_equal(tight.len, 0);
        assert_non_null(strstr(err_story(-E2BIG), "/b: larger than 5 bytes"));
}

/* A file larger than one read comes whole too. */
static void test_read_large(void **state) {
        Scratch *s = *state;
        _cleanup_(text_done) Text t = TEXT, back = TEXT;

        for (int i = 0; t.len < 300000; i++)
                (void) text_printf(&t, "%d,", i);
        scratch_put(s, "large", text_bytes(&t));
        assert_int_equal(file_read(scratch_path(s, "large"), &back), 0);
        assert_true(bytes_equal(text_bytes(&t), text_bytes(&back)));
}

/* What does not say its size comes whole all the same, in as many reads as it takes, and so does a file of exactly one read. */
static void test_read_sizes(void **state) {
        static const size_t sizes[] = { 1, 4095, 4096, 4097, 65535, 65536, 65537, 131072 };
        Scratch *s = *state;
        _cleanup_(text_done) Text status = TEXT, piped = TEXT;
        _cleanup_(xclosep) int in = -1, out = -1;
        char path[64];
        int ends[2];

        for (size_t i = 0; i < ELEMENTS(sizes); i++) {
                _cleanup_(text_done) Text t = TEXT, back = TEXT;

                while (t.len < sizes[i])
                        (void) text_add_char(&t, (char) ('a' + t.len % 26));
                scratch_put(s, "sized", text_bytes(&t));
                (void) text_add_str(&back, "before ");
                assert_int_equal(file_read(scratch_path(s, "sized"), &back), 0);
                assert_int_equal(back.len, sizes[i] + 7);
                assert_memory_equal(back.data + 7, t.data, sizes[i]);
        }
        assert_int_equal(file_read("/proc/self/status", &status), 0);
        assert_true(bytes_find(text_bytes(&status), BYTES_LIT("VmRSS:"), NULL));
        assert_int_equal(pipe(ends), 0);
        in = ends[0];
        out = ends[1];
        assert_int_equal(write(out, "in a pipe", 9), 9);
        out = xclose(out);
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", in);
        assert_int_equal(file_read(path, &piped), 0);
        assert_text(&piped, "in a pipe");
}

/* What cannot be read says why and adds nothing. */
static void test_read_nothing(void **state) {
        Scratch *s = *state;
        _cleanup_(text_done) Text t = TEXT;

        assert_int_equal(file_read(scratch_path(s, "none"), &t), -ENOENT);
        assert_non_null(strstr(err_story(-ENOENT), "/none: cannot open: No such file or directory"));
        assert_int_equal(file_read(s->dir, &t), -EISDIR);
        assert_int_equal(t.len, 0);
}

/* Writing makes the file, then replaces it whole, with the mode asked for and nothing left beside it. */
static void test_write(void **state) {
        Scratch *s = *state;
        char **names = NULL;
        struct stat st;

        assert_int_equal(file_write(scratch_path(s, "a"), BYTES_LIT("first, and longer"), 0640), 0);
        assert_content(s, "a", "first, and longer");
        assert_int_equal(file_write(scratch_path(s, "a"), BYTES_LIT("second"), 0600), 0);
        assert_content(s, "a", "second");
        assert_int_equal(file_write(scratch_path(s, "empty"), BYTES_NULL, 0600), 0);
        assert_content(s, "empty", "");
        assert_int_equal(stat(scratch_path(s, "a"), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(dir_list(s->dir, "", &names), 0);
        assert_string_equal(names[0], "a");
        assert_string_equal(names[1], "empty");
        assert_null(names[2]);
        names = strv_free(names);
}

/* A write that fails leaves the old file and no other: here the name is taken by a folder. */
static void test_write_failure(void **state) {
        Scratch *s = *state;
        _free_ char *target = xstrdup(scratch_path(s, "taken"));

        assert_int_equal(mkdir(target, 0700), 0);
        assert_int_equal(file_write(target, BYTES_LIT("x"), 0600), -EISDIR);
        assert_int_equal(rmdir(target), 0);
        assert_int_equal(rmdir(s->dir), 0);     /* empty, so no temporary file stayed */
        assert_int_equal(mkdir(s->dir, 0700), 0);
        assert_int_equal(file_write(scratch_path(s, "no/such/folder"), BYTES_LIT("x"), 0600), -ENOENT);
}

/* A disk that takes no more leaves the old file, and nothing beside it: here the size of files is bounded. */
static void test_disk_full(void **state) {
        Scratch *s = *state;
        _cleanup_(text_done) Text t = TEXT;
        struct rlimit old, tight;
        char **names = NULL;
        int r;

        while (t.len < 100000)
                (void) text_add_str(&t, "0123456789");
        scratch_put(s, "a", BYTES_LIT("old"));
        (void) signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        tight = (struct rlimit){ 50000, old.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        r = file_write(scratch_path(s, "a"), text_bytes(&t), 0600);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(r, -EFBIG);
        assert_non_null(strstr(err_story(-EFBIG), "cannot write: File too large"));
        assert_content(s, "a", "old");
        assert_int_equal(unlink(scratch_path(s, "a")), 0);
        assert_int_equal(dir_list(s->dir, "", &names), 0);
        assert_null(names[0]);
        names = strv_free(names);
}

/* A name without a folder lies in the current one. */
static void test_current_folder(void **state) {
        Scratch *s = *state;
        _cleanup_(xclosep) int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_int_equal(chdir(s->dir), 0);
        assert_int_equal(file_write("here", BYTES_LIT("x"), 0600), 0);
        assert_int_equal(dir_make("sub/folder", 0700), 0);
        assert_int_equal(fchdir(before), 0);
        assert_content(s, "here", "x");
        assert_int_equal(dir_sync(scratch_path(s, "sub/folder")), 0);
}

/* A folder of more files than the bound is refused. */
static void test_many_names(void **state) {
        Scratch *s = *state;
        char **names = NULL, name[32];

        for (int i = 0; i < 16385; i++) {
                (void) snprintf(name, sizeof(name), "%d.yaml", i);
                scratch_put(s, name, BYTES_NULL);
        }
        assert_int_equal(dir_list(s->dir, ".yaml", &names), -E2BIG);
        assert_non_null(strstr(err_story(-E2BIG), "more than 16384 files"));
        assert_null(names);
        assert_int_equal(unlink(scratch_path(s, "7.yaml")), 0);
        assert_int_equal(dir_list(s->dir, ".yaml", &names), 0);
        names = strv_free(names);
}

/* Folders are made with their parents; one that is there is fine, a file in the way is not. */
static void test_dir_make(void **state) {
        Scratch *s = *state;

        assert_int_equal(dir_make(scratch_path(s, "a/b/c"), 0700), 0);
        assert_int_equal(dir_make(scratch_path(s, "a/b/c"), 0700), 0);
        assert_int_equal(dir_make(scratch_path(s, "a/d/"), 0700), 0);
        assert_int_equal(dir_sync(scratch_path(s, "a/b/c")), 0);
        scratch_put(s, "file", BYTES_LIT("x"));
        assert_int_equal(dir_make(scratch_path(s, "file"), 0700), -ENOTDIR);
        assert_int_equal(dir_make(scratch_path(s, "file/x"), 0700), -ENOTDIR);
        assert_int_equal(dir_sync(scratch_path(s, "file")), -ENOTDIR);
        assert_int_equal(dir_make("", 0700), -ENOENT);
}

/* A listing holds the regular files of the suffix, sorted by byte, and none of what editors and package tools leave behind. */
static void test_dir_list(void **state) {
        static const char *const files[] = { "b.yaml", "a.yaml", "B.yaml", "\xC3\xA9.yaml", "x.yml", ".hidden.yaml", "#a.yaml#", "a.yaml~", "a.yaml.bak", "a.yaml.dpkg-old",
                                             "c.dpkg-new.yaml", ".a.yaml.swp", "a.yaml.swp", "#b.yaml", "d.yaml.example" };
        Scratch *s = *state;
        char **names = NULL;

        for (size_t i = 0; i < ELEMENTS(files); i++)
                scratch_put(s, files[i], BYTES_LIT("x"));
        assert_int_equal(mkdir(scratch_path(s, "folder.yaml"), 0700), 0);
        assert_int_equal(symlink("a.yaml", scratch_path(s, "link.yaml")), 0);
        assert_int_equal(symlink("nowhere", scratch_path(s, "broken.yaml")), 0);
        assert_int_equal(dir_list(s->dir, ".yaml", &names), 0);
        assert_string_equal(names[0], "B.yaml");
        assert_string_equal(names[1], "a.yaml");
        assert_string_equal(names[2], "b.yaml");
        assert_string_equal(names[3], "link.yaml");
        assert_string_equal(names[4], "\xC3\xA9.yaml");
        assert_null(names[5]);
        names = strv_free(names);
        assert_int_equal(dir_make(scratch_path(s, "motcua.tests"), 0700), 0);
        assert_int_equal(dir_folders(s->dir, ".tests", &names), 0);
        assert_string_equal(names[0], "motcua.tests");
        assert_null(names[1]);
        names = strv_free(names);
        assert_int_equal(dir_list(scratch_path(s, "none"), "", &names), -ENOENT);
        assert_int_equal(dir_list(scratch_path(s, "a.yaml"), "", &names), -ENOTDIR);
        assert_null(strv_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                scratch_test(test_read),          scratch_test(test_read_large), scratch_test(test_read_sizes), scratch_test(test_read_nothing), scratch_test(test_write),
                scratch_test(test_write_failure), scratch_test(test_dir_make),   scratch_test(test_dir_list),
                scratch_test(test_disk_full),     scratch_test(test_current_folder), scratch_test(test_many_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of base/err.c. */
#include <errno.h>

#include "base/err.h"
#include "unit.h"

/* The note is told for its own code only; any other code has the words of the system. */
static void test_note(void **state _unused_) {
        assert_int_equal(err(-EIO, "segment %s: short write", "7"), -EIO);
        assert_string_equal(err_story(-EIO), "segment 7: short write");
        assert_string_equal(err_story(-ENOENT), "No such file or directory");
        assert_string_equal(err_story(-EIO), "segment 7: short write");
        assert_string_equal(err_story(-99999), "error 99999");
}

/* Words are put in front of the note that is there, or of the system's words; the old story may be an argument. */
static void test_add(void **state _unused_) {
        (void) err(-EINVAL, "bad number");
        assert_int_equal(err_add(-EINVAL, "connector %s", "dvc"), -EINVAL);
        assert_string_equal(err_story(-EINVAL), "connector dvc: bad number");
        (void) err(-EINVAL, "again: %s", err_story(-EINVAL));
        assert_string_equal(err_story(-EINVAL), "again: connector dvc: bad number");
        (void) err_add(-ENOENT, "file");
        assert_string_equal(err_story(-ENOENT), "file: No such file or directory");
}

/* A note that is too long is cut, and never in the middle of a character. */
static void test_cut(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;

        for (size_t shift = 0; shift < 3; shift++) {
                text_clear(&t);
                for (size_t i = 0; i < shift; i++)
                        (void) text_add_char(&t, 'x');
                while (t.len < 2000)
                        (void) text_add_str(&t, "\xE1\xBA\xAD");
                (void) err(-EIO, "%s", text_str(&t));
                assert_true(strlen(err_story(-EIO)) >= 1021);
                assert_true(bytes_is_utf8(bytes_of(err_story(-EIO)), NULL));
                (void) err_add(-EIO, "more");
                assert_true(bytes_is_utf8(bytes_of(err_story(-EIO)), NULL));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_note),
                cmocka_unit_test(test_add),
                cmocka_unit_test(test_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

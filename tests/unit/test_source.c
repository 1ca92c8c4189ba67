/* Tests of config/source.c. */
#include <errno.h>

#include "base/err.h"
#include "config/source.h"
#include "scratch.h"

static void assert_secret(const ConfSecret *from, const char *expected) {
        _cleanup_(secret_freep) Secret *s = NULL;

        assert_int_equal(secret_source_read(from, &s), 0);
        assert_string_equal(secret_reveal(s).data, expected);
}

static void assert_refused(const ConfSecret *from, int code, const char *words) {
        Secret *s = NULL;

        assert_int_equal(secret_source_read(from, &s), code);
        assert_null(s);
        if (!strstr(err_story(code), words))
                fail_msg("%s", err_story(code));
}

/* A secret is read from a credential, a file or the environment; only newlines at the end are cut. */
static void test_read(void **state) {
        Scratch *s = *state;
        char credential[] = "lgsp-secret", variable[] = "THIDUA_TEST_SECRET", path[512];

        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", s->dir, 1), 0);
        assert_int_equal(setenv("THIDUA_TEST_SECRET", "from env", 1), 0);
        scratch_put(s, "lgsp-secret", BYTES_LIT(" from credential \r\n\n"));
        scratch_put(s, "plain", BYTES_LIT("from\nfile"));
        (void) snprintf(path, sizeof(path), "%s", scratch_path(s, "plain"));
        assert_secret(&(ConfSecret){ .credential = credential }, " from credential ");
        assert_secret(&(ConfSecret){ .file = path }, "from\nfile");
        assert_secret(&(ConfSecret){ .env = variable }, "from env");
}

/* A file that changed counts at the next reading. */
static void test_change(void **state) {
        Scratch *s = *state;
        char path[512];

        (void) snprintf(path, sizeof(path), "%s", scratch_path(s, "key"));
        scratch_put(s, "key", BYTES_LIT("old\n"));
        assert_secret(&(ConfSecret){ .file = path }, "old");
        scratch_put(s, "key", BYTES_LIT("new\n"));
        assert_secret(&(ConfSecret){ .file = path }, "new");
}

/* What is not there, empty or no secret is refused in words that say where it was looked for and what to do. */
static void test_refused(void **state) {
        Scratch *s = *state;
        char none[] = "none", outside[] = "../plain", variable[] = "THIDUA_TEST_NONE", empty[512], large[512], missing[512];
        _cleanup_(text_done) Text t = TEXT;

        while (t.len < 70000)
                (void) text_add_str(&t, "0123456789");
        scratch_put(s, "empty", BYTES_LIT("\n\r\n"));
        scratch_put(s, "large", text_bytes(&t));
        (void) snprintf(empty, sizeof(empty), "%s", scratch_path(s, "empty"));
        (void) snprintf(large, sizeof(large), "%s", scratch_path(s, "large"));
        (void) snprintf(missing, sizeof(missing), "%s", scratch_path(s, "missing"));
        assert_int_equal(unsetenv("THIDUA_TEST_NONE"), 0);

        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
        assert_refused(&(ConfSecret){ .credential = none }, -ENOENT, "the service has none; add LoadCredential=none:/path");
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", s->dir, 1), 0);
        assert_refused(&(ConfSecret){ .credential = none }, -ENOENT, "credential \"none\" is not there: add LoadCredential=none:/path");
        assert_refused(&(ConfSecret){ .credential = outside }, -EINVAL, "\"../plain\" is not the name of a credential");
        assert_refused(&(ConfSecret){ .env = variable }, -ENOENT, "environment variable THIDUA_TEST_NONE is not set");
        assert_refused(&(ConfSecret){ .file = empty }, -EINVAL, "/empty\" is empty");
        assert_refused(&(ConfSecret){ .file = large }, -EINVAL, "larger than 64 KiB");
        assert_refused(&(ConfSecret){ .file = missing }, -ENOENT, "/missing: cannot open");
        (void) setenv("THIDUA_TEST_NONE", "", 1);
        assert_refused(&(ConfSecret){ .env = variable }, -EINVAL, "environment variable THIDUA_TEST_NONE is empty");
}

/* A source has words for messages, and the secret is not among them. */
static void test_describe(void **state _unused_) {
        char credential[] = "a", file[] = "/b", variable[] = "C";
        const struct {
                ConfSecret from;
                const char *expected;
        } rows[] = {
                { { .credential = credential }, "credential \"a\"" },
                { { .file = file }, "file \"/b\"" },
                { { .env = variable }, "environment variable C" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;

                secret_source_describe(&rows[i].from, &t);
                assert_text(&t, rows[i].expected);
        }
}

/* With a stand-in no secret of the installation is read, not even one that is missing. */
static void test_stand_in(void **state _unused_) {
        char credential[] = "none";
        const ConfSecret from = { .credential = credential };
        _cleanup_(secret_freep) Secret *s = NULL;

        secret_source_stand_in("instead");
        assert_int_equal(secret_source_read(&from, &s), 0);
        assert_true(bytes_equal_str(secret_reveal(s), "instead"));
        secret_source_stand_in(NULL);
        s = secret_free(s);
        assert_true(secret_source_read(&from, &s) < 0);
}

/* A secret is given when one of its three places is. */
static void test_given(void **state _unused_) {
        char word[] = "x";

        assert_false(secret_source_is_given(&(ConfSecret){}));
        assert_true(secret_source_is_given(&(ConfSecret){ .credential = word }));
        assert_true(secret_source_is_given(&(ConfSecret){ .file = word }));
        assert_true(secret_source_is_given(&(ConfSecret){ .env = word }));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                scratch_test(test_read),
                scratch_test(test_change),
                scratch_test(test_refused),
                cmocka_unit_test(test_describe),
                cmocka_unit_test(test_stand_in),
                cmocka_unit_test(test_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

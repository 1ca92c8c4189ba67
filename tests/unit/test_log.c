/* Tests of base/log.c. Standard error is a pipe, and the function that hands entries to the journal is one of this test. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "unit.h"

/* Standard error as a pipe, and what was written to it. */
typedef struct Capture {
        int saved, reader;
        char text[8192];
} Capture;

static int capture_setup(void **state) {
        Capture *c = NEW(Capture);
        int channel[2];

        if (pipe(channel) < 0)
                return -1;
        (void) fcntl(channel[0], F_SETFL, O_NONBLOCK);
        c->saved = dup(STDERR_FILENO);
        (void) dup2(channel[1], STDERR_FILENO);
        (void) close(channel[1]);
        c->reader = channel[0];
        *state = c;
        return 0;
}

static int capture_teardown(void **state) {
        Capture *c = *state;

        (void) dup2(c->saved, STDERR_FILENO);
        (void) close(c->saved);
        (void) close(c->reader);
        (void) xfree(c);
        log_open(LOG_STDERR, LOG_INFO);
        return 0;
}

static const char *captured(Capture *c) {
        ssize_t n = read(c->reader, c->text, sizeof(c->text) - 1);

        c->text[n > 0 ? n : 0] = '\0';
        return c->text;
}

/* The entry that was handed over, a field a line. */
static char entry[8192];
static int journal_result;

/* Takes the place of the function of libsystemd. */
int sd_journal_sendv(const struct iovec *fields, int n);
int sd_journal_sendv(const struct iovec *fields, int n) {
        size_t len = 0;

        for (int i = 0; i < n; i++)
                len += (size_t) snprintf(entry + len, sizeof(entry) - len, "%.*s\n", (int) fields[i].iov_len, (const char *) fields[i].iov_base);
        return journal_result;
}

/* An entry of the journal has the id and priority of its event, and the fields of its scope that are known. */
static void test_journal(void **state) {
        Capture *c = *state;
        const LogScope all = { "dvc", "month", "nt-so-nv", "7f", 503, "08006" };
        _cleanup_(text_done) Text expected = TEXT;

        journal_result = 0;
        log_open(LOG_JOURNAL, LOG_DEBUG);
        assert_true(log_is_journal());
        log_event(EV_RUN_FAILED, &all, "dvc/month: no\nanswer");
        (void) text_printf(&expected, "MESSAGE_ID=%s\nPRIORITY=3\nSYSLOG_IDENTIFIER=thiduad\nTHIDUA_EVENT=RUN_FAILED\nTHIDUA_CONNECTOR=dvc\nTHIDUA_STREAM=month\n"
                                      "THIDUA_UNIT=nt-so-nv\nTHIDUA_RUN=7f\nTHIDUA_HTTP_STATUS=503\nTHIDUA_SQLSTATE=08006\nMESSAGE=dvc/month: no answer\n",
                           event_id(EV_RUN_FAILED));
        assert_string_equal(entry, text_str(&expected));
        log_event(EV_READY, NULL, "ready");
        assert_null(strstr(entry, "THIDUA_CONNECTOR"));
        log_debug("spool", "synced");
        assert_string_equal(entry, "PRIORITY=7\nSYSLOG_IDENTIFIER=thiduad\nTHIDUA_AREA=spool\nMESSAGE=synced\n");
        assert_string_equal(captured(c), "");
}

/* What the journal does not take goes to standard error. */
static void test_journal_lost(void **state) {
        Capture *c = *state;

        journal_result = -1;
        log_open(LOG_JOURNAL, LOG_DEBUG);
        log_event(EV_READY, NULL, "ready");
        log_debug("spool", "synced");
        assert_string_equal(captured(c), "<6>ready\n<7>spool: synced\n");
}

/* Every event has a name, and an id of 32 hex digits that no other has. */
static void test_events(void **state _unused_) {
        for (int i = 0; i < _EV_MAX; i++) {
                const char *id = event_id((Event) i);

                assert_int_equal(strlen(id), 32);
                assert_int_equal(strspn(id, "0123456789abcdef"), 32);
                assert_non_null(event_name((Event) i));
                for (int k = 0; k < i; k++)
                        assert_string_not_equal(id, event_id((Event) k));
        }
        assert_string_equal(event_name(EV_RUN_FAILED), "RUN_FAILED");
}

/* Where standard error is no terminal, each line begins with its priority; one event is one line whatever it holds. */
static void test_stderr(void **state) {
        Capture *c = *state;

        log_open(LOG_STDERR, LOG_INFO);
        assert_false(log_is_journal());
        log_event(EV_RUN_FAILED, NULL, "dvc/%s: cannot connect\nto \x1B[31mhost", "month");
        log_event(EV_READY, &(LogScope){ .connector = "dvc" }, "ready");
        assert_string_equal(captured(c), "<3>dvc/month: cannot connect to  [31mhost\n<6>ready\n");
}

/* What is less urgent than the level is not written; debug lines carry their area. */
static void test_level(void **state) {
        Capture *c = *state;

        log_open(LOG_STDERR, LOG_INFO);
        log_debug("spool", "hidden %d", 1);
        assert_string_equal(captured(c), "");
        log_open(LOG_STDERR, LOG_DEBUG);
        log_debug("spool", "shown %d", 2);
        assert_string_equal(captured(c), "<7>spool: shown 2\n");
        log_open(LOG_STDERR, LOG_ERR);
        log_event(EV_READY, NULL, "hidden");
        log_event(EV_RUN_FAILED, NULL, "shown");
        assert_string_equal(captured(c), "<3>shown\n");
}

/* The journal is chosen only when standard error is the very stream that $JOURNAL_STREAM names. */
static void test_auto(void **state) {
        static const struct {
                const char *format;
                bool expected;
        } rows[] = {
                { "%llu:%llu", true }, { "%llu:1%llu", false }, { "%llu%llu", false }, { "x%llu:%llu", false }, { "", false },
        };
        struct stat st;

        (void) state;
        assert_int_equal(fstat(STDERR_FILENO, &st), 0);
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                char value[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                (void) snprintf(value, sizeof(value), rows[i].format, (unsigned long long) st.st_dev, (unsigned long long) st.st_ino);
#pragma GCC diagnostic pop
                assert_int_equal(setenv("JOURNAL_STREAM", value, 1), 0);
                log_open(LOG_AUTO, LOG_INFO);
                assert_int_equal(log_is_journal(), rows[i].expected);
        }
        (void) unsetenv("JOURNAL_STREAM");
        log_open(LOG_AUTO, LOG_INFO);
        assert_false(log_is_journal());
}

/* A message longer than its bound is cut, not lost. */
static void test_long(void **state) {
        Capture *c = *state;
        _cleanup_(text_done) Text t = TEXT;

        while (t.len < 10000)
                (void) text_add_str(&t, "abcdefghij");
        log_open(LOG_STDERR, LOG_DEBUG);
        log_event(EV_READY, NULL, "%s", text_str(&t));
        assert_in_range(strlen(captured(c)), 4000, 4100);
        log_debug("area", "%s", text_str(&t));
        assert_true(bytes_starts(bytes_of(captured(c)), "<7>area: abc"));
}

#define capture_test(f) cmocka_unit_test_setup_teardown(f, capture_setup, capture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_events), capture_test(test_stderr), capture_test(test_level), capture_test(test_auto), capture_test(test_long),
                capture_test(test_journal), capture_test(test_journal_lost),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

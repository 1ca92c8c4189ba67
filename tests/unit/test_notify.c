/* Tests of observe/notify.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "observe/notify.h"

static void assert_said(int fd, const char *want) {
        char got[256] = "";
        ssize_t n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);

        assert_true(n > 0);
        assert_string_equal(got, want);
}

/* Each word arrives as systemd expects it; RELOADING carries the time in the same message. */
static void test_words(void **state) {
        _cleanup_(xclosep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t len = sizeof(sa_family_t);

        (void) state;
        assert_int_equal(bind(fd, (struct sockaddr *) &address, len),
                        0); /* the kernel chooses an abstract name */
        len = sizeof(address);
        assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &len), 0);
        address.sun_path[0] = '@';
        assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);

        notify_ready();
        assert_said(fd, "READY=1");
        notify_reloading(1234567);
        assert_said(fd, "RELOADING=1\nMONOTONIC_USEC=1234567");
        notify_status("41 connectors ok, spool 0 B");
        assert_said(fd, "STATUS=41 connectors ok, spool 0 B");
        notify_stopping();
        assert_said(fd, "STOPPING=1");
        notify_watchdog();
        assert_said(fd, "WATCHDOG=1");
}

/* Outside systemd nothing is said and nothing fails. */
static void test_outside(void **state) {
        (void) state;
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
        notify_ready();
        notify_reloading(1);
        notify_status("x");
        assert_int_equal(notify_watchdog_interval(), 0);
}

/* The watchdog is fed twice as often as it must be, and only when it is ours. */
static void test_watchdog(void **state) {
        char pid[32];

        (void) state;
        assert_int_equal(setenv("WATCHDOG_USEC", "30000000", 1), 0);
        assert_int_equal(unsetenv("WATCHDOG_PID"), 0);
        assert_int_equal(notify_watchdog_interval(), 15 * USEC_SEC);
        (void) snprintf(pid, sizeof(pid), "%d", (int) getpid() + 1);
        assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
        assert_int_equal(notify_watchdog_interval(), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_words), cmocka_unit_test(test_outside),
                cmocka_unit_test(test_watchdog) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

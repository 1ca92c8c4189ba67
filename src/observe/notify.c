/* Words to systemd, on the socket it named; without one nothing is sent. */

#include <systemd/sd-daemon.h>

#include "observe/notify.h"

void notify_ready(void) {
        (void) sd_notify(0, "READY=1");
}

/* Both in one message: a manager that waits for the reload takes the time to tell this READY from an older
 * one. */
void notify_reloading(usec_t now_mono) {
        (void) sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_mono);
}

void notify_status(const char *line) {
        (void) sd_notifyf(0, "STATUS=%s", line);
}

void notify_stopping(void) {
        (void) sd_notify(0, "STOPPING=1");
}

void notify_watchdog(void) {
        (void) sd_notify(0, "WATCHDOG=1");
}

usec_t notify_watchdog_interval(void) {
        uint64_t usec = 0;

        return sd_watchdog_enabled(0, &usec) > 0 ? usec / 2 : 0;
}

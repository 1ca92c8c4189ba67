/* Words to systemd: READY, RELOADING with MONOTONIC_USEC, STATUS, STOPPING, WATCHDOG. No-ops outside systemd.
 */
#pragma once

#include "base/usec.h"

void notify_ready(void);
void notify_reloading(usec_t now_mono);
void notify_status(const char *line); /* one line without its end */
void notify_stopping(void);
void notify_watchdog(void);
usec_t notify_watchdog_interval(void); /* half of WatchdogSec; 0: no watchdog */

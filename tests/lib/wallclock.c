/* Moves the wall clock of one process, for the demo and the tests: LD_PRELOAD this library with WALLCLOCK_START=<seconds since 1970>.
 * The process then lives from that instant on. Waiting is not touched: only CLOCK_REALTIME is moved, never CLOCK_MONOTONIC. */

#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long ahead;
static int is_set;

__attribute__((constructor)) static void set(void) {
        const char *start = getenv("WALLCLOCK_START");
        struct timespec now;

        if (!start || syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) != 0)
                return;
        ahead = atol(start) - now.tv_sec;
        is_set = 1;
}

int clock_gettime(clockid_t id, struct timespec *ts) {
        int r = (int) syscall(SYS_clock_gettime, id, ts);

        if (r == 0 && is_set && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
                ts->tv_sec += ahead;
        return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz) {
        struct timespec ts;

        (void) tz;
        if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
                return -1;
        tv->tv_sec = ts.tv_sec;
        tv->tv_usec = ts.tv_nsec / 1000;
        return 0;
}

time_t time(time_t *ret) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        if (ret)
                *ret = ts.tv_sec;
        return ts.tv_sec;
}

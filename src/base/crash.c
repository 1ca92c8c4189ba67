/* Named crash points for the crash tests; compiled only with CRASH_POINTS. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/crash.h"
#include "base/env.h"
#include "base/num.h"

/* SIGKILL and no exit(): nothing may be flushed or closed in order, as when the machine loses power over the process. */
void crash_point(const char *name) {
        static uint64_t n_passed;
        const char *wanted = env_get("THIDUA_CRASH"), *colon;
        uint64_t n = 1;

        if (!wanted)
                return;
        colon = strchrnul(wanted, ':');
        if (!bytes_equal_str((Bytes){ wanted, (size_t) (colon - wanted) }, name))
                return;
        if (*colon)
                (void) num_parse_u64(bytes_of(colon + 1), &n);
        if (++n_passed < n)
                return;
        (void) kill(getpid(), SIGKILL);
        for (;;)
                (void) pause();
}

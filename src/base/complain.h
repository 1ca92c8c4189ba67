/* Complain: a repeated failure speaks at growing intervals, and once more when it is over. Pure: the caller passes now and logs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/usec.h"

typedef struct Complain {
        usec_t since;           /* of the first failure, 0: all is well */
        usec_t next;            /* not to be told again before this instant */
        usec_t interval;
        uint64_t n_suppressed;  /* since the last time it was told */
        uint64_t n_total;       /* since the first failure */
} Complain;

/* Notes a failure. True: tell it now (n_suppressed says how many were not told since). First at once, then after 1 min, 5 min, 25 min, 2 h, then each 6 h. */
bool complain_failed(Complain *c, usec_t now, uint64_t *ret_suppressed);

/* Notes that it works. True: it had failed before, tell that it is over (ret_since: since when, ret_total: how often). */
bool complain_over(Complain *c, usec_t *ret_since, uint64_t *ret_total);

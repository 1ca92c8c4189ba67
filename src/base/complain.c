/* Complain: a repeated failure speaks at growing intervals, and once more when it is over. */

#include "base/complain.h"

/* The interval that follows one that was waited for. */
static usec_t longer(usec_t interval) {
        if (interval < USEC_MINUTE)
                return USEC_MINUTE;
        if (interval < 5 * USEC_MINUTE)
                return 5 * USEC_MINUTE;
        if (interval < 25 * USEC_MINUTE)
                return 25 * USEC_MINUTE;
        return interval < 2 * USEC_HOUR ? 2 * USEC_HOUR : 6 * USEC_HOUR;
}

bool complain_failed(Complain *c, usec_t now, uint64_t *ret_suppressed) {
        if (c->n_total == 0)
                c->since = now;
        c->n_total++;
        if (c->n_total > 1 && now < c->next) {
                c->n_suppressed++;
                return false;
        }
        c->interval = longer(c->interval);
        c->next = usec_add(now, c->interval);
        *ret_suppressed = c->n_suppressed;
        c->n_suppressed = 0;
        return true;
}

bool complain_over(Complain *c, usec_t *ret_since, uint64_t *ret_total) {
        Complain was = *c;

        *c = (Complain){};
        if (was.n_total == 0)
                return false;
        *ret_since = was.since;
        *ret_total = was.n_total;
        return true;
}

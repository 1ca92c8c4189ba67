/* Share: connectors that several instances poll between them: joins the lease to the poller. */
#pragma once

#include "poller.h"

struct sd_event;

typedef struct Share Share;

/* Borrows all. Nothing is polled before the database has said what this instance holds. 0, -EINVAL: not a conninfo (note). */
int share_new(Share **ret, const Setup *setup, const Spool *spool, Poller *poller, Cursors *cursors, struct sd_event *event);
Share *share_free(Share *s);    /* gives everything back; before the poller is freed */
/* The first setup, and each that follows a reload. */
void share_use(Share *s, const Setup *setup, usec_t now_real);
/* Each turn, after the poller's and the spool's. When to call again (monotonic) though nothing happened; USEC_NEVER. */
usec_t share_step(Share *s, usec_t now_mono, usec_t now_real);

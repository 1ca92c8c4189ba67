/* Lease: which connectors this instance polls, where several share them: session advisory locks and fencing numbers, on a connection of their own.
 * A lock lives as long as the session that holds it, so PostgreSQL alone says who is alive; there is no clock of ours. */
#pragma once

#include "base/failure.h"
#include "store/pg.h"

struct sd_event;

typedef struct Lease Lease;

typedef struct LeaseEvents {
        /* Before each look: the owner calls lease_wish() for every connector that it could poll. */
        void (*wishes)(void *userdata, Lease *l);
        /* Where the streams of connectors that were just taken stand: connector, stream, partition, value. Comes before their held(). */
        void (*cursors)(void *userdata, const PgReply *reply);
        /* For each connector that was just taken: the owner calls lease_stream() for each of its streams. */
        void (*streams)(void *userdata, Lease *l, const char *connector);
        /* The last slots that were served of them: connector, stream, microseconds. Comes before their held(). */
        void (*slots)(void *userdata, const PgReply *reply);
        /* For each connector that is held; is_new: since this look, under a number that nobody had before; not is_wanted: it is another's by rights, and is given
         * away at the first look that finds nothing of its group busy. */
        void (*held)(void *userdata, const char *connector, uint64_t fence, bool is_new, bool is_wanted);
        /* After the last held(): what was not named is not held any more. */
        void (*looked)(void *userdata);
        void (*trouble)(void *userdata, const Failure *f);      /* each failed attempt: what was held before goes on being polled */
} LeaseEvents;

typedef struct LeaseStats {
        size_t n_held;          /* at the last look */
        bool is_failing;
        Failure failure;
} LeaseStats;

/* conninfo must lead to a session that lasts: a pooler that gives each transaction another one keeps no lock. spool_id tells sessions that this daemon
 * left behind from those of another daemon of the same name. Looks for the first time at once. 0, -EINVAL: not a conninfo (note). */
int lease_new(Lease **ret, const char *conninfo, const char *instance, const char *spool_id, struct sd_event *event, const LeaseEvents *events, void *userdata);
Lease *lease_free(Lease *l);    /* gives everything back */
DEFINE_CLEANUP(Lease *, lease_free)

/* Within wishes() only. group: what stays together on one instance. weight: its part of what is shared evenly. is_busy: it is being polled, or may be at any time;
 * its group is not given away before that has ended. */
void lease_wish(Lease *l, const char *connector, const char *group, unsigned weight, bool is_busy);
/* Within streams() only. setup: SHA-256 of the connector's file in hex: a slot that was served under another text is owed anew. */
void lease_stream(Lease *l, const char *connector, const char *stream, const char *setup);
void lease_look(Lease *l);      /* now rather than at the next turn: the setup is another */
void lease_stats(const Lease *l, LeaseStats *ret);

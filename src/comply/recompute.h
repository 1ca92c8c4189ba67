/* Recompute: the daemon's second connection to the database: brings units and campaigns there, reads the cursors, and asks for compliance when figures came and on schedule. */
#pragma once

#include "base/failure.h"
#include "base/usec.h"
#include "store/pg.h"

struct sd_event;

/* One call of a loading function; $1 is the JSON. */
typedef struct Statement {
        const char *sql;
        const char *json;       /* NULL: no parameter */
} Statement;

typedef struct RecomputeEvents {
        void (*cursors)(void *userdata, const PgReply *reply);          /* connector, stream, partition, value */
        void (*prepared)(void *userdata);       /* all statements ran: figures may be delivered */
        void (*recomputed)(void *userdata, const char *campaign, const char *as_of, uint64_t n_results, uint64_t n_changed);
        void (*restated)(void *userdata, const PgReply *reply);         /* comply.tell_restated(): total, metric, unit, period_from, period_to, value_before, value, connector, stream, run */
        void (*trouble)(void *userdata, const Failure *failure);        /* each failed attempt; the owner decides how often to tell */
        void (*recovered)(void *userdata);
} RecomputeEvents;

typedef struct RecomputeStats {
        usec_t recomputed_at;   /* wall clock; 0: never */
        uint64_t n_results;     /* of the last time */
        uint64_t n_changed;
        bool is_failing;        /* the last attempt failed, and nothing succeeded since */
        Failure failure;        /* of that attempt */
} RecomputeStats;

typedef struct Recompute Recompute;

/* Connects by itself, begun by the first recompute_prepare. 0, -EINVAL: not a conninfo (note). */
int recompute_new(Recompute **ret, const char *conninfo, struct sd_event *event, const RecomputeEvents *events, void *userdata);
Recompute *recompute_free(Recompute *r);
DEFINE_CLEANUP(Recompute *, recompute_free)

/* What is to run, in order, now and after every reconnect, before anything is computed. Copied. */
/* Reads the cursors once more; cursors() tells them. */
void recompute_read_cursors(Recompute *r);
void recompute_prepare(Recompute *r, const Statement *list, size_t n);
void recompute_set_rhythm(Recompute *r, usec_t after, usec_t every);
/* Figures were committed: computed `after` later, together with what comes meanwhile. */
void recompute_data_came(Recompute *r, usec_t now_mono);

void recompute_step(Recompute *r, usec_t now_mono, usec_t now_real);
usec_t recompute_wake_at(const Recompute *r);   /* monotonic; USEC_NEVER: a reply is awaited */
bool recompute_is_idle(const Recompute *r);     /* everything that came is computed */
void recompute_stats(const Recompute *r, RecomputeStats *ret);

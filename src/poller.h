/* Poller: starts runs when they are due, steps them, keeps what is known of each stream. Its owner passes the time and says when something happened. */
#pragma once

#include "backfill.h"
#include "observe/status.h"
#include "run.h"
#include "store/cursor.h"

typedef struct Poller Poller;

typedef struct PollerEnv {
        Hosts *hosts;
        Transport *transport;
        Spool *spool;
        Cursors *cursors;
        uint64_t (*random)(void);
} PollerEnv;

Poller *poller_new(const PollerEnv *env);
Poller *poller_free(Poller *p);         /* cancels the runs under way */
DEFINE_CLEANUP(Poller *, poller_free)

/* The first setup, and each that follows a reload: runs under way end with theirs, streams that did not change keep their rhythm and their record. */
void poller_use(Poller *p, Setup *setup, usec_t now_real);

/* Where connectors are shared: none is polled before poller_hold() names it. Runs under way end all the same. */
void poller_share(Poller *p, bool is_shared);
void poller_hold(Poller *p, const char *connector, uint64_t fence);     /* 0: it is another instance's now */
uint64_t poller_held(const Poller *p, const char *connector);           /* its number; 0: not held */
/* Of a connector that is about to be held: the last slot that its former holder served. It is not served again. */
void poller_stands(Poller *p, const char *connector, const char *stream, usec_t slot, usec_t now_real);
bool poller_is_busy(const Poller *p, const char *connector);            /* a run of it is under way */

void poller_step(Poller *p, usec_t now_mono, usec_t now_real);
/* Monotonic; USEC_NEVER: nothing to wait for but the network. */
usec_t poller_wake_at(const Poller *p, usec_t now_mono, usec_t now_real);

/* No run begins any more; true once none is under way and the sessions at sources are ended. */
void poller_drain(Poller *p);
bool poller_is_idle(const Poller *p);

typedef enum PollerOrder {
        ORDER_RUN,
        ORDER_PAUSE,
        ORDER_RESUME,
} PollerOrder;

/* stream NULL: all of the connector. Number of streams that are meant; 0: no such name, or none that is polled here. Nothing is done with them unless is_done. */
size_t poller_order(Poller *p, const char *connector, const char *stream, PollerOrder order, bool is_done);

/* Past windows of a connector's streams, besides their schedule; stream NULL: all of it that have windows. */
typedef struct BackfillOrder {
        const char *connector, *stream;
        Day from, to;
        const char *unit;               /* slug; NULL or "": all */
} BackfillOrder;

/* Number of streams; 0: none, and why. The same order again changes nothing while it is under way. */
size_t poller_backfill(Poller *p, const BackfillOrder *order, usec_t now_real, Text *ret_why);
/* A check at delivery kept out what a run had brought: the run has failed after all, and its window is still owed. */
void poller_blocked(Poller *p, const RunRecord *run, const char *story, usec_t now_real);

/* A line for each stream, or as JSON. */
BackfillState poller_backfill_state(const Poller *p, const BackfillOrder *order, usec_t now_real, bool is_json, Text *ret);
/* Those that are not over. The caller frees the array with xfree; strings live until the next step. */
size_t poller_backfills(const Poller *p, BackfillStatus **ret);
/* Cursors were read: unfinished backfills among them go on. */
void poller_cursors_came(Poller *p);

/* One status a stream, in the order of the setup; strings live until the next step. The caller frees the array with xfree. */
size_t poller_status(const Poller *p, StreamStatus **ret);

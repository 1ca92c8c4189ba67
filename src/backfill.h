/* Backfill: an order to ask for past windows of a stream besides its schedule, one window a run. How far it is stands in a cursor of its own, so that it goes on after a restart. Pure: the poller
 * runs what is next. */
#pragma once

#include "base/vec.h"
#include "observe/status.h"
#include "setup.h"
#include "store/parcel.h"

/* Partitions of cursors that are backfills: this, then "FROM:TO:UNIT". */
#define CURSOR_BACKFILL "backfill:"

typedef struct Backfill {
        char *connector, *stream;
        char *unit;                     /* slug; NULL: all */
        Day from, to;
        char *partition;
        VEC(Period) windows;
        VEC(bool) is_done;              /* of each window */
        VEC(Text) runs;                 /* id of the run that asked for it last */
        size_t at;                      /* window that is under way or was asked last */
        bool is_running, is_over;
        usec_t not_before;              /* wall clock: after a failure */
        usec_t pause;                   /* the next one after a failure; doubles */
        size_t n_failed;                /* windows that failed when they were asked last, in this pass */
        uint64_t n_samples, n_rejects;
        char good[16], bad[16];         /* what its cursor is to say when the window under way has come whole, and when not */
        unsigned load;                  /* of the configuration for which it was planned */
        char trouble[300];              /* of the last window that failed; "": none */
} Backfill;

typedef enum BackfillState {
        BACKFILL_UNKNOWN,
        BACKFILL_OVER,
        BACKFILL_WAITING,               /* all was asked for, some failed and is asked for again later */
        BACKFILL_RUNNING,
} BackfillState;

Backfill *backfill_free(Backfill *b);
DEFINE_CLEANUP(Backfill *, backfill_free)

/* unit "" or NULL: all. progress: value of the cursor, NULL: none. 0; 1: it cannot be, ret_why says why in words. */
int backfill_new(Backfill **ret, const Stream *s, Day from, Day to, const char *unit, const char *progress, Day today, Text *ret_why);
/* From a cursor's partition; 1: it is none, or cannot be any more. */
int backfill_parse(Backfill **ret, const Stream *s, const char *partition, const char *progress, Day today);
bool backfill_equals(const Backfill *a, const Backfill *b);

/* NULL: nothing to ask at now. Otherwise the window that is next; it counts as running until backfill_ended(). */
const Period *backfill_next(Backfill *b, usec_t now);
/* The window that is next is asked for by that run. */
void backfill_began(Backfill *b, const char *run);
/* What that run had brought was kept out when it was delivered: its window is owed again. false: the run is not of this backfill. */
bool backfill_blocked(Backfill *b, const char *run, const char *story, usec_t retry, usec_t now);
usec_t backfill_wake_at(const Backfill *b);     /* wall clock; USEC_NEVER: running or over */
void backfill_ended(Backfill *b, const RunRecord *run, usec_t retry, usec_t now);

BackfillState backfill_state(const Backfill *b);
BackfillStatus backfill_status(const Backfill *b);      /* its strings are the backfill's */
size_t backfill_n_done(const Backfill *b);      /* windows that came whole */

/* "5 of 12 windows from 2024-01-01 to 2024-12-31, 340 figures" and so on, for people; no line break. */
void backfill_render(const Backfill *b, Text *ret);

/* A heap of schedules: what is due at now, and when to wake; overlap, catch-up, pause, run-now. Pure; knows
 * names, not runs. */
#pragma once

#include "schedule/slot.h"

typedef struct Scheduler Scheduler;

typedef struct Due {
        size_t id;      /* as given to scheduler_add */
        usec_t slot;    /* wall clock */
        bool is_forced; /* run-now */
} Due;

/* random gives 64 random bits, for the jitter. */
Scheduler *scheduler_new(uint64_t (*random)(void *userdata), void *userdata);
Scheduler *scheduler_free(Scheduler *s);
DEFINE_CLEANUP(Scheduler *, scheduler_free)
/* id: small numbers, as indexes of a table; one schedule each. last: slot of the last run that is known (0:
 * none, then it is due at once, outside blackouts). Slots missed since last are caught up as the schedule
 * says. The schedule is borrowed. */
void scheduler_add(Scheduler *s, size_t id, const Schedule *schedule, usec_t last, usec_t now);
/* Adds with the state that `from_id` has in another scheduler: what it waits for, whether it is running or
 * paused, what it skipped. The schedule is equal to the one it has there. */
void scheduler_carry(Scheduler *s, size_t id, const Schedule *schedule, const Scheduler *from, size_t from_id);
void scheduler_remove(Scheduler *s, size_t id);
/* The next one that is due at now; it counts as running until scheduler_ended. Call until false. A clock that
 * was set back plans all anew. */
bool scheduler_due(Scheduler *s, usec_t now, Due *ret);
void scheduler_ended(Scheduler *s, size_t id, usec_t now); /* nothing happens when it was not running */
/* Due at once, blackout or not: somebody asked for it. A paused one waits until it is resumed, a running one
 * runs once more. */
void scheduler_run_now(Scheduler *s, size_t id);
/* After a failure: due at `at` or at the end of a blackout then, unless its next slot comes sooner. For one
 * that is not running. */
void scheduler_retry(Scheduler *s, size_t id, usec_t at);
/* Slots that pass while paused are caught up as the schedule says. */
void scheduler_pause(Scheduler *s, size_t id, bool is_paused);
void scheduler_pause_all(Scheduler *s, bool is_paused); /* spool full, drain */
usec_t scheduler_wake_at(const Scheduler *s); /* wall clock, 0: at once; USEC_NEVER: nothing to wait for */

typedef struct SchedulerState {
        usec_t next; /* when it is due; of a running one its next slot; 0: paused, USEC_NEVER: none */
        usec_t running_since; /* 0: not running */
        uint64_t n_skipped;   /* slots that passed without a run of their own: one was under way, or there was
                                 no room for it */
        bool is_paused;
} SchedulerState;
bool scheduler_state(const Scheduler *s, size_t id, SchedulerState *ret); /* false: no such id */

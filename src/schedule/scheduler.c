/* Scheduler: a binary heap of entries, the one due first on top.
 *
 *   WAITING (in the heap) ──due──▶ RUNNING ──ended──▶ WAITING
 *      │  ▲ pause, resume             │
 *      ▼  │                           └─ ended while paused ──▶ PAUSED
 *    PAUSED (not in the heap)
 *
 * An entry always carries the slot it is for, so that lateness, whatever its cause, is seen when it becomes
 * due. */

#include <assert.h>

#include "base/vec.h"
#include "schedule/scheduler.h"

enum {
        IDS_MAX = 1 << 20,
        COUNT_MAX = 100000, /* skipped slots are counted one by one only so far */
};
#define NOT_IN_HEAP  SIZE_MAX
#define SET_BACK_MIN USEC_MINUTE /* smaller steps of the clock are corrections, not settings */

typedef struct Entry {
        size_t id;
        const Schedule *schedule;
        usec_t slot; /* it waits for, or is running for */
        usec_t due_at;
        usec_t running_since; /* 0: not running */
        usec_t backlog_until; /* catch_up all: each slot up to here gets its run, come what may */
        uint64_t n_skipped;
        size_t heap_at;
        bool is_paused, is_forced;
        bool is_off_grid; /* the first run of all, or a retry: its slot is none of the schedule's */
        bool was_forced;  /* the run under way was asked for: its slot is not one of the schedule */
        bool must_settle; /* it was paused: missed slots are to be looked at */
} Entry;

struct Scheduler {
        uint64_t (*random)(void *userdata);
        void *userdata;
        VEC(Entry *) by_id; /* NULL: no such id */
        VEC(Entry *) heap;
        usec_t now_seen;
        bool is_paused;
};

/* ---- heap ---- */

static bool is_before(const Entry *a, const Entry *b) {
        return a->due_at != b->due_at ? a->due_at < b->due_at : a->id < b->id;
}

static void heap_put(Scheduler *s, size_t i, Entry *e) {
        s->heap.items[i] = e;
        e->heap_at = i;
}

static void heap_up(Scheduler *s, size_t i, Entry *e) {
        while (i > 0 && is_before(e, s->heap.items[(i - 1) / 2])) {
                heap_put(s, i, s->heap.items[(i - 1) / 2]);
                i = (i - 1) / 2;
        }
        heap_put(s, i, e);
}

static void heap_down(Scheduler *s, size_t i, Entry *e) {
        for (;;) {
                size_t child = 2 * i + 1;

                if (child + 1 < s->heap.len && is_before(s->heap.items[child + 1], s->heap.items[child]))
                        child++;
                if (child >= s->heap.len || !is_before(s->heap.items[child], e))
                        break;
                heap_put(s, i, s->heap.items[child]);
                i = child;
        }
        heap_put(s, i, e);
}

static void heap_remove(Scheduler *s, Entry *e) {
        size_t i = e->heap_at;
        Entry *last;

        if (i == NOT_IN_HEAP)
                return;
        e->heap_at = NOT_IN_HEAP;
        last = s->heap.items[--s->heap.len];
        if (last == e)
                return;
        heap_down(s, i, last);
        heap_up(s, last->heap_at, last);
}

/* Puts the entry where its state and its due_at belong. */
static void place(Scheduler *s, Entry *e) {
        heap_remove(s, e);
        if (e->running_since || e->is_paused)
                return;
        if (e->is_forced)
                e->due_at = 0;
        vec_push(&s->heap, e);
        heap_up(s, s->heap.len - 1, e);
}

/* ---- planning ---- */

static void wait_for(Scheduler *s, Entry *e, usec_t slot) {
        e->slot = slot;
        e->is_off_grid = false;
        e->due_at = slot == USEC_NEVER ? USEC_NEVER
                                       : schedule_begin(e->schedule, slot, s->random(s->userdata));
}

/* A missed slot is due without jitter: its time has passed. */
static void wait_for_missed(Entry *e, usec_t slot, usec_t now) {
        e->slot = slot;
        e->is_off_grid = false;
        e->due_at = schedule_open_from(e->schedule, now);
}

/* The slots after `last`, some of which may have been missed. */
static void settle(Scheduler *s, Entry *e, usec_t last, usec_t now) {
        usec_t next = schedule_next(e->schedule, last);

        e->must_settle = false;
        if (next > now) {
                wait_for(s, e, next);
                return;
        }
        switch (schedule_catch_up(e->schedule)) {
        case CATCH_UP_ONCE:
                wait_for_missed(e, schedule_newest(e->schedule, last, now), now);
                break;
        case CATCH_UP_NONE:
                wait_for(s, e, schedule_next(e->schedule, now));
                break;
        case CATCH_UP_ALL:
                e->backlog_until = now;
                wait_for_missed(e, next, now);
                break;
        }
}

static uint64_t count_slots(const Schedule *schedule, usec_t after, usec_t until) {
        uint64_t n = 0;

        while (n < COUNT_MAX && (after = schedule_next(schedule, after)) <= until)
                n++;
        return n;
}

static Entry *entry_of(const Scheduler *s, size_t id) {
        return id < s->by_id.len ? s->by_id.items[id] : NULL;
}

/* The clock was set back: slots planned by the old time may lie far ahead. */
static void plan_anew(Scheduler *s, usec_t now) {
        for (size_t id = 0; id < s->by_id.len; id++) {
                Entry *e = s->by_id.items[id];

                if (!e || e->slot <= now)
                        continue;
                if (e->running_since) /* what follows it is planned from its slot */
                        e->slot = now;
                else
                        wait_for(s, e, schedule_next(e->schedule, now));
                e->backlog_until = 0;
                place(s, e);
        }
}

/* An entry that waited past its slot (no room, a sleeping machine) takes the newest one; the others are
 * counted. */
static void take_newest(Entry *e, usec_t now) {
        usec_t newest;

        if (e->slot <= e->backlog_until || e->slot >= now)
                return;
        newest = schedule_newest(e->schedule, e->slot, now);
        if (!newest)
                return;
        e->n_skipped += count_slots(e->schedule, e->slot, newest) - e->is_off_grid;
        e->slot = newest;
}

/* ---- the doors ---- */

Scheduler *scheduler_new(uint64_t (*random)(void *userdata), void *userdata) {
        Scheduler *s = NEW(Scheduler);

        s->random = random;
        s->userdata = userdata;
        return s;
}

Scheduler *scheduler_free(Scheduler *s) {
        if (!s)
                return NULL;
        for (size_t id = 0; id < s->by_id.len; id++)
                (void) xfree(s->by_id.items[id]);
        vec_done(&s->by_id);
        vec_done(&s->heap);
        return xfree(s);
}

static Entry *add_entry(Scheduler *s, size_t id, const Schedule *schedule) {
        Entry *e;

        assert(id < IDS_MAX && !entry_of(s, id));
        while (s->by_id.len <= id)
                vec_push(&s->by_id, NULL);
        e = NEW(Entry);
        e->id = id;
        e->schedule = schedule;
        e->heap_at = NOT_IN_HEAP;
        s->by_id.items[id] = e;
        return e;
}

void scheduler_add(Scheduler *s, size_t id, const Schedule *schedule, usec_t last, usec_t now) {
        Entry *e = add_entry(s, id, schedule);

        if (last == 0) {
                wait_for_missed(e, now, now);
                e->is_off_grid = true;
        } else
                settle(s, e, last < now ? last : now, now);
        place(s, e);
}

void scheduler_carry(Scheduler *s, size_t id, const Schedule *schedule, const Scheduler *from, size_t from_id) {
        const Entry *old = entry_of(from, from_id);
        Entry *e = add_entry(s, id, schedule);

        assert(old);
        *e = *old;
        e->id = id;
        e->schedule = schedule;
        e->heap_at = NOT_IN_HEAP;
        if (from->is_paused)
                e->must_settle = true;
        s->now_seen = from->now_seen;
        place(s, e);
}

void scheduler_remove(Scheduler *s, size_t id) {
        Entry *e = entry_of(s, id);

        if (!e)
                return;
        heap_remove(s, e);
        s->by_id.items[id] = xfree(e);
}

bool scheduler_due(Scheduler *s, usec_t now, Due *ret) {
        Entry *e;

        if (usec_add(now, SET_BACK_MIN) < s->now_seen)
                plan_anew(s, now);
        s->now_seen = now;
        if (s->is_paused)
                return false;
        while (s->heap.len && (e = s->heap.items[0])->due_at <= now) {
                if (e->must_settle && !e->is_forced && !e->is_off_grid && e->slot <= now) {
                        settle(s, e, e->slot - 1, now);
                        place(s, e);
                        continue;
                }
                e->must_settle = false;
                *ret = (Due){ .id = e->id, .is_forced = e->is_forced };
                if (e->is_forced)
                        ret->slot = now;
                else {
                        take_newest(e, now);
                        ret->slot = e->slot;
                }
                e->was_forced = e->is_forced;
                e->is_forced = false;
                e->running_since = now ? now : 1;
                heap_remove(s, e);
                return true;
        }
        return false;
}

/* After a run that was asked for, the slot it interrupted is taken as served when its time has come. */
void scheduler_ended(Scheduler *s, size_t id, usec_t now) {
        Entry *e = entry_of(s, id);
        usec_t next;

        if (!e || !e->running_since)
                return;
        e->running_since = 0;
        if (e->was_forced && e->slot > now) {
                wait_for(s, e, e->slot);
                place(s, e);
                return;
        }
        next = schedule_next(e->schedule, e->slot);
        if (next <= e->backlog_until)
                wait_for_missed(e, next, now);
        else if (next > now)
                wait_for(s, e, next);
        else if (schedule_overlap(e->schedule) == OVERLAP_QUEUE) {
                usec_t newest = schedule_newest(e->schedule, e->slot, now);

                e->n_skipped += count_slots(e->schedule, e->slot, newest) - 1;
                wait_for_missed(e, newest, now);
        } else {
                e->n_skipped += count_slots(e->schedule, e->slot, now);
                wait_for(s, e, schedule_next(e->schedule, now));
        }
        place(s, e);
}

void scheduler_run_now(Scheduler *s, size_t id) {
        Entry *e = entry_of(s, id);

        if (!e)
                return;
        e->is_forced = true;
        place(s, e);
}

void scheduler_retry(Scheduler *s, size_t id, usec_t at) {
        Entry *e = entry_of(s, id);

        if (!e || e->running_since)
                return;
        at = schedule_open_from(e->schedule, at);
        if (at >= e->due_at)
                return;
        e->slot = at;
        e->due_at = at;
        e->is_off_grid = true;
        place(s, e);
}

void scheduler_pause(Scheduler *s, size_t id, bool is_paused) {
        Entry *e = entry_of(s, id);

        if (!e || e->is_paused == is_paused)
                return;
        e->is_paused = is_paused;
        e->must_settle = true;
        place(s, e);
}

void scheduler_pause_all(Scheduler *s, bool is_paused) {
        if (s->is_paused == is_paused)
                return;
        s->is_paused = is_paused;
        for (size_t id = 0; id < s->by_id.len; id++)
                if (s->by_id.items[id])
                        s->by_id.items[id]->must_settle = true;
}

usec_t scheduler_wake_at(const Scheduler *s) {
        return s->heap.len && !s->is_paused ? s->heap.items[0]->due_at : USEC_NEVER;
}

bool scheduler_state(const Scheduler *s, size_t id, SchedulerState *ret) {
        const Entry *e = entry_of(s, id);

        if (!e)
                return false;
        *ret = (SchedulerState){
                .next = e->due_at,
                .running_since = e->running_since,
                .n_skipped = e->n_skipped,
                .is_paused = e->is_paused,
        };
        if (e->running_since)
                ret->next = e->was_forced && e->slot > e->running_since ? e->slot
                                                                        : schedule_next(e->schedule, e->slot);
        else if (e->is_forced)
                ret->next = s->now_seen;
        if (e->is_paused)
                ret->next = 0;
        return true;
}

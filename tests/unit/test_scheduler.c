/* Tests of schedule/scheduler.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schedule/scheduler.h"

#define T0     (UINT64_C(1709251200) * USEC_SEC) /* 2024-03-01T00:00:00Z, a Friday */
#define MIN(n) ((usec_t) (n) *USEC_MINUTE)

typedef struct Fixture {
        Scheduler *scheduler;
        Schedule *schedules[8];
        size_t n;
        uint64_t random;
} Fixture;

static uint64_t draw(void *userdata) {
        return ((Fixture *) userdata)->random;
}

static int setup(void **state) {
        Fixture *f = NEW(Fixture);

        f->scheduler = scheduler_new(draw, f);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        f->scheduler = scheduler_free(f->scheduler);
        for (size_t i = 0; i < f->n; i++)
                f->schedules[i] = schedule_free(f->schedules[i]);
        (void) xfree(f);
        return 0;
}

/* Every 10 minutes on the tens unless said otherwise. */
static const Schedule *schedule(Fixture *f, ScheduleSpec spec) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        char none[] = "none";
        const Zone *zone = NULL;

        assert_int_equal(zone_get("UTC", &zone), 0);
        spec.every = spec.every ? spec.every : MIN(10);
        spec.spread = none;
        assert_int_equal(schedule_new(&f->schedules[f->n], &spec, "a/b", zone, NULL, diag), 0);
        return f->schedules[f->n++];
}

static void assert_due(Fixture *f, usec_t now, size_t id, usec_t slot) {
        Due due = {};

        assert_true(scheduler_due(f->scheduler, now, &due));
        assert_int_equal(due.id, id);
        assert_int_equal(due.slot, slot);
}

static void assert_quiet(Fixture *f, usec_t now) {
        Due due = {};

        assert_false(scheduler_due(f->scheduler, now, &due));
}

static SchedulerState state_of(Fixture *f, size_t id) {
        SchedulerState s = {};

        assert_true(scheduler_state(f->scheduler, id, &s));
        return s;
}

/* What never ran is due at once, and then at its slots, once each. */
static void test_first_and_next(void **state) {
        Fixture *f = *state;

        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){}), 0, T0 + MIN(3));
        assert_int_equal(scheduler_wake_at(f->scheduler), T0 + MIN(3));
        assert_due(f, T0 + MIN(3), 0, T0 + MIN(3));
        assert_quiet(f, T0 + MIN(3));
        assert_int_equal(state_of(f, 0).running_since, T0 + MIN(3));
        assert_int_equal(state_of(f, 0).next, T0 + MIN(10));
        assert_int_equal(scheduler_wake_at(f->scheduler), USEC_NEVER);
        scheduler_ended(f->scheduler, 0, T0 + MIN(4));
        assert_int_equal(scheduler_wake_at(f->scheduler), T0 + MIN(10));
        assert_quiet(f, T0 + MIN(10) - 1);
        assert_due(f, T0 + MIN(10), 0, T0 + MIN(10));
        scheduler_ended(f->scheduler, 0, T0 + MIN(10));
        assert_int_equal(state_of(f, 0).next, T0 + MIN(20));
        assert_int_equal(state_of(f, 0).n_skipped, 0);
        scheduler_ended(f->scheduler, 0, T0 + MIN(10)); /* not running: nothing happens */
        assert_int_equal(state_of(f, 0).next, T0 + MIN(20));
}

/* Whatever the order in which they were added, they come in the order of their time, ties by id. */
static void test_order(void **state) {
        static const unsigned every[] = { 30, 10, 60, 20, 10, 15 };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTS(every); i++)
                scheduler_add(f->scheduler, i, schedule(f, (ScheduleSpec){ .every = MIN(every[i]) }), T0, T0);
        scheduler_remove(f->scheduler, 3);
        scheduler_remove(f->scheduler, 77);
        assert_due(f, T0 + MIN(60), 1, T0 + MIN(60));
        assert_due(f, T0 + MIN(60), 4, T0 + MIN(60));
        assert_due(f, T0 + MIN(60), 5, T0 + MIN(60));
        assert_due(f, T0 + MIN(60), 0, T0 + MIN(60));
        assert_due(f, T0 + MIN(60), 2, T0 + MIN(60));
        assert_quiet(f, T0 + MIN(60));
}

/* Random order in, sorted order out, with removals in between: the heap keeps its order. */
static void test_heap(void **state) {
        Fixture *f = *state;
        const Schedule *s = schedule(f, (ScheduleSpec){ .every = USEC_DAY, .jitter = USEC_DAY - 1 });
        uint64_t x = 88172645463325252;
        usec_t last = 0;
        size_t n = 0;
        Due due;

        for (size_t id = 0; id < 500; id++) {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                f->random = x;
                scheduler_add(f->scheduler, id, s, T0, T0);
        }
        for (size_t id = 0; id < 500; id += 3)
                scheduler_remove(f->scheduler, id);
        for (usec_t wake; (wake = scheduler_wake_at(f->scheduler)) != USEC_NEVER; n++) {
                assert_true(wake >= last);
                assert_true(scheduler_due(f->scheduler, wake, &due));
                assert_int_not_equal(due.id % 3, 0);
                last = wake;
        }
        assert_int_equal(n, 333);
}

/* Overlap: skip leaves the slots out that pass meanwhile, queue makes one run of them; both count what got no
 * run of its own. */
static void test_overlap(void **state) {
        Fixture *f = *state;

        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){ .overlap = OVERLAP_SKIP }), T0, T0);
        scheduler_add(f->scheduler, 1, schedule(f, (ScheduleSpec){ .overlap = OVERLAP_QUEUE }), T0, T0);
        assert_due(f, T0 + MIN(10), 0, T0 + MIN(10));
        assert_due(f, T0 + MIN(10), 1, T0 + MIN(10));
        assert_quiet(f, T0 + MIN(35));
        scheduler_ended(f->scheduler, 0, T0 + MIN(35));
        scheduler_ended(f->scheduler, 1, T0 + MIN(35));
        assert_int_equal(state_of(f, 0).n_skipped, 2);
        assert_int_equal(state_of(f, 1).n_skipped, 1);
        assert_due(f, T0 + MIN(35), 1, T0 + MIN(30));
        assert_quiet(f, T0 + MIN(35));
        scheduler_ended(f->scheduler, 1, T0 + MIN(36));
        assert_due(f, T0 + MIN(40), 0, T0 + MIN(40));
        assert_due(f, T0 + MIN(40), 1, T0 + MIN(40));
}

/* Catch-up after downtime: one run for the newest missed slot, none, or each of them, oldest first, and then
 * the usual rhythm. */
static void test_catch_up(void **state) {
        Fixture *f = *state;
        usec_t now = T0 + MIN(35);

        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){ .catch_up = CATCH_UP_ONCE }), T0, now);
        scheduler_add(f->scheduler, 1, schedule(f, (ScheduleSpec){ .catch_up = CATCH_UP_NONE }), T0, now);
        scheduler_add(f->scheduler, 2, schedule(f, (ScheduleSpec){ .catch_up = CATCH_UP_ALL }), T0, now);
        assert_due(f, now, 0, T0 + MIN(30));
        for (unsigned m = 10; m <= 30; m += 10) {
                assert_due(f, now, 2, T0 + MIN(m));
                assert_quiet(f, now);
                scheduler_ended(f->scheduler, 2, now);
        }
        scheduler_ended(f->scheduler, 0, now);
        assert_quiet(f, now);
        for (size_t id = 0; id < 3; id++) {
                assert_int_equal(state_of(f, id).next, T0 + MIN(40));
                assert_int_equal(state_of(f, id).n_skipped, 0);
                assert_due(f, T0 + MIN(40), id, T0 + MIN(40));
        }
}

/* A last slot that lies ahead of the clock does not keep a schedule silent. */
static void test_last_ahead(void **state) {
        Fixture *f = *state;

        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){}), T0 + 365 * USEC_DAY, T0);
        assert_int_equal(state_of(f, 0).next, T0 + MIN(10));
}

/* A clock that is set back plans all anew; a small correction changes nothing. */
static void test_clock_set_back(void **state) {
        Fixture *f = *state;
        usec_t late = T0 + 400 * USEC_DAY;

        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){}), late, late);
        scheduler_add(f->scheduler, 1, schedule(f, (ScheduleSpec){}), late, late);
        assert_due(f, late + MIN(10), 0, late + MIN(10));
        assert_quiet(f, late + MIN(9) + 30 * USEC_SEC);
        assert_int_equal(state_of(f, 1).next, late + MIN(10));
        assert_quiet(f, T0 + MIN(1));
        scheduler_ended(f->scheduler, 0, T0 + MIN(2));
        assert_int_equal(state_of(f, 0).next, T0 + MIN(10));
        assert_int_equal(state_of(f, 1).next, T0 + MIN(10));
}

/* Paused: not due, and nothing to wake for; afterwards the missed slots are caught up as the schedule says.
 */
static void test_pause(void **state) {
        Fixture *f = *state;

        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){ .catch_up = CATCH_UP_ONCE }), T0, T0);
        scheduler_add(f->scheduler, 1, schedule(f, (ScheduleSpec){ .catch_up = CATCH_UP_NONE }), T0, T0);
        scheduler_pause(f->scheduler, 0, true);
        scheduler_pause(f->scheduler, 1, true);
        assert_true(state_of(f, 0).is_paused);
        assert_int_equal(state_of(f, 0).next, 0);
        assert_int_equal(scheduler_wake_at(f->scheduler), USEC_NEVER);
        assert_quiet(f, T0 + MIN(35));
        scheduler_pause(f->scheduler, 0, false);
        scheduler_pause(f->scheduler, 1, false);
        assert_due(f, T0 + MIN(35), 0, T0 + MIN(30));
        assert_quiet(f, T0 + MIN(35));
        assert_int_equal(state_of(f, 1).next, T0 + MIN(40));
}

/* Pausing all holds everything, what was never run and what was asked for too, and loses none of it. */
static void test_pause_all(void **state) {
        Fixture *f = *state;
        Due due = {};

        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){ .catch_up = CATCH_UP_NONE }), 0, T0);
        scheduler_add(f->scheduler, 1, schedule(f, (ScheduleSpec){}), T0, T0);
        scheduler_pause_all(f->scheduler, true);
        scheduler_run_now(f->scheduler, 1);
        assert_quiet(f, T0 + MIN(5));
        assert_int_equal(scheduler_wake_at(f->scheduler), USEC_NEVER);
        scheduler_pause_all(f->scheduler, false);
        assert_int_equal(scheduler_wake_at(f->scheduler), 0);
        assert_true(scheduler_due(f->scheduler, T0 + MIN(6), &due));
        assert_int_equal(due.id, 1);
        assert_true(due.is_forced);
        assert_due(f, T0 + MIN(6), 0, T0);
}

/* What somebody asked for is due at once, blackout or not; it takes no slot from the schedule, and a running
 * one runs once more. */
static void test_run_now(void **state) {
        Fixture *f = *state;
        char night[] = "22:00-05:00";
        char *items[] = { night };
        Due due = {};

        scheduler_add(f->scheduler, 0,
                        schedule(f, (ScheduleSpec){ .blackout = { .items = items, .len = 1 } }),
                        T0 - MIN(180), T0 + MIN(3));
        assert_int_equal(state_of(f, 0).next, T0 + MIN(300));
        scheduler_run_now(f->scheduler, 0);
        assert_true(scheduler_due(f->scheduler, T0 + MIN(3), &due));
        assert_true(due.is_forced);
        assert_int_equal(due.slot, T0 + MIN(3));
        scheduler_run_now(f->scheduler, 0);
        assert_quiet(f, T0 + MIN(3));
        scheduler_ended(f->scheduler, 0, T0 + MIN(4));
        assert_true(scheduler_due(f->scheduler, T0 + MIN(4), &due));
        assert_true(due.is_forced);
        scheduler_ended(f->scheduler, 0, T0 + MIN(5));
        assert_int_equal(state_of(f, 0).next, T0 + MIN(300));
        assert_quiet(f, T0 + MIN(5));
        scheduler_run_now(f->scheduler, 5); /* no such id: nothing happens */
        assert_quiet(f, T0 + MIN(5));
}

/* A retry comes before the slot, never in a blackout, and the slot still comes. */
static void test_retry(void **state) {
        Fixture *f = *state;
        char night[] = "22:00-05:00";
        char *items[] = { night };
        usec_t t = T0 + MIN(21 * 60);

        scheduler_add(f->scheduler, 0,
                        schedule(f, (ScheduleSpec){ .every = MIN(60),
                                                    .blackout = { .items = items, .len = 1 } }),
                        t, t);
        assert_int_equal(state_of(f, 0).next, T0 + MIN(29 * 60));
        scheduler_retry(f->scheduler, 0, t + MIN(5));
        assert_int_equal(scheduler_wake_at(f->scheduler), t + MIN(5));
        assert_due(f, t + MIN(5), 0, t + MIN(5));
        scheduler_retry(f->scheduler, 0, t + MIN(6)); /* running: nothing happens */
        scheduler_ended(f->scheduler, 0, t + MIN(6));
        scheduler_retry(f->scheduler, 0, t + MIN(70));
        assert_int_equal(scheduler_wake_at(f->scheduler), T0 + MIN(29 * 60));
        assert_due(f, T0 + MIN(29 * 60), 0, T0 + MIN(29 * 60));
        assert_int_equal(state_of(f, 0).n_skipped, 0);
}

/* Without room for a run, the newest slot is taken when there is, and the others are counted. */
static void test_no_room(void **state) {
        Fixture *f = *state;

        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){ .catch_up = CATCH_UP_NONE }), T0, T0);
        assert_due(f, T0 + MIN(45), 0, T0 + MIN(40));
        assert_int_equal(state_of(f, 0).n_skipped, 3);
}

/* Jitter delays what is due, but not the slot it is for. */
static void test_jitter(void **state) {
        Fixture *f = *state;

        f->random = MIN(2);
        scheduler_add(f->scheduler, 0, schedule(f, (ScheduleSpec){ .jitter = MIN(5) }), T0, T0);
        assert_int_equal(scheduler_wake_at(f->scheduler), T0 + MIN(12));
        assert_quiet(f, T0 + MIN(11));
        assert_due(f, T0 + MIN(12), 0, T0 + MIN(10));
}

/* What is carried into another scheduler goes on as if nothing had happened: its jitter, a retry, an order, a run under way, a pause, and what was skipped. */
static void test_carry(void **state) {
        Fixture *f = *state;
        const Schedule *every = schedule(f, (ScheduleSpec){ .every = MIN(10) });
        const Schedule *jittered = schedule(f, (ScheduleSpec){ .every = MIN(10), .jitter = MIN(5) });
        Scheduler *old;
        Due due;

        f->random = 1234567890123;
        for (size_t id = 0; id < 5; id++)
                scheduler_add(f->scheduler, id, id == 0 ? jittered : every, T0, T0);
        scheduler_retry(f->scheduler, 1, T0 + MIN(3));
        scheduler_run_now(f->scheduler, 2);
        scheduler_pause(f->scheduler, 3, true);
        assert_true(scheduler_due(f->scheduler, T0 + MIN(1), &due) && due.id == 2);     /* 2 is running */
        scheduler_run_now(f->scheduler, 4);
        old = f->scheduler;
        f->scheduler = scheduler_new(draw, f);
        f->random = 99;
        for (size_t id = 0; id < 5; id++)
                scheduler_carry(f->scheduler, 9 - id, id == 0 ? jittered : every, old, id);
        for (size_t id = 0; id < 5; id++) {
                SchedulerState before = {}, after = state_of(f, 9 - id);

                assert_true(scheduler_state(old, id, &before));
                assert_int_equal(after.next, before.next);
                assert_int_equal(after.running_since, before.running_since);
                assert_int_equal(after.is_paused, before.is_paused);
                assert_int_equal(after.n_skipped, before.n_skipped);
        }
        (void) scheduler_free(old);
        assert_due(f, T0 + MIN(2), 5, T0 + MIN(2));
        assert_quiet(f, T0 + MIN(2));
        assert_due(f, T0 + MIN(3), 8, T0 + MIN(3));
        scheduler_ended(f->scheduler, 7, T0 + MIN(31)); /* the run that began in the old one */
        assert_int_equal(state_of(f, 7).n_skipped, 2);
        scheduler_pause(f->scheduler, 6, false);
        assert_due(f, T0 + MIN(31), 9, T0 + MIN(30));
        assert_due(f, T0 + MIN(31), 6, T0 + MIN(30));
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                T(test_first_and_next),
                T(test_order),
                T(test_heap),
                T(test_overlap),
                T(test_catch_up),
                T(test_last_ahead),
                T(test_clock_set_back),
                T(test_pause),
                T(test_pause_all),
                T(test_run_now),
                T(test_retry),
                T(test_no_room),
                T(test_jitter),
                T(test_carry),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

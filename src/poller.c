/* Poller: scheduler, runs under way, and the record of each stream. */

#include <stdio.h>
#include <string.h>

#include "base/complain.h"
#include "base/log.h"
#include "base/map.h"
#include "backfill.h"
#include "generation.h"
#include "poller.h"
#include "schedule/scheduler.h"

#define GIVE_BACK_AFTER (2 * USEC_SEC)
enum { MANY_RUNS = 64, SIFT_MEMORY = 8 << 20 };

/* What is known of a stream, across reloads. */
typedef struct StreamState {
        char *name;                     /* connector/stream */
        size_t id;                      /* in the current setup; SIZE_MAX: no longer there */
        bool is_running, is_paused, has_run;
        RunState last_state;
        usec_t last_attempt_at, last_success_at, last_slot;
        usec_t success_before;          /* last_success_at, were it not for the last run */
        char last_run[37];
        uint64_t n_behind;              /* units with a cursor of their own; counted for the status */
        uint64_t n_runs, n_runs_failed, n_samples, n_rejects, last_samples, last_rejects;
        Failure *failure;               /* of the last run; NULL: it was none */
        Complain complain;
} StreamState;

typedef struct Active {
        Run *run;
        StreamState *state;
        Generation *generation;
        Backfill *backfill;             /* NULL: a run of the schedule */
} Active;

struct Poller {
        PollerEnv env;
        Generation *generation;
        Scheduler *scheduler;
        Map *states;                    /* name -> StreamState */
        VEC(StreamState *) by_id;
        VEC(Active) active;
        Logouts *logouts;
        VEC(Backfill *) backfills;
        bool looks_for_backfills;       /* cursors came, or connectors: orders from before may be among them */
        unsigned n_loads;
        usec_t now_real;
        bool is_draining;
        bool is_spool_full;
        bool is_shared;
        usec_t give_back_at;            /* monotonic: when memory of runs that ended goes back to the system; USEC_NEVER: none ended since */
        size_t n_most;                  /* runs that were under way at once since then */
        Map *fences;                    /* connector -> its number on the heap; those that are held */
        Sift *sift;
};

/* ---- states ---- */

static void *state_free(void *value) {
        StreamState *s = value;

        (void) xfree(s ? s->name : NULL);
        (void) xfree(s ? s->failure : NULL);
        return xfree(s);
}

static StreamState *state_of(Poller *p, const Stream *s) {
        char name[160];
        StreamState *state;

        (void) snprintf(name, sizeof(name), "%s/%s", s->connector->spec->connector, s->spec->name);
        state = map_get(p->states, bytes_of(name));
        if (!state) {
                state = NEW(StreamState);
                state->name = xstrdup(name);
                (void) map_put(p->states, bytes_of(name), state);
        }
        state->id = s->id;
        return state;
}

static uint64_t draw(void *userdata) {
        Poller *p = userdata;

        return p->env.random();
}

Poller *poller_new(const PollerEnv *env) {
        Poller *p = NEW(Poller);

        p->env = *env;
        p->states = map_new(state_free);
        p->fences = map_new(xfree);
        p->sift = sift_new(SIFT_MEMORY);
        p->scheduler = scheduler_new(draw, p);
        p->logouts = logouts_new(env->hosts, env->transport);
        p->give_back_at = USEC_NEVER;
        return p;
}

Poller *poller_free(Poller *p) {
        if (!p)
                return NULL;
        VEC_EACH(a, &p->active) {
                a->run = run_free(a->run);
                (void) generation_unref(a->generation, p->now_real);
        }
        VEC_EACH(b, &p->backfills)
                *b = backfill_free(*b);
        vec_done(&p->backfills);
        vec_done(&p->active);
        vec_done(&p->by_id);
        p->scheduler = scheduler_free(p->scheduler);
        p->states = map_free(p->states);
        p->fences = map_free(p->fences);
        p->sift = sift_free(p->sift);
        (void) generation_unref(p->generation, p->now_real);
        p->logouts = logouts_free(p->logouts);
        return xfree(p);
}

/* ---- sharing ---- */

uint64_t poller_held(const Poller *p, const char *connector) {
        const uint64_t *fence = map_get(p->fences, bytes_of(connector));

        return fence ? *fence : 0;
}

static bool is_elsewhere(const Poller *p, size_t id) {
        return p->is_shared && !poller_held(p, setup_stream(generation_setup(p->generation), id)->connector->spec->connector);
}

static void settle_pause(Poller *p, size_t id) {
        scheduler_pause(p->scheduler, id, p->by_id.items[id]->is_paused || is_elsewhere(p, id));
}

void poller_share(Poller *p, bool is_shared) {
        p->is_shared = is_shared;
        for (size_t id = 0; id < p->by_id.len; id++)
                settle_pause(p, id);
}

void poller_hold(Poller *p, const char *connector, uint64_t fence) {
        const Connector *c = setup_find_connector(generation_setup(p->generation), connector);
        uint64_t *number = fence ? NEW(uint64_t) : NULL;

        if (number) {
                *number = fence;
                (void) xfree(map_put(p->fences, bytes_of(connector), number));
        } else
                (void) xfree(map_take(p->fences, bytes_of(connector)));
        for (size_t i = 0; c && c->spec->enabled && i < c->n_streams; i++)
                settle_pause(p, c->streams[i].id);
        p->looks_for_backfills = true;
}

void poller_stands(Poller *p, const char *connector, const char *stream, usec_t slot, usec_t now_real) {
        const Stream *s = setup_find(generation_setup(p->generation), connector, stream);
        StreamState *state = s ? p->by_id.items[s->id] : NULL;

        if (!state || state->is_running || slot <= state->last_slot)
                return;
        state->last_slot = slot;
        scheduler_remove(p->scheduler, s->id);
        scheduler_add(p->scheduler, s->id, s->schedule, slot, now_real);
        settle_pause(p, s->id);
}

bool poller_is_busy(const Poller *p, const char *connector) {
        for (size_t i = 0; i < p->active.len; i++)
                if (strcmp(run_record(p->active.items[i].run)->connector, connector) == 0)
                        return true;
        return false;
}

/* A stream of a connector that is the same goes on where it was: its next slot with the jitter drawn for it, a retry that is due, what was skipped. One that failed and was changed is tried at once. */
static void schedule_stream(Poller *p, Scheduler *scheduler, const Stream *s, const Stream *before, usec_t now_real) {
        StreamState *state = state_of(p, s);

        vec_push(&p->by_id, state);
        if (before && connector_is_same(before->connector, s->connector)) {
                scheduler_carry(scheduler, s->id, s->schedule, p->scheduler, before->id);
                return;
        }
        scheduler_add(scheduler, s->id, s->schedule, state->last_slot, now_real);
        if (state->has_run && state->last_state == RUN_FAILED)
                scheduler_retry(scheduler, s->id, now_real);
}

void poller_use(Poller *p, Setup *setup, usec_t now_real) {
        Scheduler *scheduler = scheduler_new(draw, p);
        Generation *old = p->generation;
        Bytes key;
        void *value;

        for (size_t i = 0; map_walk(p->states, &i, &key, &value);)
                ((StreamState *) value)->id = SIZE_MAX;
        p->generation = generation_new(setup, old, p->logouts);
        generation_state_budgets(p->generation, p->env.hosts);
        p->n_loads++;
        p->looks_for_backfills = true;
        vec_done(&p->by_id);
        for (size_t i = 0; i < setup_n_streams(setup); i++) {
                const Stream *s = setup_stream(setup, i);

                schedule_stream(p, scheduler, s, old ? setup_find(generation_setup(old), s->connector->spec->connector, s->spec->name) : NULL, now_real);
        }
        (void) scheduler_free(p->scheduler);
        p->scheduler = scheduler;
        for (size_t i = 0; i < p->by_id.len; i++)
                settle_pause(p, i);
        if (p->is_spool_full || p->is_draining)
                scheduler_pause_all(p->scheduler, true);
        (void) generation_unref(old, now_real);
}

/* ---- runs ---- */

static int deliver(void *userdata, Bytes parcel) {
        Poller *p = userdata;
        _cleanup_(parcel_reader_freep) ParcelReader *reader = NULL;
        ParcelItem item;
        int r;

        r = spool_append(p->env.spool, parcel, p->now_real, NULL);
        if (r != 0)
                return r;
        /* The next run begins where this one ended, whether the database has it yet or not. */
        if (!parcel_moves_cursor(parcel) || parcel_reader_new(&reader, parcel) < 0)
                return 0;
        while (parcel_next(reader, &item) == 1)
                if (item.kind == PARCEL_CURSOR)
                        cursors_put(p->env.cursors, item.cursor.connector, item.cursor.stream, item.cursor.partition, item.cursor.value);
        return 0;
}

static void begin_run(Poller *p, size_t id, usec_t slot, usec_t now_real) {
        const Stream *s = setup_stream(generation_setup(p->generation), id);
        StreamState *state = p->by_id.items[id];
        RunEnv env = {
                .hosts = p->env.hosts,
                .transport = p->env.transport,
                .auth = generation_auth(p->generation, s->connector),
                .instance = setup_instance(generation_setup(p->generation)),
                .fence = p->is_shared ? poller_held(p, s->connector->spec->connector) : 0,
                .blocks = cursors_blocks(p->env.cursors, s->connector->spec->connector, s->spec->name),
                .cursor = cursors_get(p->env.cursors, s->connector->spec->connector, s->spec->name, ""),
                .known = p->env.cursors,
                .sift = p->sift,
                .deliver = deliver,
                .userdata = p,
        };
        Active a = { .state = state };

        if (state->is_running) {        /* the run of the setup before a reload is still under way */
                scheduler_ended(p->scheduler, id, now_real);
                return;
        }
        a.generation = generation_ref(p->generation);
        a.run = run_new(generation_setup(p->generation), s, slot, &env, now_real);
        state->is_running = true;
        state->last_attempt_at = now_real;
        state->last_slot = slot;
        vec_push(&p->active, a);
}

/* ---- backfills ---- */

static const Stream *stream_of(const Poller *p, const Backfill *b) {
        return setup_find(generation_setup(p->generation), b->connector, b->stream);
}

static Day today_of(const Stream *s, usec_t now_real) {
        return zone_day(s->connector->zone, now_real);
}

static Backfill *find_backfill(const Poller *p, const Backfill *like) {
        for (size_t i = 0; i < p->backfills.len; i++)
                if (backfill_equals(p->backfills.items[i], like))
                        return p->backfills.items[i];
        return NULL;
}

static void drop_backfill(Poller *p, Backfill *b) {
        for (size_t i = 0; i < p->backfills.len; i++)
                if (p->backfills.items[i] == b) {
                        p->backfills.items[i] = p->backfills.items[--p->backfills.len];
                        (void) backfill_free(b);
                        return;
                }
}

static const char *progress_of(const Poller *p, const Backfill *b) {
        return cursors_get(p->env.cursors, b->connector, b->stream, b->partition);
}

static void tell_backfill(const Backfill *b, const char *what) {
        LogScope scope = { .connector = b->connector, .stream = b->stream };
        _cleanup_(text_done) Text words = TEXT_INIT(1024);

        backfill_render(b, &words);
        log_event(EV_BACKFILL, &scope, "%s/%s: backfill %s: %s", b->connector, b->stream, what, text_str(&words));
}

/* Orders from before a restart, or of the instance that held the connector before. */
static void look_for_backfills(Poller *p, usec_t now_real) {
        const char *connector, *stream, *partition, *value;

        p->looks_for_backfills = false;
        for (size_t i = 0; cursors_walk(p->env.cursors, CURSOR_BACKFILL, &i, &connector, &stream, &partition, &value);) {
                const Stream *s = setup_find(generation_setup(p->generation), connector, stream);
                Backfill *b;

                if (!s || strcmp(value, "done") == 0 || is_elsewhere(p, s->id) || backfill_parse(&b, s, partition, value, today_of(s, now_real)) != 0)
                        continue;
                b->load = p->n_loads;
                if (find_backfill(p, b)) {
                        (void) backfill_free(b);
                        continue;
                }
                vec_push(&p->backfills, b);
                tell_backfill(b, "goes on");
        }
}

/* After a reload windows and units may be others: what is still owed is planned anew. NULL: it cannot be asked for any more. */
static Backfill *replan(Poller *p, size_t i, usec_t now_real) {
        Backfill *old = p->backfills.items[i], *b = NULL;
        const Stream *s = stream_of(p, old);

        if (old->load == p->n_loads)
                return old;
        if (!s || backfill_parse(&b, s, old->partition, progress_of(p, old), today_of(s, now_real)) != 0) {
                tell_backfill(old, "is given up, the stream is no longer what it was");
                drop_backfill(p, old);
                return NULL;
        }
        b->load = p->n_loads;
        b->n_samples = old->n_samples;
        b->n_rejects = old->n_rejects;
        p->backfills.items[i] = b;
        (void) backfill_free(old);
        return b;
}

static void begin_backfill(Poller *p, Backfill *b, const Period *window, usec_t now_real) {
        const Stream *s = stream_of(p, b);
        RunEnv env = {
                .hosts = p->env.hosts,
                .transport = p->env.transport,
                .auth = generation_auth(p->generation, s->connector),
                .instance = setup_instance(generation_setup(p->generation)),
                .fence = p->is_shared ? poller_held(p, b->connector) : 0,
                .blocks = cursors_blocks(p->env.cursors, s->connector->spec->connector, s->spec->name),
                .known = p->env.cursors,
                .sift = p->sift,
                .only_unit = b->unit,
                .is_backfill = true,
                .window = window,
                .backfill = b->partition,
                .backfill_good = b->good,
                .backfill_bad = b->bad,
                .deliver = deliver,
                .userdata = p,
        };
        Active a = { .state = p->by_id.items[s->id], .backfill = b };

        a.generation = generation_ref(p->generation);
        a.run = run_new(generation_setup(p->generation), s, now_real, &env, now_real);
        backfill_began(b, run_record(a.run)->id);
        vec_push(&p->active, a);
}

static void start_backfills(Poller *p, usec_t now_real) {
        unsigned max = setup_main(generation_setup(p->generation))->max_runs;

        if (p->looks_for_backfills)
                look_for_backfills(p, now_real);
        for (size_t i = 0; i < p->backfills.len && p->active.len < max; i++) {
                Backfill *b = p->backfills.items[i];
                const Period *window;

                if (b->is_running || b->is_over)
                        continue;
                b = replan(p, i, now_real);
                if (!b)
                        return;         /* the list has changed: at the next turn */
                if (is_elsewhere(p, stream_of(p, b)->id) || p->by_id.items[stream_of(p, b)->id]->is_paused)
                        continue;
                window = backfill_next(b, now_real);
                if (window)
                        begin_backfill(p, b, window, now_real);
        }
}

static void end_backfill(Active *a, usec_t now_real) {
        const RunRecord *run = run_record(a->run);
        Backfill *b = a->backfill;

        a->state->n_samples += run->n_samples;
        a->state->n_rejects += run->n_rejects;
        backfill_ended(b, run, run_stream(a->run)->spec->retry, now_real);
        if (b->is_over)
                tell_backfill(b, "is done");
        else if (b->trouble[0] && b->at >= b->windows.len)
                tell_backfill(b, "is not whole");
        a->run = run_free(a->run);
        a->generation = generation_unref(a->generation, now_real);
}

static LogScope scope_of(const RunRecord *run) {
        return (LogScope){
                .connector = run->connector,
                .stream = run->stream,
                .run = run->id,
                .http_status = run->failure.http_status,
        };
}

static void tell_success(StreamState *state, const RunRecord *run) {
        LogScope scope = scope_of(run);
        usec_t since;
        uint64_t total;

        if (complain_over(&state->complain, &since, &total))
                log_event(EV_RUN_RECOVERED, &scope, "%s/%s works again after %" PRIu64 " failed runs", run->connector, run->stream, total);
        log_event(EV_RUN_OK, &scope, "%s/%s: %" PRIu64 " figures from %" PRIu64 " records in %" PRIu64 " pages, %" PRIu64 " rejects", run->connector, run->stream,
                  run->n_samples, run->n_records, run->n_pages, run->n_rejects);
}

static void tell_failure(StreamState *state, const RunRecord *run, usec_t now_real) {
        LogScope scope = scope_of(run);
        Event e = run->failure.class == FAILURE_CONFIG ? EV_SECRET_MISSING : run->state == RUN_PARTIAL ? EV_RUN_PARTIAL : EV_RUN_FAILED;
        uint64_t n_suppressed;

        if (!complain_failed(&state->complain, now_real, &n_suppressed))
                return;
        log_event(e, &scope, "%s/%s: %" PRIu64 " of %" PRIu64 " requests failed (%" PRIu64 " figures came): %s%s", run->connector, run->stream, run->n_asks_failed,
                  run->n_asks, run->n_samples, run->failure.story, n_suppressed ? " (repeated)" : "");
}

static void end_run(Poller *p, Active *a, usec_t now_real) {
        const RunRecord *run = run_record(a->run);
        StreamState *state = a->state;
        const Stream *stream = run_stream(a->run);

        state->is_running = false;
        state->has_run = true;
        state->last_state = run->state;
        state->n_runs++;
        state->n_samples += run->n_samples;
        state->n_rejects += run->n_rejects;
        state->last_samples = run->n_samples;
        state->last_rejects = run->n_rejects;
        failure_keep(&state->failure, run->state == RUN_FAILED || run->state == RUN_PARTIAL ? &run->failure : NULL);
        state->success_before = state->last_success_at;
        (void) snprintf(state->last_run, sizeof(state->last_run), "%s", run->id);
        if (run->n_rejects) {
                LogScope scope = scope_of(run);

                log_event(EV_REJECTS, &scope, "%s/%s: %" PRIu64 " records were rejected; see them in api_v1.rejects", run->connector, run->stream, run->n_rejects);
        }
        if (run->state == RUN_OK || run->state == RUN_UNCHANGED) {
                state->last_success_at = now_real;
                tell_success(state, run);
        } else {
                state->n_runs_failed++;
                tell_failure(state, run, now_real);
        }
        if (state->id != SIZE_MAX) {
                scheduler_ended(p->scheduler, state->id, now_real);
                if (run->state == RUN_FAILED || (run->state == RUN_PARTIAL && run->failure.is_retryable))
                        scheduler_retry(p->scheduler, state->id, usec_add(now_real, stream->spec->retry));
        }
        a->run = run_free(a->run);
        a->generation = generation_unref(a->generation, now_real);
}

void poller_blocked(Poller *p, const RunRecord *run, const char *story, usec_t now_real) {
        LogScope scope = scope_of(run);
        const Stream *s = setup_find(generation_setup(p->generation), run->connector, run->stream);
        StreamState *state = s ? state_of(p, s) : NULL;

        log_event(EV_RUN_BLOCKED, &scope, "%s/%s: nothing of the run was stored, a check blocked it: %s", run->connector, run->stream, story);
        VEC_EACH(b, &p->backfills)
                if (s && backfill_blocked(*b, run->id, story, s->spec->retry, now_real))
                        return;
        if (!state)
                return;
        state->n_runs_failed++;
        if (strcmp(state->last_run, run->id) != 0)
                return;
        state->last_state = RUN_FAILED;
        state->last_success_at = state->success_before;
        failure_keep(&state->failure, &(Failure){});
        failure_set(state->failure, FAILURE_REPLY, false, "blocked by a check: %s", story);
}

static void watch_spool(Poller *p) {
        bool is_full = !spool_has_room(p->env.spool);

        if (is_full == p->is_spool_full)
                return;
        p->is_spool_full = is_full;
        scheduler_pause_all(p->scheduler, is_full || p->is_draining);
        if (is_full)
                log_event(EV_SPOOL_FULL, NULL, "the spool is full: polling pauses until the database has caught up or the disk has room; nothing is dropped");
        else
                log_event(EV_SPOOL_OVER, NULL, "the spool has room again: polling goes on");
}

static void start_due(Poller *p, usec_t now_real) {
        unsigned max = setup_main(generation_setup(p->generation))->max_runs;
        Due due;

        while (p->active.len < max && scheduler_due(p->scheduler, now_real, &due))
                begin_run(p, due.id, due.slot, now_real);
}

/* Many connectors that poll at once, as all do after a start, leave memory behind that none of them needs until the next time. Where runs never cease some of it is in use all the time. */
static void give_back(Poller *p, usec_t now_mono) {
        bool is_in_use = p->active.len && (p->n_most < MANY_RUNS || p->active.len > p->n_most / 8);

        if (!is_in_use)
                memory_give_back();
        p->n_most = is_in_use ? p->n_most : p->active.len;
        p->give_back_at = is_in_use ? usec_add(now_mono, GIVE_BACK_AFTER) : USEC_NEVER;
}

void poller_step(Poller *p, usec_t now_mono, usec_t now_real) {
        p->now_real = now_real;
        watch_spool(p);
        if (!p->is_draining && !p->is_spool_full) {
                start_due(p, now_real);
                start_backfills(p, now_real);
        }
        p->n_most = p->active.len > p->n_most ? p->active.len : p->n_most;
        for (size_t i = 0; i < p->active.len;) {
                Active *a = &p->active.items[i];

                if (run_step(a->run, now_mono, now_real) == RUN_DONE) {
                        if (a->backfill)
                                end_backfill(a, now_real);
                        else
                                end_run(p, a, now_real);
                        p->active.items[i] = p->active.items[--p->active.len];
                        if (p->give_back_at == USEC_NEVER)
                                p->give_back_at = usec_add(now_mono, GIVE_BACK_AFTER);
                        continue;
                }
                i++;
        }
        if (now_mono >= p->give_back_at)
                give_back(p, now_mono);
        if (p->is_draining && p->active.len == 0)
                generation_log_out(p->generation, now_real);
        logouts_step(p->logouts, now_mono);
}

usec_t poller_wake_at(const Poller *p, usec_t now_mono, usec_t now_real) {
        usec_t wake = logouts_wake_at(p->logouts) < p->give_back_at ? logouts_wake_at(p->logouts) : p->give_back_at, next = p->is_draining ? USEC_NEVER : scheduler_wake_at(p->scheduler);
        bool has_room_for_runs = p->active.len < setup_main(generation_setup(p->generation))->max_runs;

        for (size_t i = 0; i < p->active.len; i++) {
                usec_t at = run_wake_at(p->active.items[i].run);

                wake = at < wake ? at : wake;
        }
        for (size_t i = 0; i < p->backfills.len && !p->is_draining; i++) {
                const Backfill *b = p->backfills.items[i];
                usec_t at = backfill_wake_at(b);

                /* Whether the connector is held or paused is looked at again each second. */
                if (at != USEC_NEVER)
                        next = at > now_real + USEC_SEC || at <= now_real ? (next < now_real + USEC_SEC ? next : now_real + USEC_SEC) : (at < next ? at : next);
        }
        if (p->is_spool_full)           /* looked at again each second */
                next = now_real + USEC_SEC;
        if (next != USEC_NEVER && has_room_for_runs) {
                usec_t at = next > now_real ? usec_add(now_mono, next - now_real) : now_mono;

                wake = at < wake ? at : wake;
        }
        return wake;
}

void poller_drain(Poller *p) {
        p->is_draining = true;
        scheduler_pause_all(p->scheduler, true);
}

bool poller_is_idle(const Poller *p) {
        return p->active.len == 0 && logouts_are_done(p->logouts);
}

/* ---- orders ---- */

static bool is_meant(const Stream *s, const char *connector, const char *stream) {
        return strcmp(s->connector->spec->connector, connector) == 0 && (!stream || strcmp(s->spec->name, stream) == 0);
}

static void pause_stream(Poller *p, size_t id, bool is_paused) {
        StreamState *state = p->by_id.items[id];
        const Stream *s = setup_stream(generation_setup(p->generation), id);
        LogScope scope = { .connector = s->connector->spec->connector, .stream = s->spec->name };

        if (state->is_paused != is_paused)
                log_event(is_paused ? EV_POLL_PAUSED : EV_POLL_RESUMED, &scope, "%s %s by order", state->name, is_paused ? "is paused" : "is polled again");
        state->is_paused = is_paused;
        settle_pause(p, id);
}

size_t poller_order(Poller *p, const char *connector, const char *stream, PollerOrder order, bool is_done) {
        size_t n = 0;

        for (size_t id = 0; id < p->by_id.len; id++) {
                if (!is_meant(setup_stream(generation_setup(p->generation), id), connector, stream) || (order == ORDER_RUN && is_elsewhere(p, id)))
                        continue;
                n++;
                if (is_done && order == ORDER_RUN)
                        scheduler_run_now(p->scheduler, id);
                else if (is_done)
                        pause_stream(p, id, order == ORDER_PAUSE);
        }
        return n;
}

/* The orders that these words mean, one a stream. */
static size_t make_backfills(const Poller *p, const BackfillOrder *o, usec_t now_real, bool is_progress, Backfill **ret, size_t max, Text *ret_why) {
        size_t n = 0;

        for (size_t id = 0; id < p->by_id.len && n < max; id++) {
                const Stream *s = setup_stream(generation_setup(p->generation), id);
                Backfill *b;

                if (!is_meant(s, o->connector, o->stream) || (!is_progress && is_elsewhere(p, id)))
                        continue;
                text_clear(ret_why);
                if (backfill_new(&b, s, o->from, o->to, o->unit, NULL, today_of(s, now_real), ret_why) == 0)
                        ret[n++] = b;
        }
        return n;
}

enum { STREAMS_MAX = 64 };

size_t poller_backfill(Poller *p, const BackfillOrder *o, usec_t now_real, Text *ret_why) {
        Backfill *list[STREAMS_MAX];
        size_t n = make_backfills(p, o, now_real, false, list, STREAMS_MAX, ret_why);

        for (size_t i = 0; i < n; i++) {
                Backfill *known = find_backfill(p, list[i]);

                if (known && !known->is_over) {
                        (void) backfill_free(list[i]);
                        continue;
                }
                if (known)
                        drop_backfill(p, known);
                list[i]->load = p->n_loads;
                vec_push(&p->backfills, list[i]);
                tell_backfill(list[i], "begins");
        }
        return n;
}

size_t poller_backfills(const Poller *p, BackfillStatus **ret) {
        BackfillStatus *list = NEW_N(BackfillStatus, p->backfills.len + 1);
        size_t n = 0;

        for (size_t i = 0; i < p->backfills.len; i++) {
                const Backfill *b = p->backfills.items[i];
                const Stream *s = stream_of(p, b);

                if (b->is_over)
                        continue;
                list[n] = backfill_status(b);
                if (s && p->by_id.items[s->id]->is_paused)
                        list[n].state = "paused";
                n++;
        }
        *ret = list;
        return n;
}

BackfillState poller_backfill_state(const Poller *p, const BackfillOrder *o, usec_t now_real, bool is_json, Text *ret) {
        _cleanup_(text_done) Text why = TEXT_INIT(1024);
        BackfillState state = BACKFILL_UNKNOWN;
        BackfillStatus told[STREAMS_MAX];
        Backfill *list[STREAMS_MAX];
        size_t n = make_backfills(p, o, now_real, true, list, STREAMS_MAX, &why), n_told = 0;

        for (size_t i = 0; i < n; i++) {
                const Backfill *b = find_backfill(p, list[i]);
                BackfillState one = b ? backfill_state(b) : BACKFILL_UNKNOWN;

                if (b && is_json) {
                        told[n_told++] = backfill_status(b);
                } else if (b) {
                        (void) text_printf(ret, "%s/%s: ", b->connector, b->stream);
                        backfill_render(b, ret);
                        (void) text_add_char(ret, '\n');
                }
                state = one > state ? one : state;
                (void) backfill_free(list[i]);
        }
        if (is_json)
                status_render_backfills(told, n_told, ret);
        return state;
}

void poller_cursors_came(Poller *p) {
        p->looks_for_backfills = true;
}

static const char *state_word(const StreamState *s, bool is_elsewhere) {
        if (is_elsewhere && !s->is_running)
                return "elsewhere";
        if (s->is_paused)
                return "paused";
        if (s->is_running)
                return "running";
        if (!s->has_run)
                return "waiting";
        switch (s->last_state) {
        case RUN_FAILED:
                return "failed";
        case RUN_PARTIAL:
                return "partial";
        default:
                return "ok";
        }
}

/* Units that the tables no longer have will never be read, so they are behind nothing. */
static void count_behind(const Poller *p) {
        const Setup *setup = generation_setup(p->generation);
        const char *connector, *stream, *partition, *value;

        for (size_t id = 0; id < p->by_id.len; id++)
                p->by_id.items[id]->n_behind = 0;
        for (size_t i = 0; cursors_walk(p->env.cursors, CURSOR_UNIT, &i, &connector, &stream, &partition, &value);) {
                const Stream *s = setup_find(setup, connector, stream);

                if (s && s->has_foreach && strcmp(value, CURSOR_UNIT_OK) != 0 && unit_by_slug(registry_units(setup_registry(setup)), partition + strlen(CURSOR_UNIT)))
                        p->by_id.items[s->id]->n_behind++;
        }
}

size_t poller_status(const Poller *p, StreamStatus **ret) {
        size_t n = p->by_id.len;
        StreamStatus *list = NEW_N(StreamStatus, n + 1);

        count_behind(p);
        for (size_t id = 0; id < n; id++) {
                const Stream *s = setup_stream(generation_setup(p->generation), id);
                const StreamState *state = p->by_id.items[id];
                const Auth *auth = generation_auth(p->generation, s->connector);
                SchedulerState sched = {};

                (void) scheduler_state(p->scheduler, id, &sched);
                list[id] = (StreamStatus){
                        .connector = s->connector->spec->connector,
                        .stream = s->spec->name,
                        .title = s->spec->title,
                        .state = state_word(state, is_elsewhere(p, id)),
                        .last_attempt_at = state->last_attempt_at,
                        .last_success_at = state->last_success_at,
                        .next_at = sched.next,
                        .running_since = state->is_running ? state->last_attempt_at : 0,
                        .n_runs = state->n_runs,
                        .n_runs_failed = state->n_runs_failed,
                        .n_samples = state->n_samples,
                        .n_rejects = state->n_rejects,
                        .n_skipped = sched.n_skipped,
                        .n_behind = state->n_behind,
                        .last_samples = state->last_samples,
                        .last_rejects = state->last_rejects,
                        .trouble = state->failure ? state->failure->story : NULL,
                        .failure_class = state->failure ? failure_class_name(state->failure->class) : NULL,
                        .http_status = state->failure ? state->failure->http_status : 0,
                        .token_expires_at = auth ? auth_expires_at(auth) : 0,
                        .credential_until = generation_credential_until(p->generation, s->connector, p->now_real),
                };
        }
        *ret = list;
        return n;
}

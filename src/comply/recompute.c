/* The second connection.
 *
 *   OFF ──▶ CONNECTING ──▶ PREPARING (schema, statements one by one, cursors) ──▶ READY ──▶ COMPUTING ──▶ TELLING ──▶ READY
 *             ▲   │              │ error                                           │           │ error      │ error
 *             │   ▼              ▼                                                 │           ▼            ▼
 *             └─ WAITING ◀───────┴─────────────────────────────────────────────────┴───────────┴────────────┘
 *
 * A lost connection or an error waits, longer each time, and begins anew with PREPARING: the statements are idempotent. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "comply/recompute.h"

enum { RETRY_MIN_MSEC = 500, RETRY_MAX_SEC = 60 };
#define SHOWN_RESTATED "5"

typedef enum Phase {
        PHASE_OFF,
        PHASE_CONNECTING,
        PHASE_PREPARING,
        PHASE_CURSORS,
        PHASE_READY,
        PHASE_COMPUTING,
        PHASE_TELLING,
        PHASE_WAITING,
} Phase;

struct Recompute {
        Pg *pg;
        RecomputeEvents events;
        void *userdata;
        Phase phase;
        VEC(Statement) statements;
        size_t next_statement;
        bool is_changed;                /* statements were replaced while others ran */
        bool wants_cursors;
        usec_t after, every;
        usec_t due_at;                  /* monotonic; when to compute next; USEC_NEVER: not planned */
        usec_t retry_at, retry_delay;
        bool has_failed;
        bool is_dirty;                  /* figures came that are not computed yet */
        usec_t now_mono, now_real;
        RecomputeStats stats;
};

static void advance(Recompute *r);

static void clear_statements(Recompute *r) {
        VEC_EACH(s, &r->statements) {
                (void) xfree((void *) (uintptr_t) s->sql);
                (void) xfree((void *) (uintptr_t) s->json);
        }
        vec_done(&r->statements);
}

/* ---- trouble ---- */

static void wait_again(Recompute *r, const Failure *failure) {
        r->retry_delay = r->retry_delay ? r->retry_delay * 2 : RETRY_MIN_MSEC * USEC_MSEC;
        if (r->retry_delay > RETRY_MAX_SEC * USEC_SEC)
                r->retry_delay = RETRY_MAX_SEC * USEC_SEC;
        r->retry_at = pg_now_mono(r->pg) + r->retry_delay;
        r->phase = PHASE_WAITING;
        r->has_failed = r->stats.is_failing = true;
        r->stats.failure = *failure;
        pg_disconnect(r->pg);
        r->events.trouble(r->userdata, failure);
}

/* What the DBA has to do, in words, where the schema is missing or old. */
static void explain(const Failure *failure, Failure *ret) {
        static const char *const schema_states[] = { "3F000", "42P01", "42883", "42703" };

        *ret = *failure;
        for (size_t i = 0; i < ELEMENTS(schema_states); i++)
                if (strcmp(failure->sqlstate, schema_states[i]) == 0) {
                        failure_set(ret, FAILURE_DATABASE, true, "the database has no schema of this program, or an old one: run \"thiduad db init\" or \"thiduad db upgrade\" (%.300s)",
                                    failure->story);
                        memcpy(ret->sqlstate, failure->sqlstate, sizeof(ret->sqlstate));
                        return;
                }
}

static void fail(Recompute *r, const Failure *failure) {
        Failure told;

        explain(failure, &told);
        wait_again(r, &told);
}

static void fail_send(Recompute *r, int code) {
        Failure failure;

        failure_set(&failure, FAILURE_DATABASE, true, "%s", err_story(code));
        wait_again(r, &failure);
}

/* ---- statements ---- */

static void send_statement(Recompute *r) {
        const Statement *s = &r->statements.items[r->next_statement];
        PgParam param = { .value = bytes_of(s->json) };
        int code;

        code = pg_send(r->pg, s->sql, &param, s->json ? 1 : 0);
        if (code < 0)
                fail_send(r, code);
}

static void send_compute(Recompute *r) {
        _cleanup_(text_done) Text now = TEXT_INIT(64);
        PgParam param;
        int code;

        usec_render_utc(r->now_real, &now);
        param = (PgParam){ .value = text_bytes(&now) };
        r->phase = PHASE_COMPUTING;
        r->is_dirty = false;
        r->due_at = USEC_NEVER;
        code = pg_send(r->pg, "select campaign, as_of, results, changed from comply.refresh($1::timestamptz)", &param, 1);
        if (code < 0)
                fail_send(r, code);
}

/* What was restated is asked for after each computation, which is what finds it; the answer is taken for told. */
static void send_telling(Recompute *r) {
        int code;

        r->phase = PHASE_TELLING;
        code = pg_send(r->pg, "select total, metric, unit, period_from, period_to, value_before, value, connector, stream, run from comply.tell_restated(" SHOWN_RESTATED ")", NULL, 0);
        if (code < 0)
                fail_send(r, code);
}

static uint64_t cell_number(const PgReply *reply, size_t row, size_t col) {
        const char *text = pg_text(reply, row, col);
        uint64_t v = 0;

        if (text)
                (void) num_parse_u64(bytes_of(text), &v);
        return v;
}

static void take_results(Recompute *r, const PgReply *reply) {
        r->stats.recomputed_at = r->now_real;
        r->stats.n_results = r->stats.n_changed = 0;
        for (size_t i = 0; i < reply->n_rows; i++) {
                uint64_t results = cell_number(reply, i, 2), changed = cell_number(reply, i, 3);

                r->stats.n_results += results;
                r->stats.n_changed += changed;
                r->events.recomputed(r->userdata, pg_text(reply, i, 0), pg_text(reply, i, 1), results, changed);
        }
}

static void plan_next(Recompute *r) {
        usec_t now = pg_now_mono(r->pg);

        if (r->due_at == USEC_NEVER)
                r->due_at = usec_add(now, r->every);
}

static void settle(Recompute *r) {
        r->retry_delay = 0;
        if (r->has_failed)
                r->events.recovered(r->userdata);
        r->has_failed = r->stats.is_failing = false;
}

static void on_reply(void *userdata, const PgReply *reply) {
        Recompute *r = userdata;

        if (!reply->is_ok) {
                r->is_dirty = true;
                fail(r, &reply->failure);
                return;
        }
        switch (r->phase) {
        case PHASE_PREPARING:
                r->next_statement++;
                break;
        case PHASE_CURSORS:
                r->events.cursors(r->userdata, reply);
                r->phase = PHASE_READY;
                settle(r);
                r->events.prepared(r->userdata);
                break;
        case PHASE_COMPUTING:
                take_results(r, reply);
                send_telling(r);
                return;
        case PHASE_TELLING:
                if (reply->n_rows)
                        r->events.restated(r->userdata, reply);
                r->phase = PHASE_READY;
                settle(r);
                plan_next(r);
                break;
        default:
                return;
        }
        advance(r);
}

static void on_connected(void *userdata) {
        Recompute *r = userdata;

        r->phase = PHASE_PREPARING;
        r->next_statement = 0;
        r->is_changed = false;
        advance(r);
}

static void on_lost(void *userdata, const Failure *failure) {
        Recompute *r = userdata;

        if (r->phase != PHASE_OFF && r->phase != PHASE_WAITING)
                fail(r, failure);
}

/* Sends what is to be sent next, if the connection is free. */
static void advance(Recompute *r) {
        if (!pg_is_connected(r->pg) || pg_is_busy(r->pg))
                return;
        if (r->is_changed && (r->phase == PHASE_PREPARING || r->phase == PHASE_READY)) {
                r->is_changed = false;
                r->phase = PHASE_PREPARING;
                r->next_statement = 0;
        }
        if (r->phase == PHASE_PREPARING && r->next_statement < r->statements.len)
                send_statement(r);
        else if (r->phase == PHASE_PREPARING || (r->phase == PHASE_READY && r->wants_cursors)) {
                int code = pg_send(r->pg, "select connector, stream, partition, value from ingest.cursors()", NULL, 0);

                r->phase = PHASE_CURSORS;
                r->wants_cursors = false;
                if (code < 0)
                        fail_send(r, code);
        } else if (r->phase == PHASE_READY && r->due_at <= r->now_mono)
                send_compute(r);
}

static void connect_now(Recompute *r) {
        int code;

        r->phase = PHASE_CONNECTING;
        code = pg_connect(r->pg);
        if (code < 0)
                fail_send(r, code);
}

/* ---- the owner's side ---- */

int recompute_new(Recompute **ret, const char *conninfo, struct sd_event *event, const RecomputeEvents *events, void *userdata) {
        static const PgEvents pg_events = { .connected = on_connected, .lost = on_lost, .reply = on_reply };
        _cleanup_(recompute_freep) Recompute *r = NEW(Recompute);
        int code;

        r->events = *events;
        r->userdata = userdata;
        r->after = 5 * USEC_SEC;
        r->every = USEC_HOUR;
        r->due_at = USEC_NEVER;
        code = pg_new(&r->pg, conninfo, "thiduad-comply", event, &pg_events, r);
        if (code < 0)
                return code;
        *ret = TAKE(r);
        return 0;
}

Recompute *recompute_free(Recompute *r) {
        if (!r)
                return NULL;
        r->pg = pg_free(r->pg);
        clear_statements(r);
        return xfree(r);
}

void recompute_prepare(Recompute *r, const Statement *list, size_t n) {
        clear_statements(r);
        for (size_t i = 0; i < n; i++)
                vec_push(&r->statements, ((Statement){ .sql = xstrdup(list[i].sql), .json = xstrdup(list[i].json) }));
        r->is_changed = true;
}

void recompute_read_cursors(Recompute *r) {
        r->wants_cursors = true;
        advance(r);
}

void recompute_set_rhythm(Recompute *r, usec_t after, usec_t every) {
        r->after = after;
        r->every = every;
}

void recompute_data_came(Recompute *r, usec_t now_mono) {
        usec_t at = usec_add(now_mono, r->after);

        r->is_dirty = true;
        r->due_at = at < r->due_at ? at : r->due_at;
}

void recompute_step(Recompute *r, usec_t now_mono, usec_t now_real) {
        r->now_mono = now_mono;
        r->now_real = now_real;
        if (r->phase == PHASE_OFF || (r->phase == PHASE_WAITING && r->retry_at <= now_mono))
                connect_now(r);
        else
                advance(r);
}

usec_t recompute_wake_at(const Recompute *r) {
        switch (r->phase) {
        case PHASE_OFF:
                return 0;
        case PHASE_WAITING:
                return r->retry_at;
        case PHASE_READY:
                return r->is_changed ? 0 : r->due_at;
        default:
                return USEC_NEVER;
        }
}

bool recompute_is_idle(const Recompute *r) {
        return r->phase == PHASE_READY && !r->is_dirty && !r->is_changed;
}

void recompute_stats(const Recompute *r, RecomputeStats *ret) {
        *ret = r->stats;
}

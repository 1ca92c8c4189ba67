/* Writer.
 *
 *   IDLE ──▶ CONNECTING ──▶ CHECKING ──▶ SENDING ──▶ reply ──▶ acknowledge ──▶ IDLE
 *    ▲                                     │
 *    ├──────── WAITING ◀── RETRY ──────────┤   the same parcels again; those that were committed come back as "already"
 *    ├──────── half as many parcels ◀──────┤   REJECT, several parcels
 *    │         search (search.c) ◀─────────┤   REJECT, one parcel: the bad samples become rejects, then it is sent
 *    └──────── STOPPED ◀── STOP ───────────┘   waits for an operator, tries each 5 minutes
 *
 * Whether a delivery whose reply was lost took place is never guessed: its parcels are sent again, and the database knows them by
 * their numbers. All state of one connection stands in a Lane, so that there may be two of them. */

#include <errno.h>

#include "base/crash.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/num.h"
#include "store/sqlstate.h"
#include "store/writer_priv.h"

enum {
        PARCELS_MAX = 1000,             /* in one statement: their runs and requests travel as one JSON text each */
        UNSURE_MAX = 5,                 /* tries before an unknown SQLSTATE counts as STOP */
};

#define STOPPED_WAIT (5 * USEC_MINUTE)

struct Writer {
        WriterSpec spec;
        char *conninfo;
        Spool *spool;
        WriterEvents events;
        void *userdata;
        Lane lane;
        bool is_held;
        bool is_in_trouble;
        uint64_t told_at;               /* cursor of the spool behind the last damage that was told */
        WriterStats stats;
};

const ConfField database_fields[] = {
        FIELD(WriterSpec, conninfo, 0, "dbname=thidua", "Connection string of libpq, keywords or URI. Keep passwords out of it: passfile=, service=, or the system user (peer)."),
        FIELD(WriterSpec, session_conninfo, 0, NULL,
              "Address of PostgreSQL itself, where conninfo goes through a pooler such as PgBouncer: locks of shared connectors need a session that lasts. Default: conninfo."),
        FIELD(WriterSpec, sql_dir, 0, THIDUAD_DATA_DIR "/sql", "Folder of the database scripts, used by \"thiduad db\"."),
        FIELD_RANGE(WriterSpec, batch_rows, 0, "10000", 1, 1000000, "Figures in one transaction."),
        FIELD_SIZE(WriterSpec, batch_bytes, 0, "16 MiB", 1 << 10, 256 << 20, "Bytes of parcels in one transaction."),
        FIELD_RANGE(WriterSpec, retry_min, 0, "1 s", USEC_MSEC, USEC_HOUR, "Wait after the first failed delivery; doubles from then on."),
        FIELD_RANGE(WriterSpec, retry_max, 0, "1 min", USEC_MSEC, USEC_DAY, "Longest wait between two tries."),
        FIELD_RANGE(WriterSpec, answer_within, 0, "5 min", USEC_MSEC, USEC_DAY, "A transaction that takes longer counts as a lost connection and is sent again."),
        {}
};

static const char check_sql[] =
        "select to_regprocedure('ingest.deliver(uuid,timestamptz,bigint[],jsonb,jsonb,bytea[],bytea[],bigint[],"
        "text[],text[],text[],text[],date[],date[],boolean[],uuid[],"
        "int[],int[],int[],int[],int[],numeric[],timestamptz[],text[],text[],int[],bigint[],jsonb,jsonb)') is not null";

static const char *const state_names[_WRITER_STATE_MAX] = {
        [WRITER_IDLE] = "idle",
        [WRITER_CONNECTING] = "connecting",
        [WRITER_CHECKING] = "checking",
        [WRITER_SENDING] = "sending",
        [WRITER_WAITING] = "waiting",
        [WRITER_STOPPED] = "stopped",
};

const char *writer_state_name(WriterState s) {
        return (unsigned) s < _WRITER_STATE_MAX ? state_names[s] : "unknown";
}

static void lane_step(Lane *l);

/* ---- failing ---- */

/* Somewhere in the upper half of the delay, so that several instances do not come back in step. */
static usec_t jittered(usec_t delay) {
        char random[37];

        uuid_make(random);
        return delay / 2 + bytes_hash(bytes_of(random)) % (delay / 2 + 1);
}

static void pause_lane(Lane *l, WriterState state, const Failure *f) {
        Writer *w = l->writer;
        usec_t wait = STOPPED_WAIT;

        if (state == WRITER_WAITING) {
                l->delay = l->delay ? l->delay * 2 : w->spec.retry_min;
                l->delay = l->delay < w->spec.retry_max ? l->delay : w->spec.retry_max;
                wait = jittered(l->delay);
        }
        l->state = state;
        l->step = STEP_NONE;
        search_done(&l->search);
        w->is_in_trouble = true;
        w->stats.last_failure = *f;
        w->stats.last_failure.is_retryable = state == WRITER_WAITING;
        pg_wake_after(l->pg, wait);
        w->events.trouble(w->userdata, &w->stats.last_failure);
}

static void fail(Lane *l, const Failure *f) {
        SqlVerdict v = sqlstate_verdict(f->sqlstate);

        if (v == SQL_UNSURE)
                v = ++l->n_unsure < UNSURE_MAX ? SQL_RETRY : SQL_STOP;
        /* A batch that was too much for the time, or for the server, is smaller the next time. */
        if (batch_n_parcels(l->batch) > 1)
                l->max_parcels = batch_n_parcels(l->batch) / 2;
        pause_lane(l, v == SQL_RETRY ? WRITER_WAITING : WRITER_STOPPED, f);
}

static void fail_with(Lane *l, WriterState state, FailureClass class, const char *story) {
        Failure f = {};

        failure_set(&f, class, state == WRITER_WAITING, "%s", story);
        pause_lane(l, state, &f);
}

static void tell_rejected(Writer *w, FailureClass class, const Failure *from, uint64_t seq, const char *story) {
        Failure f = {};

        if (from)
                f = *from;
        failure_set(&f, class, false, "%s", story);
        if (from)
                memcpy(f.sqlstate, from->sqlstate, sizeof(f.sqlstate));
        w->events.rejected(w->userdata, &f, seq);
}

/* ---- gathering ---- */

/* The functions that take: 1: go on, 0: the batch ends here, -1: the lane pauses. */
static int take_damage(Writer *w, uint64_t before, uint64_t at) {
        if (at > w->told_at) {
                w->told_at = at;
                tell_rejected(w, FAILURE_SPOOL, NULL, 0, err_story(-EBADMSG));
        }
        spool_skip(w->spool, before, at);
        return 1;
}

static int set_aside(Lane *l, uint64_t seq, Bytes parcel, const Failure *from, const char *why) {
        Writer *w = l->writer;
        _cleanup_(text_done) Text words = TEXT_INIT(1024);
        int r;

        r = spool_set_aside(w->spool, seq, parcel, why);
        if (r < 0) {
                fail_with(l, WRITER_WAITING, FAILURE_SPOOL, err_story(r));
                return -1;
        }
        w->stats.n_rejected++;
        (void) text_printf(&words, "the whole parcel is kept as damaged/%" PRIu64 ".parcel in the spool: %s", seq, why);
        tell_rejected(w, from ? from->class : FAILURE_SPOOL, from, seq, text_str(&words));
        return 1;
}

static int take_parcel(Lane *l, uint64_t seq, Bytes parcel) {
        int r = batch_add(l->batch, seq, parcel);

        if (r == -EPROTONOSUPPORT) {
                if (batch_n_parcels(l->batch) || l->upto)
                        return 0;
                fail_with(l, WRITER_STOPPED, FAILURE_SPOOL, err_story(r));
                return -1;
        }
        if (r < 0 && set_aside(l, seq, parcel, NULL, err_story(r)) < 0)
                return -1;
        l->upto = seq;
        return 1;
}

static bool has_enough(const Lane *l) {
        const Writer *w = l->writer;

        return batch_n_parcels(l->batch) >= l->max_parcels || batch_n_samples(l->batch) >= w->spec.batch_rows || batch_size(l->batch) >= w->spec.batch_bytes;
}

/* Fills the batch from what is not acknowledged. 0, or -1: the lane pauses. */
static int gather(Lane *l) {
        _cleanup_(text_done) Text parcel = TEXT_INIT(PARCEL_MAX);
        Writer *w = l->writer;
        uint64_t at = 0, seq = 0;
        int r = 1;

        batch_clear(l->batch);
        l->upto = 0;
        while (r == 1 && !has_enough(l)) {
                uint64_t before = at;

                r = spool_read(w->spool, &at, &parcel, &seq);
                if (r == 1)
                        r = take_parcel(l, seq, text_bytes(&parcel));
                else if (r == -EBADMSG)
                        r = take_damage(w, before, at);
                else if (r < 0)
                        fail_with(l, WRITER_WAITING, FAILURE_SPOOL, err_story(r));
        }
        return r < 0 ? -1 : 0;
}

/* ---- sending ---- */

bool lane_send(Lane *l, LaneStep step, const char *sql, const PgParam *params, size_t n_params) {
        Failure f = {};
        int r;

        l->state = WRITER_SENDING;
        l->step = step;
        r = pg_send(l->pg, sql, params, n_params);
        if (r == 0)
                return true;
        failure_set(&f, FAILURE_DATABASE, true, "%s", err_story(r));
        fail(l, &f);
        return false;
}

void lane_deliver(Lane *l, LaneStep step) {
        PgParam params[BATCH_PARAMS];

        batch_render(l->batch, spool_id(l->writer->spool), pg_now_real(l->pg), step == STEP_PROBE ? BATCH_PROBE : BATCH_WHOLE, params);
        CRASH_POINT("writer-send");
        (void) lane_send(l, step, batch_sql, params, BATCH_PARAMS);
}

/* ---- success ---- */

static void acknowledge(Lane *l) {
        Writer *w = l->writer;
        int r = spool_ack(w->spool, l->upto);

        CRASH_POINT("writer-ack");
        if (r < 0) {
                Failure f = {};

                failure_set(&f, FAILURE_SPOOL, true, "%s; what was delivered is delivered again after a restart, which does no harm", err_story(r));
                w->stats.last_failure = f;
                w->is_in_trouble = true;
                w->events.trouble(w->userdata, &f);
        }
}

/* The lane is through with its parcels, in one way or another. */
static void finish(Lane *l, uint64_t n_observations) {
        Writer *w = l->writer;
        uint64_t n_parcels = batch_n_parcels(l->batch);
        bool was_in_trouble = w->is_in_trouble;

        w->is_in_trouble = false;
        w->stats.last_failure = (Failure){};
        w->stats.last_ok_at = pg_now_real(l->pg);
        acknowledge(l);
        batch_clear(l->batch);
        search_done(&l->search);
        l->state = WRITER_IDLE;
        l->step = STEP_NONE;
        l->delay = 0;
        l->n_unsure = 0;
        l->max_parcels = l->max_parcels < PARCELS_MAX / 2 ? l->max_parcels * 2 : PARCELS_MAX;
        if (was_in_trouble && !w->is_in_trouble)
                w->events.recovered(w->userdata);
        w->events.delivered(w->userdata, n_parcels, n_observations);
        lane_step(l);
}

static void tell_refused(Lane *l) {
        Writer *w = l->writer;
        size_t n = batch_n_refused(l->batch);
        _cleanup_(text_done) Text words = TEXT_INIT(1024);

        if (!n)
                return;
        w->stats.n_rejected += n;
        (void) text_printf(&words, "%zu records went to quarantine: %s", n, l->search.refusal.story[0] ? l->search.refusal.story : "the value is not a number");
        tell_rejected(w, FAILURE_DATABASE, &l->search.refusal, batch_seq(l->batch, 0), text_str(&words));
}

static bool cell(const PgReply *reply, size_t row, size_t col, uint64_t *ret) {
        const char *text = pg_text(reply, row, col);

        return text && num_parse_u64(bytes_of(text), ret) == 0;
}

/* Each parcel must be named, as committed now or already. */
static bool is_confirmed(const Lane *l, const PgReply *reply, uint64_t *ret_observations, uint64_t *ret_unchanged) {
        *ret_observations = *ret_unchanged = 0;
        if (reply->n_rows != batch_n_parcels(l->batch) || reply->n_cols != 4)
                return false;
        for (size_t i = 0; i < reply->n_rows; i++) {
                const char *outcome = pg_text(reply, i, 1);
                uint64_t seq, observations, unchanged;

                if (!cell(reply, i, 0, &seq) || !cell(reply, i, 2, &observations) || !cell(reply, i, 3, &unchanged) || !outcome)
                        return false;
                if (seq != batch_seq(l->batch, i) || (strcmp(outcome, "committed") != 0 && strcmp(outcome, "already") != 0))
                        return false;
                *ret_observations += observations;
                *ret_unchanged += unchanged;
        }
        return true;
}

static void on_delivered(Lane *l, const PgReply *reply) {
        Writer *w = l->writer;
        uint64_t observations, unchanged;

        if (!is_confirmed(l, reply, &observations, &unchanged)) {
                fail_with(l, WRITER_STOPPED, FAILURE_DATABASE, "ingest.deliver() did not confirm the parcels it was given: run \"thiduad db check\"");
                return;
        }
        w->stats.n_batches++;
        w->stats.n_parcels += batch_n_parcels(l->batch);
        w->stats.n_observations += observations;
        w->stats.n_unchanged += unchanged;
        tell_refused(l);
        finish(l, observations);
}

/* ---- what the database refuses ---- */

void lane_give_up_parcel(Lane *l, const Failure *f) {
        if (set_aside(l, batch_seq(l->batch, 0), batch_parcel(l->batch, 0), f, f->story) < 0)
                return;
        batch_clear(l->batch);
        finish(l, 0);
}

static void on_refused(Lane *l, const Failure *f) {
        size_t n = batch_n_parcels(l->batch);

        if (n > 1) {
                l->max_parcels = n / 2;
                l->state = WRITER_IDLE;
                l->step = STEP_NONE;
                lane_step(l);
                return;
        }
        /* Together they are refused although each alone was not, or it is not a sample that is at fault. */
        if (l->search.is_over || !batch_n_samples(l->batch)) {
                lane_give_up_parcel(l, f);
                return;
        }
        search_begin(l, f);
}

/* ---- events of the connection ---- */

static void lane_begin(Lane *l) {
        SpoolStats stats;
        Failure f = {};
        int r;

        spool_stats(l->writer->spool, &stats);
        if (!stats.n_parcels)
                return;
        if (!pg_is_connected(l->pg)) {
                l->state = WRITER_CONNECTING;
                r = pg_connect(l->pg);
                if (r < 0) {
                        failure_set(&f, FAILURE_DATABASE, true, "%s", err_story(r));
                        fail(l, &f);
                }
                return;
        }
        if (gather(l) < 0)
                return;
        if (batch_n_parcels(l->batch))
                lane_deliver(l, STEP_DELIVER);
        else if (l->upto)
                finish(l, 0);           /* all that was read has been set aside */
}

static void lane_step(Lane *l) {
        if (l->state == WRITER_IDLE && !l->writer->is_held)
                lane_begin(l);
}

static void on_connected(void *userdata) {
        Lane *l = userdata;

        if (lane_send(l, STEP_CHECK, check_sql, NULL, 0))
                l->state = WRITER_CHECKING;
}

static void on_lost(void *userdata, const Failure *f) {
        Lane *l = userdata;

        /* A connection that breaks while nobody needs it is made anew when somebody does. */
        if (l->state == WRITER_CONNECTING)
                fail(l, f);
}

static void on_checked(Lane *l, const PgReply *reply) {
        const char *is_there = pg_text(reply, 0, 0);

        if (!is_there || strcmp(is_there, "t") != 0) {
                pg_disconnect(l->pg);
                fail_with(l, WRITER_STOPPED, FAILURE_DATABASE,
                          "the database does not have the schema of this program: run \"thiduad db init\", or \"thiduad db upgrade\" when an older one is there");
                return;
        }
        l->state = WRITER_IDLE;
        l->step = STEP_NONE;
        lane_step(l);
}

static void on_reply(void *userdata, const PgReply *reply) {
        Lane *l = userdata;
        LaneStep step = l->step;

        if (step == STEP_DELIVER)
                CRASH_POINT("writer-reply");
        if (reply->is_connection_lost) {
                fail(l, &reply->failure);
                return;
        }
        if (step == STEP_PROBE_BEGIN || step == STEP_PROBE || step == STEP_PROBE_END) {
                search_reply(l, reply);
                return;
        }
        if (!reply->is_ok) {
                if (step == STEP_DELIVER && sqlstate_verdict(reply->failure.sqlstate) == SQL_REJECT)
                        on_refused(l, &reply->failure);
                else
                        fail(l, &reply->failure);
                return;
        }
        if (step == STEP_CHECK)
                on_checked(l, reply);
        else
                on_delivered(l, reply);
}

void lane_fail(Lane *l, const Failure *f) {
        fail(l, f);
}

static void on_woken(void *userdata) {
        Lane *l = userdata;

        if (l->state == WRITER_WAITING || l->state == WRITER_STOPPED)
                l->state = WRITER_IDLE;
        lane_step(l);
}

static const PgEvents pg_events = {
        .connected = on_connected,
        .lost = on_lost,
        .reply = on_reply,
        .woken = on_woken,
};

/* ---- birth, end, questions ---- */

int writer_new(Writer **ret, const WriterSpec *spec, Spool *spool, struct sd_event *event, const WriterEvents *events, void *userdata) {
        _cleanup_(writer_freep) Writer *w = NEW(Writer);
        int r;

        w->spec = *spec;
        w->spec.conninfo = w->conninfo = xstrdup(spec->conninfo);
        w->spec.sql_dir = NULL;
        w->spool = spool;
        w->events = *events;
        w->userdata = userdata;
        w->lane.writer = w;
        w->lane.batch = batch_new();
        w->lane.max_parcels = PARCELS_MAX;
        r = pg_new(&w->lane.pg, spec->conninfo, "thiduad writer", event, &pg_events, &w->lane);
        if (r < 0)
                return r;
        pg_set_patience(w->lane.pg, 30 * USEC_SEC, spec->answer_within ? spec->answer_within : 5 * USEC_MINUTE);
        *ret = TAKE(w);
        return 0;
}

Writer *writer_free(Writer *w) {
        if (!w)
                return NULL;
        w->lane.pg = pg_free(w->lane.pg);
        w->lane.batch = batch_free(w->lane.batch);
        search_done(&w->lane.search);
        (void) xfree(w->conninfo);
        return xfree(w);
}

void writer_kick(Writer *w) {
        lane_step(&w->lane);
}

void writer_hold(Writer *w, bool is_held) {
        Lane *l = &w->lane;

        w->is_held = is_held;
        if (is_held)
                return;
        if (l->state == WRITER_WAITING || l->state == WRITER_STOPPED)
                l->state = WRITER_IDLE;
        lane_step(l);
}

bool writer_is_drained(const Writer *w) {
        SpoolStats stats;

        spool_stats(w->spool, &stats);
        return stats.n_parcels == 0 && w->lane.step == STEP_NONE;
}

void writer_stats(const Writer *w, WriterStats *ret) {
        *ret = w->stats;
        ret->state = w->lane.state;
}

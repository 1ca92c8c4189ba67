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
 * their numbers.
 *
 * All state of one connection stands in a Lane. A lane claims parcels in the order of the spool (claims.c), and nothing that meets what another lane has under
 * way (batch_meets.c). So no statement overtakes an earlier one about the same figure. A second lane begins only when the first has left more than it could take,
 * and none but one is active while there is trouble. */

#include <errno.h>

#include "base/crash.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/num.h"
#include "store/claims.h"
#include "store/sqlstate.h"
#include "store/writer_priv.h"

enum {
        PARCELS_MAX = 32,               /* in one statement: runs without figures cost the database most; in several statements the connections share them */
        UNSURE_MAX = 5,                 /* tries before an unknown SQLSTATE counts as STOP */
};

#define STOPPED_WAIT (5 * USEC_MINUTE)
/* Bytes of parcels on all connections together beyond which none takes another one: as rows, as arrays and in libpq's buffers they take ten times as much. */
#define TOGETHER_MAX (PARCEL_SOFT + PARCEL_SOFT / 2)

struct Writer {
        WriterSpec spec;
        char *conninfo;
        Spool *spool;
        WriterEvents events;
        void *userdata;
        Lane *lanes;
        size_t n_lanes;
        Claims claims;
        bool is_backlogged;             /* the newest batch was full */
        bool is_met;                    /* what comes next meets what is under way, or is too much beside it */
        usec_t more_from;               /* monotonic: no further connection before; one was refused */
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
        FIELD_RANGE(WriterSpec, connections, 0, "2", 1, 8,
              "Connections that deliver at once. More than one are used only while there is more than one transaction to deliver; figures that speak about the same keep their order."),
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
        "int[],int[],int[],int[],int[],numeric[],timestamptz[],text[],text[],int[],bigint[],jsonb,jsonb)') is not null "
        "and to_regprocedure('ingest.unproven_parcels(jsonb,boolean[])') is not null "
        "and to_regprocedure('ingest.set_aside(timestamptz,bigint,int,bigint,text,text,jsonb)') is not null";

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
static void step_all(Writer *w);

/* ---- failing ---- */

/* Somewhere in the upper half of the delay, so that several instances do not come back in step. */
static usec_t jittered(usec_t delay) {
        char random[37];

        uuid_make(random);
        return delay / 2 + bytes_hash(bytes_of(random)) % (delay / 2 + 1);
}

static bool is_paused(const Lane *l) {
        return l->state == WRITER_WAITING || l->state == WRITER_STOPPED;
}

static bool others_pause(const Lane *l) {
        for (size_t i = 0; i < l->writer->n_lanes; i++)
                if (&l->writer->lanes[i] != l && is_paused(&l->writer->lanes[i]))
                        return true;
        return false;
}

static void release(Lane *l) {
        if (l->upto)
                claims_release(&l->writer->claims, l->from);
        l->writer->is_met = false;
        l->from = l->upto = 0;
        l->state = WRITER_IDLE;
        l->step = STEP_NONE;
        search_done(&l->search);
}

static void pause_lane(Lane *l, WriterState state, const Failure *f) {
        Writer *w = l->writer;
        usec_t wait = STOPPED_WAIT;

        release(l);
        /* One waits for all: when it gets through, the others follow. */
        if (others_pause(l))
                return;
        if (state == WRITER_WAITING) {
                l->delay = l->delay ? l->delay * 2 : w->spec.retry_min;
                l->delay = l->delay < w->spec.retry_max ? l->delay : w->spec.retry_max;
                wait = jittered(l->delay);
        }
        l->state = state;
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

/* A part of the spool as a lane goes through it. */
typedef struct Reach {
        uint64_t at;            /* cursor of the spool */
        uint64_t from, upto;    /* taken; 0: nothing */
        uint64_t end;           /* number of the last that may be taken */
        size_t n;
} Reach;

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

/* What is given back or not yet looked at may meet what another lane has under way; then it waits, and all behind it. */
static bool meets_others(const Lane *l) {
        for (size_t i = 0; i < l->writer->n_lanes; i++) {
                const Lane *other = &l->writer->lanes[i];

                if (other != l && other->upto && batch_meets(l->batch, other->batch))
                        return true;
        }
        return false;
}

/* Large ones go one after the other; alone a lane takes what its own bounds allow. */
static bool is_too_much(const Lane *l, size_t more) {
        size_t others = 0;

        for (size_t i = 0; i < l->writer->n_lanes; i++)
                if (&l->writer->lanes[i] != l && l->writer->lanes[i].upto)
                        others += batch_size(l->writer->lanes[i].batch);
        return others && others + batch_size(l->batch) + more > TOGETHER_MAX;
}

static int take_parcel(Lane *l, const Reach *reach, uint64_t seq, Bytes parcel) {
        int r;

        if (is_too_much(l, parcel.len)) {
                l->writer->is_met = true;
                return 0;
        }
        r = batch_add(l->batch, seq, parcel);
        if (r == -EPROTONOSUPPORT) {
                if (reach->upto)
                        return 0;
                fail_with(l, WRITER_STOPPED, FAILURE_SPOOL, err_story(r));
                return -1;
        }
        if (r < 0)
                return set_aside(l, seq, parcel, NULL, err_story(r));
        l->writer->is_met = meets_others(l);
        if (!l->writer->is_met)
                return 1;
        batch_drop_last(l->batch);
        return 0;
}

static bool has_enough(const Lane *l) {
        const Writer *w = l->writer;

        return batch_n_parcels(l->batch) >= l->max_parcels || batch_n_samples(l->batch) >= w->spec.batch_rows || batch_size(l->batch) >= w->spec.batch_bytes;
}

/* All that was claimed once and can still be read has been taken. */
static void reach_end(Reach *reach) {
        reach->from = reach->from ? reach->from : reach->end;
        reach->upto = reach->end;
}

/* 1: go on, 0: the batch ends before what was read, -1: the lane pauses. */
static int take_next(Lane *l, Reach *reach, uint64_t seq, Bytes parcel) {
        int r;

        if (seq > reach->end) {
                reach_end(reach);
                return 0;
        }
        r = take_parcel(l, reach, seq, parcel);
        if (r == 1) {
                reach->from = reach->from ? reach->from : seq;
                reach->upto = seq;
                reach->n++;
        }
        return r;
}

/* Fills the batch from what nobody has claimed. 0, or -1: the lane pauses. */
static int gather(Lane *l) {
        _cleanup_(text_done) Text parcel = TEXT_INIT(PARCEL_MAX);
        Writer *w = l->writer;
        Reach reach = {};
        uint64_t seq = 0;
        int r = 1;

        batch_clear(l->batch);
        claims_next(&w->claims, &reach.at, &reach.end);
        while (r == 1 && !has_enough(l) && reach.upto != reach.end) {
                uint64_t before = reach.at;

                r = spool_read(w->spool, &reach.at, &parcel, &seq);
                if (r == 1) {
                        r = take_next(l, &reach, seq, text_bytes(&parcel));
                        if (r == 0)
                                reach.at = before;
                } else if (r == -EBADMSG)
                        r = take_damage(w, before, reach.at);
                else if (r == 0 && reach.end != UINT64_MAX)
                        reach_end(&reach);
                else if (r < 0)
                        fail_with(l, WRITER_WAITING, FAILURE_SPOOL, err_story(r));
        }
        if (r < 0)
                return -1;
        if (!w->is_met)
                w->is_backlogged = has_enough(l);
        if (reach.upto) {
                claims_take(&w->claims, reach.from, reach.upto, reach.n, reach.at);
                l->from = reach.from;
                l->upto = reach.upto;
        }
        return 0;
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
        uint64_t upto = claims_finish(&w->claims, l->from);
        int r = upto ? spool_ack(w->spool, upto) : 0;

        l->from = l->upto = 0;
        w->is_met = false;
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

        /* What another lane waits for is not over because this one had sent its parcels before. */
        if (!others_pause(l)) {
                w->is_in_trouble = false;
                w->stats.last_failure = (Failure){};
        }
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
        step_all(w);
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

/* "checked: WORDS" and its like: the words. False: another outcome. */
static bool read_finding(const char *outcome, WriterFinding *ret) {
        static const char *const heads[_FINDING_MAX] = { [FINDING_CHECKED] = "checked: ", [FINDING_BLOCKED] = "blocked: ", [FINDING_UNPROVEN] = "unproven: " };

        for (size_t i = 0; i < ELEMENTS(heads); i++)
                if (strncmp(outcome, heads[i], strlen(heads[i])) == 0) {
                        ret->kind = (WriterFindingKind) i;
                        ret->story = outcome + strlen(heads[i]);
                        return true;
                }
        return false;
}

static void tell_findings(Lane *l, const PgReply *reply) {
        Writer *w = l->writer;

        for (size_t i = 0; i < reply->n_rows; i++) {
                WriterFinding f = { .parcel = batch_parcel(l->batch, i) };

                if (read_finding(pg_text(reply, i, 1), &f))
                        w->events.found(w->userdata, &f);
        }
}

/* Each parcel must be named, as committed now or already. */
static bool is_confirmed(const Lane *l, const PgReply *reply, uint64_t *ret_observations, uint64_t *ret_unchanged) {
        *ret_observations = *ret_unchanged = 0;
        if (reply->n_rows != batch_n_parcels(l->batch) || reply->n_cols != 4)
                return false;
        for (size_t i = 0; i < reply->n_rows; i++) {
                const char *outcome = pg_text(reply, i, 1);
                WriterFinding f;
                uint64_t seq, observations, unchanged;

                if (!cell(reply, i, 0, &seq) || !cell(reply, i, 2, &observations) || !cell(reply, i, 3, &unchanged) || !outcome)
                        return false;
                if (seq != batch_seq(l->batch, i) || (strcmp(outcome, "committed") != 0 && strcmp(outcome, "already") != 0 && !read_finding(outcome, &f)))
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
        tell_findings(l, reply);
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
                release(l);
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
        Failure f = {};
        int r;

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

static bool has_work(const Writer *w) {
        SpoolStats stats;

        spool_stats(w->spool, &stats);
        return claims_have_free(&w->claims) || stats.n_parcels > claims_n_parcels(&w->claims);
}

static bool others_are_connected(const Lane *l) {
        for (size_t i = 0; i < l->writer->n_lanes; i++)
                if (&l->writer->lanes[i] != l && pg_is_connected(l->writer->lanes[i].pg))
                        return true;
        return false;
}

static bool others_are_active(const Lane *l) {
        for (size_t i = 0; i < l->writer->n_lanes; i++)
                if (&l->writer->lanes[i] != l && l->writer->lanes[i].state != WRITER_IDLE)
                        return true;
        return false;
}

/* The first one may always; another one while there is no trouble, and more to deliver than fits into one batch. */
static bool may_begin(const Lane *l) {
        const Writer *w = l->writer;

        if (w->is_held || l->state != WRITER_IDLE || others_pause(l) || !has_work(w))
                return false;
        if (others_are_active(l) && (w->is_in_trouble || !w->is_backlogged || w->is_met))
                return false;
        return pg_is_connected(l->pg) || pg_now_mono(l->pg) >= w->more_from || !others_are_connected(l);
}

static void lane_step(Lane *l) {
        if (may_begin(l))
                lane_begin(l);
}

static void step_all(Writer *w) {
        for (size_t i = 0; i < w->n_lanes; i++)
                lane_step(&w->lanes[i]);
}

static void on_connected(void *userdata) {
        Lane *l = userdata;

        if (lane_send(l, STEP_CHECK, check_sql, NULL, 0))
                l->state = WRITER_CHECKING;
}

/* The server has no place for one more: the others go on without it for a while. */
static void do_without(Lane *l, const Failure *f) {
        Writer *w = l->writer;

        l->state = WRITER_IDLE;
        w->more_from = pg_now_mono(l->pg) + STOPPED_WAIT;
        w->is_in_trouble = true;
        w->stats.last_failure = *f;
        w->events.trouble(w->userdata, f);
        step_all(w);
}

static void on_lost(void *userdata, const Failure *f) {
        Lane *l = userdata;

        /* A connection that breaks while nobody needs it is made anew when somebody does. */
        if (l->state != WRITER_CONNECTING)
                return;
        if (others_are_connected(l))
                do_without(l, f);
        else
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
        step_all(l->writer);
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

        if (is_paused(l))
                l->state = WRITER_IDLE;
        lane_step(l);
        step_all(l->writer);
}

static const PgEvents pg_events = {
        .connected = on_connected,
        .lost = on_lost,
        .reply = on_reply,
        .woken = on_woken,
};

/* ---- birth, end, questions ---- */

static int open_lane(Lane *l, Writer *w, struct sd_event *event) {
        int r;

        l->writer = w;
        l->batch = batch_new();
        l->max_parcels = PARCELS_MAX;
        r = pg_new(&l->pg, w->conninfo, "thiduad writer", event, &pg_events, l);
        if (r == 0)
                pg_set_patience(l->pg, 30 * USEC_SEC, w->spec.answer_within ? w->spec.answer_within : 5 * USEC_MINUTE);
        return r;
}

int writer_new(Writer **ret, const WriterSpec *spec, Spool *spool, struct sd_event *event, const WriterEvents *events, void *userdata) {
        _cleanup_(writer_freep) Writer *w = NEW(Writer);
        int r = 0;

        w->spec = *spec;
        w->spec.conninfo = w->conninfo = xstrdup(spec->conninfo);
        w->spec.sql_dir = NULL;
        w->spool = spool;
        w->events = *events;
        w->userdata = userdata;
        w->n_lanes = spec->connections ? spec->connections : 1;
        w->lanes = NEW_N(Lane, w->n_lanes);
        for (size_t i = 0; i < w->n_lanes && r == 0; i++)
                r = open_lane(&w->lanes[i], w, event);
        if (r < 0)
                return r;
        *ret = TAKE(w);
        return 0;
}

Writer *writer_free(Writer *w) {
        if (!w)
                return NULL;
        for (size_t i = 0; i < w->n_lanes; i++) {
                (void) pg_free(w->lanes[i].pg);
                (void) batch_free(w->lanes[i].batch);
                search_done(&w->lanes[i].search);
        }
        claims_done(&w->claims);
        (void) xfree(w->lanes);
        (void) xfree(w->conninfo);
        return xfree(w);
}

void writer_kick(Writer *w) {
        step_all(w);
}

void writer_hold(Writer *w, bool is_held) {
        w->is_held = is_held;
        if (is_held)
                return;
        for (size_t i = 0; i < w->n_lanes; i++)
                if (is_paused(&w->lanes[i]))
                        w->lanes[i].state = WRITER_IDLE;
        step_all(w);
}

bool writer_is_drained(const Writer *w) {
        SpoolStats stats;

        spool_stats(w->spool, &stats);
        for (size_t i = 0; i < w->n_lanes; i++)
                if (w->lanes[i].step != STEP_NONE)
                        return false;
        return stats.n_parcels == 0;
}

void writer_stats(const Writer *w, WriterStats *ret) {
        *ret = w->stats;
        ret->state = WRITER_IDLE;
        for (size_t i = 0; i < w->n_lanes; i++) {
                WriterState state = w->lanes[i].state;

                if (is_paused(&w->lanes[i])) {
                        ret->state = state;
                        return;
                }
                if (ret->state == WRITER_IDLE)
                        ret->state = state;
        }
}

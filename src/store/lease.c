/* The lease's machine:
 *
 *   CONNECTING ──▶ CLEARING (sessions this daemon left behind are ended) ──▶ SHARING ──┬─ nothing new ──▶ HOLDING ──▶ SHARING (each LOOK_EVERY; LOOK_SOON while something is to change hands)
 *        ▲                                                                            └─ CURSORS, SLOTS (of what is new) ──▶ HOLDING
 *        └── WAITING ◀── any error
 *
 * When the session is lost, so are its locks; what was held is polled on until it comes back: the sources are there even when the database is not, and what
 * another instance states meanwhile is protected by the fence. */

#include <errno.h>

#include "base/err.h"
#include "base/json_out.h"
#include "base/num.h"
#include "base/vec.h"
#include "store/lease.h"

#define LOOK_EVERY (2 * USEC_SEC)
#define LOOK_SOON (250 * USEC_MSEC)
enum { SOON_MAX = 40 };                 /* what takes longer than ten seconds to change hands is waited for in the usual rhythm */
#define RETRY_MIN (500 * USEC_MSEC)
#define RETRY_MAX (10 * USEC_SEC)

typedef enum Step {
        STEP_CONNECTING,
        STEP_CLEARING,
        STEP_SHARING,
        STEP_CURSORS,
        STEP_SLOTS,
        STEP_HOLDING,
        STEP_WAITING,
} Step;

typedef struct Held {
        char *connector;
        uint64_t fence;                 /* 0: another one holds it still */
        bool is_new, is_wanted;
} Held;

struct Lease {
        Pg *pg;
        LeaseEvents events;
        void *userdata;
        char *instance, *spool_id;
        Step step;
        usec_t delay;
        Text wishes;
        JsonOut json;
        VEC(Held) held;
        unsigned n_soon;                /* looks since all was settled */
        LeaseStats stats;
};

static const char clear_sql[] = "select pg_backend_pid(), count(pg_terminate_backend(s)) from ingest.sessions_left($1::text, $2::uuid) s";

static const char share_sql[] =
        "select s.connector, s.fence, s.is_new, s.is_wanted from (select coalesce(array_agg(w.connector), '{}') as connectors, coalesce(array_agg(w.group_name), '{}') as groups,"
        " coalesce(array_agg(w.busy), '{}') as busy, coalesce(array_agg(w.weight), '{}') as weights"
        " from jsonb_to_recordset($3::jsonb) as w(connector text, group_name text, busy boolean, weight integer)) x,"
        " ingest.share($1::text, $2::uuid, x.connectors, x.groups, x.busy, x.weights) s";

static const char cursors_sql[] = "select connector, stream, partition, value from ingest.cursors_of(array(select jsonb_array_elements_text($1::jsonb)))";

/* A run that failed or did not end is owed still; one of another text of the connector says nothing. */
static const char slots_sql[] =
        "select x.connector, x.stream, (extract(epoch from r.slot_at) * 1000000)::bigint::text"
        " from jsonb_to_recordset($1::jsonb) as x(connector text, stream text, setup text)"
        " cross join lateral ingest.slot_served(x.connector, x.stream, x.setup) as r(slot_at) where r.slot_at is not null";

static void forget_held(Lease *l) {
        VEC_EACH(h, &l->held)
                (void) xfree(h->connector);
        vec_done(&l->held);
}

static void fail(Lease *l, const Failure *f) {
        l->delay = l->delay ? l->delay * 2 : RETRY_MIN;
        l->delay = l->delay < RETRY_MAX ? l->delay : RETRY_MAX;
        l->step = STEP_WAITING;
        l->stats.is_failing = true;
        l->stats.failure = *f;
        pg_disconnect(l->pg);
        pg_wake_after(l->pg, l->delay);
        l->events.trouble(l->userdata, f);
}

static void send(Lease *l, Step step, const char *sql, const PgParam *params, size_t n) {
        Failure f;
        int r;

        l->step = step;
        r = pg_send(l->pg, sql, params, n);
        if (r >= 0)
                return;
        failure_set(&f, FAILURE_DATABASE, true, "%s", err_story(r));
        fail(l, &f);
}

static void clear(Lease *l) {
        PgParam params[] = { { .value = bytes_of(l->instance) }, { .value = bytes_of(l->spool_id) } };

        send(l, STEP_CLEARING, clear_sql, params, ELEMENTS(params));
}

void lease_wish(Lease *l, const char *connector, const char *group, unsigned weight, bool is_busy) {
        json_object(&l->json);
        json_pair_str(&l->json, "connector", connector);
        json_pair_str(&l->json, "group_name", group);
        json_pair_bool(&l->json, "busy", is_busy);
        json_pair_int(&l->json, "weight", weight);
        json_object_end(&l->json);
}

static void share(Lease *l) {
        PgParam params[] = { { .value = bytes_of(l->instance) }, { .value = bytes_of(l->spool_id) }, {} };

        text_clear(&l->wishes);
        l->json = (JsonOut) JSON_OUT(&l->wishes);
        json_array(&l->json);
        l->events.wishes(l->userdata, l);
        json_array_end(&l->json);
        params[2].value = text_bytes(&l->wishes);
        send(l, STEP_SHARING, share_sql, params, ELEMENTS(params));
}

static void hold(Lease *l) {
        bool is_settled = true;

        l->step = STEP_HOLDING;
        l->delay = 0;
        l->stats.is_failing = false;
        l->stats.n_held = 0;
        VEC_EACH(h, &l->held) {
                is_settled = is_settled && h->fence && h->is_wanted;
                if (!h->fence)
                        continue;
                l->stats.n_held++;
                l->events.held(l->userdata, h->connector, h->fence, h->is_new, h->is_wanted);
        }
        l->events.looked(l->userdata);
        l->n_soon = is_settled ? 0 : l->n_soon + 1;
        pg_wake_after(l->pg, l->n_soon && l->n_soon <= SOON_MAX ? LOOK_SOON : LOOK_EVERY);
}

void lease_stream(Lease *l, const char *connector, const char *stream, const char *setup) {
        json_object(&l->json);
        json_pair_str(&l->json, "connector", connector);
        json_pair_str(&l->json, "stream", stream);
        json_pair_str(&l->json, "setup", setup);
        json_object_end(&l->json);
}

static void ask_slots(Lease *l) {
        PgParam param;

        text_clear(&l->wishes);
        l->json = (JsonOut) JSON_OUT(&l->wishes);
        json_array(&l->json);
        VEC_EACH(h, &l->held)
                if (h->is_new)
                        l->events.streams(l->userdata, l, h->connector);
        json_array_end(&l->json);
        param = (PgParam){ .value = text_bytes(&l->wishes) };
        send(l, STEP_SLOTS, slots_sql, &param, 1);
}

static void ask_cursors(Lease *l) {
        _cleanup_(text_done) Text names = TEXT_INIT((size_t) 16 << 20);
        JsonOut j = JSON_OUT(&names);
        PgParam param;
        size_t n = 0;

        json_array(&j);
        VEC_EACH(h, &l->held)
                if (h->is_new) {
                        json_str(&j, h->connector);
                        n++;
                }
        json_array_end(&j);
        param = (PgParam){ .value = text_bytes(&names) };
        if (n)
                send(l, STEP_CURSORS, cursors_sql, &param, 1);
        else
                hold(l);
}

static void take_held(Lease *l, const PgReply *reply) {
        forget_held(l);
        for (size_t i = 0; i < reply->n_rows; i++) {
                Held h = { .connector = xstrdup(pg_text(reply, i, 0)), .is_new = pg_text(reply, i, 2)[0] == 't', .is_wanted = pg_text(reply, i, 3)[0] == 't' };

                (void) num_parse_u64(bytes_of(pg_text(reply, i, 1)), &h.fence);
                vec_push(&l->held, h);
        }
}

static bool is_pooled(const Lease *l, const PgReply *reply) {
        uint64_t pid = 0;

        (void) num_parse_u64(bytes_of(pg_text(reply, 0, 0)), &pid);
        return pid != (uint64_t) pg_server_pid(l->pg);
}

static void fail_pooled(Lease *l) {
        Failure f;

        failure_set(&f, FAILURE_DATABASE, true, "the connection goes through a pooler, where locks do not last: set database: session_conninfo to an address of PostgreSQL itself");
        fail(l, &f);
}

static void on_reply(void *userdata, const PgReply *reply) {
        Lease *l = userdata;

        if (!reply->is_ok) {
                fail(l, &reply->failure);
                return;
        }
        switch (l->step) {
        case STEP_CLEARING:
                if (is_pooled(l, reply))
                        fail_pooled(l);
                else
                        share(l);
                break;
        case STEP_SHARING:
                take_held(l, reply);
                ask_cursors(l);
                break;
        case STEP_CURSORS:
                l->events.cursors(l->userdata, reply);
                ask_slots(l);
                break;
        case STEP_SLOTS:
                l->events.slots(l->userdata, reply);
                hold(l);
                break;
        default:
                break;
        }
}

static void on_connected(void *userdata) {
        clear(userdata);
}

static void on_lost(void *userdata, const Failure *failure) {
        Lease *l = userdata;

        if (l->step != STEP_WAITING)
                fail(l, failure);
}

static void on_woken(void *userdata) {
        Lease *l = userdata;
        Failure f;
        int r;

        if (l->step == STEP_HOLDING) {
                share(l);
                return;
        }
        if (l->step != STEP_WAITING)
                return;
        l->step = STEP_CONNECTING;
        r = pg_connect(l->pg);
        if (r >= 0)
                return;
        failure_set(&f, FAILURE_DATABASE, true, "%s", err_story(r));
        fail(l, &f);
}

void lease_look(Lease *l) {
        if (l->step == STEP_HOLDING)
                pg_wake_after(l->pg, 0);
}

void lease_stats(const Lease *l, LeaseStats *ret) {
        *ret = l->stats;
}

int lease_new(Lease **ret, const char *conninfo, const char *instance, const char *spool_id, struct sd_event *event, const LeaseEvents *events, void *userdata) {
        static const PgEvents pg_events = { .connected = on_connected, .lost = on_lost, .reply = on_reply, .woken = on_woken };
        _cleanup_(lease_freep) Lease *l = NEW(Lease);
        int r;

        l->events = *events;
        l->userdata = userdata;
        l->instance = xstrdup(instance);
        l->spool_id = xstrdup(spool_id);
        l->wishes = TEXT_INIT((size_t) 16 << 20);
        r = pg_new(&l->pg, conninfo, "thiduad lease", event, &pg_events, l);
        if (r < 0)
                return r;
        l->step = STEP_WAITING;
        pg_wake_after(l->pg, 0);
        *ret = TAKE(l);
        return 0;
}

Lease *lease_free(Lease *l) {
        if (!l)
                return NULL;
        l->pg = pg_free(l->pg);
        forget_held(l);
        text_done(&l->wishes);
        (void) xfree(l->instance);
        (void) xfree(l->spool_id);
        return xfree(l);
}

/* Remap: a run over stored replies, in the foreground, delivered by the same statement as everything else. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "loop.h"
#include "run.h"
#include "store/archive.h"
#include "store/batch.h"
#include "verbs/remap.h"

enum { BATCH_BYTES = 16 << 20 };

#define BODY_MAX ((size_t) 1 << 30)

struct Remap {
        Pg *pg;
        Loop *loop;             /* for its clocks: everything here waits for its answer */
        Setup *setup;
        const char *cause;
        bool is_dry;
        Hosts *hosts;
        Auth *auth;
        Transport *transport;
        Batch *batch;
        char spool[37];         /* the parcels' own number space: nothing of it is kept, so it is drawn anew each time */
        uint64_t seq;
        RemapResult result;
};

static void take_body(void *userdata, const PgReply *reply) {
        const char *hex = reply->is_ok ? pg_text(reply, 0, 0) : NULL;

        if (hex)
                (void) hex_parse(bytes_of(hex), userdata);
}

static int load_body(void *userdata, const char *sha256, Text *ret) {
        _cleanup_(text_done) Text deflated = TEXT_INIT(BODY_MAX);
        Remap *m = userdata;
        PgParam param = { .value = bytes_of(sha256) };
        int r;

        r = pg_run(m->pg, "select ingest.stored_body($1::text)", &param, 1, take_body, &deflated);
        if (r < 0)
                return r;
        if (!deflated.len)
                return err(-ENOENT, "the body %s is not in the archive: it was too large to be kept, or retention dropped it", sha256);
        return archive_inflate(text_bytes(&deflated), BODY_MAX, ret);
}

static void take_outcome(void *userdata, const PgReply *reply) {
        Remap *m = userdata;

        for (size_t i = 0; reply->is_ok && i < reply->n_rows; i++) {
                uint64_t n_new = 0, n_same = 0;

                (void) num_parse_u64(bytes_of(pg_text(reply, i, 2)), &n_new);
                (void) num_parse_u64(bytes_of(pg_text(reply, i, 3)), &n_same);
                m->result.n_new += n_new;
                m->result.n_same += n_same;
        }
}

static int send_batch(Remap *m) {
        PgParam params[BATCH_PARAMS];
        int r;

        if (!batch_n_parcels(m->batch))
                return 0;
        batch_render(m->batch, m->spool, loop_now_real(m->loop), BATCH_WHOLE, params);
        r = pg_run(m->pg, batch_sql, params, BATCH_PARAMS, take_outcome, m);
        batch_clear(m->batch);
        return r < 0 ? r : 0;
}

static int take_parcel(void *userdata, Bytes parcel) {
        Remap *m = userdata;
        int r;

        if (m->is_dry)
                return 0;
        r = batch_add(m->batch, ++m->seq, parcel);
        if (r < 0)
                return r;
        return batch_size(m->batch) >= BATCH_BYTES ? send_batch(m) : 0;
}

static usec_t instant(const PgReply *reply, size_t row, size_t col) {
        uint64_t v = 0;

        (void) num_parse_u64(bytes_of(pg_text(reply, row, col)), &v);
        return v;
}

static char *cell(const PgReply *reply, size_t row, size_t col) {
        return (char *) (uintptr_t) pg_text(reply, row, col);   /* copied, not written to */
}

static void take_requests(void *userdata, const PgReply *reply) {
        Stored *stored = userdata;

        for (size_t i = 0; reply->is_ok && i < reply->n_rows; i++) {
                StoredReply one = {
                        .method = cell(reply, i, 2),
                        .url = cell(reply, i, 3),
                        .body = cell(reply, i, 4),
                        .content_type = cell(reply, i, 6),
                        .sent_at = instant(reply, i, 7),
                        .sha256 = cell(reply, i, 8),
                        .is_withheld = strcmp(pg_text(reply, i, 9), "t") == 0,
                };
                uint64_t status = 0;

                (void) num_parse_u64(bytes_of(pg_text(reply, i, 5)), &status);
                one.status = (int) status;
                stored_add(stored, pg_text(reply, i, 0), pg_text(reply, i, 1), &one);
        }
}

static int step_to_end(Remap *m, const Stream *stream, usec_t stated_at, const Stored *stored) {
        RunEnv env = {
                .hosts = m->hosts,
                .transport = m->transport,
                .auth = m->auth,
                .instance = setup_instance(m->setup),
                .stored = stored,
                .deliver = take_parcel,
                .userdata = m,
        };
        Run *run;

        run = run_new(m->setup, stream, stated_at, &env, loop_now_real(m->loop));
        while (run_step(run, loop_now_mono(m->loop), loop_now_real(m->loop)) != RUN_DONE)
                (void) stored_step(m->transport, loop_now_mono(m->loop));
        m->result.last = *run_record(run);
        m->result.n_runs++;
        m->result.n_failed += m->result.last.n_asks_failed > 0;
        m->result.n_samples += m->result.last.n_samples;
        m->result.n_rejects += m->result.last.n_rejects;
        (void) run_free(run);
        return 0;
}

int remap_run(Remap *m, const Stream *stream, const char *run, usec_t stated_at, const char *asks) {
        _cleanup_(stored_done) Stored stored = {};
        PgParam params[2] = { { .value = bytes_of(run) }, { .value = asks ? bytes_of(asks) : BYTES_NULL } };
        int r;

        r = pg_run(m->pg, "select ask, unit, method, url, body, status, content_type, sent_us, sha256, withheld from ingest.stored_requests($1::uuid, $2::text[])", params,
                   ELEMENTS(params), take_requests, &stored);
        if (r < 0)
                return r;
        m->result.last = (RunRecord){ .state = RUN_FAILED };
        if (!stored.asks.len)
                return 0;
        batch_set_cause(m->batch, m->cause, stated_at, run);
        r = step_to_end(m, stream, stated_at, &stored);
        if (r == 0)
                r = send_batch(m);
        return r;
}

const RemapResult *remap_result(const Remap *m) {
        return &m->result;
}

static const LoopEvents no_events = {};

int remap_new(Remap **ret, Pg *pg, Setup *setup, const char *cause, bool is_dry) {
        _cleanup_(remap_freep) Remap *m = NEW(Remap);
        int r;

        m->pg = pg;
        m->setup = setup;
        m->cause = cause;
        m->is_dry = is_dry;
        m->hosts = hosts_new();
        m->batch = batch_new();
        uuid_make(m->spool);
        r = loop_new(&m->loop, &no_events, NULL);
        if (r >= 0)
                r = auth_new(&m->auth, stored_auth(), "");
        if (r >= 0)
                r = stored_transport_new(&m->transport, load_body, m);
        if (r < 0)
                return r;
        *ret = TAKE(m);
        return 0;
}

Remap *remap_free(Remap *m) {
        if (!m)
                return NULL;
        m->transport = transport_free(m->transport);
        m->auth = auth_free(m->auth);
        m->hosts = hosts_free(m->hosts);
        m->batch = batch_free(m->batch);
        m->loop = loop_free(m->loop);
        return xfree(m);
}

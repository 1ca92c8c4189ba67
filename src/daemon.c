/* Daemon: owns the machines and joins them.
 *
 *   start: signals blocked ─▶ configuration ─▶ spool ─▶ control socket ─▶ READY ─▶ polling at once; the database may come later
 *   turn:  runs are stepped ─▶ one sync of the spool for all parcels of the turn ─▶ the writer is kicked ─▶ next deadline
 *   HUP:   RELOADING ─▶ load and check ─┬─ good ─▶ swapped; runs under way end with the old setup ─▶ READY
 *                                       └─ bad ──▶ the old one stays, findings in the journal ─▶ READY
 *   TERM:  STOPPING ─▶ runs cancelled, what they left is synced ─▶ a last delivery, 3 s at most ─▶ end */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/complain.h"
#include "base/err.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/map.h"
#include "base/num.h"
#include "comply/recompute.h"
#include "daemon.h"
#include "loop.h"
#include "observe/http.h"
#include "observe/notify.h"
#include "observe/status.h"
#include "poller.h"
#include "share.h"

enum { STOP_GRACE_SEC = 3, MEMORY_WAIT_SEC = 5, FINDINGS_MAX = 64 };

typedef struct Daemon {
        const char *config_path;
        Setup *setup;
        Loop *loop;
        Hosts *hosts;
        Transport *transport;
        Spool *spool;
        Cursors *cursors;
        Poller *poller;
        Writer *writer;
        Recompute *recompute;
        Share *share;                   /* NULL: this instance polls everything */
        HttpServer *http;
        usec_t started_at, loaded_at, status_at;
        char *reload_error;
        size_t n_changed;               /* connectors that the last reload touched */
        Complain writer_trouble, recompute_trouble;
        Map *blocked;                   /* connectors of which a run was blocked, until the cursors are read again */
        Map *open_hosts;                /* origins whose circuit was open when last told */
        bool is_stopping;
        bool is_database_ready;         /* schema and registry were there at least once */
        usec_t poll_from;               /* monotonic: until then polling waits for what the database remembers of earlier runs; 0: it is read */
        usec_t prepare_at;              /* monotonic: when the database is made ready again */
        usec_t stop_by;                 /* monotonic */
        bool is_spool_broken;
        int exit_code;
} Daemon;

/* ---- the database side ---- */

static void tell_database_lost(Daemon *d, Complain *c, const Failure *f) {
        LogScope scope = { .sqlstate = f->sqlstate[0] ? f->sqlstate : NULL };
        uint64_t n;

        if (complain_failed(c, loop_now_real(d->loop), &n))
                log_event(EV_DATABASE_LOST, &scope, "%s; polling goes on into the spool", f->story);
}

static void tell_database_back(Complain *c) {
        usec_t since;
        uint64_t total;

        if (complain_over(c, &since, &total))
                log_event(EV_DATABASE_BACK, NULL, "the database answers again after %" PRIu64 " failures", total);
}

static void on_delivered(void *userdata, uint64_t n_parcels, uint64_t n_observations) {
        Daemon *d = userdata;

        log_debug("writer", "%" PRIu64 " parcels, %" PRIu64 " observations delivered", n_parcels, n_observations);
        tell_database_back(&d->writer_trouble);
        if (d->recompute)
                recompute_data_came(d->recompute, loop_now_mono(d->loop));
}

static void on_writer_trouble(void *userdata, const Failure *f) {
        Daemon *d = userdata;
        LogScope scope = { .sqlstate = f->sqlstate[0] ? f->sqlstate : NULL };
        WriterStats stats;
        uint64_t n;

        writer_stats(d->writer, &stats);
        if (stats.state != WRITER_STOPPED)
                tell_database_lost(d, &d->writer_trouble, f);
        else if (complain_failed(&d->writer_trouble, loop_now_real(d->loop), &n))
                log_event(EV_DELIVERY_STOPPED, &scope, "the database refuses what is delivered: %s; everything stays in the spool", f->story);
}

static void on_writer_recovered(void *userdata) {
        Daemon *d = userdata;

        tell_database_back(&d->writer_trouble);
}

static void on_rejected(void *userdata, const Failure *f, uint64_t seq) {
        Daemon *d = userdata;
        LogScope scope = { .sqlstate = f->sqlstate[0] ? f->sqlstate : NULL };

        /* What went with a parcel or a damaged place is not in the database: no answer may count as known on its strength. */
        cursors_forget_asks(d->cursors);
        if (f->class == FAILURE_SPOOL && seq == 0)
                log_event(EV_SPOOL_DAMAGED, &scope, "%s", f->story);
        else
                log_event(EV_DELIVERY_REJECTED, &scope, "parcel %" PRIu64 ": %s", seq, f->story);
}

/* Nothing of a blocked run is in the database, its cursors included: where the stream stands is asked there. Of what is unproven nothing counts as known any more. */
static void on_found(void *userdata, const WriterFinding *f) {
        Daemon *d = userdata;
        _cleanup_(parcel_reader_freep) ParcelReader *reader = NULL;
        const RunRecord *run;
        LogScope scope;

        if (parcel_reader_new(&reader, f->parcel) < 0)
                return;
        run = parcel_run(reader);
        scope = (LogScope){ .connector = run->connector, .stream = run->stream, .run = run->id };
        if (f->kind == FINDING_CHECKED)
                log_event(EV_FIGURES_DOUBTED, &scope, "%s/%s: %s", run->connector, run->stream, f->story);
        if (f->kind == FINDING_UNPROVEN) {
                cursors_forget_asks(d->cursors);
                log_event(EV_ANSWERS_FORGOTTEN, &scope, "%s/%s: %s", run->connector, run->stream, f->story);
        }
        if (f->kind != FINDING_BLOCKED)
                return;
        if (run->state != RUN_OPEN)
                poller_blocked(d->poller, run, f->story, loop_now_real(d->loop));
        (void) map_put(d->blocked, bytes_of(run->connector), d);
        recompute_read_cursors(d->recompute);
}

static const WriterEvents writer_events = {
        .delivered = on_delivered,
        .trouble = on_writer_trouble,
        .recovered = on_writer_recovered,
        .rejected = on_rejected,
        .found = on_found,
};

static void on_prepared(void *userdata) {
        Daemon *d = userdata;

        d->is_database_ready = true;
        tell_database_back(&d->recompute_trouble);
        writer_hold(d->writer, false);
        recompute_data_came(d->recompute, loop_now_mono(d->loop));
}

static void on_cursors(void *userdata, const PgReply *reply) {
        Daemon *d = userdata;

        Bytes connector;
        void *unused;

        for (size_t i = 0; map_walk(d->blocked, &i, &connector, &unused);)
                cursors_forget(d->cursors, connector.data);
        map_clear(d->blocked);
        cursors_load(d->cursors, reply);
        poller_cursors_came(d->poller);
        d->poll_from = 0;
}

static void on_recomputed(void *userdata _unused_, const char *campaign, const char *as_of, uint64_t results, uint64_t changed) {
        if (changed)
                log_event(EV_RECOMPUTED, NULL, "%s as of %s: %" PRIu64 " results, %" PRIu64 " changed", campaign, as_of, results, changed);
}

/* One line for each of the first, and how many more there are. */
static void on_restated(void *userdata _unused_, const PgReply *reply) {
        uint64_t total = 0;

        (void) num_parse_u64(bytes_of(pg_text(reply, 0, 0)), &total);
        for (size_t i = 0; i < reply->n_rows; i++) {
                LogScope scope = { .unit = pg_text(reply, i, 2), .connector = pg_text(reply, i, 7), .stream = pg_text(reply, i, 8), .run = pg_text(reply, i, 9) };

                log_event(EV_RESTATED, &scope, "%s of %s for %s to %s, a closed period, was %s and is now %s", pg_text(reply, i, 1), pg_text(reply, i, 2), pg_text(reply, i, 3),
                          pg_text(reply, i, 4), pg_text(reply, i, 5), pg_text(reply, i, 6));
        }
        if (total > reply->n_rows)
                log_event(EV_RESTATED, NULL, "%" PRIu64 " further figures of closed periods were restated; api_v1.restatements lists them", total - reply->n_rows);
}

static void on_recompute_trouble(void *userdata, const Failure *f) {
        Daemon *d = userdata;
        LogScope scope = { .sqlstate = f->sqlstate[0] ? f->sqlstate : NULL };
        uint64_t n;

        d->poll_from = 0;       /* without a database polling goes on all the same, into the spool */
        if (complain_failed(&d->recompute_trouble, loop_now_real(d->loop), &n))
                log_event(d->is_database_ready ? EV_RECOMPUTE_FAILED : EV_DATABASE_SCHEMA, &scope, "%s", f->story);
}

static void on_recompute_recovered(void *userdata) {
        Daemon *d = userdata;

        tell_database_back(&d->recompute_trouble);
}

static const RecomputeEvents recompute_events = {
        .prepared = on_prepared,
        .cursors = on_cursors,
        .recomputed = on_recomputed,
        .restated = on_restated,
        .trouble = on_recompute_trouble,
        .recovered = on_recompute_recovered,
};

static char *render_retention(const RetentionSpec *spec) {
        Text text = TEXT_INIT(256);
        JsonOut j = JSON_OUT(&text);

        json_object(&j);
        json_pair_int(&j, "facts", spec->facts);
        json_pair_int(&j, "payloads", spec->payloads);
        json_pair_int(&j, "runs", spec->runs);
        json_pair_int(&j, "quarantine", spec->quarantine);
        json_object_end(&j);
        return text_take(&text);
}

/* At the start, after a reload, and once a day: months begin, and others end. */
static void prepare_database(Daemon *d) {
        static const char *const calls[] = {
                [REGISTRY_UNITS] = "select registry.load_units($1::jsonb)",
                [REGISTRY_SUCCESSIONS] = "select registry.load_successions($1::jsonb)",
                [REGISTRY_CODES] = "select registry.load_codes($1::jsonb)",
                [REGISTRY_BLOCKS] = "select registry.load_blocks($1::jsonb)",
        };
        VEC(Statement) list = {};

        for (size_t i = 0; i < ELEMENTS(calls); i++) {
                Text json = TEXT_INIT((size_t) 64 << 20);

                registry_render(setup_registry(d->setup), (RegistryPart) i, &json);
                vec_push(&list, ((Statement){ .sql = calls[i], .json = text_take(&json) }));
        }
        for (size_t i = 0; i < setup_n_campaigns(d->setup); i++) {
                Text json = TEXT_INIT((size_t) 8 << 20);

                campaign_render(setup_campaign(d->setup, i), &json);
                vec_push(&list, ((Statement){ .sql = "select registry.load_campaign($1::jsonb)", .json = text_take(&json) }));
        }
        vec_push(&list, ((Statement){ .sql = "select ingest.make_partitions()", .json = NULL }));
        vec_push(&list, ((Statement){ .sql = "select ingest.retire($1::jsonb)", .json = render_retention(&setup_main(d->setup)->retention) }));
        d->prepare_at = loop_now_mono(d->loop) + USEC_DAY;
        recompute_prepare(d->recompute, list.items, list.len);
        VEC_EACH(s, &list)
                (void) xfree((void *) (uintptr_t) s->json);
        vec_done(&list);
}

/* ---- status ---- */

static size_t host_statuses(const Daemon *d, HostStatus **ret) {
        VEC(HostStatus) list = {};
        usec_t now = loop_now_mono(d->loop);
        const Host *h;

        for (size_t i = 0; hosts_walk(d->hosts, &i, &h);) {
                usec_t until = host_breaker_until(h);

                vec_push(&list, ((HostStatus){ .origin = host_origin(h), .breaker = host_breaker(h), .until = until > now ? until - now : 0, .certificate_until = host_certificate_until(h) }));
        }
        *ret = list.items;
        return list.len;
}

static void fill_status(Daemon *d, Status *s) {
        RecomputeStats recompute;

        *s = (Status){
                .version = THIDUAD_VERSION,
                .instance = setup_instance(d->setup),
                .now = loop_now_real(d->loop),
                .started_at = d->started_at,
                .loaded_at = d->loaded_at,
                .last_reload_error = d->reload_error,
        };
        s->n_streams = poller_status(d->poller, &s->streams);
        s->n_backfills = poller_backfills(d->poller, &s->backfills);
        s->n_hosts = host_statuses(d, &s->hosts);
        spool_stats(d->spool, &s->spool);
        s->spool.n_aside = spool_count_aside(d->spool);
        writer_stats(d->writer, &s->writer);
        recompute_stats(d->recompute, &recompute);
        s->recomputed_at = recompute.recomputed_at;
        s->n_recomputed = recompute.n_results;
        s->n_recompute_changed = recompute.n_changed;
        /* Before units and campaigns are there nothing is delivered: then what keeps them away is what keeps the figures in the spool. */
        if (recompute.is_failing && !d->is_database_ready) {
                s->writer.state = WRITER_WAITING;
                s->writer.last_failure = recompute.failure;
        }
        s->is_recompute_pending = !recompute_is_idle(d->recompute);
}

static void status_done(Status *s) {
        s->streams = xfree(s->streams);
        s->backfills = xfree(s->backfills);
        s->hosts = xfree(s->hosts);
}

/* A circuit that opens or closes is worth a word of its own: it stands behind the failures of every connector of that host. */
static void tell_breakers(Daemon *d) {
        const Host *h;

        for (size_t i = 0; hosts_walk(d->hosts, &i, &h);) {
                bool is_open = host_breaker(h) != BREAKER_CLOSED, was_open = map_has(d->open_hosts, bytes_of(host_origin(h)));

                if (is_open && !was_open) {
                        (void) map_put(d->open_hosts, bytes_of(host_origin(h)), d);
                        log_event(EV_BREAKER_OPEN, NULL, "\"%s\" failed several times in a row and is left alone for a while; one request will try it again", host_origin(h));
                } else if (!is_open && was_open) {
                        (void) map_take(d->open_hosts, bytes_of(host_origin(h)));
                        log_event(EV_BREAKER_CLOSED, NULL, "\"%s\" answers again", host_origin(h));
                }
        }
}

/* The line under "Status:" of systemctl; at most once a second. */
static void update_status_line(Daemon *d, usec_t now_mono) {
        _cleanup_(status_done) Status status = {};
        _cleanup_(text_done) Text line = TEXT_INIT(1024);

        if (d->status_at && now_mono < d->status_at + USEC_SEC)
                return;
        d->status_at = now_mono;
        tell_breakers(d);
        fill_status(d, &status);
        status_render_line(&status, setup_zone(d->setup), &line);
        notify_status(text_str(&line));
}

/* ---- the control socket ---- */

static void answer(HttpAnswer *ret, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void answer(HttpAnswer *ret, int status, const char *format, ...) {
        va_list ap;

        ret->status = status;
        ret->content_type = "text/plain; charset=utf-8";
        va_start(ap, format);
        (void) text_vprintf(&ret->body, format, ap);
        va_end(ap);
}

static void reload(Daemon *d);

/* How many streams the names mean; NULL in *ret_unknown, or the first name that means none. */
static size_t order_names(Daemon *d, const char *names, PollerOrder order, bool is_done, char **ret_unknown) {
        static const char between[] = " \t\r\n";
        size_t total = 0, n = 1;

        *ret_unknown = NULL;
        for (const char *at = names + strspn(names, between); n && *at; at += strspn(at, between)) {
                _free_ char *connector = bytes_dup((Bytes){ at, strcspn(at, between) }), *whole = xstrdup(connector);
                char *slash = strchr(connector, '/');

                at += strlen(whole);
                if (slash)
                        *slash = '\0';
                n = poller_order(d->poller, connector, slash ? slash + 1 : NULL, order, is_done);
                total += n;
                if (!n)
                        *ret_unknown = TAKE(whole);
        }
        return n ? total : 0;
}

/* Body: "CONNECTOR" or "CONNECTOR/STREAM", one or several. One that is not known: nothing is done. */
static void order_streams(Daemon *d, const char *path, Bytes body, HttpAnswer *ret) {
        static const char *const done[] = { [ORDER_RUN] = "polled now", [ORDER_PAUSE] = "paused", [ORDER_RESUME] = "resumed" };
        PollerOrder order = strcmp(path, "/run-now") == 0 ? ORDER_RUN : strcmp(path, "/pause") == 0 ? ORDER_PAUSE : ORDER_RESUME;
        _free_ char *names = bytes_dup(bytes_trim(body)), *unknown = NULL;
        size_t n = order_names(d, names, order, false, &unknown);

        if (n == 0) {
                answer(ret, 404, "no connector or stream is polled here by the name \"%s\"; \"thiduad status\" lists them\n", unknown ? unknown : "");
                return;
        }
        (void) order_names(d, names, order, true, &unknown);
        answer(ret, 200, "%zu stream%s %s\n", n, n == 1 ? "" : "s", done[order]);
        loop_poke(d->loop);
}

/* "connector[/stream] from to [unit]"; is_order: it is to begin, otherwise how far it is. */
static void answer_backfill(Daemon *d, Bytes body, const char *query, bool is_order, HttpAnswer *ret) {
        static const int statuses[] = { [BACKFILL_UNKNOWN] = 404, [BACKFILL_OVER] = 200, [BACKFILL_WAITING] = 203, [BACKFILL_RUNNING] = 202 };
        _free_ char *words = bytes_dup(bytes_trim(body));
        _cleanup_(text_done) Text why = TEXT_INIT(1024);
        char *part[4] = { words }, *slash;
        BackfillOrder order = {};

        for (size_t i = 1; i < ELEMENTS(part) && part[i - 1]; i++) {
                part[i] = strchr(part[i - 1], ' ');
                if (part[i])
                        *part[i]++ = '\0';
        }
        if (!part[2] || day_parse(bytes_of(part[1]), &order.from) < 0 || day_parse(bytes_of(part[2]), &order.to) < 0 || order.to < order.from) {
                answer(ret, 400, "a backfill wants a connector and two days, the first not behind the second\n");
                return;
        }
        slash = strchr(words, '/');
        if (slash)
                *slash++ = '\0';
        order.connector = words;
        order.stream = slash;
        order.unit = part[3];
        if (order.unit && !unit_by_slug(registry_units(setup_registry(d->setup)), order.unit))
                answer(ret, 400, "no unit \"%s\" in the unit tables\n", order.unit);
        else if (!is_order) {
                bool is_json = query && strstr(query, "format=json");

                ret->status = statuses[poller_backfill_state(d->poller, &order, loop_now_real(d->loop), is_json, &ret->body)];
                ret->content_type = is_json ? "application/json" : "text/plain; charset=utf-8";
        } else if (poller_backfill(d->poller, &order, loop_now_real(d->loop), &why) > 0)
                answer(ret, 200, "accepted\n");
        else
                answer(ret, why.len ? 400 : 404, "%s\n", why.len ? text_str(&why) : "no connector or stream of that name is polled here; \"thiduad status\" lists them");
        loop_poke(d->loop);
}

/* "colour=1&width=120" */
static unsigned width_in(const char *query) {
        const char *at = query ? strstr(query, "width=") : NULL;
        uint64_t width;

        return at && num_parse_u64((Bytes){ at + 6, strcspn(at + 6, "&") }, &width) == 0 && width <= 10000 ? (unsigned) width : 0;
}

static void answer_status(Daemon *d, const char *path, const char *query, HttpAnswer *ret) {
        _cleanup_(status_done) Status status = {};

        fill_status(d, &status);
        ret->status = 200;
        if (strcmp(path, "/metrics") == 0) {
                status.loop_delay_max = loop_delay_max(d->loop);        /* the peak since the last scrape */
                if (query && strstr(query, "format=text")) {
                        ret->content_type = "text/plain; version=0.0.4; charset=utf-8";
                        status_render_metrics_text(&status, &ret->body);
                } else {
                        ret->content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                        status_render_metrics(&status, &ret->body);
                }
        } else if (query && strstr(query, "format=json")) {
                ret->content_type = "application/json";
                status_render_json(&status, &ret->body);
        } else {
                ret->content_type = "text/plain; charset=utf-8";
                status_render_table(&status, query && strstr(query, "colour=1"), width_in(query), &ret->body);
        }
}

static void answer_ready(const Daemon *d, HttpAnswer *ret) {
        SpoolStats spool;

        spool_stats(d->spool, &spool);
        if (d->is_stopping)
                answer(ret, 503, "stopping\n");
        else if (!d->is_database_ready)
                answer(ret, 503, "the database is not ready\n");
        else if (spool.is_full)
                answer(ret, 503, "the spool is full\n");
        else
                answer(ret, 200, "ready\n");
}

static void on_http(void *userdata, bool is_control, const char *method, const char *path, const char *query, Bytes body, HttpAnswer *ret) {
        Daemon *d = userdata;
        bool is_get = strcmp(method, "GET") == 0;

        if (is_get && strcmp(path, "/-/healthy") == 0)
                answer(ret, 200, "healthy\n");
        else if (is_get && strcmp(path, "/-/ready") == 0)
                answer_ready(d, ret);
        else if (is_get && (strcmp(path, "/metrics") == 0 || (is_control && strcmp(path, "/status") == 0)))
                answer_status(d, path, query, ret);
        else if (is_control && !is_get && strcmp(path, "/reload") == 0) {
                reload(d);
                if (d->reload_error)
                        answer(ret, 422, "%s\n", d->reload_error);
                else
                        answer(ret, 200, "reloaded: %zu of %zu connectors changed\n", d->n_changed, setup_n_connectors(d->setup));
        } else if (is_control && !is_get && (strcmp(path, "/run-now") == 0 || strcmp(path, "/pause") == 0 || strcmp(path, "/resume") == 0))
                order_streams(d, path, body, ret);
        else if (is_control && !is_get && (strcmp(path, "/backfill") == 0 || strcmp(path, "/backfill/state") == 0))
                answer_backfill(d, body, query, strcmp(path, "/backfill") == 0, ret);
        else
                answer(ret, 404, "no such page\n");
}

/* ---- reload and stop ---- */

static void log_findings(const Diag *diag) {
        size_t n = diag_len(diag);

        for (size_t i = 0; i < n && i < FINDINGS_MAX; i++) {
                const Finding *f = diag_get(diag, i);

                if (f->severity == DIAG_ERROR)
                        log_event(EV_CONFIG_INVALID, NULL, "%s:%u:%u: %s", f->file, f->line, f->col, f->message);
        }
}

/* Connectors that are not the same any more, new ones, and those that are gone. The others go on as they were. */
static size_t count_changed(const Setup *old, const Setup *new) {
        size_t n = 0;

        for (size_t i = 0; i < setup_n_connectors(new); i++) {
                const Connector *now = setup_connector(new, i), *before = setup_find_connector(old, now->spec->connector);

                if (!before || !connector_is_same(before, now))
                        n++;
        }
        for (size_t i = 0; i < setup_n_connectors(old); i++)
                if (!setup_find_connector(new, setup_connector(old, i)->spec->connector))
                        n++;
        return n;
}

static void use_setup(Daemon *d, Setup *setup) {
        Setup *old = d->setup;

        d->n_changed = old ? count_changed(old, setup) : setup_n_connectors(setup);
        d->setup = setup;
        d->loaded_at = loop_now_real(d->loop);
        recompute_set_rhythm(d->recompute, setup_main(setup)->recompute.after, setup_main(setup)->recompute.every);
        poller_use(d->poller, setup, d->loaded_at);
        if (d->share)
                share_use(d->share, setup, d->loaded_at);
        prepare_database(d);
        (void) setup_unref(old);
}

static void reload(Daemon *d) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        Setup *setup = NULL;
        Text words = TEXT_INIT(4096);
        int r;

        notify_reloading(loop_now_mono(d->loop));
        r = setup_load(&setup, d->config_path, diag);
        d->reload_error = xfree(d->reload_error);
        if (r == 0) {
                use_setup(d, setup);
                log_event(EV_RELOADED, NULL, "configuration reloaded: %zu streams, %zu of %zu connectors changed", setup_n_streams(d->setup), d->n_changed,
                          setup_n_connectors(d->setup));
        } else {
                (void) text_printf(&words, "the new configuration has %zu error%s, the old one stays in force; see \"thiduad check\"", diag_errors(diag),
                                   diag_errors(diag) == 1 ? "" : "s");
                if (r < 0)
                        (void) text_printf(&words, " (%s)", err_story(r));
                log_findings(diag);
                d->reload_error = text_take(&words);
                log_event(EV_RELOAD_REFUSED, NULL, "%s", d->reload_error);
        }
        text_done(&words);
        notify_ready();
        loop_poke(d->loop);
}

static void stop(Daemon *d) {
        if (d->is_stopping) {
                loop_end(d->loop, d->exit_code);
                return;
        }
        d->is_stopping = true;
        d->stop_by = loop_now_mono(d->loop) + STOP_GRACE_SEC * USEC_SEC;
        log_event(EV_STOPPING, NULL, "stopping: no new runs, the spool is delivered as far as it goes in %d s", STOP_GRACE_SEC);
        notify_stopping();
        poller_drain(d->poller);
        loop_poke(d->loop);
}

static void on_signal(void *userdata, int signo) {
        Daemon *d = userdata;
        _cleanup_(status_done) Status status = {};
        _cleanup_(text_done) Text line = TEXT_INIT(1024);

        switch (signo) {
        case SIGHUP:
                reload(d);
                break;
        case SIGUSR1:
                fill_status(d, &status);
                status_render_line(&status, setup_zone(d->setup), &line);
                log_event(EV_STATUS, NULL, "%s", text_str(&line));
                break;
        default:
                stop(d);
        }
}

/* ---- the turn ---- */

static void sync_spool(Daemon *d) {
        int r;

        if (!spool_needs_sync(d->spool))
                return;
        r = spool_sync(d->spool);
        if (r < 0) {
                if (!d->is_spool_broken)
                        log_event(EV_SPOOL_BROKEN, NULL, "%s; what was polled is kept in memory and written again at the next turn", err_story(r));
                d->is_spool_broken = true;
                return;
        }
        d->is_spool_broken = false;
        writer_kick(d->writer);
}

static void on_work(void *userdata, usec_t now_mono, usec_t now_real) {
        Daemon *d = userdata;
        usec_t wake, at;

        if (now_mono >= d->poll_from)
                poller_step(d->poller, now_mono, now_real);
        sync_spool(d);
        if (now_mono >= d->prepare_at && !d->is_stopping)
                prepare_database(d);
        recompute_step(d->recompute, now_mono, now_real);
        update_status_line(d, now_mono);

        wake = now_mono >= d->poll_from ? poller_wake_at(d->poller, now_mono, now_real) : d->poll_from;
        at = recompute_wake_at(d->recompute);
        wake = at < wake ? at : wake;
        at = d->share ? share_step(d->share, now_mono, now_real) : USEC_NEVER;
        wake = at < wake ? at : wake;
        wake = d->prepare_at < wake ? d->prepare_at : wake;
        if (d->is_stopping) {
                bool is_done = poller_is_idle(d->poller) && writer_is_drained(d->writer);

                if (is_done || now_mono >= d->stop_by || (!d->is_database_ready && poller_is_idle(d->poller))) {
                        loop_end(d->loop, d->exit_code);
                        return;
                }
                wake = d->stop_by < wake ? d->stop_by : wake;
        }
        loop_wake_at(d->loop, wake);
}

static const LoopEvents loop_events = {
        .work = on_work,
        .signal = on_signal,
};

/* ---- start ---- */

static int open_spool(Daemon *d) {
        uint64_t repaired = 0;
        int r;

        r = spool_open(&d->spool, &setup_main(d->setup)->spool, &repaired);
        if (r < 0)
                return r;
        if (repaired)
                log_event(EV_SPOOL_REPAIRED, NULL, "%" PRIu64 " bytes of an unfinished record were cut from the spool: the run that wrote them is repeated", repaired);
        return cursors_read_spool(d->cursors, d->spool);
}

static int open_machines(Daemon *d) {
        const MainSpec *spec = setup_main(d->setup);
        PollerEnv env;
        int r;

        d->hosts = hosts_new();
        d->open_hosts = map_new(NULL);
        d->cursors = cursors_new();
        d->blocked = map_new(NULL);
        r = open_spool(d);
        if (r < 0)
                return r;
        r = curl_transport_new(&d->transport, &spec->http, loop_event(d->loop));
        if (r < 0)
                return r;
        r = writer_new(&d->writer, &spec->database, d->spool, loop_event(d->loop), &writer_events, d);
        if (r < 0)
                return r;
        writer_hold(d->writer, true);
        r = recompute_new(&d->recompute, spec->database.conninfo, loop_event(d->loop), &recompute_events, d);
        if (r < 0)
                return r;
        env = (PollerEnv){ .hosts = d->hosts, .transport = d->transport, .spool = d->spool, .cursors = d->cursors, .random = loop_random };
        d->poller = poller_new(&env);
        if (spec->shared)
                r = share_new(&d->share, d->setup, d->spool, d->poller, d->cursors, loop_event(d->loop));
        if (r < 0)
                return r;
        return http_server_new(&d->http, loop_event(d->loop), spec->control.socket, spec->control.listen, on_http, d);
}

static void close_machines(Daemon *d) {
        d->http = http_server_free(d->http);
        d->share = share_free(d->share);
        d->poller = poller_free(d->poller);
        if (d->spool && spool_needs_sync(d->spool))
                (void) spool_sync(d->spool);
        d->recompute = recompute_free(d->recompute);
        d->writer = writer_free(d->writer);
        d->transport = transport_free(d->transport);
        d->hosts = hosts_free(d->hosts);
        d->open_hosts = map_free(d->open_hosts);
        d->spool = spool_close(d->spool);
        d->cursors = cursors_free(d->cursors);
        d->blocked = map_free(d->blocked);
        d->setup = setup_unref(d->setup);
        d->loop = loop_free(d->loop);
        d->reload_error = xfree(d->reload_error);
}

static int load_first(Daemon *d) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        int r;

        r = setup_load(&d->setup, d->config_path, diag);
        log_findings(diag);
        if (r < 0) {
                log_event(EV_CONFIG_INVALID, NULL, "%s", err_story(r));
                return r == -ENOENT ? EX_NOINPUT : EX_CONFIG;
        }
        return r == 0 ? 0 : EX_CONFIG;
}

static int start(Daemon *d) {
        int r;

        r = loop_new(&d->loop, &loop_events, d);
        if (r < 0) {
                log_event(EV_CONFIG_INVALID, NULL, "%s", err_story(r));
                return EX_OSERR;
        }
        d->started_at = d->loaded_at = loop_now_real(d->loop);
        d->poll_from = loop_now_mono(d->loop) + MEMORY_WAIT_SEC * USEC_SEC;
        r = open_machines(d);
        if (r < 0) {
                log_event(EV_SPOOL_BROKEN, NULL, "cannot start: %s", err_story(r));
                return r == -EACCES || r == -EPERM ? EX_NOPERM : r == -EBUSY ? EX_TEMPFAIL : EX_CANTCREAT;
        }
        return 0;
}

int daemon_run(const char *config_path) {
        Daemon d = { .config_path = config_path };
        int r;

        loop_block_signals();
        log_event(EV_STARTED, NULL, "thiduad %s starts with %s", THIDUAD_VERSION, config_path);
        r = load_first(&d);
        if (r == 0)
                r = start(&d);
        if (r == 0) {
                use_setup(&d, setup_ref(d.setup));
                log_event(EV_READY, NULL, "ready: %zu streams of %zu connectors", setup_n_streams(d.setup), setup_n_connectors(d.setup));
                notify_ready();
                r = loop_run(d.loop);
                if (r < 0)
                        r = EX_SOFTWARE;
                log_event(EV_STOPPED, NULL, "stopped");
        }
        close_machines(&d);
        return r;
}

/* thiduad fetch: one run of a stream in the foreground: requests as they go, figures and rejects as they would be stored. Writes nothing. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json_out.h"
#include "fetch/recorder.h"
#include "fetch/replay.h"
#include "logout.h"
#include "loop.h"
#include "run.h"
#include "verbs/case.h"
#include "verbs/verb.h"

typedef struct FetchVerb {
        const VerbArgs *args;
        Loop *loop;
        Transport *transport;
        Logouts *logouts;
        const Connector *connector;
        Auth *auth;
        usec_t stop_by;                 /* monotonic: the run is over, and the session is being ended; 0: not yet */
        Run *run;
        bool is_json, is_first;
        Text out;
        Transport *recorder;            /* the same as transport, with --record */
        CaseOutcome outcome;            /* what the recorded case will be compared with */
        uint64_t n_samples, n_rejects;
        RunRecord record;
        Failure failure;
} FetchVerb;

static void print_sample_json(FetchVerb *f, const Sample *s) {
        _cleanup_(text_done) Text period = TEXT_INIT(128);
        JsonOut j = JSON_OUT(&f->out);

        period_render(&s->period, &period);
        json_object(&j);
        json_pair_str(&j, "metric", s->metric);
        json_pair_str(&j, "unit", s->unit);
        json_pair_str(&j, "period", text_str(&period));
        json_key(&j, "value");
        if (s->is_null)
                json_null(&j);
        else
                json_number(&j, s->value);
        if (s->observed_at) {
                _cleanup_(text_done) Text at = TEXT_INIT(64);

                usec_render_utc(s->observed_at, &at);
                json_pair_str(&j, "observed_at", text_str(&at));
        }
        if (s->quality.len) {
                json_key(&j, "quality");
                json_bytes(&j, s->quality);
        }
        if (s->evidence.len) {
                json_key(&j, "evidence");
                json_bytes(&j, s->evidence);
        }
        json_pair_int(&j, "request", s->request);
        json_pair_int(&j, "record", (int64_t) s->record);
        json_object_end(&j);
        (void) text_add_char(&f->out, '\n');
}

static void print_sample(FetchVerb *f, const Sample *s) {
        _cleanup_(text_done) Text period = TEXT_INIT(128);

        f->n_samples++;
        if (f->is_json) {
                print_sample_json(f, s);
                return;
        }
        period_render(&s->period, &period);
        (void) text_printf(&f->out, "%-28s %-26s %-16s %.*s%s%.*s\n", s->metric, s->unit, text_str(&period), (int) (s->is_null ? 4 : s->value.len),
                           s->is_null ? "null" : s->value.data, s->quality.len ? "  quality: " : "", (int) s->quality.len, s->quality.len ? s->quality.data : "");
}

static void print_reject(FetchVerb *f, const Reject *r) {
        f->n_rejects++;
        (void) fprintf(stderr, "reject: request %u record %" PRIu64 ": ", r->request, r->record);
        if (r->metric)
                (void) fprintf(stderr, "metric %s: ", r->metric);
        if (r->field.len)
                (void) fprintf(stderr, "field \"%.*s\": ", (int) r->field.len, r->field.data);
        (void) fprintf(stderr, "%s: %.*s\n", reject_reason_name(r->reason), (int) r->detail.len, r->detail.len ? r->detail.data : "");
}

static void flush(FetchVerb *f) {
        verb_print(&f->out);
        text_clear(&f->out);
}

static int print_parcel(void *userdata, Bytes parcel) {
        FetchVerb *f = userdata;
        _cleanup_(parcel_reader_freep) ParcelReader *reader = NULL;
        ParcelItem item;
        int r;

        r = parcel_reader_new(&reader, parcel);
        if (r < 0)
                return r;
        while ((r = parcel_next(reader, &item)) == 1) {
                if (f->recorder)
                        case_outcome_add(&f->outcome, &item);
                if (item.kind == PARCEL_SAMPLE && !f->args->is_raw)
                        print_sample(f, &item.sample);
                else if (item.kind == PARCEL_REJECT)
                        print_reject(f, &item.reject);
                if (f->out.len > 1 << 16)
                        flush(f);
        }
        flush(f);
        return r;
}

static void print_exchange(void *userdata, const FetchExchange *x, Bytes body) {
        FetchVerb *f = userdata;
        _cleanup_(text_done) Text request = TEXT_INIT(16384);

        if (f->args->is_quiet)
                return;
        http_request_render(x->request, &request);
        (void) fprintf(stderr, "> %.*s\n", (int) bytes_trim(text_bytes(&request)).len, text_str(&request));
        if (x->response)
                (void) fprintf(stderr, "< %d, %" PRIu64 " bytes, %" PRIu64 " ms\n", x->response->status, x->result->size, x->result->took / USEC_MSEC);
        else
                (void) fprintf(stderr, "< no answer: %s\n", x->result->story);
        if (f->args->is_raw)
                (void) fwrite(body.data, 1, body.len, stdout);
}

enum { LOGOUT_SEC = 3 };

static void log_out(FetchVerb *f, usec_t now_mono) {
        usec_t at;

        logouts_step(f->logouts, now_mono);
        if (logouts_are_done(f->logouts) || now_mono >= f->stop_by) {
                loop_end(f->loop, 0);
                return;
        }
        at = logouts_wake_at(f->logouts);
        loop_wake_at(f->loop, at < f->stop_by ? at : f->stop_by);
}

static void on_work(void *userdata, usec_t now_mono, usec_t now_real) {
        FetchVerb *f = userdata;
        RunStep step;

        if (f->stop_by) {
                log_out(f, now_mono);
                return;
        }
        step = run_step(f->run, now_mono, now_real);
        if (f->args->replay)
                while (step == RUN_WAIT && replay_step(f->transport, now_mono))
                        step = run_step(f->run, now_mono, now_real);
        if (step == RUN_DONE) {
                f->record = *run_record(f->run);
                f->stop_by = now_mono + LOGOUT_SEC * USEC_SEC;
                if (!f->args->replay)
                        logouts_add(f->logouts, f->connector->spec, f->auth, now_real);
                log_out(f, now_mono);
                return;
        }
        loop_wake_at(f->loop, run_wake_at(f->run));
}

static const LoopEvents loop_events = { .work = on_work };

static int summary(const FetchVerb *f) {
        const RunRecord *r = &f->record;

        if (!f->args->is_quiet)
                (void) fprintf(stderr, "%s: %" PRIu64 " requests, %" PRIu64 " pages, %" PRIu64 " records, %" PRIu64 " figures, %" PRIu64 " rejects, %" PRIu64 " left out; nothing was stored\n",
                               run_state_name(r->state), r->n_asks, r->n_pages, r->n_records, r->n_samples, r->n_rejects, r->n_left_out);
        if (r->checks && !f->args->is_quiet)
                (void) fprintf(stderr, "checks that the database would make, against what is known there: %s\n", r->checks);
        if (r->failure.class != FAILURE_NONE)
                (void) verb_fail(0, "%s", r->failure.story);
        if (r->state == RUN_FAILED)
                return r->failure.class == FAILURE_REPLY ? EX_DATAERR : r->failure.class == FAILURE_LOGIN ? EX_NOPERM : EX_UNAVAILABLE;
        return r->n_rejects || r->state == RUN_PARTIAL ? 1 : EX_OK;
}

/* Windows: all from --from to --to where they are given, otherwise those a first poll would ask for. */
static int read_range(const VerbArgs *args, const Stream *s, RunEnv *env) {
        env->only_from = s->spec->window.from;
        env->only_to = s->spec->window.to;
        env->is_backfill = args->from || args->to;
        if (args->from && day_parse(bytes_of(args->from), &env->only_from) < 0)
                return verb_fail(EX_USAGE, "--from wants a day as YYYY-MM-DD, not \"%s\"", args->from);
        if (args->to && day_parse(bytes_of(args->to), &env->only_to) < 0)
                return verb_fail(EX_USAGE, "--to wants a day as YYYY-MM-DD, not \"%s\"", args->to);
        return 0;
}

static int open_transport(FetchVerb *f, const Setup *setup) {
        int r;

        if (f->args->replay)
                return replay_transport_new(&f->transport, f->args->replay);
        r = curl_transport_new(&f->transport, &setup_main(setup)->http, loop_event(f->loop));
        if (r < 0 || !f->args->record)
                return r;
        r = dir_make(f->args->record, 0750);
        if (r < 0)
                return r;
        f->transport = f->recorder = recorder_new(f->transport, f->args->record);
        return 0;
}

/* The exchanges are there; now what they were asked for and what came of them. */
static int write_case(FetchVerb *f, const Stream *s, usec_t at) {
        _cleanup_(text_done) Text instant = TEXT_INIT(64);
        CaseSpec spec = {
                .stream = s->spec->name, .unit = (char *) (uintptr_t) f->args->unit,
                .from = (char *) (uintptr_t) f->args->from, .to = (char *) (uintptr_t) f->args->to,
        };
        int r = recorder_error(f->recorder);

        if (r < 0)
                return verb_fail(EX_IOERR, "cannot keep the exchanges in %s: %s", f->args->record, strerror(-r));
        usec_render_utc(at, &instant);
        spec.at = instant.data;
        case_outcome_end(&f->outcome, &f->record);
        r = case_write(f->args->record, &spec);
        if (r == 0)
                r = case_outcome_write(f->args->record, &f->outcome);
        if (r < 0)
                return verb_fail(EX_IOERR, "%s", err_story(r));
        if (!f->args->is_quiet)
                (void) fprintf(stderr, "%u exchanges are kept in %s: read what came of them (samples, rejects, outcome), then \"thiduad test\" holds it\n",
                               recorder_count(f->recorder), f->args->record);
        return 0;
}

static int fetch_stream(FetchVerb *f, Setup *setup, const Stream *s) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        _cleanup_(auth_freep) Auth *auth = NULL;
        RunEnv env = { .hosts = hosts, .instance = setup_instance(setup), .only_unit = f->args->unit, .deliver = print_parcel, .exchange = print_exchange, .userdata = f };
        usec_t at;
        int r;

        r = read_range(f->args, s, &env);
        if (r != 0)
                return r;
        r = loop_new(&f->loop, &loop_events, f);
        if (r < 0)
                return verb_fail(EX_OSERR, "%s", err_story(r));
        r = open_transport(f, setup);
        if (r < 0)
                return verb_fail(EX_NOINPUT, "%s", err_story(r));
        r = auth_new(&auth, &s->connector->spec->auth, s->connector->spec->base_url);
        if (r < 0)
                return verb_fail(EX_CONFIG, "%s", err_story(r));
        env.transport = f->transport;
        env.auth = f->auth = auth;
        f->connector = s->connector;
        f->logouts = logouts_new(hosts, f->transport);
        at = loop_now_real(f->loop);
        f->run = run_new(setup, s, at, &env, at);
        r = loop_run(f->loop);
        if (r == 0 && f->recorder)
                r = write_case(f, s, at);
        if (r == 0)
                r = summary(f);
        f->run = run_free(f->run);
        f->logouts = logouts_free(f->logouts);
        f->transport = transport_free(f->transport);
        return r;
}

/* Also of a connector that is not enabled: it is tried before the daemon polls it. */
static const Stream *find_stream(const Setup *setup, const char *connector, const char *stream) {
        for (size_t i = 0; i < setup_n_connectors(setup); i++) {
                const Connector *c = setup_connector(setup, i);

                for (size_t k = 0; strcmp(c->spec->connector, connector) == 0 && k < c->n_streams; k++)
                        if (!stream || strcmp(c->streams[k].spec->name, stream) == 0)
                                return &c->streams[k];
        }
        return NULL;
}

static int fetch_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        FetchVerb f = { .args = args, .out = TEXT_INIT((size_t) 16 << 20), .outcome = CASE_OUTCOME_INIT };
        char *slash, *name;
        const Stream *s;
        int r;

        if (args->n_words != 1)
                return verb_fail(EX_USAGE, "fetch wants one CONNECTOR or CONNECTOR/STREAM; see \"thiduad fetch --help\"");
        r = verb_format(args, "text", &f.is_json);
        if (r == 0)
                r = verb_load(args, &setup);
        if (r != 0)
                return r;
        name = args->words[0];
        slash = strchr(name, '/');
        if (slash)
                *slash = '\0';
        s = find_stream(setup, name, slash ? slash + 1 : NULL);
        if (!s)
                return verb_fail(EX_USAGE, "no connector \"%s\"%s%s", name, slash ? " with stream " : "", slash ? slash + 1 : "");
        if (!s->connector->spec->enabled && !args->is_quiet)
                (void) fprintf(stderr, "%s is not enabled: the daemon does not poll it\n", name);
        if (args->unit && !unit_by_slug(registry_units(setup_registry(setup)), args->unit))
                return verb_fail(EX_USAGE, "no unit \"%s\" in the unit tables", args->unit);
        if (args->record && s->format.is_withheld)
                return verb_fail(EX_USAGE, "%s/%s is confidential (secret fields or documents): its answers are not written to a file; write the case by hand with invented values", name, s->spec->name);
        r = fetch_stream(&f, setup, s);
        f.loop = loop_free(f.loop);
        text_done(&f.out);
        case_outcome_done(&f.outcome);
        return r;
}

const Verb verb_fetch = {
        .name = "fetch",
        .synopsis = "CONNECTOR[/STREAM] [--unit UNIT] [--from DAY --to DAY] [--dry-run] [--raw] [--replay FOLDER] [--record FOLDER]",
        .summary = "Polls a stream once and prints the figures and rejects that would be stored; writes nothing",
        .options = "config unit from to dry-run raw replay record format quiet",
        .help = "Requests and a summary go to standard error (secrets as ***), figures to standard output. Nothing is stored in any case;\n"
                "--dry-run says so for the reader of a script. A connector that is not enabled can be tried too.\n"
                "Exit code 0: all well, 1: rejects or a part failed, 65: the answer is not what the connector declares,\n"
                "69: unreachable, 77: the source refused the login.\n"
                "--record keeps the exchanges and what came of them as a test case; FOLDER is best connectors.d/CONNECTOR.tests/CASE, where\n"
                "\"thiduad test\" finds it. Tokens and secrets are not kept; personal data in the answers are: read the files before you pass them on.\n"
                "Answers of a confidential stream (secret fields or documents) are not recorded.\n\n"
                "Examples:\n  thiduad fetch vanban/ky-so --unit nt-so-noi-vu --dry-run\n  thiduad fetch dvcqg --from 2024-01-01 --to 2024-03-31 --format json\n"
                "  thiduad fetch motcua/ho-so --record /etc/thiduad/connectors.d/motcua.tests/thang-3 --from 2024-03-01 --to 2024-03-31\n",
        .main = fetch_main,
};

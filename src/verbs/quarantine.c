/* thiduad quarantine: records that could not become figures: look, try again, accept, or say that they are nothing. */

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/json_out.h"
#include "base/num.h"
#include "base/vec.h"
#include "observe/display.h"
#include "verbs/remap.h"
#include "verbs/terminal.h"

enum { PARAMS = 4 };

typedef struct WaitingRun {
        char run[37];
        char *connector, *stream, *asks, *rejects;
        usec_t stated_at;
} WaitingRun;

typedef struct Quarantine {
        const VerbArgs *args;
        Setup *setup;
        Pg *pg;
        Text ids;                       /* "{1,2}" */
        const char *connector;
        PgParam which[PARAMS];          /* numbers, connector, reason, unit */
        VEC(WaitingRun) runs;
        uint64_t n;
} Quarantine;

static void quarantine_done(Quarantine *q) {
        VEC_EACH(w, &q->runs) {
                (void) xfree(w->connector);
                (void) xfree(w->stream);
                (void) xfree(w->asks);
                (void) xfree(w->rejects);
        }
        vec_done(&q->runs);
        text_done(&q->ids);
        q->pg = pg_free(q->pg);
        q->setup = setup_unref(q->setup);
}

static PgParam param_of(const char *text) {
        return (PgParam){ .value = text ? bytes_of(text) : BYTES_NULL };
}

/* Words after list, retry, accept, drop: a connector, or numbers of rejects. */
static int read_which(Quarantine *q) {
        for (int i = 1; i < q->args->n_words; i++) {
                const char *word = q->args->words[i];
                uint64_t id;

                if (num_parse_u64(bytes_of(word), &id) == 0)
                        (void) text_printf(&q->ids, "%s%" PRIu64, q->ids.len ? "," : "{", id);
                else if (!q->connector)
                        q->connector = word;
                else
                        return verb_fail(EX_USAGE, "quarantine takes one connector, or numbers of rejects, not \"%s\"", word);
        }
        if (q->ids.len)
                (void) text_add_char(&q->ids, '}');
        q->which[0] = param_of(q->ids.len ? text_str(&q->ids) : NULL);
        q->which[1] = param_of(q->connector);
        q->which[2] = param_of(q->args->reason);
        q->which[3] = param_of(q->args->unit);
        return 0;
}

static void take_runs(void *userdata, const PgReply *reply) {
        Quarantine *q = userdata;

        for (size_t i = 0; reply->is_ok && i < reply->n_rows; i++) {
                WaitingRun w = {
                        .connector = xstrdup(pg_text(reply, i, 1)), .stream = xstrdup(pg_text(reply, i, 2)), .asks = xstrdup(pg_text(reply, i, 4)), .rejects = xstrdup(pg_text(reply, i, 5)),
                };

                (void) snprintf(w.run, sizeof(w.run), "%s", pg_text(reply, i, 0));
                (void) num_parse_u64(bytes_of(pg_text(reply, i, 3)), &w.stated_at);
                vec_push(&q->runs, w);
        }
}

static void take_count(void *userdata, const PgReply *reply) {
        const char *text = reply->is_ok ? pg_text(reply, 0, 0) : NULL;

        if (text)
                (void) num_parse_u64(bytes_of(text), userdata);
}

/* Adds how many were settled to *n. */
static int settle(Quarantine *q, const PgParam which[PARAMS], const char *outcome, const char *run, uint64_t *n) {
        const char *by = getlogin();
        PgParam params[PARAMS + 3] = { which[0], which[1], which[2], which[3], param_of(outcome), param_of(by ? by : setup_instance(q->setup)), param_of(run) };
        uint64_t settled = 0;
        int r;

        r = pg_run(q->pg, "select ingest.settle_rejects($1::bigint[], $2::text, $3::text, $4::text, $5::text, $6::text, $7::uuid, clock_timestamp())", params, ELEMENTS(params),
                   take_count, &settled);
        *n += settled;
        return r;
}

static int retry_run(Quarantine *q, Remap *m, const WaitingRun *w, uint64_t *n_settled) {
        const Stream *s = setup_find(q->setup, w->connector, w->stream);
        const RunRecord *last = &remap_result(m)->last;
        PgParam these[PARAMS] = { param_of(w->rejects) };
        int r;

        if (!s) {
                terminal_over();
                (void) fprintf(stderr, "%s/%s is not polled any more: its rejects stay\n", w->connector, w->stream);
                return 0;
        }
        r = remap_run(m, s, w->run, w->stated_at, w->asks);
        if (r < 0)
                return r;
        /* A part that could not be replayed may be that of the reject. */
        if (last->state != RUN_OK) {
                terminal_over();
                (void) fprintf(stderr, "the rejects of run %s stay: %s\n", w->run, last->failure.story[0] ? last->failure.story : "no reply of it is stored");
                return 0;
        }
        return q->args->is_dry ? 0 : settle(q, these, "retried", last->id, n_settled);
}

typedef struct Number {
        const char *key;
        uint64_t value;
} Number;

static bool is_json(const Quarantine *q) {
        return q->args->format && strcmp(q->args->format, "json") == 0;
}

static void print_numbers(const Number *numbers, size_t n) {
        _cleanup_(text_done) Text out = TEXT_INIT(4096);
        JsonOut j = JSON_OUT(&out);

        json_object(&j);
        for (size_t i = 0; i < n; i++)
                json_pair_int(&j, numbers[i].key, (int64_t) numbers[i].value);
        json_object_end(&j);
        (void) text_add_char(&out, '\n');
        verb_print(&out);
}

static int retry(Quarantine *q) {
        _cleanup_(remap_freep) Remap *m = NULL;
        const RemapResult *result;
        uint64_t n_settled = 0;
        int r;

        r = pg_run(q->pg, "select run, connector, stream, started_us, asks, rejects from ingest.quarantine_runs($1::bigint[], $2::text, $3::text, $4::text)", q->which, PARAMS,
                   take_runs, q);
        if (r >= 0)
                r = pg_run(q->pg, "select ingest.quarantine_count($1::bigint[], $2::text, $3::text, $4::text)", q->which, PARAMS, take_count, &q->n);
        if (r >= 0)
                r = remap_new(&m, q->pg, q->setup, "retry", q->args->is_dry);
        VEC_EACH(w, &q->runs)
                if (r >= 0) {
                        terminal_progress("runs mapped anew", (uint64_t) (w - q->runs.items), q->runs.len);
                        r = retry_run(q, m, w, &n_settled);
                }
        terminal_over();
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        result = remap_result(m);
        if (is_json(q))
                print_numbers((const Number[]){ { "rejects", q->n }, { "runs", result->n_runs }, { "figures", result->n_samples }, { "new_beliefs", result->n_new },
                                                { "settled", n_settled }, { "came_again", result->n_rejects } }, 6);
        else
                (void) printf("%" PRIu64 " rejects, %" PRIu64 " replies' runs mapped anew: %" PRIu64 " figures, %" PRIu64 " new beliefs; %" PRIu64 " rejects settled, %" PRIu64 " came again\n", q->n,
                      result->n_runs, result->n_samples, result->n_new, n_settled, result->n_rejects);
        return result->n_rejects || (!q->args->is_dry && n_settled < q->n) ? 1 : EX_OK;
}

static int drop(Quarantine *q) {
        uint64_t n = 0;
        int r;

        if (!q->ids.len && !q->connector && !q->args->reason && !q->args->unit)
                return verb_fail(EX_USAGE, "drop wants to be told which: numbers, a connector, --reason or --unit");
        r = settle(q, q->which, "dropped", NULL, &n);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        if (is_json(q))
                print_numbers((const Number[]){ { "dropped", n } }, 1);
        else
                (void) printf("%" PRIu64 " rejects dropped\n", n);
        return EX_OK;
}

static void take_accepted(void *userdata, const PgReply *reply) {
        uint64_t *counts = userdata;

        for (size_t i = 0; reply->is_ok && i < 3; i++)
                (void) num_parse_u64(bytes_of(pg_text(reply, 0, i)), &counts[i]);
}

static int accept_figures(Quarantine *q) {
        const char *by = getlogin();
        PgParam params[PARAMS + 1] = { q->which[0], q->which[1], q->which[2], q->which[3], param_of(by ? by : setup_instance(q->setup)) };
        uint64_t counts[3] = {};        /* accepted, overruled, without a figure */
        int r;

        if (!q->ids.len && !q->connector && !q->args->reason && !q->args->unit)
                return verb_fail(EX_USAGE, "accept wants to be told which: numbers, a connector, --reason or --unit");
        r = pg_run(q->pg, "select accepted, overruled, without_figure from ingest.accept_rejects($1::bigint[], $2::text, $3::text, $4::text, $5::text, clock_timestamp())", params,
                   ELEMENTS(params), take_accepted, counts);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        if (is_json(q))
                print_numbers((const Number[]){ { "accepted", counts[0] }, { "overruled", counts[1] }, { "without_figure", counts[2] } }, 3);
        else
                (void) printf("%" PRIu64 " figures accepted; %" PRIu64 " stay since the source has stated others meanwhile, %" PRIu64 " since no figure stands in them\n", counts[0], counts[1],
                              counts[2]);
        return counts[1] || counts[2] ? 1 : EX_OK;
}

static int list(Quarantine *q) {
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 64 << 20);
        const char *format = q->args->format ? q->args->format : "table";
        const char *params[] = { format, q->connector, q->args->reason, q->args->unit };
        int r;

        if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0 && strcmp(format, "csv") != 0)
                return verb_fail(EX_USAGE, "--format wants table, json or csv, not \"%s\"", format);
        r = verb_sql(q->setup, "select api_v1.render_quarantine($1::text, $2::text, $3::text, $4::text)", params, ELEMENTS(params), &text);
        if (r == 0 && !text.len && is_json(q))
                (void) text_add_str(&text, "[]\n");
        if (r == 0)
                verb_print(&text);
        return r;
}

/* What a source sent must not steer the terminal. */
static void take_lines(void *userdata, const PgReply *reply) {
        for (size_t i = 0; i < reply->n_rows; i++) {
                _cleanup_(text_done) Text clean = TEXT_INIT((size_t) 1 << 20);
                const char *what = pg_text(reply, i, 0), *words = pg_text(reply, i, 1);

                display_clean(bytes_of(words), &clean);
                (void) text_printf(userdata, "%-9s %s\n", what, text_str(&clean));
        }
}

static const char show_sql[] =
        "select what, words from api_v1.reject($1::bigint) j cross join lateral (values"
        " (1, 'number', j ->> 'reject_id'),"
        " (2, 'stream', concat_ws('/', j ->> 'connector', j ->> 'stream')),"
        " (3, 'reason', j ->> 'reason'),"
        " (4, 'field', j ->> 'field'),"
        " (5, 'code', j ->> 'unit_code' || coalesce(' in the code system ' || (j ->> 'system'), '')),"
        " (6, 'why', j ->> 'detail'),"
        " (7, 'record', format('%s of request %s of run %s', j ->> 'record_no', j ->> 'request_seq', j ->> 'run')),"
        " (8, 'request', j #>> '{request,method}' || ' ' || (j #>> '{request,url}') || coalesce(' answered with ' || (j #>> '{request,status}'), '')),"
        " (9, 'sent', j #>> '{request,sent_at}'),"
        " (10, 'reply', j #>> '{request,sha256}' || ' (SHA-256), ' || (j #>> '{request,size}') || ' bytes'),"
        " (11, 'waits', case when j ->> 'outcome' is null then 'yes: \"thiduad quarantine retry\" maps it anew, \"thiduad quarantine drop\" says that it is nothing' end),"
        " (12, 'settled', (j ->> 'outcome') || ' at ' || (j ->> 'settled_at') || ' by ' || (j ->> 'settled_by')),"
        " (13, 'content', j ->> 'excerpt')) as t (nth, what, words) where j is not null and words is not null order by nth";

static int show(const Quarantine *q) {
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 16 << 20);
        const char *params[] = { q->args->n_words == 2 ? q->args->words[1] : "" };
        uint64_t id;
        int r;

        if (num_parse_u64(bytes_of(params[0]), &id) < 0)
                return verb_fail(EX_USAGE, "show wants the number of one reject; \"thiduad quarantine list\" tells them");
        if (is_json(q))
                r = verb_sql(q->setup, "select jsonb_pretty(api_v1.reject($1::bigint)) || E'\\n'", params, 1, &text);
        else
                r = verb_sql_rows(q->setup, show_sql, params, 1, take_lines, &text);
        if (r != 0)
                return r;
        if (!text.len)
                return verb_fail(EX_DATAERR, "no reject has the number %s", params[0]);
        verb_print(&text);
        return EX_OK;
}

static int quarantine_main(const VerbArgs *args) {
        _cleanup_(quarantine_done) Quarantine q = { .args = args, .ids = TEXT_INIT(1 << 20) };
        const char *what = args->n_words ? args->words[0] : "list";
        bool is_list = strcmp(what, "list") == 0, is_retry = strcmp(what, "retry") == 0, is_drop = strcmp(what, "drop") == 0,
             is_accept = strcmp(what, "accept") == 0, is_json_wanted;
        int r;

        if (!is_list && !is_retry && !is_drop && !is_accept && strcmp(what, "show") != 0)
                return verb_fail(EX_USAGE, "quarantine wants one of list, show, retry, accept, drop; see \"thiduad quarantine --help\"");
        r = is_list ? 0 : verb_format(args, "table", &is_json_wanted);
        if (r == 0)
                r = verb_load(args, &q.setup);
        if (r == 0)
                r = read_which(&q);
        if (r != 0)
                return r;
        if (is_list)
                return list(&q);
        r = pg_new(&q.pg, setup_main(q.setup)->database.conninfo, "thiduad quarantine", NULL, NULL, NULL);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        return is_retry ? retry(&q) : is_accept ? accept_figures(&q) : is_drop ? drop(&q) : show(&q);
}

const Verb verb_quarantine = {
        .name = "quarantine",
        .synopsis = "list|show|retry|accept|drop [CONNECTOR | NUMBER...] [--reason REASON] [--unit CODE] [--dry-run] [--format table|json|csv]",
        .summary = "Records that could not become figures: looks at them, maps their replies anew, accepts or drops them",
        .options = "config format reason unit dry-run",
        .help = "list shows those that wait, with reason, code, request and record; show tells all about one.\n"
                "retry sends the stored replies they came in through today's mapping and code tables: what fits now becomes figures, what does not\n"
                "stands as a new reject. accept makes figures of those that a check of plausibility set aside, unless the source has\n"
                "stated something else since. drop says that they are nothing; they stay readable in api_v1.rejects, with who dropped them.\n\n"
                "Examples:\n  thiduad quarantine list motcua --reason unknown_unit\n  thiduad quarantine retry motcua\n  thiduad quarantine accept 16\n  thiduad quarantine drop 17 18\n",
        .main = quarantine_main,
};

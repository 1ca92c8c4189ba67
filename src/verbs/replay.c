/* thiduad replay: stored replies through today's mapping, as a new belief. */

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/json_out.h"
#include "base/num.h"
#include "base/vec.h"
#include "verbs/remap.h"
#include "verbs/terminal.h"

typedef struct OldRun {
        char run[37];
        char *stream;
        usec_t stated_at;
} OldRun;

typedef struct OldRuns {
        VEC(OldRun) list;
} OldRuns;

static void old_runs_done(OldRuns *runs) {
        VEC_EACH(old, &runs->list)
                (void) xfree(old->stream);
        vec_done(&runs->list);
}

static void take_runs(void *userdata, const PgReply *reply) {
        OldRuns *runs = userdata;

        for (size_t i = 0; reply->is_ok && i < reply->n_rows; i++) {
                OldRun old = { .stream = xstrdup(pg_text(reply, i, 1)) };

                (void) snprintf(old.run, sizeof(old.run), "%s", pg_text(reply, i, 0));
                (void) num_parse_u64(bytes_of(pg_text(reply, i, 2)), &old.stated_at);
                vec_push(&runs->list, old);
        }
}

static int find_runs(Pg *pg, const VerbArgs *args, const char *connector, const char *stream, OldRuns *ret) {
        PgParam params[] = {
                { .value = bytes_of(connector) }, { .value = stream ? bytes_of(stream) : BYTES_NULL }, { .value = bytes_of(args->from) }, { .value = bytes_of(args->to) },
        };

        return pg_run(pg, "select run, stream, started_us from ingest.stored_runs($1::text, $2::text, $3::date, $4::date)", params, ELEMENTS(params), take_runs, ret);
}

static int replay_all(Remap *m, Setup *setup, const char *connector, const OldRuns *runs) {
        VEC_EACH(old, &runs->list) {
                const Stream *s = setup_find(setup, connector, old->stream);
                const RunRecord *last = &remap_result(m)->last;
                int r;

                terminal_progress("runs replayed", (uint64_t) (old - runs->list.items), runs->list.len);
                if (!s)
                        continue;       /* a stream that is no longer polled */
                r = remap_run(m, s, old->run, old->stated_at, NULL);
                if (r < 0)
                        return r;
                if (last->failure.class == FAILURE_NONE)
                        continue;
                terminal_over();
                (void) fprintf(stderr, "run %s: %s\n", old->run, last->failure.story);
        }
        terminal_over();
        return 0;
}

static void print_json(const VerbArgs *args, const RemapResult *result) {
        _cleanup_(text_done) Text out = TEXT_INIT(4096);
        JsonOut j = JSON_OUT(&out);

        json_object(&j);
        json_pair_bool(&j, "is_dry_run", args->is_dry);
        json_pair_int(&j, "runs", (int64_t) result->n_runs);
        json_pair_int(&j, "runs_failed", (int64_t) result->n_failed);
        json_pair_int(&j, "figures", (int64_t) result->n_samples);
        json_pair_int(&j, "rejects", (int64_t) result->n_rejects);
        json_pair_int(&j, "new_beliefs", (int64_t) result->n_new);
        json_pair_int(&j, "believed_already", (int64_t) result->n_same);
        json_object_end(&j);
        (void) text_add_char(&out, '\n');
        verb_print(&out);
}

static void print_words(const VerbArgs *args, const RemapResult *result) {
        (void) printf("%" PRIu64 " runs replayed: %" PRIu64 " figures, %" PRIu64 " rejects; ", result->n_runs, result->n_samples, result->n_rejects);
        if (args->is_dry)
                (void) printf("nothing was stored\n");
        else
                (void) printf("%" PRIu64 " new beliefs, %" PRIu64 " as believed already\n", result->n_new, result->n_same);
}

static int summary(const VerbArgs *args, bool is_json, const RemapResult *result) {
        if (is_json)
                print_json(args, result);
        else
                print_words(args, result);
        if (result->n_failed)
                return verb_fail(1, "of %" PRIu64 " runs a part could not be replayed", result->n_failed);
        return result->n_rejects ? 1 : EX_OK;
}

static int replay_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(pg_freep) Pg *pg = NULL;
        _cleanup_(remap_freep) Remap *m = NULL;
        _cleanup_(old_runs_done) OldRuns runs = {};
        char *name = args->n_words == 1 ? args->words[0] : NULL, *slash = name ? strchr(name, '/') : NULL;
        bool is_json;
        Day day;
        int r;

        if (!name || !args->from || !args->to || day_parse(bytes_of(args->from), &day) < 0 || day_parse(bytes_of(args->to), &day) < 0)
                return verb_fail(EX_USAGE, "replay wants CONNECTOR, --from DAY and --to DAY as YYYY-MM-DD; see \"thiduad replay --help\"");
        r = verb_format(args, "text", &is_json);
        if (r == 0)
                r = verb_load(args, &setup);
        if (r != 0)
                return r;
        if (slash)
                *slash = '\0';
        if (!setup_find(setup, name, slash ? slash + 1 : NULL))
                return verb_fail(EX_USAGE, "no connector \"%s\"%s%s among the enabled ones", name, slash ? " with stream " : "", slash ? slash + 1 : "");
        r = pg_new(&pg, setup_main(setup)->database.conninfo, "thiduad replay", NULL, NULL, NULL);
        if (r >= 0)
                r = find_runs(pg, args, name, slash ? slash + 1 : NULL, &runs);
        if (r >= 0)
                r = remap_new(&m, pg, setup, "replay", args->is_dry);
        if (r >= 0)
                r = replay_all(m, setup, name, &runs);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        return summary(args, is_json, remap_result(m));
}

const Verb verb_replay = {
        .name = "replay",
        .synopsis = "CONNECTOR[/STREAM] --from DAY --to DAY [--dry-run] [--format text|json]",
        .summary = "Sends stored replies of those days through today's mapping, as a new belief",
        .options = "config from to dry-run format",
        .help = "For after a mapping was mended. The days are those on which the source was asked. Nothing is asked of the source, and nothing is\n"
                "overwritten: what comes out otherwise than before is believed from now on, and what was believed then stays readable.\n"
                "What the source stated later is not overruled by an older reply. Replies of confidential streams were never stored and cannot be replayed;\n"
                "each such run is named. Exit code 1: rejects, or a part could not be replayed.\n\n"
                "Example:\n  thiduad replay motcua --from 2024-01-01 --to 2024-12-31 --dry-run\n",
        .main = replay_main,
};

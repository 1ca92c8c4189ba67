/* thiduad recompute: computes a campaign from scratch, for any day and as known at any moment, and tells what differs from what was stored. */

#include <stdio.h>
#include <sysexits.h>

#include "base/vec.h"
#include "verbs/verb.h"

typedef struct Recomputing {
        const VerbArgs *args;
        const Setup *setup;
        VEC(char *) campaigns, days;
        bool is_json;
        Text out;
} Recomputing;

static void recomputing_done(Recomputing *w) {
        VEC_EACH(name, &w->campaigns)
                (void) xfree(*name);
        VEC_EACH(day, &w->days)
                (void) xfree(*day);
        vec_done(&w->campaigns);
        vec_done(&w->days);
        text_done(&w->out);
}

static void take_campaigns(void *userdata, const PgReply *reply) {
        Recomputing *w = userdata;

        for (size_t i = 0; i < reply->n_rows; i++) {
                vec_push(&w->campaigns, xstrdup(pg_text(reply, i, 0)));
                vec_push(&w->days, xstrdup(pg_text(reply, i, 1)));
        }
}

static void take_outcome(void *userdata, const PgReply *reply) {
        Recomputing *w = userdata;

        for (size_t i = 0; i < reply->n_rows; i++)
                (void) text_printf(&w->out, "%s%s", w->is_json && w->out.len > 1 ? ", " : "", pg_text(reply, i, 0));
}

/* Without a day: today, or the last day of a campaign that is over. */
static int find_campaigns(Recomputing *w) {
        const char *params[] = { w->args->campaign, w->args->as_of };

        return verb_sql_rows(w->setup,
                             "select campaign, coalesce($2::date, least((now() at time zone 'Asia/Ho_Chi_Minh')::date, to_on))::text from api_v1.campaigns"
                             " where $1::text is null or campaign = $1 order by campaign",
                             params, ELEMENTS(params), take_campaigns, w);
}

static int recompute_one(Recomputing *w, size_t i) {
        const char *params[] = { w->campaigns.items[i], w->days.items[i], w->args->known_at };
        _cleanup_(text_done) Text what = TEXT_INIT(1024);

        (void) text_printf(&what, "computing %s (%zu of %zu)", params[0], i + 1, w->campaigns.len);
        return verb_sql_long(w->setup, text_str(&what),
                             w->is_json ? "select to_jsonb(r)::text from comply.recompute($1, $2::date, $3::timestamptz) r" :
                             "select format(E'%s  as of %s  %s results, %s changed\\n', r.campaign, to_char(r.as_of, 'YYYY-MM-DD'), r.results, r.changed)"
                             " from comply.recompute($1, $2::date, $3::timestamptz) r",
                             params, ELEMENTS(params), take_outcome, w);
}

static int recompute_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(recomputing_done) Recomputing w = { .args = args, .out = TEXT_INIT((size_t) 1 << 20) };
        int r;

        r = verb_format(args, "text", &w.is_json);
        if (r == 0)
                r = verb_load(args, &setup);
        w.setup = setup;
        if (r == 0)
                r = find_campaigns(&w);
        if (r != 0)
                return r;
        if (!w.campaigns.len)
                return verb_fail(EX_DATAERR, args->campaign ? "no campaign \"%s\" is loaded" : "no campaign is loaded", args->campaign);
        if (w.is_json)
                (void) text_add_char(&w.out, '[');
        for (size_t i = 0; r == 0 && i < w.campaigns.len; i++)
                r = recompute_one(&w, i);
        if (r == 0 && w.is_json)
                (void) text_add_str(&w.out, "]\n");
        /* Those before one that failed are computed and stay so. */
        if (r == 0 || !w.is_json)
                verb_print(&w.out);
        return r;
}

const Verb verb_recompute = {
        .name = "recompute",
        .synopsis = "[--campaign NAME] [--as-of DAY] [--known-at INSTANT] [--format text|json]",
        .summary = "Computes every figure of a campaign from scratch and tells how many differ from the stored ones",
        .options = "config campaign as-of known-at format",
        .help = "The daemon computes by itself what new figures change; a computation from scratch gives the same rows, so \"0 changed\" is the normal answer.\n"
                "With --known-at only what was known at that moment is used.\n\n"
                "Examples:\n  thiduad recompute\n  thiduad recompute --campaign ninh-thuan-2024 --as-of 2024-06-30 --known-at 2024-07-15T08:00+07\n",
        .main = recompute_main,
};

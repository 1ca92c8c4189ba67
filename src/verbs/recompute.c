/* thiduad recompute: computes a campaign from scratch, for any day and as known at any moment, and tells what differs from what was stored. */

#include <sysexits.h>

#include "verbs/verb.h"

#define RECOMPUTED                                                                                                                                                   \
        " from api_v1.campaigns g"                                                                                                                                   \
        " cross join lateral comply.recompute(g.campaign, coalesce($2::date, least((now() at time zone 'Asia/Ho_Chi_Minh')::date, g.to_on)), $3::timestamptz) r"    \
        " where $1::text is null or g.campaign = $1"

static int recompute_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 1 << 20);
        const char *params[] = { args->campaign, args->as_of, args->known_at };
        bool is_json;
        int r;

        r = verb_format(args, "text", &is_json);
        if (r == 0)
                r = verb_load(args, &setup);
        if (r != 0)
                return r;
        /* Without a day: today, or the last day of a campaign that is over. */
        r = verb_sql(setup,
                     is_json ? "select jsonb_agg(to_jsonb(r) order by r.campaign)::text || E'\\n'" RECOMPUTED :
                     "select string_agg(format(E'%s  as of %s  %s results, %s changed\\n', r.campaign, to_char(r.as_of, 'YYYY-MM-DD'), r.results, r.changed), '' order by r.campaign)" RECOMPUTED,
                     params, ELEMENTS(params), &text);
        if (r != 0)
                return r;
        if (!text.len)
                return verb_fail(EX_DATAERR, args->campaign ? "no campaign \"%s\" is loaded" : "no campaign is loaded", args->campaign);
        verb_print(&text);
        return EX_OK;
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

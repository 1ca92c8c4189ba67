/* thiduad shortlist: checks a proposed list of collectives against the caps of the campaign and the dominance order. It proposes nobody. */

#include <sysexits.h>

#include "verbs/verb.h"

static int shortlist_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 1 << 20), units = TEXT_INIT(65536);
        const char *params[3] = { args->campaign, NULL, args->as_of };
        int r;

        if (!args->campaign || args->n_words < 1)
                return verb_fail(EX_USAGE, "shortlist wants --campaign NAME and the units that are proposed");
        for (int i = 0; i < args->n_words; i++)
                (void) text_printf(&units, "%s%s", i ? "," : "", args->words[i]);
        params[1] = text_str(&units);
        r = verb_load(args, &setup);
        if (r != 0)
                return r;
        r = verb_sql(setup,
                     "select string_agg(format(E'%s  %s  %s\\n', rpad(coalesce(s.unit, ''), 28), rpad(s.finding, 10), s.detail), '')"
                     " from api_v1.check_shortlist($1::text, string_to_array($2::text, ','), $3::date) s",
                     params, ELEMENTS(params), &text);
        if (r != 0)
                return r;
        verb_print(&text);
        return text.len ? EX_DATAERR : EX_OK;
}

const Verb verb_shortlist = {
        .name = "shortlist",
        .synopsis = "--campaign NAME [--as-of DAY] UNIT...",
        .summary = "Checks a proposed list of collectives: more than the campaign allows, or a better unit left out",
        .options = "config campaign as-of",
        .help = "A unit stands before another of its block only where it is nowhere worse and somewhere better; no weights are invented, and ties are told as ties.\n"
                "Nothing printed and exit code 0: nothing speaks against the list. Exit code 65: findings.\n\n"
                "Example:\n  thiduad shortlist --campaign ninh-thuan-2024 nt-so-tttt nt-vp-ubnd\n",
        .main = shortlist_main,
};

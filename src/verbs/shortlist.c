/* thiduad shortlist: checks a proposed list of collectives against the caps of the campaign and the dominance order. It proposes nobody. */

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "verbs/answer.h"

static const char sql_table[] = "select s.unit, s.finding, s.detail from api_v1.check_shortlist($1::text, string_to_array($2::text, ','), $3::date) s";
static const char sql_json[] =
        "select coalesce(jsonb_agg(to_jsonb(s)), '[]')::text || E'\\n' from api_v1.check_shortlist($1::text, string_to_array($2::text, ','), $3::date) s";

static const TableColumn columns[] = { { .head = "UNIT" }, { .head = "FINDING" }, { .head = "WHY" } };

static int shortlist_main(const VerbArgs *args) {
        static const Answer answer = { sql_table, sql_json, columns, ELEMENTS(columns), NULL };
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text units = TEXT_INIT(65536);
        const char *params[3] = { args->campaign, NULL, args->as_of };
        size_t rows = 0;
        int r;

        if (args->n_words < 1)
                return verb_fail(EX_USAGE, "shortlist wants the units that are proposed, such as: thiduad shortlist nt-so-tttt nt-vp-ubnd");
        for (int i = 0; i < args->n_words; i++)
                (void) text_printf(&units, "%s%s", i ? "," : "", args->words[i]);
        params[1] = text_str(&units);
        r = verb_load_main(args, &setup);
        if (r == 0)
                r = answer_print(&answer, args, setup, params, ELEMENTS(params), &rows);
        if (r != 0 || (args->format && strcmp(args->format, "json") == 0))
                return r;
        if (rows == 0)
                (void) printf("nothing speaks against this list\n");
        return rows ? EX_DATAERR : EX_OK;
}

const Verb verb_shortlist = {
        .name = "shortlist",
        .synopsis = "[--campaign NAME] [--as-of DAY] [--format table|json] UNIT...",
        .summary = "Checks a proposed list of collectives: more than the campaign allows, or a better unit left out",
        .options = "config campaign as-of format",
        .help = "A unit stands before another of its block only where it is nowhere worse and somewhere better; no weights are invented, and ties are told as ties.\n"
                "Exit code 65: the table says what speaks against the list. With JSON the exit code is 0 and the list of findings tells.\n\n"
                "Example:\n  thiduad shortlist --campaign ninh-thuan-2024 nt-so-tttt nt-vp-ubnd\n",
        .main = shortlist_main,
};

/* thiduad compliance: who meets which criterion, from api_v1; table, JSON or CSV are made by the database, so there is one definition of a row. */

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "verbs/verb.h"

static int compliance_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 256 << 20);
        const char *format = args->format ? args->format : "table";
        const char *params[] = { format, args->campaign, args->unit, args->level, args->criterion, args->as_of, args->known_at };
        int r;

        if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0 && strcmp(format, "csv") != 0)
                return verb_fail(EX_USAGE, "--format wants table, json or csv, not \"%s\"", format);
        r = verb_load_main(args, &setup);
        if (r != 0)
                return r;
        r = verb_sql(setup, "select api_v1.render_compliance($1::text, $2::text, $3::text, $4::text, $5::text, $6::date, $7::timestamptz)", params, ELEMENTS(params), &text);
        if (r != 0)
                return r;
        if (!text.len)
                return verb_fail(EX_DATAERR, "nothing of that kind: no campaign is loaded, or no unit, level or criterion of that name");
        verb_print(&text);
        return EX_OK;
}

const Verb verb_compliance = {
        .name = "compliance",
        .synopsis = "[--unit UNIT] [--level LEVEL] [--criterion ID] [--campaign NAME] [--as-of DAY] [--known-at INSTANT] [--format table|json|csv]",
        .summary = "Shows which unit meets which criterion, with numerator, denominator and target",
        .options = "config unit level criterion campaign as-of known-at format",
        .help = "Without --as-of the newest computed state is shown; with it, the state of that day is computed from what is known now, or was known at --known-at.\n\n"
                "Status words: met, not_met, on_track, at_risk, no_data (nothing was delivered, or the source says it has no figure), overdue (a figure owed for a\n"
                "closed period is missing), stale (the source's newest statement is too old), no_figure (the denominator is 0), no_target (the plan sets none for\n"
                "this row), not_applicable (with reason), disputed (the source flags its own figure).\n\n"
                "Examples:\n  thiduad compliance --level P\n  thiduad compliance --unit nt-so-noi-vu --format json\n  thiduad compliance --criterion III.3b --as-of 2024-06-30\n",
        .main = compliance_main,
};

/* thiduad explain: from a verdict down to the requests and payloads its figures came from. */

#include <sysexits.h>

#include "verbs/verb.h"

static int explain_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 64 << 20);
        const char *params[5];
        int r;

        if (args->n_words != 2)
                return verb_fail(EX_USAGE, "explain wants UNIT and CRITERION, such as: thiduad explain nt-so-noi-vu III.3b");
        params[0] = args->words[0];
        params[1] = args->words[1];
        params[2] = args->campaign;
        params[3] = args->as_of;
        params[4] = args->known_at;
        r = verb_load_main(args, &setup);
        if (r != 0)
                return r;
        r = verb_sql(setup, "select jsonb_pretty(api_v1.explain($1::text, $2::text, $3::text, $4::date, $5::timestamptz))", params, ELEMENTS(params), &text);
        if (r != 0)
                return r;
        if (!text.len)
                return verb_fail(EX_DATAERR, "no result of unit \"%s\" for criterion \"%s\"", args->words[0], args->words[1]);
        (void) text_add_char(&text, '\n');
        verb_print(&text);
        return EX_OK;
}

const Verb verb_explain = {
        .name = "explain",
        .synopsis = "UNIT CRITERION [--campaign NAME] [--as-of DAY] [--known-at INSTANT]",
        .summary = "Explains one verdict: rule, legal basis, figures, and the runs, requests and payloads they came from",
        .options = "config campaign as-of known-at",
        .help = "Example:\n  thiduad explain nt-so-noi-vu III.3b\n",
        .main = explain_main,
};

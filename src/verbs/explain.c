/* thiduad explain: from a verdict down to the requests and payloads its figures came from. */

#include <string.h>
#include <sysexits.h>

#include "verbs/verb.h"

static int explain_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 64 << 20);
        const char *format = args->format ? args->format : "text";
        const char *params[] = { format, args->n_words > 0 ? args->words[0] : NULL, args->n_words > 1 ? args->words[1] : NULL, args->campaign, args->as_of, args->known_at };
        int r;

        if (args->n_words != 2)
                return verb_fail(EX_USAGE, "explain wants UNIT and CRITERION, such as: thiduad explain nt-so-noi-vu III.3b");
        if (strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
                return verb_fail(EX_USAGE, "--format wants text or json, not \"%s\"", format);
        r = verb_load_main(args, &setup);
        if (r != 0)
                return r;
        r = verb_sql(setup, "select api_v1.render_explain($1::text, $2::text, $3::text, $4::text, $5::date, $6::timestamptz)", params, ELEMENTS(params), &text);
        if (r != 0)
                return r;
        if (!text.len)
                return verb_fail(EX_DATAERR, "no result of unit \"%s\" for criterion \"%s\"", args->words[0], args->words[1]);
        verb_print(&text);
        return EX_OK;
}

const Verb verb_explain = {
        .name = "explain",
        .synopsis = "UNIT CRITERION [--campaign NAME] [--as-of DAY] [--known-at INSTANT] [--format text|json]",
        .summary = "Explains one verdict: rule, legal basis, figures, and the runs, requests and payloads they came from",
        .options = "config campaign as-of known-at format",
        .help = "The unit of the province explains the figure of the province.\n\n"
                "Examples:\n  thiduad explain nt-so-noi-vu III.3b\n  thiduad explain nt-so-noi-vu III.3b --as-of 2024-06-30 --known-at 2024-07-15T08:00+07 --format json\n",
        .main = explain_main,
};

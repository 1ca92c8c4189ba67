/* thiduad rejects: records that could not become figures, with reason and place. */

#include <string.h>
#include <sysexits.h>

#include "verbs/verb.h"

static int rejects_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 64 << 20);
        const char *format = args->format ? args->format : "table";
        const char *params[] = { format, args->n_words ? args->words[0] : NULL };
        int r;

        if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
                return verb_fail(EX_USAGE, "--format wants table or json, not \"%s\"", format);
        r = verb_load(args, &setup);
        if (r != 0)
                return r;
        r = verb_sql(setup, "select api_v1.render_rejects($1::text, $2::text)", params, ELEMENTS(params), &text);
        if (r == 0)
                verb_print(&text);
        return r;
}

const Verb verb_rejects = {
        .name = "rejects",
        .synopsis = "[CONNECTOR] [--format table|json]",
        .summary = "Lists records that could not become figures: reason, code, request and record",
        .options = "config format",
        .help = "Example:\n  thiduad rejects motcua\n",
        .main = rejects_main,
};

/* thiduad units propose: units that sources speak of and the registry does not know, as CSV rows that an operator can accept. */

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "verbs/verb.h"

static const char sql_csv[] =
        "select E'# rows for a units-*.csv\\ncode,name,kind,level,parent_code,gso_code,valid_from,valid_to,note,dvcqg_id\\n' || string_agg(u.unit_row, E'\\n' order by u.system, u.unit_code)"
        " || E'\\n\\n# rows for a codes*.csv\\nsystem,code,unit,valid_from,valid_to,note\\n' || string_agg(u.code_row, E'\\n' order by u.system, u.unit_code) || E'\\n' from api_v1.unknown_units u";

static const char sql_json[] = "select coalesce(jsonb_agg(to_jsonb(u) order by u.system, u.unit_code), '[]')::text || E'\\n' from api_v1.unknown_units u";

static int units_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 16 << 20);
        bool is_json = args->format && strcmp(args->format, "json") == 0;
        int r;

        if (args->n_words != 1 || strcmp(args->words[0], "propose") != 0)
                return verb_fail(EX_USAGE, "units wants the word propose; see \"thiduad units --help\"");
        if (args->format && !is_json && strcmp(args->format, "csv") != 0)
                return verb_fail(EX_USAGE, "--format wants csv or json, not \"%s\"", args->format);
        r = verb_load(args, &setup);
        if (r != 0)
                return r;
        r = verb_sql(setup, is_json ? sql_json : sql_csv, NULL, 0, &text);
        if (r == 0 && text.len)
                verb_print(&text);
        else if (r == 0)
                (void) printf("no source speaks of a unit that the registry does not know\n");
        return r;
}

const Verb verb_units = {
        .name = "units",
        .synopsis = "propose [--format csv|json]",
        .summary = "Lists units that sources speak of and the registry does not know, as CSV rows ready to be accepted",
        .options = "config format",
        .help = "Nothing is added by itself: whoever accepts a row puts it into a file of the units folder, fills in what is empty, and reloads. Records refused before\n"
                "come in with the next poll.\n\n"
                "Example:\n  thiduad units propose\n",
        .main = units_main,
};

/* thiduad db init|upgrade|check: the schema of the database against the scripts of this program. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/json_out.h"
#include "store/migrate.h"
#include "verbs/terminal.h"
#include "verbs/verb.h"

static void tell(void *userdata, const char *line) {
        JsonOut *j = userdata;

        terminal_over();
        if (j)
                json_str(j, line);
        else
                (void) printf("%s\n", line);
}

static void tell_working(void *userdata _unused_, const char *script, size_t nth, size_t n, unsigned seconds) {
        terminal_line("script %zu of %zu: %s, %u s", nth, n, script, seconds);
}

static void print_state(bool is_json, bool is_current, const char *words) {
        _cleanup_(text_done) Text out = TEXT_INIT(65536);
        JsonOut j = JSON_OUT(&out);

        if (!is_json) {
                (void) printf("%s\n", words);
                return;
        }
        json_object(&j);
        json_pair_bool(&j, "is_current", is_current);
        json_pair_str(&j, "words", words);
        json_object_end(&j);
        (void) text_add_char(&out, '\n');
        verb_print(&out);
}

/* What was done before something failed is told too. */
static int apply(const char *conninfo, const char *sql_dir, bool is_init, bool is_json) {
        _cleanup_(text_done) Text out = TEXT_INIT(1 << 20);
        static const MigrateEvents events = { .done = tell, .working = tell_working };
        JsonOut j = JSON_OUT(&out);
        int r;

        json_object(&j);
        json_key(&j, "steps");
        json_array(&j);
        r = migrate_apply(conninfo, sql_dir, is_init, &events, is_json ? &j : NULL);
        terminal_over();
        json_array_end(&j);
        json_pair_bool(&j, "is_done", r >= 0);
        json_object_end(&j);
        (void) text_add_char(&out, '\n');
        if (is_json)
                verb_print(&out);
        return r < 0 ? verb_fail(EX_UNAVAILABLE, "%s", err_story(r)) : EX_OK;
}

static int check(const char *conninfo, const char *sql_dir, bool is_json) {
        _cleanup_(text_done) Text words = TEXT_INIT(4096);
        MigrateState state;
        int r;

        r = migrate_state(conninfo, sql_dir, &state, &words);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        print_state(is_json, state == MIGRATE_CURRENT, text_str(&words));
        return state == MIGRATE_CURRENT ? EX_OK : EX_CONFIG;
}

static int db_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        const char *what = args->n_words == 1 ? args->words[0] : "", *conninfo, *sql_dir;
        bool is_json;
        int r;

        if (strcmp(what, "init") != 0 && strcmp(what, "upgrade") != 0 && strcmp(what, "check") != 0)
                return verb_fail(EX_USAGE, "db wants one of init, upgrade, check; see \"thiduad db --help\"");
        r = verb_format(args, "text", &is_json);
        if (r == 0)
                r = verb_load_main(args, &setup);
        if (r != 0)
                return r;
        conninfo = setup_main(setup)->database.conninfo;
        sql_dir = setup_sql_dir(setup);
        if (strcmp(what, "check") == 0)
                return check(conninfo, sql_dir, is_json);
        return apply(conninfo, sql_dir, strcmp(what, "init") == 0, is_json);
}

const Verb verb_db = {
        .name = "db",
        .synopsis = "init|upgrade|check [--config FILE] [--format text|json]",
        .summary = "Makes, upgrades or checks the schema of the database",
        .options = "config format",
        .help = "init wants a database without the schema, and a role that may create schemas and, unless the DBA made them before, the roles thidua_owner,\n"
                "thidua_writer and thidua_reader. upgrade applies what is new. check tells the state; exit code 0: current, 78: not.\n"
                "The daemon never changes the schema by itself. A DBA who prefers psql runs sql/install.sql.\n\n"
                "Example:\n  thiduad db init\n",
        .main = db_main,
};

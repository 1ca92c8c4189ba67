/* thiduad db init|upgrade|check: the schema of the database against the scripts of this program. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "store/migrate.h"
#include "verbs/verb.h"

static void tell(void *userdata _unused_, const char *line) {
        (void) printf("%s\n", line);
}

static int check(const char *conninfo, const char *sql_dir) {
        _cleanup_(text_done) Text words = TEXT_INIT(4096);
        MigrateState state;
        int r;

        r = migrate_state(conninfo, sql_dir, &state, &words);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        (void) printf("%s\n", text_str(&words));
        return state == MIGRATE_CURRENT ? EX_OK : EX_CONFIG;
}

static int db_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        const char *what = args->n_words == 1 ? args->words[0] : "", *conninfo, *sql_dir;
        int r;

        if (strcmp(what, "init") != 0 && strcmp(what, "upgrade") != 0 && strcmp(what, "check") != 0)
                return verb_fail(EX_USAGE, "db wants one of init, upgrade, check; see \"thiduad db --help\"");
        r = verb_load_main(args, &setup);
        if (r != 0)
                return r;
        conninfo = setup_main(setup)->database.conninfo;
        sql_dir = setup_sql_dir(setup);
        if (strcmp(what, "check") == 0)
                return check(conninfo, sql_dir);
        r = migrate_apply(conninfo, sql_dir, strcmp(what, "init") == 0, tell, NULL);
        if (r < 0)
                return verb_fail(EX_UNAVAILABLE, "%s", err_story(r));
        return EX_OK;
}

const Verb verb_db = {
        .name = "db",
        .synopsis = "init|upgrade|check [--config FILE]",
        .summary = "Makes, upgrades or checks the schema of the database",
        .options = "config",
        .help = "init wants a database without the schema, and a role that may create schemas and, unless the DBA made them before, the roles thidua_owner,\n"
                "thidua_writer and thidua_reader. upgrade applies what is new. check tells the state; exit code 0: current, 78: not.\n"
                "The daemon never changes the schema by itself. A DBA who prefers psql runs sql/install.sql.\n\n"
                "Example:\n  thiduad db init\n",
        .main = db_main,
};

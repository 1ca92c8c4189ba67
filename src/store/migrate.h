/* The schema of the database against the scripts in sql/: check, make, upgrade. Blocking: for the verb. The daemon never changes the schema. */
#pragma once

#include "base/bytes.h"

typedef enum MigrateState {
        MIGRATE_MISSING,        /* no schema of this program */
        MIGRATE_OLD,            /* scripts of this program have not been applied */
        MIGRATE_CURRENT,
        MIGRATE_CHANGED,        /* a script that was applied has another content now */
        MIGRATE_NEWER,          /* the database knows scripts that this program does not have */
} MigrateState;

/* Words for people in ret_words. 0, or -errno with a note: no connection, no scripts. */
int migrate_state(const char *conninfo, const char *sql_dir, MigrateState *ret, Text *ret_words);

typedef struct MigrateEvents {
        void (*done)(void *userdata, const char *line);         /* what was done, in words */
        /* Script number nth of n is being applied since so many seconds: when it begins, and then about once a second. */
        void (*working)(void *userdata, const char *script, size_t nth, size_t n, unsigned seconds);
} MigrateEvents;

/* Applies what is missing: each script of once/ in a transaction of its own with its row in meta.applied, then all of always/ in one. must_be_new: refuses a database that
 * has the schema (init). 0 or -errno with a note that names script and message. */
int migrate_apply(const char *conninfo, const char *sql_dir, bool must_be_new, const MigrateEvents *events, void *userdata);

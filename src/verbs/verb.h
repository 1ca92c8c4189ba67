/* Verbs: one file each; the table in verb.c finds them and prints the help. Exit codes follow sysexits. */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"
#include "setup.h"
#include "store/pg.h"

/* Options that all verbs understand; each verb reads the ones its row names. */
typedef struct VerbArgs {
        const char *config;             /* --config FILE */
        const char *format;             /* --format table|text|json|csv */
        const char *unit, *level, *criterion, *campaign, *as_of, *known_at, *from, *to, *replay, *record, *reason;
        bool is_dry, is_raw, is_update, is_strict, has_colour, is_quiet;
        char **words;                   /* what is not an option */
        int n_words;
} VerbArgs;

typedef struct Verb {
        const char *name;
        const char *synopsis;           /* after the name */
        const char *summary;            /* one line */
        const char *options;            /* names of the options it takes, space-separated */
        const char *help;               /* a few lines, with examples */
        int (*main)(const VerbArgs *args);
} Verb;

extern const Verb verb_run, verb_check, verb_fetch, verb_test, verb_status, verb_run_now, verb_pause, verb_resume, verb_reload, verb_db, verb_compliance, verb_explain, verb_quarantine, verb_replay, verb_schema, verb_verify,
        verb_recompute, verb_review, verb_outlook, verb_shortlist, verb_units, verb_parcels;
extern const Verb verb_doctor, verb_init, verb_backfill;

/* The whole of main(): finds the verb, reads options, runs it. */
int verb_main(int argc, char **argv);

/* Shared by the verbs. */
int verb_fail(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));     /* prints "thiduad: ..." to standard error, returns exit_code */
int verb_no_config(const char *path, int r);            /* the main file cannot be read: says what to do, returns the exit code */
int verb_check_day(const char *what, const char *text); /* 0: a day as YYYY-MM-DD or NULL; else the exit code after a message */
int verb_load_main(const VerbArgs *args, Setup **ret); /* the main file alone */
int verb_load(const VerbArgs *args, Setup **ret);      /* findings on standard error; 0 or the exit code */
int verb_sql(const Setup *setup, const char *sql, const char *const *params, size_t n, Text *ret_single);       /* one text cell; 0 or the exit code */
int verb_sql_rows(const Setup *setup, const char *sql, const char *const *params, size_t n, void (*rows)(void *userdata, const PgReply *reply), void *userdata);
/* The same, with the seconds it takes on the terminal as "WHAT: 3 s". */
int verb_sql_long(const Setup *setup, const char *what, const char *sql, const char *const *params, size_t n, void (*rows)(void *userdata, const PgReply *reply), void *userdata);
/* Reads --format of a verb that has two: words for people (`words` is their name) and json. 0, or the exit code after a message. */
int verb_format(const VerbArgs *args, const char *words, bool *ret_is_json);
void verb_print(const Text *text);                      /* to standard output */

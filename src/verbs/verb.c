/* The table of verbs, their options and help. */

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "calendar/zone.h"
#include "config/source.h"
#include "store/pg.h"
#include "verbs/terminal.h"
#include "verbs/verb.h"

#define DEFAULT_CONFIG THIDUAD_SYSCONF_DIR "/thiduad.yaml"

static const Verb *const verbs[] = {
        &verb_init, &verb_doctor,
        &verb_run, &verb_check, &verb_fetch, &verb_test, &verb_status, &verb_run_now, &verb_pause, &verb_resume, &verb_backfill, &verb_reload,
        &verb_db, &verb_compliance, &verb_explain, &verb_outlook, &verb_review, &verb_recompute, &verb_shortlist, &verb_units,
        &verb_quarantine, &verb_parcels, &verb_replay, &verb_verify, &verb_schema, NULL,
};

typedef struct OptionHelp {
        const char *name;
        const char *argument;
        const char *help;
} OptionHelp;

/* In the order of the struct option table below. */
static const OptionHelp option_helps[] = {
        { "config", "FILE", "main configuration file (default " DEFAULT_CONFIG ", or $THIDUAD_CONFIG)" },
        { "format", "FORM", "form of the output: table, text, json or csv, as the verb offers" },
        { "unit", "UNIT", "only this unit (slug of the registry, such as nt-so-noi-vu)" },
        { "level", "LEVEL", "only units of this level of the campaign (such as P, H, X, M)" },
        { "criterion", "ID", "only this criterion (such as III.3b)" },
        { "campaign", "NAME", "this campaign (default: the only one, or the newest)" },
        { "as-of", "DAY", "as of this day, YYYY-MM-DD" },
        { "known-at", "INSTANT", "with what was known at this moment" },
        { "from", "DAY", "first day, YYYY-MM-DD" },
        { "to", "DAY", "last day, YYYY-MM-DD" },
        { "replay", "FOLDER", "answer from recorded exchanges instead of the network" },
        { "record", "FOLDER", "keep the exchanges in this folder as a test case" },
        { "reason", "REASON", "only rejects with this reason (such as unknown_unit)" },
        { "dry-run", NULL, "write nothing" },
        { "raw", NULL, "print the answers as they came" },
        { "update", NULL, "write down what came as what is expected from now on" },
        { "strict", NULL, "warnings count as errors" },
        { "quiet", NULL, "print only what is asked for" },
        { "help", NULL, "print this help" },
};

static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },     { "format", required_argument, NULL, 'f' },
        { "unit", required_argument, NULL, 'u' },       { "level", required_argument, NULL, 'l' },
        { "criterion", required_argument, NULL, 'r' },  { "campaign", required_argument, NULL, 'C' },
        { "as-of", required_argument, NULL, 'a' },      { "known-at", required_argument, NULL, 'k' },
        { "from", required_argument, NULL, 'F' },       { "to", required_argument, NULL, 'T' },
        { "replay", required_argument, NULL, 'p' },     { "record", required_argument, NULL, 'd' },
        { "reason", required_argument, NULL, 'R' },
        { "dry-run", no_argument, NULL, 'n' },          { "raw", no_argument, NULL, 'w' },
        { "update", no_argument, NULL, 'U' },           { "strict", no_argument, NULL, 's' },           { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },             {},
};

int verb_fail(int exit_code, const char *format, ...) {
        va_list ap;

        terminal_over();
        (void) fputs("thiduad: ", stderr);
        va_start(ap, format);
        (void) vfprintf(stderr, format, ap);
        va_end(ap);
        (void) fputc('\n', stderr);
        return exit_code;
}

int verb_check_day(const char *what, const char *text) {
        Day day;

        if (!text || day_parse(bytes_of(text), &day) >= 0)
                return 0;
        return verb_fail(EX_USAGE, "%s wants a day as YYYY-MM-DD, not \"%s\"", what, text);
}

int verb_format(const VerbArgs *args, const char *words, bool *ret_is_json) {
        *ret_is_json = args->format && strcmp(args->format, "json") == 0;
        if (!args->format || *ret_is_json || strcmp(args->format, words) == 0)
                return 0;
        return verb_fail(EX_USAGE, "--format wants %s or json, not \"%s\"", words, args->format);
}

void verb_print(const Text *text) {
        (void) fwrite(text_str(text), 1, text->len, stdout);
        (void) fflush(stdout);
}

static void print_findings(const Diag *diag) {
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 16 << 20);

        diag_render(diag, &text);
        (void) fwrite(text_str(&text), 1, text.len, stderr);
}

int verb_no_config(const char *path, int r) {
        if (r == -ENOENT)
                return verb_fail(EX_NOINPUT, "%s; \"thiduad init FOLDER\" writes one, --config FILE or $THIDUAD_CONFIG names another", err_story(r));
        if (r == -EACCES)
                return verb_fail(EX_NOPERM, "%s; run as root, or as the user of the daemon: runuser -u thiduad -- thiduad ...", err_story(r));
        if (r == -EISDIR)
                return verb_fail(EX_CONFIG, "%s; --config wants the main file, such as %s/thiduad.yaml", err_story(r), path);
        return verb_fail(EX_CONFIG, "%s", err_story(r));
}

static int load_by(const VerbArgs *args, Setup **ret, int (*load)(Setup **ret, const char *path, Diag *diag)) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        int r;

        r = load(ret, args->config, diag);
        if (r == 0)
                return 0;
        print_findings(diag);
        if (r < 0)
                return verb_no_config(args->config, r);
        return verb_fail(EX_CONFIG, "the configuration has %zu error%s", diag_errors(diag), diag_errors(diag) == 1 ? "" : "s");
}

int verb_load(const VerbArgs *args, Setup **ret) {
        return load_by(args, ret, setup_load);
}

int verb_load_main(const VerbArgs *args, Setup **ret) {
        return load_by(args, ret, setup_load_main);
}

typedef struct Question {
        void (*rows)(void *userdata, const PgReply *reply);
        void *userdata;
        Failure failure;
} Question;

static void take_reply(void *userdata, const PgReply *reply) {
        Question *q = userdata;

        q->failure = reply->failure;
        if (reply->is_ok)
                q->rows(q->userdata, reply);
}

int verb_sql_long(const Setup *setup, const char *what, const char *sql, const char *const *params, size_t n, void (*rows)(void *userdata, const PgReply *reply), void *userdata) {
        _cleanup_(pg_freep) Pg *pg = NULL;
        PgParam list[8] = {};
        Question question = { .rows = rows, .userdata = userdata };
        const char *sqlstate = question.failure.sqlstate;
        int r;

        for (size_t i = 0; i < n && i < ELEMENTS(list); i++)
                list[i].value = bytes_of(params[i]);
        r = pg_new(&pg, setup_main(setup)->database.conninfo, "thiduad", NULL, NULL, NULL);
        if (r >= 0 && what)
                terminal_waits(pg, what);
        if (r >= 0)
                r = pg_run(pg, sql, list, n, take_reply, &question);
        terminal_over();
        if (r >= 0)
                return 0;
        if (strncmp(sqlstate, "3F", 2) == 0 || strcmp(sqlstate, "42P01") == 0 || strcmp(sqlstate, "42883") == 0)
                return verb_fail(EX_UNAVAILABLE, "the database has no thiduad schema, or an old one (%s): run \"thiduad db init\" or \"thiduad db upgrade\"", err_story(r));
        if (strcmp(sqlstate, "42501") == 0)
                return verb_fail(EX_NOPERM, "%s", err_story(r));
        /* Data exceptions: what was asked for is wrong, not the database. */
        return verb_fail(strncmp(sqlstate, "22", 2) == 0 ? EX_DATAERR : EX_UNAVAILABLE, "%s", err_story(r));
}

int verb_sql_rows(const Setup *setup, const char *sql, const char *const *params, size_t n, void (*rows)(void *userdata, const PgReply *reply), void *userdata) {
        return verb_sql_long(setup, NULL, sql, params, n, rows, userdata);
}

static void take_cell(void *userdata, const PgReply *reply) {
        const char *text = reply->n_rows ? pg_text(reply, 0, 0) : NULL;

        if (text && userdata)
                (void) text_add_str(userdata, text);
}

int verb_sql(const Setup *setup, const char *sql, const char *const *params, size_t n, Text *ret_single) {
        return verb_sql_rows(setup, sql, params, n, take_cell, ret_single);
}

/* ---- help ---- */

static bool takes_option(const Verb *v, const char *name) {
        size_t len = strlen(name);

        for (const char *p = v->options; (p = strstr(p, name)); p += len)
                if ((p == v->options || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
                        return true;
        return false;
}

static void print_option(const OptionHelp *o) {
        char left[48];

        (void) snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
        (void) printf("  %-22s %s\n", left, o->help);
}

static int print_verb_help(const Verb *v) {
        (void) printf("thiduad %s %s\n\n%s.\n\n", v->name, v->synopsis, v->summary);
        if (v->help)
                (void) printf("%s\n", v->help);
        (void) printf("Options:\n");
        for (size_t i = 0; i < ELEMENTS(option_helps); i++)
                if (takes_option(v, option_helps[i].name) || strcmp(option_helps[i].name, "config") == 0 || strcmp(option_helps[i].name, "help") == 0)
                        print_option(&option_helps[i]);
        return EX_OK;
}

static int print_help(void) {
        (void) printf("thiduad measures units against the targets of emulation campaigns, from data polled over HTTP and kept in PostgreSQL.\n\n"
                      "  thiduad VERB [OPTION...]\n\nVerbs:\n");
        for (const Verb *const *v = verbs; *v; v++)
                (void) printf("  %-12s %s\n", (*v)->name, (*v)->summary);
        (void) printf("\n\"thiduad VERB --help\" tells more, with examples. See also thiduad(8).\n");
        return EX_OK;
}

/* ---- main ---- */

static const Verb *find_verb(const char *name) {
        for (const Verb *const *v = verbs; *v; v++)
                if (strcmp((*v)->name, name) == 0)
                        return *v;
        return NULL;
}

static void take_option(VerbArgs *args, int c) {
        switch (c) {
        case 'c': args->config = optarg; break;
        case 'f': args->format = optarg; break;
        case 'u': args->unit = optarg; break;
        case 'l': args->level = optarg; break;
        case 'r': args->criterion = optarg; break;
        case 'C': args->campaign = optarg; break;
        case 'a': args->as_of = optarg; break;
        case 'k': args->known_at = optarg; break;
        case 'F': args->from = optarg; break;
        case 'T': args->to = optarg; break;
        case 'p': args->replay = optarg; break;
        case 'd': args->record = optarg; break;
        case 'R': args->reason = optarg; break;
        case 'n': args->is_dry = true; break;
        case 'w': args->is_raw = true; break;
        case 'U': args->is_update = true; break;
        case 's': args->is_strict = true; break;
        case 'q': args->is_quiet = true; break;
        default: break;
        }
}

/* 0, -1: help was asked for, or an exit code. */
static int read_options(const Verb *v, int argc, char **argv, VerbArgs *args) {
        int c, index = 0;

        opterr = 0;
        while ((c = getopt_long(argc, argv, "c:hnq", options, &index)) != -1) {
                if (c == 'h')
                        return -1;
                if (c == '?')
                        return verb_fail(EX_USAGE, "%s: unknown option or missing value \"%s\"; see \"thiduad %s --help\"", v->name, argv[optind - 1], v->name);
                for (const struct option *o = options; o->name; o++)
                        if (o->val == c && c != 'c' && !takes_option(v, o->name))
                                return verb_fail(EX_USAGE, "%s does not take --%s; see \"thiduad %s --help\"", v->name, o->name, v->name);
                take_option(args, c);
        }
        args->words = argv + optind;
        args->n_words = argc - optind;
        c = verb_check_day("--as-of", args->as_of);
        if (c == 0)
                c = verb_check_day("--from", args->from);
        return c == 0 ? verb_check_day("--to", args->to) : c;
}

int verb_main(int argc, char **argv) {
        const char *name = argc > 1 ? argv[1] : "--help";
        const char *env = env_get("THIDUAD_CONFIG");
        VerbArgs args = { .config = env ? env : DEFAULT_CONFIG };
        const Verb *v;
        int r;

        if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0 || strcmp(name, "-h") == 0)
                return print_help();
        if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
                (void) printf("thiduad %s\n", THIDUAD_VERSION);
                return EX_OK;
        }
        v = find_verb(name);
        if (!v)
                return verb_fail(EX_USAGE, "no verb \"%s\"; \"thiduad --help\" lists them", name);
        args.has_colour = terminal_has_colour();
        r = read_options(v, argc - 1, argv + 1, &args);
        if (r < 0)
                return print_verb_help(v);
        if (r > 0)
                return r;
        secrets_stay_inside();
        log_open(LOG_AUTO, LOG_INFO);
        return v->main(&args);
}

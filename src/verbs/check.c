/* thiduad check: every finding in the configuration, in one pass, without side effects. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "verbs/verb.h"

static void print_count(const char *before, size_t n, const char *what) {
        (void) printf("%s%zu %s%s", before, n, what, n == 1 ? "" : "s");
}

static void print_counts(const Setup *setup, const Diag *diag) {
        if (setup) {
                print_count("", setup_n_connectors(setup), "connector");
                print_count(", ", setup_n_streams(setup), "stream");
                print_count(", ", setup_n_campaigns(setup), "campaign");
                print_count(", ", unit_table_len(registry_units(setup_registry(setup))), "unit");
                (void) printf(": ");
        }
        print_count("", diag_errors(diag), "error");
        print_count(", ", diag_warnings(diag), "warning");
        (void) printf("\n");
}

static int check_main(const VerbArgs *args) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 16 << 20);
        bool is_json, is_bad;
        int r;

        r = verb_format(args, "text", &is_json);
        if (r != 0)
                return r;
        r = setup_load(&setup, args->config, diag);
        if (r < 0)
                return verb_no_config(args->config, r);
        is_bad = diag_errors(diag) || (args->is_strict && diag_warnings(diag));
        if (is_json)
                diag_render_json(diag, &text);
        else
                diag_render(diag, &text);
        verb_print(&text);
        if (!is_json && !args->is_quiet)
                print_counts(setup, diag);
        return is_bad ? EX_CONFIG : EX_OK;
}

const Verb verb_check = {
        .name = "check",
        .synopsis = "[--config FILE] [--strict] [--format text|json]",
        .summary = "Checks all configuration and prints every finding as file:line:col: message",
        .options = "config strict format quiet",
        .help = "Exit code 0: no errors, 78: errors, 66: no main file. Nothing is connected to and nothing is written.\n\n"
                "Example:\n  thiduad check --config /etc/thiduad/thiduad.yaml\n",
        .main = check_main,
};

/* thiduad backfill: has the running daemon ask for past windows, and shows how far it is. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/err.h"
#include "observe/http.h"
#include "verbs/verb.h"

enum { LINES_MAX = 64 * 1024 };

static int ask(const char *socket, const char *path, const Text *order, int *ret_status, Text *ret) {
        int r;

        text_clear(ret);
        r = http_control_request(socket, "POST", path, text_bytes(order), ret_status, ret);
        if (r == -ENOENT || r == -ECONNREFUSED)
                return verb_fail(EX_UNAVAILABLE, "no daemon answers at %s: is it running? (systemctl status thiduad)", socket);
        if (r == -EACCES)
                return verb_fail(EX_NOPERM, "no right to talk to the daemon at %s: run as root or as a member of its group", socket);
        return r < 0 ? verb_fail(EX_IOERR, "%s", err_story(r)) : 0;
}

/* Each state once: a line that has not changed says nothing. */
static void show(const VerbArgs *args, const Text *lines, Text *shown) {
        if (args->is_quiet || bytes_equal(text_bytes(lines), text_bytes(shown)))
                return;
        (void) fwrite(text_str(lines), 1, lines->len, stderr);
        text_clear(shown);
        (void) text_add(shown, text_bytes(lines));
}

/* What it came to: the lines, or their JSON. */
static int print_state(const char *socket, const Text *order, bool is_json, Text *lines) {
        int r, status = 0;

        if (is_json) {
                r = ask(socket, "/backfill/state?format=json", order, &status, lines);
                if (r != 0)
                        return r;
        }
        verb_print(lines);
        return 0;
}

static int watch(const VerbArgs *args, const char *socket, const Text *order, bool is_json) {
        _cleanup_(text_done) Text lines = TEXT_INIT(LINES_MAX), shown = TEXT_INIT(LINES_MAX);
        const struct timespec pause = { .tv_nsec = 300 * 1000 * 1000 };
        int r, status = 0;

        for (;;) {
                r = ask(socket, "/backfill/state", order, &status, &lines);
                if (r != 0)
                        return r;
                show(args, &lines, &shown);
                if (status == 200)
                        return print_state(socket, order, is_json, &lines);
                if (status == 203) {
                        r = print_state(socket, order, is_json, &lines);
                        return r ? r : verb_fail(1, "some windows failed; the daemon asks for them again by itself, and after a restart too");
                }
                if (status != 202)
                        return verb_fail(EX_UNAVAILABLE, "the daemon knows nothing of this backfill any more: give the order again, it goes on where it was");
                (void) nanosleep(&pause, NULL);
        }
}

static int backfill_main(const VerbArgs *args) {
        _cleanup_(text_done) Text order = TEXT_INIT(4096), answer = TEXT_INIT(LINES_MAX);
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        int r, status = 0;
        bool is_json;

        if (args->n_words != 1 || !args->from || !args->to)
                return verb_fail(EX_USAGE, "backfill wants one CONNECTOR or CONNECTOR/STREAM, --from DAY and --to DAY; see \"thiduad backfill --help\"");
        r = verb_format(args, "text", &is_json);
        if (r == 0)
                r = verb_check_day("--from", args->from);
        if (r == 0)
                r = verb_check_day("--to", args->to);
        if (r == 0)
                r = verb_load_main(args, &setup);
        if (r != 0)
                return r;
        (void) text_printf(&order, "%s %s %s%s%s", args->words[0], args->from, args->to, args->unit ? " " : "", args->unit ? args->unit : "");
        r = ask(setup_main(setup)->control.socket, "/backfill", &order, &status, &answer);
        if (r != 0)
                return r;
        if (status != 200)
                return verb_fail(EX_USAGE, "%.*s", (int) bytes_trim(text_bytes(&answer)).len, text_str(&answer));
        return watch(args, setup_main(setup)->control.socket, &order, is_json);
}

const Verb verb_backfill = {
        .name = "backfill",
        .synopsis = "CONNECTOR[/STREAM] --from DAY --to DAY [--unit UNIT]",
        .summary = "Has the daemon ask for past windows of a connector once, besides its schedule, and shows how far it is",
        .options = "config from to unit format quiet",
        .help = "One window a run, oldest first, within the same budget of the host as every other poll. A window that fails does not hold up those behind it; it is\n"
                "asked for again, after a pause that grows to an hour, until all came. How far it is stands in the database: a daemon that is started again goes on\n"
                "there. Progress goes to standard error; interrupting this command does not stop the daemon, and the same command again shows the progress again.\n"
                "\"thiduad status\" shows it too, and \"thiduad pause CONNECTOR\" holds it up as well. What comes again unchanged is confirmed, what the source has corrected since is kept as a newer\n"
                "statement. Exit code 0: all came, 1: some windows failed and are asked for again.\n\n"
                "Examples:\n  thiduad backfill vanban --from 2024-01-01 --to 2024-12-31\n  thiduad backfill dvcqg/ho-so --from 2024-01-01 --to 2024-03-31 --unit nt-so-noi-vu\n",
        .main = backfill_main,
};

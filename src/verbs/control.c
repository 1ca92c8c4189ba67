/* Verbs that talk to the running daemon over its Unix socket: status, run-now, pause, resume, reload. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/json_out.h"
#include "observe/http.h"
#include "verbs/terminal.h"
#include "verbs/verb.h"

static int ask(const VerbArgs *args, const char *method, const char *path, Bytes body, Text *ret, int *ret_status) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        const char *socket;
        int r;

        r = verb_load_main(args, &setup);
        if (r != 0)
                return r;
        socket = setup_main(setup)->control.socket;
        r = http_control_request(socket, method, path, body, ret_status, ret);
        if (r == -ENOENT || r == -ECONNREFUSED)
                return verb_fail(EX_UNAVAILABLE, "no daemon answers at %s: is it running? (systemctl status thiduad)", socket);
        if (r == -EACCES)
                return verb_fail(EX_NOPERM, "no right to talk to the daemon at %s: run as root or as a member of its group", socket);
        return r < 0 ? verb_fail(EX_IOERR, "%s", err_story(r)) : 0;
}

static int status_main(const VerbArgs *args) {
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 64 << 20);
        char path[64];
        bool is_json;
        int r, status = 0;

        r = verb_format(args, "table", &is_json);
        (void) snprintf(path, sizeof(path), "/status?colour=%d&width=%u", args->has_colour, terminal_width());
        if (r == 0)
                r = ask(args, "GET", is_json ? "/status?format=json" : path, BYTES_NULL, &text, &status);
        if (r != 0)
                return r;
        verb_print(&text);
        return status == 200 ? EX_OK : EX_UNAVAILABLE;
}

static void print_outcome(bool is_done, Bytes words) {
        _cleanup_(text_done) Text out = TEXT_INIT(262144);
        JsonOut j = JSON_OUT(&out);

        json_object(&j);
        json_pair_bool(&j, "is_done", is_done);
        json_key(&j, "words");
        json_bytes(&j, words);
        json_object_end(&j);
        (void) text_add_char(&out, '\n');
        verb_print(&out);
}

static int order(const VerbArgs *args, const char *path, bool wants_name) {
        _cleanup_(text_done) Text text = TEXT_INIT(65536), names = TEXT_INIT(HTTP_BODY_MAX);
        bool is_json;
        int r, status = 0;

        r = verb_format(args, "text", &is_json);
        if (r != 0)
                return r;
        if (wants_name && args->n_words == 0)
                return verb_fail(EX_USAGE, "name a CONNECTOR or CONNECTOR/STREAM, or several; \"thiduad status\" lists them");
        for (int i = 0; wants_name && i < args->n_words; i++)
                (void) text_printf(&names, "%s%s", i ? "\n" : "", args->words[i]);
        if (names.is_full)
                return verb_fail(EX_USAGE, "these are too many names at once: name connectors instead of their streams, or some at a time");
        r = ask(args, "POST", path, text_bytes(&names), &text, &status);
        if (r != 0)
                return r;
        if (is_json)
                print_outcome(status == 200, bytes_trim(text_bytes(&text)));
        if (status != 200)
                return verb_fail(status == 404 ? EX_USAGE : EX_CONFIG, "%.*s", (int) bytes_trim(text_bytes(&text)).len, text_str(&text));
        if (!is_json)
                verb_print(&text);
        return EX_OK;
}

static int run_now_main(const VerbArgs *args) {
        return order(args, "/run-now", true);
}

static int pause_main(const VerbArgs *args) {
        return order(args, "/pause", true);
}

static int resume_main(const VerbArgs *args) {
        return order(args, "/resume", true);
}

static int reload_main(const VerbArgs *args) {
        return order(args, "/reload", false);
}

const Verb verb_status = {
        .name = "status",
        .synopsis = "[--format table|json]",
        .summary = "Shows what the running daemon is doing: streams, last success, next run, trouble, spool and database",
        .options = "config format",
        .help = "Examples:\n  thiduad status\n  thiduad status --format json\n",
        .main = status_main,
};

const Verb verb_run_now = {
        .name = "run-now",
        .synopsis = "CONNECTOR[/STREAM]... [--format text|json]",
        .summary = "Polls connectors or streams of them now, besides their schedule",
        .options = "config format",
        .help = "One name that is not known: nothing is polled.\n\nExamples:\n  thiduad run-now vanban/ky-so\n  thiduad run-now vanban/ky-so dvcqg\n",
        .main = run_now_main,
};

const Verb verb_pause = {
        .name = "pause",
        .synopsis = "CONNECTOR[/STREAM]... [--format text|json]",
        .summary = "Stops polling connectors or streams until they are resumed or the daemon starts anew",
        .options = "config format",
        .help = "Example:\n  thiduad pause opendata\n",
        .main = pause_main,
};

const Verb verb_resume = {
        .name = "resume",
        .synopsis = "CONNECTOR[/STREAM]... [--format text|json]",
        .summary = "Polls paused connectors or streams again",
        .options = "config format",
        .help = "Example:\n  thiduad resume opendata\n",
        .main = resume_main,
};

const Verb verb_reload = {
        .name = "reload",
        .synopsis = "[--format text|json]",
        .summary = "Makes the daemon read its configuration again; a bad one is refused and the old one stays",
        .options = "config format",
        .help = "Example:\n  thiduad reload\n",
        .main = reload_main,
};

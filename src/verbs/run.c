/* thiduad run: the daemon in the foreground, as systemd wants it. */

#include "daemon.h"
#include "verbs/verb.h"

static int run_main(const VerbArgs *args) {
        return daemon_run(args->config);
}

const Verb verb_run = {
        .name = "run",
        .synopsis = "[--config FILE]",
        .summary = "Polls the source systems, stores their figures and computes compliance, until it is stopped",
        .options = "config",
        .help = "Runs in the foreground; SIGHUP reloads the configuration, SIGTERM stops without loss, SIGUSR1 writes the state to the journal.\n"
                "It starts without the database or the sources: what is polled waits in the spool.\n\n"
                "Example:\n  thiduad run --config /etc/thiduad/thiduad.yaml\n",
        .main = run_main,
};

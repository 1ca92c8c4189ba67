/* Daemon: owns the machines and joins them. Starts degraded, reloads by validate-then-swap, drains when it stops. */
#pragma once

/* Runs until SIGTERM or SIGINT. The exit code (sysexits). */
int daemon_run(const char *config_path);

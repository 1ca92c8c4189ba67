/* What the program knows of itself at one moment, as a value; rendered as a table, as JSON, as the STATUS=
 * line and as OpenMetrics. The daemon fills it by asking every machine. */
#pragma once

#include "base/usec.h"
#include "calendar/zone.h"
#include "fetch/manners.h"
#include "store/spool.h"
#include "store/writer.h"

typedef struct StreamStatus {
        const char *connector, *stream, *title;
        const char *state; /* ok, partial, failed, running, waiting (never ran), paused */
        usec_t last_attempt_at, last_success_at, next_at,
                        running_since; /* wall clock; 0: never or not. next_at USEC_NEVER: no slot will come
                                        */
        uint64_t n_runs, n_runs_failed, n_samples, n_rejects, n_skipped; /* since start, but: */
        uint64_t last_samples, last_rejects;                             /* of the last run */
        uint64_t n_behind;         /* units that were not read as far as the stream */
        const char *trouble;       /* words of the last failure; NULL: none */
        const char *failure_class; /* NULL: none */
        int http_status;           /* of the last failure; 0 */
        usec_t token_expires_at;   /* 0: no token */
        usec_t credential_until;   /* when the connector's credential ends that only an operator can renew; 0: it does not say */
} StreamStatus;

typedef struct HostStatus {
        const char *origin;
        BreakerState breaker;
        usec_t until; /* how long from now an open circuit stays open */
        usec_t certificate_until; /* wall clock; 0: none was seen */
} HostStatus;

/* Past windows that were ordered and have not all come. */
typedef struct BackfillStatus {
        const char *connector, *stream;
        const char *unit; /* NULL: all */
        const char *state; /* running, waiting (asked again later, or paused), over */
        Day from, to;
        uint64_t n_windows, n_windows_done, n_windows_failed; /* failed: in this pass */
        uint64_t n_samples, n_rejects;                        /* since the daemon or the order began */
        const char *trouble; /* words of the last window that failed; NULL: none */
} BackfillStatus;

typedef struct Status {
        const char *version;
        const char *instance;
        usec_t now, started_at, loaded_at;
        const char *last_reload_error; /* NULL: the configuration on disk is the one that runs */
        StreamStatus *streams;         /* those of one connector stand together */
        size_t n_streams;
        BackfillStatus *backfills;
        size_t n_backfills;
        HostStatus *hosts;
        size_t n_hosts;
        SpoolStats spool;
        WriterStats writer;
        usec_t recomputed_at;
        uint64_t n_recomputed, n_recompute_changed;
        bool is_recompute_pending; /* figures came that are not computed yet */
        usec_t loop_delay_max;     /* since the last time it was asked */
} Status;

/* For people: how many connectors are well, one row a stream with its trouble in words beneath, then the
 * database, the spool and the hosts in trouble. width: columns of the terminal; 0: as wide as it gets. */
void status_render_table(const Status *s, bool with_colour, unsigned width, Text *ret);
/* One object; instants as RFC 3339 in UTC, null for never. Keys are only ever added. */
void status_render_json(const Status *s, Text *ret);
/* The member "backfills" of that object by itself. */
void status_render_backfills(const BackfillStatus *list, size_t n, Text *ret);
/* "41 connectors ok, 2 failing (vanban: 401, lgsp: timeout), spool 0 B, next 10:15"; clock times in the zone.
 */
void status_render_line(const Status *s, const Zone *zone, Text *ret);
/* OpenMetrics 1.0, in metrics.c. */
void status_render_metrics(const Status *s, Text *ret);
/* The same in the older Prometheus text format 0.0.4, which knows neither units nor statesets. */
void status_render_metrics_text(const Status *s, Text *ret);

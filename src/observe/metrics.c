/* Metrics: the single list of metric names, and OpenMetrics 1.0 text from it. Names and meanings only ever
 * grow: dashboards and alerts hang on them. */

#include <string.h>

#include "observe/status.h"

typedef enum MetricKind {
        METRIC_COUNTER,
        METRIC_GAUGE,
        METRIC_SECONDS, /* gauge: a span in microseconds */
        METRIC_INSTANT, /* gauge: seconds since the epoch; left out for never */
        METRIC_AGE,     /* gauge: seconds since an instant; left out for never */
} MetricKind;

typedef struct Metric {
        const char *name; /* of the family; samples of a counter end in _total */
        MetricKind kind;
        size_t offset; /* of a uint64_t in the struct the table is for */
        const char *help;
} Metric;

static const Metric stream_metrics[] = {
        { "thiduad_stream_last_attempt_timestamp_seconds", METRIC_INSTANT,
                        offsetof(StreamStatus, last_attempt_at), "When the last run of the stream began." },
        { "thiduad_stream_last_success_timestamp_seconds", METRIC_INSTANT,
                        offsetof(StreamStatus, last_success_at),
                        "When the stream last ran without failure." },
        { "thiduad_stream_lag_seconds", METRIC_AGE, offsetof(StreamStatus, last_success_at),
                        "Time since the stream last ran without failure." },
        { "thiduad_stream_next_run_timestamp_seconds", METRIC_INSTANT, offsetof(StreamStatus, next_at),
                        "When the stream runs next." },
        { "thiduad_stream_runs", METRIC_COUNTER, offsetof(StreamStatus, n_runs), "Runs that ended." },
        { "thiduad_stream_runs_failed", METRIC_COUNTER, offsetof(StreamStatus, n_runs_failed),
                        "Runs that failed, wholly or in part." },
        { "thiduad_stream_samples", METRIC_COUNTER, offsetof(StreamStatus, n_samples),
                        "Figures that were read." },
        { "thiduad_stream_rejects", METRIC_COUNTER, offsetof(StreamStatus, n_rejects),
                        "Records that could not become figures." },
        { "thiduad_stream_skipped", METRIC_COUNTER, offsetof(StreamStatus, n_skipped),
                        "Slots that passed without a run of their own." },
        { "thiduad_stream_units_behind", METRIC_GAUGE, offsetof(StreamStatus, n_behind),
                        "Units that were not read as far as the stream." },
        { "thiduad_stream_token_expiry_timestamp_seconds", METRIC_INSTANT,
                        offsetof(StreamStatus, token_expires_at), "When the access token in use expires." },
        { "thiduad_stream_credential_expiry_timestamp_seconds", METRIC_INSTANT, offsetof(StreamStatus, credential_until),
                        "When a credential ends that only an operator can renew: a token that was handed out, a client certificate." },
};

static const Metric spool_metrics[] = {
        { "thiduad_spool_bytes", METRIC_GAUGE, offsetof(SpoolStats, bytes),
                        "Bytes on disk that the database does not have yet." },
        { "thiduad_spool_parcels", METRIC_GAUGE, offsetof(SpoolStats, n_parcels),
                        "Parcels on disk that the database does not have yet." },
        { "thiduad_spool_age_seconds", METRIC_AGE, offsetof(SpoolStats, oldest_at),
                        "Age of the oldest parcel that the database does not have yet." },
        { "thiduad_spool_repaired_bytes", METRIC_GAUGE, offsetof(SpoolStats, n_repaired),
                        "Bytes of an unfinished record cut off when the spool was opened." },
        { "thiduad_spool_parcels_aside", METRIC_GAUGE, offsetof(SpoolStats, n_aside),
                        "Parcels that the database refused, kept until somebody retries them." },
};

static const Metric writer_metrics[] = {
        { "thiduad_database_last_delivery_timestamp_seconds", METRIC_INSTANT,
                        offsetof(WriterStats, last_ok_at), "When the database last took a delivery." },
        { "thiduad_database_parcels", METRIC_COUNTER, offsetof(WriterStats, n_parcels),
                        "Parcels committed." },
        { "thiduad_database_batches", METRIC_COUNTER, offsetof(WriterStats, n_batches),
                        "Transactions committed." },
        { "thiduad_database_observations", METRIC_COUNTER, offsetof(WriterStats, n_observations),
                        "Figures committed that were new or different." },
        { "thiduad_database_unchanged", METRIC_COUNTER, offsetof(WriterStats, n_unchanged),
                        "Figures that the database had already." },
        { "thiduad_database_rejected", METRIC_COUNTER, offsetof(WriterStats, n_rejected),
                        "Records that the database refused and that went to quarantine." },
};

static const Metric daemon_metrics[] = {
        { "thiduad_start_timestamp_seconds", METRIC_INSTANT, offsetof(Status, started_at),
                        "When the daemon started." },
        { "thiduad_config_loaded_timestamp_seconds", METRIC_INSTANT, offsetof(Status, loaded_at),
                        "When the configuration in force was loaded." },
        { "thiduad_recompute_timestamp_seconds", METRIC_INSTANT, offsetof(Status, recomputed_at),
                        "When compliance was last computed." },
        { "thiduad_recompute_results", METRIC_GAUGE, offsetof(Status, n_recomputed),
                        "Results of the last computation." },
        { "thiduad_recompute_changed", METRIC_GAUGE, offsetof(Status, n_recompute_changed),
                        "Results that the last computation changed." },
        { "thiduad_loop_delay_max_seconds", METRIC_SECONDS, offsetof(Status, loop_delay_max),
                        "Longest delay of the event loop since the last scrape." },
};

static const char *const state_words[] = { "ok", "partial", "failed", "running", "waiting", "paused", "elsewhere" };

/* ---- text ---- */

static bool name_ends(const char *name, const char *suffix) {
        return bytes_ends(bytes_of(name), suffix);
}

static void add_family(const char *name, const char *type, const char *help, Text *ret) {
        const char *unit = name_ends(name, "_seconds") ? "seconds"
                           : name_ends(name, "_bytes") ? "bytes"
                                                       : NULL;

        (void) text_printf(ret, "# TYPE %s %s\n", name, type);
        if (unit)
                (void) text_printf(ret, "# UNIT %s %s\n", name, unit);
        (void) text_printf(ret, "# HELP %s %s\n", name, help);
}

static void add_escaped(const char *value, Text *ret) {
        for (; *value; value++)
                switch (*value) {
                case '\\':
                        (void) text_add_str(ret, "\\\\");
                        break;
                case '"':
                        (void) text_add_str(ret, "\\\"");
                        break;
                case '\n':
                        (void) text_add_str(ret, "\\n");
                        break;
                default:
                        (void) text_add_char(ret, *value);
                }
}

static void add_label(const char *name, const char *value, bool is_first, Text *ret) {
        (void) text_printf(ret, "%s%s=\"", is_first ? "" : ",", name);
        add_escaped(value, ret);
        (void) text_add_char(ret, '"');
}

static void add_stream_labels(const StreamStatus *s, Text *ret) {
        add_label("connector", s->connector, true, ret);
        add_label("stream", s->stream, false, ret);
}

static void add_seconds(usec_t v, Text *ret) {
        (void) text_printf(ret, " %" PRIu64 ".%06" PRIu64 "\n", v / USEC_SEC, v % USEC_SEC);
}

static const char *type_of(const Metric *m) {
        return m->kind == METRIC_COUNTER ? "counter" : "gauge";
}

/* labels: "" or "{...}". */
static void add_sample(const Metric *m, const void *of, const char *labels, usec_t now, Text *ret) {
        uint64_t v;

        memcpy(&v, (const char *) of + m->offset, sizeof(v));
        if ((m->kind == METRIC_INSTANT || m->kind == METRIC_AGE) && (v == 0 || v == USEC_NEVER))
                return;
        (void) text_printf(ret, "%s%s%s", m->name, m->kind == METRIC_COUNTER ? "_total" : "", labels);
        if (m->kind == METRIC_COUNTER || m->kind == METRIC_GAUGE)
                (void) text_printf(ret, " %" PRIu64 "\n", v);
        else if (m->kind == METRIC_AGE)
                add_seconds(now > v ? now - v : 0, ret);
        else
                add_seconds(v, ret);
}

static void add_table(const Metric *list, size_t n, const void *of, usec_t now, Text *ret) {
        for (size_t i = 0; i < n; i++) {
                add_family(list[i].name, type_of(&list[i]), list[i].help, ret);
                add_sample(&list[i], of, "", now, ret);
        }
}

/* ---- families ---- */

static void add_streams(const Status *s, Text *ret) {
        for (size_t m = 0; m < ELEMENTS(stream_metrics); m++) {
                add_family(stream_metrics[m].name, type_of(&stream_metrics[m]), stream_metrics[m].help, ret);
                for (size_t i = 0; i < s->n_streams; i++) {
                        _cleanup_(text_done) Text labels = TEXT_INIT(4096);

                        (void) text_add_char(&labels, '{');
                        add_stream_labels(&s->streams[i], &labels);
                        (void) text_add_char(&labels, '}');
                        add_sample(&stream_metrics[m], &s->streams[i], text_str(&labels), s->now, ret);
                }
        }
}

static void add_stream_states(const Status *s, Text *ret) {
        add_family("thiduad_stream_state", "stateset", "What the stream is at: one of its states is 1.", ret);
        for (size_t i = 0; i < s->n_streams; i++)
                for (size_t w = 0; w < ELEMENTS(state_words); w++) {
                        (void) text_add_str(ret, "thiduad_stream_state{");
                        add_stream_labels(&s->streams[i], ret);
                        add_label("thiduad_stream_state", state_words[w], false, ret);
                        (void) text_printf(ret, "} %d\n", strcmp(state_words[w], s->streams[i].state) == 0);
                }
}

/* A stream that runs again after a failure is still one that is failing. */
static void add_stream_failing(const Status *s, Text *ret) {
        add_family("thiduad_stream_failing", "gauge",
                        "1 when the last run that ended failed, wholly or in part.", ret);
        for (size_t i = 0; i < s->n_streams; i++) {
                (void) text_add_str(ret, "thiduad_stream_failing{");
                add_stream_labels(&s->streams[i], ret);
                (void) text_printf(ret, "} %d\n", s->streams[i].trouble != NULL);
        }
}

static void add_hosts(const Status *s, Text *ret) {
        add_family("thiduad_host_breaker", "stateset",
                        "Circuit towards a host: closed is good, open means it is left in peace after "
                        "failures.",
                        ret);
        for (size_t i = 0; i < s->n_hosts; i++)
                for (BreakerState b = BREAKER_CLOSED; b <= BREAKER_PROBING; b++) {
                        (void) text_add_str(ret, "thiduad_host_breaker{");
                        add_label("origin", s->hosts[i].origin, true, ret);
                        add_label("thiduad_host_breaker", breaker_state_name(b), false, ret);
                        (void) text_printf(ret, "} %d\n", s->hosts[i].breaker == b);
                }
        add_family("thiduad_host_certificate_expiry_timestamp_seconds", "gauge", "When the certificate that the host showed last ends.", ret);
        for (size_t i = 0; i < s->n_hosts; i++) {
                if (!s->hosts[i].certificate_until)
                        continue;
                (void) text_add_str(ret, "thiduad_host_certificate_expiry_timestamp_seconds{");
                add_label("origin", s->hosts[i].origin, true, ret);
                (void) text_add_char(ret, '}');
                add_seconds(s->hosts[i].certificate_until, ret);
        }
}

static void add_writer_state(const Status *s, Text *ret) {
        add_family("thiduad_database_state", "stateset", "What the delivery to the database is at.", ret);
        for (WriterState w = WRITER_IDLE; w <= WRITER_STOPPED; w++) {
                (void) text_add_str(ret, "thiduad_database_state{");
                add_label("thiduad_database_state", writer_state_name(w), true, ret);
                (void) text_printf(ret, "} %d\n", s->writer.state == w);
        }
}

static void add_flag(const char *name, const char *help, bool v, Text *ret) {
        add_family(name, "gauge", help, ret);
        (void) text_printf(ret, "%s %d\n", name, v);
}

void status_render_metrics(const Status *s, Text *ret) {
        add_family("thiduad_build", "info", "Version and name of this instance.", ret);
        (void) text_add_str(ret, "thiduad_build_info{");
        add_label("version", s->version, true, ret);
        add_label("instance_name", s->instance, false, ret);
        (void) text_add_str(ret, "} 1\n");
        add_table(daemon_metrics, ELEMENTS(daemon_metrics), s, s->now, ret);
        add_flag("thiduad_config_reload_ok",
                        "0 when the configuration on disk was refused and an older one is in force.",
                        !s->last_reload_error, ret);
        add_flag("thiduad_recompute_pending", "1 when figures came that are not computed yet.",
                        s->is_recompute_pending, ret);
        add_streams(s, ret);
        add_stream_states(s, ret);
        add_stream_failing(s, ret);
        add_hosts(s, ret);
        add_table(spool_metrics, ELEMENTS(spool_metrics), &s->spool, s->now, ret);
        add_flag("thiduad_spool_full", "1 when polling pauses because the spool has reached its bound.",
                        s->spool.is_full, ret);
        add_table(writer_metrics, ELEMENTS(writer_metrics), &s->writer, s->now, ret);
        add_writer_state(s, ret);
        (void) text_add_str(ret, "# EOF\n");
}

/* ---- the older text format ---- */

/* One line of OpenMetrics as the older format has it. suffix: what the family's name lacks, set by its TYPE
 * line, which comes first. */
static void add_older_line(Bytes line, const char **suffix, Text *ret) {
        Bytes rest;
        size_t space;

        if (bytes_starts(line, "# UNIT ") || bytes_starts(line, "# EOF"))
                return;
        if (!bytes_starts(line, "# TYPE ") && !bytes_starts(line, "# HELP ")) {
                (void) text_printf(ret, "%.*s\n", (int) line.len, line.data);
                return;
        }
        rest = (Bytes){ line.data + 7, line.len - 7 };
        space = rest.len;
        (void) bytes_find(rest, BYTES_LIT(" "), &space);
        if (bytes_starts(line, "# HELP ")) {
                (void) text_printf(ret, "# HELP %.*s%s%.*s\n", (int) space, rest.data, *suffix,
                                (int) (rest.len - space), rest.data + space);
                return;
        }
        *suffix = bytes_ends(line, " counter") ? "_total" : bytes_ends(line, " info") ? "_info" : "";
        (void) text_printf(ret, "# TYPE %.*s%s %s\n", (int) space, rest.data, *suffix,
                        bytes_ends(line, " counter") ? "counter" : "gauge");
}

void status_render_metrics_text(const Status *s, Text *ret) {
        _cleanup_(text_done) Text open = TEXT_INIT((size_t) 64 << 20);
        const char *suffix = "";
        Bytes rest;

        status_render_metrics(s, &open);
        rest = text_bytes(&open);
        while (rest.len) {
                size_t end = rest.len;

                (void) bytes_find(rest, BYTES_LIT("\n"), &end);
                add_older_line((Bytes){ rest.data, end }, &suffix, ret);
                rest = end < rest.len ? (Bytes){ rest.data + end + 1, rest.len - end - 1 } : BYTES_NULL;
        }
}

/* Status: the table, the JSON and the one line. Whoever reads them wants to know first what is wrong, then
 * since when, then what happens next. */

#include <string.h>

#include "base/json_out.h"
#include "base/size.h"
#include "observe/display.h"
#include "observe/status.h"
#include "observe/table.h"

enum { NAMED_MAX = 3, WORDS_MAX = 512, ENDS_SOON_DAYS = 21 };

/* ---- words ---- */

static void add_ago(usec_t now, usec_t at, Text *ret) {
        if (at == 0)
                (void) text_add_str(ret, "never");
        else if (at + USEC_SEC > now)
                (void) text_add_str(ret, "now");
        else {
                display_span(now - at, ret);
                (void) text_add_str(ret, " ago");
        }
}

static void add_until(usec_t now, usec_t at, Text *ret) {
        if (at == 0 || at == USEC_NEVER)
                (void) text_add_str(ret, "-");
        else if (at <= now)
                (void) text_add_str(ret, "now");
        else {
                (void) text_add_str(ret, "in ");
                display_span(at - now < USEC_SEC ? USEC_SEC : at - now, ret);
        }
}

static bool is_word(const StreamStatus *s, const char *state) {
        return strcmp(s->state, state) == 0;
}

static bool is_failing(const StreamStatus *s) {
        return s->trouble || is_word(s, "failed") || is_word(s, "partial");
}

static TableColour colour_of(const StreamStatus *s) {
        if (is_word(s, "failed") || (is_word(s, "running") && s->trouble))
                return TABLE_BAD;
        if (is_word(s, "partial"))
                return TABLE_WARN;
        if (is_word(s, "ok"))
                return TABLE_GOOD;
        return is_word(s, "paused") || is_word(s, "waiting") || is_word(s, "elsewhere") ? TABLE_FAINT : TABLE_PLAIN;
}

/* ---- connectors in sum ---- */

typedef struct Counts {
        size_t n_ok, n_failing, n_waiting, n_paused, n_running;
        usec_t next;
        Text failing;
} Counts;

static void name_failing(Counts *c, const StreamStatus *s) {
        if (c->n_failing++ >= NAMED_MAX)
                return;
        (void) text_printf(&c->failing, "%s%s: ", c->failing.len ? ", " : "", s->connector);
        if (s->http_status)
                (void) text_printf(&c->failing, "%d", s->http_status);
        else
                (void) text_add_str(&c->failing, s->failure_class ? s->failure_class : s->state);
}

/* One connector: the streams from first up to the return value. Its worst stream speaks for it. */
static size_t count_connector(const Status *s, size_t first, Counts *c) {
        const StreamStatus *bad = NULL;
        bool is_ok = false, is_waiting = false;
        size_t i = first;

        for (; i < s->n_streams && strcmp(s->streams[i].connector, s->streams[first].connector) == 0; i++) {
                const StreamStatus *stream = &s->streams[i];

                if (!bad && is_failing(stream))
                        bad = stream;
                is_ok |= is_word(stream, "ok") || (is_word(stream, "running") && stream->last_success_at);
                is_waiting |= is_word(stream, "waiting") || is_word(stream, "running");
                c->n_running += is_word(stream, "running");
                if (stream->next_at && stream->next_at < c->next)
                        c->next = stream->next_at;
        }
        if (bad)
                name_failing(c, bad);
        else if (is_ok)
                c->n_ok++;
        else if (is_waiting)
                c->n_waiting++;
        else
                c->n_paused++;
        return i;
}

static void add_failing(const Counts *c, Text *ret) {
        (void) text_printf(ret, ", %zu failing (%s", c->n_failing, text_str(&c->failing));
        if (c->n_failing > NAMED_MAX)
                (void) text_printf(ret, ", %zu more", c->n_failing - NAMED_MAX);
        (void) text_add_char(ret, ')');
}

static void count_connectors(const Status *s, Counts *c) {
        for (size_t i = 0; i < s->n_streams;)
                i = count_connector(s, i, c);
}

static void add_counts(const Counts *c, Text *ret) {
        (void) text_printf(ret, "%zu connector%s ok", c->n_ok, c->n_ok == 1 ? "" : "s");
        if (c->n_failing)
                add_failing(c, ret);
        if (c->n_waiting)
                (void) text_printf(ret, ", %zu waiting", c->n_waiting);
        if (c->n_paused)
                (void) text_printf(ret, ", %zu paused", c->n_paused);
        if (c->n_running)
                (void) text_printf(ret, ", %zu running", c->n_running);
}

/* ---- the table ---- */

enum {
        COLUMN_STREAM,
        COLUMN_TITLE,
        COLUMN_STATE,
        COLUMN_SUCCESS,
        COLUMN_NEXT,
        COLUMN_FIGURES,
        COLUMN_REJECTS,
        COLUMNS
};

static const TableColumn columns[COLUMNS] = {
        [COLUMN_STREAM] = { .head = "STREAM", .max_width = 40 },
        [COLUMN_TITLE] = { .head = "TITLE", .max_width = 32 },
        [COLUMN_STATE] = { .head = "STATE" },
        [COLUMN_SUCCESS] = { .head = "LAST SUCCESS" },
        [COLUMN_NEXT] = { .head = "NEXT RUN" },
        [COLUMN_FIGURES] = { .head = "FIGURES", .is_right = true },
        [COLUMN_REJECTS] = { .head = "REJECTS", .is_right = true },
};

/* What came of the others is complete all the same, and they are asked for from where they stand. */
static void note_behind(Table *t, const StreamStatus *s) {
        _cleanup_(text_done) Text words = TEXT_INIT(128);

        if (!s->n_behind)
                return;
        (void) text_printf(&words, "%" PRIu64 " unit%s not read as far as the others", s->n_behind, s->n_behind == 1 ? " is" : "s are");
        table_note(t, TABLE_WARN, text_str(&words));
}

static void add_row(Table *t, const StreamStatus *s, usec_t now) {
        _cleanup_(text_done) Text success = TEXT_INIT(64), next = TEXT_INIT(64), figures = TEXT_INIT(64),
                                  rejects = TEXT_INIT(64);
        bool has_run = s->last_attempt_at != 0 && (s->n_runs || !is_word(s, "running"));

        add_ago(now, s->last_success_at, &success);
        add_until(now, s->next_at, &next);
        if (has_run) {
                display_count(s->last_samples, &figures);
                display_count(s->last_rejects, &rejects);
        }
        table_cell(t, TABLE_PLAIN, "%s/%s", s->connector, s->stream);
        table_cell(t, TABLE_PLAIN, "%s", s->title ? s->title : "");
        table_cell(t, colour_of(s), "%s", s->state);
        table_cell(t, s->last_success_at ? TABLE_PLAIN : TABLE_FAINT, "%s", text_str(&success));
        table_cell(t, TABLE_PLAIN, "%s", text_str(&next));
        table_cell(t, TABLE_PLAIN, "%s", has_run ? text_str(&figures) : "-");
        table_cell(t, has_run && s->last_rejects ? TABLE_WARN : TABLE_PLAIN, "%s",
                        has_run ? text_str(&rejects) : "-");
        if (s->trouble)
                table_note(t, is_word(s, "partial") ? TABLE_WARN : TABLE_BAD, s->trouble);
        note_behind(t, s);
}

static void add_head(const Status *s, bool with_colour, Text *ret) {
        _cleanup_(text_done) Text words = TEXT_INIT(WORDS_MAX);

        (void) text_printf(&words, "thiduad %s on %s, up ", s->version, s->instance);
        display_span(s->now > s->started_at ? s->now - s->started_at : 0, &words);
        (void) text_add_str(&words, ", configuration of ");
        add_ago(s->now, s->loaded_at, &words);
        table_paint(TABLE_BOLD, with_colour, text_str(&words), ret);
        (void) text_add_char(ret, '\n');
}

/* How it is in sum, and who is in trouble: the rest may be long. */
static void add_sum(const Status *s, bool with_colour, Text *ret) {
        _cleanup_(text_done) Text words = TEXT_INIT(WORDS_MAX);
        Counts c = { .next = USEC_NEVER, .failing = TEXT_INIT(WORDS_MAX) };

        count_connectors(s, &c);
        add_counts(&c, &words);
        table_paint(c.n_failing ? TABLE_BAD : c.n_ok ? TABLE_GOOD : TABLE_PLAIN, with_colour, text_str(&words), ret);
        (void) text_add_str(ret, "\n\n");
        text_done(&c.failing);
}

static void add_line(const char *head, TableColour colour, bool with_colour, const Text *words, Text *ret) {
        _cleanup_(text_done) Text clean = TEXT_INIT(4 * WORDS_MAX);

        display_clean(text_bytes(words), &clean);
        (void) text_printf(ret, "%-9s ", head);
        table_paint(colour, with_colour, text_str(&clean), ret);
        (void) text_add_char(ret, '\n');
}

static bool is_database_away(const WriterStats *w) {
        return w->last_failure.class != FAILURE_NONE &&
               (w->state == WRITER_WAITING || w->state == WRITER_STOPPED);
}

static void add_database(const Status *s, bool with_colour, Text *ret) {
        _cleanup_(text_done) Text words = TEXT_INIT(2 * WORDS_MAX);
        const WriterStats *w = &s->writer;

        (void) text_printf(&words, "%s, delivered ", writer_state_name(w->state));
        add_ago(s->now, w->last_ok_at, &words);
        (void) text_add_str(&words, ", ");
        display_count(w->n_observations, &words);
        (void) text_add_str(&words, " new figures, ");
        display_count(w->n_unchanged, &words);
        (void) text_add_str(&words, " unchanged, ");
        display_count(w->n_rejected, &words);
        (void) text_add_str(&words, " rejected");
        if (is_database_away(w))
                (void) text_printf(&words, ": %s", w->last_failure.story);
        add_line("database", is_database_away(w) ? TABLE_BAD : TABLE_PLAIN, with_colour, &words, ret);
}

static void add_spool(const Status *s, bool with_colour, Text *ret) {
        _cleanup_(text_done) Text words = TEXT_INIT(WORDS_MAX);

        size_render(s->spool.bytes, &words);
        (void) text_add_str(&words, " in ");
        display_count(s->spool.n_parcels, &words);
        (void) text_add_str(&words, s->spool.n_parcels == 1 ? " parcel" : " parcels");
        if (s->spool.oldest_at) {
                (void) text_add_str(&words, ", the oldest of ");
                add_ago(s->now, s->spool.oldest_at, &words);
        }
        if (s->spool.is_full)
                (void) text_add_str(&words, ": full, polling pauses until the database has caught up or the disk has room");
        if (s->spool.n_aside)
                (void) text_printf(&words, "; %" PRIu64 " set aside: see \"thiduad parcels list\"", s->spool.n_aside);
        add_line("spool", s->spool.is_full || s->spool.n_aside ? TABLE_BAD : TABLE_PLAIN, with_colour, &words, ret);
}

static void add_recompute(const Status *s, bool with_colour, Text *ret) {
        _cleanup_(text_done) Text words = TEXT_INIT(WORDS_MAX);

        add_ago(s->now, s->recomputed_at, &words);
        if (s->recomputed_at) {
                (void) text_add_str(&words, ", ");
                display_count(s->n_recomputed, &words);
                (void) text_add_str(&words, " results, ");
                display_count(s->n_recompute_changed, &words);
                (void) text_add_str(&words, " changed");
        }
        if (s->is_recompute_pending)
                (void) text_add_str(&words, "; newer figures wait to be computed");
        add_line("computed", TABLE_PLAIN, with_colour, &words, ret);
}

static void add_backfill(const BackfillStatus *b, bool with_colour, Text *ret) {
        _cleanup_(text_done) Text words = TEXT_INIT(2 * WORDS_MAX);

        (void) text_printf(&words, "%s/%s", b->connector, b->stream);
        if (b->unit)
                (void) text_printf(&words, " of %s", b->unit);
        (void) text_printf(&words, " %s, %" PRIu64 " of %" PRIu64 " windows from ", b->state, b->n_windows_done, b->n_windows);
        day_render(b->from, &words);
        (void) text_add_str(&words, " to ");
        day_render(b->to, &words);
        if (b->n_windows_failed)
                (void) text_printf(&words, "; %" PRIu64 " failed and will be asked for again: %s", b->n_windows_failed, b->trouble ? b->trouble : "");
        add_line("backfill", b->n_windows_failed ? TABLE_BAD : TABLE_PLAIN, with_colour, &words, ret);
}

static void add_host(const HostStatus *h, bool with_colour, Text *ret) {
        _cleanup_(text_done) Text words = TEXT_INIT(WORDS_MAX);

        (void) text_printf(&words, "%s: circuit %s", h->origin, breaker_state_name(h->breaker));
        if (h->breaker == BREAKER_OPEN) {
                (void) text_add_str(&words, ", tried again in ");
                display_span(h->until < USEC_SEC ? USEC_SEC : h->until, &words);
        }
        add_line("host", TABLE_WARN, with_colour, &words, ret);
}

static void add_end(const char *head, const char *whose, const char *what, usec_t until, usec_t now, bool with_colour, Text *ret) {
        _cleanup_(text_done) Text words = TEXT_INIT(WORDS_MAX);

        if (!until || until >= usec_add(now, ENDS_SOON_DAYS * USEC_DAY))
                return;
        if (until <= now)
                (void) text_printf(&words, "%s: %s has ended", whose, what);
        else
                (void) text_printf(&words, "%s: %s ends in %" PRIu64 " days", whose, what, (until - now) / USEC_DAY);
        add_line(head, until <= now ? TABLE_BAD : TABLE_WARN, with_colour, &words, ret);
}

/* Told in time for somebody to renew it: the operator of the source its certificate, ours what we were given. */
static void add_ends(const Status *s, bool with_colour, Text *ret) {
        for (size_t i = 0; i < s->n_hosts; i++)
                add_end("host", s->hosts[i].origin, "its certificate", s->hosts[i].certificate_until, s->now, with_colour, ret);
        for (size_t i = 0; i < s->n_streams; i++)
                if (i == 0 || strcmp(s->streams[i].connector, s->streams[i - 1].connector) != 0)
                        add_end("login", s->streams[i].connector, "our token or client certificate", s->streams[i].credential_until, s->now, with_colour, ret);
}

void status_render_table(const Status *s, bool with_colour, unsigned width, Text *ret) {
        _cleanup_(table_freep) Table *t = table_new(columns, COLUMNS);

        add_head(s, with_colour, ret);
        add_sum(s, with_colour, ret);
        table_fit(t, width);
        for (size_t i = 0; i < s->n_streams; i++)
                add_row(t, &s->streams[i], s->now);
        if (s->n_streams)
                table_render(t, with_colour, ret);
        else
                (void) text_add_str(ret, "no streams: there is no enabled connector in the configuration\n");
        (void) text_add_char(ret, '\n');
        add_database(s, with_colour, ret);
        add_spool(s, with_colour, ret);
        add_recompute(s, with_colour, ret);
        for (size_t i = 0; i < s->n_backfills; i++)
                add_backfill(&s->backfills[i], with_colour, ret);
        for (size_t i = 0; i < s->n_hosts; i++)
                if (s->hosts[i].breaker != BREAKER_CLOSED)
                        add_host(&s->hosts[i], with_colour, ret);
        add_ends(s, with_colour, ret);
        if (s->last_reload_error) {
                _cleanup_(text_done) Text words = TEXT_INIT(4 * WORDS_MAX);

                (void) text_add_str(&words, s->last_reload_error);
                add_line("reload", TABLE_BAD, with_colour, &words, ret);
        }
}

/* ---- JSON ---- */

static void pair_uint(JsonOut *j, const char *key, uint64_t v) {
        json_key(j, key);
        json_uint(j, v);
}

static void pair_instant(JsonOut *j, const char *key, usec_t at) {
        _cleanup_(text_done) Text text = TEXT_INIT(64);

        if (at && at != USEC_NEVER)
                usec_render_utc(at, &text);
        json_pair_str(j, key, text.len ? text_str(&text) : NULL);
}

static void add_stream_json(JsonOut *j, const StreamStatus *s) {
        json_object(j);
        json_pair_str(j, "connector", s->connector);
        json_pair_str(j, "stream", s->stream);
        json_pair_str(j, "title", s->title);
        json_pair_str(j, "state", s->state);
        pair_instant(j, "last_attempt_at", s->last_attempt_at);
        pair_instant(j, "last_success_at", s->last_success_at);
        pair_instant(j, "next_at", s->next_at);
        pair_instant(j, "running_since", s->running_since);
        pair_uint(j, "runs", s->n_runs);
        pair_uint(j, "runs_failed", s->n_runs_failed);
        pair_uint(j, "samples", s->n_samples);
        pair_uint(j, "rejects", s->n_rejects);
        pair_uint(j, "skipped", s->n_skipped);
        pair_uint(j, "units_behind", s->n_behind);
        pair_uint(j, "last_samples", s->last_samples);
        pair_uint(j, "last_rejects", s->last_rejects);
        json_pair_str(j, "trouble", s->trouble);
        json_pair_str(j, "failure_class", s->failure_class);
        json_key(j, "http_status");
        if (s->http_status)
                json_int(j, s->http_status);
        else
                json_null(j);
        pair_instant(j, "token_expires_at", s->token_expires_at);
        pair_instant(j, "credential_expires_at", s->credential_until);
        json_object_end(j);
}

static void pair_day(JsonOut *j, const char *key, Day day) {
        _cleanup_(text_done) Text text = TEXT_INIT(32);

        day_render(day, &text);
        json_pair_str(j, key, text_str(&text));
}

static void add_backfills_json(JsonOut *j, const BackfillStatus *list, size_t n) {
        json_array(j);
        for (const BackfillStatus *b = list; b < list + n; b++) {
                json_object(j);
                json_pair_str(j, "connector", b->connector);
                json_pair_str(j, "stream", b->stream);
                json_pair_str(j, "unit", b->unit);
                json_pair_str(j, "state", b->state);
                pair_day(j, "from", b->from);
                pair_day(j, "to", b->to);
                pair_uint(j, "windows", b->n_windows);
                pair_uint(j, "windows_done", b->n_windows_done);
                pair_uint(j, "windows_failed", b->n_windows_failed);
                pair_uint(j, "figures", b->n_samples);
                pair_uint(j, "rejects", b->n_rejects);
                json_pair_str(j, "trouble", b->trouble);
                json_object_end(j);
        }
        json_array_end(j);
}

void status_render_backfills(const BackfillStatus *list, size_t n, Text *ret) {
        JsonOut j = JSON_OUT(ret);

        add_backfills_json(&j, list, n);
        (void) text_add_char(ret, '\n');
}

static void add_host_json(JsonOut *j, const HostStatus *h) {
        json_object(j);
        json_pair_str(j, "origin", h->origin);
        json_pair_str(j, "breaker", breaker_state_name(h->breaker));
        pair_uint(j, "open_for_usec", h->breaker == BREAKER_OPEN ? h->until : 0);
        pair_instant(j, "certificate_expires_at", h->certificate_until);
        json_object_end(j);
}

static void add_spool_json(JsonOut *j, const SpoolStats *s) {
        json_key(j, "spool");
        json_object(j);
        pair_uint(j, "bytes", s->bytes);
        pair_uint(j, "parcels", s->n_parcels);
        pair_uint(j, "next_seq", s->next_seq);
        pair_instant(j, "oldest_at", s->oldest_at);
        pair_uint(j, "repaired_bytes", s->n_repaired);
        pair_uint(j, "aside", s->n_aside);
        json_pair_bool(j, "is_full", s->is_full);
        json_object_end(j);
}

static void add_database_json(JsonOut *j, const WriterStats *w) {
        json_key(j, "database");
        json_object(j);
        json_pair_str(j, "state", writer_state_name(w->state));
        pair_instant(j, "last_ok_at", w->last_ok_at);
        pair_uint(j, "parcels", w->n_parcels);
        pair_uint(j, "batches", w->n_batches);
        pair_uint(j, "observations", w->n_observations);
        pair_uint(j, "unchanged", w->n_unchanged);
        pair_uint(j, "rejected", w->n_rejected);
        json_pair_str(j, "trouble", is_database_away(w) ? w->last_failure.story : NULL);
        json_pair_str(j, "sqlstate",
                        is_database_away(w) && w->last_failure.sqlstate[0] ? w->last_failure.sqlstate : NULL);
        json_object_end(j);
}

void status_render_json(const Status *s, Text *ret) {
        JsonOut j = JSON_OUT(ret);

        json_object(&j);
        json_pair_str(&j, "version", s->version);
        json_pair_str(&j, "instance", s->instance);
        pair_instant(&j, "now", s->now);
        pair_instant(&j, "started_at", s->started_at);
        pair_instant(&j, "loaded_at", s->loaded_at);
        json_pair_str(&j, "reload_error", s->last_reload_error);
        json_key(&j, "streams");
        json_array(&j);
        for (size_t i = 0; i < s->n_streams; i++)
                add_stream_json(&j, &s->streams[i]);
        json_array_end(&j);
        json_key(&j, "backfills");
        add_backfills_json(&j, s->backfills, s->n_backfills);
        json_key(&j, "hosts");
        json_array(&j);
        for (size_t i = 0; i < s->n_hosts; i++)
                add_host_json(&j, &s->hosts[i]);
        json_array_end(&j);
        add_spool_json(&j, &s->spool);
        add_database_json(&j, &s->writer);
        json_key(&j, "recompute");
        json_object(&j);
        pair_instant(&j, "at", s->recomputed_at);
        pair_uint(&j, "results", s->n_recomputed);
        pair_uint(&j, "changed", s->n_recompute_changed);
        json_pair_bool(&j, "is_pending", s->is_recompute_pending);
        json_object_end(&j);
        pair_uint(&j, "loop_delay_max_usec", s->loop_delay_max);
        json_object_end(&j);
        (void) text_add_char(ret, '\n');
}

/* ---- the line ---- */

static void add_next(const Status *s, const Zone *zone, usec_t next, Text *ret) {
        Civil c;

        if (next == USEC_NEVER)
                return;
        c = zone_civil(zone, next);
        (void) text_add_str(ret, ", next ");
        if (zone_day(zone, next) != zone_day(zone, s->now)) {
                day_render(zone_day(zone, next), ret);
                (void) text_add_char(ret, ' ');
        }
        (void) text_printf(ret, "%02u:%02u", c.hour, c.minute);
}

void status_render_line(const Status *s, const Zone *zone, Text *ret) {
        Counts c = { .next = USEC_NEVER, .failing = TEXT_INIT(WORDS_MAX) };

        count_connectors(s, &c);
        add_counts(&c, ret);
        if (is_database_away(&s->writer))
                (void) text_printf(ret, ", database %s",
                                s->writer.state == WRITER_STOPPED ? "refuses deliveries" : "away");
        (void) text_add_str(ret, s->spool.is_full ? ", spool full at " : ", spool ");
        size_render(s->spool.bytes, ret);
        add_next(s, zone, c.next, ret);
        if (s->last_reload_error)
                (void) text_add_str(ret, ", new configuration refused");
        text_done(&c.failing);
}

/* Backfill: passes over the windows that are still owed. A window that fails does not hold up those behind it; it is asked again in the next pass, after a pause. The cursor names the last day up to
 * which all came, so nothing that failed is forgotten by a restart. */

#include <stdio.h>
#include <string.h>

#include "backfill.h"

enum { PARTITION_MAX = 256, PAUSE_MAX_HOURS = 1 };

Backfill *backfill_free(Backfill *b) {
        if (!b)
                return NULL;
        (void) xfree(b->connector);
        (void) xfree(b->stream);
        (void) xfree(b->unit);
        (void) xfree(b->partition);
        vec_done(&b->windows);
        vec_done(&b->is_done);
        VEC_EACH(run, &b->runs)
                text_done(run);
        vec_done(&b->runs);
        return xfree(b);
}

static void plan(Backfill *b, const Stream *s, const char *progress, Day today) {
        WindowSpec spec = s->spec->window;
        bool is_all = progress && strcmp(progress, "done") == 0;
        Day done = DAY_NONE;
        Period p;

        spec.from = b->from;
        spec.to = b->to;
        if (progress)
                (void) day_parse(bytes_of(progress), &done);
        for (size_t i = 0; window_walk(&spec, DAY_NONE, today, &i, &p);) {
                vec_push(&b->windows, p);
                vec_push(&b->is_done, is_all || (done != DAY_NONE && p.to <= done));
                vec_push(&b->runs, TEXT_INIT(40));
        }
        b->is_over = is_all;
        b->at = b->windows.len;
}

static void name_partition(Backfill *b) {
        _cleanup_(text_done) Text t = TEXT_INIT(PARTITION_MAX);

        (void) text_add_str(&t, CURSOR_BACKFILL);
        day_render(b->from, &t);
        (void) text_add_char(&t, ':');
        day_render(b->to, &t);
        (void) text_printf(&t, ":%s", b->unit ? b->unit : "");
        b->partition = text_take(&t);
}

int backfill_new(Backfill **ret, const Stream *s, Day from, Day to, const char *unit, const char *progress, Day today, Text *ret_why) {
        const ConnectorSpec *c = s->connector->spec;
        _cleanup_(backfill_freep) Backfill *b = NULL;

        if (!s->has_window)
                return (void) text_printf(ret_why, "%s/%s has no \"window\": its source can only be asked for the present state", c->connector, s->spec->name), 1;
        if (unit && *unit && (!s->has_foreach || s->spec->foreach.items.len))
                return (void) text_printf(ret_why, "%s/%s has no \"foreach\" over units: it brings all units at once", c->connector, s->spec->name), 1;
        b = NEW(Backfill);
        b->connector = xstrdup(c->connector);
        b->stream = xstrdup(s->spec->name);
        b->unit = unit && *unit ? xstrdup(unit) : NULL;
        b->from = from;
        b->to = to;
        name_partition(b);
        plan(b, s, progress, today);
        if (!b->windows.len)
                return (void) text_printf(ret_why, "%s/%s has no closed window between these days", c->connector, s->spec->name), 1;
        *ret = TAKE(b);
        return 0;
}

int backfill_parse(Backfill **ret, const Stream *s, const char *partition, const char *progress, Day today) {
        _cleanup_(text_done) Text why = TEXT_INIT(1024);
        enum { DAY_LEN = 10 };
        Bytes p = bytes_of(partition);
        Day from, to;

        if (!bytes_starts(p, CURSOR_BACKFILL))
                return 1;
        p = (Bytes){ p.data + strlen(CURSOR_BACKFILL), p.len - strlen(CURSOR_BACKFILL) };
        if (p.len < 2 * DAY_LEN + 2 || p.data[DAY_LEN] != ':' || p.data[2 * DAY_LEN + 1] != ':' || day_parse((Bytes){ p.data, DAY_LEN }, &from) < 0 ||
            day_parse((Bytes){ p.data + DAY_LEN + 1, DAY_LEN }, &to) < 0)
                return 1;
        return backfill_new(ret, s, from, to, p.data + 2 * DAY_LEN + 2, progress, today, &why);
}

bool backfill_equals(const Backfill *a, const Backfill *b) {
        return strcmp(a->connector, b->connector) == 0 && strcmp(a->stream, b->stream) == 0 && strcmp(a->partition, b->partition) == 0;
}

size_t backfill_n_done(const Backfill *b) {
        size_t n = 0;

        for (size_t i = 0; i < b->is_done.len; i++)
                n += b->is_done.items[i];
        return n;
}

/* The first window behind `at` that is owed; windows.len: none. */
static size_t next_owed(const Backfill *b) {
        size_t i = b->at < b->windows.len ? b->at + 1 : 0;

        while (i < b->windows.len && b->is_done.items[i])
                i++;
        return i;
}

/* A day, "-" before the first, or "done". */
static void render_progress(const Backfill *b, bool is_good, char *ret, size_t size) {
        _cleanup_(text_done) Text day = TEXT_INIT(32);
        size_t n = 0;

        while (n < b->windows.len && (b->is_done.items[n] || (is_good && n == b->at)))
                n++;
        if (n > 0 && n < b->windows.len)
                day_render(b->windows.items[n - 1].to, &day);
        (void) snprintf(ret, size, "%s", n == b->windows.len ? "done" : n == 0 ? "-" : text_str(&day));
}

const Period *backfill_next(Backfill *b, usec_t now) {
        if (b->is_running || b->is_over || now < b->not_before)
                return NULL;
        if (b->at >= b->windows.len)
                b->n_failed = 0;        /* a pass begins */
        b->at = next_owed(b);
        if (b->at >= b->windows.len)
                return NULL;
        b->is_running = true;
        render_progress(b, true, b->good, sizeof(b->good));
        render_progress(b, false, b->bad, sizeof(b->bad));
        return &b->windows.items[b->at];
}

void backfill_began(Backfill *b, const char *run) {
        Text *t = &b->runs.items[b->at];

        text_clear(t);
        (void) text_add_str(t, run);
}

bool backfill_blocked(Backfill *b, const char *run, const char *story, usec_t retry, usec_t now) {
        size_t i = 0;

        while (i < b->runs.len && strcmp(text_str(&b->runs.items[i]), run) != 0)
                i++;
        if (i == b->runs.len)
                return false;
        b->is_done.items[i] = b->is_over = false;
        b->n_failed++;
        (void) snprintf(b->trouble, sizeof(b->trouble), "blocked by a check: %.270s", story);
        if (b->is_running) {            /* what its cursor is to say has changed */
                render_progress(b, true, b->good, sizeof(b->good));
                render_progress(b, false, b->bad, sizeof(b->bad));
        } else if (usec_add(now, retry) > b->not_before)
                b->not_before = usec_add(now, retry);
        return true;
}

usec_t backfill_wake_at(const Backfill *b) {
        return b->is_running || b->is_over ? USEC_NEVER : b->not_before;
}

static bool is_good_run(const RunRecord *run) {
        return run->state == RUN_OK || run->state == RUN_UNCHANGED;
}

void backfill_ended(Backfill *b, const RunRecord *run, usec_t retry, usec_t now) {
        b->is_running = false;
        b->n_samples += run->n_samples;
        b->n_rejects += run->n_rejects;
        if (is_good_run(run)) {
                b->is_done.items[b->at] = true;
                b->pause = 0;
        } else {
                b->n_failed++;
                (void) snprintf(b->trouble, sizeof(b->trouble), "%.290s", run->failure.story);
        }
        b->is_over = backfill_n_done(b) == b->windows.len;
        if (b->is_over)
                b->trouble[0] = '\0';
        /* What may pass by itself is waited for; so is the next pass. */
        if (!b->is_over && ((!is_good_run(run) && run->failure.is_retryable) || next_owed(b) >= b->windows.len)) {
                b->pause = b->pause ? b->pause * 2 : retry;
                if (b->pause > PAUSE_MAX_HOURS * USEC_HOUR)
                        b->pause = PAUSE_MAX_HOURS * USEC_HOUR;
                b->not_before = usec_add(now, b->pause);
        }
        if (!b->is_over && next_owed(b) >= b->windows.len)
                b->at = b->windows.len;
}

void backfill_render(const Backfill *b, Text *ret) {
        (void) text_printf(ret, "%zu of %zu windows from ", backfill_n_done(b), b->windows.len);
        day_render(b->from, ret);
        (void) text_add_str(ret, " to ");
        day_render(b->to, ret);
        if (b->unit)
                (void) text_printf(ret, " of %s", b->unit);
        (void) text_printf(ret, ", %" PRIu64 " figures", b->n_samples);
        if (b->n_rejects)
                (void) text_printf(ret, ", %" PRIu64 " rejects", b->n_rejects);
        if (b->is_running) {
                (void) text_add_str(ret, ", now ");
                period_render(&b->windows.items[b->at], ret);
        }
        if (b->n_failed && !b->is_over)
                (void) text_printf(ret, "; %zu failed and %s asked again, the last one: %s", b->n_failed, b->n_failed == 1 ? "is" : "are", b->trouble);
}

BackfillState backfill_state(const Backfill *b) {
        return b->is_over ? BACKFILL_OVER : b->n_failed && !b->is_running && b->at >= b->windows.len ? BACKFILL_WAITING : BACKFILL_RUNNING;
}

BackfillStatus backfill_status(const Backfill *b) {
        static const char *const words[] = { [BACKFILL_OVER] = "over", [BACKFILL_WAITING] = "waiting", [BACKFILL_RUNNING] = "running" };

        return (BackfillStatus){
                .connector = b->connector,
                .stream = b->stream,
                .unit = b->unit,
                .state = words[backfill_state(b)],
                .from = b->from,
                .to = b->to,
                .n_windows = b->windows.len,
                .n_windows_done = backfill_n_done(b),
                .n_windows_failed = b->n_failed,
                .n_samples = b->n_samples,
                .n_rejects = b->n_rejects,
                .trouble = b->trouble[0] ? b->trouble : NULL,
        };
}

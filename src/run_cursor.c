/* Run: how far each unit has been read.
 *
 * The cursor of a stream (partition "") holds for all its units but those that lag behind: a unit of which a window failed has a cursor of its own, partition
 * "unit:SLUG", which names the last day up to which all of it came, or "-": nothing. So the stream goes on for the others. Units that lag are asked from where they
 * stand, after all others, so that what holds them up (a host that fails several times ends the run) holds up nobody else. Once a unit has caught up its cursor says
 * "ok": that of the stream holds for it again. What failed is never behind a cursor: a restart asks for it again. */

#include <stdio.h>
#include <string.h>

#include "run_priv.h"

enum { PARTITION_MAX = 256 };

static void name_partition(const Unit *u, Text *ret) {
        (void) text_printf(ret, CURSOR_UNIT "%s", u->code);
}

static bool has_unit_cursors(const Run *r) {
        return r->stream->has_window && r->stream->has_foreach && !r->stream->spec->foreach.items.len && !r->env.is_backfill && !r->env.stored;
}

/* The last day of the first window that a stream which stands there asks for; DAY_NONE: it asks for none. */
static Day first_due(const Run *r, Day cursor) {
        size_t i = 0;
        Period p;

        return window_walk(&r->stream->spec->window, cursor, r->today, &i, &p) ? p.to : DAY_NONE;
}

static void read_target(Run *r, Target *t) {
        _cleanup_(text_done) Text partition = TEXT_INIT(PARTITION_MAX);
        const char *value;

        name_partition(t->unit, &partition);
        value = r->env.known ? cursors_get(r->env.known, r->record.connector, r->record.stream, text_str(&partition)) : NULL;
        t->lags = value && strcmp(value, CURSOR_UNIT_OK) != 0;
        if (!t->lags)
                return;
        t->cursor = DAY_NONE;
        (void) day_parse(bytes_of(value), &t->cursor);
        t->due = first_due(r, t->cursor);
}

/* Those that lag stand behind the others; the order is kept otherwise. */
static void put_last(Run *r) {
        VEC(Target) behind = {};
        size_t n = 0;

        VEC_EACH(t, &r->targets) {
                if (t->lags)
                        vec_push(&behind, *t);
                else
                        r->targets.items[n++] = *t;
        }
        r->n_even = n;
        VEC_EACH(t, &behind)
                r->targets.items[n++] = *t;
        vec_done(&behind);
}

Day run_plan_cursors(Run *r, Day cursor) {
        Day due = first_due(r, cursor), first = due, from = cursor;

        VEC_EACH(t, &r->targets) {
                t->cursor = cursor;
                t->due = due;
                if (has_unit_cursors(r) && t->unit)
                        read_target(r, t);
                if (t->due != DAY_NONE && (first == DAY_NONE || t->due < first)) {
                        first = t->due;
                        from = t->cursor;
                }
        }
        put_last(r);
        return from;
}

static Target *target_of(Run *r, const Unit *unit) {
        VEC_EACH(t, &r->targets)
                if (t->unit == unit)
                        return t;
        return NULL;
}

static void note_failed(Run *r, Target *t) {
        if (t->failed > r->window)
                t->failed = r->window;
}

void run_note_failed(Run *r, bool is_whole_ask, bool is_general) {
        if (!r->stream->has_window)
                return;
        if (!has_unit_cursors(r)) {
                if (r->window < r->failed_window)
                        r->failed_window = r->window;
                return;
        }
        if (is_general)
                return;
        for (size_t i = 0; i < r->group.len; i++)
                if (is_whole_ask || r->seen.items[i] != SEEN)
                        note_failed(r, target_of(r, r->group.items[i]));
        if (!r->group.len)
                note_failed(r, &r->targets.items[r->target - 1]);
}

/* The last day before window n; DAY_NONE: it was the first one that was due. */
static Day day_before(const Run *r, size_t n, Day due) {
        return n > 0 && r->windows.items[n - 1].to >= due ? r->windows.items[n - 1].to : DAY_NONE;
}

static void add_cursor(Run *r, const char *partition, const char *value) {
        (void) parcel_add_cursor(r->parcel, &(CursorRecord){ .connector = r->record.connector, .stream = r->record.stream, .partition = partition, .value = value });
}

static void add_unit_cursor(Run *r, const Target *t) {
        _cleanup_(text_done) Text partition = TEXT_INIT(PARTITION_MAX), value = TEXT_INIT(32);
        Day day;

        name_partition(t->unit, &partition);
        if (t->failed == SIZE_MAX) {
                /* A run that was broken off has not asked for all that it lacks. */
                if (t->lags && !r->is_aborted)
                        add_cursor(r, text_str(&partition), CURSOR_UNIT_OK);
                return;
        }
        day = day_before(r, t->failed, t->due);
        if (day == DAY_NONE)
                day = t->cursor;
        if (day == DAY_NONE)
                (void) text_add_char(&value, '-');
        else
                day_render(day, &value);
        add_cursor(r, text_str(&partition), text_str(&value));
}

/* The last day up to which everything is complete, but for units that have a cursor of their own. */
static Day cursor_after(const Run *r) {
        const WindowSpec *spec = &r->stream->spec->window;
        Day cursor = DAY_NONE, whole, before;
        size_t end = r->failed_window;

        if (r->env.cursor)
                (void) day_parse(bytes_of(r->env.cursor), &cursor);
        whole = window_cursor_after(spec, cursor, r->today);
        if (has_unit_cursors(r))
                end = r->is_aborted && !r->is_behind ? r->window : r->windows.len;
        else if (r->is_aborted && end >= r->windows.len)
                return DAY_NONE;
        if (end >= r->windows.len)
                return whole;
        before = day_before(r, end, first_due(r, cursor));
        return before < whole ? before : whole;
}

void run_add_cursors(Run *r) {
        _cleanup_(text_done) Text value = TEXT_INIT(32);
        Day cursor;

        if (!r->stream->has_window || r->env.stored || r->env.is_backfill || r->env.only_unit)
                return;
        if (has_unit_cursors(r))
                VEC_EACH(t, &r->targets)
                        if (t->unit)
                                add_unit_cursor(r, t);
        cursor = cursor_after(r);
        if (cursor == DAY_NONE)
                return;
        day_render(cursor, &value);
        add_cursor(r, "", text_str(&value));
}

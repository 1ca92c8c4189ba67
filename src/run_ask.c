/* Run: which asks it goes through: windows of its stream, and the units or items of each. */

#include <stdio.h>
#include <string.h>

#include "run_priv.h"

static Day unit_code_day(const Run *r, const Unit *u) {
        Day day = r->windows.len ? r->windows.items[r->window].to : r->today;

        if (u->to != DAY_NONE && u->to < day)
                day = u->to;
        return day;
}

static bool unit_lives_in(const Unit *u, Day from, Day to) {
        return (u->from == DAY_NONE || u->from <= to) && (u->to == DAY_NONE || u->to >= from);
}

static const char *target_code(const Run *r, const Target *t) {
        const char *system = r->stream->spec->foreach.system;

        if (strcmp(system, "slug") == 0)
                return t->unit->code;
        return unit_code_of(registry_units(setup_registry(r->setup)), system, t->unit->code, unit_code_day(r, t->unit));
}

/* Whether the target is asked for in the window that r->window names. */
static bool target_is_asked(const Run *r, const Target *t) {
        Day from = r->today, to = r->today;

        if (r->windows.len && (t->due == DAY_NONE || r->windows.items[r->window].to < t->due))
                return false;
        if (!t->unit)
                return true;
        if (r->windows.len) {
                to = r->windows.items[r->window].to;
                /* A year-to-date figure is a statement made on its last day. */
                from = r->windows.items[r->window].is_cumulative ? to : r->windows.items[r->window].from;
        }
        return unit_lives_in(t->unit, from, to) && target_code(r, t);
}

static bool word_in(const ConfStrings *list, const char *word) {
        for (size_t i = 0; i < list->len; i++)
                if (strcmp(list->items[i], word) == 0)
                        return true;
        return false;
}

static void plan_targets(Run *r) {
        const ForeachSpec *spec = &r->stream->spec->foreach;
        const UnitTable *units = registry_units(setup_registry(r->setup));

        if (!r->stream->has_foreach) {
                vec_push(&r->targets, ((Target){ .failed = SIZE_MAX }));
                return;
        }
        for (size_t i = 0; i < spec->items.len; i++)
                vec_push(&r->targets, ((Target){ .item = spec->items.items[i], .failed = SIZE_MAX }));
        for (size_t i = 0; i < unit_table_len(units) && !spec->items.len; i++) {
                const Unit *u = unit_table_at(units, i);

                if (r->env.only_unit && strcmp(r->env.only_unit, u->code) != 0)
                        continue;
                if (word_in(&spec->kinds, u->kind) || word_in(&spec->units, u->code))
                        vec_push(&r->targets, ((Target){ .unit = u, .failed = SIZE_MAX }));
        }
}

/* Whoever names the windows means all of them. */
static void take_all(Run *r) {
        VEC_EACH(t, &r->targets)
                t->due = DAY_NONE + 1;
}

static void plan_windows(Run *r) {
        WindowSpec spec = r->stream->spec->window;
        Day cursor = DAY_NONE, until = r->today;
        Period p;

        r->n_even = r->targets.len;
        if (!r->stream->has_window)
                return;
        if (r->env.window) {
                vec_push(&r->windows, *r->env.window);
                take_all(r);
                return;
        }
        if (r->env.is_backfill) {
                spec.from = r->env.only_from;
                spec.to = r->env.only_to;
        } else if (r->env.cursor)
                (void) day_parse(bytes_of(r->env.cursor), &cursor);
        if (r->env.is_backfill)
                take_all(r);
        else
                cursor = run_plan_cursors(r, cursor);
        for (size_t i = 0; window_walk(&spec, cursor, until, &i, &p);)
                vec_push(&r->windows, p);
}

void run_plan(Run *r) {
        plan_targets(r);
        plan_windows(r);
        r->window = r->target = 0;
        r->failed_window = r->windows.len;
}

static void add_to_group(Run *r, const Unit *unit) {
        vec_push(&r->group, unit);
        vec_push(&r->seen, (char) SEEN_NOT);
}

static size_t last_target(const Run *r) {
        return r->is_behind ? r->targets.len : r->n_even;
}

/* The units that go with t in one ask: those that come next in the same window. */
static void fill_group(Run *r, const Target *t) {
        r->group.len = r->seen.len = 0;
        if (!r->stream->has_groups)
                return;
        add_to_group(r, t->unit);
        while (r->group.len < r->stream->spec->foreach.group && r->target < last_target(r)) {
                const Target *next = &r->targets.items[r->target++];

                if (target_is_asked(r, next))
                        add_to_group(r, next->unit);
        }
}

/* Of a group: their codes, joined. */
static void group_codes(const Run *r, Text *ret) {
        for (size_t i = 0; i < r->group.len; i++) {
                if (i)
                        (void) text_add_str(ret, r->stream->spec->foreach.join);
                (void) text_add_str(ret, target_code(r, &(Target){ .unit = r->group.items[i] }));
        }
}

static bool next_target(Run *r, const Target **ret) {
        size_t n_windows = r->stream->has_window ? r->windows.len : 1;

        for (; r->window < n_windows; r->window++, r->target = r->is_behind ? r->n_even : 0)
                while (r->target < last_target(r)) {
                        const Target *t = &r->targets.items[r->target++];

                        if (target_is_asked(r, t)) {
                                fill_group(r, t);
                                *ret = t;
                                return true;
                        }
                }
        return false;
}

int run_request(void *run, const PageMark *page, HttpRequest **ret) {
        const Run *r = run;
        const Target *t = r->asked;
        _cleanup_(text_done) Text codes = TEXT_INIT(CODES_MAX), lagging = TEXT_INIT(32);
        TemplateVars vars = {
                .window = r->stream->has_window ? &r->windows.items[r->window] : NULL,
                .item = t->item,
                .cursor = r->env.cursor,
                .page = page,
                .now = r->asked_at,
                .zone = r->stream->connector->zone,
        };

        if (t->lags) {
                if (t->cursor != DAY_NONE)
                        day_render(t->cursor, &lagging);
                vars.cursor = lagging.len ? text_str(&lagging) : NULL;
        }
        if (r->group.len) {
                group_codes(r, &codes);
                vars.unit_codes = text_str(&codes);
        } else if (t->unit) {
                vars.unit_slug = t->unit->code;
                vars.unit_name = t->unit->name;
                vars.unit_level = t->unit->level;
                vars.unit_code = target_code(r, t);
        }
        return request_plan_make(r->stream->plan, &vars, ret);
}

bool run_next_target(Run *r, const Target **ret) {
        if (next_target(r, ret))
                return true;
        if (r->is_behind || r->n_even == r->targets.len)
                return false;
        r->is_behind = true;
        r->window = 0;
        r->target = r->n_even;
        return next_target(r, ret);
}

void run_label(Run *r, const Target *t) {
        _cleanup_(text_done) Text label = TEXT_INIT(LABEL_MAX - 1);

        if (r->windows.len)
                period_render(&r->windows.items[r->window], &label);
        if (t->unit)
                (void) text_printf(&label, "%s%s", label.len ? " " : "", t->unit->code);
        if (r->group.len > 1)
                (void) text_printf(&label, "..%s (%zu)", r->group.items[r->group.len - 1]->code, r->group.len);
        if (t->item)
                (void) text_printf(&label, "%s%s", label.len ? " " : "", t->item);
        (void) snprintf(r->label, sizeof(r->label), "%s", text_str(&label));
}

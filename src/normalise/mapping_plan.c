/* The option tables of the mapping section, and its compiling: every finding that can be told before a record
 * comes. */

#include <errno.h>

#include "base/err.h"
#include "base/num.h"
#include "normalise/mapping_plan.h"
#include "normalise/name.h"
#include "normalise/plausible.h"

static const char *const kind_words[] = { "day", "month", "quarter", "half", "nine_months", "year", NULL };
static const char *const calendar_words[] = { "calendar", "15-14", NULL };
static const char *const other_names_words[] = { "left_out", "refused", NULL };

/* "const" is a word of C, so the member has another name than the key. */
#define FIELD_CONST(T, type_, help_)                                                                         \
        { .key = "const", .type = (type_), .offset = offsetof(T, constant), .help = (help_) }

static const ConfField unit_fields[] = {
        FIELD(MappingUnit, field, 0, NULL, "Field with the source's code of the unit."),
        FIELD(MappingUnit, system, 0, "slug",
                        "Code system of that field: `slug`, `name`, or one of the code tables."),
        FIELD(MappingUnit, ask, 0, "no",
                        "The unit that was asked for (streams with `foreach`); the default there."),
        FIELD_CONST(MappingUnit, CONF_STRING, "Always this unit (slug)."),
        {},
};

static const ConfField period_fields[] = {
        FIELD(MappingPeriod, window, 0, "no",
                        "The window that was asked for; the default in streams with windows."),
        FIELD(MappingPeriod, field, 0, NULL, "Field with a date or a label of the period."),
        FIELD(MappingPeriod, format, 0, "yyyy-MM-dd",
                        "Form of that field: yyyy MM M dd d HH H mm ss S Q and 'text', or `epoch`, "
                        "`epoch_ms`, `iso`, `iso_local`."),
        FIELD_WORD(MappingPeriod, kind, 0, "day", kind_words,
                        "The period of this kind in which that date lies."),
        FIELD_WORD(MappingPeriod, calendar, 0, "calendar", calendar_words,
                        "Civil periods, or those from the 15th to the 14th (Nghị định 09/2019/NĐ-CP, Art. "
                        "12)."),
        FIELD(MappingPeriod, today, 0, "no", "The day of the poll: a state on a day."),
        FIELD(MappingPeriod, cumulative, 0, "no",
                        "The figure counts from the start of the year to the end of that period."),
        {}
};

static const ConfField metric_fields[] = {
        FIELD(MappingMetric, metric, CONF_REQUIRED, NULL,
                        "Name of the metric: a-z, 0-9, dots, dashes and underscores. With `name_field` what "
                        "stands before its name."),
        FIELD(MappingMetric, value, 0, NULL, "Field with the figure."),
        FIELD_CONST(MappingMetric, CONF_DECIMAL, "Always this figure, for each record."),
        FIELD_LIST(MappingMetric, count, 0, Condition, condition_fields,
                        "The number of records of a unit and period that meet all these conditions; `[]`: "
                        "all records."),
        FIELD(MappingMetric, sum, 0, NULL,
                        "Field whose figures are added up over the records of a unit and period."),
        FIELD_LIST(MappingMetric, where, 0, Condition, condition_fields,
                        "Only records that meet all these conditions."),
        FIELD_LIST(MappingMetric, null_where, 0, Condition, condition_fields,
                        "Where all these hold there is no figure: a counter that is known to be dead."),
        FIELD(MappingMetric, words, 0, NULL,
                        "Words that stand for figures, such as `Có: 1`; null for \"no figure\"."),
        FIELD_WORD(MappingMetric, number, 0, "plain", number_form_words, "How texts write numbers."),
        FIELD_DECIMAL(MappingMetric, min, 0, NULL, "A figure below this is refused."),
        FIELD_DECIMAL(MappingMetric, max, 0, NULL, "A figure above this is refused."),
        FIELD(MappingMetric, whole, 0, "no", "A figure that is no whole number is refused."),
        FIELD(MappingMetric, from, 0, NULL,
                        "Only figures whose period ends on this day or later; of a state, its day. Before it the "
                        "figure is not taken from here: no 0, no null."),
        FIELD(MappingMetric, to, 0, NULL, "Only figures whose period ends on this day or earlier."),
        FIELD(MappingMetric, name_field, 0, NULL, "Field that tells which metric the record is about."),
        FIELD(MappingMetric, names, 0, NULL,
                        "Value of that field, and the rest of the metric's name."),
        FIELD_WORD(MappingMetric, other_names, 0, "left_out", other_names_words,
                        "What becomes of records with other values: left_out (and counted), or refused."),
        FIELD_LIST(MappingMetric, checks, 0, Plausible, plausible_fields,
                        "What is plausible of the figure, compared with what is known when it is delivered. Who wants "
                        "no check states none: a figure that fell is often a correction."),
        {}
};

const ConfField mapping_fields[] = { FIELD_MAP(MappingSpec, unit, 0, unit_fields, "Whose figure it is."),
        FIELD_MAP(MappingSpec, period, 0, period_fields, "For which period it is."),
        FIELD(MappingSpec, observed, 0, NULL,
                        "Field with the time at which the source says that the figure stood."),
        FIELD(MappingSpec, observed_format, 0, "iso_local", "Form of that field."),
        FIELD(MappingSpec, quality, 0, NULL,
                        "Field with the source's own flag on the quality of the figure."),
        FIELD(MappingSpec, evidence, 0, NULL, "Field with the proof of a declared figure."),
        FIELD_LIST(MappingSpec, where, 0, Condition, condition_fields,
                        "Only records that meet all these conditions; others are left out before anything is "
                        "counted or stored."),
        FIELD_LIST(MappingSpec, metrics, CONF_REQUIRED | CONF_NONEMPTY, MappingMetric, metric_fields,
                        "The figures that a record holds or adds to."),
        {} };

typedef struct Build {
        Mapping *m;
        const Format *format;
        const UnitTable *units;
        bool has_windows, has_foreach;
        const ConfNode *at;
        Arena *arena;
        Diag *diag;
} Build;

static int full(void) {
        return err(-E2BIG, "configuration is larger than its bound");
}

static const ConfNode *child_or(const ConfNode *map, const char *key) {
        const ConfNode *n = map ? conf_child(map, key) : NULL;

        return n ? n : map;
}

/* A field by name: -1 when name is NULL. 0 or 1. */
static int find_field(const Build *b, const char *name, const ConfNode *at, int *ret) {
        *ret = -1;
        if (!name)
                return 0;
        *ret = format_field_index(b->format, name);
        if (*ret < 0) {
                diag_error(b->diag, at, "no field \"%s\": state its place under format: fields:", name);
                return 1;
        }
        if (format_is_secret(b->format, (size_t) *ret)) {
                diag_error(b->diag, at, "field \"%s\" is secret and cannot become part of a figure", name);
                return 1;
        }
        return 0;
}

static int plan_unit_field(Build *b, const ConfNode *at) {
        const MappingUnit *u = &b->m->spec->unit;

        b->m->unit_source = UNIT_FIELD;
        /* No error: a connector is set up before its code table is, and a code table can be loaded any day.
         */
        if (b->units && !unit_table_has_system(b->units, u->system))
                diag_warn(b->diag, child_or(at, "system"),
                                "no unit bears a code of system \"%s\", so every record will be rejected: "
                                "load its code table (a CSV in units/)",
                                u->system);
        return find_field(b, u->field, child_or(at, "field"), &b->m->unit_field);
}

static int plan_unit(Build *b) {
        const MappingUnit *u = &b->m->spec->unit;
        const ConfNode *at = child_or(b->at, "unit");
        unsigned n = (u->field ? 1U : 0U) + (u->ask ? 1U : 0U) + (u->constant ? 1U : 0U);

        if (n > 1 || (n == 0 && !b->has_foreach)) {
                diag_error(b->diag, at, "the unit comes from exactly one of `field`, `ask` and `const`");
                return 1;
        }
        if (u->field)
                return plan_unit_field(b, at);
        if (u->constant) {
                b->m->unit_source = UNIT_CONST;
                b->m->unit_const = b->units ? unit_by_slug(b->units, u->constant) : NULL;
                if (b->m->unit_const)
                        return 0;
                diag_error(b->diag, child_or(at, "const"), "no unit \"%s\" in the tables of units",
                                u->constant);
                return 1;
        }
        b->m->unit_source = UNIT_ASK;
        if (b->has_foreach)
                return 0;
        diag_error(b->diag, child_or(at, "ask"),
                        "the stream asks for no units: it has no `foreach` over them");
        return 1;
}

static int plan_period(Build *b) {
        const MappingPeriod *p = &b->m->spec->period;
        const ConfNode *at = child_or(b->at, "period");
        unsigned n = (p->window ? 1U : 0U) + (p->field ? 1U : 0U) + (p->today ? 1U : 0U);

        if (n > 1 || (n == 0 && !b->has_windows)) {
                diag_error(b->diag, at, "the period comes from exactly one of `window`, `field` and `today`");
                return 1;
        }
        b->m->period_source = p->field ? PERIOD_OF_FIELD : p->today ? PERIOD_OF_TODAY : PERIOD_OF_WINDOW;
        if (b->m->period_source == PERIOD_OF_WINDOW && !b->has_windows) {
                diag_error(b->diag, child_or(at, "window"), "the stream has no `window`");
                return 1;
        }
        if (!p->field)
                return 0;
        if (when_form_parse(p->format, &b->m->period_form) < 0) {
                diag_error(b->diag, child_or(at, "format"), "%s", err_story(-EINVAL));
                return 1;
        }
        if ((p->kind == PERIOD_DAY && !b->m->period_form.has_day) ||
                        (p->kind != PERIOD_YEAR && !b->m->period_form.has_month)) {
                diag_error(b->diag, child_or(at, "format"), "\"%s\" does not tell the %s", p->format,
                                kind_words[p->kind]);
                return 1;
        }
        return find_field(b, p->field, child_or(at, "field"), &b->m->period_field);
}

static int plan_rest(Build *b) {
        const MappingSpec *s = b->m->spec;
        int bad;

        bad = find_field(b, s->observed, child_or(b->at, "observed"), &b->m->observed_field);
        bad |= find_field(b, s->quality, child_or(b->at, "quality"), &b->m->quality_field);
        bad |= find_field(b, s->evidence, child_or(b->at, "evidence"), &b->m->evidence_field);
        if (s->observed && when_form_parse(s->observed_format, &b->m->observed_form) < 0) {
                diag_error(b->diag, child_or(b->at, "observed_format"), "%s", err_story(-EINVAL));
                bad = 1;
        }
        if (s->observed && !bad && !b->m->observed_form.has_day) {
                diag_error(b->diag, child_or(b->at, "observed_format"), "\"%s\" does not tell the day",
                                s->observed_format);
                bad = 1;
        }
        return bad;
}

/* ---- metrics ---- */

static bool name_is_valid(const char *s) {
        if (!*s || strlen(s) > 100)
                return false;
        for (; *s; s++)
                if (!(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9') && *s != '_' && *s != '.' &&
                                *s != '-')
                        return false;
        return true;
}

static int normal_copy(const Build *b, const char *text, Bytes *ret) {
        _cleanup_(text_done) Text normal = TEXT_INIT(65536);
        char *copy;

        (void) name_normalise(bytes_of(text), false, &normal);
        copy = arena_dup(b->arena, text_bytes(&normal));
        if (!copy)
                return full();
        *ret = bytes_of(copy);
        return 0;
}

static int plan_word(const Build *b, const ConfPair *pair, WordFigure *ret) {
        _cleanup_(text_done) Text figure = TEXT_INIT(256);
        int r = normal_copy(b, pair->key, &ret->word);

        if (r < 0)
                return r;
        ret->figure = NULL;
        if ((pair->node && pair->node->is_null) || !pair->value || !*pair->value)
                return 0;
        if (num_canonical(bytes_of(pair->value), &figure) < 0) {
                diag_error(b->diag, pair->node,
                                "\"%s\" is no number: a word stands for a figure, or for null", pair->value);
                return 1;
        }
        ret->figure = arena_dup(b->arena, text_bytes(&figure));
        return ret->figure ? 0 : full();
}

static int plan_words(const Build *b, MetricPlan *p) {
        const ConfPairs *words = &p->spec->words;
        int bad = 0;

        p->n_words = words->len;
        p->words = ARENA_NEW_N(b->arena, WordFigure, words->len + 1);
        if (!p->words)
                return full();
        for (size_t i = 0; i < words->len; i++) {
                int r = plan_word(b, &words->items[i], &p->words[i]);

                if (r < 0)
                        return r;
                bad |= r;
        }
        return bad;
}

static int plan_name(const Build *b, const char *prefix, const ConfPair *pair, NamedMetric *ret) {
        char *name = arena_printf(b->arena, "%s%s", prefix, pair->value ? pair->value : "");
        int r;

        if (!name)
                return full();
        r = normal_copy(b, pair->key, &ret->value);
        if (r < 0)
                return r;
        ret->name = name;
        if (name_is_valid(name))
                return 0;
        diag_error(b->diag, pair->node,
                        "\"%s\" is no name of a metric: use a-z, 0-9, dots, dashes and underscores", name);
        return 1;
}

static int plan_names(const Build *b, MetricPlan *p, const ConfNode *at) {
        const MappingMetric *s = p->spec;
        int bad = find_field(b, s->name_field, child_or(at, "name_field"), &p->name_field);

        if (!s->name_field != !s->names.len) {
                diag_error(b->diag, at,
                                "`name_field` and `names` stand together: the field that tells the metric, "
                                "and what its values mean");
                return 1;
        }
        if (s->name_field && p->source != FIGURE_VALUE) {
                diag_error(b->diag, child_or(at, "name_field"), "`name_field` goes with `value` only");
                return 1;
        }
        if (!s->name_field && !name_is_valid(s->metric)) {
                diag_error(b->diag, child_or(at, "metric"),
                                "\"%s\" is no name of a metric: use a-z, 0-9, dots, dashes and underscores",
                                s->metric);
                return 1;
        }
        p->n_names = s->names.len;
        p->names = ARENA_NEW_N(b->arena, NamedMetric, s->names.len + 1);
        if (!p->names)
                return full();
        for (size_t i = 0; i < s->names.len; i++) {
                int r = plan_name(b, s->metric, &s->names.items[i], &p->names[i]);

                if (r < 0)
                        return r;
                bad |= r;
        }
        return bad;
}

static int plan_source(const Build *b, MetricPlan *p, const ConfNode *at) {
        const MappingMetric *s = p->spec;
        /* An empty list counts all records, so the key itself is the statement. */
        bool has_count = s->count.len || (at && conf_child(at, "count"));
        unsigned n = (s->value ? 1U : 0U) + (s->constant ? 1U : 0U) + (has_count ? 1U : 0U) +
                     (s->sum ? 1U : 0U);

        if (n != 1) {
                diag_error(b->diag, at,
                                "metric \"%s\" comes from exactly one of `value`, `const`, `count` and `sum`",
                                s->metric);
                return 1;
        }
        p->source = s->value      ? FIGURE_VALUE
                    : s->constant ? FIGURE_CONST
                    : has_count   ? FIGURE_COUNT
                                  : FIGURE_SUM;
        if (s->min && s->max && num_compare(bytes_of(s->min), bytes_of(s->max)) > 0) {
                diag_error(b->diag, child_or(at, "min"), "`min` is greater than `max`");
                return 1;
        }
        if (s->from != DAY_NONE && s->to != DAY_NONE && s->from > s->to) {
                diag_error(b->diag, child_or(at, "from"), "`from` is later than `to`");
                return 1;
        }
        return find_field(
                        b, s->value ? s->value : s->sum, child_or(at, s->value ? "value" : "sum"), &p->field);
}

static int plan_metric(const Build *b, MetricPlan *p, const ConfNode *at) {
        const MappingMetric *s = p->spec;
        int (*const steps[])(const Build *, MetricPlan *, const ConfNode *) = { plan_source, plan_names };
        const struct {
                Checks *to;
                const ConfItems *from;
        } lists[] = { { &p->where, &s->where }, { &p->count, &s->count },
                { &p->null_where, &s->null_where } };
        int bad = 0, r;

        for (size_t i = 0; i < ELEMENTS(steps); i++) {
                r = steps[i](b, p, at);
                if (r < 0)
                        return r;
                bad |= r;
        }
        for (size_t i = 0; i < ELEMENTS(lists); i++) {
                r = checks_compile(lists[i].to, lists[i].from, b->format, b->has_windows, b->arena, b->diag);
                if (r < 0)
                        return r;
                bad |= r;
        }
        r = plan_words(b, p);
        return r < 0 ? r : bad | r;
}

/* Both hold on some day. */
static bool overlap(const MappingMetric *a, const MappingMetric *b) {
        bool a_is_before = a->to != DAY_NONE && b->from != DAY_NONE && a->to < b->from;
        bool b_is_before = b->to != DAY_NONE && a->from != DAY_NONE && b->to < a->from;

        return !a_is_before && !b_is_before;
}

/* One metric may stand twice for sources that name their fields in two ways, but then conditions or days must
 * keep them apart. */
static int check_twice(const Build *b, size_t i, const ConfNode *at) {
        const MetricPlan *p = &b->m->metrics[i];

        for (size_t k = 0; k < i; k++) {
                const MetricPlan *other = &b->m->metrics[k];

                if (strcmp(p->spec->metric, other->spec->metric) != 0 || p->spec->name_field ||
                                other->spec->name_field)
                        continue;
                if ((p->spec->where.len && other->spec->where.len) || !overlap(p->spec, other->spec))
                        continue;
                diag_error(b->diag, at,
                                "metric \"%s\" stands twice: give both a `where`, or days, that keep them apart",
                                p->spec->metric);
                return 1;
        }
        return 0;
}

static int plan_metrics(Build *b) {
        const ConfItems *list = &b->m->spec->metrics;
        int bad = 0;

        b->m->n_metrics = list->len;
        b->m->metrics = ARENA_NEW_N(b->arena, MetricPlan, list->len + 1);
        if (!b->m->metrics)
                return full();
        for (size_t i = 0; i < list->len; i++) {
                const ConfNode *at = list->nodes ? list->nodes[i] : NULL;
                int r;

                b->m->metrics[i].spec = (const MappingMetric *) list->items + i;
                r = plan_metric(b, &b->m->metrics[i], at);
                if (r < 0)
                        return r;
                bad |= r | check_twice(b, i, at);
        }
        return bad;
}

static bool is_metric_of(const Mapping *m, const char *name) {
        const char *known;

        for (size_t i = 0; mapping_walk_metrics(m, &i, &known);)
                if (strcmp(known, name) == 0)
                        return true;
        return false;
}

static int render_checks(const Build *b, const MetricPlan *p, const Plausible *check, Text *to) {
        if (!p->n_names)
                plausible_render(check, p->spec->metric, to);
        for (size_t i = 0; i < p->n_names; i++)
                plausible_render(check, p->names[i].name, to);
        return to->is_full ? diag_error(b->diag, b->at, "the checks of the stream are longer than %d bytes", PLAUSIBLE_MAX), 1 : 0;
}

static int plan_metric_checks(const Build *b, const MetricPlan *p, Text *to) {
        const ConfItems *list = &p->spec->checks;
        const Plausible *part_of = NULL;
        int bad = 0;

        for (size_t i = 0; i < list->len; i++) {
                const Plausible *check = (const Plausible *) list->items + i;
                const ConfNode *at = list->nodes ? list->nodes[i] : NULL;

                if (plausible_check(check, at, b->diag) != 0) {
                        bad = 1;
                        continue;
                }
                if (check->not_above && !is_metric_of(b->m, check->not_above)) {
                        diag_error(b->diag, child_or(at, "not_above"), "\"%s\" is no metric of this stream", check->not_above);
                        bad = 1;
                }
                if (check->not_above && part_of) {
                        diag_error(b->diag, child_or(at, "not_above"), "a metric is part of one other: `not_above` stands once");
                        bad = 1;
                }
                part_of = check->not_above ? check : part_of;
                bad |= render_checks(b, p, check, to);
        }
        return bad;
}

/* After all metrics: a check may name one that stands further down. */
static int plan_checks(Build *b) {
        _cleanup_(text_done) Text checks = TEXT_INIT(PLAUSIBLE_MAX);
        int bad = 0;

        for (size_t i = 0; i < b->m->n_metrics; i++)
                bad |= plan_metric_checks(b, &b->m->metrics[i], &checks);
        if (bad || !checks.len)
                return bad;
        b->m->checks = arena_printf(b->arena, "[%s]", text_str(&checks));
        return b->m->checks ? 0 : full();
}

int mapping_compile(Mapping **ret, const MappingSpec *spec, const Format *format, bool has_windows,
                bool has_foreach_units, const UnitTable *units, const ConfNode *at, Arena *arena,
                Diag *diag) {
        Build b = { .m = ARENA_NEW(arena, Mapping),
                .format = format,
                .units = units,
                .has_windows = has_windows,
                .has_foreach = has_foreach_units,
                .at = at,
                .arena = arena,
                .diag = diag };
        int (*const steps[])(Build *) = { plan_unit, plan_period, plan_rest, plan_metrics, plan_checks };
        int bad = 0, r;

        if (!b.m)
                return full();
        *b.m = (Mapping){ .spec = spec,
                .format = format,
                .common = format_common(format),
                .has_windows = has_windows,
                .unit_field = -1,
                .period_field = -1 };
        for (size_t i = 0; i < ELEMENTS(steps); i++) {
                r = steps[i](&b);
                if (r < 0)
                        return r;
                bad |= r;
        }
        r = checks_compile(&b.m->where, &spec->where, format, has_windows, arena, diag);
        if (r < 0)
                return r;
        if (bad | r)
                return 1;
        *ret = b.m;
        return 0;
}

bool mapping_walk_metrics(const Mapping *m, size_t *i, const char **ret) {
        size_t n = 0;

        for (size_t k = 0; k < m->n_metrics; k++) {
                const MetricPlan *p = &m->metrics[k];
                size_t own = p->n_names ? p->n_names : 1;

                if (*i < n + own) {
                        *ret = p->n_names ? p->names[*i - n].name : p->spec->metric;
                        (*i)++;
                        return true;
                }
                n += own;
        }
        return false;
}

const char *mapping_checks(const Mapping *m) {
        return m->checks;
}

bool mapping_is_of_today(const Mapping *m) {
        return m->period_source == PERIOD_OF_TODAY;
}

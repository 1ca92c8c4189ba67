/* Campaign files: option tables, the rules that hold across keys, and the JSON for the database. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/json_out.h"
#include "base/num.h"
#include "base/vec.h"
#include "calendar/period.h"
#include "comply/campaign.h"
#include "config/bind.h"

typedef enum CriterionKind {
        CRITERION_RATIO,
        CRITERION_FLAG,
        CRITERION_VALUE,
        CRITERION_CHECKLIST,
        CRITERION_DEADLINE,
} CriterionKind;

typedef enum Accumulate {
        ACCUMULATE_SUM,
        ACCUMULATE_LATEST,
        ACCUMULATE_STATE,
} Accumulate;

typedef enum ProvinceRule {
        PROVINCE_SUM,
        PROVINCE_OWN,
        PROVINCE_COUNT_UNITS,
        PROVINCE_NONE,
} ProvinceRule;

static const char *const kind_words[] = { "ratio", "flag", "value", "checklist", "deadline", NULL };
static const char *const calendar_words[] = { "calendar", "15-14", NULL };
static const char *const accumulate_words[] = { "sum", "latest", "state", NULL };
static const char *const province_words[] = { "sum", "own", "count_units", "none", NULL };
static const char *const among_words[] = { "bound", "figures", NULL };
static const char *const direction_words[] = { "at_least", "at_most", NULL };
static const char *const carry_words[] = { "none", "predecessors", NULL };
static const char *const while_open_words[] = { "judged", "prospect", NULL };
static const char *const certainty_words[] = { "seen", "design", "memory", "open", NULL };

typedef struct LevelSpec {
        char *level, *kind, *title;
} LevelSpec;

typedef struct ReviewSpec {
        char *name, *basis;
        Day on;
} ReviewSpec;

typedef struct CapSpec {
        unsigned collectives, individuals;
} CapSpec;

typedef struct MeasureSpec {
        Day from, to;
} MeasureSpec;

typedef struct TargetSpec {
        char *level, *unit, *value;
        bool whole;
        Day from, to;
} TargetSpec;

typedef struct ExceptionSpec {
        char *level, *unit, *reason;
} ExceptionSpec;

typedef struct ItemSpec {
        char *key, *title, *metric, *note;
        ConfStrings levels;
        int certainty;
} ItemSpec;

typedef struct CriterionSpec {
        char *id, *title;
        int kind;
        ConfStrings numerator, denominator, unit_value, period, levels;
        char *witness, *out_of, *passes, *min_coverage, *exclude, *legal_basis, *note;
        int calendar, accumulate, province, count_among, direction, carry, certainty;
        ConfItems not_applicable, targets, checklist;
        usec_t due_after, stale_after;
} CriterionSpec;

typedef struct CampaignSpec {
        char *campaign, *title, *legal_basis, *note, *province;
        Day from, to;
        int while_open;
        MeasureSpec measure;
        ConfItems levels, reviews, criteria;
        CapSpec caps;
} CampaignSpec;

typedef struct Needed {
        const char *criterion;
        const char *metric;
} Needed;

struct Campaign {
        CampaignSpec spec;
        const ConfNode *node;
        const Registry *registry;
        VEC(Needed) needed;
};

/* ---- tables ---- */

static const ConfField level_fields[] = {
        FIELD(LevelSpec, level, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Short name of the level, such as P."),
        FIELD(LevelSpec, kind, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Kind of unit that stands on this level."),
        FIELD(LevelSpec, title, CONF_REQUIRED, NULL, "Name of the level, for people."),
        {}
};

static const ConfField review_fields[] = {
        FIELD(ReviewSpec, name, CONF_REQUIRED, NULL, "Name of the review."),
        FIELD(ReviewSpec, on, CONF_REQUIRED, NULL, "Day whose state is reviewed."),
        FIELD(ReviewSpec, basis, 0, NULL, "Where the day comes from."),
        {}
};

static const ConfField cap_fields[] = {
        FIELD(CapSpec, collectives, 0, NULL, "Most collectives that can be rewarded."),
        FIELD(CapSpec, individuals, 0, NULL, "Most individuals that can be rewarded."),
        {}
};

static const ConfField measure_fields[] = {
        FIELD(MeasureSpec, from, CONF_REQUIRED, NULL, "Periods that end on this day or later are measured."),
        FIELD(MeasureSpec, to, CONF_REQUIRED, NULL, "Periods that end on this day or earlier are measured."),
        {}
};

static const ConfField target_fields[] = {
        FIELD(TargetSpec, level, 0, NULL, "Units of this level, and the level as a whole."),
        FIELD(TargetSpec, unit, 0, NULL, "This unit alone."),
        FIELD(TargetSpec, whole, 0, "no", "The province as a whole: no single unit has met or missed it."),
        FIELD_DECIMAL(TargetSpec, value, CONF_REQUIRED, NULL, "The target: percent of ratios and checklists, otherwise a number."),
        FIELD(TargetSpec, from, 0, NULL, "First day on which the target holds."),
        FIELD(TargetSpec, to, 0, NULL, "Last day on which the target holds."),
        {}
};

static const ConfField exception_fields[] = {
        FIELD(ExceptionSpec, level, 0, NULL, "Units of this level."),
        FIELD(ExceptionSpec, unit, 0, NULL, "This unit."),
        FIELD(ExceptionSpec, reason, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Why the criterion does not bind it."),
        {}
};

static const ConfField item_fields[] = {
        FIELD(ItemSpec, key, CONF_REQUIRED, NULL, "Short name of the item."),
        FIELD(ItemSpec, title, CONF_REQUIRED, NULL, "The item, for people."),
        FIELD(ItemSpec, metric, CONF_REQUIRED, NULL, "Metric that is 1 when the item is there, 0 when it is not."),
        FIELD(ItemSpec, levels, CONF_REQUIRED, NULL, "Levels the item applies to; an empty list: listed, but not counted."),
        FIELD_WORD(ItemSpec, certainty, 0, "design", certainty_words, "How sure the item is."),
        FIELD(ItemSpec, note, 0, NULL, "What is uncertain."),
        {}
};

static const ConfField criterion_fields[] = {
        FIELD(CriterionSpec, id, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Id of the criterion, unique in the campaign, such as III.3b."),
        FIELD(CriterionSpec, title, CONF_REQUIRED, NULL, "The criterion in the words of the act."),
        FIELD_WORD(CriterionSpec, kind, CONF_REQUIRED, NULL, kind_words,
                   "ratio: numerator / denominator; flag: yes or no; value: the least of the metrics in unit_value; checklist: items there / items that apply; deadline: periods whose report came by its due day / periods whose day is over."),
        FIELD(CriterionSpec, numerator, 0, NULL, "Metrics whose sum is the numerator."),
        FIELD(CriterionSpec, denominator, 0, NULL, "Metrics whose sum is the denominator."),
        FIELD_DECIMAL(CriterionSpec, out_of, 0, NULL, "A fixed number as denominator."),
        FIELD(CriterionSpec, witness, 0, NULL, "Metric that shows activity: where it is above 0 while every denominator metric is 0, the source does not count, and there is no data."),
        FIELD(CriterionSpec, unit_value, 0, NULL, "Metric or metrics of a flag or value; of a deadline: what must all be stated for the report to be there. When it came is the source's own time (observed_at); without one, a figure that came late is neither late nor in time, but missing."),
        FIELD(CriterionSpec, period, CONF_REQUIRED, NULL, "Kinds of period whose figures count: day, month, quarter, half, nine_months, year."),
        FIELD_WORD(CriterionSpec, calendar, 0, "calendar", calendar_words, "Calendar periods, or those from the 15th to the 14th (Nghị định 09/2019/NĐ-CP, Art. 12). The two are never added."),
        FIELD_WORD(CriterionSpec, accumulate, CONF_REQUIRED, NULL, accumulate_words,
                   "sum: closed periods are added; latest: the newest year-to-date figure; state: the newest statement about a day."),
        FIELD_WORD(CriterionSpec, province, CONF_REQUIRED, NULL, province_words,
                   "sum: sum of numerators / sum of denominators; own: the province's own figure; count_units: units that pass / units; none."),
        FIELD_DECIMAL(CriterionSpec, passes, 0, NULL, "With count_units: the value from which on a unit passes."),
        FIELD_WORD(CriterionSpec, count_among, 0, "bound", among_words, "With count_units: among all units that are bound, or among those that have a figure."),
        FIELD_DECIMAL(CriterionSpec, min_coverage, 0, NULL,
                      "Percent of the bound units that must have a figure before a level or the province is judged; with fewer its sum is shown with status no_data."),
        FIELD_WORD(CriterionSpec, direction, 0, "at_least", direction_words, "Whether the target is a floor or a ceiling."),
        FIELD(CriterionSpec, levels, CONF_REQUIRED, NULL, "Levels that the criterion binds."),
        FIELD_LIST(CriterionSpec, not_applicable, 0, ExceptionSpec, exception_fields, "Whom it does not bind, and why."),
        FIELD_LIST(CriterionSpec, targets, 0, TargetSpec, target_fields, "Targets. Without one the figure is shown and not judged."),
        FIELD(CriterionSpec, due_after, 0, NULL, "A closed period is owed this long after its last day."),
        FIELD(CriterionSpec, stale_after, 0, NULL, "How old the source's newest statement may be."),
        FIELD_WORD(CriterionSpec, carry, 0, "none", carry_words, "Whether figures of predecessors that were merged into a unit count for it."),
        FIELD(CriterionSpec, exclude, 0, NULL, "What is left out before counting, in words."),
        FIELD(CriterionSpec, legal_basis, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Act and article."),
        FIELD_WORD(CriterionSpec, certainty, 0, "design", certainty_words,
                   "seen: stands in a source that was read; design: our own reading; memory: to be confirmed; open: not found, nothing is guessed."),
        FIELD(CriterionSpec, note, 0, NULL, "What is uncertain or chosen."),
        FIELD_LIST(CriterionSpec, checklist, 0, ItemSpec, item_fields, "Items of a checklist."),
        {}
};

const ConfField campaign_fields[] = {
        FIELD(CampaignSpec, campaign, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Name of the campaign, unique."),
        FIELD(CampaignSpec, title, CONF_REQUIRED, NULL, "The campaign, for people."),
        FIELD(CampaignSpec, legal_basis, CONF_REQUIRED | CONF_NONEMPTY, NULL, "The act that launches it."),
        FIELD(CampaignSpec, from, CONF_REQUIRED, NULL, "First day."),
        FIELD(CampaignSpec, to, CONF_REQUIRED, NULL, "Day of the final state; computing never goes beyond it."),
        FIELD_WORD(CampaignSpec, while_open, 0, "judged", while_open_words,
                   "Status until the last day: judged: met or not_met by what has come; prospect: on_track or at_risk where there is an outlook."),
        FIELD(CampaignSpec, note, 0, NULL, "What is uncertain or chosen."),
        FIELD(CampaignSpec, province, CONF_REQUIRED, NULL, "Unit that stands for the whole."),
        FIELD_MAP(CampaignSpec, measure, CONF_REQUIRED, measure_fields, "Which periods are measured."),
        FIELD_LIST(CampaignSpec, levels, CONF_REQUIRED | CONF_NONEMPTY, LevelSpec, level_fields, "Levels, each one kind of unit."),
        FIELD_LIST(CampaignSpec, reviews, 0, ReviewSpec, review_fields, "Reviews."),
        FIELD_MAP(CampaignSpec, caps, 0, cap_fields, "Caps of awards, used only to check a proposed list."),
        FIELD_LIST(CampaignSpec, criteria, CONF_REQUIRED | CONF_NONEMPTY, CriterionSpec, criterion_fields, "Criteria."),
        {}
};

/* ---- rules ---- */

static const ConfNode *node_or(const ConfNode *map, const char *key) {
        const ConfNode *n = conf_child(map, key);

        return n ? n : map;
}

static bool level_exists(const Campaign *c, const char *level) {
        const LevelSpec *levels = c->spec.levels.items;

        for (size_t i = 0; i < c->spec.levels.len; i++)
                if (strcmp(levels[i].level, level) == 0)
                        return true;
        return false;
}

static void check_levels(const Campaign *c, const ConfStrings *list, Diag *diag) {
        for (size_t i = 0; i < list->len; i++)
                if (!level_exists(c, list->items[i]))
                        diag_error(diag, list->nodes[i], "no level \"%s\" in this campaign", list->items[i]);
}

/* Of broken tables nobody can say what they lack: they have findings of their own. */
static bool lacks_unit(const Campaign *c, const char *slug) {
        const UnitTable *units = registry_units(c->registry);

        return !unit_table_is_broken(units) && !unit_by_slug(units, slug);
}

static void check_who(const Campaign *c, const char *level, const char *unit, const ConfNode *at, Diag *diag) {
        if (level && !level_exists(c, level))
                diag_error(diag, node_or(at, "level"), "no level \"%s\" in this campaign", level);
        if (unit && lacks_unit(c, unit))
                diag_error(diag, node_or(at, "unit"), "no unit \"%s\" in the unit tables", unit);
}

static bool days_overlap(const TargetSpec *a, const TargetSpec *b) {
        return (a->from == DAY_NONE || b->to == DAY_NONE || a->from <= b->to) && (b->from == DAY_NONE || a->to == DAY_NONE || b->from <= a->to);
}

static bool same_word(const char *a, const char *b) {
        return a && b && strcmp(a, b) == 0;
}

static void check_targets(const Campaign *c, const CriterionSpec *k, Diag *diag) {
        const TargetSpec *t = k->targets.items;

        for (size_t i = 0; i < k->targets.len; i++) {
                const ConfNode *at = k->targets.nodes[i];

                check_who(c, t[i].level, t[i].unit, at, diag);
                if (!!t[i].level + !!t[i].unit + t[i].whole != 1) {
                        diag_error(diag, at, "a target needs exactly one of \"level\", \"unit\" and \"whole: true\"");
                        continue;
                }
                for (size_t n = 0; n < i; n++)
                        if (((t[i].whole && t[n].whole) || same_word(t[i].level, t[n].level) || same_word(t[i].unit, t[n].unit)) && days_overlap(&t[i], &t[n]))
                                diag_error(diag, at, "this target overlaps the one in line %u", k->targets.nodes[n]->line);
        }
}

static bool is_target_of_level(const TargetSpec *t, const char *level, Day on) {
        return same_word(t->level, level) && (t->from == DAY_NONE || t->from <= on) && (t->to == DAY_NONE || t->to >= on);
}

static bool has_target(const CriterionSpec *k, const char *unit) {
        const TargetSpec *t = k->targets.items;

        for (size_t i = 0; i < k->targets.len; i++)
                if (same_word(t[i].unit, unit))
                        return true;
        return false;
}

/* A unit of this kind that no target names, or NULL. */
static const Unit *unit_without_target(const Campaign *c, const CriterionSpec *k, const char *kind) {
        const UnitTable *units = registry_units(c->registry);

        for (size_t i = 0; i < unit_table_len(units); i++) {
                const Unit *u = unit_table_at(units, i);

                if (strcmp(u->kind, kind) == 0 && !has_target(k, u->code))
                        return u;
        }
        return NULL;
}

static bool level_has_target(const CriterionSpec *k, const char *level) {
        const TargetSpec *t = k->targets.items;

        for (size_t i = 0; i < k->targets.len; i++)
                if (same_word(t[i].level, level))
                        return true;
        return false;
}

/* Whether each day of the campaign has a target of the level. */
static bool days_are_covered(const Campaign *c, const CriterionSpec *k, const char *level) {
        const TargetSpec *t = k->targets.items;

        for (Day on = c->spec.from; on <= c->spec.to; on++) {
                bool is_found = false;

                for (size_t i = 0; i < k->targets.len && !is_found; i++)
                        is_found = is_target_of_level(&t[i], level, on);
                if (!is_found)
                        return false;
        }
        return true;
}

/* A criterion with no target, or with one for the province alone, judges no unit, and is meant to. One that judges some of its levels has probably forgotten the others. */
static void check_forgotten_levels(const Campaign *c, const CriterionSpec *k, const ConfNode *at, Diag *diag) {
        const LevelSpec *levels = c->spec.levels.items;
        const TargetSpec *t = k->targets.items;
        bool judges_units = false;

        for (size_t i = 0; i < k->targets.len; i++)
                judges_units = judges_units || !t[i].whole;
        for (size_t i = 0; i < k->levels.len && judges_units; i++)
                for (size_t n = 0; n < c->spec.levels.len; n++) {
                        const Unit *u;

                        if (strcmp(levels[n].level, k->levels.items[i]) != 0)
                                continue;
                        u = unit_without_target(c, k, levels[n].kind);
                        if (!u)
                                continue;
                        if (!level_has_target(k, levels[n].level))
                                diag_warn(diag, node_or(at, "targets"), "criterion %s binds units of kind \"%s\" (level %s) but has no target for them, for one \"%s\": they will show no_target",
                                          k->id, levels[n].kind, levels[n].level, u->code);
                        else if (!days_are_covered(c, k, levels[n].level))
                                diag_warn(diag, node_or(at, "targets"), "the targets of criterion %s for level %s leave days of the campaign out: units will show no_target on them",
                                          k->id, levels[n].level);
                }
}

static void check_exceptions(const Campaign *c, const CriterionSpec *k, Diag *diag) {
        const ExceptionSpec *e = k->not_applicable.items;

        for (size_t i = 0; i < k->not_applicable.len; i++) {
                check_who(c, e[i].level, e[i].unit, k->not_applicable.nodes[i], diag);
                if (!e[i].level == !e[i].unit)
                        diag_error(diag, k->not_applicable.nodes[i], "an exception needs either \"level\" or \"unit\"");
                for (size_t n = 0; e[i].level && n < k->levels.len; n++)
                        if (strcmp(e[i].level, k->levels.items[n]) == 0)
                                diag_error(diag, k->not_applicable.nodes[i], "level \"%s\" is both bound and not applicable", e[i].level);
        }
}

static void check_periods(const CriterionSpec *k, Diag *diag) {
        PeriodKind kind;

        for (size_t i = 0; i < k->period.len; i++)
                if (!period_kind_of(bytes_of(k->period.items[i]), &kind))
                        diag_error(diag, k->period.nodes[i], "no kind of period \"%s\": it is one of day, month, quarter, half, nine_months, year", k->period.items[i]);
}

static void check_parts(const CriterionSpec *k, const ConfNode *at, Diag *diag) {
        bool is_ratio = k->kind == CRITERION_RATIO, is_list = k->kind == CRITERION_CHECKLIST, is_deadline = k->kind == CRITERION_DEADLINE;

        if (is_ratio && (!k->numerator.len || (k->denominator.len > 0) == (k->out_of != NULL)))
                diag_error(diag, at, "a ratio needs \"numerator\", and either \"denominator\" or \"out_of\"");
        if (!is_ratio && (k->numerator.len || k->denominator.len || k->out_of || k->witness))
                diag_error(diag, at, "\"numerator\", \"denominator\", \"out_of\" and \"witness\" go with kind ratio");
        if ((!is_ratio && !is_list) != (k->unit_value.len > 0))
                diag_error(diag, at, "\"unit_value\" is needed by kinds flag, value and deadline, and by no other");
        if (is_deadline && (k->accumulate != ACCUMULATE_SUM || !conf_child(at, "due_after")))
                diag_error(diag, at, "a deadline needs \"accumulate: sum\" and \"due_after\": each period has a due day of its own");
        if (is_list != (k->checklist.len > 0))
                diag_error(diag, at, "\"checklist\" is needed by kind checklist, and by no other");
        if (k->province == PROVINCE_COUNT_UNITS && !k->passes)
                diag_error(diag, at, "\"province: count_units\" needs \"passes\": the value from which on a unit passes");
}

static void check_criterion(const Campaign *c, const CriterionSpec *k, const ConfNode *at, Diag *diag) {
        check_levels(c, &k->levels, diag);
        check_targets(c, k, diag);
        check_forgotten_levels(c, k, at, diag);
        check_exceptions(c, k, diag);
        check_periods(k, diag);
        check_parts(k, at, diag);
        for (size_t i = 0; i < k->checklist.len; i++)
                check_levels(c, &((const ItemSpec *) k->checklist.items)[i].levels, diag);
}

static void check_level_kinds(const Campaign *c, Diag *diag) {
        const LevelSpec *levels = c->spec.levels.items;
        const UnitTable *units = registry_units(c->registry);

        for (size_t i = 0; i < c->spec.levels.len; i++) {
                bool is_found = false;

                for (size_t u = 0; u < unit_table_len(units) && !is_found; u++)
                        is_found = strcmp(unit_table_at(units, u)->kind, levels[i].kind) == 0;
                if (!is_found && !unit_table_is_broken(units))
                        diag_error(diag, c->spec.levels.nodes[i], "no unit of kind \"%s\" in the unit tables", levels[i].kind);
        }
}

static void check_days(const Campaign *c, Diag *diag) {
        const ReviewSpec *reviews = c->spec.reviews.items;

        if (c->spec.from > c->spec.to)
                diag_error(diag, node_or(c->node, "to"), "the campaign ends before it begins");
        if (c->spec.measure.from > c->spec.measure.to)
                diag_error(diag, node_or(c->node, "measure"), "the measured span ends before it begins");
        for (size_t i = 0; i < c->spec.reviews.len; i++)
                if (reviews[i].on < c->spec.from || reviews[i].on > c->spec.to)
                        diag_error(diag, c->spec.reviews.nodes[i], "review \"%s\" lies outside the campaign", reviews[i].name);
}

static void check_all(const Campaign *c, Diag *diag) {
        const CriterionSpec *criteria = c->spec.criteria.items;

        if (lacks_unit(c, c->spec.province))
                diag_error(diag, node_or(c->node, "province"), "no unit \"%s\" in the unit tables", c->spec.province);
        check_level_kinds(c, diag);
        check_days(c, diag);
        for (size_t i = 0; i < c->spec.criteria.len; i++) {
                check_criterion(c, &criteria[i], c->spec.criteria.nodes[i], diag);
                for (size_t n = 0; n < i; n++)
                        if (strcmp(criteria[i].id, criteria[n].id) == 0)
                                diag_error(diag, c->spec.criteria.nodes[i], "criterion \"%s\" stands twice, first in line %u", criteria[i].id, c->spec.criteria.nodes[n]->line);
        }
}

/* ---- metrics ---- */

static void need(Campaign *c, const char *criterion, const ConfStrings *metrics) {
        for (size_t i = 0; i < metrics->len; i++)
                vec_push(&c->needed, ((Needed){ criterion, metrics->items[i] }));
}

static void gather_metrics(Campaign *c) {
        const CriterionSpec *criteria = c->spec.criteria.items;

        for (size_t i = 0; i < c->spec.criteria.len; i++) {
                const CriterionSpec *k = &criteria[i];
                const ItemSpec *items = k->checklist.items;

                need(c, k->id, &k->numerator);
                need(c, k->id, &k->denominator);
                need(c, k->id, &k->unit_value);
                if (k->witness)
                        vec_push(&c->needed, ((Needed){ k->id, k->witness }));
                for (size_t n = 0; n < k->checklist.len; n++)
                        if (items[n].levels.len)
                                vec_push(&c->needed, ((Needed){ k->id, items[n].metric }));
        }
}

int campaign_load(Campaign **ret, const char *path, const Registry *registry, Arena *arena, Diag *diag) {
        size_t before = diag_errors(diag);
        const ConfNode *root;
        Campaign *c;
        int r;

        r = yaml_load(path, arena, diag, &root);
        if (r != 0)
                return r;
        c = NEW(Campaign);
        c->node = root;
        c->registry = registry;
        r = conf_bind(campaign_fields, root, arena, diag, &c->spec);
        if (r == 0) {
                check_all(c, diag);
                gather_metrics(c);
        }
        if (diag_errors(diag) > before) {
                (void) campaign_free(c);
                return 1;
        }
        *ret = c;
        return 0;
}

Campaign *campaign_free(Campaign *c) {
        if (!c)
                return NULL;
        vec_done(&c->needed);
        return xfree(c);
}

const char *campaign_code(const Campaign *c) {
        return c->spec.campaign;
}

const ConfNode *campaign_node(const Campaign *c) {
        return c->node;
}

static void render_node(JsonOut *j, const ConfNode *n) {
        bool is_plain = n->kind == CONF_NODE_SCALAR && n->is_plain;

        if (n->kind == CONF_NODE_SCALAR && n->is_null)
                json_null(j);
        else if (is_plain && num_is_decimal(bytes_of(n->text)))
                json_number(j, bytes_of(n->text));
        else if (is_plain && (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0))
                json_bool(j, n->text[0] == 't');
        else if (n->kind == CONF_NODE_SCALAR)
                json_str(j, n->text);
        else if (n->kind == CONF_NODE_LIST) {
                json_array(j);
                for (const ConfNode *c = n->first; c; c = c->next)
                        render_node(j, c);
                json_array_end(j);
        } else {
                json_object(j);
                for (const ConfNode *c = n->first; c; c = c->next) {
                        json_key(j, c->key);
                        render_node(j, c);
                }
                json_object_end(j);
        }
}

void campaign_render(const Campaign *c, Text *ret) {
        JsonOut j = JSON_OUT(ret);

        render_node(&j, c->node);
}

bool campaign_walk_metrics(const Campaign *c, size_t *i, const char **ret_criterion, const char **ret_metric) {
        if (*i >= c->needed.len)
                return false;
        *ret_criterion = c->needed.items[*i].criterion;
        *ret_metric = c->needed.items[*i].metric;
        (*i)++;
        return true;
}

/* Records to samples and rejects, one record at a time.
 *
 * Order: `where` of the mapping, period, unit, what the source says about the figure, then each metric. The
 * period comes before the unit, because a code is resolved as of the period's last day. Whatever fails makes
 * a reject; and where sums or counts could have held the record, they are marked, so that they are refused at
 * the end and never too low. */

#include <assert.h>
#include <errno.h>

#include "base/err.h"
#include "base/json_out.h"
#include "base/num.h"
#include "normalise/mapping_plan.h"
#include "normalise/name.h"
#include "normalise/tally.h"

enum {
        EXCERPT_LIMIT = 2048,
        EXCERPT_VALUE = 200,
        QUALITY_LIMIT = 200,
        EVIDENCE_LIMIT = 2000,
};

struct MappingState {
        Tally *tally;
        Text detail, excerpt, figure;
        bool has_other_unit;    /* a record of another unit than the one asked for came */
};

MappingState *mapping_state_new(const Mapping *m _unused_) {
        MappingState *s = NEW(MappingState);

        s->tally = tally_new();
        s->detail = TEXT_INIT(1024);
        s->excerpt = TEXT_INIT(EXCERPT_LIMIT);
        s->figure = TEXT_INIT(256);
        return s;
}

MappingState *mapping_state_free(MappingState *s) {
        if (!s)
                return NULL;
        s->tally = tally_free(s->tally);
        text_done(&s->detail);
        text_done(&s->excerpt);
        text_done(&s->figure);
        return xfree(s);
}

void mapping_state_commit(MappingState *s) {
        tally_commit(s->tally);
}

void mapping_state_rollback(MappingState *s) {
        tally_rollback(s->tally);
}

uint64_t mapping_state_left_out(const MappingState *s) {
        return tally_left_out(s->tally);
}

/* One record on its way. */
typedef struct Work {
        const Mapping *m;
        MappingState *s;
        const MappingContext *ctx;
        const Record *rec;
        const MappingOut *out;
        Sample sample; /* unit, period and what all metrics of the record share */
        const Unit *unit;
        Refusal refusal;
        bool has_figure, has_other_name;
} Work;

/* ---- rejects ---- */

static Bytes cut(Bytes text, size_t limit) {
        if (text.len <= limit)
                return text;
        text.len = limit;
        while (text.len && ((unsigned char) text.data[text.len] & 0xC0) == 0x80)
                text.len--;
        return text;
}

static void write_value(JsonOut *j, const Value *v) {
        switch (v->kind) {
        case VALUE_NULL:
        case VALUE_MISSING:
                json_null(j);
                break;
        case VALUE_BOOL:
                json_bool(j, bytes_equal_str(v->text, "true"));
                break;
        case VALUE_NUMBER:
                if (num_is_decimal(v->text) && v->text.len <= EXCERPT_VALUE)
                        json_number(j, v->text);
                else
                        json_bytes(j, cut(v->text, EXCERPT_VALUE));
                break;
        default:
                json_bytes(j, cut(v->text, EXCERPT_VALUE));
                break;
        }
}

/* A list or an object beside secret fields may be what they stand in. */
static bool may_hold_secret(const Work *w, size_t i) {
        return w->rec->values[i].kind == VALUE_JSON && w->m->common->secret.len;
}

/* The record's fields as JSON, as many as fit. Secret ones are left out by name, though the decoder has
 * emptied them already. */
static Bytes render_excerpt(Work *w) {
        _cleanup_(text_done) Text one = TEXT_INIT(EXCERPT_LIMIT);
        Text *all = &w->s->excerpt;

        text_clear(all);
        (void) text_add_char(all, '{');
        for (size_t i = 0; i < w->rec->n_values; i++) {
                JsonOut j = JSON_OUT(&one);

                if (w->rec->values[i].kind == VALUE_MISSING || format_is_secret(w->m->format, i) || may_hold_secret(w, i))
                        continue;
                text_clear(&one);
                one.is_full = false;
                json_object(&j);
                json_key(&j, w->m->common->fields.items[i].key);
                write_value(&j, &w->rec->values[i]);
                json_object_end(&j);
                /* Without its braces it is a member of the whole. */
                if (one.is_full || all->len + one.len > EXCERPT_LIMIT - 1)
                        continue;
                if (all->len > 1)
                        (void) text_add_char(all, ',');
                (void) text_add(all, (Bytes){ one.data + 1, one.len - 2 });
        }
        (void) text_add_char(all, '}');
        return text_bytes(all);
}

static int reject(Work *w, const char *metric) {
        Reject r = {
                .reason = w->refusal.reason,
                .request = w->ctx->request,
                .record = w->rec->number,
                .metric = metric,
                .field = bytes_of(w->refusal.field ? w->refusal.field : ""),
                .system = bytes_of(w->refusal.system ? w->refusal.system : ""),
                .code = w->refusal.code.data ? cut(w->refusal.code, EXCERPT_VALUE) : BYTES_LIT(""),
                .detail = text_bytes(&w->s->detail),
                .excerpt = render_excerpt(w),
        };

        return w->out->reject(w->out->userdata, &r);
}

static Refusal no_refusal(MappingState *s) {
        text_clear(&s->detail);
        return (Refusal){ .detail = &s->detail };
}

/* ---- period and unit ---- */

static const char *field_name(const Work *w, int field) {
        return w->m->common->fields.items[field].key;
}

/* Missing, failed and the like of a field that a record needs. CHECK_YES: it can be read. */
static CheckOutcome check_readable(Work *w, int field, RejectReason if_empty) {
        const Value *v = &w->rec->values[field];

        switch (v->kind) {
        case VALUE_MISSING:
                return refuse(&w->refusal, if_empty, field_name(w, field), "the field is not in the record");
        case VALUE_NULL:
                return refuse(&w->refusal, if_empty, field_name(w, field), "the field is null");
        case VALUE_LOST_DIGITS:
                return refuse(&w->refusal, REJECT_PRECISION, field_name(w, field),
                                "a number of the record would lose digits in the selector's program");
        case VALUE_FAILED:
                return refuse(&w->refusal, if_empty, field_name(w, field), "the selector failed: %.*s",
                                (int) cut(v->text, 200).len, v->text.data);
        default:
                break;
        }
        if (value_is_empty(v))
                return refuse(&w->refusal, if_empty, field_name(w, field), "the field is empty");
        return CHECK_YES;
}

static bool make_cumulative(const Mapping *m, Period *p) {
        CalendarKind calendar = p->calendar;
        Period year;

        if (!m->spec->period.cumulative)
                return true;
        if (!period_containing(PERIOD_YEAR, calendar, p->to, &year))
                return false;
        *p = (Period){ .kind = PERIOD_YEAR,
                .calendar = calendar,
                .from = year.from,
                .to = p->to,
                .is_cumulative = true };
        return true;
}

/* Where the period does not depend on the record. */
static bool common_period(const Mapping *m, const MappingContext *ctx, Period *ret) {
        if (m->period_source == PERIOD_OF_FIELD)
                return false;
        if (m->period_source == PERIOD_OF_WINDOW) {
                if (!ctx->window)
                        return false;
                *ret = *ctx->window;
        } else if (!period_containing(PERIOD_DAY, CALENDAR_CIVIL, ctx->today, ret))
                return false;
        return make_cumulative(m, ret);
}

static CheckOutcome find_period(Work *w, Period *ret) {
        const MappingPeriod *spec = &w->m->spec->period;
        const Value *v;
        char quoted[100];
        Day day;

        if (w->m->period_source != PERIOD_OF_FIELD) {
                if (common_period(w->m, w->ctx, ret))
                        return CHECK_YES;
                return refuse(&w->refusal, REJECT_NO_PERIOD, NULL, "the request has no window");
        }
        if (check_readable(w, w->m->period_field, REJECT_NO_PERIOD) != CHECK_YES)
                return CHECK_REFUSED;
        v = &w->rec->values[w->m->period_field];
        if (when_parse_day(&w->m->period_form, v->text, w->ctx->zone, &day) < 0)
                return refuse(&w->refusal, REJECT_NOT_A_DATE, spec->field, "%s is no date of the form %s",
                                quote_value(v->text, quoted, sizeof(quoted)), spec->format);
        if (!period_containing((PeriodKind) spec->kind, (CalendarKind) spec->calendar, day, ret) ||
                        !make_cumulative(w->m, ret))
                return refuse(&w->refusal, REJECT_NO_PERIOD, spec->field, "%s lies in no period of that kind",
                                quote_value(v->text, quoted, sizeof(quoted)));
        return CHECK_YES;
}

/* Codes change owners: the one that counts is the owner on the last day of the period; of a state, today. */
static CheckOutcome find_unit(Work *w, const Period *period) {
        const MappingUnit *spec = &w->m->spec->unit;
        const Value *v;
        char quoted[100];
        _cleanup_(text_done) Text day = TEXT_INIT(16);

        if (w->m->unit_source == UNIT_CONST)
                w->unit = w->m->unit_const;
        if (w->m->unit_source == UNIT_ASK)
                w->unit = w->ctx->unit;
        if (w->m->unit_source != UNIT_FIELD)
                return w->unit ? CHECK_YES
                               : refuse(&w->refusal, REJECT_NO_UNIT, NULL, "the request was for no unit");
        if (check_readable(w, w->m->unit_field, REJECT_NO_UNIT) != CHECK_YES)
                return CHECK_REFUSED;
        v = &w->rec->values[w->m->unit_field];
        w->unit = unit_resolve(w->ctx->units, spec->system, v->text, period->to);
        if (w->unit)
                return CHECK_YES;
        w->refusal.system = spec->system;
        w->refusal.code = bytes_trim(v->text);
        day_render(period->to, &day);
        return refuse(&w->refusal, REJECT_UNKNOWN_UNIT, spec->field, "%s is no code of system \"%s\" on %s",
                        quote_value(v->text, quoted, sizeof(quoted)), spec->system, text_str(&day));
}

static Bytes statement(const Work *w, int field, size_t limit) {
        if (field < 0 || value_is_empty(&w->rec->values[field]) || w->rec->values[field].kind == VALUE_FAILED)
                return BYTES_NULL;
        return cut(bytes_trim(w->rec->values[field].text), limit);
}

/* What the source itself says about its figure. */
static CheckOutcome find_statements(Work *w) {
        const Value *v;
        char quoted[100];

        w->sample.quality = statement(w, w->m->quality_field, QUALITY_LIMIT);
        w->sample.evidence = statement(w, w->m->evidence_field, EVIDENCE_LIMIT);
        if (w->m->observed_field < 0)
                return CHECK_YES;
        v = &w->rec->values[w->m->observed_field];
        if (value_is_empty(v))
                return CHECK_YES;
        if (when_parse_instant(&w->m->observed_form, v->text, w->ctx->zone, &w->sample.observed_at) < 0)
                return refuse(&w->refusal, REJECT_NOT_A_DATE, w->m->spec->observed,
                                "%s is no time of the form %s", quote_value(v->text, quoted, sizeof(quoted)),
                                w->m->spec->observed_format);
        return CHECK_YES;
}

/* ---- figures ---- */

typedef enum Figure {
        FIGURE_IS_THERE, /* in state->figure */
        FIGURE_IS_NULL,
        FIGURE_IS_REFUSED,
} Figure;

static Figure refuse_figure(Work *w, RejectReason reason, const char *field, Bytes text, const char *why) {
        char quoted[100];

        (void) refuse(&w->refusal, reason, field, "%s %s", quote_value(text, quoted, sizeof(quoted)), why);
        return FIGURE_IS_REFUSED;
}

static const WordFigure *find_word(const MetricPlan *p, Bytes text) {
        _cleanup_(text_done) Text normal = TEXT_INIT(text.len * 2 + 16);

        if (!p->n_words)
                return NULL;
        (void) name_normalise(text, false, &normal);
        for (size_t i = 0; i < p->n_words; i++)
                if (bytes_equal(p->words[i].word, text_bytes(&normal)))
                        return &p->words[i];
        return NULL;
}

static Figure check_figure(Work *w, const MetricPlan *p, const char *field) {
        const MappingMetric *s = p->spec;
        Bytes figure = text_bytes(&w->s->figure);

        if (s->min && num_compare(figure, bytes_of(s->min)) < 0)
                return refuse_figure(
                                w, REJECT_IMPLAUSIBLE, field, figure, "is below the least that is plausible");
        if (s->max && num_compare(figure, bytes_of(s->max)) > 0)
                return refuse_figure(
                                w, REJECT_IMPLAUSIBLE, field, figure, "is above the most that is plausible");
        if (s->whole && memchr(figure.data, '.', figure.len))
                return refuse_figure(w, REJECT_IMPLAUSIBLE, field, figure, "is no whole number");
        return FIGURE_IS_THERE;
}

static Figure parse_figure(Work *w, const MetricPlan *p, const Value *v, const char *field) {
        NumberForm form = v->kind == VALUE_NUMBER ? NUMBER_PLAIN : (NumberForm) p->spec->number;
        const WordFigure *word = v->kind == VALUE_NUMBER ? NULL : find_word(p, v->text);
        int r;

        text_clear(&w->s->figure);
        if (word) {
                if (!word->figure)
                        return FIGURE_IS_NULL;
                (void) text_add_str(&w->s->figure, word->figure);
                return check_figure(w, p, field);
        }
        if (v->kind != VALUE_NUMBER && v->kind != VALUE_TEXT)
                return refuse_figure(w, REJECT_NOT_A_NUMBER, field, v->text, "is not a number");
        r = number_parse(v->text, form, &w->s->figure);
        if (r == -ERANGE)
                return refuse_figure(w, REJECT_PRECISION, field, v->text,
                                "has more digits than a figure can keep");
        if (r < 0)
                return refuse_figure(w, REJECT_NOT_A_NUMBER, field, v->text, "is not a number");
        return check_figure(w, p, field);
}

static Figure read_figure(Work *w, const MetricPlan *p) {
        const Value *v = &w->rec->values[p->field];
        const char *field = field_name(w, p->field);

        switch (v->kind) {
        case VALUE_MISSING:
                (void) refuse(&w->refusal, REJECT_MISSING_FIELD, field, "the field is not in the record");
                return FIGURE_IS_REFUSED;
        case VALUE_NULL:
                return FIGURE_IS_NULL;
        case VALUE_LOST_DIGITS:
                (void) refuse(&w->refusal, REJECT_PRECISION, field,
                                "a number of the record would lose digits in the selector's program");
                return FIGURE_IS_REFUSED;
        case VALUE_FAILED:
                (void) refuse(&w->refusal, REJECT_NOT_A_NUMBER, field, "the selector failed: %.*s",
                                (int) cut(v->text, 200).len, v->text.data);
                return FIGURE_IS_REFUSED;
        case VALUE_TEXT:
                if (!bytes_trim(v->text).len)
                        return FIGURE_IS_NULL;
                break;
        default:
                break;
        }
        return parse_figure(w, p, v, field);
}

/* NULL: the record is about a metric that is not wanted. */
static const char *find_name(const Work *w, const MetricPlan *p) {
        _cleanup_(text_done) Text normal = TEXT_INIT(1024);
        const Value *v;

        if (p->name_field < 0)
                return p->spec->metric;
        v = &w->rec->values[p->name_field];
        if (value_is_empty(v) || v->text.len > 256)
                return NULL;
        (void) name_normalise(v->text, false, &normal);
        for (size_t i = 0; i < p->n_names; i++)
                if (bytes_equal(p->names[i].value, text_bytes(&normal)))
                        return p->names[i].name;
        return NULL;
}

static int emit(Work *w, const char *metric, Bytes figure, bool is_null) {
        Sample s = w->sample;

        s.metric = metric;
        s.is_null = is_null;
        s.value = is_null ? BYTES_NULL : figure;
        return w->out->sample(w->out->userdata, &s);
}

/* The record is about a metric that is not in the table of names. */
static int pass_other_name(Work *w, const MetricPlan *p) {
        char quoted[100];

        if (p->spec->other_names == OTHER_NAMES_LEFT_OUT) {
                w->has_other_name = true;
                return 0;
        }
        (void) refuse(&w->refusal, REJECT_UNKNOWN_METRIC, p->spec->name_field, "%s is no metric of this stream",
                        quote_value(w->rec->values[p->name_field].text, quoted, sizeof(quoted)));
        return reject(w, NULL);
}

/* One record, one figure. */
static int apply_value(Work *w, const MetricPlan *p, bool is_dead) {
        const char *name = find_name(w, p);
        Figure figure;

        if (!name)
                return pass_other_name(w, p);
        w->has_figure = true;
        if (is_dead)
                return emit(w, name, BYTES_NULL, true);
        if (p->source == FIGURE_CONST)
                return emit(w, name, bytes_of(p->spec->constant), false);
        figure = read_figure(w, p);
        if (figure == FIGURE_IS_REFUSED)
                return reject(w, name);
        return emit(w, name, text_bytes(&w->s->figure), figure == FIGURE_IS_NULL);
}

static TallyCell *cell_of(Work *w, size_t i) {
        return tally_cell(w->s->tally, w->unit, &w->sample.period, i);
}

static int apply_count(Work *w, size_t i) {
        const MetricPlan *p = &w->m->metrics[i];
        CheckOutcome o = checks_hold(&p->count, w->ctx, w->rec, &w->refusal);
        TallyCell *cell = cell_of(w, i);

        if (!cell)
                return -E2BIG;
        if (o == CHECK_REFUSED) {
                cell->n_refused++;
                return reject(w, p->spec->metric);
        }
        cell->count += o == CHECK_YES;
        return 0;
}

static int apply_sum(Work *w, size_t i, bool is_dead) {
        const MetricPlan *p = &w->m->metrics[i];
        Figure figure = is_dead ? FIGURE_IS_NULL : read_figure(w, p);
        TallyCell *cell = cell_of(w, i);

        if (!cell)
                return -E2BIG;
        if (figure == FIGURE_IS_NULL)
                cell->has_null = true;
        if (figure == FIGURE_IS_THERE && tally_sum(cell, text_bytes(&w->s->figure)) < 0)
                figure = refuse_figure(w, REJECT_PRECISION, field_name(w, p->field),
                                text_bytes(&w->s->figure), "makes the sum longer than a figure can be");
        if (figure != FIGURE_IS_REFUSED)
                return 0;
        cell->n_refused++;
        return reject(w, p->spec->metric);
}

static bool is_gathered(const MetricPlan *p) {
        return p->source == FIGURE_COUNT || p->source == FIGURE_SUM;
}

/* A record whose conditions cannot be judged may have belonged to the sum or count. */
static int refuse_metric(Work *w, size_t i) {
        const MetricPlan *p = &w->m->metrics[i];

        if (is_gathered(p)) {
                TallyCell *cell = cell_of(w, i);

                if (!cell)
                        return -E2BIG;
                cell->n_refused++;
        }
        return reject(w, p->name_field < 0 ? p->spec->metric : NULL);
}

static int apply_metric(Work *w, size_t i) {
        const MetricPlan *p = &w->m->metrics[i];
        CheckOutcome o, dead = CHECK_NO;

        w->refusal = no_refusal(w->s);
        o = checks_hold(&p->where, w->ctx, w->rec, &w->refusal);
        if (o == CHECK_YES && p->null_where.len)
                dead = checks_hold(&p->null_where, w->ctx, w->rec, &w->refusal);
        if (o == CHECK_REFUSED || dead == CHECK_REFUSED)
                return refuse_metric(w, i);
        if (o == CHECK_NO)
                return 0;
        if (p->source == FIGURE_COUNT)
                return apply_count(w, i);
        if (p->source == FIGURE_SUM)
                return apply_sum(w, i, dead == CHECK_YES);
        return apply_value(w, p, dead == CHECK_YES);
}

/* What a law demands only while it is in force. */
static bool is_in_force(const MetricPlan *p, const Period *period) {
        const MappingMetric *s = p->spec;

        return (s->from == DAY_NONE || s->from <= period->to) && (s->to == DAY_NONE || period->to <= s->to);
}

/* The record as a whole is refused, with its unit and period known. */
static int refuse_record(Work *w) {
        for (size_t i = 0; i < w->m->n_metrics; i++)
                if (is_gathered(&w->m->metrics[i]) && is_in_force(&w->m->metrics[i], &w->sample.period)) {
                        TallyCell *cell = cell_of(w, i);

                        if (!cell)
                                return -E2BIG;
                        cell->n_refused++;
                }
        return reject(w, NULL);
}

/* ... with one of them unknown: it may belong to any sum or count of this ask. */
static int refuse_stray(Work *w) {
        tally_refuse(w->s->tally);
        return reject(w, NULL);
}

/* A record that `where` does not leave out. */
static int apply_record(Work *w) {
        const Mapping *m = w->m;
        size_t n_in_force = 0;
        int r;

        if (find_period(w, &w->sample.period) != CHECK_YES)
                return refuse_stray(w);
        /* A code that is in no table belongs to no unit whose figures are kept: the sums of the others are
         * right without it. But where one unit was asked for, it may be that unit under a new code. */
        if (find_unit(w, &w->sample.period) != CHECK_YES)
                return w->refusal.reason == REJECT_UNKNOWN_UNIT && !w->ctx->unit ? reject(w, NULL)
                                                                                 : refuse_stray(w);
        w->sample.unit = w->unit->code;
        if (w->ctx->unit && w->unit != w->ctx->unit)
                w->s->has_other_unit = true;
        if (find_statements(w) != CHECK_YES)
                return refuse_record(w);
        for (size_t i = 0; i < m->n_metrics; i++) {
                if (!is_in_force(&m->metrics[i], &w->sample.period))
                        continue;
                n_in_force++;
                r = apply_metric(w, i);
                if (r != 0)
                        return r;
        }
        if ((w->has_other_name && !w->has_figure) || n_in_force == 0)
                tally_leave_out(w->s->tally);
        return 0;
}

int mapping_apply(const Mapping *m, MappingState *s, const MappingContext *ctx, const Record *rec,
                const MappingOut *out) {
        Refusal refusal = no_refusal(s);
        CheckOutcome o = checks_hold(&m->where, ctx, rec, &refusal);
        Work w;

        if (o == CHECK_NO) {
                tally_leave_out(s->tally);
                return 0;
        }
        w = (Work){ .m = m,
                .s = s,
                .ctx = ctx,
                .rec = rec,
                .out = out,
                .refusal = refusal,
                .sample = { .request = ctx->request, .record = rec->number } };
        return o == CHECK_REFUSED ? refuse_stray(&w) : apply_record(&w);
}

/* ---- the end of an ask ---- */

static int emit_incomplete(const Mapping *m, MappingState *s, const MappingContext *ctx,
                const MappingOut *out, const TallyCell *cell, uint64_t n_refused) {
        Reject r = { .reason = REJECT_INCOMPLETE,
                .request = ctx->request,
                .metric = m->metrics[cell->metric].spec->metric,
                .field = BYTES_LIT(""),
                .system = BYTES_LIT("slug"),
                .code = bytes_of(cell->unit->code),
                .excerpt = BYTES_LIT("{}") };

        text_clear(&s->detail);
        (void) text_printf(&s->detail, "%llu records that may belong to it were refused; period ",
                        (unsigned long long) n_refused);
        period_render(&cell->period, &s->detail);
        r.detail = text_bytes(&s->detail);
        return out->reject(out->userdata, &r);
}

static int emit_cell(const Mapping *m, MappingState *s, const MappingContext *ctx, const MappingOut *out,
                const TallyCell *cell) {
        const MetricPlan *p = &m->metrics[cell->metric];
        uint64_t n_refused = cell->n_refused + tally_refused(s->tally);
        Sample sample = { .metric = p->spec->metric,
                .unit = cell->unit->code,
                .period = cell->period,
                .request = ctx->request };

        if (n_refused)
                return emit_incomplete(m, s, ctx, out, cell, n_refused);
        text_clear(&s->figure);
        if (p->source == FIGURE_COUNT)
                (void) text_printf(&s->figure, "%lld", (long long) cell->count);
        else
                (void) text_add(&s->figure,
                                cell->sum_len ? (Bytes){ cell->sum, cell->sum_len } : BYTES_LIT("0"));
        sample.is_null = cell->has_null;
        sample.value = cell->has_null ? BYTES_NULL : text_bytes(&s->figure);
        return out->sample(out->userdata, &sample);
}

/* The unit was asked for and the answer held no record at all: that is a count of nothing, a real 0. Where it
 * held records of others, the source has answered another question, and nothing is known of this unit. */
static int emit_zeros(const Mapping *m, MappingState *s, const MappingContext *ctx, const MappingOut *out) {
        Period period;

        if (!ctx->unit || s->has_other_unit || !common_period(m, ctx, &period))
                return 0;
        for (size_t i = 0; i < m->n_metrics; i++) {
                TallyCell zero = { .unit = ctx->unit, .period = period, .metric = i };
                int r;

                if (m->metrics[i].source != FIGURE_COUNT || !is_in_force(&m->metrics[i], &period) || tally_has(s->tally, ctx->unit, &period, i))
                        continue;
                r = emit_cell(m, s, ctx, out, &zero);
                if (r != 0)
                        return r;
        }
        return 0;
}

int mapping_finish(const Mapping *m, MappingState *s, const MappingContext *ctx, const MappingOut *out) {
        const TallyCell *cell;

        for (size_t i = 0; tally_walk(s->tally, &i, &cell);) {
                int r = emit_cell(m, s, ctx, out, cell);

                if (r != 0)
                        return r;
        }
        return emit_zeros(m, s, ctx, out);
}

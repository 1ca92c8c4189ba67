/* Conditions on the fields of a record, compiled. */

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "base/num.h"
#include "normalise/condition.h"
#include "normalise/name.h"
#include "normalise/number.h"

static const char *const present_words[] = { "any", "yes", "no", NULL };

const ConfField condition_fields[] = { FIELD(Condition, field, CONF_REQUIRED, NULL, "Field of the record."),
        FIELD(Condition, is, 0, NULL, "It has this value."),
        FIELD(Condition, is_not, 0, NULL, "It has another value, or none."),
        FIELD(Condition, in, 0, NULL, "It has one of these values."),
        FIELD(Condition, not_in, 0, NULL, "It has none of these values."),
        FIELD_DECIMAL(Condition, above, 0, NULL, "It is a number greater than this."),
        FIELD(Condition, from, 0, NULL,
                        "It is a date not before this day (2024-01-31); `window`: the first day of the "
                        "window that is asked for."),
        FIELD(Condition, to, 0, NULL,
                        "It is a date not after this day; `window`: the last day of the window that is asked "
                        "for."),
        FIELD(Condition, format, 0, "iso_local", "Form of that date."),
        FIELD_WORD(Condition, present, 0, "any", present_words,
                        "`yes`: it is there and neither null nor empty; `no`: the opposite."),
        {} };

bool value_is_empty(const Value *v) {
        switch (v->kind) {
        case VALUE_MISSING:
        case VALUE_NULL:
                return true;
        case VALUE_TEXT:
                return bytes_trim(v->text).len == 0;
        case VALUE_JSON:
                return v->text.len <= 2;
        default:
                return false;
        }
}

const char *quote_value(Bytes text, char *buffer, size_t size) {
        size_t n = text.len < 80 ? text.len : 80;

        if (n > size - 6)
                n = size - 6;
        while (n && n < text.len && ((unsigned char) text.data[n] & 0xC0) == 0x80)
                n--;
        (void) snprintf(buffer, size, "\"%.*s%s\"", (int) n, text.data ? text.data : "",
                        n < text.len ? "..." : "");
        return buffer;
}

CheckOutcome refuse(Refusal *refusal, RejectReason reason, const char *field, const char *format, ...) {
        va_list ap;

        refusal->reason = reason;
        refusal->field = field;
        va_start(ap, format);
        (void) text_vprintf(refusal->detail, format, ap);
        va_end(ap);
        return CHECK_REFUSED;
}

/* ---- compiling ---- */

/* A number that has one form only, so that another text of that sort is another number: 0, or digits of which the first is not 0. */
static bool is_plain_integer(Bytes text) {
        for (size_t i = 0; i < text.len; i++)
                if (text.data[i] < '0' || text.data[i] > '9')
                        return false;
        return text.len == 1 || (text.len && text.data[0] != '0');
}

static int add_words(Check *c, char *const *items, size_t n, Arena *arena) {
        ConditionWord *words = ARENA_NEW_N(arena, ConditionWord, n + 1);

        for (size_t i = 0; words && i < n; i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(65536);
                char *copy;

                (void) name_normalise(bytes_of(items[i]), false, &text);
                copy = arena_dup(arena, text_bytes(&text));
                if (!copy)
                        words = NULL;
                else
                        words[i] = (ConditionWord){ .text = bytes_of(copy),
                                .is_number = num_is_decimal(bytes_of(copy)) };
        }
        if (!words)
                return err(-E2BIG, "configuration is larger than its bound");
        c->words = words;
        c->n_words = n;
        c->are_plain = true;
        for (size_t i = 0; i < n; i++)
                c->are_plain &= !words[i].is_number || is_plain_integer(words[i].text);
        return 0;
}

static int compile_end(const char *text, bool has_windows, const ConfNode *at, Diag *diag, bool *ret_window,
                Day *ret) {
        *ret = DAY_NONE;
        *ret_window = false;
        if (!text)
                return 0;
        if (strcmp(text, "window") == 0) {
                *ret_window = true;
                if (has_windows)
                        return 0;
                diag_error(diag, at, "the stream has no `window`");
                return 1;
        }
        if (day_parse(bytes_of(text), ret) == 0)
                return 0;
        diag_error(diag, at, "\"%s\" is no day: write 2024-01-31, or `window`", text);
        return 1;
}

static int compile_within(Check *c, const Condition *spec, bool has_windows, const ConfNode *at, Diag *diag) {
        int bad;

        c->test = CONDITION_WITHIN;
        bad = compile_end(spec->from, has_windows, at, diag, &c->from_window, &c->from);
        bad |= compile_end(spec->to, has_windows, at, diag, &c->to_window, &c->to);
        if (when_form_parse(spec->format, &c->form) < 0) {
                diag_error(diag, at, "%s", err_story(-EINVAL));
                bad = 1;
        }
        return bad;
}

static unsigned count_tests(const Condition *s) {
        return (s->is ? 1U : 0U) + (s->is_not ? 1U : 0U) + (s->in.len ? 1U : 0U) + (s->not_in.len ? 1U : 0U) +
               (s->above ? 1U : 0U) + (s->from || s->to ? 1U : 0U) + (s->present ? 1U : 0U);
}

static int compile_test(Check *c, const Condition *s, bool has_windows, const ConfNode *at, Arena *arena,
                Diag *diag) {
        if (s->from || s->to)
                return compile_within(c, s, has_windows, at, diag);
        if (s->present) {
                c->test = s->present == 1 ? CONDITION_PRESENT : CONDITION_ABSENT;
                return 0;
        }
        if (s->in.len || s->not_in.len) {
                const ConfStrings *list = s->in.len ? &s->in : &s->not_in;

                c->test = s->in.len ? CONDITION_IN : CONDITION_NOT_IN;
                return add_words(c, list->items, list->len, arena);
        }
        c->test = s->is ? CONDITION_IS : s->is_not ? CONDITION_IS_NOT : CONDITION_ABOVE;
        return add_words(c, s->is ? &s->is : s->is_not ? &s->is_not : &s->above, 1, arena);
}

static int compile_one(Check *c, const Condition *s, const Format *format, bool has_windows,
                const ConfNode *at, Arena *arena, Diag *diag) {
        int field = format_field_index(format, s->field), r;

        if (field < 0) {
                diag_error(diag, at, "no field \"%s\": state its place under format: fields:", s->field);
                return 1;
        }
        if (count_tests(s) != 1) {
                diag_error(diag, at,
                                "a condition on \"%s\" has exactly one test: is, is_not, in, not_in, above, "
                                "from/to or present",
                                s->field);
                return 1;
        }
        c->name = s->field;
        c->field = (size_t) field;
        r = compile_test(c, s, has_windows, at, arena, diag);
        if (r != 0)
                return r;
        if (format_is_secret(format, c->field) && c->test != CONDITION_PRESENT &&
                        c->test != CONDITION_ABSENT) {
                diag_error(diag, at, "field \"%s\" is secret: it can only be asked whether it is `present`",
                                s->field);
                return 1;
        }
        return 0;
}

int checks_compile(Checks *ret, const ConfItems *list, const Format *format, bool has_windows, Arena *arena,
                Diag *diag) {
        int bad = 0;

        ret->items = ARENA_NEW_N(arena, Check, list->len + 1);
        if (!ret->items)
                return err(-E2BIG, "configuration is larger than its bound");
        ret->len = list->len;
        for (size_t i = 0; i < list->len; i++) {
                int r = compile_one(&ret->items[i], (const Condition *) list->items + i, format, has_windows,
                                list->nodes ? list->nodes[i] : NULL, arena, diag);

                if (r < 0)
                        return r;
                bad |= r;
        }
        return bad;
}

/* ---- judging ---- */

/* Text that has one form only: printable ASCII without blanks. */
static bool is_normal(Bytes text) {
        for (size_t i = 0; i < text.len; i++)
                if (text.data[i] <= ' ' || text.data[i] > '~')
                        return false;
        return true;
}

static bool word_is(const ConditionWord *word, const Value *v, Bytes normal) {
        if (v->kind == VALUE_NUMBER && word->is_number && !(is_plain_integer(v->text) && is_plain_integer(word->text)))
                return num_is_decimal(v->text) && num_compare(v->text, word->text) == 0;
        return bytes_equal(word->text, normal);
}

/* What is equal once it has its normal form, or as a number. */
static bool any_word_means(const Check *c, const Value *v) {
        _cleanup_(text_done) Text normal = TEXT_INIT(v->text.len * 2 + 16);

        if (!is_normal(v->text))
                (void) name_normalise(v->text, false, &normal);
        for (size_t i = 0; i < c->n_words; i++)
                if (word_is(&c->words[i], v, normal.data ? text_bytes(&normal) : v->text))
                        return true;
        return false;
}

static bool any_word_is(const Check *c, const Value *v) {
        if (v->kind == VALUE_NULL)
                return false;
        for (size_t i = 0; i < c->n_words; i++) {
                Bytes word = c->words[i].text;

                if (word.len == v->text.len && (!word.len || (*word.data == *v->text.data && bytes_equal(word, v->text))))
                        return true;
        }
        /* Most values have one form only, and another text is another value. */
        if (v->kind == VALUE_NUMBER ? c->are_plain && is_plain_integer(v->text) : is_normal(v->text))
                return false;
        return any_word_means(c, v);
}

static CheckOutcome outcome(bool holds) {
        return holds ? CHECK_YES : CHECK_NO;
}

static CheckOutcome judge_above(const Check *c, const Value *v, Refusal *refusal) {
        _cleanup_(text_done) Text number = TEXT_INIT(256);
        char quoted[100];

        if (value_is_empty(v))
                return CHECK_NO;
        if ((v->kind != VALUE_NUMBER && v->kind != VALUE_TEXT) ||
                        number_parse(v->text, NUMBER_PLAIN, &number) < 0)
                return refuse(refusal, REJECT_NOT_A_NUMBER, c->name, "%s is not a number",
                                quote_value(v->text, quoted, sizeof(quoted)));
        return outcome(num_compare(text_bytes(&number), c->words[0].text) > 0);
}

static CheckOutcome judge_within(
                const Check *c, const MappingContext *ctx, const Value *v, Refusal *refusal) {
        Day day, from = c->from, to = c->to;
        char quoted[100];

        if (value_is_empty(v))
                return CHECK_NO;
        if (when_parse_day(&c->form, v->text, ctx->zone, &day) < 0)
                return refuse(refusal, REJECT_NOT_A_DATE, c->name, "%s is no date of the form %s",
                                quote_value(v->text, quoted, sizeof(quoted)), c->form.pattern);
        if (c->from_window)
                from = ctx->window->from;
        if (c->to_window)
                to = ctx->window->to;
        return outcome((from == DAY_NONE || day >= from) && (to == DAY_NONE || day <= to));
}

static CheckOutcome judge(const Check *c, const MappingContext *ctx, const Record *rec, Refusal *refusal) {
        const Value *v = &rec->values[c->field];

        if (c->test == CONDITION_PRESENT || c->test == CONDITION_ABSENT)
                return outcome(value_is_empty(v) == (c->test == CONDITION_ABSENT));
        switch (v->kind) {
        case VALUE_MISSING:
                return refuse(refusal, REJECT_MISSING_FIELD, c->name, "the field is not in the record");
        case VALUE_LOST_DIGITS:
                return refuse(refusal, REJECT_PRECISION, c->name,
                                "a number of the record would lose digits in the selector's program");
        case VALUE_FAILED:
                return refuse(refusal, REJECT_MISSING_FIELD, c->name, "the selector failed: %.*s",
                                (int) v->text.len, v->text.data);
        default:
                break;
        }
        switch (c->test) {
        case CONDITION_IS:
        case CONDITION_IN:
                return outcome(any_word_is(c, v));
        case CONDITION_IS_NOT:
        case CONDITION_NOT_IN:
                return outcome(!any_word_is(c, v));
        case CONDITION_ABOVE:
                return judge_above(c, v, refusal);
        default:
                return judge_within(c, ctx, v, refusal);
        }
}

CheckOutcome checks_hold(
                const Checks *checks, const MappingContext *ctx, const Record *rec, Refusal *refusal) {
        for (size_t i = 0; i < checks->len; i++) {
                CheckOutcome o = judge(&checks->items[i], ctx, rec, refusal);

                if (o != CHECK_YES)
                        return o;
        }
        return CHECK_YES;
}

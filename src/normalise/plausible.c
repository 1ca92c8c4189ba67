/* Checks of plausibility: their options, and their form on the way to the database. */

#include "base/json_out.h"
#include "base/num.h"
#include "normalise/plausible.h"

static const char *const action_words[] = { "warn", "quarantine", "block", NULL };

const ConfField plausible_fields[] = {
        FIELD_DECIMAL(Plausible, min, 0, NULL, "The figure may not be less."),
        FIELD_DECIMAL(Plausible, max, 0, NULL, "The figure may not be more."),
        FIELD(Plausible, jump, 0, NULL,
                        "Greatest change against the last known figure of the same unit: a number, or one with `%` of that "
                        "figure. The last known one is that of the same period, or else of the nearest earlier one; after 0 "
                        "every change is more than any `%`."),
        FIELD(Plausible, monotone, 0, "no",
                        "A count that may not fall within its period; from the start of a year, within that year."),
        FIELD(Plausible, not_above, 0, NULL,
                        "Another metric of the stream, of which this one is a part: of the same unit and period."),
        FIELD_WORD(Plausible, action, 0, "quarantine", action_words,
                        "warn: stored, with what was found in its quality; quarantine: set aside until somebody accepts it; "
                        "block: nothing of the run is stored, its cursor stays, the run has failed."),
        {},
};

/* "12.5", "50%", "50 %": the number in front. */
static Bytes jump_bound(const char *jump, bool *ret_is_percent) {
        Bytes text = bytes_trim(bytes_of(jump));

        *ret_is_percent = text.len && text.data[text.len - 1] == '%';
        if (*ret_is_percent)
                text = bytes_trim((Bytes){ text.data, text.len - 1 });
        return text;
}

int plausible_check(const Plausible *p, const ConfNode *at, Diag *diag) {
        bool has_range = p->min || p->max, is_percent;
        unsigned n = (has_range ? 1U : 0U) + (p->jump ? 1U : 0U) + (p->monotone ? 1U : 0U) + (p->not_above ? 1U : 0U);
        Bytes bound;

        if (n != 1) {
                diag_error(diag, at, "a check is exactly one of `min` and `max`, `jump`, `monotone` and `not_above`");
                return 1;
        }
        if (p->min && p->max && num_compare(bytes_of(p->min), bytes_of(p->max)) > 0) {
                diag_error(diag, at, "`min` is greater than `max`");
                return 1;
        }
        if (!p->jump)
                return 0;
        bound = jump_bound(p->jump, &is_percent);
        if (num_is_decimal(bound) && num_compare(bound, BYTES_LIT("0")) >= 0)
                return 0;
        diag_error(diag, at, "\"%s\" is no bound of a change: write a number such as 100, or 50%%", p->jump);
        return 1;
}

static void pair_decimal(JsonOut *j, const char *key, Bytes decimal) {
        json_key(j, key);
        json_bytes(j, decimal);
}

void plausible_render(const Plausible *p, const char *metric, Text *to) {
        JsonOut j = JSON_OUT(to);
        bool is_percent = false;

        if (to->len)
                (void) text_add_char(to, ',');
        json_object(&j);
        json_pair_str(&j, "metric", metric);
        json_pair_str(&j, "check", p->jump ? "jump" : p->monotone ? "monotone" : p->not_above ? "not_above" : "range");
        json_pair_str(&j, "action", action_words[p->action]);
        if (p->min)
                pair_decimal(&j, "min", bytes_of(p->min));
        if (p->max)
                pair_decimal(&j, "max", bytes_of(p->max));
        if (p->jump) {
                pair_decimal(&j, "bound", jump_bound(p->jump, &is_percent));
                json_pair_bool(&j, "percent", is_percent);
        }
        if (p->not_above)
                json_pair_str(&j, "other", p->not_above);
        json_object_end(&j);
}

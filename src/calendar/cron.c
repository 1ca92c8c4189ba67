/* Cron expressions of five fields in a zone: next instant after t, right across changes of clocks. */

#include <errno.h>

#include "base/err.h"
#include "base/num.h"
#include "calendar/cron.h"

enum { YEARS_AHEAD = 40, ALL_HOURS = (1 << 24) - 1 };   /* 29 February on one day of the week comes within 40 years, across 2100 too */

typedef struct FieldKind {
        const char *name;
        unsigned low, high;
        const char *names;      /* three letters each, from names_from on; NULL: numbers only */
        unsigned names_from;
} FieldKind;

static const FieldKind fields[5] = {
        { "minute", 0, 59, NULL, 0 },
        { "hour", 0, 23, NULL, 0 },
        { "day of month", 1, 31, NULL, 0 },
        { "month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", 1 },
        { "day of week", 0, 7, "sunmontuewedthufrisat", 0 },
};

static const struct {
        const char *word, *meaning;
} nicknames[] = {
        { "@hourly", "0 * * * *" },  { "@daily", "0 0 * * *" },  { "@midnight", "0 0 * * *" }, { "@weekly", "0 0 * * 0" },
        { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" },
};

static bool is_weekday(const FieldKind *f) {
        return f == &fields[4];
}

/* A number or a name. */
static bool parse_value(const FieldKind *f, Bytes text, unsigned *ret) {
        uint64_t v;

        for (unsigned i = 0; f->names && text.len == 3 && f->names[3 * i]; i++) {
                char name[4] = { f->names[3 * i], f->names[3 * i + 1], f->names[3 * i + 2] };

                if (bytes_contains_nocase(text, name)) {
                        *ret = f->names_from + i;
                        return true;
                }
        }
        if (num_parse_u64(text, &v) < 0 || v < f->low || v > f->high)
                return false;
        *ret = (unsigned) v;
        return true;
}

static Bytes cut(Bytes *rest, char at) {
        const char *hit = rest->len ? memchr(rest->data, at, rest->len) : NULL;
        size_t n = hit ? (size_t) (hit - rest->data) : rest->len;
        Bytes part = { rest->data, n };

        *rest = hit ? (Bytes){ hit + 1, rest->len - n - 1 } : BYTES_NULL;
        return part;
}

/* "*", "5", "1-5", each with "/step". A step after a single value runs to the end of the field. */
static bool parse_item(const FieldKind *f, Bytes item, uint64_t *bits) {
        bool has_step = bytes_find(item, BYTES_LIT("/"), NULL), is_wrapped;
        Bytes step_text = item, range = cut(&step_text, '/'), to_text = range, from_text = cut(&to_text, '-');
        unsigned from = f->low, to = is_weekday(f) ? 6 : f->high, span;
        uint64_t step = 1;

        if (has_step && (num_parse_u64(step_text, &step) < 0 || step < 1 || step > f->high))
                return false;
        if (!bytes_equal_str(range, "*")) {
                if (!parse_value(f, from_text, &from))
                        return false;
                if (to_text.data && !parse_value(f, to_text, &to))
                        return false;
                if (!to_text.data && !has_step)
                        to = from;
        }
        /* fri-mon runs over the end of the week; nothing else may run backwards. */
        is_wrapped = from > to;
        if (is_wrapped && !is_weekday(f))
                return false;
        span = is_wrapped ? to + 7 - from : to - from;
        for (unsigned i = 0; i <= span; i += (unsigned) step)
                *bits |= UINT64_C(1) << (is_weekday(f) ? (from + i) % 7 : from + i);
        return true;
}

/* text is not empty. */
static bool parse_field(const FieldKind *f, Bytes text, uint64_t *ret) {
        uint64_t bits = 0;

        while (text.data) {
                Bytes item = cut(&text, ',');

                if (!parse_item(f, item, &bits))
                        return false;
        }
        *ret = bits;
        return true;
}

/* The next word between blanks. */
static Bytes next_word(Bytes *rest) {
        Bytes word;
        size_t n = 0;

        *rest = bytes_trim(*rest);
        while (n < rest->len && rest->data[n] != ' ' && rest->data[n] != '\t')
                n++;
        word = (Bytes){ rest->data, n };
        *rest = (Bytes){ rest->data + n, rest->len - n };
        return word;
}

static bool has_some_day(const Cron *c) {
        static const unsigned longest[13] = { 0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

        if (!c->is_any_day && !c->is_any_weekday)
                return true;
        for (unsigned m = 1; m <= 12; m++)
                for (unsigned d = 1; d <= longest[m]; d++)
                        if (c->months >> m & 1 && c->days >> d & 1)
                                return true;
        return false;
}

int cron_parse(const char *text, Cron *ret) {
        Bytes rest = bytes_trim(bytes_of(text)), words[5];
        uint64_t bits[5];
        Cron c;

        for (size_t i = 0; i < ELEMENTS(nicknames); i++)
                if (bytes_equal_str(rest, nicknames[i].word))
                        rest = bytes_of(nicknames[i].meaning);
        for (size_t i = 0; i < ELEMENTS(fields); i++) {
                words[i] = next_word(&rest);
                if (words[i].len == 0)
                        return err(-EINVAL, "five fields are needed: minute, hour, day of month, month, day of week; there are %zu", i);
                if (!parse_field(&fields[i], words[i], &bits[i]))
                        return err(-EINVAL, "\"%.*s\" is no %s; values are %u to %u", (int) words[i].len, words[i].data, fields[i].name,
                                        fields[i].low, fields[i].high);
        }
        if (bytes_trim(rest).len)
                return err(-EINVAL, "there are more than five fields; seconds and years are not among them");
        c = (Cron){
                .minutes = bits[0],
                .hours = (uint32_t) bits[1],
                .days = (uint32_t) bits[2],
                .months = (uint32_t) bits[3],
                .weekdays = (uint32_t) ((bits[4] & 0x7E) | (bits[4] & 1) << 7),
                .is_any_day = words[2].data[0] == '*',
                .is_any_weekday = words[4].data[0] == '*',
        };
        if (!has_some_day(&c))
                return err(-EDOM, "no month has such a day");
        *ret = c;
        return 0;
}

static bool day_fits(const Cron *c, Day day) {
        int year;
        unsigned month, number;
        bool fits_month_day, fits_weekday;

        day_split(day, &year, &month, &number);
        if (!(c->months >> month & 1))
                return false;
        fits_month_day = c->days >> number & 1;
        fits_weekday = c->weekdays >> day_of_week(day) & 1;
        if (!c->is_any_day && !c->is_any_weekday)
                return fits_month_day || fits_weekday;
        return fits_month_day && fits_weekday;
}

/* The instant of a civil time; the end of the gap when it was skipped. Never falls while civil time rises, so the first one after t is the next one. */
static usec_t instant_of(const Zone *zone, Day day, unsigned hour, unsigned minute) {
        Civil civil = { .hour = hour, .minute = minute }, seen;
        usec_t at, moved;

        day_split(day, &civil.year, &civil.month, &civil.day);
        at = zone_instant(zone, &civil);
        seen = zone_civil(zone, at);
        if (seen.hour == hour && seen.minute == minute && seen.day == civil.day)
                return at;
        /* Skipped, so `at` lies after the change by less than the gap, which is less than two days. */
        moved = at > 2 * USEC_DAY ? at - 2 * USEC_DAY : 0;
        for (usec_t change = zone_change_after(zone, moved); change <= at; change = zone_change_after(zone, change))
                moved = change;
        return moved;
}

/* The first fitting time of a day after t, from that civil time on. */
static bool next_of_day(const Cron *c, const Zone *zone, Day day, unsigned hour, unsigned minute, usec_t t, usec_t *ret) {
        for (; hour < 24; hour++, minute = 0) {
                if (!(c->hours >> hour & 1))
                        continue;
                for (; minute < 60; minute++) {
                        usec_t at;

                        if (!(c->minutes >> minute & 1))
                                continue;
                        at = instant_of(zone, day, hour, minute);
                        if (at > t) {
                                *ret = at;
                                return true;
                        }
                }
        }
        return false;
}

/* Every hour of the clock counts, the repeated one too: minutes are walked as they pass. */
static bool next_of_passing(const Cron *c, const Zone *zone, Day day, usec_t from, usec_t *ret) {
        Civil civil = zone_civil(zone, from);
        usec_t at = from;

        if (civil.second || civil.usec)
                at += USEC_MINUTE - civil.second * USEC_SEC - civil.usec;
        for (; zone_day(zone, at) == day; at += USEC_MINUTE)
                if (c->minutes >> zone_civil(zone, at).minute & 1) {
                        *ret = at;
                        return true;
                }
        return false;
}

usec_t cron_next(const Cron *c, const Zone *zone, usec_t t) {
        Day today = zone_day(zone, t), last = today + YEARS_AHEAD * 366;
        Civil now = zone_civil(zone, t);
        usec_t at;

        for (Day day = today; day <= last; day++) {
                bool is_today = day == today;

                if (!day_fits(c, day))
                        continue;
                if (c->hours == ALL_HOURS
                                    ? next_of_passing(c, zone, day, is_today ? t + 1 : instant_of(zone, day, 0, 0), &at)
                                    : next_of_day(c, zone, day, is_today ? now.hour : 0, is_today ? now.minute : 0, t, &at))
                        return at;
        }
        return USEC_NEVER;
}

/* Dates and times as sources write them, to days and instants. What does not exist (2014/02/30) is refused.
 */

#include <errno.h>

#include "base/err.h"
#include "base/num.h"
#include "calendar/when.h"

typedef struct Reader {
        const char *at, *end;
} Reader;

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t run_of(const char *p) {
        size_t n = 1;

        while (p[n] == *p)
                n++;
        return n;
}

/* ---- the form ---- */

static int note_letter(WhenForm *f, char c, size_t n, bool *has_year) {
        switch (c) {
        case 'y':
                *has_year = true;
                return n == 4 ? 0 : -EINVAL;
        case 'M':
        case 'Q':
                f->has_month = true;
                return n <= (c == 'M' ? 2U : 1U) ? 0 : -EINVAL;
        case 'd':
                f->has_day = true;
                return n <= 2 ? 0 : -EINVAL;
        case 'H':
                f->has_time = true;
                return n <= 2 ? 0 : -EINVAL;
        case 'm':
        case 's':
                return n == 2 ? 0 : -EINVAL;
        case 'S':
                return n <= 9 ? 0 : -EINVAL;
        default:
                return -EINVAL;
        }
}

static int check_pattern(WhenForm *f) {
        bool has_year = false;

        for (const char *p = f->pattern; *p;) {
                size_t n = run_of(p);

                if (*p == '\'') {
                        const char *end = strchr(p + 1, '\'');

                        if (!end)
                                return err(-EINVAL, "\"%s\": text in quotes is not closed", f->pattern);
                        p = end + 1;
                        continue;
                }
                if (is_letter(*p) && note_letter(f, *p, n, &has_year) < 0)
                        return err(-EINVAL,
                                        "\"%s\": \"%.*s\" is no part of a date; there are yyyy MM M dd d HH "
                                        "H mm ss S Q, epoch, epoch_ms, iso, iso_local; other letters stand "
                                        "in 'quotes'",
                                        f->pattern, (int) n, p);
                p += n;
        }
        if (!has_year || (f->has_day && !f->has_month))
                return err(-EINVAL, "\"%s\": a date needs its year, and a day its month", f->pattern);
        return 0;
}

int when_form_parse(const char *format, WhenForm *ret) {
        static const struct {
                const char *word;
                WhenKind kind;
        } words[] = { { "epoch", WHEN_EPOCH }, { "epoch_ms", WHEN_EPOCH_MS }, { "iso", WHEN_ISO },
                { "iso_local", WHEN_ISO_LOCAL } };
        WhenForm f = { .kind = WHEN_PATTERN, .pattern = format };
        int r;

        for (size_t i = 0; i < ELEMENTS(words); i++)
                if (strcmp(words[i].word, format) == 0) {
                        *ret = (WhenForm){ .kind = words[i].kind,
                                .pattern = format,
                                .has_month = true,
                                .has_day = true,
                                .has_time = true };
                        return 0;
                }
        r = check_pattern(&f);
        if (r < 0)
                return r;
        *ret = f;
        return 0;
}

/* ---- the text ---- */

/* Digits from min to max many. */
static bool take_number(Reader *r, size_t min, size_t max, unsigned *ret) {
        unsigned v = 0;
        size_t n = 0;

        while (n < max && r->at < r->end && is_digit(*r->at)) {
                v = v * 10 + (unsigned) (*r->at++ - '0');
                n++;
        }
        *ret = v;
        return n >= min;
}

/* A fraction of a second: digits beyond microseconds are cut. */
static bool take_fraction(Reader *r, size_t min, size_t max, unsigned *ret) {
        unsigned v = 0;
        size_t n = 0;

        for (; n < max && r->at < r->end && is_digit(*r->at); n++, r->at++)
                if (n < 6)
                        v = v * 10 + (unsigned) (*r->at - '0');
        for (size_t i = n; i < 6; i++)
                v *= 10;
        *ret = v;
        return n >= min;
}

static bool take_part(Reader *r, char c, size_t n, Civil *civil) {
        unsigned v = 0;
        bool is_good = c == 'S' ? take_fraction(r, n, n, &v)
                                : take_number(r, n, n == 1 && c != 'Q' ? 2 : n, &v);

        switch (c) {
        case 'y':
                civil->year = (int) v;
                break;
        case 'M':
                civil->month = v;
                break;
        case 'Q':
                is_good &= v >= 1 && v <= 4;
                civil->month = v * 3 - 2;
                break;
        case 'd':
                civil->day = v;
                break;
        case 'H':
                civil->hour = v;
                break;
        case 'm':
                civil->minute = v;
                break;
        case 's':
                civil->second = v;
                break;
        default:
                civil->usec = v;
                break;
        }
        return is_good;
}

static bool take_text(Reader *r, const char *from, const char *to) {
        for (; from < to; from++)
                if (r->at == r->end || *r->at++ != *from)
                        return false;
        return true;
}

static bool take_pattern(Reader *r, const char *pattern, Civil *civil) {
        for (const char *p = pattern; *p;) {
                size_t n = run_of(p);

                if (*p == '\'') {
                        const char *end = strchr(p + 1, '\'');

                        if (!take_text(r, p + 1, end))
                                return false;
                        p = end + 1;
                        continue;
                }
                if (is_letter(*p) ? !take_part(r, *p, n, civil) : !take_text(r, p, p + n))
                        return false;
                p += n;
        }
        return true;
}

static bool civil_is_valid(const Civil *c) {
        return day_is_valid(c->year, c->month, c->day) && c->hour < 24 && c->minute < 60 && c->second < 60;
}

/* Z, +07:00, +0700, -03. */
static bool take_offset(Reader *r, int *ret_seconds) {
        unsigned hours, minutes = 0;
        int sign;

        if (r->at < r->end && (*r->at == 'Z' || *r->at == 'z')) {
                r->at++;
                *ret_seconds = 0;
                return true;
        }
        if (r->at == r->end || (*r->at != '+' && *r->at != '-'))
                return false;
        sign = *r->at++ == '-' ? -1 : 1;
        if (!take_number(r, 2, 2, &hours))
                return false;
        if (r->at < r->end && *r->at == ':')
                r->at++;
        if (r->at < r->end && !take_number(r, 2, 2, &minutes))
                return false;
        *ret_seconds = sign * (int) (hours * 3600 + minutes * 60);
        return hours <= 18 && minutes < 60;
}

/* The part of RFC 3339 before the zone. */
static bool take_iso(Reader *r, Civil *civil) {
        if (!take_pattern(r, "yyyy-MM-dd", civil) || r->at == r->end ||
                        (*r->at != 'T' && *r->at != 't' && *r->at != ' '))
                return false;
        r->at++;
        if (!take_pattern(r, "HH:mm", civil))
                return false;
        if (r->at < r->end && *r->at == ':' && !take_pattern(r, ":ss", civil))
                return false;
        if (r->at < r->end && *r->at == '.') {
                r->at++;
                return take_fraction(r, 1, 9, &civil->usec);
        }
        return true;
}

/* Civil time of the text; *ret_offset is set where the text states one. */
static int parse_civil(const WhenForm *form, Bytes text, Civil *ret, bool *ret_has_offset, int *ret_offset) {
        Reader r = { text.data, text.data + text.len };
        Civil c = { .month = 1, .day = 1 };
        bool is_good;

        if (form->kind == WHEN_PATTERN)
                is_good = take_pattern(&r, form->pattern, &c);
        else
                is_good = take_iso(&r, &c);
        *ret_has_offset = form->kind == WHEN_ISO;
        if (is_good && *ret_has_offset)
                is_good = take_offset(&r, ret_offset);
        if (!is_good || r.at != r.end || !civil_is_valid(&c))
                return -EINVAL;
        *ret = c;
        return 0;
}

static int parse_epoch(const WhenForm *form, Bytes text, usec_t *ret) {
        usec_t unit = form->kind == WHEN_EPOCH ? USEC_SEC : USEC_MSEC;
        uint64_t v;

        /* The year 9999 is the last that a date can name. */
        if (num_parse_u64(text, &v) < 0 || v > UINT64_C(253402300799) * (USEC_SEC / unit))
                return -EINVAL;
        *ret = v * unit;
        return 0;
}

/* An instant as seconds around 1970, since offsets can lead before it. */
static int to_instant(const Civil *c, bool has_offset, int offset, const Zone *zone, usec_t *ret) {
        int64_t seconds;

        if (!has_offset) {
                if (c->year < 1970)
                        return -EINVAL;
                *ret = zone_instant(zone, c);
                return 0;
        }
        seconds = (int64_t) day_of(c->year, c->month, c->day) * 86400 +
                  (int64_t) (c->hour * 3600 + c->minute * 60 + c->second) - offset;
        if (seconds < 0)
                return -EINVAL;
        *ret = (usec_t) seconds * USEC_SEC + c->usec;
        return 0;
}

int when_parse_instant(const WhenForm *form, Bytes text, const Zone *zone, usec_t *ret) {
        bool has_offset;
        int offset = 0, r;
        Civil c;

        text = bytes_trim(text);
        if (form->kind == WHEN_EPOCH || form->kind == WHEN_EPOCH_MS)
                return parse_epoch(form, text, ret);
        r = parse_civil(form, text, &c, &has_offset, &offset);
        return r < 0 ? r : to_instant(&c, has_offset, offset, zone, ret);
}

int when_parse_day(const WhenForm *form, Bytes text, const Zone *zone, Day *ret) {
        bool has_offset;
        int offset = 0, r;
        usec_t instant;
        Civil c;

        text = bytes_trim(text);
        if (form->kind == WHEN_PATTERN || form->kind == WHEN_ISO_LOCAL) {
                r = parse_civil(form, text, &c, &has_offset, &offset);
                if (r < 0)
                        return r;
                *ret = day_of(c.year, c.month, c.day);
                return 0;
        }
        r = when_parse_instant(form, text, zone, &instant);
        if (r < 0)
                return r;
        *ret = zone_day(zone, instant);
        return 0;
}

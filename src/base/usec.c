/* usec_t: spans as an operator writes them, instants as RFC 3339 writes them. */

#include <errno.h>

#include "base/num.h"
#include "base/usec.h"

typedef struct Unit {
        const char *name;
        usec_t value;
} Unit;

static const Unit units[] = {
        { "w", 7 * USEC_DAY }, { "d", USEC_DAY },     { "h", USEC_HOUR }, { "min", USEC_MINUTE },
        { "s", USEC_SEC },     { "ms", USEC_MSEC },   { "us", 1 },           { "days", USEC_DAY },
        { "day", USEC_DAY },
};

static size_t count_while(Bytes text, size_t at, char low, char high) {
        size_t n = 0;

        while (at + n < text.len && text.data[at + n] >= low && text.data[at + n] <= high)
                n++;
        return n;
}

static const Unit *find_unit(Bytes word) {
        for (size_t i = 0; i < ELEMENTS(units); i++)
                if (bytes_equal_str(word, units[i].name))
                        return &units[i];
        return NULL;
}

int usec_parse(Bytes text, usec_t *ret) {
        usec_t sum = 0;

        text = bytes_trim(text);
        if (text.len == 0)
                return -EINVAL;
        for (size_t at = 0; at < text.len;) {
                size_t n = count_while(text, at, '0', '9'), word;
                const Unit *unit;
                uint64_t v;
                int r;

                r = num_parse_u64((Bytes){ text.data + at, n }, &v);
                if (r < 0)
                        return r;
                at += n;
                at += count_while(text, at, ' ', ' ');
                word = count_while(text, at, 'a', 'z');
                unit = find_unit((Bytes){ text.data + at, word });
                if (!unit)
                        return -EINVAL;
                at += word;
                at += count_while(text, at, ' ', ' ');
                if (__builtin_mul_overflow(v, unit->value, &v) || __builtin_add_overflow(sum, v, &sum))
                        return -ERANGE;
        }
        /* The largest value means "never" and is not a span. */
        if (sum == USEC_NEVER)
                return -ERANGE;
        *ret = sum;
        return 0;
}

void usec_render(usec_t v, Text *ret) {
        bool is_first = true;

        if (v == 0 || v == USEC_NEVER) {
                (void) text_add_str(ret, v ? "never" : "0 s");
                return;
        }
        /* Weeks are read but not written: "14 d" is what deadlines are called. */
        for (size_t i = 1; i < ELEMENTS(units); i++) {
                if (v < units[i].value)
                        continue;
                (void) text_printf(ret, "%s%" PRIu64 " %s", is_first ? "" : " ", v / units[i].value, units[i].name);
                v %= units[i].value;
                is_first = false;
        }
}

/* Days since 1970-01-01 and back in the proleptic Gregorian calendar. Years begin in March here, so that the leap day comes last;
 * 400 years have 146097 days, and the five months from March on always 153. */
int64_t usec_days_of(int64_t year, int64_t month, int64_t day) {
        int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
        int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

        return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void usec_days_split(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day) {
        int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, day_of_era = z - era * 146097;
        int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        int64_t month_from_march = (5 * day_of_year + 2) / 153;

        *ret_day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        *ret_month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
        *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

void usec_render_utc(usec_t instant, Text *ret) {
        int64_t year, month, day, second = (int64_t) (instant / USEC_SEC % 86400);

        usec_days_split((int64_t) (instant / USEC_DAY), &year, &month, &day);
        (void) text_printf(ret, "%04" PRId64 "-%02" PRId64 "-%02" PRId64 "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%06" PRIu64 "Z",
                        year, month, day, second / 3600, second / 60 % 60, second % 60, instant % USEC_SEC);
}

/* A place in the text that is read from left to right; bad stays set. */
typedef struct Reader {
        Bytes rest;
        bool is_bad;
} Reader;

static int64_t read_digits(Reader *r, size_t n, int64_t low, int64_t high) {
        uint64_t v = 0;

        if (r->is_bad || r->rest.len < n || num_parse_u64((Bytes){ r->rest.data, n }, &v) < 0 || (int64_t) v < low || (int64_t) v > high) {
                r->is_bad = true;
                return low;
        }
        r->rest = (Bytes){ r->rest.data + n, r->rest.len - n };
        return (int64_t) v;
}

/* The character there, which must be one of those. */
static char read_one_of(Reader *r, const char *those) {
        char c;

        if (r->is_bad || r->rest.len == 0 || !strchr(those, r->rest.data[0]) || r->rest.data[0] == '\0') {
                r->is_bad = true;
                return '\0';
        }
        c = r->rest.data[0];
        r->rest = (Bytes){ r->rest.data + 1, r->rest.len - 1 };
        return c;
}

static int64_t read_fraction(Reader *r) {
        size_t n;
        int64_t v = 0;

        if (r->is_bad || r->rest.len == 0 || r->rest.data[0] != '.')
                return 0;
        r->rest = (Bytes){ r->rest.data + 1, r->rest.len - 1 };
        n = count_while(r->rest, 0, '0', '9');
        if (n == 0 || n > 9) {
                r->is_bad = true;
                return 0;
        }
        for (size_t i = 0; i < 6; i++)
                v = v * 10 + (i < n ? r->rest.data[i] - '0' : 0);
        r->rest = (Bytes){ r->rest.data + n, r->rest.len - n };
        return v;
}

/* Seconds east of UTC. */
static int64_t read_offset(Reader *r) {
        char sign = read_one_of(r, "Zz+-");
        int64_t hours, minutes;

        if (r->is_bad || sign == 'Z' || sign == 'z')
                return 0;
        hours = read_digits(r, 2, 0, 23);
        (void) read_one_of(r, ":");
        minutes = read_digits(r, 2, 0, 59);
        return (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

static int64_t month_length(int64_t year, int64_t month) {
        return month == 12 ? 31 : usec_days_of(year, month + 1, 1) - usec_days_of(year, month, 1);
}

int usec_parse_utc(Bytes text, usec_t *ret) {
        Reader r = { .rest = text };
        int64_t year, month, day, hour, minute, second, usec, v;

        year = read_digits(&r, 4, 0, 9999);
        (void) read_one_of(&r, "-");
        month = read_digits(&r, 2, 1, 12);
        (void) read_one_of(&r, "-");
        day = read_digits(&r, 2, 1, 31);
        (void) read_one_of(&r, "Tt ");
        hour = read_digits(&r, 2, 0, 23);
        (void) read_one_of(&r, ":");
        minute = read_digits(&r, 2, 0, 59);
        (void) read_one_of(&r, ":");
        /* RFC 3339 writes a leap second as :60; it is counted as the second after it, as POSIX time does. */
        second = read_digits(&r, 2, 0, 60);
        usec = read_fraction(&r);
        v = -read_offset(&r);
        if (r.is_bad || r.rest.len || day > month_length(year, month))
                return -EINVAL;
        v += usec_days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
        if (v < 0)
                return -ERANGE;
        *ret = (usec_t) v * USEC_SEC + (usec_t) usec;
        return 0;
}

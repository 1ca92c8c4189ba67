/* Civil time to instant and back for any IANA zone, by reading tzdata: TZif files of version 2 and later with their POSIX footer (RFC 8536). */

#include <assert.h>
#include <errno.h>

#include "base/err.h"
#include "base/file.h"
#include "base/map.h"
#include "calendar/zone.h"

#define ZONEINFO "/usr/share/zoneinfo/"

enum {
        FILE_MAX = 1 << 20,
        NAME_LENGTH_MAX = 64,
        TRANSITIONS_MAX = 10000,
        TYPES_MAX = 256,
        HEADER_SIZE = 44,
        OFFSET_MAX = 26 * 3600,         /* RFC 8536 part 3.2: what a reader must be ready for */
        DAY_SECONDS = 86400,
};

/* When the clocks change in any year, from the footer: "Mm.w.d/time", "Jn/time", "n/time". */
typedef struct YearRule {
        char form;              /* 'M', 'J' or 'n' */
        int month, week, weekday;       /* M: week 5 is the last; weekday 0 is Sunday */
        int day;                /* J: 1..365 without 29 February; n: 0..365 with it */
        int32_t time;           /* seconds of local time after midnight; may be negative or over a day */
} YearRule;

typedef struct Footer {
        bool is_there, has_dst;
        int32_t standard, summer;       /* seconds east of UTC */
        YearRule begin, end;            /* of summer time */
} Footer;

struct Zone {
        char *name;
        size_t n_transitions;
        int64_t *at;            /* seconds since the epoch, ascending */
        int32_t *offset;        /* from at[i] on */
        int32_t first_offset;   /* before at[0] */
        Footer footer;          /* from the last transition on */
};

/* ---- days ---- */

Day day_of(int year, unsigned month, unsigned day) {
        assert(day_is_valid(year, month, day));
        return (Day) usec_days_of(year, month, day);
}

static unsigned month_length(int year, unsigned month) {
        return (unsigned) (month == 12 ? 31 : usec_days_of(year, month + 1, 1) - usec_days_of(year, month, 1));
}

bool day_is_valid(int year, unsigned month, unsigned day) {
        return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= month_length(year, month);
}

void day_split(Day d, int *ret_year, unsigned *ret_month, unsigned *ret_day) {
        int64_t year, month, day;

        usec_days_split(d, &year, &month, &day);
        *ret_year = (int) year;
        *ret_month = (unsigned) month;
        *ret_day = (unsigned) day;
}

/* Day 0 was a Thursday. */
unsigned day_of_week(Day d) {
        return (unsigned) (((int64_t) d % 7 + 7 + 3) % 7) + 1;
}

Day day_add_months(Day d, int months) {
        int year;
        unsigned month, day, length;
        int64_t m;

        day_split(d, &year, &month, &day);
        m = (int64_t) year * 12 + (int64_t) month - 1 + months;
        year = (int) (m >= 0 ? m / 12 : (m - 11) / 12);
        month = (unsigned) (m - (int64_t) year * 12) + 1;
        length = month_length(year, month);
        return (Day) usec_days_of(year, month, day < length ? day : length);
}

void day_render(Day d, Text *ret) {
        int year;
        unsigned month, day;

        day_split(d, &year, &month, &day);
        (void) text_printf(ret, "%04d-%02u-%02u", year, month, day);
}

/* Digits only, so that " 1" and "+1" are no numbers. */
static bool read_number(Bytes text, size_t at, size_t n, unsigned *ret) {
        unsigned v = 0;

        for (size_t i = at; i < at + n; i++) {
                if (text.data[i] < '0' || text.data[i] > '9')
                        return false;
                v = v * 10 + (unsigned) (text.data[i] - '0');
        }
        *ret = v;
        return true;
}

int day_parse(Bytes text, Day *ret) {
        unsigned year, month, day;

        if (text.len != 10 || text.data[4] != '-' || text.data[7] != '-')
                return -EINVAL;
        if (!read_number(text, 0, 4, &year) || !read_number(text, 5, 2, &month) || !read_number(text, 8, 2, &day))
                return -EINVAL;
        if (!day_is_valid((int) year, month, day))
                return -EINVAL;
        *ret = day_of((int) year, month, day);
        return 0;
}

/* ---- the footer: TZ strings of POSIX, with the wider hours of RFC 8536 ---- */

typedef struct Reader {
        const char *p, *end;
} Reader;

static bool read_char(Reader *r, char c) {
        if (r->p == r->end || *r->p != c)
                return false;
        r->p++;
        return true;
}

static bool read_int(Reader *r, int max, int *ret) {
        int v = 0;
        const char *start = r->p;

        for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
                v = v * 10 + (*r->p - '0');
                if (v > max)
                        return false;
        }
        *ret = v;
        return r->p > start;
}

/* "<+07>" or "CEST". */
static bool read_abbreviation(Reader *r) {
        const char *start = r->p;

        if (read_char(r, '<')) {
                while (r->p < r->end && *r->p != '>')
                        r->p++;
                return read_char(r, '>');
        }
        while (r->p < r->end && ((*r->p >= 'A' && *r->p <= 'Z') || (*r->p >= 'a' && *r->p <= 'z')))
                r->p++;
        return r->p - start >= 3;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool read_time(Reader *r, int max_hours, int32_t *ret) {
        int sign = 1, hours, minutes = 0, seconds = 0;

        if (read_char(r, '-'))
                sign = -1;
        else
                (void) read_char(r, '+');
        if (!read_int(r, max_hours, &hours))
                return false;
        if (read_char(r, ':')) {
                if (!read_int(r, 59, &minutes))
                        return false;
                if (read_char(r, ':') && !read_int(r, 59, &seconds))
                        return false;
        }
        *ret = sign * (hours * 3600 + minutes * 60 + seconds);
        return true;
}

static bool read_rule(Reader *r, YearRule *ret) {
        YearRule rule = { .form = 'n', .time = 2 * 3600 };

        if (!read_char(r, ','))
                return false;
        if (read_char(r, 'M')) {
                rule.form = 'M';
                if (!read_int(r, 12, &rule.month) || !read_char(r, '.') || !read_int(r, 5, &rule.week) || !read_char(r, '.') ||
                    !read_int(r, 6, &rule.weekday) || rule.month < 1 || rule.week < 1)
                        return false;
        } else {
                if (read_char(r, 'J'))
                        rule.form = 'J';
                if (!read_int(r, 365, &rule.day) || (rule.form == 'J' && rule.day < 1))
                        return false;
        }
        if (read_char(r, '/') && !read_time(r, 167, &rule.time))
                return false;
        *ret = rule;
        return true;
}

/* POSIX counts offsets west of Greenwich. */
static bool footer_parse(Bytes text, Footer *ret) {
        Reader r = { text.data, text.data + text.len };
        Footer f = { .is_there = true };

        if (text.len == 0)
                return true;
        if (!read_abbreviation(&r) || !read_time(&r, 24, &f.standard))
                return false;
        f.standard = -f.standard;
        if (r.p < r.end) {
                f.has_dst = true;
                if (!read_abbreviation(&r))
                        return false;
                f.summer = f.standard + 3600;
                if (r.p < r.end && *r.p != ',') {
                        if (!read_time(&r, 24, &f.summer))
                                return false;
                        f.summer = -f.summer;
                }
                if (!read_rule(&r, &f.begin) || !read_rule(&r, &f.end))
                        return false;
        }
        if (r.p != r.end)
                return false;
        *ret = f;
        return true;
}

/* The instant of a rule in a year, where `offset` is in force before it. */
static int64_t rule_instant(const YearRule *rule, int64_t year, int32_t offset) {
        int64_t day = usec_days_of(year, 1, 1);
        bool is_leap = usec_days_of(year, 3, 1) - usec_days_of(year, 2, 1) == 29;

        if (rule->form == 'J')
                day += rule->day - 1 + (is_leap && rule->day >= 60);
        else if (rule->form == 'n')
                day += rule->day;
        else {
                int64_t first = usec_days_of(year, rule->month, 1);
                int64_t next_month = rule->month == 12 ? usec_days_of(year + 1, 1, 1) : usec_days_of(year, rule->month + 1, 1);
                int64_t weekday = day_of_week((Day) first) % 7;

                day = first + (rule->weekday - weekday + 7) % 7 + 7 * (rule->week - 1);
                if (day >= next_month)
                        day -= 7;
        }
        return day * DAY_SECONDS + rule->time - offset;
}

/* Changes of the years around t: *ret_last is the offset since the newest one at or before t, *ret_next the first one after t. Three years,
 * because a rule's time of day may carry it into the neighbouring year. */
static void footer_at(const Footer *f, int64_t t, int32_t *ret_offset, int64_t *ret_next) {
        int64_t year, month, day, last = INT64_MIN, next = INT64_MAX, local = t + f->standard;
        int32_t offset = f->standard;

        if (f->has_dst) {
                usec_days_split(local >= 0 ? local / DAY_SECONDS : (local - DAY_SECONDS + 1) / DAY_SECONDS, &year, &month, &day);
                for (int64_t y = year - 1; y <= year + 1; y++) {
                        int64_t end = rule_instant(&f->end, y, f->summer), begin = rule_instant(&f->begin, y, f->standard);

                        if (end <= t && end > last) {
                                last = end;
                                offset = f->standard;
                        }
                        /* >=: where summer time lasts all year, one ends in the instant in which the next begins. */
                        if (begin <= t && begin >= last) {
                                last = begin;
                                offset = f->summer;
                        }
                        next = end > t && end < next ? end : next;
                        next = begin > t && begin < next ? begin : next;
                }
        }
        *ret_offset = offset;
        *ret_next = next;
}

/* ---- the file ---- */

static uint32_t big_endian_32(const uint8_t *p) {
        return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static uint64_t big_endian_64(const uint8_t *p) {
        return (uint64_t) big_endian_32(p) << 32 | big_endian_32(p + 4);
}

typedef struct Header {
        uint8_t version;
        size_t n_utc, n_standard, n_leap, n_transitions, n_types, n_chars;
} Header;

static bool header_parse(Bytes file, size_t at, Header *ret) {
        const uint8_t *p = (const uint8_t *) file.data + at;

        if (file.len < at || file.len - at < HEADER_SIZE || memcmp(p, "TZif", 4) != 0)
                return false;
        *ret = (Header){
                .version = p[4],
                .n_utc = big_endian_32(p + 20),
                .n_standard = big_endian_32(p + 24),
                .n_leap = big_endian_32(p + 28),
                .n_transitions = big_endian_32(p + 32),
                .n_types = big_endian_32(p + 36),
                .n_chars = big_endian_32(p + 40),
        };
        return true;
}

static size_t block_size(const Header *h, size_t time_size) {
        return h->n_transitions * (time_size + 1) + h->n_types * 6 + h->n_chars + h->n_leap * (time_size + 4) + h->n_standard + h->n_utc;
}

/* Copies transitions with their offsets. p: the block of 64-bit times. */
static bool take_transitions(Zone *z, const Header *h, const uint8_t *p) {
        const uint8_t *index = p + 8 * h->n_transitions, *types = index + h->n_transitions;
        int32_t offsets[TYPES_MAX];

        for (size_t i = 0; i < h->n_types; i++) {
                offsets[i] = (int32_t) big_endian_32(types + 6 * i);
                if (offsets[i] <= -OFFSET_MAX || offsets[i] >= OFFSET_MAX)
                        return false;
        }
        z->n_transitions = h->n_transitions;
        z->at = NEW_N(int64_t, h->n_transitions);
        z->offset = NEW_N(int32_t, h->n_transitions);
        z->first_offset = offsets[0];
        for (size_t i = 0; i < h->n_transitions; i++) {
                if (index[i] >= h->n_types)
                        return false;
                z->at[i] = (int64_t) big_endian_64(p + 8 * i);
                z->offset[i] = offsets[index[i]];
                if (i && z->at[i] <= z->at[i - 1])
                        return false;
        }
        return true;
}

/* NULL: all right; otherwise what is wrong. */
static const char *take_file(Zone *z, Bytes file) {
        Header h;
        size_t at, size;
        Bytes footer;
        const char *end;

        if (!header_parse(file, 0, &h))
                return "not a TZif file";
        if (h.version < '2')
                return "TZif version 1, which ends in 2037";
        /* Counts are 32 bits wide and sizes 64, so the sums below cannot wrap. */
        at = HEADER_SIZE + block_size(&h, 4);
        if (!header_parse(file, at, &h))
                return "the second header is missing";
        at += HEADER_SIZE;
        size = block_size(&h, 8);
        if (h.n_types == 0 || h.n_types > TYPES_MAX || h.n_transitions > TRANSITIONS_MAX || file.len < at || file.len - at < size)
                return "broken counts";
        if (h.n_leap)
                return "counts leap seconds, which instants here do not";
        if (!take_transitions(z, &h, (const uint8_t *) file.data + at))
                return "broken transitions";
        footer = (Bytes){ file.data + at + size, file.len - at - size };
        end = footer.len > 1 && footer.data[0] == '\n' ? memchr(footer.data + 1, '\n', footer.len - 1) : NULL;
        if (!end || !footer_parse((Bytes){ footer.data + 1, (size_t) (end - footer.data) - 1 }, &z->footer))
                return "broken footer";
        return NULL;
}

Zone *zone_free(Zone *z) {
        if (!z)
                return NULL;
        z->name = xfree(z->name);
        z->at = xfree(z->at);
        z->offset = xfree(z->offset);
        return xfree(z);
}

int zone_parse(const char *name, Bytes tzif, Zone **ret) {
        _cleanup_(zone_freep) Zone *z = NEW(Zone);
        const char *broken = take_file(z, tzif);

        if (broken)
                return err(-EINVAL, "time zone %s: %s", name, broken);
        z->name = xstrdup(name);
        *ret = TAKE(z);
        return 0;
}

/* A name becomes part of a path: no "..", no leading slash, nothing but what tzdata uses. */
static bool name_is_sound(const char *name) {
        size_t len = strlen(name);

        if (len == 0 || len > NAME_LENGTH_MAX || name[0] == '/' || strstr(name, ".."))
                return false;
        return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == len;
}

static int zone_load(const char *name, Zone **ret) {
        _cleanup_(text_done) Text file = TEXT_INIT(FILE_MAX), path = TEXT_INIT(256);
        int r;

        if (strcmp(name, "UTC") == 0) {
                *ret = NEW(Zone);
                (*ret)->name = xstrdup(name);
                return 0;
        }
        if (!name_is_sound(name))
                return err(-ENOENT, "\"%s\" is not the name of a time zone; names are as \"Asia/Ho_Chi_Minh\"", name);
        (void) text_printf(&path, ZONEINFO "%s", name);
        r = file_read(text_str(&path), &file);
        if (r == -ENOENT || r == -ENOTDIR || r == -EISDIR)
                return err(-ENOENT, "there is no time zone \"%s\" in " ZONEINFO, name);
        return r < 0 ? r : zone_parse(name, text_bytes(&file), ret);
}

int zone_get(const char *name, const Zone **ret) {
        static Map *zones;      /* a handful; reachable until the end */
        Zone *z;
        int r;

        if (!zones)
                zones = map_new(NULL);
        z = map_get(zones, bytes_of(name));
        if (!z) {
                r = zone_load(name, &z);
                if (r < 0)
                        return r;
                (void) map_put(zones, bytes_of(name), z);
        }
        *ret = z;
        return 0;
}

const char *zone_name(const Zone *z) {
        return z->name;
}

/* ---- instants ---- */

/* The offset at t and the first change listed after t (INT64_MAX: none); the change may be one of name only. */
static void zone_at(const Zone *z, int64_t t, int32_t *ret_offset, int64_t *ret_next) {
        size_t low = 0, high = z->n_transitions;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (z->at[middle] <= t)
                        low = middle + 1;
                else
                        high = middle;
        }
        if (low == z->n_transitions && z->footer.is_there) {
                footer_at(&z->footer, t, ret_offset, ret_next);
                return;
        }
        *ret_offset = low ? z->offset[low - 1] : z->first_offset;
        *ret_next = low < z->n_transitions ? z->at[low] : INT64_MAX;
}

int32_t zone_offset(const Zone *z, usec_t instant) {
        int32_t offset;
        int64_t next;

        zone_at(z, (int64_t) (instant / USEC_SEC), &offset, &next);
        return offset;
}

usec_t zone_change_after(const Zone *z, usec_t t) {
        int64_t at = (int64_t) (t / USEC_SEC), next;
        int32_t offset, now;

        zone_at(z, at, &offset, &next);
        for (now = offset; now == offset;) {
                if (next == INT64_MAX)
                        return USEC_NEVER;
                at = next;
                zone_at(z, at, &now, &next);
        }
        return (usec_t) at * USEC_SEC;
}

Civil zone_civil(const Zone *z, usec_t instant) {
        int64_t local = (int64_t) (instant / USEC_SEC) + zone_offset(z, instant), second;
        int64_t days = local >= 0 ? local / DAY_SECONDS : (local - DAY_SECONDS + 1) / DAY_SECONDS;
        Civil c = { .usec = (unsigned) (instant % USEC_SEC) };
        int64_t year, month, day;

        usec_days_split(days, &year, &month, &day);
        second = local - days * DAY_SECONDS;
        c.year = (int) year;
        c.month = (unsigned) month;
        c.day = (unsigned) day;
        c.hour = (unsigned) (second / 3600);
        c.minute = (unsigned) (second / 60 % 60);
        c.second = (unsigned) (second % 60);
        return c;
}

Day zone_day(const Zone *z, usec_t instant) {
        Civil c = zone_civil(z, instant);

        return (Day) usec_days_of(c.year, c.month, c.day);
}

/* Walks the stretches between changes of clocks that may hold the time: in the first one where it lies it happens first. Where it lies in none, a change skipped it,
 * and the offset before the change, applied after it, is the time moved on by the gap. */
static int64_t instant_of_local(const Zone *z, int64_t local) {
        int64_t start = local - OFFSET_MAX, next;
        int32_t offset, before;

        zone_at(z, start, &offset, &next);
        for (before = offset; local - offset >= next;) {
                before = offset;
                start = next;
                zone_at(z, start, &offset, &next);
        }
        return local - offset >= start ? local - offset : local - before;
}

usec_t zone_instant(const Zone *z, const Civil *civil) {
        int64_t local = usec_days_of(civil->year, civil->month, civil->day) * DAY_SECONDS + civil->hour * 3600 + civil->minute * 60 + civil->second;
        int64_t t = instant_of_local(z, local);

        return t < 0 ? 0 : (usec_t) t * USEC_SEC + civil->usec;
}

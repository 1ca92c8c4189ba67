/* Blackout: a bit for each minute of the week, so that overlapping, adjoining and midnight-crossing spans
 * need no rules of their own. */

#include <assert.h>
#include <errno.h>

#include "base/err.h"
#include "base/num.h"
#include "schedule/blackout.h"

enum { DAY_MINUTES = 24 * 60 };

static const char *const day_words[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* ---- text ---- */

static Bytes cut(Bytes *rest, char at) {
        const char *p = rest->len ? memchr(rest->data, at, rest->len) : NULL;
        size_t len = p ? (size_t) (p - rest->data) : rest->len;
        Bytes head = { rest->data, len };

        *rest = p ? (Bytes){ p + 1, rest->len - len - 1 } : BYTES_NULL;
        return head;
}

static bool day_of_word(Bytes word, unsigned *ret) {
        for (unsigned d = 0; d < ELEMENTS(day_words); d++)
                if (bytes_equal_str(word, day_words[d])) {
                        *ret = d;
                        return true;
                }
        return false;
}

/* "sat,sun" or "mon-fri"; a range may run over Sunday. */
static bool parse_days(Bytes text, bool ret[static 7]) {
        while (text.len) {
                Bytes range = cut(&text, ','), first = cut(&range, '-');
                unsigned from, to;

                if (!day_of_word(first, &from))
                        return false;
                to = from;
                if (range.data && !day_of_word(range, &to))
                        return false;
                ret[to] = true;
                for (unsigned d = from; d != to; d = (d + 1) % 7)
                        ret[d] = true;
        }
        return true;
}

/* HH:MM, 24:00 included. */
static bool parse_clock(Bytes text, unsigned *ret) {
        Bytes hour = cut(&text, ':');
        uint64_t h, m;

        if (hour.len != 2 || text.len != 2 || num_parse_u64(hour, &h) < 0 || num_parse_u64(text, &m) < 0)
                return false;
        if (m > 59 || h > 24 || (h == 24 && m > 0))
                return false;
        *ret = (unsigned) (h * 60 + m);
        return true;
}

static void close_span(Blackout *b, unsigned first, unsigned n) {
        for (unsigned i = 0; i < n; i++) {
                unsigned minute = (first + i) % BLACKOUT_MINUTES;

                b->closed[minute / 8] |= (uint8_t) (1u << minute % 8);
        }
        b->has_any = true;
}

int blackout_add(Blackout *b, Bytes text) {
        Bytes clock = bytes_trim(text), days = BYTES_NULL, until;
        bool on[7] = {};
        unsigned from, to;

        if (clock.len && memchr(clock.data, ' ', clock.len)) {
                days = cut(&clock, ' ');
                clock = bytes_trim(clock);
        }
        if (days.len && !parse_days(days, on))
                return err(-EINVAL,
                                "\"%.*s\" does not name days; use mon tue wed thu fri sat sun, as "
                                "\"sat,sun\" or \"mon-fri\"",
                                (int) days.len, days.data);
        until = clock;
        clock = cut(&until, '-');
        if (!parse_clock(clock, &from) || !parse_clock(until, &to) || from == DAY_MINUTES)
                return err(-EINVAL,
                                "\"%.*s\" is not a span of time; write \"22:00-05:00\" or \"sat,sun "
                                "00:00-24:00\"",
                                (int) text.len, text.data);
        if (from == to)
                return err(-EINVAL,
                                "\"%.*s\" begins and ends at the same time; a whole day is \"00:00-24:00\"",
                                (int) text.len, text.data);

        for (unsigned d = 0; d < 7; d++)
                if (!days.len || on[d])
                        close_span(b, d * DAY_MINUTES + from,
                                        to > from ? to - from : to + DAY_MINUTES - from);
        return 0;
}

/* ---- time ---- */

static bool is_closed_minute(const Blackout *b, unsigned minute) {
        return b->closed[minute / 8] >> minute % 8 & 1;
}

bool blackout_covers_all(const Blackout *b) {
        for (size_t i = 0; i < sizeof(b->closed); i++)
                if (b->closed[i] != UINT8_MAX)
                        return false;
        return true;
}

static unsigned week_minute(Day day, unsigned minute) {
        return (day_of_week(day) - 1) * DAY_MINUTES + minute;
}

bool blackout_is_closed(const Blackout *b, const Zone *zone, usec_t t) {
        Civil c;

        if (!b->has_any)
                return false;
        c = zone_civil(zone, t);
        return is_closed_minute(b, week_minute(day_of(c.year, c.month, c.day), c.hour * 60 + c.minute));
}

/* The instant at which civil time is `n` minutes after the minute of c. */
static usec_t civil_minutes_later(const Zone *zone, const Civil *c, int64_t n) {
        int64_t minute = (int64_t) day_of(c->year, c->month, c->day) * DAY_MINUTES + c->hour * 60 +
                         c->minute + n;
        int64_t day = minute >= 0 ? minute / DAY_MINUTES : -((-minute + DAY_MINUTES - 1) / DAY_MINUTES);
        unsigned rest = (unsigned) (minute - day * DAY_MINUTES);
        Civil at = { .hour = rest / 60, .minute = rest % 60 };

        day_split((Day) day, &at.year, &at.month, &at.day);
        return zone_instant(zone, &at);
}

usec_t blackout_end(const Blackout *b, const Zone *zone, usec_t t) {
        assert(!b->has_any || !blackout_covers_all(b));

        /* More than one round only where clocks change: the end in civil time may then be closed again, or
         * lie in the hour that comes twice. */
        while (blackout_is_closed(b, zone, t)) {
                Civil c = zone_civil(zone, t);
                unsigned minute = week_minute(day_of(c.year, c.month, c.day), c.hour * 60 + c.minute), n = 1;
                usec_t end;

                while (is_closed_minute(b, (minute + n) % BLACKOUT_MINUTES))
                        n++;
                end = civil_minutes_later(zone, &c, n);
                t = end > t ? end : t - t % USEC_MINUTE + n * USEC_MINUTE;
        }
        return t;
}

usec_t blackout_begin(const Blackout *b, const Zone *zone, usec_t t) {
        Civil c;
        unsigned minute, n = 0;
        usec_t begin;

        assert(!b->has_any || !blackout_covers_all(b));

        if (!blackout_is_closed(b, zone, t))
                return t;
        c = zone_civil(zone, t);
        minute = week_minute(day_of(c.year, c.month, c.day), c.hour * 60 + c.minute);
        while (is_closed_minute(b, (minute + BLACKOUT_MINUTES - n - 1) % BLACKOUT_MINUTES))
                n++;
        begin = civil_minutes_later(zone, &c, -(int64_t) n);
        return begin <= t ? begin : t;
}

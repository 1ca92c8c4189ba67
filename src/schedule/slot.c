/* Schedule: where its slots lie.
 *
 * An interval that divides a day begins anew at each midnight of the zone, so that "1 h" is the full hour on
 * every day of the year; whole days are counted in civil days from a Monday, so that "7 d" is a weekday; any
 * other interval is counted from 1970. To each comes the spread, which keeps connectors of one interval from
 * asking at the same second and is the same after every start. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "calendar/cron.h"
#include "config/diag.h"
#include "schedule/blackout.h"
#include "schedule/slot.h"

typedef enum Rhythm {
        RHYTHM_CRON,
        RHYTHM_WITHIN_DAY,
        RHYTHM_DAYS,
        RHYTHM_EPOCH,
} Rhythm;

struct Schedule {
        Rhythm rhythm;
        usec_t every;
        usec_t phase; /* the spread of this name */
        usec_t jitter;
        ScheduleOverlap overlap;
        ScheduleCatchUp catch_up;
        Cron cron;
        Blackout *blackout; /* NULL: none */
        const Zone *zone;
};

enum { FIRST_MONDAY = 4 };             /* 1970-01-05 */
#define EARLIEST        (2 * USEC_DAY) /* below it a midnight may lie before 1970, where usec_t ends */
#define LATEST          (UINT64_C(253370764800) * USEC_SEC) /* 9999-01-01: years have four digits */
/* Twice the longest interval: schedule_newest looks back no further. */
#define NEWEST_SPAN_MAX (800 * USEC_DAY)

static const char *const overlap_words[] = { [OVERLAP_SKIP] = "skip", [OVERLAP_QUEUE] = "queue", NULL };
static const char *const catch_up_words[] = {
        [CATCH_UP_ONCE] = "once", [CATCH_UP_NONE] = "none", [CATCH_UP_ALL] = "all", NULL
};

const ConfField schedule_fields[] = {
        FIELD_RANGE(ScheduleSpec, every, 0, NULL, USEC_SEC, 366 * USEC_DAY,
                        "Interval between two polls, such as \"15 min\". One that divides a day is counted "
                        "from midnight, whole days from a Monday."),
        FIELD(ScheduleSpec, cron, 0, NULL,
                        "Five-field cron expression in the zone of the connector, instead of \"every\"."),
        FIELD(ScheduleSpec, spread, 0, "auto",
                        "How connectors of one interval are kept apart: \"auto\" gives each a fixed place in "
                        "its interval, by its name; \"none\"; or a duration "
                        "within which the place lies. With \"cron\", auto means none."),
        FIELD_RANGE(ScheduleSpec, jitter, 0, "0 s", 0, USEC_DAY,
                        "Random delay added to each slot, at most this long."),
        FIELD_WORD(ScheduleSpec, overlap, 0, "skip", overlap_words,
                        "A slot that comes while the last run is still under way: \"skip\" leaves it out, "
                        "\"queue\" runs once more right after it."),
        FIELD_WORD(ScheduleSpec, catch_up, 0, "once", catch_up_words,
                        "Slots missed while the daemon was down or the stream paused: one run for all, none, "
                        "or all of them one by one."),
        FIELD(ScheduleSpec, blackout, 0, NULL,
                        "Times in which no run begins: \"22:00-05:00\" every day, \"sat,sun 00:00-24:00\", "
                        "\"mon-fri 07:30-11:30\". Slots in it move to its end."),
        {}
};

/* ---- making ---- */

static usec_t place_in(const char *name, usec_t span) {
        uint64_t hash = bytes_hash(bytes_of(name));

        /* Whole seconds read better in a status table. */
        return span < 2 * USEC_SEC ? hash % (span ? span : 1) : hash % (span / USEC_SEC) * USEC_SEC;
}

static const ConfNode *place_of(const ConfNode *at, const char *key) {
        const ConfNode *node = at ? conf_child(at, key) : NULL;

        return node ? node : at;
}

static void set_rhythm(Schedule *s, const ScheduleSpec *spec, const ConfNode *at, Diag *diag) {
        if (spec->every && spec->cron)
                diag_error(diag, place_of(at, "cron"),
                                "\"every\" and \"cron\" exclude each other: keep one of them");
        else if (spec->cron) {
                int r = cron_parse(spec->cron, &s->cron);

                if (r < 0)
                        diag_error(diag, place_of(at, "cron"), "%s", err_story(r));
                s->rhythm = RHYTHM_CRON;
        } else if (!spec->every)
                diag_error(diag, at, "a schedule needs \"every\" (such as every: 15 min) or \"cron\"");
        else if (USEC_DAY % spec->every == 0 && spec->every < USEC_DAY)
                s->rhythm = RHYTHM_WITHIN_DAY;
        else
                s->rhythm = spec->every % USEC_DAY == 0 ? RHYTHM_DAYS : RHYTHM_EPOCH;
}

static void set_spread(
                Schedule *s, const ScheduleSpec *spec, const char *name, const ConfNode *at, Diag *diag) {
        const char *word = spec->spread ? spec->spread : "auto";
        usec_t span = 0;

        if (strcmp(word, "auto") == 0)
                span = s->every;
        else if (strcmp(word, "none") != 0 && usec_parse(bytes_of(word), &span) < 0) {
                diag_error(diag, place_of(at, "spread"),
                                "\"%s\" is not a spread; write auto, none or a duration such as 5 min", word);
                return;
        }
        if (span > (s->every ? s->every : USEC_DAY))
                diag_error(diag, place_of(at, "spread"), "the spread is longer than %s",
                                s->every ? "the interval: write at most the interval, or auto" : "a day");
        s->phase = span ? place_in(name, span) : 0;
}

static void set_blackout(Schedule *s, const ScheduleSpec *spec, const ConfNode *at, Diag *diag) {
        if (!spec->blackout.len)
                return;
        s->blackout = NEW(Blackout);
        for (size_t i = 0; i < spec->blackout.len; i++) {
                const ConfNode *node = spec->blackout.nodes ? spec->blackout.nodes[i]
                                                            : place_of(at, "blackout");

                if (blackout_add(s->blackout, bytes_of(spec->blackout.items[i])) < 0)
                        diag_error(diag, node, "%s", err_story(-EINVAL));
        }
        if (blackout_covers_all(s->blackout))
                diag_error(diag, place_of(at, "blackout"),
                                "the blackouts cover the whole week: no run could ever begin");
}

int schedule_new(Schedule **ret, const ScheduleSpec *spec, const char *name, const Zone *zone,
                const ConfNode *at, Diag *diag) {
        _cleanup_(schedule_freep) Schedule *s = NEW(Schedule);
        size_t n_errors = diag_errors(diag);

        s->every = spec->every;
        s->jitter = spec->jitter;
        s->overlap = (ScheduleOverlap) spec->overlap;
        s->catch_up = (ScheduleCatchUp) spec->catch_up;
        s->zone = zone;
        set_rhythm(s, spec, at, diag);
        set_spread(s, spec, name, at, diag);
        set_blackout(s, spec, at, diag);
        if (s->every && s->jitter >= s->every)
                diag_error(diag, place_of(at, "jitter"),
                                "the jitter must be shorter than the interval, or slots would change places");
        if (diag_errors(diag) > n_errors)
                return 1;
        *ret = TAKE(s);
        return 0;
}

Schedule *schedule_free(Schedule *s) {
        if (s)
                (void) xfree(s->blackout);
        return xfree(s);
}

ScheduleOverlap schedule_overlap(const Schedule *s) {
        return s->overlap;
}

ScheduleCatchUp schedule_catch_up(const Schedule *s) {
        return s->catch_up;
}

/* ---- slots ---- */

/* The instant of civil day d plus so much of a day. */
static usec_t civil_instant(const Zone *zone, Day d, usec_t time_of_day) {
        Civil c = {
                .hour = (unsigned) (time_of_day / USEC_HOUR),
                .minute = (unsigned) (time_of_day / USEC_MINUTE % 60),
                .second = (unsigned) (time_of_day / USEC_SEC % 60),
                .usec = (unsigned) (time_of_day % USEC_SEC),
        };

        day_split(d, &c.year, &c.month, &c.day);
        return zone_instant(zone, &c);
}

/* First of origin, origin + every, ... that is after t. */
static usec_t next_multiple(usec_t origin, usec_t every, usec_t t) {
        return t < origin ? origin : origin + ((t - origin) / every + 1) * every;
}

static usec_t next_within_day(const Schedule *s, usec_t t) {
        for (Day d = zone_day(s->zone, t);; d++) {
                usec_t slot = next_multiple(civil_instant(s->zone, d, 0) + s->phase, s->every, t);

                /* A day of 23 or 25 hours has fewer or more slots. */
                if (slot < civil_instant(s->zone, d + 1, 0))
                        return slot;
        }
}

static usec_t next_by_days(const Schedule *s, usec_t t) {
        int32_t n = (int32_t) (s->every / USEC_DAY), since = zone_day(s->zone, t) - FIRST_MONDAY;
        Day turn = FIRST_MONDAY + (since >= 0 ? since / n : -((-since + n - 1) / n)) * n;

        for (;; turn += n) {
                usec_t slot = civil_instant(s->zone, turn + (Day) (s->phase / USEC_DAY), s->phase % USEC_DAY);

                if (slot > t)
                        return slot;
        }
}

static usec_t next_by_cron(const Schedule *s, usec_t t) {
        return usec_add(cron_next(&s->cron, s->zone, t - s->phase), s->phase);
}

/* The next slot, blackouts left aside. */
static usec_t next_bare(const Schedule *s, usec_t t) {
        switch (s->rhythm) {
        case RHYTHM_CRON:
                return next_by_cron(s, t);
        case RHYTHM_WITHIN_DAY:
                return next_within_day(s, t);
        case RHYTHM_DAYS:
                return next_by_days(s, t);
        case RHYTHM_EPOCH:
                break;
        }
        return next_multiple(s->phase, s->every, t);
}

usec_t schedule_next(const Schedule *s, usec_t t) {
        bool is_closed;
        usec_t slot;

        t = t < EARLIEST ? EARLIEST : t;
        if (t >= LATEST)
                return USEC_NEVER;
        is_closed = s->blackout && blackout_is_closed(s->blackout, s->zone, t);
        /* Within a blackout, slots since its beginning still wait for its end. */
        slot = next_bare(s, is_closed ? blackout_begin(s->blackout, s->zone, t) - 1 : t);
        if (slot >= LATEST)
                return USEC_NEVER;
        return schedule_open_from(s, slot > t ? slot : t);
}

usec_t schedule_newest(const Schedule *s, usec_t after, usec_t t) {
        usec_t slot = USEC_NEVER, next;

        /* Doubling steps back find a slot near t without walking through all that were missed. */
        for (usec_t span = USEC_MINUTE; slot > t; span *= 2) {
                usec_t from = span < t && t - span > after ? t - span : after;

                slot = schedule_next(s, from);
                if (slot > t && (from == after || span > NEWEST_SPAN_MAX))
                        return 0;
        }
        while ((next = schedule_next(s, slot)) <= t)
                slot = next;
        return slot;
}

usec_t schedule_open_from(const Schedule *s, usec_t t) {
        return s->blackout ? blackout_end(s->blackout, s->zone, t) : t;
}

usec_t schedule_begin(const Schedule *s, usec_t slot, uint64_t random) {
        usec_t begin = usec_add(slot, s->jitter ? random % s->jitter : 0);

        return begin >= LATEST ? begin : schedule_open_from(s, begin);
}

/* ---- windows ---- */

enum { EACH_WORDS = PERIOD_SPAN };

static const char *const each_words[] = {
        [PERIOD_DAY] = "day",
        [PERIOD_MONTH] = "month",
        [PERIOD_QUARTER] = "quarter",
        [PERIOD_HALF] = "half",
        [PERIOD_NINE_MONTHS] = "nine_months",
        [PERIOD_YEAR] = "year",
        [EACH_WORDS] = NULL,
};
static const char *const calendar_words[] = {
        [CALENDAR_CIVIL] = "calendar", [CALENDAR_15_14] = "15-14", NULL
};

const ConfField window_fields[] = { FIELD_WORD(WindowSpec, each, CONF_REQUIRED, NULL, each_words,
                                                    "Length of one window."),
        FIELD_WORD(WindowSpec, calendar, 0, "calendar", calendar_words,
                        "Where periods begin: on the first day of the month, or from the 15th to the 14th "
                        "(Nghị định 09/2019/NĐ-CP, Điều 12)."),
        FIELD(WindowSpec, from, 0, NULL,
                        "First day of interest: the window in which it lies is the first. Absent: the newest "
                        "closed window is the first."),
        FIELD(WindowSpec, to, 0, NULL, "Last day of interest; absent: windows go on with time."),
        FIELD_RANGE(WindowSpec, lookback, 0, "1", 0, 1000,
                        "Closed windows that are asked for again each time, since figures come late or are "
                        "restated."),
        FIELD(WindowSpec, open, 0, "false", "Ask for the running window too; its figures are not final."),
        FIELD(WindowSpec, cumulative, 0, "false",
                        "Each window begins with its year, for figures that cannot be added; a running one "
                        "ends today."),
        FIELD_RANGE(WindowSpec, after, 0, "0 s", 0, 400 * USEC_DAY,
                        "A window counts as closed only so long after its end, in whole days, rounded up."),
        {} };

/* The window in which d lies, or the first one after it: October to December lie in no nine months. */
static Period window_at(const WindowSpec *w, Day d) {
        Period p = {};
        int year;
        unsigned month, day;

        if (!period_containing((PeriodKind) w->each, (CalendarKind) w->calendar, d, &p)) {
                day_split(d, &year, &month, &day);
                (void) period_containing(
                                (PeriodKind) w->each, (CalendarKind) w->calendar, day_of(year + 1, 1, 1), &p);
        }
        return p;
}

static bool is_closed(const WindowSpec *w, const Period *p, Day today) {
        int64_t days = (int64_t) ((w->after + USEC_DAY - 1) / USEC_DAY);

        return (int64_t) p->to + days < today;
}

static bool is_asked(const WindowSpec *w, const Period *p, Day today) {
        if (w->to != DAY_NONE && p->from > w->to)
                return false;
        return is_closed(w, p, today) || (w->open && p->from <= today);
}

/* The newest closed window in the span of interest. */
static Period newest_closed(const WindowSpec *w, Day today) {
        Period p = window_at(w, w->to != DAY_NONE && w->to < today ? w->to : today);

        while (!is_closed(w, &p, today) || (w->to != DAY_NONE && p.from > w->to))
                p = period_prev(&p);
        return p;
}

/* The first window that is not complete, or the one after the last of interest when all are. */
static Period first_incomplete(const WindowSpec *w, Day cursor) {
        Period p = window_at(w, cursor + 1), last;

        if (w->to == DAY_NONE || p.from <= w->to)
                return p;
        last = window_at(w, w->to);
        return last.from <= w->to ? period_next(&last) : last;
}

static Period first_window(const WindowSpec *w, Day cursor, Day today) {
        Period first = w->from != DAY_NONE ? window_at(w, w->from) : (Period){ .from = DAY_NONE }, p;

        if (cursor == DAY_NONE && w->from != DAY_NONE)
                return first;
        p = cursor == DAY_NONE ? newest_closed(w, today) : first_incomplete(w, cursor);
        for (unsigned i = 0; i < w->lookback && p.from > first.from; i++)
                p = period_prev(&p);
        return p.from < first.from ? first : p;
}

/* The window as it is asked for. */
static Period presented(const WindowSpec *w, Period p, Day today) {
        Period year;

        if (!w->cumulative)
                return p;
        (void) period_containing(PERIOD_YEAR, p.calendar, p.to, &year);
        p.from = year.from;
        p.to = p.to > today ? today : p.to;
        p.is_cumulative = true;
        return p;
}

/* *i keeps the last day of the window given before, so that a walk over years of days costs no more than its
 * steps. */
bool window_walk(const WindowSpec *w, Day cursor, Day today, size_t *i, Period *ret) {
        Period p;

        if (*i == 0)
                p = first_window(w, cursor, today);
        else {
                p = window_at(w, (Day) ((int64_t) *i + DAY_NONE));
                p = period_next(&p);
        }
        if (!is_asked(w, &p, today))
                return false;
        *i = (size_t) ((int64_t) p.to - DAY_NONE);
        *ret = presented(w, p, today);
        return true;
}

Day window_cursor_after(const WindowSpec *w, Day cursor, Day today) {
        Period first = first_window(w, cursor, today), newest = newest_closed(w, today);

        return newest.to >= first.to && newest.to > cursor ? newest.to : cursor;
}

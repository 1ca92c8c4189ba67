/* One schedule: the next slot after t, and which windows a slot asks for. Pure. */
#pragma once

#include "calendar/period.h"
#include "calendar/zone.h"
#include "config/field.h"

typedef enum ScheduleOverlap {
        OVERLAP_SKIP,  /* slots that pass while a run is under way are left out */
        OVERLAP_QUEUE, /* one run follows at once for all that passed */
} ScheduleOverlap;

typedef enum ScheduleCatchUp {
        CATCH_UP_ONCE, /* one run, for the newest slot that was missed */
        CATCH_UP_NONE,
        CATCH_UP_ALL, /* a run for each missed slot, oldest first */
} ScheduleCatchUp;

typedef struct ScheduleSpec {
        usec_t every; /* interval; 0: cron */
        char *cron;   /* five fields, in the connector's zone */
        char *spread; /* "auto" (default: a fixed share of the interval from the hash of the name), "none", or
                         a duration */
        usec_t jitter;        /* random part added to each slot */
        int overlap;          /* ScheduleOverlap */
        int catch_up;         /* ScheduleCatchUp */
        ConfStrings blackout; /* "22:00-05:00", "sat,sun 00:00-24:00": no run begins in it */
} ScheduleSpec;

extern const ConfField schedule_fields[];

typedef struct Schedule Schedule;

/* name: of connector and stream, for the spread. Findings and 1, or 0. The zone is borrowed; spec is not
 * needed afterwards. */
int schedule_new(Schedule **ret, const ScheduleSpec *spec, const char *name, const Zone *zone,
                const ConfNode *at, Diag *diag);
Schedule *schedule_free(Schedule *s);
DEFINE_CLEANUP(Schedule *, schedule_free)
/* The first slot strictly after t (wall clock), jitter not included. A slot that falls into a blackout moves
 * to its end, and several become one. USEC_NEVER: there is none (a cron expression that fits no day of the
 * next decades). */
usec_t schedule_next(const Schedule *s, usec_t t);
/* The newest slot at or before t that is later than after; 0: there is none. */
usec_t schedule_newest(const Schedule *s, usec_t after, usec_t t);
/* When the run of a slot may begin: jitter added (random: 64 random bits), and not in a blackout. */
usec_t schedule_begin(const Schedule *s, usec_t slot, uint64_t random);
/* t, or the end of the blackout in which it lies. */
usec_t schedule_open_from(const Schedule *s, usec_t t);
ScheduleOverlap schedule_overlap(const Schedule *s);
ScheduleCatchUp schedule_catch_up(const Schedule *s);

/* What a stream asks for. */
typedef struct WindowSpec {
        int each;          /* words of period_kind_name: day month quarter half nine_months year */
        int calendar;      /* words calendar, 15-14 */
        Day from;          /* the first day of interest; DAY_NONE: the newest closed window is the first */
        Day to;            /* DAY_NONE: open */
        unsigned lookback; /* closed windows that are asked for again each time (late and restated figures) */
        bool open;         /* the running window is asked for too; its figures are not final */
        bool cumulative;   /* each window begins at the start of its year (figures that cannot be added); a
                              running one ends today */
        usec_t after; /* a window counts as closed only so long after its end, in whole days, rounded up */
} WindowSpec;

extern const ConfField window_fields[];

/* Windows to ask for at a slot, in order: from the first not yet complete (cursor: last day that was
 * complete, DAY_NONE: none) less lookback up to today. for (size_t i = 0; window_walk(spec, cursor, today,
 * &i, &period);) */
bool window_walk(const WindowSpec *spec, Day cursor, Day today, size_t *i, Period *ret);
/* The cursor after all windows at `today` were completed: the last day of the newest closed window that was
 * asked for, never less than cursor; DAY_NONE: none. */
Day window_cursor_after(const WindowSpec *spec, Day cursor, Day today);

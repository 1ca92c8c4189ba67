/* Cron expressions of five fields in a zone: minute, hour, day of month, month, day of week. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "calendar/zone.h"

/* Open so that it can be embedded; made by cron_parse only. */
typedef struct Cron {
        uint64_t minutes;       /* bit n: minute n */
        uint32_t hours;
        uint32_t days;          /* bits 1..31 */
        uint32_t months;        /* bits 1..12 */
        uint32_t weekdays;      /* bits 1 Monday .. 7 Sunday */
        bool is_any_day;        /* the day of month field begins with "*" */
        bool is_any_weekday;
} Cron;

/* Numbers, names (jan..dec, mon..sun; 0 and 7 are Sunday), "*", lists, ranges and steps ("MON-FRI", "0-30/10"), and @hourly, @daily, @weekly, @monthly, @yearly.
 * When both day fields are restricted, either suffices (as crontab(5) says). 0; -EINVAL: not such an expression (note says which field); -EDOM: no day ever fits
 * (note), as 30 February. */
int cron_parse(const char *text, Cron *ret);

/* The first instant strictly after t whose civil time in zone fits, at second 0. A time that a change of clocks skips is run at the end of the gap; a time that comes
 * twice is run once, the first time - unless the hour field is "*" in all 24 bits: then every minute that passes on the clock counts. USEC_NEVER: none within 40 years. */
usec_t cron_next(const Cron *c, const Zone *zone, usec_t t);

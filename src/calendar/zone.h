/* Civil time to instant and back for any IANA zone, by reading tzdata. Never TZ, never localtime(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/usec.h"

/* A day as the number of days since 1970-01-01 (proleptic Gregorian). */
typedef int32_t Day;
#define DAY_NONE INT32_MIN

typedef struct Civil {
        int year;               /* 1..9999 */
        unsigned month;         /* 1..12 */
        unsigned day;           /* 1..31 */
        unsigned hour;          /* 0..23 */
        unsigned minute;
        unsigned second;        /* 0..59 */
        unsigned usec;
} Civil;

Day day_of(int year, unsigned month, unsigned day);     /* asserts a valid date; see day_is_valid */
bool day_is_valid(int year, unsigned month, unsigned day);
void day_split(Day d, int *ret_year, unsigned *ret_month, unsigned *ret_day);
unsigned day_of_week(Day d);                            /* 1 Monday .. 7 Sunday (ISO) */
Day day_add_months(Day d, int months);                  /* the day of month is cut to the month's length */
void day_render(Day d, Text *ret);                      /* 2024-03-01 */
int day_parse(Bytes text, Day *ret);                    /* exactly YYYY-MM-DD; -EINVAL */

typedef struct Zone Zone;                               /* immutable, cached for the process by zone_get */

/* *ret is borrowed and lives until the process ends. "UTC" needs no tzdata. -ENOENT: no such zone (note), -EINVAL: broken file. */
int zone_get(const char *name, const Zone **ret);
const char *zone_name(const Zone *z);

/* What zone_get does with a file once it is read; the caller owns the zone. -EINVAL with a note. */
int zone_parse(const char *name, Bytes tzif, Zone **ret);
Zone *zone_free(Zone *z);
DEFINE_CLEANUP(Zone *, zone_free)

Civil zone_civil(const Zone *z, usec_t instant);
Day zone_day(const Zone *z, usec_t instant);
/* Civil time to instant. A time that a change of clocks skips is moved forward by the gap; of one that comes twice the first is taken. */
usec_t zone_instant(const Zone *z, const Civil *civil);  /* 0 for what lies before 1970 */
int32_t zone_offset(const Zone *z, usec_t instant);     /* seconds east of UTC */

/* The first instant after t at which the offset changes; USEC_NEVER: none. */
usec_t zone_change_after(const Zone *z, usec_t t);

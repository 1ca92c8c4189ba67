/* usec_t: microseconds, as a span or as an instant (since the epoch for data, since boot for waiting). */
#pragma once

#include <inttypes.h>
#include <stdint.h>

#include "base/bytes.h"

typedef uint64_t usec_t;

#define USEC_MSEC ((usec_t) 1000)
#define USEC_SEC ((usec_t) 1000000)
#define USEC_MINUTE (60 * USEC_SEC)
#define USEC_HOUR (60 * USEC_MINUTE)
#define USEC_DAY (24 * USEC_HOUR)
#define USEC_NEVER UINT64_MAX

/* "90 s", "15 min", "1 h 30 min", "250 ms", "2 d": numbers with units (us ms s min h d w), a bare number is refused.
 * 0 or -EINVAL, -ERANGE. */
int usec_parse(Bytes text, usec_t *ret);

/* The shortest exact form, "1 h 30 min"; for people. */
void usec_render(usec_t v, Text *ret);

/* Sum that stays at USEC_NEVER. */
static inline usec_t usec_add(usec_t a, usec_t b) {
        return a > USEC_NEVER - b ? USEC_NEVER : a + b;
}

/* RFC 3339 in UTC with microseconds: "2024-03-01T00:00:00.000000Z"; and back (any offset, 0 to 9 digits of fraction, cut to microseconds). */
void usec_render_utc(usec_t instant, Text *ret);
int usec_parse_utc(Bytes text, usec_t *ret);            /* -EINVAL; -ERANGE: before 1970 */

/* Days since 1970-01-01 in the proleptic Gregorian calendar, and back; any year, month 1..12 (a day beyond the month's end counts on). */
int64_t usec_days_of(int64_t year, int64_t month, int64_t day);
void usec_days_split(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day);

/* Blackout: the minutes of a week in which no run may begin. Pure. */
#pragma once

#include "calendar/zone.h"

enum { BLACKOUT_MINUTES = 7 * 24 * 60 };

typedef struct Blackout {
        uint8_t closed[BLACKOUT_MINUTES /
                        8]; /* one bit a minute, from Monday 00:00 in the zone of the schedule */
        bool has_any;
} Blackout;

/* Adds "22:00-05:00" (every day), "sat,sun 00:00-24:00" or "mon-fri 07:30-11:30". A span that ends before it
 * begins runs over midnight; days name the day on which it begins. 0, or -EINVAL with a note that says what
 * would be right. */
int blackout_add(Blackout *b, Bytes text);

/* Nothing is left in which a run could begin. */
bool blackout_covers_all(const Blackout *b);

bool blackout_is_closed(const Blackout *b, const Zone *zone, usec_t t);

/* The end of the closed stretch in which t lies; t itself when it is open. Asserts that the blackout does not
 * cover everything. */
usec_t blackout_end(const Blackout *b, const Zone *zone, usec_t t);

/* The first instant of the closed stretch in which t lies; t itself when it is open. */
usec_t blackout_begin(const Blackout *b, const Zone *zone, usec_t t);

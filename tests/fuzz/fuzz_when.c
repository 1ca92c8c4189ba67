/* Dates: a form up to the first line break, then a text. What is accepted is a day that exists, and the day
 * of the instant. */

#include <stdlib.h>

#include "base/arena.h"
#include "calendar/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *end = size ? memchr(data, '\n', size) : NULL;
        _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
        const Zone *zone;
        unsigned month, d;
        usec_t instant;
        WhenForm form;
        Bytes text;
        Day day;
        int year;

        if (!end || zone_get("Asia/Ho_Chi_Minh", &zone) < 0)
                return 0;
        text = (Bytes){ end + 1, size - (size_t) (end + 1 - (const char *) data) };
        if (when_form_parse(arena_dup(arena, (Bytes){ (const char *) data,
                                                             (size_t) (end - (const char *) data) }),
                            &form) < 0)
                return 0;
        if (when_parse_day(&form, text, zone, &day) < 0)
                return 0;
        day_split(day, &year, &month, &d);
        if (!day_is_valid(year, month, d) || day_of(year, month, d) != day)
                abort();
        if (when_parse_instant(&form, text, zone, &instant) == 0 && zone_day(zone, instant) != day)
                abort();
        return 0;
}

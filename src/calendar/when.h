/* Dates and times as sources write them, to days and instants. What does not exist (2014/02/30) is refused.
 */
#pragma once

#include "base/arena.h"
#include "base/usec.h"
#include "calendar/zone.h"

typedef enum WhenKind {
        WHEN_PATTERN, /* yyyy MM M dd d HH H mm ss S.. Q, 'text', anything else stands for itself */
        WHEN_EPOCH,   /* seconds since 1970 UTC */
        WHEN_EPOCH_MS,
        WHEN_ISO, /* RFC 3339: with zone or offset, any number of digits of the second; a blank may stand for
                     the T */
        WHEN_ISO_LOCAL, /* the same without zone: that of the connector */
} WhenKind;

typedef struct WhenForm {
        WhenKind kind;
        const char *pattern; /* borrowed from the configuration */
        bool has_month, has_day, has_time;
} WhenForm;

/* "dd/MM/yyyy", "yyyy-MM", "'T'MM/yyyy", "Q/yyyy", "epoch_ms", "iso", ... 0, or -EINVAL with a note that says
 * what is wrong. */
int when_form_parse(const char *format, WhenForm *ret);

/* The day on which it falls in the zone; of a month, quarter or year its first day. -EINVAL: not of that
 * form, or no such day. */
int when_parse_day(const WhenForm *form, Bytes text, const Zone *zone, Day *ret);
int when_parse_instant(const WhenForm *form, Bytes text, const Zone *zone,
                usec_t *ret); /* -EINVAL also before 1970 */

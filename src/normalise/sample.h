/* Sample: one figure of one unit for one period, typed and mapped. Reject: one record that could not become a
 * sample, with reason and place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/usec.h"
#include "calendar/period.h"

typedef struct Sample {
        const char *metric;
        const char *unit; /* slug of the registry */
        Period period;
        bool is_null;       /* the source said null: "no figure", not 0 */
        Bytes value;        /* canonical decimal text; empty when is_null */
        usec_t observed_at; /* the source's own statement of when; 0: none */
        Bytes quality;      /* the source's flag; empty: none */
        Bytes evidence;     /* proof given with a declared figure; empty: none */
        uint32_t request;   /* seq of the request in the run */
        uint64_t record;    /* ordinal of the record in that body; 0: made from many (a count) */
} Sample;

typedef enum RejectReason {
        REJECT_UNKNOWN_UNIT, /* code is not in the table for that day */
        REJECT_NOT_A_NUMBER,
        REJECT_NOT_A_DATE,
        REJECT_NO_UNIT, /* the unit field is missing, null or empty */
        REJECT_NO_PERIOD,
        REJECT_MISSING_FIELD, /* a value field is not in the record */
        REJECT_IMPLAUSIBLE,   /* a check of the connector says no */
        REJECT_PRECISION,     /* the number would lose digits */
        REJECT_DATABASE,      /* the database refused this row */
        REJECT_UNIT_NOT_IN_REGISTRY,
        REJECT_INCOMPLETE, /* a sum or count is not given, because records that may belong to it were refused:
                              it would be too low */
        REJECT_UNKNOWN_METRIC, /* the record names a metric that the connector does not know */
        _REJECT_REASON_MAX,
} RejectReason;

const char *reject_reason_name(RejectReason r); /* "unknown_unit", ... as in ingest.reject */

typedef struct Reject {
        RejectReason reason;
        uint32_t request;
        uint64_t record;
        const char *metric; /* NULL: the whole record */
        Bytes field;        /* its name; empty: none */
        Bytes system;       /* code system, for unit reasons */
        Bytes code;         /* the foreign code, for unit reasons */
        Bytes detail;       /* what was wrong: "\"12,5x\" is not a number" */
        Bytes excerpt;      /* the record's fields as JSON, at most 2 KiB, secret fields left out */
} Reject;

/* The mapping section: which field becomes which part of the sample, constants, filters, counts. Pure. */
#pragma once

#include "base/arena.h"
#include "config/field.h"
#include "decode/decode.h"
#include "normalise/code.h"
#include "normalise/sample.h"

/* A condition on one field: exactly one of is, is_not, in, not_in, above, from/to, present.
 * null and "" meet is_not and not_in and nothing else. A field that is not in the record at all answers only
 * `present`: with any other test the record is a reject (REJECT_MISSING_FIELD), for a source that changed its
 * field names must not turn into counts of zero. */
typedef struct Condition {
        char *field;
        char *is; /* text equal after trimming and NFC (numbers: as numbers) */
        char *is_not;
        ConfStrings in;
        ConfStrings not_in;
        char *above;     /* decimal: the value must be greater */
        char *from, *to; /* a date field within these days, both inclusive; the word "window" is the end of
                            the ask's window */
        char *format;    /* of that date field */
        int present;     /* words any (no condition), yes, no: neither missing, null nor empty */
} Condition;

typedef struct MappingUnit {
        char *field;    /* exactly one of field, ask, const */
        char *system;   /* code system of the field; default slug */
        bool ask;       /* the unit of the ask (foreach) */
        char *constant; /* key "const": slug */
} MappingUnit;

typedef struct MappingPeriod {
        bool window;  /* the ask's window; the default when the stream has windows */
        char *field;  /* a date or label in the record ... */
        char *format; /* ... in this form (dd/MM/yyyy, yyyy-MM, yyyy, epoch_ms, iso ...): calendar/when.h */
        int kind;     /* PeriodKind: the period of that kind that contains the date */
        int calendar; /* CalendarKind */
        bool today;   /* the day of the poll in the connector's zone: a state on a day */
        bool cumulative; /* counts from the start of its year: kind year, from its first day to the last day
                            of the period named above */
} MappingPeriod;

typedef enum OtherNames {
        OTHER_NAMES_LEFT_OUT, /* and counted as such: the source lists more than is wanted */
        OTHER_NAMES_REFUSED,  /* a slip of the pen in a declared table must not look like no data */
} OtherNames;

typedef struct MappingMetric {
        char *metric;    /* name, [a-z0-9_.-]+ */
        char *value;     /* field; or: */
        char *constant;  /* key "const": decimal */
        ConfItems count; /* list of Condition: the number of records per unit and period that meet all (key
                            present with an empty list: all records) */
        char *sum;       /* field: sum over the records of a unit and period */
        ConfItems where; /* list of Condition: only records that meet all */
        ConfItems null_where; /* list of Condition: the figure is null (no data) where all hold: a dead
                                 counter */
        ConfPairs words;  /* enumeration: source text -> decimal or null ("Có": 1, "Không": 0, "Không xác
                             định": null) */
        int number;       /* NumberForm of texts; a JSON number is always plain */
        char *min, *max;  /* plausibility: decimals; outside: reject */
        bool whole;       /* must be a whole number */
        Day from, to;     /* only figures whose period ends on these days, both inclusive (a state: the day of the
                             poll); DAY_NONE: no bound. For what a law demands while it is in force */
        char *name_field; /* the metric's name is `metric` followed by what `names` has for this field's value
                             (a record per metric) */
        ConfPairs names;  /* value of name_field -> metric name */
        int other_names;  /* OtherNames: what becomes of records with other values */
        ConfItems checks; /* list of Plausible: made at delivery */
} MappingMetric;

typedef struct MappingSpec {
        MappingUnit unit;
        MappingPeriod period;
        char *observed; /* field with the source's own time */
        char *observed_format;
        char *quality;   /* field with the source's flag */
        char *evidence;  /* field with the proof of a declared figure */
        ConfItems where; /* list of Condition: other records are left out before anything is counted or stored
                            (secret documents) */
        ConfItems metrics; /* MappingMetric */
} MappingSpec;

extern const ConfField mapping_fields[];

typedef struct Mapping Mapping;           /* compiled, immutable; in the arena */
typedef struct MappingState MappingState; /* of one ask: sums and counts, bounded */

/* What an ask knows. */
typedef struct MappingContext {
        const UnitTable *units;
        const Unit *unit;     /* NULL: no fan-out over units */
        const Period *window; /* NULL: no windows */
        const Zone *zone;
        Day today;        /* of the poll, in zone */
        uint32_t request; /* seq of the request that brought the record */
} MappingContext;

/* What comes out; called during apply and finish. Pointers live as long as the call. Nonzero stops and is
 * returned. */
typedef struct MappingOut {
        int (*sample)(void *userdata, const Sample *s);
        int (*reject)(void *userdata, const Reject *r);
        void *userdata;
} MappingOut;

/* has_windows, has_foreach: what the stream offers, for rules such as "unit: ask needs foreach". Findings and
 * 1, or 0. */
int mapping_compile(Mapping **ret, const MappingSpec *spec, const Format *format, bool has_windows,
                bool has_foreach_units, const UnitTable *units, const ConfNode *at, Arena *arena, Diag *diag);
/* Its checks of plausibility as a JSON array, for what is delivered; NULL: none. */
const char *mapping_checks(const Mapping *m);
/* Whether the day of the poll is the period: the same answer then says something else on another day. */
bool mapping_is_of_today(const Mapping *m);
/* Names of all metrics it can deliver, for check. */
bool mapping_walk_metrics(const Mapping *m, size_t *i, const char **ret);

MappingState *mapping_state_new(const Mapping *m);
MappingState *mapping_state_free(MappingState *s);
DEFINE_CLEANUP(MappingState *, mapping_state_free)

/* Sums and counts of the page under way are kept apart until it turned out good: commit adds them to those of
 * the ask, rollback forgets them (the page is tried again). */
void mapping_state_commit(MappingState *s);
void mapping_state_rollback(MappingState *s);
/* Records of the committed pages that `where` left out. */
uint64_t mapping_state_left_out(const MappingState *s);

/* What becomes of a value: missing -> reject, null or "" -> sample with is_null, a number -> sample, anything
 * else -> reject. 0, or what out returned, or -E2BIG (too many units and periods in one ask). */
int mapping_apply(const Mapping *m, MappingState *s, const MappingContext *ctx, const Record *rec,
                const MappingOut *out);
/* After the last page of the ask: emits sums and counts of the committed pages. An ask for one unit that
 * brought no record gives a real 0 for its counts; without such an ask only units that were seen get one. A
 * sum or count that a refused record may belong to is a REJECT_INCOMPLETE instead. */
int mapping_finish(const Mapping *m, MappingState *s, const MappingContext *ctx, const MappingOut *out);

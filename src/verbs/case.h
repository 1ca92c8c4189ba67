/* Test case of a connector: a folder with recorded exchanges, what was asked for, and what came of it as text that people read and compare.
 *   case.yaml                          which stream, unit, days and moment (CaseSpec)
 *   NN.request, NN.response, NN.body   the exchanges (fetch/replay.h)
 *   codes*.csv                         code tables of the case besides those of the installation; may be missing
 *   samples, rejects                   one a line; an empty file or none: none
 *   outcome                            how the run ended, and with which words */
#pragma once

#include "config/field.h"
#include "store/parcel.h"

typedef struct CaseSpec {
        char *stream;
        char *unit;             /* slug or NULL */
        char *from, *to;        /* days as text, or NULL */
        char *at;               /* RFC 3339: when it is asked */
} CaseSpec;

extern const ConfField case_fields[];

int case_write(const char *folder, const CaseSpec *spec);       /* 0 or -errno with a note */

typedef struct CaseOutcome {
        Text samples, rejects, outcome;
} CaseOutcome;

#define CASE_TEXT_MAX ((size_t) 256 << 20)
#define CASE_OUTCOME_INIT ((CaseOutcome){ TEXT_INIT(CASE_TEXT_MAX), TEXT_INIT(CASE_TEXT_MAX), TEXT_INIT(CASE_TEXT_MAX) })

void case_outcome_add(CaseOutcome *o, const ParcelItem *item);          /* samples and rejects; others are passed over */
void case_outcome_end(CaseOutcome *o, const RunRecord *record);
int case_outcome_write(const char *folder, const CaseOutcome *o);       /* 0 or -errno with a note */
int case_outcome_read(const char *folder, CaseOutcome *o);              /* the same */
void case_outcome_done(CaseOutcome *o);

/* Appends what is missing ("- line") and what is too much ("+ line"), in order, or that only the order differs. 0: equal, 1: different. */
int case_compare(const char *name, Bytes want, Bytes got, Text *ret);

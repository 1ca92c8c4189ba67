/* Checks of plausibility that a connector states for a metric. They are made where the figures are delivered
 * (sql/always/ingest/plausible.sql), since only there the last known figure is never guessed; here they are read, and
 * written as what travels with each run. */
#pragma once

#include "base/bytes.h"
#include "config/field.h"

enum { PLAUSIBLE_MAX = 32 * 1024 }; /* bytes of the checks of one stream: they stand in each of its parcels */

typedef enum PlausibleAction {
        PLAUSIBLE_WARN,       /* stored, with what was found in its quality */
        PLAUSIBLE_QUARANTINE, /* set aside until somebody accepts it */
        PLAUSIBLE_BLOCK,      /* nothing of the run is stored, no cursor moves */
} PlausibleAction;

/* One check: exactly one of min/max, jump, monotone, not_above. */
typedef struct Plausible {
        char *min, *max;  /* decimals */
        char *jump;       /* greatest change against the last known figure: a decimal, or one with "%" */
        bool monotone;    /* within its period the figure may not fall */
        char *not_above;  /* another metric of the stream: of the same unit and period */
        int action;
} Plausible;

extern const ConfField plausible_fields[];

/* Adds an object of the check, with a comma where one is needed. */
void plausible_render(const Plausible *p, const char *metric, Text *to);
/* Findings and 1, or 0. */
int plausible_check(const Plausible *p, const ConfNode *at, Diag *diag);

/* Sums and counts of one ask: those of the page under way apart from those of the pages that turned out good.
 */
#pragma once

#include "normalise/code.h"
#include "normalise/sample.h"

typedef struct TallyCell {
        const Unit *unit;
        Period period;
        size_t metric;
        int64_t count;
        bool has_null;      /* a summand was null: the sum is not known */
        uint64_t n_refused; /* records that should have been in it */
        size_t sum_len;
        char sum[136]; /* canonical decimal: 60 digits on either side, a sign and a point */
} TallyCell;

typedef struct Tally Tally;

Tally *tally_new(void);
Tally *tally_free(Tally *t);
DEFINE_CLEANUP(Tally *, tally_free)

/* The cell of the page under way; made when it is not there. NULL: the ask has too many (-E2BIG, noted). */
TallyCell *tally_cell(Tally *t, const Unit *unit, const Period *period, size_t metric);
int tally_sum(TallyCell *cell, Bytes decimal); /* 0, -ERANGE */
void tally_leave_out(Tally *t);
void tally_refuse(Tally *t); /* a record that may belong to any cell was refused */

void tally_commit(Tally *t);
void tally_rollback(Tally *t);

/* Of the committed pages: */
uint64_t tally_left_out(const Tally *t);
uint64_t tally_refused(const Tally *t);
bool tally_has(const Tally *t, const Unit *unit, const Period *period, size_t metric);
bool tally_walk(const Tally *t, size_t *i,
                const TallyCell **ret); /* in the order in which they were first seen */

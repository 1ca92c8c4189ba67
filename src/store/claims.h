/* Claims: which connection of the writer delivers which parcels of the spool, and up to where all is delivered. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

typedef enum ClaimState {
        CLAIM_TAKEN,            /* a connection is at it */
        CLAIM_FREE,             /* given back: what comes next */
        CLAIM_DONE,             /* delivered; waits for an earlier one before it can be acknowledged */
} ClaimState;

typedef struct Claim {
        uint64_t at;            /* cursor of the spool before its first parcel; 0: the oldest */
        uint64_t from, upto;    /* numbers of its first and last parcel */
        size_t n;               /* parcels */
        ClaimState state;
} Claim;

/* In the order of the spool, without gaps between them; the last one is never free: the cursor is put back instead. Zero is empty. */
typedef struct Claims {
        VEC(Claim) list;
        uint64_t at;            /* cursor of the spool behind the last one; 0 when there is none */
} Claims;

void claims_done(Claims *c);                            /* frees */
/* Where to read on, and the last number that may be taken from there: what was given back comes before anything new. */
void claims_next(const Claims *c, uint64_t *ret_at, uint64_t *ret_upto);
/* The n parcels from..upto, read from the place that claims_next() named, are taken; `at` is the cursor behind them. */
void claims_take(Claims *c, uint64_t from, uint64_t upto, size_t n, uint64_t at);
/* The claim that begins with `from` will be tried again, perhaps in smaller pieces. */
void claims_release(Claims *c, uint64_t from);
/* The claim that begins with `from` is delivered. Returns the number up to which all is; 0: something before it is not. */
uint64_t claims_finish(Claims *c, uint64_t from);
size_t claims_n_parcels(const Claims *c);               /* of all that is not free */
bool claims_have_free(const Claims *c);

/* Sift: of an answer only what the same ask was not answered the same last time goes on its way. */
#pragma once

#include "store/parcel.h"

typedef struct Sift Sift;

enum { SIFT_MIN = 64 };                 /* an answer with fewer samples is left as it is */

/* max: bytes that are remembered, some two for each sample; beyond it the answers that were not met for longest are forgotten. */
Sift *sift_new(size_t max);
Sift *sift_free(Sift *s);
DEFINE_CLEANUP(Sift *, sift_free)

/* The samples in w from mark on are all that was answered to this ask. last: identity of the answer that was delivered before it, NULL: none is known;
 * now: its own. Takes out of w what the answer `last` said as well, provided that one passed here; remembers this one. Returns how many were taken out.
 * The identity must tell apart whatever leads to other samples. Statements about the same unit, metric and period keep their order and go together. */
size_t sift_answer(Sift *s, Bytes ask, const Sha256 *last, const Sha256 *now, ParcelWriter *w, size_t mark);
size_t sift_size(const Sift *s);        /* bytes that are remembered */

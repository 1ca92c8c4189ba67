/* Archive: the body of one reply as evidence: hashed and deflated while it streams by, within a bound. The door to zlib. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "store/parcel.h"

/* No stored body is larger than this when deflated: beside it, a parcel must still have room for what a run had gathered before. */
#define ARCHIVE_MAX ((uint64_t) (PARCEL_MAX - PARCEL_SOFT - (512 << 10)))

typedef struct Archive Archive;

/* max_deflated: bytes that may be kept of one body; cut to ARCHIVE_MAX; 0: hash and size only. */
Archive *archive_new(uint64_t max_deflated);
Archive *archive_free(Archive *a);
DEFINE_CLEANUP(Archive *, archive_free)
void archive_add(Archive *a, Bytes chunk);              /* an empty one is nothing */
/* Hash and size of all that was added, and the body in zlib form (RFC 1950), borrowed until the archive is freed; empty when it passed the bound, or there was no body.
 * To be called once; nothing may be added afterwards. */
void archive_end(Archive *a, BodyRecord *ret);

/* The body that a stored form holds, at most max bytes. 0, or -EBADMSG with a note: it is not in zlib form, is cut, or holds more. */
int archive_inflate(Bytes deflated, size_t max, Text *ret);

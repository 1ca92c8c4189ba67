/* Unwrap: what a source serves as a .gz or .zip file, unpacked while it streams by, within bounds. What a server packs for the way only (Content-Encoding) is
 * not its business: the transfer unpacks that. gzip is RFC 1952, several members one behind the other included; zip is PKWARE's APPNOTE 6.3: deflated and
 * stored members, ZIP64, sizes before or behind the data. Zip is read forwards, so the members decide, and the directory at the end has to agree with them. */
#pragma once

#include "base/bytes.h"

typedef enum Wrapper {
        WRAPPER_NONE,
        WRAPPER_GZIP,
        WRAPPER_ZIP,
} Wrapper;

typedef struct UnwrapSpec {
        int wrapper;            /* Wrapper, not NONE */
        const char *member;     /* of a zip: pattern (fnmatch) of the one member that is read; NULL: the only one that there is */
        uint64_t max_unpacked;  /* bytes, of all members that have to be unpacked */
        unsigned max_ratio;     /* unpacked to packed; not looked at below 1 MiB unpacked */
} UnwrapSpec;

enum {
        UNWRAP_STEP = 16 << 10, /* bytes that one step adds at most */
};

typedef struct Unwrap Unwrap;

Unwrap *unwrap_new(const UnwrapSpec *spec);     /* the spec's texts are borrowed */
Unwrap *unwrap_free(Unwrap *u);
DEFINE_CLEANUP(Unwrap *, unwrap_free)
/* Takes bytes off the front of *packed and adds what they unpack to. To be called while *packed holds something or unwrap_is_pending(). 0, or DECODE_E_SYNTAX
 * (damaged, encrypted, another form), DECODE_E_SHAPE (several members fit) or DECODE_E_LIMIT; then unwrap_story() tells, and what was added before is good. */
int unwrap_step(Unwrap *u, Bytes *packed, Text *ret);
bool unwrap_is_pending(const Unwrap *u);
/* The packed bytes are over: 0 when that was their end, otherwise DECODE_E_*. */
int unwrap_end(Unwrap *u);
const char *unwrap_story(const Unwrap *u);

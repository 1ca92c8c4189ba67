/* SHA-256, HMAC, CRC-32C, base64 and hex. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

typedef struct Sha256 {
        uint8_t byte[32];
} Sha256;

Sha256 sha256_of(Bytes data);
bool sha256_equal(const Sha256 *a, const Sha256 *b);

/* While streaming. */
typedef struct Sha256Stream Sha256Stream;
Sha256Stream *sha256_stream_new(void);
void sha256_stream_add(Sha256Stream *s, Bytes data);
Sha256 sha256_stream_end(Sha256Stream *s);              /* may be called once; add nothing afterwards */
Sha256Stream *sha256_stream_free(Sha256Stream *s);
DEFINE_CLEANUP(Sha256Stream *, sha256_stream_free)

Sha256 hmac_sha256(Bytes key, Bytes data);
uint32_t crc32c(uint32_t before, Bytes data);           /* start with 0; table or SSE4.2, same result */

int hex_add(Text *t, Bytes data);                       /* lower case */
int hex_parse(Bytes text, Text *ret);                   /* -EINVAL */
int base64_add(Text *t, Bytes data);                    /* RFC 4648, padded */
int base64url_add(Text *t, Bytes data);                 /* RFC 4648 part 5, unpadded */
int base64_parse(Bytes text, Text *ret);                /* both alphabets, padding optional; -EINVAL */

/* A random (version 4) UUID in its text form, 36 characters and NUL. */
void uuid_make(char ret[37]);

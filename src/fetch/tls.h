/* What a connector asks of TLS beyond the main file: a client certificate of ours, and the public key that the source must show. */
#pragma once

#include "base/arena.h"
#include "config/diag.h"
#include "config/field.h"
#include "fetch/message.h"

typedef struct TlsSpec {
        char *certificate;
        char *key;
        ConfStrings pins;
        char *joined;           /* pins as curl wants them; set by tls_load() */
} TlsSpec;

extern const ConfField tls_fields[];

/* Findings, if any; memory lives in the arena. */
void tls_load(TlsSpec *spec, const ConfNode *at, Arena *arena, Diag *diag);
/* Last moment of the first certificate in the file, wall clock; 0: it cannot be read, or there is none (path may be NULL). */
usec_t tls_file_until(const char *path);
/* is_source: the request goes to the host of the connector, whose key is pinned; a token endpoint elsewhere has a key of its own. Paths stay borrowed. */
void tls_dress(const TlsSpec *spec, HttpRequest *req, bool is_source);

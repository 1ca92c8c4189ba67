/* Stored: replies of the archive, ask by ask, and the transport that answers with them: for replays of what was polled before. Nothing leaves the machine. */
#pragma once

#include "base/vec.h"
#include "fetch/auth.h"
#include "fetch/transport.h"

typedef struct StoredReply {
        char *method, *url;
        char *body;             /* of the request; NULL: none */
        int status;
        char *content_type;     /* NULL: none was stated */
        usec_t sent_at;
        char *sha256;           /* of the reply's body in hex; NULL: none was kept, as of refusals */
        bool is_withheld;       /* the body was not kept, since the stream was confidential */
} StoredReply;

typedef struct StoredAsk {
        char *label;            /* "2024-03 nt-so-tttt" */
        char *unit;             /* slug; NULL: none */
        VEC(StoredReply) replies;
} StoredAsk;

typedef struct Stored {
        VEC(StoredAsk) asks;
} Stored;

/* Takes copies. Replies that follow each other with the same label are one ask. */
void stored_add(Stored *s, const char *label, const char *unit, const StoredReply *reply);
void stored_done(Stored *s);

/* Adds the body of that hash to *ret. 0, or -errno with a note. */
typedef int (*StoredBody)(void *userdata, const char *sha256, Text *ret);

int stored_transport_new(Transport **ret, StoredBody body, void *userdata);
/* From now on the replies of this ask, each once, in their order. Those after which the ask was tried again are passed over. */
void stored_begin(Transport *tr, const StoredAsk *ask);
bool stored_step(Transport *tr, usec_t now);            /* true: something was answered */
const StoredReply *stored_last(const Transport *tr);    /* the last that was answered; NULL: none of this ask */
size_t stored_left(const Transport *tr);                /* replies of the ask that nobody asked for */

/* What stands for the connector's own: no login, no waiting, no other try. */
const ConfKindOf *stored_auth(void);

/* Seam 4: performs one transfer. The real one is curl.c, replay.c answers from recorded files. */
#pragma once

#include "base/usec.h"
#include "config/field.h"
#include "fetch/message.h"

typedef struct Transport Transport;     /* begins with const TransportOps *ops */
typedef struct Transfer Transfer;

typedef enum TransferOutcome {
        TRANSFER_OK,            /* a whole response, whatever its status */
        TRANSFER_STOPPED,       /* head() or body() asked for it */
        TRANSFER_E_NAME,        /* the host name has no address */
        TRANSFER_E_CONNECT,
        TRANSFER_E_TLS,
        TRANSFER_E_TIMEOUT,
        /* the connection ended in the middle of the response, or the length was wrong */
        TRANSFER_E_CUT,
        TRANSFER_E_LIMIT,       /* a bound of ours: size, headers, redirects */
        TRANSFER_E_FORBIDDEN,   /* address, scheme or redirect target is not allowed */
        TRANSFER_E_PROTOCOL,
} TransferOutcome;

typedef struct TransferResult {
        TransferOutcome outcome;
        usec_t took;
        uint64_t size;          /* of the body, decompressed */
        /* last moment of the server's certificate, wall clock; 0: not told (no TLS, a connection used again) */
        usec_t certificate_until;
        char story[256];        /* for people; no secrets */
} TransferResult;

typedef struct TransferLimits {
        usec_t connect_timeout;
        usec_t first_byte_timeout;
        usec_t idle_timeout;
        usec_t total_timeout;
        uint64_t max_body;      /* after decompression */
        unsigned max_headers;
        unsigned max_redirects; /* 0: none are followed */
        ConfStrings redirect_hosts;     /* origins besides the own one; such a redirect is handed out like an answer, not followed */
} TransferLimits;

/* Called from the loop, never from inside start(). */
typedef struct TransferEvents {
        int (*head)(void *userdata, const HttpResponse *head);  /* 0: go on; other: stop */
        int (*body)(void *userdata, Bytes chunk);               /* 0: go on; other: stop */
        /* once, last; the transfer is gone after it; now is monotonic */
        void (*done)(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t now);
} TransferEvents;

typedef struct TransportOps {
        /* req is copied as needed. 0 or -errno (then done() is not called). */
        int (*start)(Transport *tr, const HttpRequest *req, const TransferLimits *limits,
                        const TransferEvents *events, void *userdata, Transfer **ret);
        void (*cancel)(Transfer *t);    /* no callback follows */
        Transport *(*free)(Transport *tr);
} TransportOps;

struct Transport {
        const TransportOps *ops;
};

static inline Transport *transport_free(Transport *tr) {
        return tr ? tr->ops->free(tr) : NULL;
}
DEFINE_CLEANUP(Transport *, transport_free)

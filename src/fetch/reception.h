/* One answer as it comes in, line by line and chunk by chunk: head, redirects, bounds, and what is told to
 * the owner. Knows no library, so that every hostile answer can be played in a test. */
#pragma once

#include "fetch/transport.h"

typedef struct Reception {
        TransferLimits limits;
        TransferEvents events;
        void *userdata;
        char *url;                      /* after redirects; heap */
        HttpResponse resp;
        unsigned n_headers;
        size_t header_bytes;
        unsigned n_redirects;
        bool has_first_byte;
        bool is_head_told;
        bool is_stopped;                /* the owner asked for it */
        TransferOutcome outcome;        /* TRANSFER_OK: nothing was decided here */
        uint64_t size;                  /* of the body so far */
        char story[256];
} Reception;

void reception_done(Reception *r);

/* A header line as it came, with its line break; the empty one ends the head. False: give the transfer up,
 * the reason is in outcome or is_stopped. */
bool reception_line(Reception *r, Bytes line);
/* Bytes of the body, decompressed. False as above. */
bool reception_body(Reception *r, Bytes chunk);

/* Sets outcome and story; returns outcome. */
TransferOutcome reception_say(Reception *r, TransferOutcome outcome, const char *format, ...) _printf_(3, 4);
/* The host's name as in the URL. */
void reception_host(const Reception *r, Text *ret);

/* Batch: decoded parcels as the parameters of one call of ingest.deliver(). Single samples can be held back, or refused: then they travel as rejects. */
#pragma once

#include "store/parcel.h"
#include "store/pg.h"

enum { BATCH_PARAMS = 29 };

/* select * from ingest.deliver($1 ... $29): one statement, one transaction, one round trip. */
extern const char batch_sql[];

typedef struct Batch Batch;

Batch *batch_new(void);
Batch *batch_free(Batch *b);
DEFINE_CLEANUP(Batch *, batch_free)
void batch_clear(Batch *b);

/* What is added from now on comes from stored replies: cause replay or retry, when the source was asked, and the run whose replies they are. */
void batch_set_cause(Batch *b, const char *cause, usec_t stated_at, const char *replays);

/* What is added from now on was polled a while ago: it overrules nothing that was stated later, and moves no cursor. */
void batch_set_late(Batch *b);

/* Adds a copy of the parcel. 0; -EBADMSG or -EPROTONOSUPPORT as parcel_reader_new(): nothing was added. */
int batch_add(Batch *b, uint64_t seq, Bytes parcel);
/* Takes back the newest parcel, once. */
void batch_drop_last(Batch *b);
/* Whether the newest parcel of b may have to wait until other is committed: it is of the same connector, or may hold a figure with the same metric, unit and period.
 * Never false when they do; sometimes true when they do not. */
bool batch_meets(const Batch *b, const Batch *other);
size_t batch_n_parcels(const Batch *b);
size_t batch_n_samples(const Batch *b);
size_t batch_n_refused(const Batch *b);                 /* samples that will travel as rejects */
size_t batch_size(const Batch *b);                      /* bytes of its parcels */
uint64_t batch_seq(const Batch *b, size_t i);
Bytes batch_parcel(const Batch *b, size_t i);           /* as it was added */

/* Samples from..to - 1 are in, all others are held back until batch_show_all(); for finding the one that the database refuses. */
void batch_show(Batch *b, size_t from, size_t to);
void batch_show_all(Batch *b);
/* Sample i becomes a reject (reason database) with that story. */
void batch_refuse(Batch *b, size_t i, const char *story);

typedef enum BatchPart {
        BATCH_WHOLE,
        BATCH_PROBE,            /* without the archived bodies: they are never at fault, and large */
} BatchPart;

/* The values live until the next render, add or clear. */
void batch_render(Batch *b, const char *spool_id, usec_t known_at, BatchPart part, PgParam ret[BATCH_PARAMS]);

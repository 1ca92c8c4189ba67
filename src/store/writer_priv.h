/* What the files of the writer share: the state of each connection, and the search for the samples that the database refuses. */
#pragma once

#include "base/vec.h"
#include "store/batch.h"
#include "store/pg.h"
#include "store/writer.h"

/* What the statement under way is for. */
typedef enum LaneStep {
        STEP_NONE,
        STEP_CHECK,
        STEP_DELIVER,
        STEP_PROBE_BEGIN,       /* begin */
        STEP_PROBE,             /* ingest.deliver() with some of the samples */
        STEP_PROBE_END,         /* rollback */
} LaneStep;

typedef struct Range {
        size_t from, to;        /* samples; empty: the parcel without any */
} Range;

typedef struct Search {
        VEC(Range) todo;        /* a stack; each is known to hold something bad, or not yet tried */
        Range range;            /* being tried */
        bool is_range_bad;
        bool is_over;           /* the next delivery is the final one */
        Failure failure;        /* of the range being tried */
        Failure refusal;        /* of the first bad sample */
} Search;

typedef struct Lane {
        Writer *writer;
        Pg *pg;
        Batch *batch;
        WriterState state;
        LaneStep step;
        uint64_t from, upto;    /* numbers of what it has claimed; 0: nothing */
        size_t max_parcels;     /* in the next batch */
        usec_t delay;           /* of the last wait; 0: none since the last success */
        unsigned n_unsure;
        Search search;
} Lane;

/* False: it could not be sent, and the lane pauses. */
bool lane_send(Lane *l, LaneStep step, const char *sql, const PgParam *params, size_t n_params);
void lane_deliver(Lane *l, LaneStep step);
void lane_fail(Lane *l, const Failure *f);
/* The one parcel of the batch is kept as a file and acknowledged. */
void lane_give_up_parcel(Lane *l, const Failure *f);

void search_begin(Lane *l, const Failure *why);
void search_reply(Lane *l, const PgReply *reply);
void search_done(Search *s);

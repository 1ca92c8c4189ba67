/* Run: one execution of a stream for a slot: asks (window x unit), each a page set; pages to records to samples to parcels. Knows no loop; run_step goes as far as it can. */
#pragma once

#include "setup.h"
#include "store/cursor.h"
#include "store/parcel.h"
#include "store/sift.h"
#include "stored.h"

typedef struct Run Run;

typedef struct RunEnv {
        Hosts *hosts;
        Transport *transport;
        Auth *auth;             /* of the connector, shared by its streams */
        const char *instance;
        uint64_t fence;         /* of the lease; 0: connectors are not shared */
        uint64_t blocks;        /* of the stream, as far as is known: see parcel.h */
        const char *cursor;     /* last complete day of the stream, YYYY-MM-DD; NULL: none */
        const Cursors *known;   /* what asks were answered last time; NULL: every answer is read */
        Sift *sift;             /* and which figures that were; NULL: all figures of an answer go on */
        const char *only_unit;  /* slug: ask for this unit alone; NULL: all */
        bool is_backfill;       /* windows from only_from to only_to instead of the cursor's */
        Day only_from, only_to;
        const Period *window;   /* this one alone; NULL: those of the plan */
        const char *backfill;   /* partition of the cursor that tells how far a backfill is; NULL: this is none */
        const char *backfill_good, *backfill_bad;       /* its value when all came, and when not */
        const Stored *stored;   /* the asks to replay, instead of those of the plan; transport is then of stored.h. NULL: the source is asked */
        /* Takes one sealed parcel: append to the spool, or print. 0, SPOOL_E_FULL, -errno. */
        int (*deliver)(void *userdata, Bytes parcel);
        /* Each exchange as it goes, for `fetch`; may be NULL. */
        void (*exchange)(void *userdata, const FetchExchange *x, Bytes body_head);
        void *userdata;
} RunEnv;

typedef enum RunStep {
        RUN_WAIT,               /* until run_wake_at, or until something happens */
        RUN_DONE,
} RunStep;

/* Takes a reference of the setup. env is copied; what it points to must outlive the run. */
Run *run_new(Setup *setup, const Stream *stream, usec_t slot, const RunEnv *env, usec_t now_real);
Run *run_free(Run *r);          /* cancels what is under way; nothing more is delivered */
DEFINE_CLEANUP(Run *, run_free)

RunStep run_step(Run *r, usec_t now_mono, usec_t now_real);
usec_t run_wake_at(const Run *r);       /* monotonic; 0: step again at once; USEC_NEVER: a transfer is under way */
const RunRecord *run_record(const Run *r);
const Stream *run_stream(const Run *r);
/* What it is at, for people: "2024-03 nt-so-tttt, page 2" */
const char *run_position(const Run *r);

/* What the files of the run share. */
#pragma once

#include "base/vec.h"
#include "run.h"
#include "store/archive.h"

enum { BODY_HEAD = 4096, LABEL_MAX = 128, ID_MAX = 4096 };

typedef enum RunPhase {
        PHASE_ASK,
        PHASE_FETCHING,
        PHASE_ENDED_ASK,
        PHASE_END,
        PHASE_DONE,
} RunPhase;

typedef struct Target {
        const Unit *unit;
        const char *item;
} Target;

struct Run {
        Setup *setup;
        const Stream *stream;
        RunEnv env;
        RunPhase phase;
        RunRecord record;
        ParcelWriter *parcel;
        Day today;
        usec_t now_real, now_mono;

        VEC(Period) windows;
        VEC(Target) targets;
        size_t window, target;          /* of the ask under way; target counts from 1 within the window */
        size_t n_asks_total;
        size_t stored;                  /* index of the stored ask that comes next */
        Period stored_window;
        size_t failed_window;           /* index of the first window that is not complete; windows.len: all are */

        /* the ask under way */
        Fetch *fetch;
        MappingState *sums;
        MappingContext context;
        char label[LABEL_MAX];
        bool has_ask_failure;
        bool is_absent;                 /* the source does not know what was asked for: no figures, not even counts of 0 */
        unsigned n_failed_in_a_row;     /* asks that failed for reasons of the host */
        Failure ask_failure;
        Failure last_failure;           /* of the last ask that failed */
        bool is_aborted;

        /* the page under way */
        Decoder *decoder;
        Archive *archive;
        size_t mark;
        uint64_t page_samples, page_rejects;
        unsigned page;
        Failure page_failure;
        bool is_page_bad;
        uint32_t n_requests;
        BodyRecord body;                /* of the page that ended, until its exchange is noted */
        bool has_body;
        Text body_head;
        Text last_id;                   /* of the page's last record, where it is the cursor of the next */
};

/* run_ask.c: which asks a run goes through. */
void run_plan(Run *r);
bool run_next_target(Run *r, const Target **ret);       /* moves on to the next ask; false: that was the last */
void run_label(Run *r, const Target *t);
const char *run_target_code(const Run *r, const Target *t);

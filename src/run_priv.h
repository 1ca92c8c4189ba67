/* What the files of the run share. */
#pragma once

#include "base/vec.h"
#include "run.h"
#include "store/archive.h"

enum { BODY_HEAD = REQUEST_HEAD_MAX, LABEL_MAX = 128, ID_MAX = 4096, VALIDATOR_MAX = 128, KNOWN_MAX = 512, HOLD_MAX = 1 << 20, CODES_MAX = 32 * 1024 };

/* SEEN_ON_PAGE: on a page that is not over yet. */
enum { SEEN_NOT, SEEN_ON_PAGE, SEEN };

typedef enum RunPhase {
        PHASE_ASK,
        PHASE_FETCHING,
        PHASE_ENDED_ASK,
        PHASE_END,
        PHASE_DONE,
} RunPhase;

/* What an ask was answered last time. */
typedef struct Known {
        Sha256 sha256;
        uint64_t size;
        bool is_stored;
        char etag[VALIDATOR_MAX], modified[VALIDATOR_MAX];      /* validators of the source; "": none */
} Known;

typedef struct Target {
        const Unit *unit;
        const char *item;
        Day cursor;                     /* up to which all of it came before this run; DAY_NONE: nothing */
        Day due;                        /* last day of the first window that it is asked for; DAY_NONE: none */
        bool lags;                      /* it has a cursor of its own */
        size_t failed;                  /* index of the first window of which it was not complete; SIZE_MAX: none */
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
        size_t n_even;                  /* those that do not lag; they come first */
        bool is_behind;                 /* they are done, now those that lag */
        size_t n_failed_even;           /* asks of theirs that failed */
        VEC(const Unit *) group;        /* the units of the ask, where several are asked for at once */
        VEC(char) seen;                 /* each of them: SEEN_NOT, or whether a figure of it came */
        size_t window, target;          /* of the ask under way; target counts from 1 within the window */
        size_t stored;                  /* index of the stored ask that comes next */
        Period stored_window;
        size_t failed_window;           /* without cursors of units: index of the first window that is not complete; windows.len: all are */

        /* the ask under way */
        const Target *asked;
        usec_t asked_at;
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
        Known known;
        Text known_value;               /* what is remembered of it, word for word */
        bool is_known, is_ask_unchanged;
        size_t n_unchanged;             /* asks that were answered as last time */
        unsigned ask_pages;
        uint64_t n_parcels, ask_parcels;        /* delivered so far, and when the ask began */
        size_t ask_mark;                        /* where the ask begins in the parcel */

        /* the page under way */
        Decoder *decoder;
        Archive *archive;
        size_t mark;
        uint64_t page_samples, page_rejects;
        unsigned page;
        Failure page_failure;
        bool is_page_bad;
        bool is_page_open;              /* began and did not end yet */
        uint32_t n_requests;
        BodyRecord body;                /* of the page that ended, until its exchange is noted */
        bool has_body;
        Known page_known;
        char etag[VALIDATOR_MAX], modified[VALIDATOR_MAX];
        Text held;                      /* of a body that may be the one known */
        bool is_holding, is_page_same;
        Text body_head;
        Text last_id;                   /* of the page's last record, where it is the cursor of the next */
};

/* run_ask.c: which asks a run goes through. */
void run_plan(Run *r);
bool run_next_target(Run *r, const Target **ret);       /* moves on to the next ask; false: that was the last */
void run_label(Run *r, const Target *t);
/* The request of the ask under way; of the page named, where its templates name it. */
int run_request(void *run, const PageMark *page, HttpRequest **ret);

/* run_cursor.c: how far each unit has been read. */
/* Where the targets stand, those that lag last; from which cursor the windows of all of them begin. */
Day run_plan_cursors(Run *r, Day cursor);
/* The ask under way failed: as a whole, or for those of its group that were not seen. is_general: for a reason that says nothing of the unit. */
void run_note_failed(Run *r, bool is_whole_ask, bool is_general);
void run_add_cursors(Run *r);

/* run_known.c: what asks were answered last time. */
void known_begin_ask(Run *r);
const char *known_etag(const Run *r);           /* NULL: none */
const char *known_modified(const Run *r);
void known_begin_page(Run *r, const HttpResponse *head, unsigned page);
/* true: the chunk is kept. false: it is to be read, and before it what known_held() gives, if anything. */
bool known_hold(Run *r, Bytes chunk);
Bytes known_held(const Run *r);
/* At the end of a page: it is the one known. Otherwise what is held is to be read. */
bool known_is_same(Run *r);
void known_end_ask(Run *r);                     /* after an ask that went well: remembers what came */
void known_claim(Run *r);                       /* the answer is left out, or a part of it: on the strength of what is remembered */
/* Some of the answer's figures leave, or stay, without all of it: what was remembered of the ask holds no longer. */
void known_forget(Run *r);
void known_forget_stated(Run *r);                    /* after an ask that did not go well: forgets, where figures of it are left */

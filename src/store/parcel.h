/* The one binary form of what a run leaves behind: samples, rejects, requests, bodies, cursors, run record. Versioned, with CRC; at most PARCEL_MAX bytes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/failure.h"
#include "normalise/sample.h"

#define PARCEL_MAX ((size_t) 4 << 20)   /* hard bound of one parcel */
#define PARCEL_SOFT ((size_t) 768 << 10)        /* a run seals its parcel and begins another when it is larger than this */

typedef enum RunState {
        RUN_OPEN,               /* more parcels of this run follow */
        RUN_OK,
        RUN_PARTIAL,            /* some asks failed */
        RUN_UNCHANGED,          /* confirmed unchanged as a whole */
        RUN_FAILED,
        _RUN_STATE_MAX,
} RunState;

const char *run_state_name(RunState s);

/* Whose parcel it is; in every parcel of the run. The outcome only in the last one (state != RUN_OPEN). */
typedef struct RunRecord {
        char id[37];            /* UUID */
        const char *connector;
        const char *stream;
        const char *instance;   /* host name or configured name */
        Sha256 setup;           /* of the connector's file */
        usec_t slot_at;         /* wall clock instants */
        usec_t started_at;
        usec_t ended_at;        /* 0 while open */
        RunState state;
        uint64_t fence;         /* number of the lease under which the source is asked; 0: connectors are not shared */
        const char *checks;     /* of plausibility, to be made at delivery: a JSON array; NULL: none */
        uint64_t blocks;        /* runs of the stream that a check had blocked when this one began, as far as was known */
        uint64_t n_asks, n_asks_failed, n_pages, n_records, n_samples, n_rejects, n_left_out;
        uint64_t n_known;       /* of n_samples those that are in no parcel, since the same ask was answered the same about them last time */
        Failure failure;        /* class NONE: none */
} RunRecord;

enum { REQUEST_HEAD_MAX = 4096 };

typedef struct RequestRecord {
        uint32_t seq;           /* from 1 in the run */
        const char *ask;        /* label: "2024-03 nt-so-tttt" */
        const char *unit;       /* slug or NULL */
        const char *method;
        const char *url;        /* redacted */
        const char *headers;    /* redacted, "Name: value\n" lines */
        const char *reply_headers;      /* those of the answer that matter, likewise; NULL: none */
        Bytes body;             /* redacted request body; empty: none */
        int status;             /* 0: no response */
        const char *content_type;       /* NULL: none */
        const char *error;      /* story when there was no usable response; NULL: none */
        usec_t sent_at;
        usec_t took;
        Sha256 sha256;          /* of the response body (decompressed); zero when there was none */
        uint64_t size;
        bool is_stored;         /* the body is in the archive */
        bool is_withheld;       /* it is not, since the stream is confidential */
        Bytes head;             /* the first bytes of a body that is not: at most REQUEST_HEAD_MAX; empty: none */
} RequestRecord;

typedef struct BodyRecord {
        Sha256 sha256;
        uint64_t size;          /* before compression */
        Bytes deflated;         /* zlib form (RFC 1950) */
} BodyRecord;

typedef struct CursorRecord {
        const char *connector;
        const char *stream;
        const char *partition;  /* "", or an ask: see store/cursor.h */
        const char *value;
} CursorRecord;

/* The parcel leaves out what an earlier answer to the same ask said, on the strength of that cursor: it holds only where the database still has it. */
typedef CursorRecord ClaimRecord;

typedef struct ParcelWriter ParcelWriter;

ParcelWriter *parcel_writer_new(const RunRecord *run);  /* strings are copied */
ParcelWriter *parcel_writer_free(ParcelWriter *w);
DEFINE_CLEANUP(ParcelWriter *, parcel_writer_free)
/* 0, or -E2BIG when PARCEL_MAX would be passed (nothing was added). */
int parcel_add_sample(ParcelWriter *w, const Sample *s);
int parcel_add_reject(ParcelWriter *w, const Reject *r);
int parcel_add_request(ParcelWriter *w, const RequestRecord *r);
int parcel_add_body(ParcelWriter *w, const BodyRecord *b);
int parcel_add_cursor(ParcelWriter *w, const CursorRecord *c);
int parcel_add_claim(ParcelWriter *w, const ClaimRecord *c);
size_t parcel_size(const ParcelWriter *w);
bool parcel_is_empty(const ParcelWriter *w);
/* Marks a place, and throws away what was added after it: a page that turned out bad. */
size_t parcel_mark(const ParcelWriter *w);
void parcel_rewind(ParcelWriter *w, size_t mark);
bool parcel_has_samples(const ParcelWriter *w, size_t mark);     /* behind that place */
/* Finishes with the run as it stands now. The bytes live until the writer is freed or reset. */
int parcel_seal(ParcelWriter *w, const RunRecord *run, Bytes *ret);
bool parcel_moves_cursor(Bytes sealed);                 /* false: no cursor is in a parcel that was sealed by this program, so nobody need look for one */
void parcel_reset(ParcelWriter *w);                     /* ready for the run's next parcel */

typedef enum ParcelItemKind {
        PARCEL_END,
        PARCEL_SAMPLE,
        PARCEL_REJECT,
        PARCEL_REQUEST,
        PARCEL_BODY,
        PARCEL_CURSOR,
        PARCEL_CLAIM,
} ParcelItemKind;

typedef struct ParcelItem {
        ParcelItemKind kind;
        union {
                Sample sample;
                Reject reject;
                RequestRecord request;
                BodyRecord body;
                CursorRecord cursor;
                ClaimRecord claim;
        };
        uint32_t metric, unit, period;  /* of a sample: numbers of its names in this parcel, from 0, in the order in which they first occur */
} ParcelItem;

typedef struct ParcelReader ParcelReader;

/* Checks version and CRC. -EBADMSG: not a parcel or damaged (note); -EPROTONOSUPPORT: a newer version. Borrows the bytes. */
int parcel_reader_new(ParcelReader **ret, Bytes parcel);
ParcelReader *parcel_reader_free(ParcelReader *r);
DEFINE_CLEANUP(ParcelReader *, parcel_reader_free)
const RunRecord *parcel_run(const ParcelReader *r);
int parcel_next(ParcelReader *r, ParcelItem *ret);      /* 1: an item, 0: end, -EBADMSG. Strings live until the next call */

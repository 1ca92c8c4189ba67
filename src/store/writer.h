/* Writer: drains the spool into the database: a batch of parcels is one statement, ingest.deliver(); its success is read back before the spool is acknowledged.
 * Several connections deliver at once what has no figure, run or cursor in common; the rest keeps the order of the spool.
 * The state diagram stands in writer.c. */
#pragma once

#include "base/failure.h"
#include "base/usec.h"
#include "store/spool.h"

struct sd_event;

typedef struct WriterSpec {
        char *conninfo;
        char *session_conninfo; /* for locks, where conninfo goes through a pooler; NULL: conninfo */
        char *sql_dir;          /* scripts of the schema, for the verbs "db ..." */
        unsigned connections;   /* that deliver at most; the second and later ones only while there is more than one batch to deliver */
        unsigned batch_rows;    /* samples in one statement; a single parcel may have more */
        uint64_t batch_bytes;   /* of parcels in one statement, likewise */
        usec_t retry_min, retry_max;
        usec_t answer_within;   /* a reply that takes longer counts as a lost connection */
} WriterSpec;

extern const ConfField database_fields[];

typedef enum WriterState {
        WRITER_IDLE,
        WRITER_CONNECTING,
        WRITER_CHECKING,        /* is the schema the one this program knows? */
        WRITER_SENDING,
        WRITER_WAITING,         /* backing off after a failure */
        WRITER_STOPPED,         /* an error that waiting does not mend (class STOP): keeps spooling, tries again each 5 minutes */
        _WRITER_STATE_MAX,
} WriterState;

typedef enum WriterFindingKind {
        FINDING_CHECKED,        /* checks of plausibility had figures flagged or set aside */
        FINDING_BLOCKED,        /* they kept the whole run out */
        FINDING_UNPROVEN,       /* what the parcel relies on is not in the database: what earlier answers said is to be told anew */
        _FINDING_MAX,
} WriterFindingKind;

/* What the database found in a parcel. */
typedef struct WriterFinding {
        Bytes parcel;           /* as it was delivered; lives as long as the call */
        WriterFindingKind kind;
        const char *story;
} WriterFinding;

typedef struct WriterEvents {
        void (*delivered)(void *userdata, uint64_t n_parcels, uint64_t n_observations);       /* committed and acknowledged */
        void (*trouble)(void *userdata, const Failure *f);      /* each failed attempt; the owner decides how often to tell */
        void (*recovered)(void *userdata);                      /* the first success after trouble */
        /* Once for a parcel of which records went to quarantine, or which was set aside as a file; class SPOOL and seq 0: a damaged place of the spool was skipped. */
        void (*rejected)(void *userdata, const Failure *f, uint64_t seq);
        void (*found)(void *userdata, const WriterFinding *f);
} WriterEvents;

typedef struct WriterStats {
        WriterState state;      /* of the connection in trouble, or else of the first that does something */
        uint64_t n_parcels, n_batches, n_observations, n_unchanged;
        uint64_t n_rejected;    /* records that the database refused, and parcels set aside */
        usec_t last_ok_at;      /* wall clock; 0: never */
        Failure last_failure;   /* class NONE: the last attempt succeeded */
} WriterStats;

typedef struct Writer Writer;

/* Delivers nothing before the first writer_kick(). The spec is copied. No callback comes from within writer_new() or writer_free(). */
int writer_new(Writer **ret, const WriterSpec *spec, Spool *spool, struct sd_event *event, const WriterEvents *events, void *userdata);
Writer *writer_free(Writer *w);                         /* a delivery under way is dropped: it is delivered again later, which does no harm */
DEFINE_CLEANUP(Writer *, writer_free)
void writer_kick(Writer *w);                            /* there may be something new in the spool */
/* Held, it connects to nothing and begins no delivery; one under way ends. Released, it tries at once, also when it was stopped or waiting. */
void writer_hold(Writer *w, bool is_held);
bool writer_is_drained(const Writer *w);                /* the spool is empty and nothing is under way */
void writer_stats(const Writer *w, WriterStats *ret);
const char *writer_state_name(WriterState s);

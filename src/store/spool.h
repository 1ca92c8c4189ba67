/* Spool: segments on disk between the runs and the database. Append and sync, read in order, acknowledge, bounds, repair of a torn tail. One process at a time (flock). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "config/field.h"

typedef struct SpoolSpec {
        char *dir;
        uint64_t max_size;      /* bytes on disk; reached: SPOOL_E_FULL */
        uint64_t min_free;      /* of the file system; less: SPOOL_E_FULL */
        uint64_t segment_size;
} SpoolSpec;

extern const ConfField spool_fields[];

enum {
        SPOOL_E_FULL = 1,       /* nothing was appended; polling must pause until spool_has_room() */
};

typedef struct Spool Spool;

typedef struct SpoolStats {
        uint64_t bytes;         /* not acknowledged yet */
        uint64_t n_parcels;     /* not acknowledged yet */
        uint64_t oldest_seq, next_seq;
        usec_t oldest_at;       /* wall clock when the oldest unacknowledged one was appended; 0: empty */
        uint64_t n_repaired;    /* bytes cut from a torn tail when opened */
        uint64_t n_aside;       /* parcels in damaged/, which wait for somebody; set by spool_count_aside() alone */
        uint64_t size;          /* of all segments on disk, acknowledged or not: what max_size bounds */
        bool is_full;
} SpoolStats;

/* Creates or opens; repairs a torn tail (told in *ret_repaired bytes, may be NULL). -EBUSY: another process holds it. */
int spool_open(Spool **ret, const SpoolSpec *spec, uint64_t *ret_repaired);
Spool *spool_close(Spool *s);
DEFINE_CLEANUP(Spool *, spool_close)
const char *spool_id(const Spool *s);                   /* UUID made when the spool was created */

/* Appends one parcel; durable only after spool_sync(). 0 with its number (ret_seq may be NULL), SPOOL_E_FULL (also when the disk is full), or -errno
 * (disk error: nothing half-written stays readable). Numbers only grow, with gaps; none is ever given twice, whatever happens to the files. */
int spool_append(Spool *s, Bytes parcel, usec_t now, uint64_t *ret_seq);
/* One fdatasync for all appended since the last; no-op when there is nothing. After -errno all of it is still pending: the next call writes it to a new file. */
int spool_sync(Spool *s);
bool spool_needs_sync(const Spool *s);
bool spool_has_room(Spool *s);                          /* enough for one more large parcel; after it was full, for an eighth of max_size */

/* Reads synced parcels in order after the acknowledged position. A cursor of its own: *at starts as 0 (= the oldest).
 * 1 and *ret (replaced), *ret_seq, *at moved on; 0: no more synced ones; -EBADMSG: a damaged place was skipped, *at moved on, its bytes are kept in the folder damaged/
 * (note: which segment, where, how many bytes; it comes again whenever that place is read); other -errno: disk error, *at as it was. */
int spool_read(Spool *s, uint64_t *at, Text *ret, uint64_t *ret_seq);
/* The damage between `before` and `at` (the cursor before and after a read that gave -EBADMSG) was told: when nothing undelivered lies before it, it is done with, as if
 * acknowledged. Otherwise it waits until what lies before is acknowledged. */
void spool_skip(Spool *s, uint64_t before, uint64_t at);
/* All up to and including seq are committed: position is persisted, empty segments are removed. -errno with a note: the disk refused the position;
 * this process goes on with the new one, the next start delivers again from the old one, which does no harm. */
int spool_ack(Spool *s, uint64_t seq);
/* Keeps a parcel that nobody can take as damaged/<seq>.parcel, with the reason in a .txt beside it. 0 or -errno with a note; then it must not be acknowledged. */
int spool_set_aside(Spool *s, uint64_t seq, Bytes parcel, const char *why);
void spool_stats(const Spool *s, SpoolStats *ret);
/* Looks into the folder: another process may have delivered some of them. 0 when it cannot be read. */
uint64_t spool_count_aside(const Spool *s);

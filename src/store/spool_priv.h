/* What spool.c and spool_open.c share. */
#pragma once

#include "base/vec.h"
#include "store/position.h"
#include "store/segment.h"
#include "store/spool.h"

enum { SEGMENT_NAME_SIZE = 32 };

typedef struct Segment {
        uint64_t number;
        uint64_t size;                  /* sound length; more may be in the file while a write failed */
        uint64_t synced;                /* readable up to here */
        uint64_t missing;               /* bytes that the file had once and has no more: it was cut */
} Segment;

typedef struct Place {
        uint64_t number;                /* of the segment */
        uint64_t offset;
} Place;

struct Spool {
        char *dir;
        uint64_t max_size, min_free, segment_size;
        int dir_fd, lock_fd, position_fd;
        Position position;
        uint32_t seed;
        VEC(Segment) segments;          /* ascending; the last one is the active one when active_fd >= 0 */
        int active_fd;
        int read_fd;
        uint64_t read_number;           /* the segment of read_fd */
        uint64_t next_number;           /* of a segment */
        uint64_t next_seq;
        Place acked;                    /* first byte after the acknowledged records */
        uint64_t size;                  /* of all segments */
        uint64_t n_parcels, bytes;      /* not acknowledged */
        uint64_t oldest_seq;
        usec_t oldest_at;
        uint64_t n_repaired;
        bool is_dir_dirty;              /* a new file's name is not on disk yet */
        bool is_full;
};

void segment_name(uint64_t number, char to[SEGMENT_NAME_SIZE]);
static inline uint64_t record_size(const RecordHead *head) {
        return RECORD_HEAD + (uint64_t) head->len;
}
/* A descriptor for reading that segment, kept open until another is asked for; -errno with a note. */
int spool_segment_fd(Spool *s, uint64_t number);
/* Copies a damaged place into damaged/, unless that was done before. False: it could not. */
bool spool_keep_damage(Spool *s, int fd, uint64_t number, uint64_t from, uint64_t end);
/* Takes numbers in advance, so that none is given twice. */
int spool_reserve(Spool *s);
/* Removes the segments of which all is acknowledged. */
void spool_remove_acked(Spool *s);

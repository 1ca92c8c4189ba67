/* Segment: one file of the spool: a head, then records, each with a head of its own and checksums. Reading finds its way past damage. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/usec.h"

#define SEGMENT_HEAD 64         /* bytes */
#define RECORD_HEAD 32
#define RECORD_MAX ((uint32_t) 4 << 20) /* longest content of a record */

typedef struct RecordHead {
        uint64_t seq;
        usec_t at;              /* wall clock when it was appended */
        uint32_t len;           /* of the content behind the head */
        uint32_t crc;           /* of the content */
} RecordHead;

enum {
        SEGMENT_E_DAMAGED = 1,
};

/* Every checksum of a spool starts from its id: bytes that only look like a record (inside a stored reply, or of another spool) are none. */
uint32_t segment_seed(const char *id);

/* What the head says of the segment that was written before this one, so that a file that was cut at the end of a record is seen to be cut. */
typedef struct SegmentBefore {
        uint64_t size;          /* its sound length */
        uint32_t number;        /* 0: there was none, or nothing is known of it */
} SegmentBefore;

void segment_head_render(char to[SEGMENT_HEAD], const char *id, const SegmentBefore *before);
/* 0: *ret_id (37 bytes) and *ret_before are filled; SEGMENT_E_DAMAGED; -EPROTONOSUPPORT with a note: of a newer program. */
int segment_head_parse(const char from[SEGMENT_HEAD], char ret_id[37], SegmentBefore *ret_before);

void record_head_render(char to[RECORD_HEAD], uint32_t seed, uint64_t seq, usec_t at, Bytes content);

/* The first record whose head is sound and which ends at or before `end`, at `from` or after it: 1, its head and place; the bytes from `from` to the place are damaged.
 * 0: there is none; the bytes up to end are damaged. -errno with a note. */
int segment_find(int fd, uint32_t seed, uint64_t from, uint64_t end, RecordHead *ret, uint64_t *ret_at);
/* Appends the content of the record at that place to ret. 0, SEGMENT_E_DAMAGED (nothing usable in ret), -errno with a note. */
int segment_content(int fd, uint32_t seed, uint64_t at, const RecordHead *head, Text *ret);

/* All of size, or -errno with a note; a file that ends before is -EIO. */
int fd_read_at(int fd, void *to, size_t size, uint64_t at);
int fd_write_at(int fd, const void *from, size_t size, uint64_t at);

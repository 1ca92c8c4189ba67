/* Segment files, little-endian:
 *
 *   segment head   "THIDSEG1"  id[36]  u64 size and u32 number of the segment before  u32 version  u32 CRC of what stands before
 *   record head    "rec1"  u32 len  u64 seq  u64 at  u32 CRC of the content  u32 CRC of what stands before
 *
 * The head of a record has a checksum of its own, so that a damaged content can be passed over by its length, and a damaged head
 * by looking for the next sound one. */

#include <errno.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "store/segment.h"

enum {
        SEGMENT_VERSION = 1,
        ID_LEN = 36,
        SCAN_BLOCK = 64 << 10,
};

static const char segment_magic[8] = { 'T', 'H', 'I', 'D', 'S', 'E', 'G', '1' };
static const char record_magic[4] = { 'r', 'e', 'c', '1' };

static void put_u32(char *to, uint32_t v) {
        for (unsigned i = 0; i < 4; i++)
                to[i] = (char) (v >> (8 * i));
}

static void put_u64(char *to, uint64_t v) {
        for (unsigned i = 0; i < 8; i++)
                to[i] = (char) (v >> (8 * i));
}

static uint64_t get_u(const char *from, unsigned size) {
        uint64_t v = 0;

        for (unsigned i = 0; i < size; i++)
                v |= (uint64_t) (uint8_t) from[i] << (8 * i);
        return v;
}

int fd_read_at(int fd, void *to, size_t size, uint64_t at) {
        char *p = to;

        while (size) {
                ssize_t n = pread(fd, p, size, (off_t) at);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err(-errno, "cannot read the spool: %s", strerror(errno));
                if (n == 0)
                        return err(-EIO, "a file of the spool is shorter than it was");
                p += n;
                at += (uint64_t) n;
                size -= (size_t) n;
        }
        return 0;
}

int fd_write_at(int fd, const void *from, size_t size, uint64_t at) {
        const char *p = from;

        while (size) {
                ssize_t n = pwrite(fd, p, size, (off_t) at);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err(-errno, "cannot write the spool: %s", strerror(errno));
                p += n;
                at += (uint64_t) n;
                size -= (size_t) n;
        }
        return 0;
}

uint32_t segment_seed(const char *id) {
        return crc32c(0, bytes_of(id));
}

void segment_head_render(char to[SEGMENT_HEAD], const char *id, const SegmentBefore *before) {
        memset(to, 0, SEGMENT_HEAD);
        memcpy(to, segment_magic, sizeof(segment_magic));
        memcpy(to + 8, id, strnlen(id, ID_LEN));
        put_u64(to + 44, before->size);
        put_u32(to + 52, before->number);
        put_u32(to + 56, SEGMENT_VERSION);
        put_u32(to + 60, crc32c(0, (Bytes){ to, 60 }));
}

int segment_head_parse(const char from[SEGMENT_HEAD], char ret_id[37], SegmentBefore *ret_before) {
        uint64_t version = get_u(from + 56, 4);

        if (memcmp(from, segment_magic, sizeof(segment_magic)) != 0 || crc32c(0, (Bytes){ from, 60 }) != get_u(from + 60, 4))
                return SEGMENT_E_DAMAGED;
        if (version > SEGMENT_VERSION)
                return err(-EPROTONOSUPPORT, "the spool was written by a newer program (version %u, this one reads up to %d)", (unsigned) version, SEGMENT_VERSION);
        memcpy(ret_id, from + 8, ID_LEN);
        ret_id[ID_LEN] = '\0';
        *ret_before = (SegmentBefore){ .size = get_u(from + 44, 8), .number = (uint32_t) get_u(from + 52, 4) };
        return 0;
}

void record_head_render(char to[RECORD_HEAD], uint32_t seed, uint64_t seq, usec_t at, Bytes content) {
        memcpy(to, record_magic, sizeof(record_magic));
        put_u32(to + 4, (uint32_t) content.len);
        put_u64(to + 8, seq);
        put_u64(to + 16, at);
        put_u32(to + 24, crc32c(seed, content));
        put_u32(to + 28, crc32c(seed, (Bytes){ to, 28 }));
}

/* Whether a sound head stands at p, of a record that ends at or before `end` when it begins at `at`. */
static bool parse_head(const char *p, uint32_t seed, uint64_t at, uint64_t end, RecordHead *ret) {
        uint64_t len = get_u(p + 4, 4);

        if (memcmp(p, record_magic, sizeof(record_magic)) != 0 || crc32c(seed, (Bytes){ p, 28 }) != get_u(p + 28, 4))
                return false;
        if (len > RECORD_MAX || at + RECORD_HEAD + len > end)
                return false;
        *ret = (RecordHead){ .seq = get_u(p + 8, 8), .at = get_u(p + 16, 8), .len = (uint32_t) len, .crc = (uint32_t) get_u(p + 24, 4) };
        return true;
}

/* Looks through one block that was read from `at`; blocks overlap by a head less one byte. */
static bool scan_block(const char *block, size_t len, uint32_t seed, uint64_t at, uint64_t end, RecordHead *ret, uint64_t *ret_at) {
        const char *p = block;

        while ((size_t) (block + len - p) >= RECORD_HEAD) {
                p = memmem(p, (size_t) (block + len - p), record_magic, sizeof(record_magic));
                if (!p || (size_t) (block + len - p) < RECORD_HEAD)
                        return false;
                if (parse_head(p, seed, at + (uint64_t) (p - block), end, ret)) {
                        *ret_at = at + (uint64_t) (p - block);
                        return true;
                }
                p++;
        }
        return false;
}

static int scan(int fd, uint32_t seed, uint64_t from, uint64_t end, RecordHead *ret, uint64_t *ret_at) {
        _free_ char *block = xalloc(SCAN_BLOCK);

        while (from + RECORD_HEAD <= end) {
                size_t len = end - from < SCAN_BLOCK ? (size_t) (end - from) : (size_t) SCAN_BLOCK;
                int r = fd_read_at(fd, block, len, from);

                if (r < 0)
                        return r;
                if (scan_block(block, len, seed, from, end, ret, ret_at))
                        return 1;
                if (from + len >= end)
                        return 0;
                from += len - (RECORD_HEAD - 1);
        }
        return 0;
}

int segment_find(int fd, uint32_t seed, uint64_t from, uint64_t end, RecordHead *ret, uint64_t *ret_at) {
        char head[RECORD_HEAD];
        int r;

        if (from + RECORD_HEAD > end)
                return 0;
        r = fd_read_at(fd, head, sizeof(head), from);
        if (r < 0)
                return r;
        if (!parse_head(head, seed, from, end, ret))
                return scan(fd, seed, from + 1, end, ret, ret_at);
        *ret_at = from;
        return 1;
}

int segment_content(int fd, uint32_t seed, uint64_t at, const RecordHead *head, Text *ret) {
        _free_ char *content = xalloc((size_t) head->len + 1);
        int r;

        r = fd_read_at(fd, content, head->len, at + RECORD_HEAD);
        if (r < 0)
                return r;
        if (crc32c(seed, (Bytes){ content, head->len }) != head->crc)
                return SEGMENT_E_DAMAGED;
        r = text_add(ret, (Bytes){ content, head->len });
        return r < 0 ? err(r, "a record of %u bytes does not fit", head->len) : 0;
}

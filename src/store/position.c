/* Position file: two blocks, written in turn. A write that was torn leaves the other block, which is one generation older. In place,
 * since a full disk must not keep the spool from shrinking. A block, little-endian:
 *
 *   "THIDPOS1"  id[36]  u32 version  u64 generation  u64 acked  u64 reserved  u32 CRC of what stands before */

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "store/position.h"
#include "store/segment.h"

enum {
        POSITION_VERSION = 1,
        BLOCK = 4096,           /* apart, so that no sector holds parts of both */
        USED = 76,
};

static const char magic[8] = { 'T', 'H', 'I', 'D', 'P', 'O', 'S', '1' };

static void put(char *to, unsigned size, uint64_t v) {
        for (unsigned i = 0; i < size; i++)
                to[i] = (char) (v >> (8 * i));
}

static uint64_t get(const char *from, unsigned size) {
        uint64_t v = 0;

        for (unsigned i = 0; i < size; i++)
                v |= (uint64_t) (uint8_t) from[i] << (8 * i);
        return v;
}

static int parse(const char *b, Position *ret) {
        if (memcmp(b, magic, sizeof(magic)) != 0 || crc32c(0, (Bytes){ b, USED - 4 }) != get(b + USED - 4, 4))
                return 0;
        if (get(b + 44, 4) > POSITION_VERSION)
                return err(-EPROTONOSUPPORT, "the spool was written by a newer program (version %u, this one reads up to %d)", (unsigned) get(b + 44, 4),
                           POSITION_VERSION);
        *ret = (Position){ .generation = get(b + 48, 8), .acked = get(b + 56, 8), .reserved = get(b + 64, 8) };
        memcpy(ret->id, b + 8, 36);
        return 1;
}

int position_read(int fd, Position *ret) {
        struct stat st;
        int found = 0;

        if (fstat(fd, &st) < 0)
                return err(-errno, "cannot read the spool's position: %s", strerror(errno));
        for (unsigned i = 0; i < 2; i++) {
                Position p;
                char b[USED];
                int r;

                if ((uint64_t) st.st_size < i * BLOCK + sizeof(b))
                        continue;
                r = fd_read_at(fd, b, sizeof(b), i * BLOCK);
                if (r < 0)
                        return r;
                r = parse(b, &p);
                if (r < 0)
                        return r;
                if (r == 0 || (found && p.generation < ret->generation))
                        continue;
                *ret = p;
                found = 1;
        }
        return found;
}

int position_write(int fd, Position *p) {
        uint64_t generation = p->generation + 1;
        char b[USED] = {};
        int r;

        memcpy(b, magic, sizeof(magic));
        memcpy(b + 8, p->id, 36);
        put(b + 44, 4, POSITION_VERSION);
        put(b + 48, 8, generation);
        put(b + 56, 8, p->acked);
        put(b + 64, 8, p->reserved);
        put(b + USED - 4, 4, crc32c(0, (Bytes){ b, USED - 4 }));
        r = fd_write_at(fd, b, sizeof(b), (generation % 2) * BLOCK);
        if (r < 0)
                return r;
        if (fdatasync(fd) < 0)
                return err(-errno, "cannot write the spool's position: %s", strerror(errno));
        p->generation = generation;
        return 0;
}

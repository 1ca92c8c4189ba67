/* Archive: hashes and deflates a body chunk by chunk. Once the deflated form passes its bound it is thrown away, and only hash and size go on.
 * A small body is held as it is and deflated in one go at its end, with no more memory than it needs: most bodies are small, and many come at once. */

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <zlib.h>

#include "base/err.h"
#include "store/archive.h"

enum {
        STEP = 32 << 10,
        SMALL = 16 << 10,
        LEVEL = 6,              /* costs about 20 us per kilobyte of JSON and makes it 5 to 10 times smaller */
};

struct Archive {
        Sha256Stream *hash;
        uint64_t size;
        z_stream z;
        Text held;              /* the body, until it is no longer a small one */
        Text deflated;
        bool is_kept;           /* within the bound so far */
        bool is_open;           /* z is alive */
};

Archive *archive_new(uint64_t max_deflated) {
        Archive *a = NEW(Archive);

        a->hash = sha256_stream_new();
        a->deflated = TEXT_INIT((size_t) (max_deflated < ARCHIVE_MAX ? max_deflated : ARCHIVE_MAX));
        a->held = TEXT_INIT(SMALL);
        a->is_kept = max_deflated;
        return a;
}

static void give_up(Archive *a) {
        if (a->is_open)
                (void) deflateEnd(&a->z);
        a->is_kept = a->is_open = false;
        text_done(&a->held);
        text_done(&a->deflated);
        a->deflated = TEXT_INIT(0);
}

Archive *archive_free(Archive *a) {
        if (!a)
                return NULL;
        give_up(a);
        a->hash = sha256_stream_free(a->hash);
        return xfree(a);
}

static void press(Archive *a, int flush) {
        unsigned char out[STEP];
        int r;

        do {
                a->z.next_out = out;
                a->z.avail_out = sizeof(out);
                r = deflate(&a->z, flush);
                if (r == Z_STREAM_ERROR || text_add(&a->deflated, (Bytes){ (const char *) out, sizeof(out) - a->z.avail_out }) < 0) {
                        give_up(a);
                        return;
                }
        } while (a->z.avail_out == 0);
}

static void deflate_more(Archive *a, Bytes chunk) {
        while (a->is_kept && chunk.len) {
                size_t n = chunk.len < UINT_MAX ? chunk.len : UINT_MAX;

                a->z.next_in = (unsigned char *) (uintptr_t) chunk.data;        /* zlib does not write there */
                a->z.avail_in = (uInt) n;
                press(a, Z_NO_FLUSH);
                chunk.data += n;
                chunk.len -= n;
        }
}

/* What is held goes first. window: bits of the distance that can be looked back; 15 bits and a memory level of 8 take 256 KiB, 9 and 2 take 10. */
static void begin(Archive *a, int window, int memory) {
        a->is_open = deflateInit2(&a->z, LEVEL, Z_DEFLATED, window, memory, Z_DEFAULT_STRATEGY) == Z_OK;
        if (!a->is_open) {
                give_up(a);
                return;
        }
        deflate_more(a, text_bytes(&a->held));
        text_done(&a->held);
}

void archive_add(Archive *a, Bytes chunk) {
        if (!chunk.len)
                return;
        a->size += chunk.len;
        sha256_stream_add(a->hash, chunk);
        if (a->is_kept && !a->is_open) {
                if (text_add(&a->held, chunk) == 0)
                        return;
                begin(a, MAX_WBITS, 8);
        }
        deflate_more(a, chunk);
}

/* The window that spans all of a small body. */
static int window_of(uint64_t size) {
        int bits = 9;

        while ((uint64_t) 1 << bits < size)
                bits++;
        return bits;
}

void archive_end(Archive *a, BodyRecord *ret) {
        if (a->is_kept && a->size && !a->is_open)
                begin(a, window_of(a->size), window_of(a->size) - 7);
        if (a->is_open) {
                a->z.next_in = NULL;
                a->z.avail_in = 0;
                press(a, Z_FINISH);
        }
        if (!a->size)
                give_up(a);
        *ret = (BodyRecord){
                .sha256 = sha256_stream_end(a->hash),
                .size = a->size,
                .deflated = a->is_kept ? text_bytes(&a->deflated) : BYTES_NULL,
        };
}

int archive_inflate(Bytes deflated, size_t max, Text *ret) {
        unsigned char out[STEP];
        z_stream z = {};
        size_t begin = ret->len;
        int r = Z_OK;

        if (inflateInit(&z) != Z_OK)
                return err(-ENOMEM, "no memory to inflate a stored body");
        z.next_in = (unsigned char *) (uintptr_t) deflated.data;        /* zlib does not write there */
        z.avail_in = deflated.len < UINT_MAX ? (uInt) deflated.len : UINT_MAX;
        while (r == Z_OK) {
                z.next_out = out;
                z.avail_out = sizeof(out);
                r = inflate(&z, Z_NO_FLUSH);
                if (r != Z_OK && r != Z_STREAM_END)
                        break;
                if (ret->len - begin + (sizeof(out) - z.avail_out) > max || text_add(ret, (Bytes){ (const char *) out, sizeof(out) - z.avail_out }) < 0) {
                        r = Z_BUF_ERROR;
                        break;
                }
        }
        (void) inflateEnd(&z);
        if (r != Z_STREAM_END)
                return err(-EBADMSG, "a stored body cannot be inflated: it is damaged, or larger than %zu bytes", max);
        return 0;
}

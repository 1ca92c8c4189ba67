/* Archive: hashes and deflates a body chunk by chunk. Once the deflated form passes its bound it is thrown away, and only hash and size go on. */

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <zlib.h>

#include "base/err.h"
#include "store/archive.h"

enum { STEP = 32 << 10 };

struct Archive {
        Sha256Stream *hash;
        uint64_t size;
        z_stream z;
        Text deflated;
        bool is_kept;           /* within the bound so far; z is alive */
};

Archive *archive_new(uint64_t max_deflated) {
        Archive *a = NEW(Archive);

        a->hash = sha256_stream_new();
        a->deflated = TEXT_INIT((size_t) (max_deflated < ARCHIVE_MAX ? max_deflated : ARCHIVE_MAX));
        /* Level 6 costs about 20 us per kilobyte of JSON and makes it 5 to 10 times smaller; memory is 256 KiB. */
        a->is_kept = max_deflated && deflateInit(&a->z, 6) == Z_OK;
        return a;
}

static void give_up(Archive *a) {
        if (a->is_kept)
                (void) deflateEnd(&a->z);
        a->is_kept = false;
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

void archive_add(Archive *a, Bytes chunk) {
        if (!chunk.len)
                return;
        a->size += chunk.len;
        sha256_stream_add(a->hash, chunk);
        while (a->is_kept && chunk.len) {
                size_t n = chunk.len < UINT_MAX ? chunk.len : UINT_MAX;

                a->z.next_in = (unsigned char *) (uintptr_t) chunk.data;        /* zlib does not write there */
                a->z.avail_in = (uInt) n;
                press(a, Z_NO_FLUSH);
                chunk.data += n;
                chunk.len -= n;
        }
}

void archive_end(Archive *a, BodyRecord *ret) {
        if (a->is_kept) {
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

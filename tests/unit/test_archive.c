/* Unit tests of store/archive.c. */

#include "store_util.h"

#include <errno.h>
#include <zlib.h>

#include "store/archive.h"

static void feed(Archive *a, Bytes body, size_t step) {
        for (size_t at = 0; at < body.len; at += step)
                archive_add(a, (Bytes){ body.data + at, body.len - at < step ? body.len - at : step });
}

/* However a body is cut into chunks, its hash and size are those of the whole, and what is kept inflates to it. */
static void test_round_trip(void **state _unused_) {
        static const size_t steps[] = { 1, 7, 4096, 1 << 20 };
        _free_ char *data = xalloc(300000), *back = xalloc(300000);
        Bytes body = { data, 300000 };
        Sha256 hash;

        for (size_t i = 0; i < body.len; i++)
                data[i] = (char) ('a' + (i * i / 97) % 23);
        hash = sha256_of(body);
        for (size_t i = 0; i < ELEMENTS(steps); i++) {
                _cleanup_(archive_freep) Archive *a = archive_new(1 << 20);
                uLongf len = 300000;
                BodyRecord r;

                feed(a, body, steps[i]);
                archive_add(a, BYTES_NULL);
                archive_end(a, &r);
                assert_int_equal(r.size, body.len);
                assert_true(sha256_equal(&r.sha256, &hash));
                assert_true(r.deflated.len > 0 && r.deflated.len < body.len / 2);
                assert_int_equal(uncompress((Bytef *) back, &len, (const Bytef *) r.deflated.data, r.deflated.len), Z_OK);
                assert_true(bytes_equal((Bytes){ back, len }, body));
        }
}

/* A small body is deflated with a window of its own size, a larger one with the largest: each length comes back whole, also where one becomes the other. */
static void test_every_length(void **state _unused_) {
        static const size_t lengths[] = { 1, 2, 255, 256, 257, 511, 512, 513, 1024, 1025, 8192, 8193, 16383, 16384, 16385, 16386, 32768, 65537 };
        _free_ char *data = xalloc(65537);
        uint32_t dice = 1;

        /* A record that comes again farther away than a short window reaches, noise in between. */
        for (size_t i = 0; i < 65537; i++) {
                dice = dice * 1664525 + 1013904223;
                data[i] = i % 8000 < 300 ? (char) ('a' + i % 8000 % 26) : (char) (dice >> 24);
        }
        for (size_t i = 0; i < ELEMENTS(lengths); i++)
                for (size_t step = 1; step <= 20000; step *= 141) {
                        _cleanup_(archive_freep) Archive *a = archive_new(1 << 20);
                        _cleanup_(text_done) Text back = TEXT_INIT(1 << 20);
                        Bytes body = { data, lengths[i] };
                        Sha256 hash = sha256_of(body);
                        BodyRecord r;

                        feed(a, body, step);
                        archive_end(a, &r);
                        assert_int_equal(r.size, body.len);
                        assert_true(sha256_equal(&r.sha256, &hash));
                        assert_int_equal(archive_inflate(r.deflated, body.len, &back), 0);
                        assert_true(bytes_equal(text_bytes(&back), body));
                }
}

/* What was kept comes back whole; a cut, damaged or too large one is refused with a note. */
static void test_inflate(void **state _unused_) {
        _cleanup_(archive_freep) Archive *a = archive_new(1 << 20);
        _cleanup_(text_done) Text back = TEXT_INIT(1 << 20);
        Bytes body = BYTES_LIT("[{\"signed\": 12}, {\"signed\": 12}, {\"signed\": 12}]");
        _free_ char *damaged = NULL;
        BodyRecord r;

        archive_add(a, body);
        archive_end(a, &r);
        assert_int_equal(archive_inflate(r.deflated, body.len, &back), 0);
        assert_true(bytes_equal(text_bytes(&back), body));
        text_clear(&back);
        assert_int_equal(archive_inflate(r.deflated, body.len - 1, &back), -EBADMSG);
        assert_int_equal(archive_inflate((Bytes){ r.deflated.data, r.deflated.len - 1 }, 1000, &back), -EBADMSG);
        assert_int_equal(archive_inflate(BYTES_NULL, 1000, &back), -EBADMSG);
        damaged = bytes_dup(r.deflated);
        damaged[r.deflated.len / 2] ^= 1;
        assert_int_equal(archive_inflate((Bytes){ damaged, r.deflated.len }, 1000, &back), -EBADMSG);
}

/* Above the bound only hash and size are kept, whether it is passed early or by the last bytes. */
static void test_bound(void **state _unused_) {
        static const uint64_t bounds[] = { 0, 1, 100, 50000, 65000 };
        _free_ char *data = xalloc(65536);
        uint64_t seed = 7;
        Sha256 hash;

        for (size_t i = 0; i < 65536; i++)
                data[i] = (char) next_random(&seed);
        hash = sha256_of((Bytes){ data, 65536 });
        for (size_t i = 0; i < ELEMENTS(bounds); i++) {
                _cleanup_(archive_freep) Archive *a = archive_new(bounds[i]);
                BodyRecord r;

                feed(a, (Bytes){ data, 65536 }, 1000);
                archive_end(a, &r);
                assert_int_equal(r.size, 65536);
                assert_true(sha256_equal(&r.sha256, &hash));
                assert_int_equal(r.deflated.len, 0);
        }
}

/* A body larger than any parcel takes is not kept, whatever was configured. */
static void test_parcel_bound(void **state _unused_) {
        _cleanup_(archive_freep) Archive *a = archive_new((uint64_t) 1 << 40);
        _free_ char *data = xalloc(1 << 20);
        uint64_t seed = 11;
        BodyRecord r;

        for (unsigned n = 0; n < 4; n++) {
                for (size_t i = 0; i < 1 << 20; i++)
                        data[i] = (char) next_random(&seed);
                archive_add(a, (Bytes){ data, 1 << 20 });
        }
        archive_end(a, &r);
        assert_int_equal(r.size, 4 << 20);
        assert_int_equal(r.deflated.len, 0);
}

/* No body is no body: nothing is kept of it. */
static void test_empty(void **state _unused_) {
        _cleanup_(archive_freep) Archive *a = archive_new(1 << 20);
        Sha256 hash = sha256_of(BYTES_NULL);
        BodyRecord r;

        archive_end(a, &r);
        assert_int_equal(r.size, 0);
        assert_int_equal(r.deflated.len, 0);
        assert_true(sha256_equal(&r.sha256, &hash));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip), cmocka_unit_test(test_bound), cmocka_unit_test(test_parcel_bound), cmocka_unit_test(test_empty),
                cmocka_unit_test(test_every_length),
                cmocka_unit_test(test_inflate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of base/digest.c. */
#include <errno.h>

#include "base/digest.h"
#include "unit.h"

static void assert_hex(const Sha256 *sum, const char *expected) {
        _cleanup_(text_done) Text t = TEXT;

        assert_int_equal(hex_add(&t, (Bytes){ (const char *) sum->byte, sizeof(sum->byte) }), 0);
        assert_text(&t, expected);
}

/* SHA-256 gives the values of FIPS 180-4, at once and in pieces of any length. */
static void test_sha256(void **state _unused_) {
        static const struct {
                const char *text, *expected;
        } rows[] = {
                { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
                { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
                { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Bytes text = bytes_of(rows[i].text);
                Sha256 whole = sha256_of(text);

                assert_hex(&whole, rows[i].expected);
                for (size_t step = 1; step <= 7; step++) {
                        _cleanup_(sha256_stream_freep) Sha256Stream *s = sha256_stream_new();
                        Sha256 sum;

                        for (size_t at = 0; at < text.len; at += step)
                                sha256_stream_add(s, (Bytes){ text.data + at, at + step < text.len ? step : text.len - at });
                        sha256_stream_add(s, BYTES_NULL);
                        sum = sha256_stream_end(s);
                        assert_true(sha256_equal(&sum, &whole));
                }
        }
        assert_false(sha256_equal(&(Sha256){ { 1 } }, &(Sha256){ { 2 } }));
        assert_null(sha256_stream_free(NULL));
}

/* HMAC gives the values of RFC 4231, cases 1, 2 and 6 (a key longer than a block), and takes an empty key. */
static void test_hmac(void **state _unused_) {
        static char twenty[20], many[131];
        Sha256 sum;

        memset(twenty, 0x0b, sizeof(twenty));
        memset(many, 0xaa, sizeof(many));
        sum = hmac_sha256((Bytes){ twenty, sizeof(twenty) }, BYTES_LIT("Hi There"));
        assert_hex(&sum, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        sum = hmac_sha256(BYTES_LIT("Jefe"), BYTES_LIT("what do ya want for nothing?"));
        assert_hex(&sum, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        sum = hmac_sha256((Bytes){ many, sizeof(many) }, BYTES_LIT("Test Using Larger Than Block-Size Key - Hash Key First"));
        assert_hex(&sum, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        sum = hmac_sha256(BYTES_NULL, BYTES_NULL);
        assert_hex(&sum, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* CRC-32C gives the values of RFC 3720 appendix B.4, and in two parts the same as at once. */
static void test_crc32c(void **state _unused_) {
        char zeros[32] = {}, ones[32], rising[32];

        memset(ones, 0xFF, sizeof(ones));
        for (int i = 0; i < 32; i++)
                rising[i] = (char) i;
        assert_int_equal(crc32c(0, BYTES_NULL), 0);
        assert_int_equal(crc32c(0, BYTES_LIT("123456789")), 0xE3069283);
        assert_int_equal(crc32c(0, (Bytes){ zeros, 32 }), 0x8A9136AA);
        assert_int_equal(crc32c(0, (Bytes){ ones, 32 }), 0x62A8AB43);
        assert_int_equal(crc32c(0, (Bytes){ rising, 32 }), 0x46DD794E);
        for (size_t n = 0; n <= 32; n++)
                assert_int_equal(crc32c(crc32c(0, (Bytes){ rising, n }), (Bytes){ rising + n, 32 - n }), 0x46DD794E);
}

/* The plain loop over the definition agrees with what the machine does fast, for every length and alignment up to 64. */
static void test_crc32c_definition(void **state _unused_) {
        char data[128];

        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (char) (i * 37 + 11);
        for (size_t at = 0; at < 16; at++)
                for (size_t n = 0; n <= 64; n++) {
                        uint32_t crc = 0xFFFFFFFF;

                        for (size_t i = 0; i < n; i++) {
                                crc ^= (uint8_t) data[at + i];
                                for (int k = 0; k < 8; k++)
                                        crc = crc & 1 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
                        }
                        assert_int_equal(crc32c(0, (Bytes){ data + at, n }), ~crc);
                        /* Byte by byte is the path of machines without the instruction. */
                        crc = 0;
                        for (size_t i = 0; i < n; i++)
                                crc = crc32c(crc, (Bytes){ data + at + i, 1 });
                        assert_int_equal(crc32c(0, (Bytes){ data + at, n }), crc);
                }
}

/* Hex is written in lower case, read in both, and read only when it is whole bytes. */
static void test_hex(void **state _unused_) {
        static const char *const bad[] = { "0", "0g", "0 ", "g0", "0x", " 0" };
        _cleanup_(text_done) Text t = TEXT, back = TEXT;

        assert_int_equal(hex_add(&t, BYTES_LIT("\x00\x7F\x80\xFF")), 0);
        assert_text(&t, "007f80ff");
        assert_int_equal(hex_parse(BYTES_LIT("007f80FF"), &back), 0);
        assert_int_equal(back.len, 4);
        assert_memory_equal(back.data, "\x00\x7F\x80\xFF", 4);
        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                text_clear(&back);
                assert_int_equal(hex_parse(bytes_of(bad[i]), &back), -EINVAL);
                assert_int_equal(back.len, 0);
        }
}

/* Base64 gives the values of RFC 4648 part 10, and reads them with and without padding. */
static void test_base64(void **state _unused_) {
        static const struct {
                const char *plain, *padded, *url;
        } rows[] = {
                { "", "", "" },
                { "f", "Zg==", "Zg" },
                { "fo", "Zm8=", "Zm8" },
                { "foo", "Zm9v", "Zm9v" },
                { "foob", "Zm9vYg==", "Zm9vYg" },
                { "fooba", "Zm9vYmE=", "Zm9vYmE" },
                { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
                { "\xFB\xEF\xFF", "++//", "--__" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text padded = TEXT, url = TEXT, back = TEXT;

                assert_int_equal(base64_add(&padded, bytes_of(rows[i].plain)), 0);
                assert_text(&padded, rows[i].padded);
                assert_int_equal(base64url_add(&url, bytes_of(rows[i].plain)), 0);
                assert_text(&url, rows[i].url);
                assert_int_equal(base64_parse(text_bytes(&padded), &back), 0);
                assert_text(&back, rows[i].plain);
                text_clear(&back);
                assert_int_equal(base64_parse(text_bytes(&url), &back), 0);
                assert_text(&back, rows[i].plain);
        }
}

/* What is no base64 adds nothing: wrong length, wrong letters, wrong padding, stray bits. */
static void test_bad_base64(void **state _unused_) {
        static const char *const bad[] = { "A", "AAAAA", "Zg=", "Zg===", "=", "====", "Z===", "Zm9v====", "Zm 9v", "Zm9v\n", "Zg==Zg==", "Zh", "Zm9", "Zh==", "A\xC3\xA9=" };

        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                _cleanup_(text_done) Text t = TEXT;
                _free_ char *heap = NULL;

                assert_int_equal(base64_parse(exact(bad[i], &heap), &t), -EINVAL);
                assert_int_equal(t.len, 0);
        }
}

/* Where there is no room, every form says so. */
static void test_full(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT_INIT(1);

        assert_int_equal(hex_add(&t, BYTES_LIT("ab")), -E2BIG);
        assert_int_equal(base64_add(&t, BYTES_LIT("ab")), -E2BIG);
        text_clear(&t);
        assert_int_equal(hex_parse(BYTES_LIT("6162"), &t), -E2BIG);
        text_clear(&t);
        assert_int_equal(base64_parse(BYTES_LIT("YWI="), &t), -E2BIG);
}

/* A UUID is of version 4 and variant 1 (RFC 4122), and no two are alike. */
static void test_uuid(void **state _unused_) {
        char first[37], second[37];

        for (int i = 0; i < 100; i++) {
                uuid_make(first);
                uuid_make(second);
                assert_int_equal(strlen(first), 36);
                assert_string_not_equal(first, second);
                assert_int_equal(first[14], '4');
                assert_non_null(strchr("89ab", first[19]));
                for (int k = 0; k < 36; k++)
                        assert_non_null(strchr(k == 8 || k == 13 || k == 18 || k == 23 ? "-" : "0123456789abcdef", first[k]));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sha256), cmocka_unit_test(test_hmac),   cmocka_unit_test(test_crc32c),     cmocka_unit_test(test_crc32c_definition),
                cmocka_unit_test(test_hex),    cmocka_unit_test(test_base64), cmocka_unit_test(test_bad_base64), cmocka_unit_test(test_full),
                cmocka_unit_test(test_uuid),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SHA-256, HMAC, CRC-32C, base64 and hex. The door to OpenSSL. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/digest.h"

struct Sha256Stream {
        EVP_MD_CTX *context;
};

/* Looked up once: OpenSSL takes longer to find the algorithm by its name than to hash a small file. It stays until the process ends. */
static const EVP_MD *sha256_algorithm(void) {
        static EVP_MD *found;

        if (!found)
                found = EVP_MD_fetch(NULL, "SHA256", NULL);
        return found;
}

Sha256 sha256_of(Bytes data) {
        Sha256 sum;
        int ok = EVP_Digest(data.data, data.len, sum.byte, NULL, sha256_algorithm(), NULL);

        assert(ok);
        return sum;
}

bool sha256_equal(const Sha256 *a, const Sha256 *b) {
        return memcmp(a->byte, b->byte, sizeof(a->byte)) == 0;
}

/* OpenSSL fails here only when it finds no memory or no SHA-256 at all; both end the process like malloc. */
Sha256Stream *sha256_stream_new(void) {
        Sha256Stream *s = NEW(Sha256Stream);
        int ok;

        s->context = EVP_MD_CTX_new();
        ok = s->context && EVP_DigestInit_ex(s->context, sha256_algorithm(), NULL);
        assert(ok);
        return s;
}

void sha256_stream_add(Sha256Stream *s, Bytes data) {
        int ok = EVP_DigestUpdate(s->context, data.data, data.len);

        assert(ok);
}

Sha256 sha256_stream_end(Sha256Stream *s) {
        Sha256 sum;
        int ok = EVP_DigestFinal_ex(s->context, sum.byte, NULL);

        assert(ok);
        return sum;
}

Sha256Stream *sha256_stream_free(Sha256Stream *s) {
        if (s)
                EVP_MD_CTX_free(s->context);
        return xfree(s);
}

Sha256 hmac_sha256(Bytes key, Bytes data) {
        Sha256 sum;
        const unsigned char *ok;

        assert(key.len <= INT32_MAX);
        ok = HMAC(EVP_sha256(), key.data ? key.data : "", (int) key.len, (const unsigned char *) data.data, data.len, sum.byte, NULL);
        assert(ok);
        return sum;
}

/* Castagnoli's polynomial, bits reversed (RFC 3720 appendix B.4 has the test values). */
#define CRC32C_POLYNOMIAL UINT32_C(0x82F63B78)

static uint32_t crc32c_table(uint32_t crc, const uint8_t *p, size_t len) {
        static uint32_t table[256];

        if (!table[1])
                for (uint32_t i = 0; i < 256; i++) {
                        uint32_t c = i;

                        for (int k = 0; k < 8; k++)
                                c = c & 1 ? (c >> 1) ^ CRC32C_POLYNOMIAL : c >> 1;
                        table[i] = c;
                }
        for (size_t i = 0; i < len; i++)
                crc = table[(crc ^ p[i]) & 0xFF] ^ (crc >> 8);
        return crc;
}

#ifdef __x86_64__
/* Whole eights; the rest goes through the table, which so is proved on every machine. */
__attribute__((target("sse4.2"))) static uint32_t crc32c_eights(uint32_t crc, const uint8_t *p, size_t n) {
        uint64_t wide = crc, eight;

        for (; n; n--, p += 8) {
                memcpy(&eight, p, 8);
                wide = __builtin_ia32_crc32di(wide, eight);
        }
        return (uint32_t) wide;
}
#endif

uint32_t crc32c(uint32_t before, Bytes data) {
        const uint8_t *p = (const uint8_t *) data.data;
        size_t len = data.len;
        uint32_t crc = ~before;

#ifdef __x86_64__
        if (len >= 8 && __builtin_cpu_supports("sse4.2")) {
                crc = crc32c_eights(crc, p, len / 8);
                p += len / 8 * 8;
                len %= 8;
        }
#endif
        return ~crc32c_table(crc, p, len);
}

int hex_add(Text *t, Bytes data) {
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < data.len; i++) {
                uint8_t b = (uint8_t) data.data[i];

                (void) text_add(t, (Bytes){ (char[]){ digits[b >> 4], digits[b & 15] }, 2 });
        }
        return t->is_full ? -E2BIG : 0;
}

static int hex_value(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int hex_parse(Bytes text, Text *ret) {
        if (text.len % 2)
                return -EINVAL;
        for (size_t i = 0; i < text.len; i++)
                if (hex_value(text.data[i]) < 0)
                        return -EINVAL;
        for (size_t i = 0; i < text.len; i += 2)
                (void) text_add_u8(ret, (uint8_t) (hex_value(text.data[i]) << 4 | hex_value(text.data[i + 1])));
        return ret->is_full ? -E2BIG : 0;
}

/* Both alphabets share 62 characters. */
static int base64_render(Text *t, Bytes data, const char last_two[2], bool is_padded) {
        static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

        for (size_t i = 0; i < data.len; i += 3) {
                size_t n = data.len - i < 3 ? data.len - i : 3;
                uint32_t v = 0;
                char four[4];

                for (size_t k = 0; k < 3; k++)
                        v = v << 8 | (k < n ? (uint8_t) data.data[i + k] : 0);
                for (size_t k = 0; k < 4; k++) {
                        uint32_t six = v >> (18 - 6 * k) & 63;

                        four[k] = k > n ? '=' : six < 62 ? alphabet[six] : last_two[six - 62];
                }
                (void) text_add(t, (Bytes){ four, is_padded ? 4 : n + 1 });
        }
        return t->is_full ? -E2BIG : 0;
}

int base64_add(Text *t, Bytes data) {
        return base64_render(t, data, "+/", true);
}

int base64url_add(Text *t, Bytes data) {
        return base64_render(t, data, "-_", false);
}

static int base64_value(char c) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        if (c == '+' || c == '-')
                return 62;
        return c == '/' || c == '_' ? 63 : -1;
}

/* Length without padding; -1: padding that does not fit. */
static ssize_t base64_length(Bytes text) {
        size_t n = text.len;

        while (n && text.data[n - 1] == '=')
                n--;
        if (text.len != n && (text.len % 4 != 0 || text.len - n > 2))
                return -1;
        return n % 4 == 1 ? -1 : (ssize_t) n;
}

int base64_parse(Bytes text, Text *ret) {
        ssize_t len = base64_length(text);
        uint32_t v = 0;
        unsigned n_bits = 0;

        if (len < 0)
                return -EINVAL;
        for (ssize_t i = 0; i < len; i++) {
                int six = base64_value(text.data[i]);

                if (six < 0)
                        return -EINVAL;
                v = v << 6 | (uint32_t) six;
        }
        /* Bits that no byte takes must be 0, or two texts would mean the same bytes. */
        if ((len % 4 == 2 && (v & 15)) || (len % 4 == 3 && (v & 3)))
                return -EINVAL;
        v = 0;
        for (ssize_t i = 0; i < len; i++) {
                v = v << 6 | (uint32_t) base64_value(text.data[i]);
                n_bits += 6;
                if (n_bits >= 8) {
                        n_bits -= 8;
                        (void) text_add_u8(ret, (uint8_t) (v >> n_bits));
                }
        }
        return ret->is_full ? -E2BIG : 0;
}

void uuid_make(char ret[37]) {
        uint8_t b[16];
        size_t have = 0;

        /* Sixteen bytes come at once, once the kernel has gathered entropy; only a signal during early boot can interrupt. */
        while (have < sizeof(b)) {
                ssize_t n = getrandom(b + have, sizeof(b) - have, 0);

                if (n > 0)
                        have += (size_t) n;
                else
                        assert(errno == EINTR);
        }
        b[6] = (uint8_t) ((b[6] & 0x0F) | 0x40);
        b[8] = (uint8_t) ((b[8] & 0x3F) | 0x80);
        (void) snprintf(ret, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5],
                        b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

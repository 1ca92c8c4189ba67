/* Bytes: a borrowed slice of memory; Text: a growing buffer with a limit given at birth. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { TEXT_FIRST = 64 };

bool bytes_equal_str(Bytes a, const char *s) {
        return bytes_equal(a, bytes_of(s));
}

bool bytes_starts(Bytes a, const char *prefix) {
        size_t n = strlen(prefix);

        return a.len >= n && (n == 0 || memcmp(a.data, prefix, n) == 0);
}

bool bytes_ends(Bytes a, const char *suffix) {
        size_t n = strlen(suffix);

        return a.len >= n && (n == 0 || memcmp(a.data + a.len - n, suffix, n) == 0);
}

bool bytes_find(Bytes a, Bytes what, size_t *ret_at) {
        const char *hit;

        if (what.len == 0) {
                if (ret_at)
                        *ret_at = 0;
                return true;
        }
        if (a.len < what.len)
                return false;
        hit = memmem(a.data, a.len, what.data, what.len);
        if (!hit)
                return false;
        if (ret_at)
                *ret_at = (size_t) (hit - a.data);
        return true;
}

bool bytes_line(Bytes *rest, Bytes *ret) {
        size_t end = rest->len;

        if (!rest->len)
                return false;
        (void) bytes_find(*rest, BYTES_LIT("\n"), &end);
        *ret = (Bytes){ rest->data, end };
        *rest = end < rest->len ? (Bytes){ rest->data + end + 1, rest->len - end - 1 } : BYTES_NULL;
        return true;
}

/* Not tolower(): the rules of ASCII must not depend on a locale. */
static char ascii_lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

bool bytes_contains_nocase(Bytes a, const char *ascii_what) {
        size_t n = strlen(ascii_what);

        for (size_t i = 0; i + n <= a.len; i++) {
                size_t k = 0;

                while (k < n && ascii_lower(a.data[i + k]) == ascii_lower(ascii_what[k]))
                        k++;
                if (k == n)
                        return true;
        }
        return false;
}

int bytes_compare(Bytes a, Bytes b) {
        size_t n = a.len < b.len ? a.len : b.len;
        int r = n ? memcmp(a.data, b.data, n) : 0;

        if (r != 0)
                return r;
        return a.len < b.len ? -1 : a.len > b.len;
}

/* What counts as blank around a figure or a name: exporters leave no-break spaces and byte order marks behind. */
static size_t blank_at_start(Bytes a) {
        unsigned char c = a.len ? (unsigned char) a.data[0] : 'x';

        if (c == ' ' || (c >= '\t' && c <= '\r'))
                return 1;
        if (c == 0xC2)
                return bytes_starts(a, "\xC2\xA0") ? 2 : 0;
        return c == 0xEF && bytes_starts(a, "\xEF\xBB\xBF") ? 3 : 0;
}

static size_t blank_at_end(Bytes a) {
        unsigned char c = a.len ? (unsigned char) a.data[a.len - 1] : 'x';

        if (c == ' ' || (c >= '\t' && c <= '\r'))
                return 1;
        if (c == 0xA0)
                return bytes_ends(a, "\xC2\xA0") ? 2 : 0;
        return c == 0xBF && bytes_ends(a, "\xEF\xBB\xBF") ? 3 : 0;
}

/* A printable character of ASCII is no part of anything blank. */
static bool is_graphic(char c) {
        return c > ' ' && c <= '~';
}

Bytes bytes_trim(Bytes a) {
        if (a.len && is_graphic(a.data[0]) && is_graphic(a.data[a.len - 1]))
                return a;
        for (size_t n; (n = blank_at_start(a)) > 0;) {
                a.data += n;
                a.len -= n;
        }
        for (size_t n; (n = blank_at_end(a)) > 0;)
                a.len -= n;
        return a;
}

char *bytes_dup(Bytes a) {
        char *copy = xalloc(a.len + 1);

        if (a.len)
                memcpy(copy, a.data, a.len);
        return copy;
}

/* Offset basis and prime of the 64-bit form, as the authors of FNV publish them. */
uint64_t bytes_hash(Bytes a) {
        uint64_t h = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < a.len; i++) {
                h ^= (uint8_t) a.data[i];
                h *= UINT64_C(0x100000001b3);
        }
        return h;
}

/* Length of the well-formed sequence at p (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF); 0: broken. */
static size_t utf8_sequence(const uint8_t *p, size_t len) {
        uint8_t low = 0x80, high = 0xBF;
        size_t n;

        if (p[0] < 0x80)
                return 1;
        if (p[0] < 0xC2 || p[0] > 0xF4)
                return 0;
        n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
        if (len < n)
                return 0;
        if (p[0] == 0xE0)
                low = 0xA0;
        else if (p[0] == 0xED)
                high = 0x9F;
        else if (p[0] == 0xF0)
                low = 0x90;
        else if (p[0] == 0xF4)
                high = 0x8F;
        if (p[1] < low || p[1] > high)
                return 0;
        for (size_t i = 2; i < n; i++)
                if ((p[i] & 0xC0) != 0x80)
                        return 0;
        return n;
}

bool bytes_is_utf8(Bytes a, size_t *ret_bad_at) {
        for (size_t i = 0, n; i < a.len; i += n) {
                n = utf8_sequence((const uint8_t *) a.data + i, a.len - i);
                if (n == 0) {
                        if (ret_bad_at)
                                *ret_bad_at = i;
                        return false;
                }
        }
        return true;
}

void text_done(Text *t) {
        t->data = xfree(t->data);
        t->len = t->size = 0;
        t->is_full = false;
}

void text_clear(Text *t) {
        t->len = 0;
        t->is_full = false;
        if (t->data)
                t->data[0] = '\0';
}

/* Makes room for n more bytes and the NUL. */
int text_reserve(Text *t, size_t n) {
        size_t need, size;

        if (t->is_full || n > t->limit || t->len > t->limit - n) {
                t->is_full = true;
                return -E2BIG;
        }
        need = t->len + n + 1;
        if (need <= t->size)
                return 0;
        size = t->size ? t->size : TEXT_FIRST;
        while (size < need)
                size = size > SIZE_MAX / 2 ? need : size * 2;
        t->data = xrealloc(t->data, size);
        t->data[t->len] = '\0';
        t->size = size;
        return 0;
}

int text_add_growing(Text *t, Bytes b) {
        int r = text_reserve(t, b.len);

        if (r < 0)
                return r;
        if (b.len)
                memcpy(t->data + t->len, b.data, b.len);
        t->len += b.len;
        t->data[t->len] = '\0';
        return 0;
}

int text_add_str(Text *t, const char *s) {
        return text_add(t, bytes_of(s));
}

int text_printf(Text *t, const char *format, ...) {
        va_list ap;
        int r;

        va_start(ap, format);
        r = text_vprintf(t, format, ap);
        va_end(ap);
        return r;
}

int text_vprintf(Text *t, const char *format, va_list ap) {
        va_list again;
        int n, r;

        va_copy(again, ap);
        n = vsnprintf(NULL, 0, format, again);
        va_end(again);
        assert(n >= 0);
        r = text_reserve(t, (size_t) n);
        if (r < 0)
                return r;
        (void) vsnprintf(t->data + t->len, (size_t) n + 1, format, ap);
        t->len += (size_t) n;
        return 0;
}

const char *text_str(const Text *t) {
        return t->data ? t->data : "";
}

char *text_take(Text *t) {
        char *s = t->data ? t->data : xalloc(1);

        t->data = NULL;
        t->len = t->size = 0;
        t->is_full = false;
        return s;
}

static int text_add_little_endian(Text *t, uint64_t v, size_t n) {
        char byte[8];

        for (size_t i = 0; i < n; i++)
                byte[i] = (char) (uint8_t) (v >> (8 * i));
        return text_add(t, (Bytes){ byte, n });
}

int text_add_u8(Text *t, uint8_t v) {
        return text_add_little_endian(t, v, 1);
}

int text_add_u16(Text *t, uint16_t v) {
        return text_add_little_endian(t, v, 2);
}

int text_add_u32(Text *t, uint32_t v) {
        return text_add_little_endian(t, v, 4);
}

int text_add_u64(Text *t, uint64_t v) {
        return text_add_little_endian(t, v, 8);
}

/* Bytes of any character set to checked UTF-8, chunk by chunk; a byte order mark at the beginning is taken
 * off. */

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "decode/charset.h"

enum { HEAD = 3 }; /* the longest mark that is looked for */

struct Charset {
        const char *name;
        char *declared;
        iconv_t converter;
        bool has_converter;
        bool is_begun; /* the question of the mark is settled */
        char held[16]; /* before that: the first bytes; with a converter: the beginning of a character */
        size_t n_held;
        uint64_t offset; /* of the body: bytes that are done with */
        uint64_t bad_at;
        unsigned n_more;         /* UTF-8: bytes that the character still needs */
        unsigned char low, high; /* bounds of the next of them (RFC 3629, part 4) */
};

static bool is_utf8(const char *name) {
        return strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "utf8") == 0;
}

bool charset_is_known(const char *name) {
        iconv_t converter;

        if (is_utf8(name))
                return true;
        converter = iconv_open("UTF-8", name);
        if (converter == (iconv_t) -1)
                return false;
        (void) iconv_close(converter);
        return true;
}

static int use(Charset *c, const char *name) {
        if (c->has_converter)
                (void) iconv_close(c->converter);
        c->has_converter = false;
        c->name = name;
        if (is_utf8(name))
                return 0;
        c->converter = iconv_open("UTF-8", name);
        if (c->converter == (iconv_t) -1)
                return err(-EINVAL, "unknown character set \"%s\"", name);
        c->has_converter = true;
        return 0;
}

int charset_new(Charset **ret, const char *declared) {
        _cleanup_(charset_freep) Charset *c = NEW(Charset);
        int r;

        c->declared = xstrdup(declared ? declared : "UTF-8");
        r = use(c, c->declared);
        if (r < 0)
                return r;
        *ret = TAKE(c);
        return 0;
}

Charset *charset_free(Charset *c) {
        if (!c)
                return NULL;
        if (c->has_converter)
                (void) iconv_close(c->converter);
        xfree(c->declared);
        return xfree(c);
}

uint64_t charset_bad_at(const Charset *c) {
        return c->bad_at;
}

const char *charset_name(const Charset *c) {
        return c->name;
}

/* What may follow a first byte: overlong forms, surrogates and numbers above U+10FFFF are no UTF-8. */
static bool begin_character(Charset *c, unsigned char b) {
        c->low = 0x80;
        c->high = 0xBF;
        if (b < 0x80)
                c->n_more = 0;
        else if (b >= 0xC2 && b <= 0xDF)
                c->n_more = 1;
        else if (b >= 0xE0 && b <= 0xEF) {
                c->n_more = 2;
                if (b == 0xE0)
                        c->low = 0xA0;
                if (b == 0xED)
                        c->high = 0x9F;
        } else if (b >= 0xF0 && b <= 0xF4) {
                c->n_more = 3;
                if (b == 0xF0)
                        c->low = 0x90;
                if (b == 0xF4)
                        c->high = 0x8F;
        } else
                return false;
        return true;
}

static bool step(Charset *c, unsigned char b) {
        if (!c->n_more)
                return begin_character(c, b);
        if (b < c->low || b > c->high)
                return false;
        c->low = 0x80;
        c->high = 0xBF;
        c->n_more--;
        return true;
}

static int bad(Charset *c, uint64_t at) {
        c->bad_at = at;
        return -EILSEQ;
}

/* Sixteen bytes, each a signed number, which are looked at together. A comparison gives -1 or 0 for each of them. */
typedef signed char Lanes __attribute__((vector_size(16)));

enum { BLOCK = 64 };

static Lanes load(const char *p) {
        Lanes l;

        memcpy(&l, p, sizeof(l));
        return l;
}

/* Whether each of a block of bytes goes on as it must from the two before it, which may be the last of a character. It knows ASCII and the characters of two and
 * three bytes whose first byte allows any tail. Vietnamese text is made of these. Whatever else there is, right or wrong, gives false.
 * As signed numbers tails are -128 to -65, and first bytes -64 to -1: those of three bytes from -32, those of four from -16 on. Of each lane of `odd`
 * only the sign counts. */
static bool is_plain_block(const char *p) {
        Lanes odd = { 0 };
        uint64_t halves[2];

        for (const char *end = p + BLOCK; p < end; p += sizeof(Lanes)) {
                Lanes b = load(p), before = load(p - 1), further = load(p - 2);
                Lanes wants = (before & (before > -65)) | (further & (further > -33));

                odd |= (b < -64) ^ wants;
                odd |= (b & (b > -17)) | ((b & -2) == -64) | (b == -32) | (b == -19); /* F0 and above; C0 and C1, E0, ED */
        }
        memcpy(halves, &odd, sizeof(halves));
        return !((halves[0] | halves[1]) & UINT64_C(0x8080808080808080));
}

static bool is_tail(char c) {
        return ((unsigned char) c & 0xC0) == 0x80;
}

/* How many bytes of the character at p, if it is one that is_plain_block() knows, and if there are two more bytes to look at; otherwise 0. */
static size_t plain_character(const char *p) {
        unsigned char first = (unsigned char) *p;

        if (first < 0x80)
                return 1;
        if (first >= 0xE1 && first <= 0xEF && first != 0xED && is_tail(p[1]) && is_tail(p[2]))
                return 3;
        return first >= 0xC2 && first <= 0xDF && is_tail(p[1]) ? 2 : 0;
}

/* How many bytes at the beginning are whole characters that need no second look. What is left, if only the last few bytes, goes through step(). */
static size_t count_plain(const char *p, size_t len) {
        size_t n = 0, next_block = 2, step;

        while (len - n >= 3) {
                if (n >= next_block && len - n >= BLOCK) {
                        if (is_plain_block(p + n)) {
                                n += BLOCK;
                                /* The last character may go on in the next block. */
                                n -= (unsigned char) p[n - 1] >= 0xC0 ? 1 : (unsigned char) p[n - 2] >= 0xE0 ? 2 : 0;
                                continue;
                        }
                        next_block = n + BLOCK;
                }
                step = plain_character(p + n);
                if (!step)
                        break;
                n += step;
        }
        return n;
}

/* Passes whole characters on; the beginning of one is held until the rest of it comes. */
static int check_utf8(Charset *c, Bytes in, Text *out) {
        size_t whole = 0;

        for (size_t i = 0; i < in.len; i++) {
                if (!c->n_more && !c->n_held) {
                        whole = i += count_plain(in.data + i, in.len - i);
                        if (i == in.len)
                                break;
                }
                if (!step(c, (unsigned char) in.data[i])) {
                        (void) text_add(out, (Bytes){ in.data, whole });
                        return bad(c, c->offset + i);
                }
                if (c->n_more)
                        continue;
                if (c->n_held) {
                        (void) text_add(out, (Bytes){ c->held, c->n_held });
                        c->n_held = 0;
                }
                whole = i + 1;
        }
        (void) text_add(out, (Bytes){ in.data, whole });
        memcpy(c->held + c->n_held, in.data + whole, in.len - whole);
        c->n_held += in.len - whole;
        c->offset += in.len;
        return out->is_full ? -E2BIG : 0;
}

/* Converts what is whole characters; *in moves on. 0, or -EILSEQ. */
static int convert_some(Charset *c, Bytes *in, Text *out) {
        char buffer[4096];

        while (in->len) {
                /* iconv() takes char ** for what it never writes to. */
                char *from = (char *) (uintptr_t) in->data, *to = buffer;
                size_t n_from = in->len, n_to = sizeof(buffer);
                size_t r = iconv(c->converter, &from, &n_from, &to, &n_to);
                int why = errno;

                (void) text_add(out, (Bytes){ buffer, sizeof(buffer) - n_to });
                c->offset += in->len - n_from;
                *in = (Bytes){ from, n_from };
                if (r != (size_t) -1 || why == E2BIG)
                        continue;
                return why == EINVAL ? 0 : bad(c, c->offset);
        }
        return 0;
}

static int convert(Charset *c, Bytes in, Text *out) {
        int r;

        /* The beginning of a character is completed byte by byte, until it is one. */
        while (c->n_held && in.len) {
                Bytes held;

                if (c->n_held == sizeof(c->held))
                        return bad(c, c->offset);
                c->held[c->n_held++] = *in.data;
                in = (Bytes){ in.data + 1, in.len - 1 };
                held = (Bytes){ c->held, c->n_held };
                r = convert_some(c, &held, out);
                if (r < 0)
                        return r;
                memmove(c->held, held.data, held.len);
                c->n_held = held.len;
        }
        if (!in.len)
                return 0;
        r = convert_some(c, &in, out);
        if (r < 0)
                return r;
        if (in.len > sizeof(c->held))
                return bad(c, c->offset);
        if (in.len)
                memcpy(c->held, in.data, in.len);
        c->n_held = in.len;
        return 0;
}

static int pass(Charset *c, Bytes in, Text *out) {
        return c->has_converter ? convert(c, in, out) : check_utf8(c, in, out);
}

/* Settles the question of the mark as soon as the held bytes allow it. */
static int begin(Charset *c, bool is_end, Text *out) {
        static const struct {
                const char *mark;
                size_t len;
                const char *name;
        } marks[] = { { "\xEF\xBB\xBF", 3, "UTF-8" }, { "\xFE\xFF", 2, "UTF-16BE" },
                { "\xFF\xFE", 2, "UTF-16LE" } };
        char head[HEAD];
        size_t n = c->n_held, skip = 0;

        for (size_t i = 0; i < ELEMENTS(marks); i++) {
                size_t common = n < marks[i].len ? n : marks[i].len;

                if (memcmp(c->held, marks[i].mark, common) != 0)
                        continue;
                if (common == marks[i].len) {
                        int r = use(c, marks[i].name);

                        if (r < 0)
                                return r;
                        skip = common;
                        break;
                }
                if (!is_end)
                        return 0;
        }
        memcpy(head, c->held, n);
        c->is_begun = true;
        c->n_held = 0;
        c->offset = skip;
        return pass(c, (Bytes){ head + skip, n - skip }, out);
}

int charset_feed(Charset *c, Bytes chunk, Text *out) {
        while (!c->is_begun && chunk.len) {
                int r;

                c->held[c->n_held++] = *chunk.data;
                chunk = (Bytes){ chunk.data + 1, chunk.len - 1 };
                r = begin(c, false, out);
                if (r < 0)
                        return r;
        }
        return chunk.len ? pass(c, chunk, out) : 0;
}

int charset_end(Charset *c, Text *out) {
        if (!c->is_begun && c->n_held) {
                int r = begin(c, true, out);

                if (r < 0)
                        return r;
        }
        /* Some sets (windows-1258) combine characters: the converter keeps the last one back until it knows
         * what follows. */
        if (c->has_converter) {
                char buffer[64], *to = buffer;
                size_t n_to = sizeof(buffer);

                (void) iconv(c->converter, NULL, NULL, &to, &n_to);
                (void) text_add(out, (Bytes){ buffer, sizeof(buffer) - n_to });
        }
        return c->n_held ? bad(c, c->offset) : 0;
}

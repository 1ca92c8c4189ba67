/* Unwrap: gzip and zip as streams. The door to zlib of this room.
 *
 *   zip:  ┌▶ SIGNATURE ─ local header ─▶ LOCAL ─▶ NAMES ─▶ DATA ─▶ (DESCRIPTOR) ─┐
 *         ├───────────────────────────────────────────────────────────────────────┘
 *         ├▶ SIGNATURE ─ directory ─▶ CENTRAL ─▶ PASS ─┐       (once for each member)
 *         ├────────────────────────────────────────────┘
 *         └▶ SIGNATURE ─ end ─▶ END ─▶ PASS ─▶ OVER
 *
 * zlib holds 40 KiB for a member; everything else is the header under way. */

#include "decode/unwrap.h"

#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/err.h"
#include "decode/decode.h"

enum {
        RATIO_FREE = 1 << 20,
        MEMBERS_MAX = 10000,
        NAME_SHOWN = 60,
        SIG_LOCAL = 0x04034b50,
        SIG_DESCRIPTOR = 0x08074b50,
        SIG_CENTRAL = 0x02014b50,
        SIG_END = 0x06054b50,
        SIG_END64 = 0x06064b50,
        SIG_LOCATOR64 = 0x07064b50,
        SIG_ENCRYPTED = 0x08064b50,     /* "archive extra data": comes before an encrypted directory */
        FLAG_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13,
        FLAG_SIZES_BEHIND = 1 << 3,
        METHOD_STORED = 0,
        METHOD_DEFLATED = 8,
        EXTRA_ZIP64 = 1,
};

#define SIZE_IN_EXTRA UINT32_MAX

typedef enum ZipState {
        ZIP_SIGNATURE,
        ZIP_LOCAL,
        ZIP_NAMES,
        ZIP_DATA,
        ZIP_DESCRIPTOR,
        ZIP_CENTRAL,
        ZIP_END,
        ZIP_END64,
        ZIP_PASS,               /* to_pass bytes that nobody needs, then `after` */
        ZIP_OVER,
} ZipState;

typedef struct Member {
        char name[NAME_SHOWN + 1];
        unsigned flags, method, name_len, extra_len;
        uint32_t crc, crc_seen;
        uint64_t packed, unpacked;      /* as the headers have it; with FLAG_SIZES_BEHIND only once the descriptor came */
        uint64_t packed_seen, unpacked_seen;
        bool is_wanted, has_zip64;
} Member;

struct Unwrap {
        UnwrapSpec spec;
        z_stream z;
        bool has_z;
        bool is_full;           /* zlib filled what it was given: it may hold more */
        bool is_over;           /* gzip: the member ended, another may follow */
        uint64_t n_in, n_out;
        char story[200];

        ZipState state, after;
        Text head;              /* of a header: what came of it so far */
        uint64_t to_pass;
        Member member;
        unsigned n_members, n_central;
        char taken[NAME_SHOWN + 1];     /* name of the member that was read; "": none yet */
        Text names;             /* of those that were not */
        unsigned char out[UNWRAP_STEP];
};

static _printf_(3, 4) int fail(Unwrap *u, int code, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(u->story, sizeof(u->story), format, ap);
        va_end(ap);
        return code;
}

static int damaged(Unwrap *u, const char *what) {
        return fail(u, DECODE_E_SYNTAX, "the %s file is damaged before byte %llu: %s", u->spec.wrapper == WRAPPER_GZIP ? "gzip" : "zip",
                    (unsigned long long) u->n_in, what);
}

Unwrap *unwrap_new(const UnwrapSpec *spec) {
        Unwrap *u = NEW(Unwrap);

        assert(spec->wrapper != WRAPPER_NONE);
        u->spec = *spec;
        u->head = TEXT_INIT(3 * UINT16_MAX);
        u->names = TEXT_INIT(100);
        return u;
}

static void end_z(Unwrap *u) {
        if (u->has_z)
                (void) inflateEnd(&u->z);
        u->has_z = false;
}

Unwrap *unwrap_free(Unwrap *u) {
        if (!u)
                return NULL;
        end_z(u);
        text_done(&u->head);
        text_done(&u->names);
        return xfree(u);
}

static Bytes take(Unwrap *u, Bytes *packed, uint64_t n) {
        Bytes taken = { packed->data, n < packed->len ? (size_t) n : packed->len };

        packed->data += taken.len;
        packed->len -= taken.len;
        u->n_in += taken.len;
        return taken;
}

/* Counts what came out, and hands it on up to where the bound lies. */
static int put(Unwrap *u, Bytes out, bool is_wanted, Text *ret) {
        uint64_t room = u->spec.max_unpacked - u->n_out;

        if (is_wanted)
                (void) text_add(ret, (Bytes){ out.data, out.len < room ? out.len : (size_t) room });
        if (out.len > room)
                return fail(u, DECODE_E_LIMIT, "the file unpacks to more than %llu bytes: raise `max_unpacked` if that is right", (unsigned long long) u->spec.max_unpacked);
        u->n_out += out.len;
        if (u->n_out > RATIO_FREE && u->n_out / u->spec.max_ratio > u->n_in)
                return fail(u, DECODE_E_LIMIT, "the file unpacks to more than %u times its size (%llu bytes of %llu): raise `max_ratio` if that is right", u->spec.max_ratio,
                            (unsigned long long) u->n_out, (unsigned long long) u->n_in);
        return 0;
}

/* Inflates at most a step; what came out before a fault is good, so that it does not matter how the file was cut into chunks. *ret_end: that was the end of the deflated data. zlib takes no more of *packed than it needs. */
static int inflate_some(Unwrap *u, Bytes *packed, uint64_t max_in, Bytes *ret, bool *ret_end) {
        Bytes in = { packed->data, max_in < packed->len ? (size_t) max_in : packed->len };
        int r;

        if (in.len > UINT_MAX)
                in.len = UINT_MAX;
        u->z.next_in = (unsigned char *) (uintptr_t) in.data;   /* zlib does not write there */
        u->z.avail_in = (uInt) in.len;
        u->z.next_out = u->out;
        u->z.avail_out = sizeof(u->out);
        r = inflate(&u->z, Z_NO_FLUSH);
        (void) take(u, packed, in.len - u->z.avail_in);
        u->is_full = u->z.avail_out == 0 && r == Z_OK;
        *ret_end = r == Z_STREAM_END;
        *ret = (Bytes){ (const char *) u->out, sizeof(u->out) - u->z.avail_out };
        /* Z_BUF_ERROR: there was nothing to do after all. */
        if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
                return damaged(u, r == Z_MEM_ERROR ? "no memory" : u->z.msg ? u->z.msg : "it is no deflated data");
        return 0;
}

/* Of two faults the first in the file. */
static int put_before(Unwrap *u, int fault, Bytes out, bool is_wanted, Text *ret) {
        int r = put(u, out, is_wanted, ret);

        return r == 0 ? fault : r;
}

static int begin_z(Unwrap *u, int window) {
        end_z(u);
        u->z = (z_stream){};
        if (inflateInit2(&u->z, window) != Z_OK)
                return fail(u, DECODE_E_LIMIT, "no memory to unpack the file");
        u->has_z = true;
        return 0;
}

/* ---- gzip ---- */

static int not_packed(Unwrap *u, unsigned char first) {
        char what[16];

        (void) snprintf(what, sizeof(what), first > ' ' && first < 0x7F ? "\"%c\"" : "byte 0x%02x", first);
        return fail(u, DECODE_E_SYNTAX, "the answer is no %s file: it begins with %s; if the server packs it for the way only, leave `wrapper` out",
                    u->spec.wrapper == WRAPPER_GZIP ? "gzip" : "zip", what);
}

/* Between members: zeros are padding (tapes, gzip(1) takes them too), anything else is to be another member. */
static int gzip_between(Unwrap *u, Bytes *packed) {
        while (packed->len && !*packed->data && u->has_z)
                (void) take(u, packed, 1);
        if (!packed->len)
                return 0;
        if ((unsigned char) *packed->data != 0x1F)
                return u->has_z ? damaged(u, "something stands behind its end") : not_packed(u, (unsigned char) *packed->data);
        u->is_over = false;
        return begin_z(u, 15 + 16);
}

static int gzip_step(Unwrap *u, Bytes *packed, Text *ret) {
        bool is_end = false;
        Bytes out;
        int r = 0;

        if (!u->has_z || u->is_over)
                r = gzip_between(u, packed);
        if (r != 0 || !u->has_z || u->is_over)
                return r;
        r = inflate_some(u, packed, UINT64_MAX, &out, &is_end);
        u->is_over = is_end;
        return put_before(u, r, out, true, ret);
}

/* ---- zip ---- */

static unsigned u16(const Unwrap *u, size_t at) {
        const unsigned char *p = (const unsigned char *) u->head.data + at;

        return p[0] | (unsigned) p[1] << 8;
}

static uint32_t u32(const Unwrap *u, size_t at) {
        return u16(u, at) | (uint32_t) u16(u, at + 2) << 16;
}

static uint64_t u64(const Unwrap *u, size_t at) {
        return u32(u, at) | (uint64_t) u32(u, at + 4) << 32;
}

/* Whether the header under way has come up to so many bytes. */
static bool gather(Unwrap *u, Bytes *packed, size_t want) {
        if (u->head.len < want)
                (void) text_add(&u->head, take(u, packed, want - u->head.len));
        return u->head.len >= want;
}

static void go_on(Unwrap *u, ZipState state) {
        text_clear(&u->head);
        u->state = state;
}

static void pass(Unwrap *u, uint64_t n, ZipState after) {
        go_on(u, ZIP_PASS);
        u->to_pass = n;
        u->after = after;
}

static int zip_signature(Unwrap *u) {
        switch (u32(u, 0)) {
        case SIG_LOCAL:
                if (u->n_central)
                        return damaged(u, "a member stands behind the directory");
                if (u->n_members++ >= MEMBERS_MAX)
                        return fail(u, DECODE_E_LIMIT, "the zip file has more than %d members", MEMBERS_MAX);
                u->state = ZIP_LOCAL;
                return 0;
        case SIG_CENTRAL:
                u->n_central++;
                u->state = ZIP_CENTRAL;
                return 0;
        case SIG_END:
                u->state = ZIP_END;
                return 0;
        case SIG_END64:
                u->state = ZIP_END64;
                return 0;
        case SIG_LOCATOR64:
                pass(u, 16, ZIP_SIGNATURE);
                return 0;
        case SIG_ENCRYPTED:
                return fail(u, DECODE_E_SYNTAX, "the zip file is encrypted");
        default:
                return u->n_in == 4 ? not_packed(u, (unsigned char) u->head.data[0]) : damaged(u, "there is no header where one has to be");
        }
}

static void read_local(Unwrap *u) {
        u->member = (Member){
                .flags = u16(u, 6),
                .method = u16(u, 8),
                .crc = u32(u, 14),
                .packed = u32(u, 18),
                .unpacked = u32(u, 22),
                .name_len = u16(u, 26),
                .extra_len = u16(u, 28),
        };
        u->state = ZIP_NAMES;
}

/* Sizes that do not fit into four bytes stand in a block of the extra field: first the unpacked one. */
static int read_extra(Unwrap *u, Member *m) {
        size_t at = 30 + m->name_len, end = at + m->extra_len;

        while (end - at >= 4) {
                size_t size = u16(u, at + 2), p = at + 4;

                if (size > end - p)
                        break;
                if (u16(u, at) == EXTRA_ZIP64) {
                        m->has_zip64 = true;
                        if (m->unpacked == SIZE_IN_EXTRA && p + 8 <= at + 4 + size) {
                                m->unpacked = u64(u, p);
                                p += 8;
                        }
                        if (m->packed == SIZE_IN_EXTRA && p + 8 <= at + 4 + size)
                                m->packed = u64(u, p);
                }
                at += 4 + size;
        }
        if (!m->has_zip64 && m->packed == SIZE_IN_EXTRA && !(m->flags & FLAG_SIZES_BEHIND))
                return damaged(u, "a member without its size");
        return 0;
}

/* For stories: names are whatever the packing program wrote, in whatever character set. */
static void show_name(Bytes name, char ret[NAME_SHOWN + 1]) {
        bool is_text = bytes_is_utf8(name, NULL);
        size_t n = name.len < NAME_SHOWN ? name.len : NAME_SHOWN;

        while (n && n < name.len && is_text && ((unsigned char) name.data[n] & 0xC0) == 0x80)
                n--;
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char) name.data[i];

                ret[i] = c < 0x20 || c == 0x7F || (c >= 0x80 && !is_text) ? '?' : (char) c;
        }
        ret[n] = '\0';
}

static bool name_fits(const Unwrap *u, Bytes name) {
        _free_ char *copy = bytes_dup(name);

        /* A folder is a member too. */
        if (!name.len || name.data[name.len - 1] == '/' || memchr(name.data, '\0', name.len))
                return false;
        return !u->spec.member || fnmatch(u->spec.member, copy, 0) == 0;
}

static int check_wanted(Unwrap *u, const Member *m) {
        if (*u->taken)
                return fail(u, DECODE_E_SHAPE, "the zip file has several members that fit: \"%s\" and \"%s\"; name one with `member`", u->taken, m->name);
        (void) snprintf(u->taken, sizeof(u->taken), "%s", m->name);
        if (m->flags & FLAG_ENCRYPTED)
                return fail(u, DECODE_E_SYNTAX, "the member \"%s\" is encrypted", m->name);
        if (m->method != METHOD_STORED && m->method != METHOD_DEFLATED)
                return fail(u, DECODE_E_SYNTAX, "the member \"%s\" is packed by method %u; deflate and stored are read", m->name, m->method);
        return 0;
}

static int begin_member(Unwrap *u) {
        Member *m = &u->member;
        Bytes name = { u->head.data + 30, m->name_len };
        int r = read_extra(u, m);

        if (r != 0)
                return r;
        show_name(name, m->name);
        m->is_wanted = name_fits(u, name);
        if (m->is_wanted)
                r = check_wanted(u, m);
        else if (name.len && name.data[name.len - 1] != '/')
                (void) text_printf(&u->names, "%s\"%s\"", u->names.len ? ", " : "", m->name);
        if (r != 0)
                return r;
        if (m->flags & FLAG_SIZES_BEHIND) {
                /* Only deflated data tell where they end. */
                if (m->method != METHOD_DEFLATED || (m->flags & FLAG_ENCRYPTED))
                        return fail(u, DECODE_E_SYNTAX, "the member \"%s\" does not tell its size before its data", m->name);
                m->packed = UINT64_MAX;
        } else if (!m->is_wanted) {
                pass(u, m->packed, ZIP_SIGNATURE);
                return 0;
        } else if (m->method == METHOD_STORED && m->packed != m->unpacked)
                return damaged(u, "a stored member has two sizes");
        m->crc_seen = (uint32_t) crc32(0, NULL, 0);
        go_on(u, ZIP_DATA);
        return m->method == METHOD_DEFLATED ? begin_z(u, -15) : 0;
}

static int check_member(Unwrap *u) {
        const Member *m = &u->member;

        go_on(u, ZIP_SIGNATURE);
        end_z(u);
        if (m->packed_seen != m->packed || m->unpacked_seen != m->unpacked)
                return damaged(u, "a member has another size than its header says");
        if (m->crc_seen != m->crc)
                return damaged(u, "the checksum of a member is not that of its data");
        return 0;
}

static int zip_stored(Unwrap *u, Bytes *packed, Text *ret) {
        Member *m = &u->member;
        uint64_t left = m->packed - m->packed_seen;
        Bytes part = take(u, packed, left < UNWRAP_STEP ? left : UNWRAP_STEP);
        int r;

        m->packed_seen += part.len;
        m->unpacked_seen += part.len;
        m->crc_seen = (uint32_t) crc32(m->crc_seen, (const unsigned char *) part.data, (uInt) part.len);
        r = put(u, part, true, ret);
        return r == 0 && m->packed_seen == m->packed ? check_member(u) : r;
}

static int zip_deflated(Unwrap *u, Bytes *packed, Text *ret) {
        Member *m = &u->member;
        uint64_t before = u->n_in;
        bool is_end;
        Bytes out;
        int r = inflate_some(u, packed, m->packed - m->packed_seen, &out, &is_end);

        m->packed_seen += u->n_in - before;
        m->unpacked_seen += out.len;
        m->crc_seen = (uint32_t) crc32(m->crc_seen, (const unsigned char *) out.data, (uInt) out.len);
        r = put_before(u, r, out, m->is_wanted, ret);
        if (r != 0)
                return r;
        if (is_end && (m->flags & FLAG_SIZES_BEHIND)) {
                end_z(u);
                go_on(u, ZIP_DESCRIPTOR);
                return 0;
        }
        if (is_end)
                return check_member(u);
        if (m->packed_seen == m->packed && !u->is_full)
                return damaged(u, "the data of a member end before their end");
        return 0;
}

/* Sizes are eight bytes each where the member has a ZIP64 block; the signature may be left out. */
static int zip_descriptor(Unwrap *u, Bytes *packed) {
        Member *m = &u->member;
        bool is_long = m->has_zip64 || m->packed_seen > UINT32_MAX || m->unpacked_seen > UINT32_MAX;
        size_t at;

        if (!gather(u, packed, 4))
                return 0;
        at = u32(u, 0) == SIG_DESCRIPTOR ? 4 : 0;
        if (!gather(u, packed, at + (is_long ? 20 : 12)))
                return 0;
        m->crc = u32(u, at);
        m->packed = is_long ? u64(u, at + 4) : u32(u, at + 4);
        m->unpacked = is_long ? u64(u, at + 12) : u32(u, at + 8);
        return check_member(u);
}

static int zip_end(Unwrap *u) {
        unsigned n = u16(u, 10);

        if (u->n_central != u->n_members || (n != UINT16_MAX && n != u->n_members))
                return damaged(u, "its directory lists other members than there are");
        pass(u, u16(u, 20), ZIP_OVER);
        return 0;
}

static int zip_pass(Unwrap *u, Bytes *packed) {
        u->to_pass -= take(u, packed, u->to_pass).len;
        if (!u->to_pass)
                go_on(u, u->after);
        return 0;
}

static int zip_step(Unwrap *u, Bytes *packed, Text *ret) {
        switch (u->state) {
        case ZIP_SIGNATURE:
                return gather(u, packed, 4) ? zip_signature(u) : 0;
        case ZIP_LOCAL:
                if (gather(u, packed, 30))
                        read_local(u);
                return 0;
        case ZIP_NAMES:
                return gather(u, packed, 30U + u->member.name_len + u->member.extra_len) ? begin_member(u) : 0;
        case ZIP_DATA:
                return u->member.method == METHOD_DEFLATED ? zip_deflated(u, packed, ret) : zip_stored(u, packed, ret);
        case ZIP_DESCRIPTOR:
                return zip_descriptor(u, packed);
        case ZIP_CENTRAL:
                if (gather(u, packed, 46))
                        pass(u, (uint64_t) u16(u, 28) + u16(u, 30) + u16(u, 32), ZIP_SIGNATURE);
                return 0;
        case ZIP_END:
                return gather(u, packed, 22) ? zip_end(u) : 0;
        case ZIP_END64:
                if (gather(u, packed, 12))
                        pass(u, u64(u, 4), ZIP_SIGNATURE);
                return 0;
        case ZIP_PASS:
                return zip_pass(u, packed);
        case ZIP_OVER:
                return damaged(u, "something stands behind its end");
        }
        return 0;
}

/* ---- both ---- */

/* Steps that need no byte, such as an empty stored member, are taken at once: whoever calls does so only while there are bytes. */
static bool is_free_step(const Unwrap *u) {
        return (u->state == ZIP_PASS && !u->to_pass) || (u->state == ZIP_DATA && u->member.method == METHOD_STORED && !u->member.packed);
}

int unwrap_step(Unwrap *u, Bytes *packed, Text *ret) {
        int r;

        if (u->spec.wrapper == WRAPPER_GZIP)
                return gzip_step(u, packed, ret);
        r = zip_step(u, packed, ret);
        while (r == 0 && is_free_step(u))
                r = zip_step(u, packed, ret);
        return r;
}

bool unwrap_is_pending(const Unwrap *u) {
        return u->is_full && u->has_z;
}

int unwrap_end(Unwrap *u) {
        if (u->spec.wrapper == WRAPPER_GZIP ? !u->is_over : u->state != ZIP_OVER)
                return fail(u, DECODE_E_SYNTAX, "the %s file is cut off: it ends with byte %llu%s%s%s", u->spec.wrapper == WRAPPER_GZIP ? "gzip" : "zip",
                            (unsigned long long) u->n_in, u->state == ZIP_DATA ? ", within the member \"" : "", u->state == ZIP_DATA ? u->member.name : "",
                            u->state == ZIP_DATA ? "\"" : "");
        if (u->spec.wrapper == WRAPPER_ZIP && !*u->taken)
                return fail(u, DECODE_E_SHAPE, "the zip file has no member %s%s%s%s%s%s", u->spec.member ? "that fits \"" : "", u->spec.member ? u->spec.member : "",
                            u->spec.member ? "\"" : "in it", u->names.len ? "; there are " : "", u->names.len ? text_str(&u->names) : "", u->names.is_full ? " ..." : "");
        return 0;
}

const char *unwrap_story(const Unwrap *u) {
        return u->story;
}

/* Bytes: a borrowed slice of memory; Text: a growing text or byte buffer with a limit given at birth. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

typedef struct Bytes {
        const char *data;       /* need not end in NUL; may be NULL when len is 0 */
        size_t len;
} Bytes;

#define BYTES_NULL ((Bytes){ NULL, 0 })
#define BYTES_LIT(s) ((Bytes){ (s), sizeof(s) - 1 })

static inline Bytes bytes_of(const char *s) {
        return (Bytes){ s, s ? strlen(s) : 0 };
}
static inline bool bytes_equal(Bytes a, Bytes b) {
        return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
bool bytes_equal_str(Bytes a, const char *s);
bool bytes_starts(Bytes a, const char *prefix);
bool bytes_ends(Bytes a, const char *suffix);
/* The next line of *rest, without its end; *rest goes on behind it. False: there is none. */
bool bytes_line(Bytes *rest, Bytes *ret);
bool bytes_find(Bytes a, Bytes what, size_t *ret_at);   /* ret_at may be NULL */
bool bytes_contains_nocase(Bytes a, const char *ascii_what);
int bytes_compare(Bytes a, Bytes b);
Bytes bytes_trim(Bytes a);                              /* ASCII white space, U+00A0 and U+FEFF at both ends */
char *bytes_dup(Bytes a);                               /* NUL-terminated copy on the heap */
uint64_t bytes_hash(Bytes a);                           /* FNV-1a 64, stable across runs and machines */
bool bytes_is_utf8(Bytes a, size_t *ret_bad_at);        /* ret_bad_at may be NULL */

typedef struct Text {
        char *data;             /* NUL-terminated whenever it is not NULL */
        size_t len;
        size_t size;
        size_t limit;           /* in bytes, without the NUL */
        bool is_full;           /* something did not fit; every later append fails too, so one check at the end is enough */
} Text;

#define TEXT_INIT(limit_) ((Text){ .limit = (limit_) })
void text_done(Text *t);                                /* for _cleanup_(text_done) */
void text_clear(Text *t);                               /* keeps memory and limit */
/* 0, or -E2BIG when the limit would be passed (nothing is appended then, is_full is set). */
int text_reserve(Text *t, size_t n);                    /* room for n more bytes: nothing moves until they are there */
int text_add_growing(Text *t, Bytes b);                 /* what text_add() does when the memory at hand is not enough */
static inline int text_add(Text *t, Bytes b) {
        if (t->is_full || t->size - t->len <= b.len || t->limit - t->len < b.len)
                return text_add_growing(t, b);
        if (b.len)
                memcpy(t->data + t->len, b.data, b.len);
        t->len += b.len;
        t->data[t->len] = '\0';
        return 0;
}
int text_add_str(Text *t, const char *s);
static inline int text_add_char(Text *t, char c) {
        return text_add(t, (Bytes){ &c, 1 });
}
int text_printf(Text *t, const char *format, ...) _printf_(2, 3);
int text_vprintf(Text *t, const char *format, va_list ap) _printf_(2, 0);
static inline Bytes text_bytes(const Text *t) {
        return (Bytes){ t->data, t->len };
}
const char *text_str(const Text *t);                    /* "" when empty */
char *text_take(Text *t);                               /* heap string, never NULL; the text is empty afterwards */

/* Little-endian fixed-width numbers, for binary forms. */
int text_add_u8(Text *t, uint8_t v);
int text_add_u16(Text *t, uint16_t v);
int text_add_u32(Text *t, uint32_t v);
int text_add_u64(Text *t, uint64_t v);

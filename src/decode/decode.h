/* Seam 3: bytes to records, streaming. A decoder is fed chunks and asked for records until it wants more.
 * Numbers stay the text that was sent. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "config/field.h"

typedef enum ValueKind {
        VALUE_MISSING,     /* the field was not there */
        VALUE_NULL,        /* it was there and null */
        VALUE_BOOL,        /* text is "true" or "false" */
        VALUE_NUMBER,      /* text is the number as sent */
        VALUE_TEXT,        /* a NUL in it has become U+FFFD: no database takes it */
        VALUE_JSON,        /* a list or an object; text is its JSON (in the envelope: only "[]" or "{}") */
        VALUE_LOST_DIGITS, /* a number that a program could not carry without loss; text is empty: it is no
                              figure */
        VALUE_FAILED,      /* the selector failed on this record; text says why */
} ValueKind;

typedef struct Value {
        ValueKind kind;
        Bytes text; /* valid until the next decoder_next() or decoder_feed() */
} Value;

typedef struct Record {
        const Value *values; /* in the order of the spec's fields */
        size_t n_values;
        uint64_t number; /* place in the body: ordinal of the record, from 1 */
} Record;

typedef struct Decoder Decoder;

enum {
        DECODE_MORE = 0, /* feed me; after the last feed: that was the end */
        DECODE_RECORD = 1,
        DECODE_E_SYNTAX = 2, /* not that format; decoder_story() says where */
        DECODE_E_SHAPE = 3,  /* well-formed, but what `records` names is not there or is not a list */
        DECODE_E_LIMIT = 4,  /* a bound was reached: records, depth, length of a value */
};

/* What every format's spec begins with. */
typedef struct FormatCommon {
        char *records; /* where the records are; meaning by format; NULL: the whole document is one record or
                          a list */
        ConfPairs fields;   /* name -> selector within a record */
        ConfPairs envelope; /* name -> selector within the document, outside the records */
        ConfStrings secret; /* names of fields whose bytes never leave the decoder: kind is kept, any text
                               that is not empty becomes "***" */
        unsigned max_depth;
        unsigned max_records; /* of one body */
        uint64_t max_value;   /* bytes of one value */
        int wrapper;          /* Wrapper: the form of the file that the document comes in */
        char *member;         /* of a zip: pattern of the member that is the document; NULL: its only one */
        uint64_t max_unpacked;
        unsigned max_ratio;
        char *charset;        /* NULL: by declaration and byte order mark, otherwise UTF-8 */
} FormatCommon;

typedef struct FormatOps {
        ConfKindInfo info; /* kind, help, fields, spec_size (a struct beginning with FormatCommon) */
        const char *const *content_types; /* accepted prefixes by default, NULL-terminated */
        /* Compiles every selector once, when the connector is loaded; *ret lives in the arena. Findings and
         * 1, or 0. */
        int (*compile)(const void *spec, const ConfNode *at, Arena *arena, Diag *diag, void **ret);
        void (*release)(void *program); /* what a program holds outside the arena; may be NULL */
        /* Takes the compiled program, which must outlive the decoder. */
        int (*open)(Decoder **ret, const void *spec, const void *program);
        int (*feed)(Decoder *dec,
                        Bytes chunk); /* an empty chunk: that was the end of the body. 0, DECODE_E_* */
        int (*next)(Decoder *dec, Record *ret); /* DECODE_* */
        Decoder *(*free)(Decoder *dec);
} FormatOps;

struct Decoder { /* what every decoder begins with */
        const FormatOps *ops;
        Value *envelope; /* in the order of spec->envelope; complete after the end of the body */
        size_t n_envelope;
        uint64_t n_records;
        bool has_seen_records; /* the place that `records` names was there and was a list (so an empty list is
                                  a real zero) */
        char story[256]; /* of the last DECODE_E_*: what and where (line, byte), no data beyond 80 bytes, and none
                            where the format is withheld */
        /* Where there is an envelope, DECODE_E_SHAPE comes only after the end of the body: the envelope,
         * which may say why, is whole by then. */
};

extern const ConfKindInfo
                *const format_kinds[]; /* NULL-terminated; each is the first member of a FormatOps */

const FormatOps *format_ops(const ConfKindOf *kind);
/* The program of a loaded connector: spec with compiled selectors. */
typedef struct Format {
        const FormatOps *ops;
        const void *spec;
        void *program;
        const char *const *content_types; /* accepted by default: the format's own, and those of its wrapper */
        bool is_withheld; /* nothing of an answer but its figures may be kept; set when there are secret fields */
} Format;
/* Findings and 1, or 0; -errno. What it returns is released by format_done, before the arena goes. */
int format_compile(Format *ret, const ConfKindOf *kind, Arena *arena, Diag *diag);
void format_done(Format *f);
bool format_is_secret(const Format *f, size_t field);
const FormatCommon *format_common(const Format *f);
int format_field_index(const Format *f, const char *name); /* -1: no such field */
int format_envelope_index(const Format *f, const char *name);

int decoder_open(Decoder **ret, const Format *f);
/* Feed a chunk (copied), then take records until DECODE_MORE, then feed the next; BYTES_NULL: that was the
 * end. */
static inline int decoder_feed(Decoder *d, Bytes chunk) {
        return d->ops->feed(d, chunk);
}
static inline int decoder_next(Decoder *d, Record *ret) {
        return d->ops->next(d, ret);
}
static inline Decoder *decoder_free(Decoder *d) {
        return d ? d->ops->free(d) : NULL;
}
DEFINE_CLEANUP(Decoder *, decoder_free)

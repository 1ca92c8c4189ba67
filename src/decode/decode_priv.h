/* What the formats of this room share: the common options, and a decoder that takes chunks in and hands rows
 * out. */
#pragma once

#include "decode/charset.h"
#include "decode/decode.h"
#include "decode/rows.h"
#include "decode/unwrap.h"

/* Every spec begins with a FormatCommon, so the places are the same in all. */
#define FORMAT_COMMON_FIELDS(records_help)                                                                   \
        FIELD(FormatCommon, records, 0, NULL, records_help),                                                 \
                        FIELD(FormatCommon, fields, 0, NULL,                                                 \
                                        "Fields of a record: a name for each, and the selector that finds "  \
                                        "it."),                                                              \
                        FIELD(FormatCommon, envelope, 0, NULL,                                               \
                                        "Fields beside the records (counts, cursors, error codes): a name "  \
                                        "for each, and the selector that finds it."),                        \
                        FIELD(FormatCommon, secret, 0, NULL,                                                 \
                                        "Names of fields that must not be stored anywhere; they can only "   \
                                        "be asked whether they are there."),                                 \
                        FIELD_RANGE(FormatCommon, max_depth, 0, "64", 1, 200,                                \
                                        "Deepest nesting of a document."),                                   \
                        FIELD_RANGE(FormatCommon, max_records, 0, "1000000", 1, 1000000000,                  \
                                        "Most records of one answer; more is an error."),                    \
                        FIELD_SIZE(FormatCommon, max_value, 0, "1 MiB", 1, (uint64_t) 32 << 20,              \
                                        "Longest value, and longest record for selectors that are "          \
                                        "programs."),                                                        \
                        FIELD_WORD(FormatCommon, wrapper, 0, "none", wrapper_words,                          \
                                        "What the source serves is a file: \"gzip\" (.gz), or \"zip\" with the "  \
                                        "document as a member. Not for what the server packs for the way "   \
                                        "only (Content-Encoding): that is unpacked anyway."),                \
                        FIELD(FormatCommon, member, CONF_NONEMPTY, NULL,                                     \
                                        "Of a zip: name of the member that is the document, or a pattern "   \
                                        "with `*` and `?`; default: the only one that there is."),           \
                        FIELD_SIZE(FormatCommon, max_unpacked, 0, "256 MiB", 1, (uint64_t) 1 << 40,          \
                                        "Of a wrapper: most bytes that it may unpack to."),                  \
                        FIELD_RANGE(FormatCommon, max_ratio, 0, "200", 1, 100000,                            \
                                        "Of a wrapper: most bytes that one of its bytes may unpack to, "     \
                                        "above 1 MiB."),                                                     \
                        FIELD(FormatCommon, charset, 0, NULL,                                                \
                                        "Character set of the answer; default: by its byte order mark and "  \
                                        "declaration, otherwise UTF-8")

typedef struct DecoderBase DecoderBase;

typedef struct DecoderWork {
        int (*consume)(DecoderBase *b, Bytes slice); /* 0, DECODE_E_*, -errno */
        int (*finish)(DecoderBase *b);               /* the body is over */
        bool is_raw; /* bytes go to the library as they come: it reads the declaration itself, unless
                        `charset` is given */
} DecoderWork;

struct DecoderBase {
        Decoder pub;
        const FormatCommon *common;
        const DecoderWork *work;
        Unwrap *unwrap;   /* NULL: no wrapper */
        Text packed;      /* what was fed and is not unpacked yet */
        size_t packed_at;
        bool is_packed_ended;
        int unpack_failed; /* like `failed`, until what came before is decoded */
        Charset *charset; /* NULL: raw */
        Text input;
        size_t input_at;
        uint64_t offset; /* bytes that were consumed before the slice under way, after conversion */
        uint64_t line;   /* in which that slice begins, from 1 */
        char before[32]; /* the last bytes before that slice */
        size_t n_before;
        bool is_ended, is_finished, is_empty;
        bool is_input_bad;
        int failed; /* DECODE_E_* or -errno, told when the rows before it are out */
        Rows rows;
        uint64_t n_added;
        Value *view;
        bool *is_secret;
        bool is_withheld; /* no story may quote the body */
        Text *envelope_text;
};

int decoder_base_init(
                DecoderBase *b, const FormatOps *ops, const FormatCommon *common, const DecoderWork *work);
void decoder_base_done(DecoderBase *b);
int decoder_base_feed(Decoder *dec, Bytes chunk);
int decoder_base_next(Decoder *dec, Record *ret);

/* Tells the story and returns code. */
int decoder_fail(DecoderBase *b, int code, const char *format, ...) _printf_(3, 4);
/* "line 3, byte 1204" of the byte at_in_slice. */
const char *decoder_place(const DecoderBase *b, Bytes slice, size_t at_in_slice, char *buffer, size_t size);
/* The last bytes before that one, for a story: the same however the body was cut into slices. */
const char *decoder_before(const DecoderBase *b, Bytes slice, size_t at_in_slice, char *buffer, size_t size);
/* At most 40 bytes of text for a story, without control characters, cut between characters; "***" where
 * nothing of the body may be told. */
const char *decoder_quote(const DecoderBase *b, Bytes text, char *buffer, size_t size);

/* A new row within max_records. 0 or DECODE_E_LIMIT (told). */
int decoder_add_row(DecoderBase *b, size_t *ret_row);
int decoder_too_much(DecoderBase *b); /* the buffer of rows is full: DECODE_E_LIMIT (told) */
int decoder_store(DecoderBase *b, ValueKind kind, Bytes text, Slot *ret);
int decoder_put(DecoderBase *b, size_t row, size_t field, ValueKind kind, Bytes text);
void decoder_set_envelope(DecoderBase *b, size_t i, ValueKind kind, Bytes text);

/* Replaces NUL by U+FFFD; *scratch is used when there is one. */
Bytes decoder_clean(Bytes text, Text *scratch);

extern const char *const wrapper_words[];

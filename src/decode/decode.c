/* The registry of formats, and what all decoders do alike: chunks in, slices to the format, rows out. */

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "decode/decode_priv.h"

/* A slice bounds what one step of a format can produce, however large the chunk was. */
enum { SLICE = 4096 };

const char *const wrapper_words[] = { [WRAPPER_NONE] = "none", [WRAPPER_GZIP] = "gzip", [WRAPPER_ZIP] = "zip", NULL };

const FormatOps *format_ops(const ConfKindOf *kind) {
        /* The info is the first member of its FormatOps. */
        return (const FormatOps *) (const void *) kind->info;
}

static int pair_index(const ConfPairs *pairs, const char *name) {
        for (size_t i = 0; i < pairs->len; i++)
                if (strcmp(pairs->items[i].key, name) == 0)
                        return (int) i;
        return -1;
}

int format_field_index(const Format *f, const char *name) {
        return pair_index(&format_common(f)->fields, name);
}

int format_envelope_index(const Format *f, const char *name) {
        return pair_index(&format_common(f)->envelope, name);
}

const FormatCommon *format_common(const Format *f) {
        return f->spec;
}

static bool is_secret(const FormatCommon *common, size_t field) {
        for (size_t i = 0; i < common->secret.len; i++)
                if (strcmp(common->secret.items[i], common->fields.items[field].key) == 0)
                        return true;
        return false;
}

bool format_is_secret(const Format *f, size_t field) {
        return is_secret(format_common(f), field);
}

static void check_common(const FormatCommon *common, const ConfNode *at, Diag *diag) {
        for (size_t i = 0; i < common->secret.len; i++)
                if (pair_index(&common->fields, common->secret.items[i]) < 0)
                        diag_error(diag, common->secret.nodes ? common->secret.nodes[i] : at,
                                        "no field \"%s\": `secret` takes names that stand under `fields`",
                                        common->secret.items[i]);
        if (common->member && common->wrapper != WRAPPER_ZIP)
                diag_error(diag, at ? conf_child(at, "member") : NULL, "`member` is of a zip: say `wrapper: zip`, or leave it out");
        if (common->charset && !charset_is_known(common->charset))
                diag_error(diag, at ? conf_child(at, "charset") : NULL,
                                "unknown character set \"%s\": use a name such as utf-8 or windows-1258",
                                common->charset);
}

/* Files are served with the type of their wrapper, with that of the document in it, or as mere bytes. */
static const char *const *list_types(const FormatOps *ops, const FormatCommon *common, Arena *arena) {
        static const char *const of_wrapper[][4] = {
                [WRAPPER_GZIP] = { "application/gzip", "application/x-gzip", "application/octet-stream", NULL },
                [WRAPPER_ZIP] = { "application/zip", "application/x-zip", "application/octet-stream", NULL },
        };
        const char **list;
        size_t n = 0, k = 0;

        if (common->wrapper == WRAPPER_NONE)
                return ops->content_types;
        while (ops->content_types && ops->content_types[n])
                n++;
        list = ARENA_NEW_N(arena, const char *, n + ELEMENTS(of_wrapper[0]) + 1);
        for (size_t i = 0; list && of_wrapper[common->wrapper][i]; i++)
                list[k++] = of_wrapper[common->wrapper][i];
        for (size_t i = 0; list && i < n; i++)
                if (strcmp(ops->content_types[i], "application/octet-stream") != 0)
                        list[k++] = ops->content_types[i];
        return list;
}

int format_compile(Format *ret, const ConfKindOf *kind, Arena *arena, Diag *diag) {
        size_t errors_before = diag_errors(diag);
        Format f = { .ops = format_ops(kind), .spec = kind->spec };
        int r;

        if (!f.ops)
                return 1;
        f.is_withheld = format_common(&f)->secret.len > 0;
        f.content_types = list_types(f.ops, f.spec, arena);
        if (!f.content_types && f.ops->content_types)
                return err(-E2BIG, "configuration is larger than its bound");
        check_common(f.spec, kind->node, diag);
        r = f.ops->compile(f.spec, kind->node, arena, diag, &f.program);
        if (r < 0)
                return r;
        if (r > 0 || diag_errors(diag) > errors_before) {
                format_done(&f);
                return 1;
        }
        *ret = f;
        return 0;
}

void format_done(Format *f) {
        if (f->program && f->ops->release)
                f->ops->release(f->program);
        f->program = NULL;
}

int decoder_open(Decoder **ret, const Format *f) {
        int r = f->ops->open(ret, f->spec, f->program);

        if (r == 0)
                ((DecoderBase *) *ret)->is_withheld = f->is_withheld; /* every decoder begins with one */
        return r;
}

int decoder_base_init(
                DecoderBase *b, const FormatOps *ops, const FormatCommon *common, const DecoderWork *work) {
        size_t n_fields = common->fields.len, n_envelope = common->envelope.len;

        b->pub.ops = ops;
        b->common = common;
        b->work = work;
        b->input = TEXT_INIT((size_t) 1 << 31);
        b->line = 1;
        b->packed = TEXT_INIT((size_t) 1 << 31);
        if (common->wrapper != WRAPPER_NONE)
                b->unwrap = unwrap_new(&(UnwrapSpec){ common->wrapper, common->member, common->max_unpacked, common->max_ratio });
        b->is_empty = true;
        rows_init(&b->rows, n_fields);
        b->view = NEW_N(Value, n_fields + 1);
        b->is_secret = NEW_N(bool, n_fields + 1);
        for (size_t i = 0; i < n_fields; i++)
                b->is_secret[i] = is_secret(common, i);
        b->pub.envelope = NEW_N(Value, n_envelope + 1);
        b->pub.n_envelope = n_envelope;
        b->envelope_text = NEW_N(Text, n_envelope + 1);
        for (size_t i = 0; i < n_envelope; i++)
                b->envelope_text[i] = TEXT_INIT(common->max_value);
        return work->is_raw && !common->charset ? 0 : charset_new(&b->charset, common->charset);
}

void decoder_base_done(DecoderBase *b) {
        for (size_t i = 0; b->envelope_text && i < b->pub.n_envelope; i++)
                text_done(&b->envelope_text[i]);
        xfree(b->envelope_text);
        xfree(b->pub.envelope);
        xfree(b->view);
        xfree(b->is_secret);
        rows_done(&b->rows);
        text_done(&b->input);
        text_done(&b->packed);
        b->unwrap = unwrap_free(b->unwrap);
        b->charset = charset_free(b->charset);
}

int decoder_fail(DecoderBase *b, int code, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(b->pub.story, sizeof(b->pub.story), format, ap);
        va_end(ap);
        return code;
}

/* Sixteen lanes count at once; each of them holds up to 127. */
static uint64_t count_lines(Bytes text) {
        typedef signed char Lanes __attribute__((vector_size(16)));
        uint64_t n = 0;
        size_t at = 0;

        while (text.len - at >= 4 * sizeof(Lanes)) {
                Lanes counts = { 0 };

                for (size_t turn = 0; turn < 31 && text.len - at >= 4 * sizeof(Lanes); turn++, at += 4 * sizeof(Lanes)) {
                        Lanes l[4];

                        memcpy(l, text.data + at, sizeof(l));
                        counts -= (l[0] == '\n') + (l[1] == '\n') + (l[2] == '\n') + (l[3] == '\n');   /* true is -1 */
                }
                for (size_t i = 0; i < sizeof(Lanes); i++)
                        n += (uint64_t) counts[i];
        }
        for (; at < text.len; at++)
                n += text.data[at] == '\n';
        return n;
}

const char *decoder_place(const DecoderBase *b, Bytes slice, size_t at_in_slice, char *buffer, size_t size) {
        uint64_t line = b->line +
                        count_lines((Bytes){ slice.data, at_in_slice < slice.len ? at_in_slice : slice.len });

        (void) snprintf(buffer, size, "line %llu, byte %llu", (unsigned long long) line,
                        (unsigned long long) (b->offset + at_in_slice));
        return buffer;
}

/* The end of a and then b, at most `limit` bytes. Returns how many. */
static size_t join_ends(Bytes a, Bytes b, char *buffer, size_t limit) {
        size_t from_b = b.len < limit ? b.len : limit,
               from_a = a.len < limit - from_b ? a.len : limit - from_b;

        if (from_a)
                memmove(buffer, a.data + a.len - from_a, from_a);
        if (from_b)
                memcpy(buffer + from_a, b.data + b.len - from_b, from_b);
        return from_a + from_b;
}

const char *decoder_before(const DecoderBase *b, Bytes slice, size_t at_in_slice, char *buffer, size_t size) {
        char joined[sizeof(b->before)];
        Bytes end = { joined, join_ends((Bytes){ b->before, b->n_before }, (Bytes){ slice.data, at_in_slice },
                                              joined, sizeof(joined)) };

        while (end.len && ((unsigned char) *end.data & 0xC0) == 0x80)
                end = (Bytes){ end.data + 1, end.len - 1 };
        return decoder_quote(b, end, buffer, size);
}

const char *decoder_quote(const DecoderBase *b, Bytes text, char *buffer, size_t size) {
        size_t n;

        if (b->is_withheld)
                text = BYTES_LIT("***");
        n = text.len < 40 ? text.len : 40;
        if (n > size - 1)
                n = size - 1;
        while (n && n < text.len && ((unsigned char) text.data[n] & 0xC0) == 0x80)
                n--;
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char) text.data[i];

                buffer[i] = c < 0x20 || c == 0x7F ? ' ' : (char) c;
        }
        buffer[n] = '\0';
        return buffer;
}

int decoder_add_row(DecoderBase *b, size_t *ret_row) {
        if (b->n_added >= b->common->max_records)
                return decoder_fail(b, DECODE_E_LIMIT,
                                "more than %u records: raise `max_records` if that is right",
                                b->common->max_records);
        if (rows_add(&b->rows, ret_row) < 0)
                return decoder_fail(b, DECODE_E_LIMIT,
                                "too many records within one element of the list around them");
        b->n_added++;
        return 0;
}

int decoder_store(DecoderBase *b, ValueKind kind, Bytes text, Slot *ret) {
        if (text.len > b->common->max_value)
                return decoder_fail(b, DECODE_E_LIMIT,
                                "a value is longer than %llu bytes: raise `max_value` if that is right",
                                (unsigned long long) b->common->max_value);
        return rows_store(&b->rows, kind, text, ret) < 0 ? decoder_too_much(b) : 0;
}

int decoder_too_much(DecoderBase *b) {
        return decoder_fail(b, DECODE_E_LIMIT,
                        "the records within one element of the list around them are too large");
}

int decoder_put(DecoderBase *b, size_t row, size_t field, ValueKind kind, Bytes text) {
        Slot slot;
        int r;

        if (text.len && memchr(text.data, '\0', text.len)) {
                _cleanup_(text_done) Text scratch = TEXT_INIT(b->common->max_value * 3);

                r = decoder_store(b, kind, decoder_clean(text, &scratch), &slot);
        } else
                r = decoder_store(b, kind, text, &slot);
        if (r != 0)
                return r;
        rows_set(&b->rows, row, field, slot);
        return 0;
}

void decoder_set_envelope(DecoderBase *b, size_t i, ValueKind kind, Bytes text) {
        _cleanup_(text_done) Text scratch = TEXT_INIT(b->common->max_value * 3);
        Text *to = &b->envelope_text[i];

        text_clear(to);
        (void) text_add(to, decoder_clean(text, &scratch));
        b->pub.envelope[i] = (Value){ .kind = kind, .text = { text_str(to), to->len } };
}

Bytes decoder_clean(Bytes text, Text *scratch) {
        if (!text.len || !memchr(text.data, '\0', text.len))
                return text;
        text_clear(scratch);
        for (size_t i = 0; i < text.len; i++)
                if (text.data[i])
                        (void) text_add_char(scratch, text.data[i]);
                else
                        (void) text_add_str(scratch, "\xEF\xBF\xBD");
        return text_bytes(scratch);
}

static int note_bad_input(DecoderBase *b) {
        b->is_input_bad = true;
        return 0;
}

static int bad_input(DecoderBase *b) {
        return decoder_fail(b, DECODE_E_SYNTAX, "byte %llu of the body is no character of %s",
                        (unsigned long long) charset_bad_at(b->charset), charset_name(b->charset));
}

/* Takes in bytes of the document. */
static int feed_document(DecoderBase *b, Bytes chunk) {
        int r;

        if (b->is_ended || b->is_input_bad)
                return 0;
        if (b->input_at == b->input.len) {
                text_clear(&b->input);
                b->input_at = 0;
        }
        if (chunk.len)
                b->is_empty = false;
        else
                b->is_ended = true;
        if (!b->charset)
                return text_add(&b->input, chunk);
        r = chunk.len ? charset_feed(b->charset, chunk, &b->input) : charset_end(b->charset, &b->input);
        return r == -EILSEQ ? note_bad_input(b) : r;
}

int decoder_base_feed(Decoder *dec, Bytes chunk) {
        DecoderBase *b = (DecoderBase *) dec;

        if (!b->unwrap)
                return feed_document(b, chunk);
        if (b->is_packed_ended)
                return 0;
        if (b->packed_at == b->packed.len) {
                text_clear(&b->packed);
                b->packed_at = 0;
        }
        b->is_packed_ended = !chunk.len;
        return chunk.len ? text_add(&b->packed, chunk) : 0;
}

/* The words name members, and their names are of the answer too. */
static int bad_wrapper(DecoderBase *b, int code) {
        if (code < 0)
                return code;
        if (b->is_withheld)
                return decoder_fail(b, code, "the file cannot be unpacked: it is damaged, or not as `wrapper`, `member` and their bounds say");
        return decoder_fail(b, code, "%s", unwrap_story(b->unwrap));
}

/* One step of unpacking. 1: something was done, 0: there is nothing to do. What came out before a fault is still decoded. */
static int unpack(DecoderBase *b) {
        _cleanup_(text_done) Text out = TEXT_INIT(UNWRAP_STEP);
        Bytes rest = { b->packed.data ? b->packed.data + b->packed_at : NULL, b->packed.len - b->packed_at };
        bool is_nothing = !b->packed.data; /* the body is empty: that says more than that the file is cut off */
        int r = 0;

        if (is_nothing || (!rest.len && !unwrap_is_pending(b->unwrap))) {
                if (!b->is_packed_ended)
                        return 0;
                b->unpack_failed = is_nothing ? 0 : unwrap_end(b->unwrap);
                if (b->unpack_failed == 0)
                        r = feed_document(b, BYTES_NULL);
        } else {
                b->unpack_failed = unwrap_step(b->unwrap, &rest, &out);
                b->packed_at = b->packed.len - rest.len;
                if (out.len)
                        r = feed_document(b, text_bytes(&out));
        }
        if (r < 0)
                b->unpack_failed = r;
        return 1;
}

/* One step of work. 1: something was done, 0: there is nothing to do. */
static int work(DecoderBase *b) {
        Bytes slice = { b->input.data ? b->input.data + b->input_at : NULL, b->input.len - b->input_at };

        if (slice.len > SLICE)
                slice.len = SLICE;
        if (slice.len) {
                b->failed = b->work->consume(b, slice);
                b->input_at += slice.len;
                b->n_before = join_ends(
                                (Bytes){ b->before, b->n_before }, slice, b->before, sizeof(b->before));
                b->offset += slice.len;
                b->line += count_lines(slice);
                return 1;
        }
        if (b->is_input_bad) {
                b->failed = bad_input(b);
                return 1;
        }
        if (b->unpack_failed) {
                b->failed = bad_wrapper(b, b->unpack_failed);
                return 1;
        }
        if (b->unwrap && !b->is_ended)
                return unpack(b);
        if (b->is_ended && !b->is_finished) {
                b->is_finished = true;
                b->failed = b->is_empty ? decoder_fail(b, DECODE_E_SHAPE, "the body is empty")
                                        : b->work->finish(b);
                return 1;
        }
        return 0;
}

/* What is secret stays behind: whoever gets the record learns that there was something, not what. */
static void mask(DecoderBase *b) {
        for (size_t i = 0; b->common->secret.len && i < b->rows.n_fields; i++) {
                Value *v = &b->view[i];

                if (!b->is_secret[i] || v->kind == VALUE_MISSING || v->kind == VALUE_NULL)
                        continue;
                *v = (Value){ .kind = VALUE_TEXT, .text = v->text.len ? BYTES_LIT("***") : BYTES_LIT("") };
        }
}

int decoder_base_next(Decoder *dec, Record *ret) {
        DecoderBase *b = (DecoderBase *) dec;

        for (;;) {
                if (rows_take(&b->rows, b->view)) {
                        mask(b);
                        *ret = (Record){
                                .values = b->view, .n_values = b->rows.n_fields, .number = ++b->pub.n_records
                        };
                        return DECODE_RECORD;
                }
                if (b->failed)
                        return b->failed;
                rows_tidy(&b->rows);
                if (!work(b))
                        return DECODE_MORE;
        }
}

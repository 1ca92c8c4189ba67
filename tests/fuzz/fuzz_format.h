/* What the fuzzers of formats share: the first two bytes choose a format and a chunk size, the rest is a
 * body. Read whole and in chunks, it must give the same records and outcome. The words of the outcome may
 * differ: libyajl places an error by the token, and a token may end with its chunk. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "config/bind.h"
#include "decode/decode.h"

#define FUZZ_FORMATS 16

typedef struct FuzzSpec {
        ConfKindOf format;
} FuzzSpec;

/* They live as long as the process. */
static Format fuzz_formats[FUZZ_FORMATS];
static Arena *fuzz_arenas[FUZZ_FORMATS];

static inline void fuzz_fail(const char *words) {
        fprintf(stderr, "%s\n", words);
        abort();
}

/* libjq points to the end of its stack, which a leak checker does not take for a pointer to it: so programs
 * are released. */
static inline void fuzz_release(void) {
        for (size_t i = 0; i < FUZZ_FORMATS; i++) {
                if (fuzz_formats[i].ops)
                        format_done(&fuzz_formats[i]);
                fuzz_arenas[i] = arena_free(fuzz_arenas[i]);
        }
}

static inline void fuzz_load(size_t i, const char *yaml) {
        static const ConfField fields[] = { { .key = "format", .type = CONF_KIND, .registry = format_kinds },
                {} };
        Arena *arena = fuzz_arenas[i] = arena_new(1 << 24);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        FuzzSpec *spec = ARENA_NEW(arena, FuzzSpec);
        const ConfNode *root;
        char *text = arena_printf(arena, "format: %s\n", yaml);

        if (yaml_parse("fuzz", bytes_of(text), arena, diag, &root) != 0 ||
                        conf_bind(fields, root, arena, diag, spec) != 0 ||
                        format_compile(&fuzz_formats[i], &spec->format, arena, diag) != 0)
                fuzz_fail(yaml);
}

static inline void fuzz_render(Decoder *d, Text *ret, int *code) {
        Record rec;

        while ((*code = decoder_next(d, &rec)) == DECODE_RECORD)
                for (size_t i = 0; i < rec.n_values; i++) {
                        (void) text_printf(ret, "%d:", rec.values[i].kind);
                        (void) text_add(ret, rec.values[i].text);
                        (void) text_add_char(ret, i + 1 < rec.n_values ? ' ' : '\n');
                }
}

static inline void fuzz_decode(const Format *f, Bytes body, size_t chunk, Text *ret) {
        Decoder *d = NULL;
        int code = 0;

        if (decoder_open(&d, f) != 0)
                fuzz_fail("open");
        for (size_t at = 0; at < body.len && code == 0; at += chunk) {
                code = decoder_feed(
                                d, (Bytes){ body.data + at, chunk < body.len - at ? chunk : body.len - at });
                if (code == 0)
                        fuzz_render(d, ret, &code);
        }
        if (code == 0)
                code = decoder_feed(d, BYTES_NULL);
        if (code == 0)
                fuzz_render(d, ret, &code);
        (void) text_printf(ret, "= %d", code);
        for (size_t i = 0; code == 0 && i < d->n_envelope; i++) {
                (void) text_printf(ret, " %d:", d->envelope[i].kind);
                (void) text_add(ret, d->envelope[i].text);
        }
        if (code < 0)
                fuzz_fail("a body made an error of the machine");
        d = decoder_free(d);
}

static inline int fuzz_body(const char *const *yaml, const uint8_t *data, size_t size) {
        static size_t n;
        _cleanup_(text_done) Text whole = TEXT_INIT(64 << 20), parts = TEXT_INIT(64 << 20);
        const Format *f;
        Bytes body;

        if (!n)
                (void) atexit(fuzz_release);
        for (; yaml[n]; n++)
                fuzz_load(n, yaml[n]);
        if (size < 2)
                return 0;
        f = &fuzz_formats[data[0] % n];
        body = (Bytes){ (const char *) data + 2, size - 2 };
        fuzz_decode(f, body, body.len + 1, &whole);
        fuzz_decode(f, body, 1 + data[1] % 32, &parts);
        if (!bytes_equal(text_bytes(&whole), text_bytes(&parts))) {
                fprintf(stderr, "--- whole\n%s\n--- parts of %u\n%s\n", text_str(&whole), 1U + data[1] % 32,
                                text_str(&parts));
                fuzz_fail("chunks change the records");
        }
        return 0;
}

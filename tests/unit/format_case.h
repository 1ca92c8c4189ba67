/* For tests of formats: a format from YAML, a body through it in chunks of any size, and what came out as
 * text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "config/bind.h"
#include "decode/decode.h"

typedef struct FormatCase {
        Arena *arena;
        Diag *diag;
        struct {
                ConfKindOf format;
        } spec;
        Format format;
        bool is_loaded;
} FormatCase;

static inline void format_case_done(FormatCase *c) {
        if (c->is_loaded)
                format_done(&c->format);
        c->diag = diag_free(c->diag);
        c->arena = arena_free(c->arena);
}

/* yaml is the format section, as a connector has it under `format:`. True: no findings. */
static inline bool format_case_load(FormatCase *c, const char *yaml) {
        static const ConfField fields[] = { { .key = "format",
                                                            .type = CONF_KIND,
                                                            .offset = 0,
                                                            .flags = CONF_REQUIRED,
                                                            .registry = format_kinds },
                {} };
        _cleanup_(text_done) Text text = TEXT_INIT(1 << 20);
        const ConfNode *root;

        *c = (FormatCase){ .arena = arena_new(1 << 24), .diag = diag_new() };
        (void) text_add_str(&text, "format:\n");
        for (const char *p = yaml; *p;) {
                size_t n = strcspn(p, "\n");

                (void) text_printf(&text, "  %.*s\n", (int) n, p);
                p += n + (p[n] == '\n');
        }
        /* The tree borrows the text. */
        if (yaml_parse("case.yaml", bytes_of(arena_strdup(c->arena, text_str(&text))), c->arena, c->diag,
                            &root) != 0)
                return false;
        if (conf_bind(fields, root, c->arena, c->diag, &c->spec) != 0)
                return false;
        c->is_loaded = format_compile(&c->format, &c->spec.format, c->arena, c->diag) == 0;
        return c->is_loaded;
}

static inline void format_case_findings(const FormatCase *c, Text *ret) {
        diag_render(c->diag, ret);
}

static inline void render_value(const Value *v, Text *ret) {
        switch (v->kind) {
        case VALUE_MISSING:
                (void) text_add_str(ret, "-");
                break;
        case VALUE_NULL:
                (void) text_add_str(ret, "null");
                break;
        case VALUE_TEXT:
                (void) text_printf(ret, "'%.*s'", (int) v->text.len, v->text.data);
                break;
        case VALUE_LOST_DIGITS:
                (void) text_add_str(ret, "LOST");
                break;
        case VALUE_FAILED:
                (void) text_printf(ret, "FAILED(%.*s)", (int) v->text.len, v->text.data);
                break;
        default:
                (void) text_add(ret, v->text);
                break;
        }
}

static inline const char *code_word(int code) {
        switch (code) {
        case DECODE_MORE:
                return "end";
        case DECODE_E_SYNTAX:
                return "SYNTAX";
        case DECODE_E_SHAPE:
                return "SHAPE";
        case DECODE_E_LIMIT:
                return "LIMIT";
        default:
                return "ERRNO";
        }
}

static inline int drain_records(Decoder *d, Text *ret) {
        Record rec;
        int code;

        while ((code = decoder_next(d, &rec)) == DECODE_RECORD) {
                for (size_t i = 0; i < rec.n_values; i++) {
                        (void) text_add_str(ret, i ? " " : "");
                        render_value(&rec.values[i], ret);
                }
                (void) text_add_char(ret, '\n');
        }
        return code;
}

/* One line a record, then the outcome with its story, then the envelope. chunk 0: all at once. */
static inline int decode_body(const FormatCase *c, Bytes body, size_t chunk, bool with_story, Text *ret) {
        Decoder *d = NULL;
        int code = DECODE_MORE;

        assert_int_equal(decoder_open(&d, &c->format), 0);
        for (size_t at = 0; code == DECODE_MORE && at < body.len;) {
                size_t n = chunk && chunk < body.len - at ? chunk : body.len - at;

                code = decoder_feed(d, (Bytes){ body.data + at, n });
                if (code == 0)
                        code = drain_records(d, ret);
                at += n;
        }
        if (code == DECODE_MORE) {
                code = decoder_feed(d, BYTES_NULL);
                if (code == 0)
                        code = drain_records(d, ret);
        }
        (void) text_add_str(ret, code_word(code));
        if (with_story && code != DECODE_MORE)
                (void) text_printf(ret, " %s", d->story);
        for (size_t i = 0; i < d->n_envelope && (code == DECODE_MORE || code == DECODE_E_SHAPE); i++) {
                (void) text_add_str(ret, i ? " " : " | ");
                render_value(&d->envelope[i], ret);
        }
        d = decoder_free(d);
        assert_null(d);
        return code;
}

/* The body gives the same, whole and byte by byte and in other pieces; *ret is what it gives. */
static inline void decode_all_ways(const FormatCase *c, Bytes body, bool with_story, Text *ret) {
        static const size_t chunks[] = { 1, 2, 3, 7, 64, 4096, 5000 };

        (void) decode_body(c, body, 0, with_story, ret);
        for (size_t i = 0; i < ELEMENTS(chunks); i++) {
                _cleanup_(text_done) Text again = TEXT_INIT(1 << 24);

                (void) decode_body(c, body, chunks[i], with_story, &again);
                assert_string_equal(text_str(&again), text_str(ret));
        }
}

typedef struct FormatRow {
        const char *name;
        const char *yaml;
        const char *body;
        const char *want; /* as decode_body() writes it; with_story when it has a space behind the outcome's
                             word */
} FormatRow;

static inline bool check_format_row(const FormatRow *row) {
        _cleanup_(text_done) Text got = TEXT_INIT(1 << 24);
        FormatCase c;
        bool is_good;

        if (format_case_load(&c, row->yaml))
                decode_all_ways(&c, bytes_of(row->body), true, &got);
        else
                format_case_findings(&c, &got);
        is_good = strcmp(text_str(&got), row->want) == 0;
        if (!is_good)
                print_error("%s:\n--- want\n%s\n--- got\n%s\n", row->name, row->want, text_str(&got));
        format_case_done(&c);
        return is_good;
}

static inline void check_format_rows(const FormatRow *list, size_t n) {
        bool is_good = true;

        for (size_t i = 0; i < n; i++)
                is_good &= check_format_row(&list[i]);
        assert_true(is_good);
}

/* Loads and must complain with these words among the findings. */
static inline void check_finding(const char *yaml, const char *words) {
        _cleanup_(text_done) Text findings = TEXT_INIT(1 << 16);
        FormatCase c;

        assert_false(format_case_load(&c, yaml));
        format_case_findings(&c, &findings);
        if (!strstr(text_str(&findings), words))
                fail_msg("want \"%s\" in:\n%s", words, text_str(&findings));
        format_case_done(&c);
}

static inline void read_payload(const char *name, Text *ret) {
        char path[300];

        (void) snprintf(path, sizeof(path), "payloads/%s", name);
        if (file_read(path, ret) < 0)
                fail_msg("no %s", path);
}

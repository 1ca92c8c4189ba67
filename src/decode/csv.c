/* CSV (RFC 4180) with any delimiter, lines before the header and a footer behind the rows. */

#include <csv.h>
#include <errno.h>

#include "base/err.h"
#include "base/num.h"
#include "decode/csv.h"
#include "decode/decode_priv.h"

extern const FormatOps format_csv;

enum {
        COLUMNS_LIMIT = 2000,
        BLANKS_LIMIT = 65536,
};

typedef struct CsvSpec {
        FormatCommon common;
        char *delimiter;
        bool header;
        unsigned preamble;
        char *footer;
} CsvSpec;

/* A row as libcsv gives it: cells one after the other. */
typedef struct Cells {
        Text text;
        VEC(size_t) ends;
        size_t n_used; /* up to the last one that holds anything: spreadsheets pad rows with empty ones */
        bool is_full;
} Cells;

static Bytes cell(const Cells *c, size_t i) {
        size_t from = i ? c->ends.items[i - 1] : 0;

        return (Bytes){ c->text.data ? c->text.data + from : "", c->ends.items[i] - from };
}

/* White space of ASCII, or the first byte of a blank of several, as bytes_trim() knows them. */
static bool may_begin_blank(char c) {
        return (c >= '\0' && c <= ' ') || c == '\xC2' || c == '\xEF';
}

/* Of a cell that nobody asks for only counts whether it holds anything. */
static void cells_add(Cells *c, Bytes text, bool is_asked) {
        if (c->ends.len == COLUMNS_LIMIT || (is_asked && text_add(&c->text, text) < 0)) {
                c->is_full = true;
                return;
        }
        vec_push(&c->ends, c->text.len);
        /* The first byte ends the question for most cells. */
        if (text.len && (!may_begin_blank(*text.data) || bytes_trim(text).len))
                c->n_used = c->ends.len;
}

static void cells_clear(Cells *c) {
        text_clear(&c->text);
        c->ends.len = c->n_used = 0;
}

static void cells_done(Cells *c) {
        text_done(&c->text);
        vec_done(&c->ends);
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Column names are compared with runs of white space as one space: headers of spreadsheets are broken into
 * lines. */
static bool names_match(Bytes a, Bytes b) {
        size_t i = 0, k = 0;

        a = bytes_trim(a);
        b = bytes_trim(b);
        while (i < a.len && k < b.len) {
                bool blank = is_blank(a.data[i]);

                if (blank != is_blank(b.data[k]) || (!blank && a.data[i] != b.data[k]))
                        return false;
                do
                        i++;
                while (blank && i < a.len && is_blank(a.data[i]));
                do
                        k++;
                while (blank && k < b.len && is_blank(b.data[k]));
        }
        return i == a.len && k == b.len;
}

/* 1, 0 (none), or 2 (several). */
static int find_column(const Cells *header, Bytes name, size_t *ret) {
        int found = 0;

        for (size_t i = 0; i < header->ends.len; i++)
                if (names_match(cell(header, i), name)) {
                        *ret = i;
                        found = found ? 2 : 1;
                }
        return found;
}

static void list_columns(const DecoderBase *b, const Cells *header, Text *ret) {
        for (size_t i = 0; i < header->ends.len && ret->len < 60; i++) {
                char name[48];

                (void) text_printf(ret, "%s\"%s\"", i ? ", " : "",
                                decoder_quote(b, bytes_trim(cell(header, i)), name, sizeof(name)));
        }
}

/* ---- the format ---- */

typedef struct CsvProgram {
        const CsvSpec *spec;
        size_t *numbers; /* selectors of the form #3: from 1; 0: by name */
} CsvProgram;

typedef struct CsvDecoder {
        DecoderBase base; /* begins with a Decoder */
        const CsvProgram *program;
        struct csv_parser parser;
        bool has_parser;
        unsigned to_skip; /* lines of the preamble */
        Cells row;
        bool has_header, is_over;
        size_t n_columns; /* of the header */
        size_t *columns;  /* of each field */
        bool *is_asked;   /* of each column, up to the last that a field is in */
        size_t n_asked;
        int code;
} CsvDecoder;

/* The first one tells the footer. */
static void ask_columns(CsvDecoder *d) {
        size_t n = d->base.common->fields.len;

        d->n_asked = 1;
        for (size_t i = 0; i < n; i++)
                if (d->columns[i] >= d->n_asked)
                        d->n_asked = d->columns[i] + 1;
        d->is_asked = NEW_N(bool, d->n_asked);
        d->is_asked[0] = true;
        for (size_t i = 0; i < n; i++)
                d->is_asked[d->columns[i]] = true;
}

static int set_columns(CsvDecoder *d) {
        const ConfPairs *fields = &d->base.common->fields;

        for (size_t i = 0; i < fields->len; i++) {
                int found;

                d->columns[i] = d->program->numbers[i] - 1;
                if (d->program->numbers[i])
                        continue;
                found = find_column(&d->row, bytes_of(fields->items[i].value), &d->columns[i]);
                if (found == 2)
                        return decoder_fail(&d->base, DECODE_E_SHAPE,
                                        "column \"%s\" stands twice in the header", fields->items[i].value);
                if (!found) {
                        _cleanup_(text_done) Text names = TEXT_INIT(120);

                        list_columns(&d->base, &d->row, &names);
                        return decoder_fail(&d->base, DECODE_E_SHAPE,
                                        "no column \"%s\"; the header begins with %s", fields->items[i].value,
                                        text_str(&names));
                }
        }
        d->n_columns = d->row.ends.len;
        ask_columns(d);
        return 0;
}

static int begin_rows(CsvDecoder *d) {
        int r = set_columns(d);

        d->has_header = true;
        d->base.pub.has_seen_records = r == 0;
        return r;
}

/* The cells lie in one piece and are taken over as such. */
static int take_cells(CsvDecoder *d, size_t row) {
        size_t at = d->base.rows.bytes.len, n = d->base.rows.n_fields;
        Slot piece, *to;

        if (rows_store(&d->base.rows, VALUE_TEXT, text_bytes(&d->row.text), &piece) < 0)
                return decoder_too_much(&d->base);
        to = rows_slots(&d->base.rows, row);
        for (size_t i = 0; i < n; i++) {
                size_t column = d->columns[i], from;

                if (column >= d->row.ends.len)
                        continue;
                from = column ? d->row.ends.items[column - 1] : 0;
                to[i] = (Slot){ VALUE_TEXT, at + from, d->row.ends.items[column] - from };
        }
        return 0;
}

/* Cells that need a look one by one. */
static int put_cells(CsvDecoder *d, size_t row, bool is_wide) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < d->base.rows.n_fields; i++) {
                if (is_wide)
                        r = decoder_put(&d->base, row, i, VALUE_FAILED,
                                        BYTES_LIT("the row has more cells than the header"));
                else if (d->columns[i] < d->row.ends.len)
                        r = decoder_put(&d->base, row, i, VALUE_TEXT, cell(&d->row, d->columns[i]));
        }
        return r;
}

static int add_record(CsvDecoder *d) {
        bool is_wide = d->program->spec->header && d->row.n_used > d->n_columns;
        Bytes text = text_bytes(&d->row.text);
        size_t row;
        int r = decoder_add_row(&d->base, &row);

        if (r == 0)
                r = is_wide || (text.len && memchr(text.data, '\0', text.len)) ? put_cells(d, row, is_wide) : take_cells(d, row);
        if (r == 0)
                rows_make_ready(&d->base.rows);
        return r;
}

static int end_row(CsvDecoder *d) {
        const CsvSpec *spec = d->program->spec;

        if (d->row.is_full)
                return decoder_fail(&d->base, DECODE_E_LIMIT,
                                "a row is longer than its bound: raise `max_value` if that is right");
        if (d->is_over || !d->row.n_used)
                return 0;
        if (!d->has_header && spec->header)
                return begin_rows(d);
        if (spec->footer && bytes_starts(bytes_trim(cell(&d->row, 0)), spec->footer)) {
                d->is_over = true;
                return 0;
        }
        return add_record(d);
}

static int too_long_a_cell(CsvDecoder *d) {
        return decoder_fail(&d->base, DECODE_E_LIMIT,
                        "a cell is longer than %llu bytes: raise `max_value` if that is right",
                        (unsigned long long) d->base.common->max_value);
}

static void on_cell(void *text, size_t len, void *userdata) {
        CsvDecoder *d = userdata;

        if (len > d->base.common->max_value && d->code == 0)
                d->code = too_long_a_cell(d);
        cells_add(&d->row, (Bytes){ text, len },
                        !d->has_header || (d->row.ends.len < d->n_asked && d->is_asked[d->row.ends.len]));
}

/* libcsv gathers a cell in memory until it ends; blanks behind it are gathered, too, and cut in the end. */
static bool is_cell_too_long(const CsvDecoder *d) {
        size_t len = d->parser.entry_pos;

        return len - d->parser.spaces > d->base.common->max_value ||
               len > d->base.common->max_value + BLANKS_LIMIT;
}

static void on_row(int end _unused_, void *userdata) {
        CsvDecoder *d = userdata;

        if (d->code == 0)
                d->code = end_row(d);
        cells_clear(&d->row);
}

static Bytes skip_preamble(CsvDecoder *d, Bytes slice) {
        while (d->to_skip && slice.len) {
                d->to_skip -= *slice.data == '\n';
                slice = (Bytes){ slice.data + 1, slice.len - 1 };
        }
        return slice;
}

static int csv_consume(DecoderBase *base, Bytes slice) {
        CsvDecoder *d = (CsvDecoder *) base;
        Bytes rest = skip_preamble(d, slice);
        size_t n;

        n = rest.len ? csv_parse(&d->parser, rest.data, rest.len, on_cell, on_row, d) : 0;
        if (d->code != 0)
                return d->code;
        if (is_cell_too_long(d))
                return too_long_a_cell(d);
        if (n != rest.len) {
                char place[64];

                return decoder_fail(base, DECODE_E_SYNTAX,
                                "%s: quotes in the middle of a cell, or text behind the quotes that end one",
                                decoder_place(base, slice, slice.len - rest.len + n, place, sizeof(place)));
        }
        return 0;
}

static int csv_finish(DecoderBase *base) {
        CsvDecoder *d = (CsvDecoder *) base;

        if (csv_fini(&d->parser, on_cell, on_row, d) != 0)
                return decoder_fail(base, DECODE_E_SYNTAX,
                                "the body ends within quotes: a cell that was opened is not closed");
        if (d->code != 0)
                return d->code;
        return d->has_header ? 0 : decoder_fail(base, DECODE_E_SHAPE, "there is no header row");
}

static const DecoderWork csv_work = { .consume = csv_consume, .finish = csv_finish };

static Decoder *csv_free_decoder(Decoder *dec) {
        CsvDecoder *d = (CsvDecoder *) dec;

        if (!d)
                return NULL;
        if (d->has_parser)
                csv_free(&d->parser);
        cells_done(&d->row);
        xfree(d->columns);
        xfree(d->is_asked);
        decoder_base_done(&d->base);
        return xfree(d);
}

static int csv_open(Decoder **ret, const void *spec, const void *program) {
        CsvDecoder *d = NEW(CsvDecoder);
        const CsvSpec *s = spec;
        int r = decoder_base_init(&d->base, &format_csv, &s->common, &csv_work);

        d->program = program;
        d->to_skip = s->preamble;
        d->row.text = TEXT_INIT(s->common.max_value * 8);
        d->columns = NEW_N(size_t, s->common.fields.len + 1);
        d->has_parser = csv_init(&d->parser, CSV_STRICT | CSV_STRICT_FINI) == 0;
        if (r < 0 || !d->has_parser) {
                (void) csv_free_decoder(&d->base.pub);
                return r < 0 ? r : err(-ENOMEM, "libcsv did not start");
        }
        csv_set_delim(&d->parser, (unsigned char) *s->delimiter);
        if (!s->header)
                (void) begin_rows(d); /* all by number: that cannot fail */
        *ret = &d->base.pub;
        return 0;
}

/* "#3": the third column. */
static bool parse_number(const char *selector, size_t *ret) {
        uint64_t v;

        if (*selector != '#' || num_parse_u64(bytes_of(selector + 1), &v) < 0 || v == 0 || v > COLUMNS_LIMIT)
                return false;
        *ret = (size_t) v;
        return true;
}

static void check_spec(const CsvSpec *s, const ConfNode *at, Diag *diag) {
        if (s->common.records)
                diag_error(diag, conf_child(at, "records"), "a table needs no `records`: every row is one");
        if (s->common.envelope.len)
                diag_error(diag, conf_child(at, "envelope"), "a table has no envelope");
        if (strlen(s->delimiter) != 1 || *s->delimiter == '"' || *s->delimiter == '\n')
                diag_error(diag, conf_child(at, "delimiter"),
                                "the delimiter is one character, such as \";\" or a tab");
}

static int csv_compile(const void *spec, const ConfNode *at, Arena *arena, Diag *diag, void **ret) {
        const CsvSpec *s = spec;
        CsvProgram *p = ARENA_NEW(arena, CsvProgram);

        if (p)
                p->numbers = ARENA_NEW_N(arena, size_t, s->common.fields.len + 1);
        if (!p || !p->numbers)
                return err(-E2BIG, "configuration is larger than its bound");
        p->spec = s;
        check_spec(s, at, diag);
        for (size_t i = 0; i < s->common.fields.len; i++) {
                const ConfPair *pair = &s->common.fields.items[i];

                if (!parse_number(pair->value, &p->numbers[i]) && !s->header)
                        diag_error(diag, pair->node,
                                        "\"%s\": without a header columns are told by number, such as \"#3\"",
                                        pair->value);
        }
        *ret = p;
        return 0;
}

static const ConfField csv_fields[] = { FORMAT_COMMON_FIELDS("Not used: every row is a record. Selectors are "
                                                             "column names, or numbers such as `#3`."),
        FIELD(CsvSpec, delimiter, 0, ",", "The character between two cells."),
        FIELD(CsvSpec, header, 0, "yes", "The first row names the columns."),
        FIELD_RANGE(CsvSpec, preamble, 0, "0", 0, 1000, "Lines before the header that are passed over."),
        FIELD(CsvSpec, footer, 0, NULL,
                        "The row whose first cell begins with this text, and all behind it, are no records."),
        {} };

static const char *const csv_types[] = { "text/csv", "text/plain", "application/csv",
        "application/vnd.ms-excel", "application/octet-stream", NULL };

const FormatOps format_csv = {
        .info = { .kind = "csv",
                        .help = "A table in text (RFC 4180). Rows without any content are passed over.",
                        .fields = csv_fields,
                        .spec_size = sizeof(CsvSpec) },
        .content_types = csv_types,
        .compile = csv_compile,
        .open = csv_open,
        .feed = decoder_base_feed,
        .next = decoder_base_next,
        .free = csv_free_decoder,
};

/* ---- tables of our own ---- */

typedef struct Table {
        const char *file;
        const CsvColumn *columns;
        size_t n;
        Diag *diag;
        CsvRow row;
        void *userdata;
        Cells cells;
        size_t *at; /* column of each that was asked for; SIZE_MAX: absent */
        Bytes *view;
        size_t n_header;
        bool has_header;
        unsigned line, row_line;
        int code;
} Table;

static int table_header(Table *t) {
        t->has_header = true;
        t->n_header = t->cells.ends.len;
        for (size_t i = 0; i < t->n; i++) {
                int found = find_column(&t->cells, bytes_of(t->columns[i].name), &t->at[i]);

                if (!found)
                        t->at[i] = SIZE_MAX;
                if (found == 2 || (!found && t->columns[i].is_required)) {
                        diag_error_at(t->diag, t->file, t->row_line, 1,
                                        found ? "column \"%s\" stands twice" : "there is no column \"%s\"",
                                        t->columns[i].name);
                        t->code = 1;
                }
        }
        return t->code;
}

static int table_row(Table *t) {
        if (!t->cells.n_used)
                return 0;
        if (!t->has_header)
                return table_header(t);
        if (t->cells.n_used > t->n_header) {
                diag_error_at(t->diag, t->file, t->row_line, 1, "the row has %zu cells, the header %zu",
                                t->cells.n_used, t->n_header);
                return 0;
        }
        for (size_t i = 0; i < t->n; i++)
                t->view[i] = t->at[i] < t->cells.ends.len ? bytes_trim(cell(&t->cells, t->at[i]))
                                                          : BYTES_LIT("");
        return t->row(t->userdata, t->row_line, t->view);
}

static void on_table_cell(void *text, size_t len, void *userdata) {
        Table *t = userdata;

        cells_add(&t->cells, (Bytes){ text, len }, true);
}

static void on_table_row(int end _unused_, void *userdata) {
        Table *t = userdata;

        if (t->code == 0)
                t->code = table_row(t);
        cells_clear(&t->cells);
        t->row_line = t->line + 1;
}

/* Line by line, so that each row knows where it begins. */
static int read_lines(Table *t, struct csv_parser *parser, Bytes text) {
        t->line = t->row_line = 1;
        while (text.len && t->code == 0) {
                const char *end = memchr(text.data, '\n', text.len);
                size_t n = end ? (size_t) (end - text.data) + 1 : text.len;

                if (csv_parse(parser, text.data, n, on_table_cell, on_table_row, t) != n) {
                        diag_error_at(t->diag, t->file, t->line, 1,
                                        "quotes in the middle of a cell, or text behind the quotes that end "
                                        "one");
                        return 1;
                }
                if (t->cells.ends.len == 0 && parser->entry_pos == 0 && !parser->quoted)
                        t->row_line = t->line + 1;
                t->line++;
                text = (Bytes){ text.data + n, text.len - n };
        }
        if (t->code == 0 && csv_fini(parser, on_table_cell, on_table_row, t) != 0) {
                diag_error_at(t->diag, t->file, t->row_line, 1, "quotes that are opened here are not closed");
                return 1;
        }
        return t->code;
}

int csv_read(const char *file, Bytes text, const CsvColumn *columns, size_t n, Diag *diag, CsvRow row,
                void *userdata) {
        Table t = { .file = file,
                .columns = columns,
                .n = n,
                .diag = diag,
                .row = row,
                .userdata = userdata,
                .cells.text = TEXT_INIT((size_t) 1 << 24) };
        struct csv_parser parser;
        size_t bad_at;
        int r;

        if (text.len >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0)
                text = (Bytes){ text.data + 3, text.len - 3 };
        if (!bytes_is_utf8(text, &bad_at)) {
                diag_error_at(diag, file, 0, 0, "byte %zu of the file is no UTF-8", bad_at);
                return 1;
        }
        if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
                return err(-ENOMEM, "libcsv did not start");
        t.at = NEW_N(size_t, n + 1);
        t.view = NEW_N(Bytes, n + 1);
        r = read_lines(&t, &parser, text);
        if (r == 0 && !t.has_header) {
                diag_error_at(diag, file, 0, 0, "the table is empty: not even a header row");
                r = 1;
        }
        csv_free(&parser);
        cells_done(&t.cells);
        xfree(t.at);
        xfree(t.view);
        return r;
}

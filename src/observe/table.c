/* Table: cells are kept as cleaned text; widths are known only when all are there. */

#include "base/vec.h"
#include "observe/display.h"
#include "observe/table.h"

enum { CELL_MAX = 4096, WRAP_WIDTH = 100, NOTE_INDENT = 4, GAP = 2, CUT_MIN = 12 };

typedef struct Cell {
        char *text;
        size_t width;
        TableColour colour;
} Cell;

typedef struct Note {
        size_t row;
        char *words;
        TableColour colour;
} Note;

struct Table {
        const TableColumn *columns;
        size_t n_columns;
        size_t width;           /* of the terminal; 0: any */
        VEC(Cell) cells;
        VEC(Note) notes;
};

static const char *const colour_codes[_TABLE_COLOUR_MAX] = {
        [TABLE_BOLD] = "\033[1m",
        [TABLE_FAINT] = "\033[2m",
        [TABLE_GOOD] = "\033[32m",
        [TABLE_WARN] = "\033[33m",
        [TABLE_BAD] = "\033[31m",
};

Table *table_new(const TableColumn *columns, size_t n_columns) {
        Table *t = NEW(Table);

        t->columns = columns;
        t->n_columns = n_columns;
        return t;
}

Table *table_free(Table *t) {
        if (!t)
                return NULL;
        VEC_EACH(c, &t->cells)
                (void) xfree(c->text);
        VEC_EACH(n, &t->notes)
                (void) xfree(n->words);
        vec_done(&t->cells);
        vec_done(&t->notes);
        return xfree(t);
}

void table_cell(Table *t, TableColour colour, const char *format, ...) {
        const TableColumn *column = &t->columns[t->cells.len % t->n_columns];
        _cleanup_(text_done) Text raw = TEXT_INIT(CELL_MAX), clean = TEXT_INIT(2 * CELL_MAX);
        Cell cell = { .colour = colour };
        va_list ap;

        va_start(ap, format);
        (void) text_vprintf(&raw, format, ap);
        va_end(ap);
        if (column->max_width)
                display_cut(text_bytes(&raw), column->max_width, &clean);
        else
                display_clean(text_bytes(&raw), &clean);
        cell.width = display_width(text_bytes(&clean));
        cell.text = text_take(&clean);
        vec_push(&t->cells, cell);
}

void table_fit(Table *t, unsigned width) {
        t->width = width;
}

size_t table_rows(const Table *t) {
        return (t->cells.len + t->n_columns - 1) / t->n_columns;
}

void table_note(Table *t, TableColour colour, const char *words) {
        Note note = { .row = table_rows(t), .words = xstrdup(words), .colour = colour };

        vec_push(&t->notes, note);
}

void table_paint(TableColour colour, bool with_colour, const char *words, Text *ret) {
        bool is_painted = with_colour && colour_codes[colour];

        (void) text_add_str(ret, is_painted ? colour_codes[colour] : "");
        (void) text_add_str(ret, words);
        (void) text_add_str(ret, is_painted ? "\033[0m" : "");
}

/* 0: nothing stands in the column. */
static size_t column_width(const Table *t, size_t column) {
        size_t head = display_width(bytes_of(t->columns[column].head)), width = 0;

        for (size_t i = column; i < t->cells.len; i += t->n_columns)
                width = t->cells.items[i].width > width ? t->cells.items[i].width : width;
        if (width == 0)
                return 0;
        return head > width ? head : width;
}

/* How far a column may be cut; 0: not at all. */
static size_t floor_of(const Table *t, size_t column) {
        size_t head = display_width(bytes_of(t->columns[column].head));

        return t->columns[column].max_width == 0 ? 0 : head > CUT_MIN ? head : CUT_MIN;
}

static void make_fit(const Table *t, size_t *widths) {
        size_t total = 0;

        for (size_t c = 0; c < t->n_columns; c++)
                total += widths[c] ? widths[c] + (total ? GAP : 0) : 0;
        while (t->width && total > t->width) {
                size_t widest = t->n_columns;

                for (size_t c = 0; c < t->n_columns; c++)
                        if (floor_of(t, c) && widths[c] > floor_of(t, c) && (widest == t->n_columns || widths[c] > widths[widest]))
                                widest = c;
                if (widest == t->n_columns)
                        return;
                widths[widest]--;
                total--;
        }
}

/* Spaces are written only when something follows them, so that no line ends in one. */
static void add_cell(const TableColumn *column, size_t column_wide, const Cell *cell, bool with_colour,
                size_t *pending, Text *ret) {
        _cleanup_(text_done) Text cut = TEXT_INIT(2 * CELL_MAX);
        bool is_cut = cell->width > column_wide;
        size_t width, pad;

        if (is_cut)
                display_cut(bytes_of(cell->text), column_wide, &cut);
        width = is_cut ? display_width(text_bytes(&cut)) : cell->width;
        pad = column_wide - width;
        *pending += column->is_right ? pad : 0;
        if (width) {
                for (; *pending; --*pending)
                        (void) text_add_char(ret, ' ');
                table_paint(cell->colour, with_colour, is_cut ? text_str(&cut) : cell->text, ret);
        }
        *pending += (column->is_right ? 0 : pad) + GAP;
}

static void add_notes(const Table *t, size_t row, bool with_colour, Text *ret) {
        size_t width = t->width && t->width < WRAP_WIDTH ? t->width : WRAP_WIDTH;

        VEC_EACH(n, &t->notes) {
                _cleanup_(text_done) Text words = TEXT_INIT(2 * CELL_MAX);

                if (n->row != row)
                        continue;
                display_wrap(bytes_of(n->words), NOTE_INDENT, width, &words);
                table_paint(n->colour, with_colour, text_str(&words), ret);
        }
}

void table_render(const Table *t, bool with_colour, Text *ret) {
        _free_ size_t *widths = NEW_N(size_t, t->n_columns);
        size_t pending = 0;

        for (size_t c = 0; c < t->n_columns; c++)
                widths[c] = column_width(t, c);
        make_fit(t, widths);
        for (size_t c = 0; c < t->n_columns; c++) {
                Cell head = { .colour = TABLE_BOLD, .width = display_width(bytes_of(t->columns[c].head)) };

                if (!widths[c])
                        continue;
                head.text = xstrdup(t->columns[c].head);
                add_cell(&t->columns[c], widths[c], &head, with_colour, &pending, ret);
                (void) xfree(head.text);
        }
        (void) text_add_char(ret, '\n');
        for (size_t row = 0; row < table_rows(t); row++) {
                pending = 0;
                for (size_t c = 0; c < t->n_columns && row * t->n_columns + c < t->cells.len; c++)
                        if (widths[c])
                                add_cell(&t->columns[c], widths[c], &t->cells.items[row * t->n_columns + c],
                                                with_colour, &pending, ret);
                (void) text_add_char(ret, '\n');
                add_notes(t, row + 1, with_colour, ret);
        }
}

/* A table of text, aligned by what is seen on a terminal, with colours only when asked. */
#pragma once

#include "base/bytes.h"

typedef enum TableColour {
        TABLE_PLAIN,
        TABLE_BOLD,
        TABLE_FAINT,
        TABLE_GOOD,
        TABLE_WARN,
        TABLE_BAD,
        _TABLE_COLOUR_MAX,
} TableColour;

typedef struct TableColumn {
        const char *head;
        bool is_right;      /* numbers */
        unsigned max_width; /* longer cells are cut; 0: no bound */
} TableColumn;

typedef struct Table Table;

/* Columns are borrowed. */
Table *table_new(const TableColumn *columns, size_t n_columns);
Table *table_free(Table *t);
DEFINE_CLEANUP(Table *, table_free)
/* Cells go from left to right; the one after the last column begins the next row. */
void table_cell(Table *t, TableColour colour, const char *format, ...) _printf_(3, 4);
/* Words under the row that was begun or ended last, indented and wrapped. */
void table_note(Table *t, TableColour colour, const char *words);
/* Where a row would be wider than so many columns, those with a max_width give way, the widest first, and notes are wrapped there too. 0: as wide as it gets. */
void table_fit(Table *t, unsigned width);
size_t table_rows(const Table *t);
/* Empty columns are left out. No line ends in spaces. */
void table_render(const Table *t, bool with_colour, Text *ret);

/* One piece of coloured text. */
void table_paint(TableColour colour, bool with_colour, const char *words, Text *ret);

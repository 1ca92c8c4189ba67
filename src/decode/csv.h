/* CSV tables that are read in one go: files of this program's own, with findings that know the line. */
#pragma once

#include "base/bytes.h"
#include "config/diag.h"

typedef struct CsvColumn {
        const char *name;
        bool is_required; /* otherwise the column may be absent: its cells are empty then */
} CsvColumn;

/* cells in the order of the columns asked for, valid during the call; line is that of the row's first
 * character. Nonzero stops and is returned. */
typedef int (*CsvRow)(void *userdata, unsigned line, const Bytes *cells);

/* UTF-8, comma, RFC 4180, first row names the columns (any order, columns that were not asked for are passed
 * over). Rows without any content are passed over. Findings (no such column, unclosed quotes, more cells than
 * columns) are errors in diag at file: 1. 0, or what row returned. */
int csv_read(const char *file, Bytes text, const CsvColumn *columns, size_t n, Diag *diag, CsvRow row,
                void *userdata);

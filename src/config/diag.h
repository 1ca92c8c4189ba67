/* Findings about configuration: file:line:col, severity, message, hint. All are collected; nothing stops at the first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

struct ConfNode;

typedef enum DiagSeverity {
        DIAG_WARNING,
        DIAG_ERROR,
} DiagSeverity;

typedef struct Finding {
        DiagSeverity severity;
        char *file;
        unsigned line;          /* from 1; 0: the file as a whole */
        unsigned col;
        char *message;          /* lower case, no full stop: what is wrong and what would be right */
} Finding;

typedef struct Diag Diag;

Diag *diag_new(void);
Diag *diag_free(Diag *d);
DEFINE_CLEANUP(Diag *, diag_free)

/* node may be NULL (file and line then unknown). */
void diag_error(Diag *d, const struct ConfNode *node, const char *format, ...) _printf_(3, 4);
void diag_warn(Diag *d, const struct ConfNode *node, const char *format, ...) _printf_(3, 4);
void diag_error_at(Diag *d, const char *file, unsigned line, unsigned col, const char *format, ...) _printf_(5, 6);

size_t diag_errors(const Diag *d);
size_t diag_warnings(const Diag *d);
size_t diag_len(const Diag *d);
const Finding *diag_get(const Diag *d, size_t i);       /* sorted by file, line, column */

void diag_render(const Diag *d, Text *ret);             /* one line a finding: file:line:col: [warning: ]message */
void diag_render_json(const Diag *d, Text *ret);

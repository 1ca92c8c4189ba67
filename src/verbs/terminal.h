/* The terminal: whether there is one, how wide it is, and the line that tells how far long work is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "store/pg.h"

/* Of standard output: a terminal that knows colours (TERM is not "dumb"), and nobody has set NO_COLOR. */
bool terminal_has_colour(void);
/* Columns of standard output; 0: it is no terminal, or does not say. */
unsigned terminal_width(void);

/* One line on standard error that the next one takes the place of, where that is a terminal; elsewhere nothing is written. It is cut to the width of the terminal. */
void terminal_line(const char *format, ...) _printf_(1, 2);
/* "WHAT: 3 of 12 (25 %)" */
void terminal_progress(const char *what, uint64_t done, uint64_t total);
/* The line goes; before anything else is printed. Nothing happens when there is none. */
void terminal_over(void);
/* While statements of pg_run() are waited for: "WHAT: 3 s". what is borrowed until the next call; NULL: no longer, and the line goes. */
void terminal_waits(Pg *pg, const char *what);

/* Text on a terminal: how wide it is, and what of it is safe to show. UTF-8 without a locale. */
#pragma once

#include "base/bytes.h"
#include "base/usec.h"

/* Columns that the text takes: 0 for combining marks (Vietnamese in decomposed form), 2 for wide characters
 * (East Asian Width W and F), otherwise 1. */
size_t display_width(Bytes text);

/* As it may be shown: line breaks and tabs become spaces, other control characters, direction overrides and
 * bytes that are not UTF-8 become U+FFFD. What servers answer ends in these words, so they must not be able
 * to steer the terminal. */
void display_clean(Bytes text, Text *ret);

/* Cleaned, and cut to max columns (at least 1); the last one is then an ellipsis. */
void display_cut(Bytes text, size_t max, Text *ret);

/* Cleaned, broken at spaces so that no line is wider than max columns where that is possible, each line after
 * `indent` spaces and ended by a line break. */
void display_wrap(Bytes text, size_t indent, size_t max, Text *ret);

/* A span for people, in its largest unit, cut: "42 s", "3 min", "5 h", "12 d". */
void display_span(usec_t span, Text *ret);

/* "12 345" */
void display_count(uint64_t n, Text *ret);

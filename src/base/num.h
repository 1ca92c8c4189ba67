/* Strict numbers in text: no locale, no white space, no floating point. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Whole text must be a decimal integer in range. 0 or -EINVAL, -ERANGE; ret untouched on failure. */
int num_parse_i64(Bytes text, int64_t *ret);
int num_parse_u64(Bytes text, uint64_t *ret);

/* A decimal: -?digits(.digits)?([eE][+-]?digits)? as JSON writes it. True if so. */
bool num_is_decimal(Bytes text);

/* Canonical decimal text: no exponent, no leading "+", no trailing zeros after the point, no "-0".
 * 0, -EINVAL (not a decimal), -ERANGE (over 60 digits on either side of the point). */
int num_canonical(Bytes text, Text *ret);

/* Compares two canonical or plain decimals as numbers: <0, 0, >0. Both must be decimals (asserted). */
int num_compare(Bytes a, Bytes b);

/* text x 10^power, canonical. 0, -EINVAL, -ERANGE. */
int num_shift(Bytes text, int power, Text *ret);

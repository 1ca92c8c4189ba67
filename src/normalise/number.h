/* Numbers as sources write them, to canonical decimal text. No floating point. */
#pragma once

#include "base/bytes.h"

typedef enum NumberForm {
        NUMBER_PLAIN, /* 99.5  -3  1e3: as JSON writes it */
        NUMBER_VI, /* 99,5  1.234  1.234.567,89  1 234: comma before decimals, points or blanks between groups
                      of three */
        NUMBER_EN, /* 99.5  1,234  1,234,567.89 */
        NUMBER_PERCENT, /* 12%  99,5 %  99.5%: the figure before the sign, not divided by 100 */
        _NUMBER_FORM_MAX,
} NumberForm;

extern const char *const number_form_words[]; /* "plain", "vi", "en", "percent", NULL */

/* White space around it (byte order marks and U+00A0 included) does not count. 0, -EINVAL (no number of that
 * form), -ERANGE (over 60 digits). "1.234" is 1.234 in the plain form and 1234 in the Vietnamese one: the
 * form is stated, never guessed. */
int number_parse(Bytes text, NumberForm form, Text *ret);

/* The sum of two canonical decimals, canonical. 0, -ERANGE. */
int number_add(Bytes a, Bytes b, Text *ret);

/* Names as people write them, to one form: so that two spellings of one name are the same bytes. */
#pragma once

#include "base/bytes.h"

/* Composes letters (NFC for all letters that Vietnamese uses, in either case; other letters pass unchanged),
 * takes white space off both ends, makes any run of white space one blank, and drops byte order marks. With
 * folds_case capitals become small letters, for the same letters and Latin Extended-A. 0, or -E2BIG when ret
 * is full. Bytes that are no UTF-8 pass unchanged. */
int name_normalise(Bytes name, bool folds_case, Text *ret);

/* Writing captured JSON again. */
#pragma once

#include "decode/decode.h"

/* In quotes; only what must be is escaped. */
void json_write_text(Text *to, Bytes text);
/* Before each value and key: adds a comma unless something was just opened. */
void json_write_comma(Text *to);
/* Are two of the keys of an object equal? By their hashes, which come out sorted. */
bool json_keys_repeat(uint64_t *hashes, size_t n);
/* "a number", "a list": what stands there, for messages. */
const char *json_kind_words(ValueKind kind, bool is_array);

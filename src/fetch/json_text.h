/* JSON text of a small, whole document: find, read and replace one value by its path. For tokens, faults
 * and page numbers in a body; data goes through the decoder. The whole document is checked (RFC 8259);
 * depth is bounded by 64. A path is ".a.b" or ".\"a name\".b". */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

bool json_path_is_valid(const char *path);

/* 1: *ret is the value as it stands in doc (a string with its quotes), 0: not there, -EINVAL: not JSON, or
 * the member comes twice. A byte order mark before it is passed over. */
int json_text_find(Bytes doc, const char *path, Bytes *ret);

/* Appends the characters of a JSON string (value with its quotes), or a number, true, false as they stand.
 * 0; -EINVAL: null, list or object, or a bad escape. */
int json_text_scalar(Bytes value, Text *ret);

/* Both at once. 1: appended, 0: not there or null, -EINVAL as above. */
int json_text_get(Bytes doc, const char *path, Text *ret);

/* Replaces the value at path by raw (JSON as it is to stand), or adds the member to its object. Missing
 * objects on the way are made. Appends the new document to ret. -EINVAL: doc is not JSON, or something on
 * the way is not an object. */
int json_text_put(Bytes doc, const char *path, Bytes raw, Text *ret);

/* Appends s as a JSON string without the quotes. */
void json_text_escape(Bytes s, Text *ret);

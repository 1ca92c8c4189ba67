/* JSON writer: appends to a Text, puts commas and quotes, checks nesting by assert. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

typedef struct JsonOut {
        Text *to;
        unsigned depth;
        bool needs_comma;
        bool is_pretty;
        bool has_key;           /* a key was written and waits for its value */
        uint64_t objects;       /* bit n: level n is an object */
} JsonOut;

#define JSON_DEPTH_MAX 64

#define JSON_OUT(text) ((JsonOut){ .to = (text) })

void json_object(JsonOut *j);                           /* { */
void json_object_end(JsonOut *j);
void json_array(JsonOut *j);
void json_array_end(JsonOut *j);
void json_key(JsonOut *j, const char *key);
void json_str(JsonOut *j, const char *s);               /* NULL writes null; bytes that are not UTF-8 become U+FFFD */
void json_bytes(JsonOut *j, Bytes b);
void json_int(JsonOut *j, int64_t v);
void json_uint(JsonOut *j, uint64_t v);
void json_bool(JsonOut *j, bool v);
void json_null(JsonOut *j);
void json_number(JsonOut *j, Bytes decimal);            /* a decimal as text, written as it is */

/* key and value in one call */
void json_pair_str(JsonOut *j, const char *key, const char *s);
void json_pair_int(JsonOut *j, const char *key, int64_t v);
void json_pair_bool(JsonOut *j, const char *key, bool v);

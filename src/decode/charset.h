/* Bytes of any character set to checked UTF-8, chunk by chunk; a byte order mark at the beginning is taken
 * off. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

typedef struct Charset Charset;

bool charset_is_known(const char *name);

/* declared NULL: UTF-8. A byte order mark (UTF-8, UTF-16) says more than any declaration and wins. -EINVAL:
 * unknown name (note). */
int charset_new(Charset **ret, const char *declared);
Charset *charset_free(Charset *c);
DEFINE_CLEANUP(Charset *, charset_free)

/* Appends to out what is valid. 0, or -EILSEQ: at charset_bad_at() bytes of the body there is no character of
 * that set; what came before it is in out. */
int charset_feed(Charset *c, Bytes chunk, Text *out);
int charset_end(Charset *c, Text *out); /* -EILSEQ: the body ends within a character */
uint64_t charset_bad_at(const Charset *c);
const char *charset_name(const Charset *c); /* in use: the declared one, or that of the mark */

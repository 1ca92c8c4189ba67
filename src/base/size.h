/* Sizes in bytes as an operator writes them. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"

/* "64 KiB", "1 GiB", "512 B": a unit (B KiB MiB GiB TiB) is mandatory, but for "0". 0, -EINVAL, -ERANGE. */
int size_parse(Bytes text, uint64_t *ret);
void size_render(uint64_t bytes, Text *ret);            /* "1.5 GiB", for people */

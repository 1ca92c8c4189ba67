/* Arena: memory that dies together, with a limit given at birth. Reaching the limit is an outcome (NULL), not a crash. */
#pragma once

#include <stddef.h>

#include "base/bytes.h"
#include "base/cleanup.h"

typedef struct Arena Arena;

Arena *arena_new(size_t limit_bytes);
Arena *arena_free(Arena *a);
DEFINE_CLEANUP(Arena *, arena_free)
void arena_reset(Arena *a);                             /* everything is gone; the first block is kept for reuse */
size_t arena_used(const Arena *a);

/* Zeroed, aligned for pointers and 64-bit numbers (not for long double); NULL when the limit is reached. */
void *arena_alloc(Arena *a, size_t size);
/* Texts lie side by side, without gaps. */
char *arena_strdup(Arena *a, const char *s);            /* NULL stays NULL */
char *arena_dup(Arena *a, Bytes b);                     /* NUL-terminated copy */
char *arena_printf(Arena *a, const char *format, ...) _printf_(2, 3);

#define ARENA_NEW(a, T) ((T *) arena_alloc((a), sizeof(T)))
#define ARENA_NEW_N(a, T, n) ((T *) arena_alloc((a), sizeof(T) * (n)))

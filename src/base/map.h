/* Map: from text to pointer, open hashing, insertion order kept when walked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

typedef struct Map Map;
typedef void *(*MapFree)(void *value);

Map *map_new(MapFree free_value);                       /* free_value may be NULL: values are borrowed */
Map *map_free(Map *m);
DEFINE_CLEANUP(Map *, map_free)
/* Puts a copy of key. Returns the old value, which is now the caller's, or NULL. */
void *map_put(Map *m, Bytes key, void *value);
void *map_get(const Map *m, Bytes key);                 /* NULL: not there */
void *map_take(Map *m, Bytes key);                      /* removes and returns */
bool map_has(const Map *m, Bytes key);
size_t map_len(const Map *m);
void map_clear(Map *m);

/* for (size_t i = 0; map_walk(m, &i, &key, &value);) in the order of insertion; do not change the map meanwhile. */
bool map_walk(const Map *m, size_t *i, Bytes *ret_key, void **ret_value);

/* VEC(T): a typed growable array. { T *items; size_t len, size; } */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"

#define VEC(T) struct { T *items; size_t len; size_t size; }

#define vec_push(v, item)                                                                               \
        do {                                                                                            \
                if ((v)->len == (v)->size) {                                                            \
                        (v)->size = (v)->size ? (v)->size * 2 : 8;                                      \
                        (v)->items = xrealloc((v)->items, (v)->size * sizeof((v)->items[0]));           \
                }                                                                                       \
                (v)->items[(v)->len++] = (item);                                                        \
        } while (0)

/* For what is to stay as it is: gives back the memory that nothing was put into. */
#define vec_fit(v)                                                                                      \
        do {                                                                                            \
                if ((v)->size > (v)->len && (v)->len) {                                                 \
                        (v)->items = xrealloc((v)->items, (v)->len * sizeof((v)->items[0]));            \
                        (v)->size = (v)->len;                                                           \
                }                                                                                       \
        } while (0)

#define vec_done(v)                                     \
        do {                                            \
                (v)->items = xfree((v)->items);         \
                (v)->len = (v)->size = 0;               \
        } while (0)

/* items + 0, not items: through a pointer to a constant vector the member itself would be a constant pointer. */
/* An empty vector has no memory, and nothing may be added to NULL. */
#define VEC_EACH(it, v) \
        for (__typeof__((v)->items + 0) it = (v)->items, it##_end = it ? it + (v)->len : it; it < it##_end; it++)

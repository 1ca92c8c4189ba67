/* Scope-bound ownership: a variable frees itself unless its value is handed on. */
#pragma once

#include <stddef.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _unused_ __attribute__((unused))
#define _noreturn_ __attribute__((noreturn))
#define _cold_ __attribute__((cold, noinline))  /* seldom called: kept out of the way of what calls it often */

/* Hands a pointer on: the variable is NULL afterwards, so its cleanup does nothing. */
#define TAKE(p)                                 \
        ({                                      \
                __typeof__(p) *_take_p = &(p);  \
                __typeof__(p) _take_v = *_take_p; \
                *_take_p = NULL;                \
                _take_v;                        \
        })

/* Defines the cleanup function `func`p for pointers of `type` that `func` frees (func takes NULL and returns NULL). */
#define DEFINE_CLEANUP(type, func)              \
        static inline void func##p(type *p) {   \
                if (*p)                         \
                        *p = func(*p);          \
        }

#define ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* Memory that malloc refuses ends the process with a message: the spool is on disk (ruling R13). */
void *xalloc(size_t size);                              /* zeroed */
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);                           /* NULL stays NULL */
char *xstrndup(const char *s, size_t len);
void *xfree(void *p);                                   /* returns NULL */
void memory_give_back(void);                            /* what was freed and is not in use goes back to the system; takes a millisecond for some megabytes */
void memory_populate(void *p, size_t size);             /* its pages come in one go, not one by one as they are touched: for what will be filled */

#define NEW(T) ((T *) xalloc(sizeof(T)))
#define NEW_N(T, n) ((T *) xalloc(sizeof(T) * (n)))

static inline void xfreep(void *p) {
        void **pp = p;
        *pp = xfree(*pp);
}
#define _free_ _cleanup_(xfreep)

/* Closes a descriptor that is >= 0; returns -1. */
int xclose(int fd);
static inline void xclosep(int *fd) {
        *fd = xclose(*fd);
}

/* Heap memory that is always there, and descriptors that close once. */

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Nothing is undone here: what matters is in the spool, and a branch that no test reaches would be worse than the end. */
_noreturn_ static void out_of_memory(void) {
        static const char words[] = "thiduad: out of memory\n";

        (void) !write(STDERR_FILENO, words, sizeof(words) - 1);
        _exit(EX_OSERR);
}

void *xalloc(size_t size) {
        void *p = calloc(1, size ? size : 1);

        if (!p)
                out_of_memory();
        return p;
}

void *xrealloc(void *p, size_t size) {
        void *q = realloc(p, size ? size : 1);

        if (!q)
                out_of_memory();
        return q;
}

char *xstrdup(const char *s) {
        return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t len) {
        char *copy;

        if (!s)
                return NULL;
        len = strnlen(s, len);
        copy = xalloc(len + 1);
        memcpy(copy, s, len);
        return copy;
}

void *xfree(void *p) {
        free(p);
        return NULL;
}

void memory_give_back(void) {
        (void) malloc_trim(0);
}

/* On Linux the descriptor is gone even when close() reports EINTR, so it is never tried again. */
int xclose(int fd) {
        if (fd >= 0)
                (void) close(fd);
        return -1;
}

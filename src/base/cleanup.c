/* Heap memory that is always there, and descriptors that close once. */

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

/* Whatever the kernel says: pages that are not there come when they are touched, as ever. */
void memory_populate(void *p, size_t size) {
        uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE), from = ((uintptr_t) p + page - 1) / page * page, to = ((uintptr_t) p + size) / page * page;

        if (to > from)
                (void) madvise((void *) from, to - from, MADV_POPULATE_WRITE);
}

/* On Linux the descriptor is gone even when close() reports EINTR, so it is never tried again. */
int xclose(int fd) {
        if (fd >= 0)
                (void) close(fd);
        return -1;
}

/* Arena: memory that dies together, in blocks that grow up to 64 KiB; what is larger gets a block of its own. */

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

enum { BLOCK_FIRST = 4096, BLOCK_MAX = 65536, ALIGN = alignof(uint64_t) };

typedef struct Block {
        struct Block *next;
        size_t size;
        size_t used;
        alignas(uint64_t) char data[];
} Block;

struct Arena {
        Block *blocks;          /* newest first; only the newest that is not of one object takes more */
        size_t limit;
        size_t used;
        size_t next_size;
};

static size_t round_up(size_t n) {
        return (n + (ALIGN - 1)) / ALIGN * ALIGN;
}

/* By the time an arena takes blocks of the largest size it holds as much already, and will fill the next: its pages come in one go. */
static Block *large_block(size_t size) {
        Block *b = xrealloc(NULL, sizeof(Block) + size);

        memory_populate(b, sizeof(Block) + size);
        memset(b, 0, sizeof(Block) + size);
        return b;
}

static Block *block_new(size_t wanted) {
        size_t size = round_up(wanted);
        Block *b = size == BLOCK_MAX ? large_block(size) : xalloc(sizeof(Block) + size);

        b->size = size;
        return b;
}

Arena *arena_new(size_t limit_bytes) {
        Arena *a = NEW(Arena);

        a->limit = limit_bytes;
        a->next_size = BLOCK_FIRST;
        return a;
}

Arena *arena_free(Arena *a) {
        if (!a)
                return NULL;
        for (Block *b = a->blocks, *next; b; b = next) {
                next = b->next;
                (void) xfree(b);
        }
        return xfree(a);
}

void arena_reset(Arena *a) {
        Block *first = a->blocks;

        if (!first)
                return;
        while (first->next) {
                Block *next = first->next;

                (void) xfree(first);
                first = next;
        }
        memset(first->data, 0, first->used);
        first->used = 0;
        a->blocks = first;
        a->used = 0;
}

size_t arena_used(const Arena *a) {
        return a->used;
}

/* An object larger than a block goes behind the newest block, which keeps taking small ones. */
static Block *block_for(Arena *a, size_t size) {
        Block *b = a->blocks;

        if (b && b->size - b->used >= size)
                return b;
        if (b && size > BLOCK_MAX / 2) {
                Block *own = block_new(size);

                own->next = b->next;
                b->next = own;
                return own;
        }
        b = block_new(size > a->next_size ? size : a->next_size);
        if (a->next_size < BLOCK_MAX)
                a->next_size *= 2;
        b->next = a->blocks;
        a->blocks = b;
        return b;
}

static void *take(Arena *a, size_t size) {
        Block *b;
        void *p;

        if (size > a->limit - a->used)
                return NULL;
        b = block_for(a, size);
        p = b->data + b->used;
        b->used += size;
        a->used += size;
        return p;
}

void *arena_alloc(Arena *a, size_t size) {
        Block *b = a->blocks;

        if (size > a->limit)
                return NULL;
        /* Behind a text. */
        if (b)
                b->used = round_up(b->used);
        return take(a, size ? round_up(size) : ALIGN);
}

char *arena_strdup(Arena *a, const char *s) {
        return s ? arena_dup(a, bytes_of(s)) : NULL;
}

char *arena_dup(Arena *a, Bytes b) {
        char *copy;

        if (b.len >= a->limit)
                return NULL;
        copy = take(a, b.len + 1);
        if (copy && b.len)
                memcpy(copy, b.data, b.len);
        return copy;
}

char *arena_printf(Arena *a, const char *format, ...) {
        va_list ap;
        char *s;
        int n;

        va_start(ap, format);
        n = vsnprintf(NULL, 0, format, ap);
        va_end(ap);
        s = take(a, (size_t) n + 1);
        if (!s)
                return NULL;
        va_start(ap, format);
        (void) vsnprintf(s, (size_t) n + 1, format, ap);
        va_end(ap);
        return s;
}

/* What the unit tests of the store share: a scratch folder of their own, and random bytes that are the same each time. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
        (void) st;
        (void) flag;
        (void) ftw;
        return remove(path);
}

static inline void remove_tree(const char *path) {
        (void) nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A new folder, in memory where there is such a place, since thousands of syncs on a busy disk take minutes; the caller removes it. */
static inline char *make_scratch(char buf[64]) {
        (void) snprintf(buf, 64, "/dev/shm/thiduad-test.XXXXXX");
        if (mkdtemp(buf))
                return buf;
        (void) snprintf(buf, 64, "/tmp/thiduad-test.XXXXXX");
        assert_non_null(mkdtemp(buf));
        return buf;
}

/* xorshift64: the same sequence on every machine. */
static inline uint64_t next_random(uint64_t *state) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

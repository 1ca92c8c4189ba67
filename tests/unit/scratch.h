/* A folder for one test, removed with everything in it: setup and teardown of cmocka, and paths in it. */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

typedef struct Scratch {
        char dir[64];
        char path[512];
} Scratch;

static inline int scratch_remove_one(const char *path, const struct stat *st _unused_, int flag _unused_, struct FTW *ftw _unused_) {
        return remove(path);
}

static inline int scratch_setup(void **state) {
        Scratch *s = NEW(Scratch);

        (void) snprintf(s->dir, sizeof(s->dir), "/tmp/thidua-test-XXXXXX");
        *state = s;
        return mkdtemp(s->dir) ? 0 : -1;
}

static inline int scratch_teardown(void **state) {
        Scratch *s = *state;

        (void) chmod(s->dir, 0700);
        (void) nftw(s->dir, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
        (void) xfree(s);
        return 0;
}

/* Valid until the next call. */
static inline const char *scratch_path(Scratch *s, const char *name) {
        (void) snprintf(s->path, sizeof(s->path), "%s/%s", s->dir, name);
        return s->path;
}

static inline void scratch_put(Scratch *s, const char *name, Bytes content) {
        FILE *f = fopen(scratch_path(s, name), "w");

        assert_non_null(f);
        assert_int_equal(fwrite(content.data ? content.data : "", 1, content.len, f), content.len);
        assert_int_equal(fclose(f), 0);
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

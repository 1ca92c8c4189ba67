/* What every unit test begins with: cmocka and the headers that it needs, and texts of tests that live as long as a test. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

/* Text for tests: `_cleanup_(text_done) Text t = TEXT;` */
#define TEXT TEXT_INIT(1 << 20)

#define assert_text(t, expected) assert_string_equal(text_str(t), (expected))

/* bytes of a text whose end is guarded by the sanitizer: an exact heap copy without NUL. */
static inline Bytes exact(const char *s, char **ret_heap) {
        size_t n = strlen(s);

        *ret_heap = xalloc(n);
        memcpy(*ret_heap, s, n);
        return (Bytes){ *ret_heap, n };
}

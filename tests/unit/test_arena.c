/* Tests of base/arena.c. */
#include <stdalign.h>

#include "base/arena.h"
#include "unit.h"

/* Memory is zeroed, aligned for pointers and 64-bit numbers and apart, for sizes below, at and above a block, also after a reset. */
static void test_alloc(void **state _unused_) {
        static const size_t sizes[] = { 0, 1, 15, 16, 17, 4000, 4096, 5000, 40000, 70000, 3, 8 };
        _cleanup_(arena_freep) Arena *a = arena_new(1 << 20);

        for (int round = 0; round < 3; round++) {
                for (size_t i = 0; i < ELEMENTS(sizes); i++) {
                        unsigned char *p = arena_alloc(a, sizes[i]);

                        assert_non_null(p);
                        assert_int_equal((uintptr_t) p % alignof(uint64_t), 0);
                        for (size_t k = 0; k < sizes[i]; k++)
                                assert_int_equal(p[k], 0);
                        memset(p, 0xAA, sizes[i]);
                }
                arena_reset(a);
                assert_int_equal(arena_used(a), 0);
        }
}

/* The limit is reached exactly, is an outcome, and leaves the arena usable. */
static void test_limit(void **state _unused_) {
        _cleanup_(arena_freep) Arena *a = arena_new(64);

        assert_non_null(arena_alloc(a, 48));
        assert_null(arena_alloc(a, 17));
        assert_null(arena_alloc(a, SIZE_MAX));
        assert_non_null(arena_alloc(a, 16));
        assert_null(arena_alloc(a, 1));
        assert_null(arena_strdup(a, "x"));
        assert_null(arena_printf(a, "%d", 1));
        assert_int_equal(arena_used(a), 64);
        arena_reset(a);
        assert_non_null(arena_alloc(a, 64));
}

/* Copies end in NUL; NULL stays NULL; a slice may hold anything. */
static void test_copies(void **state _unused_) {
        _cleanup_(arena_freep) Arena *a = arena_new(4096);
        _free_ char *heap = NULL;

        assert_string_equal(arena_strdup(a, "abc"), "abc");
        assert_null(arena_strdup(a, NULL));
        assert_string_equal(arena_dup(a, exact("abc", &heap)), "abc");
        assert_string_equal(arena_dup(a, BYTES_NULL), "");
        assert_memory_equal(arena_dup(a, BYTES_LIT("a\0b")), "a\0b", 4);
        assert_string_equal(arena_printf(a, "%s/%d", "dvc", 7), "dvc/7");
        assert_null(arena_dup(a, (Bytes){ "", 4096 }));
}

/* Texts take what they are long and no more, and what comes behind them is aligned again, also where a text fills its block. */
static void test_packed(void **state _unused_) {
        _cleanup_(arena_freep) Arena *a = arena_new(1 << 20);
        char *first = arena_strdup(a, "ab"), *second = arena_strdup(a, "c");

        assert_ptr_equal(second, first + 3);
        assert_int_equal(arena_used(a), 5);
        for (size_t n = 1; n < 5000; n += 37) {
                _free_ char *text = xalloc(n + 1);
                uint64_t *number;

                memset(text, 'x', n);
                assert_string_equal(arena_strdup(a, text), text);
                number = ARENA_NEW(a, uint64_t);
                assert_int_equal((uintptr_t) number % alignof(uint64_t), 0);
                assert_true(*number == 0);
                *number = UINT64_MAX;
        }
        assert_string_equal(first, "ab");
}

/* An arena that was reset before anything was taken, or was never made, is no trouble. */
static void test_empty(void **state _unused_) {
        Arena *a = arena_new(16);

        arena_reset(a);
        assert_null(arena_free(a));
        assert_null(arena_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_alloc),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_copies),
                cmocka_unit_test(test_packed),
                cmocka_unit_test(test_empty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

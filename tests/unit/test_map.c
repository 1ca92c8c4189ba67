/* Tests of base/map.c. */
#include <stdio.h>

#include "base/map.h"
#include "unit.h"

static Bytes key_of(char *buffer, size_t size, int i) {
        (void) snprintf(buffer, size, "key-%d", i);
        return bytes_of(buffer);
}

/* What was put is found, through growth, and a second value gives the first one back. */
static void test_put_get(void **state _unused_) {
        static int values[2000];
        _cleanup_(map_freep) Map *m = map_new(NULL);
        char key[32];

        for (int i = 0; i < 1000; i++)
                assert_null(map_put(m, key_of(key, sizeof(key), i), &values[i]));
        assert_int_equal(map_len(m), 1000);
        for (int i = 0; i < 1000; i++)
                assert_ptr_equal(map_get(m, key_of(key, sizeof(key), i)), &values[i]);
        assert_null(map_get(m, BYTES_LIT("key-1000")));
        assert_ptr_equal(map_put(m, BYTES_LIT("key-7"), &values[1007]), &values[7]);
        assert_ptr_equal(map_get(m, BYTES_LIT("key-7")), &values[1007]);
        assert_int_equal(map_len(m), 1000);
}

/* A key is bytes: empty, with NUL inside, and not its beginning. A value may be NULL and is there all the same. */
static void test_keys(void **state _unused_) {
        static int a, b, c;
        _cleanup_(map_freep) Map *m = map_new(NULL);

        (void) map_put(m, BYTES_NULL, &a);
        (void) map_put(m, BYTES_LIT("x\0y"), &b);
        (void) map_put(m, BYTES_LIT("x"), &c);
        (void) map_put(m, BYTES_LIT("null"), NULL);
        assert_ptr_equal(map_get(m, BYTES_LIT("")), &a);
        assert_ptr_equal(map_get(m, BYTES_LIT("x\0y")), &b);
        assert_ptr_equal(map_get(m, BYTES_LIT("x")), &c);
        assert_true(map_has(m, BYTES_LIT("null")));
        assert_false(map_has(m, BYTES_LIT("nul")));
}

/* What is taken is gone, others stay, and putting and taking without end does not grow the map. */
static void test_take(void **state _unused_) {
        static int values[10];
        _cleanup_(map_freep) Map *m = map_new(NULL);
        char key[32];

        assert_null(map_take(m, BYTES_LIT("none")));
        for (int i = 0; i < 10; i++)
                (void) map_put(m, key_of(key, sizeof(key), i), &values[i]);
        for (int i = 0; i < 10; i += 2)
                assert_ptr_equal(map_take(m, key_of(key, sizeof(key), i)), &values[i]);
        assert_int_equal(map_len(m), 5);
        for (int i = 0; i < 10; i++)
                assert_int_equal(map_has(m, key_of(key, sizeof(key), i)), i % 2);
        for (int i = 10; i < 100000; i++) {
                (void) map_put(m, key_of(key, sizeof(key), i), &values[0]);
                assert_ptr_equal(map_take(m, key_of(key, sizeof(key), i)), &values[0]);
        }
        assert_ptr_equal(map_get(m, BYTES_LIT("key-9")), &values[9]);
}

/* A walk meets every entry once in the order of insertion; a key that went and came again is last. */
static void test_walk(void **state _unused_) {
        static int values[20];
        static const int expected[] = { 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 2 };
        _cleanup_(map_freep) Map *m = map_new(NULL);
        char key[32];
        size_t n = 0;
        Bytes k;
        void *v;

        for (int i = 0; i < 12; i++)
                (void) map_put(m, key_of(key, sizeof(key), i), &values[i]);
        (void) map_put(m, BYTES_LIT("key-2"), map_take(m, BYTES_LIT("key-2")));
        (void) map_put(m, BYTES_LIT("key-3"), &values[3]);
        for (size_t i = 0; map_walk(m, &i, &k, &v); n++) {
                assert_ptr_equal(v, &values[expected[n]]);
                assert_true(bytes_equal(k, key_of(key, sizeof(key), expected[n])));
        }
        assert_int_equal(n, ELEMENTS(expected));
        n = 0;
        for (size_t i = 0; map_walk(m, &i, NULL, NULL);)
                n++;
        assert_int_equal(n, ELEMENTS(expected));
}

/* The map frees the values that it still has, and no other; cleared, it is as new. */
static void test_ownership(void **state _unused_) {
        _cleanup_(map_freep) Map *m = map_new(xfree);
        _free_ char *old = NULL, *taken = NULL;

        (void) map_put(m, BYTES_LIT("a"), xstrdup("first"));
        old = map_put(m, BYTES_LIT("a"), xstrdup("second"));
        (void) map_put(m, BYTES_LIT("b"), xstrdup("third"));
        taken = map_take(m, BYTES_LIT("b"));
        assert_string_equal(old, "first");
        assert_string_equal(taken, "third");
        map_clear(m);
        assert_int_equal(map_len(m), 0);
        assert_null(map_get(m, BYTES_LIT("a")));
        (void) map_put(m, BYTES_LIT("a"), xstrdup("fourth"));
        assert_string_equal(map_get(m, BYTES_LIT("a")), "fourth");
        assert_null(map_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_put_get), cmocka_unit_test(test_keys),      cmocka_unit_test(test_take),
                cmocka_unit_test(test_walk),    cmocka_unit_test(test_ownership),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

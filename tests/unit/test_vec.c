/* Tests of base/vec.h. */
#include "base/vec.h"
#include "unit.h"

/* What is pushed stays in order through every growth, and done leaves an empty vector that can be used again. */
static void test_push(void **state _unused_) {
        VEC(int) v = {};
        int sum = 0;

        for (int i = 0; i < 1000; i++)
                vec_push(&v, i);
        assert_int_equal(v.len, 1000);
        for (int i = 0; i < 1000; i++)
                assert_int_equal(v.items[i], i);
        VEC_EACH(it, &v)
                sum += *it;
        assert_int_equal(sum, 499500);
        vec_done(&v);
        assert_null(v.items);
        vec_push(&v, 7);
        assert_int_equal(v.items[0], 7);
        vec_done(&v);
}

/* A vector that was fitted holds what it held and can grow on; an empty one stays empty. */
static void test_fit(void **state _unused_) {
        VEC(int) v = {};

        vec_fit(&v);
        assert_null(v.items);
        for (int i = 0; i < 3; i++)
                vec_push(&v, i);
        vec_fit(&v);
        assert_int_equal(v.size, 3);
        vec_push(&v, 3);
        for (int i = 0; i < 4; i++)
                assert_int_equal(v.items[i], i);
        vec_done(&v);
}

/* An empty vector is walked zero times. */
static void test_empty(void **state _unused_) {
        VEC(int) v = {};

        VEC_EACH(it, &v)
                fail_msg("an item in an empty vector: %d", *it);
        vec_done(&v);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_push),
                cmocka_unit_test(test_fit),
                cmocka_unit_test(test_empty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

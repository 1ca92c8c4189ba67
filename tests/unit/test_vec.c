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
                cmocka_unit_test(test_empty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

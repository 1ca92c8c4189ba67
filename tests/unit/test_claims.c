/* Unit tests of store/claims.c. */

#include "store_util.h"

#include "store/claims.h"

static void expect_next(const Claims *c, uint64_t at, uint64_t upto) {
        uint64_t got_at, got_upto;

        claims_next(c, &got_at, &got_upto);
        assert_int_equal(got_at, at);
        assert_true(got_upto == upto);
}

/* One connection alone: after each delivery reading begins with the oldest again, and all of it is acknowledged. */
static void test_one(void **state _unused_) {
        Claims c = {};

        expect_next(&c, 0, UINT64_MAX);
        claims_take(&c, 5, 9, 4, 100);
        expect_next(&c, 100, UINT64_MAX);
        assert_int_equal(claims_n_parcels(&c), 4);
        assert_int_equal(claims_finish(&c, 5), 9);
        expect_next(&c, 0, UINT64_MAX);
        claims_take(&c, 10, 12, 3, 200);
        claims_release(&c, 10);
        expect_next(&c, 0, UINT64_MAX);
        assert_int_equal(claims_n_parcels(&c), 0);
        assert_false(claims_have_free(&c));
        claims_done(&c);
}

/* What ends early is acknowledged only with what lies before it. */
static void test_order(void **state _unused_) {
        Claims c = {};

        claims_take(&c, 1, 3, 3, 100);
        claims_take(&c, 4, 6, 3, 200);
        claims_take(&c, 7, 7, 1, 300);
        assert_int_equal(claims_finish(&c, 4), 0);
        assert_int_equal(claims_finish(&c, 1), 6);
        expect_next(&c, 300, UINT64_MAX);
        assert_int_equal(claims_finish(&c, 7), 7);
        expect_next(&c, 0, UINT64_MAX);
        claims_done(&c);
}

/* What is given back comes next, in pieces, before anything new; nothing behind it is acknowledged before it is done. */
static void test_release(void **state _unused_) {
        Claims c = {};

        claims_take(&c, 1, 3, 3, 100);
        claims_take(&c, 4, 9, 6, 200);
        claims_take(&c, 10, 12, 3, 300);
        claims_release(&c, 4);
        assert_true(claims_have_free(&c));
        assert_int_equal(claims_finish(&c, 10), 0);
        assert_int_equal(claims_finish(&c, 1), 3);
        expect_next(&c, 100, 9);
        claims_take(&c, 4, 6, 3, 150);
        expect_next(&c, 150, 9);
        claims_take(&c, 7, 9, 3, 200);
        expect_next(&c, 300, UINT64_MAX);
        assert_int_equal(claims_finish(&c, 7), 0);
        assert_int_equal(claims_finish(&c, 4), 12);
        expect_next(&c, 0, UINT64_MAX);
        claims_done(&c);
}

/* What is free at the end is as good as never looked at. */
static void test_release_last(void **state _unused_) {
        Claims c = {};

        claims_take(&c, 1, 3, 3, 100);
        claims_take(&c, 4, 9, 6, 200);
        claims_take(&c, 10, 12, 3, 300);
        claims_release(&c, 4);
        claims_release(&c, 10);
        expect_next(&c, 100, UINT64_MAX);
        assert_false(claims_have_free(&c));
        assert_int_equal(claims_n_parcels(&c), 3);
        claims_take(&c, 4, 12, 9, 300);
        assert_int_equal(claims_finish(&c, 4), 0);
        assert_int_equal(claims_finish(&c, 1), 12);
        claims_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one),
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_release),
                cmocka_unit_test(test_release_last),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of base/complain.c. */
#include "base/complain.h"
#include "unit.h"

/* A failure each second is told at once, then after 1 min, 5 min, 25 min, 2 h, and from then on each 6 h; what was not told is counted. */
static void test_intervals(void **state _unused_) {
        static const usec_t expected[] = { 0, 60, 360, 1860, 9060, 30660, 52260 };
        const usec_t start = 1000 * USEC_SEC;
        Complain c = {};
        size_t n = 0;
        usec_t last = 0;
        uint64_t suppressed;

        for (usec_t s = 0; s <= 60000; s++) {
                if (!complain_failed(&c, start + s * USEC_SEC, &suppressed))
                        continue;
                assert_true(n < ELEMENTS(expected));
                assert_true(s == expected[n]);
                assert_true(suppressed == (s ? s - last - 1 : 0));
                last = s;
                n++;
        }
        assert_int_equal(n, ELEMENTS(expected));
}

/* The end is told once, with the beginning and the count; then all is as new. */
static void test_over(void **state _unused_) {
        Complain c = {};
        usec_t since = 0;
        uint64_t total = 0, suppressed = 9;

        assert_false(complain_over(&c, &since, &total));
        for (unsigned i = 0; i < 5; i++)
                (void) complain_failed(&c, (7 + i) * USEC_SEC, &suppressed);
        assert_true(complain_over(&c, &since, &total));
        assert_true(since == 7 * USEC_SEC && total == 5);
        assert_false(complain_over(&c, &since, &total));
        assert_true(complain_failed(&c, 13 * USEC_SEC, &suppressed));
        assert_true(suppressed == 0);
}

/* A clock that starts at 0 is a clock like any other. */
static void test_zero(void **state _unused_) {
        Complain c = {};
        usec_t since = 9;
        uint64_t n;

        assert_true(complain_failed(&c, 0, &n));
        assert_false(complain_failed(&c, 1, &n));
        assert_true(complain_over(&c, &since, &n));
        assert_true(since == 0 && n == 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_intervals),
                cmocka_unit_test(test_over),
                cmocka_unit_test(test_zero),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

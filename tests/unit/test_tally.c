/* Tests of normalise/tally.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normalise/tally.h"

/* What a page added counts once it is committed, and as if it had never been when it is rolled back. */
static void test_commit_rollback(void **state) {
        static const Unit a = { .code = "a" }, b = { .code = "b" };
        static const Period p = { .kind = PERIOD_MONTH, .from = 1, .to = 31 },
                            q = { .kind = PERIOD_MONTH, .from = 32, .to = 60 };
        _cleanup_(tally_freep) Tally *t = tally_new();
        const TallyCell *cell;
        size_t i = 0;

        (void) state;
        tally_cell(t, &a, &p, 0)->count = 2;
        assert_int_equal(tally_sum(tally_cell(t, &a, &p, 1), BYTES_LIT("0.1")), 0);
        tally_leave_out(t);
        tally_commit(t);
        tally_cell(t, &a, &p, 0)->count = 40;
        tally_leave_out(t);
        tally_refuse(t);
        tally_rollback(t);
        tally_cell(t, &a, &p, 0)->count = 3;
        assert_int_equal(tally_sum(tally_cell(t, &a, &p, 1), BYTES_LIT("0.2")), 0);
        assert_int_equal(tally_sum(tally_cell(t, &a, &p, 1), BYTES_LIT("-0.7")), 0);
        tally_cell(t, &b, &q, 0)->has_null = true;
        tally_commit(t);

        assert_true(tally_walk(t, &i, &cell));
        assert_int_equal(cell->count, 5);
        assert_true(tally_walk(t, &i, &cell));
        assert_int_equal(cell->metric, 1);
        assert_string_equal(cell->sum, "-0.4");
        assert_true(tally_walk(t, &i, &cell));
        assert_ptr_equal(cell->unit, &b);
        assert_true(cell->has_null);
        assert_int_equal(cell->period.from, 32);
        assert_false(tally_walk(t, &i, &cell));
        assert_int_equal(tally_left_out(t), 1);
        assert_int_equal(tally_refused(t), 0);
        assert_true(tally_has(t, &b, &q, 0));
        assert_false(tally_has(t, &b, &p, 0));
}

/* The number of sums and counts of one ask is bounded. */
static void test_bound(void **state) {
        static const Unit a = { .code = "a" };
        _cleanup_(tally_freep) Tally *t = tally_new();
        Day n = 0;

        (void) state;
        for (; n < 300000; n++) {
                const Period p = { .kind = PERIOD_DAY, .from = n, .to = n };

                if (!tally_cell(t, &a, &p, 0))
                        break;
        }
        assert_int_equal(n, 200000);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_commit_rollback),
                cmocka_unit_test(test_bound) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of decode/rows.c. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/rows.h"

/* Rows that wait for the list around them survive while those before them are handed out and forgotten. */
static void test_waiting(void **state) {
        Rows rows;
        Value v[2];
        Slot slot;
        size_t row;

        (void) state;
        rows_init(&rows, 2);
        assert_int_equal(rows_add(&rows, &row), 0);
        assert_int_equal(rows_store(&rows, VALUE_TEXT, BYTES_LIT("one"), &slot), 0);
        rows_set(&rows, row, 0, slot);
        assert_false(rows_take(&rows, v));
        rows_make_ready(&rows);
        assert_int_equal(rows_add(&rows, &row), 0);
        assert_int_equal(rows_store(&rows, VALUE_TEXT, BYTES_LIT("two"), &slot), 0);
        rows_set(&rows, row, 0, slot);
        assert_true(rows_take(&rows, v));
        assert_true(bytes_equal_str(v[0].text, "one"));
        assert_int_equal(v[1].kind, VALUE_MISSING);
        assert_false(rows_take(&rows, v));
        rows_tidy(&rows);
        assert_int_equal(rows.n_rows, 1);
        assert_int_equal(rows.bytes.len, 3);
        assert_int_equal(rows_store(&rows, VALUE_NUMBER, BYTES_LIT("7"), &slot), 0);
        rows_set(&rows, 0, 1, slot);
        rows_make_ready(&rows);
        assert_true(rows_take(&rows, v));
        assert_true(bytes_equal_str(v[0].text, "two"));
        assert_true(bytes_equal_str(v[1].text, "7"));
        rows_tidy(&rows);
        assert_int_equal(rows.bytes.len, 0);
        rows_done(&rows);
}

/* Rows that wait are bounded. */
static void test_bound(void **state) {
        Rows rows;
        size_t row, n = 0;

        (void) state;
        rows_init(&rows, 8);
        while (rows_add(&rows, &row) == 0)
                n++;
        assert_int_equal(n, (2 << 20) / 8);
        rows_done(&rows);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_waiting), cmocka_unit_test(test_bound) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

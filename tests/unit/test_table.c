/* Tests of observe/table.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "observe/table.h"

static const TableColumn columns[] = {
        { .head = "UNIT", .max_width = 12 },
        { .head = "NOTHING" },
        { .head = "FIGURE", .is_right = true },
        { .head = "STATE" },
};

static Table *sample(void) {
        Table *t = table_new(columns, ELEMENTS(columns));

        table_cell(t, TABLE_PLAIN, "Sở Nội vụ");
        table_cell(t, TABLE_PLAIN, "%s", "");
        table_cell(t, TABLE_PLAIN, "%d", 7);
        table_cell(t, TABLE_GOOD, "met");
        table_cell(t, TABLE_PLAIN, "So\xCC\x9B\xCC\x89 Y te\xCC\x82\xCC\x81");
        table_cell(t, TABLE_PLAIN, "%s", "");
        table_cell(t, TABLE_PLAIN, "%d", 1234567);
        table_cell(t, TABLE_PLAIN, "%s", "");
        table_note(t, TABLE_BAD, "không có số liệu tháng 3");
        table_cell(t, TABLE_PLAIN, "Ủy ban nhân dân tỉnh");
        table_cell(t, TABLE_PLAIN, "%s", "");
        table_cell(t, TABLE_PLAIN, "%s", "");
        table_cell(t, TABLE_BAD, "overdue");
        return t;
}

/* Columns line up by what is seen, empty ones are left out, no line ends in spaces, notes stand under their
 * row. */
static void test_plain(void **state) {
        _cleanup_(table_freep) Table *t = sample();
        _cleanup_(text_done) Text text = TEXT_INIT(4096);

        (void) state;
        assert_int_equal(table_rows(t), 3);
        table_render(t, false, &text);
        assert_string_equal(text_str(&text), "UNIT           FIGURE  STATE\n"
                                             "Sở Nội vụ           7  met\n"
                                             "So\xCC\x9B\xCC\x89 Y te\xCC\x82\xCC\x81       1234567\n"
                                             "    không có số liệu tháng 3\n"
                                             "Ủy ban nhân…           overdue\n");
}

/* Colours only when asked, around the text and not around the spaces. */
static void test_colour(void **state) {
        _cleanup_(table_freep) Table *t = table_new(columns, ELEMENTS(columns));
        _cleanup_(text_done) Text text = TEXT_INIT(4096);

        (void) state;
        table_cell(t, TABLE_PLAIN, "a");
        table_cell(t, TABLE_PLAIN, "%s", "");
        table_cell(t, TABLE_BAD, "0");
        table_cell(t, TABLE_GOOD, "met");
        table_render(t, true, &text);
        assert_string_equal(text_str(&text), "\033[1mUNIT\033[0m  \033[1mFIGURE\033[0m  \033[1mSTATE\033[0m\n"
                                             "a          \033[31m0\033[0m  \033[32mmet\033[0m\n");
}

/* A table without rows is its emptiness: one blank line, no heads of columns in which nothing stands. */
static void test_empty(void **state) {
        _cleanup_(table_freep) Table *t = table_new(columns, ELEMENTS(columns));
        _cleanup_(text_done) Text text = TEXT_INIT(4096);

        (void) state;
        table_render(t, true, &text);
        assert_string_equal(text_str(&text), "\n");
        assert_null(table_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_plain), cmocka_unit_test(test_colour),
                cmocka_unit_test(test_empty) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

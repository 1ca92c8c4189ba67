/* Tests of base/size.c. */
#include <errno.h>

#include "base/size.h"
#include "unit.h"

/* A size has a whole number and a unit of powers of 1024; anything else is refused. */
static void test_parse(void **state _unused_) {
        static const struct {
                const char *text;
                int code;
                uint64_t expected;
        } rows[] = {
                { "0 B", 0, 0 },
                { "0", 0, 0 },          /* nothing is nothing in every unit */
                { "512 B", 0, 512 },
                { "64 KiB", 0, 65536 },
                { "64KiB", 0, 65536 },
                { " 1  MiB ", 0, 1048576 },
                { "3 GiB", 0, UINT64_C(3221225472) },
                { "16777215 TiB", 0, UINT64_C(16777215) << 40 },
                { "16777216 TiB", -ERANGE, 0 },
                { "18446744073709551615 B", 0, UINT64_MAX },
                { "18446744073709551616 B", -ERANGE, 0 },
                { "64", -EINVAL, 0 },
                { "KiB", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "64 KB", -EINVAL, 0 },
                { "64 kib", -EINVAL, 0 },
                { "1.5 GiB", -EINVAL, 0 },
                { "-1 B", -EINVAL, 0 },
                { "1 GiB 1 B", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _free_ char *heap = NULL;
                uint64_t v = 77;

                assert_int_equal(size_parse(exact(rows[i].text, &heap), &v), rows[i].code);
                assert_true(v == (rows[i].code ? 77 : rows[i].expected));
        }
}

/* People see at most one digit behind the point, cut and not rounded up, and none where it is exact. */
static void test_render(void **state _unused_) {
        static const struct {
                uint64_t bytes;
                const char *expected;
        } rows[] = {
                { 0, "0 B" },
                { 1023, "1023 B" },
                { 1024, "1 KiB" },
                { 1536, "1.5 KiB" },
                { 1048575, "1023.9 KiB" },
                { 1048576, "1 MiB" },
                { UINT64_C(1610612736), "1.5 GiB" },
                { UINT64_C(5) << 50, "5120 TiB" },
                { UINT64_MAX, "16777215.9 TiB" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;

                size_render(rows[i].bytes, &t);
                assert_text(&t, rows[i].expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_render),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

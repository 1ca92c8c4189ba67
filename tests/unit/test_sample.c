/* Tests of normalise/sample.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normalise/sample.h"

/* Every reason has a name of its own, in the form that the database checks: [a-z][a-z0-9_]*. */
static void test_names(void **state) {
        (void) state;
        for (RejectReason r = 0; r < _REJECT_REASON_MAX; r++) {
                const char *name = reject_reason_name(r);

                assert_string_not_equal(name, "unknown");
                assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
                for (RejectReason other = 0; other < r; other++)
                        assert_string_not_equal(name, reject_reason_name(other));
        }
        assert_string_equal(reject_reason_name(_REJECT_REASON_MAX), "unknown");
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of base/env.c. */
#include <stdlib.h>

#include "base/env.h"
#include "unit.h"

/* A variable that is set is read, one set to nothing is not the same as one that is not there. */
static void test_get(void **state _unused_) {
        assert_int_equal(setenv("THIDUA_TEST_A", "some value", 1), 0);
        assert_int_equal(setenv("THIDUA_TEST_B", "", 1), 0);
        assert_int_equal(unsetenv("THIDUA_TEST_C"), 0);
        assert_string_equal(env_get("THIDUA_TEST_A"), "some value");
        assert_string_equal(env_get("THIDUA_TEST_B"), "");
        assert_null(env_get("THIDUA_TEST_C"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_get),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of fetch/curl_certificate.c. */
#include "unit.h"

#include "fetch/curl_certificate.h"

/* The end of a certificate is read from curl's words, and from no other line. */
static void test_lines(void **state) {
        static const struct {
                const char *line;
                usec_t want;
        } cases[] = {
                { "Expire date:Mar  1 00:00:00 2024 GMT", 1709251200 * USEC_SEC },
                { "Expire date:Nov 24 08:00:00 2026 GMT", 1795507200 * USEC_SEC },
                { "Start date:Nov 24 08:00:00 2026 GMT", 0 },
                { "Expire date:Nov 31 08:00:00 2026 GMT", 0 },
                { "Expire date:soon GMT", 0 },
                { "Expire date:", 0 },
                { "", 0 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_int_equal(curl_certificate_line(cases[i].line), cases[i].want);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

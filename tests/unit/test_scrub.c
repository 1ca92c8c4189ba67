/* Tests of fetch/scrub.c. */

#include "fetch_util.h"
#include "fetch/scrub.h"

/* A secret that the source repeats does not reach the operator, with its scheme or without. */
static void test_scrub(void **state) {
        static const struct {
                const char *text, *expected;
        } cases[] = {
                { "bad token eyJhbGciOi, really eyJhbGciOi", "bad token ***, really ***" },
                { "got Bearer eyJhbGciOi.", "got ***." },
                { "key 0123456789 unknown", "key *** unknown" },
                { "nothing here", "nothing here" },
                { "eyJhbGciOi", "***" },
                { "", "" },
        };
        _cleanup_(http_request_freep) HttpRequest *r = http_request_new("GET", "http://a/");

        (void) state;
        assert_int_equal(http_request_set(r, "Accept", "nothing"), 0);
        assert_int_equal(http_request_set_secret(r, "Authorization", BYTES_LIT("Bearer eyJhbGciOi")), 0);
        assert_int_equal(http_request_set_secret(r, "X-Short", BYTES_LIT("t")), 0);
        r->secret_query_name = xstrdup("key");
        r->secret_query = secret_new(BYTES_LIT("0123456789"));
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                char text[100];

                (void) snprintf(text, sizeof(text), "%s", cases[i].text);
                scrub_secrets(r, text);
                assert_string_equal(text, cases[i].expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_scrub) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

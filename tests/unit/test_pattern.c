/* Tests of fetch/pattern.c. */

#include <errno.h>

#include "fetch_util.h"
#include "fetch/pattern.h"

/* 2024-03-05 08:09:10.123456 in Ho Chi Minh City. */
#define INSTANT (UINT64_C(1709600950) * USEC_SEC + 123456)

/* Each form that a source wants comes out digit by digit. */
static void test_render(void **state) {
        static const struct {
                const char *pattern, *expected;
        } cases[] = {
                { "yyyy-MM-dd", "2024-03-05" },
                { "dd/MM/yyyy", "05/03/2024" },
                { "d/M/yy", "5/3/24" },
                { "yyyyMMddHHmmss", "20240305080910" },
                { "ddMMyyyy'T'HHmmss+SSSS", NULL },
                { "ddMMyyyyTHHmmss+0SSS", "05032024T080910+0123" },
                { "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2024-03-05T08:09:10.123Z" },
                { "yyyy-MM-ddTHH:mm:ss.SSSSSSXXX", "2024-03-05T08:09:10.123456+07:00" },
                { "H:m:s", "8:9:10" },
                { "'ngày' dd ''", "ngày 05 '" },
                { "yyy", NULL },
                { "YYYY", NULL },
                { "DD", NULL },
                { "hh", NULL },
                { "'open", NULL },
                { "", NULL },
        };
        const Zone *zone;

        (void) state;
        assert_int_equal(zone_get("Asia/Ho_Chi_Minh", &zone), 0);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text t = TEXT_INIT(256);

                assert_int_equal(pattern_verify(bytes_of(cases[i].pattern)), cases[i].expected ? 0 : -EINVAL);
                if (!cases[i].expected)
                        continue;
                pattern_render(bytes_of(cases[i].pattern), INSTANT, zone, &t);
                assert_text(t, cases[i].expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_render) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

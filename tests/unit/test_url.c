/* Tests of fetch/url.c. */

#include <errno.h>

#include "fetch_util.h"

/* Two addresses of one host have one origin; what is no http(s) address has none. */
static void test_origin(void **state) {
        static const struct {
                const char *url, *origin;       /* NULL: refused */
        } cases[] = {
                { "http://Example.GOV.vn/a", "http://example.gov.vn:80" },
                { "HTTPS://example.gov.vn?x=1", "https://example.gov.vn:443" },
                { "https://example.gov.vn:8443", "https://example.gov.vn:8443" },
                { "http://[::1]:81/x", "http://[::1]:81" },
                { "http://a:/x", "http://a:80" },
                { "ftp://a/", NULL },
                { "http:///x", NULL },
                { "http://user:pw@a/", NULL },
                { "http://a:0/", NULL },
                { "http://a:65536/", NULL },
                { "http://a:8x/", NULL },
                { "http://[::1/", NULL },
                { "http://a b/", NULL },
                { "/path", NULL },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text origin = TEXT_INIT(256);
                int r = url_origin(cases[i].url, &origin);

                if (cases[i].origin) {
                        assert_int_equal(r, 0);
                        assert_text(origin, cases[i].origin);
                } else {
                        assert_int_equal(r, -EINVAL);
                }
        }
}

/* References resolve as in the examples of RFC 3986 part 5.4. */
static void test_join(void **state) {
        static const char base[] = "http://a/b/c/d;p?q";
        static const struct {
                const char *ref, *url;
        } cases[] = {
                { "g", "http://a/b/c/g" },
                { "./g", "http://a/b/c/g" },
                { "g/", "http://a/b/c/g/" },
                { "/g", "http://a/g" },
                { "//g", "http://g" },
                { "?y", "http://a/b/c/d;p?y" },
                { "g?y", "http://a/b/c/g?y" },
                { "#s", "http://a/b/c/d;p?q" },
                { ";x", "http://a/b/c/;x" },
                { "", "http://a/b/c/d;p?q" },
                { ".", "http://a/b/c/" },
                { "./", "http://a/b/c/" },
                { "..", "http://a/b/" },
                { "../g", "http://a/b/g" },
                { "../..", "http://a/" },
                { "../../../g", "http://a/g" },
                { "/./g", "http://a/g" },
                { "/../g", "http://a/g" },
                { "g.", "http://a/b/c/g." },
                { "..g", "http://a/b/c/..g" },
                { "./g/.", "http://a/b/c/g/" },
                { "g/../h", "http://a/b/c/h" },
                { "g?y/../x", "http://a/b/c/g?y/../x" },
                { "https://other:8443/x?y#z", "https://other:8443/x?y" },
                { "https://other/a/../b", "https://other/b" },
                { "javascript:x", NULL },
                { "ftp://x/", NULL },
                { "a b", NULL },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text url = TEXT_INIT(256);
                int r = url_join(base, bytes_of(cases[i].ref), &url);

                if (cases[i].url) {
                        assert_int_equal(r, 0);
                        assert_text(url, cases[i].url);
                } else {
                        assert_int_equal(r, -EINVAL);
                }
        }
}

/* Everything but unreserved characters is encoded, zero bytes and Vietnamese letters too. */
static void test_encode(void **state) {
        _cleanup_(text_done) Text t = TEXT_INIT(256);

        (void) state;
        url_encode((Bytes){ "aZ0-._~ /&=+%\0ậ", 17 }, &t);
        assert_text(t, "aZ0-._~%20%2F%26%3D%2B%25%00%E1%BA%AD");
}

/* The three forms of RFC 9110 part 5.6.7 mean the same instant; anything else is refused. */
static void test_date(void **state) {
        static const struct {
                const char *text;
                int64_t at;     /* -1: refused */
        } cases[] = {
                { "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
                { "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
                { "Sun Nov  6 08:49:37 1994", 784111777 },
                { "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
                { "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
                { "Thu, 30 Feb 2024 12:00:00 GMT", -1 },
                { "Sun, 06 Nov 1994 08:49:37 +0700", -1 },
                { "Sun, 06 Nov 1994 24:49:37 GMT", -1 },
                { "1994-11-06T08:49:37Z", -1 },
                { "120", -1 },
                { "", -1 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int64_t at = -1;

                assert_int_equal(
                                http_date_parse(bytes_of(cases[i].text), &at), cases[i].at < 0 ? -EINVAL : 0);
                assert_true(at == cases[i].at);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_origin),
                cmocka_unit_test(test_join),
                cmocka_unit_test(test_encode),
                cmocka_unit_test(test_date),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

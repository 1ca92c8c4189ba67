/* Tests of fetch/message.c. */

#include <errno.h>

#include "fetch_util.h"

/* A header is set once whatever the case of its name, and a value with a line break never gets in. */
static void test_headers(void **state) {
        _cleanup_(http_request_freep) HttpRequest *r = http_request_new("GET", "http://a/");

        (void) state;
        assert_int_equal(http_request_set(r, "Accept", "a"), 0);
        assert_int_equal(http_request_set(r, "accept", "b"), 0);
        assert_int_equal(r->n_headers, 1);
        assert_string_equal(http_request_header(r, "ACCEPT")->value, "b");
        assert_int_equal(http_request_set(r, "X", "a\r\nEvil: 1"), -EINVAL);
        assert_int_equal(http_request_set(r, "X Y", "a"), -EINVAL);
        assert_int_equal(http_request_set(r, "", "a"), -EINVAL);
        assert_int_equal(http_request_set_secret(r, "X", BYTES_LIT("a\nb")), -EINVAL);
        assert_null(http_request_header(r, "X"));
}

/* No rendering of a request shows a secret, wherever it stands. */
static void test_render(void **state) {
        _cleanup_(http_request_freep) HttpRequest *r = http_request_new("POST", "http://a/x?y=1");
        _cleanup_(http_request_freep) HttpRequest *copy = NULL;
        _cleanup_(text_done) Text t = TEXT_INIT(65536), u = TEXT_INIT(65536);

        (void) state;
        assert_int_equal(http_request_set(r, "Accept", "application/json"), 0);
        assert_int_equal(http_request_set_secret(r, "Authorization", BYTES_LIT("Bearer hush")), 0);
        r->secret_query_name = xstrdup("key");
        r->secret_query = secret_new(BYTES_LIT("hush"));
        http_request_set_body(r, BYTES_LIT("password=hush"));
        r->body_is_secret = true;
        copy = http_request_dup(r);
        http_request_render(copy, &t);
        assert_text(t, "POST http://a/x?y=1&key=***\nAccept: application/json\nAuthorization: ***\n\n***\n");
        copy->body_is_secret = false;
        http_request_set_body(copy, BYTES_LIT("{\"a\":1}"));
        http_request_render(copy, &u);
        assert_true(bytes_ends(text_bytes(&u), "\n\n{\"a\":1}\n"));
}

/* A long body is cut, and it is said by how much. */
static void test_render_long(void **state) {
        _cleanup_(http_request_freep) HttpRequest *r = http_request_new("POST", "http://a/");
        _cleanup_(text_done) Text t = TEXT_INIT(65536);
        char body[5000];

        (void) state;
        memset(body, 'x', sizeof(body));
        http_request_set_body(r, (Bytes){ body, sizeof(body) });
        http_request_render(r, &t);
        assert_true(bytes_ends(text_bytes(&t), "x\n(and 904 bytes more)\n"));
}

/* Setting a query parameter replaces its earlier value and leaves the others as they are. */
static void test_query(void **state) {
        static const struct {
                const char *url, *name, *value, *expected;
        } cases[] = {
                { "http://a/x", "p", "1", "http://a/x?p=1" },
                { "http://a/x?p=1", "p", "2", "http://a/x?p=2" },
                { "http://a/x?q=a%20b&p=1&r", "p", "2", "http://a/x?q=a%20b&r&p=2" },
                { "http://a/x?", "p", "2", "http://a/x?p=2" },
                { "http://a/x?pp=1", "p", "á&b", "http://a/x?pp=1&p=%C3%A1%26b" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *r = http_request_new("GET", cases[i].url);

                http_request_set_query(r, cases[i].name, bytes_of(cases[i].value));
                assert_string_equal(r->url, cases[i].expected);
        }
}

/* Response headers are found without case, the first of several counts, and what cannot be a header is
 * refused. */
static void test_response(void **state) {
        HttpResponse r = response(200, "Content-Type: application/json \nX: 1\nx: 2\n");

        (void) state;
        assert_string_equal(http_response_header(&r, "content-type"), "application/json");
        assert_string_equal(http_response_header(&r, "X"), "1");
        assert_null(http_response_header(&r, "Y"));
        assert_int_equal(http_response_add(&r, BYTES_LIT("a b"), BYTES_LIT("x")), -EBADMSG);
        assert_int_equal(http_response_add(&r, (Bytes){ "a\0b", 3 }, BYTES_LIT("x")), -EBADMSG);
        assert_int_equal(http_response_add(&r, BYTES_LIT("a"), (Bytes){ "x\0y", 3 }), -EBADMSG);
        http_response_done(&r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_headers),
                cmocka_unit_test(test_render),
                cmocka_unit_test(test_render_long),
                cmocka_unit_test(test_query),
                cmocka_unit_test(test_response),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of fetch/elsewhere.c: who may be pointed to, and what goes there. */

#include <errno.h>

#include "fetch_util.h"
#include "fetch/elsewhere.h"

static const ConfField fields[] = {
        FIELD(TransferLimits, max_redirects, 0, "0", "Redirects."),
        FIELD(TransferLimits, redirect_hosts, 0, NULL, "Hosts."),
        {}
};

/* Only origins are listed, and a list without redirects is a mistake. */
static void test_verify(void **state _unused_) {
        static const struct {
                const char *yaml, *findings;
        } cases[] = {
                { "{max_redirects: 1, redirect_hosts: ['https://kho.example', 'http://kho.example:8080', 'HTTPS://KHO.example']}", "" },
                { "{}", "" },
                { "{max_redirects: 1, redirect_hosts: [kho.example]}", "\"kho.example\" is no origin: write it as https://host or https://host:port" },
                { "{max_redirects: 1, redirect_hosts: ['ftp://kho.example']}", "\"ftp://kho.example\" is no origin: write it as https://host or https://host:port" },
                { "{max_redirects: 1, redirect_hosts: ['https://kho.example/a']}", "\"https://kho.example/a\": a host is listed, without a path" },
                { "{redirect_hosts: ['https://kho.example']}", "\"redirect_hosts\" has no effect while \"max_redirects\" is 0" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text found = TEXT_INIT(4096);
                TransferLimits s = {};
                Conf c = conf_fill(cases[i].yaml, fields, &s);

                elsewhere_verify(&s, c.root, c.diag);
                conf_findings(&c, &found);
                assert_text(found, cases[i].findings);
                conf_done(&c);
        }
}

/* A listed host is asked by a bare GET; all else is no redirect of this sort, or is refused. */
static void test_request(void **state _unused_) {
        static const struct {
                const char *method, *from;
                int status;
                const char *to;
                unsigned n_before;
                const char *want; /* address; NULL: none; "!words": refused */
        } cases[] = {
                { "GET", "https://a.example/x", 302, "https://kho.example/f?sig=1", 0, "https://kho.example/f?***" },
                { "GET", "https://a.example/x", 302, "https://KHO.example:443/f", 0, "https://KHO.example:443/f" },
                { "GET", "https://a.example/x", 301, "//kho.example/f", 1, "https://kho.example/f" },
                { "POST", "https://a.example/x", 303, "https://kho.example/f", 0, "https://kho.example/f" },
                { "POST", "https://a.example/x", 302, "https://kho.example/f", 0, "https://kho.example/f" },
                { "GET", "https://a.example/x", 307, "https://kho.example/f", 0, "https://kho.example/f" },
                { "POST", "https://a.example/x", 307, "https://kho.example/f?k=1", 0, "!wants the POST sent to \"https://kho.example/f\"; what is in it goes to no other host" },
                { "PUT", "https://a.example/x", 308, "https://kho.example/f", 0, "!wants the PUT sent" },
                { "GET", "https://a.example/x", 302, "https://kho.example/f?sig=1", 2, "!more than 2 redirects (\"max_redirects\"), the last one to \"https://kho.example/f\"" },
                { "GET", "https://a.example/x", 302, "http://kho.example/f", 0, NULL },
                { "GET", "https://a.example/x", 302, "https://kho.example:444/f", 0, NULL },
                { "GET", "https://a.example/x", 302, "https://kho.example.evil.example/f", 0, NULL },
                { "GET", "https://a.example/x", 302, "https://kho.example@evil.example/f", 0, NULL },
                { "GET", "https://a.example/x", 302, "/f", 0, NULL },
                { "GET", "https://a.example/x", 302, NULL, 0, NULL },
                { "GET", "https://a.example/x", 200, "https://kho.example/f", 0, NULL },
                { "GET", "https://a.example/x", 304, "https://kho.example/f", 0, NULL },
                { "GET", "https://kho.example/x", 302, "/f", 0, "https://kho.example/f" },
        };
        TransferLimits s = {};
        Conf c = conf_fill("{max_redirects: 2, redirect_hosts: ['https://kho.example']}", fields, &s);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *sent = http_request_new(cases[i].method, cases[i].from), *next = NULL;
                _cleanup_(http_response_done) HttpResponse resp = { .status = cases[i].status };
                _cleanup_(text_done) Text shown = TEXT_INIT(4096);
                int r;

                assert_int_equal(http_request_set_secret(sent, "X-Key", BYTES_LIT("secret")), 0);
                assert_int_equal(http_request_set(sent, "X-Own", "a"), 0);
                http_request_set_body(sent, BYTES_LIT("body"));
                sent->client_certificate = sent->client_key = sent->pinned_keys = "/x";
                if (cases[i].to)
                        assert_int_equal(http_response_add(&resp, BYTES_LIT("Location"), bytes_of(cases[i].to)), 0);
                r = elsewhere_request(&s, sent, &resp, cases[i].n_before, &next);
                if (!cases[i].want || *cases[i].want == '!') {
                        if (r != (cases[i].want ? -EPERM : 0) || next || (r < 0 && !strstr(err_story(r), cases[i].want + 1)))
                                fail_msg("case %zu: %d %s", i, r, r < 0 ? err_story(r) : "");
                        continue;
                }
                if (r != 1)
                        fail_msg("case %zu: %d", i, r);
                http_request_address(next, &shown);
                assert_text(shown, cases[i].want);
                assert_string_equal(next->method, "GET");
                assert_int_equal(next->n_headers, 0);
                assert_null(next->body);
                assert_true(!next->client_certificate && !next->client_key && !next->pinned_keys && !next->secret_query);
        }
        conf_done(&c);
}

/* Without redirects nothing is followed, whoever is listed. */
static void test_off(void **state _unused_) {
        _cleanup_(http_request_freep) HttpRequest *sent = http_request_new("GET", "https://a.example/x"), *next = NULL;
        _cleanup_(http_response_done) HttpResponse resp = response(302, "Location: https://kho.example/f");
        TransferLimits s = {};
        Conf c = conf_fill("{max_redirects: 0, redirect_hosts: ['https://kho.example']}", fields, &s);

        assert_int_equal(elsewhere_request(&s, sent, &resp, 0, &next), 0);
        assert_true(elsewhere_is_listed(&s, "https://kho.example/f"));
        assert_false(elsewhere_is_listed(&s, "nonsense"));
        conf_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_verify), cmocka_unit_test(test_request), cmocka_unit_test(test_off) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

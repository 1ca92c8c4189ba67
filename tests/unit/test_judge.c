/* Tests of fetch/judge.c and fetch/impostor.c. */

#include "base/file.h"
#include "fetch_util.h"
#include "fetch/judge.h"

static const char *const json_types[] = { "application/json", "text/json", NULL };

/* Every status, content type and rule leads to the verdict that the header promises. */
static void test_head(void **state) {
        static const struct {
                const char *yaml;
                int status;
                const char *headers;
                Verdict verdict;
                FailureClass class;
                bool is_retryable;
        } cases[] = {
                { "{}", 200, "Content-Type: application/json; charset=utf-8", VERDICT_OK, FAILURE_NONE,
                                false },
                { "{}", 200, "Content-Type: Application/JSON", VERDICT_OK, FAILURE_NONE, false },
                { "{}", 200, NULL, VERDICT_OK, FAILURE_NONE, false },
                { "{}", 200, "Content-Type: text/html", VERDICT_FAIL, FAILURE_REPLY, false },
                { "{}", 200, "Content-Type: text/plain", VERDICT_FAIL, FAILURE_REPLY, false },
                { "content_type: text/plain", 200, "Content-Type: text/plain", VERDICT_OK, FAILURE_NONE,
                                false },
                { "content_type: text/plain", 200, "Content-Type: application/json", VERDICT_FAIL,
                                FAILURE_REPLY, false },
                { "{}", 201, "Content-Type: application/json", VERDICT_FAIL, FAILURE_HTTP, false },
                { "status: [200, 201]", 201, "Content-Type: application/json", VERDICT_OK, FAILURE_NONE,
                                false },
                { "status: 2xx", 206, NULL, VERDICT_OK, FAILURE_NONE, false },
                { "status: 200-204", 205, NULL, VERDICT_FAIL, FAILURE_HTTP, false },
                { "{}", 304, NULL, VERDICT_UNCHANGED, FAILURE_NONE, false },
                { "{}", 302, "Location: /login", VERDICT_FAIL, FAILURE_HTTP, false },
                { "{}", 400, NULL, VERDICT_FAIL, FAILURE_HTTP, false },
                { "{}", 401, NULL, VERDICT_LOGIN, FAILURE_LOGIN, false },
                { "{}", 403, NULL, VERDICT_FAIL, FAILURE_HTTP, false },
                { "{}", 404, NULL, VERDICT_FAIL, FAILURE_HTTP, false },
                { "{}", 406, NULL, VERDICT_FAIL, FAILURE_HTTP, false },
                { "{}", 407, NULL, VERDICT_FAIL, FAILURE_HTTP, false },
                { "{}", 408, NULL, VERDICT_RETRY, FAILURE_HTTP, true },
                { "{}", 429, NULL, VERDICT_LIMITED, FAILURE_LIMITED, true },
                { "{}", 500, NULL, VERDICT_RETRY, FAILURE_HTTP, true },
                { "{}", 503, NULL, VERDICT_RETRY, FAILURE_HTTP, true },
                { "rules: [{status: 404, then: absent}]", 404, NULL, VERDICT_ABSENT, FAILURE_NONE, false },
                { "rules: [{status: 404, then: empty}]", 404, NULL, VERDICT_EMPTY, FAILURE_NONE, false },
                { "rules: [{status: 406, then: retry, because: busy}]", 406, NULL, VERDICT_RETRY,
                                FAILURE_HTTP, true },
                { "rules: [{status: 5xx, then: fail}]", 500, NULL, VERDICT_FAIL, FAILURE_HTTP, false },
                { "rules: [{status: 403, then: limited}]", 403, NULL, VERDICT_LIMITED, FAILURE_LIMITED,
                                true },
                { "rules: [{content_type: text/html, then: login}]", 200, "Content-Type: text/html",
                                VERDICT_LOGIN, FAILURE_LOGIN, false },
                { "rules: [{header: 'X-State: busy', then: retry}]", 200, "x-state: very busy", VERDICT_RETRY,
                                FAILURE_HTTP, true },
                { "rules: [{header: 'X-State: busy', then: retry}]", 200, "X-State: idle", VERDICT_OK,
                                FAILURE_NONE, false },
                { "rules: [{status: 404, header: 'X-Y:', then: empty}]", 404, NULL, VERDICT_FAIL,
                                FAILURE_HTTP, false },
                { "rules: [{status: 404, then: empty}, {status: 4xx, then: retry}]", 404, NULL, VERDICT_EMPTY,
                                FAILURE_NONE, false },
                { "rules: [{status: 500, then: ok}]", 500, NULL, VERDICT_OK, FAILURE_NONE, false },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                JudgeSpec spec = {};
                Failure failure = {};
                Conf c = conf_fill(cases[i].yaml, judge_fields, &spec);
                HttpResponse resp = response(cases[i].status, cases[i].headers);

                judge_verify(&spec, c.root, c.diag);
                assert_int_equal(diag_errors(c.diag), 0);
                assert_int_equal(judge_head(&spec, json_types, &resp, &failure), cases[i].verdict);
                assert_int_equal(failure.class, cases[i].class);
                assert_int_equal(failure.is_retryable, cases[i].is_retryable);
                assert_int_equal(failure.http_status, cases[i].class ? cases[i].status : 0);
                http_response_done(&resp);
                conf_done(&c);
        }
}

/* The words of an operator's rule are the words of the failure. */
static void test_because(void **state) {
        JudgeSpec spec = {};
        Failure failure = {};
        Conf c = conf_fill("rules: [{status: 406, then: fail, because: the report is being counted}]",
                        judge_fields, &spec);
        HttpResponse resp = response(406, NULL);

        (void) state;
        assert_int_equal(judge_head(&spec, json_types, &resp, &failure), VERDICT_FAIL);
        assert_string_equal(failure.story, "HTTP 406: the report is being counted");
        assert_non_null(judge_rule(&spec, &resp));
        http_response_done(&resp);
        conf_done(&c);
}

/* Rules that could never match are findings. */
static void test_verify(void **state) {
        static const struct {
                const char *yaml, *finding;
        } cases[] = {
                { "status: 20", "\"20\" is not a status; write 201, 4xx or 500-599" },
                { "status: 600", "\"600\" is not a status; write 201, 4xx or 500-599" },
                { "status: 6xx", "\"6xx\" is not a status; write 201, 4xx or 500-599" },
                { "status: 300-200", "\"300-200\" is not a status; write 201, 4xx or 500-599" },
                { "rules: [{then: ok}]",
                                "a rule needs at least one of \"status\", \"content_type\" and \"header\"" },
                { "rules: [{header: X, then: ok}]", "\"X\" is not \"Name: text\"" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text findings = TEXT_INIT(4096);
                JudgeSpec spec = {};
                Conf c = conf_fill(cases[i].yaml, judge_fields, &spec);

                judge_verify(&spec, c.root, c.diag);
                conf_findings(&c, &findings);
                assert_text(findings, cases[i].finding);
                conf_done(&c);
        }
}

/* The page that came instead of data is named, and the system's own words are quoted. */
static void test_body(void **state) {
        static const struct {
                const char *file, *text;        /* one of them */
                int status;
                const char *type;
                FailureClass class;
                const char *words;      /* part of the story */
        } cases[] = {
                { "payloads/portal/login_page.html", NULL, 200, "text/html", FAILURE_LOGIN,
                                "an HTML login page came where data was declared" },
                { "payloads/dvcqg_v1/request_rejected.html", NULL, 200, "text/html", FAILURE_HTTP,
                                "a rejection page" },
                { "payloads/dvcqg_v1/spa_shell.html", NULL, 200, "text/html", FAILURE_REPLY,
                                "an HTML page came where data was declared" },
                { "payloads/lgsp/fault_900901.json", NULL, 401, "application/json", FAILURE_LOGIN,
                                "it says \"Invalid Credentials. Make sure you have given the correct access "
                                "token\"" },
                { "payloads/lgsp/fault_900901_flat.json", NULL, 401, "application/json", FAILURE_LOGIN,
                                "it says \"Invalid Credentials\"" },
                { "payloads/lgsp/fault_900900.xml", NULL, 401, "application/xml", FAILURE_LOGIN,
                                "it says \"Resource forbidden\"" },
                { "payloads/lgsp/token_invalid_client_401.json", NULL, 401, "application/json", FAILURE_LOGIN,
                                "it says \"A valid OAuth client could not be found for client_id: "
                                "invalid_client_id\"" },
                { "payloads/ckan/error_404.json", NULL, 404, "application/json", FAILURE_HTTP, "it says \"" },
                { "payloads/ckan/error_400_unknown_action.json", NULL, 400, "application/json", FAILURE_HTTP,
                                "it says \"" },
                { "payloads/ckan/error_409_validation.json", NULL, 409, "application/json", FAILURE_HTTP,
                                "it says \"{ \"rows\": [ \"Invalid integer\" ], \"__type\": \"Validation Error\" }\"" },
                { NULL, "{\"error\":{}}", 409, "application/json", FAILURE_HTTP, "HTTP 409: the source refuses the request" },
                { "payloads/onestop/opencps_error_406.json", NULL, 406, "application/json", FAILURE_HTTP,
                                "it says \"" },
                { "payloads/onestop/tandan_error_400.txt", NULL, 400, "text/plain; charset=utf-8",
                                FAILURE_HTTP, "it says \"" },
                { NULL, "{\"fault\":{\"code\":900804,\"message\":\"Message throttled out\"}}", 403,
                                "application/json", FAILURE_LIMITED, "Message throttled out" },
                { NULL, "<ams:fault><ams:code>900901</ams:code></ams:fault>", 403, "application/xml",
                                FAILURE_LOGIN, "HTTP 403" },
                { NULL, "", 404, "text/html", FAILURE_HTTP, "HTTP 404: the source knows no such address" },
                { NULL, "<html><body>Not Found</body></html>", 404, "text/html", FAILURE_HTTP,
                                "HTTP 404: the source knows no such address" },
                { NULL, "<html>502 Bad Gateway</html>", 502, "text/html", FAILURE_HTTP,
                                "HTTP 502: the source has an error of its own" },
                { NULL, "\x01\x02\x03", 400, "application/octet-stream", FAILURE_HTTP,
                                "HTTP 400: the source refuses the request" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                static const JudgeSpec spec = {};
                _cleanup_(text_done) Text type = TEXT_INIT(256), body = TEXT_INIT(65536);
                Failure failure = {};
                HttpResponse resp;

                (void) text_printf(&type, "Content-Type: %s", cases[i].type);
                if (cases[i].file)
                        assert_int_equal(file_read(cases[i].file, &body), 0);
                else
                        (void) text_add_str(&body, cases[i].text);
                resp = response(cases[i].status, text_str(&type));
                (void) judge_head(&spec, json_types, &resp, &failure);
                judge_body_head(&resp, text_bytes(&body), &failure);
                assert_int_equal(failure.class, cases[i].class);
                if (!strstr(failure.story, cases[i].words))
                        fail_msg("case %zu: %s", i, failure.story);
                http_response_done(&resp);
        }
}

/* A quotation is cut between characters, and control characters do not reach the operator. */
static void test_quote(void **state) {
        static const JudgeSpec spec = {};
        _cleanup_(text_done) Text body = TEXT_INIT(4096);
        HttpResponse resp = response(400, "Content-Type: application/json");
        Failure failure = {};

        (void) state;
        (void) text_add_str(&body, "{\"message\":\"\\u0007");
        for (unsigned i = 0; i < 300; i++)
                (void) text_add_str(&body, "ậ");
        (void) text_add_str(&body, "\"}");
        (void) judge_head(&spec, json_types, &resp, &failure);
        judge_body_head(&resp, text_bytes(&body), &failure);
        assert_true(bytes_is_utf8(bytes_of(failure.story), NULL));
        assert_null(strchr(failure.story, '\a'));
        assert_true(bytes_ends(bytes_of(failure.story), "ậ\""));
        http_response_done(&resp);
}

/* Both forms of Retry-After are the same wait, and no source can ask for more than the cap. */
static void test_retry_after(void **state) {
        const usec_t now = UINT64_C(784111777) * USEC_SEC, cap = 600 * USEC_SEC;
        static const struct {
                const char *header;
                usec_t span;
        } cases[] = {
                { "Retry-After: 120", 120 * USEC_SEC },
                { "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT", 120 * USEC_SEC },
                { "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", 0 },
                { "Retry-After: Sun, 06 Nov 1993 08:49:37 GMT", 0 },
                { "Retry-After: 0", 0 },
                { "Retry-After: 601", 600 * USEC_SEC },
                { "Retry-After: 99999999999999999", 600 * USEC_SEC },
                { "Retry-After: Fri, 06 Nov 2099 08:49:37 GMT", 600 * USEC_SEC },
                { "Retry-After: soon", 0 },
                { "Retry-After: -5", 0 },
                { NULL, 0 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                HttpResponse resp = response(429, cases[i].header);

                assert_true(judge_retry_after(&resp, now, cap) == cases[i].span);
                http_response_done(&resp);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_head),
                cmocka_unit_test(test_because),
                cmocka_unit_test(test_verify),
                cmocka_unit_test(test_body),
                cmocka_unit_test(test_quote),
                cmocka_unit_test(test_retry_after),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

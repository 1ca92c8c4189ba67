/* Tests of fetch/request.c. */

#include <errno.h>

#include "fetch_util.h"
#include "fetch/request.h"

static Period march;
static TemplateVars vars = { .unit_code = "H43 05", .unit_name = "Sở \"Y tế\"", .item = "a&b", .cursor = "c\"&=",
        .now = UINT64_C(1709600950123456) };

static int set_up(void **state) {
        (void) state;
        assert_int_equal(period_parse(BYTES_LIT("2024-03"), &march), 0);
        vars.window = &march;
        return zone_get("Asia/Ho_Chi_Minh", &vars.zone);
}

/* The request of an ask is exactly what the operator wrote, each value encoded for its place. */
static void test_make(void **state) {
        static const struct {
                const char *yaml, *base_url, *expected;
        } cases[] = {
                { "path: /x", "http://a/api/v1", "GET http://a/api/v1/x\n\n" },
                { "path: x", "http://a/api/v1/", "GET http://a/api/v1/x\n\n" },
                { "path: ''", "http://a/api", "GET http://a/api\n\n" },
                { "path: '?y=1'", "http://a/api", "GET http://a/api?y=1\n\n" },
                { "path: 'https://b/x'", "http://a", "GET https://b/x\n\n" },
                { "path: '/u/{{unit.code}}/đơn vị'", "http://a",
                                "GET http://a/u/H43%2005/%C4%91%C6%A1n%20v%E1%BB%8B\n\n" },
                { "{path: /x, query: {q: '{{item}}', 'fromDate': 01/02/2024, empty: ''}}", "http://a",
                                "GET http://a/x?q=a%26b&fromDate=01%2F02%2F2024&empty=\n\n" },
                { "{path: '/x?z=1', query: {q: 1}}", "http://a", "GET http://a/x?z=1&q=1\n\n" },
                { "{path: /x, headers: {groupId: '{{item}}'}}", "http://a",
                                "GET http://a/x\ngroupId: a&b\n\n" },
                { "{path: /x, method: POST, form: {params: '{\"a\":\"{{unit.code}}\"}', b: ''}}", "http://a",
                                "POST http://a/x\nContent-Type: "
                                "application/"
                                "x-www-form-urlencoded\n\nparams=%7B%22a%22%3A%22H43%2005%22%7D&b=\n" },
                { "{path: /x, method: POST, json: {unit: '{{unit.code}}', n: 1}}", "http://a",
                                "POST http://a/x\nContent-Type: application/json\n\n{\"unit\":\"H43 "
                                "05\",\"n\":1}\n" },
                { "{path: /x, method: POST, headers: {content-type: text/xml}, body: '<u>{{unit.code}}</u>'}",
                                "http://a", "POST http://a/x\ncontent-type: text/xml\n\n<u>H43 05</u>\n" },
                { "{path: /x, method: POST, headers: {content-type: text/xml}, body: '<u>{{item|xml}}</u>'}",
                                "http://a", "POST http://a/x\ncontent-type: text/xml\n\n<u>a&amp;b</u>\n" },
                { "{path: '/{{cursor}}', method: POST, query: {c: '{{cursor}}', w: '{{window.from|dd/MM/yyyy}}', "
                  "n: '{{now|HH:mm}}'}, headers: {x: '{{cursor}}{{now|epoch}}'}, form: {f: '{{cursor}}', w: "
                  "'{{window.to|dd/MM/yyyy}}', n: '{{now|HH:mm}}'}}", "http://a",
                                "POST http://a/c%22%26%3D?c=c%22%26%3D&w=01%2F03%2F2024&n=08%3A09\nx: "
                                "c\"&=1709600950\nContent-Type: application/x-www-form-urlencoded\n\nf=c%22%26%3D&w=31%2F03%2F"
                                "2024&n=08%3A09\n" },
                { "{path: /x, method: POST, json: {c: '{{cursor}}', w: ['{{window.from}}', '{{window.year|number}}'], n: "
                  "'{{now}}', u: {name: '{{unit.name}}'}}}", "http://a",
                                "POST http://a/x\nContent-Type: application/json\n\n{\"c\":\"c\\\"&=\",\"w\":["
                                "\"2024-03-01\",2024],\"n\":\"2024-03-05T01:09:10.123456Z\",\"u\":{\"name\":\"Sở \\\"Y tế\\\"\"}}\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                RequestSpec spec = {};
                Conf c = conf_fill(cases[i].yaml, request_fields, &spec);
                _cleanup_(request_plan_freep) RequestPlan *plan = NULL;
                _cleanup_(http_request_freep) HttpRequest *req = NULL;
                _cleanup_(text_done) Text out = TEXT_INIT(4096);

                assert_int_equal(request_plan_new(&plan, &spec, cases[i].base_url, c.root, c.diag), 0);
                assert_int_equal(request_plan_make(plan, &vars, &req), 0);
                http_request_render(req, &out);
                assert_text(out, cases[i].expected);
                conf_done(&c);
        }
}

/* A request that cannot be meant is refused when it is loaded. */
static void test_findings(void **state) {
        static const struct {
                const char *yaml, *base_url, *finding;
        } cases[] = {
                { "path: /x", "ftp://a", "base_url: \"ftp://a\" does not begin with http:// or https://" },
                { "path: /x", "http://a?b",
                                "base_url must not have a query; put it under \"request: query:\"" },
                { "path: '/x#y'", "http://a", "\"#\" begins a fragment, which is never sent; write %23" },
                { "{path: /x, json: {}}", "http://a", "a body needs \"method: POST\"" },
                { "{path: /x, method: POST, json: {}, body: x}", "http://a",
                                "a request has one body: give only one of \"json\", \"form\" and \"body\"" },
                { "{path: /x, headers: {Host: x}}", "http://a",
                                "header \"Host\" is written by the program and cannot be set" },
                { "{path: /x, headers: {authorization: x}}", "http://a",
                                "header \"authorization\" would carry a credential in clear text; use "
                                "\"auth:\"" },
                { "{path: /x, headers: {'a b': x}}", "http://a", "\"a b\" cannot be a header name" },
                { "{path: '/{{nope}}'}", "http://a",
                                "unknown variable \"nope\"; known are window.*, unit.*, page.*, item, cursor and "
                                "now" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text findings = TEXT_INIT(4096);
                RequestPlan *plan = NULL;
                RequestSpec spec = {};
                Conf c = conf_fill(cases[i].yaml, request_fields, &spec);

                assert_int_equal(request_plan_new(&plan, &spec, cases[i].base_url, c.root, c.diag), 1);
                assert_null(plan);
                conf_findings(&c, &findings);
                assert_text(findings, cases[i].finding);
                conf_done(&c);
        }
}

/* A value that is missing ends the ask before anything is sent; which variables a plan uses is known. */
static void test_unset(void **state) {
        RequestSpec spec = {};
        Conf c = conf_fill(
                        "{path: /x, method: POST, query: {a: '{{window.from}}'}, json: {u: '{{unit.code}}'}}",
                        request_fields, &spec);
        _cleanup_(request_plan_freep) RequestPlan *plan = NULL;
        TemplateVars without = vars;
        HttpRequest *req = NULL;

        (void) state;
        without.window = NULL;
        assert_int_equal(request_plan_new(&plan, &spec, "http://a", c.root, c.diag), 0);
        assert_true(request_plan_uses(plan, "window"));
        assert_true(request_plan_uses(plan, "unit"));
        assert_false(request_plan_uses(plan, "item"));
        assert_int_equal(request_plan_make(plan, &without, &req), -ENOKEY);
        assert_null(req);
        conf_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_make),
                cmocka_unit_test(test_findings),
                cmocka_unit_test(test_unset),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}

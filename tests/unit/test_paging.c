/* Tests of fetch/paging.c and its kinds: pages come from a source that is played here, and what is counted
 * is what was asked and how it ended. */

#include <errno.h>

#include "fetch_util.h"
#include "fetch/paging.h"

typedef struct Page {
        uint64_t n;             /* records */
        int64_t total;          /* 0: not stated */
        const char *cursor;
        const char *next_url;
        const char *last_id;
        const char *headers;
        int more;               /* 0: not stated, 1: yes, -1: no */
        const char *body;       /* for the loop guard; NULL: each page differs */
} Page;

/* Asks until the end; appends the URL (or body) of each request. Returns what ended it. */
static int play(const ConfKindOf *kind, const char *url, const char *body, unsigned max_pages,
                const Page *pages, size_t n_pages, Text *asked) {
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new(body ? "POST" : "GET", url);
        _cleanup_(paging_state_done) PagingState st = {};
        int r;

        if (body)
                http_request_set_body(req, bytes_of(body));
        r = paging_first(kind, &st, req);
        for (size_t i = 0; r >= 0; i++) {
                char unique[32];
                Sha256 digest;
                HttpResponse resp;
                PageFacts facts;

                (void) text_printf(asked, "%s%s", i > 0 ? " " : "",
                                body                    ? req->body
                                : strchr(req->url, '?') ? strchr(req->url, '?')
                                                        : req->url);
                if (i == n_pages)
                        fail_msg("asked for more than is there: %s", text_str(asked));
                (void) snprintf(unique, sizeof(unique), "page %zu", i);
                digest = sha256_of(bytes_of(pages[i].body ? pages[i].body : unique));
                resp = response(200, pages[i].headers);
                facts = (PageFacts){
                        .n_records = pages[i].n,
                        .total = pages[i].total > 0 ? pages[i].total : -1,
                        .cursor = bytes_of(pages[i].cursor),
                        .next_url = bytes_of(pages[i].next_url),
                        .last_id = bytes_of(pages[i].last_id),
                        .has_more = pages[i].more > 0   ? 1
                                    : pages[i].more < 0 ? 0
                                                        : -1,
                };
                r = paging_next(kind, &st, max_pages, &resp, &facts, &digest, req);
                http_response_done(&resp);
                if (r != 1)
                        return r;
        }
        return r;
}

/* Each kind asks for each page once, advances by what came, and ends where the source ends, never before a
 * stated total. */
static void test_pages(void **state) {
        static const struct {
                const char *kind, *yaml;
                Page pages[4];
                const char *asked;
                int r;
        } cases[] = {
                { "none", "{}", { { .n = 5 } }, "http://a/x", 0 },
                { "none", "{}", { { .n = 5, .total = 5 } }, "http://a/x", 0 },
                { "none", "{}", { { .n = 5, .total = 6 } }, "http://a/x", PAGING_E_SHORT },

                { "page", "param: p", { { .n = 2 }, { .n = 1 }, { .n = 0 } }, "?p=1 ?p=2 ?p=3", 0 },
                { "page", "param: p", { { .n = 0 } }, "?p=1", 0 },
                { "page", "{param: p, first: 0, size_param: s, size: 2, end: short}",
                                { { .n = 2 }, { .n = 1 } }, "?p=0&s=2 ?s=2&p=1", 0 },
                { "page", "{param: p, end: total}", { { .n = 2, .total = 3 }, { .n = 1, .total = 3 } },
                                "?p=1 ?p=2", 0 },
                { "page", "{param: p, end: total}", { { .n = 2, .total = 3 }, { .n = 0, .total = 3 } },
                                "?p=1 ?p=2", PAGING_E_SHORT },
                { "page", "{param: p, end: total}", { { .n = 2 } }, "?p=1", PAGING_E_SILENT },
                { "page", "{param: p, end: flag}", { { .n = 2, .more = 1 }, { .n = 1, .more = -1 } },
                                "?p=1 ?p=2", 0 },
                { "page", "{param: p, end: flag}", { { .n = 2, .more = 1 }, { .n = 0, .more = 1 } },
                                "?p=1 ?p=2", PAGING_E_SHORT },
                { "page", "{param: p, end: flag}", { { .n = 2 } }, "?p=1", PAGING_E_SILENT },
                { "page", "{param: p, end: empty}", { { .n = 2, .total = 5 }, { .n = 0, .total = 5 } },
                                "?p=1 ?p=2", PAGING_E_SHORT },
                { "page", "param: p", { { .n = 2, .body = "same" }, { .n = 2, .body = "same" } }, "?p=1 ?p=2",
                                PAGING_E_LOOP },
                { "page", "param: p",
                                { { .n = 2, .body = "a" }, { .n = 2, .body = "b" }, { .n = 2, .body = "a" } },
                                "?p=1 ?p=2 ?p=3", PAGING_E_LOOP },
                { "page", "param: p", { { .n = 1 }, { .n = 1 }, { .n = 1 }, { .n = 1 } },
                                "?p=1 ?p=2 ?p=3 ?p=4", PAGING_E_CAPPED },

                { "offset", "{param: start, size_param: rows, size: 100}",
                                { { .n = 25 }, { .n = 25 }, { .n = 0 } },
                                "?start=0&rows=100 ?rows=100&start=25 ?rows=100&start=50", 0 },
                { "offset", "{param: start, size_param: rows, size: 100, end: total}",
                                { { .n = 25, .total = 30 }, { .n = 5, .total = 30 } },
                                "?start=0&rows=100 ?rows=100&start=25", 0 },
                { "offset", "{param: start, size_param: rows, size: 100, end: short}",
                                { { .n = 25, .total = 30 }, { .n = 5, .total = 30 } },
                                "?start=0&rows=100 ?rows=100&start=25", 0 },
                { "offset", "{param: start, size_param: rows, size: 100, end: short}", { { .n = 25 } },
                                "?start=0&rows=100", 0 },
                { "offset", "{param: start, end_param: end, size: 50, end: short}",
                                { { .n = 50 }, { .n = 3 } }, "?start=0&end=50 ?start=50&end=100", 0 },

                { "cursor", "param: c",
                                { { .n = 2, .cursor = "x y" }, { .n = 2, .cursor = "z" }, { .n = 1 } },
                                "http://a/x ?c=x%20y ?c=z", 0 },
                { "cursor", "{param: c, first: '*', size_param: n, size: 9}", { { .n = 2 } }, "?c=%2A&n=9",
                                0 },
                { "cursor", "param: c", { { .n = 2, .cursor = "x" }, { .n = 2, .cursor = "x" } },
                                "http://a/x ?c=x", PAGING_E_LOOP },
                { "cursor", "{param: c, repeat: end}",
                                { { .n = 2, .cursor = "x" }, { .n = 2, .cursor = "x" } }, "http://a/x ?c=x",
                                0 },
                { "cursor", "{param: c, from: record}", { { .n = 2, .last_id = "7" }, { .n = 0 } },
                                "http://a/x ?c=7", 0 },
                { "cursor", "{param: c, from: header, header: X-Next}",
                                { { .n = 2, .headers = "X-Next: k" }, { .n = 2 } }, "http://a/x ?c=k", 0 },
                { "cursor", "param: c", { { .n = 2, .total = 4, .cursor = "x" }, { .n = 1, .total = 4 } },
                                "http://a/x ?c=x", PAGING_E_SHORT },
                { "cursor", "param: c", { { .n = 2, .cursor = "x", .more = -1 } }, "http://a/x", 0 },

                { "next_url", "{}",
                                { { .n = 2, .next_url = "/x?page=2" }, { .n = 2, .next_url = "?page=3" },
                                                { .n = 1 } },
                                "http://a/x ?page=2 ?page=3", 0 },
                { "next_url", "{}", { { .n = 2, .next_url = "http://a/x" } }, "http://a/x", PAGING_E_LOOP },
                { "next_url", "{}", { { .n = 2, .next_url = "http://b/x" } }, "http://a/x",
                                PAGING_E_FOREIGN },
                { "next_url", "{}", { { .n = 2, .next_url = "https://a/x" } }, "http://a/x",
                                PAGING_E_FOREIGN },
                { "next_url", "{}", { { .n = 2, .next_url = "gopher://a/x" } }, "http://a/x", -EINVAL },
                { "next_url", "{}", { { .n = 2, .total = 3 } }, "http://a/x", PAGING_E_SHORT },

                { "link", "{}",
                                { { .n = 2,
                                                  .headers = "Link: <?page=2>; rel=\"next\", <?page=9>; "
                                                             "rel=\"last\"" },
                                                { .n = 1, .headers = "Link: <?page=1>; rel=prev" } },
                                "http://a/x ?page=2", 0 },
                { "link", "{}",
                                { { .n = 2,
                                                  .headers = "Link: <?a=1,2>; title=\"x, <y>; rel=next\"; "
                                                             "rel=\"last NEXT\"" },
                                                { .n = 1 } },
                                "http://a/x ?a=1,2", 0 },
                { "link", "{}",
                                { { .n = 2,
                                                  .headers = "Link: <?p=1>; rel=prev\nLink: <?p=3>; "
                                                             "REL=next; rel=prev" },
                                                { .n = 1 } },
                                "http://a/x ?p=3", 0 },
                { "link", "{}", { { .n = 2, .headers = "Link: ?page=2; rel=next" } }, "http://a/x",
                                -EBADMSG },
                { "link", "{}", { { .n = 2, .headers = "Link: <?page=2>; rel=\"next" } }, "http://a/x",
                                -EBADMSG },
                { "link", "{}", { { .n = 2, .headers = "Link: <http://b/>; rel=next" } }, "http://a/x",
                                PAGING_E_FOREIGN },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text asked = TEXT_INIT(4096);
                ConfKindOf kind;
                Conf c = kind_fill(paging_kinds, cases[i].kind, cases[i].yaml, &kind);
                int r = play(&kind, "http://a/x", NULL, 4, cases[i].pages, 4, &asked);

                if (r != cases[i].r || strcmp(text_str(&asked), cases[i].asked) != 0)
                        fail_msg("case %zu (%s %s): %d, asked %s", i, cases[i].kind, cases[i].yaml, r,
                                        text_str(&asked));
                conf_done(&c);
        }
}

/* Page parameters can go into a JSON body or a header, and nothing else of the body changes. */
static void test_places(void **state) {
        static const Page pages[] = { { .n = 2 }, { .n = 0 } };
        _cleanup_(text_done) Text asked = TEXT_INIT(4096);
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://a/");
        ConfKindOf kind;
        Conf c = kind_fill(paging_kinds, "page", "{param: .page.current, size_param: .pageSize, size: 50}",
                        &kind);

        (void) state;
        assert_int_equal(play(&kind, "http://a/x", "{\"q\":\"\",\"page\":{\"current\":0}}", 9, pages, 2,
                                         &asked),
                        0);
        assert_text(asked, "{\"pageSize\":50,\"q\":\"\",\"page\":{\"current\":1}} "
                           "{\"pageSize\":50,\"q\":\"\",\"page\":{\"current\":2}}");
        assert_int_equal(paging_put_text(req, "header:X-Page", BYTES_LIT("k")), 0);
        assert_string_equal(http_request_header(req, "X-Page")->value, "k");
        assert_int_equal(paging_put_number(req, ".page", 1), -EINVAL);
        http_request_set_body(req, BYTES_LIT("a=1"));
        assert_int_equal(paging_put_number(req, ".page", 1), -EINVAL);
        http_request_set_body(req, BYTES_LIT("{}"));
        assert_int_equal(paging_put_text(req, ".c", BYTES_LIT("a\"b")), 0);
        assert_string_equal(req->body, "{\"c\":\"a\\\"b\"}");
        conf_done(&c);
}

/* A request that is made of what the mark says. */
static int renewed(void *userdata, const PageMark *mark, HttpRequest **ret) {
        _cleanup_(text_done) Text body = TEXT_INIT(200);

        (void) text_printf(&body, "%s%" PRIu64 "/%" PRIu64 "-%" PRIu64 "/%" PRIu64 "/%s", (const char *) userdata,
                        mark->number, mark->offset, mark->end, mark->size, mark->cursor ? mark->cursor : "none");
        *ret = http_request_new("POST", "http://a/x");
        http_request_set_body(*ret, text_bytes(&body));
        return 0;
}

/* A request that names its page itself is made anew for each page, with the mark that the kind counts; what
 * "param" and "size_param" put in besides is in each of them. */
static void test_renew(void **state) {
        static const struct {
                const char *kind, *yaml, *cursor;
                const char *bodies, *urls;
        } cases[] = {
                { "page", "{first: 0, size: 2}", NULL, " p0/0-0/2/none p1/0-0/2/none p2/0-0/2/none",
                                " http://a/x http://a/x http://a/x" },
                { "page", "{size: 2, size_param: s}", NULL, " p1/0-0/2/none p2/0-0/2/none p3/0-0/2/none",
                                " http://a/x?s=2 http://a/x?s=2 http://a/x?s=2" },
                { "offset", "{size: 5}", NULL, " p0/0-5/5/none p0/2-7/5/none p0/4-9/5/none",
                                " http://a/x http://a/x http://a/x" },
                { "offset", "{size: 5, end_param: e}", NULL, " p0/0-5/5/none p0/2-7/5/none p0/4-9/5/none",
                                " http://a/x?e=5 http://a/x?e=7 http://a/x?e=9" },
                { "cursor", "{size: 2, size_param: s}", "k", " p0/0-0/2/ p0/0-0/2/k",
                                " http://a/x?s=2 http://a/x?s=2" },
                { "cursor", "{first: '*'}", "k", " p0/0-0/0/* p0/0-0/0/k", " http://a/x http://a/x" },
                { "link", "{}", NULL, " none", " http://first/" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://first/");
                _cleanup_(paging_state_done) PagingState st = { .renew = renewed, .userdata = (void *) "p" };
                _cleanup_(text_done) Text bodies = TEXT_INIT(500), urls = TEXT_INIT(500);
                HttpResponse resp = response(200, NULL);
                ConfKindOf kind;
                Conf c = kind_fill(paging_kinds, cases[i].kind, cases[i].yaml, &kind);
                int r = paging_first(&kind, &st, req) < 0 ? -1 : 1;

                for (unsigned page = 0; r == 1 && page < 3; page++) {
                        PageFacts facts = { .n_records = 2, .total = -1, .has_more = -1,
                                .cursor = page == 0 ? bytes_of(cases[i].cursor) : BYTES_NULL };

                        (void) text_printf(&bodies, " %s", req->body ? req->body : "none");
                        (void) text_printf(&urls, " %s", req->url);
                        r = paging_next(&kind, &st, 10, &resp, &facts, NULL, req);
                }
                assert_text(bodies, cases[i].bodies);
                assert_text(urls, cases[i].urls);
                http_response_done(&resp);
                conf_done(&c);
        }
}

/* Specs that cannot work are findings. */
static void test_verify(void **state) {
        static const struct {
                const char *kind, *yaml, *finding;
                PageUse use;
        } cases[] = {
                { "page", "size: 5",
                                "state with \"param\" where the mark of the page goes, or write {{page.number}} "
                                "into the request", {} },
                { "offset", "size: 5",
                                "state with \"param\" where the mark of the page goes, or write {{page.offset}} "
                                "into the request", {} },
                { "cursor", "size: 5",
                                "state with \"param\" where the mark of the page goes, or write {{page.cursor}} "
                                "into the request", {} },
                { "page", "first: 0",
                                "{{page.size}} and {{page.end}} need \"size\": how many records a page holds",
                                { .place = true, .size = true } },
                { "page", "{param: 'a b'}",
                                "\"a b\" is neither a query parameter nor \".member\" of a JSON body nor "
                                "\"header:Name\"", {} },
                { "page", "param: '.a..b'",
                                "\".a..b\" is neither a query parameter nor \".member\" of a JSON body nor "
                                "\"header:Name\"", {} },
                { "page", "{param: p, size_param: s}",
                                "\"size_param\" needs \"size\": the number that it is to hold", {} },
                { "page", "{param: p, end: short}",
                                "\"end: short\" needs \"size\": how many records are a full page", {} },
                { "offset", "{param: p, end: short}",
                                "\"end: short\" needs \"size\": how many records are a full page", {} },
                { "cursor", "{param: p, from: header}", "\"from: header\" and \"header\" go together", {} },
                { "cursor", "{param: p, header: X}", "\"from: header\" and \"header\" go together", {} },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text findings = TEXT_INIT(4096);
                ConfKindOf kind;
                Conf c = kind_fill(paging_kinds, cases[i].kind, cases[i].yaml, &kind);

                ((const PagingOps *) kind.info)->verify(kind.spec, &cases[i].use, c.root, c.diag);
                conf_findings(&c, &findings);
                assert_text(findings, cases[i].finding);
                conf_done(&c);
        }
}

/* A kind names the fact of a page without which its pages would seem to end too early. */
static void test_needs(void **state) {
        static const struct {
                const char *kind, *yaml, *needs;
        } cases[] = {
                { "page", "{param: p}", NULL },
                { "page", "{param: p, size_param: s, size: 5, end: short}", NULL },
                { "page", "{param: p, end: total}", "total" },
                { "offset", "{param: p, end: flag}", "has_more" },
                { "cursor", "{param: p}", "cursor" },
                { "cursor", "{param: p, from: record}", "last_id" },
                { "cursor", "{param: p, from: header, header: X}", NULL },
                { "next_url", "{}", "next_url" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                ConfKindOf kind;
                Conf c = kind_fill(paging_kinds, cases[i].kind, cases[i].yaml, &kind);
                const char *needs = ((const PagingOps *) kind.info)->needs(kind.spec);

                if (!needs || !cases[i].needs)
                        assert_true(needs == cases[i].needs);
                else
                        assert_string_equal(needs, cases[i].needs);
                conf_done(&c);
        }
}

/* Every kind says what it is for. */
static void test_help(void **state) {
        (void) state;
        for (const ConfKindInfo *const *k = paging_kinds; *k; k++) {
                assert_true((*k)->help && strlen((*k)->help) > 10);
                assert_non_null((*k)->fields);
                assert_true((*k)->spec_size > 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pages),
                cmocka_unit_test(test_places),
                cmocka_unit_test(test_renew),
                cmocka_unit_test(test_verify),
                cmocka_unit_test(test_needs),
                cmocka_unit_test(test_help),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

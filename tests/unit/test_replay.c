/* Tests of fetch/replay.c. */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "fetch_util.h"
#include "fetch/replay.h"

static char folder[64];

static const TransferLimits limits = { .max_body = 1000 };

typedef struct Seen {
        Text body;
        int status;
        TransferResult result;
        unsigned n_done;
        bool stops;
} Seen;

static int on_head(void *userdata, const HttpResponse *head) {
        Seen *s = userdata;

        s->status = head->status;
        return 0;
}

static int on_body(void *userdata, Bytes chunk) {
        Seen *s = userdata;

        (void) text_add(&s->body, chunk);
        return s->stops;
}

static void on_done(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        Seen *s = userdata;

        (void) resp;
        (void) now;
        s->result = *result;
        s->n_done++;
}

static const TransferEvents events = { on_head, on_body, on_done };

static void put(const char *name, const char *content) {
        _cleanup_(text_done) Text path = TEXT_INIT(256);

        (void) text_printf(&path, "%s/%s", folder, name);
        assert_int_equal(file_write(text_str(&path), bytes_of(content), 0600), 0);
}

static int set_up(void **state) {
        (void) state;
        (void) snprintf(folder, sizeof(folder), "/tmp/thiduad-replay-XXXXXX");
        return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
        char **files = NULL;

        (void) state;
        assert_int_equal(dir_list(folder, "", &files), 0);
        for (char **f = files; *f; f++) {
                _cleanup_(text_done) Text path = TEXT_INIT(256);

                (void) text_printf(&path, "%s/%s", folder, *f);
                (void) unlink(text_str(&path));
        }
        strv_free(files);
        return rmdir(folder);
}

static Seen ask(Transport *tr, const HttpRequest *req, bool stops) {
        Seen s = { .body = TEXT_INIT(4096), .stops = stops };
        Transfer *t;

        assert_int_equal(tr->ops->start(tr, req, &limits, &events, &s, &t), 0);
        assert_int_equal(s.n_done, 0);
        assert_true(replay_step(tr, 5));
        assert_int_equal(s.n_done, 1);
        assert_false(replay_step(tr, 5));
        return s;
}

/* Each recorded exchange answers once, in order; a request that differs is told where. */
static void test_answers(void **state) {
        _cleanup_(http_request_freep) HttpRequest *first = http_request_new("GET", "http://a/x?p=1"),
                                                  *second = http_request_new("GET", "http://a/x?p=3");
        _cleanup_(text_done) Text unused = TEXT_INIT(256);
        _cleanup_(transport_freep) Transport *tr = NULL;
        Seen s;

        (void) state;
        put("01.request", "GET http://a/x?p=1\nAccept: x\n\n");
        put("01.response", "HTTP 200\nContent-Type: application/json\n\n");
        put("01.body", "[1]\n");
        put("02.request", "GET http://a/x?p=1\n\n");
        put("02.response", "HTTP 503\r\nRetry-After: 1\r\n\r\n");
        put("03.request", "GET http://a/x?p=2\n");
        put("03.response", "HTTP 200\n\n[]");
        assert_int_equal(replay_transport_new(&tr, folder), 0);
        s = ask(tr, first, false);
        assert_int_equal(s.result.outcome, TRANSFER_OK);
        assert_int_equal(s.status, 200);
        assert_text(s.body, "[1]\n");
        text_done(&s.body);
        s = ask(tr, first, false);
        assert_int_equal(s.status, 503);
        assert_int_equal(s.body.len, 0);
        s = ask(tr, first, false);
        assert_int_equal(s.result.outcome, TRANSFER_E_FORBIDDEN);
        assert_string_equal(s.result.story, "the request of \"01\" was made once more than it is recorded");
        s = ask(tr, second, false);
        assert_string_equal(s.result.story, "no recorded exchange; \"01\" is nearest: it has \"GET "
                                            "http://a/x?p=1\n\" where \"GET http://a/x?p=3\n\" was asked");
        assert_int_equal(replay_unused(tr, &unused), 1);
        assert_text(unused, "03");
}

/* The bounds and wishes of the owner hold in a replay as on the wire. */
static void test_bounds(void **state) {
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://a/x");
        _cleanup_(text_done) Text big = TEXT_INIT(4096);
        _cleanup_(transport_freep) Transport *tr = NULL;
        Transfer *t;
        Seen s;

        (void) state;
        (void) text_add_str(&big, "HTTP 200\n\n");
        for (unsigned i = 0; i < 1001; i++)
                (void) text_add_char(&big, 'x');
        put("01.request", "GET http://a/x\n");
        put("01.response", text_str(&big));
        put("02.request", "GET http://a/x\n");
        put("02.response", "HTTP 200\n\nabc");
        put("03.request", "GET http://a/x\n");
        put("03.response", "nonsense");
        assert_int_equal(replay_transport_new(&tr, folder), 0);
        s = ask(tr, req, false);
        assert_int_equal(s.result.outcome, TRANSFER_E_LIMIT);
        text_done(&s.body);
        s = ask(tr, req, true);
        assert_int_equal(s.result.outcome, TRANSFER_STOPPED);
        text_done(&s.body);
        s = ask(tr, req, false);
        assert_int_equal(s.result.outcome, TRANSFER_E_FORBIDDEN);
        assert_string_equal(
                        s.result.story, "\"03.response\" does not begin with \"HTTP STATUS\" and headers");
        assert_int_equal(tr->ops->start(tr, req, &limits, &events, &s, &t), 0);
        tr->ops->cancel(t);
        assert_false(replay_step(tr, 5));
        assert_int_equal(tr->ops->start(tr, req, &limits, &events, &s, &t), 0);
}

/* What is recorded holds no secret and answers the same request when it is replayed. */
static void test_record(void **state) {
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("POST", "http://a/token?x=1");
        _cleanup_(text_done) Text request = TEXT_INIT(4096), answer = TEXT_INIT(4096), path = TEXT_INIT(256);
        _cleanup_(transport_freep) Transport *tr = NULL;
        HttpResponse resp = response(
                        200, "Content-Type: application/json\nSet-Cookie: s=hush\nContent-Length: 99");
        Seen s;

        (void) state;
        assert_int_equal(http_request_set(req, "Accept", "application/json"), 0);
        assert_int_equal(http_request_set_secret(req, "Authorization", BYTES_LIT("Basic hush")), 0);
        req->secret_query_name = xstrdup("key");
        req->secret_query = secret_new(BYTES_LIT("hush"));
        http_request_set_body(req, BYTES_LIT("client_secret=hush"));
        req->body_is_secret = true;
        assert_int_equal(replay_record(folder, 1, req, &resp,
                                         BYTES_LIT("{\"access_token\":\"hush\",\"expires_in\":60}")),
                        0);
        http_response_done(&resp);
        (void) text_printf(&path, "%s/01.request", folder);
        assert_int_equal(file_read(text_str(&path), &request), 0);
        assert_text(request, "POST http://a/token?x=1&key=***\nAccept: application/json\nAuthorization: "
                             "***\n\n***");
        text_clear(&path);
        (void) text_printf(&path, "%s/01.response", folder);
        assert_int_equal(file_read(text_str(&path), &answer), 0);
        assert_text(answer, "HTTP 200\nContent-Type: application/json\nSet-Cookie: "
                            "***\n\n{\"access_token\":\"token-of-a-recording\",\"expires_in\":60}");
        assert_int_equal(replay_transport_new(&tr, folder), 0);
        s = ask(tr, req, false);
        assert_int_equal(s.result.outcome, TRANSFER_OK);
        assert_text(s.body, "{\"access_token\":\"token-of-a-recording\",\"expires_in\":60}");
        text_done(&s.body);
        assert_int_equal(replay_unused(tr, NULL), 0);
}

/* Of a login whose kind says what it reads, that alone is kept, the token with another value; what a request with a
 * secret body brings is no login, and kept whole. */
static void test_record_login(void **state) {
        static const struct {
                const char *shape, *headers, *body, *kept;
        } cases[] = {
                { ".data.session\n.code\n.data.until", "X-A: 1",
                                "{\"code\":\"0\",\"data\":{\"session\":\"hush\",\"other\":\"hush\",\"until\":\"9\"}}",
                                "HTTP 200\nX-A: 1\n\n{\"code\":\"0\",\"data\":{\"until\":\"9\",\"session\":\"token-of-a-recording\"}}" },
                { "header:X-Session\n.code", "x-session: hush\nX-Session-Other: 2", "{\"code\":0,\"x\":\"hush\"}",
                                "HTTP 200\nx-session: token-of-a-recording\nX-Session-Other: 2\n\n{\"code\":0}" },
                { "cookie:SID", "Set-Cookie: SID=hush; Path=/\nSet-Cookie: SIDX=hush", "hush",
                                "HTTP 200\nSet-Cookie: SID=token-of-a-recording\nSet-Cookie: ***\n\n" },
                { ".session", NULL, "<html>hush", "HTTP 200\n\n" },
                { "", NULL, "{\"key\":\"hush\"}", "HTTP 200\n\n" },
                { NULL, NULL, "{\"rows\":[1]}", "HTTP 200\n\n{\"rows\":[1]}" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *req = http_request_new("POST", "http://a/login");
                _cleanup_(text_done) Text answer = TEXT_INIT(4096), path = TEXT_INIT(256);
                HttpResponse resp = response(200, cases[i].headers);

                http_request_set_body(req, BYTES_LIT("password=hush"));
                req->body_is_secret = true;
                req->login_shape = xstrdup(cases[i].shape);
                assert_int_equal(replay_record(folder, 1, req, &resp, bytes_of(cases[i].body)), 0);
                http_response_done(&resp);
                (void) text_printf(&path, "%s/01.response", folder);
                assert_int_equal(file_read(text_str(&path), &answer), 0);
                assert_text(answer, cases[i].kept);
        }
}

/* A folder that is not there, or an exchange without its answer, is told at once. */
static void test_broken(void **state) {
        Transport *tr = NULL;

        (void) state;
        assert_int_equal(replay_transport_new(&tr, "/nonexistent"), -ENOENT);
        put("01.request", "GET http://a/x\n");
        assert_int_equal(replay_transport_new(&tr, folder), -ENOENT);
        assert_null(tr);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_record, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_record_login, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of fetch/recorder.c. */

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "fetch_util.h"
#include "fetch/recorder.h"
#include "fetch/replay.h"

static char played[64], kept[64];

static const TransferLimits limits = { .max_body = 100000 };

static int on_head(void *userdata, const HttpResponse *head) {
        (void) userdata;
        return head->status == 500;
}

static int on_body(void *userdata, Bytes chunk) {
        return text_add(userdata, chunk);
}

static void on_done(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        (void) userdata;
        (void) resp;
        (void) result;
        (void) now;
}

static const TransferEvents events = { on_head, on_body, on_done };

static void put(const char *name, const char *content) {
        _cleanup_(text_done) Text path = TEXT_INIT(256);

        (void) text_printf(&path, "%s/%s", played, name);
        assert_int_equal(file_write(text_str(&path), bytes_of(content), 0600), 0);
}

static void assert_kept(const char *name, const char *expected) {
        _cleanup_(text_done) Text path = TEXT_INIT(256), content = TEXT_INIT(1 << 20);

        (void) text_printf(&path, "%s/%s", kept, name);
        assert_int_equal(file_read(text_str(&path), &content), 0);
        assert_string_equal(text_str(&content), expected);
}

static int set_up(void **state) {
        (void) state;
        (void) snprintf(played, sizeof(played), "/tmp/thiduad-played-XXXXXX");
        (void) snprintf(kept, sizeof(kept), "/tmp/thiduad-kept-XXXXXX");
        return mkdtemp(played) && mkdtemp(kept) ? 0 : -1;
}

static void empty(const char *folder) {
        _cleanup_(strv_freep) char **files = NULL;

        assert_int_equal(dir_list(folder, "", &files), 0);
        for (char **f = files; *f; f++) {
                _cleanup_(text_done) Text path = TEXT_INIT(256);

                (void) text_printf(&path, "%s/%s", folder, *f);
                (void) unlink(text_str(&path));
        }
        (void) rmdir(folder);
}

static int tear_down(void **state) {
        (void) state;
        empty(played);
        empty(kept);
        return 0;
}

static void ask(Transport *tr, Transport *inner, const HttpRequest *req, Text *body) {
        Transfer *t;

        assert_int_equal(tr->ops->start(tr, req, &limits, &events, body, &t), 0);
        assert_true(replay_step(inner, 5));
}

/* What goes through is kept whole; of a login neither the secret nor the token is, nor anything of an answer that nobody knows how to read. */
static void test_keeps(void **state) {
        _cleanup_(http_request_freep) HttpRequest *get = http_request_new("GET", "http://a/x"), *login = http_request_new("POST", "http://a/token"),
                                                  *form = http_request_new("POST", "http://a/login");
        _cleanup_(text_done) Text body = TEXT_INIT(100000);
        _cleanup_(transport_freep) Transport *tr = NULL;
        Transport *inner;

        (void) state;
        http_request_set_body(login, BYTES_LIT("secret=1"));
        http_request_set_body(form, BYTES_LIT("secret=2"));
        login->body_is_secret = form->body_is_secret = true;
        login->login_shape = xstrdup("");
        form->login_shape = xstrdup("");
        put("01.request", "POST http://a/token\n\n***");
        put("01.response", "HTTP 200\n\n{\"access_token\": \"abc\", \"expires_in\": 60}");
        put("02.request", "GET http://a/x\n");
        put("02.response", "HTTP 200\nContent-Type: text/plain\nSet-Cookie: s=1\n\nall of it");
        put("03.request", "POST http://a/login\n\n***");
        put("03.response", "HTTP 200\n\n{\"hidden\": \"abc\"}");
        assert_int_equal(replay_transport_new(&inner, played), 0);
        tr = recorder_new(inner, kept);
        ask(tr, inner, login, &body);
        ask(tr, inner, get, &body);
        ask(tr, inner, form, &body);
        assert_text(body, "{\"access_token\": \"abc\", \"expires_in\": 60}all of it{\"hidden\": \"abc\"}");
        assert_int_equal(recorder_error(tr), 0);
        assert_int_equal(recorder_count(tr), 3);
        assert_kept("01.request", "POST http://a/token\n\n***");
        assert_kept("01.response", "HTTP 200\n\n{\"access_token\": \"token-of-a-recording\", \"expires_in\": 60}");
        assert_kept("02.response", "HTTP 200\nContent-Type: text/plain\nSet-Cookie: ***\n\nall of it");
        assert_kept("03.response", "HTTP 200\n\n");
}

/* A transfer that is cancelled leaves nothing; a folder that cannot be written is told. */
static void test_cancel(void **state) {
        _cleanup_(http_request_freep) HttpRequest *get = http_request_new("GET", "http://a/x");
        _cleanup_(text_done) Text body = TEXT_INIT(1000);
        _cleanup_(transport_freep) Transport *tr = NULL;
        Transport *inner;
        Transfer *t;

        (void) state;
        put("01.request", "GET http://a/x\n");
        put("01.response", "HTTP 200\n\n1");
        assert_int_equal(replay_transport_new(&inner, played), 0);
        tr = recorder_new(inner, "/nonexistent/folder");
        assert_int_equal(tr->ops->start(tr, get, &limits, &events, &body, &t), 0);
        tr->ops->cancel(t);
        assert_int_equal(recorder_count(tr), 0);
        ask(tr, inner, get, &body);
        assert_text(body, "1");
        assert_true(recorder_error(tr) < 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_keeps, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

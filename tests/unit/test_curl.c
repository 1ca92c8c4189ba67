/* Tests of fetch/curl.c against a small scripted server on the loopback, one process for each connection. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "fetch_util.h"
#include "fetch/curl.h"

/* ---- the server ---- */

static pid_t server = -1;
static unsigned port, closed_port;

/* gzip of "hello gzip, hello gzip, hello gzip". */
static const unsigned char gzipped[] = {
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0x48, 0xaf, 0xca, 0x2c, 0xd0, 0x51, 0xc8, 0xc0,
        0xca, 0x06, 0x00, 0xba, 0x31, 0x8e, 0x26, 0x22, 0x00, 0x00, 0x00,
};

static void put_all(int fd, const void *data, size_t len) {
        const char *p = data;

        while (len > 0) {
                ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

                if (n <= 0)
                        _exit(0);
                p += n;
                len -= (size_t) n;
        }
}

static void put_text(int fd, const char *text) {
        put_all(fd, text, strlen(text));
}

static void reply(int fd, const char *status, const char *headers, const char *body) {
        char head[1024];

        (void) snprintf(head, sizeof(head),
                        "HTTP/1.1 %s\r\nX-Connection: %d\r\n%sContent-Length: %zu\r\n\r\n", status, getpid(),
                        headers, strlen(body));
        put_text(fd, head);
        put_text(fd, body);
}

/* One request with its body; false: the other side is gone. */
static bool read_request(int fd, char *buffer, size_t size) {
        size_t len = 0, wanted = SIZE_MAX;

        while (len < wanted) {
                ssize_t n = recv(fd, buffer + len, size - 1 - len, 0);
                char *end, *length;

                if (n <= 0)
                        return false;
                len += (size_t) n;
                buffer[len] = '\0';
                /* A TLS client's first byte: answered as a server without TLS does. */
                if (buffer[0] == 0x16) {
                        put_text(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
                        return false;
                }
                end = strstr(buffer, "\r\n\r\n");
                if (!end)
                        continue;
                length = strcasestr(buffer, "\r\nContent-Length: ");
                wanted = (size_t) (end + 4 - buffer) +
                         (length && length < end ? strtoul(length + 18, NULL, 10) : 0);
        }
        return true;
}

/* Keeps the connection until the other side closes it. */
static void hang(int fd) {
        char c;

        while (recv(fd, &c, 1, 0) > 0)
                ;
        _exit(0);
}

static void answer_odd(int fd, const char *path) {
        if (strcmp(path, "/cut") == 0) {
                put_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
                _exit(0);
        }
        if (strcmp(path, "/silent") == 0)
                hang(fd);
        if (strcmp(path, "/idle") == 0) {
                put_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
                hang(fd);
        }
        if (strcmp(path, "/headers") == 0) {
                put_text(fd, "HTTP/1.1 200 OK\r\n");
                for (unsigned i = 0; i < 300; i++)
                        put_text(fd, "X-Flood: 1\r\n");
                put_text(fd, "Content-Length: 0\r\n\r\n");
        }
        if (strcmp(path, "/endless") == 0) {
                put_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (;;)
                        put_text(fd, "a\r\n0123456789\r\n");
        }
        if (strcmp(path, "/gzip") == 0) {
                put_text(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 35\r\n\r\n");
                put_all(fd, gzipped, sizeof(gzipped));
        }
        if (strcmp(path, "/continue") == 0) {
                put_text(fd, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n");
                reply(fd, "200 OK", "", "late");
        }
        if (strcmp(path, "/garbage") == 0) {
                put_text(fd, "220 mail server ready\r\n");
                _exit(0);
        }
        if (strcmp(path, "/close") == 0)
                _exit(0);
}

static void answer(int fd, const char *request) {
        char path[128] = "", headers[256];

        (void) snprintf(path, sizeof(path), "%.*s", (int) strcspn(strchr(request, ' ') + 1, " ?"),
                        strchr(request, ' ') + 1);
        if (strcmp(path, "/ok") == 0)
                reply(fd, "200 OK", "Content-Type: text/plain\r\n", "hello");
        else if (strcmp(path, "/echo") == 0)
                reply(fd, "200 OK", "", request);
        else if (strcmp(path, "/hop") == 0)
                reply(fd, "302 Found", "Location: ok\r\n", "moved");
        else if (strcmp(path, "/loop") == 0)
                reply(fd, "302 Found", "Location: /loop\r\n", "");
        else if (strcmp(path, "/away") == 0)
                reply(fd, "302 Found", "Location: http://localhost:1/login\r\n", "");
        else if (strcmp(path, "/file") == 0)
                reply(fd, "302 Found", "Location: file:///etc/passwd\r\n", "");
        else if (strcmp(path, "/post-hop") == 0) {
                (void) snprintf(headers, sizeof(headers), "Location: /echo\r\n");
                reply(fd, "301 Moved", headers, "");
        } else if (strcmp(path, "/missing") == 0)
                reply(fd, "404 Not Found", "", "no such thing");
        else
                answer_odd(fd, path);
}

static void serve(int listener) {
        static char request[65536];

        (void) signal(SIGCHLD, SIG_IGN);
        for (;;) {
                int fd = accept(listener, NULL, NULL);

                if (fd < 0)
                        _exit(1);
                if (fork() == 0) {
                        (void) close(listener);
                        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                        while (read_request(fd, request, sizeof(request)))
                                answer(fd, request);
                        _exit(0);
                }
                (void) close(fd);
        }
}

static unsigned bound_socket(int *ret_fd) {
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t len = sizeof(a);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (const struct sockaddr *) &a, sizeof(a)), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *) &a, &len), 0);
        *ret_fd = fd;
        return ntohs(a.sin_port);
}

static int closed_fd;

static int start_server(void **state) {
        int listener;

        (void) state;
        (void) signal(SIGPIPE, SIG_IGN);
        port = bound_socket(&listener);
        /* Bound but not listening: connections are refused, and nobody else gets the port. */
        closed_port = bound_socket(&closed_fd);
        assert_int_equal(listen(listener, 128), 0);
        server = fork();
        if (server == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                serve(listener);
        }
        (void) close(listener);
        return server > 0 ? 0 : -1;
}

static int stop_server(void **state) {
        (void) state;
        (void) kill(server, SIGKILL);
        (void) waitpid(server, NULL, 0);
        return close(closed_fd);
}

/* ---- the owner of a transfer ---- */

static const TransferLimits wide = {
        .connect_timeout = 5 * USEC_SEC, .first_byte_timeout = 20 * USEC_SEC, .idle_timeout = 20 * USEC_SEC, .total_timeout = 30 * USEC_SEC, .max_body = 1 << 20,
        .max_headers = 100, .max_redirects = 3,
};

typedef struct Seen {
        Transport *tr;
        Text body;
        int status;
        char connection[32];
        char url[128];
        TransferResult result;
        unsigned n_heads, n_done;
        bool stops_at_head, stops_at_body;
        struct Seen *starts_at_body, *cancels_at_body, *starts_at_done;
        Transfer *transfer;
} Seen;

static void start(Seen *s, Transport *tr, const char *path, const TransferLimits *limits);

static int on_head(void *userdata, const HttpResponse *head) {
        Seen *s = userdata;
        const char *connection = http_response_header(head, "X-Connection");

        s->n_heads++;
        s->status = head->status;
        (void) snprintf(s->connection, sizeof(s->connection), "%s", connection ? connection : "");
        (void) snprintf(s->url, sizeof(s->url), "%s", head->url);
        return s->stops_at_head;
}

static int on_body(void *userdata, Bytes chunk) {
        Seen *s = userdata;

        (void) text_add(&s->body, chunk);
        if (s->starts_at_body && !s->starts_at_body->transfer)
                start(s->starts_at_body, s->tr, "/ok", &wide);
        if (s->cancels_at_body && s->cancels_at_body->transfer) {
                s->tr->ops->cancel(s->cancels_at_body->transfer);
                s->cancels_at_body->transfer = NULL;
        }
        return s->stops_at_body;
}

static void on_done(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        Seen *s = userdata;

        assert_true(now > 0);
        assert_true((resp != NULL) == (s->n_heads == 1));
        s->result = *result;
        s->n_done++;
        s->transfer = NULL;
        if (s->starts_at_done)
                start(s->starts_at_done, s->tr, "/ok", &wide);
}

static const TransferEvents events = { on_head, on_body, on_done };

static void start_url(Seen *s, Transport *tr, const char *url, const TransferLimits *limits) {
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", url);

        s->tr = tr;
        s->body = TEXT_INIT(1 << 21);
        assert_int_equal(tr->ops->start(tr, req, limits, &events, s, &s->transfer), 0);
        assert_int_equal(s->n_done, 0);
}

static void start(Seen *s, Transport *tr, const char *path, const TransferLimits *limits) {
        _cleanup_(text_done) Text url = TEXT_INIT(256);

        (void) text_printf(&url, "http://127.0.0.1:%u%s", port, path);
        start_url(s, tr, text_str(&url), limits);
}

/* ---- one loop for each test ---- */

typedef struct World {
        sd_event *event;
        Transport *tr;
} World;

static void world_init(World *w, const CurlSpec *spec) {
        assert_true(sd_event_new(&w->event) >= 0);
        assert_int_equal(curl_transport_new(&w->tr, spec, w->event), 0);
}

static void world_done(World *w) {
        w->tr = transport_free(w->tr);
        sd_event_unref(w->event);
}

/* Turns the loop until the transfer is done; ten silent seconds are a failure. */
static void wait_for(World *w, const Seen *s) {
        while (s->n_done == 0)
                if (sd_event_run(w->event, 10 * USEC_SEC) <= 0)
                        fail_msg("nothing happens any more");
        assert_int_equal(s->n_done, 1);
}

/* Each answer of the server, good or bad, ends in the outcome and the words that an operator understands. */
static void test_answers(void **state) {
        static const struct {
                const char *path;
                TransferLimits limits;  /* zero members: the wide ones */
                TransferOutcome outcome;
                int status;     /* -1: how far it came in that time is the machine's affair */
                const char *body, *words;
        } cases[] = {
                { "/ok", {}, TRANSFER_OK, 200, "hello", "" },
                { "/missing", {}, TRANSFER_OK, 404, "no such thing", "" },
                { "/gzip", {}, TRANSFER_OK, 200, "hello gzip, hello gzip, hello gzip", "" },
                { "/gzip", { .max_body = 20 }, TRANSFER_E_LIMIT, 200, NULL,
                                "the answer is larger than \"max_body\" allows (20 bytes after "
                                "decompression)" },
                { "/ok", { .max_body = 4 }, TRANSFER_E_LIMIT, 0, "",
                                "the answer has 5 bytes, more than \"max_body\" allows (4)" },
                { "/endless", {}, TRANSFER_E_LIMIT, 200, NULL,
                                "the answer is larger than \"max_body\" allows" },
                { "/cut", {}, TRANSFER_E_CUT, 200, "0123456789",
                                "the connection to \"127.0.0.1\" ended in the middle of the answer (10 bytes "
                                "came)" },
                { "/close", {}, TRANSFER_E_CUT, 0, "",
                                "\"127.0.0.1\" closed the connection without an answer" },
                { "/garbage", {}, TRANSFER_E_PROTOCOL, 0, "", "\"127.0.0.1\" does not speak HTTP properly" },
                { "/headers", {}, TRANSFER_E_LIMIT, 0, "",
                                "the answer has more than 100 headers (\"max_headers\")" },
                { "/continue", {}, TRANSFER_OK, 200, "late", "" },
                { "/silent", { .first_byte_timeout = 50 * USEC_MSEC }, TRANSFER_E_TIMEOUT, 0, "",
                                "\"127.0.0.1\" gave no answer within 50 ms (\"first_byte_timeout\")" },
                { "/idle", { .idle_timeout = 50 * USEC_MSEC }, TRANSFER_E_TIMEOUT, 200, "0123456789",
                                "fell silent in the middle of the answer for 50 ms (\"idle_timeout\"); 10 "
                                "bytes came" },
                { "/idle", { .total_timeout = 50 * USEC_MSEC }, TRANSFER_E_TIMEOUT, -1, NULL,
                                "50 ms (\"total_timeout\")" },
                { "/hop", {}, TRANSFER_OK, 200, "hello", "" },
                { "/loop", {}, TRANSFER_E_LIMIT, 0, "", "more than 3 redirects (\"max_redirects\")" },
                { "/away", {}, TRANSFER_E_FORBIDDEN, 0, "",
                                "to another host, \"http://localhost:1\", is not followed; if that is the "
                                "right one, change base_url" },
                { "/file", {}, TRANSFER_E_FORBIDDEN, 0, "",
                                "redirect to \"file:///etc/passwd\", which is no http or https address" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                TransferLimits limits = wide;
                Seen s = {};
                World w;

                world_init(&w, &(CurlSpec){});
                limits.max_body = cases[i].limits.max_body ? cases[i].limits.max_body : limits.max_body;
                limits.first_byte_timeout = cases[i].limits.first_byte_timeout
                                                            ? cases[i].limits.first_byte_timeout
                                                            : limits.first_byte_timeout;
                limits.idle_timeout = cases[i].limits.idle_timeout ? cases[i].limits.idle_timeout
                                                                   : limits.idle_timeout;
                limits.total_timeout = cases[i].limits.total_timeout ? cases[i].limits.total_timeout
                                                                     : limits.total_timeout;
                start(&s, w.tr, cases[i].path, &limits);
                wait_for(&w, &s);
                if (s.result.outcome != cases[i].outcome ||
                                (cases[i].status >= 0 && s.status != cases[i].status) ||
                                !strstr(s.result.story, cases[i].words))
                        fail_msg("%s: outcome %d, status %d, \"%s\"", cases[i].path, (int) s.result.outcome,
                                        s.status, s.result.story);
                if (cases[i].body)
                        assert_text(s.body, cases[i].body);
                text_done(&s.body);
                world_done(&w);
        }
}

/* Without redirects the 302 itself is the answer. */
static void test_no_redirects(void **state) {
        TransferLimits limits = wide;
        Seen s = {};
        World w;

        (void) state;
        limits.max_redirects = 0;
        world_init(&w, &(CurlSpec){});
        start(&s, w.tr, "/away", &limits);
        wait_for(&w, &s);
        assert_int_equal(s.result.outcome, TRANSFER_OK);
        assert_int_equal(s.status, 302);
        text_done(&s.body);
        world_done(&w);
}

/* A second request takes the connection of the first, and the URL that answered is known. */
static void test_keep_alive(void **state) {
        Seen a = {}, b = {};
        World w;

        (void) state;
        world_init(&w, &(CurlSpec){});
        start(&a, w.tr, "/hop", &wide);
        wait_for(&w, &a);
        assert_non_null(strstr(a.url, "/ok"));
        start(&b, w.tr, "/ok", &wide);
        wait_for(&w, &b);
        assert_string_equal(a.connection, b.connection);
        text_done(&a.body);
        text_done(&b.body);
        world_done(&w);
}

/* Nobody listens, or the address is not allowed, or the other side speaks no TLS: each is told apart. */
static void test_no_connection(void **state) {
        char ten[] = "10.0.0.0/8", loopback[] = "127.0.0.0/8", *list[] = { ten, loopback };
        _cleanup_(text_done) Text url = TEXT_INIT(256), words = TEXT_INIT(256);
        CurlSpec spec = { .allowed_networks = { .items = list, .len = 1 } };
        Seen refused = {}, forbidden = {}, allowed = {}, plain = {};
        World w;

        (void) state;
        world_init(&w, &(CurlSpec){});
        (void) text_printf(&url, "http://127.0.0.1:%u/", closed_port);
        start_url(&refused, w.tr, text_str(&url), &wide);
        wait_for(&w, &refused);
        assert_int_equal(refused.result.outcome, TRANSFER_E_CONNECT);
        (void) text_printf(&words, "connection refused by 127.0.0.1:%u", closed_port);
        assert_non_null(strstr(refused.result.story, text_str(&words)));
        text_clear(&url);
        (void) text_printf(&url, "https://127.0.0.1:%u/garbage", port);
        start_url(&plain, w.tr, text_str(&url), &wide);
        wait_for(&w, &plain);
        assert_int_equal(plain.result.outcome, TRANSFER_E_TLS);
        assert_non_null(strstr(plain.result.story, "no TLS connection to \"127.0.0.1\""));
        world_done(&w);

        world_init(&w, &spec);
        start(&forbidden, w.tr, "/ok", &wide);
        wait_for(&w, &forbidden);
        assert_int_equal(forbidden.result.outcome, TRANSFER_E_FORBIDDEN);
        assert_non_null(strstr(forbidden.result.story, "which is not in \"allowed_networks\""));
        world_done(&w);

        spec.allowed_networks.len = 2;
        world_init(&w, &spec);
        start(&allowed, w.tr, "/ok", &wide);
        wait_for(&w, &allowed);
        assert_int_equal(allowed.result.outcome, TRANSFER_OK);
        text_done(&allowed.body);
        world_done(&w);
}

/* The owner can stop at the head or in the body. */
static void test_stop(void **state) {
        Seen head = { .stops_at_head = true }, body = { .stops_at_body = true };
        World w;

        (void) state;
        world_init(&w, &(CurlSpec){});
        start(&head, w.tr, "/ok", &wide);
        start(&body, w.tr, "/endless", &wide);
        wait_for(&w, &head);
        wait_for(&w, &body);
        assert_int_equal(head.result.outcome, TRANSFER_STOPPED);
        assert_int_equal(head.body.len, 0);
        assert_int_equal(body.result.outcome, TRANSFER_STOPPED);
        text_done(&body.body);
        world_done(&w);
}

/* Transfers may be started and cancelled from any callback, and a cancelled one says nothing more. */
static void test_reentrance(void **state) {
        Seen after = {}, during = {}, victim = {},
             first = { .starts_at_body = &during, .cancels_at_body = &victim, .starts_at_done = &after };
        World w;

        (void) state;
        world_init(&w, &(CurlSpec){});
        start(&victim, w.tr, "/silent", &wide);
        start(&first, w.tr, "/ok", &wide);
        wait_for(&w, &first);
        wait_for(&w, &during);
        wait_for(&w, &after);
        assert_int_equal(during.result.outcome, TRANSFER_OK);
        assert_int_equal(after.result.outcome, TRANSFER_OK);
        assert_int_equal(victim.n_done, 0);
        text_done(&first.body);
        text_done(&during.body);
        text_done(&after.body);
        world_done(&w);
}

/* What goes out is what the request says, secrets and empty headers included; a POST stays one across a
 * redirect on its host. */
static void test_request(void **state) {
        static const char *const lines[] = { "POST /echo?a=1&key=s%26t HTTP/1.1\r\n", "\r\nX-Empty:\r\n",
                "\r\nAuthorization: Bearer hush\r\n", "\r\nContent-Length: 7\r\n", "\r\n\r\n{\"a\":1}" };
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(text_done) Text url = TEXT_INIT(256);
        Seen s = { .body = TEXT_INIT(65536) }, moved = { .body = TEXT_INIT(65536) };
        World w;

        (void) state;
        world_init(&w, &(CurlSpec){});
        (void) text_printf(&url, "http://127.0.0.1:%u/echo?a=1", port);
        req = http_request_new("POST", text_str(&url));
        assert_int_equal(http_request_set(req, "X-Empty", ""), 0);
        assert_int_equal(http_request_set_secret(req, "Authorization", BYTES_LIT("Bearer hush")), 0);
        req->secret_query_name = xstrdup("key");
        req->secret_query = secret_new(BYTES_LIT("s&t"));
        http_request_set_body(req, BYTES_LIT("{\"a\":1}"));
        assert_int_equal(w.tr->ops->start(w.tr, req, &wide, &events, &s, &s.transfer), 0);
        wait_for(&w, &s);
        for (size_t i = 0; i < ELEMENTS(lines); i++)
                if (!strstr(text_str(&s.body), lines[i]))
                        fail_msg("%s is not in\n%s", lines[i], text_str(&s.body));
        assert_null(strstr(text_str(&s.body), "Expect"));
        assert_null(strstr(s.url, "s%26t"));
        text_clear(&url);
        (void) text_printf(&url, "http://127.0.0.1:%u/post-hop", port);
        http_request_set_url(req, text_str(&url));
        assert_int_equal(w.tr->ops->start(w.tr, req, &wide, &events, &moved, &moved.transfer), 0);
        wait_for(&w, &moved);
        assert_true(bytes_starts(text_bytes(&moved.body), "POST /echo"));
        assert_true(bytes_ends(text_bytes(&moved.body), "{\"a\":1}"));
        text_done(&s.body);
        text_done(&moved.body);
        world_done(&w);
}

/* Many transfers run side by side, and those that are left are thrown away with the transport. */
static void test_many(void **state) {
        static Seen many[100];
        World w;

        (void) state;
        world_init(&w, &(CurlSpec){ .max_connections = 8 });
        for (size_t i = 0; i < ELEMENTS(many); i++)
                start(&many[i], w.tr, "/ok", &wide);
        for (size_t i = 0; i < ELEMENTS(many); i++) {
                wait_for(&w, &many[i]);
                assert_int_equal(many[i].result.outcome, TRANSFER_OK);
                assert_text(many[i].body, "hello");
                text_done(&many[i].body);
                many[i] = (Seen){};
        }
        start(&many[0], w.tr, "/silent", &wide);
        world_done(&w);
        assert_int_equal(many[0].n_done, 0);
}

/* A login at the proxy is whole or not there, and never stands in the address. */
static void test_proxy_spec(void **state) {
        static const struct {
                const char *yaml, *finding;
        } cases[] = {
                { "{proxy: 'http://p:3128', proxy_user: u, proxy_password: {env: X}, proxy_auth: digest}", "" },
                { "{proxy: 'http://p:3128', proxy_user: u}", "\"proxy_user\" and \"proxy_password\" go together" },
                { "{proxy: 'http://p:3128', proxy_password: {env: X}}",
                                "\"proxy_user\" and \"proxy_password\" go together" },
                { "{proxy_user: u, proxy_password: {env: X}}", "there is no \"proxy\" to log in at" },
                { "{proxy: 'http://u:secret@p:3128'}",
                                "a login at the proxy goes under \"proxy_user\" and \"proxy_password\"" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text findings = TEXT_INIT(4096);
                CurlSpec spec = {};
                Conf c = conf_fill(cases[i].yaml, curl_fields, &spec);

                curl_verify(&spec, c.root, c.diag);
                conf_findings(&c, &findings);
                assert_int_equal(diag_errors(c.diag), *cases[i].finding ? 1 : 0);
                if (!strstr(text_str(&findings), cases[i].finding))
                        fail_msg("case %zu: %s", i, text_str(&findings));
                assert_null(strstr(text_str(&findings), "secret@"));
                conf_done(&c);
        }
}

/* What cannot work is a finding, or an error at birth. */
static void test_spec(void **state) {
        _cleanup_(text_done) Text findings = TEXT_INIT(4096);
        CurlSpec spec = {};
        Conf c = conf_fill("{allowed_networks: [10.0.0.0/8, nonsense], proxy: 'socks5://x', tls_min: '1.3'}",
                        curl_fields, &spec);
        sd_event *event = NULL;
        Transport *tr = NULL;

        (void) state;
        assert_int_equal(spec.tls_min, 1);
        curl_verify(&spec, c.root, c.diag);
        conf_findings(&c, &findings);
        assert_text(findings, "\"nonsense\" is not an address range such as 10.0.0.0/8 or 2001:db8::/32; "
                              "\"socks5://x\" does not begin with http:// or https://");
        assert_true(sd_event_new(&event) >= 0);
        assert_int_equal(curl_transport_new(&tr, &spec, event), -EINVAL);
        assert_null(tr);
        sd_event_unref(event);
        conf_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_answers),
                cmocka_unit_test(test_no_redirects),
                cmocka_unit_test(test_keep_alive),
                cmocka_unit_test(test_no_connection),
                cmocka_unit_test(test_stop),
                cmocka_unit_test(test_reentrance),
                cmocka_unit_test(test_request),
                cmocka_unit_test(test_many),
                cmocka_unit_test(test_proxy_spec),
                cmocka_unit_test(test_spec),
        };

        return cmocka_run_group_tests(tests, start_server, stop_server);
}

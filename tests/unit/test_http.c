/* Tests of observe/http.c: the server on its loop in this process, clients in children that report by their
 * exit code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/err.h"
#include "base/usec.h"
#include "observe/http.h"

typedef struct Fixture {
        char dir[64];
        char path[96];
        sd_event *event;
        HttpServer *server;
        unsigned n_calls;
} Fixture;

/* Says back what it was asked, so that the clients can see it. */
static void echo(void *userdata, bool is_control, const char *method, const char *path, const char *query,
                Bytes body, HttpAnswer *ret) {
        Fixture *f = userdata;

        f->n_calls++;
        if (strcmp(path, "/nothing") == 0)
                return;
        ret->status = strcmp(path, "/missing") == 0 ? 404 : 200;
        ret->content_type = "text/plain; charset=utf-8";
        if (strcmp(path, "/large") == 0)
                while (text_add_str(&ret->body, "0123456789abcdef") == 0 && ret->body.len < 4 << 20)
                        ;
        else
                (void) text_printf(&ret->body, "%d %s %s %s %.*s", is_control, method, path,
                                query ? query : "-", (int) body.len, body.len ? body.data : "");
}

static int setup(void **state) {
        Fixture *f = NEW(Fixture);
        sigset_t set;

        (void) snprintf(f->dir, sizeof(f->dir), "/tmp/thiduad-http-XXXXXX");
        assert_non_null(mkdtemp(f->dir));
        (void) snprintf(f->path, sizeof(f->path), "%s/control.sock", f->dir);
        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGCHLD);
        (void) sigaddset(&set, SIGPIPE);
        (void) sigprocmask(SIG_BLOCK, &set, NULL);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(http_server_new(&f->server, f->event, f->path, "127.0.0.1:0", echo, f), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        f->server = http_server_free(f->server);
        f->event = sd_event_unref(f->event);
        assert_int_equal(access(f->path, F_OK), -1); /* the socket goes with the server */
        assert_int_equal(rmdir(f->dir), 0);
        (void) xfree(f);
        return 0;
}

static int on_child(sd_event_source *source, const siginfo_t *si, void *userdata _unused_) {
        return sd_event_exit(
                        sd_event_source_get_event(source), si->si_code == CLD_EXITED ? si->si_status : 255);
}

static int on_late(sd_event_source *source, uint64_t usec _unused_, void *userdata _unused_) {
        return sd_event_exit(sd_event_source_get_event(source), 254);
}

/* Runs client in a child and the loop here until the child ends, 20 s at most. A loop ends but once, so each
 * run has its own server. */
static void run_client(Fixture *f, int (*client)(Fixture *f)) {
        sd_event_source *child = NULL, *late = NULL;
        pid_t pid = fork();
        int r;

        assert_true(pid >= 0);
        if (pid == 0)
                _exit(client(f));
        assert_true(sd_event_add_child(f->event, &child, pid, WEXITED, on_child, NULL) >= 0);
        assert_true(sd_event_add_time_relative(
                                    f->event, &late, CLOCK_MONOTONIC, 20 * USEC_SEC, 0, on_late, NULL) >= 0);
        r = sd_event_loop(f->event);
        (void) sd_event_source_unref(child);
        (void) sd_event_source_unref(late);
        if (r == 254)
                (void) kill(pid, SIGKILL);
        assert_int_equal(r, 0);
}

/* In the children: the line that did not hold is the exit code. */
#define EXPECT(cond)                                                                                         \
        do {                                                                                                 \
                if (!(cond)) {                                                                               \
                        (void) fprintf(stderr, "line %d: %s does not hold\n", __LINE__, #cond);              \
                        return 1;                                                                            \
                }                                                                                            \
        } while (0)

static int ask(const char *socket_path, const char *method, const char *path, Bytes body, const char *want,
                int want_status) {
        _cleanup_(text_done) Text got = TEXT_INIT(8 << 20);
        int status = 0, r;

        r = http_control_request(socket_path, method, path, body, &status, &got);
        if (r < 0)
                (void) fprintf(stderr, "%s\n", err_story(r));
        EXPECT(r == 0 && status == want_status);
        if (want && strcmp(text_str(&got), want) != 0)
                (void) fprintf(stderr, "got \"%s\"\n", text_str(&got));
        EXPECT(!want || strcmp(text_str(&got), want) == 0);
        return 0;
}

static int control_client(Fixture *f) {
        _cleanup_(text_done) Text large = TEXT_INIT(1 << 20), answer = TEXT_INIT(8 << 20);
        int status = 0;

        EXPECT(ask(f->path, "GET", "/status", BYTES_NULL, "1 GET /status - ", 200) == 0);
        EXPECT(ask(f->path, "GET", "/status?format=json&x=%20y", BYTES_NULL,
                               "1 GET /status format=json&x=%20y ", 200) == 0);
        EXPECT(ask(f->path, "POST", "/run-now", BYTES_LIT("dvcqg/services"),
                               "1 POST /run-now - dvcqg/services", 200) == 0);
        EXPECT(ask(f->path, "POST", "/pause", BYTES_NULL, "1 POST /pause - ", 200) == 0);
        EXPECT(ask(f->path, "GET", "/missing", BYTES_NULL, "1 GET /missing - ", 404) == 0);
        EXPECT(ask(f->path, "GET", "/a%2Fb%20c", BYTES_NULL, "1 GET /a/b c - ", 200) == 0);
        EXPECT(ask(f->path, "DELETE", "/status", BYTES_NULL, NULL, 405) == 0);
        EXPECT(ask(f->path, "GET", "/nothing", BYTES_NULL, NULL, 500) == 0);
        while (large.len < HTTP_BODY_MAX)
                (void) text_add_str(&large, "0123456789abcdef");
        EXPECT(ask(f->path, "POST", "/x", text_bytes(&large), NULL, 200) == 0);
        EXPECT(http_control_request(f->path, "GET", "/large", BYTES_NULL, &status, &answer) == 0);
        EXPECT(status == 200 && answer.len == 4 << 20);
        return 0;
}

/* The Unix socket answers GET and POST, hands on path, query and body as they were sent, and bodies of
 * megabytes come whole. */
static void test_control(void **state) {
        Fixture *f = *state;
        struct stat st;

        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0660);
        run_client(f, control_client);
        assert_true(f->n_calls >= 8);
}

/* One request as text over a socket of any kind; the whole answer. */
static int raw(int fd, const char *request, Text *ret) {
        char buffer[4096];
        ssize_t n;

        if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
                return -errno;
        (void) shutdown(fd, SHUT_WR);
        while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
                (void) text_add(ret, (Bytes){ buffer, (size_t) n });
        return n < 0 ? -errno : 0;
}

static bool has_status(const Text *answer, const char *status) {
        return status ? answer->len > 12 && memcmp(answer->data + strlen("HTTP/1.x "), status, 3) == 0
                      : answer->len == 0;
}

static int loopback_fd(const Fixture *f) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                .sin_port = htons((uint16_t) http_server_port(f->server)) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return connect(fd, (struct sockaddr *) &address, sizeof(address)) == 0 ? fd : -1;
}

static int loopback_client(Fixture *f) {
        static const struct {
                const char *request, *status, *body;
        } cases[] = {
                { "GET /metrics HTTP/1.0\r\n\r\n", "200", "\r\n\r\n0 GET /metrics - " },
                { "GET /-/ready?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "200",
                                "\r\n\r\n0 GET /-/ready x " },
                { "HEAD /metrics HTTP/1.0\r\n\r\n", "200", "\r\n\r\n" },
                { "POST /reload HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", "405",
                                "only GET is answered here\n" },
                { "PUT /x HTTP/1.0\r\nContent-Length: 0\r\n\r\n", "405", "only GET is answered here\n" },
                { "nonsense\r\n\r\n", NULL, "" }, /* the connection is closed without a word */
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text answer = TEXT_INIT(1 << 16);
                _cleanup_(xclosep) int fd = loopback_fd(f);

                EXPECT(fd >= 0);
                EXPECT(raw(fd, cases[i].request, &answer) == 0 || !cases[i].status);
                if (!bytes_ends(text_bytes(&answer), cases[i].body))
                        (void) fprintf(stderr, "%s: %s\n", cases[i].request, text_str(&answer));
                EXPECT(has_status(&answer, cases[i].status));
                EXPECT(bytes_ends(text_bytes(&answer), cases[i].body));
        }
        return 0;
}

/* The loopback port only answers GET and HEAD, and the handler knows that it is not the control socket. */
static void test_loopback(void **state) {
        Fixture *f = *state;

        assert_in_range(http_server_port(f->server), 1, 65535);
        run_client(f, loopback_client);
}

static int large_client(Fixture *f) {
        _cleanup_(text_done) Text request = TEXT_INIT(1 << 20), answer = TEXT_INIT(1 << 16);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_(xclosep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->path);
        EXPECT(connect(fd, (struct sockaddr *) &address, sizeof(address)) == 0);
        (void) text_printf(&request, "POST /x HTTP/1.0\r\nContent-Length: %d\r\n\r\n", HTTP_BODY_MAX + 16);
        for (size_t i = 0; i <= HTTP_BODY_MAX / 16; i++)
                (void) text_add_str(&request, "0123456789abcdef");
        EXPECT(raw(fd, text_str(&request), &answer) == 0);
        EXPECT(has_status(&answer, "413"));
        return 0;
}

/* A body over the bound is refused and never reaches the handler. */
static void test_too_large(void **state) {
        Fixture *f = *state;

        run_client(f, large_client);
        assert_int_equal(f->n_calls, 0);
}

static int slow_client(Fixture *f) {
        _cleanup_(xclosep) int idle = loopback_fd(f), half = loopback_fd(f);

        EXPECT(idle >= 0 && half >= 0);
        EXPECT(send(half, "GET /metr", 9, MSG_NOSIGNAL) == 9);
        return ask(f->path, "GET", "/status", BYTES_NULL, "1 GET /status - ", 200);
}

/* Clients that say nothing, or half a request, keep nobody else waiting. */
static void test_slow(void **state) {
        run_client(*state, slow_client);
}

/* A socket file of a dead process is replaced; one that answers, or a file that is no socket, is left alone.
 */
static void test_socket_in_the_way(void **state) {
        Fixture *f = *state;
        HttpServer *other = NULL;
        char path[96];
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd;

        assert_int_equal(http_server_new(&other, f->event, f->path, NULL, echo, f), -EADDRINUSE);
        assert_int_equal(access(f->path, F_OK), 0);

        (void) snprintf(path, sizeof(path), "%s/dead.sock", f->dir);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        (void) close(fd);
        assert_int_equal(http_server_new(&other, f->event, path, NULL, echo, f), 0);
        other = http_server_free(other);
        assert_int_equal(access(path, F_OK), -1);

        fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        (void) close(fd);
        assert_int_equal(http_server_new(&other, f->event, path, NULL, echo, f), -EEXIST);
        assert_int_equal(unlink(path), 0);
        assert_null(other);
}

/* Only loopback addresses of the documented form are taken. */
static void test_addresses(void **state) {
        static const struct {
                const char *listen;
                int want;
        } cases[] = {
                { "127.0.0.1:0", 0 },
                { "127.1.2.3:0", 0 },
                { "", 0 },
                { "0.0.0.0:9467", -EPERM },
                { "10.0.0.1:9467", -EPERM },
                { "[::]:9467", -EPERM },
                { "[2001:db8::1]:9467", -EPERM },
                { "127.0.0.1", -EINVAL },
                { "localhost:9467", -EINVAL },
                { "127.0.0.1:99999", -EINVAL },
                { "127.0.0.1:", -EINVAL },
                { ":9467", -EINVAL },
                { "::1:9467", -EINVAL },
                { "[::1:9467", -EINVAL },
                { "127.0.0.1:x", -EINVAL },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                HttpServer *s = NULL;
                int r = http_server_new(&s, f->event, NULL, cases[i].listen, echo, f);

                if (r != cases[i].want)
                        fail_msg("%s: %d %s", cases[i].listen, r, err_story(r));
                s = http_server_free(s);
        }
}

/* Nobody there: the note tells the operator what to do. */
static void test_no_daemon(void **state) {
        _cleanup_(text_done) Text answer = TEXT_INIT(64);
        char long_path[200];
        int status = 7;

        (void) state;
        assert_int_equal(http_control_request("/nonexistent/control.sock", "GET", "/status", BYTES_NULL,
                                         &status, &answer),
                        -ENOENT);
        assert_non_null(strstr(err_story(-ENOENT), "systemctl start thiduad"));
        memset(long_path, 'x', sizeof(long_path) - 1);
        long_path[sizeof(long_path) - 1] = '\0';
        assert_int_equal(http_control_request(long_path, "GET", "/status", BYTES_NULL, &status, &answer),
                        -ENAMETOOLONG);
        assert_int_equal(status, 7);
        assert_int_equal(answer.len, 0);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                T(test_control),
                T(test_loopback),
                T(test_too_large),
                T(test_slow),
                T(test_socket_in_the_way),
                T(test_addresses),
                cmocka_unit_test(test_no_daemon),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

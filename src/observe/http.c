/* HTTP: each listener is a libmicrohttpd daemon that keeps its sockets in an epoll of its own; the loop sees
 * that one descriptor and one timer. */

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"
#include "base/usec.h"
#include "observe/http.h"

enum {
        CONNECTIONS_MAX = 32,
        CONNECTION_MEMORY = 32 << 10, /* headers of one request */
        IDLE_SEC = 15,
        BACKLOG = 16,
        CLIENT_TIMEOUT_SEC = 60,
        HEAD_MAX = 16 << 10,
};

typedef struct Listener {
        HttpServer *server;
        struct MHD_Daemon *mhd;
        sd_event_source *io;
        sd_event_source *timer;
        bool is_control;
} Listener;

struct HttpServer {
        HttpHandler handler;
        void *userdata;
        Listener control, loopback;
        char *socket_path;
        dev_t socket_dev;
        ino_t socket_ino;
        unsigned port;
};

/* One request under way. */
typedef struct Exchange {
        char *query;
        Text body;
        bool has_head, is_too_large;
} Exchange;

/* ---- answering ---- */

static void *on_uri(void *cls _unused_, const char *uri, struct MHD_Connection *connection _unused_) {
        Exchange *x = NEW(Exchange);
        const char *mark = strchr(uri, '?');

        x->query = mark ? xstrdup(mark + 1) : NULL;
        x->body = TEXT_INIT(HTTP_BODY_MAX);
        return x;
}

static void on_completed(void *cls _unused_, struct MHD_Connection *connection _unused_, void **req,
                enum MHD_RequestTerminationCode why _unused_) {
        Exchange *x = *req;

        if (!x)
                return;
        (void) xfree(x->query);
        text_done(&x->body);
        *req = xfree(x);
}

static enum MHD_Result respond(
                struct MHD_Connection *connection, int status, const char *content_type, Bytes body) {
        struct MHD_Response *response;
        enum MHD_Result r;

        /* The library takes a pointer to data it will not write to; it copies. */
        response = MHD_create_response_from_buffer(
                        body.len, (void *) (uintptr_t) (body.data ? body.data : ""), MHD_RESPMEM_MUST_COPY);
        if (!response)
                return MHD_NO;
        (void) MHD_add_response_header(
                        response, "Content-Type", content_type ? content_type : "text/plain; charset=utf-8");
        (void) MHD_add_response_header(response, "Cache-Control", "no-store");
        (void) MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
        if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
                (void) MHD_add_response_header(response, "Allow", "GET, HEAD");
        r = MHD_queue_response(connection, (unsigned) status, response);
        MHD_destroy_response(response);
        return r;
}

static enum MHD_Result respond_words(struct MHD_Connection *connection, int status, const char *words) {
        return respond(connection, status, NULL, bytes_of(words));
}

static enum MHD_Result ask_handler(const Listener *l, struct MHD_Connection *connection, const char *method,
                const char *path, const Exchange *x) {
        HttpAnswer answer = { .body = TEXT_INIT(HTTP_ANSWER_MAX) };
        enum MHD_Result r;

        l->server->handler(l->server->userdata, l->is_control, method, path, x->query, text_bytes(&x->body),
                        &answer);
        if (answer.body.is_full || answer.status == 0)
                r = respond_words(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                                "the answer is larger than its bound\n");
        else
                r = respond(connection, answer.status, answer.content_type, text_bytes(&answer.body));
        text_done(&answer.body);
        return r;
}

/* Called when the head is there, for each piece of the body, and once more at its end. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *path,
                const char *method, const char *version _unused_, const char *data, size_t *len, void **req) {
        const Listener *l = cls;
        Exchange *x = *req;
        bool is_get = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;

        if (!x->has_head) {
                x->has_head = true;
                return MHD_YES;
        }
        if (*len) {
                if (text_add(&x->body, (Bytes){ data, *len }) < 0)
                        x->is_too_large = true;
                *len = 0;
                return MHD_YES;
        }
        if (!is_get && !(l->is_control && strcmp(method, MHD_HTTP_METHOD_POST) == 0))
                return respond_words(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET is answered here\n");
        if (x->is_too_large)
                return respond_words(connection, MHD_HTTP_CONTENT_TOO_LARGE,
                                "the request is larger than 64 KiB\n");
        return ask_handler(l, connection, is_get ? "GET" : "POST", path, x);
}

/* ---- on the loop ---- */

static void arm(Listener *l) {
        MHD_UNSIGNED_LONG_LONG ms = 0;

        if (MHD_get_timeout(l->mhd, &ms) != MHD_YES) {
                (void) sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time_relative(l->timer, ms * USEC_MSEC);
        (void) sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT);
}

static int on_io(
                sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_, void *userdata) {
        Listener *l = userdata;

        (void) MHD_run(l->mhd);
        arm(l);
        return 0;
}

static int on_timer(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        return on_io(NULL, -1, 0, userdata);
}

/* Takes the descriptor over in any case. */
static int listener_start(Listener *l, HttpServer *server, sd_event *event, int fd) {
        const union MHD_DaemonInfo *info;
        int r;

        l->server = server;
        l->mhd = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, l, MHD_OPTION_LISTEN_SOCKET, fd,
                        MHD_OPTION_CONNECTION_LIMIT, (unsigned) CONNECTIONS_MAX,
                        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CONNECTION_MEMORY,
                        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) IDLE_SEC, MHD_OPTION_URI_LOG_CALLBACK,
                        on_uri, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
        if (!l->mhd) {
                (void) xclose(fd);
                return err(-EIO, "cannot start the HTTP server");
        }
        info = MHD_get_daemon_info(l->mhd, MHD_DAEMON_INFO_EPOLL_FD);
        if (!info || info->listen_fd < 0)
                return err(-EIO, "the HTTP server has no epoll descriptor");
        r = sd_event_add_io(event, &l->io, info->listen_fd, EPOLLIN, on_io, l);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &l->timer, CLOCK_MONOTONIC, 0, USEC_MSEC, on_timer, l);
        if (r < 0)
                return err(r, "cannot put the HTTP server on the event loop");
        (void) sd_event_source_set_description(l->io, l->is_control ? "control" : "metrics");
        arm(l);
        return 0;
}

static void listener_stop(Listener *l) {
        l->io = sd_event_source_disable_unref(l->io);
        l->timer = sd_event_source_disable_unref(l->timer);
        if (l->mhd)
                MHD_stop_daemon(l->mhd);
        l->mhd = NULL;
}

/* ---- sockets ---- */

static int unix_address(const char *path, struct sockaddr_un *ret) {
        size_t len = strlen(path);

        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if (len >= sizeof(ret->sun_path))
                return err(-ENAMETOOLONG, "the path of the socket \"%s\" is longer than %zu bytes", path,
                                sizeof(ret->sun_path) - 1);
        memcpy(ret->sun_path, path, len + 1);
        return 0;
}

/* A socket file that nobody listens on is left over from a process that was killed. Anything else is not ours
 * to remove. */
static int remove_dead(const char *path, const struct sockaddr_un *address) {
        _cleanup_(xclosep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct stat st;

        if (fd < 0 || lstat(path, &st) < 0)
                return -errno;
        if (!S_ISSOCK(st.st_mode))
                return err(-EEXIST, "\"%s\" exists and is not a socket: remove it or choose another path",
                                path);
        if (connect(fd, (const struct sockaddr *) address, sizeof(*address)) == 0 || errno != ECONNREFUSED)
                return err(-EADDRINUSE, "another process listens on \"%s\": is the daemon running already?",
                                path);
        return unlink(path) < 0 ? -errno : 0;
}

static int listen_unix(HttpServer *s, const char *path) {
        _cleanup_(xclosep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address;
        struct stat st;
        int r;

        if (fd < 0)
                return err(-errno, "cannot make a socket");
        r = unix_address(path, &address);
        if (r < 0)
                return r;
        if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0) {
                if (errno != EADDRINUSE)
                        return err(-errno, "cannot make the control socket \"%s\": %s", path,
                                        strerror(errno));
                r = remove_dead(path, &address);
                if (r < 0)
                        return r;
                if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                        return err(-errno, "cannot make the control socket \"%s\": %s", path,
                                        strerror(errno));
        }
        /* The mode is set before listen(): until then nobody can connect. */
        s->socket_path = xstrdup(path);
        if (chmod(path, 0660) < 0 || stat(path, &st) < 0 || listen(fd, BACKLOG) < 0)
                return err(-errno, "cannot open the control socket \"%s\": %s", path, strerror(errno));
        s->socket_dev = st.st_dev;
        s->socket_ino = st.st_ino;
        r = fd;
        fd = -1;
        return r;
}

typedef union Address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
} Address;

static int bad_address(const char *listen) {
        return err(-EINVAL, "\"%s\" is not an address; write 127.0.0.1:9467 or [::1]:9467", listen);
}

static int parse_loopback(const char *listen, Address *ret, socklen_t *ret_len) {
        const char *colon = strrchr(listen, ':');
        char host[INET6_ADDRSTRLEN + 2] = "";
        uint64_t port;
        size_t len;

        if (!colon || (size_t) (colon - listen) >= sizeof(host) ||
                        num_parse_u64(bytes_of(colon + 1), &port) < 0 || port > UINT16_MAX)
                return bad_address(listen);
        len = (size_t) (colon - listen);
        memcpy(host, listen, len);
        memset(ret, 0, sizeof(*ret));
        if (host[0] == '[' && host[len - 1] == ']') {
                host[len - 1] = '\0';
                if (inet_pton(AF_INET6, host + 1, &ret->v6.sin6_addr) != 1)
                        return bad_address(listen);
                if (!IN6_IS_ADDR_LOOPBACK(&ret->v6.sin6_addr))
                        return err(-EPERM,
                                        "\"%s\" is not a loopback address: status and metrics are not for "
                                        "the network",
                                        listen);
                ret->v6.sin6_family = AF_INET6;
                ret->v6.sin6_port = htons((uint16_t) port);
                *ret_len = sizeof(ret->v6);
                return 0;
        }
        if (inet_pton(AF_INET, host, &ret->v4.sin_addr) != 1)
                return bad_address(listen);
        if (ntohl(ret->v4.sin_addr.s_addr) >> 24 != 127)
                return err(-EPERM,
                                "\"%s\" is not a loopback address: status and metrics are not for the "
                                "network",
                                listen);
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons((uint16_t) port);
        *ret_len = sizeof(ret->v4);
        return 0;
}

static int listen_loopback(HttpServer *s, const char *text) {
        _cleanup_(xclosep) int fd = -1;
        Address address;
        socklen_t len = 0;
        int r, one = 1;

        r = parse_loopback(text, &address, &len);
        if (r < 0)
                return r;
        fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return err(-errno, "cannot make a socket: %s", strerror(errno));
        (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (bind(fd, &address.any, len) < 0 || listen(fd, BACKLOG) < 0 ||
                        getsockname(fd, &address.any, &len) < 0)
                return err(-errno, "cannot listen on %s: %s", text, strerror(errno));
        s->port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
        r = fd;
        fd = -1;
        return r;
}

/* ---- the server ---- */

int http_server_new(HttpServer **ret, struct sd_event *event, const char *socket_path, const char *listen,
                HttpHandler handler, void *userdata) {
        _cleanup_(http_server_freep) HttpServer *s = NEW(HttpServer);
        int r;

        s->handler = handler;
        s->userdata = userdata;
        s->control.is_control = true;
        if (socket_path && socket_path[0]) {
                r = listen_unix(s, socket_path);
                if (r >= 0)
                        r = listener_start(&s->control, s, event, r);
                if (r < 0)
                        return r;
        }
        if (listen && listen[0]) {
                r = listen_loopback(s, listen);
                if (r >= 0)
                        r = listener_start(&s->loopback, s, event, r);
                if (r < 0)
                        return r;
        }
        *ret = TAKE(s);
        return 0;
}

/* Another daemon may have put its socket in the place of ours. */
static void remove_socket(const HttpServer *s) {
        struct stat st;

        if (s->socket_path && stat(s->socket_path, &st) == 0 && st.st_dev == s->socket_dev &&
                        st.st_ino == s->socket_ino)
                (void) unlink(s->socket_path);
}

HttpServer *http_server_free(HttpServer *s) {
        if (!s)
                return NULL;
        remove_socket(s);
        listener_stop(&s->control);
        listener_stop(&s->loopback);
        (void) xfree(s->socket_path);
        return xfree(s);
}

unsigned http_server_port(const HttpServer *s) {
        return s->port;
}

/* ---- the verbs' side ---- */

static int connect_control(const char *path) {
        _cleanup_(xclosep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct timeval timeout = { .tv_sec = CLIENT_TIMEOUT_SEC };
        struct sockaddr_un address;
        int r;

        if (fd < 0)
                return err(-errno, "cannot make a socket: %s", strerror(errno));
        r = unix_address(path, &address);
        if (r < 0)
                return r;
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
        (void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0) {
                if (errno == ENOENT || errno == ECONNREFUSED)
                        return err(-errno,
                                        "no daemon listens on \"%s\": start it with \"systemctl start "
                                        "thiduad\", or name the configuration it runs with",
                                        path);
                if (errno == EACCES)
                        return err(-errno,
                                        "you may not use \"%s\": become a member of its group, or use sudo",
                                        path);
                return err(-errno, "cannot connect to \"%s\": %s", path, strerror(errno));
        }
        r = fd;
        fd = -1;
        return r;
}

static int io_failed(const char *path) {
        if (errno == EAGAIN)
                return err(-ETIMEDOUT, "the daemon on \"%s\" did not answer within %d s", path,
                                CLIENT_TIMEOUT_SEC);
        return err(-errno, "the daemon on \"%s\" broke the connection: %s", path, strerror(errno));
}

static int send_all(int fd, const char *path, Bytes data) {
        while (data.len) {
                ssize_t n = send(fd, data.data, data.len, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return io_failed(path);
                data = (Bytes){ data.data + n, data.len - (size_t) n };
        }
        return 0;
}

static int receive_all(int fd, const char *path, Text *ret) {
        char buffer[16 << 10];

        for (;;) {
                ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

                if (n == 0)
                        return 0;
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return io_failed(path);
                if (text_add(ret, (Bytes){ buffer, (size_t) n }) < 0)
                        return err(-E2BIG, "the answer of the daemon is larger than its bound");
        }
}

/* "HTTP/1.1 200 OK" ... empty line, body. */
static int parse_answer(Bytes answer, int *ret_status, Bytes *ret_body) {
        uint64_t status;
        size_t at;

        if (!bytes_starts(answer, "HTTP/1.") || answer.len < 12 || answer.data[8] != ' ' ||
                        num_parse_u64((Bytes){ answer.data + 9, 3 }, &status) < 0)
                return -EPROTO;
        if (!bytes_find(answer, BYTES_LIT("\r\n\r\n"), &at))
                return -EPROTO;
        *ret_status = (int) status;
        *ret_body = (Bytes){ answer.data + at + 4, answer.len - at - 4 };
        return 0;
}

/* HTTP/1.0, so that the end of the answer is the end of the connection. */
int http_control_request(const char *socket_path, const char *method, const char *path, Bytes body,
                int *ret_status, Text *ret) {
        _cleanup_(text_done) Text request = TEXT_INIT(HEAD_MAX + HTTP_BODY_MAX),
                                  answer = TEXT_INIT(HTTP_ANSWER_MAX + HEAD_MAX);
        _cleanup_(xclosep) int fd = connect_control(socket_path);
        Bytes content;
        int r, status;

        if (fd < 0)
                return fd;
        (void) text_printf(&request, "%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n",
                        method, path, body.len);
        if (text_add(&request, body) < 0)
                return err(-E2BIG, "the request is larger than its bound");
        r = send_all(fd, socket_path, text_bytes(&request));
        if (r >= 0)
                r = receive_all(fd, socket_path, &answer);
        if (r < 0)
                return r;
        if (parse_answer(text_bytes(&answer), &status, &content) < 0)
                return err(-EPROTO, "what listens on \"%s\" does not speak HTTP", socket_path);
        if (text_add(ret, content) < 0)
                return err(-E2BIG, "the answer of the daemon is larger than its bound");
        *ret_status = status;
        return 0;
}

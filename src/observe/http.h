/* The control socket of the verbs (Unix) and the loopback port of /metrics, /-/healthy, /-/ready:
 * libmicrohttpd on the loop, never blocking. */
#pragma once

#include "base/bytes.h"

struct sd_event;

enum {
        HTTP_BODY_MAX = 64 << 10,   /* of a request; more is answered with 413 */
        HTTP_ANSWER_MAX = 64 << 20, /* more is answered with 500 */
};

typedef struct HttpAnswer {
        int status;               /* 200, 404, ...; 0 counts as 500 */
        const char *content_type; /* lives for the call at least; NULL: text/plain; charset=utf-8 */
        Text body;                /* the handler appends; taken from it */
} HttpAnswer;

/* Called from the loop. path without query, percent-decoded; query as it was sent, NULL: none. Method GET
 * (HEAD too) or POST; POST on the control socket only. */
typedef void (*HttpHandler)(void *userdata, bool is_control, const char *method, const char *path,
                const char *query, Bytes body, HttpAnswer *ret);

typedef struct HttpServer HttpServer;

/* socket_path: Unix socket, mode 0660, replaced when a dead one is there (NULL or "": none). -EADDRINUSE:
 * somebody answers on it. listen: "127.0.0.1:9467" or "[::1]:9467", port 0 for any (NULL or "": none;
 * -EINVAL: not of this form; -EPERM: an address that is not loopback). */
int http_server_new(HttpServer **ret, struct sd_event *event, const char *socket_path, const char *listen,
                HttpHandler handler, void *userdata);
HttpServer *http_server_free(HttpServer *s); /* the socket file goes too */
DEFINE_CLEANUP(HttpServer *, http_server_free)
unsigned http_server_port(const HttpServer *s); /* of the loopback listener; 0: none */

/* The verbs' side: one blocking request over the Unix socket, 60 s at most. The body of the answer is
 * appended to ret. 0; -ECONNREFUSED or -ENOENT: no daemon there; -EACCES: not allowed; -ETIMEDOUT; -EPROTO:
 * the answer is not HTTP; all with a note. */
int http_control_request(const char *socket_path, const char *method, const char *path, Bytes body,
                int *ret_status, Text *ret);

/* Transport on curl multi and the event loop. curl's sockets live in an epoll instance of their own; that
 * descriptor and one timer are all the loop sees: one event source for each socket cost half to two thirds
 * of the requests a second.
 *
 * Order that must hold: curl forbids most calls from inside its callbacks, and these call out to the owner
 * of a transfer, who may cancel or start others. So while curl is at work (is_inside) a cancelled transfer
 * is only marked and a new one only queued; sweep() does the rest when curl has returned. */

#include "fetch/curl.h"
#include "fetch/curl_certificate.h"
#include "fetch/curl_story.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/err.h"
#include "config/source.h"
#include "fetch/network.h"
#include "fetch/reception.h"

#define URL_MAX (64 * 1024)
#define IDLE_HANDLES 16
#define EVENTS_AT_ONCE 64

typedef struct CurlTransport {
        Transport base;
        char *ca_file;
        char *proxy;
        char *proxy_user;       /* NULL: no login */
        ConfSecret proxy_password;
        long proxy_auth;
        long tls_min;
        Network *networks;
        size_t n_networks;
        CURLM *multi;
        CURLSH *share;          /* TLS sessions */
        sd_event *event;
        int epoll_fd;
        sd_event_source *sockets;
        sd_event_source *timer;
        usec_t curl_at;         /* when curl wants to be called */
        usec_t check_at;        /* when the next silence may have lasted too long */
        usec_t armed_at;
        bool is_inside;
        bool needs_sweep;
        Transfer *first;
        CURL *idle[IDLE_HANDLES];
        size_t n_idle;
} CurlTransport;

struct Transfer {
        CurlTransport *tr;
        Transfer *prev, *next;
        CURL *easy;
        HttpRequest *req;
        struct curl_slist *headers;
        Reception in;
        bool is_added;          /* to curl; otherwise queued */
        bool is_cancelled;

        usec_t started_at;
        usec_t active_at;       /* last sign of life */
        bool is_address_refused;
        char peer[80];          /* last address that was tried */
        char curl_story[CURL_ERROR_SIZE];
};

static usec_t now_of(const CurlTransport *tr) {
        usec_t now = 0;

        (void) sd_event_now(tr->event, CLOCK_MONOTONIC, &now);
        return now;
}

/* ---- one transfer ---- */

static void headers_free(struct curl_slist *list) {
        while (list) {
                struct curl_slist *next = list->next;

                explicit_bzero(list->data, strlen(list->data));
                xfree(list->data);
                xfree(list);
                list = next;
        }
}

/* Not curl_slist_append(): its copies of the secrets could not be wiped. */
static void add_line(struct curl_slist ***end, const char *name, Bytes value) {
        struct curl_slist *node = NEW(struct curl_slist);
        size_t len = strlen(name);

        /* "Name;" is curl's way of writing an empty header. */
        node->data = xalloc(len + value.len + 3);
        memcpy(node->data, name, len);
        memcpy(node->data + len, value.len > 0 ? ": " : ";", value.len > 0 ? 2 : 1);
        if (value.len > 0)
                memcpy(node->data + len + 2, value.data, value.len);
        **end = node;
        *end = &node->next;
}

static struct curl_slist *make_headers(const HttpRequest *req) {
        struct curl_slist *list = NULL, **end = &list;

        for (size_t i = 0; i < req->n_headers; i++)
                add_line(&end, req->headers[i].name,
                                req->headers[i].secret ? secret_reveal(req->headers[i].secret)
                                                       : bytes_of(req->headers[i].value));
        /* Without it curl waits a second for "100 Continue" before it sends a larger body. */
        end[0] = NEW(struct curl_slist);
        end[0]->data = xstrdup("Expect:");
        return list;
}

static void unlink_transfer(Transfer *t) {
        if (t->prev)
                t->prev->next = t->next;
        else
                t->tr->first = t->next;
        if (t->next)
                t->next->prev = t->prev;
}

static void easy_release(CurlTransport *tr, CURL *easy) {
        curl_easy_reset(easy);
        if (tr->n_idle < IDLE_HANDLES)
                tr->idle[tr->n_idle++] = easy;
        else
                curl_easy_cleanup(easy);
}

/* Outside of curl only. */
static void transfer_detach(Transfer *t) {
        assert(!t->tr->is_inside);
        if (t->is_added)
                (void) curl_multi_remove_handle(t->tr->multi, t->easy);
        t->is_added = false;
        unlink_transfer(t);
}

static void transfer_free(Transfer *t) {
        if (t->easy)
                easy_release(t->tr, t->easy);
        headers_free(t->headers);
        http_request_free(t->req);
        reception_done(&t->in);
        xfree(t);
}

/* Looks for silence no later than that. */
static void check_by(CurlTransport *tr, usec_t at) {
        if (at < tr->check_at)
                tr->check_at = at;
}

static size_t on_header(char *data, size_t size, size_t count, void *userdata) {
        Transfer *t = userdata;
        size_t n = size * count;

        if (t->is_cancelled)
                return 0;
        t->active_at = now_of(t->tr);
        /* From the first byte on another, perhaps shorter bound holds; later signs of life only move it. */
        if (!t->in.has_first_byte)
                check_by(t->tr, usec_add(t->active_at, t->in.limits.idle_timeout));
        return reception_line(&t->in, (Bytes){ data, n }) ? n : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *userdata) {
        Transfer *t = userdata;
        size_t n = size * count;

        if (t->is_cancelled)
                return 0;
        t->active_at = now_of(t->tr);
        return reception_body(&t->in, (Bytes){ data, n }) ? n : 0;
}

static bool is_allowed(const CurlTransport *tr, const struct sockaddr *address) {
        for (size_t i = 0; i < tr->n_networks; i++)
                if (network_contains(&tr->networks[i], address))
                        return true;
        return tr->n_networks == 0;
}

static curl_socket_t on_open_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *address) {
        Transfer *t = userdata;
        _cleanup_(text_done) Text peer = TEXT_INIT(sizeof(t->peer) - 1);

        (void) purpose;
        network_render(&address->addr, &peer);
        (void) snprintf(t->peer, sizeof(t->peer), "%s", text_str(&peer));
        if (!is_allowed(t->tr, &address->addr)) {
                t->is_address_refused = true;
                return CURL_SOCKET_BAD;
        }
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- the end of a transfer ---- */

static TransferOutcome explain(Transfer *t, CURLcode code) {
        CurlStory story = {
                .in = &t->in,
                .easy = t->easy,
                .peer = t->peer,
                .ca_file = t->tr->ca_file,
                .proxy = t->tr->proxy,
                .words = t->curl_story,
                .is_address_refused = t->is_address_refused,
        };

        return curl_story_tell(&story, (int) code);
}

static void complete(Transfer *t, CURLcode code) {
        usec_t now = now_of(t->tr);
        TransferResult result = { .took = now - t->started_at, .certificate_until = curl_certificate_until(t->easy) };

        if (t->in.is_stopped)
                result.outcome = TRANSFER_STOPPED;
        else if (t->in.outcome != TRANSFER_OK)
                result.outcome = t->in.outcome;
        else if (code != CURLE_OK)
                result.outcome = explain(t, code);
        else if (!t->in.is_head_told)
                result.outcome = reception_say(&t->in, TRANSFER_E_PROTOCOL, "the answer has no head");
        result.size = t->in.size;
        memcpy(result.story, t->in.story, sizeof(result.story));
        transfer_detach(t);
        t->in.events.done(t->in.userdata, t->in.is_head_told ? &t->in.resp : NULL, &result, now);
        transfer_free(t);
}

/* Messages of transfers that ended; done() may start and cancel others in between. */
static void drain(CurlTransport *tr) {
        CURLMsg *msg;
        int left;

        while ((msg = curl_multi_info_read(tr->multi, &left))) {
                CURLcode code = msg->data.result;
                Transfer *t = NULL;

                if (msg->msg != CURLMSG_DONE)
                        continue;
                (void) curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **) &t);
                if (t->is_cancelled) {
                        transfer_detach(t);
                        transfer_free(t);
                } else {
                        complete(t, code);
                }
        }
}

/* What was cancelled or started while curl was at work. A handle that curl will not take ends its transfer
 * with an error of its own. */
static void sweep(CurlTransport *tr) {
        while (tr->needs_sweep) {
                tr->needs_sweep = false;
                for (Transfer *t = tr->first, *next; t; t = next) {
                        next = t->next;
                        if (t->is_cancelled) {
                                transfer_detach(t);
                                transfer_free(t);
                        } else if (!t->is_added) {
                                t->is_added = curl_multi_add_handle(tr->multi, t->easy) == CURLM_OK;
                                assert(t->is_added);
                        }
                }
        }
}

/* ---- silence ---- */

/* When this transfer's silence is too long; sets the story that would then be told. */
static usec_t silence_ends(const Transfer *t, usec_t now, bool *ret_is_known) {
        curl_off_t sent = 0;

        *ret_is_known = true;
        if (t->in.has_first_byte)
                return usec_add(t->active_at, t->in.limits.idle_timeout);
        (void) curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
        if (sent > 0)
                return usec_add(t->started_at + (usec_t) sent, t->in.limits.first_byte_timeout);
        /* Not sent yet: connecting has a bound of its own. Look again after a while. */
        *ret_is_known = false;
        return usec_add(now, t->in.limits.first_byte_timeout / 4 + USEC_MSEC);
}

static void expire(Transfer *t) {
        _cleanup_(text_done) Text host = TEXT_INIT(1024);

        reception_host(&t->in, &host);
        if (t->in.has_first_byte)
                (void) reception_say(&t->in, TRANSFER_E_TIMEOUT,
                                "\"%.100s\" fell silent in the middle of the answer for %" PRIu64
                                " ms (\"idle_timeout\"); %" PRIu64 " bytes came",
                                text_str(&host), t->in.limits.idle_timeout / USEC_MSEC, t->in.size);
        else
                (void) reception_say(&t->in, TRANSFER_E_TIMEOUT,
                                "\"%.100s\" gave no answer within %" PRIu64 " ms (\"first_byte_timeout\")",
                                text_str(&host), t->in.limits.first_byte_timeout / USEC_MSEC);
        complete(t, CURLE_OPERATION_TIMEDOUT);
}

/* One that has been silent for too long; NULL: none, and check_at says when to look again. */
static Transfer *find_silent(CurlTransport *tr, usec_t now) {
        tr->check_at = USEC_NEVER;
        for (Transfer *t = tr->first; t; t = t->next) {
                bool is_known;
                usec_t at;

                if (!t->is_added)
                        continue;
                at = silence_ends(t, now, &is_known);
                if (is_known && at <= now)
                        return t;
                check_by(tr, at);
        }
        return NULL;
}

static void check_silence(CurlTransport *tr, usec_t now) {
        Transfer *t;

        while ((t = find_silent(tr, now)))
                expire(t);
}

/* ---- the loop ---- */

static void arm(CurlTransport *tr) {
        usec_t at = tr->curl_at < tr->check_at ? tr->curl_at : tr->check_at;

        if (at == tr->armed_at)
                return;
        tr->armed_at = at;
        if (at == USEC_NEVER) {
                (void) sd_event_source_set_enabled(tr->timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time(tr->timer, at);
        (void) sd_event_source_set_enabled(tr->timer, SD_EVENT_ONESHOT);
}

static void act(CurlTransport *tr, curl_socket_t fd, int mask) {
        int n_running;

        tr->is_inside = true;
        (void) curl_multi_socket_action(tr->multi, fd, mask, &n_running);
        tr->is_inside = false;
}

static void settle(CurlTransport *tr) {
        sweep(tr);
        drain(tr);
        arm(tr);
}

static int on_sockets(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        CurlTransport *tr = userdata;
        struct epoll_event events[EVENTS_AT_ONCE];
        int n;

        (void) source;
        (void) revents;
        n = epoll_wait(fd, events, EVENTS_AT_ONCE, 0);
        for (int i = 0; i < n; i++) {
                int mask = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                           (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                           (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

                act(tr, events[i].data.fd, mask);
        }
        settle(tr);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t at, void *userdata) {
        CurlTransport *tr = userdata;
        usec_t now = now_of(tr);

        (void) source;
        (void) at;
        tr->armed_at = USEC_NEVER;
        if (now >= tr->curl_at) {
                tr->curl_at = USEC_NEVER;
                act(tr, CURL_SOCKET_TIMEOUT, 0);
                sweep(tr);
                drain(tr);
        }
        if (now >= tr->check_at)
                check_silence(tr, now);
        settle(tr);
        return 0;
}

/* curl tells which socket it wants to hear of. */
static int on_want(CURL *easy, curl_socket_t fd, int what, void *userdata, void *known) {
        CurlTransport *tr = userdata;
        struct epoll_event e = { .data.fd = fd };

        (void) easy;
        if (what == CURL_POLL_REMOVE) {
                (void) epoll_ctl(tr->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
                return 0;
        }
        e.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
        if (epoll_ctl(tr->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) < 0)
                (void) epoll_ctl(tr->epoll_fd, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e);
        (void) curl_multi_assign(tr->multi, fd, tr);
        return 0;
}

static int on_wait(CURLM *multi, long timeout_ms, void *userdata) {
        CurlTransport *tr = userdata;

        (void) multi;
        tr->curl_at = timeout_ms < 0 ? USEC_NEVER : now_of(tr) + (usec_t) timeout_ms * USEC_MSEC;
        return 0;
}

/* ---- start and cancel ---- */

static CURLcode set_callbacks(Transfer *t) {
        CURL *e = t->easy;
        CURLcode c = curl_easy_setopt(e, CURLOPT_PRIVATE, t);

        c = c ? c : curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->curl_story);
        c = c ? c : curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
        c = c ? c : curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
        c = c ? c : curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
        c = c ? c : curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
        c = c ? c : curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
        c = c ? c : curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
        return c;
}

static long ms_of(usec_t span) {
        usec_t ms = (span + USEC_MSEC - 1) / USEC_MSEC;

        return ms > 1000L * 86400 * 20 ? 1000L * 86400 * 20 : (long) ms;
}

static CURLcode set_bounds(Transfer *t) {
        CURL *e = t->easy;
        CURLcode c = curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);

        c = c ? c : curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
        c = c ? c : curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
        c = c ? c : curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
        c = c ? c : curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, ms_of(t->in.limits.connect_timeout));
        c = c ? c : curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, ms_of(t->in.limits.total_timeout));
        /* The count is kept in check_redirect(), which knows a better story. */
        c = c ? c : curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, t->in.limits.max_redirects > 0 ? 1L : 0L);
        c = c ? c : curl_easy_setopt(e, CURLOPT_MAXREDIRS, (long) t->in.limits.max_redirects + 1);
        c = c ? c
              : curl_easy_setopt(e, CURLOPT_POSTREDIR, (long) (CURL_REDIR_POST_301 | CURL_REDIR_POST_302));
        return c;
}

/* CAPATH stays NULL: with a folder set (Debian's default) libcurl 7.88 parses the whole bundle for every
 * connection, 45 ms each. */
static CURLcode set_peer(Transfer *t) {
        CurlTransport *tr = t->tr;
        CURL *e = t->easy;
        CURLcode c = curl_easy_setopt(e, CURLOPT_CAPATH, NULL);

        c = c ? c : curl_easy_setopt(e, CURLOPT_CAINFO, tr->ca_file);
        c = c ? c : curl_easy_setopt(e, CURLOPT_SSLVERSION, tr->tls_min);
        c = c ? c : curl_easy_setopt(e, CURLOPT_CERTINFO, 1L);
        c = c ? c : curl_easy_setopt(e, CURLOPT_SHARE, tr->share);
        c = c ? c : curl_easy_setopt(e, CURLOPT_PROXY, tr->proxy ? tr->proxy : "");
        c = c ? c : curl_easy_setopt(e, CURLOPT_NOPROXY, "");
        c = c ? c : curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        c = c ? c : curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
        c = c ? c : curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
        if (t->req->pinned_keys)
                c = c ? c : curl_easy_setopt(e, CURLOPT_PINNEDPUBLICKEY, t->req->pinned_keys);
        if (t->req->client_certificate) {
                c = c ? c : curl_easy_setopt(e, CURLOPT_SSLCERT, t->req->client_certificate);
                c = c ? c
                      : curl_easy_setopt(e, CURLOPT_SSLKEY,
                                        t->req->client_key ? t->req->client_key : t->req->client_certificate);
        }
        return c;
}

/* 0 or -errno: the password cannot be read. */
static int set_proxy_login(Transfer *t) {
        CurlTransport *tr = t->tr;
        _cleanup_(secret_freep) Secret *password = NULL;
        CURLcode c;
        int r;

        if (!tr->proxy_user)
                return 0;
        r = secret_source_read(&tr->proxy_password, &password);
        if (r < 0)
                return err(r, "the login at the proxy: %s", err_story(r));
        c = curl_easy_setopt(t->easy, CURLOPT_PROXYAUTH, tr->proxy_auth);
        c = c ? c : curl_easy_setopt(t->easy, CURLOPT_PROXYUSERNAME, tr->proxy_user);
        c = c ? c : curl_easy_setopt(t->easy, CURLOPT_PROXYPASSWORD, secret_reveal(password).data);
        return c ? err(-ENOMEM, "the login at the proxy cannot be given to curl: %s", curl_easy_strerror(c)) : 0;
}

static CURLcode set_url(Transfer *t) {
        Text url = TEXT_INIT(URL_MAX);
        CURLcode c = CURLE_URL_MALFORMAT;

        (void) text_add_str(&url, t->req->url);
        if (t->req->secret_query) {
                (void) text_add_char(&url, strchr(t->req->url, '?') ? '&' : '?');
                url_encode(bytes_of(t->req->secret_query_name), &url);
                (void) text_add_char(&url, '=');
                url_encode(secret_reveal(t->req->secret_query), &url);
        }
        if (!url.is_full) {
                c = curl_easy_setopt(t->easy, CURLOPT_URL, text_str(&url));
                explicit_bzero(url.data, url.len);
        }
        text_done(&url);
        return c;
}

static CURLcode set_request(Transfer *t) {
        CURL *e = t->easy;
        CURLcode c = set_url(t);

        c = c ? c : curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
        c = c ? c : curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
        if (t->req->body || strcmp(t->req->method, "POST") == 0) {
                c = c ? c : curl_easy_setopt(e, CURLOPT_POST, 1L);
                c = c ? c : curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->req->body ? t->req->body : "");
                c = c ? c : curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) t->req->body_len);
        } else {
                c = c ? c : curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
        }
        if (strcmp(t->req->method, "GET") != 0 && strcmp(t->req->method, "POST") != 0)
                c = c ? c : curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, t->req->method);
        return c;
}

static int curl_start(Transport *base, const HttpRequest *req, const TransferLimits *limits,
                const TransferEvents *events, void *userdata, Transfer **ret) {
        CurlTransport *tr = (CurlTransport *) base;
        Transfer *t = NEW(Transfer);
        CURLcode c;
        int r;

        t->tr = tr;
        t->req = http_request_dup(req);
        t->in.url = xstrdup(req->url);
        t->headers = make_headers(t->req);
        t->in.limits = *limits;
        t->in.events = *events;
        t->in.userdata = userdata;
        t->started_at = t->active_at = now_of(tr);
        t->easy = tr->n_idle > 0 ? tr->idle[--tr->n_idle] : curl_easy_init();
        c = t->easy ? set_callbacks(t) : CURLE_OUT_OF_MEMORY;
        c = c ? c : set_bounds(t);
        c = c ? c : set_peer(t);
        c = c ? c : set_request(t);
        r = c ? 0 : set_proxy_login(t);
        if (r < 0) {
                transfer_free(t);
                return r;
        }
        if (c == CURLE_OK && !tr->is_inside)
                t->is_added = curl_multi_add_handle(tr->multi, t->easy) == CURLM_OK;
        if (c != CURLE_OK || (!t->is_added && !tr->is_inside)) {
                transfer_free(t);
                return err(-EINVAL, "the request cannot be given to curl: %s",
                                c ? curl_easy_strerror(c) : "handle refused");
        }
        if (!t->is_added)
                tr->needs_sweep = true;
        t->next = tr->first;
        if (t->next)
                t->next->prev = t;
        tr->first = t;
        check_by(tr, usec_add(t->started_at, limits->first_byte_timeout));
        arm(tr);
        *ret = t;
        return 0;
}

static void curl_cancel(Transfer *t) {
        CurlTransport *tr = t->tr;

        if (tr->is_inside) {
                t->is_cancelled = true;
                tr->needs_sweep = true;
                return;
        }
        transfer_detach(t);
        transfer_free(t);
        arm(tr);
}

/* ---- birth and death ---- */

static Transport *curl_free_transport(Transport *base) {
        CurlTransport *tr = (CurlTransport *) base;

        while (tr->first) {
                Transfer *t = tr->first;

                transfer_detach(t);
                transfer_free(t);
        }
        sd_event_source_disable_unref(tr->sockets);
        sd_event_source_disable_unref(tr->timer);
        tr->timer = NULL;
        for (size_t i = 0; i < tr->n_idle; i++)
                curl_easy_cleanup(tr->idle[i]);
        if (tr->multi)
                (void) curl_multi_cleanup(tr->multi);
        if (tr->share)
                (void) curl_share_cleanup(tr->share);
        (void) xclose(tr->epoll_fd);
        sd_event_unref(tr->event);
        xfree(tr->networks);
        xfree(tr->ca_file);
        xfree(tr->proxy);
        xfree(tr->proxy_user);
        xfree(tr->proxy_password.credential);
        xfree(tr->proxy_password.file);
        xfree(tr->proxy_password.env);
        curl_global_cleanup();
        return xfree(tr);
}

static const TransportOps curl_ops = { curl_start, curl_cancel, curl_free_transport };

static int set_networks(CurlTransport *tr, const ConfStrings *from) {
        int r;

        tr->networks = from->len ? NEW_N(Network, from->len) : NULL;
        for (size_t i = 0; i < from->len; i++) {
                r = network_parse(from->items[i], &tr->networks[i]);
                if (r < 0)
                        return r;
                tr->n_networks++;
        }
        return 0;
}

static int set_multi(CurlTransport *tr, unsigned max_connections) {
        CURLMcode m;

        tr->multi = curl_multi_init();
        tr->share = curl_share_init();
        if (!tr->multi || !tr->share)
                return err(-ENOMEM, "curl gave no handle");
        m = curl_multi_setopt(tr->multi, CURLMOPT_SOCKETFUNCTION, on_want);
        m = m ? m : curl_multi_setopt(tr->multi, CURLMOPT_SOCKETDATA, tr);
        m = m ? m : curl_multi_setopt(tr->multi, CURLMOPT_TIMERFUNCTION, on_wait);
        m = m ? m : curl_multi_setopt(tr->multi, CURLMOPT_TIMERDATA, tr);
        m = m ? m
              : curl_multi_setopt(tr->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                                (long) (max_connections ? max_connections : 64));
        if (m != CURLM_OK || curl_share_setopt(tr->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) !=
                                             CURLSHE_OK)
                return err(-EINVAL, "curl refuses an option: %s", curl_multi_strerror(m));
        return 0;
}

static int set_loop(CurlTransport *tr, sd_event *event) {
        int r;

        tr->event = sd_event_ref(event);
        tr->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (tr->epoll_fd < 0)
                return err(-errno, "no epoll instance for the transfers");
        r = sd_event_add_io(event, &tr->sockets, tr->epoll_fd, EPOLLIN, on_sockets, tr);
        if (r < 0)
                return err(r, "the loop refuses the transfers' descriptor");
        /* Accuracy 1 us: the default of 250 ms would delay every connection. */
        r = sd_event_add_time(event, &tr->timer, CLOCK_MONOTONIC, USEC_NEVER, 1, on_timer, tr);
        if (r < 0)
                return err(r, "the loop refuses the transfers' timer");
        return sd_event_source_set_enabled(tr->timer, SD_EVENT_OFF);
}

int curl_transport_new(Transport **ret, const CurlSpec *spec, struct sd_event *event) {
        _cleanup_(transport_freep) Transport *base = NULL;
        CurlTransport *tr;
        int r;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return err(-EIO, "curl cannot be initialised");
        tr = NEW(CurlTransport);
        base = &tr->base;
        base->ops = &curl_ops;
        tr->epoll_fd = -1;
        tr->curl_at = tr->check_at = tr->armed_at = USEC_NEVER;
        tr->ca_file = xstrdup(spec->ca_file ? spec->ca_file : "/etc/ssl/certs/ca-certificates.crt");
        tr->proxy = xstrdup(spec->proxy && *spec->proxy ? spec->proxy : NULL);
        tr->proxy_user = xstrdup(spec->proxy_user);
        tr->proxy_password = (ConfSecret){ .credential = xstrdup(spec->proxy_password.credential),
                .file = xstrdup(spec->proxy_password.file),
                .env = xstrdup(spec->proxy_password.env) };
        tr->proxy_auth = (long) (spec->proxy_auth == 1 ? CURLAUTH_DIGEST : CURLAUTH_BASIC);
        tr->tls_min = spec->tls_min == 1 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2;
        r = set_loop(tr, event);
        if (r >= 0)
                r = set_multi(tr, spec->max_connections);
        if (r >= 0)
                r = set_networks(tr, &spec->allowed_networks);
        if (r < 0)
                return r;
        *ret = TAKE(base);
        return 0;
}

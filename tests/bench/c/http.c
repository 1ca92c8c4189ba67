/* Requests a second by the program's transport, by a bare curl multi on epoll, or by what a hurried program does with libcurl. Prints requests/s and the CPU
 * time of a request in microseconds.
 *
 *     http product|bare|capath URL CA_FILE REQUESTS IN_FLIGHT keep|close
 *
 * "close": a new connection, and with https a new handshake, for each. "capath": as "bare", with the folder of certificates that libcurl sets on Debian. */

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "fetch/curl.h"

static const char *url, *ca_file;
static long n_wanted, n_started, n_done, n_failed;
static bool is_close;

static double now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static double cpu(void) {
        struct rusage u;

        getrusage(RUSAGE_SELF, &u);
        return (double) (u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double) (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* ---- the program's transport ---- */

static Transport *transport;
static HttpRequest *request;

static int on_head(void *userdata, const HttpResponse *head) {
        (void) userdata;
        return head->status == 200 ? 0 : 1;
}

static int on_piece(void *userdata, Bytes chunk) {
        (void) userdata, (void) chunk;
        return 0;
}

static void product_begin(void);

static void on_done(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t at) {
        (void) userdata, (void) resp, (void) at;
        n_done++;
        if (result->outcome != TRANSFER_OK) {
                n_failed++;
                fprintf(stderr, "http: %s\n", result->story);
        }
        if (n_started < n_wanted)
                product_begin();
}

static void product_begin(void) {
        static const TransferLimits limits = {
                .connect_timeout = 10 * USEC_SEC,
                .first_byte_timeout = 60 * USEC_SEC,
                .idle_timeout = 30 * USEC_SEC,
                .total_timeout = 600 * USEC_SEC,
                .max_body = 64 << 20,
                .max_headers = 200,
        };
        static const TransferEvents events = { on_head, on_piece, on_done };
        Transfer *t;

        n_started++;
        if (transport->ops->start(transport, request, &limits, &events, NULL, &t) < 0)
                exit(1);
}

static void product(long in_flight) {
        char copy[512];
        CurlSpec spec = { .ca_file = copy, .max_connections = (unsigned) in_flight };
        sd_event *event;

        snprintf(copy, sizeof(copy), "%s", ca_file);
        if (sd_event_new(&event) < 0 || curl_transport_new(&transport, &spec, event) < 0)
                exit(1);
        request = http_request_new("GET", url);
        if (is_close)
                (void) http_request_set(request, "Connection", "close");
        while (n_started < in_flight && n_started < n_wanted)
                product_begin();
        while (n_done < n_wanted)
                if (sd_event_run(event, 10 * USEC_SEC) <= 0)
                        exit(2);
        transport = transport_free(transport);
        http_request_free(request);
        sd_event_unref(event);
}

/* ---- bare curl multi on epoll ---- */

static CURLM *multi;
static int ep;
static double wake_at = -1;

static size_t drop(char *data, size_t size, size_t n, void *userdata) {
        (void) data, (void) userdata;
        return size * n;
}

static int on_want(CURL *easy, curl_socket_t fd, int what, void *userdata, void *known) {
        struct epoll_event e = { .data.fd = fd };

        (void) easy, (void) userdata;
        if (what == CURL_POLL_REMOVE)
                return epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL), 0;
        e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
        epoll_ctl(ep, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
        curl_multi_assign(multi, fd, &ep);
        return 0;
}

static int on_wait(CURLM *m, long ms, void *userdata) {
        (void) m, (void) userdata;
        wake_at = ms < 0 ? -1 : now() + (double) ms / 1000;
        return 0;
}

static void bare(long in_flight, bool has_path) {
        struct curl_slist *headers = is_close ? curl_slist_append(NULL, "Connection: close") : NULL;
        struct epoll_event events[64];
        int running, left;
        CURLMsg *msg;

        ep = epoll_create1(EPOLL_CLOEXEC);
        multi = curl_multi_init();
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_want);
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_wait);
        curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, in_flight);
        for (; n_started < in_flight && n_started < n_wanted; n_started++) {
                CURL *e = curl_easy_init();

                curl_easy_setopt(e, CURLOPT_URL, url);
                curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, drop);
                curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
                curl_easy_setopt(e, CURLOPT_CAINFO, ca_file);
                curl_easy_setopt(e, CURLOPT_CAPATH, has_path ? "/etc/ssl/certs" : NULL);
                curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
                curl_multi_add_handle(multi, e);
        }
        while (n_done < n_wanted) {
                double t = now();
                int n = epoll_wait(ep, events, 64, wake_at < 0 ? 10000 : wake_at <= t ? 0 : (int) ((wake_at - t) * 1000) + 1);

                if (n == 0 || (wake_at >= 0 && now() >= wake_at)) {
                        wake_at = -1;
                        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
                }
                for (int i = 0; i < n; i++)
                        curl_multi_socket_action(multi, events[i].data.fd, (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                                        (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0), &running);
                while ((msg = curl_multi_info_read(multi, &left))) {
                        CURL *e = msg->easy_handle;

                        if (msg->msg != CURLMSG_DONE)
                                continue;
                        if (msg->data.result != CURLE_OK) {
                                n_failed++;
                                fprintf(stderr, "http: %s\n", curl_easy_strerror(msg->data.result));
                        }
                        n_done++;
                        curl_multi_remove_handle(multi, e);
                        if (n_started < n_wanted) {
                                n_started++;
                                curl_multi_add_handle(multi, e);
                        } else {
                                curl_easy_cleanup(e);
                        }
                }
        }
        curl_multi_cleanup(multi);
        curl_slist_free_all(headers);
}

int main(int argc, char **argv) {
        double a, c;
        long in_flight;

        if (argc != 7)
                return 64;
        url = argv[2];
        ca_file = argv[3];
        n_wanted = atol(argv[4]);
        in_flight = atol(argv[5]);
        is_close = strcmp(argv[6], "close") == 0;
        curl_global_init(CURL_GLOBAL_DEFAULT);
        a = now(), c = cpu();
        if (strcmp(argv[1], "product") == 0)
                product(in_flight);
        else
                bare(in_flight, strcmp(argv[1], "capath") == 0);
        printf("%.1f %.2f\n", (double) n_wanted / (now() - a), (cpu() - c) * 1e6 / (double) n_wanted);
        return n_failed > 0;
}

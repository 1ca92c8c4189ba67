/* A source that takes its time: answers GET /NAME with the file NAME of a folder after a delay, keeps connections alive, and serves thousands of them on one
 * epoll. GET /big/FORMAT/BYTES makes a body of that size as it is sent, never holding it. Every answer's time is written to a log as "NAME ARRIVED SENT"
 * (seconds of CLOCK_REALTIME), so that counts and delays are taken where they happen. Prints its port and serves until it is killed.
 *
 *     slow FOLDER DELAY_MS LOG */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CONNS = 4096, HEAD = 8192, PIECE = 1 << 18 };

typedef struct Conn {
        int fd, in_len;
        char in[HEAD];
        char name[256];
        double arrived, due;            /* due > 0: an answer waits for its time */
        char *out;                      /* what is being sent; NULL: nothing */
        size_t out_len, out_at;
        uint64_t left, made;            /* of a big body, and records so far */
        const char *format;             /* of a big body; NULL: a file */
        struct Conn *next;              /* in the order in which they are due: the delay is the same for all */
} Conn;

static Conn *by_fd[CONNS * 4], *first_due, *last_due;
static int ep;
static double delay;
static const char *folder;
static FILE *record;

static double now(void) {
        struct timespec t;

        clock_gettime(CLOCK_REALTIME, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void close_conn(Conn *c) {
        Conn **link = &first_due;

        for (last_due = NULL; *link;)
                if (*link == c) {
                        *link = c->next;
                } else {
                        last_due = *link;
                        link = &(*link)->next;
                }
        by_fd[c->fd] = NULL;
        close(c->fd);
        free(c->out);
        free(c);
}

static const char filler[] = "Lorem-0123456789-abcdefghijklmnopqrstuvwxyz-Phuong-xa-thi-tran-so-ban-nganh-";

/* One record of about 1,000 bytes; it is a figure of unit u(n mod 1000) for a day of its own. */
static int big_record(char *to, const char *format, uint64_t n) {
        static char text[901];
        time_t day = (time_t) (946684800 + (int64_t) (n / 1000) * 86400);
        struct tm tm;
        char on[16];

        if (!text[0])
                for (size_t i = 0; i < 900; i++)
                        text[i] = filler[i % (sizeof(filler) - 1)];
        gmtime_r(&day, &tm);
        strftime(on, sizeof(on), "%Y-%m-%d", &tm);
        if (strcmp(format, "xml") == 0)
                return sprintf(to, "<r><u>u%u</u><p>%s</p><a>%u</a><t>%s</t></r>\n", (unsigned) (n % 1000), on, (unsigned) (n % 99991), text);
        if (strcmp(format, "csv") == 0)
                return sprintf(to, "u%u,%s,%u,%s\n", (unsigned) (n % 1000), on, (unsigned) (n % 99991), text);
        return sprintf(to, "%s{\"u\":\"u%u\",\"p\":\"%s\",\"a\":%u,\"t\":\"%s\"}\n", n && strcmp(format, "json") == 0 ? "," : "", (unsigned) (n % 1000), on,
                        (unsigned) (n % 99991), text);
}

static const char *big_head(const char *format) {
        return strcmp(format, "xml") == 0 ? "<l>" : strcmp(format, "csv") == 0 ? "u,p,a,t\n" : strcmp(format, "json") == 0 ? "[" : "";
}

static const char *big_foot(const char *format) {
        return strcmp(format, "xml") == 0 ? "</l>\n" : strcmp(format, "json") == 0 ? "]\n" : "";
}

static void prepare(Conn *c) {
        char path[512], format[16];
        unsigned long long bytes;
        struct stat st;
        int fd;

        c->out_at = 0;
        c->format = NULL;
        if (sscanf(c->name, "big/%15[a-z]/%llu", format, &bytes) == 2) {
                c->format = strcmp(format, "xml") == 0 ? "xml" : strcmp(format, "csv") == 0 ? "csv" : strcmp(format, "ndjson") == 0 ? "ndjson" : "json";
                c->left = bytes;
                c->made = 0;
                c->out = malloc(PIECE + 4096);
                c->out_len = (size_t) sprintf(c->out, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n\r\n%s",
                                strcmp(c->format, "csv") == 0 ? "text/csv" : strcmp(c->format, "xml") == 0 ? "application/xml" : strcmp(c->format, "ndjson") == 0 ? "application/x-ndjson"
                                                                                                                                                              : "application/json",
                                big_head(c->format));
                return;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, c->name);
        fd = open(path, O_RDONLY);
        if (fd < 0 || fstat(fd, &st) < 0) {
                c->out = strdup("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                c->out_len = strlen(c->out);
        } else {
                c->out = malloc((size_t) st.st_size + 256);
                c->out_len = (size_t) sprintf(c->out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %lld\r\n\r\n", (long long) st.st_size);
                for (ssize_t n; (n = read(fd, c->out + c->out_len, (size_t) st.st_size)) > 0;)
                        c->out_len += (size_t) n;
        }
        if (fd >= 0)
                close(fd);
}

/* The next piece of a big body; false: it is over. */
static int refill(Conn *c) {
        if (!c->format)
                return 0;
        c->out_len = c->out_at = 0;
        if (c->left == 0)
                return 0;
        while (c->left > 0 && c->out_len < PIECE) {
                uint64_t n = (uint64_t) big_record(c->out + c->out_len, c->format, c->made++);

                c->out_len += n;
                c->left = c->left > n ? c->left - n : 0;
        }
        if (c->left == 0)
                c->out_len += (size_t) sprintf(c->out + c->out_len, "%s", big_foot(c->format));
        return 1;
}

static void want(Conn *c, uint32_t events) {
        struct epoll_event e = { .events = events, .data.fd = c->fd };

        epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

static void answer(Conn *c) {
        if (!c->out)
                prepare(c);
        for (;;) {
                ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);

                if (n < 0 && errno == EAGAIN) {
                        want(c, EPOLLOUT);
                        return;
                }
                if (n < 0) {
                        close_conn(c);
                        return;
                }
                c->out_at += (size_t) n;
                if (c->out_at == c->out_len && !refill(c))
                        break;
        }
        fprintf(record, "%s %.6f %.6f\n", c->name, c->arrived, now());
        free(c->out);
        c->out = NULL;
        if (c->format)
                close_conn(c);
        else
                want(c, EPOLLIN);
}

static void heard(Conn *c) {
        ssize_t n = recv(c->fd, c->in + c->in_len, (size_t) (HEAD - 1 - c->in_len), 0);

        if (n <= 0) {
                if (n == 0 || errno != EAGAIN)
                        close_conn(c);
                return;
        }
        c->in_len += (int) n;
        c->in[c->in_len] = 0;
        if (!strstr(c->in, "\r\n\r\n"))
                return;
        c->in_len = 0;
        if (sscanf(c->in, "GET /%255[^ ?]", c->name) != 1)
                strcpy(c->name, "-");
        c->arrived = now();
        if (delay <= 0) {
                answer(c);
                return;
        }
        c->due = c->arrived + delay;
        c->next = NULL;
        if (last_due)
                last_due->next = c;
        else
                first_due = c;
        last_due = c;
}

static void take(int listener) {
        int fd, yes = 1;

        while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
                if (fd >= CONNS * 4) {
                        close(fd);
                        continue;
                }
                by_fd[fd] = calloc(1, sizeof(Conn));
                by_fd[fd]->fd = fd;
                epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
        }
}

int main(int argc, char **argv) {
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
        struct epoll_event e = { .events = EPOLLIN }, ready[256];
        socklen_t len = sizeof(a);
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;

        if (argc != 4)
                return 64;
        folder = argv[1];
        delay = atof(argv[2]) / 1000;
        record = fopen(argv[3], "a");
        setvbuf(record, NULL, _IOLBF, 0);
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        if (bind(listener, (struct sockaddr *) &a, sizeof(a)) < 0 || listen(listener, 4096) < 0)
                return 71;
        getsockname(listener, (struct sockaddr *) &a, &len);
        ep = epoll_create1(EPOLL_CLOEXEC);
        e.data.fd = listener;
        epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
        printf("%d\n", ntohs(a.sin_port));
        fflush(stdout);
        for (;;) {
                int wait = -1, n;

                if (first_due) {
                        double ms = (first_due->due - now()) * 1000;
                        wait = ms < 0 ? 0 : (int) ms + 1;
                }
                n = epoll_wait(ep, ready, 256, wait);
                for (int i = 0; i < n; i++) {
                        int fd = ready[i].data.fd;

                        if (fd == listener)
                                take(listener);
                        else if (by_fd[fd] && by_fd[fd]->out)
                                answer(by_fd[fd]);
                        else if (by_fd[fd])
                                heard(by_fd[fd]);
                }
                while (first_due && first_due->due <= now()) {
                        Conn *c = first_due;

                        first_due = c->next;
                        if (!first_due)
                                last_due = NULL;
                        c->next = NULL;
                        answer(c);
                }
        }
}

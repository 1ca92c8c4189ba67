/* The bare tokenizer or reader of a library on the bytes of a file, read in pieces as they would come from a socket. Prints the seconds that passed and the
 * CPU time that it took.
 *
 *     reader json|ndjson|csv|xml FILE */

#include <csv.h>
#include <fcntl.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

static char piece[65536];
static size_t n_tokens;

static void die(const char *why) {
        fprintf(stderr, "reader: %s\n", why);
        exit(1);
}

static int one(void *ctx) {
        (void) ctx;
        n_tokens++;
        return 1;
}

static int truth(void *ctx, int v) {
        (void) v;
        return one(ctx);
}

static int number(void *ctx, const char *s, size_t n) {
        (void) s, (void) n;
        return one(ctx);
}

static int text(void *ctx, const unsigned char *s, size_t n) {
        (void) s, (void) n;
        return one(ctx);
}

static void json(int fd) {
        static const yajl_callbacks calls = { one, truth, NULL, NULL, number, text, one, text, one, one, one };
        yajl_handle h = yajl_alloc(&calls, NULL, NULL);
        ssize_t n;

        yajl_config(h, yajl_allow_multiple_values, 1);
        while ((n = read(fd, piece, sizeof(piece))) > 0)
                if (yajl_parse(h, (unsigned char *) piece, (size_t) n) != yajl_status_ok)
                        die("no JSON");
        if (yajl_complete_parse(h) != yajl_status_ok)
                die("no whole JSON");
        yajl_free(h);
}

static void cell(void *s, size_t n, void *ctx) {
        (void) s, (void) n, (void) ctx;
        n_tokens++;
}

static void row(int c, void *ctx) {
        (void) c, (void) ctx;
        n_tokens++;
}

static void csv(int fd) {
        struct csv_parser p;
        ssize_t n;

        csv_init(&p, 0);
        while ((n = read(fd, piece, sizeof(piece))) > 0)
                if (csv_parse(&p, piece, (size_t) n, cell, row, NULL) != (size_t) n)
                        die("no CSV");
        csv_fini(&p, cell, row, NULL);
        csv_free(&p);
}

static void xml(int fd) {
        xmlTextReaderPtr r = xmlReaderForFd(fd, NULL, NULL, XML_PARSE_HUGE);
        int got;

        while ((got = xmlTextReaderRead(r)) == 1)
                n_tokens++;
        if (got < 0)
                die("no XML");
        xmlFreeTextReader(r);
}

static double now(clockid_t clock) {
        struct timespec t;

        clock_gettime(clock, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
        double began, spent;
        int fd;

        if (argc != 3 || (fd = open(argv[2], O_RDONLY)) < 0)
                die("usage: reader json|ndjson|csv|xml FILE");
        began = now(CLOCK_MONOTONIC);
        spent = now(CLOCK_PROCESS_CPUTIME_ID);
        if (strcmp(argv[1], "csv") == 0)
                csv(fd);
        else if (strcmp(argv[1], "xml") == 0)
                xml(fd);
        else
                json(fd);
        began = now(CLOCK_MONOTONIC) - began;
        spent = now(CLOCK_PROCESS_CPUTIME_ID) - spent;
        if (n_tokens == 0)
                die("nothing in it");
        printf("%.6f %.6f\n", began, spent);
        close(fd);
        return 0;
}

/* Tests of fetch/reception.c: hostile and odd answers, line by line. */

#include "fetch_util.h"
#include "fetch/reception.h"

typedef struct Seen {
        unsigned n_heads;
        int status;
        size_t body;
        bool stops;
} Seen;

static int on_head(void *userdata, const HttpResponse *head) {
        Seen *s = userdata;

        s->n_heads++;
        s->status = head->status;
        return s->stops;
}

static int on_body(void *userdata, Bytes chunk) {
        Seen *s = userdata;

        s->body += chunk.len;
        return 0;
}

static Reception begin(Seen *seen) {
        static char *listed[] = { (char *) (uintptr_t) "https://kho" };

        return (Reception){
                .limits = { .max_body = 100, .max_headers = 3, .max_redirects = 2, .redirect_hosts = { .items = listed, .len = 1 } },
                .events = { .head = on_head, .body = on_body },
                .userdata = seen,
                .url = xstrdup("http://a/x"),
        };
}

/* Lines end in "\n" in the table and in CR LF here. False: it was given up. */
static bool feed(Reception *r, const char *lines) {
        while (*lines) {
                size_t n = strcspn(lines, "\n");
                char line[4096];

                (void) snprintf(line, sizeof(line), "%.*s\r\n", (int) n, lines);
                if (!reception_line(r, bytes_of(line)))
                        return false;
                lines += n + (lines[n] == '\n');
        }
        return true;
}

/* Each head is told once, when it is the answer's own, or ends in the outcome that its fault deserves. */
static void test_heads(void **state) {
        static const struct {
                const char *lines;
                unsigned n_heads;
                int status;
                TransferOutcome outcome;
                const char *words;
        } cases[] = {
                { "HTTP/1.1 200 OK\nA: 1\n\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/2 204\n\n", 1, 204, TRANSFER_OK, "" },
                { "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\n\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/1.1 200 OK\n\nTrailer: x\nTrailer: y\nTrailer: z\nTrailer: z\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/1.1 200 OK\nA: 1\nB: 2\nC: 3\n\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/1.1 200 OK\nA: 1\nB: 2\nC: 3\nD: 4\n\n", 0, 0, TRANSFER_E_LIMIT, "more than 3 headers" },
                { "HTTP/1.1 100 X\nA: 1\nB: 2\n\nHTTP/1.1 200 OK\nA: 1\nB: 2\n\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/1.1 200 OK\nA: 1\n  continued\n\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/1.1 OK\n\n", 0, 0, TRANSFER_E_PROTOCOL, "does not begin with an HTTP status" },
                { "HTTP/1.1\n\n", 0, 0, TRANSFER_E_PROTOCOL, "does not begin with an HTTP status" },
                { "HTTP/1.1 200 OK\nnonsense\n\n", 0, 0, TRANSFER_E_PROTOCOL, "header line without a colon" },
                { "HTTP/1.1 200 OK\na b: 1\n\n", 0, 0, TRANSFER_E_PROTOCOL, "name is not a word" },
                { "HTTP/1.1 200 OK\nContent-Length: 100\n\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/1.1 200 OK\nContent-Length: 101\n\n", 0, 0, TRANSFER_E_LIMIT, "the answer has 101 bytes" },
                { "HTTP/1.1 200 OK\nContent-Length: 101\nContent-Encoding: gzip\n\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/1.1 302 Found\nLocation: /y\n\nHTTP/1.1 200 OK\n\n", 1, 200, TRANSFER_OK, "" },
                { "HTTP/1.1 302 Found\n\n", 1, 302, TRANSFER_OK, "" },
                { "HTTP/1.1 302 X\nLocation: https://a/x\n\n", 0, 0, TRANSFER_E_FORBIDDEN, "to another host, \"https://a:443\"" },
                { "HTTP/1.1 302 X\nLocation: //b/x\n\n", 0, 0, TRANSFER_E_FORBIDDEN, "to another host, \"http://b:80\"" },
                { "HTTP/1.1 302 X\nLocation: https://kho:444/x?key=1\n\n", 0, 0, TRANSFER_E_FORBIDDEN, "to another host, \"https://kho:444\"" },
                { "HTTP/1.1 302 X\nLocation: ftp://kho/x?key=1\n\n", 0, 0, TRANSFER_E_FORBIDDEN, "redirect to \"ftp://kho/x\", which" },
                { "HTTP/1.1 302 X\nLocation: gopher://a\n\n", 0, 0, TRANSFER_E_FORBIDDEN, "no http or https address" },
                { "HTTP/1.1 302 X\nLocation: y\n\nHTTP/1.1 302 X\nLocation: z\n\nHTTP/1.1 302 X\nLocation: y\n\n", 0, 0,
                  TRANSFER_E_LIMIT, "more than 2 redirects" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Seen seen = {};
                Reception r = begin(&seen);
                bool ok = feed(&r, cases[i].lines);

                if (ok != (cases[i].outcome == TRANSFER_OK) || r.outcome != cases[i].outcome ||
                    seen.n_heads != cases[i].n_heads || seen.status != cases[i].status ||
                    !strstr(r.story, cases[i].words))
                        fail_msg("case %zu: heads %u, status %d, outcome %d, \"%s\"", i, seen.n_heads, seen.status,
                                 (int) r.outcome, r.story);
                reception_done(&r);
        }
}

/* A redirect to a host that is listed is told like an answer, and nothing more is read of it. */
static void test_handed_out(void **state _unused_) {
        Seen seen = {};
        Reception r = begin(&seen);

        assert_false(feed(&r, "HTTP/1.1 302 X\nLocation: https://KHO:443/x?key=1\n\n"));
        assert_int_equal(r.outcome, TRANSFER_OK);
        assert_true(r.is_stopped);
        assert_int_equal(seen.n_heads, 1);
        assert_int_equal(seen.status, 302);
        assert_string_equal(r.resp.url, "http://a/x");
        reception_done(&r);
}

/* Headers are bounded in bytes too, over all heads of one answer together. */
static void test_header_bytes(void **state) {
        static char value[4000];
        Seen seen = {};
        Reception r = begin(&seen);
        unsigned n = 0;
        char line[4096];

        (void) state;
        memset(value, 'x', sizeof(value) - 1);
        (void) snprintf(line, sizeof(line), "A: %s\r\n", value);
        do
                assert_true(++n < 1000 && feed(&r, "HTTP/1.1 103 Hints"));
        while (reception_line(&r, bytes_of(line)) && feed(&r, "\n"));
        assert_int_equal(r.outcome, TRANSFER_E_LIMIT);
        assert_string_equal(r.story, "the headers of the answer are larger than 256 KiB");
        reception_done(&r);
}

/* The body is bounded to the byte, and an owner who stops is not called again with more. */
static void test_body(void **state) {
        static const char bytes[101];
        Seen seen = {}, stopping = { .stops = true };
        Reception r = begin(&seen), stopped = begin(&stopping);

        (void) state;
        assert_true(feed(&r, "HTTP/1.1 200 OK\n\n"));
        assert_true(reception_body(&r, (Bytes){ bytes, 60 }));
        assert_true(reception_body(&r, (Bytes){ bytes, 40 }));
        assert_false(reception_body(&r, (Bytes){ bytes, 1 }));
        assert_int_equal(r.outcome, TRANSFER_E_LIMIT);
        assert_int_equal(seen.body, 100);
        assert_false(feed(&stopped, "HTTP/1.1 200 OK\n\n"));
        assert_true(stopped.is_stopped);
        assert_int_equal(stopped.outcome, TRANSFER_OK);
        reception_done(&r);
        reception_done(&stopped);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_heads), cmocka_unit_test(test_handed_out),
                cmocka_unit_test(test_header_bytes),
                cmocka_unit_test(test_body),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

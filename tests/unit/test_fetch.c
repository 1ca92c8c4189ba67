/* Tests of fetch/fetch.c: a scripted transport answers, the clock is a variable, and what is compared is
 * the log of all that was asked and told. */

#include <errno.h>
#include <stdlib.h>

#include "fetch_util.h"
#include "fetch/fetch.h"

#define START (1000 * USEC_SEC)
#define REAL_AHEAD (UINT64_C(1700000000) * USEC_SEC)

/* ---- the transport ---- */

typedef struct Answer {
        int status;             /* 0: no head */
        const char *headers;
        const char *body;       /* "|" separates chunks */
        TransferOutcome outcome;
} Answer;

struct Transfer {
        HttpRequest *req;
        TransferEvents events;
        void *userdata;
        Transfer *next;
};

typedef struct Fake {
        Transport base;
        const Answer *answers;
        size_t n_answers, n_given;
        Transfer *first, **end;
        Text *log;
        usec_t now;
        unsigned n_cancelled;
} Fake;

static int fake_start(Transport *tr, const HttpRequest *req, const TransferLimits *limits,
                const TransferEvents *events, void *userdata, Transfer **ret) {
        static const char *const told[] = { "Authorization", "If-None-Match", "If-Modified-Since", "X-Own" };
        Fake *fake = (Fake *) tr;
        Transfer *t = NEW(Transfer);

        (void) limits;
        t->req = http_request_dup(req);
        t->events = *events;
        t->userdata = userdata;
        *fake->end = t;
        fake->end = &t->next;
        (void) text_printf(fake->log, "%s %s", req->method, req->url);
        for (size_t i = 0; i < ELEMENTS(told); i++) {
                const HttpHeader *h = http_request_header(req, told[i]);

                if (h)
                        (void) text_printf(fake->log, " [%s]",
                                        h->secret ? secret_reveal(h->secret).data : h->value);
        }
        (void) text_add_char(fake->log, '\n');
        *ret = t;
        return 0;
}

static void transfer_free(Transfer *t) {
        http_request_free(t->req);
        xfree(t);
}

static void fake_cancel(Transfer *t) {
        (void) t;
}

static const TransportOps fake_ops = { fake_start, fake_cancel, NULL };

static int play(Transfer *t, const Answer *a, const HttpResponse *resp) {
        const char *p = a->body ? a->body : "";

        if (t->events.head(t->userdata, resp) != 0)
                return 1;
        while (*p) {
                size_t n = strcspn(p, "|");

                if (t->events.body(t->userdata, (Bytes){ p, n }) != 0)
                        return 1;
                p += n + (p[n] == '|');
        }
        return 0;
}

/* Gives the next answer of the script to the transfer that began first. */
static void fake_step(Fake *fake) {
        Transfer *t = fake->first;
        const Answer *a = &fake->answers[fake->n_given];
        TransferResult result = { .outcome = a->outcome, .took = USEC_MSEC };
        HttpResponse resp = response(a->status, a->headers);

        if (fake->n_given == fake->n_answers)
                fail_msg("the script has no more answers:\n%s", text_str(fake->log));
        fake->n_given++;
        fake->first = t->next;
        if (!fake->first)
                fake->end = &fake->first;
        if (a->outcome > TRANSFER_STOPPED)
                (void) snprintf(result.story, sizeof(result.story), "the wire broke");
        if (a->status > 0 && play(t, a, &resp) != 0)
                result.outcome = TRANSFER_STOPPED;
        t->events.done(t->userdata, a->status > 0 ? &resp : NULL, &result, fake->now);
        transfer_free(t);
        http_response_done(&resp);
}

static void fake_init(Fake *fake, const Answer *answers, size_t n, Text *log) {
        *fake = (Fake){ .base.ops = &fake_ops, .answers = answers, .n_answers = n, .log = log, .now = START };
        fake->end = &fake->first;
}

/* ---- the owner: a body is "<records>[,<total>]", or a word that makes a verdict ---- */

typedef struct Owner {
        Text *log;
        Text body;
        unsigned n_done;
        bool failed;
        Failure failure;
        Fetch *fetch;
} Owner;

static int on_page_begin(void *userdata, const HttpResponse *head, unsigned page) {
        Owner *o = userdata;

        (void) head;
        text_clear(&o->body);
        (void) text_printf(o->log, " begin %u\n", page);
        return 0;
}

static int on_body(void *userdata, Bytes chunk) {
        Owner *o = userdata;

        (void) text_add(&o->body, chunk);
        return bytes_equal_str(chunk, "broken");
}

static void on_page_end(void *userdata, PageVerdict *ret) {
        static const struct {
                const char *word;
                Verdict verdict;
                FailureClass class;
        } words[] = {
                { "login", VERDICT_LOGIN, FAILURE_LOGIN },
                { "retry", VERDICT_RETRY, FAILURE_REPLY },
                { "empty", VERDICT_EMPTY, FAILURE_NONE },
                { "absent", VERDICT_ABSENT, FAILURE_NONE },
                { "broken", VERDICT_FAIL, FAILURE_REPLY },
        };
        Owner *o = userdata;

        (void) text_printf(o->log, " end %s\n", text_str(&o->body));
        for (size_t i = 0; i < ELEMENTS(words); i++)
                if (bytes_ends(text_bytes(&o->body), words[i].word)) {
                        ret->verdict = words[i].verdict;
                        failure_set(&ret->failure, words[i].class, false, "the page says %s", words[i].word);
                        return;
                }
        ret->facts.n_records = (uint64_t) (text_str(&o->body)[0] - '0');
        if (o->body.len > 2)
                ret->facts.total = text_str(&o->body)[2] - '0';
}

static void on_exchange(void *userdata, const FetchExchange *x) {
        Owner *o = userdata;

        assert_true(x->sent_at >= REAL_AHEAD + START);
        (void) text_printf(o->log, " exchange %u%s %d\n", x->seq, x->is_login ? " login" : "",
                        x->response ? x->response->status : 0);
}

static void on_settled(void *userdata, Verdict verdict) {
        Owner *o = userdata;

        (void) text_printf(o->log, " settled %s\n", verdict_name(verdict));
}

/* The fetch is freed where its owner may free it. */
static void on_done(void *userdata, const Failure *failure, usec_t now) {
        Owner *o = userdata;

        (void) now;
        o->n_done++;
        o->failed = failure;
        if (failure) {
                o->failure = *failure;
                (void) text_printf(o->log, "FAILED %s: %s\n", failure_class_name(failure->class),
                                failure->story);
        } else {
                (void) text_add_str(o->log, "DONE\n");
        }
        o->fetch = fetch_free(o->fetch);
}

static const FetchEvents events = { on_page_begin, on_body, on_page_end, on_exchange, on_settled, on_done, NULL };

/* ---- one world for each test ---- */

static const JudgeSpec plain_judge = {};
static const char *const json_types[] = { "application/json", NULL };
static char *listed[] = { (char *) (uintptr_t) "http://kho" };
static const TransferLimits limits = { .max_body = 1000000, .max_redirects = 2, .redirect_hosts = { .items = listed, .len = 1 } };
static const MannersSpec quick = {
        .parallel = 2, .attempts = 3, .backoff_min = USEC_SEC, .backoff_max = 4 * USEC_SEC, .retry_after_max = 60 * USEC_SEC, .breaker_failures = 0, .breaker_pause = USEC_MINUTE,
};

typedef struct World {
        Text log;
        Hosts *hosts;
        ConfKindOf paging, auth_kind;
        Conf paging_conf, auth_conf;
        Auth *auth;
        Fake fake;
        FetchSpec spec;
        HttpRequest *request;
        Owner owners[2];
} World;

static void world_init(World *w, const char *auth, const char *auth_yaml, const char *paging,
                const char *paging_yaml, const Answer *answers, size_t n) {
        *w = (World){ .log = TEXT_INIT(65536),
                .hosts = hosts_new(),
                .request = http_request_new("GET", "http://a/x") };
        w->paging_conf = kind_fill(paging_kinds, paging, paging_yaml, &w->paging);
        w->auth_conf = kind_fill(auth_kinds, auth, auth_yaml, &w->auth_kind);
        assert_int_equal(auth_new(&w->auth, &w->auth_kind, "http://a"), 0);
        fake_init(&w->fake, answers, n, &w->log);
        w->spec = (FetchSpec){ .judge = &plain_judge,
                .content_types = json_types,
                .paging = &w->paging,
                .manners = &quick,
                .limits = &limits,
                .max_pages = 5,
                .user_agent = "t/1" };
        for (size_t i = 0; i < 2; i++)
                w->owners[i] = (Owner){ .log = &w->log, .body = TEXT_INIT(4096) };
}

static void world_done(World *w) {
        for (size_t i = 0; i < 2; i++) {
                fetch_free(w->owners[i].fetch);
                text_done(&w->owners[i].body);
        }
        while (w->fake.first) {
                Transfer *next = w->fake.first->next;

                transfer_free(w->fake.first);
                w->fake.first = next;
        }
        http_request_free(w->request);
        auth_free(w->auth);
        hosts_free(w->hosts);
        conf_done(&w->paging_conf);
        conf_done(&w->auth_conf);
        text_done(&w->log);
}

static void begin(World *w, size_t i) {
        w->owners[i].fetch = fetch_new(
                        &w->spec, w->request, w->auth, w->hosts, &w->fake.base, &events, &w->owners[i]);
}

/* Runs until both owners are done; each turn answers one transfer, or moves the clock to the next instant
 * that somebody waits for. */
static void run(World *w) {
        for (unsigned turn = 0; turn < 1000; turn++) {
                usec_t wake = USEC_NEVER;

                for (size_t i = 0; i < 2; i++)
                        if (w->owners[i].fetch)
                                fetch_step(w->owners[i].fetch, w->fake.now, w->fake.now + REAL_AHEAD);
                for (size_t i = 0; i < 2; i++)
                        if (w->owners[i].fetch && fetch_wake_at(w->owners[i].fetch) < wake)
                                wake = fetch_wake_at(w->owners[i].fetch);
                if (!w->owners[0].fetch && !w->owners[1].fetch)
                        return;
                if (w->fake.first) {
                        fake_step(&w->fake);
                        continue;
                }
                assert_true(wake > w->fake.now && wake != USEC_NEVER);
                w->fake.now = wake;
        }
        fail_msg("no end:\n%s", text_str(&w->log));
}

#define JSON_HEAD "Content-Type: application/json"
#define OAUTH2 "{token_url: /token, client_id: i, client_secret: {env: T_SECRET}}"
#define BASIC_AUTH "Basic aTpz"
#define TOKEN(t) { 200, JSON_HEAD, "{\"access_token\":\"" t "\",\"expires_in\":3600}", TRANSFER_OK }

/* Every answer, or series of answers, leads to exactly these requests, these calls and this end. */
static void test_scripts(void **state) {
        static const struct {
                const char *auth, *auth_yaml, *paging, *paging_yaml;
                Answer answers[8];
                size_t n;
                const char *log;
        } cases[] = {
                { "none", "{}", "none", "{}", { { 200, JSON_HEAD, "2|,2", 0 } }, 1,
                                "GET http://a/x\n begin 1\n end 2,2\n exchange 1 200\nDONE\n" },
                { "none", "{}", "page", "{param: p}",
                                { { 200, JSON_HEAD, "2", 0 }, { 200, JSON_HEAD, "1", 0 },
                                                { 200, JSON_HEAD, "0", 0 } },
                                3,
                                "GET http://a/x?p=1\n begin 1\n end 2\n exchange 1 200\nGET http://a/x?p=2\n "
                                "begin 2\n end 1\n exchange 2 200\nGET http://a/x?p=3\n begin 3\n end 0\n "
                                "exchange 3 200\nDONE\n" },
                { "none", "{}", "page", "{param: p}",
                                { { 200, JSON_HEAD, "2", 0 }, { 200, JSON_HEAD, "2", 0 } }, 2,
                                "GET http://a/x?p=1\n begin 1\n end 2\n exchange 1 200\nGET http://a/x?p=2\n "
                                "begin 2\n end 2\n exchange 2 200\n"
                                "FAILED reply: GET /x, page 2: page 2 is the same as an earlier one: the "
                                "source repeats itself or ignores the page parameter\n" },
                { "none", "{}", "page", "{param: p, end: total}",
                                { { 200, JSON_HEAD, "2,5", 0 }, { 200, JSON_HEAD, "0,5", 0 } }, 2,
                                "GET http://a/x?p=1\n begin 1\n end 2,5\n exchange 1 200\nGET "
                                "http://a/x?p=2\n begin 2\n end 0,5\n exchange 2 200\n"
                                "FAILED reply: GET /x, page 2: the pages ended after 2 records, but the "
                                "source states 5\n" },

                /* Retries: within the attempts, with the page begun anew. */
                { "none", "{}", "none", "{}", { { 503, NULL, NULL, 0 }, { 200, JSON_HEAD, "2", 0 } }, 2,
                                "GET http://a/x\n exchange 1 503\nGET http://a/x\n begin 1\n end 2\n "
                                "exchange 2 200\nDONE\n" },
                { "none", "{}", "none", "{}",
                                { { 200, JSON_HEAD, "2", TRANSFER_E_CUT }, { 200, JSON_HEAD, "3", 0 } }, 2,
                                "GET http://a/x\n begin 1\n exchange 1 200\nGET http://a/x\n begin 1\n end "
                                "3\n exchange 2 200\nDONE\n" },
                { "none", "{}", "none", "{}",
                                { { 0, NULL, NULL, TRANSFER_E_CONNECT },
                                                { 0, NULL, NULL, TRANSFER_E_TIMEOUT },
                                                { 0, NULL, NULL, TRANSFER_E_NAME } },
                                3,
                                "GET http://a/x\n exchange 1 0\nGET http://a/x\n exchange 2 0\nGET "
                                "http://a/x\n exchange 3 0\nFAILED connect: GET /x: the wire broke (tried 3 "
                                "times)\n" },
                { "none", "{}", "none", "{}", { { 200, JSON_HEAD, "retry", 0 }, { 200, JSON_HEAD, "1", 0 } },
                                2,
                                "GET http://a/x\n begin 1\n end retry\n exchange 1 200\nGET http://a/x\n "
                                "begin 1\n end 1\n exchange 2 200\nDONE\n" },
                { "none", "{}", "none", "{}",
                                { { 500, "Content-Type: text/plain", "out of order", TRANSFER_E_CUT },
                                                { 200, JSON_HEAD, "1", 0 } },
                                2,
                                "GET http://a/x\n exchange 1 500\nGET http://a/x\n begin 1\n end 1\n "
                                "exchange 2 200\nDONE\n" },

                /* No retry where it would not help. */
                { "none", "{}", "none", "{}", { { 404, NULL, NULL, 0 } }, 1,
                                "GET http://a/x\n exchange 1 404\nFAILED http: GET /x: HTTP 404: the source "
                                "knows no such address\n" },
                { "none", "{}", "none", "{}", { { 0, NULL, NULL, TRANSFER_E_TLS } }, 1,
                                "GET http://a/x\n exchange 1 0\nFAILED connect: GET /x: the wire broke\n" },
                { "none", "{}", "none", "{}", { { 200, JSON_HEAD, "2", TRANSFER_E_LIMIT } }, 1,
                                "GET http://a/x\n begin 1\n exchange 1 200\nFAILED limit: GET /x: the wire "
                                "broke\n" },
                { "none", "{}", "none", "{}", { { 200, JSON_HEAD, "1|broken|2", 0 } }, 1,
                                "GET http://a/x\n begin 1\n end 1broken\n exchange 1 200\nFAILED reply: GET "
                                "/x: the page says broken\n" },
                { "none", "{}", "none", "{}", { { 401, NULL, NULL, 0 } }, 1,
                                "GET http://a/x\n exchange 1 401\nFAILED login: GET /x: HTTP 401: the source "
                                "did not accept the credentials\n" },

                /* Impostors. */
                { "none", "{}", "none", "{}",
                                { { 200, "Content-Type: text/html", "<html><input type=password></html>",
                                                0 } },
                                1,
                                "GET http://a/x\n exchange 1 200\n"
                                "FAILED login: GET /x: HTTP 200: an HTML login page came where data was "
                                "declared: the session has expired or the address is a web page\n" },
                { "none", "{}", "none", "{}",
                                { { 200, JSON_HEAD, " <!DOCTYPE html><html>|<body>portal", 0 } }, 1,
                                "GET http://a/x\n begin 1\n exchange 1 200\n"
                                "FAILED reply: GET /x: HTTP 200: an HTML page came where data was declared: "
                                "the address is a web page, or the interface has moved\n" },

                /* Good ends without a page. */
                { "none", "{}", "none", "{}", { { 200, JSON_HEAD, "empty", 0 } }, 1,
                                "GET http://a/x\n begin 1\n end empty\n exchange 1 200\n settled "
                                "empty\nDONE\n" },
                { "none", "{}", "none", "{}", { { 200, JSON_HEAD, "absent", 0 } }, 1,
                                "GET http://a/x\n begin 1\n end absent\n exchange 1 200\n settled "
                                "absent\nDONE\n" },
                { "none", "{}", "none", "{}", { { 304, NULL, NULL, 0 } }, 1,
                                "GET http://a/x\n exchange 1 304\nFAILED reply: GET /x: the source says "
                                "\"unchanged\" to a request that did not ask so\n" },

                /* Logins. */
                { "oauth2", OAUTH2, "none", "{}", { TOKEN("t1"), { 200, JSON_HEAD, "1", 0 } }, 2,
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 1 login 200\nGET http://a/x [Bearer t1]\n begin 1\n end 1\n "
                                "exchange 2 200\nDONE\n" },
                { "oauth2", OAUTH2, "none", "{}",
                                { TOKEN("t1"), { 401, NULL, NULL, 0 }, TOKEN("t2"),
                                                { 200, JSON_HEAD, "1", 0 } },
                                4,
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 1 login 200\nGET http://a/x [Bearer t1]\n exchange 2 401\n"
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 3 login 200\nGET http://a/x [Bearer t2]\n begin 1\n end 1\n "
                                "exchange 4 200\nDONE\n" },
                { "oauth2", OAUTH2, "none", "{}",
                                { TOKEN("t1"), { 401, NULL, NULL, 0 }, TOKEN("t2"), { 401, NULL, NULL, 0 } },
                                4,
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 1 login 200\nGET http://a/x [Bearer t1]\n exchange 2 401\n"
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 3 login 200\nGET http://a/x [Bearer t2]\n exchange 4 401\n"
                                "FAILED login: GET /x: HTTP 401: the source did not accept the "
                                "credentials\n" },
                { "oauth2", OAUTH2, "none", "{}",
                                { TOKEN("t1"), { 200, JSON_HEAD, "login", 0 }, TOKEN("t2"),
                                                { 200, JSON_HEAD, "1", 0 } },
                                4,
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 1 login 200\nGET http://a/x [Bearer t1]\n begin 1\n end "
                                "login\n exchange 2 200\n"
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 3 login 200\nGET http://a/x [Bearer t2]\n begin 1\n end 1\n "
                                "exchange 4 200\nDONE\n" },
                { "oauth2", OAUTH2, "page", "{param: p}",
                                { TOKEN("t1"), { 200, JSON_HEAD, "2", 0 }, { 401, NULL, NULL, 0 },
                                                TOKEN("t2"), { 200, JSON_HEAD, "0", 0 } },
                                5,
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 1 login 200\nGET http://a/x?p=1 [Bearer t1]\n begin 1\n end "
                                "2\n exchange 2 200\nGET http://a/x?p=2 [Bearer t1]\n exchange 3 401\n"
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 4 login 200\nGET http://a/x?p=2 [Bearer t2]\n begin 2\n end "
                                "0\n exchange 5 200\nDONE\n" },
                { "oauth2", OAUTH2, "none", "{}",
                                { { 403, "Content-Type: application/json",
                                                  "{\"fault\":{\"code\":900901,\"message\":\"Invalid\"}}",
                                                  0 },
                                                { 0, NULL, NULL, 0 } },
                                1,
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 1 login 403\nFAILED login: login: POST /token: HTTP "
                                "403: the token endpoint refused; it says \"Invalid\"\n" },
                { "oauth2", OAUTH2, "none", "{}",
                                { { 500, NULL, NULL, 0 }, TOKEN("t1"), { 200, JSON_HEAD, "1", 0 } }, 3,
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 1 login 500\nPOST http://a/token [" BASIC_AUTH
                                "]\n exchange 2 login 200\n"
                                "GET http://a/x [Bearer t1]\n begin 1\n end 1\n exchange 3 200\nDONE\n" },
                { "oauth2", OAUTH2, "none", "{}",
                                { { 0, NULL, NULL, TRANSFER_E_CONNECT },
                                                { 0, NULL, NULL, TRANSFER_E_CONNECT },
                                                { 0, NULL, NULL, TRANSFER_E_CONNECT } },
                                3,
                                "POST http://a/token [" BASIC_AUTH
                                "]\n exchange 1 login 0\nPOST http://a/token [" BASIC_AUTH
                                "]\n exchange 2 login 0\nPOST http://a/token [" BASIC_AUTH
                                "]\n exchange 3 login 0\n"
                                "FAILED connect: login: POST /token: the wire broke (tried 3 times)\n" },
                /* To a host that is listed nothing of the source's goes; every page and every try begins at the source. */
                { "bearer", "token: {env: T_TOKEN}", "none", "{}", { { 302, "Location: http://kho/f?sig=1", NULL, TRANSFER_STOPPED }, { 200, JSON_HEAD, "1", 0 } }, 2,
                                "GET http://a/x [Bearer eyJhbGciOi]\n exchange 1 302\nGET http://kho/f?sig=1\n begin 1\n end 1\n exchange 2 200\nDONE\n" },
                { "bearer", "token: {env: T_TOKEN}", "page", "{param: p}",
                                { { 302, "Location: http://kho/f", NULL, TRANSFER_STOPPED }, { 200, JSON_HEAD, "1", 0 }, { 200, JSON_HEAD, "0", 0 } }, 3,
                                "GET http://a/x?p=1 [Bearer eyJhbGciOi]\n exchange 1 302\nGET http://kho/f\n begin 1\n end 1\n exchange 2 200\n"
                                "GET http://a/x?p=2 [Bearer eyJhbGciOi]\n begin 2\n end 0\n exchange 3 200\nDONE\n" },
                { "bearer", "token: {env: T_TOKEN}", "none", "{}",
                                { { 302, "Location: http://kho/f", NULL, TRANSFER_STOPPED }, { 503, NULL, NULL, 0 }, { 302, "Location: http://kho/g", NULL, TRANSFER_STOPPED },
                                  { 200, JSON_HEAD, "1", 0 } }, 4,
                                "GET http://a/x [Bearer eyJhbGciOi]\n exchange 1 302\nGET http://kho/f\n exchange 2 503\nGET http://a/x [Bearer eyJhbGciOi]\n exchange 3 302\n"
                                "GET http://kho/g\n begin 1\n end 1\n exchange 4 200\nDONE\n" },
                { "oauth2", OAUTH2, "none", "{}",
                                { TOKEN("t1"), { 302, "Location: http://kho/f?sig=1", NULL, TRANSFER_STOPPED }, { 401, NULL, NULL, 0 } }, 3,
                                "POST http://a/token [" BASIC_AUTH "]\n exchange 1 login 200\nGET http://a/x [Bearer t1]\n exchange 2 302\nGET http://kho/f?sig=1\n exchange 3 401\n"
                                "FAILED http: GET /x, sent on to http://kho/f: HTTP 401: the host to which the source points wants credentials, and those of the source go to no "
                                "other host\n" },
                { "none", "{}", "none", "{}",
                                { { 302, "Location: http://kho/f", NULL, TRANSFER_STOPPED }, { 302, "Location: http://kho/g", NULL, TRANSFER_STOPPED },
                                  { 302, "Location: http://kho/f", NULL, TRANSFER_STOPPED } }, 3,
                                "GET http://a/x\n exchange 1 302\nGET http://kho/f\n exchange 2 302\nGET http://kho/g\n exchange 3 302\n"
                                "FAILED http: GET /x, sent on to http://kho/g: more than 2 redirects (\"max_redirects\"), the last one to \"http://kho/f\"\n" },
                { "oauth2", OAUTH2, "none", "{}", { { 302, "Location: http://kho/token", NULL, 0 } }, 1,
                                "POST http://a/token [" BASIC_AUTH "]\n exchange 1 login 302\nFAILED login: login: POST /token: HTTP 302: the token endpoint refused\n" },
                /* A source that repeats our token to the operator. */
                { "bearer", "token: {env: T_TOKEN}", "none", "{}",
                                { { 400, JSON_HEAD, "{\"message\":\"bad token eyJhbGciOi\"}", 0 } }, 1,
                                "GET http://a/x [Bearer eyJhbGciOi]\n exchange 1 400\nFAILED http: GET /x: "
                                "HTTP 400: the source refuses the request; it says \"bad token ***\"\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                World w;

                world_init(&w, cases[i].auth, cases[i].auth_yaml, cases[i].paging, cases[i].paging_yaml,
                                cases[i].answers, cases[i].n);
                begin(&w, 0);
                run(&w);
                if (strcmp(text_str(&w.log), cases[i].log) != 0)
                        fail_msg("case %zu:\n%s\ninstead of\n%s", i, text_str(&w.log), cases[i].log);
                assert_int_equal(w.owners[0].n_done, 1);
                assert_int_equal(w.fake.n_given, cases[i].n);
                world_done(&w);
        }
}

/* The pauses between tries lie within the bounds of the manners, and Retry-After is kept to the second. */
static void test_pauses(void **state) {
        static const Answer answers[] = { { 503, NULL, NULL, 0 }, { 429, "Retry-After: 7", NULL, 0 },
                { 200, JSON_HEAD, "1", 0 } };
        usec_t first, second;
        World w;

        (void) state;
        world_init(&w, "none", "{}", "none", "{}", answers, ELEMENTS(answers));
        begin(&w, 0);
        fetch_step(w.owners[0].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        assert_string_equal(fetch_state_name(w.owners[0].fetch), "transfer");
        assert_true(fetch_wake_at(w.owners[0].fetch) == USEC_NEVER);
        fake_step(&w.fake);
        assert_string_equal(fetch_state_name(w.owners[0].fetch), "backoff");
        first = fetch_wake_at(w.owners[0].fetch);
        assert_true(first >= START + USEC_SEC && first <= START + 4 * USEC_SEC);
        fetch_step(w.owners[0].fetch, first - 1, first - 1 + REAL_AHEAD);
        assert_null(w.fake.first);
        w.fake.now = first;
        fetch_step(w.owners[0].fetch, first, first + REAL_AHEAD);
        assert_non_null(w.fake.first);
        fake_step(&w.fake);
        second = fetch_wake_at(w.owners[0].fetch);
        assert_true(second == first + 7 * USEC_SEC);
        run(&w);
        assert_false(w.owners[0].failed);
        world_done(&w);
}

/* What one fetch is told by Retry-After holds back another one at the same host. */
static void test_shared_pause(void **state) {
        static const Answer answers[] = { { 429, "Retry-After: 7", NULL, 0 }, { 200, JSON_HEAD, "1", 0 },
                { 200, JSON_HEAD, "1", 0 } };
        World w;

        (void) state;
        world_init(&w, "none", "{}", "none", "{}", answers, ELEMENTS(answers));
        begin(&w, 0);
        fetch_step(w.owners[0].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        fake_step(&w.fake);
        begin(&w, 1);
        fetch_step(w.owners[1].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        assert_null(w.fake.first);
        assert_string_equal(fetch_state_name(w.owners[1].fetch), "budget");
        assert_true(fetch_wake_at(w.owners[1].fetch) == START + 7 * USEC_SEC);
        run(&w);
        assert_false(w.owners[0].failed || w.owners[1].failed);
        world_done(&w);
}

/* Two fetches of one source log in once; the second waits for the first one's token. */
static void test_single_flight(void **state) {
        static const Answer answers[] = { TOKEN("t1"), { 200, JSON_HEAD, "1", 0 },
                { 200, JSON_HEAD, "1", 0 } };
        World w;

        (void) state;
        world_init(&w, "oauth2", OAUTH2, "none", "{}", answers, ELEMENTS(answers));
        begin(&w, 0);
        begin(&w, 1);
        run(&w);
        assert_text(w.log, "POST http://a/token [" BASIC_AUTH
                           "]\n exchange 1 login 200\nGET http://a/x [Bearer t1]\nGET http://a/x [Bearer "
                           "t1]\n begin 1\n end 1\n exchange 2 200\nDONE\n"
                           " begin 1\n end 1\n exchange 1 200\nDONE\n");
        world_done(&w);
}

/* A refusal of a token that somebody has replaced meanwhile costs no further login. */
static void test_stale_refusal(void **state) {
        static const Answer answers[] = { TOKEN("t1"), { 401, NULL, NULL, 0 }, TOKEN("t2"),
                { 401, NULL, NULL, 0 }, { 200, JSON_HEAD, "1", 0 }, { 200, JSON_HEAD, "1", 0 } };
        World w;

        (void) state;
        world_init(&w, "oauth2", OAUTH2, "none", "{}", answers, ELEMENTS(answers));
        begin(&w, 0);
        fetch_step(w.owners[0].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        fake_step(&w.fake);
        begin(&w, 1);
        fetch_step(w.owners[1].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        fake_step(&w.fake);
        /* The login of the first stands behind the request of the second: let it come first. */
        w.fake.answers = (const Answer[]){ { 401, NULL, NULL, 0 }, TOKEN("t2"), { 200, JSON_HEAD, "1", 0 },
                { 200, JSON_HEAD, "1", 0 } };
        w.fake.n_answers = 4;
        w.fake.n_given = 0;
        run(&w);
        assert_false(w.owners[0].failed || w.owners[1].failed);
        world_done(&w);
}

static int never_signs(Auth *auth, HttpRequest *req, usec_t now) {
        (void) auth;
        (void) req;
        (void) now;
        return AUTH_E_LOGIN;
}

static int asks(Auth *auth, usec_t now, HttpRequest **ret) {
        (void) auth;
        (void) now;
        *ret = http_request_new("POST", "http://a/token");
        return 0;
}

static int always_content(Auth *auth, const HttpResponse *resp, Bytes body, usec_t now) {
        (void) auth;
        (void) resp;
        (void) body;
        (void) now;
        return 0;
}

/* A login that brings nothing usable ends the fetch instead of being repeated for ever. */
static void test_dead_token(void **state) {
        static const AuthOps ops = { .info = { .kind = "dead", .help = "", .spec_size = 1 },
                .sign = never_signs,
                .login_request = asks,
                .login_done = always_content };
        static const Answer answers[] = { { 200, NULL, NULL, 0 } };
        World w;

        (void) state;
        world_init(&w, "none", "{}", "none", "{}", answers, ELEMENTS(answers));
        auth_free(w.auth);
        assert_int_equal(auth_new(&w.auth, &(ConfKindOf){ .info = &ops.info }, "http://a"), 0);
        begin(&w, 0);
        run(&w);
        assert_text(w.log, "POST http://a/token\n exchange 1 login 200\nFAILED login: GET /x: the source "
                           "gave a token that has run out already; compare its clock with ours\n");
        world_done(&w);
}

/* A secret that is not there is a failure of the configuration, and nothing is sent. */
static void test_missing_secret(void **state) {
        World w;

        (void) state;
        world_init(&w, "bearer", "token: {env: T_NOWHERE}", "none", "{}", NULL, 0);
        begin(&w, 0);
        run(&w);
        assert_int_equal(w.owners[0].failure.class, FAILURE_CONFIG);
        assert_non_null(strstr(w.owners[0].failure.story, "T_NOWHERE"));
        world_done(&w);
}

/* Failures in a row open the circuit, and then nothing is sent at all. */
static void test_breaker(void **state) {
        static const Answer answers[] = { { 503, NULL, NULL, 0 }, { 503, NULL, NULL, 0 } };
        MannersSpec manners = quick;
        World w;

        (void) state;
        manners.breaker_failures = 2;
        manners.attempts = 2;
        world_init(&w, "none", "{}", "none", "{}", answers, ELEMENTS(answers));
        w.spec.manners = &manners;
        begin(&w, 0);
        run(&w);
        text_clear(&w.log);
        begin(&w, 1);
        run(&w);
        assert_text(w.log, "FAILED connect: GET /x: \"http://a:80\" failed too often in a row and is left "
                           "alone for another 60 s; the last failure: HTTP 503: the source has an error of its own\n");
        assert_true(w.owners[1].failure.is_retryable);
        world_done(&w);
}

/* Validators go with the first page only, and "unchanged" is a good end. */
static void test_validators(void **state) {
        static const Answer unchanged[] = { { 304, NULL, NULL, 0 } },
                            changed[] = { { 200, JSON_HEAD, "2", 0 }, { 200, JSON_HEAD, "0", 0 } };
        World w;

        (void) state;
        world_init(&w, "none", "{}", "page", "{param: p}", unchanged, 1);
        w.spec.etag = "\"v1\"";
        w.spec.last_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
        begin(&w, 0);
        run(&w);
        assert_text(w.log, "GET http://a/x?p=1 [\"v1\"] [Sun, 06 Nov 1994 08:49:37 GMT]\n exchange 1 304\n "
                           "settled unchanged\nDONE\n");
        text_clear(&w.log);
        w.fake.answers = changed;
        w.fake.n_answers = 2;
        w.fake.n_given = 0;
        begin(&w, 1);
        run(&w);
        assert_non_null(strstr(text_str(&w.log), "GET http://a/x?p=2\n"));
        world_done(&w);
}

/* The number of pages is bounded. */
static void test_max_pages(void **state) {
        static const Answer answers[] = { { 200, JSON_HEAD, "1", 0 }, { 200, JSON_HEAD, "2", 0 } };
        World w;

        (void) state;
        world_init(&w, "none", "{}", "page", "{param: p}", answers, ELEMENTS(answers));
        w.spec.max_pages = 2;
        begin(&w, 0);
        run(&w);
        assert_int_equal(w.owners[0].failure.class, FAILURE_LIMIT);
        assert_non_null(strstr(w.owners[0].failure.story, "there are more than 2 pages (\"max_pages\")"));
        world_done(&w);
}

/* A rule of the operator decides, whatever the body says. */
static void test_rule(void **state) {
        static const Answer answers[] = { { 401, JSON_HEAD, "{\"fault\":{\"code\":900901}}", 0 } };
        JudgeSpec judge = {};
        Conf c = conf_fill("rules: [{status: 401, then: absent}]", judge_fields, &judge);
        World w;

        (void) state;
        world_init(&w, "oauth2", OAUTH2, "none", "{}", answers, ELEMENTS(answers));
        auth_set_token(w.auth, BYTES_LIT("t"), REAL_AHEAD + START, USEC_NEVER);
        w.spec.judge = &judge;
        begin(&w, 0);
        run(&w);
        assert_text(w.log, "GET http://a/x [Bearer t]\n exchange 1 401\n settled absent\nDONE\n");
        world_done(&w);
        conf_done(&c);
}

/* A fetch that is thrown away in the middle gives back its place at the host and its login. */
static void test_thrown_away(void **state) {
        static const Answer answers[] = { TOKEN("t1") };
        MannersSpec manners = quick;
        World w;

        (void) state;
        manners.parallel = 1;
        world_init(&w, "oauth2", OAUTH2, "none", "{}", answers, ELEMENTS(answers));
        w.spec.manners = &manners;
        begin(&w, 0);
        fetch_step(w.owners[0].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        assert_true(auth_login_is_running(w.auth));
        begin(&w, 1);
        fetch_step(w.owners[1].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        assert_string_equal(fetch_state_name(w.owners[1].fetch), "login wait");
        w.owners[0].fetch = fetch_free(w.owners[0].fetch);
        assert_false(auth_login_is_running(w.auth));
        fetch_step(w.owners[1].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        assert_string_equal(fetch_state_name(w.owners[1].fetch), "login transfer");
        assert_int_equal(w.owners[0].n_done, 0);
        world_done(&w);
}

/* Every request says who asks and what is wanted. */
static void test_dress(void **state) {
        static const Answer answers[] = { { 200, JSON_HEAD, "1", 0 } };
        World w;

        (void) state;
        world_init(&w, "none", "{}", "none", "{}", answers, ELEMENTS(answers));
        begin(&w, 0);
        fetch_step(w.owners[0].fetch, w.fake.now, w.fake.now + REAL_AHEAD);
        assert_string_equal(http_request_header(w.fake.first->req, "User-Agent")->value, "t/1");
        assert_string_equal(http_request_header(w.fake.first->req, "Accept")->value, "application/json, */*;q=0.1");
        world_done(&w);
}

static int set_up(void **state) {
        (void) state;
        return setenv("T_SECRET", "s", 1) || setenv("T_TOKEN", "eyJhbGciOi", 1) || unsetenv("T_NOWHERE");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_scripts),
                cmocka_unit_test(test_pauses),
                cmocka_unit_test(test_shared_pause),
                cmocka_unit_test(test_single_flight),
                cmocka_unit_test(test_stale_refusal),
                cmocka_unit_test(test_dead_token),
                cmocka_unit_test(test_missing_secret),
                cmocka_unit_test(test_breaker),
                cmocka_unit_test(test_validators),
                cmocka_unit_test(test_max_pages),
                cmocka_unit_test(test_rule),
                cmocka_unit_test(test_thrown_away),
                cmocka_unit_test(test_dress),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}

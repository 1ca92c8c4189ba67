/* The state machine of one page set.
 *
 *        ┌────────────────────────────────────────── next page ──────────────────────────┐
 *        ▼                                                                               │
 *   ┌▶ SIGN ──▶ TRANSFER ──▶ (head judged, page decoded) ──┬─ OK, more pages ────────────┘
 *   │   │ ▲                                                ├─ OK, last page; EMPTY; UNCHANGED ──▶ DONE
 *   │   │ └── BUDGET (rate, parallel, circuit)             ├─ RETRY, LIMITED ──▶ BACKOFF ──▶ SIGN
 *   │   │                                                  ├─ LOGIN ──▶ SIGN without the token, once a page
 *   │   │ no token                                         └─ FAIL ──▶ DONE
 *   │   ├──▶ LOGIN_WAIT (somebody else's login) ──▶ SIGN
 *   │   └──▶ LOGIN ──▶ LOGIN_TRANSFER ──┬─ token ──▶ SIGN
 *   │          ▲ ▲                      ├─ refused ──▶ DONE
 *   │          │ └─ LOGIN_BACKOFF ◀─────┘
 *   └──────────┘
 *
 * A request is signed anew before every attempt, after waiting: a token may have run out meanwhile.
 */

#include "fetch/fetch.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

#include "base/digest.h"
#include "base/err.h"
#include "fetch/elsewhere.h"
#include "fetch/scrub.h"

#define WAIT_FLOOR (10 * USEC_MSEC)
/* How often somebody who waits for another's host slot or login looks again, in case nobody calls. */
#define WAIT_CEILING USEC_SEC
#define HEAD_MAX 4096
#define LOGIN_BODY_MAX (64 * 1024)
#define URL_MAX (16 * 1024)

typedef enum State {
        STATE_SIGN,
        STATE_BUDGET,
        STATE_TRANSFER,
        STATE_BACKOFF,
        STATE_LOGIN_WAIT,
        STATE_LOGIN,
        STATE_LOGIN_TRANSFER,
        STATE_LOGIN_BACKOFF,
        STATE_DONE,
} State;

/* What one step did: GONE means that done() was called, after which the fetch may not be touched. */
typedef enum Step {
        STEP_AGAIN,
        STEP_WAIT,
        STEP_GONE,
} Step;

struct Fetch {
        FetchSpec spec;
        FetchEvents events;
        void *userdata;
        Auth *auth;
        Hosts *hosts;
        Transport *transport;

        State state;
        usec_t wake_at;
        usec_t real_ahead;      /* wall clock minus monotonic, of the last step */
        unsigned seq;           /* exchanges so far */

        HttpRequest *request;   /* of the page, unsigned */
        PagingState paging;
        unsigned page;          /* from 1 */
        unsigned attempt;       /* failed ones of this page */
        bool is_forced;         /* the token was thrown away once for this page */
        unsigned generation;    /* of the token that the request was signed with */

        HttpRequest *sent;      /* signed: of the page, or the login; or what comes next */
        HttpRequest *elsewhere; /* where another host is to be asked instead: the request to it, not sent yet */
        bool is_elsewhere;      /* what was sent went to another host: nothing of the source's is in it */
        unsigned n_elsewhere;   /* such steps of this attempt */
        Host *host;
        Transfer *transfer;
        usec_t sent_at;
        bool is_conditional;
        bool awaits_slot;       /* BUDGET: until somebody else is done, not until an instant */

        bool is_judged;         /* the head of the answer came */
        Verdict verdict;
        Failure failure;
        bool is_ruled;          /* by an operator's rule: the body does not change it */
        bool is_body_seen;
        bool is_page_bad;       /* body() or page_begin() refused */
        Text head;              /* first bytes of an answer that is no data */
        Sha256Stream *digest;

        bool holds_login;
        bool is_fresh;          /* a login just succeeded, nothing was sent since */
        unsigned login_attempt;
        Text login_body;
        TransferLimits login_limits;
};

static Step go(Fetch *f, usec_t now);

static usec_t real_of(const Fetch *f, usec_t now) {
        return now + f->real_ahead;
}

static void drop_login(Fetch *f) {
        if (f->holds_login)
                auth_login_end(f->auth);
        f->holds_login = false;
}

static Step wait_until(Fetch *f, State state, usec_t now, usec_t at) {
        f->state = state;
        f->wake_at = at < now + WAIT_FLOOR ? now + WAIT_FLOOR : at;
        return STEP_WAIT;
}

/* "GET /api/list, page 3": the address without its query, which may be long. */
static void describe(const Fetch *f, Text *ret) {
        const HttpRequest *req = f->sent && f->holds_login ? f->sent : f->request;
        const char *host = strstr(req->url, "://");
        const char *path = host ? strchr(host + 3, '/') : NULL;

        (void) text_printf(ret, "%s%s %.*s", f->holds_login ? "login: " : "", req->method,
                        path ? (int) strcspn(path, "?") : 1, path ? path : "/");
        if (f->page > 1 && !f->holds_login)
                (void) text_printf(ret, ", page %u", f->page);
        if (f->is_elsewhere && f->sent)
                (void) text_printf(ret, ", sent on to %.*s", (int) (strcspn(f->sent->url, "?") < 100 ? strcspn(f->sent->url, "?") : 100), f->sent->url);
}

/* failure NULL: all is well. */
static Step finish(Fetch *f, const Failure *failure, usec_t now) {
        _cleanup_(text_done) Text where = TEXT_INIT(URL_MAX), tries = TEXT_INIT(64);
        unsigned n_tries = f->holds_login ? f->login_attempt : f->attempt;
        Failure told;

        if (failure) {
                describe(f, &where);
                if (n_tries > 1)
                        (void) text_printf(&tries, " (tried %u times)", n_tries);
                failure_set(&told, failure->class, failure->is_retryable, "%.160s: %.300s%s",
                                text_str(&where), failure->story, text_str(&tries));
                told.http_status = failure->http_status;
                if (f->sent)
                        scrub_secrets(f->sent, told.story);
        }
        drop_login(f);
        f->state = STATE_DONE;
        f->wake_at = USEC_NEVER;
        f->events.done(f->userdata, failure ? &told : NULL, now);
        return STEP_GONE;
}

static Step finish_error(Fetch *f, FailureClass class, int r, usec_t now) {
        Failure failure;

        failure_set(&failure, class, false, "%s", err_story(r));
        return finish(f, &failure, now);
}

static usec_t draw_delay(const Fetch *f, unsigned attempt) {
        uint64_t random = 0;

        /* Without random bits the shortest delay is still a delay. */
        if (getrandom(&random, sizeof(random), 0) != (ssize_t) sizeof(random))
                random = 0;
        return backoff_delay(f->spec.manners, attempt, random);
}

/* Another try, when the slot allows one. */
static Step try_again(Fetch *f, bool is_login, const HttpResponse *resp, const Failure *failure,
                bool is_limited, usec_t now) {
        unsigned *attempt = is_login ? &f->login_attempt : &f->attempt;
        usec_t delay = 0;

        (*attempt)++;
        host_tell(f->host, failure->story);
        if (*attempt >= f->spec.manners->attempts)
                return finish(f, failure, now);
        if (resp)
                delay = judge_retry_after(resp, real_of(f, now), f->spec.manners->retry_after_max);
        if (delay > 0)
                is_limited = true;
        else
                delay = draw_delay(f, *attempt - 1);
        if (is_limited)
                host_pause(f->host, usec_add(now, delay));
        return wait_until(f, is_login ? STATE_LOGIN_BACKOFF : STATE_BACKOFF, now, usec_add(now, delay));
}

static bool is_source(const Fetch *f, const HttpRequest *req) {
        _cleanup_(text_done) Text here = TEXT_INIT(URL_MAX), there = TEXT_INIT(URL_MAX);

        return url_origin(f->request->url, &here) == 0 && url_origin(req->url, &there) == 0 &&
               bytes_equal(text_bytes(&here), text_bytes(&there));
}

/* Sets what every request carries. */
static int dress(Fetch *f, HttpRequest *req) {
        if (f->spec.tls)
                tls_dress(f->spec.tls, req, is_source(f, req));
        return f->spec.user_agent ? http_request_set(req, "User-Agent", f->spec.user_agent) : 0;
}

/* Sources that speak several formats (WSO2 answers in XML by default) choose by this header. */
static int set_accept(const Fetch *f, HttpRequest *req) {
        _cleanup_(text_done) Text accept = TEXT_INIT(1024);

        if (!f->spec.content_types || !f->spec.content_types[0] || http_request_header(req, "Accept"))
                return 0;
        for (const char *const *type = f->spec.content_types; *type; type++)
                (void) text_printf(&accept, "%s, ", *type);
        (void) text_add_str(&accept, "*/*;q=0.1");
        return http_request_set(req, "Accept", text_str(&accept));
}

/* Only the first page can stand for the whole set. */
static int set_validators(Fetch *f, HttpRequest *req) {
        int r = 0;

        f->is_conditional = false;
        if (f->page != 1)
                return 0;
        if (f->spec.etag)
                r = http_request_set(req, "If-None-Match", f->spec.etag);
        if (r == 0 && f->spec.last_modified)
                r = http_request_set(req, "If-Modified-Since", f->spec.last_modified);
        f->is_conditional = f->spec.etag || f->spec.last_modified;
        return r;
}

static int build_signed(Fetch *f, usec_t now) {
        int r;

        f->is_elsewhere = false;
        f->n_elsewhere = 0;
        f->sent = http_request_free(f->sent);
        f->sent = http_request_dup(f->request);
        r = dress(f, f->sent);
        if (r == 0)
                r = set_accept(f, f->sent);
        if (r == 0)
                r = set_validators(f, f->sent);
        if (r < 0)
                return r;
        return auth_ops(f->auth)->sign(f->auth, f->sent, real_of(f, now));
}

/* Neither signed, nor with a certificate of ours. */
static int build_elsewhere(Fetch *f) {
        int r = 0;

        f->is_elsewhere = true;
        f->is_conditional = false;
        f->sent = http_request_free(f->sent);
        f->sent = http_request_dup(f->elsewhere);
        if (f->spec.user_agent)
                r = http_request_set(f->sent, "User-Agent", f->spec.user_agent);
        return r == 0 ? set_accept(f, f->sent) : r;
}

static int find_host(Fetch *f) {
        _cleanup_(text_done) Text origin = TEXT_INIT(URL_MAX);
        int r;

        r = url_origin(f->sent->url, &origin);
        if (r < 0)
                return r;
        f->host = hosts_get(f->hosts, text_str(&origin), f->spec.manners);
        return 0;
}

/* STEP_AGAIN: the host may be asked now, the slot is ours. */
static Step take_budget(Fetch *f, State wait_state, usec_t now) {
        usec_t at = host_take(f->host, now);
        Failure failure;

        if (at == 0)
                return STEP_AGAIN;
        if (host_breaker(f->host) == BREAKER_OPEN && at != USEC_NEVER &&
                        at > now + f->spec.manners->backoff_max) {
                failure_set(&failure, FAILURE_CONNECT, true,
                                "\"%s\" failed too often in a row and is left alone for another %" PRIu64
                                " s%s%s",
                                host_origin(f->host), (at - now) / USEC_SEC, *host_why(f->host) ? "; the last failure: " : "", host_why(f->host));
                return finish(f, &failure, now);
        }
        f->awaits_slot = at == USEC_NEVER;
        return wait_until(f, wait_state, now, f->awaits_slot ? now + WAIT_CEILING : at);
}

static void forget_answer(Fetch *f) {
        f->is_judged = false;
        f->is_ruled = false;
        f->is_body_seen = false;
        f->is_page_bad = false;
        text_clear(&f->head);
        text_clear(&f->login_body);
        f->digest = sha256_stream_free(f->digest);
}

static bool needs_digest(const Fetch *f) {
        return f->spec.paging && f->spec.paging->info && strcmp(f->spec.paging->info->kind, "none") != 0;
}

static int on_head(void *userdata, const HttpResponse *resp) {
        Fetch *f = userdata;

        f->is_judged = true;
        if (f->state == STATE_LOGIN_TRANSFER)
                return 0;
        f->is_ruled = judge_rule(f->spec.judge, resp) != NULL;
        f->verdict = judge_head(f->spec.judge, f->spec.content_types, resp, &f->failure);
        if (f->verdict != VERDICT_OK)
                return 0;
        if (needs_digest(f))
                f->digest = sha256_stream_new();
        f->is_page_bad = f->events.page_begin(f->userdata, resp, f->page) != 0;
        return f->is_page_bad;
}

/* Keeps what fits; 1: full, the rest is not worth the transfer. */
static int keep_head(Text *t, Bytes chunk) {
        if (chunk.len > t->limit - t->len)
                chunk.len = t->limit - t->len;
        (void) text_add(t, chunk);
        return t->len == t->limit;
}

/* An HTML page under a content type that promises data, or under none. */
static bool is_impostor(const Fetch *f, Bytes chunk) {
        if (f->is_body_seen || f->is_ruled || !judge_is_html(chunk))
                return false;
        for (const char *const *type = f->spec.content_types; type && *type; type++)
                if (bytes_contains_nocase(bytes_of(*type), "html"))
                        return false;
        return true;
}

static int on_body(void *userdata, Bytes chunk) {
        Fetch *f = userdata;

        if (f->state == STATE_LOGIN_TRANSFER)
                return keep_head(&f->login_body, chunk);
        if (f->verdict == VERDICT_OK && is_impostor(f, chunk)) {
                f->verdict = VERDICT_FAIL;
                failure_set(&f->failure, FAILURE_REPLY, false, "an HTML page came where data was declared");
        }
        f->is_body_seen = true;
        if (f->verdict != VERDICT_OK)
                return keep_head(&f->head, chunk);
        if (f->digest)
                sha256_stream_add(f->digest, chunk);
        f->is_page_bad = f->events.body(f->userdata, chunk) != 0;
        return f->is_page_bad;
}

/* Failures of the transfer itself. */
static Verdict judge_outcome(const TransferResult *result, Failure *failure) {
        FailureClass class = FAILURE_CONNECT;
        bool is_retryable = true;

        switch (result->outcome) {
        case TRANSFER_E_TIMEOUT:
                class = FAILURE_TIMEOUT;
                break;
        case TRANSFER_E_CUT:
        case TRANSFER_E_PROTOCOL:
                class = FAILURE_REPLY;
                break;
        case TRANSFER_E_LIMIT:
                class = FAILURE_LIMIT;
                is_retryable = false;
                break;
        case TRANSFER_E_TLS:
        case TRANSFER_E_FORBIDDEN:
                is_retryable = false;
                break;
        default:
                break;
        }
        failure_set(failure, class, is_retryable, "%s", result->story);
        return is_retryable ? VERDICT_RETRY : VERDICT_FAIL;
}

static bool is_host_failure(const HttpResponse *resp, const TransferResult *result) {
        switch (result->outcome) {
        case TRANSFER_OK:
        case TRANSFER_STOPPED:
                return resp && resp->status >= 500;
        case TRANSFER_E_LIMIT:
        case TRANSFER_E_FORBIDDEN:
                return false;
        default:
                return true;
        }
}

static Step next_page(Fetch *f, const HttpResponse *resp, const PageFacts *facts, usec_t now) {
        Sha256 digest = {};
        Failure failure;
        int r;

        if (f->digest)
                digest = sha256_stream_end(f->digest);
        r = paging_next(f->spec.paging, &f->paging, f->spec.max_pages, resp, facts,
                        f->digest ? &digest : NULL, f->request);
        if (r == 0)
                return finish(f, NULL, now);
        if (r == 1) {
                f->page++;
                f->attempt = 0;
                f->is_forced = false;
                f->state = STATE_SIGN;
                return STEP_AGAIN;
        }
        if (r < 0)
                return finish_error(f, FAILURE_REPLY, r, now);
        failure_set(&failure, r == PAGING_E_CAPPED ? FAILURE_LIMIT : FAILURE_REPLY, false, "%s",
                        err_story(-EBADMSG));
        return finish(f, &failure, now);
}

/* The token was refused: throw it away once, unless somebody has replaced it already. */
static Step login_again(Fetch *f, const Failure *failure, usec_t now) {
        if (!auth_ops(f->auth)->login_request || f->is_forced || f->is_elsewhere)
                return finish(f, failure, now);
        if (auth_generation(f->auth) == f->generation) {
                f->is_forced = true;
                auth_forget_token(f->auth);
        }
        f->state = STATE_SIGN;
        return STEP_AGAIN;
}

static void tell_verdict(Fetch *f, Verdict verdict) {
        if (f->events.settled)
                f->events.settled(f->userdata, verdict);
}

static Step obey(Fetch *f, Verdict verdict, const Failure *failure, const HttpResponse *resp, usec_t now) {
        Failure unasked;

        switch (verdict) {
        case VERDICT_RETRY:
        case VERDICT_LIMITED:
                return try_again(f, false, resp, failure, verdict == VERDICT_LIMITED, now);
        case VERDICT_LOGIN:
                return login_again(f, failure, now);
        case VERDICT_UNCHANGED:
                if (f->is_conditional) {
                        tell_verdict(f, verdict);
                        return finish(f, NULL, now);
                }
                failure_set(&unasked, FAILURE_REPLY, false,
                                "the source says \"unchanged\" to a request that did not ask so");
                return finish(f, &unasked, now);
        case VERDICT_OK:
        case VERDICT_EMPTY:
        case VERDICT_ABSENT:
                tell_verdict(f, verdict);
                return finish(f, NULL, now);
        default:
                return finish(f, failure, now);
        }
}

static void tell_exchange(Fetch *f, const HttpResponse *resp, const TransferResult *result, bool is_login) {
        FetchExchange x = { ++f->seq, f->sent, resp, result, f->sent_at, is_login };

        if (f->events.exchange)
                f->events.exchange(f->userdata, &x);
}

/* The page is judged before its exchange is told: whoever keeps both then keeps the request beside what
 * came of it. */
static Step page_came(Fetch *f, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        PageVerdict page = { .facts = { .total = -1, .has_more = -1 } };

        f->elsewhere = http_request_free(f->elsewhere);
        f->events.page_end(f->userdata, &page);
        tell_exchange(f, resp, result, false);
        if (page.verdict == VERDICT_OK)
                return next_page(f, resp, &page.facts, now);
        if (page.verdict == VERDICT_UNCHANGED) {
                tell_verdict(f, page.verdict);
                return finish(f, NULL, now);
        }
        page.failure.http_status = page.failure.http_status ? page.failure.http_status : resp->status;
        return obey(f, page.verdict, &page.failure, resp, now);
}

/* The source pointed to another host that is listed: true, and *ret_step is what comes of it. */
static bool is_sent_on(Fetch *f, const HttpResponse *resp, const TransferResult *result, usec_t now, Step *ret_step) {
        Failure failure;
        int r;

        f->elsewhere = http_request_free(f->elsewhere);
        if (!resp || f->is_ruled || result->outcome > TRANSFER_STOPPED)
                return false;
        r = elsewhere_request(f->spec.limits, f->sent, resp, f->n_elsewhere, &f->elsewhere);
        if (r == 0)
                return false;
        tell_exchange(f, resp, result, false);
        if (r < 0) {
                failure_set(&failure, FAILURE_HTTP, false, "%s", err_story(r));
                failure.http_status = resp->status;
                *ret_step = finish(f, &failure, now);
                return true;
        }
        f->n_elsewhere++;
        f->state = STATE_SIGN;
        *ret_step = STEP_AGAIN;
        return true;
}

/* The other host wants a login: it gets none. */
static Step refused_elsewhere(Fetch *f, const HttpResponse *resp, usec_t now) {
        Failure failure;

        failure_set(&failure, FAILURE_HTTP, false, "HTTP %d: the host to which the source points wants credentials, and those of the source go to no other host", resp->status);
        failure.http_status = resp->status;
        return finish(f, &failure, now);
}

static Step answer_came(Fetch *f, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        bool is_whole = result->outcome == TRANSFER_OK ||
                        (result->outcome == TRANSFER_STOPPED && f->is_page_bad);
        Step sent_on;

        if (f->is_judged && f->verdict == VERDICT_OK && is_whole)
                return page_came(f, resp, result, now);
        if (is_sent_on(f, resp, result, now, &sent_on))
                return sent_on;
        tell_exchange(f, resp, result, false);
        if (f->is_elsewhere && resp && resp->status == 401)
                return refused_elsewhere(f, resp, now);
        /* A refusal that breaks off is a refusal all the same; data that breaks off is nothing. */
        if (!f->is_judged || f->verdict == VERDICT_OK) {
                Failure failure;
                Verdict verdict = judge_outcome(result, &failure);

                return obey(f, verdict, &failure, NULL, now);
        }
        if (f->verdict == VERDICT_EMPTY || f->verdict == VERDICT_ABSENT || f->verdict == VERDICT_UNCHANGED)
                return obey(f, f->verdict, NULL, resp, now);
        judge_body_head(resp, text_bytes(&f->head), &f->failure);
        f->failure.http_status = resp->status;
        return obey(f, f->is_ruled ? f->verdict : judge_of_class(&f->failure), &f->failure, resp, now);
}

static Step login_came(Fetch *f, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        static const JudgeSpec plain = {};
        Failure failure;
        Verdict verdict;
        int r;

        if (result->outcome != TRANSFER_OK || !resp) {
                verdict = judge_outcome(result, &failure);
                return verdict == VERDICT_RETRY ? try_again(f, true, NULL, &failure, false, now)
                                                : finish(f, &failure, now);
        }
        verdict = judge_head(&plain, NULL, resp, &failure);
        if (verdict == VERDICT_RETRY || verdict == VERDICT_LIMITED) {
                judge_body_head(resp, text_bytes(&f->login_body), &failure);
                return try_again(f, true, resp, &failure, verdict == VERDICT_LIMITED, now);
        }
        r = auth_ops(f->auth)->login_done(f->auth, resp, text_bytes(&f->login_body), real_of(f, now));
        if (r != 0) {
                failure_set(&failure, r == AUTH_E_REFUSED ? FAILURE_LOGIN : FAILURE_CONFIG, false, "%s",
                                err_story(r == AUTH_E_REFUSED ? -EACCES : r));
                failure.http_status = resp->status;
                return finish(f, &failure, now);
        }
        drop_login(f);
        f->login_attempt = 0;
        f->is_fresh = true;
        f->state = STATE_SIGN;
        return STEP_AGAIN;
}

static void on_done(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        Fetch *f = userdata;
        bool is_login = f->state == STATE_LOGIN_TRANSFER;
        Step step;

        f->transfer = NULL;
        host_done(f->host, now, is_host_failure(resp, result));
        if (result->certificate_until)
                host_tell_certificate(f->host, result->certificate_until);
        if (is_login)
                tell_exchange(f, resp, result, true);
        step = is_login ? login_came(f, resp, result, now) : answer_came(f, resp, result, now);
        if (is_login && step != STEP_GONE && f->login_body.data)
                explicit_bzero(f->login_body.data, f->login_body.len);
        if (step == STEP_AGAIN)
                (void) go(f, now);
}

static Step send_request(Fetch *f, State state, const TransferLimits *limits, usec_t now) {
        static const TransferEvents events = { on_head, on_body, on_done };
        int r;

        forget_answer(f);
        f->is_fresh = false;
        f->generation = auth_generation(f->auth);
        f->sent_at = real_of(f, now);
        r = f->transport->ops->start(f->transport, f->sent, limits, &events, f, &f->transfer);
        if (r < 0) {
                host_give_back(f->host, now);
                return finish_error(f, FAILURE_INTERNAL, r, now);
        }
        f->state = state;
        f->wake_at = USEC_NEVER;
        return STEP_WAIT;
}

static Step begin_login(Fetch *f, usec_t now) {
        Failure failure;

        if (f->is_fresh) {
                failure_set(&failure, FAILURE_LOGIN, false,
                                "the source gave a token that has run out already; compare its clock with "
                                "ours");
                return finish(f, &failure, now);
        }
        if (!auth_login_begin(f->auth))
                return wait_until(f, STATE_LOGIN_WAIT, now, now + WAIT_CEILING);
        f->holds_login = true;
        f->login_attempt = 0;
        f->state = STATE_LOGIN;
        return STEP_AGAIN;
}

static Step step_sign(Fetch *f, usec_t now) {
        Step step;
        int r;

        r = f->elsewhere ? build_elsewhere(f) : build_signed(f, now);
        if (r == AUTH_E_LOGIN)
                return begin_login(f, now);
        if (r == 0)
                r = find_host(f);
        if (r < 0)
                return finish_error(f, FAILURE_CONFIG, r, now);
        step = take_budget(f, STATE_BUDGET, now);
        return step == STEP_AGAIN ? send_request(f, STATE_TRANSFER, f->spec.limits, now) : step;
}

static Step step_login(Fetch *f, usec_t now) {
        HttpRequest *req = NULL;
        Step step;
        int r;

        f->sent = http_request_free(f->sent);
        r = auth_ops(f->auth)->login_request(f->auth, real_of(f, now), &req);
        if (r < 0)
                return finish_error(f, FAILURE_CONFIG, r, now);
        f->sent = req;
        r = dress(f, f->sent);
        if (r == 0)
                r = find_host(f);
        if (r < 0)
                return finish_error(f, FAILURE_CONFIG, r, now);
        step = take_budget(f, STATE_LOGIN_BACKOFF, now);
        return step == STEP_AGAIN ? send_request(f, STATE_LOGIN_TRANSFER, &f->login_limits, now) : step;
}

/* One state's work; STEP_AGAIN: the state has changed and can go on. */
static Step step_once(Fetch *f, usec_t now) {
        switch (f->state) {
        case STATE_SIGN:
                return step_sign(f, now);
        case STATE_LOGIN:
                return step_login(f, now);
        case STATE_BUDGET:
        case STATE_BACKOFF:
                /* A parallel slot may come free at any time; an instant that the host named does not move
                 * forward. */
                if (now < f->wake_at && !(f->state == STATE_BUDGET && f->awaits_slot))
                        return STEP_WAIT;
                f->state = STATE_SIGN;
                return STEP_AGAIN;
        case STATE_LOGIN_WAIT:
                if (auth_login_is_running(f->auth))
                        return wait_until(f, STATE_LOGIN_WAIT, now, now + WAIT_CEILING);
                f->state = STATE_SIGN;
                return STEP_AGAIN;
        case STATE_LOGIN_BACKOFF:
                if (now < f->wake_at)
                        return STEP_WAIT;
                f->state = STATE_LOGIN;
                return STEP_AGAIN;
        default:
                return STEP_WAIT;
        }
}

static Step go(Fetch *f, usec_t now) {
        Step step;

        do
                step = step_once(f, now);
        while (step == STEP_AGAIN);
        return step;
}

Fetch *fetch_new(const FetchSpec *spec, const HttpRequest *request, Auth *auth, Hosts *hosts,
                Transport *transport, const FetchEvents *events, void *userdata) {
        Fetch *f = NEW(Fetch);

        assert(spec->judge && spec->manners && spec->limits && events->done);
        f->spec = *spec;
        f->events = *events;
        f->userdata = userdata;
        f->auth = auth;
        f->hosts = hosts;
        f->transport = transport;
        assert(request || events->renew);
        f->request = request ? http_request_dup(request) : http_request_new("GET", "");
        f->paging.renew = events->renew;
        f->paging.userdata = userdata;
        f->head = TEXT_INIT(HEAD_MAX);
        f->login_body = TEXT_INIT(LOGIN_BODY_MAX);
        f->login_limits = *spec->limits;
        f->login_limits.max_body = LOGIN_BODY_MAX;
        f->login_limits.redirect_hosts = (ConfStrings){};       /* a login goes where it is meant to */
        return f;
}

Fetch *fetch_free(Fetch *f) {
        if (!f)
                return NULL;
        if (f->transfer) {
                f->transport->ops->cancel(f->transfer);
                host_give_back(f->host, 0);
        }
        drop_login(f);
        http_request_free(f->request);
        http_request_free(f->sent);
        http_request_free(f->elsewhere);
        paging_state_done(&f->paging);
        text_done(&f->head);
        text_done(&f->login_body);
        sha256_stream_free(f->digest);
        return xfree(f);
}

/* The request of the first page is made here, so that a failure goes the way of all others. */
static Step begin(Fetch *f, usec_t now) {
        int r = paging_first(f->spec.paging, &f->paging, f->request);

        f->page = 1;
        return r < 0 ? finish_error(f, FAILURE_CONFIG, r, now) : go(f, now);
}

void fetch_step(Fetch *f, usec_t now_mono, usec_t now_real) {
        f->real_ahead = now_real - now_mono;
        (void) (f->page == 0 ? begin(f, now_mono) : go(f, now_mono));
}

usec_t fetch_wake_at(const Fetch *f) {
        return f->wake_at;
}

const char *fetch_state_name(const Fetch *f) {
        static const char *const names[] = { "sign", "budget", "transfer", "backoff", "login wait", "login",
                "login transfer", "login backoff", "done" };

        return names[f->state];
}

/* One page set over HTTP: sign, wait for the budget, send, judge, page on; retries inside the slot. The
 * state diagram stands in fetch.c. Knows no format and no loop. */
#pragma once

#include "base/failure.h"
#include "fetch/auth.h"
#include "fetch/judge.h"
#include "fetch/manners.h"
#include "fetch/paging.h"
#include "fetch/request.h"
#include "fetch/tls.h"
#include "fetch/transport.h"

typedef struct Fetch Fetch;

/* What the run tells about a page it has decoded. */
typedef struct PageVerdict {
        Verdict verdict;        /* OK, EMPTY, ABSENT, UNCHANGED (the whole set is as it was), RETRY, LIMITED, LOGIN, FAIL */
        Failure failure;        /* for the last four */
        PageFacts facts;
} PageVerdict;

/* One request as it went, for the evidence. */
typedef struct FetchExchange {
        unsigned seq;           /* from 1 within the fetch */
        const HttpRequest *request;
        const HttpResponse *response;   /* NULL: none came */
        const TransferResult *result;
        usec_t sent_at;         /* wall clock */
        bool is_login;
} FetchExchange;

typedef struct FetchEvents {
        /* The head was judged OK: body() calls follow, then page_end(). When the transfer breaks off, or
         * turns out to be an HTML page, page_end() is not called: what came is void, and page_begin()
         * comes again (another try) or done(). 0: go on; other: the page is bad, page_end() says why. */
        int (*page_begin)(void *userdata, const HttpResponse *head, unsigned page);
        /* 0: go on; other: the page is bad, page_end() says why */
        int (*body)(void *userdata, Bytes chunk);
        void (*page_end)(void *userdata, PageVerdict *ret);
        /* after each response or failure (after page_end() where there was a page), logins too; may be
         * NULL */
        void (*exchange)(void *userdata, const FetchExchange *x);
        /* before a good done(): the answer was EMPTY, ABSENT or UNCHANGED; may be NULL */
        void (*settled)(void *userdata, Verdict verdict);
        /* Once, last; fetch_free() is allowed here and nowhere else among the events. NULL: all pages
         * came, or what settled() said. */
        void (*done)(void *userdata, const Failure *failure, usec_t now);
        /* Makes the request of the page that `mark` names, the first page's too; for requests whose templates
         * name their page, NULL for all others. */
        int (*renew)(void *userdata, const PageMark *mark, HttpRequest **ret);
} FetchEvents;

typedef struct FetchSpec {
        const JudgeSpec *judge;
        const char *const *content_types;       /* the format's default accepted types, NULL-terminated */
        const ConfKindOf *paging;
        const MannersSpec *manners;
        const TransferLimits *limits;
        const TlsSpec *tls;     /* NULL: nothing besides the main file's */
        unsigned max_pages;
        const char *user_agent;
        /* validators of the last committed answer (first page only); NULL: none */
        const char *etag, *last_modified;
} FetchSpec;

/* Everything borrowed must outlive the fetch; request is copied, and NULL where events->renew makes it. */
Fetch *fetch_new(const FetchSpec *spec, const HttpRequest *request, Auth *auth, Hosts *hosts,
                Transport *transport, const FetchEvents *events, void *userdata);
Fetch *fetch_free(Fetch *f);            /* cancels what is under way; no callback follows */
DEFINE_CLEANUP(Fetch *, fetch_free)

/* now_mono for waiting, now_real for data. Goes as far as it can; call when fetch_wake_at is reached, and
 * after any fetch that shares a host or an auth has gone on. The transport's callbacks move the fetch too,
 * so read fetch_wake_at anew after each turn of the loop. */
void fetch_step(Fetch *f, usec_t now_mono, usec_t now_real);
usec_t fetch_wake_at(const Fetch *f);   /* monotonic; USEC_NEVER: a transfer is under way */
const char *fetch_state_name(const Fetch *f);

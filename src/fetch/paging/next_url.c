/* Paging by address: each page holds the URL of the next one in its body. */

#include <errno.h>

#include "base/err.h"
#include "fetch/paging.h"

static int next_url_first(const void *spec, PagingState *st, HttpRequest *req) {
        (void) spec;
        (void) paging_is_new(st, bytes_of(req->url));
        return 0;
}

static int next_url_next(const void *spec, PagingState *st, const HttpResponse *resp, const PageFacts *facts,
                HttpRequest *req) {
        int r;

        (void) spec;
        (void) resp;
        if (facts->next_url.len == 0)
                return paging_has_more(PAGING_END_EMPTY, 0, st,
                                &(PageFacts){ .total = facts->total, .has_more = -1 });
        r = paging_follow(req, facts->next_url);
        if (r != 0)
                return r;
        if (!paging_is_new(st, bytes_of(req->url))) {
                (void) err(-EBADMSG, "page %u points to an earlier page as the next one", st->n_pages);
                return PAGING_E_LOOP;
        }
        return 1;
}

static const ConfField next_url_fields[] = { {} };

static const char *next_url_needs(const void *spec) {
        (void) spec;
        return "next_url";
}

extern const PagingOps paging_next_url;
const PagingOps paging_next_url = {
        .info = {
                .kind = "next_url",
                .help = "Each page holds the address of the next one in its body.",
                .fields = next_url_fields,
                .spec_size = 1,
        },
        .needs = next_url_needs,
        .first = next_url_first,
        .next = next_url_next,
};

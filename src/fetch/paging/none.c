/* No paging: one request brings everything. */

#include "fetch/paging.h"

static int none_first(const void *spec, PagingState *st, HttpRequest *req) {
        (void) spec;
        (void) st;
        (void) req;
        return 0;
}

static int none_next(const void *spec, PagingState *st, const HttpResponse *resp, const PageFacts *facts,
                HttpRequest *req) {
        (void) spec;
        (void) resp;
        (void) req;
        /* A stated total that is larger than what came: silence would lose records. */
        return facts->total > 0 && (uint64_t) facts->total > st->n_records
                               ? paging_has_more(PAGING_END_TOTAL, 0, st,
                                                 &(PageFacts){ .total = facts->total })
                               : 0;
}

static const ConfField none_fields[] = { {} };

extern const PagingOps paging_none;
const PagingOps paging_none = {
        .info = {
                .kind = "none",
                .help = "One request brings everything.",
                .fields = none_fields,
                .spec_size = 1,
        },
        .first = none_first,
        .next = none_next,
};

/* Paging by page number: page 1, 2, 3, ... */

#include "fetch/paging.h"

typedef struct Page {
        char *param;
        unsigned first;
        char *size_param;
        unsigned size;
        int end;
} Page;

static const ConfField page_fields[] = {
        FIELD(Page, param, CONF_NONEMPTY, NULL,
              "Where the page number goes: a query parameter, \".member\" of a JSON body, or "
              "\"header:Name\". Not needed where the request itself names {{page.number}}."),
        FIELD_RANGE(Page, first, 0, "1", 0, 1, "Number of the first page."),
        FIELD(Page, size_param, 0, NULL,
              "Where the page size goes; not sent when absent. A request can also name {{page.size}}."),
        FIELD_RANGE(Page, size, 0, "0", 0, 100000, "Records a page to ask for."),
        FIELD_WORD(Page, end, 0, "empty", paging_end_words,
                   "How the end is found: an \"empty\" page, a \"short\" one (only where the source keeps to "
                   "the page size), the stated \"total\", or a \"flag\" that says "
                   "whether there are more."),
        {}
};

static const char *const page_variables[] = { "page.number", "page.size", NULL };

static void page_verify(const void *spec, const PageUse *use, const ConfNode *at, Diag *diag) {
        const Page *p = spec;

        paging_verify_param(p->param, use, page_variables[0], at, diag);
        paging_verify_size(p->size_param, p->size, p->end, use, at, diag);
}

static int page_put(const Page *p, PagingState *st, bool is_first, HttpRequest *req) {
        int is_new = paging_renew(st, req), r = is_new < 0 ? is_new : 0;

        if (r == 0 && p->param)
                r = paging_put_number(req, p->param, st->mark.number);
        if (r == 0 && p->size_param && (is_first || is_new))
                r = paging_put_number(req, p->size_param, p->size);
        return r;
}

static int page_first(const void *spec, PagingState *st, HttpRequest *req) {
        const Page *p = spec;

        st->mark.number = p->first;
        st->mark.size = p->size;
        return page_put(p, st, true, req);
}

static int page_next(const void *spec, PagingState *st, const HttpResponse *resp, const PageFacts *facts,
                HttpRequest *req) {
        const Page *p = spec;
        int r;

        (void) resp;
        r = paging_has_more((PagingEnd) p->end, p->size, st, facts);
        if (r != 1)
                return r;
        /* A source that caps the page size counts its pages by its own size, so the next number is right
         * all the same. */
        st->mark.number++;
        r = page_put(p, st, false, req);
        return r < 0 ? r : 1;
}

static const char *page_needs(const void *spec) {
        return paging_end_needs(((const Page *) spec)->end);
}

extern const PagingOps paging_page;
const PagingOps paging_page = {
        .info = {
                .kind = "page",
                .help = "Pages by number.",
                .fields = page_fields,
                .spec_size = sizeof(Page),
        },
        .variables = page_variables,
        .verify = page_verify,
        .needs = page_needs,
        .first = page_first,
        .next = page_next,
};

/* Paging by offset: the next page begins after the records that came, whatever size was asked for. */

#include "fetch/paging.h"

typedef struct Offset {
        char *param;
        char *end_param;
        char *size_param;
        unsigned size;
        int end;
} Offset;

static const ConfField offset_fields[] = {
        FIELD(Offset, param, CONF_NONEMPTY, NULL,
              "Where the offset goes: a query parameter, \".member\" of a JSON body, or "
              "\"header:Name\". Not needed where the request itself names {{page.offset}}."),
        FIELD(Offset, end_param, 0, NULL,
              "Where the offset behind the last record of the page goes, for sources that want "
              "both ends instead of a size. A request can also name {{page.end}}."),
        FIELD(Offset, size_param, 0, NULL,
              "Where the page size goes; not sent when absent. A request can also name {{page.size}}."),
        FIELD_RANGE(Offset, size, 0, "0", 0, 100000, "Records a page to ask for."),
        FIELD_WORD(Offset, end, 0, "empty", paging_end_words,
                   "How the end is found: an \"empty\" page, a \"short\" one (only where the source keeps to "
                   "the page size), the stated \"total\", or a \"flag\" that says "
                   "whether there are more."),
        {}
};

static const char *const offset_variables[] = { "page.offset", "page.end", "page.size", NULL };

static void offset_verify(const void *spec, const PageUse *use, const ConfNode *at, Diag *diag) {
        const Offset *o = spec;

        paging_verify_param(o->param, use, offset_variables[0], at, diag);
        if (o->end_param)
                paging_verify_place(o->end_param, conf_child(at, "end_param"), diag);
        paging_verify_size(o->size_param ? o->size_param : o->end_param, o->size, o->end, use, at, diag);
}

static int offset_put(const Offset *o, PagingState *st, uint64_t number, bool is_first, HttpRequest *req) {
        int is_new, r;

        st->mark.offset = number;
        st->mark.size = o->size;
        st->mark.end = number + o->size;
        is_new = paging_renew(st, req);
        r = is_new < 0 ? is_new : 0;
        if (r == 0 && o->param)
                r = paging_put_number(req, o->param, number);
        if (r == 0 && o->end_param)
                r = paging_put_number(req, o->end_param, st->mark.end);
        if (r == 0 && o->size_param && (is_first || is_new))
                r = paging_put_number(req, o->size_param, o->size);
        return r;
}

static int offset_first(const void *spec, PagingState *st, HttpRequest *req) {
        return offset_put(spec, st, 0, true, req);
}

static int offset_next(const void *spec, PagingState *st, const HttpResponse *resp, const PageFacts *facts,
                HttpRequest *req) {
        const Offset *o = spec;
        int r;

        (void) resp;
        r = paging_has_more((PagingEnd) o->end, o->size, st, facts);
        if (r != 1)
                return r;
        r = offset_put(o, st, st->n_records, false, req);
        return r < 0 ? r : 1;
}

static const char *offset_needs(const void *spec) {
        return paging_end_needs(((const Offset *) spec)->end);
}

extern const PagingOps paging_offset;
const PagingOps paging_offset = {
        .info = {
                .kind = "offset",
                .help = "Pages by the number of records to skip.",
                .fields = offset_fields,
                .spec_size = sizeof(Offset),
        },
        .variables = offset_variables,
        .verify = offset_verify,
        .needs = offset_needs,
        .first = offset_first,
        .next = offset_next,
};

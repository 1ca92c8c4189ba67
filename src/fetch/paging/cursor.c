/* Paging by cursor: each page names the mark behind which the next one begins. */

#include <errno.h>

#include "base/err.h"
#include "fetch/paging.h"

enum { FROM_BODY, FROM_RECORD, FROM_HEADER };
enum { REPEAT_ERROR, REPEAT_END };

typedef struct Cursor {
        char *param;
        char *first;
        int from;
        char *header;
        char *size_param;
        unsigned size;
        int repeat;
} Cursor;

static const char *const from_words[] = { "body", "record", "header", NULL };
static const char *const repeat_words[] = { "error", "end", NULL };

static const ConfField cursor_fields[] = {
        FIELD(Cursor, param, CONF_NONEMPTY, NULL,
              "Where the cursor goes: a query parameter, \".member\" of a JSON body, or "
              "\"header:Name\". Not needed where the request itself names {{page.cursor}}."),
        FIELD(Cursor, first, 0, NULL,
              "Cursor of the first page; not sent when absent ({{page.cursor}} is then empty)."),
        FIELD_WORD(Cursor, from, 0, "body", from_words,
              "Where the next cursor stands: in the page's \"body\", as the id of the last "
              "\"record\", or in a \"header\" of the answer."),
        FIELD(Cursor, header, 0, NULL, "Name of that header, for \"from: header\"."),
        FIELD(Cursor, size_param, 0, NULL,
              "Where the page size goes; not sent when absent. A request can also name {{page.size}}."),
        FIELD_RANGE(Cursor, size, 0, "0", 0, 100000, "Records a page to ask for."),
        FIELD_WORD(Cursor, repeat, 0, "error", repeat_words,
              "What it means when a cursor comes again: an \"error\", or, where the source "
              "documents it so, the \"end\"."),
        {}
};

static const char *const cursor_variables[] = { "page.cursor", "page.size", NULL };

static void cursor_verify(const void *spec, const PageUse *use, const ConfNode *at, Diag *diag) {
        const Cursor *c = spec;

        paging_verify_param(c->param, use, cursor_variables[0], at, diag);
        paging_verify_size(c->size_param, c->size, PAGING_END_EMPTY, use, at, diag);
        if ((c->from == FROM_HEADER) != (c->header != NULL))
                diag_error(diag, at, "\"from: header\" and \"header\" go together");
}

/* No cursor: of the first page, which has none. */
static int cursor_put(const Cursor *c, PagingState *st, Bytes cursor, bool is_first, HttpRequest *req) {
        int is_new, r;

        xfree(st->mark.cursor);
        st->mark.cursor = bytes_dup(cursor);
        st->mark.size = c->size;
        is_new = paging_renew(st, req);
        r = is_new < 0 ? is_new : 0;
        if (r == 0 && c->param && cursor.data)
                r = paging_put_text(req, c->param, cursor);
        if (r == 0 && c->size_param && (is_first || is_new))
                r = paging_put_number(req, c->size_param, c->size);
        return r;
}

static int cursor_first(const void *spec, PagingState *st, HttpRequest *req) {
        const Cursor *c = spec;

        return cursor_put(c, st, bytes_of(c->first), true, req);
}

static Bytes next_cursor(const Cursor *c, const HttpResponse *resp, const PageFacts *facts) {
        switch (c->from) {
        case FROM_RECORD:
                return facts->last_id;
        case FROM_HEADER:
                return bytes_of(resp ? http_response_header(resp, c->header) : NULL);
        default:
                return facts->cursor;
        }
}

static int cursor_next(const void *spec, PagingState *st, const HttpResponse *resp, const PageFacts *facts,
                HttpRequest *req) {
        const Cursor *c = spec;
        Bytes cursor = next_cursor(c, resp, facts);
        int r;

        /* No further mark, or the page itself says that it is the last; a stated total must then have been
         * reached. */
        if (cursor.len == 0 || facts->has_more == 0 || (facts->n_records == 0 && c->from == FROM_RECORD)) {
                PageFacts last = { .total = facts->total, .has_more = -1 };

                return paging_has_more(PAGING_END_EMPTY, 0, st, &last);
        }
        if (!paging_is_new(st, cursor)) {
                if (c->repeat == REPEAT_END)
                        return 0;
                (void) err(-EBADMSG,
                                "the source gave a cursor of an earlier page again after page %u: the pages "
                                "would never end",
                                st->n_pages);
                return PAGING_E_LOOP;
        }
        r = cursor_put(c, st, cursor, false, req);
        return r < 0 ? r : 1;
}

static const char *cursor_needs(const void *spec) {
        const Cursor *c = spec;

        return c->from == FROM_BODY ? "cursor" : c->from == FROM_RECORD ? "last_id" : NULL;
}

extern const PagingOps paging_cursor;
const PagingOps paging_cursor = {
        .info = {
                .kind = "cursor",
                .help = "Each page names the mark behind which the next one begins.",
                .fields = cursor_fields,
                .spec_size = sizeof(Cursor),
        },
        .variables = cursor_variables,
        .verify = cursor_verify,
        .needs = cursor_needs,
        .first = cursor_first,
        .next = cursor_next,
};

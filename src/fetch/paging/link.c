/* Paging by the Link header with rel=next (RFC 8288). */

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/err.h"
#include "fetch/paging.h"

static void skip_space(Bytes *b) {
        while (b->len > 0 && (*b->data == ' ' || *b->data == '\t')) {
                b->data++;
                b->len--;
        }
}

static void advance(Bytes *b, size_t n) {
        b->data += n;
        b->len -= n;
}

static bool take(Bytes *b, char c) {
        skip_space(b);
        if (b->len == 0 || *b->data != c)
                return false;
        advance(b, 1);
        return true;
}

/* A quoted string or a token; *ret is what stands inside. Escapes do not occur in relation types, so they
 * stay as they are. */
static bool take_word(Bytes *b, Bytes *ret) {
        size_t n = 0;

        skip_space(b);
        if (b->len > 0 && *b->data == '"') {
                for (n = 1; n < b->len && b->data[n] != '"'; n++)
                        if (b->data[n] == '\\')
                                n++;
                if (n >= b->len)
                        return false;
                *ret = (Bytes){ b->data + 1, n - 1 };
                advance(b, n + 1);
                return true;
        }
        while (n < b->len && !memchr("=;, \t", b->data[n], 5))
                n++;
        *ret = (Bytes){ b->data, n };
        advance(b, n);
        return n > 0;
}

/* rel may hold several words. */
static bool has_relation(Bytes rel, const char *wanted) {
        size_t len = strlen(wanted);

        while (rel.len > 0) {
                size_t n = 0;

                while (n < rel.len && rel.data[n] != ' ')
                        n++;
                if (n == len && strncasecmp(rel.data, wanted, len) == 0)
                        return true;
                advance(&rel, n < rel.len ? n + 1 : n);
        }
        return false;
}

/* The parameters behind one address; only the first rel counts (RFC 8288 part 3.3). */
static bool take_parameters(Bytes *b, bool *ret_is_next) {
        bool has_rel = false;

        *ret_is_next = false;
        while (take(b, ';')) {
                Bytes name, value = BYTES_NULL;

                skip_space(b);
                if (b->len == 0 || *b->data == ';' || *b->data == ',')
                        continue;
                if (!take_word(b, &name))
                        return false;
                if (take(b, '=') && !take_word(b, &value))
                        return false;
                if (name.len == 3 && strncasecmp(name.data, "rel", 3) == 0 && !has_rel) {
                        has_rel = true;
                        *ret_is_next = has_relation(value, "next");
                }
        }
        return true;
}

/* 1: *ret is the address, 0: none in this value, -EBADMSG: it cannot be read. */
static int find_next(Bytes value, Bytes *ret) {
        for (;;) {
                Bytes address;
                bool is_next;
                size_t n;

                skip_space(&value);
                if (value.len == 0)
                        return 0;
                if (take(&value, ','))
                        continue;
                if (!take(&value, '<') || !bytes_find(value, BYTES_LIT(">"), &n))
                        return -EBADMSG;
                address = (Bytes){ value.data, n };
                advance(&value, n + 1);
                if (!take_parameters(&value, &is_next))
                        return -EBADMSG;
                if (is_next) {
                        *ret = address;
                        return 1;
                }
                skip_space(&value);
                if (value.len > 0 && *value.data != ',')
                        return -EBADMSG;
        }
}

static int link_first(const void *spec, PagingState *st, HttpRequest *req) {
        (void) spec;
        (void) paging_is_new(st, bytes_of(req->url));
        return 0;
}

static int link_next(const void *spec, PagingState *st, const HttpResponse *resp, const PageFacts *facts,
                HttpRequest *req) {
        Bytes address = BYTES_NULL;
        int r = 0;

        (void) spec;
        for (size_t i = 0; r == 0 && i < resp->n_headers; i++)
                if (strcasecmp(resp->headers[i].name, "Link") == 0)
                        r = find_next(bytes_of(resp->headers[i].value), &address);
        if (r < 0)
                return err(-EBADMSG, "the Link header cannot be read (RFC 8288)");
        if (r == 0)
                return paging_has_more(PAGING_END_EMPTY, 0, st,
                                &(PageFacts){ .total = facts->total, .has_more = -1 });
        r = paging_follow(req, address);
        if (r != 0)
                return r;
        if (!paging_is_new(st, bytes_of(req->url))) {
                (void) err(-EBADMSG, "page %u points to an earlier page as the next one", st->n_pages);
                return PAGING_E_LOOP;
        }
        return 1;
}

static const ConfField link_fields[] = { {} };

extern const PagingOps paging_link;
const PagingOps paging_link = {
        .info = {
                .kind = "link",
                .help = "The Link header with rel=next names the next page (RFC 8288).",
                .fields = link_fields,
                .spec_size = 1,
        },
        .first = link_first,
        .next = link_next,
};

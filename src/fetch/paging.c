/* Paging: what all kinds share, that is page cap, loop guard, the ways to find the end, and where a page
 * parameter goes. */

#include "fetch/paging.h"

#include <errno.h>
#include <strings.h>

#include "base/err.h"
#include "fetch/json_text.h"

#define BODY_MAX (1024 * 1024)
#define URL_MAX (64 * 1024)

const char *const paging_end_words[] = { "empty", "short", "total", "flag", NULL };

static const PagingOps *ops_of(const ConfKindOf *kind) {
        return (const PagingOps *) kind->info;
}

void paging_state_done(PagingState *st) {
        xfree(st->mark.cursor);
        vec_done(&st->seen);
}

/* A repeated value of 64 bits of SHA-256 in one page set is a repetition, for all practical purposes. */
static bool is_new_hash(PagingState *st, const Sha256 *digest) {
        uint64_t hash;

        memcpy(&hash, digest->byte, sizeof(hash));
        VEC_EACH(h, &st->seen)
                if (*h == hash)
                        return false;
        vec_push(&st->seen, hash);
        return true;
}

bool paging_is_new(PagingState *st, Bytes text) {
        Sha256 digest = sha256_of(text);

        return is_new_hash(st, &digest);
}

int paging_first(const ConfKindOf *kind, PagingState *st, HttpRequest *req) {
        return kind && kind->info ? ops_of(kind)->first(kind->spec, st, req) : 0;
}

int paging_next(const ConfKindOf *kind, PagingState *st, unsigned max_pages, const HttpResponse *resp,
                const PageFacts *facts, const Sha256 *page_digest, HttpRequest *req) {
        int r;

        st->n_pages++;
        st->n_records += facts->n_records;
        if (!kind || !kind->info)
                return 0;
        /* An empty page may well look like another empty page; the kind ends there. */
        if (facts->n_records > 0 && page_digest && !is_new_hash(st, page_digest)) {
                (void) err(-EBADMSG,
                                "page %u is the same as an earlier one: the source repeats itself or ignores "
                                "the page parameter",
                                st->n_pages);
                return PAGING_E_LOOP;
        }
        r = ops_of(kind)->next(kind->spec, st, resp, facts, req);
        if (r == 1 && st->n_pages >= max_pages) {
                (void) err(-EBADMSG, "there are more than %u pages (\"max_pages\")", max_pages);
                return PAGING_E_CAPPED;
        }
        return r;
}

int paging_renew(PagingState *st, HttpRequest *req) {
        HttpRequest *made = NULL;
        int r;

        if (!st->renew)
                return 0;
        r = st->renew(st->userdata, &st->mark, &made);
        if (r < 0)
                return r;
        http_request_become(req, made);
        return 1;
}

static int silent(const char *what) {
        (void) err(-EBADMSG, "the page does not state %s, by which the end is to be found", what);
        return PAGING_E_SILENT;
}

static int ended_early(const PagingState *st, int64_t total) {
        (void) err(-EBADMSG, "the pages ended after %" PRIu64 " records, but the source states %" PRId64,
                        st->n_records, total);
        return PAGING_E_SHORT;
}

const char *paging_end_needs(int end) {
        return end == PAGING_END_TOTAL ? "total" : end == PAGING_END_FLAG ? "has_more" : NULL;
}

int paging_has_more(PagingEnd end, uint64_t size, const PagingState *st, const PageFacts *facts) {
        bool owes = facts->total >= 0 && st->n_records < (uint64_t) facts->total;

        if (end == PAGING_END_FLAG && facts->has_more < 0)
                return silent("whether there are more");
        if (end == PAGING_END_TOTAL && facts->total < 0)
                return silent("a total");
        if (end == PAGING_END_FLAG && facts->has_more == 0)
                return 0;
        if (end == PAGING_END_TOTAL && !owes)
                return 0;
        if (facts->n_records == 0) {
                if (end == PAGING_END_FLAG) {
                        (void) err(-EBADMSG,
                                        "page %u has no records, but the source says that there are more",
                                        st->n_pages);
                        return PAGING_E_SHORT;
                }
                return owes ? ended_early(st, facts->total) : 0;
        }
        /* A short page while more is owed: the source caps the page size below what was asked (CKAN's
         * silent 25). */
        if (end == PAGING_END_SHORT && facts->n_records < size)
                return owes ? 1 : 0;
        return 1;
}

int paging_follow(HttpRequest *req, Bytes ref) {
        _cleanup_(text_done) Text url = TEXT_INIT(URL_MAX), here = TEXT_INIT(URL_MAX),
                                  there = TEXT_INIT(URL_MAX);
        int r;

        r = url_join(req->url, ref, &url);
        if (r < 0) {
                (void) err_add(r, "address of the next page");
                return r;
        }
        if (url_origin(req->url, &here) < 0 || url_origin(text_str(&url), &there) < 0)
                return -EINVAL;
        if (!bytes_equal(text_bytes(&here), text_bytes(&there))) {
                (void) err(-EBADMSG, "the next page is on another host, \"%s\", and is not asked for",
                                text_str(&there));
                return PAGING_E_FOREIGN;
        }
        http_request_set_url(req, text_str(&url));
        return 0;
}

bool paging_place_is_valid(const char *place) {
        if (place[0] == '.')
                return json_path_is_valid(place);
        if (strncmp(place, "header:", 7) == 0)
                place += 7;
        return *place != '\0' && !strpbrk(place, " \t\r\n:?&=#");
}

void paging_verify_place(const char *place, const ConfNode *at, Diag *diag) {
        if (place && !paging_place_is_valid(place))
                diag_error(diag, at,
                                "\"%s\" is neither a query parameter nor \".member\" of a JSON body nor "
                                "\"header:Name\"",
                                place);
}

void paging_verify_param(const char *param, const PageUse *use, const char *variable, const ConfNode *at,
                Diag *diag) {
        if (!param && !use->place)
                diag_error(diag, at,
                                "state with \"param\" where the mark of the page goes, or write {{%s}} into the "
                                "request",
                                variable);
        paging_verify_place(param, conf_child(at, "param"), diag);
}

void paging_verify_size(const char *size_param, unsigned size, int end, const PageUse *use, const ConfNode *at,
                Diag *diag) {
        paging_verify_place(size_param, conf_child(at, "size_param"), diag);
        if (size_param && size == 0)
                diag_error(diag, at, "\"size_param\" needs \"size\": the number that it is to hold");
        if (use->size && size == 0)
                diag_error(diag, at, "{{page.size}} and {{page.end}} need \"size\": how many records a page holds");
        if (end == PAGING_END_SHORT && size == 0)
                diag_error(diag, conf_child(at, "end"),
                                "\"end: short\" needs \"size\": how many records are a full page");
}

static int put_member(HttpRequest *req, const char *path, Bytes raw) {
        _cleanup_(text_done) Text body = TEXT_INIT(BODY_MAX);
        int r;

        if (!req->body)
                return err(-EINVAL,
                                "page parameter \"%s\" belongs into a JSON body, but the request has none",
                                path);
        r = json_text_put((Bytes){ req->body, req->body_len }, path, raw, &body);
        if (r < 0) {
                (void) err_add(r, "page parameter in the request body");
                return r;
        }
        http_request_set_body(req, text_bytes(&body));
        return 0;
}

static int put_plain(HttpRequest *req, const char *place, Bytes value) {
        if (strncmp(place, "header:", 7) == 0) {
                _free_ char *text = bytes_dup(value);

                return http_request_set(req, place + 7, text);
        }
        http_request_set_query(req, place, value);
        return 0;
}

int paging_put_number(HttpRequest *req, const char *place, uint64_t value) {
        _cleanup_(text_done) Text text = TEXT_INIT(32);

        (void) text_printf(&text, "%" PRIu64, value);
        if (place[0] == '.')
                return put_member(req, place, text_bytes(&text));
        return put_plain(req, place, text_bytes(&text));
}

int paging_put_text(HttpRequest *req, const char *place, Bytes value) {
        _cleanup_(text_done) Text quoted = TEXT_INIT(BODY_MAX);

        if (place[0] != '.')
                return put_plain(req, place, value);
        (void) text_add_char(&quoted, '"');
        json_text_escape(value, &quoted);
        (void) text_add_char(&quoted, '"');
        if (quoted.is_full)
                return err(-E2BIG, "page parameter \"%s\" is longer than 1 MiB", place);
        return put_member(req, place, text_bytes(&quoted));
}

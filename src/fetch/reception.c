/* One answer as it comes in: head, redirects, bounds, and what is told to the owner. */

#include "fetch/reception.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/num.h"
#include "fetch/elsewhere.h"

#define URL_MAX (64 * 1024)
#define HEADER_BYTES_MAX (256 * 1024)

/* Ends an answer that breaks a rule of ours. */
#define give_up(...) (reception_say(__VA_ARGS__), false)

TransferOutcome reception_say(Reception *r, TransferOutcome outcome, const char *format, ...) {
        va_list ap;

        r->outcome = outcome;
        va_start(ap, format);
        (void) vsnprintf(r->story, sizeof(r->story), format, ap);
        va_end(ap);
        return outcome;
}

void reception_done(Reception *r) {
        http_response_done(&r->resp);
        r->url = xfree(r->url);
}

void reception_host(const Reception *r, Text *ret) {
        _cleanup_(text_done) Text origin = TEXT_INIT(URL_MAX);
        const char *host;

        if (url_origin(r->url, &origin) < 0)
                return;
        host = strstr(text_str(&origin), "://") + 3;
        (void) text_add(ret, (Bytes){ host, (size_t) (strrchr(host, ':') - host) });
}

/* True: the transport goes on to the address in Location, and this head is not the answer. */
static bool is_followed(const Reception *r) {
        const char *to = http_response_header(&r->resp, "Location");

        return r->limits.max_redirects > 0 && r->resp.status >= 300 && r->resp.status <= 399 && to && *to;
}

/* Without its query, which may hold a key. */
static int shown_len(const char *url) {
        size_t n = strcspn(url, "?");

        return n < 100 ? (int) n : 100;
}

/* The owner makes a new request of it, without what belongs to this host. */
static bool hand_out(Reception *r) {
        r->is_head_told = r->is_stopped = true;
        r->resp.url = xstrdup(r->url);
        (void) r->events.head(r->userdata, &r->resp);
        return false;
}

/* Only the same scheme, host and port: credentials and budget belong to it. */
static bool check_redirect(Reception *r) {
        _cleanup_(text_done) Text url = TEXT_INIT(URL_MAX), here = TEXT_INIT(URL_MAX);
        _cleanup_(text_done) Text there = TEXT_INIT(URL_MAX);
        const char *to = http_response_header(&r->resp, "Location");

        if (url_join(r->url, bytes_of(to), &url) < 0 || url_origin(text_str(&url), &there) < 0)
                return give_up(r, TRANSFER_E_FORBIDDEN,
                               "HTTP %d: redirect to \"%.*s\", which is no http or https address",
                               r->resp.status, shown_len(to), to);
        if (url_origin(r->url, &here) < 0 || !bytes_equal(text_bytes(&here), text_bytes(&there))) {
                if (elsewhere_is_listed(&r->limits, text_str(&url)))
                        return hand_out(r);
                return give_up(r, TRANSFER_E_FORBIDDEN,
                                "HTTP %d: redirect from \"%.60s\" to another host, \"%.60s\", is not "
                                "followed; "
                                "if that is the right one, change base_url, or list it under "
                                "\"redirect_hosts\"",
                                r->resp.status, text_str(&here), text_str(&there));
        }
        if (++r->n_redirects > r->limits.max_redirects)
                return give_up(r, TRANSFER_E_LIMIT,
                               "more than %u redirects (\"max_redirects\"), the last one to \"%.*s\"",
                               r->limits.max_redirects, shown_len(text_str(&url)), text_str(&url));
        xfree(r->url);
        r->url = text_take(&url);
        return true;
}

static bool tell_head(Reception *r) {
        const char *length = http_response_header(&r->resp, "Content-Length");
        uint64_t size;

        if (length && !http_response_header(&r->resp, "Content-Encoding") &&
            num_parse_u64(bytes_of(length), &size) == 0 && size > r->limits.max_body)
                return give_up(r, TRANSFER_E_LIMIT,
                                "the answer has %" PRIu64 " bytes, more than \"max_body\" allows (%" PRIu64
                                ")",
                                size, r->limits.max_body);
        r->is_head_told = true;
        r->resp.url = xstrdup(r->url);
        r->is_stopped = r->events.head(r->userdata, &r->resp) != 0;
        return !r->is_stopped;
}

static bool head_ended(Reception *r) {
        if (r->resp.status < 200)
                return true;
        return is_followed(r) ? check_redirect(r) : tell_head(r);
}

static bool new_head(Reception *r, Bytes line) {
        uint64_t status;
        size_t space;

        http_response_done(&r->resp);
        r->n_headers = 0;
        if (!bytes_find(line, BYTES_LIT(" "), &space) || line.len < space + 4 ||
            num_parse_u64((Bytes){ line.data + space + 1, 3 }, &status) < 0)
                return give_up(r, TRANSFER_E_PROTOCOL, "the answer does not begin with an HTTP status");
        r->resp.status = (int) status;
        return true;
}

static bool add_header(Reception *r, Bytes line) {
        size_t colon;

        if (++r->n_headers > r->limits.max_headers)
                return give_up(r, TRANSFER_E_LIMIT, "the answer has more than %u headers (\"max_headers\")",
                               r->limits.max_headers);
        if (r->header_bytes > HEADER_BYTES_MAX)
                return give_up(r, TRANSFER_E_LIMIT, "the headers of the answer are larger than 256 KiB");
        /* Continued lines are obsolete (RFC 9112 part 5.2) and occur in no header that is read here. */
        if (line.data[0] == ' ' || line.data[0] == '\t')
                return true;
        if (!bytes_find(line, BYTES_LIT(":"), &colon))
                return give_up(r, TRANSFER_E_PROTOCOL, "the answer has a header line without a colon");
        if (http_response_add(&r->resp, (Bytes){ line.data, colon },
                              (Bytes){ line.data + colon + 1, line.len - colon - 1 }) < 0)
                return give_up(r, TRANSFER_E_PROTOCOL, "%s", err_story(-EBADMSG));
        return true;
}

bool reception_line(Reception *r, Bytes line) {
        r->has_first_byte = true;
        r->header_bytes += line.len;
        /* Trailers behind the body. */
        if (r->is_head_told)
                return true;
        while (line.len > 0 && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
                line.len--;
        if (bytes_starts(line, "HTTP/"))
                return new_head(r, line);
        return line.len == 0 ? head_ended(r) : add_header(r, line);
}

bool reception_body(Reception *r, Bytes chunk) {
        r->size += chunk.len;
        if (r->size > r->limits.max_body)
                return give_up(r, TRANSFER_E_LIMIT,
                                "the answer is larger than \"max_body\" allows (%" PRIu64
                                " bytes after decompression)",
                                r->limits.max_body);
        r->is_stopped = r->events.body(r->userdata, chunk) != 0;
        return !r->is_stopped;
}

/* Redirects to another host. The transport follows those on the same host by itself; these it hands out, so that a request is made anew: what a library would take
 * along differs from version to version (custom headers go everywhere), what a new request holds is seen here. */

#include "fetch/elsewhere.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

enum { URL_LIMIT = 64 << 10 };

void elsewhere_verify(const TransferLimits *limits, const ConfNode *at, Diag *diag) {
        const ConfStrings *list = &limits->redirect_hosts;

        for (size_t i = 0; i < list->len; i++) {
                _cleanup_(text_done) Text origin = TEXT_INIT(URL_LIMIT);
                const char *host = strstr(list->items[i], "://");

                if (!host || url_origin(list->items[i], &origin) < 0)
                        diag_error(diag, list->nodes ? list->nodes[i] : at, "\"%s\" is no origin: write it as https://host or https://host:port", list->items[i]);
                else if (host[3 + strcspn(host + 3, "/?#")])
                        diag_error(diag, list->nodes ? list->nodes[i] : at, "\"%s\": a host is listed, without a path", list->items[i]);
        }
        if (list->len && !limits->max_redirects)
                diag_error(diag, at, "\"redirect_hosts\" has no effect while \"max_redirects\" is 0");
}

static bool is_same_origin(const char *a, const char *b) {
        _cleanup_(text_done) Text here = TEXT_INIT(URL_LIMIT), there = TEXT_INIT(URL_LIMIT);

        return url_origin(a, &here) == 0 && url_origin(b, &there) == 0 && bytes_equal(text_bytes(&here), text_bytes(&there));
}

bool elsewhere_is_listed(const TransferLimits *limits, const char *url) {
        for (size_t i = 0; i < limits->redirect_hosts.len; i++)
                if (is_same_origin(limits->redirect_hosts.items[i], url))
                        return true;
        return false;
}

static bool is_redirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

int elsewhere_request(const TransferLimits *limits, const HttpRequest *sent, const HttpResponse *resp, unsigned n_before, HttpRequest **ret) {
        _cleanup_(text_done) Text url = TEXT_INIT(URL_LIMIT);
        const char *to = http_response_header(resp, "Location");

        if (!limits->max_redirects || !is_redirect(resp->status) || !to || url_join(resp->url ? resp->url : sent->url, bytes_of(to), &url) < 0)
                return 0;
        if (!elsewhere_is_listed(limits, text_str(&url)))
                return 0;
        if (n_before >= limits->max_redirects)
                return err(-EPERM, "more than %u redirects (\"max_redirects\"), the last one to \"%.*s\"", limits->max_redirects, (int) strcspn(text_str(&url), "?"), text_str(&url));
        /* RFC 9110 parts 15.4.8 and 15.4.9: method and body stay as they are; and the body belongs to the source. */
        if ((resp->status == 307 || resp->status == 308) && strcmp(sent->method, "GET") != 0)
                return err(-EPERM, "HTTP %d: the source wants the %s sent to \"%.*s\"; what is in it goes to no other host", resp->status, sent->method,
                           (int) strcspn(text_str(&url), "?"), text_str(&url));
        *ret = http_request_new("GET", text_str(&url));
        (*ret)->is_query_secret = true;
        return 1;
}

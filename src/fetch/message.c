/* HTTP requests and responses as values, and how an operator may see them. URLs and HTTP dates are in
 * url.c. */

#include "fetch/message.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/err.h"

#define QUERY_MAX (64 * 1024)
#define RENDER_BODY_MAX 4096

HttpRequest *http_request_new(const char *method, const char *url) {
        HttpRequest *r = NEW(HttpRequest);

        r->method = xstrdup(method);
        r->url = xstrdup(url);
        return r;
}

static void header_done(HttpHeader *h) {
        h->name = xfree(h->name);
        h->value = xfree(h->value);
        h->secret = secret_free(h->secret);
}

static void body_free(HttpRequest *r) {
        if (r->body && r->body_is_secret)
                explicit_bzero(r->body, r->body_len);
        r->body = xfree(r->body);
        r->body_len = 0;
}

HttpRequest *http_request_free(HttpRequest *r) {
        if (!r)
                return NULL;
        for (size_t i = 0; i < r->n_headers; i++)
                header_done(&r->headers[i]);
        xfree(r->headers);
        body_free(r);
        xfree(r->method);
        xfree(r->url);
        xfree(r->secret_query_name);
        secret_free(r->secret_query);
        xfree(r->login_shape);
        return xfree(r);
}

void http_request_become(HttpRequest *r, HttpRequest *other) {
        HttpRequest before = *r;

        *r = *other;
        *other = before;
        http_request_free(other);
}

HttpRequest *http_request_dup(const HttpRequest *r) {
        HttpRequest *copy = http_request_new(r->method, r->url);

        copy->is_query_secret = r->is_query_secret;
        copy->secret_query_name = xstrdup(r->secret_query_name);
        copy->secret_query = r->secret_query ? secret_dup(r->secret_query) : NULL;
        copy->headers = r->n_headers ? NEW_N(HttpHeader, r->n_headers) : NULL;
        copy->n_headers = r->n_headers;
        for (size_t i = 0; i < r->n_headers; i++) {
                copy->headers[i].name = xstrdup(r->headers[i].name);
                copy->headers[i].value = xstrdup(r->headers[i].value);
                copy->headers[i].secret = r->headers[i].secret ? secret_dup(r->headers[i].secret) : NULL;
        }
        if (r->body)
                http_request_set_body(copy, (Bytes){ r->body, r->body_len });
        copy->body_is_secret = r->body_is_secret;
        copy->login_shape = xstrdup(r->login_shape);
        copy->client_certificate = r->client_certificate;
        copy->client_key = r->client_key;
        copy->pinned_keys = r->pinned_keys;
        return copy;
}

/* RFC 9110 part 5.6.2. */
static bool is_token(const char *s) {
        if (!*s)
                return false;
        for (; *s; s++)
                if (!isalnum((unsigned char) *s) && !strchr("!#$%&'*+-.^_`|~", *s))
                        return false;
        return true;
}

/* RFC 9110 part 5.5: visible characters, spaces, tabs and bytes above 127. */
static bool is_field_value(Bytes v) {
        for (size_t i = 0; i < v.len; i++) {
                unsigned char c = (unsigned char) v.data[i];

                if ((c < 0x20 && c != '\t') || c == 0x7f)
                        return false;
        }
        return true;
}

static int check_header(const char *name, Bytes value) {
        if (!is_token(name))
                return err(-EINVAL, "\"%s\" cannot be a header name", name);
        if (!is_field_value(value))
                return err(-EINVAL,
                                "the value of header \"%s\" holds a line break or another control character",
                                name);
        return 0;
}

/* The entry of that name, emptied, or a new one. */
static HttpHeader *header_slot(HttpRequest *r, const char *name) {
        HttpHeader *h;

        for (size_t i = 0; i < r->n_headers; i++)
                if (strcasecmp(r->headers[i].name, name) == 0) {
                        header_done(&r->headers[i]);
                        r->headers[i].name = xstrdup(name);
                        return &r->headers[i];
                }
        r->headers = xrealloc(r->headers, (r->n_headers + 1) * sizeof(HttpHeader));
        h = &r->headers[r->n_headers++];
        *h = (HttpHeader){ .name = xstrdup(name) };
        return h;
}

int http_request_set(HttpRequest *r, const char *name, const char *value) {
        int k = check_header(name, bytes_of(value));

        if (k < 0)
                return k;
        header_slot(r, name)->value = xstrdup(value);
        return 0;
}

int http_request_set_secret(HttpRequest *r, const char *name, Bytes value) {
        int k = check_header(name, value);

        if (k < 0)
                return k;
        header_slot(r, name)->secret = secret_new(value);
        return 0;
}

const HttpHeader *http_request_header(const HttpRequest *r, const char *name) {
        for (size_t i = 0; i < r->n_headers; i++)
                if (strcasecmp(r->headers[i].name, name) == 0)
                        return &r->headers[i];
        return NULL;
}

void http_request_set_body(HttpRequest *r, Bytes body) {
        char *copy = bytes_dup(body);

        body_free(r);
        r->body = copy;
        r->body_len = body.len;
}

void http_request_set_url(HttpRequest *r, const char *url) {
        char *copy = xstrdup(url);

        xfree(r->url);
        r->url = copy;
}

/* Appends the parameters of query but those of that (encoded) name. */
static void copy_other_parameters(Bytes query, Bytes name, Text *ret) {
        const char *p = query.data, *end = query.data + query.len;

        while (p < end) {
                const char *amp = memchr(p, '&', (size_t) (end - p));
                size_t len = (size_t) ((amp ? amp : end) - p);
                const char *equals = memchr(p, '=', len);
                Bytes key = { p, equals ? (size_t) (equals - p) : len };

                if (len > 0 && !bytes_equal(key, name)) {
                        (void) text_add(ret, (Bytes){ p, len });
                        (void) text_add_char(ret, '&');
                }
                p += len + 1;
        }
}

void http_request_set_query(HttpRequest *r, const char *name, Bytes value) {
        _cleanup_(text_done) Text key = TEXT_INIT(QUERY_MAX), url = TEXT_INIT(SIZE_MAX - 1);
        size_t path_len = strcspn(r->url, "?#");

        url_encode(bytes_of(name), &key);
        (void) text_add(&url, (Bytes){ r->url, path_len });
        (void) text_add_char(&url, '?');
        if (r->url[path_len] == '?') {
                const char *query = r->url + path_len + 1;

                copy_other_parameters((Bytes){ query, strcspn(query, "#") }, text_bytes(&key), &url);
        }
        (void) text_add(&url, text_bytes(&key));
        (void) text_add_char(&url, '=');
        url_encode(value, &url);
        http_request_set_url(r, text_str(&url));
}

static void render_body(const HttpRequest *r, Text *ret) {
        if (!r->body)
                return;
        if (r->body_is_secret) {
                (void) text_add_str(ret, "***\n");
                return;
        }
        (void) text_add(ret,
                        (Bytes){ r->body, r->body_len < RENDER_BODY_MAX ? r->body_len : RENDER_BODY_MAX });
        if (r->body_len > RENDER_BODY_MAX)
                (void) text_printf(ret, "\n(and %zu bytes more)", r->body_len - RENDER_BODY_MAX);
        (void) text_add_char(ret, '\n');
}

void http_request_address(const HttpRequest *r, Text *ret) {
        size_t path = strcspn(r->url, "?");

        (void) text_printf(ret, "%.*s", (int) path, r->url);
        (void) text_add_str(ret, r->is_query_secret && r->url[path] ? "?***" : r->url + path);
        if (r->secret_query)
                (void) text_printf(ret, "%c%s=***", r->url[path] ? '&' : '?', r->secret_query_name);
}

void http_request_render(const HttpRequest *r, Text *ret) {
        (void) text_printf(ret, "%s ", r->method);
        http_request_address(r, ret);
        (void) text_add_char(ret, '\n');
        for (size_t i = 0; i < r->n_headers; i++)
                (void) text_printf(ret, "%s: %s\n", r->headers[i].name,
                                r->headers[i].secret ? "***" : r->headers[i].value);
        (void) text_add_char(ret, '\n');
        render_body(r, ret);
}

void http_response_done(HttpResponse *r) {
        for (size_t i = 0; i < r->n_headers; i++)
                header_done(&r->headers[i]);
        xfree(r->headers);
        xfree(r->url);
        *r = (HttpResponse){};
}

int http_response_add(HttpResponse *r, Bytes line_name, Bytes value) {
        _free_ char *name = bytes_dup(line_name);
        HttpHeader *h;

        value = bytes_trim(value);
        if (strlen(name) != line_name.len || !is_token(name))
                return err(-EBADMSG, "the answer has a header whose name is not a word");
        if (value.len > 0 && memchr(value.data, '\0', value.len))
                return err(-EBADMSG, "header \"%s\" of the answer holds a zero byte", name);
        r->headers = xrealloc(r->headers, (r->n_headers + 1) * sizeof(HttpHeader));
        h = &r->headers[r->n_headers++];
        *h = (HttpHeader){ .name = TAKE(name), .value = bytes_dup(value) };
        return 0;
}

const char *http_response_header(const HttpResponse *r, const char *name) {
        for (size_t i = 0; i < r->n_headers; i++)
                if (strcasecmp(r->headers[i].name, name) == 0)
                        return r->headers[i].value;
        return NULL;
}

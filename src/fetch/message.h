/* HTTP requests and responses as values. Header names compare without case. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/usec.h"

typedef struct HttpHeader {
        char *name;
        char *value;            /* NULL when the value is a secret */
        Secret *secret;
} HttpHeader;

typedef struct HttpRequest {
        char *method;           /* "GET", "POST" */
        char *url;              /* absolute, encoded; no secret in it but in secret_query, or where is_query_secret */
        bool is_query_secret;   /* the source gave this address, and may have put a key into its query: rendered as *** */
        char *secret_query_name;        /* API key in the query: appended when sent, rendered as *** */
        Secret *secret_query;
        HttpHeader *headers;
        size_t n_headers;
        char *body;             /* NULL: none */
        size_t body_len;
        bool body_is_secret;    /* rendered as *** */
        /* Of a login: the places of its answer ("header:Name", "cookie:NAME", ".a.b") that a recording keeps, a line
         * each; the first is the token's and gets another value. "": the fields of RFC 6749. NULL: no login. */
        char *login_shape;
        const char *client_certificate; /* mTLS: paths, borrowed; NULL: none */
        const char *client_key;
        const char *pinned_keys;        /* the source must show one of these, as curl writes them; borrowed; NULL: any */
} HttpRequest;

HttpRequest *http_request_new(const char *method, const char *url);
HttpRequest *http_request_free(HttpRequest *r);
DEFINE_CLEANUP(HttpRequest *, http_request_free)
HttpRequest *http_request_dup(const HttpRequest *r);
void http_request_become(HttpRequest *r, HttpRequest *other);   /* takes over all that other is; other is gone */

/* Sets or replaces. Value and secret are copied. Line breaks in a value: -EINVAL. */
int http_request_set(HttpRequest *r, const char *name, const char *value);
int http_request_set_secret(HttpRequest *r, const char *name, Bytes value);
const HttpHeader *http_request_header(const HttpRequest *r, const char *name);
void http_request_set_body(HttpRequest *r, Bytes body);         /* copies */
void http_request_set_url(HttpRequest *r, const char *url);
/* Sets or replaces one query parameter of the URL; both are encoded here. */
void http_request_set_query(HttpRequest *r, const char *name, Bytes value);

/* The address as an operator may see it: secrets as ***. */
void http_request_address(const HttpRequest *r, Text *ret);
/* As an operator may see it: method, URL, headers, body (cut at 4 KiB); secrets as ***. */
void http_request_render(const HttpRequest *r, Text *ret);

typedef struct HttpResponse {
        int status;
        HttpHeader *headers;    /* the last response's (after redirects) */
        size_t n_headers;
        char *url;              /* the one that answered */
} HttpResponse;

void http_response_done(HttpResponse *r);
int http_response_add(HttpResponse *r, Bytes line_name, Bytes value);
const char *http_response_header(const HttpResponse *r, const char *name);      /* the first; NULL: none */

/* RFC 3986 percent-encoding of everything but unreserved characters. */
void url_encode(Bytes raw, Text *ret);
/* "https://host:port" (scheme and port made explicit, lower case), the key of budgets and breakers.
 * -EINVAL: not an absolute http(s) URL. */
int url_origin(const char *url, Text *ret);
/* ref against base (RFC 3986 part 5.2, http(s) only). */
int url_join(const char *base, Bytes ref, Text *ret);
/* An HTTP date (RFC 9110: the three forms) to seconds since the epoch. */
int http_date_parse(Bytes text, int64_t *ret);

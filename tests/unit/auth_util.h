/* What the tests of authentication share. */
#pragma once

#include <stdlib.h>

#include "fetch_util.h"
#include "fetch/auth.h"

#define NOW (UINT64_C(1700000000) * USEC_SEC)

static inline Conf auth_make(const char *kind, const char *yaml, const char *base_url, Auth **ret) {
        ConfKindOf k;
        Conf c = kind_fill(auth_kinds, kind, yaml, &k);

        assert_int_equal(auth_new(ret, &k, base_url), 0);
        return c;
}

/* Header lines of a signed request with its secrets in the clear. */
static inline void auth_reveal(const HttpRequest *req, Text *ret) {
        for (size_t i = 0; i < req->n_headers; i++)
                (void) text_printf(ret, "%s: %s\n", req->headers[i].name,
                                req->headers[i].secret ? secret_reveal(req->headers[i].secret).data
                                                       : req->headers[i].value);
        if (req->secret_query)
                (void) text_printf(ret, "%s=%s\n", req->secret_query_name,
                                secret_reveal(req->secret_query).data);
}

static inline int auth_login(Auth *auth, int status, const char *body, usec_t now) {
        HttpResponse resp = response(status, "Content-Type: application/json");
        int r = auth_ops(auth)->login_done(auth, &resp, bytes_of(body), now);

        http_response_done(&resp);
        return r;
}

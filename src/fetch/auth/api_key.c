/* A key in a header or in the query. */

#include "config/source.h"
#include "fetch/auth.h"

typedef struct ApiKey {
        ConfSecret key;
        char *header;
        char *query;
} ApiKey;

static const ConfField api_key_fields[] = {
        FIELD(ApiKey, key, CONF_REQUIRED, NULL, "Where the key is read from."),
        FIELD(ApiKey, header, 0, NULL, "Header that carries it; give this or \"query\"."),
        FIELD(ApiKey, query, 0, NULL,
              "Query parameter that carries it; shown as *** wherever the request is shown."),
        {}
};

static void api_key_verify(const void *spec, const ConfNode *at, Diag *diag) {
        const ApiKey *k = spec;

        if ((k->header != NULL) == (k->query != NULL))
                diag_error(diag, at, "give exactly one of \"header\" and \"query\"");
        if (k->header && !auth_header_is_valid(k->header))
                diag_error(diag, conf_child(at, "header"), "\"%s\" cannot be a header name", k->header);
}

static int api_key_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const ApiKey *k = auth_spec(auth);
        _cleanup_(secret_freep) Secret *key = NULL;
        int r;

        (void) now;
        r = secret_source_read(&k->key, &key);
        if (r < 0)
                return r;
        if (k->header)
                return auth_put_header(req, k->header, NULL, secret_reveal(key));
        xfree(req->secret_query_name);
        req->secret_query_name = xstrdup(k->query);
        secret_free(req->secret_query);
        req->secret_query = TAKE(key);
        return 0;
}

extern const AuthOps auth_api_key;
const AuthOps auth_api_key = {
        .info = {
                .kind = "api_key",
                .help = "A key in a header or in the query.",
                .fields = api_key_fields,
                .spec_size = sizeof(ApiKey),
        },
        .verify = api_key_verify,
        .sign = api_key_sign,
};

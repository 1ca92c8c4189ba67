/* A token that an operator was given, in every request (RFC 6750, or any header the source wants). */

#include "config/source.h"
#include "fetch/auth.h"

typedef struct Bearer {
        ConfSecret token;
        char *header;
        char *scheme;
} Bearer;

static const ConfField bearer_fields[] = {
        FIELD(Bearer, token, CONF_REQUIRED, NULL,
              "Where the token is read from; it is read anew for each request, so a changed file "
              "counts at once."),
        FIELD(Bearer, header, CONF_NONEMPTY, "Authorization", "Header that carries it."),
        FIELD(Bearer, scheme, 0, "Bearer", "Word before it; empty for none."),
        {}
};

static void bearer_verify(const void *spec, const ConfNode *at, Diag *diag) {
        const Bearer *b = spec;

        if (b->header && !auth_header_is_valid(b->header))
                diag_error(diag, conf_child(at, "header"), "\"%s\" cannot be a header name", b->header);
}

static int bearer_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const Bearer *b = auth_spec(auth);
        _cleanup_(secret_freep) Secret *token = NULL;
        int r;

        (void) now;
        r = secret_source_read(&b->token, &token);
        if (r < 0)
                return r;
        return auth_put_header(req, b->header, b->scheme, secret_reveal(token));
}

extern const AuthOps auth_bearer;
const AuthOps auth_bearer = {
        .info = {
                .kind = "bearer",
                .help = "A token that was handed out beforehand (RFC 6750).",
                .fields = bearer_fields,
                .spec_size = sizeof(Bearer),
        },
        .verify = bearer_verify,
        .sign = bearer_sign,
};

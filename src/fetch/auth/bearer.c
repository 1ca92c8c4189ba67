/* A token that an operator was given, in every request (RFC 6750, or any header the source wants). */

#include <string.h>

#include "base/digest.h"
#include "base/num.h"
#include "config/source.h"
#include "fetch/auth.h"
#include "fetch/json_text.h"

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

/* Between its two dots a JSON Web Token has claims that anyone may read; "exp" is its last moment in seconds
 * (RFC 7519 part 4.1.4). */
static usec_t token_until(Bytes token) {
        _cleanup_(auth_wipe) Text claims = TEXT_INIT(64 * 1024);
        _cleanup_(text_done) Text text = TEXT_INIT(64);
        const char *first = memchr(token.data, '.', token.len), *last = memrchr(token.data, '.', token.len);
        uint64_t seconds;

        if (!first || last == first || base64_parse((Bytes){ first + 1, (size_t) (last - first - 1) }, &claims) < 0)
                return 0;
        if (json_text_get(text_bytes(&claims), ".exp", &text) != 1)
                return 0;
        for (size_t i = 0; i < text.len; i++)
                if (text.data[i] == '.')
                        text.len = i;
        if (num_parse_u64(text_bytes(&text), &seconds) < 0 || seconds > UINT64_MAX / USEC_SEC)
                return 0;
        return seconds * USEC_SEC;
}

static usec_t bearer_until(const void *spec) {
        const Bearer *b = spec;
        _cleanup_(secret_freep) Secret *token = NULL;

        return secret_source_read(&b->token, &token) < 0 ? 0 : token_until(secret_reveal(token));
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
        .credential_until = bearer_until,
};

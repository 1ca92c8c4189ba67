/* No authentication: the source answers anybody. */

#include "fetch/auth.h"

static int none_sign(Auth *auth, HttpRequest *req, usec_t now) {
        (void) auth;
        (void) req;
        (void) now;
        return 0;
}

static const ConfField none_fields[] = { {} };

extern const AuthOps auth_none;
const AuthOps auth_none = {
        .info = {
                .kind = "none",
                .help = "The source answers anybody.",
                .fields = none_fields,
                .spec_size = 1,
        },
        .sign = none_sign,
};

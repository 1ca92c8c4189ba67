/* The kinds of authentication: one line each. */

#include "fetch/auth.h"

#define KINDS(X) \
        X(none) \
        X(basic) \
        X(bearer) \
        X(api_key) \
        X(oauth2) \
        X(session) \
        X(hmac) \
        X(lgspaccesstoken) \
        X(jwt) \
        X(certificate)

#define DECLARE(name) extern const AuthOps auth_##name;
#define INFO(name)    &auth_##name.info,

KINDS(DECLARE)

const ConfKindInfo *const auth_kinds[] = { KINDS(INFO) NULL };

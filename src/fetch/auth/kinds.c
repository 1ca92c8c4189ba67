/* The kinds of authentication: one line each. */

#include "fetch/auth.h"

extern const AuthOps auth_none, auth_basic, auth_bearer, auth_api_key, auth_oauth2, auth_session, auth_hmac,
                auth_lgspaccesstoken, auth_jwt, auth_certificate;

const ConfKindInfo *const auth_kinds[] = {
        &auth_none.info,
        &auth_basic.info,
        &auth_bearer.info,
        &auth_api_key.info,
        &auth_oauth2.info,
        &auth_session.info,
        &auth_hmac.info,
        &auth_lgspaccesstoken.info,
        &auth_jwt.info,
        &auth_certificate.info,
        NULL
};

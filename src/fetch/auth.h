/* Seam 1: authentication. A kind describes; fetch performs. Auth holds the token life cycle: cached,
 * single flight, refreshed ahead of expiry, one forced refresh on 401. */
#pragma once

#include "base/arena.h"
#include "base/failure.h"
#include "config/diag.h"
#include "config/field.h"
#include "fetch/message.h"

typedef struct Auth Auth;

enum {
        AUTH_E_LOGIN = 1,       /* sign: log in first */
        AUTH_E_REFUSED = 2,     /* login_done: the source refused; the err note under -EACCES says how */
};

typedef struct AuthOps {
        ConfKindInfo info;      /* kind, help, fields, spec_size */
        void (*verify)(const void *spec, const ConfNode *at, Diag *diag);       /* may be NULL */
        /* Makes req authentic as of now (wall clock). 0, AUTH_E_LOGIN or -errno (a secret that cannot be
         * read). Does no I/O but reading secrets. */
        int (*sign)(Auth *auth, HttpRequest *req, usec_t now);
        /* For kinds that log in; both NULL otherwise. login_request: *ret is the caller's. login_done gets
         * the whole body (bounded 64 KiB). */
        int (*login_request)(Auth *auth, usec_t now, HttpRequest **ret);
        int (*login_done)(Auth *auth, const HttpResponse *resp, Bytes body, usec_t now);
        /* For sources that count open sessions; NULL otherwise. *ret is the caller's, NULL: there is none to
         * end. */
        int (*logout_request)(Auth *auth, usec_t now, HttpRequest **ret);
        /* Last moment of a credential that only an operator can renew, wall clock; 0: it has none, or does not
         * say. Reads files. NULL: there is no such thing in this kind. */
        usec_t (*credential_until)(const void *spec);
} AuthOps;

/* NULL-terminated; each is the first member of an AuthOps */
extern const ConfKindInfo *const auth_kinds[];

/* base_url may be used for relative token URLs. spec stays borrowed. */
int auth_new(Auth **ret, const ConfKindOf *kind, const char *base_url);
/* Goes on with the same words of another load of the configuration; what it holds stays. kind has to be of the
 * same kind. */
void auth_use(Auth *auth, const ConfKindOf *kind);
Auth *auth_free(Auth *auth);
DEFINE_CLEANUP(Auth *, auth_free)
const AuthOps *auth_ops(const Auth *auth);

/* For the kinds. */
const void *auth_spec(const Auth *auth);
const char *auth_base_url(const Auth *auth);
/* wall clock; USEC_NEVER only when the source says so */
void auth_set_token(Auth *auth, Bytes token, usec_t now, usec_t expires_at);
/* NULL: none, or it expires within margin, or within half of its life time where that is shorter: a source
 * may hand out a token in the last minute of its life (WSO2 does), and asking again would bring the same
 * one. */
const Secret *auth_token(const Auth *auth, usec_t now, usec_t margin);
/* changes with each token: a refusal of an older one says nothing about this one */
unsigned auth_generation(const Auth *auth);
void auth_forget_token(Auth *auth);                                     /* the forced refresh */
usec_t auth_expires_at(const Auth *auth);                               /* 0: no token */

/* Sets header `name` to "scheme value" (scheme NULL or "": the value alone), as a secret. */
int auth_put_header(HttpRequest *req, const char *name, const char *scheme, Bytes value);
bool auth_header_is_valid(const char *name);
/* Appends "Basic ..." credentials of RFC 7617 to ret, which the caller wipes with auth_wipe(). */
void auth_basic_value(Bytes user, Bytes password, Text *ret);
/* Appends one field of a form (application/x-www-form-urlencoded). */
void auth_add_form_field(Text *body, const char *name, Bytes value);
void auth_wipe(Text *t);                                /* for _cleanup_: overwrites, then frees */

/* A login was refused: notes what and the source's own words, returns AUTH_E_REFUSED. */
int auth_refused(const HttpResponse *resp, Bytes body, const char *what);

/* Reads an OAuth2 token reply (RFC 6749 part 5): 0 and the token is set, AUTH_E_REFUSED. A missing or zero
 * expires_in counts as `assumed`. */
int auth_take_token_reply(Auth *auth, const HttpResponse *resp, Bytes body, usec_t now, usec_t assumed);

/* Single flight: the first who needs a login begins it; others wait until auth_login_ended. */
bool auth_login_begin(Auth *auth);                      /* false: somebody else's is under way */
void auth_login_end(Auth *auth);
bool auth_login_is_running(const Auth *auth);

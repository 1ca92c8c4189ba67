/* OAuth2 client credentials (RFC 6749 part 4.4), as WSO2 gateways of LGSP and NGSP and Keycloak speak it. */

#include <errno.h>

#include "base/err.h"
#include "config/source.h"
#include "fetch/auth.h"

/* A token without a stated life time is taken to live this long: short, because a refused request costs
 * more than a login. */
#define LIFE_ASSUMED (5 * USEC_MINUTE)

enum { SEND_BASIC, SEND_BODY };

typedef struct OAuth2 {
        char *token_url;
        char *client_id;
        ConfSecret client_secret;
        char *scope;
        int send;
        ConfPairs extra;
        usec_t margin;
} OAuth2;

static const char *const send_words[] = { "basic", "body", NULL };

static const ConfField oauth2_fields[] = {
        FIELD(OAuth2, token_url, CONF_REQUIRED | CONF_NONEMPTY, NULL,
              "Address of the token endpoint; a path is taken from base_url."),
        FIELD(OAuth2, client_id, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Client id (WSO2: consumer key)."),
        FIELD(OAuth2, client_secret, CONF_REQUIRED, NULL,
              "Where the client secret is read from, at each login."),
        FIELD(OAuth2, scope, 0, NULL, "Scopes, separated by spaces."),
        FIELD_WORD(OAuth2, send, 0, "basic", send_words,
              "How id and secret are sent: in an Authorization header (\"basic\") or in the "
              "\"body\"."),
        FIELD(OAuth2, extra, 0, NULL, "Further fields of the token request, as text (audience, resource)."),
        FIELD_RANGE(OAuth2, margin, 0, "60 s", 0, USEC_HOUR, "How long before its end a token is replaced."),
        {}
};

static void oauth2_verify(const void *spec, const ConfNode *at, Diag *diag) {
        const OAuth2 *o = spec;
        _cleanup_(text_done) Text url = TEXT_INIT(16 * 1024);
        size_t scheme = o->token_url ? strcspn(o->token_url, ":/") : 0;

        if (o->token_url && o->token_url[scheme] == ':' && url_origin(o->token_url, &url) < 0)
                diag_error(diag, conf_child(at, "token_url"), "%s", err_story(-EINVAL));
        for (size_t i = 0; i < o->extra.len; i++)
                if (strcmp(o->extra.items[i].key, "client_secret") == 0 ||
                                strcmp(o->extra.items[i].key, "password") == 0)
                        diag_error(diag, o->extra.items[i].node,
                                        "\"%s\" would stand here in clear text; secrets are given as "
                                        "{credential: ...}, {file: ...} or {env: ...}",
                                        o->extra.items[i].key);
}

static int oauth2_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const OAuth2 *o = auth_spec(auth);
        const Secret *token = auth_token(auth, now, o->margin);

        if (!token)
                return AUTH_E_LOGIN;
        return auth_put_header(req, "Authorization", "Bearer", secret_reveal(token));
}

/* RFC 6749 part 2.3.1: id and secret are form-encoded before they become user name and password. */
static int sign_basic(const OAuth2 *o, Bytes secret, HttpRequest *req) {
        _cleanup_(auth_wipe) Text id = TEXT_INIT(4096), encoded = TEXT_INIT(4096),
                                  value = TEXT_INIT(16 * 1024);

        url_encode(bytes_of(o->client_id), &id);
        url_encode(secret, &encoded);
        auth_basic_value(text_bytes(&id), text_bytes(&encoded), &value);
        return auth_put_header(req, "Authorization", NULL, text_bytes(&value));
}

static int oauth2_login_request(Auth *auth, usec_t now, HttpRequest **ret) {
        const OAuth2 *o = auth_spec(auth);
        _cleanup_(secret_freep) Secret *secret = NULL;
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(text_done) Text url = TEXT_INIT(16 * 1024);
        _cleanup_(auth_wipe) Text body = TEXT_INIT(64 * 1024);
        int r;

        (void) now;
        r = url_join(auth_base_url(auth), bytes_of(o->token_url), &url);
        if (r < 0)
                return r;
        r = secret_source_read(&o->client_secret, &secret);
        if (r < 0)
                return r;
        req = http_request_new("POST", text_str(&url));
        req->login_shape = xstrdup("");
        auth_add_form_field(&body, "grant_type", BYTES_LIT("client_credentials"));
        if (o->scope)
                auth_add_form_field(&body, "scope", bytes_of(o->scope));
        for (size_t i = 0; i < o->extra.len; i++)
                auth_add_form_field(&body, o->extra.items[i].key, bytes_of(o->extra.items[i].value));
        if (o->send == SEND_BODY) {
                auth_add_form_field(&body, "client_id", bytes_of(o->client_id));
                auth_add_form_field(&body, "client_secret", secret_reveal(secret));
                req->body_is_secret = true;
        } else {
                r = sign_basic(o, secret_reveal(secret), req);
        }
        if (r == 0)
                r = http_request_set(req, "Content-Type", "application/x-www-form-urlencoded");
        if (r == 0)
                r = http_request_set(req, "Accept", "application/json");
        if (r < 0)
                return r;
        http_request_set_body(req, text_bytes(&body));
        *ret = TAKE(req);
        return 0;
}

static int oauth2_login_done(Auth *auth, const HttpResponse *resp, Bytes body, usec_t now) {
        return auth_take_token_reply(auth, resp, body, now, LIFE_ASSUMED);
}

extern const AuthOps auth_oauth2;
const AuthOps auth_oauth2 = {
        .info = {
                .kind = "oauth2",
                .help = "OAuth2 client credentials (RFC 6749), as WSO2 and Keycloak speak it.",
                .fields = oauth2_fields,
                .spec_size = sizeof(OAuth2),
        },
        .verify = oauth2_verify,
        .sign = oauth2_sign,
        .login_request = oauth2_login_request,
        .login_done = oauth2_login_done,
};

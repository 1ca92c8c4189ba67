/* The "lgspaccesstoken" variant of provincial LGSPs: a header with base64 of a small JSON object names the
 * caller; it fetches a token, and goes with the token in every request. */

#include <errno.h>

#include "base/digest.h"
#include "base/err.h"
#include "config/source.h"
#include "fetch/auth.h"
#include "fetch/json_text.h"

#define LIFE_ASSUMED (5 * USEC_MINUTE)

typedef struct Lgsp {
        char *token_url;
        char *header;
        char *access_key;
        ConfSecret secret_key;
        char *app_name;
        char *partner_code;
        char *partner_code_cus;
        usec_t margin;
} Lgsp;

static const ConfField lgsp_fields[] = {
        FIELD(Lgsp, token_url, CONF_REQUIRED | CONF_NONEMPTY, NULL,
              "Address of the token step; a path is taken from base_url."),
        FIELD(Lgsp, header, CONF_NONEMPTY, "lgspaccesstoken", "Name of the header."),
        FIELD(Lgsp, access_key, CONF_REQUIRED | CONF_NONEMPTY, NULL, "AccessKey that the LGSP gave out."),
        FIELD(Lgsp, secret_key, CONF_REQUIRED, NULL, "Where the SecretKey is read from."),
        FIELD(Lgsp, app_name, CONF_REQUIRED | CONF_NONEMPTY, NULL, "AppName as registered."),
        FIELD(Lgsp, partner_code, CONF_REQUIRED | CONF_NONEMPTY, NULL, "PartnerCode as registered."),
        FIELD(Lgsp, partner_code_cus, 0, NULL, "PartnerCodeCus; the partner code when absent."),
        FIELD_RANGE(Lgsp, margin, 0, "60 s", 0, USEC_HOUR, "How long before its end a token is replaced."),
        {}
};

static void lgsp_verify(const void *spec, const ConfNode *at, Diag *diag) {
        const Lgsp *l = spec;

        if (l->header && !auth_header_is_valid(l->header))
                diag_error(diag, conf_child(at, "header"), "\"%s\" cannot be a header name", l->header);
}

static void add_member(Text *json, const char *name, Bytes value) {
        (void) text_printf(json, "%s\"%s\":\"", json->len > 0 ? "," : "{", name);
        json_text_escape(value, json);
        (void) text_add_char(json, '"');
}

static int put_caller(const Lgsp *l, HttpRequest *req) {
        _cleanup_(secret_freep) Secret *secret = NULL;
        _cleanup_(auth_wipe) Text json = TEXT_INIT(8192), value = TEXT_INIT(16 * 1024);
        int r;

        r = secret_source_read(&l->secret_key, &secret);
        if (r < 0)
                return r;
        add_member(&json, "AccessKey", bytes_of(l->access_key));
        add_member(&json, "SecretKey", secret_reveal(secret));
        add_member(&json, "AppName", bytes_of(l->app_name));
        add_member(&json, "PartnerCode", bytes_of(l->partner_code));
        add_member(&json, "PartnerCodeCus",
                        bytes_of(l->partner_code_cus ? l->partner_code_cus : l->partner_code));
        (void) text_add_char(&json, '}');
        (void) base64_add(&value, text_bytes(&json));
        return auth_put_header(req, l->header, NULL, text_bytes(&value));
}

static int lgsp_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const Lgsp *l = auth_spec(auth);
        const Secret *token = auth_token(auth, now, l->margin);
        int r;

        if (!token)
                return AUTH_E_LOGIN;
        r = put_caller(l, req);
        return r < 0 ? r : auth_put_header(req, "Authorization", "Bearer", secret_reveal(token));
}

static int lgsp_login_request(Auth *auth, usec_t now, HttpRequest **ret) {
        const Lgsp *l = auth_spec(auth);
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(text_done) Text url = TEXT_INIT(16 * 1024);
        int r;

        (void) now;
        r = url_join(auth_base_url(auth), bytes_of(l->token_url), &url);
        if (r < 0)
                return r;
        req = http_request_new("POST", text_str(&url));
        req->login_shape = xstrdup("");
        r = put_caller(l, req);
        if (r < 0)
                return r;
        *ret = TAKE(req);
        return 0;
}

static int lgsp_login_done(Auth *auth, const HttpResponse *resp, Bytes body, usec_t now) {
        return auth_take_token_reply(auth, resp, body, now, LIFE_ASSUMED);
}

extern const AuthOps auth_lgspaccesstoken;
const AuthOps auth_lgspaccesstoken = {
        .info = {
                .kind = "lgspaccesstoken",
                .help = "The header of that name together with a bearer token, as some LGSPs want it.",
                .fields = lgsp_fields,
                .spec_size = sizeof(Lgsp),
        },
        .verify = lgsp_verify,
        .sign = lgsp_sign,
        .login_request = lgsp_login_request,
        .login_done = lgsp_login_done,
};

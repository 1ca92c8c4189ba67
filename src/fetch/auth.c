/* Token life cycle: cached, single flight, refreshed ahead of expiry; and what the kinds share. Performing
 * a login is fetch's work. */

#include "fetch/auth.h"

#include <assert.h>
#include <errno.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/num.h"
#include "fetch/json_text.h"
#include "fetch/judge.h"

#define HEADER_MAX (16 * 1024)
#define TOKEN_MAX (16 * 1024)

struct Auth {
        const AuthOps *ops;
        const void *spec;
        char *base_url;
        Secret *token;
        usec_t obtained_at;
        usec_t expires_at;
        unsigned generation;
        bool is_logging_in;
};

int auth_new(Auth **ret, const ConfKindOf *kind, const char *base_url) {
        Auth *auth;

        if (!kind->info)
                return err(-EINVAL, "no kind of authentication is given");
        auth = NEW(Auth);
        auth->ops = (const AuthOps *) kind->info;
        auth->spec = kind->spec;
        auth->base_url = xstrdup(base_url);
        *ret = auth;
        return 0;
}

void auth_use(Auth *auth, const ConfKindOf *kind) {
        assert(auth->ops == (const AuthOps *) kind->info);
        auth->spec = kind->spec;
}

Auth *auth_free(Auth *auth) {
        if (!auth)
                return NULL;
        secret_free(auth->token);
        xfree(auth->base_url);
        return xfree(auth);
}

const AuthOps *auth_ops(const Auth *auth) {
        return auth->ops;
}

const void *auth_spec(const Auth *auth) {
        return auth->spec;
}

const char *auth_base_url(const Auth *auth) {
        return auth->base_url;
}

void auth_set_token(Auth *auth, Bytes token, usec_t now, usec_t expires_at) {
        secret_free(auth->token);
        auth->token = secret_new(token);
        auth->obtained_at = now;
        auth->expires_at = expires_at;
        auth->generation++;
}

const Secret *auth_token(const Auth *auth, usec_t now, usec_t margin) {
        usec_t half;

        if (!auth->token)
                return NULL;
        if (auth->expires_at == USEC_NEVER)
                return auth->token;
        half = auth->expires_at > auth->obtained_at ? (auth->expires_at - auth->obtained_at) / 2 : 0;
        return usec_add(now, margin < half ? margin : half) < auth->expires_at ? auth->token : NULL;
}

unsigned auth_generation(const Auth *auth) {
        return auth->generation;
}

void auth_forget_token(Auth *auth) {
        auth->token = secret_free(auth->token);
        auth->expires_at = 0;
}

usec_t auth_expires_at(const Auth *auth) {
        return auth->token ? auth->expires_at : 0;
}

bool auth_login_begin(Auth *auth) {
        if (auth->is_logging_in)
                return false;
        auth->is_logging_in = true;
        return true;
}

void auth_login_end(Auth *auth) {
        auth->is_logging_in = false;
}

bool auth_login_is_running(const Auth *auth) {
        return auth->is_logging_in;
}

void auth_add_form_field(Text *body, const char *name, Bytes value) {
        if (body->len > 0)
                (void) text_add_char(body, '&');
        url_encode(bytes_of(name), body);
        (void) text_add_char(body, '=');
        url_encode(value, body);
}

void auth_wipe(Text *t) {
        if (t->data)
                explicit_bzero(t->data, t->len);
        text_done(t);
}

int auth_put_header(HttpRequest *req, const char *name, const char *scheme, Bytes value) {
        _cleanup_(auth_wipe) Text text = TEXT_INIT(HEADER_MAX);

        if (scheme && *scheme)
                (void) text_printf(&text, "%s ", scheme);
        (void) text_add(&text, value);
        if (text.is_full)
                return err(-E2BIG, "the value of header \"%s\" is longer than 16 KiB", name);
        return http_request_set_secret(req, name, text_bytes(&text));
}

bool auth_header_is_valid(const char *name) {
        _cleanup_(http_request_freep) HttpRequest *probe = http_request_new("GET", "http://localhost/");

        return http_request_set(probe, name, "") == 0;
}

void auth_basic_value(Bytes user, Bytes password, Text *ret) {
        _cleanup_(auth_wipe) Text pair = TEXT_INIT(HEADER_MAX);

        (void) text_add(&pair, user);
        (void) text_add_char(&pair, ':');
        (void) text_add(&pair, password);
        (void) text_add_str(ret, "Basic ");
        (void) base64_add(ret, text_bytes(&pair));
}

/* The words of the refusal, as far as the source gives any. */
int auth_refused(const HttpResponse *resp, Bytes body, const char *what) {
        Failure f;

        failure_set(&f, FAILURE_LOGIN, false, "HTTP %d: %s", resp->status, what);
        judge_body_head(resp, body, &f);
        (void) err(-EACCES, "%s", f.story);
        return AUTH_E_REFUSED;
}

static bool is_bearer(Bytes body) {
        _cleanup_(text_done) Text type = TEXT_INIT(64);

        if (json_text_get(body, ".token_type", &type) != 1)
                return true;
        return type.len == 6 && bytes_contains_nocase(text_bytes(&type), "bearer");
}

/* Seconds, as a number or as text that is one; fractions are cut. */
static usec_t life_time(Bytes body, usec_t assumed) {
        _cleanup_(text_done) Text text = TEXT_INIT(64);
        uint64_t seconds;

        if (json_text_get(body, ".expires_in", &text) != 1)
                return assumed;
        for (size_t i = 0; i < text.len; i++)
                if (text.data[i] == '.')
                        text.len = i;
        if (num_parse_u64(text_bytes(&text), &seconds) < 0 || seconds == 0)
                return assumed;
        return seconds > USEC_DAY * 366 / USEC_SEC ? USEC_DAY * 366 : seconds * USEC_SEC;
}

int auth_take_token_reply(Auth *auth, const HttpResponse *resp, Bytes body, usec_t now, usec_t assumed) {
        _cleanup_(auth_wipe) Text token = TEXT_INIT(TOKEN_MAX);
        int r;

        if (resp->status < 200 || resp->status > 299)
                return auth_refused(resp, body, "the token endpoint refused");
        r = json_text_get(body, ".access_token", &token);
        if (r < 0)
                return auth_refused(resp, body,
                                "the answer of the token endpoint is not JSON with an \"access_token\"");
        if (r == 0 || token.len == 0)
                return auth_refused(resp, body, "the answer of the token endpoint has no \"access_token\"");
        if (!is_bearer(body))
                return auth_refused(resp, body, "the token endpoint gave a token that is not of type Bearer");
        auth_set_token(auth, text_bytes(&token), now, usec_add(now, life_time(body, assumed)));
        return 0;
}

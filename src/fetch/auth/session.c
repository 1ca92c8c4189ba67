/* Login session: name and password once, then a session mark in every request (the integration adapter of
 * the national portal, portals with cookies). */

#include <errno.h>
#include <strings.h>

#include "base/err.h"
#include "base/num.h"
#include "calendar/when.h"
#include "config/source.h"
#include "fetch/auth.h"
#include "fetch/json_text.h"
#include "fetch/paging.h"

#define BODY_MAX (64 * 1024)
#define LIFETIME_MAX (366 * USEC_DAY)

enum { SEND_JSON, SEND_FORM };

typedef struct Session {
        char *login_url;
        int send;
        char *user;
        char *user_field;
        ConfSecret password;
        char *password_field;
        ConfPairs extra;
        ConfPairs require;
        char *token;
        char *place;
        char *scheme;
        usec_t lifetime;
        char *expires;
        char *expires_format;
        char *expires_zone;
        usec_t margin;
        char *logout_url;
} Session;

static const char *const send_words[] = { "json", "form", NULL };

static const ConfField session_fields[] = {
        FIELD(Session, login_url, CONF_REQUIRED | CONF_NONEMPTY, NULL,
              "Address of the login; a path is taken from base_url."),
        FIELD_WORD(Session, send, 0, "json", send_words, "Form of the login's body."),
        FIELD(Session, user, CONF_REQUIRED | CONF_NONEMPTY, NULL, "User name."),
        FIELD(Session, user_field, CONF_NONEMPTY, "username", "Field of the login's body that holds it."),
        FIELD(Session, password, CONF_REQUIRED, NULL, "Where the password is read from, at each login."),
        FIELD(Session, password_field, CONF_NONEMPTY, "password", "Field of the login's body that holds it."),
        FIELD(Session, extra, 0, NULL, "Further fields of the login's body, as text."),
        FIELD(Session, require, 0, NULL,
              "Members of the login's answer (.member) and the text that they must have."),
        FIELD(Session, token, CONF_REQUIRED | CONF_NONEMPTY, NULL,
              "Where the answer holds the session mark: \".member\", \"header:Name\" or "
              "\"cookie:NAME\"."),
        FIELD(Session, place, CONF_REQUIRED | CONF_NONEMPTY, NULL,
              "Where requests carry it: \".member\" of a JSON body, \"header:Name\" or "
              "\"cookie:NAME\"."),
        FIELD(Session, scheme, 0, NULL, "Word before it in a header."),
        FIELD_RANGE(Session, lifetime, 0, "20 min", USEC_SEC, 30 * USEC_DAY,
              "How long a session is used before the next login, where the answer does not say it."),
        FIELD(Session, expires, CONF_NONEMPTY, NULL,
              "Where the answer to the login says how long the session lives: \".member\" or \"header:Name\"."),
        FIELD(Session, expires_format, CONF_NONEMPTY, "seconds",
              "What stands there: \"seconds\" or \"minutes\" from now, or an instant (epoch, epoch_ms, iso, "
              "iso_local, a pattern like dd/MM/yyyy HH:mm:ss)."),
        FIELD(Session, expires_zone, CONF_NONEMPTY, NULL,
              "Time zone (IANA) of an instant that is written without one."),
        FIELD_RANGE(Session, margin, 0, "10 s", 0, USEC_HOUR,
              "How long before its end a session is replaced."),
        FIELD(Session, logout_url, CONF_NONEMPTY, NULL,
              "Address that ends a session (a POST with the session mark), asked when the daemon stops, at the "
              "end of \"thiduad fetch\" and when the configuration has changed; a path is taken from base_url."),
        {}
};

static bool is_place(const char *place) {
        if (strncmp(place, "cookie:", 7) == 0)
                return auth_header_is_valid(place + 7);
        return place[0] == '.' ? json_path_is_valid(place)
                               : strncmp(place, "header:", 7) == 0 && auth_header_is_valid(place + 7);
}

/* 0: a span in units of *ret_unit; 1: an instant in *ret_form; -EINVAL. */
static int expires_form(const char *format, usec_t *ret_unit, WhenForm *ret_form) {
        int r;

        if (strcmp(format, "seconds") == 0 || strcmp(format, "minutes") == 0) {
                *ret_unit = *format == 's' ? USEC_SEC : USEC_MINUTE;
                return 0;
        }
        r = when_form_parse(format, ret_form);
        if (r == 0 && !ret_form->has_time)
                r = err(-EINVAL, "\"%s\": the end of a session needs its time of day", format);
        return r < 0 ? r : 1;
}

static bool has_own_zone(const WhenForm *form) {
        return form->kind == WHEN_ISO || form->kind == WHEN_EPOCH || form->kind == WHEN_EPOCH_MS;
}

static void verify_expires(const Session *s, const ConfNode *at, Diag *diag) {
        const Zone *zone;
        WhenForm form;
        usec_t unit;
        int r;

        if (s->expires && (!is_place(s->expires) || strncmp(s->expires, "cookie:", 7) == 0))
                diag_error(diag, conf_child(at, "expires"), "\"%s\" is neither \".member\" nor \"header:Name\"",
                                s->expires);
        r = expires_form(s->expires_format, &unit, &form);
        if (r < 0)
                diag_error(diag, conf_child(at, "expires_format"),
                                "%s; or \"seconds\" or \"minutes\" from the login", err_story(r));
        else if (r == 1 && !has_own_zone(&form) && !s->expires_zone)
                diag_error(diag, conf_child(at, "expires_format"),
                                "an instant without a zone could be any hour; add \"expires_zone: "
                                "Asia/Ho_Chi_Minh\" or what the source keeps");
        if (s->expires_zone && zone_get(s->expires_zone, &zone) < 0)
                diag_error(diag, conf_child(at, "expires_zone"), "%s", err_story(-ENOENT));
}

static void session_verify(const void *spec, const ConfNode *at, Diag *diag) {
        const Session *s = spec;

        if (s->token && !is_place(s->token))
                diag_error(diag, conf_child(at, "token"),
                                "\"%s\" is neither \".member\" nor \"header:Name\" nor \"cookie:NAME\"",
                                s->token);
        if (s->place && !is_place(s->place))
                diag_error(diag, conf_child(at, "place"),
                                "\"%s\" is neither \".member\" nor \"header:Name\" nor \"cookie:NAME\"",
                                s->place);
        verify_expires(s, at, diag);
        for (size_t i = 0; i < s->require.len; i++)
                if (!json_path_is_valid(s->require.items[i].key))
                        diag_error(diag, s->require.items[i].node, "\"%s\" is not \".member\"",
                                        s->require.items[i].key);
        for (size_t i = 0; i < s->extra.len; i++)
                if (s->password_field && strcmp(s->extra.items[i].key, s->password_field) == 0)
                        diag_error(diag, s->extra.items[i].node,
                                        "the password would stand here in clear text; use \"password: "
                                        "{credential: ...}\"");
}

static int put_cookie(HttpRequest *req, const char *name, Bytes value) {
        _cleanup_(auth_wipe) Text cookie = TEXT_INIT(BODY_MAX);

        (void) text_printf(&cookie, "%s=", name);
        (void) text_add(&cookie, value);
        return http_request_set_secret(req, "Cookie", text_bytes(&cookie));
}

static int put_mark(const Session *s, const Secret *token, HttpRequest *req) {
        if (strncmp(s->place, "cookie:", 7) == 0)
                return put_cookie(req, s->place + 7, secret_reveal(token));
        if (strncmp(s->place, "header:", 7) == 0)
                return auth_put_header(req, s->place + 7, s->scheme, secret_reveal(token));
        req->body_is_secret = true;
        return paging_put_text(req, s->place, secret_reveal(token));
}

static int session_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const Session *s = auth_spec(auth);
        const Secret *token = auth_token(auth, now, s->margin);

        return token ? put_mark(s, token, req) : AUTH_E_LOGIN;
}

static void add_member(Text *body, const char *name, Bytes value) {
        (void) text_add_str(body, body->len > 1 ? ",\"" : "\"");
        json_text_escape(bytes_of(name), body);
        (void) text_add_str(body, "\":\"");
        json_text_escape(value, body);
        (void) text_add_char(body, '"');
}

static void build_body(const Session *s, Bytes password, Text *ret) {
        void (*add)(Text *, const char *, Bytes) = s->send == SEND_JSON ? add_member : auth_add_form_field;

        if (s->send == SEND_JSON)
                (void) text_add_char(ret, '{');
        add(ret, s->user_field, bytes_of(s->user));
        add(ret, s->password_field, password);
        for (size_t i = 0; i < s->extra.len; i++)
                add(ret, s->extra.items[i].key, bytes_of(s->extra.items[i].value));
        if (s->send == SEND_JSON)
                (void) text_add_char(ret, '}');
}

/* What a recording needs for this login to succeed again. */
static char *login_shape(const Session *s) {
        _cleanup_(text_done) Text shape = TEXT_INIT(64 * 1024);

        (void) text_add_str(&shape, s->token);
        for (size_t i = 0; i < s->require.len; i++)
                (void) text_printf(&shape, "\n%s", s->require.items[i].key);
        if (s->expires)
                (void) text_printf(&shape, "\n%s", s->expires);
        return xstrdup(text_str(&shape));
}

static int session_login_request(Auth *auth, usec_t now, HttpRequest **ret) {
        const Session *s = auth_spec(auth);
        _cleanup_(secret_freep) Secret *password = NULL;
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(text_done) Text url = TEXT_INIT(16 * 1024);
        _cleanup_(auth_wipe) Text body = TEXT_INIT(BODY_MAX);
        int r;

        (void) now;
        r = url_join(auth_base_url(auth), bytes_of(s->login_url), &url);
        if (r < 0)
                return r;
        r = secret_source_read(&s->password, &password);
        if (r < 0)
                return r;
        req = http_request_new("POST", text_str(&url));
        r = http_request_set(req, "Content-Type",
                        s->send == SEND_JSON ? "application/json" : "application/x-www-form-urlencoded");
        if (r < 0)
                return r;
        build_body(s, secret_reveal(password), &body);
        if (body.is_full)
                return err(-E2BIG, "the login is longer than 64 KiB");
        http_request_set_body(req, text_bytes(&body));
        req->body_is_secret = true;
        req->login_shape = login_shape(s);
        *ret = TAKE(req);
        return 0;
}

/* The value of a cookie that the answer sets. */
static Bytes find_cookie(const HttpResponse *resp, const char *name) {
        size_t len = strlen(name);

        for (size_t i = 0; i < resp->n_headers; i++) {
                const char *value = resp->headers[i].value;

                if (strcasecmp(resp->headers[i].name, "Set-Cookie") == 0 && strncmp(value, name, len) == 0 &&
                                value[len] == '=')
                        return (Bytes){ value + len + 1, strcspn(value + len + 1, ";") };
        }
        return BYTES_NULL;
}

static int find_token(const Session *s, const HttpResponse *resp, Bytes body, Text *ret) {
        Bytes found = BYTES_NULL;

        if (s->token[0] == '.')
                return json_text_get(body, s->token, ret) == 1 && ret->len > 0;
        if (strncmp(s->token, "cookie:", 7) == 0)
                found = find_cookie(resp, s->token + 7);
        else
                found = bytes_of(http_response_header(resp, s->token + 7));
        (void) text_add(ret, found);
        return found.len > 0;
}

/* NULL: all that is required is there. */
static const char *missing(const Session *s, Bytes body) {
        for (size_t i = 0; i < s->require.len; i++) {
                _cleanup_(text_done) Text value = TEXT_INIT(4096);

                if (json_text_get(body, s->require.items[i].key, &value) != 1 ||
                                strcmp(text_str(&value), s->require.items[i].value) != 0)
                        return s->require.items[i].key;
        }
        return NULL;
}

/* Until when the answer says that the session lives; its own words when they cannot be read. */
static int find_end(const Session *s, const HttpResponse *resp, Bytes body, usec_t now, Text *said, usec_t *ret) {
        const Zone *zone = NULL;
        WhenForm form = {};
        usec_t unit = 0;
        uint64_t n;
        int r;

        *ret = usec_add(now, s->lifetime);
        if (s->expires && s->expires[0] == '.')
                (void) json_text_get(body, s->expires, said);
        else if (s->expires)
                (void) text_add(said, bytes_of(http_response_header(resp, s->expires + 7)));
        if (said->len == 0)
                return 0;
        r = expires_form(s->expires_format, &unit, &form);
        if (r == 0 && num_parse_u64(bytes_trim(text_bytes(said)), &n) == 0) {
                *ret = usec_add(now, n > LIFETIME_MAX / unit ? LIFETIME_MAX : n * unit);
                return 0;
        }
        if (r != 1 || zone_get(s->expires_zone ?: "UTC", &zone) < 0)
                return -EINVAL;
        return when_parse_instant(&form, text_bytes(said), zone, ret);
}

static int session_login_done(Auth *auth, const HttpResponse *resp, Bytes body, usec_t now) {
        const Session *s = auth_spec(auth);
        _cleanup_(auth_wipe) Text token = TEXT_INIT(16 * 1024);
        _cleanup_(text_done) Text what = TEXT_INIT(512), said = TEXT_INIT(256);
        const char *bad;
        usec_t end;

        if (resp->status < 200 || resp->status > 399)
                return auth_refused(resp, body, "the login was refused");
        bad = missing(s, body);
        if (bad) {
                (void) text_printf(&what,
                                "the answer to the login does not say what is required in \"%.100s\"", bad);
                return auth_refused(resp, body, text_str(&what));
        }
        if (!find_token(s, resp, body, &token)) {
                (void) text_printf(&what, "the answer to the login has no \"%.100s\"", s->token);
                return auth_refused(resp, body, text_str(&what));
        }
        if (find_end(s, resp, body, now, &said, &end) < 0 || end <= now) {
                (void) text_printf(&what,
                                "the answer to the login says \"%.60s\" in \"%.100s\", which is no end of a "
                                "session in the form \"%.60s\" behind this moment; look at \"expires_format\" "
                                "and at both clocks",
                                text_str(&said), s->expires, s->expires_format);
                return auth_refused(resp, body, text_str(&what));
        }
        auth_set_token(auth, text_bytes(&token), now, end);
        return 0;
}

static int session_logout_request(Auth *auth, usec_t now, HttpRequest **ret) {
        const Session *s = auth_spec(auth);
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(text_done) Text url = TEXT_INIT(16 * 1024);
        int r;

        if (!s->logout_url || !auth_token(auth, now, 0))
                return 0;
        r = url_join(auth_base_url(auth), bytes_of(s->logout_url), &url);
        if (r < 0)
                return r;
        req = http_request_new("POST", text_str(&url));
        if (s->place[0] == '.') {
                http_request_set_body(req, BYTES_LIT("{}"));
                r = http_request_set(req, "Content-Type", "application/json");
        }
        if (r == 0)
                r = put_mark(s, auth_token(auth, now, 0), req);
        if (r < 0)
                return r;
        *ret = TAKE(req);
        return 0;
}

extern const AuthOps auth_session;
const AuthOps auth_session = {
        .info = {
                .kind = "session",
                .help = "A login with name and password, then a session mark in every request.",
                .fields = session_fields,
                .spec_size = sizeof(Session),
        },
        .verify = session_verify,
        .sign = session_sign,
        .login_request = session_login_request,
        .login_done = session_login_done,
        .logout_request = session_logout_request,
};

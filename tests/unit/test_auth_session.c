/* Tests of fetch/auth/session.c. */

#include <errno.h>

#include "auth_util.h"

/* The login carries name, password and extras in the form that the source wants, and nobody sees it. */
static void test_login_request(void **state) {
        static const struct {
                const char *yaml, *url, *type, *body;
        } cases[] = {
                { "{login_url: /mapi/login, user: sở, password: {env: T_PASSWORD}, token: .session, place: "
                  ".session}",
                                "http://ss/mapi/login", "application/json",
                                "{\"username\":\"sở\",\"password\":\"a\\\"b&c\"}" },
                { "{login_url: 'http://sso/in?x=1', send: form, user: u, user_field: j_username, password: "
                  "{env: T_PASSWORD}, password_field: j_password, extra: {lang: vi}, "
                  "token: 'cookie:JSESSIONID', place: 'cookie:JSESSIONID'}",
                                "http://sso/in?x=1", "application/x-www-form-urlencoded",
                                "j_username=u&j_password=a%22b%26c&lang=vi" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *req = NULL;
                _cleanup_(text_done) Text shown = TEXT_INIT(4096);
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c = auth_make("session", cases[i].yaml, "http://ss/api", &auth);

                assert_int_equal(auth_ops(auth)->login_request(auth, NOW, &req), 0);
                assert_string_equal(req->url, cases[i].url);
                assert_string_equal(http_request_header(req, "Content-Type")->value, cases[i].type);
                assert_string_equal(req->body, cases[i].body);
                http_request_render(req, &shown);
                assert_null(strstr(text_str(&shown), "b&c"));
                conf_done(&c);
        }
}

/* The session mark is taken from where the answer has it, put where requests want it, and replaced before
 * its life ends. */
static void test_sign(void **state) {
        static const struct {
                const char *places, *headers, *reply, *expected;
        } cases[] = {
                { "token: .session, place: .session, require: {.error_code: '0'}",
                                "Content-Type: application/json", "{\"session\":\"f2b9\",\"error_code\":0}",
                                NULL },
                { "token: .data.token, place: 'header:X-Auth', scheme: Token", NULL,
                                "{\"data\":{\"token\":\"f2b9\"}}", "X-Auth: Token f2b9\n" },
                { "token: 'header:X-Session', place: 'header:Authorization'", "X-Session: f2b9", "",
                                "Authorization: f2b9\n" },
                { "token: 'cookie:SID', place: 'cookie:SID'",
                                "Set-Cookie: SIDX=no; Path=/\nSet-Cookie: SID=f2b9; Path=/; HttpOnly", "",
                                "Cookie: SID=f2b9\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *req = http_request_new("POST", "http://ss/x");
                _cleanup_(text_done) Text yaml = TEXT_INIT(4096), out = TEXT_INIT(4096),
                                          shown = TEXT_INIT(4096);
                HttpResponse resp = response(200, cases[i].headers);
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c;

                (void) text_printf(&yaml,
                                "{login_url: /l, user: u, password: {env: T_PASSWORD}, lifetime: 60 s, "
                                "margin: 10 s, %s}",
                                cases[i].places);
                c = auth_make("session", text_str(&yaml), "http://ss", &auth);
                http_request_set_body(req, BYTES_LIT("{\"a\":1}"));
                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), AUTH_E_LOGIN);
                assert_int_equal(auth_ops(auth)->login_done(auth, &resp, bytes_of(cases[i].reply), NOW), 0);
                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW + 49 * USEC_SEC), 0);
                if (cases[i].expected) {
                        auth_reveal(req, &out);
                        assert_text(out, cases[i].expected);
                } else {
                        assert_string_equal(req->body, "{\"session\":\"f2b9\",\"a\":1}");
                }
                http_request_render(req, &shown);
                assert_null(strstr(text_str(&shown), "f2b9"));
                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW + 50 * USEC_SEC), AUTH_E_LOGIN);
                http_response_done(&resp);
                conf_done(&c);
        }
}

/* The session ends when the answer says so, in whatever form; where it says nothing the stated life time holds,
 * and what cannot be read or lies behind us is no login. NOW is 2023-11-14 22:13:20 UTC. */
static void test_expires(void **state) {
        static const struct {
                const char *options, *headers, *reply;
                usec_t life;            /* 0: refused */
        } cases[] = {
                { "expires: .data.ttl", NULL, "{\"s\":\"m\",\"data\":{\"ttl\":90}}", 90 * USEC_SEC },
                { "expires: .ttl", NULL, "{\"s\":\"m\",\"ttl\":\" 90 \"}", 90 * USEC_SEC },
                { "expires: .ttl, expires_format: minutes", NULL, "{\"s\":\"m\",\"ttl\":30}",
                                30 * USEC_MINUTE },
                { "expires: 'header:X-Life'", "X-Life: 45", "{\"s\":\"m\"}", 45 * USEC_SEC },
                { "expires: .until, expires_format: epoch_ms", NULL,
                                "{\"s\":\"m\",\"until\":1700000061000}", 61 * USEC_SEC },
                { "expires: .until, expires_format: iso", NULL,
                                "{\"s\":\"m\",\"until\":\"2023-11-15T05:15:20+07:00\"}", 120 * USEC_SEC },
                { "expires: .until, expires_format: 'dd/MM/yyyy HH:mm:ss', expires_zone: Asia/Ho_Chi_Minh", NULL,
                                "{\"s\":\"m\",\"until\":\"15/11/2023 05:14:20\"}", 60 * USEC_SEC },
                { "expires: .ttl", NULL, "{\"s\":\"m\"}", 1000 * USEC_SEC },
                { "expires: .ttl", NULL, "{\"s\":\"m\",\"ttl\":null}", 1000 * USEC_SEC },
                { "expires: 'header:X-Life'", NULL, "{\"s\":\"m\"}", 1000 * USEC_SEC },
                { "expires: .ttl", NULL, "{\"s\":\"m\",\"ttl\":99999999999}", 366 * USEC_DAY },
                { "expires: .ttl", NULL, "{\"s\":\"m\",\"ttl\":0}", 0 },
                { "expires: .ttl", NULL, "{\"s\":\"m\",\"ttl\":-5}", 0 },
                { "expires: .ttl", NULL, "{\"s\":\"m\",\"ttl\":\"soon\"}", 0 },
                { "expires: .until, expires_format: epoch", NULL, "{\"s\":\"m\",\"until\":1700000000}", 0 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text yaml = TEXT_INIT(4096);
                HttpResponse resp = response(200, cases[i].headers);
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c;
                int r;

                (void) text_printf(&yaml, "{login_url: /l, user: u, password: {env: T_PASSWORD}, token: .s, "
                                          "place: 'header:X-S', lifetime: 1000 s, %s}", cases[i].options);
                c = auth_make("session", text_str(&yaml), "http://ss", &auth);
                r = auth_ops(auth)->login_done(auth, &resp, bytes_of(cases[i].reply), NOW);
                if (r != (cases[i].life ? 0 : AUTH_E_REFUSED))
                        fail_msg("case %zu: %d", i, r);
                if (cases[i].life)
                        assert_int_equal(auth_expires_at(auth), NOW + cases[i].life);
                else
                        assert_non_null(strstr(err_story(-EACCES), "look at \"expires_format\""));
                http_response_done(&resp);
                conf_done(&c);
        }
}

/* An end of the session that could be any hour, or none, is a finding. */
static void test_expires_verify(void **state) {
        static const struct {
                const char *options, *told;
        } cases[] = {
                { "expires: ttl", "\"ttl\" is neither \".member\" nor \"header:Name\"" },
                { "expires: 'cookie:X'", "\"cookie:X\" is neither" },
                { "expires: .t, expires_format: hours", "no part of a date" },
                { "expires: .t, expires_format: dd/MM/yyyy", "needs its time of day" },
                { "expires: .t, expires_format: iso_local", "an instant without a zone could be any hour" },
                { "expires: .t, expires_format: iso_local, expires_zone: Asia/Nowhere", "Asia/Nowhere" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text findings = TEXT_INIT(4096), yaml = TEXT_INIT(4096);
                ConfKindOf kind;
                Conf c;

                (void) text_printf(&yaml, "{login_url: /l, user: u, password: {env: X}, token: .s, place: .s, %s}",
                                cases[i].options);
                c = kind_fill(auth_kinds, "session", text_str(&yaml), &kind);
                ((const AuthOps *) kind.info)->verify(kind.spec, c.root, c.diag);
                conf_findings(&c, &findings);
                assert_int_equal(diag_errors(c.diag), 1);
                if (!strstr(text_str(&findings), cases[i].told))
                        fail_msg("case %zu: %s", i, text_str(&findings));
                conf_done(&c);
        }
}

/* A login that did not succeed is told in the source's own words, whatever its status. */
static void test_refused(void **state) {
        static const struct {
                int status;
                const char *body, *words;
        } cases[] = {
                { 200, "{\"session\":null,\"error_code\":-1,\"message\":\"Sai thông tin đăng nhập\"}",
                                "does not say what is required in \".error_code\"; it says \"Sai thông tin "
                                "đăng nhập\"" },
                { 200, "{\"session\":null,\"error_code\":0}", "has no \".session\"" },
                { 200, "<html><input type=password></html>", "an HTML login page came" },
                { 403, "", "HTTP 403: the login was refused" },
        };
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = auth_make("session",
                        "{login_url: /l, user: u, password: {env: T_PASSWORD}, token: .session, place: "
                        ".session, require: {.error_code: '0'}}",
                        "http://ss", &auth);

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                assert_int_equal(auth_login(auth, cases[i].status, cases[i].body, NOW), AUTH_E_REFUSED);
                if (!strstr(err_story(-EACCES), cases[i].words))
                        fail_msg("case %zu: %s", i, err_story(-EACCES));
                assert_true(auth_expires_at(auth) == 0);
        }
        conf_done(&c);
}

/* Places that mean nothing, and a password in the file, are findings. */
static void test_verify(void **state) {
        _cleanup_(text_done) Text findings = TEXT_INIT(4096);
        ConfKindOf kind;
        Conf c = kind_fill(auth_kinds, "session",
                        "{login_url: /l, user: u, password: {env: X}, token: session, place: 'query:x', "
                        "require: {code: '0'}, extra: {password: x}}",
                        &kind);

        (void) state;
        ((const AuthOps *) kind.info)->verify(kind.spec, c.root, c.diag);
        conf_findings(&c, &findings);
        assert_int_equal(diag_errors(c.diag), 4);
        assert_non_null(strstr(text_str(&findings),
                        "\"session\" is neither \".member\" nor \"header:Name\" nor \"cookie:NAME\""));
        assert_non_null(strstr(text_str(&findings), "the password would stand here in clear text"));
        conf_done(&c);
}

static int set_up(void **state) {
        (void) state;
        return setenv("T_PASSWORD", "a\"b&c", 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_login_request),
                cmocka_unit_test(test_sign),
                cmocka_unit_test(test_expires),
                cmocka_unit_test(test_expires_verify),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_verify),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}

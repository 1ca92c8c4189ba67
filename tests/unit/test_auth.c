/* Tests of fetch/auth.c and its kinds. */

#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "auth_util.h"

/* Each kind without a login signs as its standard says (RFC 7617 part 2, RFC 6750 part 2.1), and what it
 * adds is a secret. */
static void test_sign(void **state) {
        static const struct {
                const char *kind, *yaml, *expected;
        } cases[] = {
                { "none", "{}", "" },
                { "basic", "{user: Aladdin, password: {env: T_BASIC}}",
                                "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n" },
                { "bearer", "token: {env: T_TOKEN}", "Authorization: Bearer mF_9.B5f-4.1JqM\n" },
                { "bearer", "{token: {env: T_TOKEN}, header: X-Token, scheme: ''}",
                                "X-Token: mF_9.B5f-4.1JqM\n" },
                { "api_key", "{key: {env: T_TOKEN}, header: apikey}", "apikey: mF_9.B5f-4.1JqM\n" },
                { "api_key", "{key: {env: T_TOKEN}, query: key}", "key=mF_9.B5f-4.1JqM\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://a/");
                _cleanup_(text_done) Text out = TEXT_INIT(4096), shown = TEXT_INIT(4096);
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c = auth_make(cases[i].kind, cases[i].yaml, "http://a", &auth);

                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), 0);
                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), 0);
                auth_reveal(req, &out);
                assert_text(out, cases[i].expected);
                http_request_render(req, &shown);
                assert_null(strstr(text_str(&shown), "mF_9"));
                assert_null(strstr(text_str(&shown), "QWxhZ"));
                conf_done(&c);
        }
}

/* A secret that is not there fails before anything is sent, and says where it was looked for. */
static void test_missing_secret(void **state) {
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://a/");
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = auth_make("bearer", "token: {env: T_NOWHERE}", "http://a", &auth);
        int r;

        (void) state;
        r = auth_ops(auth)->sign(auth, req, NOW);
        assert_true(r < 0);
        assert_non_null(strstr(err_story(r), "T_NOWHERE"));
        assert_int_equal(req->n_headers, 0);
        conf_done(&c);
}

/* The token request has the form of RFC 6749 part 4.4.2, with the credentials where the operator wants
 * them. */
static void test_oauth2_request(void **state) {
        static const struct {
                const char *yaml, *url, *authorization, *body;
                bool body_is_secret;
        } cases[] = {
                { "{token_url: /token, client_id: s6BhdRkqt3, client_secret: {env: T_CLIENT}}",
                                "http://gw:8280/token", "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",
                                "grant_type=client_credentials", false },
                { "{token_url: 'https://sso/realms/digo/token', client_id: 'a b', client_secret: {env: "
                  "T_CLIENT}, send: body, scope: 'x y', extra: {audience: q}}",
                                "https://sso/realms/digo/token", NULL,
                                "grant_type=client_credentials&scope=x%20y&audience=q&client_id=a%20b&client_"
                                "secret=7Fjfp0ZBr1KtDRbnfVdmIw",
                                true },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *req = NULL;
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c = auth_make("oauth2", cases[i].yaml, "http://gw:8280/dmdc/1.0", &auth);
                const HttpHeader *h;

                assert_int_equal(auth_ops(auth)->login_request(auth, NOW, &req), 0);
                assert_string_equal(req->method, "POST");
                assert_string_equal(req->url, cases[i].url);
                assert_string_equal(req->body, cases[i].body);
                assert_int_equal(req->body_is_secret, cases[i].body_is_secret);
                assert_string_equal(http_request_header(req, "Content-Type")->value,
                                "application/x-www-form-urlencoded");
                h = http_request_header(req, "Authorization");
                if (cases[i].authorization)
                        assert_string_equal(secret_reveal(h->secret).data, cases[i].authorization);
                else
                        assert_null(h);
                conf_done(&c);
        }
}

#define OAUTH2 "{token_url: /token, client_id: i, client_secret: {env: T_CLIENT}, margin: 60 s}"

/* A token is used until its margin, then a login is due; without a stated life it lives five minutes. */
static void test_oauth2_life(void **state) {
        static const struct {
                const char *reply;
                usec_t life;
        } cases[] = {
                { "{\"access_token\":\"t\",\"expires_in\":3600,\"token_type\":\"Bearer\"}", 3600 * USEC_SEC },
                { "{\"access_token\":\"t\",\"expires_in\":\"3600\",\"token_type\":\"bearer\"}",
                                3600 * USEC_SEC },
                { "{\"access_token\":\"t\",\"expires_in\":3600.9}", 3600 * USEC_SEC },
                { "{\"access_token\":\"t\"}", 300 * USEC_SEC },
                { "{\"access_token\":\"t\",\"expires_in\":null}", 300 * USEC_SEC },
                { "{\"access_token\":\"t\",\"expires_in\":0}", 300 * USEC_SEC },
                { "{\"access_token\":\"t\",\"expires_in\":-1}", 300 * USEC_SEC },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://a/");
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c = auth_make("oauth2", OAUTH2, "http://a", &auth);

                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), AUTH_E_LOGIN);
                assert_true(auth_expires_at(auth) == 0);
                assert_int_equal(auth_login(auth, 200, cases[i].reply, NOW), 0);
                assert_true(auth_expires_at(auth) == NOW + cases[i].life);
                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), 0);
                assert_string_equal(secret_reveal(http_request_header(req, "Authorization")->secret).data,
                                "Bearer t");
                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW + cases[i].life - 61 * USEC_SEC), 0);
                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW + cases[i].life - 60 * USEC_SEC),
                                AUTH_E_LOGIN);
                auth_forget_token(auth);
                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), AUTH_E_LOGIN);
                conf_done(&c);
        }
}

/* A token handed out in the last seconds of its life is used for half of them: asking again would bring
 * the same one. */
static void test_short_life(void **state) {
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://a/");
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = auth_make("oauth2", OAUTH2, "http://a", &auth);

        (void) state;
        assert_int_equal(auth_login(auth, 200, "{\"access_token\":\"t\",\"expires_in\":20}", NOW), 0);
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW + 9 * USEC_SEC), 0);
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW + 10 * USEC_SEC), AUTH_E_LOGIN);
        conf_done(&c);
}

/* A refusal keeps no token and says what the source said. */
static void test_refused(void **state) {
        static const struct {
                const char *file, *body;
                int status;
                const char *words;
        } cases[] = {
                { "payloads/lgsp/token_invalid_client_401.json", NULL, 401,
                                "HTTP 401: the token endpoint refused; it says \"A valid OAuth client could "
                                "not be found" },
                { "payloads/lgsp/fault_900901.json", NULL, 401, "Invalid Credentials" },
                { NULL, "{\"error\":\"invalid_scope\"}", 400, "it says \"invalid_scope\"" },
                { NULL, "{\"token\":\"t\"}", 200, "has no \"access_token\"" },
                { NULL, "{\"access_token\":\"\"}", 200, "has no \"access_token\"" },
                { NULL, "access_token=t", 200, "is not JSON" },
                { NULL, "{\"access_token\":\"t\",\"token_type\":\"mac\"}", 200, "not of type Bearer" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text body = TEXT_INIT(65536);
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c = auth_make("oauth2", OAUTH2, "http://a", &auth);

                if (cases[i].file)
                        assert_int_equal(file_read(cases[i].file, &body), 0);
                else
                        (void) text_add_str(&body, cases[i].body);
                assert_int_equal(auth_login(auth, cases[i].status, text_str(&body), NOW), AUTH_E_REFUSED);
                if (!strstr(err_story(-EACCES), cases[i].words))
                        fail_msg("case %zu: %s", i, err_story(-EACCES));
                assert_true(auth_expires_at(auth) == 0);
                conf_done(&c);
        }
}

/* Only one login runs at a time, and each new token has a new generation. */
static void test_single_flight(void **state) {
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = auth_make("oauth2", OAUTH2, "http://a", &auth);
        unsigned generation = auth_generation(auth);

        (void) state;
        assert_true(auth_login_begin(auth));
        assert_false(auth_login_begin(auth));
        assert_true(auth_login_is_running(auth));
        assert_int_equal(auth_login(auth, 200, "{\"access_token\":\"t\"}", NOW), 0);
        auth_login_end(auth);
        assert_false(auth_login_is_running(auth));
        assert_int_not_equal(auth_generation(auth), generation);
        assert_true(auth_login_begin(auth));
        conf_done(&c);
}

/* Specs that cannot work, or that would put a secret into the file, are findings. */
static void test_verify(void **state) {
        static const struct {
                const char *kind, *yaml, *finding;
        } cases[] = {
                { "basic", "{user: 'a:b', password: {env: X}}",
                                "the colon separates name and password, so it cannot stand in a name" },
                { "bearer", "{token: {env: X}, header: 'a b'}", "\"a b\" cannot be a header name" },
                { "api_key", "{key: {env: X}}", "give exactly one of \"header\" and \"query\"" },
                { "api_key", "{key: {env: X}, header: A, query: b}",
                                "give exactly one of \"header\" and \"query\"" },
                { "oauth2", "{token_url: 'ftp://x', client_id: a, client_secret: {env: X}}",
                                "\"ftp://x\" does not begin with http:// or https://" },
                { "oauth2", "{token_url: /t, client_id: a, client_secret: {env: X}, extra: {password: x}}",
                                "\"password\" would stand here in clear text; secrets are given as "
                                "{credential: ...}, {file: ...} or {env: ...}" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text findings = TEXT_INIT(4096);
                ConfKindOf kind;
                Conf c = kind_fill(auth_kinds, cases[i].kind, cases[i].yaml, &kind);

                ((const AuthOps *) kind.info)->verify(kind.spec, c.root, c.diag);
                conf_findings(&c, &findings);
                assert_text(findings, cases[i].finding);
                conf_done(&c);
        }
}

/* The words of another load take the place of the old ones, which may go; the token stays and counts as the same one. */
static void test_use(void **state) {
        static const char yaml[] = "{token_url: /t, client_id: a, client_secret: {env: T_CLIENT}}";
        _cleanup_(auth_freep) Auth *auth = NULL;
        ConfKindOf kind;
        Conf old, new;
        unsigned generation;

        (void) state;
        old = auth_make("oauth2", yaml, "http://ss/", &auth);
        assert_int_equal(auth_login(auth, 200, "{\"access_token\":\"t1\",\"expires_in\":3600}", NOW), 0);
        generation = auth_generation(auth);
        new = kind_fill(auth_kinds, "oauth2", yaml, &kind);
        auth_use(auth, &kind);
        conf_done(&old);
        assert_ptr_equal(auth_spec(auth), kind.spec);
        assert_int_equal(auth_generation(auth), generation);
        for (usec_t t = NOW; t <= NOW + USEC_HOUR; t += USEC_HOUR) {
                _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://ss/x");

                assert_int_equal(auth_ops(auth)->sign(auth, req, t), t == NOW ? 0 : AUTH_E_LOGIN);
        }
        conf_done(&new);
}

/* A token that says when it ends is believed, as text that nobody has to check; any other has no end. */
static void test_credential_until(void **state) {
        static const struct {
                const char *token;
                usec_t want;
        } cases[] = {
                /* {"alg":"none"} . {"sub":"tinh","exp":1767225600} */
                { "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0aW5oIiwiZXhwIjoxNzY3MjI1NjAwfQ.", UINT64_C(1767225600) * USEC_SEC },
                { "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0aW5oIiwiZXhwIjoxNzY3MjI1NjAwLjV9.c2ln", UINT64_C(1767225600) * USEC_SEC }, /* 1767225600.5 */
                { "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0aW5oIn0.c2ln", 0 },       /* no exp */
                { "eyJhbGciOiJub25lIn0.eyJleHAiOiJuZXZlciJ9.c2ln", 0 },      /* "never" */
                { "eyJhbGciOiJub25lIn0.####.c2ln", 0 },
                { "mF_9.B5f-4.1JqM", 0 },
                { "a.b", 0 },
                { "opaque", 0 },
        };
        ConfKindOf kind;
        Conf c = kind_fill(auth_kinds, "bearer", "{token: {env: T_END}}", &kind);
        const AuthOps *ops = (const AuthOps *) kind.info;

        (void) state;
        assert_int_equal(unsetenv("T_END"), 0);
        assert_int_equal(ops->credential_until(kind.spec), 0);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                assert_int_equal(setenv("T_END", cases[i].token, 1), 0);
                assert_int_equal(ops->credential_until(kind.spec), cases[i].want);
        }
        conf_done(&c);
}

/* Every kind says what it is for, signs, and does either both halves of a login or none. */
static void test_help(void **state) {
        (void) state;
        for (const ConfKindInfo *const *k = auth_kinds; *k; k++) {
                const AuthOps *ops = (const AuthOps *) *k;

                assert_true(ops->info.help && strlen(ops->info.help) > 10);
                assert_non_null(ops->info.fields);
                assert_non_null(ops->sign);
                assert_true((ops->login_request != NULL) == (ops->login_done != NULL));
        }
}

static int set_up(void **state) {
        (void) state;
        return setenv("T_BASIC", "open sesame", 1) || setenv("T_TOKEN", "mF_9.B5f-4.1JqM", 1) ||
               setenv("T_CLIENT", "7Fjfp0ZBr1KtDRbnfVdmIw", 1) || unsetenv("T_NOWHERE");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sign),
                cmocka_unit_test(test_missing_secret),
                cmocka_unit_test(test_oauth2_request),
                cmocka_unit_test(test_oauth2_life),
                cmocka_unit_test(test_short_life),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_single_flight),
                cmocka_unit_test(test_verify),
                cmocka_unit_test(test_use),
                cmocka_unit_test(test_credential_until),
                cmocka_unit_test(test_help),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}

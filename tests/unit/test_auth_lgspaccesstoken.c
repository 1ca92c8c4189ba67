/* Tests of fetch/auth/lgspaccesstoken.c. */

#include "base/file.h"
#include "auth_util.h"

#define YAML                                                                                                 \
        "{token_url: /token, access_key: REDACTED, secret_key: {env: T_KEY}, app_name: IOC, partner_code: "  \
        "H32}"

/* The caller's header is byte for byte the one of a real exchange, in the login and, with the token, in
 * every request. */
static void test_header(void **state) {
        _cleanup_(http_request_freep) HttpRequest *login = NULL,
                                                  *req = http_request_new("POST", "http://lgsp/x");
        _cleanup_(text_done) Text expected = TEXT_INIT(4096), out = TEXT_INIT(4096), both = TEXT_INIT(4096);
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = auth_make("lgspaccesstoken", YAML, "http://lgsp/api", &auth);

        (void) state;
        assert_int_equal(file_read("payloads/lgsp/lgspaccesstoken_header.txt", &expected), 0);
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), AUTH_E_LOGIN);
        assert_int_equal(auth_ops(auth)->login_request(auth, NOW, &login), 0);
        assert_string_equal(login->url, "http://lgsp/token");
        auth_reveal(login, &out);
        assert_text(out, text_str(&expected));
        assert_int_equal(auth_login(auth, 200, "{\"access_token\":\"t\",\"expires_in\":3600}", NOW), 0);
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), 0);
        (void) text_add_str(&expected, "Authorization: Bearer t\n");
        auth_reveal(req, &both);
        assert_text(both, text_str(&expected));
        conf_done(&c);
}

static int set_up(void **state) {
        (void) state;
        return setenv("T_KEY", "REDACTED", 1);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_header) };

        return cmocka_run_group_tests(tests, set_up, NULL);
}

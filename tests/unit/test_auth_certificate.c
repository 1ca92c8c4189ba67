/* Tests of fetch/auth/certificate.c. */

#include "auth_util.h"

/* Certificate and key go to the connection; a single file serves as both. */
static void test_sign(void **state) {
        static const struct {
                const char *yaml, *certificate, *key;
        } cases[] = {
                { "{certificate: /etc/c.pem, key: /run/k.pem}", "/etc/c.pem", "/run/k.pem" },
                { "certificate: /etc/both.pem", "/etc/both.pem", "/etc/both.pem" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "https://a/"),
                                                          *copy = NULL;
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c = auth_make("certificate", cases[i].yaml, "https://a", &auth);

                assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), 0);
                copy = http_request_dup(req);
                assert_string_equal(copy->client_certificate, cases[i].certificate);
                assert_string_equal(copy->client_key, cases[i].key);
                conf_done(&c);
        }
}

/* A relative path would depend on where the program was started. */
static void test_verify(void **state) {
        _cleanup_(text_done) Text findings = TEXT_INIT(4096);
        ConfKindOf kind;
        Conf c = kind_fill(auth_kinds, "certificate", "{certificate: c.pem, key: /k.pem}", &kind);

        (void) state;
        ((const AuthOps *) kind.info)->verify(kind.spec, c.root, c.diag);
        conf_findings(&c, &findings);
        assert_text(findings, "\"c.pem\" is not an absolute path");
        conf_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_sign), cmocka_unit_test(test_verify) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

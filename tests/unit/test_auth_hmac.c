/* Tests of fetch/auth/hmac.c. Expected signatures were computed with another implementation (Python's
 * hmac). */

#include <errno.h>

#include "auth_util.h"

#define AXIS_SIGNATURE "425296617847480e718fd20ff7540810a8a85bee6f89d3c49d1985012b9ca0d1"
#define OTHER_SIGNATURE "u1fTOpSMlh0k9goftyeO+mRehj0i6Q1hhq0ewgQylLk="

/* The document axis's way: names joined, values as JSON, signature over that JSON, time stamp with
 * milliseconds behind the plus. */
static void test_axis(void **state) {
        static const char yaml[] =
                        "{secret: {env: T_KEY}, stamp_header: XroadVnpt-timestamp, stamp_format: "
                        "\"ddMMyyyy'T'HHmmss+0SSS\", "
                        "signed_headers: [XroadVnpt-systemid, XroadVnpt-timestamp, XroadVnpt-servicetype, "
                        "XroadVnpt-messagetype], names_header: XroadVnpt-sign-header-key, "
                        "values_header: XroadVnpt-sign-header, header: XroadVnpt-hash-header}";
        _cleanup_(http_request_freep)
                        HttpRequest *req = http_request_new("GET", "http://truc/countReceiveEdoc");
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = auth_make("hmac", yaml, "http://truc", &auth);
        usec_t now;

        (void) state;
        assert_int_equal(usec_parse_utc(BYTES_LIT("2026-11-24T01:15:30.123Z"), &now), 0);
        assert_int_equal(http_request_set(req, "XroadVnpt-systemid", "vxp.saas.03"), 0);
        assert_int_equal(http_request_set(req, "XroadVnpt-servicetype", "eDoc"), 0);
        assert_int_equal(http_request_set(req, "XroadVnpt-messagetype", "edoc"), 0);
        assert_int_equal(auth_ops(auth)->sign(auth, req, now), 0);
        assert_string_equal(http_request_header(req, "XroadVnpt-timestamp")->value, "24112026T081530+0123");
        assert_string_equal(http_request_header(req, "XroadVnpt-sign-header-key")->value,
                        "XroadVnpt-systemid;XroadVnpt-timestamp;XroadVnpt-servicetype;XroadVnpt-messagetype");
        assert_string_equal(http_request_header(req, "XroadVnpt-sign-header")->value,
                        "{\"XroadVnpt-systemid\":\"vxp.saas.03\",\"XroadVnpt-timestamp\":\"24112026T081530+"
                        "0123\",\"XroadVnpt-servicetype\":\"eDoc\",\"XroadVnpt-messagetype\":\"edoc\"}");
        assert_string_equal(secret_reveal(http_request_header(req, "XroadVnpt-hash-header")->secret).data,
                        AXIS_SIGNATURE);
        conf_done(&c);
}

/* Every part of a request can be signed, in the order of the pattern. */
static void test_parts(void **state) {
        static const char yaml[] = "{secret: {env: T_KEY}, key_id: id7, key_header: X-Key, stamp_header: "
                                   "X-Time, header: Authorization, scheme: HMAC, encoding: base64, "
                                   "canonical: "
                                   "\"{method}\\n{path}\\n{query}\\n{stamp}\\n{key_id}\\n{body.sha256}\\n{"
                                   "header:X-V}\\n{body}\"}";
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("POST", "http://a/a/b?x=1");
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = auth_make("hmac", yaml, "http://a", &auth);

        (void) state;
        http_request_set_body(req, BYTES_LIT("{}"));
        assert_int_equal(http_request_set(req, "X-V", "v"), 0);
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), 0);
        assert_string_equal(secret_reveal(http_request_header(req, "Authorization")->secret).data,
                        "HMAC " OTHER_SIGNATURE);
        assert_string_equal(http_request_header(req, "X-Key")->value, "id7");
        conf_done(&c);
}

/* A header that is to be signed and is not there ends the ask. */
static void test_missing(void **state) {
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "http://a/");
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = auth_make("hmac", "{secret: {env: T_KEY}, header: X-S, signed_headers: X-V}", "http://a",
                        &auth);

        (void) state;
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), -EINVAL);
        assert_string_equal(err_story(-EINVAL), "header \"X-V\" is to be signed, but the request has none");
        conf_done(&c);
}

/* A pattern or name that means nothing is a finding. */
static void test_verify(void **state) {
        static const struct {
                const char *yaml, *finding;
        } cases[] = {
                { "{secret: {env: X}, header: 'a b'}", "\"a b\" cannot be a header name" },
                { "{secret: {env: X}, header: A, canonical: '{verb}'}", "\"{verb}\" means nothing here" },
                { "{secret: {env: X}, header: A, key_id: k}", "\"key_id\" and \"key_header\" go together" },
                { "{secret: {env: X}, header: A, stamp_zone: Asia/Phan_Rang}",
                                "\"Asia/Phan_Rang\" is not a time zone" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text findings = TEXT_INIT(4096);
                ConfKindOf kind;
                Conf c = kind_fill(auth_kinds, "hmac", cases[i].yaml, &kind);

                ((const AuthOps *) kind.info)->verify(kind.spec, c.root, c.diag);
                conf_findings(&c, &findings);
                assert_text(findings, cases[i].finding);
                conf_done(&c);
        }
}

static int set_up(void **state) {
        (void) state;
        return setenv("T_KEY", "test key", 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_axis),
                cmocka_unit_test(test_parts),
                cmocka_unit_test(test_missing),
                cmocka_unit_test(test_verify),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}

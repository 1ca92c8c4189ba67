/* Tests of fetch/auth/jwt.c: the assertion is checked with the public half of a key made here. */

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "auth_util.h"
#include "fetch/json_text.h"

static EVP_PKEY *key;
static char key_path[] = "/tmp/thiduad-jwt-XXXXXX";

static Conf make_auth(const char *more, Auth **ret) {
        _cleanup_(text_done) Text yaml = TEXT_INIT(4096);

        (void) text_printf(&yaml, "{token_url: /token, issuer: client-1, key: {file: %s}%s}", key_path, more);
        return auth_make("jwt", text_str(&yaml), "https://sso/api", ret);
}

/* The value of a form field, decoded as far as JWTs need it (they have no character that is encoded). */
static Bytes field(const char *body, const char *name) {
        const char *at = strstr(body, name);

        assert_non_null(at);
        at += strlen(name);
        return (Bytes){ at, strcspn(at, "&") };
}

/* RFC 7518 part 3.4: r and s, 32 bytes each; the library wants DER. */
static void pack_ecdsa(Text *signature) {
        const unsigned char *raw = (const unsigned char *) signature->data;
        ECDSA_SIG *pair = ECDSA_SIG_new();
        unsigned char *der = NULL;
        int len;

        assert_int_equal(signature->len, 64);
        assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL)), 1);
        len = i2d_ECDSA_SIG(pair, &der);
        assert_true(len > 0);
        text_clear(signature);
        (void) text_add(signature, (Bytes){ (char *) der, (size_t) len });
        OPENSSL_free(der);
        ECDSA_SIG_free(pair);
}

static bool is_signed(Bytes jwt, Text *ret_head, Text *ret_claims) {
        const char *first = memchr(jwt.data, '.', jwt.len),
                   *second = memchr(first + 1, '.', (size_t) (jwt.data + jwt.len - first - 1));
        _cleanup_(text_done) Text signature = TEXT_INIT(4096);
        EVP_MD_CTX *c = EVP_MD_CTX_new();
        bool ok;

        assert_int_equal(base64_parse((Bytes){ jwt.data, (size_t) (first - jwt.data) }, ret_head), 0);
        assert_int_equal(base64_parse((Bytes){ first + 1, (size_t) (second - first - 1) }, ret_claims), 0);
        assert_int_equal(base64_parse((Bytes){ second + 1, (size_t) (jwt.data + jwt.len - second - 1) },
                                         &signature),
                        0);
        if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
                pack_ecdsa(&signature);
        ok = EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
             EVP_DigestVerify(c, (const unsigned char *) signature.data, signature.len,
                             (const unsigned char *) jwt.data, (size_t) (second - jwt.data)) == 1;
        EVP_MD_CTX_free(c);
        return ok;
}

static void assert_claim(const Text *json, const char *path, const char *expected) {
        _cleanup_(text_done) Text value = TEXT_INIT(256);

        assert_int_equal(json_text_get(text_bytes(json), path, &value), 1);
        assert_text(value, expected);
}

/* Both grants of RFC 7523 carry an assertion that the key's public half confirms, with the claims of part
 * 3 and a life of two minutes. */
static void test_assertion(void **state) {
        static const struct {
                const char *more, *grant, *field, *subject, *audience;
        } cases[] = {
                { "",
                                "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%"
                                "3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&",
                                "client_assertion=", "client-1", "https://sso/token" },
                { ", grant: assertion, subject: s, audience: a, scope: x, key_id: k1",
                                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&",
                                "&assertion=", "s", "a" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text head = TEXT_INIT(4096), claims = TEXT_INIT(4096);
                _cleanup_(http_request_freep) HttpRequest *req = NULL;
                _cleanup_(auth_freep) Auth *auth = NULL;
                Conf c = make_auth(cases[i].more, &auth);

                assert_int_equal(auth_ops(auth)->login_request(auth, NOW, &req), 0);
                assert_true(req->body_is_secret);
                assert_true(bytes_starts(bytes_of(req->body), cases[i].grant));
                assert_true(is_signed(field(req->body, cases[i].field), &head, &claims));
                assert_claim(&head, ".alg", "RS256");
                if (strstr(cases[i].more, "key_id"))
                        assert_claim(&head, ".kid", "k1");
                assert_claim(&claims, ".iss", "client-1");
                assert_claim(&claims, ".sub", cases[i].subject);
                assert_claim(&claims, ".aud", cases[i].audience);
                assert_claim(&claims, ".iat", "1700000000");
                assert_claim(&claims, ".exp", "1700000120");
                conf_done(&c);
        }
}

/* Further fields follow, encoded; one that the request writes itself, or that is a secret, is a finding. */
static void test_extra(void **state) {
        _cleanup_(text_done) Text findings = TEXT_INIT(4096);
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = make_auth(", scope: x, extra: {client_id: 'a b', resource: 'urn:r'}", &auth);
        ConfKindOf kind;

        (void) state;
        assert_int_equal(auth_ops(auth)->login_request(auth, NOW, &req), 0);
        assert_non_null(strstr(req->body, "&scope=x&client_id=a%20b&resource=urn%3Ar"));
        conf_done(&c);
        c = kind_fill(auth_kinds, "jwt", "{token_url: /t, issuer: i, key: {env: X}, extra: {assertion: a, client_secret: b}}",
                        &kind);
        ((const AuthOps *) kind.info)->verify(kind.spec, c.root, c.diag);
        conf_findings(&c, &findings);
        assert_int_equal(diag_errors(c.diag), 2);
        assert_non_null(strstr(text_str(&findings), "\"assertion\" is written by the daemon itself"));
        assert_non_null(strstr(text_str(&findings), "\"client_secret\" would stand here in clear text"));
        conf_done(&c);
}

/* The token that comes back is used like any other. */
static void test_token(void **state) {
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", "https://sso/x");
        _cleanup_(auth_freep) Auth *auth = NULL;
        Conf c = make_auth("", &auth);

        (void) state;
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW), AUTH_E_LOGIN);
        assert_int_equal(auth_login(auth, 200, "{\"access_token\":\"t\",\"expires_in\":600}", NOW), 0);
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW + 539 * USEC_SEC), 0);
        assert_int_equal(auth_ops(auth)->sign(auth, req, NOW + 540 * USEC_SEC), AUTH_E_LOGIN);
        conf_done(&c);
}

static int write_key(EVP_PKEY *which) {
        FILE *file = fopen(key_path, "w");

        if (!file || !which || PEM_write_PrivateKey(file, which, NULL, NULL, 0, NULL, NULL) != 1)
                return -1;
        return fclose(file);
}

/* With an elliptic key the head says ES256 and the signature has the form of RFC 7518; other curves are refused. A few rounds: a number that begins with a zero byte stays of full length. */
static void test_elliptic(void **state) {
        EVP_PKEY *rsa = key, *other = EVP_EC_gen("P-384");
        HttpRequest *refused = NULL;
        Auth *auth = NULL;
        Conf c = make_auth("", &auth);

        (void) state;
        key = EVP_EC_gen("P-256");
        assert_int_equal(write_key(key), 0);
        for (unsigned i = 0; i < 300; i++) {
                _cleanup_(text_done) Text head = TEXT_INIT(4096), claims = TEXT_INIT(4096);
                _cleanup_(http_request_freep) HttpRequest *req = NULL;

                assert_int_equal(auth_ops(auth)->login_request(auth, NOW, &req), 0);
                assert_true(is_signed(field(req->body, "client_assertion="), &head, &claims));
                assert_claim(&head, ".alg", "ES256");
        }
        assert_int_equal(write_key(other), 0);
        assert_int_equal(auth_ops(auth)->login_request(auth, NOW, &refused), -EINVAL);
        EVP_PKEY_free(key);
        EVP_PKEY_free(other);
        key = rsa;
        assert_int_equal(write_key(key), 0);
        auth_free(auth);
        conf_done(&c);
}

/* What is no such key is refused in words, before anything is sent. */
static void test_bad_key(void **state) {
        HttpRequest *req = NULL;
        Auth *auth = NULL;
        Conf c;

        (void) state;
        assert_int_equal(setenv("T_BAD", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", 1),
                        0);
        c = auth_make("jwt", "{token_url: /token, issuer: i, key: {env: T_BAD}}", "https://sso", &auth);
        assert_int_equal(auth_ops(auth)->login_request(auth, NOW, &req), -EINVAL);
        assert_string_equal(err_story(-EINVAL), "the key for the assertion is neither an RSA private key nor one on "
                                                "the curve P-256, in PEM form without a passphrase");
        assert_null(req);
        auth_free(auth);
        conf_done(&c);
}

static int set_up(void **state) {
        int fd = mkstemp(key_path);

        (void) state;
        if (fd < 0)
                return -1;
        (void) close(fd);
        key = EVP_RSA_gen(2048);
        return write_key(key);
}

static int tear_down(void **state) {
        (void) state;
        EVP_PKEY_free(key);
        return unlink(key_path);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_assertion),
                cmocka_unit_test(test_extra),
                cmocka_unit_test(test_token),
                cmocka_unit_test(test_bad_key),
                cmocka_unit_test(test_elliptic),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* OAuth2 with a signed assertion (RFC 7523): the key stays here, and only a short-lived JWT (RFC 7519;
 * RS256 or ES256 of RFC 7518, as the key is) goes out. */

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/digest.h"
#include "base/err.h"
#include "config/source.h"
#include "fetch/auth.h"
#include "fetch/json_text.h"

#define LIFE_ASSUMED (5 * USEC_MINUTE)
/* RFC 7523 part 3 leaves the assertion's life to us; authorization servers commonly refuse more than five
 * minutes. */
#define ASSERTION_SECONDS 120
#define SIGNATURE_MAX 1024
/* Each of the two numbers of an ES256 signature. */
#define P256_BYTES 32

enum { GRANT_ASSERTION, GRANT_CLIENT };

typedef struct Jwt {
        char *token_url;
        char *issuer;
        char *subject;
        char *audience;
        char *key_id;
        ConfSecret key;
        int grant;
        char *scope;
        ConfPairs extra;
        usec_t margin;
} Jwt;

static const char *const grant_words[] = { "assertion", "client", NULL };

static const ConfField jwt_fields[] = {
        FIELD(Jwt, token_url, CONF_REQUIRED | CONF_NONEMPTY, NULL,
              "Address of the token endpoint; a path is taken from base_url."),
        FIELD(Jwt, issuer, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Who asks (iss); the client id."),
        FIELD(Jwt, subject, 0, NULL, "For whom (sub); the issuer when absent."),
        FIELD(Jwt, audience, 0, NULL, "Whom the assertion is for (aud); the token endpoint when absent."),
        FIELD(Jwt, key_id, 0, NULL, "Name of the key (kid)."),
        FIELD(Jwt, key, CONF_REQUIRED, NULL, "Where the private key (PEM; RSA, or elliptic on P-256) is read "
              "from, at each login."),
        FIELD_WORD(Jwt, grant, 0, "client", grant_words,
                   "\"client\": the JWT proves the client (private_key_jwt) of a client credentials grant; "
                   "\"assertion\": the JWT itself is the grant."),
        FIELD(Jwt, scope, 0, NULL, "Scopes, separated by spaces."),
        FIELD(Jwt, extra, 0, NULL, "Further fields of the token request, as text (client_id, resource)."),
        FIELD_RANGE(Jwt, margin, 0, "60 s", 0, USEC_HOUR, "How long before its end a token is replaced."),
        {}
};

/* What the request says of itself cannot be said a second time, and no secret stands in a file. */
static void jwt_verify(const void *spec, const ConfNode *at, Diag *diag) {
        static const char *const own[] = { "grant_type", "assertion", "client_assertion",
                "client_assertion_type", "scope", "client_secret", "password" };
        const Jwt *j = spec;

        (void) at;
        for (size_t i = 0; i < j->extra.len; i++)
                for (size_t k = 0; k < ELEMENTS(own); k++)
                        if (strcmp(j->extra.items[i].key, own[k]) == 0)
                                diag_error(diag, j->extra.items[i].node,
                                                k < 5 ? "\"%s\" is written by the daemon itself"
                                                      : "\"%s\" would stand here in clear text; this kind "
                                                        "proves itself by its key",
                                                own[k]);
}

static int jwt_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const Jwt *j = auth_spec(auth);
        const Secret *token = auth_token(auth, now, j->margin);

        if (!token)
                return AUTH_E_LOGIN;
        return auth_put_header(req, "Authorization", "Bearer", secret_reveal(token));
}

static EVP_PKEY *key_free(EVP_PKEY *key) {
        EVP_PKEY_free(key);
        return NULL;
}
DEFINE_CLEANUP(EVP_PKEY *, key_free)

static EVP_MD_CTX *context_free(EVP_MD_CTX *c) {
        EVP_MD_CTX_free(c);
        return NULL;
}
DEFINE_CLEANUP(EVP_MD_CTX *, context_free)

/* No passphrase is ever asked for on a terminal. */
static int no_passphrase(char *buffer, int size, int is_for_writing, void *userdata) {
        (void) buffer;
        (void) size;
        (void) is_for_writing;
        (void) userdata;
        return -1;
}

static bool is_p256(EVP_PKEY *key) {
        char group[32] = "";

        return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
               EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 && strcmp(group, "prime256v1") == 0;
}

static int read_key(const ConfSecret *from, EVP_PKEY **ret) {
        _cleanup_(secret_freep) Secret *pem = NULL;
        EVP_PKEY *key;
        BIO *bio;
        int r;

        /* Played offline: what is signed goes nowhere, and any key will do. */
        if (secret_source_is_stood_in()) {
                *ret = EVP_EC_gen("P-256");
                return *ret ? 0 : err(-EINVAL, "OpenSSL makes no key on the curve P-256");
        }
        r = secret_source_read(from, &pem);
        if (r < 0)
                return r;
        bio = BIO_new_mem_buf(secret_reveal(pem).data, (int) secret_reveal(pem).len);
        key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
        BIO_free(bio);
        if (!key || (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA && !is_p256(key))) {
                EVP_PKEY_free(key);
                ERR_clear_error();
                return err(-EINVAL, "the key for the assertion is neither an RSA private key nor one on the "
                                    "curve P-256, in PEM form without a passphrase");
        }
        *ret = key;
        return 0;
}

static void add_claim(Text *json, const char *name, const char *value) {
        (void) text_printf(json, "%s\"%s\":\"", json->len > 0 ? "," : "{", name);
        json_text_escape(bytes_of(value), json);
        (void) text_add_char(json, '"');
}

static void add_claims(const Jwt *j, const char *audience, usec_t now, Text *ret) {
        char id[37];

        uuid_make(id);
        add_claim(ret, "iss", j->issuer);
        add_claim(ret, "sub", j->subject ? j->subject : j->issuer);
        add_claim(ret, "aud", j->audience ? j->audience : audience);
        add_claim(ret, "jti", id);
        (void) text_printf(ret, ",\"iat\":%" PRIu64 ",\"exp\":%" PRIu64 "}", now / USEC_SEC,
                        now / USEC_SEC + ASSERTION_SECONDS);
}

static void add_head(const Jwt *j, EVP_PKEY *key, Text *ret) {
        add_claim(ret, "alg", is_p256(key) ? "ES256" : "RS256");
        add_claim(ret, "typ", "JWT");
        if (j->key_id)
                add_claim(ret, "kid", j->key_id);
        (void) text_add_char(ret, '}');
}

/* A JWT holds the two numbers side by side, each of full length; the library makes DER of them. */
static bool unpack_ecdsa(unsigned char *signature, size_t *len) {
        const unsigned char *at = signature;
        ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long) *len);
        bool ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, P256_BYTES) == P256_BYTES &&
                  BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + P256_BYTES, P256_BYTES) == P256_BYTES;

        ECDSA_SIG_free(pair);
        *len = 2 * P256_BYTES;
        return ok;
}

/* RSASSA-PKCS1-v1_5 or ECDSA on P-256, with SHA-256 (RFC 7518 parts 3.3 and 3.4). */
static int add_signature(EVP_PKEY *key, Text *jwt) {
        _cleanup_(context_freep) EVP_MD_CTX *c = EVP_MD_CTX_new();
        unsigned char signature[SIGNATURE_MAX];
        size_t len = sizeof(signature);

        if (!c || EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) != 1 ||
            EVP_DigestSign(c, signature, &len, (const unsigned char *) jwt->data, jwt->len) != 1 ||
            (is_p256(key) && !unpack_ecdsa(signature, &len))) {
                ERR_clear_error();
                return err(-EINVAL, "the assertion cannot be signed with this key");
        }
        (void) text_add_char(jwt, '.');
        (void) base64url_add(jwt, (Bytes){ (const char *) signature, len });
        return 0;
}

static int make_assertion(const Jwt *j, const char *audience, usec_t now, Text *ret) {
        _cleanup_(key_freep) EVP_PKEY *key = NULL;
        _cleanup_(text_done) Text head = TEXT_INIT(4096), claims = TEXT_INIT(16 * 1024);
        int r;

        r = read_key(&j->key, &key);
        if (r < 0)
                return r;
        add_head(j, key, &head);
        add_claims(j, audience, now, &claims);
        (void) base64url_add(ret, text_bytes(&head));
        (void) text_add_char(ret, '.');
        (void) base64url_add(ret, text_bytes(&claims));
        return add_signature(key, ret);
}

static void build_body(const Jwt *j, Bytes assertion, Text *body) {
        if (j->grant == GRANT_ASSERTION) {
                auth_add_form_field(body, "grant_type", BYTES_LIT("urn:ietf:params:oauth:grant-type:jwt-bearer"));
                auth_add_form_field(body, "assertion", assertion);
        } else {
                auth_add_form_field(body, "grant_type", BYTES_LIT("client_credentials"));
                auth_add_form_field(body, "client_assertion_type",
                                BYTES_LIT("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
                auth_add_form_field(body, "client_assertion", assertion);
        }
        if (j->scope)
                auth_add_form_field(body, "scope", bytes_of(j->scope));
        for (size_t i = 0; i < j->extra.len; i++)
                auth_add_form_field(body, j->extra.items[i].key, bytes_of(j->extra.items[i].value));
}

static int jwt_login_request(Auth *auth, usec_t now, HttpRequest **ret) {
        const Jwt *j = auth_spec(auth);
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(text_done) Text url = TEXT_INIT(16 * 1024);
        _cleanup_(auth_wipe) Text assertion = TEXT_INIT(32 * 1024), body = TEXT_INIT(64 * 1024);
        int r;

        r = url_join(auth_base_url(auth), bytes_of(j->token_url), &url);
        if (r == 0)
                r = make_assertion(j, text_str(&url), now, &assertion);
        if (r < 0)
                return r;
        req = http_request_new("POST", text_str(&url));
        req->login_shape = xstrdup("");
        build_body(j, text_bytes(&assertion), &body);
        r = http_request_set(req, "Content-Type", "application/x-www-form-urlencoded");
        if (r < 0)
                return r;
        http_request_set_body(req, text_bytes(&body));
        req->body_is_secret = true;
        *ret = TAKE(req);
        return 0;
}

static int jwt_login_done(Auth *auth, const HttpResponse *resp, Bytes body, usec_t now) {
        return auth_take_token_reply(auth, resp, body, now, LIFE_ASSUMED);
}

extern const AuthOps auth_jwt;
const AuthOps auth_jwt = {
        .info = {
                .kind = "jwt",
                .help = "OAuth2 with an assertion signed by our own key (RFC 7523).",
                .fields = jwt_fields,
                .spec_size = sizeof(Jwt),
        },
        .verify = jwt_verify,
        .sign = jwt_sign,
        .login_request = jwt_login_request,
        .login_done = jwt_login_done,
};

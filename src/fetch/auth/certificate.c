/* Client certificate (mutual TLS): the connection itself says who asks. */

#include "fetch/auth.h"
#include "fetch/tls.h"

typedef struct Certificate {
        char *certificate;
        char *key;
} Certificate;

static const ConfField certificate_fields[] = {
        FIELD(Certificate, certificate, CONF_REQUIRED | CONF_NONEMPTY, NULL,
              "Path of the certificate and its chain (PEM)."),
        FIELD(Certificate, key, 0, NULL,
              "Path of the private key (PEM, without a passphrase), such as a systemd "
              "credential; the certificate's file when absent."),
        {}
};

static void verify_path(const char *path, const ConfNode *at, Diag *diag) {
        if (path && path[0] != '/')
                diag_error(diag, at, "\"%s\" is not an absolute path", path);
}

static void certificate_verify(const void *spec, const ConfNode *at, Diag *diag) {
        const Certificate *c = spec;

        verify_path(c->certificate, conf_child(at, "certificate"), diag);
        verify_path(c->key, conf_child(at, "key"), diag);
}

static int certificate_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const Certificate *c = auth_spec(auth);

        (void) now;
        req->client_certificate = c->certificate;
        req->client_key = c->key ? c->key : c->certificate;
        return 0;
}

static usec_t certificate_ends(const void *spec) {
        return tls_file_until(((const Certificate *) spec)->certificate);
}

extern const AuthOps auth_certificate;
const AuthOps auth_certificate = {
        .info = {
                .kind = "certificate",
                .help = "Client certificate: mutual TLS.",
                .fields = certificate_fields,
                .spec_size = sizeof(Certificate),
        },
        .verify = certificate_verify,
        .sign = certificate_sign,
        .credential_until = certificate_ends,
};

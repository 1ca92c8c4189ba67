/* Client certificate and pinned public keys of one connector. */

#include <string.h>

#include "base/certificate.h"
#include "base/digest.h"
#include "base/file.h"
#include "fetch/tls.h"

#define PIN_PREFIX "sha256//"
enum { SHA256_SIZE = 32 };

const ConfField tls_fields[] = {
        FIELD(TlsSpec, certificate, CONF_NONEMPTY, NULL,
              "Path of our client certificate and its chain (PEM), for sources that want mutual TLS besides "
              "another kind of authentication."),
        FIELD(TlsSpec, key, CONF_NONEMPTY, NULL,
              "Path of its private key (PEM, without a passphrase); the certificate's file when absent."),
        FIELD(TlsSpec, pins, 0, NULL,
              "Public keys that the source may show besides a valid certificate, each as sha256//BASE64 of its "
              "DER form; state the next key too before the source changes it. Not for a token endpoint on "
              "another host."),
        {}
};

static void verify_path(const char *path, const ConfNode *at, const char *key, Diag *diag) {
        if (path && path[0] != '/')
                diag_error(diag, conf_child(at, key), "\"%s\" is not an absolute path", path);
}

static bool is_pin(const char *pin) {
        _cleanup_(text_done) Text raw = TEXT_INIT(1024);
        Bytes text = bytes_of(pin);

        if (!bytes_starts(text, PIN_PREFIX))
                return false;
        text = (Bytes){ text.data + strlen(PIN_PREFIX), text.len - strlen(PIN_PREFIX) };
        return base64_parse(text, &raw) == 0 && raw.len == SHA256_SIZE;
}

void tls_load(TlsSpec *spec, const ConfNode *at, Arena *arena, Diag *diag) {
        _cleanup_(text_done) Text joined = TEXT_INIT(64 * 1024);

        verify_path(spec->certificate, at, "certificate", diag);
        verify_path(spec->key, at, "key", diag);
        if (spec->key && !spec->certificate)
                diag_error(diag, conf_child(at, "key"), "\"key\" belongs to a \"certificate\", which is not given");
        for (size_t i = 0; i < spec->pins.len; i++) {
                if (!is_pin(spec->pins.items[i]))
                        diag_error(diag, spec->pins.nodes ? spec->pins.nodes[i] : at,
                                        "\"%.80s\" is no public key's hash: write sha256// and 44 characters "
                                        "of base64",
                                        spec->pins.items[i]);
                (void) text_printf(&joined, "%s%s", i ? ";" : "", spec->pins.items[i]);
        }
        if (joined.len)
                spec->joined = arena_strdup(arena, text_str(&joined));
}

usec_t tls_file_until(const char *path) {
        _cleanup_(text_done) Text pem = TEXT_INIT(1 << 20);

        return path && file_read(path, &pem) == 0 ? certificate_until(text_bytes(&pem)) : 0;
}

void tls_dress(const TlsSpec *spec, HttpRequest *req, bool is_source) {
        if (spec->certificate) {
                req->client_certificate = spec->certificate;
                req->client_key = spec->key ? spec->key : spec->certificate;
        }
        if (is_source)
                req->pinned_keys = spec->joined;
}

/* HMAC-SHA256 over a canonical text (the national document axis signs a list of its headers so). The text
 * is a pattern, since every system has its own. */

#include <errno.h>

#include "base/digest.h"
#include "base/err.h"
#include "config/source.h"
#include "fetch/auth.h"
#include "fetch/json_text.h"
#include "fetch/pattern.h"

#define TEXT_MAX (2 * 1024 * 1024)

enum { ENCODE_HEX, ENCODE_BASE64 };

typedef struct Hmac {
        ConfSecret secret;
        char *key_id;
        char *key_header;
        char *stamp_header;
        char *stamp_format;
        char *stamp_zone;
        ConfStrings signed_headers;
        char *names_header;
        char *values_header;
        char *canonical;
        char *header;
        char *scheme;
        int encoding;
} Hmac;

static const char *const encoding_words[] = { "hex", "base64", NULL };

static const ConfField hmac_fields[] = {
        FIELD(Hmac, secret, CONF_REQUIRED, NULL, "Where the shared secret is read from."),
        FIELD(Hmac, key_id, 0, NULL, "Name under which the source knows the secret."),
        FIELD(Hmac, key_header, 0, NULL, "Header that carries that name."),
        FIELD(Hmac, stamp_header, 0, NULL, "Header that carries the time of the request."),
        FIELD(Hmac, stamp_format, 0, "epoch", "Its form: \"epoch\", \"epoch_ms\" or a date pattern."),
        FIELD(Hmac, stamp_zone, CONF_NONEMPTY, "Asia/Ho_Chi_Minh", "Time zone of the date pattern."),
        FIELD(Hmac, signed_headers, 0, NULL, "Headers that are signed, in this order."),
        FIELD(Hmac, names_header, 0, NULL, "Header that lists their names, joined by semicolons."),
        FIELD(Hmac, values_header, 0, NULL, "Header that repeats them as a JSON object."),
        FIELD(Hmac, canonical, CONF_NONEMPTY, "{values}",
              "What is signed: text with {method} {path} {query} {stamp} {key_id} {names} {values} {body} "
              "{body.sha256} and {header:Name}."),
        FIELD(Hmac, header, CONF_REQUIRED | CONF_NONEMPTY, NULL, "Header that carries the signature."),
        FIELD(Hmac, scheme, 0, NULL, "Word before the signature."),
        FIELD_WORD(Hmac, encoding, 0, "hex", encoding_words, "Form of the signature."),
        {}
};

static bool is_epoch(const Hmac *h) {
        return strcmp(h->stamp_format, "epoch") == 0 || strcmp(h->stamp_format, "epoch_ms") == 0;
}

static void verify_header(const char *name, const char *key, const ConfNode *at, Diag *diag) {
        if (name && !auth_header_is_valid(name))
                diag_error(diag, conf_child(at, key), "\"%s\" cannot be a header name", name);
}

/* Every {name} of the pattern must mean something. */
static void verify_canonical(const char *pattern, const ConfNode *at, Diag *diag) {
        static const char *const names[] = { "method", "path", "query", "stamp", "key_id", "names", "values",
                "body", "body.sha256" };

        for (const char *p = strchr(pattern, '{'); p; p = strchr(p + 1, '{')) {
                Bytes name = { p + 1, strcspn(p + 1, "}") };
                bool is_known = bytes_starts(name, "header:") && name.len > 7;

                for (size_t i = 0; i < ELEMENTS(names); i++)
                        is_known = is_known || bytes_equal_str(name, names[i]);
                if (!is_known)
                        diag_error(diag, at, "\"{%.*s}\" means nothing here", (int) name.len, name.data);
        }
}

static void hmac_verify(const void *spec, const ConfNode *at, Diag *diag) {
        const Hmac *h = spec;
        const Zone *zone;

        verify_header(h->header, "header", at, diag);
        verify_header(h->key_header, "key_header", at, diag);
        verify_header(h->stamp_header, "stamp_header", at, diag);
        verify_header(h->names_header, "names_header", at, diag);
        verify_header(h->values_header, "values_header", at, diag);
        if (h->canonical)
                verify_canonical(h->canonical, conf_child(at, "canonical"), diag);
        if ((h->key_id != NULL) != (h->key_header != NULL))
                diag_error(diag, at, "\"key_id\" and \"key_header\" go together");
        if (h->stamp_format && !is_epoch(h) && pattern_verify(bytes_of(h->stamp_format)) < 0)
                diag_error(diag, conf_child(at, "stamp_format"), "%s", err_story(-EINVAL));
        if (h->stamp_zone && zone_get(h->stamp_zone, &zone) < 0)
                diag_error(diag, conf_child(at, "stamp_zone"), "\"%s\" is not a time zone", h->stamp_zone);
}

static int make_stamp(const Hmac *h, usec_t now, Text *ret) {
        const Zone *zone;
        int r;

        if (is_epoch(h)) {
                (void) text_printf(ret, "%" PRIu64,
                                strcmp(h->stamp_format, "epoch") == 0 ? now / USEC_SEC : now / USEC_MSEC);
                return 0;
        }
        r = zone_get(h->stamp_zone, &zone);
        if (r < 0)
                return r;
        pattern_render(bytes_of(h->stamp_format), now, zone, ret);
        return 0;
}

static Bytes header_value(const HttpRequest *req, const char *name) {
        const HttpHeader *h = http_request_header(req, name);

        if (!h)
                return BYTES_NULL;
        return h->secret ? secret_reveal(h->secret) : bytes_of(h->value);
}

/* A header that is to be signed but is not there would make a signature that nobody can check. */
static int add_values(const Hmac *h, const HttpRequest *req, Text *names, Text *values) {
        (void) text_add_char(values, '{');
        for (size_t i = 0; i < h->signed_headers.len; i++) {
                const char *name = h->signed_headers.items[i];

                if (!http_request_header(req, name))
                        return err(-EINVAL, "header \"%s\" is to be signed, but the request has none", name);
                (void) text_printf(names, "%s%s", i > 0 ? ";" : "", name);
                (void) text_add_str(values, i > 0 ? ",\"" : "\"");
                json_text_escape(bytes_of(name), values);
                (void) text_add_str(values, "\":\"");
                json_text_escape(header_value(req, name), values);
                (void) text_add_char(values, '"');
        }
        (void) text_add_char(values, '}');
        return 0;
}

typedef struct Parts {
        const HttpRequest *req;
        const Hmac *spec;
        Bytes stamp, names, values;
} Parts;

static void add_path(const HttpRequest *req, bool wants_query, Text *ret) {
        const char *path = strchr(strstr(req->url, "://") + 3, '/');
        size_t len = path ? strcspn(path, "?") : 0;

        if (!wants_query)
                (void) text_add(ret, path ? (Bytes){ path, len } : BYTES_LIT("/"));
        else if (path && path[len] == '?')
                (void) text_add_str(ret, path + len + 1);
}

static void add_part(const Parts *p, Bytes name, Text *ret) {
        Bytes body = { p->req->body, p->req->body_len };
        Sha256 digest;

        if (bytes_equal_str(name, "method")) {
                (void) text_add_str(ret, p->req->method);
        } else if (bytes_equal_str(name, "path") || bytes_equal_str(name, "query")) {
                add_path(p->req, bytes_equal_str(name, "query"), ret);
        } else if (bytes_equal_str(name, "stamp")) {
                (void) text_add(ret, p->stamp);
        } else if (bytes_equal_str(name, "key_id")) {
                (void) text_add_str(ret, p->spec->key_id ? p->spec->key_id : "");
        } else if (bytes_equal_str(name, "names")) {
                (void) text_add(ret, p->names);
        } else if (bytes_equal_str(name, "values")) {
                (void) text_add(ret, p->values);
        } else if (bytes_equal_str(name, "body")) {
                (void) text_add(ret, body);
        } else if (bytes_equal_str(name, "body.sha256")) {
                digest = sha256_of(body);
                (void) hex_add(ret, (Bytes){ (const char *) digest.byte, sizeof(digest.byte) });
        } else {
                _free_ char *header = bytes_dup((Bytes){ name.data + 7, name.len - 7 });

                (void) text_add(ret, header_value(p->req, header));
        }
}

static void make_canonical(const Parts *p, Text *ret) {
        const char *c = p->spec->canonical;

        while (*c) {
                size_t plain = strcspn(c, "{"), len;

                (void) text_add(ret, (Bytes){ c, plain });
                c += plain;
                if (!*c)
                        return;
                len = strcspn(c + 1, "}");
                add_part(p, (Bytes){ c + 1, len }, ret);
                c += 1 + len + (c[1 + len] == '}');
        }
}

static int put_signature(const Hmac *h, const Parts *parts, HttpRequest *req) {
        _cleanup_(secret_freep) Secret *secret = NULL;
        _cleanup_(auth_wipe) Text canonical = TEXT_INIT(TEXT_MAX);
        _cleanup_(text_done) Text signature = TEXT_INIT(256);
        Sha256 mac;
        int r;

        r = secret_source_read(&h->secret, &secret);
        if (r < 0)
                return r;
        make_canonical(parts, &canonical);
        if (canonical.is_full)
                return err(-E2BIG, "the text to be signed is longer than 2 MiB");
        mac = hmac_sha256(secret_reveal(secret), text_bytes(&canonical));
        if (h->encoding == ENCODE_HEX)
                (void) hex_add(&signature, (Bytes){ (const char *) mac.byte, sizeof(mac.byte) });
        else
                (void) base64_add(&signature, (Bytes){ (const char *) mac.byte, sizeof(mac.byte) });
        return auth_put_header(req, h->header, h->scheme, text_bytes(&signature));
}

static int hmac_sign(Auth *auth, HttpRequest *req, usec_t now) {
        const Hmac *h = auth_spec(auth);
        _cleanup_(text_done) Text stamp = TEXT_INIT(256), names = TEXT_INIT(8192),
                                  values = TEXT_INIT(TEXT_MAX);
        int r;

        r = make_stamp(h, now, &stamp);
        if (r == 0 && h->stamp_header)
                r = http_request_set(req, h->stamp_header, text_str(&stamp));
        if (r == 0 && h->key_header)
                r = http_request_set(req, h->key_header, h->key_id);
        if (r == 0)
                r = add_values(h, req, &names, &values);
        if (r == 0 && h->names_header)
                r = http_request_set(req, h->names_header, text_str(&names));
        if (r == 0 && h->values_header)
                r = http_request_set(req, h->values_header, text_str(&values));
        if (r < 0)
                return r;
        return put_signature(h,
                        &(Parts){ req, h, text_bytes(&stamp), text_bytes(&names), text_bytes(&values) }, req);
}

extern const AuthOps auth_hmac;
const AuthOps auth_hmac = {
        .info = {
                .kind = "hmac",
                .help = "HMAC-SHA256 over a canonical text, as the national document axis wants it.",
                .fields = hmac_fields,
                .spec_size = sizeof(Hmac),
        },
        .verify = hmac_verify,
        .sign = hmac_sign,
};

/* Tests of fetch/tls.c. */
#include "unit.h"

#include "fetch/tls.h"

#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

/* What is no hash of a key, no absolute path or half of a pair is found when the connector is loaded. */
static void test_findings(void **state) {
        static const struct {
                const char *certificate, *key, *pin;
                size_t n_errors;
        } rows[] = {
                { NULL, NULL, NULL, 0 },
                { "/etc/c.pem", NULL, PIN, 0 },
                { "/etc/c.pem", "/etc/k.pem", NULL, 0 },
                { "c.pem", "k.pem", NULL, 2 },
                { NULL, "/etc/k.pem", NULL, 1 },
                { NULL, NULL, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", 1 },
                { NULL, NULL, "sha256//47DEQpj8HBSa", 1 },
                { NULL, NULL, "sha256//", 1 },
                { NULL, NULL, "sha256//?", 1 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
                _cleanup_(diag_freep) Diag *diag = diag_new();
                char *pins[] = { (char *) (uintptr_t) rows[i].pin };
                ConfNode map = { .kind = CONF_NODE_MAP };
                TlsSpec spec = {
                        .certificate = (char *) (uintptr_t) rows[i].certificate,
                        .key = (char *) (uintptr_t) rows[i].key,
                        .pins = { .items = pins, .len = rows[i].pin != NULL },
                };

                tls_load(&spec, &map, arena, diag);
                assert_int_equal(diag_errors(diag), rows[i].n_errors);
        }
}

/* The key is pinned for the source alone, the certificate is shown wherever it is asked for. */
static void test_dress(void **state) {
        _cleanup_(http_request_freep) HttpRequest *source = http_request_new("GET", "https://a/"), *other = http_request_new("POST", "https://b/");
        _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        char certificate[] = "/c", one[] = PIN, two[] = PIN;
        char *pins[] = { one, two };
        TlsSpec spec = { .certificate = certificate, .pins = { .items = pins, .len = 2 } };

        (void) state;
        tls_load(&spec, NULL, arena, diag);
        tls_dress(&spec, source, true);
        tls_dress(&spec, other, false);
        assert_string_equal(source->pinned_keys, PIN ";" PIN);
        assert_null(other->pinned_keys);
        assert_string_equal(source->client_key, "/c");
        assert_string_equal(other->client_certificate, "/c");
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_findings), cmocka_unit_test(test_dress) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of base/certificate.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/certificate.h"

/* notAfter=Mar  3 13:10:56 2050 GMT, of a P-256 key that nobody has. */
static const char pem[] =
        "-----BEGIN CERTIFICATE-----\n"
        "MIIBdjCCAR2gAwIBAgIUcPN4Ndm7DfE+2TQXnFFpxwL4FuMwCgYIKoZIzj0EAwIw\n"
        "EDEOMAwGA1UEAwwFa2hhY2gwIBcNMjYxMTI0MTMxMDU2WhgPMjA1MDAzMDMxMzEw\n"
        "NTZaMBAxDjAMBgNVBAMMBWtoYWNoMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
        "FKYglQzxKmNL8gfmIwz4XnItGXZrBSMVc6Ch8eBScIrwYWoIWKTyXSZ9XBsOEGqY\n"
        "Hf9Shd/ivMP2vS36gaiIwaNTMFEwHQYDVR0OBBYEFLsNTJuCEBfrzcuW/bEp8/kA\n"
        "qLZvMB8GA1UdIwQYMBaAFLsNTJuCEBfrzcuW/bEp8/kAqLZvMA8GA1UdEwEB/wQF\n"
        "MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgCYYFR3SVS3w4gCPUwMnmBpDbho9gBIUi\n"
        "AallCfezK7UCIBZ+Nmtq6NIzBSttl8lkiwnzinukn84tAhNqeoJoqlnL\n"
        "-----END CERTIFICATE-----\n";

/* The last moment is that of the first certificate, whatever stands before it and behind it; what is no certificate has none. */
static void test_until(void **state) {
        _cleanup_(text_done) Text more = TEXT_INIT(1 << 16);

        (void) state;
        assert_int_equal(certificate_until(bytes_of(pem)), UINT64_C(2529925856) * USEC_SEC);
        (void) text_printf(&more, "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n%srubbish", pem);
        assert_int_equal(certificate_until(text_bytes(&more)), UINT64_C(2529925856) * USEC_SEC);
        assert_int_equal(certificate_until(BYTES_LIT("")), 0);
        assert_int_equal(certificate_until(BYTES_LIT("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")), 0);
        assert_int_equal(certificate_until((Bytes){ pem, 200 }), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_until),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

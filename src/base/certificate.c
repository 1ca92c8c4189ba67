/* X.509 certificates: read with OpenSSL. */

#include <limits.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/certificate.h"

/* Days and seconds are of one sign (ASN1_TIME_diff(3)). */
static usec_t until_of(const X509 *certificate) {
        ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
        int days, seconds, ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate));

        ASN1_TIME_free(epoch);
        return ok && days >= 0 && seconds >= 0 ? (usec_t) days * USEC_DAY + (usec_t) seconds * USEC_SEC : 0;
}

usec_t certificate_until(Bytes pem) {
        BIO *bio = pem.len <= INT_MAX ? BIO_new_mem_buf(pem.data, (int) pem.len) : NULL;
        X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
        usec_t until = certificate ? until_of(certificate) : 0;

        X509_free(certificate);
        (void) BIO_free(bio);
        return until;
}

/* The end of a server's certificate, out of the list of words that curl makes of it. */

#include <string.h>

#include <curl/curl.h>

#include "fetch/curl_certificate.h"
#include "fetch/message.h"

/* With a weekday before it, curl's date is one of those of RFC 9110. */
usec_t curl_certificate_line(const char *text) {
        static const char prefix[] = "Expire date:", suffix[] = " GMT";
        _cleanup_(text_done) Text date = TEXT_INIT(64);
        Bytes line = bytes_of(text);
        int64_t at;

        if (!bytes_starts(line, prefix) || !bytes_ends(line, suffix))
                return 0;
        (void) text_printf(&date, "Mon %.*s", (int) (line.len - strlen(prefix) - strlen(suffix)),
                        line.data + strlen(prefix));
        return http_date_parse(text_bytes(&date), &at) == 0 && at > 0 ? (usec_t) at * USEC_SEC : 0;
}

usec_t curl_certificate_until(void *easy) {
        struct curl_certinfo *info = NULL;
        usec_t at = 0;

        if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info || info->num_of_certs < 1)
                return 0;
        for (const struct curl_slist *i = info->certinfo[0]; i && !at; i = i->next)
                at = curl_certificate_line(i->data);
        return at;
}

/* What went wrong with a transfer, in words that name the cause and the option that bounds it. */

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "fetch/curl_story.h"

static TransferOutcome say_connect(const CurlStory *t, const char *host) {
        long error = 0;

        if (t->is_address_refused)
                return reception_say(t->in, TRANSFER_E_FORBIDDEN,
                                "\"%.100s\" has the address %s, which is not in \"allowed_networks\"", host,
                                t->peer);
        (void) curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
        if (error == ECONNREFUSED)
                return reception_say(t->in, TRANSFER_E_CONNECT, "connection refused by %s (\"%.100s\")", t->peer,
                                t->proxy ? t->proxy : host);
        return reception_say(t->in, TRANSFER_E_CONNECT, "no connection to %s (\"%.100s\"): %s", t->peer,
                        host, error ? strerror((int) error) : t->words);
}

static TransferOutcome say_timeout(const CurlStory *t, const char *host) {
        const TransferLimits *l = &t->in->limits;
        bool is_total = l->total_timeout <= l->connect_timeout;
        usec_t ms = (is_total ? l->total_timeout : l->connect_timeout) / USEC_MSEC;
        const char *bound = is_total ? "total_timeout" : "connect_timeout";
        curl_off_t name = 0, sent = 0;

        (void) curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &name);
        (void) curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
        if (sent > 0)
                return reception_say(t->in, TRANSFER_E_TIMEOUT,
                                "\"%.100s\" had not answered completely after %" PRIu64
                                " ms (\"total_timeout\"); %" PRIu64 " bytes came",
                                host, l->total_timeout / USEC_MSEC, t->in->size);
        if (name == 0)
                return reception_say(t->in, TRANSFER_E_TIMEOUT,
                                "the address of \"%.100s\" was not found within %" PRIu64 " ms (\"%s\")",
                                host, ms, bound);
        return reception_say(t->in, TRANSFER_E_TIMEOUT,
                        "no connection to %s (\"%.100s\") within %" PRIu64 " ms (\"%s\")", t->peer, host,
                        ms, bound);
}

/* curl's words without its own prefix. */
static const char *tls_reason(const CurlStory *t) {
        static const char prefix[] = "SSL certificate problem: ";

        return strncmp(t->words, prefix, sizeof(prefix) - 1) == 0 ? t->words + sizeof(prefix) - 1
                                                                       : t->words;
}

static TransferOutcome say_tls(const CurlStory *t, CURLcode code, const char *host) {
        switch (code) {
        case CURLE_PEER_FAILED_VERIFICATION:
                return reception_say(t->in, TRANSFER_E_TLS,
                                "certificate of \"%.100s\" is not trusted: %.100s", host, tls_reason(t));
        case CURLE_SSL_CACERT_BADFILE:
                return reception_say(t->in, TRANSFER_E_TLS,
                                "the bundle of certificate authorities \"%.100s\" cannot be read",
                                t->ca_file);
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
                return reception_say(t->in, TRANSFER_E_TLS,
                                "the public key of \"%.80s\" is none of those under \"tls: pins:\": the source "
                                "has a new key, or somebody stands in between; nothing was sent",
                                host);
        case CURLE_SSL_CERTPROBLEM:
                return reception_say(t->in, TRANSFER_E_TLS,
                                "our client certificate or its key cannot be used: %.150s", t->words);
        default:
                break;
        }
        /* A connection that is torn down in the handshake may well succeed the next time. */
        if (strcasestr(t->words, "reset") || strcasestr(t->words, "SSL_ERROR_SYSCALL"))
                return reception_say(t->in, TRANSFER_E_CONNECT,
                                "\"%.100s\" (%s) broke off in the TLS handshake", host, t->peer);
        return reception_say(t->in, TRANSFER_E_TLS, "no TLS connection to \"%.100s\": %.120s", host,
                        t->words);
}

static TransferOutcome say_cut(const CurlStory *t, const char *host) {
        if (!t->in->has_first_byte)
                return reception_say(t->in, TRANSFER_E_CUT,
                                "\"%.100s\" closed the connection without an answer", host);
        return reception_say(t->in, TRANSFER_E_CUT,
                        "the connection to \"%.100s\" ended in the middle of the answer (%" PRIu64
                        " bytes came)",
                        host, t->in->size);
}

TransferOutcome curl_story_tell(const CurlStory *t, int code) {
        _cleanup_(text_done) Text host = TEXT_INIT(1024);

        reception_host(t->in, &host);
        switch ((CURLcode) code) {
        case CURLE_COULDNT_RESOLVE_HOST:
                return reception_say(
                                t->in, TRANSFER_E_NAME, "name \"%.150s\" has no address", text_str(&host));
        case CURLE_COULDNT_RESOLVE_PROXY:
                return reception_say(t->in, TRANSFER_E_NAME,
                                "the name of the proxy \"%.150s\" has no address", t->proxy);
        case CURLE_PROXY:
                return reception_say(t->in, TRANSFER_E_CONNECT, "the proxy refused: %.150s", t->words);
        case CURLE_COULDNT_CONNECT:
                return say_connect(t, text_str(&host));
        case CURLE_OPERATION_TIMEDOUT:
                return say_timeout(t, text_str(&host));
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_USE_SSL_FAILED:
                return say_tls(t, (CURLcode) code, text_str(&host));
        /* curl 7.88 says so of a header line that is longer than it takes. */
        case CURLE_OUT_OF_MEMORY:
                if (t->in->is_head_told)
                        break;
                return reception_say(t->in, TRANSFER_E_LIMIT,
                                "\"%.100s\" sent a header line of more than 100 KiB", text_str(&host));
        case CURLE_BAD_CONTENT_ENCODING:
                return reception_say(t->in, TRANSFER_E_PROTOCOL,
                                "the answer of \"%.100s\" cannot be unpacked: it is not compressed as its "
                                "Content-Encoding says, or damaged (%.80s)",
                                text_str(&host), t->words);
        case CURLE_RECV_ERROR:
                /* tinyproxy says 401 of a wrong login. */
                if (strcasestr(t->words, "CONNECT tunnel failed") &&
                                (strstr(t->words, "407") || strstr(t->words, "401")))
                        return reception_say(t->in, TRANSFER_E_CONNECT,
                                        "the proxy \"%.100s\" wants a login, or refuses the one it got: see \"http: "
                                        "proxy_user\" and \"proxy_password\"", t->proxy);
                if (strcasestr(t->words, "CONNECT tunnel failed") || strcasestr(t->words, "from proxy"))
                        return reception_say(t->in, TRANSFER_E_CONNECT,
                                        "the proxy \"%.100s\" gives no way to \"%.80s\": %.80s", t->proxy,
                                        text_str(&host), t->words);
                if (strcasestr(t->words, "chunk"))
                        return reception_say(t->in, TRANSFER_E_PROTOCOL,
                                        "\"%.100s\" does not speak HTTP properly: %.120s", text_str(&host),
                                        t->words);
                return say_cut(t, text_str(&host));
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_SEND_ERROR:
        case CURLE_HTTP2_STREAM:
                return say_cut(t, text_str(&host));
        case CURLE_TOO_MANY_REDIRECTS:
                return reception_say(t->in, TRANSFER_E_LIMIT, "more than %u redirects (\"max_redirects\")",
                                t->in->limits.max_redirects);
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_HTTP2:
                return reception_say(t->in, TRANSFER_E_PROTOCOL,
                                "\"%.100s\" does not speak HTTP properly: %.120s", text_str(&host),
                                t->words[0] ? t->words : curl_easy_strerror((CURLcode) code));
        default:
                break;
        }
        return reception_say(t->in, TRANSFER_E_PROTOCOL, "the transfer from \"%.100s\" failed: %.120s",
                        text_str(&host), t->words[0] ? t->words : curl_easy_strerror((CURLcode) code));
}

/* The options of the transport, without the library. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "fetch/curl.h"
#include "fetch/network.h"

static const char *const proxy_words[] = { "basic", "digest", NULL };
static const char *const tls_words[] = { "1.2", "1.3", NULL };

const ConfField curl_fields[] = {
        FIELD(CurlSpec, ca_file, CONF_NONEMPTY, "/etc/ssl/certs/ca-certificates.crt",
              "Bundle of trusted certificate authorities (PEM)."),
        FIELD(CurlSpec, proxy, 0, NULL, "Proxy URL; none when absent. The environment is not consulted."),
        FIELD(CurlSpec, proxy_user, CONF_NONEMPTY, NULL, "User name at the proxy, where it wants a login."),
        FIELD(CurlSpec, proxy_password, 0, NULL,
              "Where the password at the proxy is read from; it is read anew for each request, so a changed one "
              "counts at once."),
        FIELD_WORD(CurlSpec, proxy_auth, 0, "basic", proxy_words, "How the login at the proxy is sent."),
        FIELD(CurlSpec, allowed_networks, 0, NULL,
              "Address ranges that may be connected to (of the proxy, where there is one); any "
              "when absent."),
        FIELD_RANGE(CurlSpec, max_connections, 0, "64", 1, 4096, "Connections to all hosts together."),
        FIELD_WORD(CurlSpec, tls_min, 0, "1.2", tls_words, "Oldest TLS version accepted."),
        {}
};

void curl_verify(const CurlSpec *spec, const ConfNode *at, Diag *diag) {
        _cleanup_(text_done) Text origin = TEXT_INIT(1024);
        Network n;

        for (size_t i = 0; i < spec->allowed_networks.len; i++)
                if (network_parse(spec->allowed_networks.items[i], &n) < 0)
                        diag_error(diag, spec->allowed_networks.nodes ? spec->allowed_networks.nodes[i] : at,
                                        "%s", err_story(-EINVAL));
        if (spec->proxy && *spec->proxy && url_origin(spec->proxy, &origin) < 0)
                diag_error(diag, conf_child(at, "proxy"), "%s%s", err_story(-EINVAL),
                                strchr(spec->proxy, '@') ? "; a login at the proxy goes under \"proxy_user\" and "
                                                           "\"proxy_password\"" : "");
        if ((spec->proxy_user != NULL) != (spec->proxy_password.node != NULL))
                diag_error(diag, spec->proxy_user ? conf_child(at, "proxy_user") : spec->proxy_password.node,
                                "\"proxy_user\" and \"proxy_password\" go together");
        else if (spec->proxy_user && !(spec->proxy && *spec->proxy))
                diag_error(diag, conf_child(at, "proxy_user"), "there is no \"proxy\" to log in at");
}

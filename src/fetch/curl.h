/* Transport on curl multi and the event loop. curl's sockets live in one epoll instance of their own; that
 * descriptor and one timer are all the loop sees (ruling R18). */
#pragma once

#include "config/diag.h"
#include "config/field.h"
#include "fetch/transport.h"

struct sd_event;

typedef struct CurlSpec {
        char *ca_file;                  /* one bundle; default /etc/ssl/certs/ca-certificates.crt */
        char *proxy;                    /* "" or NULL: none; the environment is not consulted */
        char *proxy_user;               /* NULL: no login at the proxy */
        ConfSecret proxy_password;      /* read for each transfer, so a changed one counts at once */
        int proxy_auth;                 /* words basic, digest */
        ConfStrings allowed_networks;   /* CIDR; empty: any. The connected address is checked */
        unsigned max_connections;
        int tls_min;                    /* words "1.2", "1.3" */
} CurlSpec;

extern const ConfField curl_fields[];
void curl_verify(const CurlSpec *spec, const ConfNode *at, Diag *diag);

/* The clocks are the loop's. 0 or -errno. Free it when no fetch is left, and before the loop. */
int curl_transport_new(Transport **ret, const CurlSpec *spec, struct sd_event *event);

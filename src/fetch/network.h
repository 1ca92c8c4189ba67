/* Address ranges (CIDR) that the program may connect to. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "base/bytes.h"

typedef struct Network {
        unsigned char address[16];      /* IPv4 as ::ffff:a.b.c.d */
        unsigned bits;                  /* of the 128 */
} Network;

/* "10.0.0.0/8", "2001:db8::/32", a bare address means itself. 0, or -EINVAL with a note. */
int network_parse(const char *text, Network *ret);
/* False for other families than IPv4 and IPv6. */
bool network_contains(const Network *n, const struct sockaddr *address);
/* "127.0.0.1:8080", "[::1]:8080". */
void network_render(const struct sockaddr *address, Text *ret);

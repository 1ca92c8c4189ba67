/* Address ranges (CIDR) that the program may connect to. */

#include "fetch/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>

#include "base/err.h"
#include "base/num.h"

static const unsigned char mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

int network_parse(const char *text, Network *ret) {
        size_t len = strcspn(text, "/");
        _free_ char *address = xstrndup(text, len);
        Network n = {};
        uint64_t bits, max = 128;

        if (inet_pton(AF_INET, address, n.address + 12) == 1) {
                memcpy(n.address, mapped_prefix, sizeof(mapped_prefix));
                max = 32;
        } else if (inet_pton(AF_INET6, address, n.address) != 1) {
                return err(-EINVAL, "\"%s\" is not an address range such as 10.0.0.0/8 or 2001:db8::/32",
                                text);
        }
        bits = max;
        if (text[len] == '/' && (num_parse_u64(bytes_of(text + len + 1), &bits) < 0 || bits > max))
                return err(-EINVAL, "\"%s\": the number behind the slash must be from 0 to %" PRIu64, text,
                                max);
        n.bits = (unsigned) (128 - max + bits);
        *ret = n;
        return 0;
}

static bool address_bytes(const struct sockaddr *address, unsigned char ret[16]) {
        if (address->sa_family == AF_INET) {
                struct sockaddr_in in;

                memcpy(&in, address, sizeof(in));
                memcpy(ret, mapped_prefix, sizeof(mapped_prefix));
                memcpy(ret + 12, &in.sin_addr, 4);
                return true;
        }
        if (address->sa_family == AF_INET6) {
                struct sockaddr_in6 in6;

                memcpy(&in6, address, sizeof(in6));
                memcpy(ret, &in6.sin6_addr, 16);
                return true;
        }
        return false;
}

bool network_contains(const Network *n, const struct sockaddr *address) {
        unsigned char a[16];
        unsigned whole = n->bits / 8, rest = n->bits % 8;

        if (!address_bytes(address, a) || memcmp(a, n->address, whole) != 0)
                return false;
        return rest == 0 || (a[whole] ^ n->address[whole]) >> (8 - rest) == 0;
}

void network_render(const struct sockaddr *address, Text *ret) {
        char text[INET6_ADDRSTRLEN] = "";

        if (address->sa_family == AF_INET) {
                struct sockaddr_in in;

                memcpy(&in, address, sizeof(in));
                (void) inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
                (void) text_printf(ret, "%s:%u", text, ntohs(in.sin_port));
        } else if (address->sa_family == AF_INET6) {
                struct sockaddr_in6 in6;

                memcpy(&in6, address, sizeof(in6));
                (void) inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
                (void) text_printf(ret, "[%s]:%u", text, ntohs(in6.sin6_port));
        }
}

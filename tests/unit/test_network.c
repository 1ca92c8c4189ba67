/* Tests of fetch/network.c. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "fetch_util.h"
#include "fetch/network.h"

static void set_address(const char *text, struct sockaddr_storage *ret) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(8080) };
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(8080) };

        if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
                memcpy(ret, &in, sizeof(in));
        } else {
                assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
                memcpy(ret, &in6, sizeof(in6));
        }
}

/* An address lies in a range exactly when the leading bits agree; an IPv4 address in IPv6 clothes is the
 * IPv4 address. */
static void test_contains(void **state) {
        static const struct {
                const char *network, *address;
                bool expected;
        } cases[] = {
                { "10.0.0.0/8", "10.255.0.1", true },
                { "10.0.0.0/8", "11.0.0.1", false },
                { "10.0.0.0/9", "10.127.255.255", true },
                { "10.0.0.0/9", "10.128.0.0", false },
                { "127.0.0.1", "127.0.0.1", true },
                { "127.0.0.1", "127.0.0.2", false },
                { "0.0.0.0/0", "8.8.8.8", true },
                { "0.0.0.0/0", "2001:db8::1", false },
                { "::/0", "8.8.8.8", true },
                { "10.0.0.0/8", "::ffff:10.1.2.3", true },
                { "2001:db8::/32", "2001:db8:ffff::1", true },
                { "2001:db8::/33", "2001:db8:8000::1", false },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                struct sockaddr_storage a;
                Network n;

                assert_int_equal(network_parse(cases[i].network, &n), 0);
                set_address(cases[i].address, &a);
                assert_int_equal(network_contains(&n, (const struct sockaddr *) &a), cases[i].expected);
        }
}

/* What is no range is refused, and other families lie in none. */
static void test_refused(void **state) {
        static const char *const bad[] = { "", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129",
                "example.gov.vn", "10.0.0/8" };
        struct sockaddr other = { .sa_family = AF_UNIX };
        Network n;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_int_equal(network_parse(bad[i], &n), -EINVAL);
        assert_int_equal(network_parse("::/0", &n), 0);
        assert_false(network_contains(&n, &other));
}

/* Addresses read as people write them. */
static void test_render(void **state) {
        _cleanup_(text_done) Text t = TEXT_INIT(128);
        struct sockaddr_storage a;

        (void) state;
        set_address("127.0.0.1", &a);
        network_render((const struct sockaddr *) &a, &t);
        (void) text_add_char(&t, ' ');
        set_address("::1", &a);
        network_render((const struct sockaddr *) &a, &t);
        assert_text(t, "127.0.0.1:8080 [::1]:8080");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_contains),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_render),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

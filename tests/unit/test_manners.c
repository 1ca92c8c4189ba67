/* Tests of fetch/manners.c. */

#include "fetch_util.h"
#include "fetch/manners.h"

static const MannersSpec calm = {
        .rate = 60, .parallel = 2, .attempts = 4, .backoff_min = USEC_SEC, .backoff_max = USEC_MINUTE, .retry_after_max = USEC_HOUR,
        .breaker_failures = 3, .breaker_pause = USEC_MINUTE,
};

/* Within any minute no more requests begin than the rate allows, however often it is asked. */
static void test_rate(void **state) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        MannersSpec spec = calm;
        unsigned n = 0;
        Host *h;

        (void) state;
        spec.parallel = 0;
        h = hosts_get(hosts, "http://a:80", &spec);
        for (usec_t now = USEC_SEC; now < 61 * USEC_SEC; now += 10 * USEC_MSEC)
                if (host_take(h, now) == 0) {
                        n++;
                        host_done(h, now, false);
                }
        assert_int_equal(n, 60);
        assert_true(host_take(h, 61 * USEC_SEC - 10 * USEC_MSEC) >=
                        61 * USEC_SEC - 10 * USEC_MSEC + USEC_MSEC);
}

/* No more requests are under way than the parallel budget, and one that ends makes room. */
static void test_parallel(void **state) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        MannersSpec spec = calm;
        Host *h;

        (void) state;
        spec.rate = 0;
        h = hosts_get(hosts, "http://a:80", &spec);
        assert_true(host_take(h, 1) == 0);
        assert_true(host_take(h, 1) == 0);
        assert_true(host_take(h, 1) == USEC_NEVER);
        host_done(h, 2, false);
        assert_true(host_take(h, 2) == 0);
        host_give_back(h, 3);
        assert_true(host_take(h, 3) == 0);
}

/* A pause that one connector was told counts for all. */
static void test_pause(void **state) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        Host *h = hosts_get(hosts, "http://a:80", &calm);

        (void) state;
        host_pause(h, 10 * USEC_SEC);
        host_pause(h, 5 * USEC_SEC);
        assert_ptr_equal(hosts_get(hosts, "http://a:80", &calm), h);
        assert_true(host_take(h, USEC_SEC) == 10 * USEC_SEC);
        assert_true(host_take(h, 10 * USEC_SEC) == 0);
}

/* Failures in a row open the circuit; after the pause one probe decides; each further pause doubles up to
 * an hour; success resets all. */
static void test_breaker(void **state) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        usec_t now = USEC_SEC, pause = USEC_MINUTE;
        MannersSpec spec = calm;
        Host *h;

        (void) state;
        spec.rate = 0;
        h = hosts_get(hosts, "http://a:80", &spec);
        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(host_breaker(h), BREAKER_CLOSED);
                assert_true(host_take(h, now) == 0);
                host_done(h, now, true);
        }
        for (unsigned round = 0; round < 8; round++) {
                assert_int_equal(host_breaker(h), BREAKER_OPEN);
                assert_true(host_take(h, now) == now + pause);
                assert_true(host_breaker_until(h) == now + pause);
                now += pause;
                pause = pause * 2 < USEC_HOUR ? pause * 2 : USEC_HOUR;
                assert_true(host_take(h, now) == 0);
                assert_int_equal(host_breaker(h), BREAKER_PROBING);
                assert_true(host_take(h, now) == USEC_NEVER);
                if (round < 7)
                        host_done(h, now, true);
        }
        host_done(h, now, false);
        assert_int_equal(host_breaker(h), BREAKER_CLOSED);
        assert_true(host_take(h, now) == 0);
        host_done(h, now, true);
        assert_int_equal(host_breaker(h), BREAKER_CLOSED);
        assert_string_equal(breaker_state_name(BREAKER_PROBING), "probing");
}

/* A probe that was cancelled leaves the question open, and the next one may probe at once. */
static void test_cancelled_probe(void **state) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        MannersSpec spec = calm;
        Host *h;

        (void) state;
        spec.rate = 0;
        spec.breaker_failures = 1;
        h = hosts_get(hosts, "http://a:80", &spec);
        assert_true(host_take(h, 1) == 0);
        host_done(h, 1, true);
        assert_true(host_take(h, 1 + USEC_MINUTE) == 0);
        host_give_back(h, 2 + USEC_MINUTE);
        assert_int_equal(host_breaker(h), BREAKER_OPEN);
        assert_true(host_take(h, 2 + USEC_MINUTE) == 0);
        assert_int_equal(host_breaker(h), BREAKER_PROBING);
}

/* An answer to a request that began before the circuit opened does not close it. */
static void test_late_success(void **state) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        MannersSpec spec = calm;
        Host *h;

        (void) state;
        spec.rate = 0;
        spec.breaker_failures = 1;
        h = hosts_get(hosts, "http://a:80", &spec);
        assert_true(host_take(h, 1) == 0);
        assert_true(host_take(h, 1) == 0);
        host_done(h, 1, true);
        host_done(h, 2, false);
        assert_int_equal(host_breaker(h), BREAKER_OPEN);
}

/* What a load of the configuration states holds for whoever asks, until the next load, which may allow more. */
static void test_stated(void **state) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        MannersSpec loose = { .rate = 0, .parallel = 8 }, tight = { .rate = 0, .parallel = 1 };
        Host *h;

        (void) state;
        hosts_state(hosts, "http://a:80", &loose);
        hosts_state(hosts, "http://a:80", &tight);
        h = hosts_get(hosts, "http://a:80", &loose);
        assert_true(host_take(h, 1) == 0);
        assert_true(host_take(h, 1) == USEC_NEVER);
        hosts_restate(hosts);
        hosts_state(hosts, "http://a:80", &loose);
        assert_ptr_equal(hosts_get(hosts, "http://a:80", &tight), h);
        for (unsigned i = 1; i < 8; i++)
                assert_true(host_take(h, 2) == 0);
        assert_true(host_take(h, 2) == USEC_NEVER);
        /* A host that no connector names any more is whoever's asks next. */
        hosts_restate(hosts);
        (void) hosts_get(hosts, "http://a:80", &tight);
        for (unsigned i = 0; i < 8; i++)
                host_done(h, 3, false);
        assert_true(host_take(h, 3) == 0);
        assert_true(host_take(h, 3) == USEC_NEVER);
}

/* Two connectors that state different manners for one host get the stricter of each; 0 means no limit and
 * gives way. */
static void test_stricter(void **state) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        MannersSpec loose = { .rate = 0, .parallel = 8 }, tight = { .rate = 6, .parallel = 1 };
        const Host *seen;
        size_t i = 0;
        Host *h;

        (void) state;
        h = hosts_get(hosts, "http://a:80", &loose);
        (void) hosts_get(hosts, "http://a:80", &tight);
        (void) hosts_get(hosts, "http://a:80", &loose);
        assert_true(host_take(h, USEC_SEC) == 0);
        assert_true(host_take(h, USEC_SEC) == USEC_NEVER);
        host_done(h, USEC_SEC, false);
        assert_true(host_take(h, USEC_SEC) == 11 * USEC_SEC);
        assert_true(hosts_walk(hosts, &i, &seen));
        assert_string_equal(host_origin(seen), "http://a:80");
        assert_false(hosts_walk(hosts, &i, &seen));
}

/* The delay lies between the least one and a bound that doubles with each attempt up to the greatest. */
static void test_backoff(void **state) {
        static const uint64_t draws[] = { 0, 1, 12345678901234567u, UINT64_MAX };

        (void) state;
        for (unsigned attempt = 0; attempt < 70; attempt++)
                for (size_t i = 0; i < ELEMENTS(draws); i++) {
                        usec_t upper = attempt < 6 ? USEC_SEC << attempt : USEC_MINUTE,
                               d = backoff_delay(&calm, attempt, draws[i]);

                        assert_true(d >= USEC_SEC && d <= (upper < USEC_MINUTE ? upper : USEC_MINUTE));
                }
        assert_true(backoff_delay(&calm, 10, 59 * USEC_SEC) == USEC_MINUTE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rate),
                cmocka_unit_test(test_parallel),
                cmocka_unit_test(test_pause),
                cmocka_unit_test(test_breaker),
                cmocka_unit_test(test_cancelled_probe),
                cmocka_unit_test(test_late_success),
                cmocka_unit_test(test_stricter),
                cmocka_unit_test(test_stated),
                cmocka_unit_test(test_backoff),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Manners towards one host. Pure: rate by even spacing (no bursts, so the source never sees more than agreed
 * in any minute), parallel budget, circuit breaker.
 *
 *   CLOSED ── failures in a row ──▶ OPEN ── pause over, next who asks ──▶ PROBING ──┬─ good ──▶ CLOSED
 *                                    ▲                                              │
 *                                    └───────────── failed: pause doubled ──────────┘
 */

#include <stdio.h>

#include "fetch/manners.h"

#include "base/cleanup.h"

#define WAIT_FLOOR USEC_MSEC
#define BREAKER_PAUSE_MAX USEC_HOUR

struct Host {
        char *origin;
        MannersSpec spec;
        bool is_unstated;       /* the next one who states a budget replaces this one */
        bool is_fixed;          /* until the next load */
        unsigned n_under_way;
        usec_t next_at;         /* of the rate */
        usec_t paused_until;    /* Retry-After */
        BreakerState breaker;
        unsigned n_failures;    /* in a row */
        usec_t breaker_until;   /* OPEN */
        usec_t breaker_pause;
        char why[200];          /* of the last failure */
        usec_t certificate_until;
};

struct Hosts {
        Map *map;
};

static void *host_free(void *value) {
        Host *h = value;

        xfree(h->origin);
        return xfree(h);
}

Hosts *hosts_new(void) {
        Hosts *h = NEW(Hosts);

        h->map = map_new(host_free);
        return h;
}

Hosts *hosts_free(Hosts *h) {
        if (!h)
                return NULL;
        map_free(h->map);
        return xfree(h);
}

/* 0 means no limit, so it gives way. */
static unsigned lower_limit(unsigned a, unsigned b) {
        if (a == 0 || b == 0)
                return a ? a : b;
        return a < b ? a : b;
}

static Host *new_host(Hosts *h, const char *origin, const MannersSpec *spec) {
        Host *host = NEW(Host);

        host->origin = xstrdup(origin);
        host->spec = *spec;
        host->breaker_pause = spec->breaker_pause;
        (void) map_put(h->map, bytes_of(origin), host);
        return host;
}

static Host *merge(Host *host, const MannersSpec *spec) {
        if (host->is_unstated) {
                host->is_unstated = false;
                host->spec = *spec;
                return host;
        }
        host->spec.rate = lower_limit(host->spec.rate, spec->rate);
        host->spec.parallel = lower_limit(host->spec.parallel, spec->parallel);
        host->spec.breaker_failures = lower_limit(host->spec.breaker_failures, spec->breaker_failures);
        if (spec->breaker_pause > host->spec.breaker_pause)
                host->spec.breaker_pause = spec->breaker_pause;
        return host;
}

Host *hosts_get(Hosts *h, const char *origin, const MannersSpec *spec) {
        Host *host = map_get(h->map, bytes_of(origin));

        if (!host)
                return new_host(h, origin, spec);
        return host->is_fixed ? host : merge(host, spec);
}

void hosts_restate(Hosts *h) {
        Bytes key;
        void *value;

        for (size_t i = 0; map_walk(h->map, &i, &key, &value);) {
                Host *host = value;

                host->is_unstated = true;
                host->is_fixed = false;
        }
}

void hosts_state(Hosts *h, const char *origin, const MannersSpec *spec) {
        Host *host = map_get(h->map, bytes_of(origin));

        host = host ? merge(host, spec) : new_host(h, origin, spec);
        host->is_fixed = true;
}

bool hosts_walk(const Hosts *h, size_t *i, const Host **ret) {
        Bytes key;
        void *value;

        if (!map_walk(h->map, i, &key, &value))
                return false;
        *ret = value;
        return true;
}

/* The wait that the circuit demands: 0 none. An open circuit whose pause is over becomes PROBING by
 * host_take. */
static usec_t breaker_wait(const Host *h, usec_t now) {
        if (h->breaker == BREAKER_OPEN && now < h->breaker_until)
                return h->breaker_until;
        if (h->breaker == BREAKER_PROBING)
                return USEC_NEVER;
        /* The first request after the pause goes alone. */
        if (h->breaker == BREAKER_OPEN && h->n_under_way > 0)
                return USEC_NEVER;
        return 0;
}

usec_t host_take(Host *h, usec_t now) {
        usec_t wait = breaker_wait(h, now);

        if (wait > 0)
                return wait == USEC_NEVER ? wait : wait < now + WAIT_FLOOR ? now + WAIT_FLOOR : wait;
        if (h->spec.parallel > 0 && h->n_under_way >= h->spec.parallel)
                return USEC_NEVER;
        wait = h->paused_until > h->next_at ? h->paused_until : h->next_at;
        if (wait > now)
                return wait < now + WAIT_FLOOR ? now + WAIT_FLOOR : wait;
        if (h->breaker == BREAKER_OPEN)
                h->breaker = BREAKER_PROBING;
        if (h->spec.rate > 0)
                h->next_at = now + USEC_MINUTE / h->spec.rate;
        h->n_under_way++;
        return 0;
}

static void open_circuit(Host *h, usec_t now) {
        h->breaker = BREAKER_OPEN;
        h->breaker_until = usec_add(now, h->breaker_pause);
        h->breaker_pause = h->breaker_pause * 2 < BREAKER_PAUSE_MAX ? h->breaker_pause * 2
                                                                    : BREAKER_PAUSE_MAX;
}

void host_done(Host *h, usec_t now, bool is_failure) {
        bool was_probing = h->breaker == BREAKER_PROBING;

        if (h->n_under_way > 0)
                h->n_under_way--;
        if (!is_failure) {
                /* Requests that began before the circuit opened say nothing about the pause; only the
                 * probe closes it. */
                if (h->breaker == BREAKER_OPEN)
                        return;
                h->n_failures = 0;
                h->breaker = BREAKER_CLOSED;
                h->breaker_pause = h->spec.breaker_pause;
                return;
        }
        h->n_failures++;
        if (was_probing || (h->breaker == BREAKER_CLOSED && h->spec.breaker_failures > 0 &&
                                           h->n_failures >= h->spec.breaker_failures))
                open_circuit(h, now);
}

void host_give_back(Host *h, usec_t now) {
        if (h->n_under_way > 0)
                h->n_under_way--;
        if (h->breaker == BREAKER_PROBING) {
                h->breaker = BREAKER_OPEN;
                h->breaker_until = now;
        }
}

void host_pause(Host *h, usec_t until) {
        if (until > h->paused_until)
                h->paused_until = until;
}

void host_tell(Host *h, const char *why) {
        (void) snprintf(h->why, sizeof(h->why), "%.199s", why);
}

const char *host_why(const Host *h) {
        return h->why;
}

void host_tell_certificate(Host *h, usec_t until) {
        h->certificate_until = until;
}

usec_t host_certificate_until(const Host *h) {
        return h->certificate_until;
}

const char *host_origin(const Host *h) {
        return h->origin;
}

BreakerState host_breaker(const Host *h) {
        return h->breaker;
}

usec_t host_breaker_until(const Host *h) {
        return h->breaker == BREAKER_OPEN ? h->breaker_until : 0;
}

const char *breaker_state_name(BreakerState s) {
        static const char *const names[] = { "closed", "open", "probing" };

        return names[s];
}

usec_t backoff_delay(const MannersSpec *spec, unsigned attempt, uint64_t random) {
        usec_t upper = spec->backoff_min;

        for (unsigned i = 0; i < attempt && upper < spec->backoff_max; i++)
                upper = upper > USEC_NEVER / 2 ? spec->backoff_max : upper * 2;
        if (upper > spec->backoff_max)
                upper = spec->backoff_max;
        if (upper <= spec->backoff_min)
                return spec->backoff_min;
        return spec->backoff_min + random % (upper - spec->backoff_min + 1);
}

/* Manners towards one host, shared by all connectors that use it: rate and parallel budget, circuit
 * breaker, published state. */
#pragma once

#include "base/map.h"
#include "base/usec.h"

typedef struct MannersSpec {
        unsigned rate;          /* requests a minute; 0: no limit */
        unsigned parallel;      /* requests under way at once */
        unsigned attempts;      /* tries of one request in all */
        usec_t backoff_min, backoff_max;        /* full jitter between these */
        usec_t retry_after_max; /* cap on Retry-After */
        unsigned breaker_failures;      /* failures in a row that open the circuit; 0: never */
        usec_t breaker_pause;   /* first pause; doubles up to an hour */
} MannersSpec;

typedef enum BreakerState {
        BREAKER_CLOSED,
        BREAKER_OPEN,
        BREAKER_PROBING,
} BreakerState;

typedef struct Host Host;
typedef struct Hosts Hosts;     /* all hosts, by origin */

Hosts *hosts_new(void);
Hosts *hosts_free(Hosts *h);
DEFINE_CLEANUP(Hosts *, hosts_free)
/* The stricter of both when two connectors state different manners for one origin. Borrowed; lives as long
 * as hosts. */
Host *hosts_get(Hosts *h, const char *origin, const MannersSpec *spec);
/* At each load of the configuration: budgets are stated anew, and then each connector's for its own host, the
 * stricter over the other. From then on hosts_get() changes none of these: neither does the first request come
 * before the strictest of 500 connectors was heard, nor does a run of the time before hold the old budget up. */
void hosts_restate(Hosts *h);
void hosts_state(Hosts *h, const char *origin, const MannersSpec *spec);
bool hosts_walk(const Hosts *h, size_t *i, const Host **ret);

/* now is monotonic. 0: go (counts as under way until host_done); otherwise the instant before which asking
 * again is useless (floor 1 ms); USEC_NEVER: wait until somebody calls host_done. */
usec_t host_take(Host *h, usec_t now);
void host_done(Host *h, usec_t now, bool is_failure);   /* is_failure: connection, timeout, 5xx; not 4xx */
/* instead of host_done: nothing was learned (cancelled) */
void host_give_back(Host *h, usec_t now);
void host_pause(Host *h, usec_t until);                 /* Retry-After counts for everybody */

/* Why it failed last, for those who are turned away while the circuit is open; "" when nobody told. */
void host_tell(Host *h, const char *why);
const char *host_why(const Host *h);

/* Last moment of the certificate that the host showed last, wall clock; 0: none was seen. */
void host_tell_certificate(Host *h, usec_t until);
usec_t host_certificate_until(const Host *h);

const char *host_origin(const Host *h);
BreakerState host_breaker(const Host *h);
usec_t host_breaker_until(const Host *h);
const char *breaker_state_name(BreakerState s);         /* "closed", "open", "probing" */

/* Full jitter: random between min and min(max, min * 2^attempt); random is 64 random bits (pure). */
usec_t backoff_delay(const MannersSpec *spec, unsigned attempt, uint64_t random);

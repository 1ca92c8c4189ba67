/* Logout: ends the sessions that this program began at sources, when it stops or a configuration goes. Within the budget of the host, without a second try: a source ends what nobody ends. */
#pragma once

#include "connector.h"

typedef struct Logouts Logouts;

Logouts *logouts_new(Hosts *hosts, Transport *transport);
Logouts *logouts_free(Logouts *l);      /* cancels what is under way */
DEFINE_CLEANUP(Logouts *, logouts_free)

/* Nothing happens for kinds without sessions, and without one. The session counts as ended from here on. What is needed of the connector is copied. */
void logouts_add(Logouts *l, const ConnectorSpec *connector, Auth *auth, usec_t now_real);
/* Sends what the budgets allow. */
void logouts_step(Logouts *l, usec_t now_mono);
usec_t logouts_wake_at(const Logouts *l);       /* monotonic; USEC_NEVER: nothing but the network to wait for */
bool logouts_are_done(const Logouts *l);

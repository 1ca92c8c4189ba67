/* Generation: the setup of one load with the authentications of its connectors: what its runs need to the end. */
#pragma once

#include "connector.h"
#include "logout.h"
#include "setup.h"

typedef struct Generation Generation;

/* before: the generation whose place this one takes; NULL: none. A connector that is the same in both goes on with the login it has, and shares it with the runs of the old one that are still under way;
 * the others begin without. Both setup and logouts are kept alive by the caller; of the setup an own reference is held. */
Generation *generation_new(Setup *setup, const Generation *before, Logouts *logouts);
Generation *generation_ref(Generation *g);
/* With the last reference to a login the session behind it is ended at the source. NULL is nothing. */
Generation *generation_unref(Generation *g, usec_t now_real);

Setup *generation_setup(const Generation *g);
Auth *generation_auth(const Generation *g, const Connector *c);         /* of a connector of its setup */
/* connector_credential_until(), looked at again each hour. */
usec_t generation_credential_until(const Generation *g, const Connector *c, usec_t now_real);
/* What its connectors state for their hosts, instead of what was stated before. */
void generation_state_budgets(const Generation *g, Hosts *hosts);
/* Ends the sessions of all its connectors; a run that begins later would log in again. */
void generation_log_out(const Generation *g, usec_t now_real);

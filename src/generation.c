/* Generation: counted logins, handed from one load of the configuration to the next where the connector is the same. */

#include <string.h>

#include "base/vec.h"
#include "generation.h"

/* What kinds of authentication know lies in the arena of a setup: the login keeps that of the newest generation that shares it. */
typedef struct Login {
        unsigned n_ref;
        Auth *auth;                     /* NULL: the kind could not be made */
        Setup *setup;
        const ConnectorSpec *spec;      /* of that setup */
        usec_t credential_until, looked_at;
} Login;

struct Generation {
        unsigned n_ref;
        Setup *setup;
        Login **logins;                 /* by connector */
        Logouts *logouts;
};

static Login *login_unref(Login *l, Logouts *logouts, usec_t now_real) {
        if (--l->n_ref)
                return NULL;
        logouts_add(logouts, l->spec, l->auth, now_real);
        l->auth = auth_free(l->auth);
        l->setup = setup_unref(l->setup);
        return xfree(l);
}

static Login *login_new(void) {
        Login *l = NEW(Login);

        l->n_ref = 1;
        return l;
}

static Login *login_of(const Generation *before, const Connector *c) {
        const Connector *old = before ? setup_find_connector(before->setup, c->spec->connector) : NULL;

        if (!old || !connector_is_same(old, c))
                return login_new();
        before->logins[old->index]->n_ref++;
        return before->logins[old->index];
}

Generation *generation_new(Setup *setup, const Generation *before, Logouts *logouts) {
        Generation *g = NEW(Generation);
        size_t n = setup_n_connectors(setup);

        g->n_ref = 1;
        g->logouts = logouts;
        g->setup = setup_ref(setup);
        g->logins = NEW_N(Login *, n + 1);
        for (size_t i = 0; i < n; i++) {
                const Connector *c = setup_connector(setup, i);
                Login *l = login_of(before, c);
                Setup *old = l->setup;

                l->setup = setup_ref(setup);
                l->spec = c->spec;
                l->looked_at = 0;
                if (l->auth)
                        auth_use(l->auth, &c->spec->auth);
                else
                        (void) auth_new(&l->auth, &c->spec->auth, c->spec->base_url);
                (void) setup_unref(old);
                g->logins[i] = l;
        }
        return g;
}

Generation *generation_ref(Generation *g) {
        g->n_ref++;
        return g;
}

Generation *generation_unref(Generation *g, usec_t now_real) {
        if (!g || --g->n_ref)
                return NULL;
        for (size_t i = 0; i < setup_n_connectors(g->setup); i++)
                g->logins[i] = login_unref(g->logins[i], g->logouts, now_real);
        (void) xfree(g->logins);
        g->setup = setup_unref(g->setup);
        return xfree(g);
}

Setup *generation_setup(const Generation *g) {
        return g->setup;
}

Auth *generation_auth(const Generation *g, const Connector *c) {
        return g->logins[c->index]->auth;
}

usec_t generation_credential_until(const Generation *g, const Connector *c, usec_t now_real) {
        Login *l = g->logins[c->index];

        if (!l->looked_at || now_real < l->looked_at || now_real >= l->looked_at + USEC_HOUR) {
                l->looked_at = now_real;
                l->credential_until = connector_credential_until(c);
        }
        return l->credential_until;
}

void generation_log_out(const Generation *g, usec_t now_real) {
        for (size_t i = 0; i < setup_n_connectors(g->setup); i++)
                logouts_add(g->logouts, g->logins[i]->spec, g->logins[i]->auth, now_real);
}

void generation_state_budgets(const Generation *g, Hosts *hosts) {
        hosts_restate(hosts);
        for (size_t i = 0; i < setup_n_connectors(g->setup); i++) {
                const ConnectorSpec *c = setup_connector(g->setup, i)->spec;
                _cleanup_(text_done) Text origin = TEXT_INIT(16 * 1024);

                if (url_origin(c->base_url, &origin) == 0)
                        hosts_state(hosts, text_str(&origin), &c->manners);
        }
}

/* Share: the wishes are all connectors, the group is their host: so a host's budget is kept by the one instance that asks it. */

#include "base/complain.h"
#include "base/log.h"
#include "base/map.h"
#include "share.h"
#include "store/lease.h"

enum { NAMES_MAX = 400 };

struct Share {
        Lease *lease;
        const Setup *setup;
        Poller *poller;
        Cursors *cursors;
        Map *named;                     /* connectors that the look under way has named */
        Text taken, given;
        usec_t now_real;
        Complain trouble;
};

static void add_name(Text *list, const char *name) {
        if (list->len + strlen(name) < NAMES_MAX)
                (void) text_printf(list, "%s%s", list->len ? ", " : "", name);
}

static void on_wishes(void *userdata, Lease *l) {
        Share *s = userdata;

        for (size_t i = 0; i < setup_n_connectors(s->setup); i++) {
                const ConnectorSpec *c = setup_connector(s->setup, i)->spec;
                _cleanup_(text_done) Text origin = TEXT_INIT(1024);

                if (!c->enabled)
                        continue;
                lease_wish(l, c->connector, url_origin(c->base_url, &origin) == 0 ? text_str(&origin) : c->connector, poller_is_busy(s->poller, c->connector));
        }
}

/* What this instance remembers of a connector that was another's is old: the database knows where its streams stand now. */
static void on_cursors(void *userdata, const PgReply *reply) {
        Share *s = userdata;

        for (size_t i = 0; i < reply->n_rows; i++)
                cursors_forget(s->cursors, pg_text(reply, i, 0));
        cursors_load(s->cursors, reply);
}

static void on_held(void *userdata, const char *connector, uint64_t fence, bool is_new) {
        Share *s = userdata;

        (void) map_put(s->named, bytes_of(connector), s);
        if (is_new || poller_held(s->poller, connector) != fence) {
                add_name(&s->taken, connector);
                poller_hold(s->poller, connector, fence);
        }
}

static void let_go(Share *s) {
        for (size_t i = 0; i < setup_n_connectors(s->setup); i++) {
                const char *name = setup_connector(s->setup, i)->spec->connector;

                if (!poller_held(s->poller, name) || map_has(s->named, bytes_of(name)))
                        continue;
                add_name(&s->given, name);
                poller_hold(s->poller, name, 0);
        }
}

static void on_looked(void *userdata) {
        Share *s = userdata;
        LeaseStats stats;
        usec_t since;
        uint64_t total;

        let_go(s);
        map_clear(s->named);
        lease_stats(s->lease, &stats);
        if (complain_over(&s->trouble, &since, &total))
                log_event(EV_SHARING_BACK, NULL, "connectors are shared again after %" PRIu64 " failures", total);
        if (s->taken.len || s->given.len)
                log_event(EV_CONNECTORS_SHARED, NULL, "this instance polls %zu connectors now%s%s%s%s", stats.n_held, s->taken.len ? "; taken: " : "", text_str(&s->taken),
                          s->given.len ? "; given away: " : "", text_str(&s->given));
        text_clear(&s->taken);
        text_clear(&s->given);
}

static void on_trouble(void *userdata, const Failure *f) {
        Share *s = userdata;
        LogScope scope = { .sqlstate = f->sqlstate[0] ? f->sqlstate : NULL };
        uint64_t n;

        if (complain_failed(&s->trouble, s->now_real, &n))
                log_event(EV_SHARING_FAILED, &scope, "%s; what this instance held is polled on, nothing is taken over", f->story);
}

static const LeaseEvents lease_events = {
        .wishes = on_wishes,
        .cursors = on_cursors,
        .held = on_held,
        .looked = on_looked,
        .trouble = on_trouble,
};

int share_new(Share **ret, const Setup *setup, const Spool *spool, Poller *poller, Cursors *cursors, struct sd_event *event) {
        const WriterSpec *database = &setup_main(setup)->database;
        Share *s = NEW(Share);
        int r;

        s->setup = setup;
        s->poller = poller;
        s->cursors = cursors;
        s->named = map_new(NULL);
        s->taken = TEXT_INIT(NAMES_MAX);
        s->given = TEXT_INIT(NAMES_MAX);
        r = lease_new(&s->lease, database->session_conninfo ? database->session_conninfo : database->conninfo, setup_instance(setup), spool_id(spool), event, &lease_events, s);
        if (r < 0) {
                (void) share_free(s);
                return r;
        }
        poller_share(poller, true);
        *ret = s;
        return 0;
}

Share *share_free(Share *s) {
        if (!s)
                return NULL;
        s->lease = lease_free(s->lease);
        s->named = map_free(s->named);
        text_done(&s->taken);
        text_done(&s->given);
        return xfree(s);
}

void share_use(Share *s, const Setup *setup, usec_t now_real) {
        s->setup = setup;
        s->now_real = now_real;
        lease_look(s->lease);
}

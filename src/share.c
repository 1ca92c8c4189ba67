/* Share: the wishes are all connectors, the group is their host: so a host's budget is kept by the one instance that asks it.
 *
 *   POLLED ──another's by rights──▶ LEAVING (no run begins) ──its runs have ended, what they brought is delivered──▶ let go at the next look
 *      ▲                               │
 *      └── wanted again, session lost ─┘
 *
 * So whoever takes over finds the streams where they stand, and nobody asks a source while another one does. */

#include "base/complain.h"
#include "base/log.h"
#include "base/map.h"
#include "base/num.h"
#include "share.h"
#include "store/lease.h"

enum { NAMES_MAX = 400 };
#define TICK (100 * USEC_MSEC)
#define DELIVERY_MAX (10 * USEC_SEC)    /* then what is left of it comes late, which overrules nothing */

typedef struct Leaving {
        char *connector;
        uint64_t fence;
        uint64_t upto;                  /* number of the spool before which all is its own; 0: a run of it is under way */
        usec_t idle_since;              /* monotonic */
        bool is_ready;                  /* may be let go */
} Leaving;

struct Share {
        Lease *lease;
        const Setup *setup;
        Poller *poller;
        const Spool *spool;
        Cursors *cursors;
        Map *leaving;                   /* connector -> Leaving */
        Map *named;                     /* connectors that the look under way has named */
        Text taken, given;
        usec_t now_real;
        Complain trouble;
};

static void *leaving_free(void *value) {
        Leaving *leaving = value;

        if (leaving)
                (void) xfree(leaving->connector);
        return xfree(leaving);
}

static void add_name(Text *list, const char *name) {
        if (list->len + strlen(name) < NAMES_MAX)
                (void) text_printf(list, "%s%s", list->len ? ", " : "", name);
}

static void on_wishes(void *userdata, Lease *l) {
        Share *s = userdata;

        for (size_t i = 0; i < setup_n_connectors(s->setup); i++) {
                const ConnectorSpec *c = setup_connector(s->setup, i)->spec;
                const Leaving *leaving = map_get(s->leaving, bytes_of(c->connector));
                _cleanup_(text_done) Text origin = TEXT_INIT(1024);

                if (!c->enabled)
                        continue;
                /* What is polled is busy at any time: a run may begin before the reply is here. */
                lease_wish(l, c->connector, url_origin(c->base_url, &origin) == 0 ? text_str(&origin) : c->connector, (unsigned) setup_connector(s->setup, i)->n_streams,
                           leaving ? !leaving->is_ready : poller_held(s->poller, c->connector) || poller_is_busy(s->poller, c->connector));
        }
}

/* What this instance remembers of a connector that was another's is old: the database knows where its streams stand now. */
static void on_cursors(void *userdata, const PgReply *reply) {
        Share *s = userdata;

        for (size_t i = 0; i < reply->n_rows; i++)
                cursors_forget(s->cursors, pg_text(reply, i, 0));
        cursors_load(s->cursors, reply);
}

static void on_streams(void *userdata, Lease *l, const char *connector) {
        Share *s = userdata;
        const Stream *first = setup_find(s->setup, connector, NULL);
        _cleanup_(text_done) Text hex = TEXT_INIT(2 * sizeof(Sha256) + 1);

        if (!first)
                return;
        (void) hex_add(&hex, (Bytes){ (const char *) first->connector->digest.byte, sizeof(Sha256) });
        for (size_t i = 0; i < first->connector->n_streams; i++)
                lease_stream(l, connector, first->connector->streams[i].spec->name, text_str(&hex));
}

static void on_slots(void *userdata, const PgReply *reply) {
        Share *s = userdata;

        for (size_t i = 0; i < reply->n_rows; i++) {
                uint64_t slot;

                if (num_parse_u64(bytes_of(pg_text(reply, i, 2)), &slot) == 0)
                        poller_stands(s->poller, pg_text(reply, i, 0), pg_text(reply, i, 1), slot, s->now_real);
        }
}

static void leave(Share *s, const char *connector, uint64_t fence) {
        Leaving *leaving;

        if (map_has(s->leaving, bytes_of(connector)))
                return;
        leaving = NEW(Leaving);
        leaving->connector = xstrdup(connector);
        leaving->fence = fence;
        (void) map_put(s->leaving, bytes_of(connector), leaving);
        poller_hold(s->poller, connector, 0);
}

static void on_held(void *userdata, const char *connector, uint64_t fence, bool is_new, bool is_wanted) {
        Share *s = userdata;

        (void) map_put(s->named, bytes_of(connector), s);
        if (!is_wanted) {
                leave(s, connector, fence);
                return;
        }
        (void) leaving_free(map_take(s->leaving, bytes_of(connector)));
        if (is_new || poller_held(s->poller, connector) != fence) {
                add_name(&s->taken, connector);
                poller_hold(s->poller, connector, fence);
        }
}

/* A connector that is leaving and was not named by the look that has ended; NULL: none. */
static Leaving *find_left(const Share *s) {
        Bytes key;
        void *value;

        for (size_t i = 0; map_walk(s->leaving, &i, &key, &value);)
                if (!map_has(s->named, key))
                        return value;
        return NULL;
}

static void let_go(Share *s) {
        Leaving *left;

        while ((left = find_left(s))) {
                (void) map_take(s->leaving, bytes_of(left->connector));
                add_name(&s->given, left->connector);
                (void) leaving_free(left);
        }
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
        void *value;

        /* Nobody can take over what nobody lets go. */
        for (size_t i = 0; map_walk(s->leaving, &i, NULL, &value);) {
                const Leaving *leaving = value;

                poller_hold(s->poller, leaving->connector, leaving->fence);
        }
        map_clear(s->leaving);
        if (complain_failed(&s->trouble, s->now_real, &n))
                log_event(EV_SHARING_FAILED, &scope, "%s; what this instance held is polled on, nothing is taken over", f->story);
}

static const LeaseEvents lease_events = {
        .wishes = on_wishes,
        .cursors = on_cursors,
        .streams = on_streams,
        .slots = on_slots,
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
        s->spool = spool;
        s->cursors = cursors;
        s->leaving = map_new(leaving_free);
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
        s->leaving = map_free(s->leaving);
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

static bool is_ready(const Share *s, Leaving *leaving, usec_t now_mono) {
        SpoolStats stats;

        if (poller_is_busy(s->poller, leaving->connector))
                return false;
        spool_stats(s->spool, &stats);
        if (!leaving->upto) {
                leaving->upto = stats.next_seq;
                leaving->idle_since = now_mono;
        }
        return !stats.n_parcels || stats.oldest_seq >= leaving->upto || now_mono >= usec_add(leaving->idle_since, DELIVERY_MAX);
}

usec_t share_step(Share *s, usec_t now_mono, usec_t now_real) {
        usec_t wake = USEC_NEVER;
        bool looks = false;
        void *value;

        s->now_real = now_real;
        for (size_t i = 0; map_walk(s->leaving, &i, NULL, &value);) {
                Leaving *leaving = value;

                if (leaving->is_ready)
                        continue;
                leaving->is_ready = is_ready(s, leaving, now_mono);
                if (leaving->is_ready)
                        looks = true;
                else
                        wake = usec_add(now_mono, TICK);
        }
        if (looks)
                lease_look(s->lease);
        return wake;
}

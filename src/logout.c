/* Logout: one request each, of which only the end is waited for. */

#include "base/vec.h"
#include "logout.h"

enum { ORIGIN_MAX = 16 * 1024, WAIT_MSEC = 100 };

typedef struct Entry {
        HttpRequest *request;
        TransferLimits limits;
        char *certificate, *key, *pins; /* what the request borrows */
        Host *host;
        Transfer *transfer;
        bool is_over;
} Entry;

struct Logouts {
        Hosts *hosts;
        Transport *transport;
        VEC(Entry *) list;
        usec_t wake_at;
};

static Entry *entry_free(Entry *e) {
        if (!e)
                return NULL;
        http_request_free(e->request);
        (void) xfree(e->certificate);
        (void) xfree(e->key);
        (void) xfree(e->pins);
        return xfree(e);
}

Logouts *logouts_new(Hosts *hosts, Transport *transport) {
        Logouts *l = NEW(Logouts);

        l->hosts = hosts;
        l->transport = transport;
        l->wake_at = USEC_NEVER;
        return l;
}

Logouts *logouts_free(Logouts *l) {
        if (!l)
                return NULL;
        VEC_EACH(e, &l->list) {
                if ((*e)->transfer) {
                        l->transport->ops->cancel((*e)->transfer);
                        host_give_back((*e)->host, 0);
                }
                *e = entry_free(*e);
        }
        vec_done(&l->list);
        return xfree(l);
}

/* What the request borrows from a configuration that may be gone before it is sent. */
static void keep(Entry *e) {
        e->certificate = xstrdup(e->request->client_certificate);
        e->key = xstrdup(e->request->client_key);
        e->pins = xstrdup(e->request->pinned_keys);
        e->request->client_certificate = e->certificate;
        e->request->client_key = e->key;
        e->request->pinned_keys = e->pins;
}

void logouts_add(Logouts *l, const ConnectorSpec *connector, Auth *auth, usec_t now_real) {
        _cleanup_(text_done) Text origin = TEXT_INIT(ORIGIN_MAX), own = TEXT_INIT(ORIGIN_MAX);
        HttpRequest *request = NULL;
        Entry *e;

        if (!auth || !auth_ops(auth)->logout_request || auth_ops(auth)->logout_request(auth, now_real, &request) != 0 || !request)
                return;
        auth_forget_token(auth);
        if (url_origin(request->url, &origin) < 0) {
                http_request_free(request);
                return;
        }
        (void) http_request_set(request, "User-Agent", "thiduad/" THIDUAD_VERSION);
        tls_dress(&connector->tls, request, url_origin(connector->base_url, &own) == 0 && bytes_equal(text_bytes(&origin), text_bytes(&own)));
        e = NEW(Entry);
        e->request = request;
        e->limits = connector->limits;
        e->limits.redirect_hosts = (ConfStrings){};
        e->host = hosts_get(l->hosts, text_str(&origin), &connector->manners);
        keep(e);
        vec_push(&l->list, e);
        l->wake_at = 0;
}

static int on_head(void *userdata, const HttpResponse *head) {
        (void) userdata;
        (void) head;
        return 0;
}

static int on_body(void *userdata, Bytes chunk) {
        (void) userdata;
        (void) chunk;
        return 0;
}

static void on_done(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        Entry *e = userdata;

        (void) result;
        e->transfer = NULL;
        e->is_over = true;
        host_done(e->host, now, !resp || resp->status >= 500);
}

static void sweep(Logouts *l) {
        for (size_t i = 0; i < l->list.len;)
                if (l->list.items[i]->is_over) {
                        (void) entry_free(l->list.items[i]);
                        l->list.items[i] = l->list.items[--l->list.len];
                } else
                        i++;
}

void logouts_step(Logouts *l, usec_t now_mono) {
        static const TransferEvents events = { on_head, on_body, on_done };

        sweep(l);
        l->wake_at = USEC_NEVER;
        VEC_EACH(it, &l->list) {
                Entry *e = *it;
                usec_t at;

                if (e->transfer || e->is_over)
                        continue;
                at = host_take(e->host, now_mono);
                if (at != 0) {
                        at = at == USEC_NEVER ? now_mono + WAIT_MSEC * USEC_MSEC : at;
                        l->wake_at = at < l->wake_at ? at : l->wake_at;
                } else if (l->transport->ops->start(l->transport, e->request, &e->limits, &events, e, &e->transfer) < 0) {
                        host_give_back(e->host, now_mono);
                        e->is_over = true;
                }
        }
}

usec_t logouts_wake_at(const Logouts *l) {
        return l->wake_at;
}

bool logouts_are_done(const Logouts *l) {
        for (size_t i = 0; i < l->list.len; i++)
                if (!l->list.items[i]->is_over)
                        return false;
        return true;
}

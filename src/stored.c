/* Stored: replies of the archive as a transport. */

#include "stored.h"

#include <errno.h>
#include <stdio.h>

#include "base/err.h"

enum { CHUNK = 16384 };

#define BODY_MAX ((size_t) 1 << 30)

typedef struct StoredTransport StoredTransport;

struct Transfer {
        StoredTransport *owner;
        TransferEvents events;
        void *userdata;
};

struct StoredTransport {
        Transport base;
        StoredBody body;
        void *userdata;
        const StoredAsk *ask;
        size_t next;            /* reply of the ask */
        const StoredReply *last;
        Transfer *waiting;      /* a run has one transfer under way */
};

void stored_add(Stored *s, const char *label, const char *unit, const StoredReply *reply) {
        StoredAsk *ask = s->asks.len ? &s->asks.items[s->asks.len - 1] : NULL;

        if (!ask || strcmp(ask->label, label) != 0) {
                vec_push(&s->asks, ((StoredAsk){ .label = xstrdup(label), .unit = xstrdup(unit) }));
                ask = &s->asks.items[s->asks.len - 1];
        }
        vec_push(&ask->replies, ((StoredReply){
                .method = xstrdup(reply->method),
                .url = xstrdup(reply->url),
                .body = xstrdup(reply->body),
                .status = reply->status,
                .content_type = xstrdup(reply->content_type),
                .sent_at = reply->sent_at,
                .sha256 = xstrdup(reply->sha256),
                .is_withheld = reply->is_withheld,
        }));
}

void stored_done(Stored *s) {
        VEC_EACH(ask, &s->asks) {
                VEC_EACH(reply, &ask->replies) {
                        (void) xfree(reply->method);
                        (void) xfree(reply->url);
                        (void) xfree(reply->body);
                        (void) xfree(reply->content_type);
                        (void) xfree(reply->sha256);
                }
                vec_done(&ask->replies);
                (void) xfree(ask->label);
                (void) xfree(ask->unit);
        }
        vec_done(&s->asks);
}

/* A refusal that was followed by another reply was a try. */
static bool is_passed_over(const StoredAsk *ask, size_t i) {
        return !ask->replies.items[i].sha256 && i + 1 < ask->replies.len;
}

static void skip(StoredTransport *s) {
        while (s->next < s->ask->replies.len && is_passed_over(s->ask, s->next))
                s->next++;
}

static TransferOutcome play(Transfer *t, const StoredReply *reply, Bytes body, HttpResponse *resp, TransferResult *result) {
        /* What was not sent again, since the source said that it had not changed, is in the archive all the same. */
        resp->status = reply->status == 304 ? 200 : reply->status;
        resp->url = xstrdup(reply->url);
        if (reply->content_type && http_response_add(resp, BYTES_LIT("Content-Type"), bytes_of(reply->content_type)) < 0)
                return TRANSFER_E_PROTOCOL;
        if (t->events.head(t->userdata, resp) != 0)
                return TRANSFER_STOPPED;
        while (body.len) {
                Bytes chunk = { body.data, body.len < CHUNK ? body.len : CHUNK };

                result->size += chunk.len;
                if (t->events.body(t->userdata, chunk) != 0)
                        return TRANSFER_STOPPED;
                body.data += chunk.len;
                body.len -= chunk.len;
        }
        return TRANSFER_OK;
}

static int load(StoredTransport *s, const StoredReply *reply, Text *ret) {
        if (!reply)
                return err(-ENOENT, "the archive holds no further reply of this ask");
        if (reply->is_withheld)
                return err(-ENOENT, "the body %s was withheld: the stream was confidential (secret fields or documents), so only its hash and size were kept", reply->sha256);
        return reply->sha256 ? s->body(s->userdata, reply->sha256, ret) : 0;
}

static void answer(Transfer *t, usec_t now) {
        _cleanup_(http_response_done) HttpResponse resp = {};
        _cleanup_(text_done) Text body = TEXT_INIT(BODY_MAX);
        TransferResult result = { .outcome = TRANSFER_E_FORBIDDEN };
        StoredTransport *s = t->owner;
        const StoredReply *reply;
        int r;

        skip(s);
        s->last = reply = s->next < s->ask->replies.len ? &s->ask->replies.items[s->next++] : NULL;
        r = load(s, reply, &body);
        if (r < 0) {
                (void) snprintf(result.story, sizeof(result.story), "%s", err_story(r));
                t->events.done(t->userdata, NULL, &result, now);
                return;
        }
        result.outcome = play(t, reply, text_bytes(&body), &resp, &result);
        t->events.done(t->userdata, &resp, &result, now);
}

bool stored_step(Transport *tr, usec_t now) {
        StoredTransport *s = (StoredTransport *) tr;
        Transfer *t = s->waiting;

        if (!t)
                return false;
        s->waiting = NULL;
        answer(t, now);
        (void) xfree(t);
        return true;
}

static int stored_start(Transport *tr, const HttpRequest *req _unused_, const TransferLimits *limits _unused_, const TransferEvents *events, void *userdata, Transfer **ret) {
        StoredTransport *s = (StoredTransport *) tr;
        Transfer *t;

        if (!s->ask || s->waiting)
                return err(-EBUSY, "a stored reply is asked for while another is under way");
        t = NEW(Transfer);
        *t = (Transfer){ .owner = s, .events = *events, .userdata = userdata };
        *ret = s->waiting = t;
        return 0;
}

static void stored_cancel(Transfer *t) {
        t->owner->waiting = NULL;
        (void) xfree(t);
}

static Transport *stored_free(Transport *tr) {
        StoredTransport *s = (StoredTransport *) tr;

        if (s->waiting)
                stored_cancel(s->waiting);
        return xfree(s);
}

static const TransportOps stored_ops = { stored_start, stored_cancel, stored_free };

int stored_transport_new(Transport **ret, StoredBody body, void *userdata) {
        StoredTransport *s = NEW(StoredTransport);

        s->base.ops = &stored_ops;
        s->body = body;
        s->userdata = userdata;
        *ret = &s->base;
        return 0;
}

void stored_begin(Transport *tr, const StoredAsk *ask) {
        StoredTransport *s = (StoredTransport *) tr;

        s->ask = ask;
        s->next = 0;
        s->last = NULL;
}

const StoredReply *stored_last(const Transport *tr) {
        return ((const StoredTransport *) tr)->last;
}

size_t stored_left(const Transport *tr) {
        const StoredTransport *s = (const StoredTransport *) tr;
        size_t n = 0;

        for (size_t i = s->next; i < s->ask->replies.len; i++)
                n += !is_passed_over(s->ask, i);
        return n;
}

const ConfKindOf *stored_auth(void) {
        static ConfKindOf none;

        for (size_t i = 0; auth_kinds[i]; i++)
                if (strcmp(auth_kinds[i]->kind, "none") == 0)
                        none.info = auth_kinds[i];
        return &none;
}

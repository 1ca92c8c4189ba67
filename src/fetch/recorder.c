/* Recorder: a transport around another one that keeps what goes through it, whole, as exchanges that can be replayed. */

#include "fetch/recorder.h"

#include <string.h>

#include "base/bytes.h"
#include "fetch/replay.h"

#define BODY_MAX (64 * 1024 * 1024)

typedef struct Recorder {
        Transport base;
        Transport *inner;
        char *folder;
        unsigned n;
        int error;
} Recorder;

struct Transfer {
        Recorder *recorder;
        Transfer *inner;
        HttpRequest *req;
        TransferEvents events;
        void *userdata;
        Text body;
        bool has_stopped;
};

static Transfer *transfer_free(Transfer *t) {
        if (!t)
                return NULL;
        if ((t->req->login_shape || t->req->body_is_secret) && t->body.data)
                explicit_bzero(t->body.data, t->body.size);
        t->req = http_request_free(t->req);
        text_done(&t->body);
        return xfree(t);
}

static int on_head(void *userdata, const HttpResponse *head) {
        Transfer *t = userdata;

        text_clear(&t->body);
        return t->events.head(t->userdata, head);
}

static int on_body(void *userdata, Bytes chunk) {
        Transfer *t = userdata;

        (void) text_add(&t->body, chunk);
        return t->events.body(t->userdata, chunk);
}

static void on_done(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t now) {
        Transfer *t = userdata;
        Recorder *recorder = t->recorder;
        int r = 0;

        if (resp && (result->outcome == TRANSFER_OK || result->outcome == TRANSFER_STOPPED))
                r = replay_record(recorder->folder, ++recorder->n, t->req, resp, text_bytes(&t->body));
        if (r < 0 && recorder->error == 0)
                recorder->error = r;
        t->events.done(t->userdata, resp, result, now);
        (void) transfer_free(t);
}

static int recorder_start(Transport *tr, const HttpRequest *req, const TransferLimits *limits,
                const TransferEvents *events, void *userdata, Transfer **ret) {
        static const TransferEvents own = { on_head, on_body, on_done };
        Recorder *recorder = (Recorder *) tr;
        Transfer *t = NEW(Transfer);
        int r;

        t->recorder = recorder;
        t->req = http_request_dup(req);
        t->events = *events;
        t->userdata = userdata;
        t->body = TEXT_INIT(BODY_MAX);
        r = recorder->inner->ops->start(recorder->inner, req, limits, &own, t, &t->inner);
        if (r < 0) {
                (void) transfer_free(t);
                return r;
        }
        *ret = t;
        return 0;
}

static void recorder_cancel(Transfer *t) {
        t->recorder->inner->ops->cancel(t->inner);
        (void) transfer_free(t);
}

static Transport *recorder_free(Transport *tr) {
        Recorder *recorder = (Recorder *) tr;

        recorder->inner = transport_free(recorder->inner);
        xfree(recorder->folder);
        return xfree(recorder);
}

static const TransportOps recorder_ops = { recorder_start, recorder_cancel, recorder_free };

Transport *recorder_new(Transport *inner, const char *folder) {
        Recorder *recorder = NEW(Recorder);

        recorder->base.ops = &recorder_ops;
        recorder->inner = inner;
        recorder->folder = xstrdup(folder);
        return &recorder->base;
}

int recorder_error(const Transport *tr) {
        return ((const Recorder *) tr)->error;
}

unsigned recorder_count(const Transport *tr) {
        return ((const Recorder *) tr)->n;
}

/* Batch: what travels as jsonb: runs, requests, rejects, cursors. */

#include "base/json_out.h"
#include "store/batch_priv.h"

enum { NAMES_MAX = 64 };                /* headers of one request */

static JsonOut json_item(Text *to) {
        if (to->len)
                (void) text_add_char(to, ',');
        return JSON_OUT(to);
}

/* jsonb takes no NUL; everything else is escaped by the writer. */
static void json_text(JsonOut *j, const char *key, Bytes b) {
        _free_ char *copy = NULL;
        _cleanup_(text_done) Text clean = TEXT_INIT(PARAM_MAX);

        json_key(j, key);
        if (!b.data) {
                json_null(j);
                return;
        }
        if (!memchr(b.data, '\0', b.len)) {
                json_bytes(j, b);
                return;
        }
        for (size_t i = 0; i < b.len; i++)
                (void) (b.data[i] ? text_add_char(&clean, b.data[i]) : text_add_str(&clean, "\xef\xbf\xbd"));
        json_bytes(j, text_bytes(&clean));
}

static void json_instant(JsonOut *j, const char *key, usec_t v) {
        _cleanup_(text_done) Text t = TEXT_INIT(64);

        if (v)
                usec_render_utc(v, &t);
        json_pair_str(j, key, v ? text_str(&t) : NULL);
}

static void json_digest(JsonOut *j, const char *key, const Sha256 *d) {
        static const Sha256 none;
        _cleanup_(text_done) Text hex = TEXT_INIT(64);

        (void) hex_add(&hex, (Bytes){ (const char *) d->byte, sizeof(d->byte) });
        json_pair_str(j, key, sha256_equal(d, &none) ? NULL : text_str(&hex));
}

static void json_failure(JsonOut *j, const Failure *f) {
        json_key(j, "failure");
        if (f->class == FAILURE_NONE) {
                json_null(j);
                return;
        }
        json_object(j);
        json_pair_str(j, "class", failure_class_name(f->class));
        json_pair_bool(j, "retryable", f->is_retryable);
        if (f->http_status)
                json_pair_int(j, "http_status", f->http_status);
        if (f->sqlstate[0])
                json_pair_str(j, "sqlstate", f->sqlstate);
        json_pair_str(j, "story", f->story);
        json_object_end(j);
}

void batch_json_run(Text *to, size_t parcel, const RunRecord *run, const BatchCause *cause) {
        JsonOut j = json_item(to);

        json_object(&j);
        json_pair_int(&j, "parcel", (int64_t) parcel);
        json_pair_str(&j, "run", run->id);
        json_pair_str(&j, "connector", run->connector);
        json_pair_str(&j, "stream", run->stream);
        json_pair_str(&j, "instance", run->instance);
        if (run->fence)
                json_pair_int(&j, "fence", (int64_t) run->fence);
        json_digest(&j, "setup", &run->setup);
        json_instant(&j, "slot_at", run->slot_at);
        json_instant(&j, "started_at", run->started_at);
        if (run->checks) {
                json_key(&j, "checks");
                json_number(&j, bytes_of(run->checks));         /* as it is */
                json_pair_int(&j, "blocks", (int64_t) run->blocks);
        }
        if (cause->is_late)
                json_pair_bool(&j, "late", true);
        if (cause->cause[0]) {
                json_pair_str(&j, "cause", cause->cause);
                json_instant(&j, "stated_at", cause->stated_at);
                json_pair_str(&j, "replays", cause->replays);
        }
        if (run->state != RUN_OPEN) {
                json_instant(&j, "ended_at", run->ended_at);
                json_pair_str(&j, "state", run_state_name(run->state));
                json_pair_int(&j, "pages", (int64_t) run->n_pages);
                json_pair_int(&j, "records", (int64_t) run->n_records);
                json_pair_int(&j, "samples", (int64_t) run->n_samples);
                json_pair_int(&j, "rejects", (int64_t) run->n_rejects);
                if (run->n_known)
                        json_pair_int(&j, "known", (int64_t) run->n_known);
                json_failure(&j, &run->failure);
        }
        json_object_end(&j);
}

typedef struct Header {
        Bytes name, value;
} Header;

static size_t split_headers(const char *lines, Header *ret) {
        Bytes rest = bytes_of(lines);
        size_t n = 0;

        while (rest.len && n < NAMES_MAX) {
                const char *end = memchr(rest.data, '\n', rest.len), *colon;
                size_t len = end ? (size_t) (end - rest.data) : rest.len;

                colon = memchr(rest.data, ':', len);
                if (colon)
                        ret[n++] = (Header){ bytes_trim((Bytes){ rest.data, (size_t) (colon - rest.data) }),
                                             bytes_trim((Bytes){ colon + 1, len - (size_t) (colon + 1 - rest.data) }) };
                rest = (Bytes){ rest.data + len + (end != NULL), rest.len - len - (end != NULL) };
        }
        return n;
}

/* An object; values of a name that comes more than once are joined as RFC 9110, part 5.3, has it. */
static void json_headers(JsonOut *j, const char *key, const char *lines) {
        Header list[NAMES_MAX];
        size_t n = split_headers(lines, list);

        json_key(j, key);
        json_object(j);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(text_done) Text value = TEXT_INIT(64 << 10);
                _free_ char *name = bytes_dup(list[i].name);
                bool is_first = true;

                for (size_t k = 0; k < i; k++)
                        is_first = is_first && !bytes_equal(list[k].name, list[i].name);
                for (size_t k = i; is_first && k < n; k++)
                        if (bytes_equal(list[k].name, list[i].name)) {
                                (void) text_add_str(&value, k > i ? ", " : "");
                                (void) text_add(&value, list[k].value);
                        }
                if (is_first)
                        json_text(j, name, (Bytes){ text_str(&value), value.len });
        }
        json_object_end(j);
}

void batch_json_request(Text *to, size_t parcel, const RunRecord *run, const RequestRecord *q) {
        JsonOut j = json_item(to);

        json_object(&j);
        json_pair_int(&j, "parcel", (int64_t) parcel);
        json_pair_str(&j, "run", run->id);
        json_pair_int(&j, "seq", q->seq);
        json_pair_str(&j, "ask", q->ask);
        json_pair_str(&j, "unit", q->unit);
        json_pair_str(&j, "method", q->method ? q->method : "");
        json_pair_str(&j, "url", q->url ? q->url : "");
        json_headers(&j, "headers", q->headers);
        if (q->reply_headers && q->reply_headers[0])
                json_headers(&j, "reply_headers", q->reply_headers);
        json_text(&j, "body", q->body.len ? q->body : BYTES_NULL);
        json_key(&j, "status");
        if (q->status)
                json_int(&j, q->status);
        else
                json_null(&j);
        json_pair_str(&j, "content_type", q->content_type);
        json_pair_str(&j, "error", q->error);
        json_instant(&j, "sent_at", q->sent_at);
        json_pair_int(&j, "took_us", (int64_t) q->took);
        json_digest(&j, "sha256", &q->sha256);
        json_pair_int(&j, "size", (int64_t) q->size);
        json_pair_bool(&j, "stored", q->is_stored);
        if (q->is_withheld)
                json_pair_bool(&j, "withheld", true);
        if (q->head.len) {
                _cleanup_(text_done) Text hex = TEXT_INIT(2 * REQUEST_HEAD_MAX + 1);

                (void) hex_add(&hex, q->head);
                json_pair_str(&j, "head", text_str(&hex));
        }
        json_object_end(&j);
}

static Bytes some(Bytes b) {
        return b.len ? b : BYTES_NULL;
}

void batch_json_reject(Text *to, size_t parcel, const char *run, const Reject *r) {
        JsonOut j = json_item(to);

        json_object(&j);
        json_pair_int(&j, "parcel", (int64_t) parcel);
        json_pair_str(&j, "run", run);
        json_pair_int(&j, "request", r->request);
        json_pair_int(&j, "record", (int64_t) r->record);
        json_pair_str(&j, "reason", reject_reason_name(r->reason));
        json_text(&j, "field", some(r->field));
        json_text(&j, "detail", some(r->detail));
        json_text(&j, "excerpt", some(r->excerpt));
        json_text(&j, "unit_code", some(r->code));
        json_text(&j, "system", some(r->system));
        json_pair_str(&j, "metric", r->metric);
        json_object_end(&j);
}

static void json_place(Text *to, size_t parcel, const CursorRecord *c, const char *key) {
        JsonOut j = json_item(to);

        json_object(&j);
        json_pair_int(&j, "parcel", (int64_t) parcel);
        json_pair_str(&j, "connector", c->connector);
        json_pair_str(&j, "stream", c->stream);
        json_pair_str(&j, "partition", c->partition);
        json_pair_str(&j, key, c->value);
        json_object_end(&j);
}

void batch_json_cursor(Text *to, size_t parcel, const CursorRecord *c) {
        json_place(to, parcel, c, "value");
}

void batch_json_claim(Text *to, size_t parcel, const ClaimRecord *c) {
        json_place(to, parcel, c, "was");
}

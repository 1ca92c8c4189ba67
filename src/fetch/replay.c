/* Transport that answers from recorded exchanges in a folder, in the order in which they are asked for. */

#include "fetch/replay.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "base/err.h"
#include "base/file.h"
#include "base/num.h"
#include "base/vec.h"
#include "fetch/json_text.h"

#define REQUEST_MAX (2 * 1024 * 1024)
#define RESPONSE_MAX (64 * 1024 * 1024)
#define CHUNK 16384
#define TOKEN_REPLY_MAX (64 * 1024)

typedef struct Recorded {
        char *name;             /* "01" */
        Text request;           /* first line and body, as they are compared */
        Text response;          /* the file */
        bool is_used;
} Recorded;

typedef struct Replay Replay;

struct Transfer {
        Replay *replay;
        Transfer *next;
        HttpRequest *req;
        TransferLimits limits;
        TransferEvents events;
        void *userdata;
};

struct Replay {
        Transport base;
        VEC(Recorded) exchanges;
        Transfer *first, **end;
};

/* ---- the recorded form ---- */

/* One line without its end; what follows stays in *rest. */
static Bytes take_line(Bytes *rest) {
        size_t n = 0, skip;
        Bytes line;

        while (n < rest->len && rest->data[n] != '\n')
                n++;
        line = (Bytes){ rest->data, n };
        skip = n < rest->len ? n + 1 : n;
        rest->data += skip;
        rest->len -= skip;
        if (line.len > 0 && line.data[line.len - 1] == '\r')
                line.len--;
        return line;
}

/* "METHOD URL" and the body: what makes two requests the same. Editors put a line break at the end of a
 * file, so one there does not count. */
static void add_identity(Bytes line, Bytes body, Text *ret) {
        (void) text_add(ret, line);
        (void) text_add_char(ret, '\n');
        if (body.len > 0 && body.data[body.len - 1] == '\n')
                body.len--;
        (void) text_add(ret, body);
}

static void identity_of_file(Bytes file, Text *ret) {
        Bytes first = take_line(&file);

        while (file.len > 0 && take_line(&file).len > 0)
                ;
        add_identity(first, file, ret);
}

static void first_line(const HttpRequest *req, Text *ret) {
        (void) text_printf(ret, "%s ", req->method);
        http_request_address(req, ret);
}

static void identity_of_request(const HttpRequest *req, Text *ret) {
        _cleanup_(text_done) Text line = TEXT_INIT(REQUEST_MAX);

        first_line(req, &line);
        add_identity(text_bytes(&line),
                        req->body_is_secret ? BYTES_LIT("***") : (Bytes){ req->body, req->body_len }, ret);
}

static int read_exchange(Replay *replay, const char *folder, const char *file) {
        Recorded x = { .request = TEXT_INIT(REQUEST_MAX), .response = TEXT_INIT(RESPONSE_MAX) };
        _cleanup_(text_done) Text path = TEXT_INIT(4096), content = TEXT_INIT(REQUEST_MAX);
        size_t len = strlen(file) - strlen(".request");
        int r;

        (void) text_printf(&path, "%s/%s", folder, file);
        r = file_read(text_str(&path), &content);
        if (r < 0)
                return r;
        text_clear(&path);
        (void) text_printf(&path, "%s/%.*s.response", folder, (int) len, file);
        r = file_read(text_str(&path), &x.response);
        if (r < 0) {
                text_done(&x.response);
                return r;
        }
        text_clear(&path);
        (void) text_printf(&path, "%s/%.*s.body", folder, (int) len, file);
        r = file_read(text_str(&path), &x.response);
        if (r < 0 && r != -ENOENT) {
                text_done(&x.response);
                return r;
        }
        identity_of_file(text_bytes(&content), &x.request);
        x.name = xstrndup(file, len);
        vec_push(&replay->exchanges, x);
        return 0;
}

/* ---- answering ---- */

static Recorded *find_exchange(Replay *replay, Bytes identity) {
        VEC_EACH(x, &replay->exchanges)
                if (!x->is_used && bytes_equal(text_bytes(&x->request), identity))
                        return x;
        return NULL;
}

static size_t common_prefix(Bytes a, Bytes b) {
        size_t n = 0;

        while (n < a.len && n < b.len && a.data[n] == b.data[n])
                n++;
        return n;
}

/* Which recorded request comes closest, and where it differs. */
static void explain_miss(const Replay *replay, Bytes identity, TransferResult *result) {
        const Recorded *nearest = NULL;
        size_t best = 0, from;
        Bytes theirs;

        VEC_EACH(x, &replay->exchanges) {
                size_t n = common_prefix(text_bytes(&x->request), identity);

                if (!nearest || n > best) {
                        nearest = x;
                        best = n;
                }
        }
        if (!nearest) {
                (void) snprintf(result->story, sizeof(result->story),
                                "nothing is recorded here; asked was \"%.*s\"",
                                (int) (identity.len < 150 ? identity.len : 150), identity.data);
                return;
        }
        theirs = text_bytes(&nearest->request);
        if (best == identity.len && best == theirs.len) {
                (void) snprintf(result->story, sizeof(result->story),
                                "the request of \"%s\" was made once more than it is recorded",
                                nearest->name);
                return;
        }
        from = best > 30 ? best - 30 : 0;
        (void) snprintf(result->story, sizeof(result->story),
                        "no recorded exchange; \"%s\" is nearest: it has \"%.70s\" where \"%.*s\" was asked",
                        nearest->name,
                        theirs.data ? theirs.data + (from < theirs.len ? from : theirs.len) : "",
                        (int) (identity.len - from < 70 ? identity.len - from : 70), identity.data + from);
}

/* Status line and headers; *rest is the body. */
static int parse_head(Bytes *rest, HttpResponse *ret) {
        Bytes line = take_line(rest);
        uint64_t status;
        size_t colon;

        if (!bytes_starts(line, "HTTP ") ||
                        num_parse_u64((Bytes){ line.data + 5, line.len - 5 }, &status) < 0 || status < 100 ||
                        status > 599)
                return -EBADMSG;
        ret->status = (int) status;
        while (rest->len > 0) {
                line = take_line(rest);
                if (line.len == 0)
                        return 0;
                if (!bytes_find(line, BYTES_LIT(":"), &colon) ||
                                http_response_add(ret, (Bytes){ line.data, colon },
                                                (Bytes){ line.data + colon + 1, line.len - colon - 1 }) < 0)
                        return -EBADMSG;
        }
        return 0;
}

static TransferOutcome play_body(Transfer *t, Bytes body, TransferResult *result) {
        while (body.len > 0) {
                Bytes chunk = { body.data, body.len < CHUNK ? body.len : CHUNK };

                result->size += chunk.len;
                if (result->size > t->limits.max_body) {
                        (void) snprintf(result->story, sizeof(result->story),
                                        "the answer is larger than \"max_body\" allows (%" PRIu64 " bytes)",
                                        t->limits.max_body);
                        return TRANSFER_E_LIMIT;
                }
                if (t->events.body(t->userdata, chunk) != 0)
                        return TRANSFER_STOPPED;
                body.data += chunk.len;
                body.len -= chunk.len;
        }
        return TRANSFER_OK;
}

static void answer(Transfer *t, usec_t now) {
        _cleanup_(text_done) Text identity = TEXT_INIT(2 * REQUEST_MAX);
        _cleanup_(http_response_done) HttpResponse resp = {};
        TransferResult result = { .outcome = TRANSFER_E_FORBIDDEN };
        Recorded *x;
        Bytes rest;

        identity_of_request(t->req, &identity);
        x = find_exchange(t->replay, text_bytes(&identity));
        if (!x) {
                explain_miss(t->replay, text_bytes(&identity), &result);
                t->events.done(t->userdata, NULL, &result, now);
                return;
        }
        x->is_used = true;
        rest = text_bytes(&x->response);
        resp.url = xstrdup(t->req->url);
        if (parse_head(&rest, &resp) < 0) {
                (void) snprintf(result.story, sizeof(result.story),
                                "\"%s.response\" does not begin with \"HTTP STATUS\" and headers", x->name);
                t->events.done(t->userdata, NULL, &result, now);
                return;
        }
        result.outcome = t->events.head(t->userdata, &resp) != 0 ? TRANSFER_STOPPED
                                                                 : play_body(t, rest, &result);
        t->events.done(t->userdata, &resp, &result, now);
}

static Transfer *transfer_free(Transfer *t) {
        http_request_free(t->req);
        return xfree(t);
}

bool replay_step(Transport *tr, usec_t now) {
        Replay *replay = (Replay *) tr;
        Transfer *t = replay->first;

        if (!t)
                return false;
        replay->first = t->next;
        if (!replay->first)
                replay->end = &replay->first;
        answer(t, now);
        transfer_free(t);
        return true;
}

static int replay_start(Transport *tr, const HttpRequest *req, const TransferLimits *limits,
                const TransferEvents *events, void *userdata, Transfer **ret) {
        Replay *replay = (Replay *) tr;
        Transfer *t = NEW(Transfer);

        t->replay = replay;
        t->req = http_request_dup(req);
        t->limits = *limits;
        t->events = *events;
        t->userdata = userdata;
        *replay->end = t;
        replay->end = &t->next;
        *ret = t;
        return 0;
}

static void replay_cancel(Transfer *t) {
        Replay *replay = t->replay;

        for (Transfer **p = &replay->first; *p; p = &(*p)->next)
                if (*p == t) {
                        *p = t->next;
                        if (!*p)
                                replay->end = p;
                        transfer_free(t);
                        return;
                }
}

static Transport *replay_free(Transport *tr) {
        Replay *replay = (Replay *) tr;

        while (replay->first)
                replay_cancel(replay->first);
        VEC_EACH(x, &replay->exchanges) {
                xfree(x->name);
                text_done(&x->request);
                text_done(&x->response);
        }
        vec_done(&replay->exchanges);
        return xfree(replay);
}

static const TransportOps replay_ops = { replay_start, replay_cancel, replay_free };

int replay_transport_new(Transport **ret, const char *folder) {
        _cleanup_(transport_freep) Transport *base = NULL;
        _cleanup_(strv_freep) char **files = NULL;
        Replay *replay = NEW(Replay);
        int r;

        base = &replay->base;
        base->ops = &replay_ops;
        replay->end = &replay->first;
        r = dir_list(folder, ".request", &files);
        for (char **file = files; r >= 0 && *file; file++)
                r = read_exchange(replay, folder, *file);
        if (r < 0)
                return r;
        *ret = TAKE(base);
        return 0;
}

size_t replay_unused(const Transport *tr, Text *ret) {
        const Replay *replay = (const Replay *) tr;
        size_t n = 0;

        VEC_EACH(x, &replay->exchanges) {
                if (x->is_used)
                        continue;
                if (ret)
                        (void) text_printf(ret, "%s%s", n > 0 ? ", " : "", x->name);
                n++;
        }
        return n;
}

/* ---- recording ---- */

static int write_part(const char *folder, unsigned seq, const char *what, Bytes content) {
        _cleanup_(text_done) Text path = TEXT_INIT(4096);

        (void) text_printf(&path, "%s/%02u.%s", folder, seq, what);
        return file_write(text_str(&path), content, 0640);
}

static void add_request_headers(const HttpRequest *req, Text *ret) {
        for (size_t i = 0; i < req->n_headers; i++)
                (void) text_printf(ret, "%s: %s\n", req->headers[i].name,
                                req->headers[i].secret ? "***" : req->headers[i].value);
}

/* Length and coding no longer fit the body, which is recorded as it was read. */
static bool is_recorded(const char *name) {
        static const char *const left_out[] = { "Content-Length", "Content-Encoding", "Transfer-Encoding",
                "Connection" };

        for (size_t i = 0; i < ELEMENTS(left_out); i++)
                if (strcasecmp(name, left_out[i]) == 0)
                        return false;
        return true;
}

/* The answer to a login whose kind says what it reads there: that alone is kept, the token with another value. */
static void add_shape(const char *shape, Bytes body, Text *ret) {
        _cleanup_(text_done) Text now = TEXT_INIT(RESPONSE_MAX);
        const char *at = shape;

        if (body.len > TOKEN_REPLY_MAX)
                return;
        for (size_t len; *at; at += len + (at[len] == '\n')) {
                _cleanup_(text_done) Text path = TEXT_INIT(TOKEN_REPLY_MAX);
                Text next = TEXT_INIT(RESPONSE_MAX);
                Bytes found;

                len = strcspn(at, "\n");
                (void) text_add(&path, (Bytes){ at, len });
                if (*at != '.' || json_text_find(body, text_str(&path), &found) != 1)
                        continue;
                (void) json_text_put(now.len ? text_bytes(&now) : BYTES_LIT("{}"), text_str(&path),
                                at == shape ? BYTES_LIT("\"token-of-a-recording\"") : found, &next);
                text_done(&now);
                now = next;
        }
        (void) text_add(ret, text_bytes(&now));
}

static bool shape_names(const HttpRequest *req, const char *place, const char *name, size_t len) {
        const char *shape = req->login_shape ?: "";
        size_t n = strlen(place);

        return strncmp(shape, place, n) == 0 && strncasecmp(shape + n, name, len) == 0 &&
               strcspn(shape + n, "\n") == len;
}

/* As much of a header of the answer as a recording may hold. */
static void add_response_header(const HttpRequest *req, const HttpHeader *h, Text *ret) {
        (void) text_printf(ret, "%s: ", h->name);
        if (shape_names(req, "header:", h->name, strlen(h->name)))
                (void) text_add_str(ret, "token-of-a-recording");
        else if (strcasecmp(h->name, "Location") == 0 && strchr(h->value, '?')) /* sources put keys into it; played, it is as secret as it was */
                (void) text_printf(ret, "%.*s?***", (int) strcspn(h->value, "?"), h->value);
        else if (strcasecmp(h->name, "Set-Cookie") != 0)
                (void) text_add_str(ret, h->value);
        else if (shape_names(req, "cookie:", h->value, strcspn(h->value, "=")))
                (void) text_printf(ret, "%.*s=token-of-a-recording", (int) strcspn(h->value, "="), h->value);
        else
                (void) text_add_str(ret, "***");
        (void) text_add_char(ret, '\n');
}

/* Tokens that an answer gives out are replaced; a replayed login works with any. Of a login's answer in which no
 * known token is found nothing is kept: the secret may be anywhere in it. */
static void add_body(Bytes body, bool is_login, Text *ret) {
        static const char *const tokens[] = { ".access_token", ".refresh_token", ".id_token" };
        Text now = TEXT_INIT(RESPONSE_MAX);
        bool is_safe = !is_login;
        Bytes found;

        (void) text_add(&now, body);
        for (size_t i = 0; i < ELEMENTS(tokens); i++) {
                Text next = TEXT_INIT(RESPONSE_MAX);

                if (body.len > TOKEN_REPLY_MAX || json_text_find(text_bytes(&now), tokens[i], &found) != 1)
                        continue;
                (void) json_text_put(text_bytes(&now), tokens[i], BYTES_LIT("\"token-of-a-recording\""), &next);
                text_done(&now);
                now = next;
                is_safe = true;
        }
        if (is_safe)
                (void) text_add(ret, text_bytes(&now));
        text_done(&now);
}

int replay_record(const char *folder, unsigned seq, const HttpRequest *req, const HttpResponse *resp,
                Bytes body) {
        _cleanup_(text_done) Text request = TEXT_INIT(2 * REQUEST_MAX), response = TEXT_INIT(RESPONSE_MAX);
        int r;

        first_line(req, &request);
        (void) text_add_char(&request, '\n');
        add_request_headers(req, &request);
        (void) text_add_char(&request, '\n');
        (void) text_add(&request,
                        req->body_is_secret ? BYTES_LIT("***") : (Bytes){ req->body, req->body_len });
        (void) text_printf(&response, "HTTP %d\n", resp->status);
        for (size_t i = 0; i < resp->n_headers; i++)
                if (is_recorded(resp->headers[i].name))
                        add_response_header(req, &resp->headers[i], &response);
        (void) text_add_char(&response, '\n');
        if (req->login_shape && *req->login_shape)
                add_shape(req->login_shape, body, &response);
        else
                add_body(body, req->login_shape, &response);
        if (request.is_full || response.is_full)
                return err(-E2BIG, "exchange %u is too large to be recorded", seq);
        r = write_part(folder, seq, "request", text_bytes(&request));
        return r < 0 ? r : write_part(folder, seq, "response", text_bytes(&response));
}

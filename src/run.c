/* Run: one execution of a stream. A run goes through its asks one after the other:
 *
 *   PLAN ──▶ ASK ──▶ FETCHING ──┬─ all pages came ──▶ sums and counts out ──▶ ASK (next)
 *             │                 ├─ this ask failed ──▶ ASK (next): the others still count
 *             │                 └─ the host failed, or the spool ──▶ END: asking on would not help
 *             └─ no more asks ──▶ END: run record, cursor, last parcel ──▶ DONE
 *
 * A page is tentative until page_end() found it good: the parcel is rewound and the sums are rolled back where it was not. Only a page that is larger
 * than a parcel leaves earlier; what it left are true figures all the same, and coming again they are recognised as unchanged. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "run_priv.h"

/* ---- parcel ---- */

static int fail_spool(Run *r, int code) {
        if (code == SPOOL_E_FULL)
                failure_set(&r->page_failure, FAILURE_SPOOL, true, "the spool is full: nothing more is taken until the database has caught up");
        else
                failure_set(&r->page_failure, FAILURE_SPOOL, true, "%s", err_story(code));
        r->is_page_bad = true;
        return 1;
}

static int deliver(Run *r) {
        Bytes sealed;
        int code;

        if (r->record.state == RUN_OPEN && parcel_has_samples(r->parcel, r->n_parcels == r->ask_parcels ? r->ask_mark : 0))
                known_forget(r);
        code = parcel_seal(r->parcel, &r->record, &sealed);
        if (code >= 0)
                code = r->env.deliver(r->env.userdata, sealed);
        parcel_reset(r->parcel);
        r->mark = 0;
        r->n_parcels++;
        return code;
}

/* Room for one more item: a parcel that is large enough leaves now. */
static int make_room(Run *r) {
        int code;

        if (parcel_size(r->parcel) < PARCEL_SOFT)
                return 0;
        code = deliver(r);
        return code == 0 ? 0 : fail_spool(r, code);
}

static void note_seen(Run *r, const char *unit) {
        for (size_t i = 0; i < r->group.len; i++)
                if (r->seen.items[i] != SEEN && strcmp(r->group.items[i]->code, unit) == 0)
                        r->seen.items[i] = r->decoder ? SEEN_ON_PAGE : SEEN;    /* sums come after the last page */
}

static void settle_seen(Run *r, bool is_good) {
        VEC_EACH(s, &r->seen)
                if (*s == SEEN_ON_PAGE)
                        *s = is_good ? SEEN : SEEN_NOT;
}

static int on_sample(void *userdata, const Sample *s) {
        Run *r = userdata;

        if (make_room(r) != 0)
                return 1;
        r->page_samples++;
        note_seen(r, s->unit);
        return parcel_add_sample(r->parcel, s);
}

static int on_reject(void *userdata, const Reject *reject) {
        Run *r = userdata;

        if (make_room(r) != 0)
                return 1;
        r->page_rejects++;
        return parcel_add_reject(r->parcel, reject);
}

static const MappingOut *mapping_out(Run *r, MappingOut *buffer) {
        *buffer = (MappingOut){ .sample = on_sample, .reject = on_reject, .userdata = r };
        return buffer;
}

/* ---- one page ---- */

static int bad_page(Run *r, FailureClass class, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int bad_page(Run *r, FailureClass class, const char *format, ...) {
        char words[400];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof(words), format, ap);
        va_end(ap);
        failure_set(&r->page_failure, class, false, "%s", words);
        r->is_page_bad = true;
        return 1;
}

static int bad_decode(Run *r, int code) {
        return bad_page(r, code == DECODE_E_LIMIT ? FAILURE_LIMIT : FAILURE_REPLY, "%s", r->decoder->story);
}

static int drain(Run *r) {
        MappingOut out;
        Record record;
        int code;

        while ((code = decoder_next(r->decoder, &record)) == DECODE_RECORD) {
                if (r->stream->last_id_at >= 0) {
                        text_clear(&r->last_id);
                        (void) text_add(&r->last_id, record.values[r->stream->last_id_at].text);
                }
                code = mapping_apply(r->stream->mapping, r->sums, &r->context, &record, mapping_out(r, &out));
                if (code == 0)
                        continue;
                if (r->is_page_bad)
                        return 1;
                return bad_page(r, FAILURE_LIMIT, "%s", code < 0 ? err_story(code) : "the mapping gave up");
        }
        return code == DECODE_MORE ? 0 : bad_decode(r, code);
}

static int on_page_begin(void *userdata, const HttpResponse *head, unsigned page) {
        Run *r = userdata;
        int code;

        r->decoder = decoder_free(r->decoder);
        r->archive = archive_free(r->archive);
        mapping_state_rollback(r->sums);
        r->page = page;
        r->is_page_open = true;
        r->mark = parcel_mark(r->parcel);
        r->page_samples = r->page_rejects = 0;
        r->is_page_bad = false;
        r->has_body = r->is_page_same = false;
        r->page_failure = (Failure){};
        r->context.request = r->n_requests + 1;
        text_clear(&r->body_head);
        text_clear(&r->last_id);
        known_begin_page(r, head, page);
        r->archive = archive_new(r->stream->format.is_withheld ? 0 : r->stream->connector->spec->archive_max);
        code = decoder_open(&r->decoder, &r->stream->format);
        return code < 0 ? bad_page(r, FAILURE_INTERNAL, "%s", err_story(code)) : 0;
}

static int read_body(Run *r, Bytes chunk) {
        int code;

        archive_add(r->archive, chunk);
        if (!chunk.len)
                return 0;
        code = decoder_feed(r->decoder, chunk);
        if (code != 0)
                return code < 0 ? bad_page(r, FAILURE_INTERNAL, "%s", err_story(code)) : bad_decode(r, code);
        return drain(r);
}

/* What was held back turned out to be no repetition. */
static int read_held(Run *r) {
        int code = read_body(r, known_held(r));

        text_clear(&r->held);
        return code;
}

static int on_body(void *userdata, Bytes chunk) {
        Run *r = userdata;
        int code;

        if (r->body_head.len < BODY_HEAD)
                (void) text_add(&r->body_head, (Bytes){ chunk.data, chunk.len < BODY_HEAD - r->body_head.len ? chunk.len : BODY_HEAD - r->body_head.len });
        if (known_hold(r, chunk))
                return 0;
        code = read_held(r);
        return code != 0 ? code : read_body(r, chunk);
}

static Bytes envelope_text(const Run *r, int at) {
        if (at < 0 || (size_t) at >= r->decoder->n_envelope)
                return BYTES_NULL;
        return r->decoder->envelope[at].text;
}

/* Not there, null and empty are three things. */
static void tell_envelope(const Run *r, const char *name, int at, Text *ret) {
        const Value *v = at >= 0 && (size_t) at < r->decoder->n_envelope ? &r->decoder->envelope[at] : NULL;

        if (!v || v->kind == VALUE_MISSING)
                (void) text_printf(ret, "has no %s", name);
        else if (v->kind == VALUE_NULL)
                (void) text_printf(ret, "says null for %s", name);
        else
                (void) text_printf(ret, "says %s \"%.*s\"", name, (int) (v->text.len > 80 ? 80 : v->text.len), v->text.data);
}

/* "null" stands for null; a field that is not there is equal to nothing. */
static bool pair_holds(const Run *r, const ConfPairs *pairs, const int *at, size_t i) {
        const Value *v = at[i] >= 0 && (size_t) at[i] < r->decoder->n_envelope ? &r->decoder->envelope[at[i]] : NULL;

        if (!v || v->kind == VALUE_MISSING)
                return false;
        return bytes_equal_str(v->kind == VALUE_NULL ? BYTES_LIT("null") : v->text, pairs->items[i].value);
}

static bool any_pair_holds(const Run *r, const ConfPairs *pairs, const int *at) {
        for (size_t i = 0; i < pairs->len; i++)
                if (pair_holds(r, pairs, at, i))
                        return true;
        return false;
}

/* "Empty" and "absent" end without an error, so all that is stated for them must be there: an error envelope without data is neither. */
static bool all_pairs_hold(const Run *r, const ConfPairs *pairs, const int *at) {
        for (size_t i = 0; i < pairs->len; i++)
                if (!pair_holds(r, pairs, at, i))
                        return false;
        return pairs->len > 0;
}

/* What the source says in words, where the connector names such a field. */
static Bytes source_message(const Run *r) {
        int at = format_envelope_index(&r->stream->format, "message");
        Bytes text = envelope_text(r, at);

        return text.len > 200 ? (Bytes){ text.data, 200 } : text;
}

/* The rules on the envelope of a page that was decoded to its end. */
static Verdict judge_page(Run *r) {
        const JudgeSpec *accept = &r->stream->spec->accept;
        Bytes message = source_message(r);

        if (any_pair_holds(r, &accept->login_if, r->stream->login_if_at)) {
                (void) bad_page(r, FAILURE_LOGIN, "the source refused the token: %.*s", (int) message.len, message.data ? message.data : "");
                return VERDICT_LOGIN;
        }
        if (all_pairs_hold(r, &accept->absent_if, r->stream->absent_if_at))
                return VERDICT_ABSENT;
        if (all_pairs_hold(r, &accept->empty_if, r->stream->empty_if_at))
                return VERDICT_EMPTY;
        for (size_t i = 0; i < accept->require.len; i++) {
                const ConfPair *pair = &accept->require.items[i];
                _cleanup_(text_done) Text got = TEXT_INIT(200);

                if (pair_holds(r, &accept->require, r->stream->require_at, i))
                        continue;
                tell_envelope(r, pair->key, r->stream->require_at[i], &got);
                (void) bad_page(r, FAILURE_REPLY, "the answer %s where \"%s\" is required%s%.*s", text_str(&got), pair->value, message.len ? ": " : "", (int) message.len,
                                message.data ? message.data : "");
                return VERDICT_FAIL;
        }
        return VERDICT_OK;
}

static int finish_decoding(Run *r) {
        int code;

        if (r->is_page_bad)
                return 1;
        code = decoder_feed(r->decoder, BYTES_NULL);
        if (code != 0)
                return bad_decode(r, code);
        return drain(r);
}

static void state_facts(const Run *r, PageFacts *facts) {
        const Stream *s = r->stream;
        Bytes more = envelope_text(r, s->has_more_at), total = envelope_text(r, s->total_at);

        facts->n_records = r->decoder->n_records;
        facts->cursor = envelope_text(r, s->cursor_at);
        facts->next_url = envelope_text(r, s->next_url_at);
        facts->last_id = text_bytes(&r->last_id);
        facts->total = -1;
        (void) num_parse_i64(total, &facts->total);
        facts->has_more = s->has_more_at < 0 ? -1 : bytes_equal_str(more, "true") || bytes_equal_str(more, "1");
}

static bool is_broken_envelope_allowed(const Run *r) {
        return r->stream->spec->accept.absent_if.len || r->stream->spec->accept.empty_if.len || r->stream->spec->accept.login_if.len || r->stream->spec->accept.require.len;
}

static void on_page_end(void *userdata, PageVerdict *ret) {
        Run *r = userdata;

        *ret = (PageVerdict){ .facts = { .total = -1, .has_more = -1 } };
        r->is_page_open = false;
        if (known_is_same(r)) {
                r->is_page_same = true;
                ret->verdict = VERDICT_UNCHANGED;
                r->record.n_pages++;
                return;
        }
        ret->verdict = VERDICT_FAIL;
        (void) read_held(r);
        if (finish_decoding(r) == 0)
                ret->verdict = judge_page(r);
        else if (r->decoder && r->page_failure.class == FAILURE_REPLY && is_broken_envelope_allowed(r)) {
                /* An error envelope has no records: the envelope's own words say more than "no records". */
                Failure shape = r->page_failure;
                Verdict v;

                r->is_page_bad = false;
                v = judge_page(r);
                if (v == VERDICT_OK) {
                        r->page_failure = shape;
                        r->is_page_bad = true;
                } else
                        ret->verdict = v;
        }

        archive_end(r->archive, &r->body);
        r->has_body = true;
        if (ret->verdict == VERDICT_EMPTY || ret->verdict == VERDICT_ABSENT) {
                /* What the decoder made of such an answer is no record. */
                parcel_rewind(r->parcel, r->mark);
                mapping_state_rollback(r->sums);
                r->page_samples = r->page_rejects = 0;
                r->record.n_pages++;
                return;
        }
        settle_seen(r, ret->verdict == VERDICT_OK);
        if (ret->verdict == VERDICT_OK) {
                state_facts(r, &ret->facts);
                mapping_state_commit(r->sums);
                r->page_known = (Known){ .sha256 = r->body.sha256, .size = r->body.size };
                r->ask_pages++;
                r->record.n_pages++;
                r->record.n_records += r->decoder->n_records;
                r->record.n_samples += r->page_samples;
                r->record.n_rejects += r->page_rejects;
                r->page_samples = r->page_rejects = 0;
                return;
        }
        parcel_rewind(r->parcel, r->mark);
        mapping_state_rollback(r->sums);
        ret->failure = r->page_failure;
}

/* ---- evidence ---- */

/* What tells later of which moment and state of the source an answer was. */
static void add_reply_headers(const HttpResponse *resp, Text *ret) {
        static const char *const names[] = { "Date", "Last-Modified", "ETag", "Age", "Retry-After", "Content-Encoding", "Server" };

        for (size_t i = 0; resp && i < ELEMENTS(names); i++) {
                const char *value = http_response_header(resp, names[i]);

                if (value && strlen(value) <= VALIDATOR_MAX)
                        (void) text_printf(ret, "%s: %s\n", names[i], value);
        }
}

static void note_exchange(Run *r, const FetchExchange *x) {
        _cleanup_(text_done) Text headers = TEXT_INIT(8192), reply_headers = TEXT_INIT(2048), shown = TEXT_INIT(64 << 10);
        RequestRecord record = {
                .seq = ++r->n_requests,
                .ask = r->label,
                .unit = r->context.unit ? r->context.unit->code : NULL,
                .method = x->request->method,
                .url = x->request->url,
                .body = x->request->body_is_secret ? BYTES_NULL : (Bytes){ x->request->body, x->request->body_len },
                .status = x->response ? x->response->status : 0,
                .content_type = x->response ? http_response_header(x->response, "Content-Type") : NULL,
                .error = x->result && x->result->outcome != TRANSFER_OK && x->result->story[0] ? x->result->story : NULL,
                .sent_at = x->sent_at,
                .took = x->result ? x->result->took : 0,
                .size = x->result ? x->result->size : 0,
        };

        if (x->request->is_query_secret) {
                http_request_address(x->request, &shown);
                record.url = text_str(&shown);
        }
        for (size_t i = 0; i < x->request->n_headers; i++)
                (void) text_printf(&headers, "%s: %s\n", x->request->headers[i].name, x->request->headers[i].secret ? "***" : x->request->headers[i].value);
        record.headers = text_str(&headers);
        add_reply_headers(x->response, &reply_headers);
        record.reply_headers = text_str(&reply_headers);
        if (r->env.stored && stored_last(r->env.transport)) {
                record.url = stored_last(r->env.transport)->url;
                record.sent_at = stored_last(r->env.transport)->sent_at;
        }
        if (r->is_page_same || (record.status == 304 && r->is_known)) {
                record.sha256 = r->known.sha256;
                record.size = r->known.size;
                record.is_stored = r->known.is_stored;
        } else if (r->has_body) {
                record.sha256 = r->body.sha256;
                record.size = r->body.size;
                record.is_stored = r->body.deflated.len > 0 && make_room(r) == 0 && parcel_add_body(r->parcel, &r->body) == 0;
                r->page_known.is_stored = record.is_stored;
                if (!record.is_stored && !r->stream->format.is_withheld && r->stream->connector->spec->archive_max)
                        record.head = text_bytes(&r->body_head);
        }
        record.is_withheld = record.size > 0 && r->stream->format.is_withheld && !x->is_login;
        if (make_room(r) == 0)
                (void) parcel_add_request(r->parcel, &record);
        r->has_body = r->is_page_same = false;
}

/* The transfer broke off: a page that did not end is no page, and what was read of it never came. */
static void void_page(Run *r) {
        parcel_rewind(r->parcel, r->mark);
        mapping_state_rollback(r->sums);
        settle_seen(r, false);
        r->page_samples = r->page_rejects = 0;
        r->is_page_open = false;
}

static void on_exchange(void *userdata, const FetchExchange *x) {
        Run *r = userdata;

        if (r->is_page_open && !x->is_login)
                void_page(r);
        if (r->env.exchange)
                r->env.exchange(r->env.userdata, x, text_bytes(&r->body_head));
        note_exchange(r, x);
        text_clear(&r->body_head);
}

static void on_settled(void *userdata, Verdict verdict) {
        Run *r = userdata;

        r->is_absent = verdict == VERDICT_ABSENT;
        r->is_ask_unchanged = verdict == VERDICT_UNCHANGED;
}

static void on_done(void *userdata, const Failure *failure, usec_t now _unused_) {
        Run *r = userdata;

        r->has_ask_failure = failure;
        if (failure)
                r->ask_failure = *failure;
        r->phase = PHASE_ENDED_ASK;
}

/* ---- the run ---- */

static const FetchEvents fetch_events = {
        .page_begin = on_page_begin,
        .body = on_body,
        .page_end = on_page_end,
        .exchange = on_exchange,
        .settled = on_settled,
        .done = on_done,
        .renew = run_request,
};

/* Stored replies come at once, and asking again brings nothing else. */
static const MannersSpec no_manners = { .parallel = 1, .attempts = 1 };

static void begin_fetch(Run *r, const HttpRequest *request) {
        const Stream *s = r->stream;
        const ConnectorSpec *c = s->connector->spec;
        FetchSpec spec = {
                .judge = &s->spec->accept,
                .content_types = s->format.content_types,
                .paging = &s->spec->paging,
                .manners = r->env.stored ? &no_manners : &c->manners,
                .limits = &c->limits,
                .tls = &c->tls,
                .max_pages = s->spec->max_pages,
                .user_agent = "thiduad/" THIDUAD_VERSION,
                .etag = known_etag(r),
                .last_modified = known_modified(r),
        };
        FetchEvents events = fetch_events;

        if (request)
                events.renew = NULL;
        r->fetch = fetch_new(&spec, request, r->env.auth, r->env.hosts, r->env.transport, &events, r);
        r->phase = PHASE_FETCHING;
}

static void begin_ask(Run *r, const Target *t) {
        _cleanup_(http_request_freep) HttpRequest *request = NULL;
        const UnitTable *units = registry_units(setup_registry(r->setup));
        const Period *window = r->stream->has_window ? &r->windows.items[r->window] : NULL;
        int code;

        r->record.n_asks++;
        r->has_ask_failure = r->is_absent = false;
        run_label(r, t);
        known_begin_ask(r);
        r->sums = mapping_state_free(r->sums);
        r->sums = mapping_state_new(r->stream->mapping);
        r->context = (MappingContext){ .units = units, .unit = t->unit, .window = window, .zone = r->stream->connector->zone, .today = r->today };
        if (r->group.len)
                r->context.unit = NULL;         /* each record tells whose it is */
        r->asked = t;
        r->asked_at = r->now_real;
        /* Where it names its page, it is made page by page. */
        code = request_plan_uses(r->stream->plan, "page") ? 0 : run_request(r, NULL, &request);
        if (code < 0) {
                failure_set(&r->ask_failure, FAILURE_CONFIG, false, "%s", err_story(code));
                r->has_ask_failure = true;
                r->phase = PHASE_ENDED_ASK;
                return;
        }
        begin_fetch(r, request);
}

/* The ask as it was made then: its label tells the window, its request the unit. */
static void begin_stored_ask(Run *r, const StoredAsk *ask) {
        _cleanup_(http_request_freep) HttpRequest *request = NULL;
        const StoredReply *first = &ask->replies.items[0];
        const UnitTable *units = registry_units(setup_registry(r->setup));
        const Zone *zone = r->stream->connector->zone;
        const char *end = strchrnul(ask->label, ' ');
        bool has_window = r->stream->has_window && period_parse((Bytes){ ask->label, (size_t) (end - ask->label) }, &r->stored_window) == 0;

        r->record.n_asks++;
        r->has_ask_failure = r->is_absent = false;
        (void) snprintf(r->label, sizeof(r->label), "%s", ask->label);
        known_begin_ask(r);
        r->sums = mapping_state_free(r->sums);
        r->sums = mapping_state_new(r->stream->mapping);
        r->context = (MappingContext){
                .units = units,
                .unit = ask->unit ? unit_by_slug(units, ask->unit) : NULL,
                .window = has_window ? &r->stored_window : NULL,
                .zone = zone,
                .today = zone_day(zone, first->sent_at),
        };
        if (has_window != r->stream->has_window || (ask->unit && !r->context.unit)) {
                failure_set(&r->ask_failure, FAILURE_REPLY, false, "what was asked then, \"%s\", is not what the connector asks now: its window or its units are others", ask->label);
                r->has_ask_failure = true;
                r->phase = PHASE_ENDED_ASK;
                return;
        }
        stored_begin(r->env.transport, ask);
        request = http_request_new(first->method, first->url);
        if (first->body)
                http_request_set_body(request, bytes_of(first->body));
        begin_fetch(r, request);
}

/* More pages are there than today's paging asks for: what was summed up is too little. */
static void check_stored_ask(Run *r) {
        if (r->has_ask_failure || !stored_left(r->env.transport))
                return;
        failure_set(&r->ask_failure, FAILURE_REPLY, false, "the archive holds %zu more replies than the connector's paging asks for now", stored_left(r->env.transport));
        r->has_ask_failure = true;
}

/* After a failure of the login or the spool every other ask of this run would fail alike; of the host, when several asks in a row have failed so. */
enum { HOST_FAILURES_MAX = 3 };

static bool failure_is_of_host(const Failure *f) {
        return f->class == FAILURE_CONNECT || f->class == FAILURE_TIMEOUT || (f->class == FAILURE_HTTP && f->is_retryable);
}

static bool failure_is_general(const Failure *f) {
        switch (f->class) {
        case FAILURE_CONFIG:
        case FAILURE_LIMITED:
        case FAILURE_LOGIN:
        case FAILURE_SPOOL:
        case FAILURE_DATABASE:
        case FAILURE_INTERNAL:
                return true;
        default:
                return false;
        }
}

static void fail_ask(Run *r, bool is_whole_ask) {
        known_forget_stated(r);
        r->record.n_asks_failed++;
        /* Of several failures the one that may pass by itself is told: it decides whether the run is tried again before its slot. */
        if (r->ask_failure.is_retryable || !r->last_failure.is_retryable)
                r->last_failure = r->ask_failure;
        r->n_failed_even += !r->is_behind;
        run_note_failed(r, is_whole_ask, failure_is_general(&r->ask_failure));
        r->n_failed_in_a_row = failure_is_of_host(&r->ask_failure) ? r->n_failed_in_a_row + 1 : 0;
        if (failure_is_general(&r->ask_failure) || r->n_failed_in_a_row >= HOST_FAILURES_MAX)
                r->is_aborted = true;
}

/* Units of the group of which the answer told nothing: that is not 0, and not well either. */
static bool group_is_whole(Run *r) {
        _cleanup_(text_done) Text names = TEXT_INIT(160);
        size_t n = 0;

        for (size_t i = 0; i < r->group.len; i++)
                if (r->seen.items[i] != SEEN) {
                        (void) text_printf(&names, "%s%s", n ? ", " : "", r->group.items[i]->code);
                        n++;
                }
        if (n)
                failure_set(&r->ask_failure, FAILURE_REPLY, false, "%s: the answer tells nothing of %zu of the %zu units that were asked for: %s%s", r->label, n, r->group.len,
                            text_str(&names), names.is_full ? " ..." : "");
        return n == 0;
}

static void finish_ask(Run *r) {
        MappingOut out;
        int code;

        r->page_samples = r->page_rejects = 0;
        r->is_page_bad = false;
        r->n_failed_in_a_row = 0;
        if (r->is_ask_unchanged) {
                known_claim(r);
                r->n_unchanged++;
        }
        if (r->is_absent || r->is_ask_unchanged) {
                known_forget_stated(r);
                return;
        }
        code = mapping_finish(r->stream->mapping, r->sums, &r->context, mapping_out(r, &out));
        r->record.n_samples += r->page_samples;
        r->record.n_rejects += r->page_rejects;
        r->record.n_left_out += mapping_state_left_out(r->sums);
        if (code == 0 && !group_is_whole(r)) {
                fail_ask(r, false);
                return;
        }
        if (code == 0) {
                known_end_ask(r);
                return;
        }
        if (!r->is_page_bad)
                failure_set(&r->page_failure, FAILURE_INTERNAL, false, "%s", err_story(code));
        r->ask_failure = r->page_failure;
        fail_ask(r, true);
}

static void end_ask(Run *r) {
        r->fetch = fetch_free(r->fetch);
        r->decoder = decoder_free(r->decoder);
        r->archive = archive_free(r->archive);
        if (r->env.stored)
                check_stored_ask(r);
        if (r->has_ask_failure)
                fail_ask(r, true);
        else
                finish_ask(r);
        r->phase = r->is_aborted ? PHASE_END : PHASE_ASK;
}

static void add_backfill_cursor(Run *r) {
        bool is_good = r->record.state == RUN_OK || r->record.state == RUN_UNCHANGED;

        (void) parcel_add_cursor(r->parcel, &(CursorRecord){ .connector = r->record.connector, .stream = r->record.stream, .partition = r->env.backfill,
                                                             .value = is_good ? r->env.backfill_good : r->env.backfill_bad });
}

static RunState outcome(const Run *r) {
        if (!r->record.n_asks_failed)
                return r->n_unchanged && r->n_unchanged == r->record.n_asks ? RUN_UNCHANGED : RUN_OK;
        /* Of a stream whose other units are complete it is a part that failed, also where nothing was due of those. */
        return r->record.n_asks_failed < r->record.n_asks || r->record.n_pages || (r->is_behind && r->n_even && !r->n_failed_even) ? RUN_PARTIAL : RUN_FAILED;
}

static void end_run(Run *r) {
        int code;

        r->record.state = outcome(r);
        r->record.ended_at = r->now_real;
        r->record.failure = r->last_failure;
        if (r->env.backfill)
                add_backfill_cursor(r);
        else
                run_add_cursors(r);
        code = deliver(r);
        if (code != 0) {
                (void) fail_spool(r, code);
                r->record.state = RUN_FAILED;
                r->record.failure = r->page_failure;
        }
        r->phase = PHASE_DONE;
}

RunStep run_step(Run *r, usec_t now_mono, usec_t now_real) {
        const Target *t;

        r->now_mono = now_mono;
        r->now_real = now_real;
        for (;;)
                switch (r->phase) {
                case PHASE_ASK:
                        if (r->env.stored && r->stored < r->env.stored->asks.len)
                                begin_stored_ask(r, &r->env.stored->asks.items[r->stored++]);
                        else if (!r->env.stored && run_next_target(r, &t))
                                begin_ask(r, t);
                        else
                                r->phase = PHASE_END;
                        break;
                case PHASE_FETCHING:
                        fetch_step(r->fetch, now_mono, now_real);
                        if (r->phase == PHASE_FETCHING)
                                return RUN_WAIT;
                        break;
                case PHASE_ENDED_ASK:
                        end_ask(r);
                        break;
                case PHASE_END:
                        end_run(r);
                        break;
                case PHASE_DONE:
                        return RUN_DONE;
                }
}

usec_t run_wake_at(const Run *r) {
        return r->phase == PHASE_FETCHING ? fetch_wake_at(r->fetch) : 0;
}

Run *run_new(Setup *setup, const Stream *stream, usec_t slot, const RunEnv *env, usec_t now_real) {
        Run *r = NEW(Run);

        r->setup = setup_ref(setup);
        r->stream = stream;
        r->env = *env;
        r->env.cursor = xstrdup(env->cursor);
        r->now_real = now_real;
        r->today = zone_day(stream->connector->zone, now_real);
        r->body_head = TEXT_INIT(BODY_HEAD);
        r->held = TEXT_INIT(HOLD_MAX);
        r->known_value = TEXT_INIT(KNOWN_MAX);
        r->last_id = TEXT_INIT(ID_MAX);
        uuid_make(r->record.id);
        r->record.connector = stream->connector->spec->connector;
        r->record.stream = stream->spec->name;
        r->record.instance = env->instance;
        r->record.fence = env->fence;
        r->record.checks = mapping_checks(stream->mapping);
        r->record.blocks = env->blocks;
        r->record.setup = stream->connector->digest;
        r->record.slot_at = slot;
        r->record.started_at = now_real;
        r->record.state = RUN_OPEN;
        r->parcel = parcel_writer_new(&r->record);
        if (!r->env.stored)
                run_plan(r);
        return r;
}

Run *run_free(Run *r) {
        char *cursor;

        if (!r)
                return NULL;
        cursor = (char *) (uintptr_t) r->env.cursor;
        r->fetch = fetch_free(r->fetch);
        r->decoder = decoder_free(r->decoder);
        r->archive = archive_free(r->archive);
        r->sums = mapping_state_free(r->sums);
        r->parcel = parcel_writer_free(r->parcel);
        vec_done(&r->windows);
        vec_done(&r->targets);
        vec_done(&r->group);
        vec_done(&r->seen);
        text_done(&r->body_head);
        text_done(&r->held);
        text_done(&r->known_value);
        text_done(&r->last_id);
        (void) xfree(cursor);
        r->setup = setup_unref(r->setup);
        return xfree(r);
}

const RunRecord *run_record(const Run *r) {
        return &r->record;
}

const Stream *run_stream(const Run *r) {
        return r->stream;
}

const char *run_position(const Run *r) {
        return r->label;
}

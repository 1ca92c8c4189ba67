/* Parcel: the binary form in which a run travels through the spool.
 *
 *   "THDP"  u16 version  u16 flags  u32 length of the rest  u32 CRC-32C of the rest | run record | items ...
 *
 * An item is a tag and its fields. Metrics, units and periods are written once, as items of their own, before the first
 * sample that needs them; samples hold their numbers. So a parcel can be cut at any item, which is what a mark is.
 * Numbers are variable-length (seven bits a byte, low bits first), texts have length + 1 (0: none) in front and a NUL
 * behind, so a reader hands out pointers into the parcel and copies nothing. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "store/parcel_priv.h"

enum {
        PARCEL_VERSION = 5,             /* 2: the fence at the end of the run record, head and headers of the reply at the end of a request; 3: whether the body was withheld, behind those; 4: checks and blocks behind the fence; 5: what was known, behind those, and claims */
        HEAD_SIZE = 16,
        RUN_ROOM = 64 << 10,            /* kept free for the head and the run record */
        VARINT_MAX = 10,
        FLAG_CURSOR = 1,                /* there may be a cursor in it; an aid for whoever sealed it, not set by older programs */
};

enum {
        TAG_METRIC = 'm',
        TAG_UNIT = 'u',
        TAG_PERIOD = 'p',
        TAG_SAMPLE = 'S',
        TAG_REJECT = 'R',
        TAG_REQUEST = 'Q',
        TAG_BODY = 'B',
        TAG_CURSOR = 'C',
        TAG_CLAIM = 'K',
};

static const char magic[4] = { 'T', 'H', 'D', 'P' };

static const char *const run_state_names[_RUN_STATE_MAX] = {
        [RUN_OPEN] = "running",
        [RUN_OK] = "ok",
        [RUN_PARTIAL] = "partial",
        [RUN_UNCHANGED] = "unchanged",
        [RUN_FAILED] = "failed",
};

const char *run_state_name(RunState s) {
        return (unsigned) s < _RUN_STATE_MAX ? run_state_names[s] : "unknown";
}

/* ---- writing ---- */

/* At most VARINT_MAX bytes; the end of them. */
static char *render_u(char *to, uint64_t v) {
        for (; v > 0x7f; v >>= 7)
                *to++ = (char) ((v & 0x7f) | 0x80);
        *to++ = (char) v;
        return to;
}

static char *render_i(char *to, int64_t v) {
        return render_u(to, ((uint64_t) v << 1) ^ (uint64_t) (v >> 63));
}

static void put_u(Text *t, uint64_t v) {
        char byte[VARINT_MAX];

        (void) text_add(t, (Bytes){ byte, (size_t) (render_u(byte, v) - byte) });
}

static void put_bytes(Text *t, Bytes b) {
        if (!b.data) {
                put_u(t, 0);
                return;
        }
        put_u(t, (uint64_t) b.len + 1);
        (void) text_add(t, b);
        (void) text_add_u8(t, 0);
}

static void put_str(Text *t, const char *s) {
        put_bytes(t, bytes_of(s));
}

static void put_digest(Text *t, const Sha256 *d) {
        (void) text_add(t, (Bytes){ (const char *) d->byte, sizeof(d->byte) });
}

static void cut(Text *t, size_t at) {
        t->len = at;
        t->is_full = false;
        if (t->data)
                t->data[at] = '\0';
}

static void dict_cut(Dict *d, size_t at) {
        while (d->entries.len && d->entries.items[d->entries.len - 1].at >= at) {
                DictEntry *e = &d->entries.items[--d->entries.len];

                (void) map_take(d->numbers, (Bytes){ e->key, e->len });
                e->key = xfree(e->key);
        }
}

static void dict_done(Dict *d) {
        dict_cut(d, 0);
        vec_done(&d->entries);
        d->numbers = map_free(d->numbers);
}

static bool is_entry(const Dict *d, size_t i, Bytes key) {
        return i < d->entries.len && bytes_equal((Bytes){ d->entries.items[i].key, d->entries.items[i].len }, key);
}

/* Number + 1; 0: it is new. Records follow each other with the same unit and period, and with metrics in the same order: then nothing is hashed. */
static size_t dict_find(Dict *d, Bytes key) {
        if (is_entry(d, d->last, key))
                return d->last + 1;
        if (is_entry(d, d->last + 1, key))
                return ++d->last + 1;
        if (is_entry(d, 0, key)) {
                d->last = 0;
                return 1;
        }
        return (uintptr_t) map_get(d->numbers, key);
}

/* The number of key; when it is new, tag and definition are written first. */
static uint64_t dict_number(Dict *d, Text *items, char tag, Bytes key, Bytes definition) {
        DictEntry e = { .len = key.len, .at = items->len, .hash = bytes_hash(key) };
        size_t known = dict_find(d, key);

        if (known) {
                d->last = known - 1;
                return known - 1;
        }
        e.key = bytes_dup(key);
        vec_push(&d->entries, e);
        (void) map_put(d->numbers, key, (void *) (uintptr_t) d->entries.len);
        (void) text_add_char(items, tag);
        (void) text_add(items, definition);
        d->last = d->entries.len - 1;
        return d->last;
}

static uint64_t dict_text(Dict *d, Text *items, char tag, const char *s) {
        size_t known = dict_find(d, bytes_of(s));
        _cleanup_(text_done) Text definition = TEXT_INIT(PARCEL_MAX);

        if (known) {
                d->last = known - 1;
                return known - 1;
        }
        put_str(&definition, s);
        return dict_number(d, items, tag, bytes_of(s), text_bytes(&definition));
}

static uint64_t dict_period(Dict *d, Text *items, const Period *p) {
        char byte[3 + 2 * VARINT_MAX] = { (char) p->kind, (char) p->calendar, (char) p->is_cumulative };
        char *end = render_i(render_i(byte + 3, p->from), p->to);
        Bytes definition = { byte, (size_t) (end - byte) };

        return dict_number(d, items, TAG_PERIOD, definition, definition);
}

static void dict_init(Dict *d) {
        d->numbers = map_new(NULL);
}

ParcelWriter *parcel_writer_new(const RunRecord *run) {
        ParcelWriter *w = NEW(ParcelWriter);

        w->run = *run;
        w->run.connector = w->connector = xstrdup(run->connector);
        w->run.stream = w->stream = xstrdup(run->stream);
        w->run.instance = w->instance = xstrdup(run->instance);
        w->run.checks = w->checks = xstrdup(run->checks);
        w->items = TEXT_INIT(PARCEL_MAX - RUN_ROOM);
        w->sealed = TEXT_INIT(PARCEL_MAX);
        dict_init(&w->metrics);
        dict_init(&w->units);
        dict_init(&w->periods);
        return w;
}

ParcelWriter *parcel_writer_free(ParcelWriter *w) {
        if (!w)
                return NULL;
        dict_done(&w->metrics);
        dict_done(&w->units);
        dict_done(&w->periods);
        vec_done(&w->samples);
        text_done(&w->items);
        text_done(&w->sealed);
        (void) xfree(w->connector);
        (void) xfree(w->stream);
        (void) xfree(w->instance);
        (void) xfree(w->checks);
        return xfree(w);
}

size_t parcel_mark(const ParcelWriter *w) {
        return w->items.len;
}

void parcel_rewind(ParcelWriter *w, size_t mark) {
        if (mark > w->items.len)
                return;
        cut(&w->items, mark);
        dict_cut(&w->metrics, mark);
        dict_cut(&w->units, mark);
        dict_cut(&w->periods, mark);
        while (w->samples.len && w->samples.items[w->samples.len - 1] >= mark)
                w->samples.len--;
}

bool parcel_has_samples(const ParcelWriter *w, size_t mark) {
        return w->samples.len && w->samples.items[w->samples.len - 1] >= mark;
}

/* Where the definitions stand once what was cut out is gone: behind each cut everything lies nearer to the front. */
static void dict_shift(Dict *d, const ParcelCut *cuts, size_t n) {
        size_t i = 0, gone = 0;

        VEC_EACH(e, &d->entries) {
                for (; i < n && cuts[i].at < e->at; i++)
                        gone += cuts[i].end - cuts[i].at;
                e->at -= gone;
        }
}

void parcel_cut(ParcelWriter *w, const ParcelCut *cuts, size_t n) {
        size_t to = n ? cuts[0].at : 0, kept = 0, gone = 0, next = 0;

        for (size_t i = 0; i < n; i++) {
                size_t end = i + 1 < n ? cuts[i + 1].at : w->items.len;

                memmove(w->items.data + to, w->items.data + cuts[i].end, end - cuts[i].end);
                to += end - cuts[i].end;
        }
        for (size_t i = 0; i < w->samples.len; i++) {
                uint32_t at = w->samples.items[i];

                if (next < n && cuts[next].at == at) {
                        gone += cuts[next].end - cuts[next].at;
                        next++;
                } else
                        w->samples.items[kept++] = at - (uint32_t) gone;
        }
        dict_shift(&w->metrics, cuts, n);
        dict_shift(&w->units, cuts, n);
        dict_shift(&w->periods, cuts, n);
        w->samples.len = kept;
        if (n)
                cut(&w->items, to);
}

/* Ends an item that began at `at`: whole, or not there at all. */
static int added(ParcelWriter *w, size_t at) {
        if (!w->items.is_full)
                return 0;
        parcel_rewind(w, at);
        return err(-E2BIG, "a parcel of %s/%s would be larger than its bound of %zu bytes", w->run.connector, w->run.stream, PARCEL_MAX);
}

int parcel_add_sample(ParcelWriter *w, const Sample *s) {
        size_t at = w->items.len;
        uint64_t metric = dict_text(&w->metrics, &w->items, TAG_METRIC, s->metric);
        uint64_t unit = dict_text(&w->units, &w->items, TAG_UNIT, s->unit);
        uint64_t period = dict_period(&w->periods, &w->items, &s->period);

        char head[1 + 3 * VARINT_MAX] = { TAG_SAMPLE }, tail[2 * VARINT_MAX];
        char *end = render_u(render_u(render_u(head + 1, metric), unit), period);

        vec_push(&w->samples, (uint32_t) w->items.len);
        (void) text_add(&w->items, (Bytes){ head, (size_t) (end - head) });
        put_bytes(&w->items, s->is_null ? BYTES_NULL : (Bytes){ s->value.data ? s->value.data : "", s->value.len });
        put_u(&w->items, s->observed_at);
        put_bytes(&w->items, s->quality.len ? s->quality : BYTES_NULL);
        put_bytes(&w->items, s->evidence.len ? s->evidence : BYTES_NULL);
        end = render_u(render_u(tail, s->request), s->record);
        (void) text_add(&w->items, (Bytes){ tail, (size_t) (end - tail) });
        return added(w, at);
}

int parcel_add_reject(ParcelWriter *w, const Reject *r) {
        size_t at = w->items.len;

        (void) text_add_char(&w->items, TAG_REJECT);
        (void) text_add_u8(&w->items, (uint8_t) r->reason);
        put_u(&w->items, r->request);
        put_u(&w->items, r->record);
        put_str(&w->items, r->metric);
        put_bytes(&w->items, r->field);
        put_bytes(&w->items, r->system);
        put_bytes(&w->items, r->code);
        put_bytes(&w->items, r->detail);
        put_bytes(&w->items, r->excerpt);
        return added(w, at);
}

int parcel_add_request(ParcelWriter *w, const RequestRecord *r) {
        size_t at = w->items.len;

        (void) text_add_char(&w->items, TAG_REQUEST);
        put_u(&w->items, r->seq);
        put_str(&w->items, r->ask);
        put_str(&w->items, r->unit);
        put_str(&w->items, r->method);
        put_str(&w->items, r->url);
        put_str(&w->items, r->headers);
        put_bytes(&w->items, r->body.len ? r->body : BYTES_NULL);
        put_u(&w->items, (uint64_t) (r->status > 0 ? r->status : 0));
        put_str(&w->items, r->content_type);
        put_str(&w->items, r->error);
        put_u(&w->items, r->sent_at);
        put_u(&w->items, r->took);
        put_digest(&w->items, &r->sha256);
        put_u(&w->items, r->size);
        (void) text_add_u8(&w->items, r->is_stored);
        put_bytes(&w->items, r->head.len ? r->head : BYTES_NULL);
        put_str(&w->items, r->reply_headers);
        (void) text_add_u8(&w->items, r->is_withheld);
        return added(w, at);
}

int parcel_add_body(ParcelWriter *w, const BodyRecord *b) {
        size_t at = w->items.len;

        (void) text_add_char(&w->items, TAG_BODY);
        put_digest(&w->items, &b->sha256);
        put_u(&w->items, b->size);
        put_bytes(&w->items, b->deflated);
        return added(w, at);
}

static int add_place(ParcelWriter *w, char tag, const CursorRecord *c) {
        size_t at = w->items.len;

        (void) text_add_char(&w->items, tag);
        put_str(&w->items, c->connector);
        put_str(&w->items, c->stream);
        put_str(&w->items, c->partition);
        put_str(&w->items, c->value);
        return added(w, at);
}

int parcel_add_cursor(ParcelWriter *w, const CursorRecord *c) {
        w->moves_cursor = true;
        return add_place(w, TAG_CURSOR, c);
}

int parcel_add_claim(ParcelWriter *w, const ClaimRecord *c) {
        return add_place(w, TAG_CLAIM, c);
}

size_t parcel_size(const ParcelWriter *w) {
        return w->items.len;
}

bool parcel_is_empty(const ParcelWriter *w) {
        return w->items.len == 0;
}

static void put_run(Text *t, const ParcelWriter *w, const RunRecord *run) {
        put_str(t, run->id);
        put_str(t, w->connector);
        put_str(t, w->stream);
        put_str(t, w->instance);
        put_digest(t, &run->setup);
        put_u(t, run->slot_at);
        put_u(t, run->started_at);
        put_u(t, run->ended_at);
        (void) text_add_u8(t, (uint8_t) run->state);
        put_u(t, run->n_asks);
        put_u(t, run->n_asks_failed);
        put_u(t, run->n_pages);
        put_u(t, run->n_records);
        put_u(t, run->n_samples);
        put_u(t, run->n_rejects);
        put_u(t, run->n_left_out);
        (void) text_add_u8(t, (uint8_t) run->failure.class);
        (void) text_add_u8(t, run->failure.is_retryable);
        put_u(t, (uint64_t) (run->failure.http_status > 0 ? run->failure.http_status : 0));
        put_str(t, run->failure.sqlstate);
        put_str(t, run->failure.story);
        put_u(t, run->fence);
        put_str(t, w->checks);
        put_u(t, run->blocks);
        put_u(t, run->n_known);
}

int parcel_seal(ParcelWriter *w, const RunRecord *run, Bytes *ret) {
        _cleanup_(text_done) Text head = TEXT_INIT(HEAD_SIZE);
        Bytes rest;

        text_clear(&w->sealed);
        w->sealed.is_full = false;
        for (size_t i = 0; i < HEAD_SIZE; i++)
                (void) text_add_u8(&w->sealed, 0);
        put_run(&w->sealed, w, run);
        (void) text_add(&w->sealed, text_bytes(&w->items));
        if (w->sealed.is_full)
                return err(-E2BIG, "the run record of %s/%s does not fit into a parcel", w->run.connector, w->run.stream);

        rest = (Bytes){ w->sealed.data + HEAD_SIZE, w->sealed.len - HEAD_SIZE };
        (void) text_add(&head, (Bytes){ magic, sizeof(magic) });
        (void) text_add_u16(&head, PARCEL_VERSION);
        (void) text_add_u16(&head, w->moves_cursor ? FLAG_CURSOR : 0);
        (void) text_add_u32(&head, (uint32_t) rest.len);
        (void) text_add_u32(&head, crc32c(0, rest));
        memcpy(w->sealed.data, head.data, HEAD_SIZE);
        *ret = text_bytes(&w->sealed);
        return 0;
}

void parcel_reset(ParcelWriter *w) {
        parcel_rewind(w, 0);
        w->moves_cursor = false;
}

bool parcel_moves_cursor(Bytes sealed) {
        return sealed.len >= HEAD_SIZE && (sealed.data[6] & FLAG_CURSOR);
}

/* ---- reading ---- */

struct ParcelReader {
        const uint8_t *at, *end;
        int version;
        bool is_bad;
        RunRecord run;
        VEC(const char *) metrics;
        VEC(const char *) units;
        VEC(Period) periods;
};

static uint32_t peek_u32(const uint8_t *p) {
        return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

static uint64_t get_long_u(ParcelReader *r) {
        uint64_t v = 0;

        for (unsigned shift = 0; shift < 64; shift += 7) {
                uint8_t byte;

                if (r->at == r->end)
                        break;
                byte = *r->at++;
                if (shift == 63 && byte > 1)
                        break;
                v |= (uint64_t) (byte & 0x7f) << shift;
                if (!(byte & 0x80))
                        return v;
        }
        r->is_bad = true;
        return 0;
}

/* Most numbers are small. */
static inline uint64_t get_u(ParcelReader *r) {
        return r->at < r->end && *r->at < 0x80 ? *r->at++ : get_long_u(r);
}

static uint64_t get_below(ParcelReader *r, uint64_t max) {
        uint64_t v = get_u(r);

        if (v <= max)
                return v;
        r->is_bad = true;
        return 0;
}

static int64_t get_i(ParcelReader *r) {
        uint64_t v = get_u(r);

        return (int64_t) (v >> 1) ^ -(int64_t) (v & 1);
}

static uint8_t get_u8(ParcelReader *r) {
        if (r->at == r->end) {
                r->is_bad = true;
                return 0;
        }
        return *r->at++;
}

static unsigned get_word(ParcelReader *r, unsigned n_words) {
        unsigned v = get_u8(r);

        if (v < n_words)
                return v;
        r->is_bad = true;
        return 0;
}

static Bytes get_bytes(ParcelReader *r) {
        uint64_t len = get_u(r);
        Bytes b;

        if (r->is_bad || len == 0)
                return BYTES_NULL;
        /* len counts one more than the text, just as much as its NUL takes. */
        if (len > (uint64_t) (r->end - r->at) || r->at[len - 1] != '\0') {
                r->is_bad = true;
                return BYTES_NULL;
        }
        b = (Bytes){ (const char *) r->at, (size_t) len - 1 };
        r->at += len;
        return b;
}

/* A text that is handed out as a C string must not hold a NUL: what follows it would be lost unseen. */
static const char *get_str(ParcelReader *r) {
        Bytes b = get_bytes(r);

        if (b.data && memchr(b.data, '\0', b.len))
                r->is_bad = true;
        return r->is_bad ? NULL : b.data;
}

static const char *need_str(ParcelReader *r) {
        const char *s = get_str(r);

        if (!s)
                r->is_bad = true;
        return s;
}

static Sha256 get_digest(ParcelReader *r) {
        Sha256 d = {};

        if ((size_t) (r->end - r->at) < sizeof(d.byte)) {
                r->is_bad = true;
                return d;
        }
        memcpy(d.byte, r->at, sizeof(d.byte));
        r->at += sizeof(d.byte);
        return d;
}

static void get_fixed(ParcelReader *r, char *to, size_t size) {
        const char *s = get_str(r);
        size_t len = s ? strlen(s) : 0;

        if (len >= size) {
                r->is_bad = true;
                return;
        }
        memcpy(to, s ? s : "", len + 1);
}

static void get_run(ParcelReader *r) {
        RunRecord *run = &r->run;

        get_fixed(r, run->id, sizeof(run->id));
        run->connector = need_str(r);
        run->stream = need_str(r);
        run->instance = get_str(r);
        run->setup = get_digest(r);
        run->slot_at = get_u(r);
        run->started_at = get_u(r);
        run->ended_at = get_u(r);
        run->state = (RunState) get_word(r, _RUN_STATE_MAX);
        run->n_asks = get_u(r);
        run->n_asks_failed = get_u(r);
        run->n_pages = get_u(r);
        run->n_records = get_u(r);
        run->n_samples = get_u(r);
        run->n_rejects = get_u(r);
        run->n_left_out = get_u(r);
        run->failure.class = (FailureClass) get_word(r, _FAILURE_MAX);
        run->failure.is_retryable = get_u8(r) != 0;
        run->failure.http_status = (int) get_below(r, 999);
        get_fixed(r, run->failure.sqlstate, sizeof(run->failure.sqlstate));
        get_fixed(r, run->failure.story, sizeof(run->failure.story));
        run->fence = r->version >= 2 ? get_u(r) : 0;
        run->checks = r->version >= 4 ? get_str(r) : NULL;
        run->blocks = r->version >= 4 ? get_u(r) : 0;
        run->n_known = r->version >= 5 ? get_u(r) : 0;
}

static int bad(const char *what) {
        return err(-EBADMSG, "not a sound parcel: %s", what);
}

int parcel_reader_new(ParcelReader **ret, Bytes parcel) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        const uint8_t *p = (const uint8_t *) parcel.data;

        if (parcel.len < HEAD_SIZE || memcmp(p, magic, sizeof(magic)) != 0)
                return bad("it does not begin as one");
        if (p[4] + (p[5] << 8) > PARCEL_VERSION)
                return err(-EPROTONOSUPPORT, "the parcel has version %d, this program reads up to %d: use the newer program that wrote it",
                           p[4] + (p[5] << 8), PARCEL_VERSION);
        if (p[4] + (p[5] << 8) == 0)
                return bad("version 0");
        if (peek_u32(p + 8) != parcel.len - HEAD_SIZE)
                return bad("its length is not what its head says");
        if (crc32c(0, (Bytes){ parcel.data + HEAD_SIZE, parcel.len - HEAD_SIZE }) != peek_u32(p + 12))
                return bad("wrong checksum");

        r = NEW(ParcelReader);
        r->at = p + HEAD_SIZE;
        r->end = p + parcel.len;
        r->version = p[4] + (p[5] << 8);
        get_run(r);
        if (r->is_bad)
                return bad("broken run record");
        *ret = TAKE(r);
        return 0;
}

ParcelReader *parcel_reader_free(ParcelReader *r) {
        if (!r)
                return NULL;
        vec_done(&r->metrics);
        vec_done(&r->units);
        vec_done(&r->periods);
        return xfree(r);
}

const RunRecord *parcel_run(const ParcelReader *r) {
        return &r->run;
}

static void get_period(ParcelReader *r) {
        Period p = {
                .kind = (PeriodKind) get_word(r, _PERIOD_KIND_MAX),
                .calendar = (CalendarKind) get_word(r, _CALENDAR_KIND_MAX),
                .is_cumulative = get_u8(r) != 0,
        };
        int64_t from = get_i(r), to = get_i(r);

        if (from < INT32_MIN || from > INT32_MAX || to < INT32_MIN || to > INT32_MAX)
                r->is_bad = true;
        p.from = (Day) from;
        p.to = (Day) to;
        vec_push(&r->periods, p);
}

static void get_definition(ParcelReader *r, uint8_t tag) {
        if (tag == TAG_PERIOD)
                get_period(r);
        else if (tag == TAG_METRIC)
                vec_push(&r->metrics, need_str(r));
        else
                vec_push(&r->units, need_str(r));
}

/* What a sample says behind its numbers. */
static void get_statement(ParcelReader *r, Sample *s) {
        s->value = get_bytes(r);
        s->is_null = !s->value.data;
        s->observed_at = get_u(r);
        s->quality = get_bytes(r);
        s->evidence = get_bytes(r);
        s->request = (uint32_t) get_below(r, UINT32_MAX);
        s->record = get_u(r);
}

size_t parcel_read_back(const ParcelWriter *w, size_t at, ParcelItem *ret) {
        const uint8_t *p = (const uint8_t *) w->items.data;
        ParcelReader r = { .at = p + at + 1, .end = p + w->items.len, .version = PARCEL_VERSION };

        ret->kind = PARCEL_SAMPLE;
        ret->metric = (uint32_t) get_u(&r);
        ret->unit = (uint32_t) get_u(&r);
        ret->period = (uint32_t) get_u(&r);
        get_statement(&r, &ret->sample);
        return (size_t) (r.at - p);
}

static void get_sample(ParcelReader *r, ParcelItem *item) {
        uint64_t metric = get_u(r), unit = get_u(r), period = get_u(r);
        Sample *s = &item->sample;

        if (metric >= r->metrics.len || unit >= r->units.len || period >= r->periods.len) {
                r->is_bad = true;
                return;
        }
        item->kind = PARCEL_SAMPLE;
        item->metric = (uint32_t) metric;
        item->unit = (uint32_t) unit;
        item->period = (uint32_t) period;
        s->metric = r->metrics.items[metric];
        s->unit = r->units.items[unit];
        s->period = r->periods.items[period];
        get_statement(r, s);
}

static void get_reject(ParcelReader *r, Reject *j) {
        j->reason = (RejectReason) get_word(r, _REJECT_REASON_MAX);
        j->request = (uint32_t) get_below(r, UINT32_MAX);
        j->record = get_u(r);
        j->metric = get_str(r);
        j->field = get_bytes(r);
        j->system = get_bytes(r);
        j->code = get_bytes(r);
        j->detail = get_bytes(r);
        j->excerpt = get_bytes(r);
}

static void get_request(ParcelReader *r, RequestRecord *q) {
        q->seq = (uint32_t) get_below(r, UINT32_MAX);
        q->ask = get_str(r);
        q->unit = get_str(r);
        q->method = get_str(r);
        q->url = get_str(r);
        q->headers = get_str(r);
        q->body = get_bytes(r);
        q->status = (int) get_below(r, 999);
        q->content_type = get_str(r);
        q->error = get_str(r);
        q->sent_at = get_u(r);
        q->took = get_u(r);
        q->sha256 = get_digest(r);
        q->size = get_u(r);
        q->is_stored = get_u8(r) != 0;
        q->head = r->version >= 2 ? get_bytes(r) : BYTES_NULL;
        q->reply_headers = r->version >= 2 ? get_str(r) : NULL;
        q->is_withheld = r->version >= 3 && get_u8(r) != 0;
}

static void get_body(ParcelReader *r, BodyRecord *b) {
        b->sha256 = get_digest(r);
        b->size = get_u(r);
        b->deflated = get_bytes(r);
}

static void get_cursor(ParcelReader *r, CursorRecord *c) {
        c->connector = need_str(r);
        c->stream = need_str(r);
        c->partition = need_str(r);
        c->value = need_str(r);
}

static void get_item(ParcelReader *r, uint8_t tag, ParcelItem *item) {
        switch (tag) {
        case TAG_REJECT:
                item->kind = PARCEL_REJECT;
                get_reject(r, &item->reject);
                break;
        case TAG_REQUEST:
                item->kind = PARCEL_REQUEST;
                get_request(r, &item->request);
                break;
        case TAG_BODY:
                item->kind = PARCEL_BODY;
                get_body(r, &item->body);
                break;
        case TAG_CURSOR:
                item->kind = PARCEL_CURSOR;
                get_cursor(r, &item->cursor);
                break;
        case TAG_CLAIM:
                item->kind = PARCEL_CLAIM;
                get_cursor(r, &item->claim);
                break;
        default:
                r->is_bad = true;
        }
}

int parcel_next(ParcelReader *r, ParcelItem *ret) {
        while (!r->is_bad && r->at < r->end) {
                uint8_t tag = get_u8(r);

                if (tag == TAG_METRIC || tag == TAG_UNIT || tag == TAG_PERIOD) {
                        get_definition(r, tag);
                        continue;
                }
                if (tag == TAG_SAMPLE)
                        get_sample(r, ret);
                else {
                        *ret = (ParcelItem){};
                        get_item(r, tag, ret);
                }
                if (r->is_bad)
                        break;
                return 1;
        }
        ret->kind = PARCEL_END;
        return r->is_bad ? bad("broken item") : 0;
}

/* Sift: the samples of an answer fall into groups by a hash of unit, metric and period; what is remembered of it is a digest of each group. A group whose digest
 * is that of last time states what was stated then, word for word, so it need not travel again.
 *
 * Everything that is said of one figure is in one group, in the order of the answer. So it does not matter in which order the figures come, and an answer that says
 * something twice about one of them is taken in as it stands, or left out as it stands. */

#include "store/parcel_priv.h"
#include "store/sift.h"

enum {
        GROUP = 8,              /* samples in a group, about: each that changed takes the others of its group along */
        GROUPS_MAX = 1 << 16,
        DIGEST = 16,            /* bytes of SHA-256 */
};

typedef struct Digest {
        uint8_t byte[DIGEST];
} Digest;

typedef struct Answer Answer;
struct Answer {
        Answer *older, *newer;
        char *ask;
        size_t ask_len;
        Sha256 identity;
        size_t n_groups;        /* a power of two */
        Digest groups[];
};

struct Sift {
        Map *answers;
        Answer *oldest, *newest;
        size_t size, max;
};

/* A sample on its way through one call. */
typedef struct Grain {
        uint32_t at, end;
        uint64_t hash;          /* of unit, metric and period */
        uint32_t group;
} Grain;

typedef struct Grains {
        VEC(Grain) list;        /* as they stand in the parcel */
        VEC(uint32_t) order;    /* their numbers, group by group */
        VEC(uint32_t) first;    /* where each group begins in order; one more at the end */
} Grains;

/* ---- what is remembered ---- */

static size_t answer_size(const Answer *a) {
        return sizeof(*a) + a->n_groups * sizeof(Digest) + a->ask_len + 1;
}

static void unlink_answer(Sift *s, Answer *a) {
        *(a->older ? &a->older->newer : &s->oldest) = a->newer;
        *(a->newer ? &a->newer->older : &s->newest) = a->older;
        s->size -= answer_size(a);
        a->older = a->newer = NULL;
}

static void link_newest(Sift *s, Answer *a) {
        a->older = s->newest;
        *(s->newest ? &s->newest->newer : &s->oldest) = a;
        s->newest = a;
        s->size += answer_size(a);
}

static Answer *answer_new(Bytes ask, size_t n_groups) {
        Answer *a = xalloc(sizeof(*a) + n_groups * sizeof(Digest));

        a->ask = bytes_dup(ask);
        a->ask_len = ask.len;
        a->n_groups = n_groups;
        return a;
}

static Answer *answer_free(Answer *a) {
        if (!a)
                return NULL;
        (void) xfree(a->ask);
        return xfree(a);
}

static Answer *take_answer(Sift *s, Bytes ask) {
        Answer *a = map_take(s->answers, ask);

        if (a)
                unlink_answer(s, a);
        return a;
}

static void keep_answer(Sift *s, Answer *a) {
        (void) map_put(s->answers, (Bytes){ a->ask, a->ask_len }, a);
        link_newest(s, a);
        while (s->oldest && s->size > s->max)
                (void) answer_free(take_answer(s, (Bytes){ s->oldest->ask, s->oldest->ask_len }));
}

Sift *sift_new(size_t max) {
        Sift *s = NEW(Sift);

        s->answers = map_new(NULL);
        s->max = max;
        return s;
}

Sift *sift_free(Sift *s) {
        if (!s)
                return NULL;
        while (s->oldest)
                (void) answer_free(take_answer(s, (Bytes){ s->oldest->ask, s->oldest->ask_len }));
        s->answers = map_free(s->answers);
        return xfree(s);
}

size_t sift_size(const Sift *s) {
        return s->size;
}

/* ---- groups ---- */

static size_t groups_for(size_t n) {
        size_t groups = 1;

        while (groups < GROUPS_MAX && groups * GROUP < n)
                groups *= 2;
        return groups;
}

static uint64_t hash_of(const ParcelWriter *w, const ParcelItem *item) {
        uint64_t hash = w->metrics.entries.items[item->metric].hash;

        hash = hash * UINT64_C(0x9e3779b97f4a7c15) + w->units.entries.items[item->unit].hash;
        hash = hash * UINT64_C(0x9e3779b97f4a7c15) + w->periods.entries.items[item->period].hash;
        return hash * UINT64_C(0x9e3779b97f4a7c15);
}

static void grains_done(Grains *g) {
        vec_done(&g->list);
        vec_done(&g->order);
        vec_done(&g->first);
}

static size_t first_from(const ParcelWriter *w, size_t mark) {
        size_t i = w->samples.len;

        while (i && w->samples.items[i - 1] >= mark)
                i--;
        return i;
}

/* By hash; equal ones keep their order. Groups are small. */
static void sort_group(Grains *g, uint32_t from, uint32_t to) {
        for (uint32_t i = from + 1; i < to; i++) {
                uint32_t moved = g->order.items[i], k = i;

                for (; k > from && g->list.items[g->order.items[k - 1]].hash > g->list.items[moved].hash; k--)
                        g->order.items[k] = g->order.items[k - 1];
                g->order.items[k] = moved;
        }
}

/* By counting, so that each group keeps the order of the parcel. */
static void sort_grains(Grains *g, size_t n_groups) {
        for (size_t i = 0; i <= n_groups; i++)
                vec_push(&g->first, 0);
        VEC_EACH(grain, &g->list) {
                g->first.items[grain->group + 1]++;
                vec_push(&g->order, 0);
        }
        for (size_t i = 1; i <= n_groups; i++)
                g->first.items[i] += g->first.items[i - 1];
        for (size_t i = 0; i < g->list.len; i++)
                g->order.items[g->first.items[g->list.items[i].group]++] = (uint32_t) i;
        /* Each beginning has moved to the next one. */
        for (size_t i = n_groups; i; i--)
                g->first.items[i] = g->first.items[i - 1];
        g->first.items[0] = 0;
        for (size_t i = 0; i < n_groups; i++)
                sort_group(g, g->first.items[i], g->first.items[i + 1]);
}

static void find_groups(Grains *ret, const ParcelWriter *w, size_t first, size_t n_groups) {
        ParcelItem item;

        for (size_t i = first; i < w->samples.len; i++) {
                uint32_t at = w->samples.items[i], end = (uint32_t) parcel_read_back(w, at, &item);
                uint64_t hash = hash_of(w, &item);

                vec_push(&ret->list, ((Grain){ at, end, hash, (uint32_t) (hash >> 40) & (uint32_t) (n_groups - 1) }));
        }
        sort_grains(ret, n_groups);
}

/* ---- digests ---- */

/* The same day of the source's statement is the same statement (sql/always/ingest/merge.sql). Days are those of Asia/Ho_Chi_Minh, seven hours ahead since 1975;
 * of what is older the instant itself counts. */
static uint64_t day_of_statement(usec_t at) {
        if (at < 6 * 365 * USEC_DAY)
                return at;
        return UINT64_MAX - (at + 7 * USEC_HOUR) / USEC_DAY;
}

static void put_part(Text *to, Bytes part) {
        uint32_t len = part.data ? (uint32_t) part.len : UINT32_MAX;

        (void) text_add(to, (Bytes){ (const char *) &len, sizeof(len) });
        if (part.data)
                (void) text_add(to, part);
}

static Bytes entry_key(const Dict *d, uint32_t number) {
        return (Bytes){ d->entries.items[number].key, d->entries.items[number].len };
}

/* All that makes a sample the same or another one, each part with its length in front. */
static void put_statement(Text *to, const ParcelWriter *w, size_t at) {
        ParcelItem item;
        uint64_t day;

        (void) parcel_read_back(w, at, &item);
        day = day_of_statement(item.sample.observed_at);
        put_part(to, entry_key(&w->metrics, item.metric));
        put_part(to, entry_key(&w->units, item.unit));
        put_part(to, entry_key(&w->periods, item.period));
        put_part(to, item.sample.value);
        put_part(to, item.sample.quality);
        put_part(to, item.sample.evidence);
        (void) text_add(to, (Bytes){ (const char *) &day, sizeof(day) });
}

static Digest digest_group(const ParcelWriter *w, const Grains *g, size_t group, Text *buffer) {
        Digest ret;
        Sha256 whole;

        text_clear(buffer);
        for (uint32_t i = g->first.items[group]; i < g->first.items[group + 1]; i++)
                put_statement(buffer, w, g->list.items[g->order.items[i]].at);
        whole = sha256_of(text_bytes(buffer));
        memcpy(ret.byte, whole.byte, sizeof(ret.byte));
        return ret;
}

/* ---- one answer ---- */

/* Takes out the samples whose group is known: in known, a flag for each group. */
static size_t take_out(ParcelWriter *w, const Grains *g, const bool *known) {
        VEC(ParcelCut) cuts = {};
        size_t n;

        VEC_EACH(grain, &g->list)
                if (known[grain->group])
                        vec_push(&cuts, ((ParcelCut){ grain->at, grain->end }));
        n = cuts.len;
        parcel_cut(w, cuts.items, n);
        vec_done(&cuts);
        return n;
}

/* An answer that has become much larger or smaller gets other groups. */
static bool fits(const Answer *a, size_t n) {
        size_t groups = groups_for(n);

        return a->n_groups <= groups * 4 && groups <= a->n_groups * 4;
}

size_t sift_answer(Sift *s, Bytes ask, const Sha256 *last, const Sha256 *now, ParcelWriter *w, size_t mark) {
        _cleanup_(grains_done) Grains g = {};
        _cleanup_(text_done) Text buffer = TEXT_INIT(PARCEL_MAX);
        _free_ bool *known = NULL;
        size_t first = first_from(w, mark), n = w->samples.len - first;
        Answer *a = take_answer(s, ask);
        bool is_last = a && last && sha256_equal(&a->identity, last) && fits(a, n);

        if (n < SIFT_MIN || !is_last)
                a = answer_free(a);
        if (n < SIFT_MIN)
                return 0;
        if (!a)
                a = answer_new(ask, groups_for(n));
        a->identity = *now;
        known = NEW_N(bool, a->n_groups);
        find_groups(&g, w, first, a->n_groups);
        for (size_t i = 0; i < a->n_groups; i++) {
                Digest d = digest_group(w, &g, i, &buffer);

                known[i] = is_last && memcmp(&d, &a->groups[i], sizeof(d)) == 0;
                a->groups[i] = d;
        }
        keep_answer(s, a);
        return is_last ? take_out(w, &g, known) : 0;
}

/* Unit tests of store/sift.c. */

#include "store_util.h"

#include <inttypes.h>

#include "base/map.h"
#include "base/vec.h"
#include "store/sift.h"

enum { UNITS = 200, METRICS = 4 };

#define MORNING (UINT64_C(1711929602) * USEC_SEC)       /* 2024-04-01 07:00 in Việt Nam */

/* One answer: a figure of each unit and metric, unless a test says otherwise. */
typedef struct Said {
        int unit, metric;
        const char *value;      /* NULL: null */
        usec_t observed_at;
        const char *quality;
} Said;

typedef struct Answer {
        VEC(Said) list;
} Answer;

typedef struct Bench {
        Sift *sift;
        ParcelWriter *parcel;
        Sha256 identity;        /* of the answer before */
        bool has_last;
} Bench;

static const RunRecord run = { .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0", .connector = "c", .stream = "s", .state = RUN_OPEN };

static void answer_done(Answer *a) {
        vec_done(&a->list);
}

static void fill(Answer *a) {
        a->list.len = 0;
        for (int unit = 0; unit < UNITS; unit++)
                for (int metric = 0; metric < METRICS; metric++)
                        vec_push(&a->list, ((Said){ unit, metric, "17", MORNING, NULL }));
}

static void begin(Bench *b, size_t max) {
        *b = (Bench){ .sift = sift_new(max), .parcel = parcel_writer_new(&run) };
}

static void bench_done(Bench *b) {
        b->sift = sift_free(b->sift);
        b->parcel = parcel_writer_free(b->parcel);
}

static void add(ParcelWriter *w, const Said *s, uint64_t record) {
        char unit[32], metric[32];

        (void) snprintf(unit, sizeof(unit), "xa-%d", s->unit);
        (void) snprintf(metric, sizeof(metric), "m.%d", s->metric);
        assert_int_equal(parcel_add_sample(w, &(Sample){
                .metric = metric, .unit = unit, .period = { .kind = PERIOD_DAY, .from = 19800, .to = 19800 },
                .is_null = !s->value, .value = bytes_of(s->value), .observed_at = s->observed_at, .quality = bytes_of(s->quality), .record = record }), 0);
}

/* Lets one answer through; returns how many were taken out. The parcel holds what is left. */
static size_t pass(Bench *b, const char *ask, const Answer *a) {
        Sha256 now;
        uint64_t record = 0;
        char body[32];
        static unsigned nth;
        size_t n;

        (void) snprintf(body, sizeof(body), "answer %u", ++nth);
        now = sha256_of(bytes_of(body));
        parcel_reset(b->parcel);
        VEC_EACH(s, &a->list)
                add(b->parcel, s, ++record);
        n = sift_answer(b->sift, bytes_of(ask), b->has_last ? &b->identity : NULL, &now, b->parcel, 0);
        b->identity = now;
        b->has_last = true;
        return n;
}

/* What is left, as "unit/metric=value " in its order, and how many. */
static size_t left(Bench *b, Text *ret) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        ParcelItem item;
        Bytes sealed;
        size_t n = 0;
        int code;

        text_clear(ret);
        assert_int_equal(parcel_seal(b->parcel, &run, &sealed), 0);
        assert_int_equal(parcel_reader_new(&r, sealed), 0);
        while ((code = parcel_next(r, &item)) == 1) {
                assert_int_equal(item.kind, PARCEL_SAMPLE);
                (void) text_printf(ret, "%s/%s=%.*s#%" PRIu64 " ", item.sample.unit, item.sample.metric, (int) item.sample.value.len,
                                   item.sample.is_null ? "" : item.sample.value.data, item.sample.record);
                n++;
        }
        assert_int_equal(code, 0);
        return n;
}

/* The first answer goes on whole; the same figures again do not, whatever else differs in the answer, and nothing else of the parcel is lost. */
static void test_same(void **state) {
        _cleanup_(bench_done) Bench b;
        _cleanup_(answer_done) Answer a = {};
        _cleanup_(text_done) Text t = TEXT_INIT(1 << 20);

        (void) state;
        begin(&b, 1 << 20);
        fill(&a);
        assert_int_equal(pass(&b, "a", &a), 0);
        assert_int_equal(left(&b, &t), UNITS * METRICS);
        assert_int_equal(pass(&b, "a", &a), UNITS * METRICS);
        assert_int_equal(left(&b, &t), 0);
        /* Another order of the records is not another answer. */
        for (size_t i = 0, k = a.list.len - 1; i < k; i++, k--) {
                Said s = a.list.items[i];

                a.list.items[i] = a.list.items[k];
                a.list.items[k] = s;
        }
        assert_int_equal(pass(&b, "a", &a), UNITS * METRICS);
}

/* Whatever makes a figure another one to the database lets it through, once: value, null, the source's flag, the day of its statement. A later hour of the same day does not. */
static void test_changes(void **state) {
        static const struct {
                Said said;
                bool goes;
        } cases[] = {
                { { 7, 2, "18", MORNING, NULL }, true },
                { { 7, 2, NULL, MORNING, NULL }, true },
                { { 7, 2, "0", MORNING, NULL }, true },
                { { 7, 2, "17", MORNING, "uớc" }, true },
                { { 7, 2, "17", MORNING + USEC_DAY, NULL }, true },
                { { 7, 2, "17", 0, NULL }, true },
                { { 7, 2, "17", MORNING - 8 * USEC_HOUR, NULL }, true },        /* the evening before */
                { { 7, 2, "17", MORNING + 16 * USEC_HOUR, NULL }, false },
                { { 7, 2, "17", MORNING - 6 * USEC_HOUR, NULL }, false },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(bench_done) Bench b;
                _cleanup_(answer_done) Answer a = {};
                _cleanup_(text_done) Text t = TEXT_INIT(1 << 20);
                size_t n;

                begin(&b, 1 << 20);
                fill(&a);
                (void) pass(&b, "a", &a);
                a.list.items[7 * METRICS + 2] = cases[i].said;
                n = UNITS * METRICS - pass(&b, "a", &a);
                assert_int_equal(left(&b, &t), n);
                assert_true(cases[i].goes ? n > 0 && n < 40 : n == 0);
                assert_true(!cases[i].goes || strstr(text_str(&t), "xa-7/m.2="));
                assert_int_equal(pass(&b, "a", &a), UNITS * METRICS);
        }
}

/* Each of many random answers, put on top of what was let through before, gives what the answers say; what was taken out was said before. */
static void test_nothing_is_lost(void **state) {
        _cleanup_(bench_done) Bench b;
        _cleanup_(answer_done) Answer a = {};
        char believed[UNITS][METRICS][16] = {};
        uint64_t random = 4711;
        size_t n_out = 0;

        (void) state;
        begin(&b, 1 << 20);
        fill(&a);
        for (unsigned round = 0; round < 60; round++) {
                _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
                ParcelItem item;
                Bytes sealed;
                static const char *const values[] = { "1", "2", "3", "1.0", NULL };

                for (unsigned k = 0; k < 6; k++)
                        a.list.items[next_random(&random) % a.list.len].value = values[next_random(&random) % ELEMENTS(values)];
                /* Now and then a record goes, comes, or says something about the figure of another one. */
                if (round % 7 == 3)
                        a.list.items[next_random(&random) % a.list.len] = a.list.items[next_random(&random) % a.list.len];
                n_out += pass(&b, "a", &a);
                assert_int_equal(parcel_seal(b.parcel, &run, &sealed), 0);
                assert_int_equal(parcel_reader_new(&r, sealed), 0);
                while (parcel_next(r, &item) == 1) {
                        int unit = atoi(item.sample.unit + 3), metric = atoi(item.sample.metric + 2);

                        (void) snprintf(believed[unit][metric], 16, "%.*s", (int) item.sample.value.len, item.sample.is_null ? "" : item.sample.value.data);
                }
                for (size_t i = 0; i < a.list.len; i++) {
                        const Said *s = &a.list.items[i];
                        bool is_last = true;

                        for (size_t k = i + 1; k < a.list.len; k++)
                                is_last = is_last && !(a.list.items[k].unit == s->unit && a.list.items[k].metric == s->metric);
                        if (is_last)
                                assert_string_equal(believed[s->unit][s->metric], s->value ? s->value : "");
                }
        }
        assert_true(n_out > 40 * UNITS * METRICS);
}

/* Of a figure that is stated twice both statements go on, in their order, when one of them changed. */
static void test_twice(void **state) {
        _cleanup_(bench_done) Bench b;
        _cleanup_(answer_done) Answer a = {};
        _cleanup_(text_done) Text t = TEXT_INIT(1 << 20);
        const char *first, *second;

        (void) state;
        begin(&b, 1 << 20);
        fill(&a);
        vec_push(&a.list, ((Said){ 3, 1, "99", MORNING, NULL }));
        (void) pass(&b, "a", &a);
        assert_int_equal(pass(&b, "a", &a), a.list.len);
        a.list.items[3 * METRICS + 1].value = "18";
        (void) pass(&b, "a", &a);
        (void) left(&b, &t);
        first = strstr(text_str(&t), "xa-3/m.1=18#14 ");
        second = strstr(text_str(&t), "xa-3/m.1=99#801 ");
        assert_non_null(first);
        assert_non_null(second);
        assert_true(first < second);
}

/* Only on top of the very answer that passed here before: after another one, or none that is known, or another ask, all goes on. */
static void test_identity(void **state) {
        _cleanup_(bench_done) Bench b;
        _cleanup_(answer_done) Answer a = {};

        (void) state;
        begin(&b, 1 << 20);
        fill(&a);
        (void) pass(&b, "a", &a);
        b.identity.byte[0] ^= 1;
        assert_int_equal(pass(&b, "a", &a), 0);
        assert_int_equal(pass(&b, "a", &a), UNITS * METRICS);
        b.has_last = false;
        assert_int_equal(pass(&b, "a", &a), 0);
        assert_int_equal(pass(&b, "b", &a), 0);
        b.has_last = false;
        assert_int_equal(pass(&b, "a", &a), 0);
}

/* What was added before the ask stays, and the parcel can be rewound and added to as before. */
static void test_others_stay(void **state) {
        _cleanup_(bench_done) Bench b;
        _cleanup_(answer_done) Answer a = {};
        _cleanup_(text_done) Text t = TEXT_INIT(1 << 20);
        Said before = { 900, 9, "5", 0, NULL }, after = { 901, 8, "6", 0, NULL };
        size_t mark;

        (void) state;
        begin(&b, 1 << 20);
        fill(&a);
        (void) pass(&b, "a", &a);
        parcel_reset(b.parcel);
        add(b.parcel, &before, 1);
        mark = parcel_mark(b.parcel);
        VEC_EACH(s, &a.list)
                add(b.parcel, s, 0);
        assert_int_equal(sift_answer(b.sift, BYTES_LIT("a"), &b.identity, &b.identity, b.parcel, mark), UNITS * METRICS);
        assert_false(parcel_has_samples(b.parcel, mark));
        assert_true(parcel_has_samples(b.parcel, 0));
        mark = parcel_mark(b.parcel);
        for (unsigned i = 0; i < 2; i++) {
                parcel_rewind(b.parcel, mark);
                add(b.parcel, &after, 2);
                add(b.parcel, &a.list.items[0], 3);
        }
        assert_int_equal(left(&b, &t), 3);
        assert_string_equal(text_str(&t), "xa-900/m.9=5#1 xa-901/m.8=6#2 xa-0/m.0=17#3 ");
}

/* Beyond its bound of memory the answer that was not met for longest is forgotten; a small one is never remembered, and an answer that grew much is read anew. */
static void test_bounds(void **state) {
        _cleanup_(bench_done) Bench b;
        _cleanup_(answer_done) Answer a = {};
        Sha256 one = sha256_of(BYTES_LIT("1"));
        char ask[16];

        (void) state;
        begin(&b, 8192);
        fill(&a);
        for (unsigned i = 0; i < 9; i++) {
                (void) snprintf(ask, sizeof(ask), "ask %u", i);
                parcel_reset(b.parcel);
                VEC_EACH(s, &a.list)
                        add(b.parcel, s, 0);
                assert_int_equal(sift_answer(b.sift, bytes_of(ask), NULL, &one, b.parcel, 0), 0);
                assert_true(sift_size(b.sift) <= 8192);
        }
        assert_true(sift_size(b.sift) > 4096);
        b.identity = one;
        b.has_last = true;
        assert_int_equal(pass(&b, "ask 8", &a), UNITS * METRICS);
        b.identity = one;
        assert_int_equal(pass(&b, "ask 0", &a), 0);

        a.list.len = SIFT_MIN - 1;
        (void) pass(&b, "small", &a);
        assert_int_equal(pass(&b, "small", &a), 0);
        a.list.len = SIFT_MIN;
        (void) pass(&b, "small", &a);
        assert_int_equal(pass(&b, "small", &a), SIFT_MIN);
        fill(&a);
        assert_int_equal(pass(&b, "small", &a), 0);
        assert_int_equal(pass(&b, "small", &a), UNITS * METRICS);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_same), cmocka_unit_test(test_changes), cmocka_unit_test(test_nothing_is_lost), cmocka_unit_test(test_twice),
                cmocka_unit_test(test_identity), cmocka_unit_test(test_others_stay), cmocka_unit_test(test_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

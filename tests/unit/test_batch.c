/* Unit tests of store/batch.c, batch_json.c, batch_meets.c and batch_render.c. That PostgreSQL takes the result is proved by the system tests. */

#include "store_util.h"

#include <errno.h>

#include "store/batch.h"

static const char run_id[] = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0";

static const RunRecord run = {
        .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0",
        .connector = "dvc",
        .stream = "month",
        .started_at = 1711929601000001,
        .ended_at = 1711929602000000,
        .state = RUN_OK,
};

static Sample sample_of(const char *metric, const char *unit, const char *value) {
        return (Sample){
                .metric = metric,
                .unit = unit,
                .period = { .kind = PERIOD_MONTH, .from = 19783, .to = 19812 },
                .value = bytes_of(value),
                .is_null = !value,
                .request = 1,
                .record = 2,
        };
}

static void add_parcel(Batch *b, uint64_t seq, const Sample *samples, size_t n) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = parcel_writer_new(&run);
        Bytes sealed;

        for (size_t i = 0; i < n; i++)
                assert_int_equal(parcel_add_sample(w, &samples[i]), 0);
        assert_int_equal(parcel_add_reject(w, &(Reject){ .reason = REJECT_NO_UNIT, .excerpt = BYTES_LIT("a\0b\"") }), 0);
        assert_int_equal(parcel_add_request(w, &(RequestRecord){
                .seq = 1, .method = "GET", .url = "https://a.example/", .sent_at = 1711929601000001, .headers = "Accept: a\nX: 1\nAccept: b\n" }), 0);
        assert_int_equal(parcel_add_body(w, &(BodyRecord){ .size = 3, .deflated = BYTES_LIT("zzz") }), 0);
        assert_int_equal(parcel_add_cursor(w, &(CursorRecord){ "dvc", "month", "", "2024-03-31" }), 0);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        assert_int_equal(batch_add(b, seq, sealed), 0);
}

/* Number of elements of a binary array. */
static unsigned elements(PgParam p) {
        assert_true(p.is_binary);
        if (p.value.len == 12)
                return 0;
        return (unsigned) (uint8_t) p.value.data[14] << 8 | (uint8_t) p.value.data[15];
}

static int element(PgParam p, unsigned i) {
        return (uint8_t) p.value.data[20 + 8 * i + 7];
}

/* Each text stands once in its dictionary however many samples and parcels name it; rows point to it from 1; null is NULL. */
static void test_dictionaries(void **state _unused_) {
        _cleanup_(batch_freep) Batch *b = batch_new();
        Sample one[] = { sample_of("m.a", "u1", "1"), sample_of("m.b", "u1", NULL), sample_of("m.a", "u2", "0") };
        Sample two[] = { sample_of("m.b", "u2", "-2.50") };
        PgParam p[BATCH_PARAMS];

        add_parcel(b, 41, one, 3);
        add_parcel(b, 42, two, 1);
        assert_int_equal(batch_n_parcels(b), 2);
        assert_int_equal(batch_n_samples(b), 4);
        assert_int_equal(batch_seq(b, 1), 42);
        batch_render(b, "00000000-0000-4000-8000-000000000000", 1711929603000000, BATCH_WHOLE, p);
        assert_string_equal(p[1].value.data, "2024-04-01T00:00:03.000000Z");
        assert_int_equal(elements(p[2]), 2);
        assert_int_equal(elements(p[5]), 2);
        assert_int_equal(elements(p[8]), 2);
        assert_int_equal(elements(p[9]), 2);
        assert_int_equal(elements(p[10]), 1);
        assert_int_equal(elements(p[15]), 1);
        for (unsigned i = 16; i <= 26; i++)
                if (i != 21)
                        assert_int_equal(elements(p[i]), i >= 22 && i <= 24 ? 0 : 4);   /* nobody said when, how well, or whence */
        assert_int_equal(element(p[16], 2), 1);
        assert_int_equal(element(p[16], 3), 2);
        assert_int_equal(element(p[18], 0), 1);
        assert_int_equal(element(p[18], 1), 2);
        assert_int_equal(element(p[19], 3), 2);
        assert_string_equal(p[21].value.data, "{1,NULL,0,-2.50}");
}

/* Checks go with the run that they belong to, as JSON and not as text; a run without any says nothing of them. */
static void test_checks(void **state _unused_) {
        _cleanup_(batch_freep) Batch *b = batch_new();
        RunRecord with = run;
        Sample s[] = { sample_of("m.a", "u1", "1") };
        PgParam p[BATCH_PARAMS];
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        Bytes sealed;

        add_parcel(b, 1, s, 1);
        batch_render(b, run_id, 1, BATCH_WHOLE, p);
        assert_null(strstr(p[3].value.data, "checks"));
        batch_clear(b);
        with.checks = "[{\"metric\":\"m.a\"}]";
        with.blocks = 2;
        w = parcel_writer_new(&with);
        assert_int_equal(parcel_seal(w, &with, &sealed), 0);
        assert_int_equal(batch_add(b, 2, sealed), 0);
        batch_render(b, run_id, 1, BATCH_WHOLE, p);
        assert_non_null(strstr(p[3].value.data, "\"checks\":[{\"metric\":\"m.a\"}],\"blocks\":2,"));
}

/* A probe carries the samples it shows, the names they use, and no bodies. */
static void test_show(void **state _unused_) {
        _cleanup_(batch_freep) Batch *b = batch_new();
        Sample s[] = { sample_of("m.a", "u1", "1"), sample_of("m.b", "u2", "2"), sample_of("m.c", "u3", "3") };
        PgParam p[BATCH_PARAMS];

        add_parcel(b, 1, s, 3);
        batch_show(b, 1, 2);
        batch_render(b, run_id, 1, BATCH_PROBE, p);
        assert_int_equal(elements(p[8]), 1);
        assert_non_null(memmem(p[8].value.data, p[8].value.len, "m.b", 3));
        assert_int_equal(elements(p[5]), 0);
        assert_string_equal(p[21].value.data, "{2}");
        batch_show(b, 0, 0);
        batch_render(b, run_id, 1, BATCH_PROBE, p);
        assert_int_equal(elements(p[8]), 0);
        assert_int_equal(elements(p[16]), 0);
        assert_string_equal(p[21].value.data, "{}");
        batch_show_all(b);
        batch_render(b, run_id, 1, BATCH_WHOLE, p);
        assert_int_equal(elements(p[8]), 3);
        assert_int_equal(elements(p[5]), 1);
}

/* A refused sample is no sample any more, and its content stands among the rejects; what is no number is refused by itself. */
static void test_refuse(void **state _unused_) {
        _cleanup_(batch_freep) Batch *b = batch_new();
        Sample s[] = { sample_of("m.a", "u1", "1"), sample_of("m.b", "u2", "2"), sample_of("m.c", "u3", "3},{") };
        PgParam p[BATCH_PARAMS];

        add_parcel(b, 1, s, 3);
        assert_int_equal(batch_n_refused(b), 1);
        batch_refuse(b, 1, "too large");
        batch_refuse(b, 1, "too large again");
        assert_int_equal(batch_n_refused(b), 2);
        batch_render(b, run_id, 1, BATCH_WHOLE, p);
        assert_string_equal(p[21].value.data, "{1}");
        assert_int_equal(elements(p[8]), 1);
        assert_non_null(strstr(p[27].value.data, "\"reason\":\"no_unit\""));
        assert_non_null(strstr(p[27].value.data, "\"reason\":\"database\""));
        assert_non_null(strstr(p[27].value.data, "\"detail\":\"too large again\""));
        assert_non_null(strstr(p[27].value.data, "\\\"unit\\\":\\\"u2\\\""));
        assert_non_null(strstr(p[27].value.data, "the value is not a number"));
        assert_non_null(strstr(p[27].value.data, run_id));
}

/* What jsonb cannot hold does not get there, and headers of one name are one member. */
static void test_json(void **state _unused_) {
        _cleanup_(batch_freep) Batch *b = batch_new();
        PgParam p[BATCH_PARAMS];

        add_parcel(b, 1, NULL, 0);
        add_parcel(b, 2, NULL, 0);
        batch_render(b, run_id, 1, BATCH_WHOLE, p);
        assert_null(strstr(p[27].value.data, "u0000"));
        assert_non_null(strstr(p[27].value.data, "\"excerpt\":\"a\xef\xbf\xbd" "b\\\"\""));
        assert_non_null(strstr(p[4].value.data, "\"headers\":{\"Accept\":\"a, b\",\"X\":\"1\"}"));
        assert_non_null(strstr(p[4].value.data, "\"status\":null"));
        assert_non_null(strstr(p[3].value.data, "},{\"parcel\":2,"));
        assert_non_null(strstr(p[3].value.data, "\"state\":\"ok\""));
        assert_non_null(strstr(p[3].value.data, "\"failure\":null"));
        assert_non_null(strstr(p[28].value.data, "\"value\":\"2024-03-31\""));
}

/* What is no parcel leaves the batch as it was; a cleared batch is as a new one. */
static void test_clear(void **state _unused_) {
        _cleanup_(batch_freep) Batch *b = batch_new();
        Sample s[] = { sample_of("m.a", "u1", "x") };
        PgParam p[BATCH_PARAMS];

        add_parcel(b, 1, s, 1);
        assert_int_equal(batch_add(b, 2, BYTES_LIT("no parcel at all")), -EBADMSG);
        assert_int_equal(batch_n_parcels(b), 1);
        batch_clear(b);
        assert_int_equal(batch_n_parcels(b) + batch_n_samples(b) + batch_n_refused(b) + batch_size(b), 0);
        batch_render(b, run_id, 1, BATCH_WHOLE, p);
        assert_string_equal(p[3].value.data, "[]");
        assert_int_equal(elements(p[2]), 0);
}

/* What is taken back leaves no trace: neither in the dictionaries, nor among what travels, nor in the counts. */
static void test_drop_last(void **state _unused_) {
        _cleanup_(batch_freep) Batch *b = batch_new(), *plain = batch_new();
        Sample first[] = { sample_of("m.a", "u1", "1") }, second[] = { sample_of("m.b", "u1", "2"), sample_of("m.a", "u2", "x") };
        PgParam p[BATCH_PARAMS], q[BATCH_PARAMS];

        second[1].period.from++;
        for (int times = 0; times < 2; times++) {
                batch_clear(b);
                if (times)
                        add_parcel(b, 1, first, 1);
                add_parcel(b, 2, second, 2);
                batch_drop_last(b);
                assert_int_equal(batch_n_parcels(b), times);
                assert_int_equal(batch_n_samples(b), times);
                assert_int_equal(batch_n_refused(b), 0);
                assert_false(!times && batch_size(b));
        }
        add_parcel(b, 3, second, 2);
        add_parcel(plain, 1, first, 1);
        add_parcel(plain, 3, second, 2);
        batch_render(b, run_id, 1, BATCH_WHOLE, p);
        batch_render(plain, run_id, 1, BATCH_WHOLE, q);
        for (size_t i = 0; i < BATCH_PARAMS; i++) {
                assert_int_equal(p[i].value.len, q[i].value.len);
                assert_memory_equal(p[i].value.data, q[i].value.data, p[i].value.len);
        }
}

static bool meets(const Batch *b, const char *connector, const Sample *s) {
        RunRecord other = { .id = "1e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0", .connector = connector, .stream = "month", .started_at = 1, .ended_at = 2, .state = RUN_OK };
        _cleanup_(parcel_writer_freep) ParcelWriter *w = parcel_writer_new(&other);
        _cleanup_(batch_freep) Batch *newer = batch_new();
        Bytes sealed;

        assert_int_equal(parcel_add_sample(w, s), 0);
        assert_int_equal(parcel_seal(w, &other, &sealed), 0);
        assert_int_equal(batch_add(newer, 9, sealed), 0);
        return batch_meets(newer, b);
}

/* A parcel meets a batch by its connector, or by metric, unit and period together; one of the three alone is no hindrance; an emptied batch is met by nothing. */
static void test_meets(void **state _unused_) {
        _cleanup_(batch_freep) Batch *b = batch_new();
        Sample in[] = { sample_of("m.a", "u1", "1"), sample_of("m.b", "u1", "2") }, later = sample_of("m.b", "u1", "3");
        Sample unit = sample_of("m.b", "u2", "3"), metric = sample_of("m.c", "u1", "3");

        add_parcel(b, 1, in, 2);
        assert_true(meets(b, "other", &in[0]));
        assert_true(meets(b, "other", &in[1]));
        assert_false(meets(b, "other", &unit));
        assert_false(meets(b, "other", &metric));
        later.period.from++;
        assert_false(meets(b, "other", &later));
        assert_true(meets(b, "dvc", &metric));
        batch_clear(b);
        assert_false(meets(b, "dvc", &in[0]));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_dictionaries), cmocka_unit_test(test_show), cmocka_unit_test(test_refuse), cmocka_unit_test(test_json), cmocka_unit_test(test_clear),
                cmocka_unit_test(test_drop_last), cmocka_unit_test(test_meets), cmocka_unit_test(test_checks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Unit tests of store/parcel.c. */

#include "store_util.h"

#include <errno.h>

#include "store/parcel.h"

static RunRecord a_run(void) {
        RunRecord r = {
                .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0",
                .connector = "dvc",
                .stream = "month",
                .instance = "may-1",
                .slot_at = 1711929600000000,
                .started_at = 1711929601000001,
                .state = RUN_OPEN,
                .n_asks = 12,
                .n_known = 300,
        };

        memset(r.setup.byte, 0xab, sizeof(r.setup.byte));
        return r;
}

static Sample a_sample(void) {
        return (Sample){
                .metric = "dossier.online",
                .unit = "nt-so-tttt",
                .period = { .kind = PERIOD_MONTH, .calendar = CALENDAR_15_14, .from = 19738, .to = 19768 },
                .value = BYTES_LIT("1234.5"),
                .observed_at = 1711929602000000,
                .quality = BYTES_LIT("ok"),
                .request = 3,
                .record = 7,
        };
}

static void add_everything(ParcelWriter *w) {
        Sample s = a_sample(), null = a_sample(), negative = a_sample();
        Reject reject = {
                .reason = REJECT_UNKNOWN_UNIT, .request = 3, .record = 8, .system = BYTES_LIT("qd20"), .code = BYTES_LIT("H43.99"),
                .field = BYTES_LIT("maDonVi"), .detail = BYTES_LIT("không có mã này"), .excerpt = BYTES_LIT("{\"a\":\"x\\u0000\"}"),
        };
        RequestRecord request = {
                .seq = 3, .ask = "2024-03", .method = "POST", .url = "https://a.example/x", .headers = "Accept: */*\n", .status = 201,
                .content_type = "application/json", .sent_at = 5, .took = 6, .size = 9, .is_stored = true, .head = BYTES_LIT("{\"a\":"), .reply_headers = "ETag: \"x\"\n", .is_withheld = true,
        };
        BodyRecord body = { .size = 9, .deflated = { "x\0y", 3 } };
        CursorRecord cursor = { "dvc", "month", "", "2024-03-31" };

        null.is_null = true;
        null.value = BYTES_NULL;
        negative.period.from = -5;
        negative.period.to = -1;
        negative.period.is_cumulative = true;
        negative.metric = "dossier.received";
        negative.evidence = BYTES_LIT("CV 12/2024");
        assert_int_equal(parcel_add_sample(w, &s), 0);
        assert_int_equal(parcel_add_sample(w, &null), 0);
        assert_int_equal(parcel_add_sample(w, &negative), 0);
        assert_int_equal(parcel_add_reject(w, &reject), 0);
        assert_int_equal(parcel_add_body(w, &body), 0);
        assert_int_equal(parcel_add_request(w, &request), 0);
        assert_int_equal(parcel_add_cursor(w, &cursor), 0);
}

static void expect_everything(ParcelReader *r) {
        ParcelItem item;

        assert_int_equal(parcel_next(r, &item), 1);
        assert_int_equal(item.kind, PARCEL_SAMPLE);
        assert_string_equal(item.sample.metric, "dossier.online");
        assert_string_equal(item.sample.unit, "nt-so-tttt");
        assert_int_equal(item.sample.period.calendar, CALENDAR_15_14);
        assert_int_equal(item.sample.period.to, 19768);
        assert_true(bytes_equal_str(item.sample.value, "1234.5"));
        assert_false(item.sample.is_null);
        assert_true(bytes_equal_str(item.sample.quality, "ok"));
        assert_null(item.sample.evidence.data);
        assert_int_equal(item.sample.observed_at, 1711929602000000);

        assert_int_equal(parcel_next(r, &item), 1);
        assert_true(item.sample.is_null);

        assert_int_equal(parcel_next(r, &item), 1);
        assert_string_equal(item.sample.metric, "dossier.received");
        assert_int_equal(item.sample.period.from, -5);
        assert_true(item.sample.period.is_cumulative);
        assert_true(bytes_equal_str(item.sample.evidence, "CV 12/2024"));

        assert_int_equal(parcel_next(r, &item), 1);
        assert_int_equal(item.kind, PARCEL_REJECT);
        assert_int_equal(item.reject.reason, REJECT_UNKNOWN_UNIT);
        assert_true(bytes_equal_str(item.reject.detail, "không có mã này"));
        assert_null(item.reject.metric);

        assert_int_equal(parcel_next(r, &item), 1);
        assert_int_equal(item.kind, PARCEL_BODY);
        assert_true(bytes_equal(item.body.deflated, (Bytes){ "x\0y", 3 }));

        assert_int_equal(parcel_next(r, &item), 1);
        assert_int_equal(item.kind, PARCEL_REQUEST);
        assert_int_equal(item.request.status, 201);
        assert_null(item.request.unit);
        assert_null(item.request.error);
        assert_true(item.request.is_stored);
        assert_true(bytes_equal_str(item.request.head, "{\"a\":"));
        assert_string_equal(item.request.reply_headers, "ETag: \"x\"\n");
        assert_true(item.request.is_withheld);

        assert_int_equal(parcel_next(r, &item), 1);
        assert_int_equal(item.kind, PARCEL_CURSOR);
        assert_string_equal(item.cursor.partition, "");
        assert_string_equal(item.cursor.value, "2024-03-31");
        assert_int_equal(parcel_next(r, &item), 0);
        assert_int_equal(item.kind, PARCEL_END);
        assert_int_equal(parcel_next(r, &item), 0);
}

/* What goes into a parcel comes out of it, in order, null and empty and zero kept apart. */
static void test_round_trip(void **state _unused_) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        RunRecord run = a_run();
        const RunRecord *got;
        Bytes sealed;

        w = parcel_writer_new(&run);
        assert_true(parcel_is_empty(w));
        add_everything(w);
        run.state = RUN_FAILED;
        run.ended_at = run.started_at + 5;
        run.n_rejects = 1;
        failure_set(&run.failure, FAILURE_HTTP, true, "status %d", 503);
        run.failure.http_status = 503;
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        assert_int_equal(parcel_reader_new(&r, sealed), 0);
        got = parcel_run(r);
        assert_string_equal(got->id, run.id);
        assert_string_equal(got->connector, "dvc");
        assert_string_equal(got->instance, "may-1");
        assert_int_equal(got->state, RUN_FAILED);
        assert_int_equal(got->ended_at, run.ended_at);
        assert_int_equal(got->n_asks, 12);
        assert_int_equal(got->n_known, 300);
        assert_int_equal(got->failure.class, FAILURE_HTTP);
        assert_int_equal(got->failure.http_status, 503);
        assert_string_equal(got->failure.story, "status 503");
        assert_true(sha256_equal(&got->setup, &run.setup));
        expect_everything(r);
}

/* What was added after a mark is gone after a rewind, its dictionary entries too, and the parcel goes on as if it had never been. */
static void test_rewind(void **state _unused_) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        RunRecord run = a_run();
        Sample s = a_sample();
        Bytes sealed;
        size_t mark;

        w = parcel_writer_new(&run);
        mark = parcel_mark(w);
        s.metric = "other.metric";
        s.unit = "nt-prtc";
        assert_int_equal(parcel_add_sample(w, &s), 0);
        parcel_rewind(w, mark);
        assert_true(parcel_is_empty(w));
        add_everything(w);
        mark = parcel_mark(w);
        assert_int_equal(parcel_add_sample(w, &s), 0);
        s.period.to++;
        assert_int_equal(parcel_add_sample(w, &s), 0);
        parcel_rewind(w, mark);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        assert_int_equal(parcel_reader_new(&r, sealed), 0);
        expect_everything(r);
}

/* After a reset the next parcel stands for itself: it needs nothing of the one before. */
static void test_reset(void **state _unused_) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        RunRecord run = a_run();
        Bytes sealed;

        w = parcel_writer_new(&run);
        for (unsigned i = 0; i < 3; i++) {
                _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;

                add_everything(w);
                assert_int_equal(parcel_seal(w, &run, &sealed), 0);
                assert_int_equal(parcel_reader_new(&r, sealed), 0);
                expect_everything(r);
                parcel_reset(w);
                assert_int_equal(parcel_size(w), 0);
        }
}

/* A parcel never grows past its bound, and what did not fit left no trace. */
static void test_bound(void **state _unused_) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        _free_ char *big = xalloc(PARCEL_MAX);
        RunRecord run = a_run();
        BodyRecord body = { .size = 1, .deflated = { big, PARCEL_MAX } };
        Sample s = a_sample();
        size_t before, n = 0;
        ParcelItem item;
        Bytes sealed;

        w = parcel_writer_new(&run);
        add_everything(w);
        before = parcel_size(w);
        assert_int_equal(parcel_add_body(w, &body), -E2BIG);
        assert_int_equal(parcel_size(w), before);
        s.metric = "new.metric";
        s.evidence = (Bytes){ big, 1 << 20 };
        while (parcel_add_sample(w, &s) == 0) {
                assert_true(++n < 10);
                big[0]++;
        }
        assert_int_equal(n, 3);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        assert_true(sealed.len <= PARCEL_MAX);
        assert_int_equal(parcel_reader_new(&r, sealed), 0);
        while (parcel_next(r, &item) == 1)
                n -= item.kind == PARCEL_SAMPLE && item.sample.evidence.len > 100;
        assert_int_equal(item.kind, PARCEL_END);
        assert_int_equal(n, 0);
}

/* No flipped bit and no cut goes unnoticed. */
static void test_damage(void **state _unused_) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        _cleanup_(text_done) Text copy = TEXT_INIT(PARCEL_MAX);
        RunRecord run = a_run();
        Bytes sealed;

        w = parcel_writer_new(&run);
        add_everything(w);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        for (size_t i = 0; i < sealed.len; i++) {
                ParcelReader *r = NULL;
                int code;

                text_clear(&copy);
                assert_int_equal(text_add(&copy, sealed), 0);
                copy.data[i] = (char) (copy.data[i] ^ (1 << (i % 8)));
                code = parcel_reader_new(&r, text_bytes(&copy));
                /* The two bytes behind the version are not looked at, and a version of 65000 is a newer one. */
                if (i == 6 || i == 7)
                        assert_int_equal(code, 0);
                else
                        assert_true(code == -EBADMSG || (code == -EPROTONOSUPPORT && (i == 4 || i == 5)));
                r = parcel_reader_free(r);
                assert_int_equal(parcel_reader_new(&r, (Bytes){ sealed.data, i }), -EBADMSG);
        }
}

static void seal_again(Text *t) {
        uint32_t crc = crc32c(0, (Bytes){ t->data + 16, t->len - 16 });

        for (unsigned i = 0; i < 4; i++)
                t->data[12 + i] = (char) (crc >> (8 * i));
}

/* A parcel of version 1, which an older program left in the spool, is read: it knew neither fence nor checks, and its run record ends before them. */
static void test_older_version(void **state _unused_) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        _cleanup_(text_done) Text old = TEXT_INIT(PARCEL_MAX);
        RunRecord run = { .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0", .connector = "c", .stream = "s", .state = RUN_OK, .n_pages = 3, .fence = 77 };
        ParcelItem item;
        Bytes sealed;
        size_t fence;

        w = parcel_writer_new(&run);
        assert_int_equal(parcel_add_cursor(w, &(CursorRecord){ "c", "s", "", "2024-01-31" }), 0);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        assert_int_equal(parcel_reader_new(&r, sealed), 0);
        assert_int_equal(parcel_run(r)->fence, 77);
        r = parcel_reader_free(r);
        /* The fence, no checks, no blocks and nothing known are one byte each before the items; 77 stands nowhere else in this record. */
        for (fence = 16; sealed.data[fence] != 77; fence++)
                assert_true(fence < sealed.len);
        (void) text_add(&old, (Bytes){ sealed.data, fence });
        (void) text_add(&old, (Bytes){ sealed.data + fence + 4, sealed.len - fence - 4 });
        old.data[4] = 1;
        for (unsigned i = 0; i < 4; i++)
                old.data[8 + i] = (char) ((old.len - 16) >> (8 * i));
        seal_again(&old);
        assert_int_equal(parcel_reader_new(&r, text_bytes(&old)), 0);
        assert_int_equal(parcel_run(r)->fence, 0);
        assert_int_equal(parcel_run(r)->n_pages, 3);
        assert_int_equal(parcel_next(r, &item), 1);
        assert_string_equal(item.cursor.value, "2024-01-31");
}

/* A parcel of version 2 says nothing of withheld bodies, and all else of it is read. */
static void test_version_2(void **state _unused_) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        _cleanup_(text_done) Text old = TEXT_INIT(PARCEL_MAX);
        RunRecord run = { .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0", .connector = "c", .stream = "s", .state = RUN_OK, .fence = 77 };
        RequestRecord request = { .seq = 1, .method = "GET", .url = "https://a.example/", .status = 200, .size = 9, .reply_headers = "ETag: x\n", .is_withheld = true };
        ParcelItem item;
        size_t fence;
        Bytes sealed;

        w = parcel_writer_new(&run);
        assert_int_equal(parcel_add_request(w, &request), 0);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        for (fence = 16; sealed.data[fence] != 77; fence++)
                assert_true(fence < sealed.len);
        /* It is the last byte of the last item; no checks, no blocks and nothing known are the three behind the fence. */
        (void) text_add(&old, (Bytes){ sealed.data, fence + 1 });
        (void) text_add(&old, (Bytes){ sealed.data + fence + 4, sealed.len - fence - 5 });
        old.data[4] = 2;
        for (unsigned i = 0; i < 4; i++)
                old.data[8 + i] = (char) ((old.len - 16) >> (8 * i));
        seal_again(&old);
        assert_int_equal(parcel_reader_new(&r, text_bytes(&old)), 0);
        assert_int_equal(parcel_next(r, &item), 1);
        assert_false(item.request.is_withheld);
        assert_string_equal(item.request.reply_headers, "ETag: x\n");
        assert_int_equal(parcel_next(r, &item), 0);
}

/* The checks of a stream travel in each of its parcels, as they are, whatever the run is called in between. */
static void test_checks(void **state _unused_) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        RunRecord run = { .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0", .connector = "c", .stream = "s", .state = RUN_OK, .checks = "[{\"metric\":\"m\"}]", .blocks = 300 };
        Bytes sealed;

        w = parcel_writer_new(&run);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(parcel_seal(w, &run, &sealed), 0);
                assert_int_equal(parcel_reader_new(&r, sealed), 0);
                assert_string_equal(parcel_run(r)->checks, run.checks);
                assert_int_equal(parcel_run(r)->blocks, 300);
                r = parcel_reader_free(r);
                parcel_reset(w);
        }
}

/* Even bytes with a right checksum cannot lead the reader out of the parcel: it ends in items or in -EBADMSG. */
static void test_hostile(void **state _unused_) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        _cleanup_(text_done) Text copy = TEXT_INIT(PARCEL_MAX);
        RunRecord run = a_run();
        uint64_t seed = 20240416;
        unsigned n_bad = 0;
        Bytes sealed;

        w = parcel_writer_new(&run);
        add_everything(w);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        for (unsigned i = 0; i < 20000; i++) {
                ParcelReader *r = NULL;
                ParcelItem item;
                int code;

                text_clear(&copy);
                assert_int_equal(text_add(&copy, sealed), 0);
                for (unsigned n = 0; n < 1 + i % 4; n++)
                        copy.data[16 + next_random(&seed) % (copy.len - 16)] = (char) next_random(&seed);
                seal_again(&copy);
                code = parcel_reader_new(&r, text_bytes(&copy));
                while (code == 0 && (code = parcel_next(r, &item)) == 1) {
                        code = 0;
                        if (item.kind == PARCEL_SAMPLE)
                                assert_true(strlen(item.sample.metric) + strlen(item.sample.unit) < copy.len);
                }
                assert_true(code == 0 || code == -EBADMSG);
                n_bad += code == -EBADMSG;
                r = parcel_reader_free(r);
        }
        assert_true(n_bad > 1000);
}

/* A newer form is refused as such, so that a downgrade loses nothing. */
static void test_newer(void **state _unused_) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        _cleanup_(text_done) Text copy = TEXT_INIT(PARCEL_MAX);
        RunRecord run = a_run();
        ParcelReader *r = NULL;
        Bytes sealed;

        w = parcel_writer_new(&run);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        assert_int_equal(text_add(&copy, sealed), 0);
        copy.data[4]++;
        assert_int_equal(parcel_reader_new(&r, text_bytes(&copy)), -EPROTONOSUPPORT);
        assert_null(r);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip), cmocka_unit_test(test_rewind), cmocka_unit_test(test_reset), cmocka_unit_test(test_bound),
                cmocka_unit_test(test_damage), cmocka_unit_test(test_hostile), cmocka_unit_test(test_newer), cmocka_unit_test(test_older_version),
                cmocka_unit_test(test_version_2), cmocka_unit_test(test_checks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Unit tests of store/cursor.c. */

#include "store_util.h"

#include "store/cursor.h"
#include "store/parcel.h"

/* Cursors differ by connector, stream and partition, and a later value replaces an earlier one. */
static void test_map(void **state _unused_) {
        _cleanup_(cursors_freep) Cursors *c = cursors_new();

        assert_null(cursors_get(c, "a", "b", ""));
        cursors_put(c, "a", "b", "", "1");
        cursors_put(c, "a", "", "b", "2");
        cursors_put(c, "ab", "", "", "3");
        cursors_put(c, "a", "b", "", "4");
        assert_string_equal(cursors_get(c, "a", "b", ""), "4");
        assert_string_equal(cursors_get(c, "a", "", "b"), "2");
        assert_string_equal(cursors_get(c, "ab", "", ""), "3");
        assert_null(cursors_get(c, "", "ab", ""));
}

static void append(Spool *s, const char *value) {
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        RunRecord run = { .id = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0", .connector = "dvc", .stream = "month", .state = RUN_OK };
        Bytes sealed;

        w = parcel_writer_new(&run);
        assert_int_equal(parcel_add_cursor(w, &(CursorRecord){ "dvc", "month", "", value }), 0);
        assert_int_equal(parcel_seal(w, &run, &sealed), 0);
        assert_int_equal(spool_append(s, sealed, 1, NULL), 0);
        assert_int_equal(spool_sync(s), 0);
}

/* The walk gives each cursor of the prefix once, whole, and no other. */
static void test_walk(void **state _unused_) {
        _cleanup_(cursors_freep) Cursors *c = cursors_new();
        const char *connector, *stream, *partition, *value;
        unsigned n = 0;

        cursors_put(c, "a", "s", "", "1");
        cursors_put(c, "a", "s", "backfill:x", "2");
        cursors_put(c, "b", "t", "backfill:y", "3");
        cursors_put(c, "b", "t", "ask:z", "4");
        for (size_t i = 0; cursors_walk(c, "backfill:", &i, &connector, &stream, &partition, &value); n++) {
                bool is_first = strcmp(connector, "a") == 0;

                assert_string_equal(stream, is_first ? "s" : "t");
                assert_string_equal(partition, is_first ? "backfill:x" : "backfill:y");
                assert_string_equal(value, is_first ? "2" : "3");
        }
        assert_int_equal(n, 2);
}

/* What waits in the spool counts, the last parcel most; what is no parcel does no harm; what is acknowledged counts no more. */
static void test_spool(void **state _unused_) {
        _cleanup_(cursors_freep) Cursors *c = cursors_new(), *later = cursors_new();
        char dir[64];
        SpoolSpec spec = { .dir = make_scratch(dir), .max_size = 1 << 20, .segment_size = 1 << 16 };
        SpoolStats stats;
        Spool *s = NULL;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        append(s, "2024-02-29");
        assert_int_equal(spool_append(s, BYTES_LIT("no parcel"), 1, NULL), 0);
        append(s, "2024-03-31");
        assert_int_equal(cursors_read_spool(c, s), 0);
        assert_string_equal(cursors_get(c, "dvc", "month", ""), "2024-03-31");
        spool_stats(s, &stats);
        assert_int_equal(stats.n_parcels, 3);
        assert_int_equal(spool_ack(s, stats.next_seq - 1), 0);
        assert_int_equal(cursors_read_spool(later, s), 0);
        assert_null(cursors_get(later, "dvc", "month", ""));
        s = spool_close(s);
        remove_tree(dir);
}

/* What asks were answered is forgotten apart from the cursors, and is bounded: of more asks nothing is known, while those known may still change. */
static void test_asks(void **state _unused_) {
        _cleanup_(cursors_freep) Cursors *c = cursors_new();
        char ask[64];

        cursors_put(c, "a", "b", "", "2024-03-31");
        for (unsigned i = 0; i < CURSOR_ASKS_MAX + 1; i++) {
                (void) snprintf(ask, sizeof(ask), CURSOR_ASK "%u", i);
                cursors_put(c, "a", "b", ask, "x");
        }
        assert_string_equal(cursors_get(c, "a", "b", CURSOR_ASK "0"), "x");
        assert_null(cursors_get(c, "a", "b", ask));
        cursors_put(c, "a", "b", CURSOR_ASK "0", "y");
        assert_string_equal(cursors_get(c, "a", "b", CURSOR_ASK "0"), "y");
        cursors_put(c, "ab", "b", CURSOR_ASK "0", "z");
        cursors_forget(c, "b");
        assert_string_equal(cursors_get(c, "a", "b", ""), "2024-03-31");
        cursors_forget(c, "ab");
        assert_null(cursors_get(c, "ab", "b", CURSOR_ASK "0"));
        assert_string_equal(cursors_get(c, "a", "b", CURSOR_ASK "0"), "y");
        cursors_forget_asks(c);
        assert_null(cursors_get(c, "a", "b", CURSOR_ASK "0"));
        assert_string_equal(cursors_get(c, "a", "b", ""), "2024-03-31");
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_map), cmocka_unit_test(test_walk), cmocka_unit_test(test_spool), cmocka_unit_test(test_asks) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

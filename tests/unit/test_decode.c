/* Tests of decode/decode.c: what holds for every kind of format. */

#include "format_case.h"

/* Every kind states itself: a word, a help sentence, content types, and the common options under the same
 * keys. */
static void test_kinds(void **state) {
        static const char *const common[] = { "records", "fields", "envelope", "secret", "max_depth",
                "max_records", "max_value", "charset" };

        (void) state;
        for (size_t i = 0; format_kinds[i]; i++) {
                const ConfKindOf kind = { .info = format_kinds[i] };
                const FormatOps *ops = format_ops(&kind);

                assert_ptr_equal(&ops->info, format_kinds[i]);
                assert_true(ops->info.spec_size >= sizeof(FormatCommon));
                assert_true(bytes_ends(bytes_of(ops->info.help), "."));
                assert_non_null(ops->content_types[0]);
                for (size_t k = 0; k < ELEMENTS(common); k++)
                        assert_string_equal(ops->info.fields[k].key, common[k]);
        }
}

/* Names are found by the order in which the connector states them. */
static void test_indexes(void **state) {
        FormatCase c;

        (void) state;
        assert_true(format_case_load(
                        &c, "kind: json\nfields: {a: .a, b: .b}\nenvelope: {n: .n, m: .m}\nsecret: [b]"));
        assert_int_equal(format_field_index(&c.format, "b"), 1);
        assert_int_equal(format_field_index(&c.format, "n"), -1);
        assert_int_equal(format_envelope_index(&c.format, "m"), 1);
        assert_int_equal(format_envelope_index(&c.format, "a"), -1);
        assert_false(format_is_secret(&c.format, 0));
        assert_true(format_is_secret(&c.format, 1));
        format_case_done(&c);
}

/* An empty list is told from a list that is not there, for every kind that has lists. */
static void test_seen_records(void **state) {
        static const struct {
                const char *yaml, *body;
                bool has_seen;
        } cases[] = {
                { "kind: json\nrecords: '.r[]'", "{\"r\":[]}", true },
                { "kind: json\nrecords: '.r[]'", "{}", false },
                { "kind: ndjson", "{}", true },
                { "kind: csv\nfields: {a: a}", "a\n", true },
                { "kind: csv\nfields: {a: a}", "b\n", false },
                { "kind: xml\nrecords: /r/i", "<r/>", true },
                { "kind: xml\nrecords: /r/i", "<q/>", false },
                { "kind: html\nrecords: //tr", "<p>", false },
                { "kind: html", "<p>", true },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                FormatCase c;
                Decoder *d = NULL;
                Record rec;

                assert_true(format_case_load(&c, cases[i].yaml));
                assert_int_equal(decoder_open(&d, &c.format), 0);
                assert_int_equal(decoder_feed(d, bytes_of(cases[i].body)), 0);
                while (decoder_next(d, &rec) == DECODE_RECORD)
                        ;
                assert_int_equal(decoder_feed(d, BYTES_NULL), 0);
                while (decoder_next(d, &rec) == DECODE_RECORD)
                        ;
                if (d->has_seen_records != cases[i].has_seen)
                        fail_msg("%s: %s", cases[i].yaml, cases[i].body);
                d = decoder_free(d);
                format_case_done(&c);
        }
}

/* What went wrong stays wrong, and what comes after the end is not looked at. */
static void test_after_the_end(void **state) {
        FormatCase c;
        Decoder *d = NULL;
        Record rec;

        (void) state;
        assert_true(format_case_load(&c, "kind: json\nfields: {a: .}"));
        assert_int_equal(decoder_open(&d, &c.format), 0);
        assert_int_equal(decoder_feed(d, BYTES_LIT("[1}")), 0);
        assert_int_equal(decoder_next(d, &rec), DECODE_RECORD);
        assert_int_equal(decoder_next(d, &rec), DECODE_E_SYNTAX);
        (void) decoder_feed(d, BYTES_LIT("]"));
        assert_int_equal(decoder_next(d, &rec), DECODE_E_SYNTAX);
        d = decoder_free(d);
        assert_int_equal(decoder_open(&d, &c.format), 0);
        assert_int_equal(decoder_feed(d, BYTES_LIT("[]")), 0);
        assert_int_equal(decoder_feed(d, BYTES_NULL), 0);
        assert_int_equal(decoder_feed(d, BYTES_LIT("[")), 0);
        assert_int_equal(decoder_next(d, &rec), DECODE_MORE);
        d = decoder_free(d);
        assert_int_equal(decoder_open(&d, &c.format), 0); /* freed in the middle: nothing is lost */
        assert_int_equal(decoder_feed(d, BYTES_LIT("[1,2,{\"a\":[")), 0);
        assert_int_equal(decoder_next(d, &rec), DECODE_RECORD);
        d = decoder_free(d);
        format_case_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_indexes),
                cmocka_unit_test(test_seen_records),
                cmocka_unit_test(test_after_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

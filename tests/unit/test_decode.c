/* Tests of decode/decode.c: what holds for every kind of format. */

#include "format_case.h"

/* Every kind states itself: a word, a help sentence, content types, and the common options under the same
 * keys. */
static void test_kinds(void **state) {
        static const char *const common[] = { "records", "fields", "envelope", "secret", "max_depth",
                "max_records", "max_value", "wrapper", "member", "max_unpacked", "max_ratio", "charset" };

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

/* Of an answer that may not be kept no story and no failed selector quotes anything; of any other they do. */
static void test_withheld(void **state) {
        static const struct {
                const char *yaml, *body;
                int code; /* DECODE_E_*: the story is looked at; DECODE_RECORD: the first value */
        } cases[] = {
                { "kind: json\nfields: {a: .a, b: .b}", "[{\"a\":\"so-cmnd\" \"b\":1}]", DECODE_E_SYNTAX },
                { "kind: ndjson\nfields: {a: .a, b: .b}", "{\"a\":\"so-cmnd\" \"b\":1}", DECODE_E_SYNTAX },
                { "kind: json\nfields: {a: '.a|tonumber', b: .b}", "[{\"a\":\"so-cmnd\",\"b\":1}]", DECODE_RECORD },
                { "kind: csv\nfields: {a: a, b: b}", "x,so-cmnd\n", DECODE_E_SHAPE },
                { "kind: xml\nrecords: //r\nfields: {a: a, b: b}", "<r><so-cmnd></r>", DECODE_E_SYNTAX },
        };

        (void) state;
        for (size_t i = 0; i < 2 * ELEMENTS(cases); i++) {
                bool is_withheld = i >= ELEMENTS(cases);
                size_t n = i % ELEMENTS(cases);
                _cleanup_(text_done) Text yaml = TEXT_INIT(1024);
                FormatCase c;
                Decoder *d = NULL;
                Record rec = {};
                int code;

                (void) text_printf(&yaml, "%s%s", cases[n].yaml, is_withheld ? "\nsecret: [b]" : "");
                assert_true(format_case_load(&c, text_str(&yaml)));
                assert_int_equal(c.format.is_withheld, is_withheld);
                assert_int_equal(decoder_open(&d, &c.format), 0);
                assert_int_equal(decoder_feed(d, bytes_of(cases[n].body)), 0);
                code = decoder_next(d, &rec);
                if (code == DECODE_MORE) {
                        assert_int_equal(decoder_feed(d, BYTES_NULL), 0);
                        code = decoder_next(d, &rec);
                }
                assert_int_equal(code, cases[n].code);
                if (code == DECODE_RECORD)
                        assert_int_equal(rec.values[0].kind, VALUE_FAILED);
                if (bytes_contains_nocase(code == DECODE_RECORD ? rec.values[0].text : bytes_of(d->story), "so-cmnd") == is_withheld)
                        fail_msg("%s: %s", text_str(&yaml), code == DECODE_RECORD ? "value" : d->story);
                d = decoder_free(d);
                format_case_done(&c);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_indexes),
                cmocka_unit_test(test_seen_records),
                cmocka_unit_test(test_after_the_end),
                cmocka_unit_test(test_withheld),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of decode/json.c and json_plan.c. */

#include "format_case.h"

#define F1         "kind: json\nfields: {a: .a}\n"
#define LIST(path) "kind: json\nrecords: '" path "'\n"

#define TWICE "FAILED(its key stands twice in one object, and nothing says which one counts)"

static const FormatRow rows[] = {
        { "a list by itself", F1, "[{\"a\":1},{\"a\":2}]", "1\n2\nend" },
        { "an object by itself", F1, "{\"a\":1}", "1\nend" },
        { "an empty list is a real zero", F1, "[]", "end" },
        { "a path", LIST(".data.items[]") "fields: {a: .a}\nenvelope: {n: .data.total, code: .code}",
                        "{\"code\":\"OK\",\"data\":{\"total\":2,\"items\":[{\"a\":\"x\"},{\"a\":\"y\"}]}}",
                        "'x'\n'y'\nend | 2 'OK'" },
        { "envelope behind the records", LIST(".r[]") "fields: {a: .a}\nenvelope: {n: .n}",
                        "{\"r\":[{\"a\":1}],\"n\":7}", "1\nend | 7" },
        { "envelope in the first record", LIST(".[]") "fields: {a: .a}\nenvelope: {n: '.[0].N', z: '.[5].N'}",
                        "[{\"a\":1,\"N\":\"2\"},{\"a\":3,\"N\":\"2\"}]", "1\n3\nend | '2' -" },
        { "envelope lists and objects", LIST(".r[]") "envelope: {d: .d, e: .e, f: .f}",
                        "{\"d\":[1,2],\"e\":{\"x\":1},\"f\":null,\"r\":[]}", "end | [] {} null" },
        { "numbers stay text", LIST(".[]") "fields: {a: .}",
                        "[1.10, 1e3, -0, 123456789012345678901234567890.123456789]",
                        "1.10\n1e3\n-0\n123456789012345678901234567890.123456789\nend" },
        { "missing, null, empty, zero, false", LIST(".[]") "fields: {a: .a}",
                        "[{},{\"a\":null},{\"a\":\"\"},{\"a\":0},{\"a\":false}]",
                        "-\nnull\n''\n0\nfalse\nend" },
        { "below null all is null", LIST(".[]") "fields: {a: .a.b.c}",
                        "[{\"a\":null},{\"a\":{\"b\":null}},{\"a\":{}},{\"a\":5}]", "null\nnull\n-\n-\nend" },
        { "null as a record", LIST(".[]") "fields: {a: .a}", "[null, 5]", "null\n-\nend" },
        { "quoted names", LIST(".[\"danh sách\"][]") "fields: {a: '.\"Tên đơn vị\"', b: '.[\"x y\"]'}",
                        "{\"danh sách\":[{\"Tên đơn vị\":\"Sở\",\"x y\":1}]}", "'Sở' 1\nend" },
        { "escaped names", LIST(".[]") "fields: {a: '.\"q\\\"q\"', b: '.\"b\\\\b\"'}",
                        "[{\"q\\\"q\":1,\"b\\\\b\":2}]", "1 2\nend" },
        { "indexes", LIST(".[]") "fields: {a: '.l[1]', b: '.l[0].x', c: '.l[9]'}", "[{\"l\":[{\"x\":5},7]}]",
                        "7 5 -\nend" },
        { "a field that is a list or object", LIST(".[]") "fields: {a: .a, b: .a.b, c: .}",
                        "[{\"a\":{\"b\":[1,{\"c\":\"\\u0001\\\"\\\\é\"}],\"d\":{}}}]",
                        "{\"b\":[1,{\"c\":\"\\u0001\\\"\\\\é\"}],\"d\":{}} [1,{\"c\":\"\\u0001\\\"\\\\é\"}] "
                        "{\"a\":{\"b\":[1,{\"c\":\"\\u0001\\\"\\\\é\"}],\"d\":{}}}\nend" },
        { "of equal keys none counts", LIST(".[]") "fields: {a: .a, b: .b.c}",
                        "[{\"a\":1,\"a\":1,\"b\":{\"c\":1},\"b\":{\"d\":2}},{\"a\":{\"x\":1},\"a\":3},{\"a\":1}]",
                        TWICE " " TWICE "\n" TWICE " -\n1 -\nend" },
        { "equal keys below null, thrice, in a list", LIST(".[]") "fields: {a: .a.b, l: '.l[0]'}",
                        "[{\"a\":null,\"a\":{\"b\":1},\"l\":[1,2]},{\"a\":{\"b\":1,\"b\":2,\"b\":3}}]",
                        TWICE " 1\n" TWICE " -\nend" },
        { "equal keys that nobody asks for", LIST(".[]") "fields: {a: .a}", "[{\"a\":1,\"x\":1,\"x\":2}]", "1\nend" },
        { "equal keys before a program", LIST(".[]") "fields: {a: '.a+0', b: .b}",
                        "[{\"a\":1,\"c\":[{\"x\":1,\"y\":1,\"x\":2}],\"b\":1},{\"a\":1,\"b\":{\"a\":2}},{\"a\":1,\"a\":2,\"b\":3}]",
                        TWICE " 1\n1 {\"a\":2}\n" TWICE " 3\nend" },
        { "equal keys of the envelope", LIST(".r[]") "envelope: {n: .n.m}",
                        "{\"n\":{\"m\":1},\"n\":{},\"r\":[]}",
                        "SYNTAX the key of \"n\" stands twice in the document, and nothing says which one counts" },
        { "lists in lists", LIST(".e[].m[]") "fields: {c: .c, u: ^.u}",
                        "{\"e\":[{\"u\":\"A\",\"m\":[{\"c\":1},{\"c\":2}]},{\"m\":[{\"c\":3}],\"u\":\"B\"},{"
                        "\"u\":\"C\",\"m\":[]},{\"u\":\"D\"},{\"u\":\"E\",\"m\":null}]}",
                        "1 'A'\n2 'A'\n3 'B'\nend" },
        { "three levels", LIST(".[].b[].c[]") "fields: {v: ., m: ^.m, o: ^^.o}",
                        "[{\"b\":[{\"c\":[1,2],\"m\":\"x\"},{\"c\":[3]}],\"o\":9}]",
                        "1 'x' 9\n2 'x' 9\n3 - 9\nend" },
        { "lists directly in lists", LIST(".[][]") "fields: {v: ., w: '^.[0]'}", "[[1,2],[3],[]]",
                        "1 1\n2 1\n3 3\nend" },
        { "the whole document", LIST(".") "fields: {a: '.x[0]'}", "{\"x\":[4]}", "4\nend" },
        { "a list as the whole document", LIST(".") "fields: {a: '.[1]'}", "[4,5]", "5\nend" },
        { "NUL becomes U+FFFD", F1, "[{\"a\":\"x\\u0000y\"}]", "'x\xEF\xBF\xBDy'\nend" },
        { "BOM before the document", F1, "\xEF\xBB\xBF[{\"a\":1}]", "1\nend" },
        { "BOM in a text", F1, "[{\"a\":\"\xEF\xBB\xBFKhông\"}]", "'\xEF\xBB\xBFKhông'\nend" },
        { "secret", LIST(".[]") "fields: {a: .a, s: .s}\nsecret: [s]",
                        "[{\"a\":1,\"s\":\"hidden\"},{\"a\":2,\"s\":null},{\"a\":3},{\"a\":4,\"s\":\"\"},{"
                        "\"a\":5,\"s\":17}]",
                        "1 '***'\n2 null\n3 -\n4 ''\n5 '***'\nend" },
        { "null is no list", LIST(".data.items[]") "fields: {a: .a}\nenvelope: {code: .code, m: .message}",
                        "{\"code\":\"ERR\",\"data\":null,\"message\":\"busy\"}",
                        "SHAPE .data is null where an object was expected | 'ERR' 'busy'" },
        { "not there", LIST(".data.items[]") "envelope: {c: .code}", "{\"code\":1}",
                        "SHAPE there is no .data.items[] in the document | 1" },
        { "an object instead of a list", LIST(".d[]") "fields: {a: .a}", "{\"d\":{}}",
                        "SHAPE .d is an object where a list was expected" },
        { "a later key mends it", LIST(".d[]") "fields: {a: .a}", "{\"d\":null,\"d\":[{\"a\":1}]}",
                        "1\nend" },
        { "the list twice", LIST(".d[]") "fields: {a: .a}", "{\"d\":[{\"a\":1}],\"d\":[{\"a\":2}]}",
                        "1\nSYNTAX a key on the way to the records stands twice in one object, and the "
                        "records came with the first" },
        { "root null", F1, "null", "SHAPE the document is null where a list or an object was expected" },
        { "root null, list wanted", LIST(".[]") "fields: {a: .a}", "null",
                        "SHAPE the document is null where a list was expected" },
        { "root text", LIST(".result[]") "fields: {a: .a}", "\"Bad request\"",
                        "SHAPE the document is a text where an object was expected" },
        { "root number", F1, " 12", "SHAPE the document is a number where a list or an object was expected" },
        { "empty body", F1, "", "SHAPE the body is empty" },
        { "blank body", F1, " \r\n", "SHAPE the body is empty: nothing but white space" },
        { "cut off", F1, "[{\"a\":1},{\"a\":",
                        "1\nSYNTAX line 1, byte 14: parse error: premature EOF; behind "
                        "\"[{\"a\":1},{\"a\":\"" },
        { "the place of an error", F1, "[{\"a\":1},\n {\"a\":1 \"b\":2}]",
                        "1\nSYNTAX line 2, byte 20: parse error: after key and value, inside map, I expect "
                        "',' or '}'; behind \"[{\"a\":1},  {\"a\":1 \"b\"" },
        { "a web page", F1, "<html>", "SYNTAX the body begins with \"<\": a web page or XML, not JSON" },
        { "bad UTF-8", F1, "[{\"a\":\"x\"},{\"a\":\"\xC3(\"}]",
                        "'x'\nSYNTAX byte 18 of the body is no character of UTF-8" },
        { "cut UTF-8", F1, "[{\"a\":\"x\"}] \xC3",
                        "'x'\nSYNTAX byte 13 of the body is no character of UTF-8" },
        { "surrogates are no UTF-8", F1, "[\"\xED\xA0\x80\"]",
                        "SYNTAX byte 3 of the body is no character of UTF-8" },
        { "too deep", "kind: json\nmax_depth: 3\nfields: {a: .a}", "[{\"a\":[[1]]}]",
                        "LIMIT nested deeper than 3: raise `max_depth` if that is right" },
        { "too many records", "kind: json\nmax_records: 2\nfields: {a: .}", "[1,2,3]",
                        "1\n2\nLIMIT more than 2 records: raise `max_records` if that is right" },
        { "too long a value", "kind: json\nmax_value: 4 B\nfields: {a: .}", "[\"1234\",\"12345\"]",
                        "'1234'\nLIMIT a value or record is longer than 4 bytes: raise `max_value` if that "
                        "is right" },
        { "what is not wanted may be long", "kind: json\nmax_value: 4 B\nfields: {a: .a}",
                        "[{\"b\":\"123456789\",\"a\":1}]", "1\nend" },
        { "UTF-16 by its mark", F1, "\xFF\xFE", "SHAPE the body is empty: nothing but white space" },
        { "windows-1258", F1 "charset: windows-1258", "[{\"a\":\"\xD0\xF4ng\"}]", "'Đông'\nend" },
        { "lines", "kind: ndjson\nfields: {a: .a}", "{\"a\":1}\n{\"a\":2}\n\n{\"a\":null}",
                        "1\n2\nnull\nend" },
        { "lines with what nobody asks for", "kind: ndjson\nfields: {a: .a, b: .b.c}",
                        "{\"x\":{\"a\":9},\"a\":1}\n{\"y\":[{\"a\":9}],\"b\":{\"x\":1,\"c\":2}}\n{\"a\":2,\"z\":[]}", "1 -\n- 2\n2 -\nend" },
        { "a leaf that is a list, an object, a zero in a text", LIST(".r[]") "fields: {a: .a, k: .a, b: .b}\nenvelope: {n: .n}",
                        "{\"r\":[{\"b\":{\"a\":7},\"a\":[{\"b\":8}]},{\"ab\":1,\"b\":\"x\\u0000\"},{\"a\":null,\"c\":{\"a\":2},\"b\":true}],\"n\":1}",
                        "[{\"b\":8}] [{\"b\":8}] {\"a\":7}\n- - 'x\xEF\xBF\xBD'\nnull null true\nend | 1" },
        { "lines with lists", "kind: ndjson\nrecords: '.r[]'\nfields: {a: .a}",
                        "{\"r\":[{\"a\":1}]}\n{\"r\":[{\"a\":2},{\"a\":3}]}\n", "1\n2\n3\nend" },
        { "a line that is no record", "kind: ndjson\nfields: {a: .a}", "{\"a\":1}\n5\n{\"a\":2}",
                        "1\n2\nSHAPE the document is a number where a list or an object was expected" },
        { "no fields", LIST(".[]"), "[1,2]", "\n\nend" },
        { "too long an envelope field", LIST(".r[]") "envelope: {m: .m}\nmax_value: 3 B",
                        "{\"r\":[],\"m\":\"1234\"}",
                        "LIMIT a value or record is longer than 3 bytes: raise `max_value` if that is "
                        "right" },
        { "too long a list as a field", LIST(".[]") "fields: {a: .a}\nmax_value: 5 B",
                        "[{\"a\":[1,2]},{\"a\":[1,23]}]",
                        "[1,2]\nLIMIT a value or record is longer than 5 bytes: raise `max_value` if that is "
                        "right" },
        { "a list on the way that is true", LIST(".d[]"), "{\"d\":true}",
                        "SHAPE .d is true or false where a list was expected" },
        { "only the first trouble is told", LIST(".[].m[]") "fields: {a: .}",
                        "[{\"m\":5},{\"m\":\"x\"},{\"m\":[1]}]",
                        "1\nSHAPE .m of an element is a number where a list was expected" },
        { "elements that are no objects", LIST(".[].m[]") "fields: {a: .}", "[null,{\"m\":[1]},7]",
                        "1\nSHAPE an element is a number where an object was expected" },
};

/* The table above: body and selectors to records, outcome, story and envelope, the same however the body is
 * cut into chunks. */
static void test_rows(void **state) {
        (void) state;
        check_format_rows(rows, ELEMENTS(rows));
}

/* A selector or path that cannot work is told when the connector is loaded, with what would be right. */
static void test_findings(void **state) {
        (void) state;
        check_finding("kind: json\nrecords: .data.items\n",
                        "write \".data.items[]\" when it is the list of records");
        check_finding("kind: json\nrecords: '.a|.b[]'\n", "no plain path to a list");
        check_finding("kind: json\nrecords: '.[][][][][]'\n", "more than 4 lists");
        check_finding("kind: json\nrecords: '.[]'\nfields: {a: ^.x}\n", "belong under `envelope`");
        check_finding("kind: json\nenvelope: {a: '.x|length'}\n", "no plain path");
        check_finding("kind: json\nfields: {a: code}\n", "did you mean \".code\"?");
        check_finding("kind: json\nfields: {a: '.x |'}\n", "is no selector");
        check_finding("kind: json\nfields: {a: .a}\nsecret: [b]\n", "no field \"b\"");
        check_finding("kind: json\ncharset: klingon\n", "unknown character set \"klingon\"");
        check_finding("kind: json\nfields: {a: '.x | env.HOME'}\n", "\"env\" cannot be used");
}

/* Memory does not grow with the body: records that are handed out are forgotten, in nested lists too. */
static void test_long_body(void **state) {
        FormatCase c;
        Decoder *d = NULL;
        Record rec;
        uint64_t n = 0;
        int code = DECODE_MORE;

        (void) state;
        assert_true(format_case_load(&c,
                        "kind: json\nrecords: '.[].m[]'\nfields: {v: .v, u: ^.u}\nmax_records: 10000000"));
        assert_int_equal(decoder_open(&d, &c.format), 0);
        assert_int_equal(decoder_feed(d, BYTES_LIT("[")), 0);
        for (unsigned i = 0; i < 40000; i++) {
                char chunk[200];
                int len = snprintf(chunk, sizeof(chunk),
                                "%s{\"m\":[{\"v\":%u},{\"v\":%u}],\"u\":"
                                "\"0123456789012345678901234567890123456789\"}",
                                i ? "," : "", i, i);

                assert_int_equal(decoder_feed(d, (Bytes){ chunk, (size_t) len }), 0);
                while ((code = decoder_next(d, &rec)) == DECODE_RECORD) {
                        assert_int_equal(rec.number, ++n);
                        assert_int_equal(rec.values[1].text.len, 40);
                }
                assert_int_equal(code, DECODE_MORE);
        }
        assert_int_equal(n, 80000);
        d = decoder_free(d);
        format_case_done(&c);
}

/* A text that never ends does not fill the memory. */
static void test_endless_text(void **state) {
        FormatCase c;
        Decoder *d = NULL;
        Record rec;
        char chunk[65536];
        int code = DECODE_MORE;

        (void) state;
        memset(chunk, 'x', sizeof(chunk));
        assert_true(format_case_load(&c, "kind: json\nfields: {a: .a}"));
        assert_int_equal(decoder_open(&d, &c.format), 0);
        assert_int_equal(decoder_feed(d, BYTES_LIT("[{\"b\":\"")), 0);
        assert_int_equal(decoder_next(d, &rec), DECODE_MORE);
        for (unsigned i = 0; i < 64 && code == DECODE_MORE; i++) {
                assert_int_equal(decoder_feed(d, (Bytes){ chunk, sizeof(chunk) }), 0);
                code = decoder_next(d, &rec);
        }
        assert_int_equal(code, DECODE_E_LIMIT);
        assert_int_equal(decoder_next(d, &rec), DECODE_E_LIMIT);
        d = decoder_free(d);
        format_case_done(&c);
}

/* The line of a fault is right in a body of any number of lines. */
static void test_lines(void **state) {
        (void) state;
        for (unsigned n = 1; n < 9000; n += n / 3 + 1) {
                _cleanup_(text_done) Text body = TEXT_INIT(1 << 16), got = TEXT_INIT(1000);
                char want[64];
                FormatCase c;

                (void) text_add_str(&body, "[");
                for (unsigned i = 1; i < n; i++)
                        (void) text_add_str(&body, "\n");
                (void) text_add_str(&body, "x]");
                (void) snprintf(want, sizeof(want), "line %u, byte", n);
                assert_true(format_case_load(&c, F1));
                (void) decode_body(&c, text_bytes(&body), 0, true, &got);
                assert_true(bytes_find(text_bytes(&got), bytes_of(want), NULL));
                format_case_done(&c);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_findings),
                cmocka_unit_test(test_long_body),
                cmocka_unit_test(test_endless_text),
                cmocka_unit_test(test_lines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

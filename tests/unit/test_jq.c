/* Tests of decode/jq.c through the JSON format. */

#include "decode/jq.h"
#include "format_case.h"

#define LIST "kind: json\nrecords: '.[]'\n"

static const FormatRow rows[] = {
        { "JSON in a text", LIST "fields: {a: '.soLieu|fromjson|.tongTiepNhan', k: .ky}",
                        "[{\"ky\":\"T10/2026\",\"soLieu\":\"{\\\"tongTiepNhan\\\": 412}\"}]",
                        "412 'T10/2026'\nend" },
        { "one of two names", LIST "fields: {a: .not_signed // .notSigned}",
                        "[{\"not_signed\":3},{\"notSigned\":4},{}]", "3\n4\nnull\nend" },
        { "no value is missing, many are a failure", LIST "fields: {a: '.l[]'}",
                        "[{\"l\":[]},{\"l\":[1]},{\"l\":[1,2]}]",
                        "-\n1\nFAILED(the selector gives more than one value)\nend" },
        { "a failure stays with its field", LIST "fields: {a: '.a|tonumber', b: '.b|ascii_downcase', c: .c}",
                        "[{\"a\":\"x\",\"b\":\"Q\",\"c\":1}]",
                        "FAILED(Invalid numeric literal at EOF at line 1, column 1 (while parsing 'x')) 'q' "
                        "1\nend" },
        { "kinds",
                        LIST "fields: {a: 'if .v == 1 then null elif .v == 2 then true elif .v == 3 then "
                             "\"x\" elif .v == 4 then [.v, {}] else .v end'}",
                        "[{\"v\":1},{\"v\":2},{\"v\":3},{\"v\":4},{\"v\":5}]",
                        "null\ntrue\n'x'\n[4,{}]\n5\nend" },
        { "numbers that would lose digits", LIST "fields: {a: '.a + 0', b: .b}",
                        "[{\"a\":1,\"b\":12345678901234567890},{\"a\":0.1,\"b\":0.1},{\"a\":99.96,\"b\":"
                        "1e400}]",
                        "LOST 12345678901234567890\n0.1 0.1\nLOST 1e400\nend" },
        { "inexact results", LIST "fields: {a: '.a + .b'}",
                        "[{\"a\":0.1,\"b\":0.2},{\"a\":0.1,\"b\":0.1},{\"a\":1,\"b\":2},{\"a\":"
                        "9007199254740992,\"b\":1}]",
                        "LOST\n0.2\n3\nLOST\nend" },
        { "expand", LIST "expand: '.m[] + {u: .u}'\nfields: {c: .c, u: '.u'}",
                        "[{\"u\":\"A\",\"m\":[{\"c\":1},{\"c\":2}]},{\"u\":\"B\",\"m\":[]}]",
                        "1 'A'\n2 'A'\nend" },
        { "expand that fails is a record that says so",
                        LIST "expand: '.m | to_entries[]'\nfields: {k: .key, v: .value}",
                        "[{\"m\":{\"x\":1,\"y\":2}},{\"m\":5}]",
                        "'x' 1\n'y' 2\nFAILED(number (5) has no keys) FAILED(number (5) has no keys)\nend" },
        { "expand to more than one record may be long", LIST "expand: '.[]'\nfields: {a: .}\nmax_value: 16 B",
                        "[[11111,22222]]", "11111\n22222\nend" },
        { "expand to rows that are together longer than a record", LIST "expand: '{k: (\"0\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"), u: .}'\nfields: {k: .k, u: .u}\nmax_value: 10 B",
                        "[\"abcdefg\"]",
                        "'0' 'abcdefg'\n'1' 'abcdefg'\n'2' 'abcdefg'\n'3' 'abcdefg'\n'4' 'abcdefg'\n'5' 'abcdefg'\n'6' 'abcdefg'\n'7' 'abcdefg'\n"
                        "'8' 'abcdefg'\n'9' 'abcdefg'\n'10' 'abcdefg'\n'11' 'abcdefg'\nend" },
        { "expand without fields", LIST "expand: '.[]'", "[[1,2],[]]", "\n\nend" },
        { "programs of the element around",
                        "kind: json\nrecords: '.[].m[]'\nfields: {c: '.c + 1', u: '^.a + .b'}",
                        "[{\"a\":1,\"m\":[{\"c\":1},{\"c\":2}],\"b\":10}]", "2 11\n3 11\nend" },
        { "scalars as records", LIST "fields: {a: '. * 2'}", "[1,2]", "2\n4\nend" },
        { "places in lists and texts",
                        LIST "fields: {a: '.l|index(2)', b: '.l|rindex(2)', c: '.l|indices([1,2])', d: "
                             "'.s|index(\"l\")', e: '.n|index(1)', f: '.l|index(9)', g: '.l|indices([])'}",
                        "[{\"l\":[1,2,1,2],\"s\":\"hello\",\"n\":null}]", "1 3 [0,2] 2 null null []\nend" },
        { "parts of a text replaced",
                        LIST "fields: {a: '.s|gsub(\"[.]\";\"\")', b: '.s|sub(\"[.]\";\"\")', c: '.t|gsub(\"(?<n>[0-9]+)%\"; "
                             "\"\\(.n) phần\")', d: '.t|gsub(\"ĐƠN\";\"x\";\"i\")', e: '.n|gsub(\"a\";\"\")'}",
                        "[{\"s\":\"1.234.567\",\"t\":\"đơn vị 12%, 3%\",\"n\":5}]",
                        "'1234567' '1234.567' 'đơn vị 12 phần, 3 phần' 'x vị 12%, 3%' FAILED(number (5) cannot be matched, as it is "
                        "not a string)\nend" },
        { "matches that are empty come to an end",
                        LIST "fields: {a: '.|gsub(\"\";\"-\")', b: '.|gsub(\"^\";\">\")', c: '.|gsub(\"x*\";\"\")', d: "
                             "'.|gsub(\"(?=b)\";\"_\")', e: '.|sub(\"\";\"-\";\"g\")'}",
                        "[\"abc\",\"\"]",
                        "'-a-b-c' '>abc' 'abc' 'a_bc' '-a-b-c'\n'-' '>' '' '' '-'\nend" },
        { "comments", LIST "fields: {a: '.a + 1 # one more'}", "[{\"a\":1}]",
                        "2\nend" },
        { "secret", LIST "fields: {a: '.a + 1', s: '.s|length'}\nsecret: [s]", "[{\"a\":1,\"s\":\"abc\"}]",
                        "2 '***'\nend" },
        { "a record too long", "kind: json\nmax_value: 20 B\nfields: {a: '.a + 1'}",
                        "[{\"a\":1},{\"a\":1,\"b\":\"0123456789\"}]",
                        "2\nLIMIT a value or record is longer than 20 bytes: raise `max_value` if that is "
                        "right" },
        { "text keeps what JSON must escape", LIST "fields: {a: '.a + \"\"'}",
                        "[{\"a\":\"\\u0001\\\"\\\\\\n\\t/é\\ud83d\\ude00\"}]",
                        "'\x01\"\\\n\t/é\xF0\x9F\x98\x80'\nend" },
};

/* A program runs on one record, says null, missing and failure apart, and gives no number that lost digits.
 */
static void test_rows(void **state) {
        (void) state;
        check_format_rows(rows, ELEMENTS(rows));
}

/* What does not depend on the record alone is refused, wherever it stands. */
static void test_refused(void **state) {
        (void) state;
        check_finding(LIST "fields: {a: '.x, input'}", "\"input\" cannot be used");
        check_finding(LIST "fields: {a: '$ENV.HOME'}", "\"$ENV\" cannot be used");
        check_finding(LIST "fields: {a: '\"\\(env)\"'}", "\"env\" cannot be used");
        check_finding(LIST "fields: {a: 'def f: f; f'}", "\"def\" cannot be used in a selector: it must come to an end");
        check_finding(LIST "fields: {a: '[.a | repeat(1)]'}", "\"repeat\" cannot be used in a selector: it must come");
        check_finding(LIST "fields: {a: 'last(range(1e18))'}", "\"range\" cannot be used in a selector: it must come");
        check_finding(LIST "fields: {a: '[recurse (.)] | length'}", "\"recurse(...)\" cannot be used in a selector: it must come");
        check_finding(LIST "fields: {a: 'import \"a\" as a; .x'}", "\"import\" cannot be used");
        check_finding(LIST "expand: 'now'", "\"now\" cannot be used");
        check_finding(LIST "expand: '.x['", "is no selector");
}

/* Words that are names of fields, or stand in texts, are no calls. */
static void test_not_refused(void **state) {
        static const FormatRow row = { "names", LIST "fields: {a: '.env + .input', b: '.now // \"the env\"', c: '[recurse|numbers]|add', d: '.range + .while'}",
                "[{\"env\":1,\"input\":2}]", "3 'the env' 3 null\nend" };

        (void) state;
        check_format_rows(&row, 1);
}

/* A number survives exactly when binary64 gives back the digits that were sent. */
static void test_survives(void **state) {
        static const struct {
                const char *number;
                bool survives;
        } cases[] = {
                { "0", true },
                { "-1.5", true },
                { "99.96", true },
                { "123456789012345", true },
                { "9007199254740993", false },
                { "9007199254740992", true },
                { "0.1234567890123456789", false },
                { "1e400", false },
                { "1e2", true },
                { "1e-400", false },
                { "0.000001", true },
                { "12345678901234567890", false },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                if (jq_number_survives(bytes_of(cases[i].number)) != cases[i].survives)
                        fail_msg("%s", cases[i].number);
}

/* ---- plain paths: native and jq ---- */

static uint32_t seed = 20241124;

static uint32_t draw(uint32_t n) {
        seed = seed * 1664525 + 1013904223;
        return (seed >> 8) % n;
}

static const char *const names[] = { "a", "b", "c", "Tên" };

static void random_value(Text *t, unsigned depth) {
        unsigned n = draw(4), first;

        switch (draw(depth ? 9 : 6)) {
        case 0:
                (void) text_add_str(t, "null");
                break;
        case 1:
                (void) text_add_str(t, draw(2) ? "true" : "false");
                break;
        case 2:
                (void) text_printf(t, "%u", draw(1000));
                break;
        case 3:
                (void) text_printf(t, "\"t%u\"", draw(1000));
                break;
        case 4:
                (void) text_printf(t, "-%u.%u", draw(1000), 1 + draw(9));
                break;
        case 5:
                (void) text_add_str(t, "\"\"");
                break;
        case 6:
                (void) text_add_char(t, '[');
                for (unsigned i = 0; i < n; i++) {
                        (void) text_add_str(t, i ? "," : "");
                        random_value(t, depth - 1);
                }
                (void) text_add_char(t, ']');
                break;
        default:
                (void) text_add_char(t, '{');
                /* Distinct: of equal keys jq takes the last, the native reader none (test_json.c). */
                first = draw(ELEMENTS(names));
                for (unsigned i = 0; i < n; i++) {
                        (void) text_printf(t, "%s\"%s\":", i ? "," : "", names[(first + i) % ELEMENTS(names)]);
                        random_value(t, depth - 1);
                }
                (void) text_add_char(t, '}');
                break;
        }
}

static void random_path(Text *t) {
        unsigned n = 1 + draw(3);

        for (unsigned i = 0; i < n; i++)
                switch (draw(4)) {
                case 0:
                        (void) text_printf(t, "%s[%u]", i ? "" : ".", draw(3));
                        break;
                case 1:
                        (void) text_printf(t, "%s[\"%s\"]", i ? "" : ".", names[draw(ELEMENTS(names))]);
                        break;
                default:
                        (void) text_printf(t, ".\"%s\"", names[draw(ELEMENTS(names))]);
                        break;
                }
}

static int keep_text(void *userdata, const Value *values) {
        return text_add(userdata, values[0].text);
}

/* The native reader gives lists and objects as they were sent, jq in its own spelling. */
static bool is_same_json(JqSet *identity, Bytes a, Bytes b) {
        _cleanup_(text_done) Text normal = TEXT_INIT(1 << 20);

        assert_int_equal(jq_set_run(identity, a, false, keep_text, &normal), 0);
        return bytes_equal(text_bytes(&normal), b);
}

/* jq knows no missing field: it calls it null, and a step into a scalar an error. */
static bool is_same(JqSet *identity, const Value *native, const Value *jq) {
        if (native->kind == VALUE_MISSING)
                return jq->kind == VALUE_NULL || jq->kind == VALUE_FAILED;
        if (native->kind == VALUE_JSON && jq->kind == VALUE_JSON)
                return is_same_json(identity, native->text, jq->text);
        return native->kind == jq->kind && bytes_equal(native->text, jq->text);
}

/* A path that runs on the stream gives what jq gives for it: null on the way, indexes, all kinds
 * of values. */
static void test_native_is_jq(void **state) {
        static const JqField dot = { .program = "." };
        _cleanup_(diag_freep) Diag *diag = diag_new();
        JqSet *identity = NULL;

        (void) state;
        assert_int_equal(jq_set_new(&identity, &dot, 1, NULL, diag), 0);
        for (unsigned round = 0; round < 60; round++) {
                _cleanup_(text_done) Text yaml = TEXT_INIT(1 << 16), body = TEXT_INIT(1 << 20);
                FormatCase c;
                Decoder *d = NULL;
                Record rec;

                (void) text_add_str(&yaml, LIST "fields:\n");
                for (unsigned i = 0; i < 4; i++) {
                        _cleanup_(text_done) Text path = TEXT_INIT(1000);

                        random_path(&path);
                        (void) text_printf(&yaml, "  n%u: '%s'\n  j%u: '(%s)'\n", i, text_str(&path), i,
                                        text_str(&path));
                }
                (void) text_add_char(&body, '[');
                for (unsigned i = 0; i < 50; i++) {
                        (void) text_add_str(&body, i ? "," : "");
                        random_value(&body, 4);
                }
                (void) text_add_char(&body, ']');
                assert_true(format_case_load(&c, text_str(&yaml)));
                assert_int_equal(decoder_open(&d, &c.format), 0);
                assert_int_equal(decoder_feed(d, text_bytes(&body)), 0);
                assert_int_equal(decoder_next(d, &rec), DECODE_RECORD);
                do {
                        for (size_t i = 0; i < rec.n_values; i += 2)
                                if (!is_same(identity, &rec.values[i], &rec.values[i + 1]))
                                        fail_msg("record %llu, field %zu of\n%s\n%s",
                                                        (unsigned long long) rec.number, i, text_str(&yaml),
                                                        text_str(&body));
                } while (decoder_next(d, &rec) == DECODE_RECORD);
                assert_int_equal(d->n_records, 50);
                d = decoder_free(d);
                format_case_done(&c);
        }
        identity = jq_set_free(identity);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_not_refused),
                cmocka_unit_test(test_survives),
                cmocka_unit_test(test_native_is_jq),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

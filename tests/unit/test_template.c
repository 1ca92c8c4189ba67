/* Tests of fetch/template.c and fetch/template_json.c. */

#include <errno.h>

#include "fetch_util.h"
#include "fetch/template.h"

static const Zone *zone;
static Period month, quarter, march_15_14;
static TemplateVars vars;
static char page_cursor[] = "a\"b";
static const PageMark page = { .number = 7, .offset = 60, .end = 70, .size = 10, .cursor = page_cursor };

static int set_up(void **state) {
        (void) state;
        assert_int_equal(zone_get("Asia/Ho_Chi_Minh", &zone), 0);
        assert_int_equal(period_parse(BYTES_LIT("2024-03"), &month), 0);
        assert_int_equal(period_parse(BYTES_LIT("2024-Q4"), &quarter), 0);
        assert_int_equal(period_parse(BYTES_LIT("2024-03@15-14"), &march_15_14), 0);
        vars = (TemplateVars){
                .window = &month,
                .unit_code = "H43.05",
                .unit_slug = "nt-so-y-te",
                .unit_name = "Sở \"Y tế\" & khác",
                .unit_level = "P",
                .item = "a/b",
                .page = &page,
                .now = UINT64_C(1709600950) * USEC_SEC + 123456,
                .zone = zone,
        };
        return 0;
}

static Template *compile(const char *text) {
        Diag *diag = diag_new();
        Template *t = NULL;

        if (template_compile(text, NULL, diag, &t) != 0)
                fail_msg("%s: %s", text, diag_get(diag, 0)->message);
        diag_free(diag);
        return t;
}

/* Every variable comes out in its default form and in each form that can be asked for, escaped for the
 * place where it goes. */
static void test_fill(void **state) {
        static const struct {
                const char *template;
                TemplatePlace place;
                const char *expected;
        } cases[] = {
                { "plain", TEMPLATE_TEXT, "plain" },
                { "", TEMPLATE_TEXT, "" },
                { "{{window.from}}..{{window.to}}<{{window.next}}", TEMPLATE_TEXT,
                                "2024-03-01..2024-03-31<2024-04-01" },
                { "{{ window.from | dd/MM/yyyy }}", TEMPLATE_TEXT, "01/03/2024" },
                { "{{window.from|dd/MM/yyyy}}", TEMPLATE_URL, "01%2F03%2F2024" },
                { "{{window.to|yyyyMMddHHmmss}}", TEMPLATE_TEXT, "20240331235959" },
                { "{{window.from|utc yyyy-MM-dd'T'HH:mm:ss'Z'}}", TEMPLATE_TEXT, "2024-02-29T17:00:00Z" },
                { "{{window.from|epoch}}", TEMPLATE_TEXT, "1709226000" },
                { "{{window.from|epoch_ms}}", TEMPLATE_TEXT, "1709226000000" },
                { "{{window.year}}/{{window.month}}/{{window.month|00}}", TEMPLATE_TEXT, "2024/3/03" },
                { "{{window.quarter}} {{window.half}} {{window.number}} {{window.label}} {{window.kind}}",
                                TEMPLATE_TEXT, "1 1 3 2024-03 month" },
                { "{{unit.code}} {{unit.slug}} {{unit.level}}", TEMPLATE_TEXT, "H43.05 nt-so-y-te P" },
                { "{{unit.name}}", TEMPLATE_JSON, "Sở \\\"Y tế\\\" & khác" },
                { "{{unit.name|json}}", TEMPLATE_TEXT, "Sở \\\"Y tế\\\" & khác" },
                { "<u t=\"{{unit.name|xml}}\">{{item|xml}}</u>", TEMPLATE_TEXT,
                                "<u t=\"Sở &quot;Y tế&quot; &amp; khác\">a/b</u>" },
                { "x/{{item}}", TEMPLATE_URL, "x/a%2Fb" },
                { "{{now}}", TEMPLATE_HEADER, "2024-03-05T01:09:10.123456Z" },
                { "{{now|HH:mm}}", TEMPLATE_TEXT, "08:09" },
                { "{{'{{'}}{{'}'}}", TEMPLATE_TEXT, "{{}" },
                { "{\"pageIndex\":{{page.number}}}", TEMPLATE_TEXT, "{\"pageIndex\":7}" },
                { "{{page.number|000}} {{page.offset}}-{{page.end}}/{{page.size}}", TEMPLATE_TEXT, "007 60-70/10" },
                { "{{page.cursor}}", TEMPLATE_URL, "a%22b" },
                { "{\"after\":\"{{page.cursor|json}}\"}", TEMPLATE_TEXT, "{\"after\":\"a\\\"b\"}" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(template_freep) Template *t = compile(cases[i].template);
                _cleanup_(text_done) Text out = TEXT_INIT(1024);

                assert_int_equal(template_fill(t, &vars, cases[i].place, &out), 0);
                assert_text(out, cases[i].expected);
        }
}

/* A window names only the numbers that it has: a quarter has no month, a month from the 15th to the 14th
 * is the month in which it ends. */
static void test_window_kinds(void **state) {
        _cleanup_(template_freep) Template *t = compile("{{window.quarter}}/{{window.half}}"),
                                           *m = compile("{{window.month}} {{window.from}}");
        _cleanup_(text_done) Text out = TEXT_INIT(1024);
        TemplateVars v = vars;

        (void) state;
        v.window = &quarter;
        assert_int_equal(template_fill(t, &v, TEMPLATE_TEXT, &out), 0);
        assert_text(out, "4/2");
        assert_int_equal(template_fill(m, &v, TEMPLATE_TEXT, &out), -ENOKEY);
        assert_string_equal(err_story(-ENOKEY), "\"window.month\" has no value: the window is a quarter");
        assert_text(out, "4/2");
        text_clear(&out);
        v.window = &march_15_14;
        assert_int_equal(template_fill(m, &v, TEMPLATE_TEXT, &out), 0);
        assert_text(out, "3 2024-02-15");
}

/* A value that is not there fails, names the variable, and leaves the output as it was. */
static void test_unset(void **state) {
        static const char *const names[] = { "window.from", "window.year", "window.label", "window.kind",
                "unit.code", "unit.name", "item", "cursor", "now" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(names); i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(64), out = TEXT_INIT(64), wanted = TEXT_INIT(128);
                _cleanup_(template_freep) Template *t = NULL;

                (void) text_printf(&text, "a{{%s}}", names[i]);
                t = compile(text_str(&text));
                (void) text_add_str(&out, "before");
                assert_int_equal(template_fill(t, &(TemplateVars){ .zone = zone }, TEMPLATE_TEXT, &out),
                                -ENOKEY);
                (void) text_printf(&wanted, "\"%s\" has no value here", names[i]);
                assert_string_equal(err_story(-ENOKEY), text_str(&wanted));
                assert_text(out, "before");
        }
}

/* No value can break out of a header. */
static void test_header(void **state) {
        _cleanup_(template_freep) Template *t = compile("{{item}}");
        _cleanup_(text_done) Text out = TEXT_INIT(64);

        (void) state;
        assert_int_equal(template_fill(t, &(TemplateVars){ .item = "a\r\nX: 1" }, TEMPLATE_HEADER, &out),
                        -EINVAL);
        assert_int_equal(out.len, 0);
}

/* A value that does not fit is an error, never a shorter value. */
static void test_full(void **state) {
        _cleanup_(template_freep) Template *t = compile("{{item}}{{item}}");
        _cleanup_(text_done) Text out = TEXT_INIT(5);

        (void) state;
        assert_int_equal(template_fill(t, &vars, TEMPLATE_TEXT, &out), -E2BIG);
}

/* Mistakes are findings that say what would be right. */
static void test_findings(void **state) {
        static const struct {
                const char *template, *finding;
        } cases[] = {
                { "{{window.form}}", "unknown variable \"window.form\"; did you mean \"window.from\"?" },
                { "{{xyz}}", "unknown variable \"xyz\"; known are window.*, unit.*, page.*, item, cursor and now" },
                { "{{window.from", "\"{{\" without \"}}\"; two braces that are meant as such are written "
                                   "{{'{{'}}" },
                { "{{window.from|YYYY}}", "\"YYYY\" means nothing in a date pattern; known are yyyy yy MM M "
                                          "dd d HH H mm m ss s SSS XXX, 'text'" },
                { "{{unit.code|dd}}", "\"unit.code\" is text; behind the bar it takes only \"json\" or \"xml\"" },
                { "{{window.month|MM}}", "\"window.month\" is a number; behind the bar it takes \"number\", "
                                         "or zeros for its width" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(diag_freep) Diag *diag = diag_new();
                Template *t = NULL;

                assert_int_equal(template_compile(cases[i].template, NULL, diag, &t), 1);
                assert_null(t);
                assert_int_equal(diag_len(diag), 1);
                assert_string_equal(diag_get(diag, 0)->message, cases[i].finding);
        }
}

/* Which variables a template uses is known before it is filled. */
static void test_uses(void **state) {
        _cleanup_(template_freep) Template *t = compile("{{window.from}} {{unit.code}}"),
                                           *n = compile("{{window.year|number}}"), *c = compile("{{'x'}}y");

        (void) state;
        assert_true(template_uses(t, "window"));
        assert_true(template_uses(t, "unit"));
        assert_true(template_uses(t, "unit.code"));
        assert_false(template_uses(t, "un"));
        assert_false(template_uses(t, "cursor"));
        assert_false(template_is_constant(t));
        assert_true(template_is_constant(c));
        assert_true(template_is_number(n));
        assert_false(template_is_number(t));
}

/* A JSON body keeps the types that the operator wrote, and no value can break out of its string. */
static void test_json(void **state) {
        static const char yaml[] =
                        "timeType: month\nyear: '{{window.year|number}}'\nmonth: "
                        "\"{{window.month|number}}\"\ntext: '{{window.year}}'\nname: '{{unit.name}}'\n"
                        "currentPage: 1\nrate: 1.50\nflag: true\nnone: null\nempty: ''\ncode: "
                        "'2.000815'\nword: yes\nlist: [1, 'b', {c: ~}]\nmap: {}\n";
        Conf c = conf_parse(yaml);
        JsonTemplate *t = NULL;
        _cleanup_(text_done) Text out = TEXT_INIT(1024);

        (void) state;
        assert_int_equal(json_template_compile(c.root, c.diag, &t), 0);
        assert_int_equal(json_template_fill(t, &vars, &out), 0);
        assert_text(out, "{\"timeType\":\"month\",\"year\":2024,\"month\":3,\"text\":\"2024\",\"name\":\"Sở "
                         "\\\"Y tế\\\" & khác\",\"currentPage\":1,\"rate\":1.50,\"flag\":true,"
                         "\"none\":null,\"empty\":\"\",\"code\":\"2.000815\",\"word\":\"yes\",\"list\":[1,"
                         "\"b\",{\"c\":null}],\"map\":{}}");
        assert_true(json_template_uses(t, "unit"));
        assert_false(json_template_uses(t, "item"));
        text_clear(&out);
        assert_int_equal(json_template_fill(t, &(TemplateVars){}, &out), -ENOKEY);
        json_template_free(t);
        conf_done(&c);
}

/* Every mistake in a JSON body is found in one pass, at its place. */
static void test_json_findings(void **state) {
        Conf c = conf_parse("a: '{{nope}}'\nb: ['{{window.from|q', 1]\n");
        JsonTemplate *t = NULL;

        (void) state;
        assert_int_equal(json_template_compile(c.root, c.diag, &t), 1);
        assert_int_equal(diag_len(c.diag), 2);
        assert_int_equal(diag_get(c.diag, 1)->line, 2);
        conf_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fill),
                cmocka_unit_test(test_window_kinds),
                cmocka_unit_test(test_unset),
                cmocka_unit_test(test_header),
                cmocka_unit_test(test_full),
                cmocka_unit_test(test_findings),
                cmocka_unit_test(test_uses),
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_json_findings),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}

/* Tests of normalise/mapping.c, mapping_plan.c and condition.c: JSON records through a mapping to samples and
 * rejects. */

#include "format_case.h"
#include "normalise/mapping.h"

typedef struct Stream {
        ConfKindOf format;
        MappingSpec mapping;
} Stream;

static const ConfField stream_fields[] = { FIELD_KIND(Stream, format, CONF_REQUIRED, NULL, format_kinds, ""),
        FIELD_MAP(Stream, mapping, CONF_REQUIRED, mapping_fields, ""), {} };

typedef struct Case {
        Arena *arena;
        Diag *diag;
        UnitTable *units;
        Stream stream;
        Format format;
        Mapping *mapping;
        bool has_window, has_ask;
} Case;

static Day day(const char *s) {
        Day d = DAY_NONE;

        if (*s)
                assert_int_equal(day_parse(bytes_of(s), &d), 0);
        return d;
}

static void fill_units(Case *c) {
        static const struct {
                const char *slug, *name, *to;
        } units[] = { { "a", "Sở A", "" }, { "b", "Sở B", "" }, { "old", "Sở Cũ", "2024-06-30" } };
        static const struct {
                const char *code, *unit, *from, *to;
        } codes[] = { { "1", "a", "", "" }, { "2", "old", "", "2024-06-30" },
                { "2", "b", "2024-07-01", "" } };

        c->units = unit_table_new(c->arena);
        for (size_t i = 0; i < ELEMENTS(units); i++) {
                const Unit u = { units[i].slug, units[i].name, "so_ban_nganh", "province", "", "", DAY_NONE,
                        day(units[i].to) };

                assert_int_equal(unit_table_add(c->units, &u, "u", 1, c->diag), 0);
        }
        for (size_t i = 0; i < ELEMENTS(codes); i++)
                assert_int_equal(unit_table_add_code(c->units, "sys", codes[i].code, codes[i].unit,
                                                 day(codes[i].from), day(codes[i].to), "c", 1, c->diag),
                                0);
        assert_int_equal(unit_table_seal(c->units, c->diag), 0);
}

/* The fields and the mapping of a stream. `has`: "w" it has windows, "f" it asks for units. */
static bool load(Case *c, const char *fields, const char *mapping, const char *has) {
        char *yaml;
        const ConfNode *root;

        *c = (Case){ .arena = arena_new(1 << 24),
                .diag = diag_new(),
                .has_window = strchr(has, 'w'),
                .has_ask = strchr(has, 'f') };
        fill_units(c);
        yaml = arena_printf(c->arena, "format: {kind: json, records: '.[]', fields: {%s}}\nmapping:\n%s\n",
                        fields, mapping);
        if (yaml_parse("m.yaml", bytes_of(yaml), c->arena, c->diag, &root) != 0 ||
                        conf_bind(stream_fields, root, c->arena, c->diag, &c->stream) != 0)
                return false;
        if (format_compile(&c->format, &c->stream.format, c->arena, c->diag) != 0)
                return false;
        return mapping_compile(&c->mapping, &c->stream.mapping, &c->format, c->has_window, c->has_ask,
                               c->units, conf_child(root, "mapping"), c->arena, c->diag) == 0;
}

static void unload(Case *c) {
        if (c->format.ops)
                format_done(&c->format);
        c->units = unit_table_free(c->units);
        c->diag = diag_free(c->diag);
        c->arena = arena_free(c->arena);
}

static int on_sample(void *userdata, const Sample *s) {
        Text *t = userdata;

        (void) text_printf(t, "%s %s ", s->metric, s->unit);
        period_render(&s->period, t);
        (void) text_printf(
                        t, " %.*s", s->is_null ? 4 : (int) s->value.len, s->is_null ? "null" : s->value.data);
        if (s->observed_at) {
                (void) text_add_char(t, ' ');
                usec_render_utc(s->observed_at, t);
        }
        if (s->quality.len)
                (void) text_printf(t, " q=%.*s", (int) s->quality.len, s->quality.data);
        if (s->evidence.len)
                (void) text_printf(t, " e=%.*s", (int) s->evidence.len, s->evidence.data);
        (void) text_printf(t, " #%llu\n", (unsigned long long) s->record);
        return 0;
}

static int on_reject(void *userdata, const Reject *r) {
        (void) text_printf(userdata, "! %s %s field=%.*s code=%.*s: %.*s #%llu\n",
                        reject_reason_name(r->reason), r->metric ? r->metric : "-", (int) r->field.len,
                        r->field.data, (int) r->code.len, r->code.data, (int) r->detail.len, r->detail.data,
                        (unsigned long long) r->record);
        return 0;
}

static MappingContext context_of(const Case *c, Period *window, const char *ask) {
        MappingContext ctx = { .units = c->units, .today = day("2024-12-13"), .request = 5 };

        assert_int_equal(zone_get("Asia/Ho_Chi_Minh", &ctx.zone), 0);
        assert_int_equal(period_parse(BYTES_LIT("2024-03"), window), 0);
        if (c->has_window)
                ctx.window = window;
        if (c->has_ask)
                ctx.unit = unit_by_slug(c->units, ask);
        return ctx;
}

/* One page of the ask. */
static void apply(const Case *c, MappingState *s, const MappingContext *ctx, const char *body, Text *ret) {
        const MappingOut out = { on_sample, on_reject, ret };
        Decoder *d = NULL;
        Record rec;
        int code;

        assert_int_equal(decoder_open(&d, &c->format), 0);
        assert_int_equal(decoder_feed(d, bytes_of(body)), 0);
        while ((code = decoder_next(d, &rec)) == DECODE_RECORD)
                assert_int_equal(mapping_apply(c->mapping, s, ctx, &rec, &out), 0);
        assert_int_equal(code, DECODE_MORE);
        assert_int_equal(decoder_feed(d, BYTES_NULL), 0);
        assert_int_equal(decoder_next(d, &rec), DECODE_MORE);
        d = decoder_free(d);
}

typedef struct Row {
        const char *name, *has, *fields, *mapping, *body, *want;
} Row;

#define VALUE_OF_A "  unit: {const: a}\n  period: {today: yes}\n  metrics:\n    - {metric: m, value: v}\n"

static const Row rows[] = {
        { "five things are five things", "", "v: .v", VALUE_OF_A,
                        "[{\"v\":1.50},{\"v\":0},{\"v\":null},{\"v\":\"\"},{\"v\":\" \"},{\"v\":\"7\"},{}]",
                        "m a 2024-12-13 1.5 #1\nm a 2024-12-13 0 #2\nm a 2024-12-13 null #3\nm a 2024-12-13 "
                        "null #4\nm a 2024-12-13 null #5\nm a 2024-12-13 7 #6\n"
                        "! missing_field m field=v code=: the field is not in the record #7\n" },
        { "no numbers", "", "v: .v", VALUE_OF_A,
                        "[{\"v\":\"12,5x\"},{\"v\":true},{\"v\":[1]},{\"v\":\"99,5\"}]",
                        "! not_a_number m field=v code=: \"12,5x\" is not a number #1\n! not_a_number m "
                        "field=v code=: \"true\" is not a number #2\n"
                        "! not_a_number m field=v code=: \"[1]\" is not a number #3\n! not_a_number m "
                        "field=v code=: \"99,5\" is not a number #4\n" },
        { "precision", "", "v: .v + 0", VALUE_OF_A, "[{\"v\":12345678901234567890},{\"v\":3}]",
                        "! precision m field=v code=: a number of the record would lose digits in the "
                        "selector's program #1\nm a 2024-12-13 3 #2\n" },
        { "a selector that fails", "", "v: .v|tonumber", VALUE_OF_A, "[{\"v\":{}}]",
                        "! not_a_number m field=v code=: the selector failed: object ({}) cannot be parsed "
                        "as a number #1\n" },
        { "forms and words", "", "v: .v",
                        "  unit: {const: a}\n  period: {today: yes}\n  metrics:\n    - {metric: m, value: v, "
                        "number: percent, words: {Có: 1, Không: 0, Không xác định: null, 'true': 1}}\n",
                        "[{\"v\":\"12,5%\"},{\"v\":\"Có\"},{\"v\":\" không "
                        "\"},{\"v\":\"Không\"},{\"v\":\"\\uFEFFKhông xác "
                        "định\"},{\"v\":9},{\"v\":true},{\"v\":\"9\"}]",
                        "m a 2024-12-13 12.5 #1\nm a 2024-12-13 1 #2\n! not_a_number m field=v code=: \" "
                        "không \" is not a number #3\nm a 2024-12-13 0 #4\nm a 2024-12-13 null #5\n"
                        "m a 2024-12-13 9 #6\nm a 2024-12-13 1 #7\n! not_a_number m field=v code=: \"9\" is "
                        "not a number #8\n" },
        { "plausible", "", "v: .v",
                        "  unit: {const: a}\n  period: {today: yes}\n  metrics:\n    - {metric: m, value: v, "
                        "min: '0', max: '100', whole: yes}\n",
                        "[{\"v\":0},{\"v\":100.0},{\"v\":-1},{\"v\":100.01},{\"v\":5.5}]",
                        "m a 2024-12-13 0 #1\nm a 2024-12-13 100 #2\n! implausible m field=v code=: \"-1\" "
                        "is below the least that is plausible #3\n"
                        "! implausible m field=v code=: \"100.01\" is above the most that is plausible #4\n! "
                        "implausible m field=v code=: \"5.5\" is no whole number #5\n" },
        { "units by code and date", "", "u: .u, d: .d, v: .v",
                        "  unit: {field: u, system: sys}\n  period: {field: d, format: yyyy-MM, kind: "
                        "month}\n  metrics:\n    - {metric: m, value: v}\n",
                        "[{\"u\":\"1\",\"d\":\"2024-06\",\"v\":1},{\"u\":2,\"d\":\"2024-06\",\"v\":2},{\"u\":"
                        "\"2\",\"d\":\"2024-07\",\"v\":3},{\"u\":\"9\",\"d\":\"2024-07\",\"v\":4},"
                        "{\"d\":\"2024-07\",\"v\":5},{\"u\":null,\"d\":\"2024-07\",\"v\":6},{\"u\":\"\","
                        "\"d\":\"2024-07\",\"v\":7}]",
                        "m a 2024-06 1 #1\nm old 2024-06 2 #2\nm b 2024-07 3 #3\n! unknown_unit - field=u "
                        "code=9: \"9\" is no code of system \"sys\" on 2024-07-31 #4\n"
                        "! no_unit - field=u code=: the field is not in the record #5\n! no_unit - field=u "
                        "code=: the field is null #6\n! no_unit - field=u code=: the field is empty #7\n" },
        { "periods of a field", "", "d: .d, v: .v",
                        "  unit: {const: a}\n  period: {field: d, format: dd/MM/yyyy, kind: month, calendar: "
                        "15-14}\n  metrics:\n    - {metric: m, value: v}\n",
                        "[{\"d\":\"14/03/2024\",\"v\":1},{\"d\":\"15/03/2024\",\"v\":2},{\"d\":\"30/02/"
                        "2024\",\"v\":3},{\"d\":null,\"v\":4},{\"v\":5}]",
                        "m a 2024-03@15-14 1 #1\nm a 2024-04@15-14 2 #2\n! not_a_date - field=d code=: "
                        "\"30/02/2024\" is no date of the form dd/MM/yyyy #3\n"
                        "! no_period - field=d code=: the field is null #4\n! no_period - field=d code=: the "
                        "field is not in the record #5\n" },
        { "cumulative", "", "d: .d, v: .v",
                        "  unit: {const: a}\n  period: {field: d, kind: month, cumulative: yes}\n  "
                        "metrics:\n    - {metric: m, value: v}\n",
                        "[{\"d\":\"2024-03-10\",\"v\":1}]", "m a ~2024/2024-03-31 1 #1\n" },
        { "cumulative to today", "", "v: .v",
                        "  unit: {const: a}\n  period: {today: yes, cumulative: yes}\n  metrics:\n    - "
                        "{metric: m, value: v}\n",
                        "[{\"v\":1}]", "m a ~2024/2024-12-13 1 #1\n" },
        { "the window and the unit that were asked for", "wf", "v: .v",
                        "  metrics:\n    - {metric: m, value: v}\n    - {metric: n, const: '1', where: "
                        "[{field: v, above: '1'}]}\n",
                        "[{\"v\":1},{\"v\":2}]", "m a 2024-03 1 #1\nm a 2024-03 2 #2\nn a 2024-03 1 #2\n" },
        { "what the source says", "", "v: .v, o: .o, q: .q, e: .e",
                        "  unit: {const: a}\n  period: {today: yes}\n  observed: o\n  observed_format: "
                        "dd/MM/yyyy HH:mm:ss\n  quality: q\n  evidence: e\n  metrics:\n    - {metric: m, "
                        "value: v}\n",
                        "[{\"v\":1,\"o\":\"24/11/2026 08:00:00\",\"q\":\"TEMP\",\"e\":\" QĐ 1 "
                        "\"},{\"v\":2,\"o\":null},{\"v\":3,\"o\":\"\",\"q\":null},{\"v\":4,\"o\":"
                        "\"yesterday\"}]",
                        "m a 2024-12-13 1 2026-11-24T01:00:00.000000Z q=TEMP e=QĐ 1 #1\nm a 2024-12-13 2 "
                        "#2\nm a 2024-12-13 3 #3\n"
                        "! not_a_date - field=o code=: \"yesterday\" is no time of the form dd/MM/yyyy "
                        "HH:mm:ss #4\n" },
        { "left out before anything", "", "v: .v, l: .l",
                        "  unit: {const: a}\n  period: {today: yes}\n  where: [{field: l, is_not: Mật}]\n  "
                        "metrics:\n    - {metric: m, value: v}\n",
                        "[{\"v\":1,\"l\":\"Mật\"},{\"v\":2,\"l\":\"Thường\"},{\"v\":3,\"l\":null},{\"v\":4}]",
                        "m a 2024-12-13 2 #2\nm a 2024-12-13 3 #3\n! missing_field - field=l code=: the "
                        "field is not in the record #4\nleft out: 1\n" },
        { "a record a metric", "", "c: .c, v: .v",
                        "  unit: {const: a}\n  period: {today: yes}\n  metrics:\n    - {metric: kpi., value: "
                        "v, name_field: c, names: {A: one, 'B b': two}}\n",
                        "[{\"c\":\"A\",\"v\":1},{\"c\":\"B  "
                        "b\",\"v\":null},{\"c\":\"Z\",\"v\":3},{\"c\":null,\"v\":4},{\"v\":5}]",
                        "kpi.one a 2024-12-13 1 #1\nkpi.two a 2024-12-13 null #2\nleft out: 3\n" },
        { "a record of no known metric", "", "c: .c, v: .v",
                        "  unit: {const: a}\n  period: {today: yes}\n  metrics:\n    - {metric: kpi., value: "
                        "v, name_field: c, names: {A: one}, other_names: refused}\n",
                        "[{\"c\":\"A\",\"v\":1},{\"c\":\"Z\",\"v\":3},{\"v\":5}]",
                        "kpi.one a 2024-12-13 1 #1\n! unknown_metric - field=c code=: \"Z\" is no metric of "
                        "this stream #2\n! unknown_metric - field=c code=: \"\" is no metric of this stream "
                        "#3\n" },
        { "a dead counter is no figure", "", "s: .signed, n: .not",
                        "  unit: {const: a}\n  period: {today: yes}\n  metrics:\n    - {metric: m, value: s, "
                        "null_where: [{field: s, is: 0}, {field: n, is: 0}]}\n",
                        "[{\"signed\":0,\"not\":0},{\"signed\":0,\"not\":3},{\"signed\":5,\"not\":0}]",
                        "m a 2024-12-13 null #1\nm a 2024-12-13 0 #2\nm a 2024-12-13 5 #3\n" },
        { "counts of units that were seen", "", "u: .u, s: .s",
                        "  unit: {field: u, system: sys}\n  period: {today: yes}\n  metrics:\n    - {metric: "
                        "all, count: []}\n    - {metric: done, count: [{field: s, in: [x, y]}]}\n    - "
                        "{metric: big, count: [{field: s, not_in: [x]}], where: [{field: s, present: "
                        "yes}]}\n",
                        "[{\"u\":1,\"s\":\"x\"},{\"u\":1,\"s\":\"z\"},{\"u\":2,\"s\":null},{\"u\":7,\"s\":"
                        "\"x\"}]",
                        "! unknown_unit - field=u code=7: \"7\" is no code of system \"sys\" on 2024-12-13 "
                        "#4\n"
                        "all a 2024-12-13 2 #0\ndone a 2024-12-13 1 #0\nbig a 2024-12-13 1 #0\nall b "
                        "2024-12-13 1 #0\ndone b 2024-12-13 0 #0\n" },
        { "a count that may be too low is not given", "wf", "u: .u, s: .s",
                        "  metrics:\n    - {metric: done, count: [{field: s, is: x}]}\n    - {metric: all, "
                        "count: []}\n",
                        "[{\"s\":\"x\"},{}]",
                        "! missing_field done field=s code=: the field is not in the record #2\n! incomplete "
                        "done field= code=a: 1 records that may belong to it were refused; period 2024-03 "
                        "#0\nall a 2024-03 2 #0\n" },
        { "a record without place spoils all counts of the ask", "f", "d: .d",
                        "  period: {field: d, kind: month}\n  metrics:\n    - {metric: n, count: []}\n",
                        "[{\"d\":\"2024-03-01\"},{\"d\":\"x\"}]",
                        "! not_a_date - field=d code=: \"x\" is no date of the form yyyy-MM-dd #2\n! "
                        "incomplete n field= code=a: 1 records that may belong to it were refused; period "
                        "2024-03 #0\n" },
        { "one unit was asked for and a code came that is in no table", "wf", "u: .u",
                        "  unit: {field: u, system: sys}\n  metrics:\n    - {metric: n, count: []}\n",
                        "[{\"u\":\"7\"}]",
                        "! unknown_unit - field=u code=7: \"7\" is no code of system \"sys\" on 2024-03-31 "
                        "#1\n! incomplete n field= code=a: 1 records that may belong to it were refused; "
                        "period 2024-03 #0\n" },
        { "asked for a, and only others came: nothing is known of a", "wf", "u: .u",
                        "  unit: {field: u}\n  metrics:\n    - {metric: n, count: []}\n", "[{\"u\":\"b\"}]",
                        "n b 2024-03 1 #0\n" },
        { "asked and nothing came: a real 0", "wf", "s: .s, v: .v",
                        "  metrics:\n    - {metric: n, count: [{field: s, is: x}]}\n    - {metric: t, sum: "
                        "v}\n    - {metric: m, value: v}\n",
                        "[]", "n a 2024-03 0 #0\n" },
        { "not asked and nothing came: nothing", "", "u: .u",
                        "  unit: {field: u}\n  period: {today: yes}\n  metrics:\n    - {metric: n, count: "
                        "[]}\n",
                        "[]", "" },
        { "sums", "wf", "v: .v, k: .k",
                        "  metrics:\n    - {metric: t, sum: v}\n    - {metric: x, sum: v, where: [{field: k, "
                        "is: x}]}\n",
                        "[{\"v\":0.1,\"k\":\"x\"},{\"v\":\"0.2\",\"k\":\"y\"},{\"v\":1000,\"k\":\"x\"}]",
                        "t a 2024-03 1000.3 #0\nx a 2024-03 1000.1 #0\n" },
        { "a summand that is null makes the sum unknown", "wf", "v: .v",
                        "  metrics:\n    - {metric: t, sum: v}\n", "[{\"v\":1},{\"v\":null}]",
                        "t a 2024-03 null #0\n" },
        { "a summand that is refused, too", "wf", "v: .v", "  metrics:\n    - {metric: t, sum: v}\n",
                        "[{\"v\":1},{\"v\":\"x\"}]",
                        "! not_a_number t field=v code=: \"x\" is not a number #2\n! incomplete t field= "
                        "code=a: 1 records that may belong to it were refused; period 2024-03 #0\n" },
        { "dates within the window", "wf", "d: .d",
                        "  metrics:\n    - {metric: n, count: [{field: d, from: window, to: window, format: "
                        "dd/MM/yyyy}]}\n    - {metric: early, count: [{field: d, to: 2024-03-10, format: "
                        "dd/MM/yyyy}]}\n",
                        "[{\"d\":\"01/03/2024\"},{\"d\":\"31/03/2024\"},{\"d\":\"01/04/2024\"},{\"d\":\"29/"
                        "02/2024\"},{\"d\":null}]",
                        "n a 2024-03 2 #0\nearly a 2024-03 2 #0\n" },
        { "dates that are none", "wf", "d: .d",
                        "  metrics:\n    - {metric: n, count: [{field: d, from: window, format: "
                        "dd/MM/yyyy}]}\n",
                        "[{\"d\":\"30/02/2024\"}]",
                        "! not_a_date n field=d code=: \"30/02/2024\" is no date of the form dd/MM/yyyy "
                        "#1\n! incomplete n field= code=a: 1 records that may belong to it were refused; "
                        "period 2024-03 #0\n" },
        { "presence", "wf", "d: .d",
                        "  metrics:\n    - {metric: y, count: [{field: d, present: yes}]}\n    - {metric: n, "
                        "count: [{field: d, present: no}]}\n",
                        "[{\"d\":0},{\"d\":false},{\"d\":\"x\"},{\"d\":[1]},{\"d\":null},{\"d\":\" "
                        "\"},{\"d\":[]},{\"d\":{}},{}]",
                        "y a 2024-03 4 #0\nn a 2024-03 5 #0\n" },
        { "texts equal after normalising, numbers as numbers", "wf", "s: .s",
                        "  metrics:\n    - {metric: t, count: [{field: s, is: 'Đã tiếp nhận'}]}\n    - "
                        "{metric: n, count: [{field: s, is: 1}]}\n",
                        "[{\"s\":\"Đã  tiếp nhận \"},{\"s\":\"Đã tie\xCC\x82\xCC\x81p nhận\"},{\"s\":\"đã "
                        "tiếp nhận\"},{\"s\":1.0},{\"s\":\"1\"},{\"s\":\"01\"},{\"s\":1e0},"
                        "{\"s\":1},{\"s\":10},{\"s\":0},{\"s\":-1},{\"s\":\" 1\\t\"},{\"s\":\"\"}]",
                        "t a 2024-03 2 #0\nn a 2024-03 5 #0\n" },
        { "programs that fail or lose digits, wherever they stand", "",
                        "u: '.u|ascii_downcase', d: '.d|ascii_downcase', s: '.s|ascii_downcase', n: '.n + "
                        "0', v: .v",
                        "  unit: {field: u}\n  period: {field: d}\n  metrics:\n    - {metric: m, value: v}\n "
                        "   - {metric: c, count: [{field: s, is: x}]}\n"
                        "    - {metric: w, value: v, where: [{field: n, above: '0'}]}\n    - {metric: k, "
                        "count: [], where: [{field: n, above: '0'}]}\n",
                        "[{\"u\":[],\"d\":\"2024-03-01\",\"s\":\"x\",\"n\":1,\"v\":1},{\"u\":\"A\",\"d\":5,"
                        "\"s\":\"x\",\"n\":1,\"v\":2},"
                        "{\"u\":\"A\",\"d\":\"2024-03-01\",\"s\":{},\"n\":\"y\",\"v\":3},{\"u\":\"A\",\"d\":"
                        "\"2024-03-01\",\"s\":\"x\",\"n\":12345678901234567890,\"v\":4}]",
                        "! no_unit - field=u code=: the selector failed: explode input must be a string #1\n"
                        "! no_period - field=d code=: the selector failed: explode input must be a string "
                        "#2\n"
                        "m a 2024-03-01 3 #3\n"
                        "! missing_field c field=s code=: the selector failed: explode input must be a "
                        "string #3\n"
                        "! missing_field w field=n code=: the selector failed: string (\"y\") and number (0) "
                        "cannot be added #3\n"
                        "! missing_field k field=n code=: the selector failed: string (\"y\") and number (0) "
                        "cannot be added #3\n"
                        "! precision - field=d code=: a number of the record would lose digits in the "
                        "selector's program #4\n"
                        "! incomplete c field= code=a: 4 records that may belong to it were refused; period "
                        "2024-03-01 #0\n"
                        "! incomplete k field= code=a: 4 records that may belong to it were refused; period "
                        "2024-03-01 #0\n" },
        { "conditions that are no numbers", "wf", "n: .n",
                        "  metrics:\n    - {metric: c, count: [{field: n, above: '1.5'}]}\n",
                        "[{\"n\":2},{\"n\":\"1.6\"},{\"n\":1.5},{\"n\":null},{\"n\":\"\"},{\"n\":\"x\"}]",
                        "! not_a_number c field=n code=: \"x\" is not a number #6\n! incomplete c field= "
                        "code=a: 1 records that may belong to it were refused; period 2024-03 #0\n" },
        { "a date in no period of the kind", "", "d: .d, v: .v",
                        "  unit: {const: a}\n  period: {field: d, kind: nine_months}\n  metrics:\n    - "
                        "{metric: m, value: v}\n",
                        "[{\"d\":\"2024-09-30\",\"v\":1},{\"d\":\"2024-10-01\",\"v\":2}]",
                        "m a 2024-9M 1 #1\n! no_period - field=d code=: \"2024-10-01\" lies in no period of "
                        "that kind #2\n" },
        { "more digits than a figure keeps", "", "v: .v", VALUE_OF_A,
                        "[{\"v\":1234567890123456789012345678901234567890123456789012345678901}]",
                        "! precision m field=v code=: "
                        "\"1234567890123456789012345678901234567890123456789012345678901\" has more digits "
                        "than a figure can keep #1\n" },
        { "a sum that grows too long", "wf", "v: .v", "  metrics:\n    - {metric: t, sum: v}\n",
                        "[{\"v\":999999999999999999999999999999999999999999999999999999999999},{\"v\":1}]",
                        "! precision t field=v code=: \"1\" makes the sum longer than a figure can be #2\n! "
                        "incomplete t field= code=a: 1 records that may belong to it were refused; period "
                        "2024-03 #0\n" },
        { "long values are cut in details", "", "v: .v", VALUE_OF_A,
                        "[{\"v\":\"ếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếếế\"}]",
                        "! not_a_number m field=v code=: \"ếếếếếếếếếếếếếếếếếếếếếếếếếế...\" is not a number "
                        "#1\n" },
};

static bool check_row(const Row *row) {
        _cleanup_(text_done) Text got = TEXT_INIT(1 << 16);
        Period window;
        Case c;
        bool is_good;

        if (load(&c, row->fields, row->mapping, row->has)) {
                const MappingContext ctx = context_of(&c, &window, "a");
                const MappingOut out = { on_sample, on_reject, &got };
                _cleanup_(mapping_state_freep) MappingState *s = mapping_state_new(c.mapping);

                apply(&c, s, &ctx, row->body, &got);
                mapping_state_commit(s);
                assert_int_equal(mapping_finish(c.mapping, s, &ctx, &out), 0);
                if (mapping_state_left_out(s))
                        (void) text_printf(&got, "left out: %llu\n",
                                        (unsigned long long) mapping_state_left_out(s));
        } else
                diag_render(c.diag, &got);
        is_good = strcmp(text_str(&got), row->want) == 0;
        if (!is_good)
                print_error("%s:\n--- want\n%s--- got\n%s", row->name, row->want, text_str(&got));
        unload(&c);
        return is_good;
}

/* The table above: what becomes of each value, and that null, missing, empty, refused and 0 stay five things.
 */
static void test_rows(void **state) {
        bool is_good = true;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++)
                is_good &= check_row(&rows[i]);
        assert_true(is_good);
}

/* A page that is tried again does not count twice. */
static void test_pages(void **state) {
        _cleanup_(text_done) Text got = TEXT_INIT(1 << 16);
        const MappingOut out = { on_sample, on_reject, &got };
        MappingState *s;
        MappingContext ctx;
        Period window;
        Case c;

        (void) state;
        assert_true(load(&c, "v: .v",
                        "  where: [{field: v, above: '0'}]\n  metrics:\n    - {metric: n, count: []}\n    - "
                        "{metric: t, sum: v}\n",
                        "wf"));
        ctx = context_of(&c, &window, "a");
        s = mapping_state_new(c.mapping);
        apply(&c, s, &ctx, "[{\"v\":1},{\"v\":2},{\"v\":0}]", &got);
        mapping_state_commit(s);
        apply(&c, s, &ctx, "[{\"v\":10},{\"v\":\"x\"},{\"v\":0}]", &got);
        mapping_state_rollback(s);
        text_clear(&got);
        apply(&c, s, &ctx, "[{\"v\":100}]", &got);
        mapping_state_commit(s);
        assert_int_equal(mapping_finish(c.mapping, s, &ctx, &out), 0);
        assert_string_equal(text_str(&got), "n a 2024-03 3 #0\nt a 2024-03 103 #0\n");
        assert_int_equal(mapping_state_left_out(s), 1);
        s = mapping_state_free(s);
        unload(&c);
}

static int keep_excerpt(void *userdata, const Reject *r) {
        return text_add(userdata, r->excerpt);
}

/* The excerpt of a reject is JSON of the record within 2 KiB, without what is secret. */
static void test_excerpt(void **state) {
        static const char body[] = "[{\"v\":\"x\\u0000\\\"y\",\"n\":1.50,\"b\":true,\"z\":null,\"j\":{\"k\":["
                                   "1]},\"s\":\"hidden\",\"l\":\"%s\"}]";
        _cleanup_(text_done) Text got = TEXT_INIT(1 << 16), full = TEXT_INIT(1 << 16);
        const MappingOut out = { on_sample, keep_excerpt, &got };
        MappingContext ctx;
        MappingState *s;
        Decoder *d = NULL;
        Record rec;
        Period window;
        Case c;

        (void) state;
        (void) text_add(&full, (Bytes){ body, (size_t) (strstr(body, "%s") - body) });
        for (unsigned i = 0; i < 1000; i++)
                (void) text_add_str(&full, "ế");
        (void) text_add_str(&full, "\"}]");
        assert_true(load(&c,
                        "v: .v, n: .n, b: .b, z: .z, j: .j, s: .s, l: .l, m: .m}, secret: [s], envelope: {",
                        VALUE_OF_A, ""));
        ctx = context_of(&c, &window, "a");
        s = mapping_state_new(c.mapping);
        assert_int_equal(decoder_open(&d, &c.format), 0);
        assert_int_equal(decoder_feed(d, text_bytes(&full)), 0);
        assert_int_equal(decoder_next(d, &rec), DECODE_RECORD);
        assert_int_equal(mapping_apply(c.mapping, s, &ctx, &rec, &out), 0);
        assert_null(strstr(text_str(&got), "hidden"));
        assert_null(strstr(text_str(&got), "***"));
        assert_true(got.len <= 2048);
        assert_true(bytes_is_utf8(text_bytes(&got), NULL));
        assert_true(bytes_starts(text_bytes(&got), "{\"v\":\"x\xEF\xBF\xBD\\\"y\",\"n\":1.50,\"b\":true,"
                                                   "\"z\":null,\"l\":\"ếế"));
        /* A list or an object may be what the secret field stands in. */
        assert_null(strstr(text_str(&got), "\"j\""));
        assert_true(bytes_ends(text_bytes(&got), "\"}"));
        d = decoder_free(d);
        s = mapping_state_free(s);
        unload(&c);
}

static int refuse_all(void *userdata _unused_, const Sample *s _unused_) {
        return 7;
}

/* What the receiver returns stops the work and is handed on. */
static void test_stop(void **state) {
        const MappingOut out = { refuse_all, on_reject, NULL };
        const Value one = { VALUE_NUMBER, BYTES_LIT("1") };
        const Record rec = { &one, 1, 1 };
        MappingContext ctx;
        MappingState *s;
        Period window;
        Case c;

        (void) state;
        assert_true(load(&c, "v: .v",
                        "  metrics:\n    - {metric: m, value: v}\n    - {metric: n, count: []}\n", "wf"));
        ctx = context_of(&c, &window, "a");
        s = mapping_state_new(c.mapping);
        assert_int_equal(mapping_apply(c.mapping, s, &ctx, &rec, &out), 7);
        mapping_state_commit(s);
        assert_int_equal(mapping_finish(c.mapping, s, &ctx, &out), 7);
        s = mapping_state_free(s);
        unload(&c);
}

/* The names of all metrics that can come, in order. */
static void test_names(void **state) {
        const char *name;
        size_t i = 0;
        Case c;

        (void) state;
        assert_true(load(&c, "v: .v, c: .c",
                        "  metrics:\n    - {metric: a, value: v}\n    - {metric: k., value: v, name_field: "
                        "c, names: {x: one, y: two}}\n    - {metric: z, count: []}\n",
                        "wf"));
        for (const char *const *want = (const char *const[]){ "a", "k.one", "k.two", "z", NULL }; *want;
                        want++) {
                assert_true(mapping_walk_metrics(c.mapping, &i, &name));
                assert_string_equal(name, *want);
        }
        assert_false(mapping_walk_metrics(c.mapping, &i, &name));
        unload(&c);
}

/* Checks of all metrics stand in one list, each under the name that the figure will have; a mapping without any has none. */
static void test_checks(void **state) {
        Case c;

        (void) state;
        assert_true(load(&c, "v: .v, c: .c",
                        "  metrics:\n    - {metric: k., value: v, name_field: c, names: {x: one, y: two}, checks: [{jump: 50 %, action: "
                        "warn}]}\n    - {metric: p, value: v, checks: [{not_above: k.one}]}\n",
                        "wf"));
        assert_string_equal(mapping_checks(c.mapping),
                        "[{\"metric\":\"k.one\",\"check\":\"jump\",\"action\":\"warn\",\"bound\":\"50\",\"percent\":true},"
                        "{\"metric\":\"k.two\",\"check\":\"jump\",\"action\":\"warn\",\"bound\":\"50\",\"percent\":true},"
                        "{\"metric\":\"p\",\"check\":\"not_above\",\"action\":\"quarantine\",\"other\":\"k.one\"}]");
        unload(&c);
        assert_true(load(&c, "v: .v", "  metrics:\n    - {metric: p, value: v}\n", "wf"));
        assert_null(mapping_checks(c.mapping));
        unload(&c);
}

#define METRIC "  metrics:\n    - {metric: m, value: v}\n"

/* Mappings that cannot work are told when the connector is loaded, with what would be right. */
static void test_findings(void **state) {
        static const struct {
                const char *has, *mapping, *want;
        } cases[] = {
                { "wf", "  metrics:\n    - {metric: m, value: v, checks: [{action: warn}]}\n",
                        "a check is exactly one of `min` and `max`, `jump`, `monotone` and `not_above`" },
                { "wf", "  metrics:\n    - {metric: m, value: v, checks: [{jump: 5, monotone: yes}]}\n",
                        "a check is exactly one of `min` and `max`, `jump`, `monotone` and `not_above`" },
                { "wf", "  metrics:\n    - {metric: m, value: v, checks: [{min: 5, max: 1}]}\n", "`min` is greater than `max`" },
                { "wf", "  metrics:\n    - {metric: m, value: v, checks: [{jump: much}]}\n",
                        "\"much\" is no bound of a change: write a number such as 100, or 50%" },
                { "wf", "  metrics:\n    - {metric: m, value: v, checks: [{jump: -1}]}\n",
                        "\"-1\" is no bound of a change: write a number such as 100, or 50%" },
                { "wf", "  metrics:\n    - {metric: m, value: v, checks: [{not_above: x}]}\n",
                        "\"x\" is no metric of this stream" },
                { "wf", "  metrics:\n    - {metric: m, value: v, checks: [{not_above: n}, {not_above: k}]}\n    - {metric: n, "
                        "count: []}\n    - {metric: k, count: []}\n",
                        "a metric is part of one other: `not_above` stands once" },
                { "w", METRIC, "the unit comes from exactly one of `field`, `ask` and `const`" },
                { "wf", "  unit: {field: v, const: a}\n" METRIC, "the unit comes from exactly one" },
                { "w", "  unit: {ask: yes}\n" METRIC, "it has no `foreach`" },
                { "w", "  unit: {const: ghost}\n" METRIC, "no unit \"ghost\"" },
                { "w", "  unit: {field: nope}\n" METRIC, "no field \"nope\"" },
                { "f", METRIC, "the period comes from exactly one of `window`, `field` and `today`" },
                { "f", "  period: {window: yes}\n" METRIC, "the stream has no `window`" },
                { "wf", "  period: {window: yes, today: yes}\n" METRIC, "the period comes from exactly one" },
                { "wf", "  period: {field: v, format: yyyy-MMM}\n" METRIC, "\"MMM\" is no part of a date" },
                { "wf", "  period: {field: v, format: yyyy, kind: month}\n" METRIC,
                                "\"yyyy\" does not tell the month" },
                { "wf", "  period: {field: v, format: yyyy-MM}\n" METRIC,
                                "\"yyyy-MM\" does not tell the day" },
                { "wf", "  observed: v\n  observed_format: yyyy\n" METRIC, "\"yyyy\" does not tell the day" },
                { "wf", "  observed: v\n  observed_format: x\n" METRIC, "\"x\" is no part of a date" },
                { "wf", "  metrics:\n    - {metric: m}\n",
                                "exactly one of `value`, `const`, `count` and `sum`" },
                { "wf", "  metrics:\n    - {metric: m, value: v, sum: v}\n",
                                "exactly one of `value`, `const`, `count` and `sum`" },
                { "wf", "  metrics:\n    - {metric: 'Không', value: v}\n", "is no name of a metric" },
                { "wf", "  metrics:\n    - {metric: m, value: v, min: '5', max: '1'}\n",
                                "`min` is greater than `max`" },
                { "wf", "  metrics:\n    - {metric: m, value: v, words: {a: b}}\n", "\"b\" is no number" },
                { "wf", "  metrics:\n    - {metric: m, value: v, name_field: v}\n", "stand together" },
                { "wf", "  metrics:\n    - {metric: m, sum: v, name_field: v, names: {a: b}}\n",
                                "goes with `value` only" },
                { "wf", "  metrics:\n    - {metric: 'm', value: v, name_field: v, names: {a: B}}\n",
                                "\"mB\" is no name of a metric" },
                { "wf", METRIC "    - {metric: m, value: v}\n", "stands twice" },
                { "wf",
                                "  metrics:\n    - {metric: m, value: v, to: 2026-06-30}\n"
                                "    - {metric: m, value: v, from: 2026-06-30}\n",
                                "stands twice" },
                { "wf", "  metrics:\n    - {metric: m, value: v, from: 2026-07-01, to: 2026-06-30}\n",
                                "`from` is later than `to`" },
                { "wf", "  metrics:\n    - {metric: m, value: v, from: 2026-06-31}\n", "2026-06-31" },
                { "wf", "  metrics:\n    - {metric: m, count: [{field: v}]}\n", "exactly one test" },
                { "wf", "  metrics:\n    - {metric: m, count: [{field: v, is: a, above: '1'}]}\n",
                                "exactly one test" },
                { "wf", "  metrics:\n    - {metric: m, count: [{field: nope, is: a}]}\n",
                                "no field \"nope\"" },
                { "wf", "  metrics:\n    - {metric: m, count: [{field: v, from: someday}]}\n",
                                "\"someday\" is no day" },
                { "wf", "  metrics:\n    - {metric: m, count: [{field: v, from: 2024-01-01, format: q}]}\n",
                                "\"q\" is no part of a date" },
                { "f",
                                "  period: {today: yes}\n  metrics:\n    - {metric: m, count: [{field: v, "
                                "to: window}]}\n",
                                "the stream has no `window`" },
                { "wf", "  metrics:\n    - {metric: m, value: s}\n",
                                "field \"s\" is secret and cannot become part of a figure" },
                { "wf", "  metrics:\n    - {metric: m, count: [{field: s, is: x}]}\n",
                                "field \"s\" is secret: it can only be asked whether it is `present`" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text got = TEXT_INIT(1 << 16);
                Case c;
                bool is_loaded = load(&c, "v: .v, s: .s}, secret: [s], envelope: {", cases[i].mapping,
                                cases[i].has);

                diag_render(c.diag, &got);
                if (is_loaded || !strstr(text_str(&got), cases[i].want))
                        fail_msg("want \"%s\" in\n%s", cases[i].want, text_str(&got));
                unload(&c);
        }
}

/* What is demanded only for a time is taken for the periods that end in it, both days included; outside there is
 * nothing, neither 0 nor null, and a record that holds nothing else is left out and counted. */
static void test_in_force(void **state) {
        static const char two_laws[] =
                        "  unit: {const: a}\n  period: {field: d}\n  metrics:\n"
                        "    - {metric: old, value: v, to: 2026-06-30}\n"
                        "    - {metric: new, value: v, from: 2026-07-01, to: 2026-12-31}\n";
        static const Row cases[] = {
                { "a state on a day", "", "v: .v, d: .d", two_laws,
                                "[{\"d\":\"2026-06-29\",\"v\":1},{\"d\":\"2026-06-30\",\"v\":0},"
                                "{\"d\":\"2026-07-01\",\"v\":null},{\"d\":\"2026-12-31\",\"v\":1},"
                                "{\"d\":\"2027-01-01\",\"v\":1}]",
                                "old a 2026-06-29 1 #1\nold a 2026-06-30 0 #2\nnew a 2026-07-01 null #3\n"
                                "new a 2026-12-31 1 #4\nleft out: 1\n" },
                { "counts and sums", "", "v: .v, d: .d",
                                "  unit: {const: a}\n  period: {field: d, kind: month}\n  metrics:\n"
                                "    - {metric: n, count: [], to: 2026-06-30}\n"
                                "    - {metric: t, sum: v, from: 2026-07-01}\n",
                                "[{\"d\":\"2026-06-01\",\"v\":1},{\"d\":\"2026-06-30\",\"v\":2},"
                                "{\"d\":\"2026-07-01\",\"v\":4}]",
                                "n a 2026-06 2 #0\nt a 2026-07 4 #0\n" },
                { "no zeros before their time", "wf", "v: .v",
                                "  metrics:\n    - {metric: n, count: [], from: 2024-04-01}\n"
                                "    - {metric: k, count: [], to: 2024-03-31}\n",
                                "[]", "k a 2024-03 0 #0\n" },
                { "one name, two fields, one after the other", "", "v: .v, w: .w, d: .d",
                                "  unit: {const: a}\n  period: {field: d}\n  metrics:\n"
                                "    - {metric: m, value: v, to: 2026-06-30}\n"
                                "    - {metric: m, value: w, from: 2026-07-01}\n",
                                "[{\"d\":\"2026-06-30\",\"v\":1},{\"d\":\"2026-07-01\",\"w\":2}]",
                                "m a 2026-06-30 1 #1\nm a 2026-07-01 2 #2\n" },
        };
        bool is_good = true;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                is_good &= check_row(&cases[i]);
        assert_true(is_good);
}

/* A metric may stand twice where conditions keep the two apart. */
static void test_twice(void **state) {
        static const Row row = { "twice", "wf", "v: .v",
                "  metrics:\n    - {metric: m, const: '1', where: [{field: v, above: '0'}]}\n    - {metric: "
                "m, const: '0', where: [{field: v, is: 0}]}\n",
                "[{\"v\":5},{\"v\":0}]", "m a 2024-03 1 #1\nm a 2024-03 0 #2\n" };

        (void) state;
        assert_true(check_row(&row));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_pages),
                cmocka_unit_test(test_excerpt),
                cmocka_unit_test(test_stop),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_checks),
                cmocka_unit_test(test_findings),
                cmocka_unit_test(test_twice),
                cmocka_unit_test(test_in_force),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

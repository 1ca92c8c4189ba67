/* Tests of connector.c: what only a whole file shows. Findings are in tests/config. */
#include "connector.h"
#include "scratch.h"

static const char file[] = "connector: motcua\n"
                           "title: Hệ thống một cửa\n"
                           "base_url: http://127.0.0.1:1\n"
                           "auth: {kind: basic, user: u, password: {credential: motcua}}\n"
                           "streams:\n"
                           "  - name: s\n"
                           "    schedule: {every: 1 min, blackout: '22:00-05:00'}\n"
                           "    request: {method: POST, path: '/x', headers: {X-A: b}, json: {a: '{{now}}', b: [1, null]}}\n"
                           "    accept: {require: {code: '200'}}\n"
                           "    format:\n"
                           "      kind: json\n"
                           "      records: .rows[]\n"
                           "      fields: {u: .u, p: .p, a: .a}\n"
                           "      envelope: {code: .code}\n"
                           "    mapping:\n"
                           "      unit: {field: u, system: slug}\n"
                           "      period: {field: p, kind: month}\n"
                           "      metrics:\n"
                           "        - {metric: k.m, value: a, words: {Có: 1}, where: [{field: a, is_not: x}]}\n";

typedef struct Loaded {
        Arena *arena;
        Diag *diag;
        Connector connector;
} Loaded;

static void load(Loaded *l, Scratch *s) {
        *l = (Loaded){ .arena = arena_new(1 << 20), .diag = diag_new() };
        scratch_put(s, "motcua.yaml", BYTES_LIT(file));
        assert_int_equal(connector_load(&l->connector, scratch_path(s, "motcua.yaml"), "Asia/Ho_Chi_Minh", NULL, l->arena, l->diag), 0);
        assert_int_equal(diag_len(l->diag), 0);
}

static void loaded_done(Loaded *l) {
        connector_done(&l->connector);
        l->diag = diag_free(l->diag);
        l->arena = arena_free(l->arena);
}

/* Ten thousand connectors are meant to fit: of a file nothing stays but what was bound and compiled. */
static void test_memory(void **state) {
        _cleanup_(loaded_done) Loaded l;

        load(&l, *state);
        assert_in_range(arena_used(l.arena), sizeof(ConnectorSpec) + sizeof(StreamSpec), 5000);
}

/* What was bound and compiled works without the tree it came from, and no place points there. */
static void test_no_tree(void **state) {
        _cleanup_(http_request_freep) HttpRequest *request = NULL;
        _cleanup_(loaded_done) Loaded l;
        const Stream *s;

        load(&l, *state);
        s = &l.connector.streams[0];
        assert_string_equal(l.connector.spec->connector, "motcua");
        assert_string_equal(s->spec->name, "s");
        assert_null(l.connector.spec->auth.node);
        assert_null(l.connector.spec->streams.nodes);
        assert_null(s->spec->format.node);
        assert_null(s->spec->request.json);
        assert_null(s->spec->request.headers.items[0].node);
        assert_int_equal(s->require_at[0], 0);
        assert_int_equal(request_plan_make(s->plan, &(TemplateVars){ .now = USEC_SEC }, &request), 0);
        assert_string_equal(http_request_header(request, "X-A")->value, "b");
        assert_string_equal(request->body, "{\"a\":\"1970-01-01T00:00:01.000000Z\",\"b\":[1,null]}");
        assert_true(schedule_next(s->schedule, USEC_DAY * 20000) > USEC_DAY * 20000);
}

/* The same file with the same zone is the same connector, also of another load; with another zone it is not. */
static void test_same(void **state) {
        _cleanup_(loaded_done) Loaded a, b;

        load(&a, *state);
        load(&b, *state);
        assert_true(connector_is_same(&a.connector, &b.connector));
        assert_int_equal(zone_get("UTC", &b.connector.zone), 0);
        assert_false(connector_is_same(&a.connector, &b.connector));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                scratch_test(test_memory),
                scratch_test(test_no_tree),
                scratch_test(test_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

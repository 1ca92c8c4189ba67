/* Tests of setup.c: how connectors and streams are found. Findings are in tests/config. */
#include "scratch.h"
#include "setup.h"

static void put_connector(Scratch *s, const char *file, const char *name, const char *more, const char *const *streams) {
        _cleanup_(text_done) Text t = TEXT, path = TEXT;

        (void) text_printf(&path, "connectors.d/%s.yaml", file);
        (void) text_printf(&t, "connector: %s\nbase_url: http://127.0.0.1:1\n%sstreams:\n", name, more);
        for (; *streams; streams++)
                (void) text_printf(&t, "  - name: %s\n    schedule: {every: 1 min}\n    request: {path: /x}\n    format: {kind: json, fields: {a: .a}}\n"
                                       "    mapping: {unit: {const: u}, period: {today: yes}, metrics: [{metric: m.%s, value: a}]}\n", *streams, *streams);
        scratch_put(s, text_str(&path), text_bytes(&t));
}

static Setup *load(Scratch *s) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(text_done) Text words = TEXT;
        Setup *setup = NULL;
        int r = setup_load(&setup, scratch_path(s, "thiduad.yaml"), diag);

        diag_render(diag, &words);
        assert_text(&words, "");
        assert_int_equal(r, 0);
        return setup;
}

/* A connector is found by its name, whatever its file is called and whether it is enabled or not; a stream only where it is polled. */
static void test_find(void **state) {
        static const char *const names[] = { "m", "zz", "a", "mm", "k", "b", NULL };
        static const char *const two[] = { "s", "t", NULL };
        Scratch *s = *state;
        Setup *setup;

        scratch_put(s, "thiduad.yaml", BYTES_LIT("database: {conninfo: 'host=/none'}\n"));
        assert_int_equal(mkdir(scratch_path(s, "connectors.d"), 0700), 0);
        assert_int_equal(mkdir(scratch_path(s, "campaigns.d"), 0700), 0);
        assert_int_equal(mkdir(scratch_path(s, "units"), 0700), 0);
        scratch_put(s, "units/units-a.csv", BYTES_LIT("code,name,kind,level,parent_code,valid_from,valid_to\nu,Xã,ubnd_xa,commune,,,\n"));
        for (size_t i = 0; names[i]; i++) {
                char file[2] = { (char) ('1' + i), '\0' };

                put_connector(s, file, names[i], strcmp(names[i], "k") == 0 ? "enabled: no\n" : "", two);
        }
        setup = load(s);
        assert_int_equal(setup_n_connectors(setup), 6);
        assert_int_equal(setup_n_streams(setup), 10);
        for (size_t i = 0; names[i]; i++) {
                const Connector *c = setup_find_connector(setup, names[i]);
                bool is_polled = strcmp(names[i], "k") != 0;

                assert_string_equal(c->spec->connector, names[i]);
                assert_int_equal(c->index, i);
                assert_ptr_equal(setup_find(setup, names[i], "t"), is_polled ? &c->streams[1] : NULL);
                assert_ptr_equal(setup_find(setup, names[i], NULL), is_polled ? &c->streams[0] : NULL);
                assert_null(setup_find(setup, names[i], "none"));
        }
        assert_null(setup_find_connector(setup, "none"));
        assert_null(setup_find_connector(setup, ""));
        assert_null(setup_find(setup, "none", NULL));
        (void) setup_unref(setup);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                scratch_test(test_find),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

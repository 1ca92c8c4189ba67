/* Tests of config/bind.c. */
#include "conf_sample.h"
#include "config/bind.h"
#include "unit.h"

typedef struct Bound {
        Arena *arena;
        Diag *diag;
        const ConfNode *root;
        Sample sample;
        int code;
} Bound;

static void bind_text(Bound *b, const char *yaml) {
        *b = (Bound){ .arena = arena_new(1 << 20), .diag = diag_new() };
        assert_int_equal(yaml_parse("t.yaml", bytes_of(yaml), b->arena, b->diag, &b->root), 0);
        b->code = conf_bind(sample_fields, b->root, b->arena, b->diag, &b->sample);
}

static void bound_done(Bound *b) {
        b->diag = diag_free(b->diag);
        b->arena = arena_free(b->arena);
}

/* A file that names only what is required takes every default. */
static void test_defaults(void **state _unused_) {
        _cleanup_(bound_done) Bound b;
        const Sample *s = &b.sample;

        bind_text(&b, "title: x\n");
        assert_int_equal(b.code, 0);
        assert_int_equal(diag_len(b.diag), 0);
        assert_string_equal(s->title, "x");
        assert_true(s->enabled);
        assert_int_equal(s->pages, 10);
        assert_int_equal(s->shift, 0);
        assert_int_equal(s->size, 65536);
        assert_true(s->every == 15 * USEC_MINUTE);
        assert_int_equal(s->from, DAY_NONE);
        assert_string_equal(s->factor, "1");
        assert_int_equal(s->overlap, 1);
        assert_int_equal(s->names.len, 1);
        assert_string_equal(s->names.items[0], "a");
        assert_int_equal(s->headers.len, 0);
        assert_null(s->server.host);
        assert_int_equal(s->server.port, 443);
        assert_int_equal(s->hosts.len, 0);
        assert_ptr_equal(s->auth.info, &plain_kind);
        assert_string_equal(((const PlainKind *) s->auth.spec)->word, "x");
        assert_null(s->body);
}

/* Every type is read as an operator writes it, with the places kept. */
static void test_values(void **state _unused_) {
        _cleanup_(bound_done) Bound b;
        const Sample *s = &b.sample;
        const SecretKind *secret;

        bind_text(&b, "title: 'Sở Nội vụ'\nenabled: off\npages: 1000\nshift: -5\nsize: 1 GiB\nevery: 1 h 30 min\nfrom: 2024-03-01\nfactor: '0.50'\noverlap: stop\n"
                      "names: [b, c]\nheaders:\n  Accept: text/csv\n  X: ''\nserver: {host: h, port: 1}\nhosts:\n  - host: a\n  - {host: b, port: 2}\n"
                      "auth: {kind: secret, key: {credential: k}}\nbody: [1, {x: 2}]\n");
        assert_int_equal(b.code, 0);
        assert_int_equal(diag_len(b.diag), 0);
        assert_string_equal(s->title, "Sở Nội vụ");
        assert_false(s->enabled);
        assert_int_equal(s->pages, 1000);
        assert_int_equal(s->shift, -5);
        assert_int_equal(s->size, 1 << 30);
        assert_true(s->every == 90 * USEC_MINUTE);
        assert_int_equal(s->from, day_of(2024, 3, 1));
        assert_string_equal(s->factor, "0.5");
        assert_int_equal(s->overlap, 2);
        assert_int_equal(s->names.len, 2);
        assert_string_equal(s->names.items[1], "c");
        assert_int_equal(s->names.nodes[1]->col, 12);
        assert_int_equal(s->headers.len, 2);
        assert_string_equal(s->headers.items[0].key, "Accept");
        assert_string_equal(s->headers.items[1].value, "");
        assert_int_equal(s->headers.items[1].node->line, 13);
        assert_string_equal(s->server.host, "h");
        assert_int_equal(s->hosts.len, 2);
        assert_string_equal(((const Inner *) s->hosts.items)[0].host, "a");
        assert_int_equal(((const Inner *) s->hosts.items)[0].port, 443);
        assert_int_equal(((const Inner *) s->hosts.items)[1].port, 2);
        assert_int_equal(s->hosts.nodes[1]->line, 17);
        assert_ptr_equal(s->auth.info, &secret_kind);
        secret = s->auth.spec;
        assert_string_equal(secret->key.credential, "k");
        assert_null(secret->key.file);
        assert_int_equal(secret->key.node->line, 18);
        assert_string_equal(secret->header, "X-Key");
        assert_int_equal(s->body->n_children, 2);
}

/* A key without a value is as if it were not there; one string stands for a list of one; booleans have three words each way. */
static void test_short_forms(void **state _unused_) {
        static const struct {
                const char *word;
                bool expected;
        } rows[] = { { "yes", true }, { "true", true }, { "on", true }, { "no", false }, { "false", false }, { "off", false } };
        Bound b;

        bind_text(&b, "title: x\npages:\nnames: only\nauth: secret2\n");
        assert_int_equal(b.code, 1);
        assert_int_equal(b.sample.pages, 10);
        assert_int_equal(b.sample.names.len, 1);
        assert_string_equal(b.sample.names.items[0], "only");
        bound_done(&b);
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;

                (void) text_printf(&t, "title: x\nenabled: %s\n", rows[i].word);
                bind_text(&b, text_str(&t));
                assert_int_equal(b.code, 0);
                assert_int_equal(b.sample.enabled, rows[i].expected);
                bound_done(&b);
        }
}

#define T "title: x\n"

/* What is wrong is said in these words at this place: what it is, and what would be right. */
static void test_findings(void **state _unused_) {
        static const struct {
                const char *yaml, *expected;
        } rows[] = {
                { "enabled: yes\n", "t.yaml:1:1: key \"title\" is missing\n" },
                { "title:\n", "t.yaml:1:7: key \"title\" is missing\n" },
                { "title: ''\n", "t.yaml:1:8: \"title\" must not be empty\n" },
                { "title: [x]\n", "t.yaml:1:8: \"title\" must be a single value, not a list\n" },
                { T "enabled: [x]\n", "t.yaml:2:10: \"enabled\" must be a single value, not a list\n" },
                { T "pages: [x]\n", "t.yaml:2:8: \"pages\" must be a single value, not a list\n" },
                { T "shift: {}\n", "t.yaml:2:8: \"shift\" must be a single value, not a map\n" },
                { T "size: [x]\n", "t.yaml:2:7: \"size\" must be a single value, not a list\n" },
                { T "every: [x]\n", "t.yaml:2:8: \"every\" must be a single value, not a list\n" },
                { T "from: [x]\n", "t.yaml:2:7: \"from\" must be a single value, not a list\n" },
                { T "factor: [x]\n", "t.yaml:2:9: \"factor\" must be a single value, not a list\n" },
                { T "overlap: [x]\n", "t.yaml:2:10: \"overlap\" must be a single value, not a list\n" },
                { T "pagse: 1\n", "t.yaml:2:1: unknown key \"pagse\"; did you mean \"pages\"?\n" },
                { T "zzzzzz: 1\n", "t.yaml:2:1: unknown key \"zzzzzz\"; here may stand title, enabled, pages, shift, size, every, from, factor, overlap, names, headers, server, hosts, "
                                   "auth, body or old\n" },
                { T "enabled: maybe\n", "t.yaml:2:10: \"enabled\" must be yes or no, not \"maybe\"\n" },
                { T "pages: ten\n", "t.yaml:2:8: \"pages\" must be a whole number, not \"ten\"\n" },
                { T "pages: 1.5\n", "t.yaml:2:8: \"pages\" must be a whole number, not \"1.5\"\n" },
                { T "pages: 0\n", "t.yaml:2:8: \"pages\" must be from 1 to 1000, not 0\n" },
                { T "pages: 99999999999999999999\n", "t.yaml:2:8: \"pages\" must be a whole number, not \"99999999999999999999\"\n" },
                { T "shift: x\n", "t.yaml:2:8: \"shift\" must be a whole number, not \"x\"\n" },
                { T "size: 64\n", "t.yaml:2:7: \"size\" must be a size with its unit, such as 64 MiB, not \"64\"\n" },
                { T "size: 1 B\n", "t.yaml:2:7: \"size\" must be from 1 KiB to 1 GiB, not 1 B\n" },
                { T "every: 90\n", "t.yaml:2:8: \"every\" must be a time with its unit, such as 15 min, not \"90\"\n" },
                { T "every: 2 d\n", "t.yaml:2:8: \"every\" must be from 1 s to 1 d, not 2 d\n" },
                { T "from: 1/3/2024\n", "t.yaml:2:7: \"from\" must be a day as YYYY-MM-DD, not \"1/3/2024\"\n" },
                { T "factor: 1,5\n", "t.yaml:2:9: \"factor\" must be a number with a point for decimals, not \"1,5\"\n" },
                { T "overlap: skpi\n", "t.yaml:2:10: \"overlap\" cannot be \"skpi\"; did you mean \"skip\"? It is one of skip, queue or stop\n" },
                { T "overlap: never\n", "t.yaml:2:10: \"overlap\" must be skip, queue or stop, not \"never\"\n" },
                { T "names: {a: b}\n", "t.yaml:2:8: \"names\" must be a list, not a map\n" },
                { T "names: [a, [b]]\n", "t.yaml:2:12: the members of \"names\" must be single values, not a list\n" },
                { T "headers: x\n", "t.yaml:2:10: \"headers\" must be a map of names and values, not a single value\n" },
                { T "headers: {a: [b]}\n", "t.yaml:2:14: \"a\" under \"headers\" must be a single value, not a list\n" },
                { T "server: x\n", "t.yaml:2:9: \"server\" must be a map, not a single value\n" },
                { T "server: {port: 1}\n", "t.yaml:2:9: key \"host\" is missing\n" },
                { T "hosts: {host: a}\n", "t.yaml:2:8: \"hosts\" must be a list, not a map\n" },
                { T "hosts: [a]\n", "t.yaml:2:9: the members of \"hosts\" must be maps, not a single value\n" },
                { T "hosts: [{host: a}, {hots: b}]\n", "t.yaml:2:20: key \"host\" is missing\nt.yaml:2:21: unknown key \"hots\"; did you mean \"host\"?\n" },
                { T "auth: [x]\n", "t.yaml:2:7: \"auth\" must be a map with \"kind: ...\"\n" },
                { T "auth: {word: y}\n", "t.yaml:2:7: \"auth\" must be a map with \"kind: ...\"\n" },
                { T "auth: {kind: plian}\n", "t.yaml:2:14: no kind \"plian\" of \"auth\"; did you mean \"plain\"? It is one of plain or secret\n" },
                { T "auth: {kind: basic}\n", "t.yaml:2:14: no kind \"basic\" of \"auth\": it is one of plain or secret\n" },
                { T "auth: {kind: plain, key: x}\n", "t.yaml:2:21: unknown key \"key\"; here may stand word\n" },
                { T "auth: {kind: secret}\n", "t.yaml:2:7: key \"key\" is missing\n" },
                { T "auth: {kind: secret, key: hunter2}\n", "t.yaml:2:27: \"key\" says where the secret is read from: {credential: NAME}, {file: PATH} or {env: VARIABLE}; the secret "
                                                            "itself never stands here\n" },
                { T "auth: {kind: secret, key: {}}\n", "t.yaml:2:27: \"key\" needs exactly one of \"credential\", \"file\" and \"env\"\n" },
                { T "auth: {kind: secret, key: {env: A, file: b}}\n", "t.yaml:2:27: \"key\" needs exactly one of \"credential\", \"file\" and \"env\"\n" },
                { T "old: y\n", "t.yaml:2:6: warning: key \"old\" is going away: Write \"title\".\n" },
                { "[]\n", "t.yaml:1:1: a map of keys and values must stand here, not a list\n" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(bound_done) Bound b;
                _cleanup_(text_done) Text t = TEXT;

                bind_text(&b, rows[i].yaml);
                diag_render(b.diag, &t);
                assert_text(&t, rows[i].expected);
                assert_int_equal(b.code, diag_errors(b.diag) > 0);
        }
}

/* All findings of a file come at once. */
static void test_all_at_once(void **state _unused_) {
        _cleanup_(bound_done) Bound b;
        _cleanup_(text_done) Text t = TEXT;

        bind_text(&b, "titel: x\npages: 0\nsize: 1\nserver: {prot: 1}\n");
        diag_render(b.diag, &t);
        assert_text(&t, "t.yaml:1:1: key \"title\" is missing\n"
                        "t.yaml:1:1: unknown key \"titel\"; did you mean \"title\"?\n"
                        "t.yaml:2:8: \"pages\" must be from 1 to 1000, not 0\n"
                        "t.yaml:3:7: \"size\" must be a size with its unit, such as 64 MiB, not \"1\"\n"
                        "t.yaml:4:9: key \"host\" is missing\n"
                        "t.yaml:4:10: unknown key \"prot\"; did you mean \"port\"?\n");
}

/* A secret that stands in the file by mistake is not repeated in the finding. */
static void test_no_echo(void **state _unused_) {
        _cleanup_(bound_done) Bound b;
        _cleanup_(text_done) Text t = TEXT;

        bind_text(&b, T "auth: {kind: secret, key: hunter2}\n");
        diag_render(b.diag, &t);
        assert_null(strstr(text_str(&t), "hunter2"));
}

/* Without a map all defaults are taken, and what is required is missing; what is required inside an absent map is not. */
static void test_nothing(void **state _unused_) {
        _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(text_done) Text t = TEXT;
        Sample s = {};

        assert_int_equal(conf_bind(sample_fields, NULL, arena, diag, &s), 1);
        diag_render(diag, &t);
        assert_text(&t, "key \"title\" is missing\n");
        assert_int_equal(s.pages, 10);
        assert_int_equal(s.server.port, 443);
}

typedef struct Lists {
        ConfStrings names;
        ConfPairs headers;
        ConfItems hosts;
} Lists;

/* A collection that must hold something is told when it holds nothing. */
static void test_nonempty(void **state _unused_) {
        static const ConfField fields[] = {
                FIELD(Lists, names, CONF_NONEMPTY, NULL, "Names."),
                FIELD(Lists, headers, CONF_NONEMPTY, NULL, "Headers."),
                FIELD_LIST(Lists, hosts, CONF_NONEMPTY, Inner, inner_fields, "Hosts."),
                {}
        };
        _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(text_done) Text t = TEXT;
        const ConfNode *root;
        Lists l = {};

        assert_int_equal(yaml_parse("t.yaml", BYTES_LIT("names: []\nheaders: {}\nhosts: []\n"), arena, diag, &root), 0);
        assert_int_equal(conf_bind(fields, root, arena, diag, &l), 1);
        diag_render(diag, &t);
        assert_text(&t, "t.yaml:1:8: \"names\" must not be empty\nt.yaml:2:10: \"headers\" must not be empty\nt.yaml:3:8: \"hosts\" must not be empty\n");
}

/* An arena that is full is a finding. */
static void test_full(void **state _unused_) {
        _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20), *small = arena_new(100);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        const ConfNode *root;
        Sample s = {};

        assert_int_equal(yaml_parse("t.yaml", BYTES_LIT("title: x\nnames: [a, b, c, d, e, f]\nheaders: {a: b}\nhosts: [{host: a}]\nauth: {kind: plain}\n"), arena, diag, &root), 0);
        assert_int_equal(conf_bind(sample_fields, root, small, diag, &s), 1);
        assert_string_equal(diag_get(diag, 0)->message, "the configuration is larger than its bound");
}

/* The nearest word is within a third of the letters; a swap of neighbours is one step; nothing near is nothing. */
static void test_nearest(void **state _unused_) {
        static const char *const words[] = { "paging", "page", "format", "of", NULL };
        static const struct {
                const char *word, *expected;
        } rows[] = {
                { "pagging", "paging" }, { "pgaing", "paging" }, { "pagin", "paging" }, { "pgae", "page" }, { "fromat", "format" }, { "farmot", "format" }, { "xxxxxx", NULL },
                { "o", "of" },           { "zz", NULL },         { "", NULL },          { "page", "page" }, { "xaxexxxxx", NULL },
                { "pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp", NULL },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                const char *nearest = conf_nearest(rows[i].word, words);

                if (!rows[i].expected)
                        assert_null(nearest);
                else
                        assert_string_equal(nearest, rows[i].expected);
        }
}

/* What was bound outlives its tree and places once they are forgotten: every value stays, and no place is left to point there. */
static void test_forget_places(void **state _unused_) {
        _cleanup_(arena_freep) Arena *kept = arena_new(1 << 20), *tree = arena_new(1 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        const SecretKind *secret;
        const ConfNode *root;
        Sample s = {};

        assert_int_equal(yaml_parse("t.yaml", BYTES_LIT("title: 'Sở Nội vụ'\nfactor: '0.50'\nnames: [b, c]\nheaders: {Accept: text/csv}\nserver: {host: h}\nhosts: [{host: a}, {host: b}]\n"
                                                        "auth: {kind: secret, key: {credential: k}}\nbody: [1]\n"), tree, diag, &root), 0);
        assert_int_equal(conf_bind_apart(sample_fields, root, kept, tree, diag, &s), 0);
        assert_int_equal(s.names.nodes[1]->col, 12);
        conf_forget_places(sample_fields, &s);
        tree = arena_free(tree);
        assert_string_equal(s.title, "Sở Nội vụ");
        assert_string_equal(s.factor, "0.5");
        assert_string_equal(s.names.items[1], "c");
        assert_null(s.names.nodes);
        assert_string_equal(s.headers.items[0].value, "text/csv");
        assert_null(s.headers.items[0].node);
        assert_string_equal(s.server.host, "h");
        assert_string_equal(((const Inner *) s.hosts.items)[1].host, "b");
        assert_null(s.hosts.nodes);
        assert_ptr_equal(s.auth.info, &secret_kind);
        assert_null(s.auth.node);
        secret = s.auth.spec;
        assert_string_equal(secret->key.credential, "k");
        assert_null(secret->key.node);
        assert_string_equal(secret->header, "X-Key");
        assert_null(s.body);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),    cmocka_unit_test(test_values),  cmocka_unit_test(test_short_forms), cmocka_unit_test(test_findings),
                cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_no_echo), cmocka_unit_test(test_nothing),     cmocka_unit_test(test_full),
                cmocka_unit_test(test_nearest),     cmocka_unit_test(test_nonempty), cmocka_unit_test(test_forget_places),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of config/yaml.c. */
#include <errno.h>

#include "base/err.h"
#include "config/yaml.h"
#include "scratch.h"

typedef struct Parsed {
        Arena *arena;
        Diag *diag;
        const ConfNode *root;
        int code;
} Parsed;

static Parsed parse(Bytes text) {
        Parsed p = { .arena = arena_new((size_t) 64 << 20), .diag = diag_new() };

        p.code = yaml_parse("t.yaml", text, p.arena, p.diag, &p.root);
        return p;
}

static void parsed_done(Parsed *p) {
        p->diag = diag_free(p->diag);
        p->arena = arena_free(p->arena);
}

/* The tree written out: kinds, keys, texts and places. */
static void render(const ConfNode *n, Text *t) {
        if (n->key)
                (void) text_printf(t, "%s@%u:%u=", n->key, n->key_line, n->key_col);
        if (n->kind == CONF_NODE_SCALAR) {
                (void) text_printf(t, "%s%s%s@%u:%u", n->is_plain ? "" : "'", n->text, n->is_null ? "(null)" : "", n->line, n->col);
                return;
        }
        (void) text_printf(t, "%c%u:%u#%zu ", n->kind == CONF_NODE_MAP ? '{' : '[', n->line, n->col, n->n_children);
        for (const ConfNode *c = n->first; c; c = c->next) {
                assert_ptr_equal(c->parent, n);
                assert_string_equal(c->file, "t.yaml");
                render(c, t);
                (void) text_add_char(t, ' ');
        }
        (void) text_add_char(t, n->kind == CONF_NODE_MAP ? '}' : ']');
}

/* Every node knows its place, its key and the place of its key; quotes are told from plain words, and null from text. */
static void test_tree(void **state _unused_) {
        static const struct {
                const char *yaml, *expected;
        } rows[] = {
                { "a: 1\nbc: 'x y'\n", "{1:1#2 a@1:1=1@1:4 bc@2:1='x y@2:5 }" },
                { "a:\n  - 1\n  - b: 2\n    c: 3\n", "{1:1#1 a@1:1=[2:3#2 1@2:5 {3:5#2 b@3:5=2@3:8 c@4:5=3@4:8 } ] }" },
                { "{a: [1, 2], b: {}}", "{1:1#2 a@1:2=[1:5#2 1@1:6 2@1:9 ] b@1:13={1:16#0 } }" },
                { "a: ~\nb:\nc: null\nd: \"null\"\ne: ''\n", "{1:1#5 a@1:1=~(null)@1:4 b@2:1=(null)@2:3 c@3:1=null(null)@3:4 d@4:1='null@4:4 e@5:1='@5:4 }" },
                { "plain\n", "plain@1:1" },
                { "# comment\n---\na: |\n  x\n  y\n", "{3:1#1 a@3:1='x\ny\n@3:4 }" },
                { "\xEF\xBB\xBF" "a: 1\n", "{1:1#1 a@1:1=1@1:4 }" },
                { "tên: Sở Nội vụ\n", "{1:1#1 tên@1:1=Sở Nội vụ@1:6 }" },
                { "a: 1\r\nb: 2\r\n", "{1:1#2 a@1:1=1@1:4 b@2:1=2@2:4 }" },
                { "a: &anchor 1\n", "{1:1#1 a@1:1=1@1:4 }" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(parsed_done) Parsed p = parse(bytes_of(rows[i].yaml));
                _cleanup_(text_done) Text t = TEXT;

                assert_int_equal(p.code, 0);
                assert_int_equal(diag_len(p.diag), 0);
                render(p.root, &t);
                assert_text(&t, rows[i].expected);
        }
}

/* What is not a configuration is a finding in these words at this place, and the code is 1. */
static void test_findings(void **state _unused_) {
        static const struct {
                Bytes yaml;
                const char *expected;
        } rows[] = {
                { BYTES_LIT(""), "t.yaml:1:1: the file is empty\n" },
                { BYTES_NULL, "t.yaml:1:1: the file is empty\n" },
                { BYTES_LIT("# only a comment\n"), "t.yaml:1:1: the file is empty\n" },
                { BYTES_LIT("a: 1\nb: 2\na: 3\n"), "t.yaml:3:1: key \"a\" stands twice, first in line 1\n" },
                { BYTES_LIT("x:\n  a: 1\n  b: 2\n  a: 3\n  b: 4\ny: {a: 1}\n"),
                  "t.yaml:4:3: key \"a\" stands twice, first in line 2\nt.yaml:5:3: key \"b\" stands twice, first in line 3\n" },
                { BYTES_LIT("a: &x 1\nb: *x\n"), "t.yaml:2:4: aliases (\"*name\") are not used here: write the value out\n" },
                { BYTES_LIT("a: !!int 1\n"), "t.yaml:1:4: tags (\"!...\") are not used here: write the plain value\n" },
                { BYTES_LIT("a: !x [1]\n"), "t.yaml:1:4: tags (\"!...\") are not used here: write the plain value\n" },
                { BYTES_LIT("!x {a: 1}\n"), "t.yaml:1:1: tags (\"!...\") are not used here: write the plain value\n" },
                { BYTES_LIT("a: 1\n---\nb: 2\n"), "t.yaml:2:1: a second document begins here: one file holds one document\n" },
                { BYTES_LIT("? [a, b]\n: 1\n"), "t.yaml:1:3: a key must be a word, not a list or a map\n" },
                { BYTES_LIT("a: \"x\\0y\"\n"), "t.yaml:1:4: a zero byte cannot stand in a value\n" },
                { BYTES_LIT("a:\n\tb: 1\n"), "t.yaml:2:1: a tab cannot indent a line; use spaces\n" },
                { BYTES_LIT("a: [1, 2\nb: 3\n"), "t.yaml:2:2: not YAML: did not find expected ',' or ']' (while parsing a flow sequence, line 1)\n" },
                { BYTES_LIT("a: 'x\n"), "t.yaml:2:1: not YAML: found unexpected end of stream (while scanning a quoted scalar, line 1)\n" },
                { BYTES_LIT("a: 1\n b: 2\n"), "t.yaml:2:3: not YAML: mapping values are not allowed in this context\n" },
                { BYTES_LIT("a: 1\nbc: \xFF\n"), "t.yaml:2:5: not readable as text: invalid leading UTF-8 octet; the file must be UTF-8\n" },
                { BYTES_LIT("ế: \x01\n"), "t.yaml:1:4: not readable as text: control characters are not allowed; the file must be UTF-8\n" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(parsed_done) Parsed p = parse(rows[i].yaml);
                _cleanup_(text_done) Text t = TEXT;

                assert_int_equal(p.code, 1);
                assert_null(p.root);
                diag_render(p.diag, &t);
                assert_text(&t, rows[i].expected);
        }
}

/* Thirty-two levels are taken and the thirty-third is a finding; so are more nodes than the bound, and more than the arena holds. */
static void test_bounds(void **state _unused_) {
        _cleanup_(text_done) Text deep = TEXT, wide = TEXT, words = TEXT;
        _cleanup_(arena_freep) Arena *small = arena_new(1024);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        const ConfNode *root = NULL;
        Parsed p;

        for (int i = 0; i < 32; i++)
                (void) text_add_char(&deep, '[');
        for (int i = 0; i < 32; i++)
                (void) text_add_char(&deep, ']');
        p = parse(text_bytes(&deep));
        assert_int_equal(p.code, 0);
        parsed_done(&p);

        text_clear(&deep);
        for (int i = 0; i < 5000; i++)
                (void) text_add_char(&deep, '[');
        p = parse(text_bytes(&deep));
        assert_int_equal(p.code, 1);
        assert_string_equal(diag_get(p.diag, 0)->message, "nested deeper than 32 levels");
        assert_int_equal(diag_get(p.diag, 0)->col, 33);
        parsed_done(&p);

        (void) text_add_char(&wide, '[');
        for (int i = 0; i < 99999; i++)
                (void) text_add_str(&wide, "1,");
        (void) text_add_char(&wide, ']');
        p = parse(text_bytes(&wide));
        assert_int_equal(p.code, 0);
        assert_int_equal(p.root->n_children, 99999);
        parsed_done(&p);

        wide.len--;
        (void) text_add_str(&wide, "1]");
        p = parse(text_bytes(&wide));
        assert_int_equal(p.code, 1);
        diag_render(p.diag, &words);
        assert_text(&words, "t.yaml:1:200000: the file is larger than its bound: too many nodes\n");
        parsed_done(&p);

        assert_int_equal(yaml_parse("t.yaml", BYTES_LIT("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]"), small, diag, &root), 1);
        assert_int_equal(diag_errors(diag), 1);
}

/* Wherever the arena ends, the outcome is a finding; without room for the name alone it is an error. */
static void test_small_arenas(void **state _unused_) {
        static const Bytes yaml = BYTES_LIT("a: {b: [1, {c: text of some length}], d: [[[]]]}\n");
        const ConfNode *root = NULL;
        size_t limit = 0;
        int code = 1;

        for (; code != 0; limit += 7) {
                _cleanup_(arena_freep) Arena *arena = arena_new(limit);
                _cleanup_(diag_freep) Diag *diag = diag_new();

                code = yaml_parse("t.yaml", yaml, arena, diag, &root);
                if (limit < sizeof("t.yaml"))
                        assert_int_equal(code, -E2BIG);
                else
                        assert_int_equal(code, diag_errors(diag) > 0);
        }
        assert_in_range(limit, 500, 4000);
}

/* A map of very many keys costs no more than others, and its last key is still checked. */
static void test_many_keys(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT;
        Parsed p;

        for (int i = 0; i < 80000; i++)
                (void) text_printf(&t, "k%d: 1\n", i);
        (void) text_add_str(&t, "k7: 1\n");
        p = parse(text_bytes(&t));
        assert_int_equal(p.code, 1);
        assert_string_equal(diag_get(p.diag, 0)->message, "key \"k7\" stands twice, first in line 8");
        parsed_done(&p);
}

/* A key that stands twice is found however many there are, whichever of them it is, and in a list of such maps each has keys of its own. */
static void test_duplicates(void **state _unused_) {
        for (int n = 1; n <= 40; n++)
                for (int twice = 0; twice < n; twice += n / 3 + 1) {
                        _cleanup_(text_done) Text t = TEXT, expected = TEXT;
                        Parsed p;

                        for (int map = 0; map < 2; map++)
                                for (int i = 0; i < n; i++)
                                        (void) text_printf(&t, "%s k%d: {}\n", i ? " " : "-", i);
                        p = parse(text_bytes(&t));
                        assert_int_equal(p.code, 0);
                        parsed_done(&p);
                        (void) text_printf(&t, "  k%d: 1\n", twice);
                        (void) text_printf(&expected, "key \"k%d\" stands twice, first in line %d", twice, n + twice + 1);
                        p = parse(text_bytes(&t));
                        assert_int_equal(p.code, 1);
                        assert_int_equal(diag_len(p.diag), 1);
                        assert_string_equal(diag_get(p.diag, 0)->message, text_str(&expected));
                        parsed_done(&p);
                }
}

/* A child is found by its key, and only in a map. */
static void test_child(void **state _unused_) {
        _cleanup_(parsed_done) Parsed p = parse(BYTES_LIT("a: 1\nb: {c: 2}\nd: [e]\n"));

        assert_string_equal(conf_child(p.root, "a")->text, "1");
        assert_string_equal(conf_child(conf_child(p.root, "b"), "c")->text, "2");
        assert_null(conf_child(p.root, "c"));
        assert_null(conf_child(conf_child(p.root, "d"), "e"));
        assert_null(conf_child(conf_child(p.root, "a"), "a"));
        assert_null(conf_child(NULL, "a"));
}

/* A file is read whole; one that is not there is an error of the machine, one that is too large a finding. */
static void test_load(void **state) {
        Scratch *s = *state;
        _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(text_done) Text large = TEXT_INIT(2 << 20);
        const ConfNode *root = NULL;

        scratch_put(s, "a.yaml", BYTES_LIT("a: 1\n"));
        assert_int_equal(yaml_load(scratch_path(s, "a.yaml"), arena, diag, &root), 0);
        assert_string_equal(conf_child(root, "a")->text, "1");
        assert_string_equal(root->file, scratch_path(s, "a.yaml"));
        assert_int_equal(yaml_load(scratch_path(s, "none.yaml"), arena, diag, &root), -ENOENT);
        assert_int_equal(diag_len(diag), 0);
        while (large.len <= 1 << 20)
                (void) text_add_str(&large, "# a line of nothing\n");
        scratch_put(s, "large.yaml", text_bytes(&large));
        assert_int_equal(yaml_load(scratch_path(s, "large.yaml"), arena, diag, &root), 1);
        assert_string_equal(diag_get(diag, 0)->message, "the file is larger than 1 MiB");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_tree),      cmocka_unit_test(test_findings), cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_small_arenas), cmocka_unit_test(test_many_keys), cmocka_unit_test(test_duplicates), cmocka_unit_test(test_child),    scratch_test(test_load),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

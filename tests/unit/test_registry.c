/* Unit tests of comply/registry.c. */

#include "store_util.h"

#include "comply/registry.h"

static const char head[] = "code,name,kind,level,parent_code,gso_code,valid_from,valid_to,note\n";

static void put(const char *dir, const char *name, const char *before, const char *text) {
        char path[400];
        FILE *f;

        (void) snprintf(path, sizeof(path), "%s/%s", dir, name);
        f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fprintf(f, "%s%s", before, text) >= 0);
        assert_int_equal(fclose(f), 0);
}

/* Loads the folder; *ret_findings: what was found, without the folder's name. */
static Registry *load(const char *dir, Arena *arena, Text *ret_findings) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        Registry *r = NULL;

        assert_int_equal(registry_load(&r, &dir, 1, arena, diag), 0);
        for (size_t i = 0; i < diag_len(diag); i++) {
                const Finding *f = diag_get(diag, i);

                (void) text_printf(ret_findings, "%s:%u: %s\n", f->file + strlen(dir) + 1, f->line, f->message);
        }
        return r;
}

/* Each rule over the tables as a whole has its finding, at file and line. */
static void test_findings(void **state _unused_) {
        static const char units[] = "H1,Tỉnh,khac,province,,,,,\n"
                                    "a,A,ubnd_xa,commune,H1,,,2024-10-31,\n"
                                    "b,B,ubnd_xa,commune,H1,,2024-11-01,,\n";
        static const struct {
                const char *file, *text, *want;
        } cases[] = {
                { "unit-successions.csv", "predecessor_code,successor_code,effective_on,legal_basis,note\na,b,2024-11-01,x,\na,,2024-11-01,,\n", "" },
                { "unit-successions.csv", "predecessor_code,successor_code,effective_on,legal_basis,note\nz,b,2024-11-01,x,\n", "predecessor \"z\" is not in the unit tables" },
                { "unit-successions.csv", "predecessor_code,successor_code,effective_on,legal_basis,note\na,z,2024-11-01,x,\n", "successor \"z\" is not in the unit tables" },
                { "unit-successions.csv", "predecessor_code,successor_code,effective_on,legal_basis,note\na,b,2024-12-01,x,\n", "does not live on the day before 2024-12-01" },
                { "unit-successions.csv", "predecessor_code,successor_code,effective_on,legal_basis,note\na,b,2024-10-31,x,\n", "successor \"b\" does not live on 2024-10-31" },
                { "unit-successions.csv", "predecessor_code,successor_code,effective_on,legal_basis,note\na,b,,x,\n", "without the day" },
                { "codes-x.csv", "system,code,unit,valid_from,valid_to,note\nx,1,a,,2024-10-31,\nx,1,b,2024-11-01,,\n", "" },
                { "codes-x.csv", "system,code,unit,valid_from,valid_to,note\nx,1,a,,2024-10-31,\nx,1,b,2024-10-31,,\n", "codes-x.csv:" },
                { "codes-x.csv", "system,code,unit,valid_from,valid_to,note\nx,1,z,,,\n", "codes-x.csv:2: " },
                { "gso-code-history.csv", "code,gso_code,valid_from,valid_to,note\nz,22738,,,\n", "gso-code-history.csv:2: " },
                { "emulation-blocks.csv", "block,block_name,unit_code,as_of,source\nk,K,z,2019,s\n", "emulation-blocks.csv:2: unit \"z\" is not in the unit tables" },
                { "whatever.csv", "a,b\n", "the name does not say what the table holds" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
                _cleanup_(registry_freep) Registry *r = NULL;
                _cleanup_(text_done) Text findings = TEXT_INIT(4096);
                char dir[64];

                put(make_scratch(dir), "units-t.csv", head, units);
                put(dir, cases[i].file, "", cases[i].text);
                r = load(dir, arena, &findings);
                if (*cases[i].want ? !strstr(text_str(&findings), cases[i].want) : findings.len > 0)
                        fail_msg("case %zu: wanted \"%s\", got \"%s\"", i, cases[i].want, text_str(&findings));
                /* Whoever asks what is in tables with findings is told that they may lack what they should hold. */
                assert_int_equal(unit_table_is_broken(registry_units(r)), findings.len > 0);
                remove_tree(dir);
        }
}

static size_t count(const Text *t, const char *what) {
        size_t n = 0;

        for (const char *p = text_str(t); (p = strstr(p, what)); p++)
                n++;
        return n;
}

/* The tables that ship load without a finding, and every row of them is rendered under the names of its columns. */
static void test_shipped(void **state _unused_) {
        _cleanup_(arena_freep) Arena *arena = arena_new(64 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(registry_freep) Registry *r = NULL;
        _cleanup_(text_done) Text t = TEXT_INIT(1 << 20);
        const char *folders[] = { "../conf/units" };
        const Unit *u;

        assert_int_equal(registry_load(&r, folders, 1, arena, diag), 0);
        assert_int_equal(diag_len(diag), 0);
        /* 135, 72 and 33 rows, 25 of which stand in two files (conf/units/README.md). */
        assert_int_equal(unit_table_len(registry_units(r)), 135 + 72 + 33 - 25);
        registry_render(r, REGISTRY_UNITS, &t);
        assert_int_equal(count(&t, "\"parent_code\":"), 135 + 72 + 33);
        text_clear(&t);
        registry_render(r, REGISTRY_SUCCESSIONS, &t);
        assert_int_equal(count(&t, "\"successor_code\":"), 74);
        text_clear(&t);
        registry_render(r, REGISTRY_CODES, &t);
        assert_int_equal(count(&t, "\"system\":\"gso\""), 99);
        /* Khánh Hòa and the 33 others of the list of provinces. */
        assert_int_equal(count(&t, "\"system\":\"dvcqg\""), 1 + 33);
        text_clear(&t);
        registry_render(r, REGISTRY_BLOCKS, &t);
        assert_int_equal(count(&t, "\"block_name\":"), 35);
        /* 22750 was Thanh Sơn until 2024-10-31 and is Phủ Hà from the next day on (conf/units/README.md). */
        u = unit_resolve(registry_units(r), "gso", BYTES_LIT("22750"), day_of(2024, 10, 31));
        assert_non_null(u);
        assert_string_equal(u->code, "nt-prtc-thanh-son");
        u = unit_resolve(registry_units(r), "gso", BYTES_LIT("22750"), day_of(2024, 11, 1));
        assert_non_null(u);
        assert_string_equal(u->code, "nt-prtc-phu-ha");
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_findings), cmocka_unit_test(test_shipped) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

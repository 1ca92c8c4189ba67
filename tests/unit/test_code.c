/* Tests of normalise/code.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normalise/code.h"

static Day day(const char *s) {
        Day d = DAY_NONE;

        if (*s)
                assert_int_equal(day_parse(bytes_of(s), &d), 0);
        return d;
}

typedef struct Tables {
        Arena *arena;
        Diag *diag;
        UnitTable *units;
} Tables;

static Tables open_tables(void) {
        Tables t = { .arena = arena_new(1 << 20), .diag = diag_new() };

        t.units = unit_table_new(t.arena);
        return t;
}

static void close_tables(Tables *t) {
        t->units = unit_table_free(t->units);
        t->diag = diag_free(t->diag);
        t->arena = arena_free(t->arena);
}

static int add(Tables *t, const char *slug, const char *name, const char *parent, const char *from,
                const char *to, unsigned line) {
        const Unit u = { .code = slug,
                .name = name,
                .kind = "ubnd_xa",
                .level = "commune",
                .parent = parent,
                .note = "",
                .from = day(from),
                .to = day(to) };

        return unit_table_add(t->units, &u, "u.csv", line, t->diag);
}

static int code(Tables *t, const char *system, const char *c, const char *unit, const char *from,
                const char *to, unsigned line) {
        return unit_table_add_code(t->units, system, c, unit, day(from), day(to), "c.csv", line, t->diag);
}

static void fill(Tables *t) {
        assert_int_equal(add(t, "nt", "UBND tỉnh Ninh Thuận", "", "", "2025-06-30", 2), 0);
        assert_int_equal(add(t, "kh", "UBND tỉnh Khánh Hòa", "", "", "", 3), 0);
        assert_int_equal(add(t, "nt-ha", "UBND xã Phước Hà", "nt", "", "2025-06-30", 4), 0);
        assert_int_equal(add(t, "kh-ha", "UBND xã Phước Hà", "kh", "2025-07-01", "", 5), 0);
        assert_int_equal(add(t, "x1", "Trùng tên", "kh", "", "", 6), 0);
        assert_int_equal(add(t, "x2", "TRÙNG  TÊN", "kh", "", "", 7), 0);
        assert_int_equal(code(t, "gso", "22738", "nt-ha", "", "2025-06-30", 2), 0);
        assert_int_equal(code(t, "gso", "22738", "kh-ha", "2025-07-01", "", 3), 0);
        assert_int_equal(code(t, "gso", "22738", "kh-ha", "2025-07-01", "", 4), 0);
        assert_int_equal(code(t, "qd20", "H32", "kh", "", "", 5), 0);
        assert_int_equal(code(t, "qd20", "H44.13", "x1", "", "", 6), 0);
        assert_int_equal(code(t, "qd20", "H44.130", "x2", "", "", 7), 0);
        assert_int_equal(code(t, "hub-sim", "Sở Nội vụ", "x1", "", "", 8), 0);
        assert_int_equal(unit_table_seal(t->units, t->diag), 0);
}

/* A code belongs to who bore it on that day; codes are text, names are compared after normalising, and a name
 * of two living units tells nothing. */
static void test_resolve(void **state) {
        static const struct {
                const char *system, *code, *day, *want;
        } cases[] = {
                { "gso", "22738", "2025-06-30", "nt-ha" },
                { "gso", "22738", "2025-07-01", "kh-ha" },
                { "gso", " 22738 ", "2024-01-01", "nt-ha" },
                { "gso", "2273", "2024-01-01", NULL },
                { "qd20", "H32", "2024-01-01", "kh" },
                { "qd20", "000.00.00.H32", "2024-01-01", "kh" },
                { "qd20", "000.00.13.H44", "2024-01-01", NULL },
                { "qd20", "H44.13", "2024-01-01", "x1" },
                { "qd20", "H44.130", "2024-01-01", "x2" },
                { "qd20", "000.00.00.H44.13", "2024-01-01", NULL },
                { "gso", "000.00.00.22738", "2024-01-01", NULL },
                { "name", "ubnd  XÃ Phước Hà", "2024-01-01", "nt-ha" },
                { "name", "UBND xã Phước Hà", "2026-01-01", "kh-ha" },
                { "name", "Trùng tên", "2026-01-01", NULL },
                { "name", " ", "2026-01-01", NULL },
                { "slug", "x1", "2024-01-01", "x1" },
                { "slug", "nope", "2024-01-01", NULL },
                { "none", "x1", "2024-01-01", NULL },
                { "gso", "", "2024-01-01", NULL },
                { "hub-sim", "So\xCC\x9B\xCC\x89 Nội vụ", "2024-01-01", "x1" },
                { "hub-sim", "sở nội vụ", "2024-01-01", NULL },
        };
        Tables t = open_tables();

        (void) state;
        fill(&t);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const Unit *u = unit_resolve(
                                t.units, cases[i].system, bytes_of(cases[i].code), day(cases[i].day));

                if (cases[i].want ? !u || strcmp(u->code, cases[i].want) != 0 : u != NULL)
                        fail_msg("%s %s %s: %s", cases[i].system, cases[i].code, cases[i].day,
                                        u ? u->code : "none");
        }
        close_tables(&t);
}

/* The way back: the code of a unit on a day, as the table writes it. */
static void test_code_of(void **state) {
        Tables t = open_tables();

        (void) state;
        fill(&t);
        assert_string_equal(unit_code_of(t.units, "gso", "kh-ha", day("2025-08-01")), "22738");
        assert_null(unit_code_of(t.units, "gso", "kh-ha", day("2025-06-01")));
        assert_null(unit_code_of(t.units, "gso", "x1", day("2025-06-01")));
        assert_null(unit_code_of(t.units, "none", "x1", day("2025-06-01")));
        assert_null(unit_code_of(t.units, "gso", "nope", day("2025-06-01")));
        assert_string_equal(unit_code_of(t.units, "slug", "x1", day("2025-06-01")), "x1");
        assert_string_equal(unit_code_of(t.units, "name", "x2", day("2025-06-01")), "TRÙNG  TÊN");
        assert_true(unit_table_has_system(t.units, "gso"));
        assert_true(unit_table_has_system(t.units, "slug"));
        assert_false(unit_table_has_system(t.units, "none"));
        assert_int_equal(unit_table_len(t.units), 6);
        assert_string_equal(unit_table_at(t.units, 1)->code, "kh");
        assert_true(unit_is_alive(unit_by_slug(t.units, "nt-ha"), day("2025-06-30")));
        assert_false(unit_is_alive(unit_by_slug(t.units, "nt-ha"), day("2025-07-01")));
        assert_false(unit_is_alive(unit_by_slug(t.units, "kh-ha"), day("2025-06-30")));
        close_tables(&t);
}

/* Tables that contradict themselves are told, each at its line. */
static void test_findings(void **state) {
        static const char *const want[] = {
                "c.csv:2:1: code \"1\" of system \"s\" belongs to unit \"ghost\", which is in no table",
                "c.csv:4:1: code \"2\" of system \"s\" is borne by \"b\" and (c.csv:3) by \"a\" on the same "
                "day",
                "c.csv:5:1: \"name\" is no code system of a table",
                "c.csv:6:1: code \"9\" ends before it begins",
                "c.csv:7:1: a code needs its system",
                "u.csv:3:1: unit \"a\" stands in u.csv:2 already, with other cells",
                "u.csv:5:1: unit \"d\" ends before it begins",
                "u.csv:6:1: the unit has no code",
                "u.csv:4:1: unit \"b\" has the parent \"nobody\", which is in no table",
        };
        _cleanup_(text_done) Text got = TEXT_INIT(1 << 16);
        Tables t = open_tables();

        (void) state;
        assert_int_equal(add(&t, "a", "A", "", "", "", 2), 0);
        assert_int_equal(add(&t, "a", "A", "", "", "", 9), 0);
        assert_int_equal(add(&t, "a", "B", "", "", "", 3), 1);
        assert_int_equal(add(&t, "b", "B", "nobody", "", "", 4), 0);
        assert_int_equal(add(&t, "d", "D", "", "2024-02-01", "2024-01-01", 5), 1);
        assert_int_equal(add(&t, "", "D", "", "", "", 6), 1);
        assert_int_equal(code(&t, "s", "1", "ghost", "", "", 2), 0);
        assert_int_equal(code(&t, "s", "2", "a", "", "2024-06-30", 3), 0);
        assert_int_equal(code(&t, "s", "2", "b", "2024-06-30", "", 4), 0);
        assert_int_equal(code(&t, "name", "2", "b", "", "", 5), 1);
        assert_int_equal(code(&t, "s", "9", "b", "2024-02-01", "2024-01-01", 6), 1);
        assert_int_equal(code(&t, "s", "", "b", "", "", 7), 1);
        assert_int_equal(unit_table_seal(t.units, t.diag), 1);
        diag_render(t.diag, &got);
        for (size_t i = 0; i < ELEMENTS(want); i++)
                if (!strstr(text_str(&got), want[i]))
                        fail_msg("want \"%s\" in\n%s", want[i], text_str(&got));
        close_tables(&t);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_resolve), cmocka_unit_test(test_code_of),
                cmocka_unit_test(test_findings) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

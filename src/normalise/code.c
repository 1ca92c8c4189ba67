/* Foreign code plus date to unit: the loaded registry of units and their codes. Immutable once loaded. */

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "normalise/code.h"
#include "normalise/name.h"

enum { LONGEST = 1024 }; /* of a code or name */

typedef struct UnitRow {
        Unit unit; /* first: a Unit * is its row */
        const char *file;
        unsigned line;
        struct UnitRow *same_name; /* other units whose name is the same after normalising */
} UnitRow;

typedef struct CodeRow {
        const char *system, *code, *slug;
        Day from, to;
        const char *file;
        unsigned line;
        const Unit *unit;                      /* set by seal */
        struct CodeRow *same_code, *same_unit; /* chains in the order of the files */
} CodeRow;

typedef struct System {
        Map *by_code; /* normalised code -> CodeRow */
        Map *by_unit; /* slug -> CodeRow */
} System;

struct UnitTable {
        Arena *arena;
        VEC(UnitRow *) units;
        VEC(CodeRow *) codes;
        Map *by_slug;
        Map *by_name;
        Map *systems;
        bool is_broken;
};

static void *system_free(void *p) {
        System *s = p;

        s->by_code = map_free(s->by_code);
        s->by_unit = map_free(s->by_unit);
        return xfree(s);
}

UnitTable *unit_table_new(Arena *arena) {
        UnitTable *t = NEW(UnitTable);

        t->arena = arena;
        t->by_slug = map_new(NULL);
        t->by_name = map_new(NULL);
        t->systems = map_new(system_free);
        return t;
}

UnitTable *unit_table_free(UnitTable *t) {
        if (!t)
                return NULL;
        vec_done(&t->units);
        vec_done(&t->codes);
        t->by_slug = map_free(t->by_slug);
        t->by_name = map_free(t->by_name);
        t->systems = map_free(t->systems);
        return xfree(t);
}

static bool is_same(const char *a, const char *b) {
        return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool starts_before(Day from, Day day) {
        return from == DAY_NONE || from <= day;
}

static bool ends_after(Day to, Day day) {
        return to == DAY_NONE || to >= day;
}

static bool interval_is_bad(Day from, Day to) {
        return from != DAY_NONE && to != DAY_NONE && from > to;
}

static bool intervals_overlap(const CodeRow *a, const CodeRow *b) {
        bool a_begins = a->from == DAY_NONE || ends_after(b->to, a->from);
        bool b_begins = b->from == DAY_NONE || ends_after(a->to, b->from);

        return a_begins && b_begins;
}

static bool unit_is_same(const Unit *a, const Unit *b) {
        return is_same(a->code, b->code) && is_same(a->name, b->name) && is_same(a->kind, b->kind) &&
               is_same(a->level, b->level) && is_same(a->parent, b->parent) && is_same(a->note, b->note) &&
               a->from == b->from && a->to == b->to;
}

/* Looked up in both spellings: normalised, and, for the numbering of Quyết định 20/2020/QĐ-TTg, without the
 * older form's empty levels. Only these: below level 1 the older numbers were given anew, so 000.00.05.H32 is
 * not H32.05 unless a table says so. */
static Bytes code_key(const char *system, Bytes code, Text *key) {
        static const char empty_levels[] = "000.00.00.";
        size_t n = strlen(empty_levels);

        (void) name_normalise(code, false, key);
        if (strncmp(system, "qd20", 4) == 0 && bytes_starts(text_bytes(key), empty_levels) && key->len > n &&
                        !memchr(key->data + n, '.', key->len - n))
                return (Bytes){ key->data + n, key->len - n };
        return text_bytes(key);
}

static const char *copy(UnitTable *t, const char *s) {
        return arena_strdup(t->arena, s ? s : "");
}

static int full(void) {
        return err(-E2BIG, "the tables of units are larger than their bound");
}

static int index_name(UnitTable *t, UnitRow *row) {
        _cleanup_(text_done) Text key = TEXT_INIT(LONGEST * 2);
        UnitRow *first;

        (void) name_normalise(bytes_of(row->unit.name), true, &key);
        first = map_get(t->by_name, text_bytes(&key));
        if (!first) {
                (void) map_put(t->by_name, text_bytes(&key), row);
                return 0;
        }
        row->same_name = first->same_name;
        first->same_name = row;
        return 0;
}

int unit_table_add(UnitTable *t, const Unit *u, const char *file, unsigned line, Diag *diag) {
        const UnitRow *old;
        UnitRow *row;

        if (!u->code || !*u->code) {
                diag_error_at(diag, file, line, 1, "the unit has no code");
                return 1;
        }
        if (interval_is_bad(u->from, u->to)) {
                diag_error_at(diag, file, line, 1, "unit \"%s\" ends before it begins", u->code);
                return 1;
        }
        old = map_get(t->by_slug, bytes_of(u->code));
        if (old && unit_is_same(&old->unit, u))
                return 0;
        if (old) {
                diag_error_at(diag, file, line, 1, "unit \"%s\" stands in %s:%u already, with other cells",
                                u->code, old->file, old->line);
                return 1;
        }
        row = ARENA_NEW(t->arena, UnitRow);
        if (!row)
                return full();
        *row = (UnitRow){ .unit = { copy(t, u->code), copy(t, u->name), copy(t, u->kind), copy(t, u->level),
                                          copy(t, u->parent), copy(t, u->note), u->from, u->to },
                .file = copy(t, file),
                .line = line };
        if (!row->file || !row->unit.note)
                return full();
        vec_push(&t->units, row);
        (void) map_put(t->by_slug, bytes_of(row->unit.code), row);
        return index_name(t, row);
}

static System *system_of(UnitTable *t, const char *name) {
        System *s = map_get(t->systems, bytes_of(name));

        if (s)
                return s;
        s = NEW(System);
        s->by_code = map_new(NULL);
        s->by_unit = map_new(NULL);
        (void) map_put(t->systems, bytes_of(name), s);
        return s;
}

static bool has_row(const CodeRow *chain, const char *unit, Day from, Day to) {
        for (; chain; chain = chain->same_code)
                if (is_same(chain->slug, unit) && chain->from == from && chain->to == to)
                        return true;
        return false;
}

int unit_table_add_code(UnitTable *t, const char *system, const char *code, const char *unit, Day from,
                Day to, const char *file, unsigned line, Diag *diag) {
        _cleanup_(text_done) Text key = TEXT_INIT(LONGEST);
        CodeRow *row, *chain;
        System *s;
        Bytes k;

        if (!*system || !*code || !*unit) {
                diag_error_at(diag, file, line, 1, "a code needs its system, the code and a unit");
                return 1;
        }
        if (strcmp(system, "slug") == 0 || strcmp(system, "name") == 0) {
                diag_error_at(diag, file, line, 1,
                                "\"%s\" is no code system of a table: it is made from the units themselves",
                                system);
                return 1;
        }
        if (interval_is_bad(from, to)) {
                diag_error_at(diag, file, line, 1, "code \"%s\" ends before it begins", code);
                return 1;
        }
        k = code_key(system, bytes_of(code), &key);
        s = system_of(t, system);
        chain = map_get(s->by_code, k);
        if (has_row(chain, unit, from, to))
                return 0;
        row = ARENA_NEW(t->arena, CodeRow);
        if (!row)
                return full();
        *row = (CodeRow){ .system = copy(t, system),
                .code = copy(t, code),
                .slug = copy(t, unit),
                .from = from,
                .to = to,
                .file = copy(t, file),
                .line = line };
        if (!row->file)
                return full();
        vec_push(&t->codes, row);
        if (!chain)
                (void) map_put(s->by_code, k, row);
        for (; chain; chain = chain->same_code)
                if (!chain->same_code) {
                        chain->same_code = row;
                        break;
                }
        chain = map_get(s->by_unit, bytes_of(unit));
        if (!chain)
                (void) map_put(s->by_unit, bytes_of(unit), row);
        for (; chain; chain = chain->same_unit)
                if (!chain->same_unit) {
                        chain->same_unit = row;
                        break;
                }
        return 0;
}

static int check_code(CodeRow *row, Diag *diag) {
        int bad = 0;

        for (const CodeRow *other = row->same_code; other; other = other->same_code)
                if (intervals_overlap(row, other)) {
                        diag_error_at(diag, other->file, other->line, 1,
                                        "code \"%s\" of system \"%s\" is borne by \"%s\" and (%s:%u) by "
                                        "\"%s\" on the same day",
                                        other->code, other->system, other->slug, row->file, row->line,
                                        row->slug);
                        bad = 1;
                }
        return bad;
}

int unit_table_seal(UnitTable *t, Diag *diag) {
        int bad = 0;

        VEC_EACH(u, &t->units) {
                const UnitRow *row = *u;

                if (*row->unit.parent && !map_has(t->by_slug, bytes_of(row->unit.parent))) {
                        diag_error_at(diag, row->file, row->line, 1,
                                        "unit \"%s\" has the parent \"%s\", which is in no table",
                                        row->unit.code, row->unit.parent);
                        bad = 1;
                }
        }
        VEC_EACH(c, &t->codes) {
                CodeRow *row = *c;

                row->unit = unit_by_slug(t, row->slug);
                if (!row->unit) {
                        diag_error_at(diag, row->file, row->line, 1,
                                        "code \"%s\" of system \"%s\" belongs to unit \"%s\", which is in no "
                                        "table",
                                        row->code, row->system, row->slug);
                        bad = 1;
                }
                bad |= check_code(row, diag);
        }
        return bad;
}

void unit_table_set_broken(UnitTable *t) {
        t->is_broken = true;
}

bool unit_table_is_broken(const UnitTable *t) {
        return t->is_broken;
}

size_t unit_table_len(const UnitTable *t) {
        return t->units.len;
}

const Unit *unit_table_at(const UnitTable *t, size_t i) {
        return &t->units.items[i]->unit;
}

const Unit *unit_by_slug(const UnitTable *t, const char *slug) {
        const UnitRow *row = map_get(t->by_slug, bytes_of(slug));

        return row ? &row->unit : NULL;
}

bool unit_is_alive(const Unit *u, Day on) {
        return starts_before(u->from, on) && ends_after(u->to, on);
}

bool unit_table_has_system(const UnitTable *t, const char *system) {
        return strcmp(system, "slug") == 0 || strcmp(system, "name") == 0 ||
               map_has(t->systems, bytes_of(system));
}

/* A name that two living units bear tells nothing. */
static const Unit *resolve_name(const UnitTable *t, Bytes name, Day day) {
        _cleanup_(text_done) Text key = TEXT_INIT(LONGEST * 2);
        const Unit *found = NULL;

        (void) name_normalise(name, true, &key);
        if (!key.len)
                return NULL;
        for (const UnitRow *row = map_get(t->by_name, text_bytes(&key)); row; row = row->same_name) {
                if (!unit_is_alive(&row->unit, day))
                        continue;
                if (found)
                        return NULL;
                found = &row->unit;
        }
        return found;
}

const Unit *unit_resolve(const UnitTable *t, const char *system, Bytes code, Day day) {
        _cleanup_(text_done) Text key = TEXT_INIT(LONGEST);
        const UnitRow *unit;
        const System *s;

        if (!code.len || code.len > LONGEST)
                return NULL;
        if (strcmp(system, "name") == 0)
                return resolve_name(t, code, day);
        if (strcmp(system, "slug") == 0) {
                unit = map_get(t->by_slug, bytes_trim(code));
                return unit ? &unit->unit : NULL;
        }
        s = map_get(t->systems, bytes_of(system));
        if (!s)
                return NULL;
        for (const CodeRow *row = map_get(s->by_code, code_key(system, code, &key)); row;
                        row = row->same_code)
                if (starts_before(row->from, day) && ends_after(row->to, day))
                        return row->unit;
        return NULL;
}

const char *unit_code_of(const UnitTable *t, const char *system, const char *unit, Day day) {
        const UnitRow *u = map_get(t->by_slug, bytes_of(unit));
        const System *s;

        if (!u)
                return NULL;
        if (strcmp(system, "slug") == 0)
                return u->unit.code;
        if (strcmp(system, "name") == 0)
                return u->unit.name;
        s = map_get(t->systems, bytes_of(system));
        if (!s)
                return NULL;
        for (const CodeRow *row = map_get(s->by_unit, bytes_of(unit)); row; row = row->same_unit)
                if (starts_before(row->from, day) && ends_after(row->to, day))
                        return row->code;
        return NULL;
}

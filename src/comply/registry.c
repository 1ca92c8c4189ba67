/* Unit tables from CSV files. The rows are kept as they stand, for the database has its own checks and wants the same columns. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json_out.h"
#include "base/vec.h"
#include "comply/registry.h"
#include "decode/csv.h"

enum { FILE_LIMIT = 64 << 20, COLUMNS_MAX = 10 };

typedef struct Row {
        const char *file;
        unsigned line;
        char *cells[COLUMNS_MAX];
} Row;

struct Registry {
        Arena *arena;
        UnitTable *units;
        VEC(Row) rows[_REGISTRY_PART_MAX];
};

static const CsvColumn unit_columns[] = {
        { "code", true }, { "name", true }, { "kind", true }, { "level", true }, { "parent_code", true },
        { "gso_code", false }, { "valid_from", true }, { "valid_to", true }, { "note", false }, { "dvcqg_id", false },
};
static const CsvColumn succession_columns[] = {
        { "predecessor_code", true }, { "successor_code", true }, { "effective_on", true }, { "legal_basis", false }, { "note", false },
};
static const CsvColumn code_columns[] = {
        { "system", true }, { "code", true }, { "unit", true }, { "valid_from", true }, { "valid_to", true }, { "note", false },
};
static const CsvColumn gso_columns[] = {
        { "code", true }, { "gso_code", true }, { "valid_from", true }, { "valid_to", true }, { "note", false },
};
static const CsvColumn block_columns[] = {
        { "block", true }, { "block_name", true }, { "unit_code", true }, { "as_of", false }, { "source", false },
};

typedef struct Table Table;

typedef struct Reader {
        Registry *registry;
        const Table *table;
        const char *file;
        Diag *diag;
} Reader;

struct Table {
        const char *prefix;
        const CsvColumn *columns;
        size_t n_columns;
        CsvRow row;
};

/* ---- rows ---- */

static char *cell(const Reader *r, Bytes b) {
        return arena_dup(r->registry->arena, bytes_trim(b));
}

static Row *add_row(const Reader *r, RegistryPart part, unsigned line, const Bytes *cells, size_t n) {
        Row row = { .file = r->file, .line = line };

        for (size_t i = 0; i < n; i++)
                row.cells[i] = cell(r, cells[i]);
        vec_push(&r->registry->rows[part], row);
        return &r->registry->rows[part].items[r->registry->rows[part].len - 1];
}

static Day day_cell(const Reader *r, unsigned line, const char *column, const char *text) {
        Day day = DAY_NONE;

        if (text && *text && day_parse(bytes_of(text), &day) < 0)
                diag_error_at(r->diag, r->file, line, 1, "%s must be a day as YYYY-MM-DD, not \"%s\"", column, text);
        return day;
}

static void add_code(const Reader *r, unsigned line, const char *system, const char *code, const char *unit, const char *from, const char *to, const char *note) {
        Row row = { .file = r->file, .line = line };

        if (!system || !code || !unit || !*code)
                return;
        row.cells[0] = (char *) (uintptr_t) system;
        row.cells[1] = (char *) (uintptr_t) code;
        row.cells[2] = (char *) (uintptr_t) unit;
        row.cells[3] = (char *) (uintptr_t) from;
        row.cells[4] = (char *) (uintptr_t) to;
        row.cells[5] = (char *) (uintptr_t) note;
        (void) unit_table_add_code(r->registry->units, system, code, unit, day_cell(r, line, "valid_from", from), day_cell(r, line, "valid_to", to), r->file, line, r->diag);
        vec_push(&r->registry->rows[REGISTRY_CODES], row);
}

static int unit_row(void *userdata, unsigned line, const Bytes *cells) {
        const Reader *r = userdata;
        char *code = cell(r, cells[0]), *from = cell(r, cells[6]), *to = cell(r, cells[7]);
        Unit u = {
                .code = code,
                .name = cell(r, cells[1]),
                .kind = cell(r, cells[2]),
                .level = cell(r, cells[3]),
                .parent = cell(r, cells[4]),
                .note = cell(r, cells[8]),
                .from = day_cell(r, line, "valid_from", from),
                .to = day_cell(r, line, "valid_to", to),
        };
        bool is_known;

        if (!code || !*code) {
                diag_error_at(r->diag, r->file, line, 1, "a unit without a code");
                return 0;
        }
        is_known = unit_by_slug(r->registry->units, code);
        (void) unit_table_add(r->registry->units, &u, r->file, line, r->diag);
        (void) add_row(r, REGISTRY_UNITS, line, cells, ELEMENTS(unit_columns));
        if (!is_known)
                add_code(r, line, "dvcqg", cell(r, cells[9]), code, from, to, "");
        return 0;
}

static int succession_row(void *userdata, unsigned line, const Bytes *cells) {
        const Reader *r = userdata;
        const Row *row = add_row(r, REGISTRY_SUCCESSIONS, line, cells, ELEMENTS(succession_columns));

        if (row->cells[2] && !*row->cells[2])
                diag_error_at(r->diag, r->file, line, 1, "a succession without the day it takes effect");
        (void) day_cell(r, line, "effective_on", row->cells[2]);
        return 0;
}

static int code_row(void *userdata, unsigned line, const Bytes *cells) {
        const Reader *r = userdata;

        add_code(r, line, cell(r, cells[0]), cell(r, cells[1]), cell(r, cells[2]), cell(r, cells[3]), cell(r, cells[4]), cell(r, cells[5]));
        return 0;
}

static int gso_row(void *userdata, unsigned line, const Bytes *cells) {
        const Reader *r = userdata;

        add_code(r, line, "gso", cell(r, cells[1]), cell(r, cells[0]), cell(r, cells[2]), cell(r, cells[3]), cell(r, cells[4]));
        return 0;
}

static int block_row(void *userdata, unsigned line, const Bytes *cells) {
        const Reader *r = userdata;

        (void) add_row(r, REGISTRY_BLOCKS, line, cells, ELEMENTS(block_columns));
        return 0;
}

static const Table tables[] = {
        { "units-", unit_columns, ELEMENTS(unit_columns), unit_row },
        { "unit-successions", succession_columns, ELEMENTS(succession_columns), succession_row },
        { "gso-code-history", gso_columns, ELEMENTS(gso_columns), gso_row },
        { "codes", code_columns, ELEMENTS(code_columns), code_row },
        { "emulation-blocks", block_columns, ELEMENTS(block_columns), block_row },
};

/* ---- files ---- */

static int load_file(Registry *registry, const char *folder, const char *name, Diag *diag) {
        _cleanup_(text_done) Text text = TEXT_INIT(FILE_LIMIT);
        Reader reader = { .registry = registry, .diag = diag, .file = arena_printf(registry->arena, "%s/%s", folder, name) };
        int r;

        if (!reader.file)
                return err(-E2BIG, "the unit tables are larger than their bound");
        for (size_t i = 0; i < ELEMENTS(tables); i++)
                if (bytes_starts(bytes_of(name), tables[i].prefix))
                        reader.table = &tables[i];
        if (!reader.table) {
                diag_error_at(diag, reader.file, 0, 0,
                              "the name does not say what the table holds: begin it with units-, unit-successions, gso-code-history, codes or emulation-blocks");
                return 0;
        }
        r = file_read(reader.file, &text);
        if (r < 0)
                return r;
        return csv_read(reader.file, text_bytes(&text), reader.table->columns, reader.table->n_columns, diag, reader.table->row, &reader);
}

static int load_folder(Registry *registry, const char *folder, Diag *diag) {
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        r = dir_list(folder, ".csv", &names);
        if (r < 0) {
                diag_error_at(diag, folder, 0, 0, "cannot read the folder: %s", strerror(-r));
                return 0;
        }
        for (char **name = names; *name; name++) {
                r = load_file(registry, folder, *name, diag);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- checks of the whole ---- */

static void check_succession(const Registry *registry, const Row *row, Diag *diag) {
        const Unit *before = unit_by_slug(registry->units, row->cells[0]), *after = *row->cells[1] ? unit_by_slug(registry->units, row->cells[1]) : NULL;
        Day day = DAY_NONE;

        if (day_parse(bytes_of(row->cells[2]), &day) < 0)
                return;
        if (!before)
                diag_error_at(diag, row->file, row->line, 1, "predecessor \"%s\" is not in the unit tables", row->cells[0]);
        else if (!unit_is_alive(before, day - 1))
                diag_error_at(diag, row->file, row->line, 1, "predecessor \"%s\" does not live on the day before %s", row->cells[0], row->cells[2]);
        if (*row->cells[1] && !after)
                diag_error_at(diag, row->file, row->line, 1, "successor \"%s\" is not in the unit tables", row->cells[1]);
        else if (after && !unit_is_alive(after, day))
                diag_error_at(diag, row->file, row->line, 1, "successor \"%s\" does not live on %s", row->cells[1], row->cells[2]);
}

static void check_whole(const Registry *registry, Diag *diag) {
        VEC_EACH(row, &registry->rows[REGISTRY_SUCCESSIONS])
                if (row->cells[0] && row->cells[1] && row->cells[2])    /* NULL: the arena is full */
                        check_succession(registry, row, diag);
        VEC_EACH(row, &registry->rows[REGISTRY_BLOCKS])
                if (row->cells[2] && !unit_by_slug(registry->units, row->cells[2]))
                        diag_error_at(diag, row->file, row->line, 1, "unit \"%s\" is not in the unit tables", row->cells[2]);
}

int registry_load(Registry **ret, const char *const *folders, size_t n, Arena *arena, Diag *diag) {
        _cleanup_(registry_freep) Registry *registry = NEW(Registry);
        size_t before = diag_errors(diag);
        int r;

        registry->arena = arena;
        registry->units = unit_table_new(arena);
        for (size_t i = 0; i < n; i++) {
                r = load_folder(registry, folders[i], diag);
                if (r < 0)
                        return r;
        }
        (void) unit_table_seal(registry->units, diag);
        check_whole(registry, diag);
        if (diag_errors(diag) > before)
                unit_table_set_broken(registry->units);
        *ret = TAKE(registry);
        return 0;
}

Registry *registry_free(Registry *r) {
        if (!r)
                return NULL;
        for (size_t i = 0; i < _REGISTRY_PART_MAX; i++)
                vec_done(&r->rows[i]);
        r->units = unit_table_free(r->units);
        return xfree(r);
}

const UnitTable *registry_units(const Registry *r) {
        return r->units;
}

void registry_render(const Registry *r, RegistryPart part, Text *ret) {
        static const struct {
                const CsvColumn *columns;
                size_t n;
        } parts[_REGISTRY_PART_MAX] = {
                [REGISTRY_UNITS] = { unit_columns, ELEMENTS(unit_columns) },
                [REGISTRY_SUCCESSIONS] = { succession_columns, ELEMENTS(succession_columns) },
                [REGISTRY_CODES] = { code_columns, ELEMENTS(code_columns) },
                [REGISTRY_BLOCKS] = { block_columns, ELEMENTS(block_columns) },
        };
        JsonOut j = JSON_OUT(ret);

        json_array(&j);
        VEC_EACH(row, &r->rows[part]) {
                json_object(&j);
                for (size_t i = 0; i < parts[part].n; i++)
                        json_pair_str(&j, parts[part].columns[i].name, row->cells[i] ? row->cells[i] : "");
                json_object_end(&j);
        }
        json_array_end(&j);
}

/* Rows of the database as a table for people, or the JSON that the database makes of the same rows. */

#include <string.h>
#include <sysexits.h>

#include "verbs/answer.h"
#include "verbs/terminal.h"

typedef struct Filling {
        const Answer *answer;
        Table *table;
} Filling;

static TableColour colour_of(const char *word) {
        static const struct {
                const char *word;
                TableColour colour;
        } words[] = {
                { "met", TABLE_GOOD },     { "on_track", TABLE_GOOD }, { "not_met", TABLE_BAD },  { "overdue", TABLE_BAD },
                { "at_risk", TABLE_WARN }, { "stale", TABLE_WARN },    { "no_data", TABLE_WARN }, { "disputed", TABLE_WARN },
        };

        for (size_t i = 0; i < ELEMENTS(words); i++)
                if (strcmp(word, words[i].word) == 0)
                        return words[i].colour;
        return TABLE_PLAIN;
}

static void take_rows(void *userdata, const PgReply *reply) {
        Filling *f = userdata;

        for (size_t row = 0; row < reply->n_rows; row++)
                for (size_t c = 0; c < f->answer->n_columns; c++) {
                        const char *cell = pg_text(reply, row, c);
                        bool is_status = f->answer->status_column && strcmp(f->answer->columns[c].head, f->answer->status_column) == 0;

                        table_cell(f->table, cell && is_status ? colour_of(cell) : TABLE_PLAIN, "%s", cell ? cell : "");
                }
}

int answer_print(const Answer *a, const VerbArgs *args, const Setup *setup, const char *const *params, size_t n, size_t *ret_rows) {
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 256 << 20);
        _cleanup_(table_freep) Table *table = table_new(a->columns, a->n_columns);
        Filling filling = { .answer = a, .table = table };
        bool is_json = args->format && strcmp(args->format, "json") == 0;
        size_t rows = 1;
        int r;

        if (args->format && !is_json && strcmp(args->format, "table") != 0)
                return verb_fail(EX_USAGE, "--format wants table or json, not \"%s\"", args->format);
        if (is_json)
                r = verb_sql(setup, a->sql_json, params, n, &text);
        else {
                r = verb_sql_rows(setup, a->sql_table, params, n, take_rows, &filling);
                rows = table_rows(table);
                table_fit(table, terminal_width());
                if (r == 0 && rows)
                        table_render(table, args->has_colour, &text);
        }
        if (r != 0)
                return r;
        verb_print(&text);
        if (ret_rows)
                *ret_rows = rows;
        return 0;
}

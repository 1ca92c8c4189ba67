/* What the database answers to one question of a verb: a table with a head, or JSON. */
#pragma once

#include "observe/table.h"
#include "verbs/verb.h"

typedef struct Answer {
        const char *sql_table;          /* as many text columns as there are columns below */
        const char *sql_json;           /* one text cell that ends in a newline */
        const TableColumn *columns;
        size_t n_columns;
        const char *status_column;      /* the head of the column of status words, which are coloured on a terminal; or NULL */
} Answer;

/* Prints by --format (table where nothing is said); a table without rows prints nothing. ret_rows may be NULL; with JSON it
 * counts one. 0, or the exit code after a message. */
int answer_print(const Answer *a, const VerbArgs *args, const Setup *setup, const char *const *params, size_t n, size_t *ret_rows);

/* Option table x tree to struct: all findings in one pass, nearest key, expected words. */
#pragma once

#include "base/arena.h"
#include "config/diag.h"
#include "config/field.h"

/* Fills *ret (zeroed by the caller) from the map `at`; absent keys take their defaults. Strings live in the arena, defaults in the table. `at` may be NULL: all defaults,
 * missing required keys are findings; those of a nested map that is absent are not. Findings: unknown key with the nearest one, wrong type, out of range, unknown word with the list.
 * 0, or 1 when there was any error among the findings. */
int conf_bind(const ConfField *fields, const ConfNode *at, Arena *arena, Diag *diag, void *ret);
/* The same with an arena of its own for what only findings need: when tree and places are to go once all is checked, and the struct is to stay. */
int conf_bind_apart(const ConfField *fields, const ConfNode *at, Arena *arena, Arena *places, Diag *diag, void *ret);
/* Every place in the struct becomes NULL, and so does every member that is a node of the tree: after this the tree may go. */
void conf_forget_places(const ConfField *fields, void *spec);

/* The nearest of the candidates to word (edit distance at most a third of its length, and 1 for short words), or NULL. */
const char *conf_nearest(const char *word, const char *const *candidates);

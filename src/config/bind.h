/* Option table x tree to struct: all findings in one pass, nearest key, expected words. */
#pragma once

#include "base/arena.h"
#include "config/diag.h"
#include "config/field.h"

/* Fills *ret (zeroed by the caller) from the map `at`; absent keys take their defaults. Strings live in the arena or the tree. `at` may be NULL: all defaults,
 * missing required keys are findings; those of a nested map that is absent are not. Findings: unknown key with the nearest one, wrong type, out of range, unknown word with the list.
 * 0, or 1 when there was any error among the findings. */
int conf_bind(const ConfField *fields, const ConfNode *at, Arena *arena, Diag *diag, void *ret);

/* The nearest of the candidates to word (edit distance at most a third of its length, and 1 for short words), or NULL. */
const char *conf_nearest(const char *word, const char *const *candidates);

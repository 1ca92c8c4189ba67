/* The unit tables of the configuration: units, successions, codes and emulation blocks from CSV files, checked as a whole, and rendered for the database. */
#pragma once

#include "base/arena.h"
#include "normalise/code.h"

typedef struct Registry Registry;

typedef enum RegistryPart {
        REGISTRY_UNITS,
        REGISTRY_SUCCESSIONS,
        REGISTRY_CODES,
        REGISTRY_BLOCKS,
        _REGISTRY_PART_MAX,
} RegistryPart;

/* Reads every *.csv of the folders. The beginning of the file's name says what it holds: units-, unit-successions, gso-code-history, codes, emulation-blocks; another
 * name is a finding. Checks: columns, days, every parent, successor and code's unit exists, no code is borne twice on one day, a predecessor lives until the day
 * before and a successor from the day on. *ret is usable even when there are findings. 0, or -errno: a file could not be read. */
int registry_load(Registry **ret, const char *const *folders, size_t n, Arena *arena, Diag *diag);
Registry *registry_free(Registry *r);
DEFINE_CLEANUP(Registry *, registry_free)

const UnitTable *registry_units(const Registry *r);
/* A JSON array of objects, one a row, with the column names of the files as keys and all cells as text: what registry.load_*() takes. */
void registry_render(const Registry *r, RegistryPart part, Text *ret);

/* Foreign code plus date to unit: the loaded registry of units and their codes. Immutable once loaded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "calendar/zone.h"
#include "config/diag.h"

typedef struct Unit {
        const char *code; /* slug */
        const char *name;
        const char *kind; /* so_ban_nganh, ubnd_huyen, ubnd_xa, mttq_ctxh, khac */
        const char *level;
        const char *parent; /* slug; "" */
        const char *note;
        Day from; /* inclusive; DAY_NONE: older than this project cares about */
        Day to;   /* inclusive; DAY_NONE: still there */
} Unit;

typedef struct UnitTable UnitTable;

/* The table is built from rows (of CSV files, read by the caller), then sealed. Strings are copied into the
 * arena. */
UnitTable *unit_table_new(Arena *arena);
UnitTable *unit_table_free(UnitTable *t);
DEFINE_CLEANUP(UnitTable *, unit_table_free)
/* place: file and line for findings. Findings: duplicate slug, bad interval. 0 or 1. The same row again, cell
 * for cell, is no finding. */
int unit_table_add(UnitTable *t, const Unit *u, const char *file, unsigned line, Diag *diag);
int unit_table_add_code(UnitTable *t, const char *system, const char *code, const char *unit, Day from,
                Day to, const char *file, unsigned line, Diag *diag);
/* Checks the whole: every code's unit and every parent exists, no code borne twice on one day. 0 or 1. */
int unit_table_seal(UnitTable *t, Diag *diag);

/* Something of the tables could not be read: what is not in them may stand in what is missing, so nobody is told that it does not exist. */
void unit_table_set_broken(UnitTable *t);
bool unit_table_is_broken(const UnitTable *t);

size_t unit_table_len(const UnitTable *t);
const Unit *unit_table_at(const UnitTable *t, size_t i);
const Unit *unit_by_slug(const UnitTable *t, const char *slug);
bool unit_is_alive(const Unit *u, Day on);
bool unit_table_has_system(const UnitTable *t, const char *system);

/* Which unit bears `code` of `system` on `day`. NULL: unknown. System "slug" resolves slugs themselves,
 * "name" compares names after NFC, white space and case folding. System "qd20" and systems whose name begins
 * with "qd20" also accept the older form 000.00.00.H32 = H32 (level 1 at the right). Codes are text: H44.13
 * is not H44.130. */
const Unit *unit_resolve(const UnitTable *t, const char *system, Bytes code, Day day);
/* The code that unit bears in that system on that day; NULL: none. */
const char *unit_code_of(const UnitTable *t, const char *system, const char *unit, Day day);

/* What the files of the parcel share. */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "store/parcel.h"

/* What was written once: text to number, and where, so that a rewind can forget it. */
typedef struct DictEntry {
        char *key;
        size_t len;
        size_t at;
        uint64_t hash;          /* of key */
} DictEntry;

typedef struct Dict {
        Map *numbers;           /* key -> number + 1 as a pointer; nothing is owned */
        VEC(DictEntry) entries;
        size_t last;            /* the entry asked for last */
} Dict;

struct ParcelWriter {
        RunRecord run;
        char *connector, *stream, *instance, *checks;
        Text items;
        Text sealed;
        Dict metrics, units, periods;   /* the key of a period is its definition */
        VEC(uint32_t) samples;  /* where each begins in items, behind the definitions that it brought */
        bool moves_cursor;
};

/* The sample that begins there: numbers of its names, and what it states; sample.metric, unit and period are not set. Returns where it ends. */
size_t parcel_read_back(const ParcelWriter *w, size_t at, ParcelItem *ret);

typedef struct ParcelCut {
        uint32_t at, end;
} ParcelCut;

/* Takes those samples out, each from its beginning to its end, in rising order. */
void parcel_cut(ParcelWriter *w, const ParcelCut *cuts, size_t n);

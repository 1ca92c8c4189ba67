/* Arrays in PostgreSQL's binary form, one dimension, for parameters; numbers in network order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/usec.h"
#include "calendar/zone.h"

/* Numbers of the built-in types: pg_type.dat of PostgreSQL; they never change. */
typedef enum PgType {
        PG_BOOL = 16,
        PG_BYTEA = 17,
        PG_INT8 = 20,
        PG_INT4 = 23,
        PG_TEXT = 25,
        PG_DATE = 1082,
        PG_TIMESTAMPTZ = 1184,
        PG_UUID = 2950,
} PgType;

typedef struct PgArray {
        Text *to;
        PgType type;
        uint32_t n;
        uint32_t n_nulls;       /* that came last and are not written: nulls at the end are left out */
        bool has_null;
} PgArray;

/* Begins an array in to, which is emptied. */
void pg_array_begin(PgArray *a, Text *to, PgType type);
void pg_array_nulls(PgArray *a);                        /* writes those that something follows */
/* An array that ends in nulls ends before them; one of nothing else is empty. */
static inline void pg_array_null(PgArray *a) {
        a->n_nulls++;
}

/* One element: size bytes of v in network order. */
static inline void pg_array_number(PgArray *a, uint64_t v, unsigned size) {
        char b[4 + 8];

        if (a->n_nulls)
                pg_array_nulls(a);
        for (unsigned i = 0; i < 4; i++)
                b[i] = (char) (size >> (24 - 8 * i));
        for (unsigned i = 0; i < size; i++)
                b[4 + i] = (char) (v >> (8 * (size - 1 - i)));
        (void) text_add(a->to, (Bytes){ b, 4 + size });
        a->n++;
}

static inline void pg_array_int4(PgArray *a, int32_t value) {
        pg_array_number(a, (uint32_t) value, 4);
}

static inline void pg_array_int8(PgArray *a, int64_t value) {
        pg_array_number(a, (uint64_t) value, 8);
}

void pg_array_bytes(PgArray *a, Bytes value);           /* bytea; text in UTF-8; the 16 bytes of a uuid */
void pg_array_bool(PgArray *a, bool value);
void pg_array_date(PgArray *a, Day value);
void pg_array_timestamptz(PgArray *a, usec_t value);    /* instant since 1970 in UTC */
void pg_array_end(PgArray *a);

/* The 36 characters of a UUID as its 16 bytes; -EINVAL. */
int pg_uuid_parse(const char *text, uint8_t ret[16]);

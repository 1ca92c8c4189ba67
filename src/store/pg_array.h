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
        bool has_null;
} PgArray;

/* Begins an array in to, which is emptied. */
void pg_array_begin(PgArray *a, Text *to, PgType type);
void pg_array_null(PgArray *a);
void pg_array_bytes(PgArray *a, Bytes value);           /* bytea; text in UTF-8; the 16 bytes of a uuid */
void pg_array_bool(PgArray *a, bool value);
void pg_array_int4(PgArray *a, int32_t value);
void pg_array_int8(PgArray *a, int64_t value);
void pg_array_date(PgArray *a, Day value);
void pg_array_timestamptz(PgArray *a, usec_t value);    /* instant since 1970 in UTC */
void pg_array_end(PgArray *a);

/* The 36 characters of a UUID as its 16 bytes; -EINVAL. */
int pg_uuid_parse(const char *text, uint8_t ret[16]);

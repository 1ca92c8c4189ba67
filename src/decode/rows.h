/* Rows that were read and not yet handed out. Values are places in one buffer, so a row costs no allocation;
 * the buffer is reused when it has been emptied. */
#pragma once

#include "base/vec.h"
#include "decode/decode.h"

typedef struct Slot {
        ValueKind kind;
        size_t at, len;
} Slot;

typedef struct Rows {
        size_t n_fields;
        Text bytes;
        VEC(Slot) slots; /* n_fields a row */
        size_t n_rows;
        size_t n_ready; /* of these: may be handed out; those behind wait for fields of the list around them
                         */
        size_t n_taken;
        size_t ready_bytes; /* what ready rows use of the buffer */
} Rows;

void rows_init(Rows *rows, size_t n_fields);
void rows_done(Rows *rows);

/* A new row, all of it missing. 0, or -E2BIG. */
int rows_add(Rows *rows, size_t *ret_row);
/* Puts a value into the buffer, to be set in any number of rows. 0, or -E2BIG. */
int rows_store(Rows *rows, ValueKind kind, Bytes text, Slot *ret);
static inline Slot *rows_slots(Rows *rows, size_t row) {
        return rows->slots.items + row * rows->n_fields;
}
void rows_set(Rows *rows, size_t row, size_t field, Slot slot);
void rows_make_ready(Rows *rows);       /* all that there are */
bool rows_take(Rows *rows, Value *ret); /* the next ready row, n_fields values; valid until rows_tidy() */
void rows_tidy(Rows *rows);             /* forgets the rows that were taken; only when all ready ones were */

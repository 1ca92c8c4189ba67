/* Rows that were read and not yet handed out. Values are places in one buffer, so a row costs no allocation;
 * the buffer is reused when it has been emptied. */

#include <assert.h>
#include <errno.h>

#include "decode/rows.h"

enum {
        BYTES_LIMIT = 64 << 20,
        SLOTS_LIMIT = 2 << 20,
};

void rows_init(Rows *rows, size_t n_fields) {
        *rows = (Rows){ .n_fields = n_fields, .bytes = TEXT_INIT(BYTES_LIMIT) };
}

void rows_done(Rows *rows) {
        text_done(&rows->bytes);
        vec_done(&rows->slots);
}

_Static_assert(VALUE_MISSING == 0, "rows begin as zeroes");

int rows_add(Rows *rows, size_t *ret_row) {
        if (rows->slots.len + rows->n_fields > SLOTS_LIMIT || rows->n_rows >= SLOTS_LIMIT)
                return -E2BIG;
        while (rows->slots.len + rows->n_fields > rows->slots.size) {
                rows->slots.size = rows->slots.size ? rows->slots.size * 2 : 64;
                rows->slots.items = xrealloc(rows->slots.items, rows->slots.size * sizeof(Slot));
        }
        if (rows->n_fields)
                memset(rows->slots.items + rows->slots.len, 0, rows->n_fields * sizeof(Slot));
        rows->slots.len += rows->n_fields;
        *ret_row = rows->n_rows++;
        return 0;
}

int rows_store(Rows *rows, ValueKind kind, Bytes text, Slot *ret) {
        Slot slot = { .kind = kind, .at = rows->bytes.len, .len = text.len };
        int r = text.len ? text_add(&rows->bytes, text) : 0;

        if (r < 0)
                return r;
        *ret = slot;
        return 0;
}

void rows_set(Rows *rows, size_t row, size_t field, Slot slot) {
        assert(row < rows->n_rows && field < rows->n_fields);
        rows->slots.items[row * rows->n_fields + field] = slot;
}

void rows_make_ready(Rows *rows) {
        rows->n_ready = rows->n_rows;
        rows->ready_bytes = rows->bytes.len;
}

bool rows_take(Rows *rows, Value *ret) {
        const Slot *slot;

        if (rows->n_taken == rows->n_ready)
                return false;
        slot = rows->slots.items + rows->n_taken++ * rows->n_fields;
        for (size_t i = 0; i < rows->n_fields; i++, slot++)
                ret[i] = (Value){ .kind = slot->kind,
                        .text = { slot->len ? rows->bytes.data + slot->at : "", slot->len } };
        return true;
}

/* Rows that still wait move to the beginning: without that, lists one after the other would fill the buffer
 * in the end. */
void rows_tidy(Rows *rows) {
        size_t n_waiting = rows->n_rows - rows->n_ready, gone = rows->ready_bytes;

        assert(rows->n_taken == rows->n_ready);
        if (!rows->n_taken)
                return;
        if (!n_waiting) {
                text_clear(&rows->bytes);
                rows->slots.len = 0;
        } else {
                size_t n_slots = n_waiting * rows->n_fields;

                if (gone) {
                        memmove(rows->bytes.data, rows->bytes.data + gone, rows->bytes.len - gone);
                        rows->bytes.len -= gone;
                        rows->bytes.data[rows->bytes.len] = '\0';
                }
                if (n_slots)
                        memmove(rows->slots.items, rows->slots.items + rows->n_ready * rows->n_fields,
                                        n_slots * sizeof(Slot));
                rows->slots.len = n_slots;
                for (size_t i = 0; i < n_slots; i++)
                        if (rows->slots.items[i].len)
                                rows->slots.items[i].at -= gone;
        }
        rows->n_rows = n_waiting;
        rows->n_ready = rows->n_taken = 0;
        rows->ready_bytes = 0;
}

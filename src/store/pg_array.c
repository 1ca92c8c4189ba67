/* Arrays in binary form (array_recv() of PostgreSQL): int32 dimensions, int32 has nulls, int32 type, then for one dimension int32 length and
 * int32 lower bound, then each element as int32 length (-1: null) and its bytes. */

#include <errno.h>

#include "store/pg_array.h"

enum {
        HEAD = 20,
        HEAD_EMPTY = 12,
        DAYS_TO_2000 = 10957,           /* PostgreSQL counts from 2000-01-01 */
};

static void big_endian(char *to, uint64_t v, unsigned size) {
        for (unsigned i = 0; i < size; i++)
                to[i] = (char) (v >> (8 * (size - 1 - i)));
}

void pg_array_begin(PgArray *a, Text *to, PgType type) {
        static const char zeros[HEAD];

        *a = (PgArray){ .to = to, .type = type };
        text_clear(to);
        to->is_full = false;
        (void) text_add(to, (Bytes){ zeros, sizeof(zeros) });
}

void pg_array_nulls(PgArray *a) {
        for (; a->n_nulls; a->n_nulls--) {
                (void) text_add(a->to, (Bytes){ "\xff\xff\xff\xff", 4 });
                a->has_null = true;
                a->n++;
        }
}

void pg_array_bytes(PgArray *a, Bytes value) {
        char len[4];

        pg_array_nulls(a);
        big_endian(len, value.len, 4);
        (void) text_add(a->to, (Bytes){ len, sizeof(len) });
        (void) text_add(a->to, value);
        a->n++;
}

void pg_array_bool(PgArray *a, bool value) {
        pg_array_number(a, value, 1);
}

void pg_array_date(PgArray *a, Day value) {
        pg_array_number(a, (uint32_t) (value - DAYS_TO_2000), 4);
}

void pg_array_timestamptz(PgArray *a, usec_t value) {
        pg_array_number(a, value - DAYS_TO_2000 * USEC_DAY, 8);
}

void pg_array_end(PgArray *a) {
        char *head = a->to->data;

        if (!a->n)
                a->to->len = HEAD_EMPTY;
        big_endian(head, a->n > 0, 4);
        big_endian(head + 4, a->has_null, 4);
        big_endian(head + 8, (uint64_t) a->type, 4);
        if (!a->n)
                return;
        big_endian(head + 12, a->n, 4);
        big_endian(head + 16, 1, 4);
}

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int pg_uuid_parse(const char *text, uint8_t ret[16]) {
        uint8_t b[16];
        size_t n = 0;

        if (strlen(text) != 36)
                return -EINVAL;
        for (size_t i = 0; i < 36;) {
                int high, low;

                if (i == 8 || i == 13 || i == 18 || i == 23) {
                        if (text[i++] != '-')
                                return -EINVAL;
                        continue;
                }
                high = hex_digit(text[i]);
                low = hex_digit(text[i + 1]);
                if (high < 0 || low < 0)
                        return -EINVAL;
                b[n++] = (uint8_t) (high << 4 | low);
                i += 2;
        }
        memcpy(ret, b, sizeof(b));
        return 0;
}

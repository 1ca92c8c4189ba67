/* Writes captured JSON again: texts as they were sent, commas where they are due. */

#include <stdlib.h>

#include "decode/json_write.h"

void json_write_text(Text *to, Bytes text) {
        (void) text_add_char(to, '"');
        for (size_t i = 0; i < text.len; i++) {
                unsigned char c = (unsigned char) text.data[i];
                size_t from = i;

                if (c == '"' || c == '\\')
                        (void) text_printf(to, "\\%c", c);
                else if (c < 0x20)
                        (void) text_printf(to, "\\u%04x", c);
                else {
                        while (i + 1 < text.len && (unsigned char) text.data[i + 1] >= 0x20 &&
                                        text.data[i + 1] != '"' && text.data[i + 1] != '\\')
                                i++;
                        (void) text_add(to, (Bytes){ text.data + from, i + 1 - from });
                }
        }
        (void) text_add_char(to, '"');
}

/* A comma is due unless something was just opened: the last byte tells, since every text ends in quotes. */
void json_write_comma(Text *to) {
        char last = to->len ? to->data[to->len - 1] : '[';

        if (last != '[' && last != '{' && last != ':')
                (void) text_add_char(to, ',');
}

static int compare_hashes(const void *a, const void *b) {
        uint64_t left, right;

        memcpy(&left, a, sizeof(left));
        memcpy(&right, b, sizeof(right));
        return (left > right) - (left < right);
}

bool json_keys_repeat(uint64_t *hashes, size_t n) {
        qsort(hashes, n, sizeof(*hashes), compare_hashes);
        for (size_t i = 1; i < n; i++)
                if (hashes[i] == hashes[i - 1])
                        return true;
        return false;
}

const char *json_kind_words(ValueKind kind, bool is_array) {
        switch (kind) {
        case VALUE_NULL:
                return "null";
        case VALUE_BOOL:
                return "true or false";
        case VALUE_NUMBER:
                return "a number";
        case VALUE_TEXT:
                return "a text";
        case VALUE_JSON:
                return is_array ? "a list" : "an object";
        default:
                return "nothing";
        }
}

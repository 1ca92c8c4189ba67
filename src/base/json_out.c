/* JSON writer: appends to a Text, puts commas and quotes, checks nesting by assert. */

#include <assert.h>
#include <inttypes.h>

#include "base/json_out.h"

static bool is_in_object(const JsonOut *j) {
        return j->depth && j->objects >> (j->depth - 1) & 1;
}

static void line_begin(JsonOut *j) {
        if (!j->is_pretty)
                return;
        (void) text_add_char(j->to, '\n');
        for (unsigned i = 0; i < j->depth; i++)
                (void) text_add_str(j->to, "  ");
}

/* Comma and line before a key or a member of an array. */
static void member_begin(JsonOut *j) {
        if (j->needs_comma)
                (void) text_add_char(j->to, ',');
        if (j->depth)
                line_begin(j);
}

static void value_begin(JsonOut *j) {
        assert(is_in_object(j) == j->has_key);
        if (!j->has_key)
                member_begin(j);
        j->has_key = false;
        j->needs_comma = true;
}

static void open_level(JsonOut *j, bool is_object) {
        value_begin(j);
        assert(j->depth < JSON_DEPTH_MAX);
        (void) text_add_char(j->to, is_object ? '{' : '[');
        j->objects &= ~(UINT64_C(1) << j->depth);
        j->objects |= (uint64_t) is_object << j->depth;
        j->depth++;
        j->needs_comma = false;
}

static void close_level(JsonOut *j, bool is_object) {
        bool is_empty = !j->needs_comma;

        assert(j->depth && is_in_object(j) == is_object && !j->has_key);
        j->depth--;
        if (!is_empty)
                line_begin(j);
        (void) text_add_char(j->to, is_object ? '}' : ']');
        j->needs_comma = true;
}

void json_object(JsonOut *j) {
        open_level(j, true);
}

void json_object_end(JsonOut *j) {
        close_level(j, true);
}

void json_array(JsonOut *j) {
        open_level(j, false);
}

void json_array_end(JsonOut *j) {
        close_level(j, false);
}

static void add_escape(Text *to, unsigned char c) {
        static const char letters[][2] = { { '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' }, { '\b', 'b' }, { '\f', 'f' } };

        for (size_t i = 0; i < ELEMENTS(letters); i++)
                if (c == (unsigned char) letters[i][0]) {
                        (void) text_add(to, (Bytes){ (char[]){ '\\', letters[i][1] }, 2 });
                        return;
                }
        (void) text_printf(to, "\\u%04x", c);
}

/* Well-formed UTF-8. */
static void add_escaped(Text *to, Bytes b) {
        size_t from = 0;

        for (size_t i = 0; i < b.len; i++) {
                unsigned char c = (unsigned char) b.data[i];

                if (c >= ' ' && c != '"' && c != '\\' && c != 0x7F)
                        continue;
                (void) text_add(to, (Bytes){ b.data + from, i - from });
                add_escape(to, c);
                from = i + 1;
        }
        (void) text_add(to, (Bytes){ b.data + from, b.len - from });
}

static void add_quoted(Text *to, Bytes b) {
        size_t bad_at;

        (void) text_add_char(to, '"');
        while (!bytes_is_utf8(b, &bad_at)) {
                add_escaped(to, (Bytes){ b.data, bad_at });
                (void) text_add_str(to, "\xEF\xBF\xBD");
                b = (Bytes){ b.data + bad_at + 1, b.len - bad_at - 1 };
        }
        if (b.len)
                add_escaped(to, b);
        (void) text_add_char(to, '"');
}

void json_key(JsonOut *j, const char *key) {
        assert(is_in_object(j) && !j->has_key);
        member_begin(j);
        add_quoted(j->to, bytes_of(key));
        (void) text_add_str(j->to, j->is_pretty ? ": " : ":");
        j->has_key = true;
}

void json_str(JsonOut *j, const char *s) {
        if (s)
                json_bytes(j, bytes_of(s));
        else
                json_null(j);
}

void json_bytes(JsonOut *j, Bytes b) {
        value_begin(j);
        add_quoted(j->to, b);
}

void json_int(JsonOut *j, int64_t v) {
        value_begin(j);
        (void) text_printf(j->to, "%" PRId64, v);
}

void json_uint(JsonOut *j, uint64_t v) {
        value_begin(j);
        (void) text_printf(j->to, "%" PRIu64, v);
}

void json_bool(JsonOut *j, bool v) {
        value_begin(j);
        (void) text_add_str(j->to, v ? "true" : "false");
}

void json_null(JsonOut *j) {
        value_begin(j);
        (void) text_add_str(j->to, "null");
}

void json_number(JsonOut *j, Bytes decimal) {
        value_begin(j);
        (void) text_add(j->to, decimal);
}

void json_pair_str(JsonOut *j, const char *key, const char *s) {
        json_key(j, key);
        json_str(j, s);
}

void json_pair_int(JsonOut *j, const char *key, int64_t v) {
        json_key(j, key);
        json_int(j, v);
}

void json_pair_bool(JsonOut *j, const char *key, bool v) {
        json_key(j, key);
        json_bool(j, v);
}

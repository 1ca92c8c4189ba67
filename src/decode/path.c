/* Plain paths in jq's syntax: .a.b  ."Tên"  .["x"]  .[0]  .  and, where records are named, .a[].b[] */

#include <errno.h>

#include "base/err.h"
#include "base/vec.h"
#include "decode/path.h"

typedef struct Reader {
        const char *at, *end;
        Arena *arena;
        VEC(PathStep) steps;
} Reader;

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool take(Reader *r, char c) {
        if (r->at == r->end || *r->at != c)
                return false;
        r->at++;
        return true;
}

static bool read_name(Reader *r, Bytes *ret) {
        const char *from = r->at;

        if (r->at == r->end || !is_letter(*r->at))
                return false;
        while (r->at < r->end && (is_letter(*r->at) || is_digit(*r->at)))
                r->at++;
        *ret = (Bytes){ from, (size_t) (r->at - from) };
        return true;
}

/* A string in quotes. Only \" and \\ are undone here; strings with other escapes are left to jq. */
static int read_string(Reader *r, Bytes *ret) {
        size_t len = 0;
        char *copy;

        if (!take(r, '"'))
                return 0;
        copy = arena_alloc(r->arena, (size_t) (r->end - r->at) + 1);
        if (!copy)
                return err(-E2BIG, "configuration is larger than its bound");
        while (r->at < r->end && *r->at != '"') {
                if (*r->at == '\\') {
                        r->at++;
                        if (r->at == r->end || (*r->at != '"' && *r->at != '\\'))
                                return 0;
                }
                copy[len++] = *r->at++;
        }
        *ret = (Bytes){ copy, len };
        return take(r, '"');
}

static int read_index(Reader *r, size_t *ret) {
        size_t v = 0;
        const char *from = r->at;

        while (r->at < r->end && is_digit(*r->at) && r->at - from < 9)
                v = v * 10 + (size_t) (*r->at++ - '0');
        if (r->at == from || (r->at - from > 1 && *from == '0'))
                return 0;
        *ret = v;
        return 1;
}

/* What stands in brackets, the opening one being read. */
static int read_bracket(Reader *r, PathStep *ret) {
        int code;

        if (take(r, ']')) {
                *ret = (PathStep){ .kind = PATH_EACH };
                return 1;
        }
        if (r->at < r->end && *r->at == '"') {
                *ret = (PathStep){ .kind = PATH_NAME };
                code = read_string(r, &ret->name);
        } else {
                *ret = (PathStep){ .kind = PATH_INDEX };
                code = read_index(r, &ret->index);
        }
        if (code <= 0)
                return code;
        return take(r, ']');
}

static int read_step(Reader *r, PathStep *ret, bool is_first) {
        if (!is_first && take(r, '['))
                return read_bracket(r, ret);
        if (!take(r, '.'))
                return 0;
        if (is_first && take(r, '['))
                return read_bracket(r, ret);
        *ret = (PathStep){ .kind = PATH_NAME };
        if (r->at < r->end && *r->at == '"')
                return read_string(r, &ret->name);
        return read_name(r, &ret->name);
}

static int read_steps(Reader *r) {
        if (r->end - r->at == 1 && *r->at == '.')
                return 1;
        while (r->at < r->end) {
                PathStep step;
                int code = read_step(r, &step, r->steps.len == 0);

                if (code <= 0)
                        return code;
                vec_push(&r->steps, step);
        }
        return r->steps.len > 0;
}

int path_parse(Bytes text, Arena *arena, Path *ret) {
        Reader r = { .at = text.data, .end = text.data + text.len, .arena = arena };
        int code = read_steps(&r);

        if (code > 0) {
                ret->n_steps = r.steps.len;
                ret->steps = ARENA_NEW_N(arena, PathStep, r.steps.len);
                if (!ret->steps)
                        code = err(-E2BIG, "configuration is larger than its bound");
                else if (r.steps.len)
                        memcpy(ret->steps, r.steps.items, r.steps.len * sizeof(PathStep));
        }
        vec_done(&r.steps);
        return code;
}

void path_render(const PathStep *steps, size_t n, Text *ret) {
        if (!n)
                (void) text_add_char(ret, '.');
        for (size_t i = 0; i < n; i++) {
                Bytes name = steps[i].name;
                bool is_word = name.len && is_letter(name.data[0]);

                if (i == 0 || steps[i].kind == PATH_NAME)
                        (void) text_add_char(ret, '.');
                for (size_t k = 0; k < name.len; k++)
                        is_word &= is_letter(name.data[k]) || is_digit(name.data[k]);
                if (steps[i].kind == PATH_EACH)
                        (void) text_add_str(ret, "[]");
                else if (steps[i].kind == PATH_INDEX)
                        (void) text_printf(ret, "[%zu]", steps[i].index);
                else
                        (void) text_printf(ret, is_word ? "%.*s" : "\"%.*s\"", (int) name.len, name.data);
        }
}

bool path_step_is(const PathStep *step, PathStepKind kind, Bytes name, size_t index) {
        return step->kind == kind && (kind == PATH_NAME ? bytes_equal(step->name, name) : step->index == index);
}

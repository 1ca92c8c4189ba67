/* JSON text of a small, whole document: find, read and replace one value by its path. */

#include "fetch/json_text.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

#define DEPTH_MAX 64
#define STEPS_MAX 16

/* One pass over the text; `want` is the rest of the path that leads into the value being read, NULL: this
 * value is of no interest. */
typedef struct Scan {
        const char *p, *end;
        unsigned depth;
        Bytes step[STEPS_MAX];
        size_t n_steps;
        size_t n_reached;       /* steps that were found as objects and members */
        size_t n_found;
        Bytes found;
        const char *open;       /* just after the "{" of the deepest object reached */
        bool open_is_empty;
        bool is_blocked;        /* something on the way is not an object */
} Scan;

/* Splits ".a.\"b c\"" into steps; quoted steps have no escapes. */
static int path_split(const char *path, Bytes *steps, size_t *ret_n) {
        const char *p = path;
        size_t n = 0;

        if (!p || *p != '.')
                return -EINVAL;
        while (*p == '.') {
                const char *start = ++p;
                Bytes step;

                if (n == STEPS_MAX)
                        return -EINVAL;
                if (*p == '"') {
                        const char *close = strchr(p + 1, '"');

                        if (!close || memchr(p, '\\', (size_t) (close - p)))
                                return -EINVAL;
                        step = (Bytes){ p + 1, (size_t) (close - p - 1) };
                        p = close + 1;
                } else {
                        p += strcspn(p, ".\"[]| ");
                        step = (Bytes){ start, (size_t) (p - start) };
                }
                if (step.len == 0)
                        return -EINVAL;
                steps[n++] = step;
        }
        if (*p)
                return -EINVAL;
        *ret_n = n;
        return 0;
}

bool json_path_is_valid(const char *path) {
        Bytes steps[STEPS_MAX];
        size_t n;

        return path_split(path, steps, &n) == 0;
}

static void skip_space(Scan *s) {
        while (s->p < s->end && memchr(" \t\r\n", *s->p, 4))
                s->p++;
}

static bool is_digit(const Scan *s) {
        return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool skip_digits(Scan *s) {
        if (!is_digit(s))
                return false;
        while (is_digit(s))
                s->p++;
        return true;
}

static bool scan_number(Scan *s) {
        if (*s->p == '-')
                s->p++;
        if (s->p < s->end && *s->p == '0')
                s->p++;
        else if (!skip_digits(s))
                return false;
        if (s->p < s->end && *s->p == '.') {
                s->p++;
                if (!skip_digits(s))
                        return false;
        }
        if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
                s->p++;
                if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
                        s->p++;
                return skip_digits(s);
        }
        return true;
}

static bool scan_word(Scan *s, const char *word) {
        size_t n = strlen(word);

        if ((size_t) (s->end - s->p) < n || memcmp(s->p, word, n) != 0)
                return false;
        s->p += n;
        return true;
}

/* Passes over a string; escapes are checked when it is read. */
static bool scan_string(Scan *s, Bytes *ret) {
        const char *start = s->p;

        if (s->p >= s->end || *s->p != '"')
                return false;
        for (s->p++; s->p < s->end; s->p++) {
                if ((unsigned char) *s->p < 0x20)
                        return false;
                if (*s->p == '\\') {
                        s->p++;
                        continue;
                }
                if (*s->p == '"') {
                        s->p++;
                        *ret = (Bytes){ start, (size_t) (s->p - start) };
                        return true;
                }
        }
        return false;
}

static bool scan_value(Scan *s, size_t at);

static bool scan_list(Scan *s) {
        s->p++;
        skip_space(s);
        if (s->p < s->end && *s->p == ']') {
                s->p++;
                return true;
        }
        for (;;) {
                if (!scan_value(s, SIZE_MAX))
                        return false;
                skip_space(s);
                if (s->p >= s->end)
                        return false;
                if (*s->p++ == ']')
                        return true;
                if (s->p[-1] != ',')
                        return false;
        }
}

/* Names with escapes are compared by what they mean. */
static bool name_is(Bytes quoted, Bytes step) {
        _cleanup_(text_done) Text name = TEXT_INIT(4096);

        if (!memchr(quoted.data, '\\', quoted.len))
                return bytes_equal((Bytes){ quoted.data + 1, quoted.len - 2 }, step);
        return json_text_scalar(quoted, &name) == 0 && bytes_equal(text_bytes(&name), step);
}

/* Finishes the member whose name has just been read. */
static bool scan_member(Scan *s, Bytes name, size_t at) {
        bool is_wanted = at < s->n_steps && name_is(name, s->step[at]);

        skip_space(s);
        if (s->p >= s->end || *s->p++ != ':')
                return false;
        skip_space(s);
        if (!is_wanted)
                return scan_value(s, SIZE_MAX);
        if (at + 1 > s->n_reached)
                s->n_reached = at + 1;
        return scan_value(s, at + 1);
}

static bool scan_object(Scan *s, size_t at) {
        s->p++;
        if (at < s->n_steps) {
                s->open = s->p;
                s->open_is_empty = false;
        }
        skip_space(s);
        if (s->p < s->end && *s->p == '}') {
                s->open_is_empty = at < s->n_steps ? true : s->open_is_empty;
                s->p++;
                return true;
        }
        for (;;) {
                Bytes name;

                skip_space(s);
                if (!scan_string(s, &name) || !scan_member(s, name, at))
                        return false;
                skip_space(s);
                if (s->p >= s->end)
                        return false;
                if (*s->p++ == '}')
                        return true;
                if (s->p[-1] != ',')
                        return false;
        }
}

static bool scan_kind(Scan *s, size_t at) {
        Bytes text;

        switch (*s->p) {
        case '{':
                return scan_object(s, at);
        case '[':
                return scan_list(s);
        case '"':
                return scan_string(s, &text);
        case 't':
                return scan_word(s, "true");
        case 'f':
                return scan_word(s, "false");
        case 'n':
                return scan_word(s, "null");
        default:
                return scan_number(s);
        }
}

/* at: number of steps that led here; SIZE_MAX: of no interest. */
static bool scan_value(Scan *s, size_t at) {
        const char *start;
        bool ok;

        skip_space(s);
        if (s->p >= s->end || s->depth == DEPTH_MAX)
                return false;
        start = s->p;
        if (at < s->n_steps && *start != '{')
                s->is_blocked = true;
        s->depth++;
        ok = scan_kind(s, at);
        s->depth--;
        if (ok && at == s->n_steps) {
                s->found = (Bytes){ start, (size_t) (s->p - start) };
                s->n_found++;
        }
        return ok;
}

static int scan_document(Scan *s, Bytes doc, const char *path) {
        int r = path_split(path, s->step, &s->n_steps);

        if (r < 0)
                return err(-EINVAL, "\"%s\" is not a path to a JSON member", path ? path : "");
        if (bytes_starts(doc, "\xef\xbb\xbf"))
                doc = (Bytes){ doc.data + 3, doc.len - 3 };
        s->p = doc.data;
        s->end = doc.data + doc.len;
        if (!scan_value(s, 0))
                return err(-EINVAL, "the text is not JSON");
        skip_space(s);
        if (s->p != s->end)
                return err(-EINVAL, "something follows the JSON document");
        if (s->n_found > 1)
                return err(-EINVAL, "the member \"%s\" comes twice", path);
        return 0;
}

int json_text_find(Bytes doc, const char *path, Bytes *ret) {
        Scan s = {};
        int r;

        r = scan_document(&s, doc, path);
        if (r < 0)
                return r;
        if (s.n_found == 0)
                return 0;
        *ret = s.found;
        return 1;
}

static int hex4(const char *p, const char *end, uint32_t *ret) {
        uint32_t v = 0;

        if (end - p < 4)
                return -EINVAL;
        for (int i = 0; i < 4; i++) {
                char c = p[i];

                if (c >= '0' && c <= '9')
                        v = v << 4 | (uint32_t) (c - '0');
                else if (c >= 'a' && c <= 'f')
                        v = v << 4 | (uint32_t) (c - 'a' + 10);
                else if (c >= 'A' && c <= 'F')
                        v = v << 4 | (uint32_t) (c - 'A' + 10);
                else
                        return -EINVAL;
        }
        *ret = v;
        return 0;
}

static void add_utf8(Text *t, uint32_t c) {
        if (c < 0x80) {
                (void) text_add_char(t, (char) c);
        } else if (c < 0x800) {
                (void) text_add_char(t, (char) (0xc0 | c >> 6));
                (void) text_add_char(t, (char) (0x80 | (c & 0x3f)));
        } else if (c < 0x10000) {
                (void) text_add_char(t, (char) (0xe0 | c >> 12));
                (void) text_add_char(t, (char) (0x80 | (c >> 6 & 0x3f)));
                (void) text_add_char(t, (char) (0x80 | (c & 0x3f)));
        } else {
                (void) text_add_char(t, (char) (0xf0 | c >> 18));
                (void) text_add_char(t, (char) (0x80 | (c >> 12 & 0x3f)));
                (void) text_add_char(t, (char) (0x80 | (c >> 6 & 0x3f)));
                (void) text_add_char(t, (char) (0x80 | (c & 0x3f)));
        }
}

/* After "\u": one code point, of two escapes when it is a pair. NUL is refused: nothing that goes on from
 * here may hold it. */
static int add_escaped(Text *t, const char **p, const char *end) {
        uint32_t c, low;

        if (hex4(*p, end, &c) < 0 || c == 0 || (c >= 0xdc00 && c <= 0xdfff))
                return -EINVAL;
        *p += 4;
        if (c >= 0xd800 && c <= 0xdbff) {
                if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u' || hex4(*p + 2, end, &low) < 0 ||
                                low < 0xdc00 || low > 0xdfff)
                        return -EINVAL;
                *p += 6;
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        add_utf8(t, c);
        return 0;
}

static int unescape(Bytes inner, Text *t) {
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        const char *p = inner.data, *end = inner.data + inner.len;

        while (p < end) {
                const char *hit;

                if (*p != '\\') {
                        (void) text_add_char(t, *p++);
                        continue;
                }
                if (++p >= end)
                        return -EINVAL;
                if (*p == 'u') {
                        p++;
                        if (add_escaped(t, &p, end) < 0)
                                return -EINVAL;
                        continue;
                }
                hit = *p ? strchr(from, *p) : NULL;
                if (!hit)
                        return -EINVAL;
                (void) text_add_char(t, to[hit - from]);
                p++;
        }
        return t->is_full ? -E2BIG : 0;
}

int json_text_scalar(Bytes value, Text *ret) {
        if (value.len == 0 || value.data[0] == '{' || value.data[0] == '[' || value.data[0] == 'n')
                return -EINVAL;
        if (value.data[0] != '"')
                return text_add(ret, value);
        if (value.len < 2 || value.data[value.len - 1] != '"')
                return -EINVAL;
        return unescape((Bytes){ value.data + 1, value.len - 2 }, ret);
}

int json_text_get(Bytes doc, const char *path, Text *ret) {
        Bytes value;
        int r;

        r = json_text_find(doc, path, &value);
        if (r <= 0)
                return r;
        if (bytes_equal_str(value, "null"))
                return 0;
        r = json_text_scalar(value, ret);
        return r < 0 ? r : 1;
}

void json_text_escape(Bytes s, Text *ret) {
        static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";

        for (size_t i = 0; i < s.len; i++) {
                unsigned char c = (unsigned char) s.data[i];
                const char *hit = c ? strchr(plain, (char) c) : NULL;

                if (hit) {
                        (void) text_add_char(ret, '\\');
                        (void) text_add_char(ret, letter[hit - plain]);
                } else if (c < 0x20) {
                        (void) text_printf(ret, "\\u%04x", c);
                } else {
                        (void) text_add_char(ret, (char) c);
                }
        }
}

/* The member at the last step, with the objects that are missing before it. */
static void add_member(const Scan *s, Bytes raw, Text *ret) {
        for (size_t i = s->n_reached; i < s->n_steps; i++) {
                (void) text_add_str(ret, i > s->n_reached ? "{\"" : "\"");
                json_text_escape(s->step[i], ret);
                (void) text_add_str(ret, "\":");
        }
        (void) text_add(ret, raw);
        for (size_t i = s->n_reached + 1; i < s->n_steps; i++)
                (void) text_add_char(ret, '}');
}

int json_text_put(Bytes doc, const char *path, Bytes raw, Text *ret) {
        const char *end = doc.data + doc.len;
        Scan s = {};
        int r;

        r = scan_document(&s, doc, path);
        if (r < 0)
                return r;
        if (s.n_found == 1) {
                (void) text_add(ret, (Bytes){ doc.data, (size_t) (s.found.data - doc.data) });
                (void) text_add(ret, raw);
                (void) text_add(ret, (Bytes){ s.found.data + s.found.len,
                                                     (size_t) (end - (s.found.data + s.found.len)) });
                return ret->is_full ? -E2BIG : 0;
        }
        if (s.is_blocked)
                return err(-EINVAL, "there is something else than an object on the way to \"%s\"", path);
        (void) text_add(ret, (Bytes){ doc.data, (size_t) (s.open - doc.data) });
        add_member(&s, raw, ret);
        if (!s.open_is_empty)
                (void) text_add_char(ret, ',');
        (void) text_add(ret, (Bytes){ s.open, (size_t) (end - s.open) });
        return ret->is_full ? -E2BIG : 0;
}

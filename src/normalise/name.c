/* Names as people write them, to one form: so that two spellings of one name are the same bytes. */

#include <errno.h>

#include "normalise/name.h"

enum { MARKS = 8 }; /* combining marks on one letter; more than two is no Vietnamese */

/* Canonical pairs of the Unicode character database for the letters a e i o u y with the marks that
 * Vietnamese uses, sorted by the composed letter. */
static const struct {
        uint16_t whole, base, mark;
} pairs[] = {
        { 0x00C0, 0x0041, 0x0300 },
        { 0x00C1, 0x0041, 0x0301 },
        { 0x00C2, 0x0041, 0x0302 },
        { 0x00C3, 0x0041, 0x0303 },
        { 0x00C8, 0x0045, 0x0300 },
        { 0x00C9, 0x0045, 0x0301 },
        { 0x00CA, 0x0045, 0x0302 },
        { 0x00CC, 0x0049, 0x0300 },
        { 0x00CD, 0x0049, 0x0301 },
        { 0x00CE, 0x0049, 0x0302 },
        { 0x00D2, 0x004F, 0x0300 },
        { 0x00D3, 0x004F, 0x0301 },
        { 0x00D4, 0x004F, 0x0302 },
        { 0x00D5, 0x004F, 0x0303 },
        { 0x00D9, 0x0055, 0x0300 },
        { 0x00DA, 0x0055, 0x0301 },
        { 0x00DB, 0x0055, 0x0302 },
        { 0x00DD, 0x0059, 0x0301 },
        { 0x00E0, 0x0061, 0x0300 },
        { 0x00E1, 0x0061, 0x0301 },
        { 0x00E2, 0x0061, 0x0302 },
        { 0x00E3, 0x0061, 0x0303 },
        { 0x00E8, 0x0065, 0x0300 },
        { 0x00E9, 0x0065, 0x0301 },
        { 0x00EA, 0x0065, 0x0302 },
        { 0x00EC, 0x0069, 0x0300 },
        { 0x00ED, 0x0069, 0x0301 },
        { 0x00EE, 0x0069, 0x0302 },
        { 0x00F2, 0x006F, 0x0300 },
        { 0x00F3, 0x006F, 0x0301 },
        { 0x00F4, 0x006F, 0x0302 },
        { 0x00F5, 0x006F, 0x0303 },
        { 0x00F9, 0x0075, 0x0300 },
        { 0x00FA, 0x0075, 0x0301 },
        { 0x00FB, 0x0075, 0x0302 },
        { 0x00FD, 0x0079, 0x0301 },
        { 0x0102, 0x0041, 0x0306 },
        { 0x0103, 0x0061, 0x0306 },
        { 0x0114, 0x0045, 0x0306 },
        { 0x0115, 0x0065, 0x0306 },
        { 0x0128, 0x0049, 0x0303 },
        { 0x0129, 0x0069, 0x0303 },
        { 0x012C, 0x0049, 0x0306 },
        { 0x012D, 0x0069, 0x0306 },
        { 0x014E, 0x004F, 0x0306 },
        { 0x014F, 0x006F, 0x0306 },
        { 0x0168, 0x0055, 0x0303 },
        { 0x0169, 0x0075, 0x0303 },
        { 0x016C, 0x0055, 0x0306 },
        { 0x016D, 0x0075, 0x0306 },
        { 0x0176, 0x0059, 0x0302 },
        { 0x0177, 0x0079, 0x0302 },
        { 0x01A0, 0x004F, 0x031B },
        { 0x01A1, 0x006F, 0x031B },
        { 0x01AF, 0x0055, 0x031B },
        { 0x01B0, 0x0075, 0x031B },
        { 0x1EA0, 0x0041, 0x0323 },
        { 0x1EA1, 0x0061, 0x0323 },
        { 0x1EA2, 0x0041, 0x0309 },
        { 0x1EA3, 0x0061, 0x0309 },
        { 0x1EA4, 0x00C2, 0x0301 },
        { 0x1EA5, 0x00E2, 0x0301 },
        { 0x1EA6, 0x00C2, 0x0300 },
        { 0x1EA7, 0x00E2, 0x0300 },
        { 0x1EA8, 0x00C2, 0x0309 },
        { 0x1EA9, 0x00E2, 0x0309 },
        { 0x1EAA, 0x00C2, 0x0303 },
        { 0x1EAB, 0x00E2, 0x0303 },
        { 0x1EAC, 0x1EA0, 0x0302 },
        { 0x1EAD, 0x1EA1, 0x0302 },
        { 0x1EAE, 0x0102, 0x0301 },
        { 0x1EAF, 0x0103, 0x0301 },
        { 0x1EB0, 0x0102, 0x0300 },
        { 0x1EB1, 0x0103, 0x0300 },
        { 0x1EB2, 0x0102, 0x0309 },
        { 0x1EB3, 0x0103, 0x0309 },
        { 0x1EB4, 0x0102, 0x0303 },
        { 0x1EB5, 0x0103, 0x0303 },
        { 0x1EB6, 0x1EA0, 0x0306 },
        { 0x1EB7, 0x1EA1, 0x0306 },
        { 0x1EB8, 0x0045, 0x0323 },
        { 0x1EB9, 0x0065, 0x0323 },
        { 0x1EBA, 0x0045, 0x0309 },
        { 0x1EBB, 0x0065, 0x0309 },
        { 0x1EBC, 0x0045, 0x0303 },
        { 0x1EBD, 0x0065, 0x0303 },
        { 0x1EBE, 0x00CA, 0x0301 },
        { 0x1EBF, 0x00EA, 0x0301 },
        { 0x1EC0, 0x00CA, 0x0300 },
        { 0x1EC1, 0x00EA, 0x0300 },
        { 0x1EC2, 0x00CA, 0x0309 },
        { 0x1EC3, 0x00EA, 0x0309 },
        { 0x1EC4, 0x00CA, 0x0303 },
        { 0x1EC5, 0x00EA, 0x0303 },
        { 0x1EC6, 0x1EB8, 0x0302 },
        { 0x1EC7, 0x1EB9, 0x0302 },
        { 0x1EC8, 0x0049, 0x0309 },
        { 0x1EC9, 0x0069, 0x0309 },
        { 0x1ECA, 0x0049, 0x0323 },
        { 0x1ECB, 0x0069, 0x0323 },
        { 0x1ECC, 0x004F, 0x0323 },
        { 0x1ECD, 0x006F, 0x0323 },
        { 0x1ECE, 0x004F, 0x0309 },
        { 0x1ECF, 0x006F, 0x0309 },
        { 0x1ED0, 0x00D4, 0x0301 },
        { 0x1ED1, 0x00F4, 0x0301 },
        { 0x1ED2, 0x00D4, 0x0300 },
        { 0x1ED3, 0x00F4, 0x0300 },
        { 0x1ED4, 0x00D4, 0x0309 },
        { 0x1ED5, 0x00F4, 0x0309 },
        { 0x1ED6, 0x00D4, 0x0303 },
        { 0x1ED7, 0x00F4, 0x0303 },
        { 0x1ED8, 0x1ECC, 0x0302 },
        { 0x1ED9, 0x1ECD, 0x0302 },
        { 0x1EDA, 0x01A0, 0x0301 },
        { 0x1EDB, 0x01A1, 0x0301 },
        { 0x1EDC, 0x01A0, 0x0300 },
        { 0x1EDD, 0x01A1, 0x0300 },
        { 0x1EDE, 0x01A0, 0x0309 },
        { 0x1EDF, 0x01A1, 0x0309 },
        { 0x1EE0, 0x01A0, 0x0303 },
        { 0x1EE1, 0x01A1, 0x0303 },
        { 0x1EE2, 0x01A0, 0x0323 },
        { 0x1EE3, 0x01A1, 0x0323 },
        { 0x1EE4, 0x0055, 0x0323 },
        { 0x1EE5, 0x0075, 0x0323 },
        { 0x1EE6, 0x0055, 0x0309 },
        { 0x1EE7, 0x0075, 0x0309 },
        { 0x1EE8, 0x01AF, 0x0301 },
        { 0x1EE9, 0x01B0, 0x0301 },
        { 0x1EEA, 0x01AF, 0x0300 },
        { 0x1EEB, 0x01B0, 0x0300 },
        { 0x1EEC, 0x01AF, 0x0309 },
        { 0x1EED, 0x01B0, 0x0309 },
        { 0x1EEE, 0x01AF, 0x0303 },
        { 0x1EEF, 0x01B0, 0x0303 },
        { 0x1EF0, 0x01AF, 0x0323 },
        { 0x1EF1, 0x01B0, 0x0323 },
        { 0x1EF2, 0x0059, 0x0300 },
        { 0x1EF3, 0x0079, 0x0300 },
        { 0x1EF4, 0x0059, 0x0323 },
        { 0x1EF5, 0x0079, 0x0323 },
        { 0x1EF6, 0x0059, 0x0309 },
        { 0x1EF7, 0x0079, 0x0309 },
        { 0x1EF8, 0x0059, 0x0303 },
        { 0x1EF9, 0x0079, 0x0303 },
};

static unsigned class_of(uint32_t c) {
        switch (c) {
        case 0x031B: /* horn */
                return 216;
        case 0x0323: /* dot below */
                return 220;
        case 0x0300:
        case 0x0301:
        case 0x0302:
        case 0x0303:
        case 0x0306:
        case 0x0309:
                return 230;
        default:
                return 0;
        }
}

static size_t find_whole(uint32_t c) {
        size_t from = 0, to = ELEMENTS(pairs);

        while (from < to) {
                size_t mid = (from + to) / 2;

                if (pairs[mid].whole < c)
                        from = mid + 1;
                else
                        to = mid;
        }
        return from < ELEMENTS(pairs) && pairs[from].whole == c ? from : SIZE_MAX;
}

static uint32_t compose(uint32_t base, uint32_t mark) {
        for (size_t i = 0; i < ELEMENTS(pairs); i++)
                if (pairs[i].base == base && pairs[i].mark == mark)
                        return pairs[i].whole;
        return 0;
}

static uint32_t fold(uint32_t c) {
        if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7))
                return c + 0x20;
        if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177) ||
                        (c >= 0x1EA0 && c <= 0x1EFF))
                return c | 1;
        if (((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E) || c == 0x1AF) && (c & 1))
                return c + 1;
        return c == 0x1A0 ? 0x1A1 : c;
}

static bool is_blank(uint32_t c) {
        return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x1680 ||
               (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
               c == 0x3000;
}

/* A letter with its marks, not yet written. */
typedef struct Cluster {
        uint32_t base, marks[MARKS];
        size_t n;
        bool is_open;
} Cluster;

typedef struct Writer {
        Text *to;
        bool folds_case, has_gap; /* white space came and something stands before it */
        size_t begin;
        Cluster cluster;
} Writer;

static void put(Writer *w, uint32_t c) {
        char b[4];
        size_t n = 0;

        if (c < 0x80)
                b[n++] = (char) c;
        else if (c < 0x800) {
                b[n++] = (char) (0xC0 | c >> 6);
                b[n++] = (char) (0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
                b[n++] = (char) (0xE0 | c >> 12);
                b[n++] = (char) (0x80 | (c >> 6 & 0x3F));
                b[n++] = (char) (0x80 | (c & 0x3F));
        } else {
                b[n++] = (char) (0xF0 | c >> 18);
                b[n++] = (char) (0x80 | (c >> 12 & 0x3F));
                b[n++] = (char) (0x80 | (c >> 6 & 0x3F));
                b[n++] = (char) (0x80 | (c & 0x3F));
        }
        (void) text_add(w->to, (Bytes){ b, n });
}

/* Canonical order: stable by class (Unicode, 3.11). */
static void sort_marks(Cluster *c) {
        for (size_t i = 1; i < c->n; i++)
                for (size_t k = i; k && class_of(c->marks[k - 1]) > class_of(c->marks[k]); k--) {
                        uint32_t swap = c->marks[k];

                        c->marks[k] = c->marks[k - 1];
                        c->marks[k - 1] = swap;
                }
}

/* Composes what can be: a mark is blocked by one of its own class that stayed. */
static void flush(Writer *w) {
        Cluster *c = &w->cluster;
        uint32_t base = c->base;
        unsigned blocked = 0;
        size_t n_left = 0;

        if (!c->is_open)
                return;
        sort_marks(c);
        for (size_t i = 0; i < c->n; i++) {
                uint32_t whole = class_of(c->marks[i]) == blocked ? 0 : compose(base, c->marks[i]);

                if (whole)
                        base = whole;
                else {
                        blocked = class_of(c->marks[i]);
                        c->marks[n_left++] = c->marks[i];
                }
        }
        put(w, w->folds_case ? fold(base) : base);
        for (size_t i = 0; i < n_left; i++)
                put(w, c->marks[i]);
        c->is_open = false;
}

static void decompose(Cluster *c, uint32_t letter) {
        uint32_t marks[4];
        size_t n = 0, at;

        while (n < ELEMENTS(marks) && (at = find_whole(letter)) != SIZE_MAX) {
                marks[n++] = pairs[at].mark;
                letter = pairs[at].base;
        }
        *c = (Cluster){ .base = letter, .is_open = true };
        while (n)
                c->marks[c->n++] = marks[--n];
}

static void take(Writer *w, uint32_t c) {
        if (c == 0xFEFF)
                return;
        if (is_blank(c)) {
                flush(w);
                w->has_gap = w->to->len > w->begin;
                return;
        }
        if (class_of(c) && w->cluster.is_open && w->cluster.n < MARKS) {
                w->cluster.marks[w->cluster.n++] = c;
                return;
        }
        flush(w);
        if (w->has_gap)
                (void) text_add_char(w->to, ' ');
        w->has_gap = false;
        decompose(&w->cluster, c);
}

/* One character, *in moves on. False: no UTF-8 there. */
static bool next_character(Bytes *in, uint32_t *ret) {
        const unsigned char *b = (const unsigned char *) in->data;
        size_t n = b[0] < 0x80   ? 1
                   : b[0] < 0xC2 ? 0
                   : b[0] < 0xE0 ? 2
                   : b[0] < 0xF0 ? 3
                   : b[0] < 0xF5 ? 4
                                 : 0;
        uint32_t c;

        if (!n || n > in->len)
                return false;
        c = n == 1 ? b[0] : b[0] & (0xFFU >> (n + 1));
        for (size_t i = 1; i < n; i++) {
                if ((b[i] & 0xC0) != 0x80)
                        return false;
                c = c << 6 | (b[i] & 0x3F);
        }
        *in = (Bytes){ in->data + n, in->len - n };
        *ret = c;
        return true;
}

int name_normalise(Bytes name, bool folds_case, Text *ret) {
        Writer w = { .to = ret, .folds_case = folds_case, .begin = ret->len };

        while (name.len) {
                uint32_t c;

                if (next_character(&name, &c)) {
                        take(&w, c);
                        continue;
                }
                flush(&w);
                if (w.has_gap)
                        (void) text_add_char(ret, ' ');
                w.has_gap = false;
                (void) text_add_char(ret, *name.data);
                name = (Bytes){ name.data + 1, name.len - 1 };
        }
        flush(&w);
        return ret->is_full ? -E2BIG : 0;
}

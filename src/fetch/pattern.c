/* Date and time patterns of templates. */

#include "fetch/pattern.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"

/* Letters that have a meaning, and the longest run of each. A longer run, or a letter that other notations
 * use (Y, D, h, a, E, L), is a mistake that would otherwise be sent to the source as it stands. */
static const struct {
        char letter;
        unsigned widths;        /* bit n: a run of n is allowed */
} letters[] = {
        { 'y', 1 << 2 | 1 << 4 },
        { 'M', 1 << 1 | 1 << 2 },
        { 'd', 1 << 1 | 1 << 2 },
        { 'H', 1 << 1 | 1 << 2 },
        { 'm', 1 << 1 | 1 << 2 },
        { 's', 1 << 1 | 1 << 2 },
        { 'S', 1 << 3 | 1 << 6 },
        { 'X', 1 << 3 },
        { 'Y', 0 },
        { 'D', 0 },
        { 'h', 0 },
        { 'a', 0 },
        { 'E', 0 },
        { 'L', 0 },
};

static size_t run_length(Bytes p, size_t at) {
        size_t n = 1;

        while (at + n < p.len && p.data[at + n] == p.data[at])
                n++;
        return n;
}

/* At an opening quote: the index after the closing one, 0 when there is none. */
static size_t quoted_end(Bytes p, size_t at) {
        for (size_t i = at + 1; i < p.len; i++)
                if (p.data[i] == '\'')
                        return i + 1;
        return 0;
}

int pattern_verify(Bytes p) {
        size_t i = 0;

        if (p.len == 0)
                return err(-EINVAL, "the date pattern is empty");
        while (i < p.len) {
                size_t n = run_length(p, i);

                if (p.data[i] == '\'') {
                        i = quoted_end(p, i);
                        if (i == 0)
                                return err(-EINVAL, "the date pattern lacks a closing quote");
                        continue;
                }
                for (size_t k = 0; k < ELEMENTS(letters); k++)
                        if (letters[k].letter == p.data[i] && (n > 31 || !(letters[k].widths >> n & 1)))
                                return err(-EINVAL,
                                                "\"%.*s\" means nothing in a date pattern; known are yyyy yy "
                                                "MM M dd d HH H mm m ss s SSS XXX, 'text'",
                                                (int) n, p.data + i);
                i += n;
        }
        return 0;
}

static void render_offset(int32_t seconds, Text *ret) {
        unsigned minutes = (unsigned) abs(seconds) / 60;

        (void) text_printf(ret, "%c%02u:%02u", seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void render_run(char letter, size_t n, const Civil *c, int32_t offset, Text *ret) {
        int width = (int) n;

        switch (letter) {
        case 'y':
                (void) text_printf(ret, "%0*d", width, n == 2 ? c->year % 100 : c->year);
                return;
        case 'M':
                (void) text_printf(ret, "%0*u", width, c->month);
                return;
        case 'd':
                (void) text_printf(ret, "%0*u", width, c->day);
                return;
        case 'H':
                (void) text_printf(ret, "%0*u", width, c->hour);
                return;
        case 'm':
                (void) text_printf(ret, "%0*u", width, c->minute);
                return;
        case 's':
                (void) text_printf(ret, "%0*u", width, c->second);
                return;
        case 'S':
                (void) text_printf(ret, "%0*u", width, n == 3 ? c->usec / 1000 : c->usec);
                return;
        case 'X':
                render_offset(offset, ret);
                return;
        default:
                for (size_t i = 0; i < n; i++)
                        (void) text_add_char(ret, letter);
        }
}

void pattern_render(Bytes p, usec_t instant, const Zone *zone, Text *ret) {
        Civil c = zone_civil(zone, instant);
        int32_t offset = zone_offset(zone, instant);
        size_t i = 0;

        while (i < p.len) {
                size_t n = run_length(p, i);

                if (p.data[i] == '\'') {
                        size_t end = quoted_end(p, i);

                        /* '' is a quote. */
                        (void) text_add(ret, end == i + 2 ? BYTES_LIT("'")
                                                          : (Bytes){ p.data + i + 1, end - i - 2 });
                        i = end;
                        continue;
                }
                render_run(p.data[i], n, &c, offset, ret);
                i += n;
        }
}

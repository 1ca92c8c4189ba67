/* Display: width by two tables of ranges, taken from the Unicode Character Database (EastAsianWidth and the
 * categories Mn, Me, Cf) as far as text that people write goes. wcwidth() would need a locale, which a daemon
 * has no business to set. */

#include "observe/display.h"

typedef struct Range {
        uint32_t first, last;
} Range;

static const Range zero_wide[] = {
        { 0x00AD, 0x00AD },
        { 0x0300, 0x036F },
        { 0x0483, 0x0489 },
        { 0x0591, 0x05BD },
        { 0x0610, 0x061A },
        { 0x064B, 0x065F },
        { 0x0E31, 0x0E31 },
        { 0x0E34, 0x0E3A },
        { 0x0E47, 0x0E4E },
        { 0x1AB0, 0x1AFF },
        { 0x1DC0, 0x1DFF },
        { 0x200B, 0x200F },
        { 0x2060, 0x2064 },
        { 0x20D0, 0x20FF },
        { 0xFE00, 0xFE0F },
        { 0xFE20, 0xFE2F },
        { 0xFEFF, 0xFEFF },
        { 0xE0100, 0xE01EF },
};

static const Range double_wide[] = {
        { 0x1100, 0x115F },
        { 0x231A, 0x231B },
        { 0x23E9, 0x23EC },
        { 0x2614, 0x2615 },
        { 0x2705, 0x2705 },
        { 0x274C, 0x274C },
        { 0x2E80, 0x303E },
        { 0x3041, 0x33FF },
        { 0x3400, 0x4DBF },
        { 0x4E00, 0xA4CF },
        { 0xA960, 0xA97F },
        { 0xAC00, 0xD7A3 },
        { 0xF900, 0xFAFF },
        { 0xFE30, 0xFE6F },
        { 0xFF00, 0xFF60 },
        { 0xFFE0, 0xFFE6 },
        { 0x1F300, 0x1F64F },
        { 0x1F680, 0x1F6FF },
        { 0x1F900, 0x1F9FF },
        { 0x20000, 0x3FFFD },
};

#define REPLACEMENT "\xEF\xBF\xBD"
#define ELLIPSIS    "\xE2\x80\xA6"

static bool is_in(const Range *ranges, size_t n, uint32_t c) {
        for (size_t i = 0; i < n && ranges[i].first <= c; i++)
                if (c <= ranges[i].last)
                        return true;
        return false;
}

static size_t width_of(uint32_t c) {
        if (c < 0x300)
                return c != 0xAD;
        if (is_in(zero_wide, ELEMENTS(zero_wide), c))
                return 0;
        return is_in(double_wide, ELEMENTS(double_wide), c) ? 2 : 1;
}

/* Takes one character off the front; false at the end. What is not UTF-8 is one character a byte, with
 * *ret_bad set. */
static bool take_character(Bytes *rest, Bytes *ret_bytes, uint32_t *ret, bool *ret_bad) {
        unsigned char lead;
        size_t len;

        if (rest->len == 0)
                return false;
        lead = (unsigned char) rest->data[0];
        len = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        *ret_bad = len > rest->len || !bytes_is_utf8((Bytes){ rest->data, len }, NULL);
        if (*ret_bad)
                len = 1;
        *ret_bytes = (Bytes){ rest->data, len };
        *ret = len == 1 ? lead : lead & (0xFFu >> (len + 1));
        for (size_t i = 1; i < len; i++)
                *ret = *ret << 6 | ((unsigned char) rest->data[i] & 0x3F);
        *rest = (Bytes){ rest->data + len, rest->len - len };
        return true;
}

static bool is_unsafe(uint32_t c) {
        return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
               (c >= 0x2066 && c <= 0x2069);
}

/* The character as it may be shown, and its width. */
static bool take_clean(Bytes *rest, Bytes *ret, size_t *ret_width) {
        uint32_t c;
        bool is_bad;

        if (!take_character(rest, ret, &c, &is_bad))
                return false;
        *ret_width = is_bad ? 1 : width_of(c);
        if (is_bad || is_unsafe(c)) {
                *ret = !is_bad && (c == '\n' || c == '\t' || c == '\r') ? BYTES_LIT(" ")
                                                                        : BYTES_LIT(REPLACEMENT);
                *ret_width = 1;
        }
        return true;
}

size_t display_width(Bytes text) {
        size_t width = 0, w;
        Bytes c;

        while (take_clean(&text, &c, &w))
                width += w;
        return width;
}

void display_clean(Bytes text, Text *ret) {
        size_t w;
        Bytes c;

        while (take_clean(&text, &c, &w))
                (void) text_add(ret, c);
}

void display_cut(Bytes text, size_t max, Text *ret) {
        bool is_cut = display_width(text) > max;
        size_t width = 0, w;
        Bytes c;

        /* A combining mark belongs to the character before it, so it is taken even when no column is left. */
        while (take_clean(&text, &c, &w) && width + w <= max - is_cut) {
                (void) text_add(ret, c);
                width += w;
        }
        if (is_cut)
                (void) text_add_str(ret, ELLIPSIS);
}

static void add_spaces(size_t n, Text *ret) {
        while (n--)
                (void) text_add_char(ret, ' ');
}

void display_wrap(Bytes text, size_t indent, size_t max, Text *ret) {
        _cleanup_(text_done) Text clean = TEXT_INIT(ret->limit);
        size_t width = 0;
        Bytes rest;

        display_clean(text, &clean);
        rest = bytes_trim(text_bytes(&clean));
        while (rest.len) {
                const char *space = memchr(rest.data, ' ', rest.len);
                Bytes word = { rest.data, space ? (size_t) (space - rest.data) : rest.len };
                size_t w = display_width(word);

                rest = (Bytes){ rest.data + word.len + (space != NULL),
                        rest.len - word.len - (space != NULL) };
                if (word.len == 0)
                        continue;
                if (width && indent + width + 1 + w > max) {
                        (void) text_add_char(ret, '\n');
                        width = 0;
                }
                if (width)
                        (void) text_add_char(ret, ' ');
                else
                        add_spaces(indent, ret);
                (void) text_add(ret, word);
                width += w + (width > 0);
        }
        (void) text_add_char(ret, '\n');
}

void display_span(usec_t span, Text *ret) {
        if (span < USEC_MINUTE)
                (void) text_printf(ret, "%" PRIu64 " s", span / USEC_SEC);
        else if (span < USEC_HOUR)
                (void) text_printf(ret, "%" PRIu64 " min", span / USEC_MINUTE);
        else if (span < 2 * USEC_DAY)
                (void) text_printf(ret, "%" PRIu64 " h", span / USEC_HOUR);
        else
                (void) text_printf(ret, "%" PRIu64 " d", span / USEC_DAY);
}

void display_count(uint64_t n, Text *ret) {
        if (n < 1000) {
                (void) text_printf(ret, "%" PRIu64, n);
                return;
        }
        display_count(n / 1000, ret);
        (void) text_printf(ret, " %03" PRIu64, n % 1000);
}

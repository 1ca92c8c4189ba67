/* Numbers as sources write them, to canonical decimal text. No floating point. */

#include <errno.h>

#include "base/num.h"
#include "normalise/number.h"

enum { LONGEST = 200 }; /* bytes; no figure is longer, and num_canonical() refuses over 60 digits on a side */

const char *const number_form_words[] = { "plain", "vi", "en", "percent", NULL };

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* A blank between groups: space, U+00A0 or U+202F. Returns its length. */
static size_t blank_at(Bytes t, size_t i) {
        if (t.data[i] == ' ')
                return 1;
        if (i + 1 < t.len && memcmp(t.data + i, "\xC2\xA0", 2) == 0)
                return 2;
        if (i + 2 < t.len && memcmp(t.data + i, "\xE2\x80\xAF", 3) == 0)
                return 3;
        return 0;
}

static size_t digits_from(Bytes t, size_t i) {
        size_t n = 0;

        while (i + n < t.len && is_digit(t.data[i + n]))
                n++;
        return n;
}

/* -?digits with groups of three, then an optional decimal sign and digits. The sign between groups is the
 * same throughout. */
static int parse_grouped(Bytes t, char group, char decimal, Text *plain) {
        size_t i = 0, n, sign = 0;
        bool is_grouped = false;

        if (t.len && t.data[0] == '-') {
                (void) text_add_char(plain, '-');
                i++;
        }
        n = digits_from(t, i);
        if (!n)
                return -EINVAL;
        (void) text_add(plain, (Bytes){ t.data + i, n });
        for (i += n; i < t.len && t.data[i] != decimal; i += 3) {
                size_t blank = blank_at(t, i), length = blank ? blank : 1;

                if (!blank && t.data[i] != group)
                        return -EINVAL;
                if (is_grouped ? sign != blank : n > 3)
                        return -EINVAL;
                sign = blank;
                is_grouped = true;
                i += length;
                if (digits_from(t, i) < 3 || (digits_from(t, i) != 3))
                        return -EINVAL;
                (void) text_add(plain, (Bytes){ t.data + i, 3 });
        }
        if (i == t.len)
                return 0;
        n = digits_from(t, i + 1);
        if (!n || i + 1 + n != t.len)
                return -EINVAL;
        (void) text_add_char(plain, '.');
        return text_add(plain, (Bytes){ t.data + i + 1, n });
}

static int parse_percent(Bytes t, Text *plain) {
        Bytes number;

        if (!t.len || t.data[t.len - 1] != '%')
                return -EINVAL;
        number = bytes_trim((Bytes){ t.data, t.len - 1 });
        for (size_t i = 0; i < number.len; i++)
                (void) text_add_char(plain, number.data[i] == ',' ? '.' : number.data[i]);
        return 0;
}

int number_parse(Bytes text, NumberForm form, Text *ret) {
        _cleanup_(text_done) Text plain = TEXT_INIT(LONGEST);
        Bytes t = bytes_trim(text);
        int r = 0;

        if (!t.len || t.len > LONGEST)
                return t.len ? -ERANGE : -EINVAL;
        switch (form) {
        case NUMBER_VI:
                r = parse_grouped(t, '.', ',', &plain);
                break;
        case NUMBER_EN:
                r = parse_grouped(t, ',', '.', &plain);
                break;
        case NUMBER_PERCENT:
                r = parse_percent(t, &plain);
                break;
        case NUMBER_PLAIN:
        case _NUMBER_FORM_MAX:
                r = text_add(&plain, t);
                break;
        }
        return r < 0 ? r : num_canonical(text_bytes(&plain), ret);
}

/* ---- sums ---- */

typedef struct Decimal {
        bool is_negative;
        Bytes whole, fraction;
} Decimal;

static Decimal split(Bytes t) {
        Decimal d = {};
        const char *point;

        if (t.len && t.data[0] == '-') {
                d.is_negative = true;
                t = (Bytes){ t.data + 1, t.len - 1 };
        }
        point = t.len ? memchr(t.data, '.', t.len) : NULL;
        d.whole = (Bytes){ t.data, point ? (size_t) (point - t.data) : t.len };
        d.fraction = point ? (Bytes){ point + 1, t.len - d.whole.len - 1 } : BYTES_NULL;
        return d;
}

/* Digits on one grid: whole[0] is the highest place of n_whole. */
static int digit_at(const Decimal *d, size_t i, size_t n_whole) {
        if (i < n_whole) {
                size_t lead = n_whole - d->whole.len;

                return i < lead ? 0 : d->whole.data[i - lead] - '0';
        }
        i -= n_whole;
        return i < d->fraction.len ? d->fraction.data[i] - '0' : 0;
}

static int compare_digits(const Decimal *a, const Decimal *b, size_t n_whole, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (digit_at(a, i, n_whole) != digit_at(b, i, n_whole))
                        return digit_at(a, i, n_whole) - digit_at(b, i, n_whole);
        return 0;
}

int number_add(Bytes a_text, Bytes b_text, Text *ret) {
        _cleanup_(text_done) Text out = TEXT_INIT(2 * LONGEST + 8);
        Decimal a = split(a_text), b = split(b_text);
        size_t n_whole = (a.whole.len > b.whole.len ? a.whole.len : b.whole.len) + 1;
        size_t n_fraction = a.fraction.len > b.fraction.len ? a.fraction.len : b.fraction.len;
        size_t n = n_whole + n_fraction;
        char digits[2 * LONGEST + 8];
        int carry = 0, sign = 1;

        if (n > sizeof(digits) - 2)
                return -ERANGE;
        if (a.is_negative != b.is_negative) {
                sign = -1;
                if (compare_digits(&a, &b, n_whole, n) < 0) {
                        Decimal swap = a;

                        a = b;
                        b = swap;
                }
        }
        for (size_t i = n; i-- > 0;) {
                int v = digit_at(&a, i, n_whole) + sign * (digit_at(&b, i, n_whole) + carry);

                carry = v > 9 || v < 0;
                digits[i] = (char) ('0' + (v + 10) % 10);
        }
        if (a.is_negative)
                (void) text_add_char(&out, '-');
        (void) text_add(&out, (Bytes){ digits, n_whole });
        if (n_fraction) {
                (void) text_add_char(&out, '.');
                (void) text_add(&out, (Bytes){ digits + n_whole, n_fraction });
        }
        return num_canonical(text_bytes(&out), ret);
}

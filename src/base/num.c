/* Strict numbers in text: integers, and decimals of any length that stay text. */

#include <assert.h>
#include <errno.h>

#include "base/num.h"

enum {
        DIGITS_MAX = 60,                /* on either side of the point; numeric of the database takes far more */
        EXPONENT_MAX = 1000000000,      /* what is beyond is out of range in any case */
};

/* A decimal taken apart. Its digits are numbered from 0 across the point; only first..last matter. */
typedef struct Decimal {
        bool is_negative;
        const char *whole, *fraction;
        size_t n_whole, n_fraction;
        int64_t exponent;
        size_t first, last;     /* of the digits that are not 0 */
        bool is_zero;
} Decimal;

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

int num_parse_u64(Bytes text, uint64_t *ret) {
        uint64_t v = 0;

        if (text.len == 0)
                return -EINVAL;
        for (size_t i = 0; i < text.len; i++)
                if (!is_digit(text.data[i]))
                        return -EINVAL;
        for (size_t i = 0; i < text.len; i++)
                if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t) (text.data[i] - '0'), &v))
                        return -ERANGE;
        *ret = v;
        return 0;
}

int num_parse_i64(Bytes text, int64_t *ret) {
        bool is_negative = text.len && text.data[0] == '-';
        uint64_t v;
        int r;

        if (is_negative)
                text = (Bytes){ text.data + 1, text.len - 1 };
        r = num_parse_u64(text, &v);
        if (r < 0)
                return r;
        if (v > (uint64_t) INT64_MAX + is_negative)
                return -ERANGE;
        /* Two steps, because the magnitude of INT64_MIN has no positive int64_t. */
        *ret = is_negative && v ? -(int64_t) (v - 1) - 1 : (int64_t) v;
        return 0;
}

static size_t count_digits(Bytes text, size_t at) {
        size_t n = 0;

        while (at + n < text.len && is_digit(text.data[at + n]))
                n++;
        return n;
}

/* [eE][+-]?digits up to the end of the text. */
static bool parse_exponent(Bytes text, size_t at, int64_t *ret) {
        bool is_negative;
        int64_t v = 0;

        if (at == text.len) {
                *ret = 0;
                return true;
        }
        if (text.data[at] != 'e' && text.data[at] != 'E')
                return false;
        at++;
        is_negative = at < text.len && text.data[at] == '-';
        if (at < text.len && (text.data[at] == '-' || text.data[at] == '+'))
                at++;
        if (at == text.len || at + count_digits(text, at) != text.len)
                return false;
        for (; at < text.len; at++)
                if (v < EXPONENT_MAX)
                        v = v * 10 + (text.data[at] - '0');
        *ret = is_negative ? -v : v;
        return true;
}

static char digit_at(const Decimal *d, size_t i) {
        return i < d->n_whole ? d->whole[i] : d->fraction[i - d->n_whole];
}

static void find_digits(Decimal *d) {
        size_t n = d->n_whole + d->n_fraction;

        d->is_zero = true;
        for (size_t i = 0; i < n; i++) {
                if (digit_at(d, i) == '0')
                        continue;
                if (d->is_zero)
                        d->first = i;
                d->last = i;
                d->is_zero = false;
        }
}

static bool decimal_parse(Bytes text, Decimal *ret) {
        Decimal d = {};
        size_t at = 0;

        if (at < text.len && text.data[at] == '-') {
                d.is_negative = true;
                at++;
        }
        d.whole = text.data + at;
        d.n_whole = count_digits(text, at);
        if (d.n_whole == 0)
                return false;
        at += d.n_whole;
        if (at < text.len && text.data[at] == '.') {
                at++;
                d.fraction = text.data + at;
                d.n_fraction = count_digits(text, at);
                if (d.n_fraction == 0)
                        return false;
                at += d.n_fraction;
        }
        if (!parse_exponent(text, at, &d.exponent))
                return false;
        find_digits(&d);
        *ret = d;
        return true;
}

/* Where the point lies, counted in digits from digit 0. */
static int64_t decimal_point(const Decimal *d) {
        return (int64_t) d->n_whole + d->exponent;
}

static int decimal_render(const Decimal *d, Text *ret) {
        int64_t point = decimal_point(d), first = (int64_t) d->first, last = (int64_t) d->last;

        if (d->is_zero)
                return text_add_char(ret, '0');
        if (point - first > DIGITS_MAX || last + 1 - point > DIGITS_MAX)
                return -ERANGE;
        if (d->is_negative)
                (void) text_add_char(ret, '-');
        if (point <= first)
                (void) text_add_char(ret, '0');
        for (int64_t i = first; i < point; i++)
                (void) text_add_char(ret, i <= last ? digit_at(d, (size_t) i) : '0');
        if (last >= point)
                (void) text_add_char(ret, '.');
        for (int64_t i = point; i <= last; i++)
                (void) text_add_char(ret, i >= first ? digit_at(d, (size_t) i) : '0');
        return ret->is_full ? -E2BIG : 0;
}

bool num_is_decimal(Bytes text) {
        Decimal d;

        return decimal_parse(text, &d);
}

int num_canonical(Bytes text, Text *ret) {
        return num_shift(text, 0, ret);
}

/* Of two numbers that are not 0, without their signs. */
static int compare_magnitude(const Decimal *a, const Decimal *b) {
        int64_t size_a = decimal_point(a) - (int64_t) a->first, size_b = decimal_point(b) - (int64_t) b->first;

        if (size_a != size_b)
                return size_a < size_b ? -1 : 1;
        for (size_t i = 0; a->first + i <= a->last || b->first + i <= b->last; i++) {
                char x = a->first + i <= a->last ? digit_at(a, a->first + i) : '0';
                char y = b->first + i <= b->last ? digit_at(b, b->first + i) : '0';

                if (x != y)
                        return x < y ? -1 : 1;
        }
        return 0;
}

static int decimal_sign(const Decimal *d) {
        return d->is_zero ? 0 : d->is_negative ? -1 : 1;
}

int num_compare(Bytes a, Bytes b) {
        Decimal x, y;
        bool is_x, is_y;
        int sign;

        is_x = decimal_parse(a, &x);
        is_y = decimal_parse(b, &y);
        assert(is_x && is_y);
        sign = decimal_sign(&x);
        if (sign != decimal_sign(&y))
                return sign < decimal_sign(&y) ? -1 : 1;
        return sign * (sign ? compare_magnitude(&x, &y) : 0);
}

int num_shift(Bytes text, int power, Text *ret) {
        Decimal d;

        if (!decimal_parse(text, &d))
                return -EINVAL;
        d.exponent += power;
        return decimal_render(&d, ret);
}

/* URLs (RFC 3986, http and https only) and HTTP dates (RFC 9110). */

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/num.h"
#include "calendar/zone.h"
#include "fetch/message.h"

void url_encode(Bytes raw, Text *ret) {
        for (size_t i = 0; i < raw.len; i++) {
                unsigned char c = (unsigned char) raw.data[i];

                if (c < 0x80 && (isalnum(c) || strchr("-._~", c)) && c != '\0')
                        (void) text_add_char(ret, (char) c);
                else
                        (void) text_printf(ret, "%%%02X", c);
        }
}

/* An absolute URL in its parts; the fragment is left out. */
typedef struct UrlParts {
        bool is_https;
        Bytes authority;        /* as it stands */
        Bytes host;             /* with the brackets of an IPv6 address */
        uint64_t port;
        Bytes path;             /* with the slash; may be empty */
        Bytes query;            /* with the question mark; may be empty */
} UrlParts;

static bool starts_nocase(Bytes b, const char *prefix) {
        size_t n = strlen(prefix);

        return b.len >= n && strncasecmp(b.data, prefix, n) == 0;
}

static Bytes cut(Bytes b, size_t n) {
        return (Bytes){ b.data + n, b.len - n };
}

/* Length up to the first of these characters. */
static size_t span_until(Bytes b, const char *stops) {
        size_t i = 0;

        while (i < b.len && !memchr(stops, b.data[i], strlen(stops)))
                i++;
        return i;
}

static bool has_bad_character(Bytes b) {
        for (size_t i = 0; i < b.len; i++)
                if ((unsigned char) b.data[i] <= 0x20 || (unsigned char) b.data[i] == 0x7f)
                        return true;
        return false;
}

static void split_path(Bytes b, UrlParts *ret) {
        size_t n;

        b.len = span_until(b, "#");
        n = span_until(b, "?");
        ret->path = (Bytes){ b.data, n };
        ret->query = cut(b, n);
}

static int split_authority(Bytes authority, UrlParts *ret) {
        size_t n;

        ret->authority = authority;
        ret->port = ret->is_https ? 443 : 80;
        if (memchr(authority.data, '@', authority.len))
                return err(-EINVAL, "a URL must not carry a user name; give it under \"auth:\"");
        if (bytes_starts(authority, "[")) {
                n = span_until(authority, "]");
                if (n == authority.len)
                        return err(-EINVAL, "the address in the URL lacks its \"]\"");
                n++;
        } else {
                n = span_until(authority, ":");
        }
        ret->host = (Bytes){ authority.data, n };
        authority = cut(authority, n);
        if (ret->host.len == 0 || (authority.len > 0 && authority.data[0] != ':'))
                return err(-EINVAL, "the URL names no host");
        if (authority.len > 1 && (num_parse_u64(cut(authority, 1), &ret->port) < 0 || ret->port == 0 ||
                                                 ret->port > 65535))
                return err(-EINVAL, "the port in the URL is not a number from 1 to 65535");
        return 0;
}

static int url_split(Bytes url, UrlParts *ret) {
        UrlParts u = {};
        size_t n;
        int r;

        if (starts_nocase(url, "https://"))
                u.is_https = true;
        else if (!starts_nocase(url, "http://"))
                return err(-EINVAL, "\"%.*s\" does not begin with http:// or https://",
                                (int) (url.len < 80 ? url.len : 80), url.data);
        if (has_bad_character(url))
                return err(-EINVAL, "the URL holds a space or a control character");
        url = cut(url, u.is_https ? 8 : 7);
        n = span_until(url, "/?#");
        r = split_authority((Bytes){ url.data, n }, &u);
        if (r < 0)
                return r;
        split_path(cut(url, n), &u);
        *ret = u;
        return 0;
}

int url_origin(const char *url, Text *ret) {
        UrlParts u;
        int r;

        r = url_split(bytes_of(url), &u);
        if (r < 0)
                return r;
        (void) text_add_str(ret, u.is_https ? "https://" : "http://");
        for (size_t i = 0; i < u.host.len; i++)
                (void) text_add_char(ret, (char) tolower((unsigned char) u.host.data[i]));
        (void) text_printf(ret, ":%" PRIu64, u.port);
        return ret->is_full ? -E2BIG : 0;
}

/* RFC 3986 part 5.2.4, on a path that begins with a slash. */
static void add_without_dots(Bytes path, Text *ret) {
        size_t start = ret->len;

        while (path.len > 0) {
                size_t n = 1 + span_until(cut(path, 1), "/");
                Bytes segment = { path.data, n };
                bool is_last = n == path.len;

                path = cut(path, n);
                if (bytes_equal_str(segment, "/.") || bytes_equal_str(segment, "/..")) {
                        if (segment.len == 3) {
                                while (ret->len > start && ret->data[ret->len - 1] != '/')
                                        ret->len--;
                                if (ret->len > start)
                                        ret->len--;
                        }
                        if (is_last)
                                (void) text_add_char(ret, '/');
                        continue;
                }
                (void) text_add(ret, segment);
        }
        if (ret->data)
                ret->data[ret->len] = '\0';
}

static void add_base(const UrlParts *b, Text *ret) {
        (void) text_add_str(ret, b->is_https ? "https://" : "http://");
        (void) text_add(ret, b->authority);
}

/* The folder of the base's path and ref's path behind it. */
static int merge_paths(const UrlParts *base, Bytes ref, Text *ret) {
        size_t n = base->path.len;

        while (n > 0 && base->path.data[n - 1] != '/')
                n--;
        (void) text_add(ret, n > 0 ? (Bytes){ base->path.data, n } : BYTES_LIT("/"));
        return text_add(ret, ref);
}

/* "scheme:" before any slash, question mark or hash. */
static bool has_scheme(Bytes ref) {
        size_t n = span_until(ref, "/?#:");

        return n > 0 && n < ref.len && ref.data[n] == ':' && isalpha((unsigned char) ref.data[0]);
}

static int join_relative(const UrlParts *base, Bytes ref, Text *ret) {
        _cleanup_(text_done) Text merged = TEXT_INIT(ret->limit);
        UrlParts r = {};

        split_path(ref, &r);
        add_base(base, ret);
        if (r.path.len == 0) {
                (void) text_add(ret, base->path);
                (void) text_add(ret, r.query.len > 0 ? r.query : base->query);
                return 0;
        }
        if (r.path.data[0] == '/')
                (void) text_add(&merged, r.path);
        else
                (void) merge_paths(base, r.path, &merged);
        add_without_dots(text_bytes(&merged), ret);
        (void) text_add(ret, r.query);
        return 0;
}

int url_join(const char *base, Bytes ref, Text *ret) {
        UrlParts b, absolute;
        int r;

        r = url_split(bytes_of(base), &b);
        if (r < 0)
                return r;
        if (has_bad_character(ref))
                return err(-EINVAL, "the address holds a space or a control character");
        if (has_scheme(ref) || bytes_starts(ref, "//")) {
                _cleanup_(text_done) Text full = TEXT_INIT(ret->limit);

                if (!has_scheme(ref))
                        (void) text_add_str(&full, b.is_https ? "https:" : "http:");
                (void) text_add(&full, ref);
                r = url_split(text_bytes(&full), &absolute);
                if (r < 0)
                        return r;
                add_base(&absolute, ret);
                if (absolute.path.len > 0)
                        add_without_dots(absolute.path, ret);
                (void) text_add(ret, absolute.query);
                return ret->is_full ? -E2BIG : 0;
        }
        (void) join_relative(&b, ref, ret);
        return ret->is_full ? -E2BIG : 0;
}

/* A pattern of the three forms of RFC 9110 part 5.6.7: d digit of day, D day that may be padded with a
 * space, b month name, Y year, y year of two digits, T time, w name of the week day (its length is free);
 * anything else stands for itself. */
typedef struct DateScan {
        Bytes text;
        int year;
        unsigned month, day, hour, minute, second;
} DateScan;

static bool take_number(DateScan *s, size_t digits, unsigned *ret) {
        unsigned v = 0;

        if (s->text.len < digits)
                return false;
        for (size_t i = 0; i < digits; i++) {
                char c = s->text.data[i];

                if (c < '0' || c > '9')
                        return false;
                v = v * 10 + (unsigned) (c - '0');
        }
        s->text = cut(s->text, digits);
        *ret = v;
        return true;
}

static bool take_char(DateScan *s, char c) {
        if (s->text.len == 0 || s->text.data[0] != c)
                return false;
        s->text = cut(s->text, 1);
        return true;
}

static bool take_month(DateScan *s) {
        static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
                "Oct", "Nov", "Dec" };

        for (unsigned i = 0; i < 12; i++)
                if (bytes_starts(s->text, months[i])) {
                        s->month = i + 1;
                        s->text = cut(s->text, 3);
                        return true;
                }
        return false;
}

static bool take_week_day(DateScan *s) {
        size_t n = 0;

        while (n < s->text.len && isalpha((unsigned char) s->text.data[n]))
                n++;
        s->text = cut(s->text, n);
        return n >= 3;
}

/* RFC 9110: a year of two digits that seems to be more than 50 years ahead means the past; the bound is
 * fixed here, so that the function stays pure. */
static bool take_year(DateScan *s, size_t digits) {
        unsigned y;

        if (!take_number(s, digits, &y))
                return false;
        s->year = (int) (digits == 2 ? (y < 70 ? 2000 + y : 1900 + y) : y);
        return true;
}

static bool take_date_part(DateScan *s, char what) {
        switch (what) {
        case 'w':
                return take_week_day(s);
        case 'D':
                if (take_char(s, ' '))
                        return take_number(s, 1, &s->day);
                return take_number(s, 2, &s->day);
        case 'b':
                return take_month(s);
        case 'Y':
                return take_year(s, 4);
        case 'y':
                return take_year(s, 2);
        case 'T':
                return take_number(s, 2, &s->hour) && take_char(s, ':') && take_number(s, 2, &s->minute) &&
                       take_char(s, ':') && take_number(s, 2, &s->second);
        default:
                return take_char(s, what);
        }
}

int http_date_parse(Bytes text, int64_t *ret) {
        static const char *const forms[] = { "w, D b Y T GM*", "w, D-b-y T GM*", "w b D T Y" };

        for (size_t i = 0; i < ELEMENTS(forms); i++) {
                DateScan s = { .text = bytes_trim(text) };
                const char *p = forms[i];

                /* "*" stands for the T of GMT, which is the time otherwise. */
                while (*p && (*p == '*' ? take_char(&s, 'T') : take_date_part(&s, *p)))
                        p++;
                if (*p || s.text.len > 0)
                        continue;
                if (s.year < 1 || s.month == 0 || !day_is_valid(s.year, s.month, s.day) || s.hour > 23 ||
                                s.minute > 59 || s.second > 60)
                        return -EINVAL;
                *ret = (int64_t) day_of(s.year, s.month, s.day) * 86400 + (int64_t) s.hour * 3600 +
                       (int64_t) s.minute * 60 + s.second;
                return 0;
        }
        return -EINVAL;
}

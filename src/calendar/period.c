/* Reporting periods: month, quarter, half, 9 months, year, by the calendar or from the 15th to the 14th.
 *
 * Both calendars are counted in report months: by the calendar the month of the day; by 15-14 the month whose 14th comes next, so that
 * 15 December belongs to January of the year after (Nghị định 09/2019/NĐ-CP, Điều 12). All longer periods are whole report months. */

#include <assert.h>
#include <errno.h>

#include "base/num.h"
#include "calendar/period.h"

static const char *const kinds[_PERIOD_KIND_MAX] = {
        [PERIOD_DAY] = "day",
        [PERIOD_MONTH] = "month",
        [PERIOD_QUARTER] = "quarter",
        [PERIOD_HALF] = "half",
        [PERIOD_NINE_MONTHS] = "nine_months",
        [PERIOD_YEAR] = "year",
        [PERIOD_SPAN] = "span",
};

static const char *const calendars[_CALENDAR_KIND_MAX] = {
        [CALENDAR_CIVIL] = "calendar",
        [CALENDAR_15_14] = "15-14",
};

/* How many report months; 0: not counted in months. */
static const unsigned month_counts[_PERIOD_KIND_MAX] = {
        [PERIOD_MONTH] = 1,
        [PERIOD_QUARTER] = 3,
        [PERIOD_HALF] = 6,
        [PERIOD_NINE_MONTHS] = 9,
        [PERIOD_YEAR] = 12,
};

const char *period_kind_name(PeriodKind k) {
        assert((unsigned) k < _PERIOD_KIND_MAX);
        return kinds[k];
}

const char *calendar_kind_name(CalendarKind c) {
        assert((unsigned) c < _CALENDAR_KIND_MAX);
        return calendars[c];
}

bool period_kind_of(Bytes word, PeriodKind *ret) {
        for (unsigned i = 0; i < _PERIOD_KIND_MAX; i++)
                if (bytes_equal_str(word, kinds[i])) {
                        *ret = (PeriodKind) i;
                        return true;
                }
        return false;
}

bool calendar_kind_of(Bytes word, CalendarKind *ret) {
        for (unsigned i = 0; i < _CALENDAR_KIND_MAX; i++)
                if (bytes_equal_str(word, calendars[i])) {
                        *ret = (CalendarKind) i;
                        return true;
                }
        return false;
}

/* The report month of a day. */
static void report_month(CalendarKind calendar, Day d, int *ret_year, unsigned *ret_month) {
        unsigned day;

        day_split(d, ret_year, ret_month, &day);
        if (calendar == CALENDAR_15_14 && day >= 15 && ++*ret_month > 12) {
                *ret_month = 1;
                ++*ret_year;
        }
}

/* n report months from a first one. Days are computed without day_of(), whose years end at 9999. */
static Period of_months(PeriodKind kind, CalendarKind calendar, int year, unsigned first) {
        Day start = (Day) usec_days_of(year, first, 1);
        Period p = { .kind = kind, .calendar = calendar };

        p.from = start;
        p.to = day_add_months(start, (int) month_counts[kind]) - 1;
        if (calendar == CALENDAR_15_14) {
                p.from = day_add_months(p.from, -1) + 14;
                p.to = day_add_months(p.to + 1, -1) + 13;
        }
        return p;
}

bool period_containing(PeriodKind kind, CalendarKind calendar, Day d, Period *ret) {
        int year;
        unsigned month, count = month_counts[kind];

        if (kind == PERIOD_SPAN)
                return false;
        if (kind == PERIOD_DAY) {
                *ret = (Period){ .kind = kind, .calendar = calendar, .from = d, .to = d };
                return true;
        }
        report_month(calendar, d, &year, &month);
        if (kind == PERIOD_NINE_MONTHS && month > 9)
                return false;
        *ret = of_months(kind, calendar, year, (month - 1) / count * count + 1);
        return true;
}

static Day year_start(CalendarKind calendar, Day d) {
        int year;
        unsigned month;

        report_month(calendar, d, &year, &month);
        return of_months(PERIOD_YEAR, calendar, year, 1).from;
}

/* The whole period of which p is the whole, a part up to a day, or the sum since the start of the year. False: none, as for a span. */
static bool whole_of(const Period *p, Period *ret) {
        return period_containing(p->kind, p->calendar, p->to, ret);
}

static Period like(const Period *p, Period found) {
        found.is_cumulative = p->is_cumulative;
        if (p->is_cumulative)
                found.from = year_start(p->calendar, found.to);
        return found;
}

static Period nine_months_of(const Period *p, int years) {
        int year;
        unsigned month;

        report_month(p->calendar, p->to, &year, &month);
        return like(p, of_months(PERIOD_NINE_MONTHS, p->calendar, year + years, 1));
}

Period period_next(const Period *p) {
        Period whole, next = *p;
        bool is_found;

        assert(p->kind != PERIOD_SPAN);
        if (p->kind == PERIOD_NINE_MONTHS)
                return nine_months_of(p, 1);
        is_found = whole_of(p, &whole) && period_containing(p->kind, p->calendar, whole.to + 1, &next);
        assert(is_found);
        return like(p, next);
}

Period period_prev(const Period *p) {
        Period whole, prev = *p;
        bool is_found;

        assert(p->kind != PERIOD_SPAN);
        if (p->kind == PERIOD_NINE_MONTHS)
                return nine_months_of(p, -1);
        is_found = whole_of(p, &whole) && period_containing(p->kind, p->calendar, whole.from - 1, &prev);
        assert(is_found);
        return like(p, prev);
}

bool period_equal(const Period *a, const Period *b) {
        return a->kind == b->kind && a->calendar == b->calendar && a->from == b->from && a->to == b->to && a->is_cumulative == b->is_cumulative;
}

bool period_contains(const Period *p, Day d) {
        return d >= p->from && d <= p->to;
}

bool period_is_over(const Period *p, Day today) {
        return p->to < today;
}

void period_label(const Period *p, int *ret_year, unsigned *ret_number) {
        unsigned month, count = month_counts[p->kind];

        if (count == 0) {
                unsigned day;

                day_split(p->to, ret_year, &month, &day);
                *ret_number = (unsigned) (p->to - (Day) usec_days_of(*ret_year, 1, 1)) + 1;
                return;
        }
        report_month(p->calendar, p->to, ret_year, &month);
        *ret_number = (month - 1) / count + 1;
}

static void render_word(const Period *p, Text *ret) {
        int year;
        unsigned number;

        period_label(p, &year, &number);
        switch (p->kind) {
        case PERIOD_MONTH:
                (void) text_printf(ret, "%04d-%02u", year, number);
                break;
        case PERIOD_QUARTER:
                (void) text_printf(ret, "%04d-Q%u", year, number);
                break;
        case PERIOD_HALF:
                (void) text_printf(ret, "%04d-H%u", year, number);
                break;
        case PERIOD_NINE_MONTHS:
                (void) text_printf(ret, "%04d-9M", year);
                break;
        case PERIOD_YEAR:
                (void) text_printf(ret, "%04d", year);
                break;
        default:
                day_render(p->to, ret);
        }
}

/* Whether the word alone, or the word and the last day, say it all. */
static bool is_regular(const Period *p, const Period *whole) {
        return p->from == (p->is_cumulative ? year_start(p->calendar, p->to) : whole->from);
}

void period_render(const Period *p, Text *ret) {
        Period whole;

        if (p->is_cumulative)
                (void) text_add_char(ret, '~');
        if (whole_of(p, &whole) && is_regular(p, &whole)) {
                render_word(p, ret);
                if (p->to != whole.to) {
                        (void) text_add_char(ret, '/');
                        day_render(p->to, ret);
                }
        } else {
                day_render(p->from, ret);
                (void) text_add_char(ret, '/');
                day_render(p->to, ret);
        }
        if (p->calendar == CALENDAR_15_14)
                (void) text_add_str(ret, "@15-14");
}

static bool read_number(Bytes text, unsigned *ret) {
        uint64_t v;

        if (num_parse_u64(text, &v) < 0 || v > 9999)
                return false;
        *ret = (unsigned) v;
        return true;
}

static Bytes slice(Bytes b, size_t from, size_t len) {
        return (Bytes){ b.data + from, len };
}

/* "2024", "2024-03", "2024-Q1", "2024-H1", "2024-9M" or a day. */
static bool parse_word(Bytes word, CalendarKind calendar, Period *ret) {
        static const struct {
                char letter;
                PeriodKind kind;
        } lettered[] = { { 'Q', PERIOD_QUARTER }, { 'H', PERIOD_HALF } };
        unsigned year, number;
        Day day;

        if (word.len == 10)
                return day_parse(word, &day) == 0 && period_containing(PERIOD_DAY, calendar, day, ret);
        if (word.len < 4 || !read_number(slice(word, 0, 4), &year) || year < 1)
                return false;
        if (word.len == 4) {
                *ret = of_months(PERIOD_YEAR, calendar, (int) year, 1);
                return true;
        }
        if (word.len != 7 || word.data[4] != '-')
                return false;
        if (bytes_ends(word, "-9M")) {
                *ret = of_months(PERIOD_NINE_MONTHS, calendar, (int) year, 1);
                return true;
        }
        for (size_t i = 0; i < ELEMENTS(lettered); i++) {
                unsigned count = month_counts[lettered[i].kind];

                if (word.data[5] != lettered[i].letter)
                        continue;
                if (!read_number(slice(word, 6, 1), &number) || number < 1 || number > 12 / count)
                        return false;
                *ret = of_months(lettered[i].kind, calendar, (int) year, (number - 1) * count + 1);
                return true;
        }
        if (!read_number(slice(word, 5, 2), &number) || number < 1 || number > 12)
                return false;
        *ret = of_months(PERIOD_MONTH, calendar, (int) year, number);
        return true;
}

int period_parse(Bytes text, Period *ret) {
        CalendarKind calendar = CALENDAR_CIVIL;
        bool is_cumulative = bytes_starts(text, "~");
        size_t slash;
        Period p;
        Day to;

        if (is_cumulative)
                text = slice(text, 1, text.len - 1);
        if (bytes_ends(text, "@15-14")) {
                calendar = CALENDAR_15_14;
                text.len -= strlen("@15-14");
        }
        if (!bytes_find(text, BYTES_LIT("/"), &slash))
                slash = text.len;
        if (!parse_word(slice(text, 0, slash), calendar, &p))
                return -EINVAL;
        if (slash < text.len) {
                if (day_parse(slice(text, slash + 1, text.len - slash - 1), &to) < 0 || to < p.from)
                        return -EINVAL;
                if (p.kind == PERIOD_DAY)
                        p.kind = PERIOD_SPAN;
                else if (to > p.to)
                        return -EINVAL;
                p.to = to;
        }
        p.is_cumulative = is_cumulative;
        if (is_cumulative && p.kind != PERIOD_SPAN)
                p.from = year_start(calendar, p.to);
        *ret = p;
        return 0;
}

/* Reporting periods: day, month, quarter, half, 9 months, year; each by the calendar or from the 15th to the 14th
 * (Nghị định 09/2019/NĐ-CP, Art. 12). Both ends inclusive. */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"
#include "calendar/zone.h"

typedef enum PeriodKind {
        PERIOD_DAY,
        PERIOD_MONTH,
        PERIOD_QUARTER,
        PERIOD_HALF,
        PERIOD_NINE_MONTHS,
        PERIOD_YEAR,
        PERIOD_SPAN,            /* any other interval of days */
        _PERIOD_KIND_MAX,
} PeriodKind;

typedef enum CalendarKind {
        CALENDAR_CIVIL,         /* word "calendar" */
        CALENDAR_15_14,         /* word "15-14": month M runs from the 15th of the month before to the 14th of M */
        _CALENDAR_KIND_MAX,
} CalendarKind;

typedef struct Period {
        PeriodKind kind;
        CalendarKind calendar;
        Day from;               /* inclusive */
        Day to;                 /* inclusive */
        bool is_cumulative;     /* counts from the start of its year up to `to` */
} Period;

const char *period_kind_name(PeriodKind k);             /* "day", "month", "quarter", "half", "nine_months", "year", "span" */
const char *calendar_kind_name(CalendarKind c);         /* "calendar", "15-14" */
bool period_kind_of(Bytes word, PeriodKind *ret);
bool calendar_kind_of(Bytes word, CalendarKind *ret);

/* The period of that kind in which day d lies. 9 months: January to September of d's year, false after it. SPAN: false. */
bool period_containing(PeriodKind kind, CalendarKind calendar, Day d, Period *ret);
Period period_next(const Period *p);                    /* the following one of the same kind; asserts that kind != SPAN, NINE_MONTHS goes to the next year */
Period period_prev(const Period *p);
bool period_equal(const Period *a, const Period *b);
bool period_contains(const Period *p, Day d);
bool period_is_over(const Period *p, Day today);        /* p->to < today */

/* The year and the number in it that name the period: month 3 of 2024 (15-14: the month it ends in), quarter 1..4, half 1..2. */
void period_label(const Period *p, int *ret_year, unsigned *ret_number);

/* "2024-03", "2024-Q1", "2024-H1", "2024-9M", "2024", "2024-03-01", "2024-01-01/2024-02-17"; "15-14" ones end in "@15-14", cumulative ones begin with "~". */
void period_render(const Period *p, Text *ret);
int period_parse(Bytes text, Period *ret);              /* the inverse; -EINVAL */

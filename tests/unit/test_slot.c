/* Tests of schedule/slot.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/bind.h"
#include "schedule/slot.h"

static usec_t at(const char *text) {
        usec_t t = 0;

        assert_int_equal(usec_parse_utc(bytes_of(text), &t), 0);
        return t;
}

static const Zone *zone(const char *name) {
        const Zone *z = NULL;

        assert_int_equal(zone_get(name, &z), 0);
        return z;
}

static void assert_instant(usec_t got, const char *want) {
        _cleanup_(text_done) Text text = TEXT_INIT(64);

        if (got == USEC_NEVER)
                (void) text_add_str(&text, "never");
        else
                usec_render_utc(got, &text);
        assert_string_equal(text_str(&text), want);
}

/* From YAML, as an operator writes it; NULL and findings in diag when it is refused. */
static Schedule *schedule_of(const char *yaml, const char *name, const char *zone_name_, Diag *diag) {
        _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
        const ConfNode *root = NULL;
        ScheduleSpec spec = {};
        Schedule *s = NULL;

        assert_int_equal(yaml_parse("t.yaml", bytes_of(yaml), arena, diag, &root), 0);
        if (conf_bind(schedule_fields, root, arena, diag, &spec) == 0)
                (void) schedule_new(&s, &spec, name, zone(zone_name_), root, diag);
        return s;
}

static Schedule *good(const char *yaml, const char *zone_name_) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(text_done) Text text = TEXT_INIT(4096);
        Schedule *s = schedule_of(yaml, "dvcqg/services", zone_name_, diag);

        diag_render(diag, &text);
        assert_string_equal(text_str(&text), "");
        assert_non_null(s);
        return s;
}

/* The first slots after t, in order: each is strictly later than the one before, and lies where a reader of
 * the schedule expects it. */
static void test_next(void **state) {
        static const struct {
                const char *yaml, *zone, *t, *want[5];
        } cases[] = {
                /* Within a day: counted from midnight of the zone. */
                { "{every: 1 h, spread: none}", "Asia/Ho_Chi_Minh", "2024-02-28T16:59:59Z",
                                { "2024-02-28T17:00:00.000000Z", "2024-02-28T18:00:00.000000Z",
                                                "2024-02-28T19:00:00.000000Z" } },
                { "{every: 1 h, spread: none}", "UTC", "2024-02-29T23:00:00Z",
                                { "2024-03-01T00:00:00.000000Z", "2024-03-01T01:00:00.000000Z" } },
                { "{every: 6 h, spread: none}", "Asia/Kathmandu", "2024-03-01T00:00:00Z",
                                { "2024-03-01T00:15:00.000000Z", "2024-03-01T06:15:00.000000Z" } },
                /* 23 hours: the slot of 02:00 does not come; 25 hours: one more. */
                { "{every: 8 h, spread: none}", "Europe/Berlin", "2024-03-30T22:30:00Z",
                                { "2024-03-30T23:00:00.000000Z", "2024-03-31T07:00:00.000000Z",
                                                "2024-03-31T15:00:00.000000Z",
                                                "2024-03-31T22:00:00.000000Z" } },
                { "{every: 8 h, spread: none}", "Europe/Berlin", "2024-10-26T21:30:00Z",
                                { "2024-10-26T22:00:00.000000Z", "2024-10-27T06:00:00.000000Z",
                                                "2024-10-27T14:00:00.000000Z", "2024-10-27T22:00:00.000000Z",
                                                "2024-10-27T23:00:00.000000Z" } },
                /* Days: civil days, so the time of day stays when clocks change; weeks begin on Monday. */
                { "{every: 1 d, spread: none}", "Europe/Berlin", "2024-03-29T23:00:00Z",
                                { "2024-03-30T23:00:00.000000Z", "2024-03-31T22:00:00.000000Z",
                                                "2024-04-01T22:00:00.000000Z" } },
                { "{every: 7 d, spread: none}", "UTC", "2024-02-28T10:00:00Z",
                                { "2024-03-04T00:00:00.000000Z", "2024-03-11T00:00:00.000000Z" } },
                /* Anything else: from 1970. */
                { "{every: 7 h, spread: none}", "UTC", "1970-01-04T00:00:00Z",
                                { "1970-01-04T05:00:00.000000Z", "1970-01-04T12:00:00.000000Z" } },
                { "{every: 36 h, spread: none}", "UTC", "1970-01-04T00:00:00Z",
                                { "1970-01-05T12:00:00.000000Z", "1970-01-07T00:00:00.000000Z" } },
                /* Cron, in the zone. */
                { "{cron: '30 6 * * mon-fri'}", "Asia/Ho_Chi_Minh", "2024-03-01T00:00:00Z",
                                { "2024-03-03T23:30:00.000000Z", "2024-03-04T23:30:00.000000Z" } },
                { "{cron: '0 7 15 * *'}", "Asia/Ho_Chi_Minh", "2024-02-16T00:00:00Z",
                                { "2024-03-15T00:00:00.000000Z", "2024-04-15T00:00:00.000000Z" } },
                { "{cron: '0 0 29 2 *'}", "UTC", "2024-03-01T00:00:00Z", { "2028-02-29T00:00:00.000000Z" } },
                { "{every: 1 h}", "UTC", "9999-06-01T00:00:00Z", { "never" } },
                /* Blackouts: slots in it become one at its end, wherever in it one asks. */
                { "{every: 1 h, spread: none, blackout: '22:00-05:00'}", "UTC", "2024-03-01T20:30:00Z",
                                { "2024-03-01T21:00:00.000000Z", "2024-03-02T05:00:00.000000Z",
                                                "2024-03-02T06:00:00.000000Z" } },
                { "{every: 1 h, spread: none, blackout: '22:00-05:00'}", "UTC", "2024-03-02T04:59:00Z",
                                { "2024-03-02T05:00:00.000000Z", "2024-03-02T06:00:00.000000Z" } },
                { "{every: 1 d, spread: none, blackout: '22:00-05:00'}", "UTC", "2024-03-01T06:00:00Z",
                                { "2024-03-02T05:00:00.000000Z", "2024-03-03T05:00:00.000000Z" } },
                /* Without a slot in it, its end is nothing special. */
                { "{cron: '0 12 * * *', blackout: '22:00-05:00'}", "UTC", "2024-03-01T23:00:00Z",
                                { "2024-03-02T12:00:00.000000Z" } },
                { "{every: 1 d, spread: none, blackout: ['sat,sun 00:00-24:00', 'mon 00:00-07:30']}",
                                "Asia/Ho_Chi_Minh", "2024-03-01T00:00:00Z",
                                { "2024-03-04T00:30:00.000000Z", "2024-03-04T17:00:00.000000Z" } },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(schedule_freep) Schedule *s = good(cases[i].yaml, cases[i].zone);
                usec_t t = at(cases[i].t);

                for (size_t k = 0; k < ELEMENTS(cases[i].want) && cases[i].want[k]; k++) {
                        t = schedule_next(s, t);
                        assert_instant(t, cases[i].want[k]);
                }
        }
}

/* The place of a name in the interval is the same after every start, in whole seconds, and no two names need
 * share it. */
static void test_spread(void **state) {
        static const char *const yaml[] = { "every: 15 min", "{every: 15 min, spread: 2 min}",
                "{cron: '0 7 * * *', spread: 10 min}", "every: 7 d" };
        static const usec_t span[] = { 15 * USEC_MINUTE, 2 * USEC_MINUTE, 10 * USEC_MINUTE, 7 * USEC_DAY };
        const usec_t begin[] = {
                at("2024-03-04T07:00:00Z"),
                at("2024-03-04T07:00:00Z"),
                at("2024-03-04T07:00:00Z"),
                at("2024-03-04T00:00:00Z"),
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(yaml); i++) {
                usec_t seen[3];

                for (size_t k = 0; k < ELEMENTS(seen); k++) {
                        static const char *const names[] = { "dvcqg/services", "dvcqg/services",
                                "lgsp/edoc" };
                        _cleanup_(diag_freep) Diag *diag = diag_new();
                        _cleanup_(schedule_freep) Schedule *s = schedule_of(yaml[i], names[k], "UTC", diag);

                        assert_non_null(s);
                        seen[k] = schedule_next(s, begin[i] - 1);
                        assert_in_range(seen[k], begin[i], begin[i] + span[i] - 1);
                        assert_int_equal(seen[k] % USEC_SEC, 0);
                }
                assert_int_equal(seen[0], seen[1]);
                assert_int_not_equal(seen[0], seen[2]);
        }
}

/* Jitter only delays, by less than its bound, and never into a blackout. */
static void test_begin(void **state) {
        _cleanup_(schedule_freep) Schedule *s = good(
                        "{every: 1 h, spread: none, jitter: 5 min, blackout: '22:00-05:00'}", "UTC");
        usec_t slot = at("2024-03-01T20:00:00Z");

        (void) state;
        assert_int_equal(schedule_begin(s, slot, 0), slot);
        assert_int_equal(schedule_begin(s, slot, 5 * USEC_MINUTE - 1), slot + 5 * USEC_MINUTE - 1);
        assert_int_equal(schedule_begin(s, slot, 5 * USEC_MINUTE), slot);
        assert_instant(schedule_begin(s, at("2024-03-01T21:58:00Z"), 3 * USEC_MINUTE),
                        "2024-03-02T05:00:00.000000Z");
        assert_instant(schedule_open_from(s, at("2024-03-01T23:00:00Z")), "2024-03-02T05:00:00.000000Z");
        assert_int_equal(schedule_begin(s, USEC_NEVER, UINT64_MAX), USEC_NEVER);
}

/* The newest slot up to t is the last that schedule_next gives before it steps over t. */
static void test_newest(void **state) {
        static const char *const yaml[] = { "every: 5 s", "every: 1 h",
                "{every: 1 h, blackout: '22:00-05:00'}", "every: 7 d", "cron: '*/7 3 * * *'",
                "cron: '0 0 1 1 *'" };
        usec_t after = at("2023-12-20T00:00:00Z"), t = at("2024-03-01T12:34:56Z");

        (void) state;
        for (size_t i = 0; i < ELEMENTS(yaml); i++) {
                _cleanup_(schedule_freep) Schedule *s = good(yaml[i], "Asia/Ho_Chi_Minh");
                usec_t newest = schedule_newest(s, after, t);

                assert_in_range(newest, after + 1, t);
                assert_true(schedule_next(s, newest) > t);
                assert_int_equal(schedule_next(s, newest - 1), newest);
                assert_int_equal(schedule_newest(s, newest, t), 0);
                assert_int_equal(schedule_newest(s, newest - 1, t), newest);
        }
}

/* Each bad schedule makes the finding that says what would be right, at its place. */
static void test_findings(void **state) {
        static const struct {
                const char *yaml, *want;
        } cases[] = {
                { "spread: none", "t.yaml:1:1: a schedule needs \"every\" (such as every: 15 min) or "
                                  "\"cron\"\n" },
                { "every: 1 h\ncron: '0 * * * *'",
                                "t.yaml:2:7: \"every\" and \"cron\" exclude each other: keep one of them\n" },
                { "every: 1 h\nspread: wide", "t.yaml:2:9: \"wide\" is not a spread; write auto, none or a "
                                              "duration such as 5 min\n" },
                { "every: 1 h\nspread: 2 h", "t.yaml:2:9: the spread is longer than the interval: write at "
                                             "most the interval, or auto\n" },
                { "every: 1 h\njitter: 1 h", "t.yaml:2:9: the jitter must be shorter than the interval, or "
                                             "slots would change places\n" },
                { "every: 1 h\nblackout: [22:00-05:00, noon]",
                                "t.yaml:2:25: \"noon\" is not a span of time; write \"22:00-05:00\" or "
                                "\"sat,sun 00:00-24:00\"\n" },
                { "every: 1 h\nblackout: 00:00-24:00", "t.yaml:2:11: the blackouts cover the whole week: no "
                                                       "run could ever begin\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(diag_freep) Diag *diag = diag_new();
                _cleanup_(schedule_freep) Schedule *s = schedule_of(cases[i].yaml, "a/b", "UTC", diag);
                _cleanup_(text_done) Text text = TEXT_INIT(4096);

                assert_null(s);
                diag_render(diag, &text);
                assert_string_equal(text_str(&text), cases[i].want);
        }
}

/* A cron expression that cannot be read is a finding at its place, and so is an interval out of bounds. */
static void test_refused(void **state) {
        static const char *const yaml[] = { "cron: '61 * * * *'", "cron: every hour", "cron: '0 0 30 2 *'",
                "every: 100 ms", "every: 400 d", "{every: 1 h, overlap: never}" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(yaml); i++) {
                _cleanup_(diag_freep) Diag *diag = diag_new();
                _cleanup_(schedule_freep) Schedule *s = schedule_of(yaml[i], "a/b", "UTC", diag);

                assert_null(s);
                assert_int_equal(diag_errors(diag), 1);
                assert_int_equal(diag_get(diag, 0)->line, 1);
        }
}

/* ---- windows ---- */

static Day day(const char *text) {
        Day d = DAY_NONE;

        if (text)
                assert_int_equal(day_parse(bytes_of(text), &d), 0);
        return d;
}

static WindowSpec window_of(const char *yaml) {
        _cleanup_(arena_freep) Arena *arena = arena_new(1 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        const ConfNode *root = NULL;
        WindowSpec w = {};

        assert_int_equal(yaml_parse("t.yaml", bytes_of(yaml), arena, diag, &root), 0);
        assert_int_equal(conf_bind(window_fields, root, arena, diag, &w), 0);
        return w;
}

/* Windows come in order, without gaps, from the first that is not complete less the lookback, up to the
 * newest that may be asked for; the cursor afterwards is the last day of the newest closed one. */
static void test_windows(void **state) {
        static const struct {
                const char *yaml, *cursor, *today, *want, *after;
        } cases[] = {
                /* From the first day of interest on; the window in which it lies counts. */
                { "{each: month, from: 2024-01-15}", NULL, "2024-03-31",
                                "2024-01-01/2024-01-31 2024-02-01/2024-02-29", "2024-02-29" },
                { "{each: month, from: 2024-01-15}", NULL, "2024-04-01",
                                "2024-01-01/2024-01-31 2024-02-01/2024-02-29 2024-03-01/2024-03-31",
                                "2024-03-31" },
                { "{each: month, from: 2024-01-15}", NULL, "2024-01-20", "", NULL },
                /* Lookback: complete windows once more, but none before the first. */
                { "{each: month, from: 2024-01-01, lookback: 0}", "2024-02-29", "2024-04-10",
                                "2024-03-01/2024-03-31", "2024-03-31" },
                { "{each: month, from: 2024-01-01, lookback: 1}", "2024-02-29", "2024-04-10",
                                "2024-02-01/2024-02-29 2024-03-01/2024-03-31", "2024-03-31" },
                { "{each: month, from: 2024-01-01, lookback: 9}", "2024-02-29", "2024-03-10",
                                "2024-01-01/2024-01-31 2024-02-01/2024-02-29", "2024-02-29" },
                { "{each: month, from: 2024-01-01, lookback: 0}", "2024-03-31", "2024-04-10", "",
                                "2024-03-31" },
                /* A first day that was moved later forgets what lies before it. */
                { "{each: month, from: 2024-03-01, lookback: 2}", "2023-12-31", "2024-04-10",
                                "2024-03-01/2024-03-31", "2024-03-31" },
                /* No first day: the newest closed one is the first. */
                { "{each: month, lookback: 0}", NULL, "2024-03-10", "2024-02-01/2024-02-29", "2024-02-29" },
                { "{each: month, lookback: 2}", NULL, "2024-03-10",
                                "2023-12-01/2023-12-31 2024-01-01/2024-01-31 2024-02-01/2024-02-29",
                                "2024-02-29" },
                { "{each: day, lookback: 0}", NULL, "2024-03-01", "2024-02-29/2024-02-29", "2024-02-29" },
                { "{each: day, lookback: 0}", "2024-02-28", "2024-03-02",
                                "2024-02-29/2024-02-29 2024-03-01/2024-03-01", "2024-03-01" },
                /* The running one, when it is wanted; it does not count as complete. */
                { "{each: month, open: true, from: 2024-02-01}", NULL, "2024-03-10",
                                "2024-02-01/2024-02-29 2024-03-01/2024-03-31", "2024-02-29" },
                { "{each: month, open: true, from: 2024-03-01}", NULL, "2024-03-31", "2024-03-01/2024-03-31",
                                NULL },
                { "{each: month, open: true, from: 2024-04-01}", NULL, "2024-03-31", "", NULL },
                /* 15-14: March ends on the 14th. */
                { "{each: month, calendar: 15-14, from: 2024-01-15, lookback: 0}", NULL, "2024-03-14",
                                "2024-01-15/2024-02-14", "2024-02-14" },
                { "{each: month, calendar: 15-14, from: 2024-01-15, lookback: 0}", NULL, "2024-03-15",
                                "2024-01-15/2024-02-14 2024-02-15/2024-03-14", "2024-03-14" },
                { "{each: month, calendar: 15-14, lookback: 0}", "2023-12-14", "2024-01-15",
                                "2023-12-15/2024-01-14", "2024-01-14" },
                { "{each: quarter, calendar: 15-14, from: 2023-12-15}", NULL, "2024-06-15",
                                "2023-12-15/2024-03-14 2024-03-15/2024-06-14", "2024-06-14" },
                { "{each: half, calendar: 15-14, from: 2023-12-15}", NULL, "2024-12-15",
                                "2023-12-15/2024-06-14 2024-06-15/2024-12-14", "2024-12-14" },
                { "{each: year, calendar: 15-14, from: 2024-01-01}", NULL, "2024-12-15",
                                "2023-12-15/2024-12-14", "2024-12-14" },
                /* Nine months: October to December lie in none of them. */
                { "{each: nine_months, from: 2023-11-01}", NULL, "2024-10-01", "2024-01-01/2024-09-30",
                                "2024-09-30" },
                { "{each: nine_months, from: 2023-01-01, lookback: 1}", "2024-09-30", "2024-12-31",
                                "2024-01-01/2024-09-30", "2024-09-30" },
                { "{each: nine_months, from: 2023-01-01, lookback: 0}", "2023-09-30", "2024-12-31",
                                "2024-01-01/2024-09-30", "2024-09-30" },
                { "{each: nine_months, calendar: 15-14, from: 2023-12-15}", NULL, "2024-09-15",
                                "2023-12-15/2024-09-14", "2024-09-14" },
                /* Cumulative: each from the start of its year; a running one ends today. */
                { "{each: month, cumulative: true, from: 2024-01-01}", NULL, "2024-04-01",
                                "~2024-01-01/2024-01-31 ~2024-01-01/2024-02-29 ~2024-01-01/2024-03-31",
                                "2024-03-31" },
                { "{each: year, cumulative: true, open: true, from: 2024-01-01}", NULL, "2024-12-13",
                                "~2024-01-01/2024-12-13", NULL },
                { "{each: quarter, cumulative: true, calendar: 15-14, from: 2024-04-01}", NULL, "2024-09-15",
                                "~2023-12-15/2024-06-14 ~2023-12-15/2024-09-14", "2024-09-14" },
                /* after: closed only some days later; with open, asked for all the while. */
                { "{each: month, from: 2024-02-01, after: 10 d}", NULL, "2024-03-10", "", NULL },
                { "{each: month, from: 2024-02-01, after: 10 d}", NULL, "2024-03-11", "2024-02-01/2024-02-29",
                                "2024-02-29" },
                { "{each: month, from: 2024-02-01, after: 1 h}", NULL, "2024-03-01", "", NULL },
                { "{each: month, from: 2024-02-01, after: 10 d, open: true}", NULL, "2024-03-05",
                                "2024-02-01/2024-02-29 2024-03-01/2024-03-31", NULL },
                { "{each: day, from: 2024-02-27, after: 2 d, lookback: 0}", "2024-02-27", "2024-03-03",
                                "2024-02-28/2024-02-28 2024-02-29/2024-02-29", "2024-02-29" },
                /* The last day of interest: its window is the last; looking back goes on. */
                { "{each: month, from: 2024-01-01, to: 2024-02-10}", NULL, "2024-06-01",
                                "2024-01-01/2024-01-31 2024-02-01/2024-02-29", "2024-02-29" },
                { "{each: month, from: 2024-01-01, to: 2024-02-10, lookback: 1}", "2024-02-29", "2024-06-01",
                                "2024-02-01/2024-02-29", "2024-02-29" },
                { "{each: month, from: 2024-01-01, to: 2024-02-29, lookback: 1}", "2024-05-31", "2024-06-01",
                                "2024-02-01/2024-02-29", "2024-05-31" },
                /* A clock that stands before the cursor asks for nothing and takes nothing back. */
                { "{each: month, from: 2024-01-01, lookback: 0}", "2024-05-31", "2024-02-01", "",
                                "2024-05-31" },
        };

        (void) state;
        for (size_t n = 0; n < ELEMENTS(cases); n++) {
                WindowSpec w = window_of(cases[n].yaml);
                _cleanup_(text_done) Text text = TEXT_INIT(4096);
                Period p;

                for (size_t i = 0; window_walk(&w, day(cases[n].cursor), day(cases[n].today), &i, &p);) {
                        (void) text_add_str(&text, text.len ? " " : "");
                        (void) text_add_str(&text, p.is_cumulative ? "~" : "");
                        day_render(p.from, &text);
                        (void) text_add_char(&text, '/');
                        day_render(p.to, &text);
                        assert_int_equal(p.kind, w.each);
                        assert_int_equal(p.calendar, w.calendar);
                }
                if (strcmp(text_str(&text), cases[n].want) != 0 ||
                                window_cursor_after(&w, day(cases[n].cursor), day(cases[n].today)) !=
                                                day(cases[n].after))
                        fail_msg("%s, cursor %s, today %s: got \"%s\"", cases[n].yaml,
                                        cases[n].cursor ? cases[n].cursor : "none", cases[n].today,
                                        text_str(&text));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_next),
                cmocka_unit_test(test_spread),
                cmocka_unit_test(test_begin),
                cmocka_unit_test(test_newest),
                cmocka_unit_test(test_findings),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_windows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

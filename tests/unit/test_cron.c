/* Tests of calendar/cron.c. */
#include <errno.h>

#include "base/err.h"
#include "calendar/cron.h"
#include "unit.h"

static const Zone *zone(const char *name) {
        const Zone *z = NULL;

        assert_int_equal(zone_get(name, &z), 0);
        return z;
}

static usec_t instant(const char *text) {
        usec_t t = 0;

        assert_int_equal(usec_parse_utc(bytes_of(text), &t), 0);
        return t;
}

/* The slots that follow t, in the order of the row. */
static void assert_slots(const char *expression, const char *zone_name, const char *t, const char *const *expected, size_t n) {
        usec_t at = instant(t);
        Cron c;

        assert_int_equal(cron_parse(expression, &c), 0);
        for (size_t i = 0; i < n && expected[i]; i++) {
                _cleanup_(text_done) Text text = TEXT;

                at = cron_next(&c, zone(zone_name), at);
                assert_true(at != USEC_NEVER);
                usec_render_utc(at, &text);
                if (!bytes_starts(text_bytes(&text), expected[i]))
                        fail_msg("%s after %s, slot %zu: %s instead of %s", expression, t, i, text_str(&text), expected[i]);
        }
}

/* Lists, ranges, steps and names mean what crontab(5) says, in the zone that is asked for. */
static void test_fields(void **state _unused_) {
        static const struct {
                const char *expression, *after;
                const char *expected[5];
        } rows[] = {
                { "* * * * *", "2024-03-01T00:00:00Z", { "2024-03-01T00:01:00", "2024-03-01T00:02:00" } },
                { "* * * * *", "2024-03-01T00:00:59.999999Z", { "2024-03-01T00:01:00" } },
                { "*/20 * * * *", "2024-03-01T00:00:00Z", { "2024-03-01T00:20:00", "2024-03-01T00:40:00", "2024-03-01T01:00:00" } },
                { "5/20 0 * * *", "2024-03-01T00:00:00Z", { "2024-03-01T00:05:00", "2024-03-01T00:25:00", "2024-03-01T00:45:00", "2024-03-02T00:05:00" } },
                { "0,30 6-7 * * *", "2024-03-01T06:30:00Z", { "2024-03-01T07:00:00", "2024-03-01T07:30:00", "2024-03-02T06:00:00" } },
                { "0 8-16/4 * * *", "2024-03-01T08:00:00Z", { "2024-03-01T12:00:00", "2024-03-01T16:00:00", "2024-03-02T08:00:00" } },
                { "0 6 * * mon-fri", "2024-03-01T06:00:00Z", { "2024-03-04T06:00:00", "2024-03-05T06:00:00" } },
                { "0 6 * * MON,3", "2024-03-01T00:00:00Z", { "2024-03-04T06:00:00", "2024-03-06T06:00:00" } },
                { "0 6 * * 0", "2024-03-01T00:00:00Z", { "2024-03-03T06:00:00" } },
                { "0 6 * * 7", "2024-03-01T00:00:00Z", { "2024-03-03T06:00:00" } },
                { "0 6 * * fri-mon", "2024-03-01T06:00:00Z", { "2024-03-02T06:00:00", "2024-03-03T06:00:00", "2024-03-04T06:00:00", "2024-03-08T06:00:00" } },
                { "0 6 * * 5-7", "2024-03-01T06:00:00Z", { "2024-03-02T06:00:00", "2024-03-03T06:00:00", "2024-03-08T06:00:00" } },
                { "0 0 15 * *", "2024-03-15T00:00:00Z", { "2024-04-15T00:00:00" } },
                { "0 0 31 * *", "2024-03-31T00:00:00Z", { "2024-05-31T00:00:00", "2024-07-31T00:00:00" } },
                { "0 0 29 2 *", "2024-03-01T00:00:00Z", { "2028-02-29T00:00:00" } },
                { "0 0 29 feb *", "2096-03-01T00:00:00Z", { "2104-02-29T00:00:00" } },
                { "0 0 1 jan,JUL *", "2024-03-01T00:00:00Z", { "2024-07-01T00:00:00", "2025-01-01T00:00:00" } },
                { "0 0 1 */5 *", "2024-02-01T00:00:00Z", { "2024-06-01T00:00:00", "2024-11-01T00:00:00", "2025-01-01T00:00:00" } },
                { "  0   6 *  * *  ", "2024-03-01T00:00:00Z", { "2024-03-01T06:00:00" } },
                { "@hourly", "2024-03-01T00:30:00Z", { "2024-03-01T01:00:00" } },
                { "@daily", "2024-03-01T00:30:00Z", { "2024-03-02T00:00:00" } },
                { "@weekly", "2024-03-01T00:30:00Z", { "2024-03-03T00:00:00" } },
                { "@monthly", "2024-03-01T00:30:00Z", { "2024-04-01T00:00:00" } },
                { "@yearly", "2024-03-01T00:30:00Z", { "2025-01-01T00:00:00" } },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_slots(rows[i].expression, "UTC", rows[i].after, rows[i].expected, ELEMENTS(rows[i].expected));
}

/* When both day fields are restricted either suffices; a field that begins with a star restricts nothing on its own, so both must fit. */
static void test_days(void **state _unused_) {
        static const struct {
                const char *expression;
                const char *expected[4];
        } rows[] = {
                { "0 0 13 * fri", { "2024-03-08T00:00:00", "2024-03-13T00:00:00", "2024-03-15T00:00:00" } },
                { "0 0 */2 * fri", { "2024-03-15T00:00:00", "2024-03-29T00:00:00", "2024-04-05T00:00:00" } },
                { "0 0 30 2 mon", { "2025-02-03T00:00:00" } },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_slots(rows[i].expression, "UTC", "2024-03-01T00:00:00Z", rows[i].expected, ELEMENTS(rows[i].expected));
}

/* Across changes of clocks a fixed time runs once a day: at the end of the gap when it was skipped, the first time when it comes twice.
 * Where every hour counts, every minute that passes counts. */
static void test_clock_changes(void **state _unused_) {
        static const struct {
                const char *expression, *zone, *after;
                const char *expected[5];
        } rows[] = {
                { "0 7 * * *", "Asia/Ho_Chi_Minh", "2024-03-01T00:00:00Z", { "2024-03-02T00:00:00" } },
                { "30 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00Z", { "2024-03-31T01:00:00", "2024-04-01T00:30:00" } },
                { "0,15,30 2-3 * * *", "Europe/Berlin", "2024-03-31T00:00:00Z", { "2024-03-31T01:00:00", "2024-03-31T01:15:00", "2024-03-31T01:30:00", "2024-04-01T00:00:00" } },
                { "30 2 * * *", "Europe/Berlin", "2024-10-26T12:00:00Z", { "2024-10-27T00:30:00", "2024-10-28T01:30:00" } },
                { "30 2 * * *", "Europe/Berlin", "2024-10-27T01:10:00Z", { "2024-10-28T01:30:00" } },
                { "30 * * * *", "Europe/Berlin", "2024-10-26T23:00:00Z", { "2024-10-26T23:30:00", "2024-10-27T00:30:00", "2024-10-27T01:30:00", "2024-10-27T02:30:00" } },
                { "30 * * * *", "Europe/Berlin", "2024-03-31T00:00:00Z", { "2024-03-31T00:30:00", "2024-03-31T01:30:00" } },
                { "*/15 * * * *", "Australia/Lord_Howe", "2024-04-06T14:30:00Z", { "2024-04-06T14:45:00", "2024-04-06T15:00:00", "2024-04-06T15:15:00", "2024-04-06T15:30:00" } },
                { "0 0 * * *", "America/Santiago", "2024-09-07T12:00:00Z", { "2024-09-08T04:00:00", "2024-09-09T03:00:00" } },
                { "0 12 * * *", "Pacific/Apia", "2011-12-29T23:00:00Z", { "2011-12-30T10:00:00", "2011-12-30T22:00:00", "2011-12-31T22:00:00" } },
                { "0 * * * sat", "Asia/Ho_Chi_Minh", "2024-03-01T16:59:00Z", { "2024-03-01T17:00:00", "2024-03-01T18:00:00" } },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_slots(rows[i].expression, rows[i].zone, rows[i].after, rows[i].expected, ELEMENTS(rows[i].expected));
}

/* Slots of a year rise strictly, and between two of them there is none: asking from any moment between gives the later one. */
static void test_order(void **state _unused_) {
        static const char *const expressions[] = { "*/7 1-3 * * *", "30 2 * * *", "0 */6 * * mon", "59 23 28-31 * *", "*/45 * 1 * *" };
        static const char *const zones[] = { "Europe/Berlin", "Australia/Lord_Howe", "Asia/Ho_Chi_Minh" };

        for (size_t i = 0; i < ELEMENTS(expressions); i++)
                for (size_t k = 0; k < ELEMENTS(zones); k++) {
                        usec_t t = instant("2024-01-01T00:00:00Z"), next;
                        Cron c;

                        assert_int_equal(cron_parse(expressions[i], &c), 0);
                        for (; t < instant("2025-01-01T00:00:00Z"); t = next) {
                                next = cron_next(&c, zone(zones[k]), t);
                                assert_true(next > t);
                                assert_true(cron_next(&c, zone(zones[k]), t + (next - t) / 2) == next);
                                assert_true(cron_next(&c, zone(zones[k]), next - 1) == next);
                        }
                }
}

/* What is no expression is refused and the note says which field; what no day fits is told apart. */
static void test_bad(void **state _unused_) {
        static const struct {
                const char *expression;
                int code;
                const char *words;
        } rows[] = {
                { "", -EINVAL, "five fields are needed" },
                { "* * * *", -EINVAL, "there are 4" },
                { "* * * * * *", -EINVAL, "more than five fields" },
                { "60 * * * *", -EINVAL, "\"60\" is no minute; values are 0 to 59" },
                { "* 24 * * *", -EINVAL, "is no hour" },
                { "* * 0 * *", -EINVAL, "is no day of month" },
                { "* * 32 * *", -EINVAL, "is no day of month" },
                { "* * * 13 *", -EINVAL, "is no month" },
                { "* * * foo *", -EINVAL, "is no month" },
                { "* * * * 8", -EINVAL, "is no day of week" },
                { "*/0 * * * *", -EINVAL, "is no minute" },
                { "*/60 * * * *", -EINVAL, "is no minute" },
                { "*/ * * * *", -EINVAL, "is no minute" },
                { "1, * * * *", -EINVAL, "is no minute" },
                { ",1 * * * *", -EINVAL, "is no minute" },
                { "1- * * * *", -EINVAL, "is no minute" },
                { "-1 * * * *", -EINVAL, "is no minute" },
                { "5-1 * * * *", -EINVAL, "is no minute" },
                { "*5 * * * *", -EINVAL, "is no minute" },
                { "1.5 * * * *", -EINVAL, "is no minute" },
                { "@reboot", -EINVAL, "is no minute" },
                { "0 0 30 2 *", -EDOM, "no month has such a day" },
                { "0 0 31 4,6,9,11 *", -EDOM, "no month has such a day" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Cron c = { .minutes = 77 };

                if (cron_parse(rows[i].expression, &c) != rows[i].code)
                        fail_msg("\"%s\" was not refused as it should be", rows[i].expression);
                if (!strstr(err_story(rows[i].code), rows[i].words))
                        fail_msg("\"%s\": %s", rows[i].expression, err_story(rows[i].code));
                assert_true(c.minutes == 77);
        }
}

/* Before the end of the search, which no expression that is accepted reaches, the search ends. */
static void test_never(void **state _unused_) {
        const Cron never = { .minutes = 1, .hours = 1, .days = 1u << 30, .months = 1u << 2, .weekdays = 0xFE, .is_any_weekday = true };

        assert_true(cron_next(&never, zone("UTC"), 0) == USEC_NEVER);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fields), cmocka_unit_test(test_days), cmocka_unit_test(test_clock_changes),
                cmocka_unit_test(test_order),  cmocka_unit_test(test_bad),  cmocka_unit_test(test_never),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

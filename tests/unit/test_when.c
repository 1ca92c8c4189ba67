/* Tests of normalise/when.c. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar/when.h"

static const Zone *zone(void) {
        const Zone *z = NULL;

        assert_int_equal(zone_get("Asia/Ho_Chi_Minh", &z), 0);
        return z;
}

static const struct {
        const char *form, *text;
        const char *day;     /* NULL: refused */
        const char *instant; /* NULL: not looked at */
} cases[] = {
        { "yyyy-MM-dd", "2024-02-29", "2024-02-29", "2024-02-28T17:00:00.000000Z" },
        { "yyyy-MM-dd", "2023-02-29", NULL, NULL },
        { "yyyy/MM/dd", "2014/02/30", NULL, NULL },
        { "yyyy/MM/dd", "2026/11/24", "2026-11-24", NULL },
        { "yyyy-MM-dd", "2024-2-29", NULL, NULL },
        { "yyyy-M-d", "2024-2-29", "2024-02-29", NULL },
        { "yyyy-M", "2024-12", "2024-12-01", NULL },
        { "yyyy-M", "0-0", NULL, NULL },
        { "dd/MM/yyyy", " 24/11/2026 ", "2026-11-24", NULL },
        { "dd/MM/yyyy", "24/11/2026 08:00", NULL, NULL },
        { "dd/MM/yyyy HH:mm:ss", "24/11/2026 08:00:00", "2026-11-24", "2026-11-24T01:00:00.000000Z" },
        { "dd/MM/yyyy HH:mm:ss", "24/11/2026 24:00:00", NULL, NULL },
        { "dd/MM/yyyy HH:mm:ss", "24/11/2026 08:60:00", NULL, NULL },
        { "dd-MM-yyyy", "09-12-2025", "2025-12-09", NULL },
        { "yyyyMMddHHmmss", "20261124080000", "2026-11-24", "2026-11-24T01:00:00.000000Z" },
        { "yyyyMMddHHmmss", "2026112408000", NULL, NULL },
        { "ddMMyyyy'T'HHmmss+SSSS", "24112026T080000+0123", "2026-11-24", "2026-11-24T01:00:00.012300Z" },
        { "yyyy", "2024", "2024-01-01", NULL },
        { "MM/yyyy", "10/2026", "2026-10-01", NULL },
        { "'T'MM/yyyy", "T10/2026", "2026-10-01", NULL },
        { "'T'MM/yyyy", "10/2026", NULL, NULL },
        { "'Quý 'Q/yyyy", "Quý 3/2026", "2026-07-01", NULL },
        { "'Q'Q/yyyy", "Q5/2026", NULL, NULL },
        { "epoch", "1795482930", "2026-11-24", "2026-11-24T01:15:30.000000Z" },
        { "epoch_ms", "1795482930123", "2026-11-24", "2026-11-24T01:15:30.123000Z" },
        { "epoch_ms", "1795454400000", "2026-11-24", "2026-11-23T17:20:00.000000Z" },
        { "epoch_ms", "1.795e12", NULL, NULL },
        { "epoch_ms", "-5", NULL, NULL },
        { "epoch_ms", "99999999999999999999", NULL, NULL },
        { "iso", "2024-01-01T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00.000000Z" },
        { "iso", "2024-01-01T20:00:00.5Z", "2024-01-02", "2024-01-01T20:00:00.500000Z" },
        { "iso", "2024-01-01T00:00:00.000+07:00", "2024-01-01", "2023-12-31T17:00:00.000000Z" },
        { "iso", "2024-01-01 00:00+0700", "2024-01-01", NULL },
        { "iso", "2024-01-01T00:00:00", NULL, NULL },
        { "iso", "2024-01-01", NULL, NULL },
        { "iso", "2024-01-01T00:00:00+25:00", NULL, NULL },
        { "iso", "1969-12-31T23:00:00Z", NULL, NULL },
        { "iso_local", "2025-07-18T04:19:52.146441", "2025-07-18", "2025-07-17T21:19:52.146441Z" },
        { "iso_local", "2025-07-18T04:19:52.1464417", "2025-07-18", "2025-07-17T21:19:52.146441Z" },
        { "iso_local", "2025-07-18T04:19:52Z", NULL, NULL },
        { "iso_local", "2025-07-18T04:19:52.", NULL, NULL },
        { "iso_local", "", NULL, NULL },
};

/* Every form of the sources to the day and the instant; what does not exist, or is of another form, is
 * refused. */
static void test_forms(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text got = TEXT_INIT(64), instant = TEXT_INIT(64);
                usec_t t;
                WhenForm form;
                Day day;
                int r;

                assert_int_equal(when_form_parse(cases[i].form, &form), 0);
                r = when_parse_day(&form, bytes_of(cases[i].text), zone(), &day);
                if (r == 0)
                        day_render(day, &got);
                if (cases[i].day ? r != 0 || strcmp(text_str(&got), cases[i].day) != 0 : r != -EINVAL)
                        fail_msg("%s \"%s\": %d %s", cases[i].form, cases[i].text, r, text_str(&got));
                if (!cases[i].instant)
                        continue;
                assert_int_equal(when_parse_instant(&form, bytes_of(cases[i].text), zone(), &t), 0);
                usec_render_utc(t, &instant);
                assert_string_equal(text_str(&instant), cases[i].instant);
        }
}

/* A form that cannot name a date is refused when it is read. */
static void test_bad_forms(void **state) {
        static const char *const bad[] = { "", "MM/dd", "yy-MM-dd", "yyyy-MMM", "yyyy-dd", "yyyy-MM-dd EEE",
                "yyyy'T", "epochs", "yyyy-MM-dd hh:mm", "QQ/yyyy" };
        WhenForm form;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                if (when_form_parse(bad[i], &form) != -EINVAL)
                        fail_msg("%s", bad[i]);
}

/* A form says what it can tell, so that a month is not asked of a year. */
static void test_parts(void **state) {
        WhenForm form;

        (void) state;
        assert_int_equal(when_form_parse("yyyy-MM", &form), 0);
        assert_true(form.has_month);
        assert_false(form.has_day);
        assert_int_equal(when_form_parse("epoch", &form), 0);
        assert_true(form.has_day && form.has_time);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_forms), cmocka_unit_test(test_bad_forms),
                cmocka_unit_test(test_parts) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

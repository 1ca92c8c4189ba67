/* Tests of schedule/blackout.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/err.h"
#include "schedule/blackout.h"

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

        usec_render_utc(got, &text);
        assert_string_equal(text_str(&text), want);
}

/* What does not say exactly which minutes are closed is refused, with words that show what would be right. */
static void test_bad_text(void **state) {
        static const char *const bad[] = {
                "",
                "22:00",
                "22:00-",
                "-05:00",
                "22-05",
                "2:00-05:00",
                "22:60-05:00",
                "24:01-05:00",
                "24:00-05:00",
                "05:00-05:00",
                "x 22:00-05:00",
                "mon,xyz 22:00-05:00",
                "mon- 22:00-05:00",
                ", 22:00-05:00",
                "22:00-05:00 mon",
                "22:00 - 05:00",
                "00:00-25:00",
                "+1:00-02:00",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                Blackout b = {};

                if (blackout_add(&b, bytes_of(bad[i])) != -EINVAL)
                        fail_msg("\"%s\" was taken", bad[i]);
                assert_non_null(strchr(err_story(-EINVAL), '"'));
                assert_false(b.has_any);
        }
}

/* The closed stretch around t, in civil weeks of the zone: begin and end are exact to the minute. */
static void test_stretch(void **state) {
        static const struct {
                const char *zone, *spans[3], *t, *begin, *end;
        } cases[] = {
                /* 2024-03-01 is a Friday; Ho Chi Minh is seven hours ahead. */
                { "UTC", { "22:00-05:00" }, "2024-03-01T21:59:59Z", NULL, NULL },
                { "UTC", { "22:00-05:00" }, "2024-03-01T22:00:00Z", "2024-03-01T22:00:00.000000Z",
                                "2024-03-02T05:00:00.000000Z" },
                { "UTC", { "22:00-05:00" }, "2024-03-02T04:59:59Z", "2024-03-01T22:00:00.000000Z",
                                "2024-03-02T05:00:00.000000Z" },
                { "UTC", { "22:00-05:00" }, "2024-03-02T05:00:00Z", NULL, NULL },
                { "Asia/Ho_Chi_Minh", { "22:00-05:00" }, "2024-03-01T16:30:00Z",
                                "2024-03-01T15:00:00.000000Z", "2024-03-01T22:00:00.000000Z" },
                { "UTC", { "sat,sun 00:00-24:00" }, "2024-03-02T12:00:00Z", "2024-03-02T00:00:00.000000Z",
                                "2024-03-04T00:00:00.000000Z" },
                { "UTC", { "sat,sun 00:00-24:00" }, "2024-03-01T23:59:59Z", NULL, NULL },
                { "UTC", { "sun-mon 00:00-24:00" }, "2024-03-04T23:59:59Z", "2024-03-03T00:00:00.000000Z",
                                "2024-03-05T00:00:00.000000Z" },
                /* Days name the day on which the span begins. */
                { "UTC", { "fri 22:00-05:00" }, "2024-03-02T04:00:00Z", "2024-03-01T22:00:00.000000Z",
                                "2024-03-02T05:00:00.000000Z" },
                { "UTC", { "fri 22:00-05:00" }, "2024-03-01T04:00:00Z", NULL, NULL },
                /* Adjoining and overlapping spans are one. */
                { "UTC", { "fri 20:00-24:00", "sat 00:00-06:00", "sat 05:00-07:00" }, "2024-03-02T01:00:00Z",
                                "2024-03-01T20:00:00.000000Z", "2024-03-02T07:00:00.000000Z" },
                { "UTC", { "sun 23:00-01:00" }, "2024-03-04T00:30:00Z", "2024-03-03T23:00:00.000000Z",
                                "2024-03-04T01:00:00.000000Z" },
                /* Clocks go forward at 01:00Z on 2024-03-31: 02:30 does not exist, the end moves on by the
                   gap. */
                { "Europe/Berlin", { "01:00-02:30" }, "2024-03-31T00:10:00Z", "2024-03-31T00:00:00.000000Z",
                                "2024-03-31T01:30:00.000000Z" },
                { "Europe/Berlin", { "22:00-05:00" }, "2024-03-31T00:10:00Z", "2024-03-30T21:00:00.000000Z",
                                "2024-03-31T03:00:00.000000Z" },
                /* Clocks go back at 01:00Z on 2024-10-27: the hour from 02:00 comes twice and is closed
                   twice. */
                { "Europe/Berlin", { "22:00-05:00" }, "2024-10-27T01:30:00Z", "2024-10-26T20:00:00.000000Z",
                                "2024-10-27T04:00:00.000000Z" },
                { "Europe/Berlin", { "02:00-02:30" }, "2024-10-27T01:10:00Z", "2024-10-27T00:00:00.000000Z",
                                "2024-10-27T01:30:00.000000Z" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const Zone *z = zone(cases[i].zone);
                usec_t t = at(cases[i].t);
                Blackout b = {};

                for (size_t k = 0; k < ELEMENTS(cases[i].spans) && cases[i].spans[k]; k++)
                        assert_int_equal(blackout_add(&b, bytes_of(cases[i].spans[k])), 0);
                assert_int_equal(blackout_is_closed(&b, z, t), cases[i].begin != NULL);
                if (!cases[i].begin) {
                        assert_int_equal(blackout_begin(&b, z, t), t);
                        assert_int_equal(blackout_end(&b, z, t), t);
                        continue;
                }
                assert_instant(blackout_begin(&b, z, t), cases[i].begin);
                assert_instant(blackout_end(&b, z, t), cases[i].end);
        }
}

/* Only spans that leave no minute open cover everything. */
static void test_covers_all(void **state) {
        Blackout b = {};

        (void) state;
        assert_false(blackout_covers_all(&b));
        assert_int_equal(blackout_add(&b, bytes_of("00:00-23:59")), 0);
        assert_false(blackout_covers_all(&b));
        assert_int_equal(blackout_add(&b, bytes_of("mon-sat 23:59-24:00")), 0);
        assert_false(blackout_covers_all(&b));
        assert_int_equal(blackout_add(&b, bytes_of("sun 23:00-00:00")), 0);
        assert_true(blackout_covers_all(&b));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bad_text),
                cmocka_unit_test(test_stretch),
                cmocka_unit_test(test_covers_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

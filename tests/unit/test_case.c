/* Tests of verbs/case.c. */

#include "scratch.h"
#include "unit.h"
#include "verbs/case.h"

/* What is missing and what is too much is named line by line, an order that differs too, and equal texts say nothing. */
static void test_compare(void **state _unused_) {
        static const struct {
                const char *want, *got, *report;
        } rows[] = {
                { "a\nb\n", "a\nb\n", "" },
                { "", "", "" },
                { "a\nb\nc\n", "a\nc\n", "  samples differ (- expected, + came):\n    - b\n" },
                { "a\n", "a\nb\n", "  samples differ (- expected, + came):\n    + b\n" },
                { "a 1\nb\n", "a 2\nb\n", "  samples differ (- expected, + came):\n    - a 1\n    + a 2\n" },
                { "a\nb\n", "b\na\n", "  samples differ (- expected, + came):\n    the same lines in another order\n" },
                { "a\na\n", "a\n", "  samples differ (- expected, + came):\n    - a\n" },
                { "", "a", "  samples differ (- expected, + came):\n    + a\n" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(text_done) Text t = TEXT;

                assert_int_equal(case_compare("samples", bytes_of(rows[i].want), bytes_of(rows[i].got), &t), *rows[i].report != 0);
                assert_text(&t, rows[i].report);
        }
}

/* A difference of thousands of lines stays readable. */
static void test_many(void **state _unused_) {
        _cleanup_(text_done) Text many = TEXT, t = TEXT;

        for (int i = 0; i < 45; i++)
                (void) text_printf(&many, "line %d\n", i);
        assert_int_equal(case_compare("rejects", BYTES_NULL, text_bytes(&many), &t), 1);
        assert_true(bytes_ends(text_bytes(&t), "    + line 39\n    + and 5 more\n"));
}

/* Null is not 0, a line stays one line, and what is written is read back. */
static void test_outcome(void **state) {
        Scratch *s = *state;
        CaseOutcome o = CASE_OUTCOME_INIT, back = CASE_OUTCOME_INIT;
        ParcelItem sample = { .kind = PARCEL_SAMPLE }, reject = { .kind = PARCEL_REJECT };
        RunRecord record = { .state = RUN_FAILED, .n_asks = 2, .n_asks_failed = 1, .checks = "[{\"check\":\"jump\"}]" };

        assert_int_equal(period_parse(BYTES_LIT("2024-03"), &sample.sample.period), 0);
        sample.sample.metric = "a.b";
        sample.sample.unit = "nt-x";
        sample.sample.is_null = true;
        case_outcome_add(&o, &sample);
        sample.sample.is_null = false;
        sample.sample.value = BYTES_LIT("0");
        sample.sample.evidence = BYTES_LIT("two\nlines");
        case_outcome_add(&o, &sample);
        reject.reject = (Reject){ .reason = REJECT_UNKNOWN_UNIT, .request = 1, .record = 2, .system = BYTES_LIT("qd20"), .code = BYTES_LIT("H1") };
        case_outcome_add(&o, &reject);
        failure_set(&record.failure, FAILURE_REPLY, false, "no records");
        case_outcome_end(&o, &record);
        assert_text(&o.samples, "a.b  nt-x  2024-03  null\na.b  nt-x  2024-03  0  evidence: two lines\n");
        assert_text(&o.rejects, "request 1 record 2: unknown_unit  system: qd20  code: H1\n");
        assert_text(&o.outcome, "failed: 2 asks, 1 failed, 0 pages, 0 records, 0 left out\nreply: no records\nchecks at delivery: [{\"check\":\"jump\"}]\n");
        assert_int_equal(case_outcome_write(s->dir, &o), 0);
        assert_int_equal(case_outcome_read(s->dir, &back), 0);
        assert_text(&back.samples, text_str(&o.samples));
        assert_text(&back.rejects, text_str(&o.rejects));
        assert_text(&back.outcome, text_str(&o.outcome));
        case_outcome_done(&o);
        case_outcome_done(&back);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_compare),
                cmocka_unit_test(test_many),
                scratch_test(test_outcome),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

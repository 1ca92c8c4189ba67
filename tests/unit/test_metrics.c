/* Tests of observe/metrics.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "test_status.h"

static bool has(const Text *text, const char *line) {
        return bytes_find(text_bytes(text), bytes_of(line), NULL);
}

/* Each figure of the status is there under its name, with its unit, exactly; never is left out instead of
 * zero. */
static void test_figures(void **state) {
        static const char *const want[] = {
                "# TYPE thiduad_build info\n# HELP thiduad_build Version and name of this "
                "instance.\nthiduad_build_info{version=\"0.1.0\",instance_name=\"nt-ioc-1\"} 1\n",
                "# TYPE thiduad_start_timestamp_seconds gauge\n# UNIT thiduad_start_timestamp_seconds "
                "seconds\n",
                "\nthiduad_start_timestamp_seconds 1709249500.000000\n",
                "\nthiduad_config_reload_ok 1\n",
                "\nthiduad_recompute_results 2046\n",
                "\nthiduad_loop_delay_max_seconds 0.001500\n",
                "# TYPE thiduad_stream_samples counter\n# HELP thiduad_stream_samples Figures that were "
                "read.\n",
                "\nthiduad_stream_samples_total{connector=\"dvcqg\",stream=\"services\"} 14810\n",
                "\nthiduad_stream_lag_seconds{connector=\"opendata\",stream=\"catalogue\"} 259200.000000\n",
                "\nthiduad_stream_token_expiry_timestamp_seconds{connector=\"lgsp\",stream=\"edoc\"} "
                "1709263500.000000\n",
                "\nthiduad_stream_state{connector=\"lgsp\",stream=\"edoc\",thiduad_stream_state=\"failed\"} "
                "1\n",
                "\nthiduad_stream_state{connector=\"lgsp\",stream=\"edoc\",thiduad_stream_state=\"ok\"} 0\n",
                "\nthiduad_stream_failing{connector=\"lgsp\",stream=\"edoc\"} 1\n",
                "\nthiduad_stream_failing{connector=\"dvcqg\",stream=\"progress\"} 0\n",
                "\nthiduad_host_breaker{origin=\"https://data.example:443\",thiduad_host_breaker=\"open\"} "
                "1\n",
                "# TYPE thiduad_host_certificate_expiry_timestamp_seconds gauge\n",
                "\nthiduad_host_certificate_expiry_timestamp_seconds{origin=\"https://dvc.example:443\"} ",
                "# TYPE thiduad_spool_bytes gauge\n# UNIT thiduad_spool_bytes bytes\n",
                "\nthiduad_spool_bytes 1536\n",
                "\nthiduad_spool_age_seconds 12.000000\n",
                "\nthiduad_spool_full 0\n",
                "\nthiduad_spool_parcels_aside 0\n",
                "\nthiduad_database_observations_total 15021\n",
                "\nthiduad_database_state{thiduad_database_state=\"idle\"} 1\n",
        };
        static const char *const never[] = {
                "thiduad_stream_last_success_timestamp_seconds{connector=\"reports\"",
                "thiduad_stream_lag_seconds{connector=\"reports\"",
                "thiduad_stream_token_expiry_timestamp_seconds{connector=\"dvcqg\"",
                "thiduad_stream_next_run_timestamp_seconds{connector=\"sites\"",
                "thiduad_host_certificate_expiry_timestamp_seconds{origin=\"https://data.example:443\"",
        };
        _cleanup_(text_done) Text text = TEXT_INIT(1 << 18);
        Status s = sample_status();

        (void) state;
        status_render_metrics(&s, &text);
        for (size_t i = 0; i < ELEMENTS(want); i++)
                if (!has(&text, want[i]))
                        fail_msg("missing: %s\nin:\n%s", want[i], text_str(&text));
        for (size_t i = 0; i < ELEMENTS(never); i++)
                if (has(&text, never[i]))
                        fail_msg("there: %s", never[i]);
}

/* Words that are not made for labels are escaped as the format says. */
static void test_escapes(void **state) {
        static StreamStatus stream = { .connector = "a\"b\\c\nd", .stream = "s", .state = "ok" };
        _cleanup_(text_done) Text text = TEXT_INIT(1 << 18);
        Status s = sample_status();

        (void) state;
        s.streams = &stream;
        s.n_streams = 1;
        status_render_metrics(&s, &text);
        assert_true(has(&text, "thiduad_stream_runs_total{connector=\"a\\\"b\\\\c\\nd\",stream=\"s\"} 0\n"));
}

static Bytes next_line(Bytes *rest) {
        const char *end = memchr(rest->data, '\n', rest->len);
        Bytes line = { rest->data, end ? (size_t) (end - rest->data) : rest->len };

        assert_non_null(end);
        *rest = (Bytes){ end + 1, rest->len - line.len - 1 };
        return line;
}

/* The rules of the format: a family is declared once and before its samples, which follow at once; counters
 * end in _total, a unit ends the name; EOF ends all. */
static void test_format(void **state) {
        _cleanup_(text_done) Text text = TEXT_INIT(1 << 18), seen = TEXT_INIT(1 << 16);
        char family[128] = "", type[16] = "", unit[16] = "";
        Status s = sample_status();
        Bytes rest;

        (void) state;
        status_render_metrics(&s, &text);
        rest = text_bytes(&text);
        while (rest.len > 6) {
                Bytes line = next_line(&rest);
                char buffer[512], key[160];
                size_t name_len;

                (void) snprintf(buffer, sizeof(buffer), "%.*s", (int) line.len, line.data);
                if (bytes_starts(line, "# TYPE ")) {
                        assert_int_equal(sscanf(buffer, "# TYPE %127s %15s", family, type), 2);
                        (void) snprintf(key, sizeof(key), " %s ", family);
                        assert_false(has(&seen, key));
                        (void) text_add_str(&seen, key);
                        continue;
                }
                if (bytes_starts(line, "# UNIT ")) {
                        assert_int_equal(sscanf(buffer, "# UNIT %*s %15s", unit), 1);
                        assert_true(bytes_ends(bytes_of(family), unit));
                        continue;
                }
                if (bytes_starts(line, "# HELP "))
                        continue;
                name_len = strcspn(buffer, "{ ");
                (void) snprintf(key, sizeof(key), "%s%s", family,
                                strcmp(type, "counter") == 0 ? "_total"
                                : strcmp(type, "info") == 0  ? "_info"
                                                             : "");
                assert_int_equal(name_len, strlen(key));
                assert_memory_equal(buffer, key, name_len);
                assert_non_null(strrchr(buffer, ' '));
        }
        assert_true(bytes_equal_str(rest, "# EOF\n"));
        assert_false(has(&text, "\n\n"));
}

/* The older format has no units, statesets or end mark, and a counter's family bears the name of its sample. */
static void test_older_format(void **state) {
        static const char *const want[] = {
                "# TYPE thiduad_build_info gauge\n# HELP thiduad_build_info Version and name of this instance.\nthiduad_build_info{",
                "# TYPE thiduad_start_timestamp_seconds gauge\n# HELP thiduad_start_timestamp_seconds ",
                "# TYPE thiduad_stream_samples_total counter\n# HELP thiduad_stream_samples_total Figures ",
                "# TYPE thiduad_stream_state gauge\n",
        };
        static const char *const never[] = { "# UNIT", "# EOF", " stateset\n", " info\n" };
        _cleanup_(text_done) Text text = TEXT_INIT(1 << 18);
        Status s = sample_status();

        (void) state;
        status_render_metrics_text(&s, &text);
        for (size_t i = 0; i < ELEMENTS(want); i++)
                if (!has(&text, want[i]))
                        fail_msg("missing: %s\nin:\n%s", want[i], text_str(&text));
        for (size_t i = 0; i < ELEMENTS(never); i++)
                if (has(&text, never[i]))
                        fail_msg("there: %s", never[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_figures), cmocka_unit_test(test_escapes),
                cmocka_unit_test(test_format), cmocka_unit_test(test_older_format) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

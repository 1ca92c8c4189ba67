/* Tests of observe/status.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "observe/display.h"
#include "test_status.h"

/* The table is this, to the column: state, last success, next run, figures, trouble in words beneath, then
 * the rest of the house. */
static void test_table(void **state) {
        _cleanup_(text_done) Text text = TEXT_INIT(1 << 16);
        Status s = sample_status();

        (void) state;
        status_render_table(&s, false, 0, &text);
        assert_string_equal(text_str(&text),
                        "thiduad 0.1.0 on nt-ioc-1, up 3 h, configuration of 2 h ago\n"
                        "1 connector ok, 2 failing (lgsp: 401, opendata: timeout), 1 waiting, 1 paused, 1 running\n"
                        "\n"
                        "STREAM              TITLE                             STATE    LAST SUCCESS  NEXT "
                        "RUN   FIGURES  REJECTS\n"
                        "dvcqg/services      Dịch vụ công trực tuyến           ok       3 min ago     in 12 "
                        "min    1 234        0\n"
                        "dvcqg/progress      Tiến độ giải quyết hồ sơ tại bộ…  running  1 h ago       in 14 "
                        "min       30        0\n"
                        "lgsp/edoc           Va\xCC\x86n ba\xCC\x89n \xC4\x91ie\xCC\xA3\xCC\x82n "
                        "tu\xCC\x9B\xCC\x89                   failed   2 h ago       in 40 s          0      "
                        "  0\n"
                        "    the token endpoint answers 401: the client secret is not accepted; put the "
                        "right one into the\n"
                        "    credential \"lgsp-secret\"\n"
                        "opendata/catalogue  Dữ liệu mở                        partial  3 d ago       in 1 h "
                        "          7        2\n"
                        "    no answer within 30 s for 3 of 20 units\xEF\xBF\xBD[2J\n"
                        "reports/periodic                                      waiting  never         now    "
                        "          -        -\n"
                        "sites/portals       Cổng thông tin \"thành phần\"       paused   25 h ago      -    "
                        "           27        0\n"
                        "\n"
                        "database  idle, delivered 12 s ago, 15 021 new figures, 627 unchanged, 1 rejected\n"
                        "spool     1.5 KiB in 2 parcels, the oldest of 12 s ago\n"
                        "computed  9 s ago, 2 046 results, 12 changed\n"
                        "backfill  dvcqg/services of nt-so-y-te waiting, 9 of 12 windows from 2024-01-01 to 2024-12-31; 2 failed and will "
                        "be asked for again: GET /x: HTTP 404\n"
                        "host      https://data.example:443: circuit open, tried again in 1 min\n"
                        "host      https://lgsp.example:8243: circuit probing\n"
                        "host      https://dvc.example:443: its certificate ends in 9 days\n"
                        "login     reports: our token or client certificate ends in 5 days\n");
}

/* What is wrong with the house stands where it is looked for: database, spool, configuration; and with
 * nothing configured it says so. */
static void test_table_trouble(void **state) {
        _cleanup_(text_done) Text text = TEXT_INIT(1 << 16);
        Status s = sample_status();

        (void) state;
        s.n_streams = 0;
        s.n_hosts = 0;
        s.n_backfills = 0;
        s.recomputed_at = 0;
        s.is_recompute_pending = true;
        s.writer.state = WRITER_WAITING;
        s.writer.last_ok_at = 0;
        failure_set(&s.writer.last_failure, FAILURE_DATABASE, true, "connection to \"db.example\" refused");
        s.spool.is_full = true;
        s.spool.n_parcels = 1;
        s.spool.n_aside = 3;
        s.last_reload_error = "2 errors in the new configuration";
        status_render_table(&s, false, 0, &text);
        assert_string_equal(text_str(&text),
                        "thiduad 0.1.0 on nt-ioc-1, up 3 h, configuration of 2 h ago\n"
                        "0 connectors ok\n"
                        "\n"
                        "no streams: there is no enabled connector in the configuration\n"
                        "\n"
                        "database  waiting, delivered never, 15 021 new figures, 627 unchanged, 1 rejected: "
                        "connection to \"db.example\" refused\n"
                        "spool     1.5 KiB in 1 parcel, the oldest of 12 s ago: full, polling pauses until "
                        "the database has caught up or the disk has room; 3 set aside: see \"thiduad parcels list\"\n"
                        "computed  never; newer figures wait to be computed\n"
                        "reload    2 errors in the new configuration\n");
}

/* Colours are an addition: without their codes the coloured table is the plain one. */
static void test_colour(void **state) {
        _cleanup_(text_done) Text plain = TEXT_INIT(1 << 16), coloured = TEXT_INIT(1 << 16),
                                  stripped = TEXT_INIT(1 << 16);
        Status s = sample_status();

        (void) state;
        status_render_table(&s, false, 0, &plain);
        status_render_table(&s, true, 0, &coloured);
        assert_true(bytes_find(text_bytes(&coloured), BYTES_LIT("\033[31mfailed\033[0m"), NULL));
        assert_true(bytes_find(text_bytes(&coloured), BYTES_LIT("\033[32mok\033[0m"), NULL));
        for (const char *p = text_str(&coloured); *p; p++) {
                if (*p == '\033')
                        p = strchr(p, 'm');
                else
                        (void) text_add_char(&stripped, *p);
        }
        assert_string_equal(text_str(&stripped), text_str(&plain));
}

/* On a narrow terminal no row is wider than it: titles and names give way, never a state, a time or a number; on one too narrow for those the rows are as wide as they must be. */
static void test_width(void **state) {
        static const struct {
                unsigned width;
                size_t want_max;
        } cases[] = { { 200, 104 }, { 104, 104 }, { 100, 100 }, { 80, 80 }, { 20, 78 } };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(1 << 16);
                Status s = sample_status();
                Bytes rest, line;
                size_t widest = 0;
                bool is_table = false;

                status_render_table(&s, false, cases[i].width, &text);
                rest = text_bytes(&text);
                while (bytes_line(&rest, &line)) {
                        is_table |= bytes_find(line, BYTES_LIT("STREAM"), NULL);
                        if (is_table && !line.len)
                                break;
                        if (is_table && display_width(line) > widest)
                                widest = display_width(line);
                }
                assert_int_equal(widest, cases[i].want_max);
                assert_non_null(strstr(text_str(&text), "partial  3 d ago       in 1 h           7        2\n"));
        }
}

/* The JSON keeps every figure the table shows and those it leaves out; never is null, not zero. */
static void test_json(void **state) {
        _cleanup_(text_done) Text text = TEXT_INIT(1 << 16);
        Status s = sample_status();

        (void) state;
        s.streams = &sample_streams[2];
        s.n_streams = 1;
        s.hosts = &sample_hosts[1];
        s.n_hosts = 1;
        s.recomputed_at = 0;
        s.is_recompute_pending = true;
        failure_set(&s.writer.last_failure, FAILURE_DATABASE, false, "permission denied");
        memcpy(s.writer.last_failure.sqlstate, "42501", 6);
        s.writer.state = WRITER_STOPPED;
        status_render_json(&s, &text);
        assert_string_equal(text_str(&text),
                        "{\"version\":\"0.1.0\",\"instance\":\"nt-ioc-1\",\"now\":\"2024-03-01T02:35:00."
                        "000000Z\",\"started_at\":\"2024-02-29T23:31:40.000000Z\","
                        "\"loaded_at\":\"2024-03-01T00:35:00.000000Z\",\"reload_error\":null,"
                        "\"streams\":[{\"connector\":\"lgsp\",\"stream\":\"edoc\",\"title\":\"Va\xCC\x86n "
                        "ba\xCC\x89n \xC4\x91ie\xCC\xA3\xCC\x82n tu\xCC\x9B\xCC\x89\",\"state\":\"failed\","
                        "\"last_attempt_at\":\"2024-03-01T02:33:55.000000Z\",\"last_success_at\":\"2024-03-"
                        "01T00:33:20.000000Z\",\"next_at\":\"2024-03-01T02:35:40.000000Z\","
                        "\"running_since\":null,\"runs\":9,\"runs_failed\":2,\"samples\":700,\"rejects\":0,"
                        "\"skipped\":0,\"units_behind\":0,\"last_samples\":0,\"last_rejects\":0,"
                        "\"trouble\":\"the token endpoint answers 401: the client secret is not accepted; "
                        "put the right one into the credential \\\"lgsp-secret\\\"\","
                        "\"failure_class\":\"login\",\"http_status\":401,\"token_expires_at\":\"2024-03-"
                        "01T03:25:00.000000Z\",\"credential_expires_at\":null}],"
                        "\"backfills\":[{\"connector\":\"dvcqg\",\"stream\":\"services\",\"unit\":\"nt-so-y-te\","
                        "\"state\":\"waiting\",\"from\":\"2024-01-01\",\"to\":\"2024-12-31\",\"windows\":12,"
                        "\"windows_done\":9,\"windows_failed\":2,\"figures\":340,\"rejects\":1,"
                        "\"trouble\":\"GET /x: HTTP 404\"}],"
                        "\"hosts\":[{\"origin\":\"https://"
                        "data.example:443\",\"breaker\":\"open\",\"open_for_usec\":95000000,\"certificate_expires_at\":null}],"
                        "\"spool\":{\"bytes\":1536,\"parcels\":2,\"next_seq\":40,\"oldest_at\":\"2024-03-"
                        "01T02:34:48.000000Z\",\"repaired_bytes\":0,\"aside\":0,\"is_full\":false},"
                        "\"database\":{\"state\":\"stopped\",\"last_ok_at\":\"2024-03-01T02:34:48.000000Z\","
                        "\"parcels\":38,\"batches\":11,\"observations\":15021,\"unchanged\":627,"
                        "\"rejected\":1,\"trouble\":\"permission denied\",\"sqlstate\":\"42501\"},"
                        "\"recompute\":{\"at\":null,\"results\":2046,\"changed\":12,\"is_pending\":true},"
                        "\"loop_delay_max_usec\":1500}\n");
}

/* The line counts connectors, not streams, names at most three that fail, and fits under systemctl status. */
static void test_line(void **state) {
        enum { OK, FAILING, FIVE_FAILING, FULL, AWAY, STOPPED, REFUSED, TOMORROW, NONE };
        static const struct {
                int what;
                const char *want;
        } cases[] = {
                { OK, "1 connector ok, 1 running, spool 1.5 KiB, next 09:47" },
                { FAILING, "1 connector ok, 2 failing (lgsp: 401, opendata: timeout), 1 waiting, 1 paused, 1 "
                           "running, spool 1.5 KiB, next 09:35" },
                { FIVE_FAILING, "0 connectors ok, 5 failing (a: 500, b: 500, c: 500, 2 more), spool 1.5 "
                                "KiB" },
                { FULL, "1 connector ok, 1 running, spool full at 1.5 KiB, next 09:47" },
                { AWAY, "1 connector ok, 1 running, database away, spool 1.5 KiB, next 09:47" },
                { STOPPED, "1 connector ok, 1 running, database refuses deliveries, spool 1.5 KiB, next "
                           "09:47" },
                { REFUSED, "1 connector ok, 1 running, spool 1.5 KiB, next 09:47, new configuration "
                           "refused" },
                { TOMORROW, "1 connector ok, spool 1.5 KiB, next 2024-03-02 00:00" },
                { NONE, "0 connectors ok, spool 1.5 KiB" },
        };
        static StreamStatus five[] = {
                { .connector = "a", .stream = "s", .state = "failed", .http_status = 500 },
                { .connector = "b", .stream = "s", .state = "failed", .http_status = 500 },
                { .connector = "c", .stream = "s", .state = "failed", .http_status = 500 },
                { .connector = "d", .stream = "s", .state = "failed", .http_status = 500 },
                { .connector = "e", .stream = "s", .state = "failed", .http_status = 500 },
        };
        static StreamStatus tomorrow = {
                .connector = "a", .stream = "s", .state = "ok", .next_at = IN(14 * 3600 + 25 * 60)
        };
        const Zone *zone = NULL;

        (void) state;
        assert_int_equal(zone_get("Asia/Ho_Chi_Minh", &zone), 0);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(text_done) Text text = TEXT_INIT(1024);
                Status s = sample_status();

                s.n_streams = cases[i].what == FAILING ? s.n_streams : 2;
                switch (cases[i].what) {
                case FIVE_FAILING:
                        s.streams = five;
                        s.n_streams = ELEMENTS(five);
                        break;
                case FULL:
                        s.spool.is_full = true;
                        break;
                case AWAY:
                case STOPPED:
                        failure_set(&s.writer.last_failure, FAILURE_DATABASE, true, "refused");
                        s.writer.state = cases[i].what == AWAY ? WRITER_WAITING : WRITER_STOPPED;
                        break;
                case REFUSED:
                        s.last_reload_error = "1 error";
                        break;
                case TOMORROW:
                        s.streams = &tomorrow;
                        s.n_streams = 1;
                        break;
                case NONE:
                        s.n_streams = 0;
                        break;
                default:
                        break;
                }
                status_render_line(&s, zone, &text);
                assert_string_equal(text_str(&text), cases[i].want);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_table_trouble),
                cmocka_unit_test(test_colour),
                cmocka_unit_test(test_width),
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

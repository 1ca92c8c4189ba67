/* One status that shows every case, shared by the tests of the table, the JSON, the line and the metrics. */
#pragma once

#include "observe/status.h"

#define STATUS_NOW (UINT64_C(1709260500) * USEC_SEC) /* 2024-03-01T02:35:00Z, 09:35 in Ho Chi Minh City */
#define AGO(n)     (STATUS_NOW - (usec_t) (n) *USEC_SEC)
#define IN(n)      (STATUS_NOW + (usec_t) (n) *USEC_SEC)

static StreamStatus sample_streams[] = {
        { .connector = "dvcqg",
                        .stream = "services",
                        .title = "Dịch vụ công trực tuyến",
                        .state = "ok",
                        .last_attempt_at = AGO(185),
                        .last_success_at = AGO(180),
                        .next_at = IN(720),
                        .n_runs = 12,
                        .n_samples = 14810,
                        .n_rejects = 1,
                        .last_samples = 1234 },
        { .connector = "dvcqg",
                        .stream = "progress",
                        .title = "Tiến độ giải quyết hồ sơ tại bộ phận một cửa",
                        .state = "running",
                        .last_attempt_at = AGO(20),
                        .last_success_at = AGO(3620),
                        .next_at = IN(880),
                        .running_since = AGO(20),
                        .n_runs = 3,
                        .n_samples = 90,
                        .last_samples = 30 },
        { .connector = "lgsp",
                        .stream = "edoc",
                        .title = "Va\xCC\x86n ba\xCC\x89n \xC4\x91ie\xCC\xA3\xCC\x82n tu\xCC\x9B\xCC\x89",
                        .state = "failed",
                        .last_attempt_at = AGO(65),
                        .last_success_at = AGO(7300),
                        .next_at = IN(40),
                        .n_runs = 9,
                        .n_runs_failed = 2,
                        .n_samples = 700,
                        .trouble = "the token endpoint answers 401: the client secret is not accepted; put "
                                   "the right one into the credential \"lgsp-secret\"",
                        .failure_class = "login",
                        .http_status = 401,
                        .token_expires_at = IN(3000) },
        { .connector = "opendata",
                        .stream = "catalogue",
                        .title = "Dữ liệu mở",
                        .state = "partial",
                        .last_attempt_at = AGO(400),
                        .last_success_at = AGO(86400 * 3),
                        .next_at = IN(3600),
                        .n_runs = 4,
                        .n_runs_failed = 4,
                        .n_samples = 21,
                        .n_rejects = 8,
                        .n_skipped = 2,
                        .last_samples = 7,
                        .last_rejects = 2,
                        .trouble = "no answer within 30 s for 3 of 20 units\033[2J",
                        .failure_class = "timeout" },
        { .connector = "reports", .stream = "periodic", .state = "waiting", .next_at = IN(0), .credential_until = IN(5 * 86400 + 60) },
        { .connector = "sites",
                        .stream = "portals",
                        .title = "Cổng thông tin \"thành phần\"",
                        .state = "paused",
                        .last_attempt_at = AGO(90000),
                        .last_success_at = AGO(90000),
                        .n_runs = 1,
                        .n_samples = 27,
                        .last_samples = 27 },
};

static BackfillStatus sample_backfills[] = {
        { .connector = "dvcqg", .stream = "services", .unit = "nt-so-y-te", .state = "waiting", .from = 19723, .to = 20088, .n_windows = 12,
                .n_windows_done = 9, .n_windows_failed = 2, .n_samples = 340, .n_rejects = 1, .trouble = "GET /x: HTTP 404" },
};

static HostStatus sample_hosts[] = {
        { .origin = "https://dvc.example:443", .breaker = BREAKER_CLOSED, .certificate_until = IN(9 * 86400 + 3600) },
        { .origin = "https://data.example:443", .breaker = BREAKER_OPEN, .until = 95 * USEC_SEC },
        { .origin = "https://lgsp.example:8243", .breaker = BREAKER_PROBING },
};

static inline Status sample_status(void) {
        return (Status){
                .version = "0.1.0",
                .instance = "nt-ioc-1",
                .now = STATUS_NOW,
                .started_at = AGO(11000),
                .loaded_at = AGO(7200),
                .streams = sample_streams,
                .n_streams = ELEMENTS(sample_streams),
                .backfills = sample_backfills,
                .n_backfills = ELEMENTS(sample_backfills),
                .hosts = sample_hosts,
                .n_hosts = ELEMENTS(sample_hosts),
                .spool = { .bytes = 1536, .n_parcels = 2, .next_seq = 40, .oldest_at = AGO(12) },
                .writer = { .state = WRITER_IDLE,
                                .n_parcels = 38,
                                .n_batches = 11,
                                .n_observations = 15021,
                                .n_unchanged = 627,
                                .n_rejected = 1,
                                .last_ok_at = AGO(12) },
                .recomputed_at = AGO(9),
                .n_recomputed = 2046,
                .n_recompute_changed = 12,
                .loop_delay_max = 1500,
        };
}

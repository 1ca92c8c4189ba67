/* Driver of spool and writer for the system tests: fills a spool with parcels of known content, and drains it into a database.
 *
 *   store_drive SPOOL append FROM TO [MARK SAMPLE]   parcels FROM to TO - 1; each that is synced is printed as "synced N".
 *                                                    MARK: what is wrong with sample SAMPLE of each (-1: of all): year, name, null, poison (the parcel is none),
 *                                                    same (nothing is wrong: it speaks about unit u0 and 2023-01-01, as all that are marked so)
 *   store_drive SPOOL drain CONNINFO SECONDS [ROWS [PATIENCE]]  over two connections, until the spool is empty; prints what happens; exit code 3: not empty after SECONDS
 *
 * Parcel N is of connector drive0 to drive6 by N, and has ten samples: metric drive.m0 to drive.m9, unit u0 to u2 by N, the day 2024-01-01 plus N, value N.K. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-event.h>

#include "base/err.h"
#include "base/num.h"
#include "store/parcel.h"
#include "store/writer.h"

enum { N_SAMPLES = 10 };

typedef struct Drive {
        sd_event *event;
        Spool *spool;
        Writer *writer;
} Drive;

static int64_t number(const char *text) {
        int64_t v = 0;

        if (num_parse_i64(bytes_of(text), &v) < 0) {
                (void) fprintf(stderr, "not a number: %s\n", text);
                exit(64);
        }
        return v;
}

static void print(const char *format, ...) _printf_(1, 2);
static void print(const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vprintf(format, ap);
        va_end(ap);
        (void) fflush(stdout);
}

static void add_sample(ParcelWriter *w, int64_t n, int k, const char *mark) {
        _cleanup_(text_done) Text metric = TEXT_INIT(64), unit = TEXT_INIT(64), value = TEXT_INIT(64);
        Sample s = { .request = 1, .record = (uint64_t) k + 1 };

        (void) text_printf(&metric, "%s%d", strcmp(mark, "name") == 0 ? "Drive M" : "drive.m", k);
        (void) text_printf(&unit, "u%d", strcmp(mark, "same") == 0 ? 0 : (int) (n % 3));
        (void) text_printf(&value, "%d.%d", (int) n, k);
        s.metric = text_str(&metric);
        s.unit = text_str(&unit);
        s.is_null = strcmp(mark, "null") == 0;
        s.value = s.is_null ? BYTES_NULL : text_bytes(&value);
        s.period.kind = PERIOD_DAY;
        s.period.from = s.period.to = strcmp(mark, "year") == 0 ? day_of(1802, 1, 1) : strcmp(mark, "same") == 0 ? day_of(2023, 1, 1) : day_of(2024, 1, 1) + (Day) n;
        if (parcel_add_sample(w, &s) < 0)
                exit(70);
}

static int append_one(Spool *spool, int64_t n, const char *mark, int64_t at) {
        char connector[16];
        RunRecord run = { .connector = connector, .stream = "all", .instance = "test", .started_at = 1711929601000000 + (usec_t) n, .state = RUN_OK };
        _cleanup_(parcel_writer_freep) ParcelWriter *w = NULL;
        Bytes sealed;

        (void) snprintf(connector, sizeof(connector), "drive%d", (int) (n % 7));
        (void) snprintf(run.id, sizeof(run.id), "00000000-0000-4000-8000-%012u", (unsigned) n);
        run.ended_at = run.started_at + 1;
        run.n_samples = N_SAMPLES;
        w = parcel_writer_new(&run);
        for (int k = 0; k < N_SAMPLES; k++)
                add_sample(w, n, k, at == k || at == -1 ? mark : "");
        (void) parcel_add_request(w, &(RequestRecord){ .seq = 1, .method = "GET", .url = "https://drive.example/", .sent_at = run.started_at, .status = 200 });
        if (parcel_seal(w, &run, &sealed) < 0)
                return -EINVAL;
        if (strcmp(mark, "poison") == 0)
                sealed.len--;
        return spool_append(spool, sealed, run.started_at, NULL);
}

static int append(Drive *d, int64_t from, int64_t to, const char *mark, int64_t at) {
        for (int64_t n = from; n < to; n++) {
                int r = append_one(d->spool, n, mark, at);

                if (r == 0)
                        r = spool_sync(d->spool);
                if (r != 0) {
                        (void) fprintf(stderr, "append: %s\n", r < 0 ? err_story(r) : "full");
                        return 70;
                }
                print("synced %d\n", (int) n);
        }
        return 0;
}

static void on_delivered(void *userdata, uint64_t n_parcels, uint64_t n_observations) {
        Drive *d = userdata;

        print("delivered %" PRIu64 " %" PRIu64 "\n", n_parcels, n_observations);
        if (writer_is_drained(d->writer))
                (void) sd_event_exit(d->event, 0);
}

static void on_trouble(void *userdata _unused_, const Failure *f) {
        print("trouble %s %s: %s\n", f->is_retryable ? "retry" : "stop", f->sqlstate[0] ? f->sqlstate : "-", f->story);
}

static void on_recovered(void *userdata _unused_) {
        print("recovered\n");
}

static void on_found(void *userdata _unused_, const WriterFinding *f) {
        print("found %d: %s\n", f->kind == FINDING_BLOCKED, f->story);
}

static void on_rejected(void *userdata _unused_, const Failure *f, uint64_t seq) {
        print("rejected %" PRIu64 " %s: %s\n", seq, f->sqlstate[0] ? f->sqlstate : "-", f->story);
}

static int on_timeout(sd_event_source *source, uint64_t usec _unused_, void *userdata _unused_) {
        return sd_event_exit(sd_event_source_get_event(source), 3);
}

static int drain(Drive *d, char *conninfo, int64_t seconds, int64_t rows, int64_t patience) {
        static const WriterEvents events = { .delivered = on_delivered, .trouble = on_trouble, .recovered = on_recovered, .rejected = on_rejected, .found = on_found };
        WriterSpec spec = {
                .conninfo = conninfo, .connections = 2, .batch_rows = (unsigned) rows, .batch_bytes = 1 << 20, .retry_min = 20 * USEC_MSEC, .retry_max = 200 * USEC_MSEC,
                .answer_within = (usec_t) patience * USEC_SEC,
        };
        WriterStats stats;
        int r;

        if (sd_event_new(&d->event) < 0 || sd_event_add_time_relative(d->event, NULL, CLOCK_MONOTONIC, (uint64_t) seconds * USEC_SEC, 0, on_timeout, NULL) < 0)
                return 70;
        r = writer_new(&d->writer, &spec, d->spool, d->event, &events, d);
        if (r < 0) {
                (void) fprintf(stderr, "%s\n", err_story(r));
                return 70;
        }
        if (!writer_is_drained(d->writer)) {
                writer_kick(d->writer);
                r = sd_event_loop(d->event);
        }
        writer_stats(d->writer, &stats);
        print("end %s parcels=%" PRIu64 " batches=%" PRIu64 " observations=%" PRIu64 " rejected=%" PRIu64 "\n", writer_state_name(stats.state), stats.n_parcels,
              stats.n_batches, stats.n_observations, stats.n_rejected);
        d->writer = writer_free(d->writer);
        (void) sd_event_unref(d->event);
        return r;
}

int main(int argc, char **argv) {
        Drive d = {};
        SpoolSpec spec = { .max_size = 1 << 30, .segment_size = 16 << 10 };
        int r;

        if (argc < 5)
                return 64;
        spec.dir = argv[1];
        r = spool_open(&d.spool, &spec, NULL);
        if (r < 0) {
                (void) fprintf(stderr, "%s\n", err_story(r));
                return 70;
        }
        if (strcmp(argv[2], "append") == 0)
                r = append(&d, number(argv[3]), number(argv[4]), argc > 6 ? argv[5] : "", argc > 6 ? number(argv[6]) : -2);
        else
                r = drain(&d, argv[3], number(argv[4]), argc > 5 ? number(argv[5]) : 10000, argc > 6 ? number(argv[6]) : 2);
        d.spool = spool_close(d.spool);
        return r;
}

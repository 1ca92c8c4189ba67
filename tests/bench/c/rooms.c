/* The rooms decode and normalise alone: the bytes of a file through the decoder and the mapping of a stream, as a run takes them from a socket, in pieces of the
 * same size as reader.c reads. Nothing is fetched, hashed or stored. Prints the CPU time that it took and how many samples and rejects came out.
 *
 *     rooms CONFIG CONNECTOR FILE */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "setup.h"

static char piece[65536];
static unsigned long n_samples, n_rejects;

static void die(const char *why) {
        fprintf(stderr, "rooms: %s\n", why);
        exit(1);
}

static double cpu(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static int on_sample(void *userdata, const Sample *s) {
        (void) userdata, (void) s;
        n_samples++;
        return 0;
}

static int on_reject(void *userdata, const Reject *r) {
        (void) userdata, (void) r;
        n_rejects++;
        return 0;
}

static void drain(Decoder *d, const Stream *s, MappingState *sums, const MappingContext *context) {
        static const MappingOut out = { on_sample, on_reject, NULL };
        Record record;
        int code;

        while ((code = decoder_next(d, &record)) == DECODE_RECORD)
                if (mapping_apply(s->mapping, sums, context, &record, &out) != 0)
                        die("the mapping gave up");
        if (code != DECODE_MORE)
                die(d->story);
}

static void read_all(const Setup *setup, const Stream *s, int fd) {
        MappingContext context = { .units = registry_units(setup_registry(setup)), .zone = s->connector->zone, .today = day_of(2024, 6, 1), .request = 1 };
        MappingState *sums = mapping_state_new(s->mapping);
        Decoder *d;
        ssize_t n;

        if (decoder_open(&d, &s->format) < 0)
                die("no decoder");
        while ((n = read(fd, piece, sizeof(piece))) > 0) {
                if (decoder_feed(d, (Bytes){ piece, (size_t) n }) != 0)
                        die(d->story);
                drain(d, s, sums, &context);
        }
        if (decoder_feed(d, BYTES_NULL) != 0)
                die(d->story);
        drain(d, s, sums, &context);
        decoder_free(d);
        mapping_state_free(sums);
}

int main(int argc, char **argv) {
        Diag *diag = diag_new();
        const Stream *s;
        Setup *setup;
        double began;
        int fd;

        if (argc != 4 || (fd = open(argv[3], O_RDONLY)) < 0)
                die("usage: rooms CONFIG CONNECTOR FILE");
        if (setup_load(&setup, argv[1], diag) != 0)
                die("the configuration is refused");
        s = setup_find(setup, argv[2], NULL);
        if (!s)
                die("no such connector");
        began = cpu();
        read_all(setup, s, fd);
        printf("%.6f %lu %lu\n", cpu() - began, n_samples, n_rejects);
        setup_unref(setup);
        diag_free(diag);
        close(fd);
        return 0;
}

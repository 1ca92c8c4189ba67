/* Unit tests of store/spool.c and store/spool_open.c. */

#include "store_util.h"

#include <dirent.h>
#include <errno.h>

#include "base/err.h"
#include "base/file.h"
#include "store/spool.h"

enum { N_MAX = 64 };

static SpoolSpec spec_of(char *dir) {
        return (SpoolSpec){ .dir = dir, .max_size = 1 << 20, .min_free = 0, .segment_size = 4096 };
}

/* Content i: recognisable, of different lengths, some empty. */
static void content_of(unsigned i, Text *ret) {
        text_clear(ret);
        for (unsigned n = 0; n < (i * 37) % 300; n++)
                (void) text_add_char(ret, (char) (i + n));
        if (i % 7)
                (void) text_printf(ret, "parcel %u", i);
}

static void append_some(Spool *s, unsigned from, unsigned to, uint64_t *seqs) {
        _cleanup_(text_done) Text content = TEXT_INIT(4096);

        for (unsigned i = from; i < to; i++) {
                content_of(i, &content);
                assert_int_equal(spool_append(s, text_bytes(&content), 1000000 + i, &seqs[i]), 0);
        }
        assert_true(spool_needs_sync(s));
        assert_int_equal(spool_sync(s), 0);
        assert_false(spool_needs_sync(s));
}

/* Reads all there is: each must be one of those appended, whole and in order. Returns how many; *ret_damaged counts what was told damaged. */
static unsigned read_all(Spool *s, const uint64_t *seqs, unsigned n, bool got[N_MAX], unsigned *ret_damaged) {
        _cleanup_(text_done) Text content = TEXT_INIT(4096), want = TEXT_INIT(4096);
        uint64_t at = 0, seq = 0, before = 0;
        unsigned n_read = 0;
        int r;

        *ret_damaged = 0;
        memset(got, 0, N_MAX);
        while ((r = spool_read(s, &at, &content, &seq)) != 0) {
                unsigned i = 0;

                if (r == -EBADMSG) {
                        (*ret_damaged)++;
                        continue;
                }
                assert_int_equal(r, 1);
                while (i < n && seqs[i] != seq)
                        i++;
                assert_true(i < n);
                content_of(i, &want);
                assert_true(bytes_equal(text_bytes(&content), text_bytes(&want)));
                assert_true(seq > before);
                before = seq;
                got[i] = true;
                n_read++;
        }
        return n_read;
}

static size_t count_files(const char *dir, const char *suffix) {
        _cleanup_(strv_freep) char **names = NULL;
        size_t n = 0;

        if (dir_list(dir, suffix, &names) < 0)
                return 0;
        while (names[n])
                n++;
        return n;
}

static void damaged_dir(const char *dir, char to[80]) {
        (void) snprintf(to, 80, "%s/damaged", dir);
}

/* What is appended and synced is read in order until it is acknowledged, over any number of openings; what is not synced is not read. */
static void test_order(void **state _unused_) {
        char dir[64], id[37];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(spool_closep) Spool *s = NULL;
        _cleanup_(text_done) Text content = TEXT_INIT(4096);
        uint64_t seqs[N_MAX], at = 0, seq, last;
        bool got[N_MAX];
        unsigned n_damaged;
        SpoolStats stats;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        memcpy(id, spool_id(s), 37);
        assert_int_equal(strlen(id), 36);
        assert_int_equal(spool_read(s, &at, &content, &seq), 0);
        content_of(0, &content);
        assert_int_equal(spool_append(s, text_bytes(&content), 1000000, &seqs[0]), 0);
        assert_int_equal(spool_read(s, &at, &content, &seq), 0);
        append_some(s, 1, 40, seqs);
        assert_int_equal(read_all(s, seqs, 40, got, &n_damaged), 40);
        spool_stats(s, &stats);
        assert_int_equal(stats.n_parcels, 40);
        assert_int_equal(stats.oldest_at, 1000000);
        assert_int_equal(stats.oldest_seq, seqs[0]);

        assert_int_equal(spool_ack(s, seqs[9]), 0);
        assert_int_equal(spool_ack(s, seqs[5]), 0);     /* older than what is acknowledged: nothing */
        assert_int_equal(read_all(s, seqs, 40, got, &n_damaged), 30);
        spool_stats(s, &stats);
        assert_int_equal(stats.n_parcels, 30);
        assert_int_equal(stats.oldest_at, 1000010);
        last = stats.next_seq;
        s = spool_close(s);

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        assert_string_equal(spool_id(s), id);
        spool_stats(s, &stats);
        assert_int_equal(stats.n_parcels, 30);
        assert_int_equal(stats.oldest_seq, seqs[10]);
        assert_int_equal(stats.n_repaired, 0);
        assert_true(stats.next_seq >= last);
        append_some(s, 40, 45, seqs);
        assert_int_equal(read_all(s, seqs, 45, got, &n_damaged), 35);
        assert_int_equal(n_damaged, 0);
        assert_int_equal(spool_ack(s, seqs[44]), 0);
        assert_int_equal(read_all(s, seqs, 45, got, &n_damaged), 0);
        spool_stats(s, &stats);
        assert_int_equal(stats.n_parcels, 0);
        assert_int_equal(stats.bytes, 0);
        assert_int_equal(stats.oldest_at, 0);
        assert_true(count_files(dir, ".seg") <= 1);
        s = spool_close(s);
        remove_tree(dir);
}

/* Two processes never share a spool. */
static void test_lock(void **state _unused_) {
        char dir[64];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(spool_closep) Spool *s = NULL, *other = NULL;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        assert_int_equal(spool_open(&other, &spec, NULL), -EBUSY);
        assert_null(other);
        s = spool_close(s);
        assert_int_equal(spool_open(&other, &spec, NULL), 0);
        other = spool_close(other);
        remove_tree(dir);
}

/* Full means that nothing was appended and nothing is lost; delivery makes room again. */
static void test_full(void **state _unused_) {
        char dir[64];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(spool_closep) Spool *s = NULL;
        _cleanup_(text_done) Text content = TEXT_INIT(4096);
        uint64_t seq = 0, last = 0, at = 0;
        unsigned n = 0, n_read = 0;
        SpoolStats stats;
        int r;

        spec.max_size = 64 << 10;
        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        for (unsigned i = 0; i < 1000; i++)
                (void) text_add_char(&content, 'x');
        while ((r = spool_append(s, text_bytes(&content), 1, &seq)) == 0) {
                last = seq;
                assert_true(++n < 100);
        }
        assert_int_equal(r, SPOOL_E_FULL);
        assert_int_equal(seq, last);
        assert_true(n > 50);
        assert_false(spool_has_room(s));
        spool_stats(s, &stats);
        assert_true(stats.is_full);
        assert_true(stats.size <= spec.max_size);
        assert_int_equal(spool_sync(s), 0);
        while (spool_read(s, &at, &content, &seq) == 1)
                n_read++;
        assert_int_equal(n_read, n);
        assert_int_equal(spool_ack(s, last - n + 2), 0);
        assert_false(spool_has_room(s));        /* an eighth must be free before polling goes on */
        assert_int_equal(spool_ack(s, last), 0);
        assert_true(spool_has_room(s));
        assert_int_equal(spool_append(s, text_bytes(&content), 1, &seq), 0);
        assert_int_equal(seq, last + 1);
        s = spool_close(s);

        spec.min_free = (uint64_t) 1 << 60;
        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        assert_int_equal(spool_append(s, text_bytes(&content), 1, &seq), SPOOL_E_FULL);
        assert_false(spool_has_room(s));
        s = spool_close(s);
        remove_tree(dir);
}

/* The disk that what was delivered still takes never keeps new parcels out. */
static void test_delivered_makes_room(void **state _unused_) {
        char dir[64];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(spool_closep) Spool *s = NULL;
        _cleanup_(text_done) Text content = TEXT_INIT(16 << 10);
        uint64_t seq = 0;

        spec.max_size = 64 << 10;
        spec.segment_size = 1 << 20;
        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        for (unsigned i = 0; i < 7000; i++)
                (void) text_add_char(&content, 'x');
        for (unsigned i = 0; i < 100; i++) {
                assert_int_equal(spool_append(s, text_bytes(&content), 1, &seq), 0);
                assert_int_equal(spool_sync(s), 0);
                assert_int_equal(spool_ack(s, seq), 0);
        }
        s = spool_close(s);
        remove_tree(dir);
}

/* ---- damage ---- */

static void file_name(const char *dir, const char *name, char to[400]) {
        (void) snprintf(to, 400, "%s/%s", dir, name);
}

static void load_file(const char *path, Text *ret) {
        text_clear(ret);
        assert_int_equal(file_read(path, ret), 0);
}

static void store_file(const char *path, Bytes content) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, content.data, content.len), content.len);
        (void) close(fd);
}

/* The one with the newest records: an orderly end leaves one without any behind it. */
static char *newest_segment(const char *dir) {
        _cleanup_(strv_freep) char **names = NULL;
        size_t n = 0, newest = 0;

        assert_int_equal(dir_list(dir, ".seg", &names), 0);
        for (; names[n]; n++) {
                char path[400];
                struct stat st;

                (void) snprintf(path, sizeof(path), "%s/%s", dir, names[n]);
                assert_int_equal(stat(path, &st), 0);
                newest = st.st_size > 64 ? n : newest;
        }
        assert_true(n > 0);
        return xstrdup(names[newest]);
}

/* As a crash leaves it: without the mark of an orderly end. */
static void forget_orderly_end(const char *dir) {
        _cleanup_(strv_freep) char **names = NULL;
        char path[400];
        struct stat st;
        size_t n = 0;

        assert_int_equal(dir_list(dir, ".seg", &names), 0);
        while (names[n])
                n++;
        file_name(dir, names[n - 1], path);
        assert_int_equal(stat(path, &st), 0);
        if (st.st_size <= 64)
                assert_int_equal(unlink(path), 0);
}

/* Wherever a crash tears the tail, exactly the records before the tear are read, the rest is cut and told, and no number comes again. */
static void test_torn_at_every_byte(void **state _unused_) {
        char dir[64], segment[400], position[400];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(text_done) Text whole = TEXT_INIT(1 << 20), place = TEXT_INIT(1 << 20);
        _free_ char *name = NULL;
        uint64_t seqs[N_MAX], ends[N_MAX];
        Spool *s = NULL;
        SpoolStats stats;
        bool got[N_MAX];
        unsigned n_damaged;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        for (unsigned i = 0; i < 6; i++) {
                append_some(s, i, i + 1, seqs);
                spool_stats(s, &stats);
                ends[i] = stats.size;
        }
        s = spool_close(s);
        forget_orderly_end(dir);
        name = newest_segment(dir);
        file_name(dir, name, segment);
        file_name(dir, "position", position);
        load_file(segment, &whole);
        load_file(position, &place);
        for (size_t cut = 0; cut <= whole.len; cut++) {
                uint64_t repaired = 0;
                unsigned want = 0;

                store_file(segment, (Bytes){ whole.data, cut });
                store_file(position, text_bytes(&place));
                while (want < 6 && ends[want] <= cut)
                        want++;
                assert_int_equal(spool_open(&s, &spec, &repaired), 0);
                assert_int_equal(read_all(s, seqs, 6, got, &n_damaged), want);
                assert_int_equal(n_damaged, 0);
                assert_int_equal(repaired, cut < 64 ? 0 : cut - (want ? ends[want - 1] : 64));
                append_some(s, 6, 7, seqs);
                assert_true(seqs[6] > seqs[5]);
                assert_int_equal(read_all(s, seqs, 7, got, &n_damaged), want + 1);
                s = spool_close(s);
                forget_orderly_end(dir);
                (void) unlink(segment);
                _free_ char *second = newest_segment(dir);
                char path[400];

                file_name(dir, second, path);
                (void) unlink(path);
        }
        remove_tree(dir);
}

/* A flipped byte costs at most the record it stands in, is told with its extent and kept; all others are read as they were. */
static void test_flip_every_byte(void **state _unused_) {
        char dir[64], segment[400], position[400], aside[80];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(text_done) Text whole = TEXT_INIT(1 << 20), place = TEXT_INIT(1 << 20), content = TEXT_INIT(4096);
        _free_ char *name = NULL;
        uint64_t seqs[N_MAX];
        Spool *s = NULL;
        bool got[N_MAX];
        unsigned n_damaged;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        append_some(s, 1, 5, seqs);
        seqs[0] = 0;
        s = spool_close(s);
        name = newest_segment(dir);
        file_name(dir, name, segment);
        file_name(dir, "position", position);
        damaged_dir(dir, aside);
        load_file(segment, &whole);
        load_file(position, &place);
        for (size_t i = 0; i < whole.len; i++) {
                uint64_t repaired = 0;
                unsigned n;

                whole.data[i] = (char) (whole.data[i] ^ (1 << (i % 8)));
                store_file(segment, text_bytes(&whole));
                whole.data[i] = (char) (whole.data[i] ^ (1 << (i % 8)));
                store_file(position, text_bytes(&place));
                remove_tree(aside);
                assert_int_equal(spool_open(&s, &spec, &repaired), 0);
                n = read_all(s, seqs, 5, got, &n_damaged);
                if (i < 64)
                        assert_int_equal(n, 4);         /* the segment's own head: the position knows the id as well */
                else {
                        assert_int_equal(n, 3);
                        assert_int_equal(n_damaged + (repaired > 0), 1);
                        assert_int_equal(count_files(aside, ".bin"), 1);
                }
                append_some(s, 5, 6, seqs);
                assert_int_equal(read_all(s, seqs, 6, got, &n_damaged), n + 1);
                assert_true(got[5]);
                assert_int_equal(spool_ack(s, seqs[5]), 0);
                assert_int_equal(read_all(s, seqs, 6, got, &n_damaged), 0);
                assert_int_equal(n_damaged, 0);
                s = spool_close(s);
                (void) unlink(segment);
                if (count_files(dir, ".seg")) {
                        _free_ char *second = newest_segment(dir);
                        char path[400];

                        file_name(dir, second, path);
                        (void) unlink(path);
                }
        }
        remove_tree(dir);
}

/* After a loss of power the length of a file may be on disk and its content not: such a tail is torn, not damaged. */
static void test_tail_without_content(void **state _unused_) {
        char dir[64], segment[400], zeros[64] = {};
        SpoolSpec spec = spec_of(make_scratch(dir));
        _free_ char *name = NULL;
        uint64_t seqs[N_MAX], repaired = 0;
        unsigned n_damaged;
        bool got[N_MAX];
        SpoolStats before, after;
        Spool *s = NULL;
        int fd;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        append_some(s, 1, 4, seqs);
        seqs[0] = 0;
        spool_stats(s, &before);
        append_some(s, 4, 5, seqs);
        spool_stats(s, &after);
        s = spool_close(s);
        forget_orderly_end(dir);
        name = newest_segment(dir);
        file_name(dir, name, segment);
        fd = open(segment, O_WRONLY);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, zeros, sizeof(zeros), (off_t) (after.size - sizeof(zeros))), sizeof(zeros));
        (void) close(fd);
        assert_int_equal(spool_open(&s, &spec, &repaired), 0);
        assert_int_equal(repaired, after.size - before.size);
        assert_int_equal(read_all(s, seqs, 5, got, &n_damaged), 3);
        assert_int_equal(n_damaged, 0);
        s = spool_close(s);
        remove_tree(dir);
}

/* Damage right behind what is acknowledged can be skipped once it was told: it does not keep the spool from being empty. */
static void test_only_damage_left(void **state _unused_) {
        char dir[64], segment[400];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(text_done) Text content = TEXT_INIT(4096);
        _free_ char *name = NULL;
        uint64_t seqs[N_MAX], at = 0, before, seq;
        Spool *s = NULL;
        SpoolStats stats;
        int fd;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        append_some(s, 1, 3, seqs);
        name = newest_segment(dir);
        file_name(dir, name, segment);
        fd = open(segment, O_WRONLY);
        assert_true(fd >= 0);
        spool_stats(s, &stats);
        assert_int_equal(pwrite(fd, "????", 4, (off_t) stats.size - 4), 4);
        (void) close(fd);
        assert_int_equal(spool_read(s, &at, &content, &seq), 1);
        assert_int_equal(spool_ack(s, seq), 0);
        assert_int_equal(spool_read(s, &at, &content, &seq), -EBADMSG);
        assert_non_null(strstr(err_story(-EBADMSG), "bytes from"));
        assert_int_equal(spool_read(s, &at, &content, &seq), 0);
        before = at = 0;
        assert_int_equal(spool_read(s, &at, &content, &seq), -EBADMSG);
        spool_skip(s, before, at);
        at = 0;
        assert_int_equal(spool_read(s, &at, &content, &seq), 0);
        spool_stats(s, &stats);
        assert_int_equal(stats.n_parcels, 0);
        s = spool_close(s);
        remove_tree(dir);
}

/* When the position is lost, all that is there is read again under the same id, and numbers go on far above. */
static void test_position_lost(void **state _unused_) {
        char dir[64], id[37], position[400];
        SpoolSpec spec = spec_of(make_scratch(dir));
        uint64_t seqs[N_MAX];
        Spool *s = NULL;
        bool got[N_MAX];
        unsigned n_damaged;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        memcpy(id, spool_id(s), 37);
        append_some(s, 0, 10, seqs);
        assert_int_equal(spool_ack(s, seqs[3]), 0);
        s = spool_close(s);
        file_name(dir, "position", position);
        assert_int_equal(truncate(position, 10), 0);
        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        assert_string_equal(spool_id(s), id);
        assert_int_equal(read_all(s, seqs, 10, got, &n_damaged), 10);
        append_some(s, 10, 11, seqs);
        assert_true(seqs[10] > seqs[9] + 1000000);
        s = spool_close(s);
        remove_tree(dir);
}

/* A segment of another spool is refused, not read under a wrong id. */
static void test_foreign_segment(void **state _unused_) {
        char one[64], two[64], from[400], to[400];
        SpoolSpec a = spec_of(make_scratch(one)), b = spec_of(make_scratch(two));
        _free_ char *name = NULL;
        uint64_t seqs[N_MAX];
        Spool *s = NULL;

        assert_int_equal(spool_open(&s, &a, NULL), 0);
        append_some(s, 0, 3, seqs);
        s = spool_close(s);
        assert_int_equal(spool_open(&s, &b, NULL), 0);
        s = spool_close(s);
        name = newest_segment(one);
        file_name(one, name, from);
        file_name(two, "00000099.seg", to);
        assert_int_equal(rename(from, to), 0);
        assert_int_equal(spool_open(&s, &b, NULL), -EBADMSG);
        assert_null(s);
        remove_tree(one);
        remove_tree(two);
}

/* A parcel that nobody can take is kept with the reason beside it, and may be set aside twice. */
static void test_set_aside(void **state _unused_) {
        char dir[64], path[400];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(text_done) Text content = TEXT_INIT(4096);
        Spool *s = NULL;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        assert_int_equal(spool_count_aside(s), 0);
        assert_int_equal(spool_set_aside(s, 12, BYTES_LIT("a\0b"), "because"), 0);
        assert_int_equal(spool_set_aside(s, 12, BYTES_LIT("a\0b"), "because"), 0);
        assert_int_equal(spool_count_aside(s), 1);
        file_name(dir, "damaged/12.parcel", path);
        load_file(path, &content);
        assert_true(bytes_equal(text_bytes(&content), BYTES_LIT("a\0b")));
        file_name(dir, "damaged/12.txt", path);
        load_file(path, &content);
        assert_non_null(strstr(text_str(&content), "because"));
        s = spool_close(s);
        remove_tree(dir);
}

static void hurt(const char *dir, const char *suffix, uint64_t *seed) {
        _cleanup_(strv_freep) char **names = NULL;
        struct stat st;
        char path[400];
        size_t n = 0;
        int fd;

        assert_int_equal(dir_list(dir, suffix, &names), 0);
        while (names[n])
                n++;
        if (!n)
                return;
        file_name(dir, names[next_random(seed) % n], path);
        assert_int_equal(stat(path, &st), 0);
        if (!st.st_size)
                return;
        if (next_random(seed) % 2) {
                assert_int_equal(truncate(path, (off_t) (next_random(seed) % (uint64_t) st.st_size)), 0);
                return;
        }
        fd = open(path, O_RDWR);
        assert_true(fd >= 0);
        for (uint64_t i = 0; i <= next_random(seed) % 3; i++) {
                off_t at = (off_t) (next_random(seed) % (uint64_t) st.st_size);
                char c;

                assert_int_equal(pread(fd, &c, 1, at), 1);
                c = (char) (c ^ (1 << next_random(seed) % 8));
                assert_int_equal(pwrite(fd, &c, 1, at), 1);
        }
        (void) close(fd);
}

/* Whatever is truncated or flipped while it is closed, an open spool never reads anything but what was appended, and never gives a number twice. */
static void test_random_damage(void **state _unused_) {
        char dir[64], position[400];
        uint64_t seed = 1670, seqs[N_MAX], highest = 0;

        for (unsigned round = 0; round < 150; round++) {
                SpoolSpec spec = spec_of(make_scratch(dir));
                Spool *s = NULL;
                bool got[N_MAX];
                unsigned n = 0, n_damaged;

                highest = 0;
                for (unsigned life = 0; life < 4; life++) {
                        unsigned more = 1 + (unsigned) (next_random(&seed) % 15);

                        assert_int_equal(spool_open(&s, &spec, NULL), 0);
                        (void) read_all(s, seqs, n, got, &n_damaged);
                        append_some(s, n, n + more, seqs);
                        assert_true(seqs[n] > highest);
                        highest = seqs[n + more - 1];
                        n += more;
                        if (next_random(&seed) % 2)
                                assert_int_equal(spool_ack(s, seqs[next_random(&seed) % n]), 0);
                        (void) read_all(s, seqs, n, got, &n_damaged);
                        s = spool_close(s);
                        for (uint64_t i = next_random(&seed) % 3; i > 0; i--)
                                hurt(dir, ".seg", &seed);
                        if (next_random(&seed) % 8 == 0) {
                                file_name(dir, "position", position);
                                assert_int_equal(truncate(position, 4096 + 20), 0);     /* one of the two blocks */
                        }
                }
                remove_tree(dir);
        }
}

/* Ten thousand times one place of one segment is flipped or cut: what is read is what was appended; what is not read was told, as a damaged place with its
 * extent or as a torn tail, and is one stretch; a flip costs one parcel at most. */
static void test_one_damage_ten_thousand_times(void **state _unused_) {
        enum { CASES = 10000, SEGMENTS_MAX = 16 };
        char dir[64], path[400], aside[80];
        SpoolSpec spec = spec_of(make_scratch(dir));
        _cleanup_(strv_freep) char **names = NULL;
        _cleanup_(text_done) Text position = TEXT_INIT(1 << 20), hurt_one = TEXT_INIT(1 << 20);
        Text segments[SEGMENTS_MAX] = {};
        uint64_t seed = 20240416, seqs[N_MAX];
        size_t n_segments = 0;
        Spool *s = NULL;

        assert_int_equal(spool_open(&s, &spec, NULL), 0);
        append_some(s, 0, 60, seqs);
        s = spool_close(s);
        assert_int_equal(dir_list(dir, ".seg", &names), 0);
        for (; names[n_segments]; n_segments++) {
                assert_true(n_segments < SEGMENTS_MAX);
                segments[n_segments] = TEXT_INIT(1 << 20);
                file_name(dir, names[n_segments], path);
                load_file(path, &segments[n_segments]);
        }
        assert_true(n_segments > 2);
        file_name(dir, "position", path);
        load_file(path, &position);
        damaged_dir(dir, aside);
        for (unsigned n = 0; n < CASES; n++) {
                size_t which = next_random(&seed) % n_segments, where = next_random(&seed) % segments[which].len;
                bool is_cut = next_random(&seed) % 2, got[N_MAX];
                unsigned n_read, n_damaged, n_gaps = 0;
                uint64_t repaired = 0;

                for (size_t i = 0; i < n_segments; i++) {
                        file_name(dir, names[i], path);
                        text_clear(&hurt_one);
                        (void) text_add(&hurt_one, (Bytes){ segments[i].data, i == which && is_cut ? where : segments[i].len });
                        if (i == which && !is_cut)
                                hurt_one.data[where] = (char) (hurt_one.data[where] ^ (1 << next_random(&seed) % 8));
                        store_file(path, text_bytes(&hurt_one));
                }
                file_name(dir, "position", path);
                store_file(path, text_bytes(&position));
                assert_int_equal(spool_open(&s, &spec, &repaired), 0);
                n_read = read_all(s, seqs, 60, got, &n_damaged);
                assert_true(n_read == 60 || n_damaged || repaired);
                if (!is_cut)
                        assert_true(n_read >= 59);
                for (unsigned i = 0; i < 60; i++)               /* what is lost is one stretch */
                        n_gaps += !got[i] && (i == 0 || got[i - 1]);
                assert_true(n_gaps <= 1);
                s = spool_close(s);
                remove_tree(aside);
        }
        for (size_t i = 0; i < n_segments; i++)
                text_done(&segments[i]);
        remove_tree(dir);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_lock),
                cmocka_unit_test(test_full),
                cmocka_unit_test(test_delivered_makes_room),
                cmocka_unit_test(test_torn_at_every_byte),
                cmocka_unit_test(test_flip_every_byte),
                cmocka_unit_test(test_tail_without_content),
                cmocka_unit_test(test_only_damage_left),
                cmocka_unit_test(test_position_lost),
                cmocka_unit_test(test_foreign_segment),
                cmocka_unit_test(test_set_aside),
                cmocka_unit_test(test_random_damage),
                cmocka_unit_test(test_one_damage_ten_thousand_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Unit tests of store/segment.c. */

#include "store_util.h"

#include <errno.h>

#include "store/segment.h"

static const char id[] = "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0";

static int file_of(char dir[64], Bytes content) {
        char path[400];
        int fd;

        (void) snprintf(path, sizeof(path), "%s/segment", make_scratch(dir));
        fd = open(path, O_RDWR | O_CREAT, 0600);
        assert_true(fd >= 0);
        assert_int_equal(fd_write_at(fd, content.data, content.len, 0), 0);
        return fd;
}

static void add_record(Text *t, uint32_t seed, uint64_t seq, Bytes content) {
        char head[RECORD_HEAD];

        record_head_render(head, seed, seq, 1000 + seq, content);
        assert_int_equal(text_add(t, (Bytes){ head, sizeof(head) }), 0);
        assert_int_equal(text_add(t, content), 0);
}

/* The head says whose segment it is; no flipped bit passes for another spool or another version. */
static void test_head(void **state _unused_) {
        char head[SEGMENT_HEAD], got[37] = "";
        SegmentBefore before;

        segment_head_render(head, id, &(SegmentBefore){ .size = 123456789012, .number = 77 });
        assert_int_equal(segment_head_parse(head, got, &before), 0);
        assert_int_equal(before.size, 123456789012);
        assert_int_equal(before.number, 77);
        assert_string_equal(got, id);
        for (size_t i = 0; i < SEGMENT_HEAD * 8; i++) {
                head[i / 8] = (char) (head[i / 8] ^ (1 << i % 8));
                assert_int_equal(segment_head_parse(head, got, &before), SEGMENT_E_DAMAGED);
                head[i / 8] = (char) (head[i / 8] ^ (1 << i % 8));
        }
}

/* Behind a damaged head the next sound record is found wherever it stands, also across the blocks of the search. */
static void test_find_behind_damage(void **state _unused_) {
        static const size_t gaps[] = { 0, 1, 31, 32, 33, 1000, 65504, 65505, 65535, 65536, 65537, 200000 };
        uint32_t seed = segment_seed(id);

        for (size_t i = 0; i < ELEMENTS(gaps); i++) {
                _cleanup_(text_done) Text t = TEXT_INIT(1 << 20), content = TEXT_INIT(4096);
                char dir[64];
                RecordHead head;
                uint64_t at = 0;
                int fd;

                for (size_t n = 0; n < gaps[i]; n++)
                        (void) text_add_char(&t, "rec1x"[n % 5]);       /* full of what looks like a beginning */
                add_record(&t, seed, 9, BYTES_LIT("content"));
                fd = file_of(dir, text_bytes(&t));
                assert_int_equal(segment_find(fd, seed, 0, t.len, &head, &at), 1);
                assert_int_equal(at, gaps[i]);
                assert_int_equal(head.seq, 9);
                assert_int_equal(head.at, 1009);
                assert_int_equal(segment_content(fd, seed, at, &head, &content), 0);
                assert_true(bytes_equal_str(text_bytes(&content), "content"));
                assert_int_equal(segment_find(fd, seed, 0, t.len - 1, &head, &at), 0);  /* it must end before the end */
                (void) close(fd);
                remove_tree(dir);
        }
}

/* A record inside the content of another, or of another spool, is none. */
static void test_not_a_record(void **state _unused_) {
        _cleanup_(text_done) Text inner = TEXT_INIT(4096), t = TEXT_INIT(4096);
        uint32_t seed = segment_seed(id), other = segment_seed("00000000-0000-4000-8000-000000000000");
        RecordHead head;
        uint64_t at;
        char dir[64];
        int fd;

        add_record(&inner, other, 5, BYTES_LIT("forged"));
        add_record(&t, seed, 1, text_bytes(&inner));
        t.data[0] = 'X';                /* the outer head is damaged, so the content is looked through */
        fd = file_of(dir, text_bytes(&t));
        assert_int_equal(segment_find(fd, seed, 0, t.len, &head, &at), 0);
        (void) close(fd);
        remove_tree(dir);
}

/* Damaged content is told by its checksum, a file that became shorter is an error of the disk. */
static void test_content(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT_INIT(4096), content = TEXT_INIT(4096);
        uint32_t seed = segment_seed(id);
        RecordHead head;
        uint64_t at;
        char dir[64];
        int fd;

        add_record(&t, seed, 1, BYTES_LIT("0123456789"));
        t.data[t.len - 1] = 'x';
        fd = file_of(dir, text_bytes(&t));
        assert_int_equal(segment_find(fd, seed, 0, t.len, &head, &at), 1);
        assert_int_equal(segment_content(fd, seed, at, &head, &content), SEGMENT_E_DAMAGED);
        assert_int_equal(content.len, 0);
        assert_int_equal(ftruncate(fd, (off_t) t.len - 3), 0);
        assert_int_equal(segment_content(fd, seed, at, &head, &content), -EIO);
        (void) close(fd);
        remove_tree(dir);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_head), cmocka_unit_test(test_find_behind_damage), cmocka_unit_test(test_not_a_record), cmocka_unit_test(test_content),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

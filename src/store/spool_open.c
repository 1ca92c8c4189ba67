/* Opening a spool: lock, position, segments; the tail that a crash left is cut, and numbers begin above all that may have been given. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/num.h"
#include "store/spool_priv.h"

/* Where numbers go on when the position file was lost: far above anything that was given. */
#define LOST_POSITION_GAP ((uint64_t) 1 << 32)

static int open_files(Spool *s) {
        int r;

        r = dir_make(s->dir, 0700);
        if (r < 0)
                return err(r, "spool %s: cannot make the folder: %s", s->dir, strerror(-r));
        s->dir_fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->dir_fd < 0)
                return err(-errno, "spool %s: cannot open: %s", s->dir, strerror(errno));
        s->lock_fd = openat(s->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (s->lock_fd < 0)
                return err(-errno, "spool %s: cannot open the lock: %s", s->dir, strerror(errno));
        if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? err(-EBUSY, "spool %s: another process uses it", s->dir)
                                            : err(-errno, "spool %s: cannot lock: %s", s->dir, strerror(errno));
        s->position_fd = openat(s->dir_fd, "position", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        return s->position_fd < 0 ? err(-errno, "spool %s: cannot open the position: %s", s->dir, strerror(errno)) : 0;
}

static int by_number(const void *a, const void *b) {
        uint64_t x = ((const Segment *) a)->number, y = ((const Segment *) b)->number;

        return (x > y) - (x < y);
}

static int list_segments(Spool *s) {
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        r = dir_list(s->dir, ".seg", &names);
        if (r < 0)
                return err(r, "spool %s: cannot list: %s", s->dir, strerror(-r));
        for (char **name = names; *name; name++) {
                Segment seg = {};
                struct stat st;

                if (num_parse_u64((Bytes){ *name, strlen(*name) - 4 }, &seg.number) < 0 || seg.number == 0 || seg.number > UINT32_MAX - 1)
                        continue;
                if (fstatat(s->dir_fd, *name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        return err(-errno, "spool segment %s: cannot read: %s", *name, strerror(errno));
                seg.size = seg.synced = (uint64_t) st.st_size;
                s->size += seg.size;
                vec_push(&s->segments, seg);
        }
        if (s->segments.len)
                qsort(s->segments.items, s->segments.len, sizeof(Segment), by_number);
        /* Names do not come back either, so that what is kept in damaged/ is never taken for something else of the same name. */
        s->next_number = s->position.generation + 1;
        if (s->segments.len && s->segments.items[s->segments.len - 1].number >= s->next_number)
                s->next_number = s->segments.items[s->segments.len - 1].number + 1;
        return 0;
}

static void note_missing(Spool *s, const SegmentBefore *before) {
        VEC_EACH(seg, &s->segments)
                if (seg->number == before->number && seg->size < before->size)
                        seg->missing = before->size - seg->size;
}

/* The id as the segments know it, when the position is lost. */
static int adopt_id(Spool *s) {
        VEC_EACH(seg, &s->segments) {
                char head[SEGMENT_HEAD], id[37];
                SegmentBefore before;
                int fd, r;

                if (seg->size < SEGMENT_HEAD)
                        continue;
                fd = spool_segment_fd(s, seg->number);
                r = fd < 0 ? fd : fd_read_at(fd, head, sizeof(head), 0);
                if (r == 0)
                        r = segment_head_parse(head, id, &before);
                if (r < 0)
                        return r;
                if (r == SEGMENT_E_DAMAGED)
                        continue;
                note_missing(s, &before);
                if (s->position.id[0] && strcmp(s->position.id, id) != 0)
                        return err(-EBADMSG, "spool %s: segment %08" PRIu64 ".seg belongs to another spool; move it away", s->dir, seg->number);
                memcpy(s->position.id, id, sizeof(id));
        }
        return 0;
}

/* Walks a segment. The last one may end in what a crash left: a record counts there only with its content, and *ret_end is behind the last good one. */
static int walk_segment(Spool *s, const Segment *seg, bool is_last, uint64_t *last_seq, uint64_t *ret_end) {
        _cleanup_(text_done) Text content = TEXT_INIT(RECORD_MAX);
        uint64_t at = SEGMENT_HEAD, found;
        int fd = spool_segment_fd(s, seg->number), r;
        RecordHead head;

        if (fd < 0)
                return fd;
        *ret_end = SEGMENT_HEAD;
        while ((r = segment_find(fd, s->seed, at, seg->size, &head, &found)) == 1) {
                at = found + record_size(&head);
                text_clear(&content);
                r = is_last ? segment_content(fd, s->seed, found, &head, &content) : 0;
                if (r < 0)
                        return r;
                if (head.seq > *last_seq)
                        *last_seq = head.seq;
                if (r == SEGMENT_E_DAMAGED)
                        continue;
                *ret_end = at;
        }
        return r;
}

/* Counts what is not acknowledged; *ret_from: where it begins. */
static int count_segment(Spool *s, const Segment *seg, Place *ret_from) {
        Place p = { seg->number, SEGMENT_HEAD };
        uint64_t found;
        RecordHead head;
        int fd = spool_segment_fd(s, seg->number), r;

        if (fd < 0)
                return fd;
        while ((r = segment_find(fd, s->seed, p.offset, seg->size, &head, &found)) == 1) {
                uint64_t end = found + record_size(&head);

                if (head.seq > s->position.acked) {
                        if (s->n_parcels++ == 0) {
                                s->oldest_at = head.at;
                                s->oldest_seq = head.seq;
                        }
                        s->bytes += record_size(&head);
                } else if (!s->n_parcels)
                        *ret_from = (Place){ seg->number, end };
                p.offset = end;
        }
        return r;
}

static int cut_tail(Spool *s, Segment *seg, uint64_t end) {
        char name[SEGMENT_NAME_SIZE];
        _cleanup_(xclosep) int fd = -1;

        segment_name(seg->number, name);
        fd = openat(s->dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return err(-errno, "spool segment %s: cannot open: %s", name, strerror(errno));
        /* What a killed process had written and not synced is in the kernel's memory only. */
        if (fdatasync(fd) < 0)
                return err(-errno, "spool segment %s: cannot sync: %s", name, strerror(errno));
        if (seg->size <= end)
                return 0;
        (void) spool_keep_damage(s, spool_segment_fd(s, seg->number), seg->number, end, seg->size);
        if (ftruncate(fd, (off_t) end) < 0 || fdatasync(fd) < 0)
                return err(-errno, "spool segment %s: cannot cut the torn tail: %s", name, strerror(errno));
        s->n_repaired += seg->size - end;
        s->size -= seg->size - end;
        seg->size = seg->synced = end;
        return 0;
}

static int walk_all(Spool *s, uint64_t *ret_last) {
        Place from = { 0, 0 };

        for (size_t i = 0; i < s->segments.len; i++) {
                Segment *seg = &s->segments.items[i];
                bool is_last = i + 1 == s->segments.len;
                uint64_t end;
                int r;

                r = walk_segment(s, seg, is_last, ret_last, &end);
                if (r == 0 && is_last)
                        r = cut_tail(s, seg, end);
                if (r < 0)
                        return r;
                r = count_segment(s, seg, &from);
                if (r < 0)
                        return r;
        }
        s->acked = from;
        return 0;
}

static int load(Spool *s) {
        uint64_t last = 0;
        bool is_lost;
        int r;

        r = position_read(s->position_fd, &s->position);
        if (r < 0)
                return r;
        is_lost = r == 0;
        r = list_segments(s);
        if (r == 0)
                r = adopt_id(s);
        if (r < 0)
                return r;
        if (!s->position.id[0])
                uuid_make(s->position.id);
        s->seed = segment_seed(s->position.id);
        r = walk_all(s, &last);
        if (r < 0)
                return r;
        last = last > s->position.acked ? last : s->position.acked;
        s->next_seq = last + 1 > s->position.reserved ? last + 1 : s->position.reserved;
        if (is_lost && s->segments.len)
                s->next_seq += LOST_POSITION_GAP;
        spool_remove_acked(s);
        return spool_reserve(s);
}

int spool_open(Spool **ret, const SpoolSpec *spec, uint64_t *ret_repaired) {
        _cleanup_(spool_closep) Spool *s = NEW(Spool);
        int r;

        s->dir_fd = s->lock_fd = s->position_fd = s->active_fd = s->read_fd = -1;
        s->dir = xstrdup(spec->dir);
        s->max_size = spec->max_size;
        s->min_free = spec->min_free;
        s->segment_size = spec->segment_size < spec->max_size / 4 ? spec->segment_size : spec->max_size / 4;
        r = open_files(s);
        if (r == 0)
                r = load(s);
        if (r < 0)
                return r;
        if (ret_repaired)
                *ret_repaired = s->n_repaired;
        *ret = TAKE(s);
        return 0;
}


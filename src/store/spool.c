/* Spool: segment files between the runs and the database.
 *
 *   append ──▶ active segment ──▶ sync: one fdatasync for all appended ──▶ readable ──▶ ack: position written, whole segments removed
 *
 *   <dir>/lock              held by flock while the spool is open
 *   <dir>/position          id, what is acknowledged, which numbers may have been given (position.c)
 *   <dir>/NNNNNNNN.seg      segments (segment.c)
 *   <dir>/damaged/          bytes that could not be read any more, and parcels that nobody could take
 *
 * The pair of spool id and number is what the database knows a parcel by. A number that was given twice would make the second parcel
 * look delivered already, and it would be lost. So numbers are reserved in the position file before they are given, and each opening
 * begins above all that may have been given: whatever was torn, cut or removed meanwhile cannot bring a number back. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/err.h"
#include "base/file.h"
#include "store/parcel.h"
#include "store/spool_priv.h"

enum {
        RESERVE = 4096,                 /* numbers reserved at once: two small writes for so many parcels */
        COPY_STEP = 64 << 10,
};

const ConfField spool_fields[] = {
        FIELD(SpoolSpec, dir, CONF_NONEMPTY, "/var/lib/thiduad/spool", "Folder of the spool; only the daemon may write there."),
        FIELD_SIZE(SpoolSpec, max_size, 0, "4 GiB", 64 << 10, (uint64_t) 1 << 50,
                   "Bytes on disk at most. When it is reached polling pauses until the database has caught up; nothing is dropped."),
        FIELD_SIZE(SpoolSpec, min_free, 0, "256 MiB", 0, (uint64_t) 1 << 50, "Polling pauses as well when the file system has less than this left."),
        FIELD_SIZE(SpoolSpec, segment_size, 0, "16 MiB", 4 << 10, (uint64_t) 1 << 30, "Length at which a new segment file is begun, a quarter of max_size at most; whole segments are removed once delivered."),
        {}
};

static Place place_of(uint64_t at) {
        return (Place){ .number = at >> 32, .offset = at & UINT32_MAX };
}

static uint64_t at_of(Place p) {
        return p.number << 32 | p.offset;
}

void segment_name(uint64_t number, char to[SEGMENT_NAME_SIZE]) {
        (void) snprintf(to, SEGMENT_NAME_SIZE, "%08" PRIu64 ".seg", number);
}

static Segment *segment_from(const Spool *s, uint64_t number) {
        for (size_t i = 0; i < s->segments.len; i++)
                if (s->segments.items[i].number >= number)
                        return &s->segments.items[i];
        return NULL;
}

static Segment *active(Spool *s) {
        return s->active_fd >= 0 ? &s->segments.items[s->segments.len - 1] : NULL;
}

int spool_segment_fd(Spool *s, uint64_t number) {
        char name[SEGMENT_NAME_SIZE];

        if (s->read_fd >= 0 && s->read_number == number)
                return s->read_fd;
        s->read_fd = xclose(s->read_fd);
        segment_name(number, name);
        s->read_fd = openat(s->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (s->read_fd < 0)
                return err(-errno, "spool segment %s: cannot open: %s", name, strerror(errno));
        s->read_number = number;
        return s->read_fd;
}

/* ---- what cannot be used is kept ---- */

static int open_aside(Spool *s, const char *name, int *ret) {
        if (mkdirat(s->dir_fd, "damaged", 0700) < 0 && errno != EEXIST)
                return -errno;
        *ret = openat(s->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        return *ret < 0 ? -errno : 0;
}

static int copy(int from, uint64_t at, uint64_t end, int to, uint64_t to_at) {
        _free_ char *step = xalloc(COPY_STEP);

        while (at < end) {
                size_t n = end - at < COPY_STEP ? (size_t) (end - at) : (size_t) COPY_STEP;
                int r = fd_read_at(from, step, n, at);

                if (r == 0)
                        r = fd_write_at(to, step, n, to_at);
                if (r < 0)
                        return r;
                at += n;
                to_at += n;
        }
        return 0;
}

/* Copies a damaged place into damaged/, unless that was done before. Never fails: what cannot be kept is at least told. */
bool spool_keep_damage(Spool *s, int fd, uint64_t number, uint64_t from, uint64_t end) {
        _cleanup_(xclosep) int to = -1;
        char name[2 * SEGMENT_NAME_SIZE + 16];
        int r;

        (void) snprintf(name, sizeof(name), "damaged/%08" PRIu64 "-%" PRIu64 ".bin", number, from);
        r = open_aside(s, name, &to);
        if (r == -EEXIST)
                return true;
        return r == 0 && copy(fd, from, end, to, 0) == 0 && fsync(to) == 0;
}

static int damaged(Spool *s, int fd, uint64_t number, uint64_t from, uint64_t end) {
        bool is_kept = spool_keep_damage(s, fd, number, from, end);

        return err(-EBADMSG, "spool segment %08" PRIu64 ".seg: %" PRIu64 " bytes from %" PRIu64 " on are damaged and were skipped; %s", number, end - from, from,
                   is_kept ? "they are kept in the folder damaged/" : "they could not be copied to the folder damaged/");
}

static int write_aside(Spool *s, const char *name, Bytes content) {
        _cleanup_(xclosep) int fd = -1;
        int r = open_aside(s, name, &fd);

        if (r == -EEXIST)
                return 0;
        if (r == 0)
                r = fd_write_at(fd, content.data, content.len, 0);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(s->dir_fd, name, 0);
                return err(r, "spool: cannot keep %s: %s", name, strerror(-r));
        }
        return 0;
}

int spool_set_aside(Spool *s, uint64_t seq, Bytes parcel, const char *why) {
        _cleanup_(text_done) Text words = TEXT_INIT(4096);
        char name[SEGMENT_NAME_SIZE + 16];
        int r;

        (void) snprintf(name, sizeof(name), "damaged/%" PRIu64 ".parcel", seq);
        r = write_aside(s, name, parcel);
        if (r < 0)
                return r;
        (void) snprintf(name, sizeof(name), "damaged/%" PRIu64 ".txt", seq);
        (void) text_printf(&words, "parcel %" PRIu64 " of spool %s: %s\n", seq, s->position.id, why);
        r = write_aside(s, name, text_bytes(&words));
        return r < 0 ? r : fsync(s->dir_fd) < 0 ? err(-errno, "spool: cannot sync the folder: %s", strerror(errno)) : 0;
}

uint64_t spool_count_aside(const Spool *s) {
        _cleanup_(text_done) Text path = TEXT_INIT(4096);
        _cleanup_(strv_freep) char **names = NULL;
        uint64_t n = 0;

        (void) text_printf(&path, "%s/damaged", s->dir);
        if (dir_list(text_str(&path), ".parcel", &names) < 0)
                return 0;
        while (names[n])
                n++;
        return n;
}

/* ---- reading ---- */

/* The next record at or after p among what is synced: 1, and *p is its place; 0: none; -EBADMSG: *p is behind a damaged place; -errno. */
static int next_record(Spool *s, Place *p, RecordHead *ret) {
        for (;;) {
                const Segment *seg = segment_from(s, p->number);
                uint64_t found;
                int fd, r;

                if (!seg)
                        return 0;
                if (seg->number != p->number || p->offset < SEGMENT_HEAD)
                        *p = (Place){ seg->number, SEGMENT_HEAD };
                if (p->offset >= seg->synced && p->offset < seg->synced + seg->missing) {
                        p->offset = seg->synced + seg->missing;
                        return err(-EBADMSG, "spool segment %08" PRIu64 ".seg: the last %" PRIu64 " bytes, from %" PRIu64 " on, are gone: the file was cut", seg->number, seg->missing, seg->synced);
                }
                if (p->offset >= seg->synced) {
                        if (seg == &s->segments.items[s->segments.len - 1])
                                return 0;
                        *p = (Place){ seg->number + 1, SEGMENT_HEAD };
                        continue;
                }
                fd = spool_segment_fd(s, seg->number);
                if (fd < 0)
                        return fd;
                r = segment_find(fd, s->seed, p->offset, seg->synced, ret, &found);
                if (r < 0)
                        return r;
                if (r == 0)
                        found = seg->synced;
                if (r == 0 || found > p->offset) {
                        uint64_t from = p->offset;

                        p->offset = found;
                        return damaged(s, fd, seg->number, from, found);
                }
                return 1;
        }
}

/* A record is behind us for good. */
static void count_off(Spool *s, const RecordHead *head) {
        s->n_parcels -= s->n_parcels > 0;
        s->bytes -= s->bytes < record_size(head) ? s->bytes : record_size(head);
}

/* The acknowledged place as the beginning of what follows, not the end of what was. */
static Place acked_place(const Spool *s) {
        const Segment *seg = segment_from(s, s->acked.number), *last = s->segments.items + s->segments.len;

        if (seg && seg->number == s->acked.number && s->acked.offset >= seg->size + seg->missing && seg + 1 < last)
                seg++;
        if (seg && seg->number != s->acked.number)
                return (Place){ seg->number, SEGMENT_HEAD };
        return s->acked;
}

int spool_read(Spool *s, uint64_t *at, Text *ret, uint64_t *ret_seq) {
        Place p;
        int r;

        s->acked = acked_place(s);
        p = *at ? place_of(*at) : s->acked;
        for (;;) {
                RecordHead head;
                uint64_t from;

                r = next_record(s, &p, &head);
                if (r == -EBADMSG)
                        *at = at_of(p);
                if (r <= 0)
                        return r;
                text_clear(ret);
                from = p.offset;
                r = segment_content(s->read_fd, s->seed, p.offset, &head, ret);
                if (r < 0)
                        return r;
                p.offset += record_size(&head);
                *at = at_of(p);
                if (r == SEGMENT_E_DAMAGED)
                        return damaged(s, s->read_fd, p.number, from, p.offset);
                if (head.seq <= s->position.acked)
                        continue;
                *ret_seq = head.seq;
                return 1;
        }
}

void spool_skip(Spool *s, uint64_t before, uint64_t at) {
        Place from = before ? place_of(before) : s->acked, to = place_of(at);
        RecordHead head;
        uint64_t found;

        s->acked = acked_place(s);
        /* From the end of one segment the next one was read from its beginning. */
        if (from.number != to.number)
                from = (Place){ to.number, SEGMENT_HEAD };
        if (s->acked.number != from.number || s->acked.offset != from.offset)
                return;
        if (spool_segment_fd(s, to.number) >= 0 && segment_find(s->read_fd, s->seed, from.offset, to.offset, &head, &found) == 1 && head.seq > s->position.acked)
                count_off(s, &head);
        s->acked = to;
        spool_remove_acked(s);
}

/* ---- numbers and segments ---- */

static int write_position(Spool *s) {
        int r = position_write(s->position_fd, &s->position);

        return r < 0 ? err_add(r, "spool %s", s->dir) : 0;
}

/* Both blocks get the new mark, so that losing one does not take it back. */
int spool_reserve(Spool *s) {
        uint64_t before = s->position.reserved;
        int r;

        if (s->next_seq < before)
                return 0;
        s->position.reserved = s->next_seq + RESERVE;
        r = write_position(s);
        if (r == 0)
                r = write_position(s);
        if (r < 0)
                s->position.reserved = before;
        return r;
}

static void close_active(Spool *s) {
        s->active_fd = xclose(s->active_fd);
}

static void remove_segment(Spool *s, size_t i) {
        char name[SEGMENT_NAME_SIZE];
        Segment *seg = &s->segments.items[i];

        segment_name(seg->number, name);
        (void) unlinkat(s->dir_fd, name, 0);
        if (s->read_number == seg->number)
                s->read_fd = xclose(s->read_fd);
        s->size -= seg->size < s->size ? seg->size : s->size;
        memmove(seg, seg + 1, (s->segments.len - i - 1) * sizeof(*seg));
        s->segments.len--;
}

static int create_segment(Spool *s, int *ret_fd, Segment *ret) {
        char name[SEGMENT_NAME_SIZE], head[SEGMENT_HEAD];
        const Segment *last = s->segments.len ? &s->segments.items[s->segments.len - 1] : NULL;
        SegmentBefore before = { .size = last ? last->synced + last->missing : 0, .number = last ? (uint32_t) last->number : 0 };
        int fd, r;

        segment_name(s->next_number, name);
        fd = openat(s->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return err(-errno, "spool segment %s: cannot create: %s", name, strerror(errno));
        segment_head_render(head, s->position.id, &before);
        r = fd_write_at(fd, head, sizeof(head), 0);
        if (r < 0) {
                (void) xclose(fd);
                (void) unlinkat(s->dir_fd, name, 0);
                return err_add(r, "spool segment %s", name);
        }
        *ret = (Segment){ .number = s->next_number++, .size = SEGMENT_HEAD, .synced = SEGMENT_HEAD };
        *ret_fd = fd;
        s->is_dir_dirty = true;
        return 0;
}

/* Makes sure that an active segment with room for n more bytes is there. */
static int need_segment(Spool *s, uint64_t n) {
        Segment *seg = active(s), made;
        int fd, r;

        if (seg && (seg->size <= SEGMENT_HEAD || seg->size + n <= s->segment_size))
                return 0;
        if (seg && seg->synced < seg->size) {
                r = spool_sync(s);
                if (r < 0)
                        return r;
        }
        r = create_segment(s, &fd, &made);
        if (r < 0)
                return r;
        close_active(s);
        s->active_fd = fd;
        vec_push(&s->segments, made);
        s->size += made.size;
        return 0;
}

/* ---- bounds ---- */

static bool has_free(const Spool *s, uint64_t n) {
        struct statvfs v;

        if (fstatvfs(s->dir_fd, &v) < 0)
                return true;            /* the write itself will tell */
        return (uint64_t) v.f_bavail * v.f_frsize >= usec_add(s->min_free, n);
}

static bool fits(Spool *s, uint64_t n) {
        if (s->size + n <= s->max_size && has_free(s, n))
                return true;
        /* What is delivered need not stay for the sake of a longer file. */
        s->is_full = true;
        spool_remove_acked(s);
        return s->size + n <= s->max_size && has_free(s, n);
}

bool spool_has_room(Spool *s) {
        uint64_t eighth = s->max_size / 8, margin = eighth < PARCEL_MAX ? eighth : PARCEL_MAX;

        /* Once full, polling goes on only when it is worth while, not for one parcel at a time. */
        s->is_full = !fits(s, s->is_full ? eighth : margin);
        return !s->is_full;
}

/* ---- appending ---- */

static int full(Spool *s) {
        s->is_full = true;
        return SPOOL_E_FULL;
}

static bool is_disk_full(int code) {
        return code == -ENOSPC || code == -EDQUOT;
}

static int write_record(int fd, uint64_t at, const char head[RECORD_HEAD], Bytes content) {
        struct iovec parts[2] = { { (char *) (uintptr_t) head, RECORD_HEAD }, { (char *) (uintptr_t) content.data, content.len } };
        ssize_t n = pwritev(fd, parts, 2, (off_t) at);

        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        return n == (ssize_t) (RECORD_HEAD + content.len) ? 1 : 0;
}

static int append(Spool *s, Segment *seg, Bytes content, usec_t now) {
        char head[RECORD_HEAD];
        int r;

        record_head_render(head, s->seed, s->next_seq, now, content);
        r = write_record(s->active_fd, seg->size, head, content);
        if (r == 0) {           /* short: the rest tells why */
                r = fd_write_at(s->active_fd, head, sizeof(head), seg->size);
                if (r == 0)
                        r = fd_write_at(s->active_fd, content.data, content.len, seg->size + RECORD_HEAD);
        }
        if (r >= 0)
                return 0;
        /* What stands behind the sound length is written over by the next record, and cut when the spool is opened after a crash. */
        (void) !ftruncate(s->active_fd, (off_t) seg->size);
        return err(r, "spool segment %08" PRIu64 ".seg: cannot write: %s", seg->number, strerror(-r));
}

int spool_append(Spool *s, Bytes parcel, usec_t now, uint64_t *ret_seq) {
        uint64_t n = RECORD_HEAD + (uint64_t) parcel.len;
        Segment *seg;
        int r;

        if (parcel.len > RECORD_MAX)
                return err(-E2BIG, "a parcel of %zu bytes is larger than its bound", parcel.len);
        if (!fits(s, n + (active(s) ? 0 : SEGMENT_HEAD)))
                return full(s);
        r = spool_reserve(s);
        if (r == 0)
                r = need_segment(s, n);
        if (r < 0)
                return is_disk_full(r) ? full(s) : r;
        seg = active(s);
        r = append(s, seg, parcel, now);
        if (r < 0)
                return is_disk_full(r) ? full(s) : r;
        CRASH_POINT("spool-append");
        seg->size += n;
        s->size += n;
        s->bytes += n;
        if (s->n_parcels++ == 0) {
                s->oldest_at = now;
                s->oldest_seq = s->next_seq;
        }
        if (ret_seq)
                *ret_seq = s->next_seq;
        s->next_seq++;
        return 0;
}

/* ---- sync ---- */

bool spool_needs_sync(const Spool *s) {
        const Segment *seg = s->active_fd >= 0 ? &s->segments.items[s->segments.len - 1] : NULL;

        return seg && seg->synced < seg->size;
}

static int sync_files(Spool *s, int fd) {
        if (fdatasync(fd) < 0)
                return -errno;
        if (s->is_dir_dirty && fsync(s->dir_fd) < 0)
                return -errno;
        s->is_dir_dirty = false;
        return 0;
}

/* After a failed sync the kernel may hold the pages for clean, so that a second sync of the same file would promise what it does not
 * keep (fsync(2), "errors"). What is pending is written once more, to a new file. */
static int salvage(Spool *s) {
        Segment *old = active(s), made;
        uint64_t pending = old->size - old->synced;
        int fd, r;

        r = create_segment(s, &fd, &made);
        if (r < 0)
                return r;
        r = copy(s->active_fd, old->synced, old->size, fd, SEGMENT_HEAD);
        if (r == 0)
                r = sync_files(s, fd);
        if (r < 0) {
                char name[SEGMENT_NAME_SIZE];

                segment_name(made.number, name);
                (void) xclose(fd);
                (void) unlinkat(s->dir_fd, name, 0);
                return r;
        }
        made.size = made.synced = SEGMENT_HEAD + pending;
        (void) !ftruncate(s->active_fd, (off_t) old->synced);
        old->size = old->synced;
        close_active(s);
        s->active_fd = fd;
        vec_push(&s->segments, made);
        s->size += SEGMENT_HEAD;
        return 0;
}

int spool_sync(Spool *s) {
        Segment *seg = active(s);
        int r;

        if (!spool_needs_sync(s))
                return 0;
        CRASH_POINT("spool-sync");
        r = sync_files(s, s->active_fd);
        if (r == 0) {
                seg->synced = seg->size;
                return 0;
        }
        if (salvage(s) == 0)
                return 0;
        return err(r, "spool %s: what was polled cannot be brought to disk: %s", s->dir, strerror(-r));
}

/* ---- acknowledging ---- */

static void note_oldest(Spool *s) {
        Place p = s->acked;
        RecordHead head;
        int r;

        do
                r = next_record(s, &p, &head);
        while (r == -EBADMSG);
        /* What is appended and not synced cannot be read yet; its instant is near enough to that of the last ack. */
        if (r == 1) {
                s->oldest_at = head.at;
                s->oldest_seq = head.seq;
        }
}

/* Moves the acknowledged place behind the last record up to seq. Damage before such a record is passed by with it. */
static int move_acked(Spool *s, uint64_t seq) {
        Place p = acked_place(s);
        RecordHead head;

        s->acked = p;
        for (;;) {
                int r = next_record(s, &p, &head);

                if (r == -EBADMSG)
                        continue;
                if (r <= 0)
                        return r;
                if (head.seq > seq)
                        return 0;
                if (head.seq > s->position.acked)
                        count_off(s, &head);
                p.offset += record_size(&head);
                s->acked = p;
        }
}

void spool_remove_acked(Spool *s) {
        Segment *seg;

        while (s->segments.len && s->segments.items[0].number < s->acked.number)
                remove_segment(s, 0);
        seg = s->segments.len ? &s->segments.items[0] : NULL;
        if (!seg || s->acked.number != seg->number || s->acked.offset < seg->size + seg->missing)
                return;
        /* All of it is delivered. The active one stays until its length is worth a new file. */
        if (active(s) == seg) {
                if (seg->size < s->segment_size / 2 && !s->is_full)
                        return;
                close_active(s);
        }
        remove_segment(s, 0);
}

int spool_ack(Spool *s, uint64_t seq) {
        int r, written;

        if (seq <= s->position.acked)
                return 0;
        r = move_acked(s, seq);
        s->position.acked = seq;
        spool_remove_acked(s);
        note_oldest(s);
        CRASH_POINT("spool-ack");
        written = write_position(s);
        return r < 0 ? r : written;
}

/* An orderly end leaves a segment without records: its head tells how long the one before is. */
static void leave_mark(Spool *s) {
        const Segment *seg = active(s);
        Segment made;
        int fd;

        if (seg && seg->size > SEGMENT_HEAD && seg->synced == seg->size && create_segment(s, &fd, &made) == 0)
                (void) xclose(fd);
}

Spool *spool_close(Spool *s) {
        if (!s)
                return NULL;
        leave_mark(s);
        close_active(s);
        (void) xclose(s->read_fd);
        (void) xclose(s->position_fd);
        (void) xclose(s->lock_fd);
        (void) xclose(s->dir_fd);
        vec_done(&s->segments);
        (void) xfree(s->dir);
        return xfree(s);
}

const char *spool_id(const Spool *s) {
        return s->position.id;
}

void spool_stats(const Spool *s, SpoolStats *ret) {
        *ret = (SpoolStats){
                .bytes = s->bytes,
                .n_parcels = s->n_parcels,
                .oldest_seq = s->n_parcels ? s->oldest_seq : 0,
                .next_seq = s->next_seq,
                .oldest_at = s->n_parcels ? s->oldest_at : 0,
                .n_repaired = s->n_repaired,
                .size = s->size,
                .is_full = s->is_full,
        };
}

/* Files: read whole with a limit, write atomically. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/vec.h"

enum { CHUNK_MIN = 4096, CHUNK_MAX = 65536, NAMES_MAX = 16384 };

static int fail(const char *path, const char *what) {
        int code = -errno;

        return err(code, "%s: %s: %s", path, what, strerrordesc_np(-code));
}

typedef struct Chunk {
        char *data;
        size_t size;
        size_t expected;        /* size of the file; 0: it does not say one */
} Chunk;

/* What passes through may be a secret. */
static void wipe(Chunk *c) {
        explicit_bzero(c->data, c->size);
        c->data = xfree(c->data);
}

/* A small file gets a small chunk, but all of it in one: text that grows in between would leave copies behind. What is no file says no size. */
static Chunk chunk_for(int fd) {
        Chunk c = { .size = CHUNK_MAX };
        struct stat st;

        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
                c.expected = (size_t) st.st_size;
        if (c.expected && c.expected < CHUNK_MAX)
                c.size = c.expected < CHUNK_MIN ? CHUNK_MIN : c.expected;
        c.data = xalloc(c.size);
        return c;
}

static int read_all(int fd, const char *path, Text *ret) {
        _cleanup_(wipe) Chunk chunk = chunk_for(fd);
        size_t before = ret->len;

        for (;;) {
                ssize_t n = read(fd, chunk.data, chunk.size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return fail(path, "cannot read");
                if (n == 0)
                        return 0;
                if (text_add(ret, (Bytes){ chunk.data, (size_t) n }) < 0)
                        return err(-E2BIG, "%s: larger than %zu bytes", path, ret->limit);
                if (ret->len - before == chunk.expected)
                        return 0;
        }
}

int file_read(const char *path, Text *ret) {
        _cleanup_(xclosep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        size_t before = ret->len;
        int r;

        if (fd < 0)
                return fail(path, "cannot open");
        r = read_all(fd, path, ret);
        if (r < 0 && ret->data) {
                ret->len = before;
                ret->data[before] = '\0';
        }
        return r;
}

static int write_all(int fd, Bytes content) {
        while (content.len) {
                ssize_t n = write(fd, content.data, content.len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                content = (Bytes){ content.data + n, content.len - (size_t) n };
        }
        return 0;
}

/* The folder of a path, as heap string. */
static char *folder_of(const char *path) {
        const char *slash = strrchr(path, '/');

        if (!slash)
                return xstrdup(".");
        return slash == path ? xstrdup("/") : xstrndup(path, (size_t) (slash - path));
}

/* Hidden, so that dir_list() never takes an unfinished file for a real one. */
static char *temporary_name(const char *path) {
        _cleanup_(text_done) Text name = TEXT_INIT(SIZE_MAX / 2);
        const char *slash = strrchr(path, '/');
        int folder = slash ? (int) (slash + 1 - path) : 0;

        (void) text_printf(&name, "%.*s.%s.XXXXXX", folder, path, path + folder);
        return text_take(&name);
}

static int fill(int fd, const char *path, Bytes content, mode_t mode) {
        int r = write_all(fd, content);

        if (r < 0)
                return err(r, "%s: cannot write: %s", path, strerrordesc_np(-r));
        if (fchmod(fd, mode) < 0)
                return fail(path, "cannot set mode");
        if (fsync(fd) < 0)
                return fail(path, "cannot sync");
        return 0;
}

int file_write(const char *path, Bytes content, mode_t mode) {
        _free_ char *temporary = temporary_name(path), *folder = folder_of(path);
        _cleanup_(xclosep) int fd = mkostemp(temporary, O_CLOEXEC);
        int r;

        if (fd < 0)
                return fail(path, "cannot create a temporary file beside it");
        r = fill(fd, temporary, content, mode);
        if (r == 0 && rename(temporary, path) < 0)
                r = fail(path, "cannot replace");
        if (r < 0) {
                (void) unlink(temporary);
                return r;
        }
        return dir_sync(folder);
}

int dir_make(const char *path, mode_t mode) {
        _free_ char *part = xstrdup(path);
        struct stat st;

        for (char *p = part + 1; part[0] && *p; p++) {
                if (*p != '/')
                        continue;
                *p = '\0';
                if (mkdir(part, mode) < 0 && errno != EEXIST)
                        return fail(part, "cannot create folder");
                *p = '/';
        }
        if (mkdir(part, mode) < 0 && errno != EEXIST)
                return fail(part, "cannot create folder");
        if (stat(part, &st) < 0)
                return fail(part, "cannot create folder");
        if (!S_ISDIR(st.st_mode))
                return err(-ENOTDIR, "%s: is not a folder", part);
        return 0;
}

int dir_sync(const char *path) {
        _cleanup_(xclosep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

        if (fd < 0)
                return fail(path, "cannot open folder");
        if (fsync(fd) < 0)
                return fail(path, "cannot sync folder");
        return 0;
}

/* Editors and package tools leave copies beside the file that they change; none of them is configuration. */
static bool is_left_over(const char *name) {
        static const char *const endings[] = { "~", ".bak", ".orig", ".swp", ".swo", ".tmp" };
        Bytes b = bytes_of(name);

        if (name[0] == '.' || name[0] == '#')
                return true;
        for (size_t i = 0; i < ELEMENTS(endings); i++)
                if (bytes_ends(b, endings[i]))
                        return true;
        return bytes_find(b, BYTES_LIT(".dpkg-"), NULL) || bytes_find(b, BYTES_LIT(".ucf-"), NULL);
}

/* The folder says what each is; links are followed, and some file systems do not say. */
static bool is_of_type(DIR *dir, const struct dirent *e, mode_t type) {
        struct stat st;

        if (e->d_type != DT_LNK && e->d_type != DT_UNKNOWN)
                return (mode_t) DTTOIF(e->d_type) == type;
        return fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && (st.st_mode & S_IFMT) == type;
}

static bool is_wanted(DIR *dir, const struct dirent *e, const char *suffix, mode_t type) {
        return !is_left_over(e->d_name) && bytes_ends(bytes_of(e->d_name), suffix) && is_of_type(dir, e, type);
}

static int by_bytes(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static void closedirp(DIR **dir) {
        if (*dir)
                (void) closedir(*dir);
}

static int list(const char *path, const char *suffix, mode_t type, char ***ret) {
        _cleanup_(closedirp) DIR *dir = opendir(path);
        VEC(char *) names = {};
        int r = 0;

        if (!dir)
                return fail(path, "cannot open folder");
        for (;;) {
                struct dirent *e;

                errno = 0;
                e = readdir(dir);
                if (!e) {
                        r = errno ? fail(path, "cannot read folder") : 0;
                        break;
                }
                if (!is_wanted(dir, e, suffix, type))
                        continue;
                if (names.len == NAMES_MAX) {
                        r = err(-E2BIG, "%s: more than %d files", path, NAMES_MAX);
                        break;
                }
                vec_push(&names, xstrdup(e->d_name));
        }
        if (names.len)
                qsort(names.items, names.len, sizeof(names.items[0]), by_bytes);
        vec_push(&names, NULL);
        if (r < 0) {
                (void) strv_free(names.items);
                return r;
        }
        *ret = names.items;
        return 0;
}

int dir_list(const char *path, const char *suffix, char ***ret) {
        return list(path, suffix, S_IFREG, ret);
}

int dir_folders(const char *path, const char *suffix, char ***ret) {
        return list(path, suffix, S_IFDIR, ret);
}

char **strv_free(char **v) {
        for (char **p = v; p && *p; p++)
                (void) xfree(*p);
        return xfree(v);
}

/* Files: read whole with a limit, write atomically. On failure the old file stays. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/bytes.h"

/* Appends the whole file to ret (whose limit bounds it). 0, -ENOENT, -E2BIG, -errno with a note. */
int file_read(const char *path, Text *ret);

/* Temporary file, fsync, rename, fsync of the folder. 0 or -errno with a note. */
int file_write(const char *path, Bytes content, mode_t mode);

/* Creates the folder and its missing parents. 0 or -errno. */
int dir_make(const char *path, mode_t mode);
int dir_sync(const char *path);                         /* fsync of a folder */

/* Names of regular files in the folder that end in suffix, sorted bytewise; hidden and editor backup files (~, #, .bak, .dpkg-*, .swp) left out.
 * *ret is a NULL-terminated heap array of heap strings. 0 or -errno. */
int dir_list(const char *path, const char *suffix, char ***ret);
/* The same of the folders in it. */
int dir_folders(const char *path, const char *suffix, char ***ret);
char **strv_free(char **v);
static inline void strv_freep(char ***v) {
        *v = strv_free(*v);
}

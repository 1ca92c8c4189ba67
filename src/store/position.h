/* Position: where the spool stands: its id, what is acknowledged, which numbers may have been given. Survives a torn write. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Position {
        char id[37];            /* UUID of the spool */
        uint64_t acked;         /* every parcel up to this number is in the database */
        uint64_t reserved;      /* numbers below this one may have been given */
        uint64_t generation;
} Position;

/* 1: read; 0: there is none, or none that is sound (ret untouched); -EPROTONOSUPPORT, -errno with a note. */
int position_read(int fd, Position *ret);
/* Writes the next generation and waits until it is on disk. On failure the old one stays. 0, -errno with a note. */
int position_write(int fd, Position *p);

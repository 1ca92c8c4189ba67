/* Transport that passes everything on to another one and keeps each exchange in a folder, logins included; used by
 * `fetch --record`. */
#pragma once

#include "fetch/transport.h"

/* What is kept: see replay.h. Of a login's answer
 * nothing is kept but what its kind reads there, with another token. inner is taken over and freed with it. A
 * write that fails is told once by recorder_error. */
Transport *recorder_new(Transport *inner, const char *folder);
int recorder_error(const Transport *tr);        /* 0, or the first -errno; the note is lost, the folder is at fault */
unsigned recorder_count(const Transport *tr);   /* exchanges kept */

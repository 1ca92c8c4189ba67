/* The note beside a negative code: what failed, where. One note per process (one thread, ruling of the architecture). */
#pragma once

#include "base/cleanup.h"

/* Notes a story for code (negative errno) and returns the code: return err(-EIO, "segment %s: short write", name); */
int err(int code, const char *format, ...) _printf_(2, 3);

/* Puts words in front of the note that is there: "connector dvc: " + old note. Returns code. */
int err_add(int code, const char *format, ...) _printf_(2, 3);

/* The story of code: the note if it belongs to this code, otherwise the text of the errno. Valid until the next err(). */
const char *err_story(int code);

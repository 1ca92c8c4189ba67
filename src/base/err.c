/* The note beside a negative code: what failed, where. */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

enum { NOTE_MAX = 1024 };

static char note[NOTE_MAX];
static int note_code;

/* A note that is cut must not end in half a character. */
static void cut_whole(char *s) {
        size_t bad_at;

        if (strlen(s) == NOTE_MAX - 1 && !bytes_is_utf8(bytes_of(s), &bad_at) && bad_at > NOTE_MAX - 5)
                s[bad_at] = '\0';
}

int err(int code, const char *format, ...) {
        char words[NOTE_MAX];   /* the old note may be among the arguments */
        va_list ap;

        assert(code < 0);
        va_start(ap, format);
        (void) vsnprintf(words, sizeof(words), format, ap);
        va_end(ap);
        cut_whole(words);
        memcpy(note, words, sizeof(note));
        note_code = code;
        return code;
}

int err_add(int code, const char *format, ...) {
        char words[NOTE_MAX];
        size_t len;
        va_list ap;

        assert(code < 0);
        va_start(ap, format);
        (void) vsnprintf(words, sizeof(words), format, ap);
        va_end(ap);
        len = strlen(words);
        (void) snprintf(words + len, sizeof(words) - len, ": %s", err_story(code));
        cut_whole(words);
        memcpy(note, words, sizeof(note));
        note_code = code;
        return code;
}

const char *err_story(int code) {
        static char unknown[32];
        const char *words;

        if (code == note_code && note[0])
                return note;
        words = strerrordesc_np(-code);
        if (words)
                return words;
        (void) snprintf(unknown, sizeof(unknown), "error %d", -code);
        return unknown;
}

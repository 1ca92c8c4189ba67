/* Failure: why a run, a login or a delivery did not succeed, as a value. */

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/failure.h"

static const char *const names[_FAILURE_MAX] = {
        [FAILURE_NONE] = "none",
        [FAILURE_CONFIG] = "config",
        [FAILURE_CONNECT] = "connect",
        [FAILURE_TIMEOUT] = "timeout",
        [FAILURE_HTTP] = "http",
        [FAILURE_LIMITED] = "limited",
        [FAILURE_LOGIN] = "login",
        [FAILURE_REPLY] = "reply",
        [FAILURE_LIMIT] = "limit",
        [FAILURE_SPOOL] = "spool",
        [FAILURE_DATABASE] = "database",
        [FAILURE_INTERNAL] = "internal",
};

const char *failure_class_name(FailureClass c) {
        assert((unsigned) c < _FAILURE_MAX);
        return names[c];
}

/* One line, and no half character at a cut end: servers' messages come with line breaks, and the story goes into the journal and the database. */
static void story_tidy(char *s, size_t size) {
        size_t bad_at;

        for (char *p = s; *p; p++)
                if ((unsigned char) *p < ' ' || *p == 0x7F)
                        *p = ' ';
        if (strlen(s) == size - 1 && !bytes_is_utf8(bytes_of(s), &bad_at) && bad_at + 4 > size - 1)
                s[bad_at] = '\0';
}

void failure_set(Failure *ret, FailureClass class, bool is_retryable, const char *format, ...) {
        Failure f = { .class = class, .is_retryable = is_retryable };   /* ret's old story may be among the arguments */
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(f.story, sizeof(f.story), format, ap);
        va_end(ap);
        story_tidy(f.story, sizeof(f.story));
        *ret = f;
}

void failure_keep(Failure **kept, const Failure *f) {
        if (!f) {
                *kept = xfree(*kept);
                return;
        }
        if (!*kept)
                *kept = NEW(Failure);
        **kept = *f;
}

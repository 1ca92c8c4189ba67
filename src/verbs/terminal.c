/* The terminal: escape codes only where somebody looks. */

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/env.h"
#include "observe/display.h"
#include "verbs/terminal.h"

enum { LINE_MAX_BYTES = 1024, WIDTH_ASSUMED = 80, WIDTH_MIN = 20 };

static bool is_line_there;

static bool is_terminal(int fd) {
        const char *kind = env_get("TERM");

        return isatty(fd) && !(kind && strcmp(kind, "dumb") == 0);
}

static unsigned width_of(int fd) {
        struct winsize size = {};

        return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool terminal_has_colour(void) {
        const char *no = env_get("NO_COLOR");

        return is_terminal(STDOUT_FILENO) && !(no && *no);
}

unsigned terminal_width(void) {
        return width_of(STDOUT_FILENO);
}

/* A line that reaches the last column would go on in the next one, and could not be written over. */
static size_t room(void) {
        unsigned width = width_of(STDERR_FILENO);

        return (width < WIDTH_MIN ? WIDTH_ASSUMED : width) - 1;
}

void terminal_line(const char *format, ...) {
        _cleanup_(text_done) Text words = TEXT_INIT(LINE_MAX_BYTES), line = TEXT_INIT(4 * LINE_MAX_BYTES);
        va_list ap;

        if (!is_terminal(STDERR_FILENO))
                return;
        va_start(ap, format);
        (void) text_vprintf(&words, format, ap);
        va_end(ap);
        display_cut(text_bytes(&words), room(), &line);
        (void) fflush(stdout);
        (void) fprintf(stderr, "\r\033[K%s", text_str(&line));
        (void) fflush(stderr);
        is_line_there = true;
}

void terminal_progress(const char *what, uint64_t done, uint64_t total) {
        terminal_line("%s: %" PRIu64 " of %" PRIu64 " (%" PRIu64 " %%)", what, done, total, total ? done * 100 / total : 100);
}

void terminal_over(void) {
        if (!is_line_there)
                return;
        is_line_there = false;
        (void) fputs("\r\033[K", stderr);
        (void) fflush(stderr);
}

static void tick(void *userdata, unsigned seconds) {
        terminal_line("%s: %u s", (const char *) userdata, seconds);
}

void terminal_waits(Pg *pg, const char *what) {
        terminal_over();
        if (what)
                terminal_line("%s", what);
        pg_while_waiting(pg, what ? tick : NULL, (void *) (uintptr_t) what);
}

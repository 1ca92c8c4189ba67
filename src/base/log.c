/* The journal, or standard error with <n> where there is none. The door to sd-journal. */

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

/* Where in log.c the call stands says nothing; the event id says it all. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/bytes.h"
#include "base/env.h"
#include "base/log.h"
#include "base/num.h"

enum { MESSAGE_MAX = 4096, FIELDS_MAX = 12, FIELD_MAX = 256 };

typedef struct EventInfo {
        const char *name;
        const char *id;
        int priority;
} EventInfo;

static const EventInfo events[_EV_MAX] = {
#define EVENT(name, id, priority) [EV_##name] = { #name, id, priority },
#include "base/events.def"
#undef EVENT
};

static int log_max_priority = LOG_INFO;
static bool log_to_journal;
static bool log_has_prefix = true;

/* $JOURNAL_STREAM is "device:inode" of the stream that systemd connected; a shell in between may have redirected it elsewhere (systemd.exec(5)). */
static bool is_stderr_journal(void) {
        const char *stream = env_get("JOURNAL_STREAM"), *colon;
        uint64_t device, inode;
        struct stat st;

        colon = stream ? strchr(stream, ':') : NULL;
        if (!colon || fstat(STDERR_FILENO, &st) < 0)
                return false;
        if (num_parse_u64((Bytes){ stream, (size_t) (colon - stream) }, &device) < 0 || num_parse_u64(bytes_of(colon + 1), &inode) < 0)
                return false;
        return st.st_dev == device && st.st_ino == inode;
}

void log_open(LogTarget target, int max_priority) {
        log_max_priority = max_priority;
        log_to_journal = target == LOG_JOURNAL || (target == LOG_AUTO && is_stderr_journal());
        log_has_prefix = !isatty(STDERR_FILENO);
}

bool log_is_journal(void) {
        return log_to_journal;
}

/* A line is a line, and nothing that came from a server may move the cursor of a terminal. */
static void make_one_line(char *s) {
        for (; *s; s++)
                if ((unsigned char) *s < ' ' || *s == 0x7F)
                        *s = ' ';
}

static void write_stderr(int priority, const char *message) {
        char prefix[8] = "";
        struct iovec parts[3];

        if (log_has_prefix)
                (void) snprintf(prefix, sizeof(prefix), "<%d>", priority);
        parts[0] = (struct iovec){ prefix, strlen(prefix) };
        parts[1] = (struct iovec){ (void *) (uintptr_t) message, strlen(message) };
        parts[2] = (struct iovec){ (void *) (uintptr_t) "\n", 1 };
        (void) !writev(STDERR_FILENO, parts, ELEMENTS(parts));
}

/* Fields of one journal entry, in memory that lives as long as the call. */
typedef struct Fields {
        char text[FIELDS_MAX][FIELD_MAX];
        struct iovec parts[FIELDS_MAX + 1];
        size_t len;
} Fields;

static void fields_add(Fields *f, const char *name, const char *value) {
        int n;

        if (!value)
                return;
        assert(f->len < FIELDS_MAX);
        n = snprintf(f->text[f->len], FIELD_MAX, "%s=%s", name, value);
        f->parts[f->len] = (struct iovec){ f->text[f->len], n < FIELD_MAX ? (size_t) n : FIELD_MAX - 1 };
        f->len++;
}

static void fields_add_int(Fields *f, const char *name, int value) {
        char digits[16];

        (void) snprintf(digits, sizeof(digits), "%d", value);
        fields_add(f, name, digits);
}

/* message begins with "MESSAGE=". False: the journal did not take it. */
static bool fields_send(Fields *f, char *message) {
        f->parts[f->len] = (struct iovec){ message, strlen(message) };
        return sd_journal_sendv(f->parts, (int) f->len + 1) >= 0;
}

static void add_scope(Fields *f, const LogScope *scope) {
        fields_add(f, "THIDUA_CONNECTOR", scope->connector);
        fields_add(f, "THIDUA_STREAM", scope->stream);
        fields_add(f, "THIDUA_UNIT", scope->unit);
        fields_add(f, "THIDUA_RUN", scope->run);
        if (scope->http_status)
                fields_add_int(f, "THIDUA_HTTP_STATUS", scope->http_status);
        fields_add(f, "THIDUA_SQLSTATE", scope->sqlstate);
}

static const char message_field[] = "MESSAGE=";
enum { MESSAGE_AT = sizeof(message_field) - 1 };

static void message_make(char ret[MESSAGE_MAX], const char *format, va_list ap) _printf_(2, 0);
static void message_make(char ret[MESSAGE_MAX], const char *format, va_list ap) {
        memcpy(ret, message_field, sizeof(message_field));
        (void) vsnprintf(ret + MESSAGE_AT, MESSAGE_MAX - MESSAGE_AT, format, ap);
        make_one_line(ret + MESSAGE_AT);
}

void log_event(Event e, const LogScope *scope, const char *format, ...) {
        const EventInfo *info = &events[e];
        char message[MESSAGE_MAX];
        Fields fields = {};
        va_list ap;

        assert((unsigned) e < _EV_MAX);
        if (info->priority > log_max_priority)
                return;
        va_start(ap, format);
        message_make(message, format, ap);
        va_end(ap);
        if (log_to_journal) {
                fields_add(&fields, "MESSAGE_ID", info->id);
                fields_add_int(&fields, "PRIORITY", info->priority);
                fields_add(&fields, "SYSLOG_IDENTIFIER", "thiduad");
                fields_add(&fields, "THIDUA_EVENT", info->name);
                if (scope)
                        add_scope(&fields, scope);
                if (fields_send(&fields, message))
                        return;
        }
        write_stderr(info->priority, message + MESSAGE_AT);
}

void log_debug(const char *area, const char *format, ...) {
        char message[MESSAGE_MAX], line[MESSAGE_MAX];
        Fields fields = {};
        va_list ap;

        if (LOG_DEBUG > log_max_priority)
                return;
        va_start(ap, format);
        message_make(message, format, ap);
        va_end(ap);
        if (log_to_journal) {
                fields_add_int(&fields, "PRIORITY", LOG_DEBUG);
                fields_add(&fields, "SYSLOG_IDENTIFIER", "thiduad");
                fields_add(&fields, "THIDUA_AREA", area);
                if (fields_send(&fields, message))
                        return;
        }
        (void) snprintf(line, sizeof(line), "%s: %.3000s", area, message + MESSAGE_AT);
        write_stderr(LOG_DEBUG, line);
}

const char *event_name(Event e) {
        assert((unsigned) e < _EV_MAX);
        return events[e].name;
}

const char *event_id(Event e) {
        assert((unsigned) e < _EV_MAX);
        return events[e].id;
}

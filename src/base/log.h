/* The journal, or standard error with <n> where there is none. Events have stable ids (events.def). */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

typedef enum Event {
#define EVENT(name, id, priority) EV_##name,
#include "base/events.def"
#undef EVENT
        _EV_MAX,
} Event;

/* What an event is about; all may be NULL or 0. */
typedef struct LogScope {
        const char *connector;
        const char *stream;
        const char *unit;
        const char *run;
        int http_status;
        const char *sqlstate;
} LogScope;

typedef enum LogTarget {
        LOG_AUTO,               /* the journal when standard error is connected to it, otherwise standard error */
        LOG_STDERR,             /* text with <n> priority prefixes only when not a terminal */
        LOG_JOURNAL,
} LogTarget;

void log_open(LogTarget target, int max_priority /* syslog: LOG_ERR..LOG_DEBUG of <syslog.h> */);
bool log_is_journal(void);

/* Text: lower case start, no full stop, values in quotes, cause before remedy. scope may be NULL. */
void log_event(Event e, const LogScope *scope, const char *format, ...) _printf_(3, 4);

/* Debug lines carry an area token and no id. */
void log_debug(const char *area, const char *format, ...) _printf_(2, 3);

const char *event_name(Event e);                        /* "RUN_FAILED" */
const char *event_id(Event e);                          /* 32 hex digits */

/* Failure: why a run, a login or a delivery did not succeed, as a value that travels to the run record and the journal. */
#pragma once

#include <stdbool.h>

typedef enum FailureClass {
        FAILURE_NONE,
        FAILURE_CONFIG,         /* a secret is missing, a template cannot be filled */
        FAILURE_CONNECT,        /* name, connection or TLS */
        FAILURE_TIMEOUT,
        FAILURE_HTTP,           /* a status that the connector does not accept */
        FAILURE_LIMITED,        /* 429, or a throttling fault */
        FAILURE_LOGIN,          /* 401, refused token, login page where data was declared */
        FAILURE_REPLY,          /* not the declared format or frame: HTML, empty, broken, wrong unit */
        FAILURE_LIMIT,          /* a bound of ours was reached: size, pages, records, depth */
        FAILURE_SPOOL,          /* spool full or broken */
        FAILURE_DATABASE,
        FAILURE_INTERNAL,
        _FAILURE_MAX,
} FailureClass;

typedef struct Failure {
        FailureClass class;
        bool is_retryable;
        int http_status;        /* 0: none */
        char sqlstate[6];       /* "": none */
        char story[512];        /* what happened and what to do, one line, no secrets; cut at the end when too long */
} Failure;

const char *failure_class_name(FailureClass c);         /* "http", "login", ...; as in ingest.run */

/* Fills ret; story is cut to fit. Returns -1 never: for use as a statement. */
void failure_set(Failure *ret, FailureClass class, bool is_retryable, const char *format, ...)
                __attribute__((format(printf, 4, 5)));

/* What is kept on the heap becomes a copy of f, or NULL when f is NULL: for what is long and seldom there. */
void failure_keep(Failure **kept, const Failure *f);

/* Connector: one source system as one YAML file: address, authentication, manners, limits, and its streams. The parts of a stream come from the rooms. */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "config/field.h"
#include "decode/decode.h"
#include "fetch/fetch.h"
#include "normalise/mapping.h"
#include "schedule/slot.h"

/* Whom a stream asks for, one ask each. */
typedef struct ForeachSpec {
        ConfStrings kinds;      /* units of these kinds */
        ConfStrings units;      /* or these units, by slug */
        char *system;           /* {{unit.code}} is the unit's code in this system; units without one are left out */
        unsigned group;         /* so many units in one ask; their codes are {{unit.codes}} */
        char *join;             /* what stands between them */
        ConfStrings items;      /* or these literal values, as {{item}} */
} ForeachSpec;

/* Which envelope fields (or, for last_id, which record field) state the facts of a page. */
typedef struct PageFactSpec {
        char *total;
        char *cursor;
        char *next_url;
        char *has_more;
        char *last_id;
} PageFactSpec;

typedef struct StreamSpec {
        char *name;             /* [a-z0-9-]+ */
        char *title;
        ScheduleSpec schedule;
        usec_t retry;           /* after a run that failed: not later than this */
        WindowSpec window;
        ForeachSpec foreach;
        RequestSpec request;
        ConfKindOf paging;
        PageFactSpec page;
        unsigned max_pages;
        JudgeSpec accept;
        ConfKindOf format;
        bool confidential;      /* of answers only hash and size are kept */
        MappingSpec mapping;
} StreamSpec;

typedef struct ConnectorSpec {
        char *connector;        /* the name, [a-z0-9-]+, unique */
        char *title;
        char *base_url;
        char *timezone;         /* default: that of the main file */
        bool enabled;
        ConfKindOf auth;
        MannersSpec manners;
        TransferLimits limits;
        TlsSpec tls;
        uint64_t archive_max;   /* a body that is larger when compressed is kept as hash, size and head */
        ConfItems streams;      /* StreamSpec */
} ConnectorSpec;

extern const ConfField connector_fields[];

/* A loaded stream: everything compiled once. */
typedef struct Stream {
        const StreamSpec *spec;
        const struct Connector *connector;
        size_t id;              /* within the Setup */
        bool has_window, has_foreach;
        bool has_groups;        /* several units in one ask */
        RequestPlan *plan;
        Format format;
        Mapping *mapping;
        Schedule *schedule;
        int total_at, cursor_at, next_url_at, has_more_at;      /* indexes of envelope fields; -1: not stated */
        int last_id_at;         /* index of the record field */
        int *require_at, *login_if_at, *empty_if_at, *absent_if_at;     /* envelope indexes of accept's pairs */
} Stream;

typedef struct Connector {
        const ConnectorSpec *spec;
        const char *file;
        Sha256 digest;          /* of the file */
        const Zone *zone;
        size_t index;           /* in the Setup */
        Stream *streams;
        size_t n_streams;
} Connector;

/* Binds and compiles one file. Memory lives in the arena; plans and schedules are freed by connector_done. Findings and 1, or 0; -errno: unreadable. */
int connector_load(Connector *ret, const char *path, const char *default_timezone, const UnitTable *units, Arena *arena, Diag *diag);
void connector_done(Connector *c);
/* When the first of its credentials ends that only an operator can renew: a token that was handed out, a client certificate of ours. Wall clock; 0: none says so. Reads files. */
usec_t connector_credential_until(const Connector *c);
/* Of two loads: the same file, read with the same time zone. What is known of the one is true of the other. */
bool connector_is_same(const Connector *a, const Connector *b);

/* What the files of the batch share. */
#pragma once

#include "base/map.h"
#include "base/vec.h"
#include "store/batch.h"

enum { PARAM_MAX = 1 << 30 };           /* PostgreSQL takes values up to 1 GiB */

/* In the order of ingest.deliver(). */
enum {
        P_SPOOL, P_KNOWN_AT, P_PARCELS, P_RUNS, P_REQUESTS, P_BODY_SHA256, P_BODY, P_BODY_SIZE,
        P_METRIC, P_UNIT, P_PERIOD_KIND, P_CALENDAR, P_PERIOD_FROM, P_PERIOD_TO, P_CUMULATIVE,
        P_RUN,
        S_PARCEL, S_RUN, S_METRIC, S_UNIT, S_PERIOD, S_VALUE, S_OBSERVED_AT, S_QUALITY, S_EVIDENCE, S_REQUEST, S_RECORD,
        P_REJECTS, P_CURSORS,
        _N_PARAMS,
};
/* A row of samples; texts lie in the copies of the parcels. */
typedef struct Row {
        uint32_t parcel, run, metric, unit, period;     /* numbers in the batch's dictionaries, from 0 */
        uint32_t request;
        uint64_t record;
        usec_t observed_at;
        Bytes value;            /* data NULL: the source said null */
        Bytes quality, evidence;
        char *refused;          /* NULL: not refused */
} Row;

typedef struct Parcel {
        uint64_t seq;
        char *data;
        size_t len;
        const char *connector;  /* in data */
} Parcel;

typedef struct RunId {
        uint8_t byte[16];
        char text[37];
} RunId;

/* Number + 1 in the batch of what the newest parcel calls 0, 1, ...; 0: not met so far. */
typedef VEC(uint32_t) OfParcel;

/* Numbers of texts, and the texts. */
typedef struct Names {
        Map *numbers;
        VEC(const char *) list;
        OfParcel of_parcel;
} Names;

typedef struct Used {
        VEC(uint32_t) to_new;   /* from 1; 0: not used so far */
        uint32_t n;
} Used;

/* Why the runs of a batch are there; cause "": the source was asked. */
typedef struct BatchCause {
        char cause[16];
        bool is_late;
        char replays[37];
        usec_t stated_at;
} BatchCause;

/* How far everything went before the newest parcel. */
typedef struct BatchMark {
        size_t rows, runs, bodies, periods, metrics, units;
        size_t runs_json, requests_json, rejects_json, cursors_json;
        bool is_connector_new;
} BatchMark;

struct Batch {
        BatchCause cause;
        VEC(Parcel) parcels;
        VEC(Row) rows;
        VEC(RunId) runs;
        VEC(BodyRecord) bodies;
        VEC(Period) periods;
        OfParcel periods_of_parcel;
        Map *period_numbers;
        Map *connectors;        /* a set */
        Names metrics, units;
        Text runs_json, requests_json, rejects_json, cursors_json;      /* objects with commas between, without brackets */
        Text out[_N_PARAMS];
        Used used_metrics, used_units, used_periods;
        size_t show_from, show_to;
        size_t n_refused;
        size_t size;
        BatchMark mark;
};

typedef struct PeriodKey {
        int32_t part[4];
} PeriodKey;

static inline PeriodKey period_key(const Period *p) {
        return (PeriodKey){ { p->from, p->to, (int32_t) p->kind * 2 + p->is_cumulative, (int32_t) p->calendar } };
}

/* Each appends one object to a list of them. parcel counts from 1. */
void batch_json_run(Text *to, size_t parcel, const RunRecord *run, const BatchCause *cause);
void batch_json_request(Text *to, size_t parcel, const RunRecord *run, const RequestRecord *q);
void batch_json_reject(Text *to, size_t parcel, const char *run, const Reject *r);
void batch_json_cursor(Text *to, size_t parcel, const CursorRecord *c);
void batch_json_claim(Text *to, size_t parcel, const ClaimRecord *c);

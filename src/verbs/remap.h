/* What "replay" and "quarantine retry" share: stored replies go through today's mapping and are delivered as runs of their own. */
#pragma once

#include "store/parcel.h"
#include "store/pg.h"
#include "verbs/verb.h"

typedef struct Remap Remap;

typedef struct RemapResult {
        uint64_t n_runs, n_failed;      /* runs that were replayed; of them those of which some ask could not be */
        uint64_t n_samples, n_rejects;
        uint64_t n_new, n_same;         /* figures believed anew, and such that were believed already */
        RunRecord last;                 /* the record of the last one */
} RemapResult;

/* 0 or -errno with a note. pg and setup are borrowed. cause: "replay" or "retry". is_dry: nothing is delivered. */
int remap_new(Remap **ret, Pg *pg, Setup *setup, const char *cause, bool is_dry);
Remap *remap_free(Remap *m);
DEFINE_CLEANUP(Remap *, remap_free)

/* Replays the stored replies of one run of the stream, of these asks (a PostgreSQL array as text; NULL: all). 0 or -errno with a note. */
int remap_run(Remap *m, const Stream *stream, const char *run, usec_t stated_at, const char *asks);
const RemapResult *remap_result(const Remap *m);

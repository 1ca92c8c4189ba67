/* Setup: one loaded generation of everything configured. Immutable, with counted references; a run keeps its own alive across a reload. */
#pragma once

#include "connector.h"
#include "comply/campaign.h"
#include "comply/registry.h"
#include "fetch/curl.h"
#include "store/spool.h"
#include "store/writer.h"

typedef struct ControlSpec {
        char *socket;           /* Unix socket of the verbs */
        char *listen;           /* loopback address of /metrics and health; "": none */
} ControlSpec;

typedef struct RecomputeSpec {
        usec_t after;           /* so long after new data, to gather what comes together */
        usec_t every;           /* at least so often: days pass and figures become overdue */
} RecomputeSpec;

/* Months for which whole partitions are kept; 0: for good. */
typedef struct RetentionSpec {
        unsigned facts, payloads, runs, quarantine;
} RetentionSpec;

typedef struct MainSpec {
        char *instance;         /* default: the host name */
        char *timezone;
        char *connectors;       /* folder */
        char *campaigns;        /* folder */
        ConfStrings units;      /* folders of unit tables */
        unsigned max_runs;      /* runs under way at once */
        bool shared;            /* connectors are shared with the other instances on the same database */
        WriterSpec database;
        SpoolSpec spool;
        CurlSpec http;
        ControlSpec control;
        RecomputeSpec recompute;
        RetentionSpec retention;
} MainSpec;

extern const ConfField main_fields[];

typedef struct Setup Setup;

/* Loads and checks all. Findings are in diag in any case. 0; 1: errors were found, *ret is not set; -errno: the main file could not be read. */
int setup_load(Setup **ret, const char *path, Diag *diag);
/* The main file alone, for verbs that only want to know where the database or the daemon is: they work while a connector is broken. */
int setup_load_main(Setup **ret, const char *path, Diag *diag);
/* The main file, the unit tables of its folders and of `more` (n of them), and one connector alone, enabled or not; no campaigns. file NULL: no connector. As above. */
int setup_load_one(Setup **ret, const char *path, const char *file, const char *const *more, size_t n, Diag *diag);
Setup *setup_ref(Setup *s);
Setup *setup_unref(Setup *s);
DEFINE_CLEANUP(Setup *, setup_unref)

const MainSpec *setup_main(const Setup *s);
const char *setup_instance(const Setup *s);
const Zone *setup_zone(const Setup *s);
const Registry *setup_registry(const Setup *s);
const Sha256 *setup_units_digest(const Setup *s);       /* of the unit and code tables */
size_t setup_n_connectors(const Setup *s);
const Connector *setup_connector(const Setup *s, size_t i);
const Connector *setup_find_connector(const Setup *s, const char *name);        /* enabled or not; NULL: none */
size_t setup_n_streams(const Setup *s);
const Stream *setup_stream(const Setup *s, size_t id);
const Stream *setup_find(const Setup *s, const char *connector, const char *stream);    /* stream NULL: the only or first one */
size_t setup_n_campaigns(const Setup *s);
const Campaign *setup_campaign(const Setup *s, size_t i);

/* Path of the database scripts. */
const char *setup_sql_dir(const Setup *s);
const char *setup_connectors_dir(const Setup *s);

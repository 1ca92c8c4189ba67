/* Setup: loads main file, unit tables, connectors and campaigns; checks what holds across them. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "config/bind.h"
#include "setup.h"

enum { ARENA_LIMIT = 256 << 20 };

enum { METRICS_NAMED = 3 };

struct Setup {
        unsigned n_ref;
        Arena *arena;
        char *path;
        char *dir;                      /* of the main file; relative paths start there */
        MainSpec spec;
        const char *instance;
        const char *sql_dir;
        const char *connectors_dir;
        const Zone *zone;
        const ConfNode *root;           /* of the main file */
        Registry *registry;
        Sha256 units_digest;
        VEC(Connector *) connectors;
        VEC(const Connector *) by_name; /* those that were bound, sorted, of one name the first file first */
        VEC(const Stream *) streams;
        VEC(Campaign *) campaigns;
};

static const ConfField control_fields[] = {
        FIELD(ControlSpec, socket, 0, "/run/thiduad/control.sock", "Unix socket through which the verbs talk to the daemon."),
        FIELD(ControlSpec, listen, 0, "127.0.0.1:9467", "Loopback address and port of /metrics, /-/healthy and /-/ready; empty: none."),
        {}
};

static const ConfField recompute_fields[] = {
        FIELD_RANGE(RecomputeSpec, after, 0, "5 s", USEC_MSEC, USEC_DAY, "How long after new data compliance is computed, so that what comes together is computed together."),
        FIELD_RANGE(RecomputeSpec, every, 0, "1 h", USEC_SEC, 7 * USEC_DAY, "Compliance is computed at least this often: days pass, and figures become overdue."),
        {}
};

static const ConfField retention_fields[] = {
        FIELD_RANGE(RetentionSpec, facts, 0, "0", 0, 1200, "Figures: months after the year in which their period ends; 0: kept for good."),
        FIELD_RANGE(RetentionSpec, payloads, 0, "0", 0, 1200, "Stored replies: months; 0: kept for good. What is gone cannot be replayed."),
        FIELD_RANGE(RetentionSpec, runs, 0, "0", 0, 1200, "Runs and their requests: months; 0: kept for good. Their links in the hash chain stay."),
        FIELD_RANGE(RetentionSpec, quarantine, 0, "0", 0, 1200, "Rejects: months; 0: kept for good."),
        {}
};

const ConfField main_fields[] = {
        FIELD(MainSpec, instance, 0, NULL, "Name of this instance in run records; default: the host name."),
        FIELD(MainSpec, timezone, 0, "Asia/Ho_Chi_Minh", "Zone of dates that carry none, and of schedules."),
        FIELD(MainSpec, connectors, 0, "connectors.d", "Folder of the connector files (*.yaml)."),
        FIELD(MainSpec, campaigns, 0, "campaigns.d", "Folder of the campaign files (*.yaml)."),
        FIELD(MainSpec, units, 0, "units", "Folders of the unit tables (*.csv)."),
        FIELD_RANGE(MainSpec, max_runs, 0, "64", 1, 10000, "Runs under way at once."),
        FIELD(MainSpec, shared, 0, "no",
              "Yes: the connectors are shared with other instances on the same database, each polled by one of them; when one dies the others take over. All need the same connectors."),
        FIELD_MAP(MainSpec, database, 0, database_fields, "The PostgreSQL database."),
        FIELD_MAP(MainSpec, spool, 0, spool_fields, "Where what was polled is kept until the database has it."),
        FIELD_MAP(MainSpec, http, 0, curl_fields, "Certificates, proxy and allowed networks of all requests."),
        FIELD_MAP(MainSpec, control, 0, control_fields, "Control socket and loopback port."),
        FIELD_MAP(MainSpec, recompute, 0, recompute_fields, "When compliance is computed."),
        FIELD_MAP(MainSpec, retention, 0, retention_fields, "For how long each class of data is kept; looked at once a day."),
        {}
};

static char *dir_of(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? xstrndup(path, slash == path ? 1 : (size_t) (slash - path)) : xstrdup(".");
}

static const char *in_dir(Setup *s, const char *path) {
        return path[0] == '/' || strcmp(s->dir, ".") == 0 ? path : arena_printf(s->arena, "%s/%s", s->dir, path);
}

static const char *host_name(Setup *s) {
        char name[HOST_NAME_MAX + 1] = "";

        (void) gethostname(name, sizeof(name) - 1);
        return arena_strdup(s->arena, name[0] ? name : "localhost");
}

/* Calls load for each YAML file of the folder that the key of the main file names, in order. A folder that is not there is a finding. */
static int each_file(Setup *s, const char *key, const char *name_of_folder, Diag *diag, int (*load)(Setup *s, const char *path, Diag *diag)) {
        _cleanup_(strv_freep) char **names = NULL;
        const char *folder = in_dir(s, name_of_folder);
        int r;

        r = dir_list(folder, ".yaml", &names);
        if (r < 0) {
                const ConfNode *at = conf_child(s->root, key);

                diag_error(diag, at ? at : s->root, "cannot read the folder of \"%s\", %s: %s", key, folder, strerror(-r));
                return 0;
        }
        for (char **name = names; *name; name++) {
                const char *path = arena_printf(s->arena, "%s/%s", folder, *name);

                r = load(s, path, diag);
                if (r < 0) {
                        diag_error_at(diag, path, 0, 0, "%s", err_story(r));
                        continue;
                }
        }
        return 0;
}

static int load_connector(Setup *s, const char *path, Diag *diag) {
        Connector *c = ARENA_NEW(s->arena, Connector);
        int r;

        if (!c)
                return err(-E2BIG, "configuration is larger than its bound");
        c->index = s->connectors.len;
        vec_push(&s->connectors, c);
        r = connector_load(c, path, s->spec.timezone, registry_units(s->registry), s->arena, diag);
        if (c->spec)
                vec_push(&s->by_name, c);
        return r;
}

static int compare_names(const void *a, const void *b) {
        const Connector *ca = *(const Connector *const *) a, *cb = *(const Connector *const *) b;
        int r = strcmp(ca->spec->connector, cb->spec->connector);

        return r ? r : (ca->index > cb->index) - (ca->index < cb->index);
}

static void sort_names(Setup *s, Diag *diag) {
        const Connector *first = NULL;

        vec_fit(&s->connectors);
        vec_fit(&s->by_name);
        if (s->by_name.len)
                qsort(s->by_name.items, s->by_name.len, sizeof(s->by_name.items[0]), compare_names);
        VEC_EACH(i, &s->by_name) {
                if (first && strcmp(first->spec->connector, (*i)->spec->connector) == 0)
                        diag_error_at(diag, (*i)->file, 1, 1, "connector \"%s\" is also defined in %s: each name may be used once", first->spec->connector, first->file);
                else
                        first = *i;
        }
}

static int load_campaign(Setup *s, const char *path, Diag *diag) {
        Campaign *c = NULL;
        int r;

        r = campaign_load(&c, path, s->registry, s->arena, diag);
        if (r != 0)
                return r;
        VEC_EACH(other, &s->campaigns)
                if (strcmp(campaign_code(*other), campaign_code(c)) == 0)
                        diag_error(diag, conf_child(campaign_node(c), "campaign"), "campaign \"%s\" is also defined in %s: each name may be used once", campaign_code(c),
                                   campaign_node(*other)->file);
        vec_push(&s->campaigns, c);
        return 0;
}

/* Streams of enabled connectors get their numbers; a metric that a campaign needs and nobody delivers is worth a word. */
static void number_streams(Setup *s, bool is_every) {
        VEC_EACH(c, &s->connectors)
                for (size_t i = 0; (*c)->spec && ((*c)->spec->enabled || is_every) && i < (*c)->n_streams; i++) {
                        (*c)->streams[i].id = s->streams.len;
                        vec_push(&s->streams, &(*c)->streams[i]);
                }
        vec_fit(&s->streams);
}

static bool is_delivered(const Setup *s, const char *metric) {
        VEC_EACH(stream, &s->streams) {
                const char *name;

                for (size_t i = 0; (*stream)->mapping && mapping_walk_metrics((*stream)->mapping, &i, &name);)
                        if (strcmp(name, metric) == 0)
                                return true;
        }
        return false;
}

/* One finding a criterion: a new configuration has few sources and all criteria. */
static void warn_of_metrics(const Campaign *c, const char *criterion, Text *names, size_t *n, Diag *diag) {
        if (*n > METRICS_NAMED)
                (void) text_printf(names, " and %zu more", *n - METRICS_NAMED);
        diag_warn(diag, campaign_node(c), "criterion %s needs metric%s %s, which no enabled connector delivers: it will show no_data", criterion, *n == 1 ? "" : "s", text_str(names));
        text_clear(names);
        *n = 0;
}

static void check_metrics(const Setup *s, Diag *diag) {
        if (!s->streams.len)
                return;
        VEC_EACH(c, &s->campaigns) {
                const char *metric, *criterion, *last = NULL;
                _cleanup_(text_done) Text names = TEXT_INIT(4096);
                size_t n = 0;

                for (size_t i = 0; campaign_walk_metrics(*c, &i, &criterion, &metric);) {
                        if (is_delivered(s, metric))
                                continue;
                        if (last && strcmp(last, criterion) != 0)
                                warn_of_metrics(*c, last, &names, &n, diag);
                        last = criterion;
                        if (n++ < METRICS_NAMED)
                                (void) text_printf(&names, "%s\"%s\"", n > 1 ? ", " : "", metric);
                }
                if (last)
                        warn_of_metrics(*c, last, &names, &n, diag);
        }
}

/* The port is PgBouncer's own; more is seen when the connection is made. */
static void check_sharing(Setup *s, Diag *diag) {
        const ConfNode *database = conf_child(s->root, "database"), *at = database ? conf_child(database, "conninfo") : NULL;
        const char *conninfo = s->spec.database.conninfo;

        if (s->spec.shared && !s->spec.database.session_conninfo && (strstr(conninfo, "port=6432") || strstr(conninfo, ":6432")))
                diag_warn(diag, at ? at : s->root, "connectors are shared by locks of a session, and this address looks like a pooler (port 6432): name PostgreSQL itself as session_conninfo");
}

static int load_main(Setup *s, Diag *diag) {
        const ConfNode *root;
        int r;

        r = yaml_load(s->path, s->arena, diag, &root);
        if (r != 0)
                return r;
        s->root = root;
        r = conf_bind(main_fields, root, s->arena, diag, &s->spec);
        if (r != 0)
                return r;
        curl_verify(&s->spec.http, conf_child(root, "http") ? conf_child(root, "http") : root, diag);
        s->instance = s->spec.instance && *s->spec.instance ? s->spec.instance : host_name(s);
        s->sql_dir = in_dir(s, s->spec.database.sql_dir);
        s->connectors_dir = arena_strdup(s->arena, in_dir(s, s->spec.connectors));
        s->spec.spool.dir = arena_strdup(s->arena, in_dir(s, s->spec.spool.dir));
        if (zone_get(s->spec.timezone, &s->zone) < 0) {
                const ConfNode *at = conf_child(root, "timezone");

                diag_error(diag, at ? at : root, "no time zone \"%s\": use a name such as Asia/Ho_Chi_Minh", s->spec.timezone);
                return 1;
        }
        check_sharing(s, diag);
        return 0;
}

static Sha256 digest_of_units(const Registry *registry) {
        _cleanup_(text_done) Text rows = TEXT_INIT(ARENA_LIMIT);

        registry_render(registry, REGISTRY_UNITS, &rows);
        registry_render(registry, REGISTRY_SUCCESSIONS, &rows);
        registry_render(registry, REGISTRY_CODES, &rows);
        return sha256_of(text_bytes(&rows));
}

static int load_registry(Setup *s, const char *const *more, size_t n, Diag *diag) {
        const char **folders = ARENA_NEW_N(s->arena, const char *, s->spec.units.len + n + 1);
        int r;

        if (!folders)
                return err(-E2BIG, "configuration is larger than its bound");
        for (size_t i = 0; i < s->spec.units.len; i++)
                folders[i] = in_dir(s, s->spec.units.items[i]);
        for (size_t i = 0; i < n; i++)
                folders[s->spec.units.len + i] = more[i];
        r = registry_load(&s->registry, folders, s->spec.units.len + n, s->arena, diag);
        if (r >= 0)
                s->units_digest = digest_of_units(s->registry);
        return r;
}

static int load_all(Setup *s, Diag *diag) {
        int r;

        r = load_main(s, diag);
        if (r != 0)
                return r;
        r = load_registry(s, NULL, 0, diag);
        if (r != 0)
                return r;
        r = each_file(s, "connectors", s->spec.connectors, diag, load_connector);
        if (r < 0)
                return r;
        sort_names(s, diag);
        r = each_file(s, "campaigns", s->spec.campaigns, diag, load_campaign);
        if (r < 0)
                return r;
        number_streams(s, false);
        if (!diag_errors(diag))         /* a connector with an error delivers nothing: that is no finding of its own */
                check_metrics(s, diag);
        return 0;
}

static Setup *setup_new(const char *path) {
        Setup *s = NEW(Setup);

        s->n_ref = 1;
        s->arena = arena_new(ARENA_LIMIT);
        s->path = xstrdup(path);
        s->dir = dir_of(path);
        return s;
}

static int setup_load_by(Setup **ret, const char *path, Diag *diag, int (*load)(Setup *s, Diag *diag)) {
        _cleanup_(setup_unrefp) Setup *s = setup_new(path);
        int r;

        r = load(s, diag);
        if (r != 0)
                return r;
        if (diag_errors(diag))
                return 1;
        *ret = TAKE(s);
        return 0;
}

int setup_load(Setup **ret, const char *path, Diag *diag) {
        return setup_load_by(ret, path, diag, load_all);
}

int setup_load_main(Setup **ret, const char *path, Diag *diag) {
        return setup_load_by(ret, path, diag, load_main);
}

int setup_load_one(Setup **ret, const char *path, const char *file, const char *const *more, size_t n, Diag *diag) {
        _cleanup_(setup_unrefp) Setup *s = setup_new(path);
        int r;

        r = load_main(s, diag);
        if (r == 0)
                r = load_registry(s, more, n, diag);
        if (r == 0 && file)
                r = load_connector(s, file, diag);
        if (r != 0)
                return r;
        sort_names(s, diag);
        if (diag_errors(diag))
                return 1;
        number_streams(s, true);
        *ret = TAKE(s);
        return 0;
}

Setup *setup_ref(Setup *s) {
        s->n_ref++;
        return s;
}

Setup *setup_unref(Setup *s) {
        if (!s || --s->n_ref)
                return NULL;
        VEC_EACH(c, &s->connectors)
                connector_done(*c);
        VEC_EACH(c, &s->campaigns)
                (void) campaign_free(*c);
        vec_done(&s->connectors);
        vec_done(&s->by_name);
        vec_done(&s->streams);
        vec_done(&s->campaigns);
        s->registry = registry_free(s->registry);
        s->arena = arena_free(s->arena);
        (void) xfree(s->path);
        (void) xfree(s->dir);
        return xfree(s);
}

const MainSpec *setup_main(const Setup *s) {
        return &s->spec;
}

const char *setup_instance(const Setup *s) {
        return s->instance;
}

const Zone *setup_zone(const Setup *s) {
        return s->zone;
}

const Sha256 *setup_units_digest(const Setup *s) {
        return &s->units_digest;
}

const Registry *setup_registry(const Setup *s) {
        return s->registry;
}

size_t setup_n_connectors(const Setup *s) {
        return s->connectors.len;
}

const Connector *setup_connector(const Setup *s, size_t i) {
        return s->connectors.items[i];
}

size_t setup_n_streams(const Setup *s) {
        return s->streams.len;
}

const Stream *setup_stream(const Setup *s, size_t id) {
        return s->streams.items[id];
}

static int compare_to_name(const void *name, const void *connector) {
        return strcmp(name, (*(const Connector *const *) connector)->spec->connector);
}

const Connector *setup_find_connector(const Setup *s, const char *name) {
        const Connector *const *found = s->by_name.len ? bsearch(name, s->by_name.items, s->by_name.len, sizeof(s->by_name.items[0]), compare_to_name) : NULL;

        return found ? *found : NULL;
}

const Stream *setup_find(const Setup *s, const char *connector, const char *stream) {
        const Connector *c = setup_find_connector(s, connector);

        for (size_t i = 0; c && i < c->n_streams; i++) {
                const Stream *found = &c->streams[i];

                /* Streams of connectors that are not enabled have no number. */
                if (found->id < s->streams.len && s->streams.items[found->id] == found && (!stream || strcmp(found->spec->name, stream) == 0))
                        return found;
        }
        return NULL;
}

size_t setup_n_campaigns(const Setup *s) {
        return s->campaigns.len;
}

const Campaign *setup_campaign(const Setup *s, size_t i) {
        return s->campaigns.items[i];
}

const char *setup_sql_dir(const Setup *s) {
        return s->sql_dir;
}

const char *setup_connectors_dir(const Setup *s) {
        return s->connectors_dir;
}

/* Connector: binds one YAML file to its parts, compiles them once, and checks the rules that hold across parts. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "connector.h"
#include "config/bind.h"
#include "fetch/elsewhere.h"

enum { FILE_LIMIT = 1 << 20, TREE_LIMIT = 32 << 20, URL_LIMIT = 4096 };

static const ConfField foreach_fields[] = {
        FIELD(ForeachSpec, kinds, 0, NULL, "Ask once for each unit of these kinds, among those alive in the window."),
        FIELD(ForeachSpec, units, 0, NULL, "Ask once for each of these units (slugs of the registry)."),
        FIELD(ForeachSpec, system, 0, "slug", "Code system of `{{unit.code}}`; units that bear no code in it are left out."),
        FIELD_RANGE(ForeachSpec, group, 0, "1", 1, 500,
                    "So many units in one request, for sources that take several codes; written `{{unit.codes}}`. The records then tell whose they are (`mapping: unit: field:`)."),
        FIELD(ForeachSpec, join, CONF_NONEMPTY, ",", "What stands between the codes of a group."),
        FIELD(ForeachSpec, items, 0, NULL, "Ask once for each of these literal values, written `{{item}}`."),
        {}
};

static const ConfField page_fact_fields[] = {
        FIELD(PageFactSpec, total, 0, NULL, "Envelope field with the number of records in all pages."),
        FIELD(PageFactSpec, cursor, 0, NULL, "Envelope field with the cursor of the next page."),
        FIELD(PageFactSpec, next_url, 0, NULL, "Envelope field with the address of the next page."),
        FIELD(PageFactSpec, has_more, 0, NULL, "Envelope field that is true while more pages follow."),
        FIELD(PageFactSpec, last_id, 0, NULL, "Record field whose last value is the cursor of the next page."),
        {}
};

static const ConfField manners_fields[] = {
        FIELD_RANGE(MannersSpec, rate, 0, "60", 0, 1000000, "Requests a minute to this host, over all connectors that use it; 0: no limit."),
        FIELD_RANGE(MannersSpec, parallel, 0, "2", 1, 256, "Requests under way at once to this host."),
        FIELD_RANGE(MannersSpec, attempts, 0, "4", 1, 20, "Tries of one request within a slot, the first included."),
        FIELD_RANGE(MannersSpec, backoff_min, 0, "1 s", USEC_MSEC, USEC_HOUR, "Shortest pause before a request is tried again."),
        FIELD_RANGE(MannersSpec, backoff_max, 0, "1 min", USEC_MSEC, USEC_DAY, "Longest pause before a request is tried again."),
        FIELD_RANGE(MannersSpec, retry_after_max, 0, "10 min", 0, USEC_DAY, "Longest pause that a Retry-After header of the source can ask for."),
        FIELD_RANGE(MannersSpec, breaker_failures, 0, "5", 0, 1000, "Failures in a row after which the host is left alone for a while; 0: never."),
        FIELD_RANGE(MannersSpec, breaker_pause, 0, "1 min", USEC_MSEC, USEC_HOUR, "First pause of a host that fails; doubles up to one hour."),
        {}
};

static const ConfField limits_fields[] = {
        FIELD_RANGE(TransferLimits, connect_timeout, 0, "10 s", USEC_MSEC, USEC_HOUR, "Time for name, connection and TLS."),
        FIELD_RANGE(TransferLimits, first_byte_timeout, 0, "60 s", USEC_MSEC, USEC_HOUR, "Time from the request to the first byte of the answer."),
        FIELD_RANGE(TransferLimits, idle_timeout, 0, "30 s", USEC_MSEC, USEC_HOUR, "Longest silence in the middle of an answer."),
        FIELD_RANGE(TransferLimits, total_timeout, 0, "10 min", USEC_MSEC, USEC_DAY, "Longest time of one request."),
        FIELD_SIZE(TransferLimits, max_body, 0, "64 MiB", 1, (uint64_t) 1 << 40, "Largest answer, after decompression."),
        FIELD_RANGE(TransferLimits, max_headers, 0, "200", 1, 10000, "Most header lines of an answer."),
        FIELD_RANGE(TransferLimits, max_redirects, 0, "0", 0, 20, "Redirects that are followed, on the same host, and to those under `redirect_hosts`."),
        FIELD(TransferLimits, redirect_hosts, 0, NULL,
              "Other hosts that the source may point to (https://host, with :port where it is another than the scheme's), such as a file store. They get a bare GET: no "
              "credential, header, body or certificate of the connector goes there, and the query of the address is shown as *** everywhere. Not for logins."),
        {}
};

static const ConfField stream_fields[] = {
        FIELD(StreamSpec, name, CONF_REQUIRED, NULL, "Name of the stream, unique in the connector: a-z, 0-9 and dashes."),
        FIELD(StreamSpec, title, 0, NULL, "What the stream brings, for people."),
        FIELD_MAP(StreamSpec, schedule, CONF_REQUIRED, schedule_fields, "When the stream is polled."),
        FIELD_RANGE(StreamSpec, retry, 0, "10 min", USEC_SEC, USEC_DAY, "After a run that failed or was partial, the next one begins no later than this."),
        FIELD_MAP(StreamSpec, window, 0, window_fields, "Reporting periods that are asked for one by one. Absent: each poll asks for the present state."),
        FIELD_MAP(StreamSpec, foreach, 0, foreach_fields, "Whom to ask for, one request set each. Absent: one request set for all."),
        FIELD_MAP(StreamSpec, request, CONF_REQUIRED, request_fields, "The request."),
        FIELD_KIND(StreamSpec, paging, 0, "none", paging_kinds, "How further pages are asked for."),
        FIELD_MAP(StreamSpec, page, 0, page_fact_fields, "Where a page states its facts."),
        FIELD_RANGE(StreamSpec, max_pages, 0, "1000", 1, 10000000, "Most pages of one request set; more is an error."),
        FIELD_MAP(StreamSpec, accept, 0, judge_fields, "Which answers are data."),
        FIELD_KIND(StreamSpec, format, CONF_REQUIRED, NULL, format_kinds, "Form of the answer and where the records and fields are in it."),
        FIELD(StreamSpec, confidential, 0, "no",
              "Yes: answers hold what must not be stored, such as secret documents that `mapping: where:` leaves out. Of an answer only hash and size are kept, so it cannot be replayed. "
              "A stream with `format: secret:` fields is confidential by itself."),
        FIELD_MAP(StreamSpec, mapping, CONF_REQUIRED, mapping_fields, "Which field becomes which part of a figure."),
        {}
};

const ConfField connector_fields[] = {
        FIELD(ConnectorSpec, connector, CONF_REQUIRED, NULL, "Name of the connector, unique: a-z, 0-9 and dashes."),
        FIELD(ConnectorSpec, title, 0, NULL, "The source system, for people."),
        FIELD(ConnectorSpec, base_url, CONF_REQUIRED, NULL, "Address that the paths of the streams are joined to."),
        FIELD(ConnectorSpec, timezone, 0, NULL, "Zone of the source's dates and of the schedule; default: that of the main file."),
        FIELD(ConnectorSpec, enabled, 0, "yes", "No: the file is checked but not polled."),
        FIELD_KIND(ConnectorSpec, auth, 0, "none", auth_kinds, "How requests are authenticated."),
        FIELD_MAP(ConnectorSpec, manners, 0, manners_fields, "Rate, parallel requests, retries and circuit breaker towards the host."),
        FIELD_MAP(ConnectorSpec, limits, 0, limits_fields, "Time-outs and bounds of one request."),
        FIELD_MAP(ConnectorSpec, tls, 0, tls_fields, "Client certificate and pinned public keys."),
        FIELD_SIZE(ConnectorSpec, archive_max, 0, "1 MiB", 0, (uint64_t) 2 << 20, "Largest answer, compressed, that is kept whole as evidence; of a larger one hash, size and the first 4 KiB. 0: hash and size of all."),
        FIELD_LIST(ConnectorSpec, streams, CONF_REQUIRED | CONF_NONEMPTY, StreamSpec, stream_fields, "What is polled."),
        {}
};

static bool name_is_valid(const char *s) {
        if (!*s || strlen(s) > 64)
                return false;
        for (; *s; s++)
                if (!(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9') && *s != '-')
                        return false;
        return true;
}

static const ConfNode *node_or(const ConfNode *map, const char *key) {
        const ConfNode *n = map ? conf_child(map, key) : NULL;

        return n ? n : map;
}

static int check_name(const char *name, const ConfNode *at, Diag *diag) {
        if (name_is_valid(name))
                return 0;
        diag_error(diag, at, "\"%s\" is not a name: use a-z, 0-9 and dashes, at most 64", name);
        return 1;
}

/* Finds an envelope field by name, or complains with the names that there are. Absent (NULL): -1. */
static int envelope_at(const Format *f, const char *name, const ConfNode *at, Diag *diag) {
        int i;

        if (!name)
                return -1;
        i = format_envelope_index(f, name);
        if (i < 0)
                diag_error(diag, at, "no envelope field \"%s\": state its place under format: envelope:", name);
        return i;
}

static int *envelope_pairs(const Format *f, const ConfPairs *pairs, Arena *arena, Diag *diag) {
        int *at = ARENA_NEW_N(arena, int, pairs->len + 1);

        if (!at)
                return NULL;
        for (size_t i = 0; i < pairs->len; i++)
                at[i] = envelope_at(f, pairs->items[i].key, pairs->items[i].node, diag);
        return at;
}

static void check_foreach(const ForeachSpec *spec, const UnitTable *units, const ConfNode *at, Diag *diag) {
        bool has_units = spec->kinds.len || spec->units.len;

        if (has_units == (spec->items.len > 0)) {
                diag_error(diag, at, "foreach needs either units (\"kinds\", \"units\" or both) or \"items\"");
                return;
        }
        if (spec->group > 1 && spec->items.len)
                diag_error(diag, node_or(at, "group"), "\"group\" is of units, not of \"items\"");
        /* Of broken tables nobody can say what they lack. */
        if (unit_table_is_broken(units))
                return;
        for (size_t i = 0; i < spec->units.len; i++)
                if (!unit_by_slug(units, spec->units.items[i]))
                        diag_error(diag, spec->units.nodes[i], "no unit \"%s\" in the unit tables", spec->units.items[i]);
        for (size_t i = 0; i < spec->kinds.len; i++) {
                bool is_found = false;

                for (size_t u = 0; u < unit_table_len(units) && !is_found; u++)
                        is_found = strcmp(unit_table_at(units, u)->kind, spec->kinds.items[i]) == 0;
                if (!is_found)
                        diag_error(diag, spec->kinds.nodes[i], "no unit of kind \"%s\" in the unit tables", spec->kinds.items[i]);
        }
        if (!spec->items.len && strcmp(spec->system, "slug") != 0 && !unit_table_has_system(units, spec->system))
                diag_warn(diag, node_or(at, "system"), "no unit bears a code of system \"%s\", so nobody will be asked: load its code table (a CSV in units/)", spec->system);
}

/* A template that names what the stream does not offer would fail at each request, so it is found here. */
static void check_variables(const Stream *s, const ConfNode *at, Diag *diag) {
        const ConfNode *request = node_or(at, "request");

        if (!s->has_window && request_plan_uses(s->plan, "window"))
                diag_error(diag, request, "the request uses {{window...}}, but the stream has no \"window\"");
        if (request_plan_uses(s->plan, "unit") && !(s->has_foreach && !s->spec->foreach.items.len))
                diag_error(diag, request, "the request uses {{unit...}}, but the stream has no \"foreach\" over units");
        if (s->has_groups != request_plan_uses(s->plan, "unit.codes") && s->has_foreach)
                diag_error(diag, request, s->has_groups ? "units are asked for in groups, but the request has no {{unit.codes}}"
                                                        : "the request uses {{unit.codes}}, but \"foreach\" has no \"group\"");
        if (s->has_groups && (request_plan_uses(s->plan, "unit.code") || request_plan_uses(s->plan, "unit.slug") || request_plan_uses(s->plan, "unit.name")))
                diag_error(diag, request, "units are asked for in groups: write {{unit.codes}} instead of a single unit's");
        if (request_plan_uses(s->plan, "item") && !(s->has_foreach && s->spec->foreach.items.len))
                diag_error(diag, request, "the request uses {{item}}, but the stream has no \"foreach: items\"");
}

/* Where the mark of the page goes: "paging: param", or the request's own templates. */
static void check_paging(const Stream *s, const ConfNode *at, Diag *diag) {
        static const char *const variables[] = { "page.number", "page.offset", "page.end", "page.size", "page.cursor" };
        const PagingOps *ops = (const PagingOps *) (const void *) s->spec->paging.info;
        const ConfNode *request = node_or(at, "request");

        if (!ops)
                return;
        for (size_t i = 0; i < ELEMENTS(variables); i++) {
                const char *const *known = ops->variables;

                if (!request_plan_uses(s->plan, variables[i]))
                        continue;
                while (known && *known && strcmp(*known, variables[i]) != 0)
                        known++;
                if (!known || !*known)
                        diag_error(diag, request, "the request uses {{%s}}, which paging of kind \"%s\" does not have", variables[i], ops->info.kind);
        }
        if (ops->verify)
                ops->verify(s->spec->paging.spec,
                            &(PageUse){
                                    .place = ops->variables && request_plan_uses(s->plan, ops->variables[0]),
                                    .size = request_plan_uses(s->plan, "page.size") || request_plan_uses(s->plan, "page.end"),
                            },
                            s->spec->paging.node, diag);
}

/* Without the fact that the next page is found by, every answer would look like the last one. */
static void check_page_fact(const Stream *s, const ConfNode *at, Diag *diag) {
        const PagingOps *ops = (const PagingOps *) (const void *) s->spec->paging.info;
        const char *needed = ops && ops->needs ? ops->needs(s->spec->paging.spec) : NULL;

        if (needed && !conf_child(conf_child(at, "page"), needed))
                diag_error(diag, s->spec->paging.node,
                                "paging of kind \"%s\" goes by what each page says; state where: \"page: {%s: NAME}\", with the NAME's place under format: %s",
                                ops->info.kind, needed, strcmp(needed, "last_id") == 0 ? "fields" : "envelope");
}

static void load_page_facts(Stream *s, const ConfNode *at, Arena *arena, Diag *diag) {
        const ConfNode *page = node_or(at, "page");
        const StreamSpec *spec = s->spec;

        s->total_at = envelope_at(&s->format, spec->page.total, page, diag);
        s->cursor_at = envelope_at(&s->format, spec->page.cursor, page, diag);
        s->next_url_at = envelope_at(&s->format, spec->page.next_url, page, diag);
        s->has_more_at = envelope_at(&s->format, spec->page.has_more, page, diag);
        s->last_id_at = -1;
        if (spec->page.last_id) {
                s->last_id_at = format_field_index(&s->format, spec->page.last_id);
                if (s->last_id_at < 0)
                        diag_error(diag, page, "no field \"%s\": state its place under format: fields:", spec->page.last_id);
                else if (format_is_secret(&s->format, (size_t) s->last_id_at))
                        diag_error(diag, page, "field \"%s\" is secret and cannot be the cursor of the next page, which stands in the request", spec->page.last_id);
        }
        s->require_at = envelope_pairs(&s->format, &spec->accept.require, arena, diag);
        s->login_if_at = envelope_pairs(&s->format, &spec->accept.login_if, arena, diag);
        s->empty_if_at = envelope_pairs(&s->format, &spec->accept.empty_if, arena, diag);
        s->absent_if_at = envelope_pairs(&s->format, &spec->accept.absent_if, arena, diag);
}

static int load_stream(Stream *s, Connector *c, const ConfNode *at, const UnitTable *units, Arena *arena, Diag *diag) {
        const StreamSpec *spec = s->spec;
        char *name;
        int r;

        judge_verify(&spec->accept, node_or(at, "accept"), diag);
        (void) check_name(spec->name, node_or(at, "name"), diag);
        s->has_window = conf_child(at, "window");
        s->has_foreach = conf_child(at, "foreach");
        s->has_groups = s->has_foreach && spec->foreach.group > 1;
        if (s->has_foreach)
                check_foreach(&spec->foreach, units, conf_child(at, "foreach"), diag);

        r = request_plan_new(&s->plan, &spec->request, c->spec->base_url, node_or(at, "request"), diag);
        if (r < 0)
                return r;
        if (r == 0) {
                check_variables(s, at, diag);
                check_paging(s, at, diag);
                check_page_fact(s, at, diag);
        }

        r = format_compile(&s->format, &spec->format, arena, diag);
        if (r < 0)
                return r;
        if (r == 0) {
                s->format.is_withheld |= spec->confidential;
                load_page_facts(s, at, arena, diag);
                r = mapping_compile(&s->mapping, &spec->mapping, &s->format, s->has_window, s->has_foreach && !s->has_groups && !spec->foreach.items.len,
                                    units, node_or(at, "mapping"), arena, diag);
                if (r < 0)
                        return r;
        }

        name = arena_printf(arena, "%s/%s", c->spec->connector, spec->name);
        if (!name)
                return err(-E2BIG, "configuration is larger than its bound");
        r = schedule_new(&s->schedule, &spec->schedule, name, c->zone, node_or(at, "schedule"), diag);
        return r < 0 ? r : 0;
}

/* One finding for the file, not one for each stream: the streams are checked as if the address were good. */
static void check_base_url(ConnectorSpec *spec, const ConfNode *at, Diag *diag) {
        _cleanup_(text_done) Text origin = TEXT_INIT(URL_LIMIT);

        if (url_origin(spec->base_url, &origin) < 0)
                diag_error(diag, at, "base_url: %s", err_story(-EINVAL));
        else if (strpbrk(spec->base_url, "?#"))
                diag_error(diag, at, "base_url must not have a query; put it under \"request: query:\"");
        else
                return;
        spec->base_url = (char *) (uintptr_t) "http://localhost";
}

static void verify_auth(const ConnectorSpec *spec, Diag *diag) {
        const AuthOps *auth = (const AuthOps *) (const void *) spec->auth.info;

        if (auth && auth->verify)
                auth->verify(spec->auth.spec, spec->auth.node, diag);
}

static void check_stream_names(const ConfItems *streams, Diag *diag) {
        const StreamSpec *items = streams->items;

        for (size_t i = 0; i < streams->len; i++)
                for (size_t k = 0; k < i; k++)
                        if (strcmp(items[i].name, items[k].name) == 0)
                                diag_error(diag, conf_child(streams->nodes[i], "name"), "stream \"%s\" stands twice in this connector, first in line %u",
                                           items[i].name, streams->nodes[k]->line);
}

static int load_streams(Connector *c, const UnitTable *units, Arena *arena, Diag *diag) {
        const ConfItems *list = &c->spec->streams;

        c->streams = ARENA_NEW_N(arena, Stream, list->len);
        if (!c->streams)
                return err(-E2BIG, "configuration is larger than its bound");
        c->n_streams = list->len;
        for (size_t i = 0; i < list->len; i++) {
                Stream *s = &c->streams[i];
                int r;

                s->spec = (const StreamSpec *) list->items + i;
                s->connector = c;
                r = load_stream(s, c, list->nodes[i], units, arena, diag);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* tree: of what is needed only while the file is checked. */
static int load_file(Connector *ret, const char *path, const char *default_timezone, const UnitTable *units, Arena *tree, Arena *arena, Diag *diag) {
        _cleanup_(text_done) Text text = TEXT_INIT(FILE_LIMIT);
        ConnectorSpec *spec = ARENA_NEW(arena, ConnectorSpec);
        size_t errors_before = diag_errors(diag);
        const ConfNode *root;
        int r;

        if (!spec)
                return err(-E2BIG, "configuration is larger than its bound");
        r = file_read(path, &text);
        if (r < 0)
                return r;
        r = yaml_parse(path, text_bytes(&text), tree, diag, &root);
        if (r != 0)
                return r;
        r = conf_bind_apart(connector_fields, root, arena, tree, diag, spec);
        if (r != 0)
                return r;

        ret->spec = spec;
        ret->file = arena_strdup(arena, path);
        ret->digest = sha256_of(text_bytes(&text));
        (void) check_name(spec->connector, conf_child(root, "connector"), diag);
        if (!spec->timezone)
                spec->timezone = arena_strdup(arena, default_timezone);
        if (zone_get(spec->timezone, &ret->zone) < 0) {
                diag_error(diag, node_or(root, "timezone"), "no time zone \"%s\": use a name such as Asia/Ho_Chi_Minh", spec->timezone);
                return 1;
        }
        check_base_url(spec, conf_child(root, "base_url"), diag);
        elsewhere_verify(&spec->limits, node_or(root, "limits"), diag);
        tls_load(&spec->tls, node_or(root, "tls"), arena, diag);
        verify_auth(spec, diag);
        check_stream_names(&spec->streams, diag);
        r = load_streams(ret, units, arena, diag);
        if (r < 0)
                return r;
        return diag_errors(diag) > errors_before;
}

int connector_load(Connector *ret, const char *path, const char *default_timezone, const UnitTable *units, Arena *arena, Diag *diag) {
        _cleanup_(arena_freep) Arena *tree = arena_new(TREE_LIMIT);
        int r = load_file(ret, path, default_timezone, units, tree, arena, diag);

        if (ret->spec)
                conf_forget_places(connector_fields, (void *) (uintptr_t) ret->spec);
        return r;
}

void connector_done(Connector *c) {
        for (size_t i = 0; i < c->n_streams; i++) {
                c->streams[i].plan = request_plan_free(c->streams[i].plan);
                c->streams[i].schedule = schedule_free(c->streams[i].schedule);
                format_done(&c->streams[i].format);
        }
}

bool connector_is_same(const Connector *a, const Connector *b) {
        return sha256_equal(&a->digest, &b->digest) && strcmp(zone_name(a->zone), zone_name(b->zone)) == 0;
}

usec_t connector_credential_until(const Connector *c) {
        const AuthOps *ops = (const AuthOps *) c->spec->auth.info;
        usec_t own = ops && ops->credential_until ? ops->credential_until(c->spec->auth.spec) : 0;
        usec_t tls = tls_file_until(c->spec->tls.certificate);

        return own && tls ? (own < tls ? own : tls) : own + tls;
}

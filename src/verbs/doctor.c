/* thiduad doctor: what an administrator would look at one after the other: configuration, credentials, clock, disk, database, and each source. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"
#include "base/json_out.h"
#include "base/size.h"
#include "base/vec.h"
#include "config/source.h"
#include "loop.h"
#include "observe/table.h"
#include "store/migrate.h"
#include "store/pg.h"
#include "verbs/verb.h"

enum { CLOCK_OFF_MAX_SEC = 60, TLS_DAYS_WARN = 21, BODY_MAX = 64 << 10 };

typedef enum Health {
        HEALTH_OK,
        HEALTH_WARNING,
        HEALTH_ERROR,
} Health;

typedef struct Symptom {
        Health health;
        char *what;
        char *words;
        const char *remedy;     /* NULL: none needed */
} Symptom;

typedef struct Doctor {
        const Setup *setup;
        VEC(Symptom) list;
        Health worst;
} Doctor;

static const char *const health_words[] = { "ok", "warning", "error" };

static void say(Doctor *d, Health health, const char *what, const char *remedy, const char *format, ...) __attribute__((format(printf, 5, 6)));
static void say(Doctor *d, Health health, const char *what, const char *remedy, const char *format, ...) {
        Text words = TEXT_INIT(4096);
        va_list ap;

        va_start(ap, format);
        (void) text_vprintf(&words, format, ap);
        va_end(ap);
        vec_push(&d->list, ((Symptom){ .health = health, .what = xstrdup(what), .words = text_take(&words), .remedy = health == HEALTH_OK ? NULL : remedy }));
        d->worst = health > d->worst ? health : d->worst;
}

static void doctor_done(Doctor *d) {
        VEC_EACH(s, &d->list) {
                (void) xfree(s->what);
                (void) xfree(s->words);
        }
        vec_done(&d->list);
}

/* ---- this machine ---- */

static void check_clock(Doctor *d) {
        struct timex t = {};

        if (adjtimex(&t) == TIME_ERROR || (t.status & STA_UNSYNC))
                say(d, HEALTH_WARNING, "clock", "timedatectl set-ntp true, or ask who keeps the time of this machine: slots, tokens and signatures hang on it",
                    "the kernel does not know the clock as synchronised");
        else
                say(d, HEALTH_OK, "clock", NULL, "synchronised");
}

static void check_disk(Doctor *d) {
        const SpoolSpec *spool = &setup_main(d->setup)->spool;
        _cleanup_(text_done) Text free_text = TEXT_INIT(64), need = TEXT_INIT(64);
        _free_ char *parent = xstrdup(spool->dir);
        const char *dir = spool->dir;
        struct statvfs v;
        char *slash = strrchr(parent, '/');
        uint64_t left;

        if (access(dir, F_OK) < 0 && errno == ENOENT && slash && slash != parent) {
                *slash = '\0';
                dir = parent;           /* the first start makes the folder */
        }
        if (statvfs(dir, &v) < 0) {
                say(d, HEALTH_ERROR, "spool", "systemd-tmpfiles --create thiduad.conf makes /var/lib/thiduad; run the doctor as the user of the daemon", "\"%s\": %s", dir,
                    strerror(errno));
                return;
        }
        if (access(dir, W_OK | X_OK) < 0) {
                say(d, HEALTH_ERROR, "spool", "the folder belongs to the user thiduad, mode 0700; run the doctor as that user: runuser -u thiduad -- thiduad doctor",
                    "\"%s\" cannot be written: %s", dir, strerror(errno));
                return;
        }
        left = (uint64_t) v.f_bavail * v.f_frsize;
        size_render(left, &free_text);
        size_render(usec_add(spool->min_free, spool->max_size), &need);
        if (left < usec_add(spool->min_free, spool->max_size))
                say(d, HEALTH_WARNING, "spool", "make room, or lower spool: max_size; a full spool pauses polling and loses nothing", "%s free, a full spool and its reserve need %s",
                    text_str(&free_text), text_str(&need));
        else
                say(d, HEALTH_OK, "spool", NULL, "\"%s\" can be written, %s free", dir, text_str(&free_text));
}

/* ---- the database ---- */

static void take_lack(void *userdata, const PgReply *reply) {
        Text *words = userdata;
        const char *text = reply->is_ok && reply->n_rows ? pg_text(reply, 0, 0) : NULL;

        if (text)
                (void) text_add_str(words, text);
}

/* What the daemon may not do although it has to. */
static const char lack_sql[] =
        "select string_agg(f, ', ') from unnest(array['ingest.cursors()', 'ingest.make_partitions(timestamptz)', 'registry.load_units(jsonb)', "
        "'registry.load_campaign(jsonb)', 'comply.refresh(timestamptz)', 'comply.recompute(text, date, timestamptz)']) as f "
        "where to_regprocedure(f) is null or not has_function_privilege(f, 'execute')";

static void check_rights(Doctor *d, const char *conninfo) {
        _cleanup_(pg_freep) Pg *pg = NULL;
        _cleanup_(text_done) Text lack = TEXT_INIT(4096);
        int r;

        r = pg_new(&pg, conninfo, "thiduad-doctor", NULL, NULL, NULL);
        if (r >= 0)
                r = pg_run(pg, lack_sql, NULL, 0, take_lack, &lack);
        if (r < 0)
                say(d, HEALTH_ERROR, "database rights", "grant thidua_writer to the account of the daemon", "%s", err_story(r));
        else if (lack.len)
                say(d, HEALTH_ERROR, "database rights", "as the owner of the database: grant thidua_writer to the account of the daemon", "may not call %s", text_str(&lack));
        else
                say(d, HEALTH_OK, "database rights", NULL, "figures can be stored and compliance computed");
}

static void take_pid(void *userdata, const PgReply *reply) {
        if (reply->is_ok)
                (void) num_parse_u64(bytes_of(pg_text(reply, 0, 0)), userdata);
}

/* A pooler makes up a process number of its own, so that the server's own word differs. */
static void check_session(Doctor *d) {
        const WriterSpec *database = &setup_main(d->setup)->database;
        _cleanup_(pg_freep) Pg *pg = NULL;
        uint64_t pid = 0;
        int r;

        if (!setup_main(d->setup)->shared)
                return;
        r = pg_new(&pg, database->session_conninfo ? database->session_conninfo : database->conninfo, "thiduad-doctor", NULL, NULL, NULL);
        if (r >= 0)
                r = pg_run(pg, "select pg_backend_pid()", NULL, 0, take_pid, &pid);
        if (r < 0)
                say(d, HEALTH_ERROR, "sharing", "database: session_conninfo must lead to PostgreSQL itself", "%s", err_story(r));
        else if (pid != (uint64_t) pg_server_pid(pg))
                say(d, HEALTH_ERROR, "sharing", "set database: session_conninfo to an address of PostgreSQL itself", "the connection goes through a pooler, where the locks of shared connectors do not last");
        else
                say(d, HEALTH_OK, "sharing", NULL, "locks last on this connection");
}

static void check_database(Doctor *d) {
        const char *conninfo = setup_main(d->setup)->database.conninfo;
        _cleanup_(text_done) Text words = TEXT_INIT(4096);
        MigrateState state;
        int r;

        r = migrate_state(conninfo, setup_sql_dir(d->setup), &state, &words);
        if (r == -ENOENT) {
                say(d, HEALTH_ERROR, "database", "install the package whole, or set database: sql_dir to the folder sql/ of this version", "%s", err_story(r));
                return;
        }
        if (r < 0) {
                say(d, HEALTH_ERROR, "database", "see whether PostgreSQL runs, whether database: conninfo names it, and whether this user may log in (pg_hba.conf); "
                    "where the account of the daemon logs in by its system user, run the doctor as that user", "%s", err_story(r));
                return;
        }
        if (state == MIGRATE_CURRENT)
                say(d, HEALTH_OK, "database", NULL, "%s", text_str(&words));
        else
                say(d, HEALTH_ERROR, "database", state == MIGRATE_MISSING ? "thiduad db init, or as a DBA: psql -d DATABASE -f " THIDUAD_DATA_DIR "/sql/install.sql" :
                    "back up, then thiduad db upgrade, or the same install.sql", "%s", text_str(&words));
        if (state != MIGRATE_MISSING)
                check_rights(d, conninfo);
        check_session(d);
}

/* ---- credentials ---- */

/* Every secret of an option table, wherever in it. Returns how many could not be read. */
static unsigned check_secrets(Doctor *d, const char *what, const ConfField *fields, const void *spec) {
        unsigned n_bad = 0;

        for (const ConfField *f = fields; f && f->key; f++) {
                const void *at = (const char *) spec + f->offset;
                _cleanup_(secret_freep) Secret *secret = NULL;
                const ConfSecret *from = at;
                int r;

                if (f->type == CONF_MAP)
                        n_bad += check_secrets(d, what, f->sub, at);
                if (f->type != CONF_SECRET || !secret_source_is_given(from))
                        continue;
                r = secret_source_read(from, &secret);
                if (r >= 0)
                        continue;
                n_bad++;
                say(d, HEALTH_ERROR, what, "docs/install.md shows how; the credentials of the running service are seen with "
                    "CREDENTIALS_DIRECTORY=/run/credentials/thiduad.service thiduad doctor", "%s: %s", f->key, err_story(r));
        }
        return n_bad;
}

/* ---- sources ---- */

typedef struct Visit {
        Loop *loop;
        Text body;
        bool is_done;
        int status;
        int64_t date;           /* the answer's own, seconds; 0: none */
        TransferResult result;
        int (*take)(struct Visit *v, const HttpResponse *resp);
        Auth *auth;
        int login;              /* of login_done */
} Visit;

static int on_head(void *userdata _unused_, const HttpResponse *head _unused_) {
        return 0;
}

static int on_body(void *userdata, Bytes chunk) {
        Visit *v = userdata;

        return v->body.len + chunk.len > BODY_MAX ? 1 : text_add(&v->body, chunk) < 0;
}

static void on_done(void *userdata, const HttpResponse *resp, const TransferResult *result, usec_t now _unused_) {
        Visit *v = userdata;
        const char *date = resp ? http_response_header(resp, "Date") : NULL;

        v->result = *result;
        v->status = resp ? resp->status : 0;
        if (!date || http_date_parse(bytes_of(date), &v->date) < 0)
                v->date = 0;
        if (resp && v->take)
                v->login = v->take(v, resp);
        loop_end(v->loop, 0);
}

static const TransferEvents transfer_events = { .head = on_head, .body = on_body, .done = on_done };

static int take_login(Visit *v, const HttpResponse *resp) {
        return auth_ops(v->auth)->login_done(v->auth, resp, text_bytes(&v->body), loop_now_real(v->loop));
}

static void on_work(void *userdata _unused_, usec_t now_mono _unused_, usec_t now_real _unused_) {
}

static const LoopEvents loop_events = { .work = on_work };

/* One request, waited for. 0 or -errno. */
static int visit(Visit *v, const Doctor *d, HttpRequest *req, const TransferLimits *limits) {
        Transport *transport = NULL;
        TransferLimits own = *limits;
        Transfer *transfer;
        int r;

        own.redirect_hosts = (ConfStrings){};   /* they are not what is visited */
        (void) http_request_set(req, "User-Agent", "thiduad-doctor/" THIDUAD_VERSION);
        r = loop_new(&v->loop, &loop_events, NULL);
        if (r >= 0)
                r = curl_transport_new(&transport, &setup_main(d->setup)->http, loop_event(v->loop));
        if (r >= 0)
                r = transport->ops->start(transport, req, &own, &transfer_events, v, &transfer);
        if (r >= 0)
                r = loop_run(v->loop);
        transport = transport_free(transport);
        v->loop = loop_free(v->loop);
        return r;
}

static void visit_done(Visit *v) {
        auth_wipe(&v->body);
}

static void check_answer(Doctor *d, const char *what, const Visit *v, usec_t now) {
        int64_t off = v->date ? v->date - (int64_t) (now / USEC_SEC) : 0;
        uint64_t days;

        if (off > CLOCK_OFF_MAX_SEC || off < -CLOCK_OFF_MAX_SEC)
                say(d, HEALTH_WARNING, what, "one of the two clocks is wrong; signatures and tokens may be refused", "its clock and ours are %" PRId64 " s apart", off < 0 ? -off : off);
        if (!v->result.certificate_until)
                return;
        days = v->result.certificate_until > now ? (v->result.certificate_until - now) / USEC_DAY : 0;
        if (days < TLS_DAYS_WARN)
                say(d, HEALTH_WARNING, what, "tell the operator of the source to renew it", "its certificate ends in %" PRIu64 " days", days);
        else
                say(d, HEALTH_OK, what, NULL, "certificate good for %" PRIu64 " days", days);
}

static bool log_in(Doctor *d, const Connector *c, const char *what, Auth *auth, usec_t now) {
        _cleanup_(http_request_freep) HttpRequest *req = NULL;
        _cleanup_(visit_done) Visit v = { .body = TEXT_INIT(BODY_MAX), .take = take_login, .auth = auth };
        const char *remedy = "renew the credential of the connector, see docs/install.md";
        int r;

        r = auth_ops(auth)->login_request(auth, now, &req);
        if (r >= 0)
                r = visit(&v, d, req, &c->spec->limits);
        if (r < 0)
                say(d, HEALTH_ERROR, what, remedy, "login: %s", err_story(r));
        else if (v.result.outcome != TRANSFER_OK)
                say(d, HEALTH_ERROR, what, "look at name resolution, firewall and proxy", "login: %s", v.result.story);
        else if (v.login != 0)
                say(d, HEALTH_ERROR, what, remedy, "login: %s", err_story(v.login == AUTH_E_REFUSED ? -EACCES : v.login));
        else
                say(d, HEALTH_OK, what, NULL, "login works");
        return r >= 0 && v.result.outcome == TRANSFER_OK && v.login == 0;
}

/* What we were given and nobody renews by itself. */
static void check_credential(Doctor *d, const Connector *c, usec_t now) {
        usec_t until = connector_credential_until(c);
        uint64_t days = until > now ? (until - now) / USEC_DAY : 0;
        const char *remedy = "ask the operator of the source for a new one, and put it where the old one is; see docs/install.md";

        if (!until)
                return;
        if (until <= now)
                say(d, HEALTH_ERROR, c->spec->connector, remedy, "our token or client certificate has ended");
        else
                say(d, days < TLS_DAYS_WARN ? HEALTH_WARNING : HEALTH_OK, c->spec->connector, remedy, "our token or client certificate is good for %" PRIu64 " days", days);
}

static void check_source(Doctor *d, const Connector *c) {
        _cleanup_(auth_freep) Auth *auth = NULL;
        _cleanup_(http_request_freep) HttpRequest *req = http_request_new("GET", c->spec->base_url);
        _cleanup_(visit_done) Visit v = { .body = TEXT_INIT(BODY_MAX) };
        const char *what = c->spec->connector;
        usec_t now = 0;
        int r;

        if (c->spec->auth.info && check_secrets(d, what, c->spec->auth.info->fields, c->spec->auth.spec) > 0)
                return;
        r = loop_new(&v.loop, &loop_events, NULL);
        if (r >= 0)
                now = loop_now_real(v.loop);
        v.loop = loop_free(v.loop);
        check_credential(d, c, now);
        r = auth_new(&auth, &c->spec->auth, c->spec->base_url);
        if (r >= 0)
                r = auth_ops(auth)->sign(auth, req, now);
        if (r == AUTH_E_LOGIN) {
                if (!log_in(d, c, what, auth, now))
                        return;
                r = auth_ops(auth)->sign(auth, req, now);
        }
        if (r >= 0)
                r = visit(&v, d, req, &c->spec->limits);
        if (r < 0)
                say(d, HEALTH_ERROR, what, "thiduad check, and the keys auth: and base_url: of the connector", "%s", err_story(r));
        else if (v.result.outcome != TRANSFER_OK && v.result.outcome != TRANSFER_STOPPED)
                say(d, HEALTH_ERROR, what, "look at name resolution, firewall, proxy and certificates of this machine; ask the operator of the source", "%s", v.result.story);
        else if (v.status == 401 || v.status == 403)
                say(d, HEALTH_WARNING, what, "its base address may be closed to all; what counts is \"thiduad fetch CONNECTOR/STREAM --dry-run\"", "answers, but refuses with %d",
                    v.status);
        else
                say(d, HEALTH_OK, what, NULL, "answers (%d, %" PRIu64 " ms)", v.status, v.result.took / USEC_MSEC);
        if (v.status)
                check_answer(d, what, &v, now);
}

/* ---- what is printed ---- */

static void render_json(const Doctor *d, Text *ret) {
        JsonOut j = JSON_OUT(ret);

        json_array(&j);
        VEC_EACH(s, &d->list) {
                json_object(&j);
                json_pair_str(&j, "what", s->what);
                json_pair_str(&j, "health", health_words[s->health]);
                json_pair_str(&j, "words", s->words);
                json_key(&j, "to_do");
                if (s->remedy)
                        json_str(&j, s->remedy);
                else
                        json_null(&j);
                json_object_end(&j);
        }
        json_array_end(&j);
        (void) text_add_char(ret, '\n');
}

static void render_table(const Doctor *d, bool has_colour, Text *ret) {
        static const TableColumn columns[] = { { .head = "" }, { .head = "what" }, { .head = "finding" } };
        static const TableColour colours[] = { TABLE_GOOD, TABLE_WARN, TABLE_BAD };
        _cleanup_(table_freep) Table *table = table_new(columns, ELEMENTS(columns));

        VEC_EACH(s, &d->list) {
                table_cell(table, colours[s->health], "%s", health_words[s->health]);
                table_cell(table, TABLE_PLAIN, "%s", s->what);
                table_cell(table, TABLE_PLAIN, "%s", s->words);
                if (s->remedy) {
                        _cleanup_(text_done) Text note = TEXT_INIT(1024);

                        (void) text_printf(&note, "to do: %s", s->remedy);
                        table_note(table, TABLE_FAINT, text_str(&note));
                }
        }
        table_render(table, has_colour, ret);
}

static int doctor_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(doctor_done) Doctor d = {};
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 4 << 20);
        bool is_json;
        int r;

        r = verb_format(args, "table", &is_json);
        if (r == 0)
                r = verb_load(args, &setup);
        if (r != 0)
                return r;
        d.setup = setup;
        say(&d, HEALTH_OK, "configuration", NULL, "%zu connectors, %zu streams, %zu campaigns", setup_n_connectors(setup), setup_n_streams(setup), setup_n_campaigns(setup));
        check_clock(&d);
        check_disk(&d);
        check_database(&d);
        for (size_t i = 0; i < setup_n_connectors(setup); i++)
                if (setup_connector(setup, i)->spec->enabled)
                        check_source(&d, setup_connector(setup, i));
        if (setup_n_streams(setup) == 0)
                say(&d, HEALTH_WARNING, "sources", "set \"enabled: yes\" in a file of connectors.d, or see \"thiduad init --help\"", "no connector is enabled: nothing is polled");
        if (is_json)
                render_json(&d, &text);
        else
                render_table(&d, args->has_colour, &text);
        verb_print(&text);
        return d.worst == HEALTH_ERROR ? EX_UNAVAILABLE : d.worst == HEALTH_WARNING ? 1 : EX_OK;
}

const Verb verb_doctor = {
        .name = "doctor",
        .synopsis = "[--config FILE] [--format table|json]",
        .summary = "Checks configuration, clock, disk, database, credentials and each enabled source, and says what to do",
        .options = "config format",
        .help = "Each source is asked once, with a login where it wants one; nothing is stored. Run it as the user of the daemon, with the credentials\n"
                "of the service. Exit code 0: all well, 1: warnings, 69: errors.\n\n"
                "Examples:\n  runuser -u thiduad -- thiduad doctor\n"
                "  runuser -u thiduad -- env CREDENTIALS_DIRECTORY=/run/credentials/thiduad.service thiduad doctor\n",
        .main = doctor_main,
};

/* One PostgreSQL connection on the loop.
 *
 *   CLOSED ──▶ CONNECTING ──▶ IDLE ◀──▶ BUSY
 *     ▲            │           │         │
 *     └────────────┴───────────┴─────────┘  broken, or out of patience: lost(), or the reply says so
 *
 * A reply counts only when the server has said that it is ready for the next statement. In the extended protocol the rows and
 * CommandComplete come before the commit of a statement that is its own transaction; an error of the commit, or the loss of the
 * connection, comes after them. So all results are collected, and the last word decides. */

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

#include "base/err.h"
#include "store/pg.h"
#include "store/sqlstate.h"

enum { PARAMS_MAX = 64, TICK_MSEC = 1000 };

typedef enum PgState {
        PG_CLOSED,
        PG_CONNECTING,
        PG_IDLE,
        PG_BUSY,
} PgState;

struct Pg {
        char *conninfo;
        char *application_name;
        sd_event *event;
        sd_event_source *io;
        sd_event_source *timer;         /* of the owner */
        sd_event_source *patience;
        usec_t connect_patience, reply_patience;
        PGconn *conn;
        PgState state;
        PgEvents events;
        void *userdata;
        PGresult *result;               /* of the query under way: the newest, but the first bad one stays */
        void (*tick)(void *userdata, unsigned seconds);        /* while pg_run() waits */
        void *tick_userdata;
};

/* Notices are meant for people at a terminal; libpq would print them there. */
static void on_notice(void *userdata _unused_, const char *message _unused_) {
}

/* ---- words ---- */

/* libpq's messages have several lines; a story has one. */
static void fold(char *s) {
        bool is_gap = false;
        size_t n = 0;

        for (const char *p = s; *p; p++) {
                if (*p == '\n' || *p == '\t' || *p == ' ') {
                        is_gap = n > 0;
                        continue;
                }
                if (is_gap)
                        s[n++] = ' ';
                is_gap = false;
                s[n++] = *p;
        }
        s[n] = '\0';
}

static void set_sqlstate(Failure *f, const char *sqlstate) {
        size_t n = 0;

        for (; sqlstate && sqlstate[n] && n + 1 < sizeof(f->sqlstate); n++)
                f->sqlstate[n] = sqlstate[n];
        f->sqlstate[n] = '\0';
        f->is_retryable = sqlstate_verdict(f->sqlstate) == SQL_RETRY;
}

static void tell_connection(const Pg *pg, const char *what, Failure *ret) {
        failure_set(ret, FAILURE_DATABASE, true, "%s: %s", what, pg->conn ? PQerrorMessage(pg->conn) : "no connection");
        fold(ret->story);
        set_sqlstate(ret, "");
}

static void tell_result(const PGresult *result, Failure *ret) {
        const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
        const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);

        failure_set(ret, FAILURE_DATABASE, true, "%s%s%s%s%s", primary ? primary : PQresultErrorMessage(result), detail ? "; " : "", detail ? detail : "",
                    hint ? "; hint: " : "", hint ? hint : "");
        fold(ret->story);
        set_sqlstate(ret, PQresultErrorField(result, PG_DIAG_SQLSTATE));
}

static bool is_good(const PGresult *result) {
        ExecStatusType s = PQresultStatus(result);

        return s == PGRES_TUPLES_OK || s == PGRES_COMMAND_OK || s == PGRES_EMPTY_QUERY;
}

const char *pg_text(const PgReply *r, size_t row, size_t col) {
        if (!r->result || row >= r->n_rows || col >= r->n_cols || PQgetisnull(r->result, (int) row, (int) col))
                return NULL;
        return PQgetvalue(r->result, (int) row, (int) col);
}

/* Keeps what decides: the newest result, but the first bad one for good. */
static void keep(Pg *pg, PGresult *result) {
        if (pg->result && !is_good(pg->result)) {
                PQclear(result);
                return;
        }
        PQclear(pg->result);
        pg->result = result;
}

static void make_reply(Pg *pg, PgReply *ret) {
        *ret = (PgReply){ .is_connection_lost = PQstatus(pg->conn) == CONNECTION_BAD, .result = pg->result };
        ret->is_ok = !ret->is_connection_lost && pg->result && is_good(pg->result);
        if (ret->is_ok) {
                ret->n_rows = (size_t) PQntuples(pg->result);
                ret->n_cols = (size_t) PQnfields(pg->result);
        } else if (pg->result && !is_good(pg->result))
                tell_result(pg->result, &ret->failure);
        else
                tell_connection(pg, "the connection to the database was lost", &ret->failure);
}

/* ---- birth and end ---- */

int pg_conninfo_verify(const char *conninfo) {
        char *message = NULL;
        PQconninfoOption *options = PQconninfoParse(conninfo, &message);
        int r = 0;

        if (!options) {
                _free_ char *words = xstrdup(message ? message : "out of memory");

                fold(words);
                r = err(-EINVAL, "not a connection string of PostgreSQL: %s", words);
        }
        PQconninfoFree(options);
        PQfreemem(message);
        return r;
}

static int on_patience(sd_event_source *source, uint64_t usec, void *userdata);
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

static int add_timer(Pg *pg, sd_event_source **ret, sd_event_time_handler_t handler) {
        int r = sd_event_add_time(pg->event, ret, CLOCK_MONOTONIC, 0, 1, handler, pg);

        return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int pg_new(Pg **ret, const char *conninfo, const char *application_name, struct sd_event *event, const PgEvents *events, void *userdata) {
        _cleanup_(pg_freep) Pg *pg = NULL;
        int r;

        r = pg_conninfo_verify(conninfo);
        if (r < 0)
                return r;
        pg = NEW(Pg);
        pg->conninfo = xstrdup(conninfo);
        pg->application_name = xstrdup(application_name);
        pg->connect_patience = 30 * USEC_SEC;
        pg->reply_patience = 5 * USEC_MINUTE;
        pg->userdata = userdata;
        if (events)
                pg->events = *events;
        if (event) {
                pg->event = sd_event_ref(event);
                r = add_timer(pg, &pg->timer, on_timer);
                if (r >= 0)
                        r = add_timer(pg, &pg->patience, on_patience);
                if (r < 0)
                        return err(r, "cannot add a timer to the event loop");
        }
        *ret = TAKE(pg);
        return 0;
}

void pg_disconnect(Pg *pg) {
        if (pg->patience)
                (void) sd_event_source_set_enabled(pg->patience, SD_EVENT_OFF);
        pg->io = sd_event_source_disable_unref(pg->io);
        PQclear(pg->result);
        pg->result = NULL;
        PQfinish(pg->conn);
        pg->conn = NULL;
        pg->state = PG_CLOSED;
}

Pg *pg_free(Pg *pg) {
        if (!pg)
                return NULL;
        pg_disconnect(pg);
        (void) sd_event_source_disable_unref(pg->timer);
        (void) sd_event_source_disable_unref(pg->patience);
        (void) sd_event_unref(pg->event);
        (void) xfree(pg->conninfo);
        (void) xfree(pg->application_name);
        return xfree(pg);
}

void pg_set_patience(Pg *pg, usec_t connect, usec_t reply) {
        pg->connect_patience = connect;
        pg->reply_patience = reply;
}

bool pg_is_connected(const Pg *pg) {
        return pg->state == PG_IDLE || pg->state == PG_BUSY;
}

bool pg_is_busy(const Pg *pg) {
        return pg->state == PG_BUSY;
}

/* ---- clocks ---- */

usec_t pg_now_real(const Pg *pg) {
        uint64_t now = 0;

        (void) sd_event_now(pg->event, CLOCK_REALTIME, &now);
        return now;
}

usec_t pg_now_mono(const Pg *pg) {
        uint64_t now = 0;

        (void) sd_event_now(pg->event, CLOCK_MONOTONIC, &now);
        return now;
}

static void arm(Pg *pg, sd_event_source *timer, usec_t delay) {
        if (delay == USEC_NEVER) {
                (void) sd_event_source_set_enabled(timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time(timer, usec_add(pg_now_mono(pg), delay));
        (void) sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

int pg_server_pid(const Pg *pg) {
        return pg->conn ? PQbackendPID(pg->conn) : 0;
}

void pg_wake_after(Pg *pg, usec_t delay) {
        arm(pg, pg->timer, delay);
}

static int on_timer(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Pg *pg = userdata;

        if (pg->events.woken)
                pg->events.woken(pg->userdata);
        return 0;
}

/* ---- breaking ---- */

/* The connection is of no more use: whoever waits for something of it is told. */
static void give_up(Pg *pg, const Failure *failure) {
        PgState was = pg->state;
        PgReply reply = { .failure = *failure, .is_connection_lost = true };

        pg_disconnect(pg);
        if (was == PG_BUSY)
                pg->events.reply(pg->userdata, &reply);
        else if (was != PG_CLOSED)
                pg->events.lost(pg->userdata, failure);
}

static void broken(Pg *pg, const char *what) {
        Failure f;

        tell_connection(pg, what, &f);
        give_up(pg, &f);
}

static int on_patience(sd_event_source *source _unused_, uint64_t usec _unused_, void *userdata) {
        Pg *pg = userdata;
        _cleanup_(text_done) Text span = TEXT_INIT(64);
        Failure f;

        usec_render(pg->state == PG_BUSY ? pg->reply_patience : pg->connect_patience, &span);
        failure_set(&f, FAILURE_DATABASE, true, "the database did not answer within %s", text_str(&span));
        set_sqlstate(&f, "");
        give_up(pg, &f);
        return 0;
}

/* ---- connecting ---- */

static PGconn *begin_connection(const Pg *pg, bool is_blocking) {
        /* A later keyword wins over an earlier one; what the conninfo says of keepalives wins over what stands before it. */
        const char *const keys[] = { "keepalives_idle", "fallback_application_name", "dbname", "client_encoding", NULL };
        const char *const values[] = { "60", pg->application_name, pg->conninfo, "UTF8", NULL };

        return is_blocking ? PQconnectdbParams(keys, values, 1) : PQconnectStartParams(keys, values, 1);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static int watch(Pg *pg, uint32_t events) {
        if (pg->io)
                return sd_event_source_set_io_events(pg->io, events);
        return sd_event_add_io(pg->event, &pg->io, PQsocket(pg->conn), events, on_io, pg);
}

static void connect_step(Pg *pg) {
        PostgresPollingStatusType s;

        /* libpq may go on to the next host or address with another socket of the same number, so the source is made anew each time. */
        pg->io = sd_event_source_disable_unref(pg->io);
        s = PQconnectPoll(pg->conn);
        if (s == PGRES_POLLING_FAILED || watch(pg, s == PGRES_POLLING_WRITING ? EPOLLOUT : EPOLLIN) < 0) {
                broken(pg, "cannot connect to the database");
                return;
        }
        if (s != PGRES_POLLING_OK)
                return;
        (void) PQsetnonblocking(pg->conn, 1);
        pg->state = PG_IDLE;
        (void) sd_event_source_set_enabled(pg->patience, SD_EVENT_OFF);
        pg->events.connected(pg->userdata);
}

int pg_connect(Pg *pg) {
        if (pg->state != PG_CLOSED)
                return err(-EBUSY, "the database connection is there already");
        pg->conn = begin_connection(pg, false);
        if (!pg->conn || PQstatus(pg->conn) == CONNECTION_BAD) {
                Failure f;
                int r;

                tell_connection(pg, "cannot connect to the database", &f);
                r = err(-ECONNREFUSED, "%s", f.story);
                pg_disconnect(pg);
                return r;
        }
        (void) PQsetNoticeProcessor(pg->conn, on_notice, NULL);
        pg->state = PG_CONNECTING;
        arm(pg, pg->patience, pg->connect_patience);
        /* "Behave as if PQconnectPoll had returned WRITING" (libpq, PQconnectStart). */
        if (watch(pg, EPOLLOUT) < 0) {
                pg_disconnect(pg);
                return err(-EIO, "cannot watch the socket of the database connection");
        }
        return 0;
}

/* ---- queries ---- */

static void end_query(Pg *pg) {
        PGresult *result = pg->result;
        PgReply reply;

        make_reply(pg, &reply);
        pg->result = NULL;
        if (reply.is_connection_lost)
                pg_disconnect(pg);
        else {
                pg->state = PG_IDLE;
                (void) sd_event_source_set_enabled(pg->patience, SD_EVENT_OFF);
                (void) watch(pg, EPOLLIN);
        }
        pg->events.reply(pg->userdata, &reply);
        PQclear(result);
}

static bool is_copy(const PGresult *result) {
        ExecStatusType s = PQresultStatus(result);

        return s == PGRES_COPY_IN || s == PGRES_COPY_OUT || s == PGRES_COPY_BOTH;
}

/* Takes what has come; the query ends with the NULL that follows the server's "ready". */
static void collect(Pg *pg) {
        while (PQstatus(pg->conn) == CONNECTION_BAD || !PQisBusy(pg->conn)) {
                PGresult *result = PQgetResult(pg->conn);

                if (!result) {
                        end_query(pg);
                        return;
                }
                if (is_copy(result)) {
                        PQclear(result);
                        broken(pg, "COPY is not spoken here");
                        return;
                }
                keep(pg, result);
        }
}

static void take_notifications(Pg *pg) {
        PGnotify *n;

        while (pg->conn && (n = PQnotifies(pg->conn))) {
                if (pg->events.notified)
                        pg->events.notified(pg->userdata, n->relname, n->extra);
                PQfreemem(n);
        }
}

/* Sends on; while something is left, both directions are watched: a server that cannot send does not read either. */
static int flush(Pg *pg) {
        int r = PQflush(pg->conn);

        if (r < 0)
                return -EIO;
        return watch(pg, r > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static int on_io(sd_event_source *source _unused_, int fd _unused_, uint32_t revents, void *userdata) {
        Pg *pg = userdata;
        bool is_broken = false;

        if (pg->state == PG_CONNECTING) {
                connect_step(pg);
                return 0;
        }
        if (revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
                is_broken = !PQconsumeInput(pg->conn);
        take_notifications(pg);
        if (pg->state == PG_IDLE && is_broken)
                broken(pg, "the connection to the database was lost");
        if (pg->state != PG_BUSY)
                return 0;
        if (!is_broken && flush(pg) < 0)
                is_broken = true;
        /* The server's last words, such as "terminating connection due to administrator command", may be there already. */
        if (is_broken && PQstatus(pg->conn) != CONNECTION_BAD)
                broken(pg, "the connection to the database was lost");
        else
                collect(pg);
        return 0;
}

static int begin_query(PGconn *conn, const char *sql, const PgParam *params, size_t n_params, PGresult **ret) {
        const char *values[PARAMS_MAX];
        int lengths[PARAMS_MAX], formats[PARAMS_MAX];

        if (n_params > PARAMS_MAX)
                return 0;
        for (size_t i = 0; i < n_params; i++) {
                values[i] = params[i].value.data;
                lengths[i] = (int) params[i].value.len;
                formats[i] = params[i].is_binary;
        }
        if (ret) {
                *ret = n_params ? PQexecParams(conn, sql, (int) n_params, NULL, values, lengths, formats, 0) : PQexec(conn, sql);
                return 1;
        }
        return n_params ? PQsendQueryParams(conn, sql, (int) n_params, NULL, values, lengths, formats, 0) : PQsendQuery(conn, sql);
}

int pg_send(Pg *pg, const char *sql, const PgParam *params, size_t n_params) {
        Failure f;

        if (pg->state == PG_BUSY)
                return err(-EBUSY, "a statement is under way already");
        if (pg->state != PG_IDLE)
                return err(-ENOTCONN, "no connection to the database");
        if (!begin_query(pg->conn, sql, params, n_params, NULL) || flush(pg) < 0) {
                tell_connection(pg, "cannot send to the database", &f);
                pg_disconnect(pg);
                return err(-EIO, "%s", f.story);
        }
        pg->state = PG_BUSY;
        arm(pg, pg->patience, pg->reply_patience);
        return 0;
}

/* ---- blocking ---- */

static int connect_blocking(Pg *pg) {
        Failure f;
        int r;

        if (pg->conn)
                return 0;
        pg->conn = begin_connection(pg, true);
        if (pg->conn && PQstatus(pg->conn) == CONNECTION_OK) {
                (void) PQsetNoticeProcessor(pg->conn, on_notice, NULL);
                return 0;
        }
        tell_connection(pg, "cannot connect to the database", &f);
        r = err(-ECONNREFUSED, "%s", f.story);
        pg_disconnect(pg);
        return r;
}

void pg_while_waiting(Pg *pg, void (*tick)(void *userdata, unsigned seconds), void *userdata) {
        pg->tick = tick;
        pg->tick_userdata = userdata;
}

/* As PQexec() does it: the last result is the one that counts. NULL: the connection is gone. */
static PGresult *wait_for_result(Pg *pg) {
        struct pollfd watched = { .fd = PQsocket(pg->conn), .events = POLLIN };
        PGresult *last = NULL, *next;
        unsigned seconds = 0;

        for (;;) {
                while (!PQisBusy(pg->conn)) {
                        next = PQgetResult(pg->conn);
                        if (!next)
                                return last;
                        PQclear(last);
                        last = next;
                }
                if (poll(&watched, 1, TICK_MSEC) == 0)
                        pg->tick(pg->tick_userdata, ++seconds);
                else if (!PQconsumeInput(pg->conn)) {
                        PQclear(last);  /* whether it was committed is not known */
                        return NULL;
                }
        }
}

int pg_run(Pg *pg, const char *sql, const PgParam *params, size_t n_params, void (*reply)(void *userdata, const PgReply *r), void *userdata) {
        PGresult *result = NULL;
        PgReply out;
        int r;

        r = connect_blocking(pg);
        if (r < 0)
                return r;
        if (!begin_query(pg->conn, sql, params, n_params, pg->tick ? NULL : &result) && (!pg->tick || n_params > PARAMS_MAX))
                return err(-EINVAL, "too many parameters");
        if (pg->tick)
                result = wait_for_result(pg);
        pg->result = result;
        make_reply(pg, &out);
        pg->result = NULL;
        if (reply)
                reply(userdata, &out);
        PQclear(result);
        if (out.is_connection_lost)
                pg_disconnect(pg);
        if (out.is_ok)
                return 0;
        return err(-EIO, "%s%s%s%s", out.failure.story, out.failure.sqlstate[0] ? " (SQLSTATE " : "", out.failure.sqlstate, out.failure.sqlstate[0] ? ")" : "");
}

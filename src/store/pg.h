/* One asynchronous PostgreSQL connection as an object of the loop: connect, query with parameters, notices, patience. The door to libpq. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/failure.h"
#include "base/usec.h"

struct sd_event;

typedef struct Pg Pg;

typedef struct PgParam {
        Bytes value;            /* data NULL: SQL null */
        bool is_binary;         /* otherwise text: it must hold no NUL, and it is cut at the first one */
} PgParam;

typedef struct PgReply {
        bool is_ok;             /* and the transaction, where the statement was one of its own, is committed: the server was ready again afterwards */
        size_t n_rows, n_cols;
        Failure failure;        /* when not ok: class DATABASE, sqlstate ("" when the connection was lost), story with the server's message and hint */
        bool is_connection_lost;        /* the outcome of the statement is unknown */
        struct pg_result *result;       /* for pg_text */
} PgReply;

/* NULL: SQL null, or no such cell. Lives as long as the reply callback. */
const char *pg_text(const PgReply *r, size_t row, size_t col);

/* In a callback everything may be called but pg_free(). */
typedef struct PgEvents {
        void (*connected)(void *userdata);
        void (*lost)(void *userdata, const Failure *failure);   /* could not connect, or the connection broke while idle */
        void (*reply)(void *userdata, const PgReply *reply);    /* of the one query under way; also when the connection was lost meanwhile */
        void (*notified)(void *userdata, const char *channel, const char *payload);    /* may be NULL */
        void (*woken)(void *userdata);                          /* what pg_wake_after() asked for; may be NULL */
} PgEvents;

/* conninfo: libpq keywords or URI; also PGSERVICE etc. as libpq reads them. event NULL: blocking use through pg_run only.
 * 0, -EINVAL: not a conninfo (note). */
int pg_new(Pg **ret, const char *conninfo, const char *application_name, struct sd_event *event, const PgEvents *events, void *userdata);
Pg *pg_free(Pg *pg);                                    /* no callback any more */
DEFINE_CLEANUP(Pg *, pg_free)
/* How long a connection may take to come up, and a reply to come; USEC_NEVER: for ever. Defaults: 30 s, 5 min. What takes longer counts as a lost connection. */
void pg_set_patience(Pg *pg, usec_t connect, usec_t reply);
int pg_connect(Pg *pg);                                 /* begins; ends in connected() or lost(). Each host name is looked up by libpq (may block shortly) */
bool pg_is_connected(const Pg *pg);
bool pg_is_busy(const Pg *pg);                          /* a query is under way */
void pg_disconnect(Pg *pg);                             /* no callback for what was under way */

/* One statement at a time; parameters as $1...; ends in reply(). Without parameters several statements, as one simple query, are allowed.
 * 0, -EBUSY, -ENOTCONN, -EIO with a note. */
int pg_send(Pg *pg, const char *sql, const PgParam *params, size_t n_params);

/* Blocking, for one-shot verbs: connects if needed, runs a statement (no parameters: several statements allowed), calls reply (may be NULL) before returning.
 * 0, -EIO with a note when it failed (failure also in the reply), -ECONNREFUSED with a note when there is no connection. */
int pg_run(Pg *pg, const char *sql, const PgParam *params, size_t n_params, void (*reply)(void *userdata, const PgReply *r), void *userdata);

/* While pg_run() waits for a reply: tick is called about once a second with the seconds waited so far. NULL: nothing. */
void pg_while_waiting(Pg *pg, void (*tick)(void *userdata, unsigned seconds), void *userdata);

/* The process of the server as the connection named it when it was made; another than pg_backend_pid() says: a pooler is between. 0: not connected. */
int pg_server_pid(const Pg *pg);

/* The loop's clocks and a timer, for machines whose way into the loop is their connection. */
void pg_wake_after(Pg *pg, usec_t delay);               /* replaces what was asked for before; USEC_NEVER: nothing */
usec_t pg_now_real(const Pg *pg);
usec_t pg_now_mono(const Pg *pg);

/* Whether the text is a conninfo; -EINVAL with a note, without the password. */
int pg_conninfo_verify(const char *conninfo);

/* Cursors: how far each stream has been read: what the database knows, and what the spool still holds on top of it. */
#pragma once

#include "store/pg.h"
#include "store/spool.h"

typedef struct Cursors Cursors;

/* A partition that begins so is an ask: its value is what run_known.c remembers of the answer. At most CURSOR_ASKS_MAX are kept; of others nothing is known. */
#define CURSOR_ASK "ask:"
/* A unit that lags behind its stream (run_cursor.c): the last day up to which all of it came, "-", or CURSOR_UNIT_OK once it has caught up. */
#define CURSOR_UNIT "unit:"
#define CURSOR_UNIT_OK "ok"
/* How many runs of the stream a check has blocked: what began with fewer moves no cursor. */
#define CURSOR_BLOCKS "blocks"
enum { CURSOR_ASKS_MAX = 100000 };

Cursors *cursors_new(void);
Cursors *cursors_free(Cursors *c);
DEFINE_CLEANUP(Cursors *, cursors_free)
/* NULL: none. Borrowed until the next put of the same cursor. partition: "", or an ask. */
const char *cursors_get(const Cursors *c, const char *connector, const char *stream, const char *partition);
void cursors_put(Cursors *c, const char *connector, const char *stream, const char *partition, const char *value);
/* CURSOR_BLOCKS as a number; 0: none. */
uint64_t cursors_blocks(const Cursors *c, const char *connector, const char *stream);
/* Those whose partition begins with prefix; order is none. for (size_t i = 0; cursors_walk(c, prefix, &i, ...);) */
bool cursors_walk(const Cursors *c, const char *prefix, size_t *i, const char **ret_connector, const char **ret_stream, const char **ret_partition, const char **ret_value);
/* Forgets all asks: their answers are read again. For when a parcel may have been lost or refused as a whole. */
void cursors_forget_asks(Cursors *c);
/* Forgets all of a connector: another instance has moved them meanwhile. */
void cursors_forget(Cursors *c, const char *connector);
/* Puts all cursors of the parcels that wait in the spool, the later over the earlier. What is damaged is left to the writer, which tells it.
 * 0, -errno with a note. */
int cursors_read_spool(Cursors *c, Spool *spool);
/* Rows of ingest.cursors(): connector, stream, partition, value. A cursor that is there already stays: it is newer. */
void cursors_load(Cursors *c, const PgReply *reply);

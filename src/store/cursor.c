/* Cursors: a map from connector, stream and partition to the value. */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "base/num.h"
#include "base/vec.h"
#include "store/cursor.h"
#include "store/parcel.h"

enum { KEY_MAX = 4096 };

struct Cursors {
        Map *values;            /* key with NULs between its parts -> heap string */
        Map *asks;              /* likewise, of the partitions that are asks */
};

Cursors *cursors_new(void) {
        Cursors *c = NEW(Cursors);

        c->values = map_new(xfree);
        c->asks = map_new(xfree);
        return c;
}

Cursors *cursors_free(Cursors *c) {
        if (!c)
                return NULL;
        c->values = map_free(c->values);
        c->asks = map_free(c->asks);
        return xfree(c);
}

static void make_key(Text *ret, const char *connector, const char *stream, const char *partition) {
        (void) text_add(ret, (Bytes){ connector, strlen(connector) + 1 });
        (void) text_add(ret, (Bytes){ stream, strlen(stream) + 1 });
        (void) text_add_str(ret, partition);
}

static bool is_ask(const char *partition) {
        return strncmp(partition, CURSOR_ASK, strlen(CURSOR_ASK)) == 0;
}

void cursors_forget_asks(Cursors *c) {
        map_clear(c->asks);
}

const char *cursors_get(const Cursors *c, const char *connector, const char *stream, const char *partition) {
        _cleanup_(text_done) Text key = TEXT_INIT(KEY_MAX);

        make_key(&key, connector, stream, partition);
        return map_get(is_ask(partition) ? c->asks : c->values, text_bytes(&key));
}

void cursors_put(Cursors *c, const char *connector, const char *stream, const char *partition, const char *value) {
        _cleanup_(text_done) Text key = TEXT_INIT(KEY_MAX);

        make_key(&key, connector, stream, partition);
        if (is_ask(partition) && map_len(c->asks) >= CURSOR_ASKS_MAX && !map_has(c->asks, text_bytes(&key)))
                return;
        (void) xfree(map_put(is_ask(partition) ? c->asks : c->values, text_bytes(&key), xstrdup(value)));
}

bool cursors_walk(const Cursors *c, const char *prefix, size_t *i, const char **ret_connector, const char **ret_stream, const char **ret_partition, const char **ret_value) {
        Bytes key;
        void *value;

        while (map_walk(is_ask(prefix) ? c->asks : c->values, i, &key, &value)) {
                const char *stream = key.data + strlen(key.data) + 1, *partition = stream + strlen(stream) + 1;
                Bytes rest = { partition, key.len - (size_t) (partition - key.data) };

                if (!bytes_starts(rest, prefix))
                        continue;
                *ret_connector = key.data;
                *ret_stream = stream;
                *ret_partition = partition;
                *ret_value = value;
                return true;
        }
        return false;
}

uint64_t cursors_blocks(const Cursors *c, const char *connector, const char *stream) {
        const char *text = cursors_get(c, connector, stream, CURSOR_BLOCKS);
        uint64_t n = 0;

        if (text)
                (void) num_parse_u64(bytes_of(text), &n);
        return n;
}

static void forget_in(Map *map, const char *connector) {
        Bytes prefix = { connector, strlen(connector) + 1 }, key;
        VEC(Bytes) gone = {};
        void *value;

        for (size_t i = 0; map_walk(map, &i, &key, &value);)
                if (key.len >= prefix.len && memcmp(key.data, prefix.data, prefix.len) == 0)
                        vec_push(&gone, ((Bytes){ bytes_dup(key), key.len }));
        VEC_EACH(k, &gone) {
                (void) xfree(map_take(map, *k));
                (void) xfree((void *) (uintptr_t) k->data);
        }
        vec_done(&gone);
}

void cursors_forget(Cursors *c, const char *connector) {
        forget_in(c->values, connector);
        forget_in(c->asks, connector);
}

static void put_cursors_of(Cursors *c, Bytes parcel) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        ParcelItem item;

        if (parcel_reader_new(&r, parcel) < 0)
                return;
        while (parcel_next(r, &item) == 1)
                if (item.kind == PARCEL_CURSOR)
                        cursors_put(c, item.cursor.connector, item.cursor.stream, item.cursor.partition, item.cursor.value);
}

int cursors_read_spool(Cursors *c, Spool *spool) {
        _cleanup_(text_done) Text parcel = TEXT_INIT(PARCEL_MAX);
        uint64_t at = 0, seq;
        int r;

        while ((r = spool_read(spool, &at, &parcel, &seq)) != 0) {
                if (r < 0 && r != -EBADMSG)
                        return r;
                if (r == 1)
                        put_cursors_of(c, text_bytes(&parcel));
        }
        return 0;
}

void cursors_load(Cursors *c, const PgReply *reply) {
        for (size_t i = 0; i < reply->n_rows; i++) {
                const char *connector = pg_text(reply, i, 0), *stream = pg_text(reply, i, 1), *partition = pg_text(reply, i, 2);
                const char *value = pg_text(reply, i, 3);

                if (!connector || !stream || !partition || !value || cursors_get(c, connector, stream, partition))
                        continue;
                cursors_put(c, connector, stream, partition, value);
        }
}

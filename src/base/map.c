/* Map: a table of indexes into a list of entries that stays in the order of insertion. */

#include <string.h>

#include "base/map.h"

enum { FIRST_ENTRIES = 8 };

typedef struct Entry {
        char *key;              /* NULL: taken away; the place is closed up when the list grows */
        size_t len;
        uint64_t hash;
        void *value;
} Entry;

struct Map {
        MapFree free_value;
        Entry *entries;
        size_t n_entries;       /* with the ones taken away */
        size_t size;            /* of entries; the table has twice as many places, so it is never full */
        uint32_t *table;        /* index + 1 of an entry; 0: nothing */
        size_t len;
};

Map *map_new(MapFree free_value) {
        Map *m = NEW(Map);

        m->free_value = free_value;
        return m;
}

Map *map_free(Map *m) {
        if (!m)
                return NULL;
        map_clear(m);
        m->entries = xfree(m->entries);
        m->table = xfree(m->table);
        return xfree(m);
}

static size_t table_size(const Map *m) {
        return m->size * 2;
}

static void table_put(Map *m, size_t index) {
        size_t mask = table_size(m) - 1, at = m->entries[index].hash & mask;

        while (m->table[at])
                at = (at + 1) & mask;
        m->table[at] = (uint32_t) (index + 1);
}

/* The place in the table stays taken when an entry goes, so that searches walk over it; growing sweeps it out. */
static Entry *map_find(const Map *m, Bytes key) {
        uint64_t hash;
        size_t mask;

        if (m->len == 0)
                return NULL;
        hash = bytes_hash(key);
        mask = table_size(m) - 1;
        for (size_t at = hash & mask; m->table[at]; at = (at + 1) & mask) {
                Entry *e = &m->entries[m->table[at] - 1];

                if (e->key && e->hash == hash && bytes_equal((Bytes){ e->key, e->len }, key))
                        return e;
        }
        return NULL;
}

static void map_make_room(Map *m) {
        size_t kept = 0;

        if (m->n_entries < m->size)
                return;
        if (m->len * 2 > m->size || m->size == 0)
                m->size = m->size ? m->size * 2 : FIRST_ENTRIES;
        for (size_t i = 0; i < m->n_entries; i++)
                if (m->entries[i].key)
                        m->entries[kept++] = m->entries[i];
        m->n_entries = kept;
        m->entries = xrealloc(m->entries, m->size * sizeof(Entry));
        (void) xfree(m->table);
        m->table = NEW_N(uint32_t, table_size(m));
        for (size_t i = 0; i < kept; i++)
                table_put(m, i);
}

void *map_put(Map *m, Bytes key, void *value) {
        Entry *e = map_find(m, key);

        if (e) {
                void *old = e->value;

                e->value = value;
                return old;
        }
        map_make_room(m);
        m->entries[m->n_entries] = (Entry){ .key = bytes_dup(key), .len = key.len, .hash = bytes_hash(key), .value = value };
        table_put(m, m->n_entries++);
        m->len++;
        return NULL;
}

void *map_get(const Map *m, Bytes key) {
        const Entry *e = map_find(m, key);

        return e ? e->value : NULL;
}

void *map_take(Map *m, Bytes key) {
        Entry *e = map_find(m, key);

        if (!e)
                return NULL;
        e->key = xfree(e->key);
        m->len--;
        return e->value;
}

bool map_has(const Map *m, Bytes key) {
        return map_find(m, key);
}

size_t map_len(const Map *m) {
        return m->len;
}

void map_clear(Map *m) {
        for (size_t i = 0; i < m->n_entries; i++) {
                Entry *e = &m->entries[i];

                if (!e->key)
                        continue;
                e->key = xfree(e->key);
                if (m->free_value)
                        (void) m->free_value(e->value);
        }
        if (m->table)
                memset(m->table, 0, table_size(m) * sizeof(m->table[0]));
        m->n_entries = m->len = 0;
}

bool map_walk(const Map *m, size_t *i, Bytes *ret_key, void **ret_value) {
        while (*i < m->n_entries) {
                const Entry *e = &m->entries[(*i)++];

                if (!e->key)
                        continue;
                if (ret_key)
                        *ret_key = (Bytes){ e->key, e->len };
                if (ret_value)
                        *ret_value = e->value;
                return true;
        }
        return false;
}

/* Sums and counts of one ask: those of the page under way apart from those of the pages that turned out good.
 */

#include <errno.h>

#include "base/err.h"
#include "base/map.h"
#include "normalise/number.h"
#include "normalise/tally.h"

enum { CELLS_LIMIT = 200000 };

typedef struct Layer {
        Map *cells;
        uint64_t n_left_out, n_refused;
} Layer;

struct Tally {
        Layer good, page;
};

Tally *tally_new(void) {
        Tally *t = NEW(Tally);

        t->good.cells = map_new(xfree);
        t->page.cells = map_new(xfree);
        return t;
}

Tally *tally_free(Tally *t) {
        if (!t)
                return NULL;
        t->good.cells = map_free(t->good.cells);
        t->page.cells = map_free(t->page.cells);
        return xfree(t);
}

/* The parts of a key as bytes; zeroed first, so that padding cannot tell two equal keys apart. */
typedef struct Key {
        uintptr_t unit;
        size_t metric;
        int32_t from, to;
        uint32_t kind, calendar, is_cumulative, zero;
} Key;

static Key key_of(const Unit *unit, const Period *p, size_t metric) {
        return (Key){ .unit = (uintptr_t) unit,
                .metric = metric,
                .from = p->from,
                .to = p->to,
                .kind = p->kind,
                .calendar = p->calendar,
                .is_cumulative = p->is_cumulative };
}

static Bytes key_bytes(const Key *key) {
        return (Bytes){ (const char *) key, sizeof(*key) };
}

static TallyCell *cell_in(Layer *layer, const Unit *unit, const Period *period, size_t metric) {
        Key key = key_of(unit, period, metric);
        TallyCell *cell = map_get(layer->cells, key_bytes(&key));

        if (cell)
                return cell;
        cell = NEW(TallyCell);
        cell->unit = unit;
        cell->period = *period;
        cell->metric = metric;
        (void) map_put(layer->cells, key_bytes(&key), cell);
        return cell;
}

TallyCell *tally_cell(Tally *t, const Unit *unit, const Period *period, size_t metric) {
        if (map_len(t->good.cells) + map_len(t->page.cells) >= CELLS_LIMIT) {
                (void) err(-E2BIG,
                                "one ask brought more than %d sums and counts: ask by unit or by a shorter "
                                "window",
                                CELLS_LIMIT);
                return NULL;
        }
        return cell_in(&t->page, unit, period, metric);
}

int tally_sum(TallyCell *cell, Bytes decimal) {
        _cleanup_(text_done) Text sum = TEXT_INIT(sizeof(cell->sum) - 1);
        Bytes so_far = cell->sum_len ? (Bytes){ cell->sum, cell->sum_len } : BYTES_LIT("0");
        int r = number_add(so_far, decimal, &sum);

        if (r < 0)
                return -ERANGE;
        memcpy(cell->sum, sum.data, sum.len);
        cell->sum_len = sum.len;
        return 0;
}

void tally_leave_out(Tally *t) {
        t->page.n_left_out++;
}

void tally_refuse(Tally *t) {
        t->page.n_refused++;
}

static void merge(Layer *to, const TallyCell *from) {
        TallyCell *cell = cell_in(to, from->unit, &from->period, from->metric);

        cell->count += from->count;
        cell->has_null |= from->has_null;
        cell->n_refused += from->n_refused;
        if (from->sum_len && tally_sum(cell, (Bytes){ from->sum, from->sum_len }) < 0)
                cell->n_refused++;
}

void tally_rollback(Tally *t) {
        map_clear(t->page.cells);
        t->page.n_left_out = t->page.n_refused = 0;
}

void tally_commit(Tally *t) {
        void *cell;
        Bytes key;

        for (size_t i = 0; map_walk(t->page.cells, &i, &key, &cell);)
                merge(&t->good, cell);
        t->good.n_left_out += t->page.n_left_out;
        t->good.n_refused += t->page.n_refused;
        tally_rollback(t);
}

uint64_t tally_left_out(const Tally *t) {
        return t->good.n_left_out;
}

uint64_t tally_refused(const Tally *t) {
        return t->good.n_refused;
}

bool tally_has(const Tally *t, const Unit *unit, const Period *period, size_t metric) {
        Key key = key_of(unit, period, metric);

        return map_has(t->good.cells, key_bytes(&key));
}

bool tally_walk(const Tally *t, size_t *i, const TallyCell **ret) {
        void *cell;
        Bytes key;

        if (!map_walk(t->good.cells, i, &key, &cell))
                return false;
        *ret = cell;
        return true;
}

/* Whether a parcel must not be delivered beside a batch: of two statements about one figure the earlier one is committed first, and so it is with runs and cursors. */

#include "store/batch_priv.h"

/* The answer for the name before, by its pointer: within one parcel that is the same name. */
typedef struct Asked {
        const char *name;
        bool is_known;
} Asked;

static bool knows(const Map *numbers, const char *name, Asked *last) {
        if (last->name != name)
                *last = (Asked){ name, map_has(numbers, bytes_of(name)) };
        return last->is_known;
}

static bool knows_period(const Batch *b, const Period *p) {
        PeriodKey key = period_key(p);

        return map_has(b->period_numbers, (Bytes){ (const char *) &key, sizeof(key) });
}

bool batch_meets(const Batch *b, Bytes parcel) {
        _cleanup_(parcel_reader_freep) ParcelReader *r = NULL;
        Asked unit = {}, metric = {};
        ParcelItem item;

        if (parcel_reader_new(&r, parcel) < 0)
                return false;
        if (map_has(b->connectors, bytes_of(parcel_run(r)->connector)))
                return true;
        while (parcel_next(r, &item) == 1)
                if (item.kind == PARCEL_SAMPLE && knows(b->units.numbers, item.sample.unit, &unit) && knows(b->metrics.numbers, item.sample.metric, &metric) &&
                    knows_period(b, &item.sample.period))
                        return true;
        return false;
}

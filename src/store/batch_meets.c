/* Whether a parcel must not be delivered beside a batch: of two statements about one figure the earlier one is committed first, and so it is with runs and cursors.
 *
 * Asked by name, not by figure: a parcel has few names, and connectors seldom share a metric. */

#include "store/batch_priv.h"

static bool names_meet(const Names *n, const Names *other) {
        VEC_EACH(number, &n->of_parcel)
                if (*number && map_has(other->numbers, bytes_of(n->list.items[*number - 1])))
                        return true;
        return false;
}

static bool periods_meet(const Batch *b, const Batch *other) {
        VEC_EACH(number, &b->periods_of_parcel) {
                PeriodKey key = *number ? period_key(&b->periods.items[*number - 1]) : (PeriodKey){};

                if (*number && map_has(other->period_numbers, (Bytes){ (const char *) &key, sizeof(key) }))
                        return true;
        }
        return false;
}

bool batch_meets(const Batch *b, const Batch *other) {
        if (!b->parcels.len)
                return false;
        if (map_has(other->connectors, bytes_of(b->parcels.items[b->parcels.len - 1].connector)))
                return true;
        return names_meet(&b->metrics, &other->metrics) && names_meet(&b->units, &other->units) && periods_meet(b, other);
}

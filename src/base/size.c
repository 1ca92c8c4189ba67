/* Sizes in bytes as an operator writes them. */

#include <errno.h>
#include <inttypes.h>

#include "base/num.h"
#include "base/size.h"

static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };

int size_parse(Bytes text, uint64_t *ret) {
        Bytes number = bytes_trim(text), unit;
        size_t n = 0;
        uint64_t v;
        int r;

        while (n < number.len && number.data[n] >= '0' && number.data[n] <= '9')
                n++;
        unit = bytes_trim((Bytes){ number.data + n, number.len - n });
        number.len = n;
        r = num_parse_u64(number, &v);
        if (r < 0)
                return r;
        if (v == 0 && unit.len == 0) {
                *ret = 0;
                return 0;
        }
        for (unsigned i = 0; i < ELEMENTS(units); i++) {
                if (!bytes_equal_str(unit, units[i]))
                        continue;
                if (v > UINT64_MAX >> (10 * i))
                        return -ERANGE;
                *ret = v << (10 * i);
                return 0;
        }
        return -EINVAL;
}

void size_render(uint64_t bytes, Text *ret) {
        unsigned i = 0;
        uint64_t tenths, one;

        while (i + 1 < ELEMENTS(units) && bytes >> (10 * (i + 1)))
                i++;
        one = UINT64_C(1) << (10 * i);
        tenths = (bytes & (one - 1)) * 10 / one;
        (void) text_printf(ret, "%" PRIu64, bytes >> (10 * i));
        if (tenths)
                (void) text_printf(ret, ".%" PRIu64, tenths);
        (void) text_printf(ret, " %s", units[i]);
}

/* Numbers: whatever a form accepts is canonical, and stays what it is when it is read again; sums go both
 * ways. */

#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "normalise/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(Bytes text, NumberForm form, Text *ret) {
        _cleanup_(text_done) Text again = TEXT_INIT(256), sum = TEXT_INIT(256), back = TEXT_INIT(256),
                                  minus = TEXT_INIT(256);

        if (number_parse(text, form, ret) < 0) {
                text_clear(ret);
                return;
        }
        if (number_parse(text_bytes(ret), NUMBER_PLAIN, &again) < 0 ||
                        !bytes_equal(text_bytes(ret), text_bytes(&again)))
                abort();
        /* n + 12.5 - n = 12.5 */
        if (ret->data[0] != '-')
                (void) text_add_char(&minus, '-');
        (void) text_add_str(&minus, ret->data[0] == '-' ? ret->data + 1 : ret->data);
        if (number_add(text_bytes(ret), BYTES_LIT("12.5"), &sum) == 0 &&
                        number_add(text_bytes(&sum), text_bytes(&minus), &back) == 0 &&
                        !bytes_equal_str(text_bytes(&back), "12.5"))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        for (NumberForm form = 0; form < _NUMBER_FORM_MAX; form++) {
                _cleanup_(text_done) Text got = TEXT_INIT(256);

                check((Bytes){ (const char *) data, size }, form, &got);
        }
        return 0;
}

/* HTML: any bytes, any chunks. */

#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const formats[] = {
        "{kind: html, records: //tr, fields: {a: 'td[1]', n: 'count(td)'}, envelope: {t: //title}}",
        "{kind: html, fields: {s: 'boolean(//script)', c: 'count(//comment())', t: 'string(//body)'}}",
        "{kind: html, max_page: 200 B, fields: {t: //title}}",
        "{kind: html, charset: windows-1258, fields: {t: 'string(/)'}}",
        NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        return fuzz_body(formats, data, size);
}

/* XML: any bytes, any chunks. */

#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const formats[] = {
        "{kind: xml, records: /r/i, fields: {a: a, b: '@b', n: 'count(.//x)'}, envelope: {t: /r/@t, m: "
        "//msg}}",
        "{kind: xml, records: '//p:i', namespaces: {p: 'urn:x'}, fields: {a: p:a, s: 'string(.)', o: "
        "'../@t'}}",
        "{kind: xml, fields: {a: //a}, max_value: 1 KiB, max_depth: 5}",
        "{kind: xml, records: '/*/*', charset: windows-1258, fields: {a: 'string(.)'}, max_records: 20}",
        NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        return fuzz_body(formats, data, size);
}

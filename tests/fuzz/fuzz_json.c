/* JSON and JSON lines: any bytes, any chunks. */

#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const formats[] = {
        "{kind: json, fields: {a: .a, b: '.a.b', c: '.l[1]', d: .}}",
        "{kind: json, records: '.d.e[].m[]', fields: {a: .a, u: ^.u, v: '^.v[0]'}, envelope: {n: .n, z: "
        "'.d.e[0].u', y: .d}}",
        "{kind: json, records: '.[][]', fields: {a: ., b: '^.[0]'}, max_depth: 8, max_records: 20}",
        "{kind: json, records: ., fields: {a: .a}, secret: [a], max_value: 64 B}",
        "{kind: ndjson, fields: {a: .a, b: .}}",
        "{kind: json, records: '.[]', fields: {a: '.a + 1', b: '.b | tostring', c: .c}}",
        "{kind: json, records: '.[].m[]', expand: '.x[]?', fields: {a: ., u: '^.u + 1'}}",
        "{kind: json, charset: windows-1258, fields: {a: .a}}",
        NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        return fuzz_body(formats, data, size);
}

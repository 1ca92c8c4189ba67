/* Files in wrappers: any bytes, any chunks. */

#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const formats[] = {
        "{kind: csv, wrapper: gzip, max_unpacked: 64 KiB, fields: {a: a}}",
        "{kind: csv, wrapper: zip, max_unpacked: 64 KiB, fields: {a: a}}",
        "{kind: csv, wrapper: zip, member: '*.csv', max_unpacked: 64 KiB, fields: {a: a}}",
        "{kind: ndjson, wrapper: gzip, max_unpacked: 64 KiB, fields: {a: .a}, secret: [a]}",
        NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        return fuzz_body(formats, data, size);
}

/* CSV: any bytes, any chunks; and the reader of our own tables. */

#include "decode/csv.h"
#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const formats[] = {
        "{kind: csv, fields: {a: a, b: b}}",
        "{kind: csv, delimiter: ';', preamble: 1, footer: T, fields: {a: a}, max_value: 64 B}",
        "{kind: csv, header: no, fields: {a: '#1', b: '#3'}, max_records: 20}",
        "{kind: csv, charset: windows-1258, fields: {a: a}}",
        NULL,
};

static int on_row(void *userdata _unused_, unsigned line, const Bytes *cells) {
        return !line || !bytes_is_utf8(cells[0], NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const CsvColumn columns[] = { { "a", true }, { "b", false } };
        _cleanup_(diag_freep) Diag *diag = diag_new();
        Bytes text = { (const char *) data, size };

        if (csv_read("fuzz.csv", text, columns, 2, diag, on_row, NULL) < 0)
                fuzz_fail("a table made an error of the machine");
        return fuzz_body(formats, data, size);
}

/* The kinds of format: one line each. */

#include "decode/decode_priv.h"

#define KINDS(X) \
        X(json) \
        X(ndjson) \
        X(csv) \
        X(xml) \
        X(html)

#define DECLARE(name) extern const FormatOps format_##name;
#define INFO(name)    &format_##name.info,

KINDS(DECLARE)

const ConfKindInfo *const format_kinds[] = { KINDS(INFO) NULL };

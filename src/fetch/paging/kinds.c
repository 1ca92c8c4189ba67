/* The kinds of paging: one line each. */

#include "fetch/paging.h"

#define KINDS(X) \
        X(none) \
        X(page) \
        X(offset) \
        X(cursor) \
        X(next_url) \
        X(link)

#define DECLARE(name) extern const PagingOps paging_##name;
#define INFO(name)    &paging_##name.info,

KINDS(DECLARE)

const ConfKindInfo *const paging_kinds[] = { KINDS(INFO) NULL };

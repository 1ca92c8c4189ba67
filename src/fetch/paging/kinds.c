/* The kinds of paging: one line each. */

#include "fetch/paging.h"

extern const PagingOps paging_none, paging_page, paging_offset, paging_cursor, paging_next_url, paging_link;

const ConfKindInfo *const paging_kinds[] = {
        &paging_none.info,
        &paging_page.info,
        &paging_offset.info,
        &paging_cursor.info,
        &paging_next_url.info,
        &paging_link.info,
        NULL
};

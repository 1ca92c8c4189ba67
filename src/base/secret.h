/* Secret: text that cannot be printed. secret_reveal() is the one way out and can be searched for. */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"
#include "base/cleanup.h"

typedef struct Secret Secret;

Secret *secret_new(Bytes value);                        /* copies; memory is wiped when freed */
Secret *secret_free(Secret *s);
DEFINE_CLEANUP(Secret *, secret_free)
Secret *secret_dup(const Secret *s);
bool secret_equal(const Secret *a, const Secret *b);    /* in constant time for equal lengths */

/* From here on no core of this process is written, by the kernel into a file or through a pipe, and only root may look into its memory (core(5), PR_SET_DUMPABLE in prctl(2)).
 * Wiping cannot do that: libraries hold copies of what they send. */
void secrets_stay_inside(void);

/* The value; borrowed, NUL-terminated, valid while the secret lives. Never log, store or copy it to a Text that is not wiped. */
Bytes secret_reveal(const Secret *s);

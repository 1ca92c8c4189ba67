/* The environment, read through one place. */

#include <stdlib.h>

#include "base/env.h"

/* secure_getenv(): what a caller sets must not reach a process with more rights than the caller. */
const char *env_get(const char *name) {
        return secure_getenv(name);
}

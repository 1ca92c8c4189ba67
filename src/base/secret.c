/* Secret: text that cannot be printed, wiped when it goes. */

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/secret.h"

struct Secret {
        size_t len;
        char value[];           /* and a NUL */
};

Secret *secret_new(Bytes value) {
        Secret *s = xalloc(sizeof(Secret) + value.len + 1);

        s->len = value.len;
        if (value.len)
                memcpy(s->value, value.data, value.len);
        return s;
}

Secret *secret_free(Secret *s) {
        if (s)
                explicit_bzero(s->value, s->len);
        return xfree(s);
}

Secret *secret_dup(const Secret *s) {
        return s ? secret_new(secret_reveal(s)) : NULL;
}

bool secret_equal(const Secret *a, const Secret *b) {
        volatile unsigned char difference = 0;

        if (!a || !b || a->len != b->len)
                return a == b;
        for (size_t i = 0; i < a->len; i++)
                difference = (unsigned char) (difference | (a->value[i] ^ b->value[i]));
        return difference == 0;
}

/* A limit of 0 does not hold where core_pattern names a pipe; the flag does, and also keeps debuggers of the same user out. */
void secrets_stay_inside(void) {
        const struct rlimit none = {};

        (void) setrlimit(RLIMIT_CORE, &none);
        (void) prctl(PR_SET_DUMPABLE, 0);
}

Bytes secret_reveal(const Secret *s) {
        return (Bytes){ s->value, s->len };
}

/* Takes the secrets of a request out of a text that came back. */

#include "fetch/scrub.h"

/* Shorter ones would take ordinary words out of the text, and protect nothing. */
#define SECRET_MIN 6

static void scrub(Bytes secret, char *text) {
        char *at;

        if (secret.len < SECRET_MIN)
                return;
        /* secret_reveal() ends in NUL, and so does each tail of it. */
        while ((at = strstr(text, secret.data))) {
                memcpy(at, "***", 3);
                memmove(at + 3, at + secret.len, strlen(at + secret.len) + 1);
        }
}

void scrub_secrets(const HttpRequest *req, char *text) {
        for (size_t i = 0; i < req->n_headers; i++) {
                Bytes secret = req->headers[i].secret ? secret_reveal(req->headers[i].secret) : BYTES_NULL;
                size_t space;

                scrub(secret, text);
                if (bytes_find(secret, BYTES_LIT(" "), &space))
                        scrub((Bytes){ secret.data + space + 1, secret.len - space - 1 }, text);
        }
        if (req->secret_query)
                scrub(secret_reveal(req->secret_query), text);
}

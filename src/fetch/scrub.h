/* Takes the secrets of a request out of a text that came back: a source may repeat the token that it
 * refuses. */
#pragma once

#include "fetch/message.h"

/* Replaces in place each occurrence of a secret of req (header values, with and without their scheme, and
 * the query key) by ***. text only gets shorter. */
void scrub_secrets(const HttpRequest *req, char *text);

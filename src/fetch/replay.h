/* Transport that answers from recorded exchanges in a folder: NN.request, NN.response; used by `test`,
 * `fetch --replay` and the tests. */
#pragma once

#include "fetch/transport.h"

/* The form of a record:
 *   NN.request:  "METHOD URL\n" then "Name: value\n" lines (secrets as ***), an empty line, the body.
 *   NN.response: "HTTP STATUS\n" then "Name: value\n" lines, an empty line, the body bytes.
 *   NN.body:     may be there: the body, instead of what NN.response holds behind the empty line.
 * A request is answered by the first unused exchange whose method, URL and body agree; otherwise the transfer
 * fails with a story that shows the difference. Transfers are answered when replay_step is called. */
int replay_transport_new(Transport **ret, const char *folder);
bool replay_step(Transport *tr, usec_t now);            /* true: something was answered */
/* names of exchanges that nobody asked for; NULL ret: only the count */
size_t replay_unused(const Transport *tr, Text *ret);
/* Writes one exchange in that form. seq from 1. */
int replay_record(const char *folder, unsigned seq, const HttpRequest *req, const HttpResponse *resp,
                Bytes body);

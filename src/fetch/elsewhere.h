/* Redirects to another host: only to those that the connector lists, and without anything that belongs to the source. */
#pragma once

#include "config/diag.h"
#include "fetch/transport.h"

void elsewhere_verify(const TransferLimits *limits, const ConfNode *at, Diag *diag);
/* Whether the connector lists the origin of that address. */
bool elsewhere_is_listed(const TransferLimits *limits, const char *url);
/* The request to where an answer points, when that is another host that is listed: a GET with neither header, body, certificate nor key of ours, whose query counts
 * as a secret, since sources put keys into it. n_before: how many such steps led to `sent`. 1 and *ret, 0: no such redirect, or -EPERM with a note: one that is not
 * followed. */
int elsewhere_request(const TransferLimits *limits, const HttpRequest *sent, const HttpResponse *resp, unsigned n_before, HttpRequest **ret);

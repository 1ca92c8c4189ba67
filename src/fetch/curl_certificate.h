/* When the certificate of the server that a transfer spoke to ends. */
#pragma once

#include "base/usec.h"

/* easy: curl's handle, with CURLOPT_CERTINFO. Wall clock; 0: not told (no TLS, or a connection used again). */
usec_t curl_certificate_until(void *easy);
/* The same of one line of curl's list, "Expire date:Nov 24 08:00:00 2026 GMT"; 0: another line. */
usec_t curl_certificate_line(const char *line);

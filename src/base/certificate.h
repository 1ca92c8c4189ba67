/* X.509 certificates, as far as their last moment goes. */
#pragma once

#include "base/bytes.h"
#include "base/usec.h"

/* Last moment (notAfter, RFC 5280 part 4.1.2.5) of the first certificate in a PEM text, wall clock; 0: there is none, or it ended before 1970. */
usec_t certificate_until(Bytes pem);

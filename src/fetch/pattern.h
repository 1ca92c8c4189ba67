/* Date and time patterns of templates: yyyy yy M MM d dd H HH m mm s ss SSS XXX; 'quoted' text and
 * everything else stands for itself. */
#pragma once

#include "base/bytes.h"
#include "calendar/zone.h"

/* 0, or -EINVAL with a note that names the letters which mean nothing. */
int pattern_verify(Bytes pattern);

/* Renders instant as civil time of the zone. The pattern must be a valid one. */
void pattern_render(Bytes pattern, usec_t instant, const Zone *zone, Text *ret);

/* The streaming JSON reader, for the kinds that are made of it. */
#pragma once

#include "decode/decode_priv.h"
#include "decode/json_plan.h"

/* is_lines: documents one after another. 0 or -errno. */
int json_decoder_new(Decoder **ret, const FormatOps *ops, const JsonSpec *spec, const JsonPlan *plan, bool is_lines);
Decoder *json_decoder_free(Decoder *dec);

/* The kinds of formats that are JSON: one document, and many of them one after another. */

#include "decode/json.h"

extern const FormatOps format_json, format_ndjson;

static int json_open(Decoder **ret, const void *spec, const void *program) {
        return json_decoder_new(ret, &format_json, spec, program, false);
}

static int ndjson_open(Decoder **ret, const void *spec, const void *program) {
        return json_decoder_new(ret, &format_ndjson, spec, program, true);
}

static int json_compile(const void *spec, const ConfNode *at, Arena *arena, Diag *diag, void **ret) {
        JsonPlan *plan;
        int r = json_plan_new(&plan, spec, at, arena, diag);

        if (r == 0)
                *ret = plan;
        return r;
}

#define RECORDS_HELP                                                                                         \
        "Path to the list of records, in jq's syntax: `.data.items[]`, `.[]`, for lists within lists "       \
        "`.data.evaluation[].metrics[]`; "                                                                   \
        "`.` when the whole document is one record. Default: a list is the list of records, an object is "   \
        "one record."

static const ConfField json_fields[] = { FORMAT_COMMON_FIELDS(RECORDS_HELP),
        FIELD(JsonSpec, expand, 0, NULL,
                        "A jq program that turns one record into several; selectors are then relative to "
                        "each of these."),
        {} };

static const char *const json_types[] = { "application/json", "text/json", "application/problem+json", NULL };
static const char *const ndjson_types[] = { "application/x-ndjson", "application/ndjson", "application/jsonl",
        "application/json", "text/plain", NULL };

const FormatOps format_json = {
        .info = { .kind = "json",
                        .help = "JSON (RFC 8259). Selectors are jq: plain paths run on the stream, anything "
                                "else runs on one record; `^` steps out into the element "
                                "of the list around.",
                        .fields = json_fields,
                        .spec_size = sizeof(JsonSpec) },
        .content_types = json_types,
        .compile = json_compile,
        .release = json_plan_release,
        .open = json_open,
        .feed = decoder_base_feed,
        .next = decoder_base_next,
        .free = json_decoder_free,
};

const FormatOps format_ndjson = {
        .info = { .kind = "ndjson",
                        .help = "One JSON document after another, as a rule one in a line.",
                        .fields = json_fields,
                        .spec_size = sizeof(JsonSpec) },
        .content_types = ndjson_types,
        .compile = json_compile,
        .release = json_plan_release,
        .open = ndjson_open,
        .feed = decoder_base_feed,
        .next = decoder_base_next,
        .free = json_decoder_free,
};

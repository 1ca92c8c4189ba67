/* thiduad schema: JSON Schema and reference of the configuration files, from the option tables that also read them. */

#include <string.h>
#include <sysexits.h>

#include "comply/campaign.h"
#include "config/describe.h"
#include "verbs/verb.h"

static int schema_main(const VerbArgs *args) {
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 16 << 20);
        const char *what = args->n_words ? args->words[0] : "main", *title = "thiduad.yaml";
        const ConfField *fields = main_fields;
        bool is_json;
        int r;

        r = verb_format(args, "text", &is_json);
        if (r != 0)
                return r;

        if (strcmp(what, "connector") == 0) {
                fields = connector_fields;
                title = "connectors.d/*.yaml";
        } else if (strcmp(what, "campaign") == 0) {
                fields = campaign_fields;
                title = "campaigns.d/*.yaml";
        } else if (strcmp(what, "main") != 0)
                return verb_fail(EX_USAGE, "schema wants one of main, connector, campaign");
        if (args->format && !is_json)
                describe_reference(title, fields, &text);
        else
                describe_schema(title, fields, &text);
        verb_print(&text);
        return EX_OK;
}

const Verb verb_schema = {
        .name = "schema",
        .synopsis = "[main|connector|campaign] [--format json|text]",
        .summary = "Prints the JSON Schema that editors use, or with --format text the reference, of a kind of configuration file",
        .options = "format",
        .help = "Example:\n  thiduad schema connector > connector.schema.json\n",
        .main = schema_main,
};

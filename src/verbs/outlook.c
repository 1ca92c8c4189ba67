/* thiduad outlook: where figures are heading before the next review, and what is missing in plain counts. */

#include <string.h>
#include <sysexits.h>

#include "verbs/verb.h"

static const char sql_table[] =
        "select string_agg(rtrim(format('%s %s %s %s %s %s', rpad(o.criterion, 8), rpad(o.unit, 30), rpad(o.status, 12),"
        " lpad(coalesce(round(o.expected_value, 2) || ' (' || round(o.expected_low, 2) || '-' || round(o.expected_high, 2) || ')', '-'), 24), lpad(coalesce(o.target::text, '-'), 5),"
        " case when o.no_outlook is not null then 'no outlook: ' || o.no_outlook || case o.no_outlook when 'short_series' then format(', %s of 3 periods', o.steps) else '' end"
        " else format('%s more of the %s expected by %s%s', o.missing, o.more_expected, to_char(o.review_on, 'YYYY-MM-DD'),"
        " case when o.is_out_of_reach then ', out of reach' else '' end) end)) || E'\\n', '')"
        " from api_v1.outlook_as_of($1::text, $2::date, $3::timestamptz) o"
        " where ($4::text is null or o.unit = $4) and ($5::text is null or o.criterion = $5) and ($6::text is null or o.level = $6)"
        " and (o.no_outlook is null or $4::text is not null)";

static const char sql_json[] =
        "select coalesce(jsonb_agg(to_jsonb(o)), '[]')::text || E'\\n' from api_v1.outlook_as_of($1::text, $2::date, $3::timestamptz) o"
        " where ($4::text is null or o.unit = $4) and ($5::text is null or o.criterion = $5) and ($6::text is null or o.level = $6)";

static int outlook_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 64 << 20);
        bool is_json = args->format && strcmp(args->format, "json") == 0;
        const char *params[] = { args->campaign, args->as_of, args->known_at, args->unit, args->criterion, args->level };
        int r;

        if (!args->campaign)
                return verb_fail(EX_USAGE, "outlook wants --campaign NAME");
        if (args->format && !is_json && strcmp(args->format, "table") != 0)
                return verb_fail(EX_USAGE, "--format wants table or json, not \"%s\"", args->format);
        r = verb_load(args, &setup);
        if (r != 0)
                return r;
        r = verb_sql(setup, is_json ? sql_json : sql_table, params, ELEMENTS(params), &text);
        if (r != 0)
                return r;
        if (!text.len)
                return verb_fail(EX_DATAERR, "no outlook: the campaign is over, its figures are too few, or there is no such unit, level or criterion");
        verb_print(&text);
        return EX_OK;
}

const Verb verb_outlook = {
        .name = "outlook",
        .synopsis = "--campaign NAME [--unit UNIT] [--level LEVEL] [--criterion ID] [--as-of DAY] [--known-at INSTANT] [--format table|json]",
        .summary = "Shows where open figures are heading before the next review, and what is missing in counts",
        .options = "config campaign unit level criterion as-of known-at format",
        .help = "The expected value assumes that the periods still to come are as large as those that came, and go as the newest six went together; the range, as the worst\n"
                "and the best of these six. With fewer than three periods there is no outlook. With --unit, criteria without an outlook are listed with the reason.\n\n"
                "Example:\n  thiduad outlook --campaign ninh-thuan-2024 --criterion III.3b --as-of 2024-09-15\n",
        .main = outlook_main,
};

/* thiduad outlook: where figures are heading before the next review, and what is missing in plain counts. */

#include <sysexits.h>

#include "verbs/answer.h"

static const char sql_table[] =
        "select o.criterion, o.unit, o.status, round(o.expected_value, 2)::text, round(o.expected_low, 2) || '..' || round(o.expected_high, 2), o.target::text,"
        " case when o.no_outlook is not null then 'no outlook: ' || case o.no_outlook"
        "  when 'state' then 'it is a state of the day, not a series'"
        "  when 'closed' then 'no period is open before the review'"
        "  when 'no_target' then 'there is no target to reach'"
        "  when 'at_most' then 'the target is a ceiling'"
        "  when 'short_series' then format('%s of the 3 periods it needs', o.steps)"
        "  when 'restated_series' then 'a figure since the beginning of the year fell'"
        "  when 'no_figure' then 'there is no figure' else o.no_outlook end"
        " else format('%s more of the %s expected by %s%s', o.missing, o.more_expected, to_char(o.review_on, 'YYYY-MM-DD'),"
        " case when o.is_out_of_reach then ', out of reach' else '' end) end"
        " from api_v1.outlook_as_of($1::text, $2::date, $3::timestamptz) o"
        " where ($4::text is null or o.unit = $4) and ($5::text is null or o.criterion = $5) and ($6::text is null or o.level = $6)"
        " and (o.no_outlook is null or $4::text is not null)";

static const char sql_json[] =
        "select coalesce(jsonb_agg(to_jsonb(o)), '[]')::text || E'\\n' from api_v1.outlook_as_of($1::text, $2::date, $3::timestamptz) o"
        " where ($4::text is null or o.unit = $4) and ($5::text is null or o.criterion = $5) and ($6::text is null or o.level = $6)";

static const TableColumn columns[] = {
        { .head = "CRITERION" },
        { .head = "UNIT" },
        { .head = "STATUS" },
        { .head = "EXPECTED", .is_right = true },
        { .head = "RANGE" },
        { .head = "TARGET", .is_right = true },
        { .head = "MISSING" },
};

static int outlook_main(const VerbArgs *args) {
        static const Answer answer = { sql_table, sql_json, columns, ELEMENTS(columns), "STATUS" };
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        const char *params[] = { args->campaign, args->as_of, args->known_at, args->unit, args->criterion, args->level };
        size_t rows = 0;
        int r;

        r = verb_load_main(args, &setup);
        if (r == 0)
                r = answer_print(&answer, args, setup, params, ELEMENTS(params), &rows);
        if (r == 0 && rows == 0)
                return verb_fail(EX_DATAERR, "no outlook: the campaign is over, its figures are too few, or there is no such unit, level or criterion");
        return r;
}

const Verb verb_outlook = {
        .name = "outlook",
        .synopsis = "[--campaign NAME] [--unit UNIT] [--level LEVEL] [--criterion ID] [--as-of DAY] [--known-at INSTANT] [--format table|json]",
        .summary = "Shows where open figures are heading before the next review, and what is missing in counts",
        .options = "config campaign unit level criterion as-of known-at format",
        .help = "The expected value assumes that the periods still to come are as large as those that came, and go as the newest six went together; the range, as the worst\n"
                "and the best of these six. With fewer than three periods there is no outlook. With --unit, criteria without an outlook are listed with the reason.\n\n"
                "Example:\n  thiduad outlook --campaign ninh-thuan-2024 --criterion III.3b --as-of 2024-09-15\n",
        .main = outlook_main,
};

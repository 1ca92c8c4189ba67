/* thiduad review freeze|diff|list: results of a review kept for good, and what has changed since. */

#include <string.h>
#include <sysexits.h>

#include "verbs/verb.h"

static const char sql_list_table[] =
        "select string_agg(format(E'%s  %s  %s  %s\\n', rpad(r.campaign, 24), to_char(r.on_day, 'YYYY-MM-DD'),"
        " case when r.is_frozen then format('frozen %s, version %s, %s met, %s not met', to_char(r.frozen_at, 'YYYY-MM-DD HH24:MI'), r.version, r.met, r.not_met) else 'not frozen' end,"
        " coalesce(r.name, '')), '' order by r.campaign, r.on_day) from api_v1.reviews r";

static const char sql_list_json[] =
        "select coalesce(jsonb_agg(to_jsonb(r) order by r.campaign, r.on_day), '[]')::text || E'\\n' from api_v1.reviews r";

static const char sql_freeze[] =
        "select format(E'%s  %s  version %s  %s results kept\\n', f.campaign, to_char(f.on_day, 'YYYY-MM-DD'), f.version, f.results)"
        " from comply.freeze_review($1::text, $2::date, $3::timestamptz) f";

static const char sql_diff_table[] =
        "select coalesce(string_agg(rtrim(format('%s %s %s -> %s', rpad(d.criterion, 8), rpad(coalesce(d.unit, d.level, 'tỉnh'), 32),"
        " rpad(concat_ws(' ', d.status_then, d.numerator_then || coalesce('/' || d.denominator_then, '')), 32),"
        " concat_ws(' ', d.status_now, d.numerator_now || coalesce('/' || d.denominator_now, '')))) || E'\\n', ''), E'nothing has changed\\n')"
        " from api_v1.review_diff($1::text, $2::date, $3::timestamptz) d";

static const char sql_diff_json[] =
        "select coalesce(jsonb_agg(to_jsonb(d)), '[]')::text || E'\\n' from api_v1.review_diff($1::text, $2::date, $3::timestamptz) d";

static int review_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text text = TEXT_INIT((size_t) 64 << 20);
        const char *what = args->n_words ? args->words[0] : "", *sql;
        bool is_json = args->format && strcmp(args->format, "json") == 0;
        const char *params[3] = {};
        size_t n = 0;
        int r;

        if (args->format && !is_json && strcmp(args->format, "table") != 0)
                return verb_fail(EX_USAGE, "--format wants table or json, not \"%s\"", args->format);
        if (strcmp(what, "list") == 0 && args->n_words == 1)
                sql = is_json ? sql_list_json : sql_list_table;
        else if ((strcmp(what, "freeze") == 0 || strcmp(what, "diff") == 0) && args->n_words == 3) {
                sql = strcmp(what, "freeze") == 0 ? sql_freeze : is_json ? sql_diff_json : sql_diff_table;
                params[n++] = args->words[1];
                params[n++] = args->words[2];
                params[n++] = args->known_at;
        } else
                return verb_fail(EX_USAGE, "review wants list, freeze CAMPAIGN DATE or diff CAMPAIGN DATE; see \"thiduad review --help\"");
        r = verb_load(args, &setup);
        if (r != 0)
                return r;
        r = verb_sql(setup, sql, params, n, &text);
        if (r == 0)
                verb_print(&text);
        return r;
}

const Verb verb_review = {
        .name = "review",
        .synopsis = "list|freeze CAMPAIGN DATE|diff CAMPAIGN DATE [--known-at INSTANT] [--format table|json]",
        .summary = "Keeps the results of a review for good, or tells what has changed since",
        .options = "config known-at format",
        .help = "freeze keeps every figure and verdict of the day as known now, or at --known-at. A review is frozen once; nothing can change it afterwards.\n"
                "diff computes the same day again from what is known now, by the newest version of the campaign, and lists every figure, target and verdict that differs.\n"
                "list shows the reviews that campaigns plan and those that are frozen.\n\n"
                "Examples:\n  thiduad review freeze ninh-thuan-2024 2024-06-30\n  thiduad review diff ninh-thuan-2024 2024-06-30\n",
        .main = review_main,
};

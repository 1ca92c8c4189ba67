/* thiduad review freeze|diff|list: results of a review kept for good, and what has changed since. */

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "verbs/answer.h"

static const char sql_list_table[] =
        "select r.campaign, to_char(r.on_day, 'YYYY-MM-DD'), r.name, coalesce(to_char(r.frozen_at, 'YYYY-MM-DD HH24:MI'), 'not frozen'), r.version::text,"
        " case when r.is_frozen then r.met::text end, case when r.is_frozen then r.not_met::text end"
        " from api_v1.reviews r order by r.campaign, r.on_day";

static const char sql_list_json[] =
        "select coalesce(jsonb_agg(to_jsonb(r) order by r.campaign, r.on_day), '[]')::text || E'\\n' from api_v1.reviews r";

static const TableColumn list_columns[] = {
        { .head = "CAMPAIGN" }, { .head = "DAY" }, { .head = "REVIEW" }, { .head = "FROZEN" }, { .head = "VERSION", .is_right = true }, { .head = "MET", .is_right = true }, { .head = "NOT MET", .is_right = true },
};

static const char sql_freeze_table[] = "select f.campaign, to_char(f.on_day, 'YYYY-MM-DD'), f.version::text, f.results::text from comply.freeze_review($1::text, $2::date, $3::timestamptz) f";

static const char sql_freeze_json[] = "select to_jsonb(f)::text || E'\\n' from comply.freeze_review($1::text, $2::date, $3::timestamptz) f";

static const TableColumn freeze_columns[] = { { .head = "CAMPAIGN" }, { .head = "DAY" }, { .head = "VERSION", .is_right = true }, { .head = "RESULTS KEPT", .is_right = true } };

static const char sql_diff_table[] =
        "select d.criterion, coalesce(d.unit, d.level, 'province'), d.status_then, d.numerator_then || coalesce('/' || d.denominator_then, ''), d.status_now, d.numerator_now || coalesce('/' || d.denominator_now, '')"
        " from api_v1.review_diff($1::text, $2::date, $3::timestamptz) d";

static const char sql_diff_json[] =
        "select coalesce(jsonb_agg(to_jsonb(d)), '[]')::text || E'\\n' from api_v1.review_diff($1::text, $2::date, $3::timestamptz) d";

static const TableColumn diff_columns[] = {
        { .head = "CRITERION" }, { .head = "UNIT" }, { .head = "THEN" }, { .head = "FIGURE THEN", .is_right = true }, { .head = "NOW" }, { .head = "FIGURE NOW", .is_right = true },
};

typedef struct ReviewWord {
        const char *word;
        int n_words;
        const char *when_empty;
        Answer answer;
} ReviewWord;

static const ReviewWord review_words[] = {
        { "list", 1, "no campaign plans a review", { sql_list_table, sql_list_json, list_columns, ELEMENTS(list_columns), NULL } },
        { "freeze", 3, "nothing was kept", { sql_freeze_table, sql_freeze_json, freeze_columns, ELEMENTS(freeze_columns), NULL } },
        { "diff", 3, "nothing has changed", { sql_diff_table, sql_diff_json, diff_columns, ELEMENTS(diff_columns), "NOW" } },
};

static int review_main(const VerbArgs *args) {
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        const char *what = args->n_words ? args->words[0] : "";
        const ReviewWord *word = NULL;
        const char *params[3];
        size_t rows = 0;
        int r;

        for (size_t i = 0; i < ELEMENTS(review_words); i++)
                if (strcmp(what, review_words[i].word) == 0 && args->n_words == review_words[i].n_words)
                        word = &review_words[i];
        if (!word)
                return verb_fail(EX_USAGE, "review wants list, freeze CAMPAIGN DATE or diff CAMPAIGN DATE; see \"thiduad review --help\"");
        if (word->n_words == 3) {
                r = verb_check_day(what, args->words[2]);
                if (r != 0)
                        return r;
                params[0] = args->words[1];
                params[1] = args->words[2];
                params[2] = args->known_at;
        }
        r = verb_load_main(args, &setup);
        if (r == 0)
                r = answer_print(&word->answer, args, setup, params, (size_t) (word->n_words == 3 ? 3 : 0), &rows);
        if (r == 0 && rows == 0)
                (void) printf("%s\n", word->when_empty);
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

/* jq programs on one record: all programs of a set are one compiled program, run once for each record.
 *
 * A compiled program costs about a megabyte and tens of milliseconds, so the fields of a format are one
 * program,
 *     [(try [0, (FIELD 1)] catch [1, .]), (try [0, (FIELD 2)] catch [1, .]), ...]
 * which also keeps the failure of one field from the others. */

#include <errno.h>
#include <jq.h>

#include "base/err.h"
#include "base/num.h"
#include "decode/jq.h"

enum {
        PROGRAM_LIMIT = 1 << 20,
        VALUE_LIMIT = 64 << 20,
        EXACT_DIGITS = 15, /* of a decimal that every binary64 number keeps */
};

struct JqSet {
        jq_state *jq;
        size_t n;
        Value *values;
        Text *texts;
};

/* Functions whose result is not that of the record alone, or that would show the daemon's surroundings. */
static const char *const refused[] = { "env", "$ENV", "import", "include", "input", "inputs",
        "input_filename", "input_line_number", "debug", "stderr", "halt", "halt_error", "now", "localtime",
        "strflocaltime", "modulemeta", "get_search_list", "$__prog_args", NULL };

/* What may turn for ever. Nothing can stop a program of libjq, and the daemon has one thread: so none may be
 * written that has no end of its own. Recursion over the record (`recurse` alone, `..`, `walk`) ends with it. */
static const char *const endless[] = { "def", "repeat", "while", "until", "range", NULL };

static bool is_word_char(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '$';
}

static const char *find_in(const char *const *list, const char *word, size_t len) {
        for (; *list; list++)
                if (strlen(*list) == len && memcmp(*list, word, len) == 0)
                        return *list;
        return NULL;
}

static const char *find_refused(const char *word, size_t len) {
        const char *found = find_in(refused, word, len);

        if (!found && len == strlen("recurse") && memcmp(word, "recurse", len) == 0 && word[len + strspn(word + len, " ")] == '(')
                return "recurse(...)";
        return found ? found : find_in(endless, word, len);
}

/* Words outside of strings and not behind a dot. What stands in \( ) of a string is looked at as well, being
 * more than asked. */
static const char *first_refused(const char *p) {
        bool is_in_string = false;
        char before = ' ';

        while (*p) {
                const char *from = p;

                if (is_word_char(*p) && (!is_in_string || before == '(' || before == ' ')) {
                        while (is_word_char(*p))
                                p++;
                        if (before != '.' && !is_in_string && find_refused(from, (size_t) (p - from)))
                                return find_refused(from, (size_t) (p - from));
                        before = p[-1];
                        continue;
                }
                if (*p == '\\' && p[1] == '(')
                        is_in_string = false; /* an interpolation: code again, until the quotes that end it
                                                 toggle */
                else if (*p == '\\' && p[1] && is_in_string)
                        p++;
                else if (*p == '"')
                        is_in_string = !is_in_string;
                before = *p++;
        }
        return NULL;
}

/* libjq 1.6 forgets to free what it compares when these look through a list, so they are defined anew, with
 * the same meaning. Its sub and gsub begin anew behind each match, and for ever where a match is empty; these take
 * the places of all matches first. */
static const char prelude[] =
                "def indices($i):"
                " if type == \"array\" then (if ($i|type) == \"array\" then $i else [$i] end) as $x | . as "
                "$l | ($x|length) as $n |"
                " if $n == 0 then [] else [range(0; ($l|length) - $n + 1) | select($l[.:. + $n] == $x)] end"
                " elif type == \"string\" then _strindices($i) else null end;"
                "def index($i): indices($i) | .[0];"
                "def rindex($i): indices($i) | .[-1:][0];"
                "def sub($re; new; $flags): . as $s |"
                " reduce match($re; $flags) as $m ({at: 0, next: 0, parts: []};"
                " if $m.offset < .next then . else"
                " ([$m.captures[] | select(.name != null) | {key: .name, value: .string}] | from_entries |"
                " first(new)) as $text"
                " | .parts += [$s[.at:$m.offset], $text] | .at = $m.offset + $m.length"
                " | .next = .at + (if $m.length == 0 then 1 else 0 end) end)"
                " | (.parts | add // \"\") + $s[.at:];"
                "def sub($re; new): sub($re; new; \"\");"
                "def gsub($re; new; $flags): sub($re; new; $flags + \"g\");"
                "def gsub($re; new): sub($re; new; \"g\");\n";

typedef struct Complaint {
        Text text;
} Complaint;

static void on_error(void *userdata, jv message) {
        Complaint *c = userdata;

        if (!c->text.len && jv_get_kind(message) == JV_KIND_STRING)
                (void) text_add_str(&c->text, jv_string_value(message));
        jv_free(message);
}

/* jq's own words without its frame: "jq: error: " before, the place and advice about shells behind. */
static Bytes bare(Bytes words) {
        static const char frame[] = "jq: error: ";
        const char *cut;

        if (bytes_starts(words, frame))
                words = (Bytes){ words.data + strlen(frame), words.len - strlen(frame) };
        for (size_t i = 0; i < words.len; i++)
                if (words.data[i] == '\n')
                        words.len = i;
        cut = words.len ? memmem(words.data, words.len, " at <top-level>", 15) : NULL;
        if (cut)
                words.len = (size_t) (cut - words.data);
        cut = words.len ? memmem(words.data, words.len, " (Unix shell", 12) : NULL;
        if (cut)
                words.len = (size_t) (cut - words.data);
        return words;
}

/* 0, or 1 with jq's words. */
static int compile(jq_state **ret, const char *program, Text *ret_words) {
        Complaint complaint = { .text = TEXT_INIT(4096) };
        jq_state *jq = jq_init();
        int is_good;

        if (!jq)
                return err(-ENOMEM, "libjq did not start");
        jq_set_error_cb(jq, on_error, &complaint);
        is_good = jq_compile(jq, program);
        jq_set_error_cb(jq, NULL, NULL);
        if (!is_good) {
                Bytes words = bare(text_bytes(&complaint.text));

                (void) text_add(ret_words, words);
                jq_teardown(&jq);
        }
        text_done(&complaint.text);
        *ret = jq;
        return !is_good;
}

static bool is_bare_word(const char *program) {
        if (!*program)
                return false;
        for (; *program; program++)
                if (!is_word_char(*program))
                        return false;
        return true;
}

static int check_one(const JqField *field, bool must_compile, Diag *diag) {
        _cleanup_(text_done) Text words = TEXT_INIT(4096);
        const char *word = first_refused(field->program);
        jq_state *jq = NULL;
        int r;

        if (word) {
                diag_error(diag, field->node, "\"%s\" cannot be used in a selector: it must %s", word,
                                find_in(refused, word, strlen(word))
                                                ? "depend on the record alone"
                                                : "come to an end whatever the record is, and nothing could "
                                                  "stop it");
                return 1;
        }
        if (!must_compile)
                return 0;
        r = compile(&jq, field->program, &words);
        if (r > 0)
                diag_error(diag, field->node,
                                is_bare_word(field->program)
                                                ? "\"%s\" is no selector: %s; did you mean \".%s\"?"
                                                : "\"%s\" is no selector: %s",
                                field->program, words.len ? text_str(&words) : "jq does not understand it",
                                field->program);
        if (jq)
                jq_teardown(&jq);
        return r;
}

static void render_program(const JqField *fields, size_t n, const JqField *expand, Text *program) {
        (void) text_add_str(program, prelude);
        if (expand)
                (void) text_printf(program, "(%s\n) | ", expand->program);
        (void) text_add_char(program, '[');
        for (size_t i = 0; i < n; i++)
                (void) text_printf(program, "%s(try [0, (%s\n)] catch [1, .])", i ? ", " : "",
                                fields[i].program);
        (void) text_add_char(program, ']');
}

/* Which of them it is that does not compile. */
static int check_all(const JqField *fields, size_t n, const JqField *expand, bool must_compile, Diag *diag) {
        int bad = 0;

        for (size_t i = 0; i < n + (expand ? 1 : 0); i++) {
                int r = check_one(i < n ? &fields[i] : expand, must_compile, diag);

                if (r < 0)
                        return r;
                bad |= r;
        }
        return bad;
}

int jq_set_new(JqSet **ret, const JqField *fields, size_t n, const JqField *expand, Diag *diag) {
        _cleanup_(text_done) Text program = TEXT_INIT(PROGRAM_LIMIT), words = TEXT_INIT(4096);
        _cleanup_(jq_set_freep) JqSet *s = NULL;
        int r;

        r = check_all(fields, n, expand, false, diag);
        if (r != 0)
                return r;
        render_program(fields, n, expand, &program);
        if (program.is_full)
                return err(-E2BIG, "the selectors of one format are longer than 1 MiB");

        s = NEW(JqSet);
        s->n = n;
        s->values = NEW_N(Value, n + 1);
        s->texts = NEW_N(Text, n + 1);
        for (size_t i = 0; i < n; i++)
                s->texts[i] = TEXT_INIT(VALUE_LIMIT);
        r = compile(&s->jq, text_str(&program), &words);
        if (r < 0)
                return r;
        if (r > 0) {
                r = check_all(fields, n, expand, true, diag);
                if (r == 0)
                        diag_error(diag, n ? fields[0].node : expand->node,
                                        "the selectors do not compile together: %s", text_str(&words));
                return r < 0 ? r : 1;
        }
        *ret = TAKE(s);
        return 0;
}

JqSet *jq_set_free(JqSet *s) {
        if (!s)
                return NULL;
        if (s->jq)
                jq_teardown(&s->jq);
        for (size_t i = 0; i < s->n; i++)
                text_done(&s->texts[i]);
        xfree(s->texts);
        xfree(s->values);
        return xfree(s);
}

static size_t count_digits(Bytes number) {
        size_t n = 0;
        bool is_leading = true;

        for (size_t i = 0; i < number.len && number.data[i] != 'e' && number.data[i] != 'E'; i++) {
                char c = number.data[i];

                if (c < '0' || c > '9' || (is_leading && c == '0'))
                        continue;
                is_leading = false;
                n++;
        }
        return n;
}

bool jq_number_survives(Bytes number) {
        _cleanup_(text_done) Text before = TEXT_INIT(256), after = TEXT_INIT(256);
        bool has_exponent = number.len &&
                            (memchr(number.data, 'e', number.len) || memchr(number.data, 'E', number.len));
        jv value, text;

        if (!has_exponent && count_digits(number) <= EXACT_DIGITS)
                return true;
        if (num_canonical(number, &before) < 0)
                return false;
        value = jv_parse_sized(number.data, (int) number.len);
        if (jv_get_kind(value) != JV_KIND_NUMBER) {
                jv_free(value);
                return false;
        }
        text = jv_dump_string(value, 0);
        if (num_canonical(bytes_of(jv_string_value(text)), &after) < 0)
                text_clear(&after);
        jv_free(text);
        return bytes_equal(text_bytes(&before), text_bytes(&after));
}

static Bytes string_of(jv v) {
        return (Bytes){ jv_string_value(v), (size_t) jv_string_length_bytes(jv_copy(v)) };
}

static void set(JqSet *s, size_t i, ValueKind kind, Bytes text) {
        text_clear(&s->texts[i]);
        (void) text_add(&s->texts[i], text);
        s->values[i] = (Value){ .kind = kind, .text = text_bytes(&s->texts[i]) };
        if (!text.len)
                s->values[i].text = BYTES_LIT("");
}

/* A number with more digits than binary64 keeps is the trace of an inexact sum or product, never what a
 * source stated. */
static void set_number(JqSet *s, size_t i, jv v) {
        jv text = jv_dump_string(jv_copy(v), 0);
        Bytes bytes = string_of(text);

        if (count_digits(bytes) > EXACT_DIGITS)
                set(s, i, VALUE_LOST_DIGITS, BYTES_NULL);
        else
                set(s, i, VALUE_NUMBER, bytes);
        jv_free(text);
}

static void set_json(JqSet *s, size_t i, jv v) {
        jv text = jv_dump_string(jv_copy(v), 0);

        set(s, i, VALUE_JSON, string_of(text));
        jv_free(text);
}

static void set_value(JqSet *s, size_t i, jv v) {
        switch (jv_get_kind(v)) {
        case JV_KIND_NULL:
                set(s, i, VALUE_NULL, BYTES_NULL);
                break;
        case JV_KIND_TRUE:
                set(s, i, VALUE_BOOL, BYTES_LIT("true"));
                break;
        case JV_KIND_FALSE:
                set(s, i, VALUE_BOOL, BYTES_LIT("false"));
                break;
        case JV_KIND_NUMBER:
                set_number(s, i, v);
                break;
        case JV_KIND_STRING:
                set(s, i, VALUE_TEXT, string_of(v));
                break;
        case JV_KIND_ARRAY:
        case JV_KIND_OBJECT:
                set_json(s, i, v);
                break;
        case JV_KIND_INVALID:
                set(s, i, VALUE_FAILED, BYTES_LIT("the selector gave no value"));
                break;
        }
}

static void set_failure(JqSet *s, size_t i, jv why) {
        if (jv_get_kind(why) == JV_KIND_STRING)
                set(s, i, VALUE_FAILED, string_of(why));
        else
                set(s, i, VALUE_FAILED, BYTES_LIT("the selector raised an error"));
}

/* One [0, values...] or [1, message]. Consumes it. */
static void take_outcome(JqSet *s, size_t i, jv outcome) {
        int n = jv_array_length(jv_copy(outcome));
        jv mark = jv_array_get(jv_copy(outcome), 0);
        jv zero = jv_parse("0");
        bool is_good = jv_equal(mark, zero);
        jv v = jv_array_get(outcome, n > 1 ? 1 : 0);

        if (!is_good)
                set_failure(s, i, v);
        else if (n < 2)
                set(s, i, VALUE_MISSING, BYTES_NULL);
        else if (n > 2)
                set(s, i, VALUE_FAILED, BYTES_LIT("the selector gives more than one value"));
        else
                set_value(s, i, v);
        jv_free(v);
}

static void fail_all(JqSet *s, jv message) {
        for (size_t i = 0; i < s->n; i++)
                set_failure(s, i, message);
}

static void lose_all(JqSet *s) {
        for (size_t i = 0; i < s->n; i++)
                if (s->values[i].kind != VALUE_FAILED)
                        set(s, i, VALUE_LOST_DIGITS, BYTES_NULL);
}

/* Consumes row. */
static int hand_out(JqSet *s, jv row, bool has_lost, JqRow call, void *userdata) {
        for (size_t i = 0; i < s->n; i++)
                take_outcome(s, i, jv_array_get(jv_copy(row), (int) i));
        jv_free(row);
        if (has_lost)
                lose_all(s);
        return call(userdata, s->values);
}

int jq_set_run(JqSet *s, Bytes json, bool has_lost, JqRow row, void *userdata) {
        jv out;
        int r = 0;

        jq_start(s->jq, jv_parse_sized(json.data, (int) json.len), 0);
        for (out = jq_next(s->jq); jv_is_valid(out); out = jq_next(s->jq)) {
                r = hand_out(s, out, has_lost, row, userdata);
                if (r != 0)
                        return r;
        }
        /* Only `expand` can fail here: the record is there all the same, and says what went wrong. */
        if (jv_invalid_has_msg(jv_copy(out))) {
                jv message = jv_invalid_get_msg(out);

                fail_all(s, message);
                jv_free(message);
                return row(userdata, s->values);
        }
        jv_free(out);
        return 0;
}

/* Test cases of connectors: their files, and the comparison that a person can read. */

#include <errno.h>
#include <inttypes.h>

#include "base/err.h"
#include "base/file.h"
#include "base/vec.h"
#include "verbs/case.h"

const ConfField case_fields[] = {
        FIELD(CaseSpec, stream, CONF_REQUIRED | CONF_NONEMPTY, NULL, "The stream of the connector that is run."),
        FIELD(CaseSpec, unit, 0, NULL, "Only this unit is asked for."),
        FIELD(CaseSpec, from, 0, NULL, "First day, as --from of fetch."),
        FIELD(CaseSpec, to, 0, NULL, "Last day, as --to of fetch."),
        FIELD(CaseSpec, at, CONF_REQUIRED, NULL, "The moment at which it is asked, such as 2024-12-13T09:00:00+07:00."),
        {}
};

static void add_pair(Text *t, const char *key, const char *value) {
        if (value)
                (void) text_printf(t, "%s: \"%s\"\n", key, value);
}

static int write_file(const char *folder, const char *name, Bytes content) {
        _cleanup_(text_done) Text path = TEXT_INIT(4096);

        (void) text_printf(&path, "%s/%s", folder, name);
        return file_write(text_str(&path), content, 0640);
}

int case_write(const char *folder, const CaseSpec *spec) {
        _cleanup_(text_done) Text text = TEXT_INIT(4096);

        add_pair(&text, "stream", spec->stream);
        add_pair(&text, "unit", spec->unit);
        add_pair(&text, "from", spec->from);
        add_pair(&text, "to", spec->to);
        add_pair(&text, "at", spec->at);
        return write_file(folder, "case.yaml", text_bytes(&text));
}

/* ---- what came ---- */

/* One line a thing, whatever stands in it. */
static void add_plain(Text *t, Bytes b) {
        for (size_t i = 0; i < b.len; i++)
                (void) text_add_char(t, (unsigned char) b.data[i] < ' ' ? ' ' : b.data[i]);
}

static void add_named(Text *t, const char *name, Bytes b) {
        if (!b.len)
                return;
        (void) text_printf(t, "  %s: ", name);
        add_plain(t, b);
}

static void add_sample(Text *t, const Sample *s) {
        _cleanup_(text_done) Text period = TEXT_INIT(128), at = TEXT_INIT(64);

        period_render(&s->period, &period);
        (void) text_printf(t, "%s  %s  %s  ", s->metric, s->unit, text_str(&period));
        add_plain(t, s->is_null ? BYTES_LIT("null") : s->value);
        add_named(t, "quality", s->quality);
        add_named(t, "evidence", s->evidence);
        if (s->observed_at)
                usec_render_utc(s->observed_at, &at);
        add_named(t, "observed", text_bytes(&at));
        (void) text_add_char(t, '\n');
}

static void add_reject(Text *t, const Reject *r) {
        (void) text_printf(t, "request %u record %" PRIu64 ": %s", r->request, r->record, reject_reason_name(r->reason));
        add_named(t, "metric", bytes_of(r->metric));
        add_named(t, "field", r->field);
        add_named(t, "system", r->system);
        add_named(t, "code", r->code);
        add_named(t, "detail", r->detail);
        (void) text_add_char(t, '\n');
}

void case_outcome_add(CaseOutcome *o, const ParcelItem *item) {
        if (item->kind == PARCEL_SAMPLE)
                add_sample(&o->samples, &item->sample);
        else if (item->kind == PARCEL_REJECT)
                add_reject(&o->rejects, &item->reject);
}

void case_outcome_end(CaseOutcome *o, const RunRecord *r) {
        (void) text_printf(&o->outcome, "%s: %" PRIu64 " asks, %" PRIu64 " failed, %" PRIu64 " pages, %" PRIu64 " records, %" PRIu64 " left out\n", run_state_name(r->state), r->n_asks,
                           r->n_asks_failed, r->n_pages, r->n_records, r->n_left_out);
        if (r->failure.class != FAILURE_NONE)
                (void) text_printf(&o->outcome, "%s: %s\n", failure_class_name(r->failure.class), r->failure.story);
        if (r->checks)
                (void) text_printf(&o->outcome, "checks at delivery: %s\n", r->checks);
}

int case_outcome_write(const char *folder, const CaseOutcome *o) {
        int r;

        if (o->samples.is_full || o->rejects.is_full)
                return err(-E2BIG, "more came than a test case may hold");
        r = write_file(folder, "samples", text_bytes(&o->samples));
        if (r == 0)
                r = write_file(folder, "rejects", text_bytes(&o->rejects));
        return r < 0 ? r : write_file(folder, "outcome", text_bytes(&o->outcome));
}

static int read_optional(const char *folder, const char *name, Text *ret) {
        _cleanup_(text_done) Text path = TEXT_INIT(4096);
        int r;

        (void) text_printf(&path, "%s/%s", folder, name);
        r = file_read(text_str(&path), ret);
        return r == -ENOENT ? 0 : r;
}

int case_outcome_read(const char *folder, CaseOutcome *o) {
        int r = read_optional(folder, "samples", &o->samples);

        if (r == 0)
                r = read_optional(folder, "rejects", &o->rejects);
        return r < 0 ? r : read_optional(folder, "outcome", &o->outcome);
}

void case_outcome_done(CaseOutcome *o) {
        text_done(&o->samples);
        text_done(&o->rejects);
        text_done(&o->outcome);
}

/* ---- comparison ---- */

enum { SHOWN_MAX = 40 };

typedef struct Line {
        Bytes text;
        bool is_matched;
} Line;

typedef VEC(Line) Lines;

static void split(Bytes text, Lines *ret) {
        size_t begin = 0;

        for (size_t i = 0; i < text.len; i++)
                if (text.data[i] == '\n') {
                        vec_push(ret, ((Line){ .text = { text.data + begin, i - begin } }));
                        begin = i + 1;
                }
        if (begin < text.len)
                vec_push(ret, ((Line){ .text = { text.data + begin, text.len - begin } }));
}

/* Lines usually come in order, so the search for the next one begins behind the last one found. */
static void match(Lines *want, Lines *got) {
        size_t at = 0;

        VEC_EACH(w, want)
                for (size_t i = 0; i < got->len; i++) {
                        Line *g = &got->items[(at + i) % got->len];

                        if (g->is_matched || !bytes_equal(g->text, w->text))
                                continue;
                        g->is_matched = w->is_matched = true;
                        at = (at + i + 1) % got->len;
                        break;
                }
}

static size_t show(const Lines *lines, char sign, Text *ret) {
        size_t n = 0;

        VEC_EACH(l, lines) {
                if (l->is_matched)
                        continue;
                if (n++ < SHOWN_MAX)
                        (void) text_printf(ret, "    %c %.*s\n", sign, (int) l->text.len, l->text.data ? l->text.data : "");
        }
        if (n > SHOWN_MAX)
                (void) text_printf(ret, "    %c and %zu more\n", sign, n - SHOWN_MAX);
        return n;
}

int case_compare(const char *name, Bytes want, Bytes got, Text *ret) {
        Lines left = {}, right = {};

        if (bytes_equal(want, got))
                return 0;
        split(want, &left);
        split(got, &right);
        match(&left, &right);
        (void) text_printf(ret, "  %s differ (- expected, + came):\n", name);
        if (show(&left, '-', ret) + show(&right, '+', ret) == 0)
                (void) text_printf(ret, "    the same lines in another order\n");
        vec_done(&left);
        vec_done(&right);
        return 1;
}

/* thiduad test: recorded exchanges of connectors are played offline, and what comes of them is compared with what is expected. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/json_out.h"
#include "base/file.h"
#include "config/bind.h"
#include "config/source.h"
#include "config/yaml.h"
#include "fetch/replay.h"
#include "run.h"
#include "verbs/case.h"
#include "verbs/verb.h"

enum {
        TURNS_MAX = 1000000,
        REPORT_MAX = 16 << 20,
};

typedef struct TestVerb {
        const VerbArgs *args;
        const char *connectors;         /* folder */
        unsigned n_passed, n_failed;
        JsonOut *json;                  /* --format json: an entry for each case; or NULL */
} TestVerb;

/* One case as it is played. */
typedef struct Play {
        TestVerb *verb;
        const char *name;               /* motcua/thang-3 */
        const char *folder;
        CaseSpec spec;
        usec_t at;
        Text *report;                   /* what differs, for people */
        CaseOutcome got;
} Play;

static int fault(Play *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fault(Play *p, const char *format, ...) {
        va_list ap;

        (void) text_add_str(p->report, "  ");
        va_start(ap, format);
        (void) text_vprintf(p->report, format, ap);
        va_end(ap);
        (void) text_add_char(p->report, '\n');
        return 1;
}

static int take_parcel(void *userdata, Bytes parcel) {
        Play *p = userdata;
        _cleanup_(parcel_reader_freep) ParcelReader *reader = NULL;
        ParcelItem item;
        int r = parcel_reader_new(&reader, parcel);

        while (r >= 0 && (r = parcel_next(reader, &item)) == 1)
                case_outcome_add(&p->got, &item);
        return r;
}

/* The clock stands still while something can be done, and jumps over what would be waited for: budgets and pauses between attempts cost no time. */
static bool play_to_end(Run *run, Transport *transport, usec_t real) {
        usec_t mono = USEC_DAY, began = USEC_DAY;

        for (unsigned i = 0; i < TURNS_MAX; i++) {
                usec_t wake;

                if (run_step(run, mono, real + (mono - began)) == RUN_DONE)
                        return true;
                if (replay_step(transport, mono))
                        continue;
                wake = run_wake_at(run);
                if (wake == USEC_NEVER)
                        return false;
                if (wake > mono)
                        mono = wake;
        }
        return false;
}

static int read_days(Play *p, const Stream *s, RunEnv *env) {
        env->only_from = s->spec->window.from;
        env->only_to = s->spec->window.to;
        env->is_backfill = p->spec.from || p->spec.to;
        if (p->spec.from && day_parse(bytes_of(p->spec.from), &env->only_from) < 0)
                return fault(p, "case.yaml: \"from\" wants a day as YYYY-MM-DD, not \"%s\"", p->spec.from);
        if (p->spec.to && day_parse(bytes_of(p->spec.to), &env->only_to) < 0)
                return fault(p, "case.yaml: \"to\" wants a day as YYYY-MM-DD, not \"%s\"", p->spec.to);
        return 0;
}

static int play(Play *p, Setup *setup) {
        _cleanup_(hosts_freep) Hosts *hosts = hosts_new();
        _cleanup_(transport_freep) Transport *transport = NULL;
        _cleanup_(auth_freep) Auth *auth = NULL;
        _cleanup_(run_freep) Run *run = NULL;
        _cleanup_(text_done) Text unused = TEXT_INIT(4096);
        RunEnv env = { .hosts = hosts, .instance = "test", .only_unit = p->spec.unit, .deliver = take_parcel, .userdata = p };
        const Connector *c = setup_connector(setup, 0);
        const Stream *s = setup_find(setup, c->spec->connector, p->spec.stream);
        int r;

        if (!s)
                return fault(p, "case.yaml: connector \"%s\" has no stream \"%s\"", c->spec->connector, p->spec.stream);
        if (p->spec.unit && !unit_by_slug(registry_units(setup_registry(setup)), p->spec.unit))
                return fault(p, "case.yaml: no unit \"%s\" in the unit tables", p->spec.unit);
        if (read_days(p, s, &env) != 0)
                return 1;
        r = replay_transport_new(&transport, p->folder);
        if (r >= 0)
                r = auth_new(&auth, &c->spec->auth, c->spec->base_url);
        if (r < 0)
                return fault(p, "%s", err_story(r));
        env.transport = transport;
        env.auth = auth;
        run = run_new(setup, s, p->at, &env, p->at);
        if (!play_to_end(run, transport, p->at))
                return fault(p, "the run did not come to an end at \"%s\"", run_position(run));
        case_outcome_end(&p->got, run_record(run));
        if (replay_unused(transport, &unused))
                (void) text_printf(&p->got.outcome, "recorded, but never asked for: %s\n", text_str(&unused));
        return 0;
}

static int judge(Play *p) {
        CaseOutcome want = CASE_OUTCOME_INIT;
        int r;

        if (p->verb->args->is_update) {
                r = case_outcome_write(p->folder, &p->got);
                return r < 0 ? fault(p, "%s", err_story(r)) : 0;
        }
        r = case_outcome_read(p->folder, &want);
        if (r < 0)
                r = fault(p, "%s", err_story(r));
        else {
                r = case_compare("outcomes", text_bytes(&want.outcome), text_bytes(&p->got.outcome), p->report);
                r |= case_compare("samples", text_bytes(&want.samples), text_bytes(&p->got.samples), p->report);
                r |= case_compare("rejects", text_bytes(&want.rejects), text_bytes(&p->got.rejects), p->report);
        }
        case_outcome_done(&want);
        return r;
}

static int read_spec(Play *p, Arena *arena, Diag *diag) {
        const char *path = arena_printf(arena, "%s/case.yaml", p->folder);
        const ConfNode *root;
        int r = yaml_load(path, arena, diag, &root);

        if (r == 0)
                r = conf_bind(case_fields, root, arena, diag, &p->spec);
        if (r < 0)
                return fault(p, "%s", err_story(r));
        if (r > 0)
                return 1;
        if (usec_parse_utc(bytes_of(p->spec.at), &p->at) < 0)
                return fault(p, "case.yaml: \"at\" wants a moment such as 2024-12-13T09:00:00+07:00, not \"%s\"", p->spec.at);
        return 0;
}

static int load_and_play(Play *p, const char *connector_file, const char *tests) {
        _cleanup_(arena_freep) Arena *arena = arena_new((size_t) 4 << 20);
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        const char *const more[] = { p->folder, tests };       /* the case's own codes come before */
        int r;

        r = read_spec(p, arena, diag);
        if (r == 0) {
                r = setup_load_one(&setup, p->verb->args->config, connector_file, more, ELEMENTS(more), diag);
                if (r < 0)
                        r = fault(p, "%s", err_story(r));
        }
        if (diag_errors(diag))
                diag_render(diag, p->report);
        if (r == 0)
                r = play(p, setup);
        return r != 0 ? r : judge(p);
}

static void tell_json(TestVerb *v, const char *name, bool is_passed, const char *report) {
        json_object(v->json);
        json_pair_str(v->json, "case", name);
        json_pair_str(v->json, "result", !is_passed ? "failed" : v->args->is_update ? "written" : "passed");
        json_pair_str(v->json, "difference", is_passed ? NULL : report);
        json_object_end(v->json);
}

static void run_case(TestVerb *v, const char *stem, const char *tests, const char *name) {
        _cleanup_(text_done) Text folder = TEXT_INIT(4096), label = TEXT_INIT(512), file = TEXT_INIT(4096), report = TEXT_INIT(REPORT_MAX);
        Play p = { .verb = v, .report = &report, .got = CASE_OUTCOME_INIT };
        bool is_passed;

        (void) text_printf(&folder, "%s/%s", tests, name);
        (void) text_printf(&label, "%s/%s", stem, name);
        (void) text_printf(&file, "%s/%s.yaml", v->connectors, stem);
        p.folder = text_str(&folder);
        p.name = text_str(&label);
        is_passed = load_and_play(&p, text_str(&file), tests) == 0;
        v->n_passed += is_passed;
        v->n_failed += !is_passed;
        if (v->json)
                tell_json(v, p.name, is_passed, text_str(&report));
        else if (!is_passed)
                (void) printf("FAILED %s\n%s", p.name, text_str(&report));
        else if (!v->args->is_quiet)
                (void) printf("%s %s\n", v->args->is_update ? "written" : "passed", p.name);
        case_outcome_done(&p.got);
}

/* tests: motcua.tests; only: its case of that name; NULL: all. */
static int run_connector(TestVerb *v, const char *tests_name, const char *only) {
        _cleanup_(text_done) Text tests = TEXT_INIT(4096);
        _cleanup_(strv_freep) char **cases = NULL;
        _free_ char *stem = xstrndup(tests_name, strlen(tests_name) - strlen(".tests"));
        int r;

        (void) text_printf(&tests, "%s/%s", v->connectors, tests_name);
        r = dir_folders(text_str(&tests), "", &cases);
        if (r < 0)
                return verb_fail(EX_NOINPUT, "connector \"%s\" has no test cases: %s", stem, err_story(r));
        for (char **c = cases; *c; c++)
                if (!only || strcmp(only, *c) == 0)
                        run_case(v, stem, text_str(&tests), *c);
        return 0;
}

static int run_word(TestVerb *v, char *word) {
        _cleanup_(text_done) Text name = TEXT_INIT(512);
        char *slash = strchr(word, '/');

        if (slash)
                *slash = '\0';
        (void) text_printf(&name, "%s.tests", word);
        return run_connector(v, text_str(&name), slash ? slash + 1 : NULL);
}

static int run_all(TestVerb *v) {
        _cleanup_(strv_freep) char **folders = NULL;
        int r = dir_folders(v->connectors, ".tests", &folders);

        if (r < 0)
                return verb_fail(EX_NOINPUT, "%s", err_story(r));
        for (char **f = folders; *f && r == 0; f++)
                r = run_connector(v, *f, NULL);
        return r;
}

static int test_main(const VerbArgs *args) {
        _cleanup_(diag_freep) Diag *diag = diag_new();
        _cleanup_(setup_unrefp) Setup *setup = NULL;
        _cleanup_(text_done) Text out = TEXT_INIT((size_t) 64 << 20);
        JsonOut j = JSON_OUT(&out);
        TestVerb v = { .args = args };
        bool is_json;
        int r;

        r = verb_format(args, "text", &is_json);
        if (r != 0)
                return r;
        r = setup_load_one(&setup, args->config, NULL, NULL, 0, diag);
        if (r != 0) {
                _cleanup_(text_done) Text findings = TEXT_INIT(REPORT_MAX);

                diag_render(diag, &findings);
                verb_print(&findings);
                return verb_fail(r == -ENOENT ? EX_NOINPUT : EX_CONFIG, "%s", r < 0 ? err_story(r) : "the configuration has errors");
        }
        v.connectors = setup_connectors_dir(setup);
        secret_source_stand_in("not-a-secret");
        v.json = is_json ? &j : NULL;
        json_array(&j);
        r = 0;
        for (int i = 0; i < args->n_words && r == 0; i++)
                r = run_word(&v, args->words[i]);
        if (!args->n_words)
                r = run_all(&v);
        secret_source_stand_in(NULL);
        if (r != 0)
                return r;
        json_array_end(&j);
        (void) text_add_char(&out, '\n');
        if (is_json)
                verb_print(&out);
        else
                (void) printf("%u passed, %u failed\n", v.n_passed, v.n_failed);
        if (v.n_passed + v.n_failed == 0)
                return verb_fail(EX_NOINPUT, "no such test case below %s", v.connectors);
        return v.n_failed ? 1 : EX_OK;
}

const Verb verb_test = {
        .name = "test",
        .synopsis = "[CONNECTOR[/CASE]...] [--update] [--quiet] [--format text|json]",
        .summary = "Plays the recorded exchanges of connectors offline and compares what comes of them with what is expected",
        .options = "config update quiet format",
        .help = "The cases of connectors.d/NAME.yaml are the folders in connectors.d/NAME.tests/; \"thiduad fetch NAME --record FOLDER\" makes one.\n"
                "Nothing is connected to: no network, no database; secrets are not read, connectors need not be enabled, and time is that of the case.\n"
                "A request that is not recorded fails with what was asked and what is nearest. Exit code 0: all as expected, 1: a case differs, 66: no cases.\n\n"
                "Examples:\n  thiduad test\n  thiduad test motcua --config ./thiduad.yaml\n  thiduad test motcua/thang-3 --update   (then read the difference before you keep it)\n",
        .main = test_main,
};

/* A JSON body written as YAML: the tree is flattened once into steps, which are played into a JSON writer
 * for each ask. */

#include <errno.h>

#include "base/err.h"
#include "base/json_out.h"
#include "base/num.h"
#include "base/vec.h"
#include "fetch/template.h"

typedef enum StepKind {
        STEP_OBJECT,
        STEP_OBJECT_END,
        STEP_ARRAY,
        STEP_ARRAY_END,
        STEP_KEY,
        STEP_RAW,               /* a number, true, false or null as it stands */
        STEP_STRING,            /* a template */
        STEP_NUMBER,            /* a template whose value stands without quotes */
} StepKind;

typedef struct Step {
        StepKind kind;
        char *text;
        Template *template;
} Step;

struct JsonTemplate {
        VEC(Step) steps;
};

JsonTemplate *json_template_free(JsonTemplate *t) {
        if (!t)
                return NULL;
        VEC_EACH(s, &t->steps) {
                xfree(s->text);
                template_free(s->template);
        }
        vec_done(&t->steps);
        return xfree(t);
}

static void add_step(JsonTemplate *t, StepKind kind, const char *text) {
        vec_push(&t->steps, ((Step){ .kind = kind, .text = xstrdup(text) }));
}

static bool is_raw(const ConfNode *at) {
        Bytes text = bytes_of(at->text);

        return at->is_plain &&
               (bytes_equal_str(text, "true") || bytes_equal_str(text, "false") || num_is_decimal(text));
}

static int compile_scalar(JsonTemplate *t, const ConfNode *at, Diag *diag) {
        Step step = { .kind = STEP_STRING };
        int r;

        if (at->is_null) {
                add_step(t, STEP_RAW, "null");
                return 0;
        }
        if (is_raw(at)) {
                add_step(t, STEP_RAW, at->text);
                return 0;
        }
        r = template_compile(at->text, at, diag, &step.template);
        if (r != 0)
                return r;
        if (template_is_number(step.template))
                step.kind = STEP_NUMBER;
        vec_push(&t->steps, step);
        return 0;
}

/* The tree's depth is bounded where YAML is read. */
static int compile_node(JsonTemplate *t, const ConfNode *at, Diag *diag) {
        bool is_map = at->kind == CONF_NODE_MAP;
        int n_bad = 0;

        if (at->kind == CONF_NODE_SCALAR)
                return compile_scalar(t, at, diag);
        add_step(t, is_map ? STEP_OBJECT : STEP_ARRAY, NULL);
        for (const ConfNode *child = at->first; child; child = child->next) {
                if (is_map)
                        add_step(t, STEP_KEY, child->key);
                n_bad += compile_node(t, child, diag);
        }
        add_step(t, is_map ? STEP_OBJECT_END : STEP_ARRAY_END, NULL);
        return n_bad > 0;
}

int json_template_compile(const ConfNode *at, Diag *diag, JsonTemplate **ret) {
        _cleanup_(json_template_freep) JsonTemplate *t = NEW(JsonTemplate);
        int r;

        r = compile_node(t, at, diag);
        if (r != 0)
                return r;
        vec_fit(&t->steps);
        *ret = TAKE(t);
        return 0;
}

bool json_template_uses(const JsonTemplate *t, const char *prefix) {
        VEC_EACH(s, &t->steps)
                if (s->template && template_uses(s->template, prefix))
                        return true;
        return false;
}

static int play_template(const Step *s, const TemplateVars *vars, JsonOut *out) {
        _cleanup_(text_done) Text value = TEXT_INIT(out->to->limit);
        int r;

        r = template_fill(s->template, vars, TEMPLATE_TEXT, &value);
        if (r < 0)
                return r;
        if (s->kind == STEP_NUMBER)
                json_number(out, text_bytes(&value));
        else
                json_bytes(out, value.data ? text_bytes(&value) : BYTES_LIT(""));
        return 0;
}

static int play(const Step *s, const TemplateVars *vars, JsonOut *out) {
        switch (s->kind) {
        case STEP_OBJECT:
                json_object(out);
                return 0;
        case STEP_OBJECT_END:
                json_object_end(out);
                return 0;
        case STEP_ARRAY:
                json_array(out);
                return 0;
        case STEP_ARRAY_END:
                json_array_end(out);
                return 0;
        case STEP_KEY:
                json_key(out, s->text);
                return 0;
        case STEP_RAW:
                json_number(out, bytes_of(s->text));
                return 0;
        default:
                return play_template(s, vars, out);
        }
}

int json_template_fill(const JsonTemplate *t, const TemplateVars *vars, Text *ret) {
        JsonOut out = JSON_OUT(ret);

        VEC_EACH(s, &t->steps) {
                int r = play(s, vars, &out);

                if (r < 0)
                        return r;
        }
        if (ret->is_full)
                return err(-E2BIG, "the JSON body is longer than %zu bytes", ret->limit);
        return 0;
}

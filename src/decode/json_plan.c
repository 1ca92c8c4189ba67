/* What a JSON format looks for, compiled: the lists that `records` names, and a tree of selectors for each
 * level of them. */

#include <errno.h>

#include "base/err.h"
#include "base/vec.h"
#include "decode/json_plan.h"

typedef struct Build {
        JsonPlan *plan;
        Arena *arena;
        Diag *diag;
        VEC(JqField) programs[JSON_LEVELS + 1];
        VEC(int) program_slots[JSON_LEVELS + 1];
} Build;

static int too_large(void) {
        return err(-E2BIG, "configuration is larger than its bound");
}

const JsonNode *json_node_find(const JsonNode *parent, Bytes name) {
        for (const JsonNode *n = parent->first; n; n = n->next)
                if (n->kind == PATH_NAME && n->name.len == name.len &&
                                (!name.len || (*n->name.data == *name.data && (name.len == 1 || memcmp(n->name.data, name.data, name.len) == 0))))
                        return n;
        return NULL;
}

const JsonNode *json_node_at(const JsonNode *parent, size_t index) {
        for (const JsonNode *n = parent->first; n; n = n->next)
                if (n->kind == PATH_INDEX && n->index == index)
                        return n;
        return NULL;
}

static JsonNode *find_child(JsonNode *parent, const PathStep *step) {
        for (JsonNode *n = parent->first; n; n = n->next)
                if (n->kind == step->kind && n->index == step->index && bytes_equal(n->name, step->name))
                        return n;
        return NULL;
}

static int insert(JsonNode *at, const Path *path, int slot, Arena *arena) {
        int *slots;

        for (size_t i = 0; i < path->n_steps; i++) {
                JsonNode *child = find_child(at, &path->steps[i]);

                if (!child) {
                        child = ARENA_NEW(arena, JsonNode);
                        if (!child)
                                return too_large();
                        child->kind = path->steps[i].kind;
                        child->name = path->steps[i].name;
                        child->index = path->steps[i].index;
                        child->next = at->first;
                        at->first = child;
                        if (child->kind == PATH_NAME)
                                at->names |= json_name_bit(child->name);
                }
                at = child;
        }
        slots = ARENA_NEW_N(arena, int, at->n_slots + 1);
        if (!slots)
                return too_large();
        if (at->n_slots)
                memcpy(slots, at->slots, at->n_slots * sizeof(int));
        slots[at->n_slots++] = slot;
        at->slots = slots;
        return 0;
}

static bool has_each(const Path *path) {
        for (size_t i = 0; i < path->n_steps; i++)
                if (path->steps[i].kind == PATH_EACH)
                        return true;
        return false;
}

/* Cuts ".data.a[].b[]" into ".data.a" and ".b". */
static int split_records(Build *b, const Path *path, const ConfNode *at) {
        JsonPlan *plan = b->plan;
        size_t from = 0;

        plan->n_levels = 0;
        for (size_t i = 0; i < path->n_steps; i++) {
                if (path->steps[i].kind != PATH_EACH)
                        continue;
                if (plan->n_levels == JSON_LEVELS) {
                        diag_error(b->diag, at, "more than %d lists within each other", JSON_LEVELS);
                        return 1;
                }
                plan->lists[plan->n_levels++] = (Path){ path->steps + from, i - from };
                from = i + 1;
        }
        if (from != path->n_steps) {
                diag_error(b->diag, at,
                                "\"%s\" names one value: write \"%s[]\" when it is the list of records",
                                plan->spec->common.records, plan->spec->common.records);
                return 1;
        }
        return 0;
}

static int plan_records(Build *b, const ConfNode *at) {
        JsonPlan *plan = b->plan;
        const char *records = plan->spec->common.records;
        Path path;
        int r;

        plan->n_levels = 1;
        if (!records) {
                plan->is_auto = true;
                return 0;
        }
        r = path_parse(bytes_of(records), b->arena, &path);
        if (r < 0)
                return r;
        if (r == 0) {
                diag_error(b->diag, at,
                                "\"%s\" is no plain path to a list, such as \".data.items[]\"; programs "
                                "belong under `expand`",
                                records);
                return 1;
        }
        if (!path.n_steps) {
                plan->is_whole = true;
                return 0;
        }
        return split_records(b, &path, at);
}

/* A field of the element of level `level`. */
static int plan_program(Build *b, size_t level, int slot, const char *program, const ConfNode *node) {
        vec_push(&b->programs[level], ((JqField){ .program = program, .node = node }));
        vec_push(&b->program_slots[level], slot);
        return 0;
}

static int plan_field(Build *b, int slot, const ConfPair *pair) {
        JsonPlan *plan = b->plan;
        const char *text = pair->value;
        size_t level = plan->n_levels;
        Path path;
        int r;

        while (*text == '^') {
                if (--level == 0) {
                        diag_error(b->diag, pair->node,
                                        "\"%s\" looks further out than `records` goes in; fields of the "
                                        "document itself belong under `envelope`",
                                        pair->value);
                        return 1;
                }
                text++;
        }
        plan->level_of[slot] = (unsigned char) level;
        if (level < plan->outermost)
                plan->outermost = level;
        if (plan->spec->expand && level == plan->n_levels)
                return plan_program(b, level, slot, text, pair->node);
        r = path_parse(bytes_of(text), b->arena, &path);
        if (r < 0)
                return r;
        if (r == 0 || has_each(&path))
                return plan_program(b, level, slot, text, pair->node);
        return insert(plan->scopes[level], &path, slot, b->arena);
}

static int plan_envelope(Build *b, int slot, const ConfPair *pair) {
        Path path;
        int r = path_parse(bytes_of(pair->value), b->arena, &path);

        if (r < 0)
                return r;
        if (r == 0 || has_each(&path)) {
                diag_error(b->diag, pair->node,
                                "\"%s\" is no plain path, such as \".data.total\": the envelope is read "
                                "while the answer streams by",
                                pair->value);
                return 1;
        }
        return insert(b->plan->envelope, &path, slot, b->arena);
}

static int plan_selectors(Build *b) {
        const FormatCommon *common = &b->plan->spec->common;
        int bad = 0, r;

        for (size_t i = 0; i < common->fields.len; i++) {
                r = plan_field(b, (int) i, &common->fields.items[i]);
                if (r < 0)
                        return r;
                bad |= r;
        }
        for (size_t i = 0; i < common->envelope.len; i++) {
                r = plan_envelope(b, (int) i, &common->envelope.items[i]);
                if (r < 0)
                        return r;
                bad |= r;
        }
        return bad;
}

static int compile_programs(Build *b, const ConfNode *at) {
        JsonPlan *plan = b->plan;
        JqField expand = { .program = plan->spec->expand, .node = at ? conf_child(at, "expand") : NULL };

        for (size_t level = 1; level <= plan->n_levels; level++) {
                JsonPrograms *p = &plan->programs[level];
                const JqField *e = expand.program && level == plan->n_levels ? &expand : NULL;
                int r;

                p->n = b->programs[level].len;
                if (!p->n && !e)
                        continue;
                p->slots = ARENA_NEW_N(b->arena, int, p->n);
                if (!p->slots)
                        return too_large();
                if (p->n)
                        memcpy(p->slots, b->program_slots[level].items, p->n * sizeof(int));
                r = jq_set_new(&p->set, b->programs[level].items, p->n, e, b->diag);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* Where nothing is looked for one empty tree serves all. */
static JsonNode *tree_for(const ConfPairs *pairs, Arena *arena) {
        static JsonNode empty;

        return pairs->len ? ARENA_NEW(arena, JsonNode) : &empty;
}

static int make_trees(Build *b) {
        JsonPlan *plan = b->plan;
        const FormatCommon *common = &plan->spec->common;

        plan->envelope = tree_for(&common->envelope, b->arena);
        for (size_t i = 1; i <= plan->n_levels; i++)
                plan->scopes[i] = tree_for(&common->fields, b->arena);
        plan->level_of = ARENA_NEW_N(b->arena, unsigned char, common->fields.len);
        return plan->envelope && plan->scopes[plan->n_levels] && plan->level_of ? 0 : too_large();
}

static int build(Build *b, const ConfNode *at) {
        JsonPlan *plan = b->plan;
        int r;

        r = plan_records(b, at && conf_child(at, "records") ? conf_child(at, "records") : at);
        if (r != 0)
                return r;
        r = make_trees(b);
        if (r < 0)
                return r;
        plan->outermost = plan->n_levels;
        r = plan_selectors(b);
        return r ? r : compile_programs(b, at);
}

int json_plan_new(JsonPlan **ret, const JsonSpec *spec, const ConfNode *at, Arena *arena, Diag *diag) {
        Build b = { .plan = ARENA_NEW(arena, JsonPlan), .arena = arena, .diag = diag };
        int r;

        if (!b.plan)
                return too_large();
        b.plan->spec = spec;
        r = build(&b, at);
        for (size_t i = 0; i <= JSON_LEVELS; i++) {
                vec_done(&b.programs[i]);
                vec_done(&b.program_slots[i]);
        }
        if (r != 0) {
                json_plan_release(b.plan);
                return r;
        }
        *ret = b.plan;
        return 0;
}

void json_plan_release(void *plan) {
        JsonPlan *p = plan;

        for (size_t i = 0; i <= JSON_LEVELS; i++)
                p->programs[i].set = jq_set_free(p->programs[i].set);
}

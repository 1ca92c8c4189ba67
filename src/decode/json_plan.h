/* What a JSON format looks for, compiled: the lists that `records` names, and a tree of selectors for each
 * level of them. */
#pragma once

#include "decode/decode.h"
#include "decode/jq.h"
#include "decode/path.h"

enum { JSON_LEVELS = 4 }; /* lists within lists */

typedef struct JsonSpec {
        FormatCommon common;
        char *expand;
} JsonSpec;

/* A step of a selector, below the value it is relative to. */
typedef struct JsonNode {
        PathStepKind kind;
        Bytes name;
        size_t index;
        int *slots; /* fields that end here */
        size_t n_slots;
        struct JsonNode *first, *next; /* children; siblings */
        uint64_t names;                /* bit json_name_bit() is set for the name of each child: most names are none of them */
} JsonNode;

const JsonNode *json_node_find(const JsonNode *parent, Bytes name);

typedef struct JsonPrograms {
        JqSet *set; /* NULL: no programs on this level */
        int *slots; /* field of each program */
        size_t n;
} JsonPrograms;

typedef struct JsonPlan {
        const JsonSpec *spec;
        bool is_auto;            /* no `records`: a list is the list of records, an object is the record */
        bool is_whole;           /* `.`: the document is the record */
        size_t n_levels;         /* at least 1 */
        Path lists[JSON_LEVELS]; /* [k]: from an element of level k (0: the document) to the list whose
                                    elements are level k + 1 */
        unsigned char *level_of; /* of each field */
        JsonNode *envelope;
        JsonNode *scopes[JSON_LEVELS + 1]; /* [k]: selectors relative to an element of level k, from 1 to n_levels */
        JsonPrograms programs[JSON_LEVELS + 1];
        size_t outermost; /* level whose end completes records: n_levels, or less when fields look out of
                             their list */
} JsonPlan;

static inline uint64_t json_name_bit(Bytes name) {
        return UINT64_C(1) << ((name.len ? name.len * 5 + (unsigned char) *name.data + (unsigned char) name.data[name.len - 1] * 3U : 0) & 63);
}
static inline const JsonNode *json_node_named(const JsonNode *parent, Bytes name) { /* NULL: nothing is looked for there */
        return parent->names & json_name_bit(name) ? json_node_find(parent, name) : NULL;
}
/* Findings and 1, or 0; -errno. */
int json_plan_new(JsonPlan **ret, const JsonSpec *spec, const ConfNode *at, Arena *arena, Diag *diag);
void json_plan_release(void *plan);
const JsonNode *json_node_at(const JsonNode *parent, size_t index);

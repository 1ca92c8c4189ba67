/* YAML file to a tree of nodes with places. Bounds on size, depth, nodes and aliases; duplicate keys are findings. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "config/diag.h"

typedef enum ConfKind {
        CONF_NODE_SCALAR,
        CONF_NODE_LIST,
        CONF_NODE_MAP,
} ConfKind;

typedef struct ConfNode {
        ConfKind kind;
        bool is_plain;          /* scalar without quotes */
        bool is_null;           /* plain scalar that is empty, ~ or null */
        const char *file;
        unsigned line, col;     /* from 1, of the value's first character */
        unsigned key_line, key_col; /* of its key, for members of a map */
        const char *key;        /* member of a map: its key; otherwise NULL */
        const char *text;       /* scalar */
        const struct ConfNode *parent;
        const struct ConfNode *first;   /* list or map: children in order, chained by next */
        const struct ConfNode *next;
        size_t n_children;
} ConfNode;

/* Nodes live in the arena. 0: *ret is the root (NULL: empty file, a finding); outcomes of bad input are findings in diag and 1.
 * -errno: the file could not be read. */
int yaml_load(const char *path, Arena *arena, Diag *diag, const ConfNode **ret);
int yaml_parse(const char *name, Bytes text, Arena *arena, Diag *diag, const ConfNode **ret);

const ConfNode *conf_child(const ConfNode *map, const char *key);      /* NULL: not there, or not a map */

/* YAML events of libyaml to a tree of nodes. Aliases and tags are refused: a configuration says each thing where it stands. */

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/err.h"
#include "base/file.h"
#include "base/map.h"
#include "config/yaml.h"

enum { FILE_LIMIT = 1 << 20, DEPTH_MAX = 32, NODES_MAX = 100000, KEYS_COMPARED = 16 };

typedef struct Level {
        ConfNode *node;
        const ConfNode **tail;          /* where the next child is hung */
        const char *key;                /* member of a map: its key has come, the value has not */
        unsigned key_line, key_col;
} Level;

typedef struct Builder {
        Arena *arena;
        Diag *diag;
        const char *file;
        Bytes text;
        Map *keys;                      /* of maps with many keys: address of the map, then the key; NULL: there was none yet */
        Level levels[DEPTH_MAX];
        size_t depth;
        size_t n_nodes;
        const ConfNode *root;
        bool is_bad;                    /* parsing stops */
        bool has_duplicate;
} Builder;

static void bad(Builder *b, yaml_mark_t mark, const char *message) {
        diag_error_at(b->diag, b->file, (unsigned) mark.line + 1, (unsigned) mark.column + 1, "%s", message);
        b->is_bad = true;
}

static bool is_null_word(const char *text) {
        return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

/* The line of the first key of that name in the open map, 0: there is none; the key is put there. The value in the map of keys is the line, which is at least 1. */
static unsigned look_up_key(Builder *b, const ConfNode *map, const char *key, unsigned line) {
        _cleanup_(text_done) Text id = TEXT_INIT(FILE_LIMIT + sizeof(map));
        uintptr_t first;

        if (!b->keys)
                b->keys = map_new(NULL);
        (void) text_add(&id, (Bytes){ (const char *) &map, sizeof(map) });
        (void) text_add_str(&id, key);
        first = (uintptr_t) map_get(b->keys, text_bytes(&id));
        if (!first)
                (void) map_put(b->keys, text_bytes(&id), (void *) (uintptr_t) line);
        return (unsigned) first;
}

/* A map of few keys is compared with them one by one; one of many gets a table, so that it costs no more than others. */
static unsigned find_key(Builder *b, const ConfNode *map, const char *key, unsigned line) {
        unsigned first = 0;

        if (map->n_children == KEYS_COMPARED)
                for (const ConfNode *c = map->first; c; c = c->next)
                        (void) look_up_key(b, map, c->key, c->key_line);
        if (map->n_children >= KEYS_COMPARED)
                return look_up_key(b, map, key, line);
        for (const ConfNode *c = map->first; c && !first; c = c->next)
                if (strcmp(c->key, key) == 0)
                        first = c->key_line;
        return first;
}

/* Parsing goes on: whoever copied a block has more than one key twice. */
static void check_duplicate(Builder *b, const Level *l, const char *key, yaml_mark_t mark) {
        unsigned line = (unsigned) mark.line + 1, first = find_key(b, l->node, key, line);

        if (!first)
                return;
        diag_error_at(b->diag, b->file, line, (unsigned) mark.column + 1, "key \"%s\" stands twice, first in line %u", key, first);
        b->has_duplicate = true;
}

/* Hangs the node under what is open. */
static void hang(Builder *b, ConfNode *node) {
        Level *l = b->depth ? &b->levels[b->depth - 1] : NULL;

        if (!l) {
                b->root = node;
                return;
        }
        node->parent = l->node;
        if (l->node->kind == CONF_NODE_MAP) {
                node->key = l->key;
                node->key_line = l->key_line;
                node->key_col = l->key_col;
                l->key = NULL;
        }
        *l->tail = node;
        l->tail = &node->next;
        l->node->n_children++;
}

static ConfNode *new_node(Builder *b, ConfKind kind, yaml_mark_t mark) {
        ConfNode *node = b->n_nodes++ < NODES_MAX ? ARENA_NEW(b->arena, ConfNode) : NULL;

        if (!node) {
                bad(b, mark, "the file is larger than its bound: too many nodes");
                return NULL;
        }
        node->kind = kind;
        node->file = b->file;
        node->line = (unsigned) mark.line + 1;
        node->col = (unsigned) mark.column + 1;
        return node;
}

/* True: the scalar is the key of a member, not a value. */
static bool take_key(Builder *b, const char *text, yaml_mark_t mark) {
        Level *l = b->depth ? &b->levels[b->depth - 1] : NULL;

        if (!l || l->node->kind != CONF_NODE_MAP || l->key)
                return false;
        check_duplicate(b, l, text, mark);
        l->key = text;
        l->key_line = (unsigned) mark.line + 1;
        l->key_col = (unsigned) mark.column + 1;
        return true;
}

static void on_scalar(Builder *b, const yaml_event_t *e) {
        const char *value = (const char *) e->data.scalar.value;
        const char *text = arena_dup(b->arena, (Bytes){ value, e->data.scalar.length });
        ConfNode *node;

        if (!text || strlen(text) != e->data.scalar.length) {
                bad(b, e->start_mark, text ? "a zero byte cannot stand in a value" : "the file is larger than its bound");
                return;
        }
        if (take_key(b, text, e->start_mark))
                return;
        node = new_node(b, CONF_NODE_SCALAR, e->start_mark);
        if (!node)
                return;
        node->text = text;
        node->is_plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        node->is_null = node->is_plain && is_null_word(text);
        hang(b, node);
}

static void on_open(Builder *b, ConfKind kind, yaml_mark_t mark) {
        Level *l = b->depth ? &b->levels[b->depth - 1] : NULL;
        ConfNode *node;

        if (l && l->node->kind == CONF_NODE_MAP && !l->key) {
                bad(b, mark, "a key must be a word, not a list or a map");
                return;
        }
        if (b->depth == DEPTH_MAX) {
                bad(b, mark, "nested deeper than 32 levels");
                return;
        }
        node = new_node(b, kind, mark);
        if (!node)
                return;
        hang(b, node);
        b->levels[b->depth++] = (Level){ .node = node, .tail = &node->first };
}

static bool has_tag(const yaml_event_t *e) {
        const yaml_char_t *tag = e->type == YAML_SCALAR_EVENT           ? e->data.scalar.tag
                                 : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.tag
                                 : e->type == YAML_MAPPING_START_EVENT  ? e->data.mapping_start.tag
                                                                        : NULL;

        return tag && tag[0];
}

static void on_event(Builder *b, const yaml_event_t *e) {
        if (has_tag(e)) {
                bad(b, e->start_mark, "tags (\"!...\") are not used here: write the plain value");
                return;
        }
        switch (e->type) {
        case YAML_SCALAR_EVENT:
                on_scalar(b, e);
                break;
        case YAML_SEQUENCE_START_EVENT:
                on_open(b, CONF_NODE_LIST, e->start_mark);
                break;
        case YAML_MAPPING_START_EVENT:
                on_open(b, CONF_NODE_MAP, e->start_mark);
                break;
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                b->depth--;
                break;
        case YAML_ALIAS_EVENT:
                bad(b, e->start_mark, "aliases (\"*name\") are not used here: write the value out");
                break;
        case YAML_DOCUMENT_START_EVENT:
                if (b->root)
                        bad(b, e->start_mark, "a second document begins here: one file holds one document");
                break;
        default:
                break;
        }
}

/* Line and column, from 1, of a byte. */
static void place_of_byte(Bytes text, size_t at, unsigned *ret_line, unsigned *ret_col) {
        *ret_line = *ret_col = 1;
        for (size_t i = 0; i < at && i < text.len; i++) {
                if (text.data[i] == '\n') {
                        ++*ret_line;
                        *ret_col = 1;
                } else if ((text.data[i] & 0xC0) != 0x80)
                        ++*ret_col;
        }
}

/* What indents the line up to the place; libyaml only says that "a character cannot start any token". */
static bool is_tab_before(Bytes text, yaml_mark_t mark) {
        const char *p = text.data, *end = text.data + text.len;

        for (size_t line = 0; line < mark.line && p < end; line++) {
                p = memchr(p, '\n', (size_t) (end - p));
                if (!p)
                        return false;
                p++;
        }
        while (p < end && (*p == ' ' || *p == '\t'))
                if (*p++ == '\t')
                        return true;
        return false;
}

static void report_problem(Builder *b, const yaml_parser_t *p) {
        yaml_mark_t mark = p->problem_mark;
        const char *problem = p->problem ? p->problem : "not YAML";
        unsigned line = (unsigned) mark.line + 1, col = (unsigned) mark.column + 1;

        if (p->error == YAML_READER_ERROR) {
                place_of_byte(b->text, p->problem_offset, &line, &col);
                diag_error_at(b->diag, b->file, line, col, "not readable as text: %s; the file must be UTF-8", problem);
        } else if (b->text.len && is_tab_before(b->text, mark))
                diag_error_at(b->diag, b->file, line, col, "a tab cannot indent a line; use spaces");
        else if (p->context)
                diag_error_at(b->diag, b->file, line, col, "not YAML: %s (%s, line %zu)", problem, p->context, p->context_mark.line + 1);
        else
                diag_error_at(b->diag, b->file, line, col, "not YAML: %s", problem);
}

static void parse_events(Builder *b, yaml_parser_t *p) {
        yaml_event_type_t type = YAML_NO_EVENT;

        while (type != YAML_STREAM_END_EVENT && !b->is_bad) {
                yaml_event_t e;

                if (!yaml_parser_parse(p, &e)) {
                        report_problem(b, p);
                        b->is_bad = true;
                        return;
                }
                on_event(b, &e);
                type = e.type;
                yaml_event_delete(&e);
        }
}

int yaml_parse(const char *name, Bytes text, Arena *arena, Diag *diag, const ConfNode **ret) {
        /* A byte order mark is no character of the first line; libyaml would count it as one. */
        bool has_mark = bytes_starts(text, "\xEF\xBB\xBF");
        Builder b = { .arena = arena, .diag = diag, .file = arena_strdup(arena, name), .text = has_mark ? (Bytes){ text.data + 3, text.len - 3 } : text };
        yaml_parser_t parser;

        if (!b.file || !yaml_parser_initialize(&parser))
                return err(-E2BIG, "configuration is larger than its bound");
        yaml_parser_set_input_string(&parser, (const unsigned char *) (b.text.data ? b.text.data : ""), b.text.len);
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        parse_events(&b, &parser);
        b.keys = map_free(b.keys);
        yaml_parser_delete(&parser);
        if (b.is_bad || b.has_duplicate)
                return 1;
        if (!b.root) {
                diag_error_at(diag, name, 1, 1, "the file is empty");
                return 1;
        }
        *ret = b.root;
        return 0;
}

int yaml_load(const char *path, Arena *arena, Diag *diag, const ConfNode **ret) {
        _cleanup_(text_done) Text text = TEXT_INIT(FILE_LIMIT);
        int r;

        r = file_read(path, &text);
        if (r == -E2BIG) {
                diag_error_at(diag, path, 0, 0, "the file is larger than 1 MiB");
                return 1;
        }
        return r < 0 ? r : yaml_parse(path, text_bytes(&text), arena, diag, ret);
}

const ConfNode *conf_child(const ConfNode *map, const char *key) {
        if (!map || map->kind != CONF_NODE_MAP)
                return NULL;
        for (const ConfNode *n = map->first; n; n = n->next)
                if (strcmp(n->key, key) == 0)
                        return n;
        return NULL;
}

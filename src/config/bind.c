/* Option tables to structs. One function for each type turns a node into a member; the table says which. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "base/size.h"
#include "config/bind.h"

enum { WORDS_MAX = 1024, CANDIDATES_MAX = 256, NAME_MAX_LEN = 64, FIELDS_MAX = 64 };

typedef struct Binder {
        Arena *arena;
        Arena *places;          /* of the lists of places */
        Diag *diag;
        bool is_full;           /* the arena has reached its bound */
} Binder;

/* What a field is filled from: a node, or the text of its default. */
typedef struct Given {
        const ConfNode *node;   /* for places; the enclosing map where a default is used */
        const char *text;       /* scalar; NULL: not a scalar */
        bool is_default;
} Given;

/* ---- nearest word ---- */

static size_t least(size_t a, size_t b, size_t c) {
        size_t m = a < b ? a : b;

        return m < c ? m : c;
}

/* Levenshtein distance, with a swap of neighbours counted once. */
static size_t distance(const char *a, const char *b) {
        size_t la = strlen(a), lb = strlen(b);
        size_t rows[3][NAME_MAX_LEN + 1];

        if (la > NAME_MAX_LEN || lb > NAME_MAX_LEN)
                return SIZE_MAX;
        for (size_t k = 0; k <= lb; k++)
                rows[0][k] = k;
        for (size_t i = 1; i <= la; i++) {
                size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];

                now[0] = i;
                for (size_t k = 1; k <= lb; k++) {
                        now[k] = least(before[k] + 1, now[k - 1] + 1, before[k - 1] + (a[i - 1] != b[k - 1]));
                        if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                                now[k] = least(now[k], earlier[k - 2] + 1, SIZE_MAX);
                }
        }
        return rows[la % 3][lb];
}

const char *conf_nearest(const char *word, const char *const *candidates) {
        const char *nearest = NULL;
        size_t best = strlen(word) / 3 > 0 ? strlen(word) / 3 : 1;

        for (; *candidates; candidates++) {
                size_t d = distance(word, *candidates);

                if (d < best || (d == best && !nearest)) {
                        nearest = *candidates;
                        best = d;
                }
        }
        return nearest;
}

static void add_words(Text *t, const char *const *words) {
        for (size_t i = 0; words[i]; i++)
                (void) text_printf(t, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

/* ---- scalars ---- */

static void *keep(Binder *b, void *p) {
        b->is_full = b->is_full || !p;
        return p;
}

/* Defaults are written in the tables, which outlive everything; no reader writes to a bound text. */
static char *keep_text(Binder *b, const Given *g) {
        return g->is_default ? (char *) (uintptr_t) g->text : keep(b, arena_strdup(b->arena, g->text));
}

static const char *kind_words(const ConfNode *node) {
        return node->kind == CONF_NODE_LIST ? "a list" : node->kind == CONF_NODE_MAP ? "a map" : "a single value";
}

static bool wants_scalar(Binder *b, const ConfField *f, const Given *g) {
        if (g->text)
                return true;
        diag_error(b->diag, g->node, "\"%s\" must be a single value, not %s", f->key, kind_words(g->node));
        return false;
}

static void bind_string(Binder *b, const ConfField *f, const Given *g, char **member) {
        if (!wants_scalar(b, f, g))
                return;
        if (!*g->text && (f->flags & CONF_NONEMPTY))
                diag_error(b->diag, g->node, "\"%s\" must not be empty", f->key);
        *member = keep_text(b, g);
}

static void bind_bool(Binder *b, const ConfField *f, const Given *g, bool *member) {
        static const char *const yes[] = { "yes", "true", "on" }, *const no[] = { "no", "false", "off" };

        if (!wants_scalar(b, f, g))
                return;
        for (size_t i = 0; i < ELEMENTS(yes); i++) {
                if (strcmp(g->text, yes[i]) == 0) {
                        *member = true;
                        return;
                }
                if (strcmp(g->text, no[i]) == 0) {
                        *member = false;
                        return;
                }
        }
        diag_error(b->diag, g->node, "\"%s\" must be yes or no, not \"%s\"", f->key, g->text);
}

static void add_number(const ConfField *f, uint64_t v, Text *t) {
        if (f->type == CONF_DURATION)
                usec_render(v, t);
        else if (f->type == CONF_SIZE)
                size_render(v, t);
        else
                (void) text_printf(t, "%" PRIu64, v);
}

static void check_range(Binder *b, const ConfField *f, const Given *g, uint64_t v) {
        _cleanup_(text_done) Text low = TEXT_INIT(64), high = TEXT_INIT(64);

        if ((!f->min && !f->max) || (v >= f->min && v <= f->max))
                return;
        add_number(f, f->min, &low);
        add_number(f, f->max, &high);
        diag_error(b->diag, g->node, "\"%s\" must be from %s to %s, not %s", f->key, text_str(&low), text_str(&high), g->text);
}

static void bind_uint(Binder *b, const ConfField *f, const Given *g, unsigned *member) {
        uint64_t v;

        if (!wants_scalar(b, f, g))
                return;
        if (num_parse_u64(bytes_of(g->text), &v) < 0 || v > UINT32_MAX) {
                diag_error(b->diag, g->node, "\"%s\" must be a whole number, not \"%s\"", f->key, g->text);
                return;
        }
        check_range(b, f, g, v);
        *member = (unsigned) v;
}

static void bind_int64(Binder *b, const ConfField *f, const Given *g, int64_t *member) {
        if (wants_scalar(b, f, g) && num_parse_i64(bytes_of(g->text), member) < 0)
                diag_error(b->diag, g->node, "\"%s\" must be a whole number, not \"%s\"", f->key, g->text);
}

static void bind_size(Binder *b, const ConfField *f, const Given *g, uint64_t *member) {
        if (!wants_scalar(b, f, g))
                return;
        if (size_parse(bytes_of(g->text), member) < 0) {
                diag_error(b->diag, g->node, "\"%s\" must be a size with its unit, such as 64 MiB, not \"%s\"", f->key, g->text);
                return;
        }
        check_range(b, f, g, *member);
}

static void bind_duration(Binder *b, const ConfField *f, const Given *g, usec_t *member) {
        if (!wants_scalar(b, f, g))
                return;
        if (usec_parse(bytes_of(g->text), member) < 0) {
                diag_error(b->diag, g->node, "\"%s\" must be a time with its unit, such as 15 min, not \"%s\"", f->key, g->text);
                return;
        }
        check_range(b, f, g, *member);
}

static void bind_day(Binder *b, const ConfField *f, const Given *g, Day *member) {
        if (wants_scalar(b, f, g) && day_parse(bytes_of(g->text), member) < 0)
                diag_error(b->diag, g->node, "\"%s\" must be a day as YYYY-MM-DD, not \"%s\"", f->key, g->text);
}

static void bind_decimal(Binder *b, const ConfField *f, const Given *g, char **member) {
        _cleanup_(text_done) Text canonical = TEXT_INIT(256);

        if (!wants_scalar(b, f, g))
                return;
        if (num_canonical(bytes_of(g->text), &canonical) < 0) {
                diag_error(b->diag, g->node, "\"%s\" must be a number with a point for decimals, not \"%s\"", f->key, g->text);
                return;
        }
        *member = keep(b, arena_dup(b->arena, text_bytes(&canonical)));
}

static void bind_word(Binder *b, const ConfField *f, const Given *g, int *member) {
        _cleanup_(text_done) Text list = TEXT_INIT(WORDS_MAX);
        const char *nearest;

        if (!wants_scalar(b, f, g))
                return;
        for (int i = 0; f->words[i]; i++)
                if (strcmp(f->words[i], g->text) == 0) {
                        *member = i;
                        return;
                }
        nearest = conf_nearest(g->text, f->words);
        add_words(&list, f->words);
        if (nearest)
                diag_error(b->diag, g->node, "\"%s\" cannot be \"%s\"; did you mean \"%s\"? It is one of %s", f->key, g->text, nearest, text_str(&list));
        else
                diag_error(b->diag, g->node, "\"%s\" must be %s, not \"%s\"", f->key, text_str(&list), g->text);
}

/* ---- collections ---- */

static void bind_strings(Binder *b, const ConfField *f, const Given *g, ConfStrings *member) {
        const ConfNode *node = g->node;
        size_t i = 0, n = g->text ? 1 : node->n_children;

        if (!g->text && node->kind != CONF_NODE_LIST) {
                diag_error(b->diag, node, "\"%s\" must be a list, not a map", f->key);
                return;
        }
        member->items = keep(b, ARENA_NEW_N(b->arena, char *, n));
        member->nodes = keep(b, ARENA_NEW_N(b->places, const ConfNode *, n));
        if (b->is_full)
                return;
        if (g->text) {
                member->items[0] = keep_text(b, g);
                member->nodes[0] = node;
                member->len = 1;
                return;
        }
        for (const ConfNode *c = node->first; c; c = c->next) {
                if (c->kind != CONF_NODE_SCALAR) {
                        diag_error(b->diag, c, "the members of \"%s\" must be single values, not %s", f->key, kind_words(c));
                        continue;
                }
                member->items[i] = keep(b, arena_strdup(b->arena, c->text));
                member->nodes[i++] = c;
        }
        member->len = i;
        if (!n && (f->flags & CONF_NONEMPTY))
                diag_error(b->diag, node, "\"%s\" must not be empty", f->key);
}

static void bind_pairs(Binder *b, const ConfField *f, const Given *g, ConfPairs *member) {
        const ConfNode *node = g->node;
        size_t i = 0;

        if (g->text || node->kind != CONF_NODE_MAP) {
                diag_error(b->diag, node, "\"%s\" must be a map of names and values, not %s", f->key, g->text ? "a single value" : kind_words(node));
                return;
        }
        member->items = keep(b, ARENA_NEW_N(b->arena, ConfPair, node->n_children));
        if (b->is_full)
                return;
        for (const ConfNode *c = node->first; c; c = c->next) {
                if (c->kind != CONF_NODE_SCALAR) {
                        diag_error(b->diag, c, "\"%s\" under \"%s\" must be a single value, not %s", c->key, f->key, kind_words(c));
                        continue;
                }
                member->items[i++] = (ConfPair){
                        .key = keep(b, arena_strdup(b->arena, c->key)), .value = keep(b, arena_strdup(b->arena, c->text)), .node = c };
        }
        member->len = i;
        if (!i && (f->flags & CONF_NONEMPTY))
                diag_error(b->diag, node, "\"%s\" must not be empty", f->key);
}

static const ConfField secret_fields[] = {
        { .key = "credential", .type = CONF_STRING, .offset = offsetof(ConfSecret, credential), .flags = CONF_NONEMPTY },
        { .key = "file", .type = CONF_STRING, .offset = offsetof(ConfSecret, file), .flags = CONF_NONEMPTY },
        { .key = "env", .type = CONF_STRING, .offset = offsetof(ConfSecret, env), .flags = CONF_NONEMPTY },
        {},
};

static void bind_map(Binder *b, const ConfField *fields, bool has_kind, const ConfNode *at, void *ret);

static void bind_secret(Binder *b, const ConfField *f, const Given *g, ConfSecret *member) {
        if (g->text || g->node->kind != CONF_NODE_MAP) {
                diag_error(b->diag, g->node, "\"%s\" says where the secret is read from: {credential: NAME}, {file: PATH} or {env: VARIABLE}; the secret itself never stands here",
                           f->key);
                return;
        }
        bind_map(b, secret_fields, false, g->node, member);
        member->node = g->node;
        if (!!member->credential + !!member->file + !!member->env != 1)
                diag_error(b->diag, g->node, "\"%s\" needs exactly one of \"credential\", \"file\" and \"env\"", f->key);
}

static void bind_list(Binder *b, const ConfField *f, const Given *g, ConfItems *member) {
        const ConfNode *node = g->node;
        char *items;

        if (g->text || node->kind != CONF_NODE_LIST) {
                diag_error(b->diag, node, "\"%s\" must be a list, not %s", f->key, g->text ? "a single value" : kind_words(node));
                return;
        }
        if (!node->n_children && (f->flags & CONF_NONEMPTY))
                diag_error(b->diag, node, "\"%s\" must not be empty", f->key);
        items = keep(b, arena_alloc(b->arena, f->sub_size * node->n_children));
        member->nodes = keep(b, ARENA_NEW_N(b->places, const ConfNode *, node->n_children));
        if (b->is_full)
                return;
        member->items = items;
        for (const ConfNode *c = node->first; c; c = c->next) {
                if (c->kind != CONF_NODE_MAP) {
                        diag_error(b->diag, c, "the members of \"%s\" must be maps, not %s", f->key, kind_words(c));
                        continue;
                }
                bind_map(b, f->sub, false, c, items + f->sub_size * member->len);
                member->nodes[member->len++] = c;
        }
}

static const ConfKindInfo *find_kind(Binder *b, const ConfField *f, const ConfNode *at, const char *word) {
        _cleanup_(text_done) Text list = TEXT_INIT(WORDS_MAX);
        const char *words[CANDIDATES_MAX] = {}, *nearest;
        size_t n = 0;

        for (const ConfKindInfo *const *k = f->registry; *k && n + 1 < CANDIDATES_MAX; k++) {
                if (strcmp((*k)->kind, word) == 0)
                        return *k;
                words[n++] = (*k)->kind;
        }
        nearest = conf_nearest(word, words);
        add_words(&list, words);
        if (nearest)
                diag_error(b->diag, at, "no kind \"%s\" of \"%s\"; did you mean \"%s\"? It is one of %s", word, f->key, nearest, text_str(&list));
        else
                diag_error(b->diag, at, "no kind \"%s\" of \"%s\": it is one of %s", word, f->key, text_str(&list));
        return NULL;
}

static void bind_kind(Binder *b, const ConfField *f, const Given *g, ConfKindOf *member) {
        const ConfNode *map = g->text ? NULL : g->node, *word = conf_child(map, "kind");
        const ConfKindInfo *info;

        if (!g->text && (map->kind != CONF_NODE_MAP || !word || word->kind != CONF_NODE_SCALAR)) {
                diag_error(b->diag, g->node, "\"%s\" must be a map with \"kind: ...\"", f->key);
                return;
        }
        info = find_kind(b, f, word ? word : g->node, g->text ? g->text : word->text);
        if (!info)
                return;
        member->info = info;
        member->node = g->node;
        member->spec = keep(b, arena_alloc(b->arena, info->spec_size ? info->spec_size : 1));
        if (!b->is_full)
                bind_map(b, info->fields, true, map, member->spec);
}

/* ---- fields and maps ---- */

static void bind_field(Binder *b, const ConfField *f, const Given *g, char *base) {
        void *member = base + f->offset;

        switch (f->type) {
        case CONF_STRING:
                bind_string(b, f, g, member);
                break;
        case CONF_BOOL:
                bind_bool(b, f, g, member);
                break;
        case CONF_UINT:
                bind_uint(b, f, g, member);
                break;
        case CONF_INT64:
                bind_int64(b, f, g, member);
                break;
        case CONF_SIZE:
                bind_size(b, f, g, member);
                break;
        case CONF_DURATION:
                bind_duration(b, f, g, member);
                break;
        case CONF_DAY:
                bind_day(b, f, g, member);
                break;
        case CONF_DECIMAL:
                bind_decimal(b, f, g, member);
                break;
        case CONF_SECRET:
                bind_secret(b, f, g, member);
                break;
        case CONF_WORD:
                bind_word(b, f, g, member);
                break;
        case CONF_STRINGS:
                bind_strings(b, f, g, member);
                break;
        case CONF_PAIRS:
                bind_pairs(b, f, g, member);
                break;
        case CONF_MAP:
                if (g->node->kind != CONF_NODE_MAP)
                        diag_error(b->diag, g->node, "\"%s\" must be a map, not %s", f->key, kind_words(g->node));
                else
                        bind_map(b, f->sub, false, g->node, member);
                break;
        case CONF_LIST:
                bind_list(b, f, g, member);
                break;
        case CONF_KIND:
                bind_kind(b, f, g, member);
                break;
        case CONF_NODE:
                memcpy(member, &g->node, sizeof(g->node));
                break;
        }
}

/* A key that is absent: its default, the defaults of a nested map, or a finding. */
static void bind_absent(Binder *b, const ConfField *f, const ConfNode *at, char *base) {
        Given g = { .node = at, .text = f->dflt, .is_default = true };

        if (f->type == CONF_DAY) {
                Day none = DAY_NONE;

                memcpy(base + f->offset, &none, sizeof(none));
        }
        if (f->flags & CONF_REQUIRED)
                diag_error(b->diag, at, "key \"%s\" is missing", f->key);
        else if (f->dflt)
                bind_field(b, f, &g, base);
        else if (f->type == CONF_MAP)
                bind_map(b, f->sub, false, NULL, base + f->offset);
}

static void unknown_key(Binder *b, const ConfField *fields, const ConfNode *c) {
        const char *keys[CANDIDATES_MAX] = {}, *nearest;
        size_t n = 0;

        for (const ConfField *f = fields; f && f->key && n + 1 < CANDIDATES_MAX; f++)
                keys[n++] = f->key;
        nearest = conf_nearest(c->key, keys);
        if (nearest)
                diag_error_at(b->diag, c->file, c->key_line, c->key_col, "unknown key \"%s\"; did you mean \"%s\"?", c->key, nearest);
        else {
                _cleanup_(text_done) Text list = TEXT_INIT(WORDS_MAX);

                add_words(&list, keys);
                diag_error_at(b->diag, c->file, c->key_line, c->key_col, "unknown key \"%s\"%s%s", c->key, n ? "; here may stand " : "", text_str(&list));
        }
}

static size_t field_index(const ConfField *fields, const char *key) {
        size_t i = 0;

        while (fields && fields[i].key && (fields[i].key[0] != key[0] || strcmp(fields[i].key, key) != 0))
                i++;
        return i;
}

/* The members of the map by field; has_kind: "kind:", which chose the table, stands beside its keys. */
static void sort_members(Binder *b, const ConfField *fields, bool has_kind, const ConfNode *at, const ConfNode **ret, size_t size) {
        for (const ConfNode *c = at->kind == CONF_NODE_MAP ? at->first : NULL; c; c = c->next) {
                size_t i = field_index(fields, c->key);

                assert(i < size);
                if (!fields || !fields[i].key) {
                        if (!has_kind || strcmp(c->key, "kind") != 0)
                                unknown_key(b, fields, c);
                } else if (!ret[i])
                        ret[i] = c;
        }
}

/* at NULL: all defaults; a missing required key of an absent map is nobody's fault, since the map itself may be left out. */
static void bind_map(Binder *b, const ConfField *fields, bool has_kind, const ConfNode *at, void *ret) {
        const ConfNode *members[FIELDS_MAX] = {};

        if (at)
                sort_members(b, fields, has_kind, at, members, ELEMENTS(members));
        for (const ConfField *f = fields; f && f->key; f++) {
                const ConfNode *c = at ? members[f - fields] : NULL;
                Given g = { .node = c, .text = c && c->kind == CONF_NODE_SCALAR ? c->text : NULL };

                if (c && (f->flags & CONF_DEPRECATED))
                        diag_warn(b->diag, c, "key \"%s\" is going away: %s", f->key, f->help);
                if (c && !(c->kind == CONF_NODE_SCALAR && c->is_null && f->type != CONF_NODE))
                        bind_field(b, f, &g, ret);
                else if (at || !(f->flags & CONF_REQUIRED))
                        bind_absent(b, f, c ? c : at, ret);
        }
}

int conf_bind(const ConfField *fields, const ConfNode *at, Arena *arena, Diag *diag, void *ret) {
        return conf_bind_apart(fields, at, arena, arena, diag, ret);
}

int conf_bind_apart(const ConfField *fields, const ConfNode *at, Arena *arena, Arena *places, Diag *diag, void *ret) {
        Binder b = { .arena = arena, .places = places, .diag = diag };
        size_t before = diag_errors(diag);

        if (at && at->kind != CONF_NODE_MAP) {
                diag_error(diag, at, "a map of keys and values must stand here, not %s", kind_words(at));
                return 1;
        }
        bind_map(&b, fields, false, at, ret);
        for (const ConfField *f = fields; !at && f && f->key; f++)
                if (f->flags & CONF_REQUIRED)
                        diag_error(diag, NULL, "key \"%s\" is missing", f->key);
        if (b.is_full)
                diag_error(diag, at, "the configuration is larger than its bound");
        return diag_errors(diag) > before;
}

static void forget_place(const ConfField *f, char *member) {
        switch (f->type) {
        case CONF_SECRET:
                ((ConfSecret *) (void *) member)->node = NULL;
                break;
        case CONF_STRINGS:
                ((ConfStrings *) (void *) member)->nodes = NULL;
                break;
        case CONF_PAIRS: {
                ConfPairs *pairs = (void *) member;

                for (size_t i = 0; i < pairs->len; i++)
                        pairs->items[i].node = NULL;
                break;
        }
        case CONF_MAP:
                conf_forget_places(f->sub, member);
                break;
        case CONF_LIST: {
                ConfItems *items = (void *) member;

                items->nodes = NULL;
                for (size_t i = 0; i < items->len; i++)
                        conf_forget_places(f->sub, (char *) items->items + f->sub_size * i);
                break;
        }
        case CONF_KIND: {
                ConfKindOf *kind = (void *) member;

                kind->node = NULL;
                if (kind->info)
                        conf_forget_places(kind->info->fields, kind->spec);
                break;
        }
        case CONF_NODE:
                memset(member, 0, sizeof(const ConfNode *));
                break;
        default:
                break;
        }
}

void conf_forget_places(const ConfField *fields, void *spec) {
        for (const ConfField *f = fields; f && f->key; f++)
                forget_place(f, (char *) spec + f->offset);
}

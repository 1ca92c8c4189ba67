/* Option tables: one row a key; from them come the parser, findings, JSON Schema, reference and samples. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/usec.h"
#include "calendar/zone.h"
#include "config/yaml.h"

typedef enum ConfType {
        CONF_STRING,            /* char *, in the arena */
        CONF_BOOL,              /* bool: true/false/yes/no */
        CONF_UINT,              /* unsigned */
        CONF_INT64,             /* int64_t */
        CONF_SIZE,              /* uint64_t as "64 KiB" */
        CONF_DURATION,          /* usec_t as "15 min" */
        CONF_DAY,               /* Day as 2024-03-01; absent: DAY_NONE */
        CONF_DECIMAL,           /* char *: canonical decimal text */
        CONF_SECRET,            /* ConfSecret: where the secret is read from */
        CONF_WORD,              /* int: index into words */
        CONF_STRINGS,           /* ConfStrings: list of strings; one string stands for a list of one */
        CONF_PAIRS,             /* ConfPairs: map of key to string */
        CONF_MAP,               /* nested struct by value, fields in `sub` */
        CONF_LIST,              /* ConfItems: list of structs, fields in `sub`, element size in `sub_size` */
        CONF_KIND,              /* ConfKindOf: a nested map whose "kind:" chooses the table, from `registry` */
        CONF_NODE,              /* const ConfNode *: as it stands, for templates of JSON bodies and the like */
} ConfType;

enum {
        CONF_REQUIRED = 1 << 0,
        CONF_NONEMPTY = 1 << 1,
        CONF_DEPRECATED = 1 << 2,
};

typedef struct ConfStrings {
        char **items;
        const ConfNode **nodes;  /* place of each */
        size_t len;
} ConfStrings;

typedef struct ConfPair {
        char *key;
        char *value;
        const ConfNode *node;
} ConfPair;

typedef struct ConfPairs {
        ConfPair *items;
        size_t len;
} ConfPairs;

typedef struct ConfItems {
        void *items;            /* array of the element struct */
        const ConfNode **nodes;
        size_t len;
} ConfItems;

/* Where a secret comes from: exactly one of the three; read by secret_source_read() (config/source.h). */
typedef struct ConfSecret {
        char *credential;       /* name under $CREDENTIALS_DIRECTORY (systemd LoadCredential=) */
        char *file;             /* path */
        char *env;              /* name of an environment variable */
        const ConfNode *node;   /* NULL: not given */
} ConfSecret;

/* One kind of a family (auth, paging, format): what every ops struct begins with. */
typedef struct ConfKindInfo {
        const char *kind;       /* the word behind "kind:" */
        const char *help;
        const struct ConfField *fields;         /* ends with {} */
        size_t spec_size;
} ConfKindInfo;

typedef struct ConfKindOf {
        const ConfKindInfo *info;       /* NULL: the key was absent and has no default */
        void *spec;                     /* filled struct of info->spec_size, in the arena */
        const ConfNode *node;
} ConfKindOf;

typedef struct ConfField {
        const char *key;
        ConfType type;
        size_t offset;
        unsigned flags;
        const char *dflt;       /* as an operator would write it; NULL: zero, or none */
        const char *help;       /* one or two sentences for the reference; ends with a full stop */
        const char *const *words;               /* CONF_WORD: NULL-terminated */
        uint64_t min, max;                      /* CONF_UINT, CONF_SIZE, CONF_DURATION; 0,0: no bound */
        const struct ConfField *sub;            /* CONF_MAP, CONF_LIST */
        size_t sub_size;
        const ConfKindInfo *const *registry;    /* CONF_KIND: NULL-terminated */
} ConfField;

/* The type of a field follows from the member it fills, so a table cannot disagree with its struct. */
#define CONF_TYPE_OF(T, m) _Generic(((T *) 0)->m,                               \
                char *: CONF_STRING, bool: CONF_BOOL, unsigned: CONF_UINT,      \
                int64_t: CONF_INT64, usec_t: CONF_DURATION, Day: CONF_DAY, ConfSecret: CONF_SECRET, ConfStrings: CONF_STRINGS, \
                ConfPairs: CONF_PAIRS, const ConfNode *: CONF_NODE)
#define FIELD(T, m, flags_, dflt_, help_) \
        { .key = #m, .type = CONF_TYPE_OF(T, m), .offset = offsetof(T, m), .flags = (flags_), .dflt = (dflt_), .help = (help_) }
#define FIELD_RANGE(T, m, flags_, dflt_, min_, max_, help_) \
        { .key = #m, .type = CONF_TYPE_OF(T, m), .offset = offsetof(T, m), .flags = (flags_), .dflt = (dflt_), \
          .min = (min_), .max = (max_), .help = (help_) }
/* A uint64_t and a usec_t are one C type, so sizes say so. */
#define FIELD_SIZE(T, m, flags_, dflt_, min_, max_, help_) \
        { .key = #m, .type = CONF_SIZE, .offset = offsetof(T, m) + 0 * sizeof(((T *) 0)->m == (uint64_t) 0), .flags = (flags_), \
          .dflt = (dflt_), .min = (min_), .max = (max_), .help = (help_) }
#define FIELD_DECIMAL(T, m, flags_, dflt_, help_) \
        { .key = #m, .type = CONF_DECIMAL, .offset = offsetof(T, m), .flags = (flags_), .dflt = (dflt_), .help = (help_) }
#define FIELD_WORD(T, m, flags_, dflt_, words_, help_) \
        { .key = #m, .type = CONF_WORD, .offset = offsetof(T, m) + 0 * sizeof(int[sizeof(((T *) 0)->m) == sizeof(int) ? 1 : -1]), \
          .flags = (flags_), .dflt = (dflt_), .words = (words_), .help = (help_) }
#define FIELD_MAP(T, m, flags_, sub_, help_) \
        { .key = #m, .type = CONF_MAP, .offset = offsetof(T, m), .flags = (flags_), .sub = (sub_), \
          .sub_size = sizeof(((T *) 0)->m), .help = (help_) }
#define FIELD_LIST(T, m, flags_, E, sub_, help_) \
        { .key = #m, .type = CONF_LIST, .offset = offsetof(T, m), .flags = (flags_), .sub = (sub_), .sub_size = sizeof(E), .help = (help_) }
#define FIELD_KIND(T, m, flags_, dflt_, registry_, help_) \
        { .key = #m, .type = CONF_KIND, .offset = offsetof(T, m), .flags = (flags_), .dflt = (dflt_), .registry = (registry_), .help = (help_) }

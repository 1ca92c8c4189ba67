/* Option tables to JSON Schema (2020-12) and to reference text. */

#include "base/json_out.h"
#include "config/describe.h"

static void schema_object(JsonOut *j, const ConfField *fields, const char *kind, bool has_kind);

static void json_enum(JsonOut *j, const char *const *words) {
        json_key(j, "enum");
        json_array(j);
        for (; *words; words++)
                json_str(j, *words);
        json_array_end(j);
}

static void json_scalar_type(JsonOut *j, const char *pattern) {
        json_pair_str(j, "type", "string");
        if (pattern)
                json_pair_str(j, "pattern", pattern);
}

/* YAML 1.2 reads "yes" as text, so editors would underline what the daemon takes. */
static void schema_bool(JsonOut *j) {
        static const char *const words[] = { "yes", "no", "on", "off", NULL };

        json_key(j, "anyOf");
        json_array(j);
        json_object(j);
        json_pair_str(j, "type", "boolean");
        json_object_end(j);
        json_object(j);
        json_enum(j, words);
        json_object_end(j);
        json_array_end(j);
}

static void schema_strings(JsonOut *j) {
        json_key(j, "anyOf");
        json_array(j);
        json_object(j);
        json_pair_str(j, "type", "array");
        json_object_end(j);
        json_object(j);
        json_key(j, "type");
        json_array(j);
        json_str(j, "string");
        json_str(j, "number");
        json_array_end(j);
        json_object_end(j);
        json_array_end(j);
}

static void schema_secret(JsonOut *j) {
        static const char *const keys[] = { "credential", "file", "env" };

        json_pair_str(j, "type", "object");
        json_pair_int(j, "minProperties", 1);
        json_pair_int(j, "maxProperties", 1);
        json_pair_bool(j, "additionalProperties", false);
        json_key(j, "properties");
        json_object(j);
        for (size_t i = 0; i < ELEMENTS(keys); i++) {
                json_key(j, keys[i]);
                json_object(j);
                json_pair_str(j, "type", "string");
                json_object_end(j);
        }
        json_object_end(j);
}

static void schema_kinds(JsonOut *j, const ConfField *f) {
        json_key(j, "oneOf");
        json_array(j);
        for (const ConfKindInfo *const *k = f->registry; *k; k++) {
                json_object(j);
                json_pair_str(j, "description", (*k)->help);
                schema_object(j, (*k)->fields, (*k)->kind, true);
                json_object_end(j);
        }
        json_array_end(j);
}

static void schema_type(JsonOut *j, const ConfField *f) {
        switch (f->type) {
        case CONF_BOOL:
                schema_bool(j);
                break;
        case CONF_UINT:
        case CONF_INT64:
                json_pair_str(j, "type", "integer");
                if (f->min || f->max) {
                        json_pair_int(j, "minimum", (int64_t) f->min);
                        json_pair_int(j, "maximum", (int64_t) f->max);
                }
                break;
        case CONF_SIZE:
                json_scalar_type(j, "^[0-9]+ ?(B|KiB|MiB|GiB|TiB)$");
                break;
        case CONF_DURATION:
                json_scalar_type(j, "^([0-9]+ ?[a-z]+ ?)+$");
                break;
        case CONF_DAY:
                json_scalar_type(j, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
                break;
        case CONF_WORD:
                json_enum(j, f->words);
                break;
        case CONF_STRINGS:
                schema_strings(j);
                break;
        case CONF_PAIRS:
                json_pair_str(j, "type", "object");
                break;
        case CONF_SECRET:
                schema_secret(j);
                break;
        case CONF_MAP:
                schema_object(j, f->sub, NULL, false);
                break;
        case CONF_LIST:
                json_pair_str(j, "type", "array");
                json_key(j, "items");
                json_object(j);
                schema_object(j, f->sub, NULL, false);
                json_object_end(j);
                break;
        case CONF_KIND:
                schema_kinds(j, f);
                break;
        case CONF_STRING:
        case CONF_DECIMAL:
                json_key(j, "type");
                json_array(j);
                json_str(j, "string");
                json_str(j, "number");
                json_array_end(j);
                break;
        case CONF_NODE:
                break;
        }
}

static void schema_required(JsonOut *j, const ConfField *fields, bool has_kind) {
        json_key(j, "required");
        json_array(j);
        if (has_kind)
                json_str(j, "kind");
        for (const ConfField *f = fields; f && f->key; f++)
                if (f->flags & CONF_REQUIRED)
                        json_str(j, f->key);
        json_array_end(j);
}

static void schema_object(JsonOut *j, const ConfField *fields, const char *kind, bool has_kind) {
        json_pair_str(j, "type", "object");
        json_pair_bool(j, "additionalProperties", false);
        schema_required(j, fields, has_kind);
        json_key(j, "properties");
        json_object(j);
        if (has_kind) {
                json_key(j, "kind");
                json_object(j);
                json_pair_str(j, "const", kind);
                json_object_end(j);
        }
        for (const ConfField *f = fields; f && f->key; f++) {
                json_key(j, f->key);
                json_object(j);
                json_pair_str(j, "description", f->help);
                if (f->dflt)
                        json_pair_str(j, "default", f->dflt);
                schema_type(j, f);
                json_object_end(j);
        }
        json_object_end(j);
}

void describe_schema(const char *title, const ConfField *fields, Text *ret) {
        JsonOut j = JSON_OUT(ret);

        json_object(&j);
        json_pair_str(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
        json_pair_str(&j, "title", title);
        schema_object(&j, fields, NULL, false);
        json_object_end(&j);
        (void) text_add_char(ret, '\n');
}

/* ---- reference ---- */

static const char *type_words(const ConfField *f) {
        static const char *const words[] = {
                [CONF_STRING] = "text",           [CONF_BOOL] = "yes or no",
                [CONF_UINT] = "number",           [CONF_INT64] = "number",
                [CONF_SIZE] = "size",             [CONF_DURATION] = "time",
                [CONF_DAY] = "day",               [CONF_DECIMAL] = "decimal",
                [CONF_SECRET] = "secret",         [CONF_WORD] = "word",
                [CONF_STRINGS] = "list of texts", [CONF_PAIRS] = "names and values",
                [CONF_MAP] = "map",               [CONF_LIST] = "list of maps",
                [CONF_KIND] = "map with kind",    [CONF_NODE] = "any",
        };

        return words[f->type];
}

static void reference_rows(const char *path, const ConfField *fields, Text *ret);

static void reference_nested(const char *path, const ConfField *f, Text *ret) {
        if (f->type == CONF_MAP || f->type == CONF_LIST)
                reference_rows(path, f->sub, ret);
        for (const ConfKindInfo *const *k = f->type == CONF_KIND ? f->registry : NULL; k && *k; k++) {
                (void) text_printf(ret, "\n### %s: kind: %s\n\n%s\n", path, (*k)->kind, (*k)->help);
                reference_rows(path, (*k)->fields, ret);
        }
}

static void reference_row(const char *path, const ConfField *f, Text *ret) {
        (void) text_printf(ret, "- `%s%s%s` (%s", path, *path ? "." : "", f->key, type_words(f));
        if (f->flags & CONF_REQUIRED)
                (void) text_add_str(ret, ", required");
        else if (f->dflt)
                (void) text_printf(ret, ", default `%s`", f->dflt);
        if (f->type == CONF_WORD)
                for (const char *const *w = f->words; *w; w++)
                        (void) text_printf(ret, "%s`%s`", w == f->words ? ": " : ", ", *w);
        (void) text_printf(ret, ") — %s\n", f->help);
}

/* First all keys of the level, then what is nested in them. */
static void reference_rows(const char *path, const ConfField *fields, Text *ret) {
        (void) text_add_char(ret, '\n');
        for (const ConfField *f = fields; f && f->key; f++)
                reference_row(path, f, ret);
        for (const ConfField *f = fields; f && f->key; f++) {
                _cleanup_(text_done) Text inner = TEXT_INIT(1024);

                if (f->type != CONF_MAP && f->type != CONF_LIST && f->type != CONF_KIND)
                        continue;
                (void) text_printf(&inner, "%s%s%s%s", path, *path ? "." : "", f->key, f->type == CONF_LIST ? "[]" : "");
                if (f->type != CONF_KIND)
                        (void) text_printf(ret, "\n### %s\n", text_str(&inner));
                reference_nested(text_str(&inner), f, ret);
        }
}

void describe_reference(const char *title, const ConfField *fields, Text *ret) {
        (void) text_printf(ret, "# %s\n", title);
        reference_rows("", fields, ret);
}

/* {{cursor}}, {{window.from|dd/MM/yyyy}}, {{unit.code}}, {{item}}, {{now|...}}, {{page.number}}... into URL,
 * query, header, form and JSON body, each escaped for its place. */
#pragma once

#include "base/bytes.h"
#include "calendar/period.h"
#include "config/yaml.h"

typedef enum TemplatePlace {
        TEMPLATE_TEXT,          /* as it is */
        TEMPLATE_URL,           /* percent-encoded */
        TEMPLATE_JSON,          /* JSON string escapes, without the quotes */
        TEMPLATE_HEADER,        /* line breaks refused */
} TemplatePlace;

/* Which page of an ask a request is for; what a kind of paging does not count has no value. */
typedef struct PageMark {
        uint64_t number;        /* page.number: as the source counts them */
        uint64_t offset;        /* page.offset: records to skip */
        uint64_t end;           /* page.end: the offset behind the last record of the page */
        uint64_t size;          /* page.size: records a page, as asked for */
        char *cursor;           /* page.cursor; of the first page NULL or empty, and then empty text */
} PageMark;

/* Values of one ask. Unset ones ("" or NULL) make a filled template fail with -ENOKEY and a note that
 * names the variable. */
typedef struct TemplateVars {
        /* window.from, window.to, window.next (first day after), window.year, window.month,
         * window.quarter, window.half, window.number, window.label, window.kind */
        const Period *window;
        const char *unit_code;          /* unit.code: in the stream's code system */
        const char *unit_codes;         /* unit.codes: of a group of units, joined */
        const char *unit_slug;          /* unit.slug */
        const char *unit_name;          /* unit.name */
        const char *unit_level;         /* unit.level: the campaign's or registry's level word */
        const char *item;               /* item: value of a literal foreach list */
        const char *cursor;             /* cursor */
        const PageMark *page;           /* page.number, page.offset, page.end, page.size, page.cursor */
        usec_t now;                     /* now */
        const Zone *zone;               /* in which now and the ends of windows are civil time */
} TemplateVars;

typedef struct Template Template;

/* Behind a bar. Days and now: a date pattern (yyyy yy MM M dd d HH H mm m ss s SSS XXX, 'quoted' text,
 * other characters literal), "utc PATTERN" for UTC, epoch, epoch_ms; default for days yyyy-MM-dd, for now
 * RFC 3339 UTC. Numbers: "number", or zeros for the width ("00"). Text: "json" escapes it for JSON within
 * text, "xml" for XML. {{'text'}} is text as it stands, for braces that are meant as such. window.from is 00:00:00 of its
 * first day, window.to 23:59:59 of its last day in the zone. Findings in diag at `at` (unknown variable
 * with the nearest, bad pattern) and 1; 0 and *ret. */
int template_compile(const char *text, const ConfNode *at, Diag *diag, Template **ret);
Template *template_free(Template *t);
DEFINE_CLEANUP(Template *, template_free)
bool template_is_constant(const Template *t);
/* "window", "unit", "cursor", "item" */
bool template_uses(const Template *t, const char *variable_prefix);
bool template_is_number(const Template *t);             /* exactly one variable with |number */
int template_fill(const Template *t, const TemplateVars *vars, TemplatePlace place, Text *ret);

/* A JSON body given as YAML: strings may hold templates; a plain scalar that is a number, true, false or
 * null is sent as such; a string that is exactly one template of a number variable (window.year,
 * window.month, page.number ...) written {{window.year|number}} is sent as a number. */
typedef struct JsonTemplate JsonTemplate;
int json_template_compile(const ConfNode *at, Diag *diag, JsonTemplate **ret);
JsonTemplate *json_template_free(JsonTemplate *t);
bool json_template_uses(const JsonTemplate *t, const char *variable_prefix);
DEFINE_CLEANUP(JsonTemplate *, json_template_free)
int json_template_fill(const JsonTemplate *t, const TemplateVars *vars, Text *ret);

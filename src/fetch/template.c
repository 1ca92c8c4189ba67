/* Templates: text with {{variables}} of one ask, each escaped for the place where it goes. Templates of
 * JSON bodies are in template_json.c. */

#include "fetch/template.h"

#include <errno.h>

#include "base/err.h"
#include "base/vec.h"
#include "config/bind.h"
#include "fetch/json_text.h"
#include "fetch/message.h"
#include "fetch/pattern.h"

#define VALUE_MAX (64 * 1024)

typedef enum ValueType {
        VALUE_TEXT,
        VALUE_NUMBER,
        VALUE_DAY,              /* an instant whose default form is the day */
        VALUE_INSTANT,
} ValueType;

typedef enum VariableId {
        VAR_WINDOW_FROM, VAR_WINDOW_TO, VAR_WINDOW_NEXT,
        VAR_WINDOW_YEAR, VAR_WINDOW_MONTH, VAR_WINDOW_QUARTER, VAR_WINDOW_HALF, VAR_WINDOW_NUMBER,
        VAR_WINDOW_LABEL, VAR_WINDOW_KIND,
        VAR_UNIT_CODE, VAR_UNIT_CODES, VAR_UNIT_SLUG, VAR_UNIT_NAME, VAR_UNIT_LEVEL,
        VAR_ITEM, VAR_CURSOR, VAR_NOW,
        VAR_PAGE_NUMBER, VAR_PAGE_OFFSET, VAR_PAGE_END, VAR_PAGE_SIZE, VAR_PAGE_CURSOR,
        _VAR_MAX,
} VariableId;

static const ValueType variable_types[_VAR_MAX] = {
        [VAR_WINDOW_FROM] = VALUE_DAY, [VAR_WINDOW_TO] = VALUE_DAY, [VAR_WINDOW_NEXT] = VALUE_DAY,
        [VAR_WINDOW_YEAR] = VALUE_NUMBER, [VAR_WINDOW_MONTH] = VALUE_NUMBER,
        [VAR_WINDOW_QUARTER] = VALUE_NUMBER,
        [VAR_WINDOW_HALF] = VALUE_NUMBER, [VAR_WINDOW_NUMBER] = VALUE_NUMBER,
        [VAR_NOW] = VALUE_INSTANT,
        [VAR_PAGE_NUMBER] = VALUE_NUMBER, [VAR_PAGE_OFFSET] = VALUE_NUMBER, [VAR_PAGE_END] = VALUE_NUMBER,
        [VAR_PAGE_SIZE] = VALUE_NUMBER,
};

static const char *const variable_names[] = {
        [VAR_WINDOW_FROM] = "window.from", [VAR_WINDOW_TO] = "window.to", [VAR_WINDOW_NEXT] = "window.next",
        [VAR_WINDOW_YEAR] = "window.year", [VAR_WINDOW_MONTH] = "window.month",
        [VAR_WINDOW_QUARTER] = "window.quarter",
        [VAR_WINDOW_HALF] = "window.half", [VAR_WINDOW_NUMBER] = "window.number",
        [VAR_WINDOW_LABEL] = "window.label",
        [VAR_WINDOW_KIND] = "window.kind", [VAR_UNIT_CODE] = "unit.code", [VAR_UNIT_CODES] = "unit.codes", [VAR_UNIT_SLUG] = "unit.slug",
        [VAR_UNIT_NAME] = "unit.name", [VAR_UNIT_LEVEL] = "unit.level",
        [VAR_ITEM] = "item", [VAR_CURSOR] = "cursor", [VAR_NOW] = "now",
        [VAR_PAGE_NUMBER] = "page.number", [VAR_PAGE_OFFSET] = "page.offset", [VAR_PAGE_END] = "page.end",
        [VAR_PAGE_SIZE] = "page.size", [VAR_PAGE_CURSOR] = "page.cursor",
        [_VAR_MAX] = NULL,
};

typedef enum FilterKind {
        FILTER_NONE,
        FILTER_PATTERN,
        FILTER_EPOCH,
        FILTER_EPOCH_MS,
        FILTER_NUMBER,          /* |number: no quotes in a JSON body */
        FILTER_ZEROS,           /* |00: padded with zeros */
        FILTER_XML,             /* |xml: escaped as XML text or an attribute's value */
        FILTER_JSON,            /* |json: escaped as inside a JSON string, for JSON within a text */
} FilterKind;

typedef struct Part {
        char *literal;          /* NULL: a variable */
        VariableId variable;
        FilterKind filter;
        bool is_utc;            /* |utc PATTERN */
        char *pattern;
        int width;
} Part;

struct Template {
        VEC(Part) parts;
};

Template *template_free(Template *t) {
        if (!t)
                return NULL;
        VEC_EACH(p, &t->parts) {
                xfree(p->literal);
                xfree(p->pattern);
        }
        vec_done(&t->parts);
        return xfree(t);
}

static void add_literal(Template *t, Bytes text) {
        if (text.len > 0)
                vec_push(&t->parts, ((Part){ .literal = bytes_dup(text) }));
}

static bool is_zeros(Bytes b) {
        for (size_t i = 0; i < b.len; i++)
                if (b.data[i] != '0')
                        return false;
        return b.len > 0 && b.len <= 9;
}

/* What stands behind the bar; the note says what is wrong with it. */
static int compile_filter(Part *part, Bytes filter) {
        ValueType type = variable_types[part->variable];
        const char *name = variable_names[part->variable];

        if (bytes_equal_str(filter, "json") && type == VALUE_TEXT) {
                part->filter = FILTER_JSON;
                return 0;
        }
        if (bytes_equal_str(filter, "xml") && type == VALUE_TEXT) {
                part->filter = FILTER_XML;
                return 0;
        }
        if (bytes_equal_str(filter, "number") && type == VALUE_NUMBER) {
                part->filter = FILTER_NUMBER;
                return 0;
        }
        if (is_zeros(filter) && type == VALUE_NUMBER) {
                part->filter = FILTER_ZEROS;
                part->width = (int) filter.len;
                return 0;
        }
        if (type == VALUE_TEXT)
                return err(-EINVAL, "\"%s\" is text; behind the bar it takes only \"json\" or \"xml\"", name);
        if (type == VALUE_NUMBER)
                return err(-EINVAL,
                                "\"%s\" is a number; behind the bar it takes \"number\", or zeros for its "
                                "width",
                                name);
        if (bytes_equal_str(filter, "epoch") || bytes_equal_str(filter, "epoch_ms")) {
                part->filter = filter.len == 5 ? FILTER_EPOCH : FILTER_EPOCH_MS;
                return 0;
        }
        if (bytes_starts(filter, "utc ")) {
                part->is_utc = true;
                filter = bytes_trim((Bytes){ filter.data + 4, filter.len - 4 });
        }
        part->filter = FILTER_PATTERN;
        part->pattern = bytes_dup(filter);
        return pattern_verify(filter);
}

static bool find_variable(Bytes name, VariableId *ret) {
        for (unsigned i = 0; i < _VAR_MAX; i++)
                if (bytes_equal_str(name, variable_names[i])) {
                        *ret = (VariableId) i;
                        return true;
                }
        return false;
}

static void unknown_variable(Bytes name, const ConfNode *at, Diag *diag) {
        _free_ char *word = bytes_dup(name);
        const char *nearest = conf_nearest(word, variable_names);

        if (nearest)
                diag_error(diag, at, "unknown variable \"%s\"; did you mean \"%s\"?", word, nearest);
        else
                diag_error(diag, at,
                                "unknown variable \"%s\"; known are window.*, unit.*, page.*, item, cursor "
                                "and now",
                                word);
}

/* One pair of braces, without them. */
static int compile_variable(Template *t, Bytes inner, const ConfNode *at, Diag *diag) {
        Part part = {};
        size_t bar = inner.len;
        Bytes name;

        inner = bytes_trim(inner);
        if (inner.len >= 2 && inner.data[0] == '\'' && inner.data[inner.len - 1] == '\'') {
                add_literal(t, (Bytes){ inner.data + 1, inner.len - 2 });
                return 0;
        }
        (void) bytes_find(inner, BYTES_LIT("|"), &bar);
        if (bar > inner.len)
                bar = inner.len;
        name = bytes_trim((Bytes){ inner.data, bar });
        if (!find_variable(name, &part.variable)) {
                unknown_variable(name, at, diag);
                return 1;
        }
        if (bar < inner.len && compile_filter(&part, bytes_trim((Bytes){ inner.data + bar + 1,
                                                                     inner.len - bar - 1 })) < 0) {
                diag_error(diag, at, "%s", err_story(-EINVAL));
                xfree(part.pattern);
                return 1;
        }
        vec_push(&t->parts, part);
        return 0;
}

int template_compile(const char *text, const ConfNode *at, Diag *diag, Template **ret) {
        _cleanup_(template_freep) Template *t = NEW(Template);
        Bytes rest = bytes_of(text);
        int n_bad = 0;
        size_t open, len;

        while (bytes_find(rest, BYTES_LIT("{{"), &open)) {
                Bytes inner = { rest.data + open + 2, rest.len - open - 2 };

                if (!bytes_find(inner, BYTES_LIT("}}"), &len)) {
                        diag_error(diag, at,
                                        "\"{{\" without \"}}\"; two braces that are meant as such are "
                                        "written {{'{{'}}");
                        return 1;
                }
                add_literal(t, (Bytes){ rest.data, open });
                n_bad += compile_variable(t, (Bytes){ inner.data, len }, at, diag);
                rest = (Bytes){ inner.data + len + 2, inner.len - len - 2 };
        }
        add_literal(t, rest);
        if (n_bad > 0)
                return 1;
        vec_fit(&t->parts);
        *ret = TAKE(t);
        return 0;
}

bool template_is_constant(const Template *t) {
        VEC_EACH(p, &t->parts)
                if (!p->literal)
                        return false;
        return true;
}

bool template_uses(const Template *t, const char *prefix) {
        size_t n = strlen(prefix);

        VEC_EACH(p, &t->parts) {
                const char *name = p->literal ? NULL : variable_names[p->variable];

                if (name && strncmp(name, prefix, n) == 0 && (name[n] == '\0' || name[n] == '.'))
                        return true;
        }
        return false;
}

/* First second of a day in the zone. */
static usec_t day_start(const Zone *zone, Day d) {
        Civil c = {};

        day_split(d, &c.year, &c.month, &c.day);
        return zone_instant(zone, &c);
}

static usec_t day_end(const Zone *zone, Day d) {
        Civil c = { .hour = 23, .minute = 59, .second = 59 };

        day_split(d, &c.year, &c.month, &c.day);
        return zone_instant(zone, &c);
}

/* The number that the variable means; false: this kind of period has none. */
static bool window_number(VariableId v, const Period *w, int64_t *ret) {
        unsigned number = 0, month = 0;
        int year = 0;

        if (w->kind == PERIOD_DAY || w->kind == PERIOD_SPAN) {
                unsigned day;

                day_split(w->from, &year, &month, &day);
        } else {
                period_label(w, &year, &number);
                if (w->kind == PERIOD_MONTH)
                        month = number;
        }
        switch (v) {
        case VAR_WINDOW_YEAR:
                *ret = year;
                return true;
        case VAR_WINDOW_MONTH:
                *ret = month;
                return month > 0 && w->kind != PERIOD_SPAN;
        case VAR_WINDOW_QUARTER:
                *ret = w->kind == PERIOD_QUARTER ? number : (month + 2) / 3;
                return *ret > 0 && w->kind != PERIOD_SPAN;
        case VAR_WINDOW_HALF:
                *ret = w->kind == PERIOD_HALF      ? number
                       : w->kind == PERIOD_QUARTER ? (number + 1) / 2
                                                   : (month + 5) / 6;
                return *ret > 0 && w->kind != PERIOD_SPAN;
        default:
                *ret = number;
                return number > 0;
        }
}

static const char *text_of(VariableId v, const TemplateVars *vars) {
        switch (v) {
        case VAR_WINDOW_KIND:
                return vars->window ? period_kind_name(vars->window->kind) : NULL;
        case VAR_UNIT_CODE:
                return vars->unit_code;
        case VAR_UNIT_CODES:
                return vars->unit_codes;
        case VAR_UNIT_SLUG:
                return vars->unit_slug;
        case VAR_UNIT_NAME:
                return vars->unit_name;
        case VAR_UNIT_LEVEL:
                return vars->unit_level;
        case VAR_ITEM:
                return vars->item;
        case VAR_PAGE_CURSOR:
                return NULL;
        default:
                return vars->cursor;
        }
}

static int no_value(VariableId v) {
        return err(-ENOKEY, "\"%s\" has no value here", variable_names[v]);
}

static void xml_escape(const char *s, Text *ret) {
        for (; *s; s++)
                switch (*s) {
                case '&':
                        (void) text_add_str(ret, "&amp;");
                        break;
                case '<':
                        (void) text_add_str(ret, "&lt;");
                        break;
                case '>':
                        (void) text_add_str(ret, "&gt;");
                        break;
                case '"':
                        (void) text_add_str(ret, "&quot;");
                        break;
                case '\'':
                        (void) text_add_str(ret, "&apos;");
                        break;
                default:
                        (void) text_add_char(ret, *s);
                }
}

static int fill_text(const Part *p, const TemplateVars *vars, Text *ret) {
        const char *s;

        if (p->variable == VAR_WINDOW_LABEL) {
                if (!vars->window)
                        return no_value(p->variable);
                period_render(vars->window, ret);
                return 0;
        }
        if (p->variable == VAR_PAGE_CURSOR && vars->page)
                s = vars->page->cursor ? vars->page->cursor : "";
        else
                s = text_of(p->variable, vars);
        if (!s || (!*s && p->variable != VAR_PAGE_CURSOR))
                return no_value(p->variable);
        if (p->filter == FILTER_JSON)
                json_text_escape(bytes_of(s), ret);
        else if (p->filter == FILTER_XML)
                xml_escape(s, ret);
        else
                (void) text_add_str(ret, s);
        return 0;
}

static bool page_number(VariableId v, const PageMark *page, int64_t *ret) {
        uint64_t n;

        switch (v) {
        case VAR_PAGE_NUMBER:
                n = page->number;
                break;
        case VAR_PAGE_OFFSET:
                n = page->offset;
                break;
        case VAR_PAGE_END:
                n = page->end;
                break;
        case VAR_PAGE_SIZE:
                n = page->size;
                break;
        default:
                return false;
        }
        *ret = (int64_t) n;
        return true;
}

static int fill_number(const Part *p, const TemplateVars *vars, Text *ret) {
        int64_t v;

        if (vars->page && page_number(p->variable, vars->page, &v)) {
                (void) text_printf(ret, "%0*" PRId64, p->filter == FILTER_ZEROS ? p->width : 1, v);
                return 0;
        }
        if (!vars->window || p->variable >= VAR_PAGE_NUMBER)
                return no_value(p->variable);
        if (!window_number(p->variable, vars->window, &v))
                return err(-ENOKEY, "\"%s\" has no value: the window is a %s", variable_names[p->variable],
                                period_kind_name(vars->window->kind));
        (void) text_printf(ret, "%0*" PRId64, p->filter == FILTER_ZEROS ? p->width : 1, v);
        return 0;
}

static int instant_of(const Part *p, const TemplateVars *vars, usec_t *ret) {
        const Period *w = vars->window;

        if (p->variable == VAR_NOW) {
                *ret = vars->now;
                return vars->now == 0 ? no_value(p->variable) : 0;
        }
        if (!w || !vars->zone)
                return no_value(p->variable);
        if (p->variable == VAR_WINDOW_FROM)
                *ret = day_start(vars->zone, w->from);
        else if (p->variable == VAR_WINDOW_TO)
                *ret = day_end(vars->zone, w->to);
        else
                *ret = day_start(vars->zone, w->to + 1);
        return 0;
}

static int fill_instant(const Part *p, const TemplateVars *vars, Text *ret) {
        const Zone *zone = vars->zone;
        usec_t instant;
        int r;

        r = instant_of(p, vars, &instant);
        if (r < 0)
                return r;
        if (p->filter == FILTER_EPOCH) {
                (void) text_printf(ret, "%" PRIu64, instant / USEC_SEC);
        } else if (p->filter == FILTER_EPOCH_MS) {
                (void) text_printf(ret, "%" PRIu64, instant / USEC_MSEC);
        } else if (p->filter == FILTER_NONE && p->variable == VAR_NOW) {
                usec_render_utc(instant, ret);
        } else {
                if (p->is_utc) {
                        r = zone_get("UTC", &zone);
                        if (r < 0)
                                return r;
                }
                if (!zone)
                        return no_value(p->variable);
                pattern_render(p->filter == FILTER_NONE ? BYTES_LIT("yyyy-MM-dd") : bytes_of(p->pattern),
                                instant, zone, ret);
        }
        return 0;
}

static int value_of(const Part *p, const TemplateVars *vars, Text *ret) {
        switch (variable_types[p->variable]) {
        case VALUE_TEXT:
                return fill_text(p, vars, ret);
        case VALUE_NUMBER:
                return fill_number(p, vars, ret);
        default:
                return fill_instant(p, vars, ret);
        }
}

static int add_escaped(TemplatePlace place, const Part *p, Bytes value, Text *ret) {
        switch (place) {
        case TEMPLATE_URL:
                url_encode(value, ret);
                return 0;
        case TEMPLATE_JSON:
                json_text_escape(value, ret);
                return 0;
        case TEMPLATE_HEADER:
                for (size_t i = 0; i < value.len; i++)
                        if ((unsigned char) value.data[i] < 0x20 || value.data[i] == 0x7f)
                                return err(-EINVAL,
                                                "the value of \"%s\" holds a line break and cannot go into a "
                                                "header",
                                                variable_names[p->variable]);
                return text_add(ret, value);
        default:
                return text_add(ret, value);
        }
}

static int fill_part(const Part *p, const TemplateVars *vars, TemplatePlace place, Text *ret) {
        _cleanup_(text_done) Text value = TEXT_INIT(VALUE_MAX);
        int r;

        if (p->literal)
                return text_add_str(ret, p->literal);
        r = value_of(p, vars, &value);
        if (r < 0)
                return r;
        if (value.is_full)
                return err(-E2BIG, "the value of \"%s\" is longer than 64 KiB", variable_names[p->variable]);
        return add_escaped(place, p, text_bytes(&value), ret);
}

int template_fill(const Template *t, const TemplateVars *vars, TemplatePlace place, Text *ret) {
        size_t before = ret->len;
        int r = 0;

        VEC_EACH(p, &t->parts) {
                r = fill_part(p, vars, place, ret);
                if (r == 0 && ret->is_full)
                        r = err(-E2BIG, "the filled template is longer than %zu bytes", ret->limit);
                if (r < 0)
                        break;
        }
        if (r < 0 && ret->data) {
                ret->len = before;
                ret->data[before] = '\0';
        }
        return r;
}

bool template_is_number(const Template *t) {
        return t->parts.len == 1 && !t->parts.items[0].literal && t->parts.items[0].filter == FILTER_NUMBER;
}

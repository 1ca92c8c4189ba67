/* XPath selectors on libxml2 trees: what XML and HTML share. */

#include <errno.h>

#include "base/err.h"
#include "base/num.h"
#include "decode/xpath.h"

enum {
        XPATH_STEPS = 5000000, /* of one evaluation: a bound for queries that multiply */
        /* XPath's numbers are binary64, and libxml2 writes at most 15 digits: a result that long may have
           been cut. */
        EXACT_DIGITS = 14,
};

/* libxml2 gives XPath errors without words. userdata: const char *, may be NULL. */
static void on_xpath_error(void *userdata, xmlErrorPtr error) {
        const char **words = userdata;

        if (!words || *words)
                return;
        switch (error->code - XML_XPATH_EXPRESSION_OK) {
        case XPATH_UNDEF_PREFIX_ERROR:
                *words = "it has a prefix that is not under `namespaces`";
                break;
        case XPATH_UNKNOWN_FUNC_ERROR:
                *words = "it has a function that XPath does not know";
                break;
        case XPATH_INVALID_ARITY:
        case XPATH_INVALID_TYPE:
                *words = "a function in it has the wrong arguments";
                break;
        default:
                *words = "it cannot be read";
                break;
        }
}

/* Some words libxml2 prints by itself; a library has no business on our stderr. */
static void print_nothing(void *userdata, const char *format, ...) _printf_(2, 3);
static void print_nothing(void *userdata _unused_, const char *format _unused_, ...) {
}

xmlXPathContextPtr xpath_context(xmlDocPtr doc, const ConfPairs *namespaces) {
        xmlXPathContextPtr c = libxml.xmlXPathNewContext(doc);

        if (!c)
                return NULL;
        libxml.xmlSetGenericErrorFunc(NULL, print_nothing);
        c->error = on_xpath_error;
        c->opLimit = XPATH_STEPS;
        for (size_t i = 0; namespaces && i < namespaces->len; i++)
                (void) libxml.xmlXPathRegisterNs(
                                c, xml_text(namespaces->items[i].key), xml_text(namespaces->items[i].value));
        return c;
}

/* Compiles, and tries it on an empty document: prefixes and functions are looked up only then. NULL: a
 * finding. */
static xmlXPathCompExprPtr compile_one(
                const char *selector, const ConfNode *node, const ConfPairs *namespaces, Diag *diag) {
        xmlDocPtr doc = libxml.xmlReadMemory("<x/>", 4, NULL, NULL, XML_PARSE_NONET);
        xmlXPathContextPtr c = xpath_context(doc, namespaces);
        xmlXPathCompExprPtr expr;
        xmlXPathObjectPtr result = NULL;
        const char *words = NULL;

        c->userData = (void *) &words;
        c->node = libxml.xmlDocGetRootElement(doc);
        expr = libxml.xmlXPathCtxtCompile(c, xml_text(selector));
        if (expr)
                result = libxml.xmlXPathCompiledEval(expr, c);
        if (!result) {
                diag_error(diag, node, "\"%s\" is no XPath: %s", selector,
                                words ? words : "it cannot be evaluated");
                libxml.xmlXPathFreeCompExpr(expr);
                expr = NULL;
        }
        libxml.xmlXPathFreeObject(result);
        libxml.xmlXPathFreeContext(c);
        libxml.xmlFreeDoc(doc);
        return expr;
}

const char *xpath_namespace(const ConfPairs *namespaces, Bytes prefix) {
        for (size_t i = 0; namespaces && i < namespaces->len; i++)
                if (bytes_equal_str(prefix, namespaces->items[i].key))
                        return namespaces->items[i].value;
        return NULL;
}

/* "a" or "p:a", where p is one of ours. NULL: neither. Its namespace is in *ret_uri. */
static const char *plain_step(Bytes step, const ConfPairs *namespaces, Arena *arena, const char **ret_uri) {
        const char *colon = step.len ? memchr(step.data, ':', step.len) : NULL, *name;

        *ret_uri = NULL;
        if (colon) {
                *ret_uri = xpath_namespace(namespaces, (Bytes){ step.data, (size_t) (colon - step.data) });
                if (!*ret_uri || !**ret_uri)
                        return NULL;
                step = (Bytes){ colon + 1, step.len - (size_t) (colon - step.data) - 1 };
        }
        name = arena_dup(arena, step);
        return name && libxml.xmlValidateNCName(xml_text(name), 0) == 0 ? name : NULL;
}

/* Paths such as a, p:a, a/b, a/@b, @b. False: anything else, which may look anywhere. */
static bool plain_path(const char *selector, const ConfPairs *namespaces, Arena *arena, XPathName *ret) {
        XPathName first = {};

        for (const char *at = selector, *end; at; at = *end ? end + 1 : NULL) {
                bool is_attribute = *at == '@';
                const char *name, *uri;

                at += is_attribute;
                end = at + strcspn(at, "/");
                name = plain_step((Bytes){ at, (size_t) (end - at) }, namespaces, arena, &uri);
                if (!name || (is_attribute && *end))
                        return false;
                if (at == selector)
                        first = (XPathName){ .is_child = !*end, .name = name, .uri = uri };
        }
        *ret = first;
        return true;
}

bool xpath_wants(const XPathSet *set, const xmlChar *name) {
        for (size_t i = 0; i < set->n; i++) {
                const char *want = set->names[i].name;

                if (want && *want == (char) *name && strcmp(want, text_of_xml(name)) == 0)
                        return true;
        }
        return false;
}

int xpath_compile(XPathSet *ret, const ConfPairs *pairs, const ConfPairs *namespaces, Arena *arena,
                Diag *diag) {
        int bad = 0;

        ret->items = ARENA_NEW_N(arena, xmlXPathCompExprPtr, pairs->len + 1);
        ret->names = ARENA_NEW_N(arena, XPathName, pairs->len + 1);
        if (!ret->items || !ret->names)
                return err(-E2BIG, "configuration is larger than its bound");
        ret->n = pairs->len;
        ret->is_plain = true;
        for (size_t i = 0; i < pairs->len; i++) {
                ret->items[i] = compile_one(pairs->items[i].value, pairs->items[i].node, namespaces, diag);
                bad |= !ret->items[i];
                ret->is_plain &= plain_path(pairs->items[i].value, namespaces, arena, &ret->names[i]);
        }
        return bad;
}

void xpath_release(XPathSet *set) {
        for (size_t i = 0; i < set->n; i++)
                libxml.xmlXPathFreeCompExpr(set->items[i]);
        set->n = 0;
}

/* What a selector found, as a value. The text is the caller's to free. */
typedef struct Found {
        ValueKind kind;
        xmlChar *text;
} Found;

static Found found(ValueKind kind, const char *text) {
        return (Found){ kind, text ? libxml.xmlStrdup(xml_text(text)) : NULL };
}

static bool is_nil(xmlNodePtr node) {
        xmlChar *v = node->type == XML_ELEMENT_NODE
                                     ? libxml.xmlGetNsProp(node, xml_text("nil"),
                                                       xml_text("http://www.w3.org/2001/XMLSchema-instance"))
                                     : NULL;
        bool is = v && (libxml.xmlStrEqual(v, xml_text("true")) || libxml.xmlStrEqual(v, xml_text("1")));

        libxml_free(v);
        return is;
}

static Found of_nodes(xmlNodeSetPtr nodes) {
        if (!nodes || nodes->nodeNr == 0)
                return found(VALUE_MISSING, NULL);
        if (nodes->nodeNr > 1)
                return found(VALUE_FAILED,
                                "the selector finds more than one node: use [1], count() or string()");
        if (is_nil(nodes->nodeTab[0]))
                return found(VALUE_NULL, NULL);
        return (Found){ VALUE_TEXT, libxml.xmlXPathCastNodeToString(nodes->nodeTab[0]) };
}

static Found of_number(xmlXPathObjectPtr object) {
        Found f = { VALUE_NUMBER, libxml.xmlXPathCastToString(object) };
        size_t n = 0;

        if (!num_is_decimal(bytes_of(text_of_xml(f.text)))) {
                libxml_free(f.text);
                return found(VALUE_FAILED, "the selector computes something that is not a number");
        }
        for (const xmlChar *p = f.text; *p && *p != 'e'; p++)
                n += *p >= '0' && *p <= '9';
        if (n > EXACT_DIGITS)
                f.kind = VALUE_LOST_DIGITS;
        return f;
}

static Found evaluate(xmlXPathContextPtr c, xmlXPathCompExprPtr expr, xmlNodePtr node) {
        xmlXPathObjectPtr object;
        Found f;

        c->node = node;
        c->opCount = 0;
        object = libxml.xmlXPathCompiledEval(expr, c);
        if (!object)
                return found(VALUE_FAILED, "the selector cannot be evaluated on this record");
        switch (object->type) {
        case XPATH_NODESET:
                f = of_nodes(object->nodesetval);
                break;
        case XPATH_BOOLEAN:
                f = found(VALUE_BOOL, object->boolval ? "true" : "false");
                break;
        case XPATH_NUMBER:
                f = of_number(object);
                break;
        case XPATH_STRING:
                f = found(VALUE_TEXT, text_of_xml(object->stringval));
                break;
        default:
                f = found(VALUE_FAILED, "the selector gives no value");
                break;
        }
        libxml.xmlXPathFreeObject(object);
        return f;
}

static Bytes found_text(const Found *f) {
        return f->kind == VALUE_LOST_DIGITS || !f->text ? BYTES_LIT("") : bytes_of(text_of_xml(f->text));
}

static bool has_name(xmlNodePtr node, const XPathName *name) {
        if (node->type != XML_ELEMENT_NODE || *node->name != (xmlChar) *name->name || strcmp(text_of_xml(node->name), name->name) != 0)
                return false;
        return name->uri ? node->ns && libxml.xmlStrEqual(node->ns->href, xml_text(name->uri)) : !node->ns;
}

/* Text of the only child of that name, where it has no attributes and nothing but text in it. False: XPath must look. */
static bool child_text(xmlNodePtr node, const XPathName *name, Bytes *ret) {
        xmlNodePtr child = NULL;

        for (xmlNodePtr n = node->children; n; n = n->next) {
                if (!has_name(n, name))
                        continue;
                if (child || n->properties || (n->children && (n->children->type != XML_TEXT_NODE || n->children->next)))
                        return false;
                child = n;
        }
        if (!child)
                return false;
        *ret = child->children ? bytes_of(text_of_xml(child->children->content)) : BYTES_LIT("");
        return true;
}

int xpath_add_record(DecoderBase *b, xmlXPathContextPtr c, const XPathSet *fields, xmlNodePtr node) {
        size_t row;
        int r = decoder_add_row(b, &row);

        for (size_t i = 0; r == 0 && i < fields->n; i++) {
                Bytes text;
                Found f;

                if (fields->names[i].is_child && child_text(node, &fields->names[i], &text)) {
                        r = decoder_put(b, row, i, VALUE_TEXT, text);
                        continue;
                }
                f = evaluate(c, fields->items[i], node);
                r = decoder_put(b, row, i, f.kind, found_text(&f));
                libxml_free(f.text);
        }
        if (r == 0)
                rows_make_ready(&b->rows);
        return r;
}

void xpath_read_envelope(DecoderBase *b, xmlXPathContextPtr c, const XPathSet *envelope, xmlNodePtr root) {
        for (size_t i = 0; i < envelope->n; i++) {
                Found f = evaluate(c, envelope->items[i], root);

                decoder_set_envelope(b, i, f.kind, found_text(&f));
                libxml_free(f.text);
        }
}

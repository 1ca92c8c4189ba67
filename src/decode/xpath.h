/* XPath selectors on libxml2 trees: what XML and HTML share. */
#pragma once

#include "decode/decode_priv.h"
#include "decode/libxml.h"

/* Selectors that are paths of names need no XPath to be understood. */
typedef struct XPathName {
        bool is_child;    /* the whole selector is the name of a child: `a`, `p:a` */
        const char *name; /* of its first step, without prefix; NULL: of no child */
        const char *uri;  /* of is_child: its namespace; NULL: none */
} XPathName;

typedef struct XPathSet {
        xmlXPathCompExprPtr *items;
        XPathName *names; /* of each */
        size_t n;
        bool is_plain; /* none of them looks at anything but attributes of the node and children of these names */
} XPathSet;

static inline const xmlChar *xml_text(const char *s) {
        return (const xmlChar *) s;
}
static inline const char *text_of_xml(const xmlChar *s) {
        return (const char *) s;
}

/* namespaces may be NULL. Findings and 1, or 0; -errno. What it made is released in any case by
 * xpath_release(). */
int xpath_compile(
                XPathSet *ret, const ConfPairs *pairs, const ConfPairs *namespaces, Arena *arena, Diag *diag);
void xpath_release(XPathSet *set);
const char *xpath_namespace(const ConfPairs *namespaces, Bytes prefix); /* NULL: not known */
/* Of a plain set: does any selector look at children of this local name? */
bool xpath_wants(const XPathSet *set, const xmlChar *name);
/* For one document; bounded in the steps of one evaluation, and silent. Freed by libxml.xmlXPathFreeContext(). */
xmlXPathContextPtr xpath_context(xmlDocPtr doc, const ConfPairs *namespaces);

/* One record with the fields found relative to node. 0, DECODE_E_LIMIT (told). */
int xpath_add_record(DecoderBase *b, xmlXPathContextPtr c, const XPathSet *fields, xmlNodePtr node);
void xpath_read_envelope(DecoderBase *b, xmlXPathContextPtr c, const XPathSet *envelope, xmlNodePtr root);

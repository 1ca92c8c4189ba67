/* XPath selectors on libxml2 trees: what XML and HTML share. */
#pragma once

#include "decode/decode_priv.h"
#include "decode/libxml.h"

typedef struct XPathSet {
        xmlXPathCompExprPtr *items;
        size_t n;
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
/* For one document; bounded in the steps of one evaluation, and silent. Freed by libxml.xmlXPathFreeContext(). */
xmlXPathContextPtr xpath_context(xmlDocPtr doc, const ConfPairs *namespaces);

/* One record with the fields found relative to node. 0, DECODE_E_LIMIT (told). */
int xpath_add_record(DecoderBase *b, xmlXPathContextPtr c, const XPathSet *fields, xmlNodePtr node);
void xpath_read_envelope(DecoderBase *b, xmlXPathContextPtr c, const XPathSet *envelope, xmlNodePtr root);

/* libxml2, opened when the first connector needs it: most need none of it, and with ICU and the C++ library behind it it is a tenth of an idle daemon. */
#pragma once

#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

/* Everything of it that is used. A name that is missing here does not link. */
#define LIBXML_SYMBOLS(S)                                                                                   \
        S(htmlReadMemory) S(xmlCreatePushParserCtxt) S(xmlCtxtUseOptions) S(xmlDocGetRootElement)           \
        S(xmlFree) S(xmlFreeDoc) S(xmlFreeNode) S(xmlFreeParserCtxt) S(xmlGetNsProp) S(xmlParseChunk)       \
        S(xmlReadMemory) S(xmlSAX2Characters) S(xmlSAX2EndElementNs) S(xmlSAX2StartElementNs)               \
        S(xmlSetGenericErrorFunc) S(xmlStopParser) S(xmlStrEqual) S(xmlStrdup) S(xmlUnlinkNode)             \
        S(xmlValidateNCName) S(xmlXPathCastNodeToString) S(xmlXPathCastToString) S(xmlXPathCompiledEval)    \
        S(xmlXPathCtxtCompile) S(xmlXPathFreeCompExpr) S(xmlXPathFreeContext) S(xmlXPathFreeObject)         \
        S(xmlXPathNewContext) S(xmlXPathRegisterNs)

typedef struct Libxml {
#define LIBXML_MEMBER(name) __typeof__(name) *name;
        LIBXML_SYMBOLS(LIBXML_MEMBER)
#undef LIBXML_MEMBER
} Libxml;

/* Filled by libxml_load(); until then nothing of it may be called. */
extern Libxml libxml;

/* Before the first use; costs nothing when it is open already. 0, or -ENOPKG with a note that names the package. */
int libxml_load(void);
/* For tests: the same from another file, into another table. */
int libxml_load_from(const char *file, Libxml *ret);

static inline void libxml_free(void *p) {
        (*libxml.xmlFree)(p);
}

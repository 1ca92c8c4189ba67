/* XML and HTML: records of a streamed XML document, each a small tree for XPath; HTML pages, which are read whole within a bound.
 *
 * libxml2 builds its tree from SAX events. The events pass through here: when a record's element ends, its fields are taken and its tree is freed, so a long
 * document costs as much as its longest record and what stands around the records. Document type declarations are refused: no entities, no external files. */

#include <errno.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "base/err.h"
#include "base/num.h"
#include "decode/decode_priv.h"

enum {
        XPATH_STEPS = 5000000,          /* of one evaluation: a bound for queries that multiply */
        NODE_COST = 64,                 /* bytes that a node counts beside its text */
        EXACT_DIGITS = 14,              /* XPath's numbers are binary64, and libxml2 writes at most 15 digits of them: a result that long may have been cut */
};

typedef struct XmlSpec {
        FormatCommon common;
        ConfPairs namespaces;
} XmlSpec;

typedef struct HtmlSpec {
        FormatCommon common;
        uint64_t max_page;
} HtmlSpec;

static const xmlChar *x(const char *s) {
        return (const xmlChar *) s;
}

static const char *s(const xmlChar *text) {
        return (const char *) text;
}

/* ---- XPath ---- */

typedef struct XPathSet {
        xmlXPathCompExprPtr *items;
        size_t n;
} XPathSet;

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

static xmlXPathContextPtr new_context(xmlDocPtr doc, const ConfPairs *namespaces) {
        xmlXPathContextPtr c = xmlXPathNewContext(doc);

        if (!c)
                return NULL;
        xmlSetGenericErrorFunc(NULL, print_nothing);
        c->error = on_xpath_error;
        c->opLimit = XPATH_STEPS;
        for (size_t i = 0; namespaces && i < namespaces->len; i++)
                (void) xmlXPathRegisterNs(c, x(namespaces->items[i].key), x(namespaces->items[i].value));
        return c;
}

/* Compiles, and tries it on an empty document: prefixes and functions are looked up only then. NULL: a finding. */
static xmlXPathCompExprPtr compile_one(const char *selector, const ConfNode *node, const ConfPairs *namespaces, Diag *diag) {
        xmlDocPtr doc = xmlReadMemory("<x/>", 4, NULL, NULL, XML_PARSE_NONET);
        xmlXPathContextPtr c = new_context(doc, namespaces);
        xmlXPathCompExprPtr expr;
        xmlXPathObjectPtr result = NULL;
        const char *words = NULL;

        c->userData = (void *) &words;
        c->node = xmlDocGetRootElement(doc);
        expr = xmlXPathCtxtCompile(c, x(selector));
        if (expr)
                result = xmlXPathCompiledEval(expr, c);
        if (!result) {
                diag_error(diag, node, "\"%s\" is no XPath: %s", selector, words ? words : "it cannot be evaluated");
                xmlXPathFreeCompExpr(expr);
                expr = NULL;
        }
        xmlXPathFreeObject(result);
        xmlXPathFreeContext(c);
        xmlFreeDoc(doc);
        return expr;
}

static int compile_set(XPathSet *ret, const ConfPairs *pairs, const ConfPairs *namespaces, Arena *arena, Diag *diag) {
        int bad = 0;

        ret->items = ARENA_NEW_N(arena, xmlXPathCompExprPtr, pairs->len + 1);
        if (!ret->items)
                return err(-E2BIG, "configuration is larger than its bound");
        ret->n = pairs->len;
        for (size_t i = 0; i < pairs->len; i++) {
                ret->items[i] = compile_one(pairs->items[i].value, pairs->items[i].node, namespaces, diag);
                bad |= !ret->items[i];
        }
        return bad;
}

static void release_set(XPathSet *set) {
        for (size_t i = 0; i < set->n; i++)
                xmlXPathFreeCompExpr(set->items[i]);
        set->n = 0;
}

/* What a selector found, as a value. The text is the caller's to free. */
typedef struct Found {
        ValueKind kind;
        xmlChar *text;
} Found;

static Found found(ValueKind kind, const char *text) {
        return (Found){ kind, text ? xmlStrdup(x(text)) : NULL };
}

static bool is_nil(xmlNodePtr node) {
        xmlChar *v = node->type == XML_ELEMENT_NODE ? xmlGetNsProp(node, x("nil"), x("http://www.w3.org/2001/XMLSchema-instance")) : NULL;
        bool is = v && (xmlStrEqual(v, x("true")) || xmlStrEqual(v, x("1")));

        xmlFree(v);
        return is;
}

static Found of_nodes(xmlNodeSetPtr nodes) {
        if (!nodes || nodes->nodeNr == 0)
                return found(VALUE_MISSING, NULL);
        if (nodes->nodeNr > 1)
                return found(VALUE_FAILED, "the selector finds more than one node: use [1], count() or string()");
        if (is_nil(nodes->nodeTab[0]))
                return found(VALUE_NULL, NULL);
        return (Found){ VALUE_TEXT, xmlXPathCastNodeToString(nodes->nodeTab[0]) };
}

static Found of_number(xmlXPathObjectPtr object) {
        Found f = { VALUE_NUMBER, xmlXPathCastToString(object) };
        size_t n = 0;

        if (!num_is_decimal(bytes_of(s(f.text)))) {
                xmlFree(f.text);
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
        object = xmlXPathCompiledEval(expr, c);
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
                f = found(VALUE_TEXT, s(object->stringval));
                break;
        default:
                f = found(VALUE_FAILED, "the selector gives no value");
                break;
        }
        xmlXPathFreeObject(object);
        return f;
}

static Bytes found_text(const Found *f) {
        return f->kind == VALUE_LOST_DIGITS || !f->text ? BYTES_LIT("") : bytes_of(s(f->text));
}

static int add_record(DecoderBase *b, xmlXPathContextPtr c, const XPathSet *fields, xmlNodePtr node) {
        size_t row;
        int r = decoder_add_row(b, &row);

        for (size_t i = 0; r == 0 && i < fields->n; i++) {
                Found f = evaluate(c, fields->items[i], node);

                r = decoder_put(b, row, i, f.kind, found_text(&f));
                xmlFree(f.text);
        }
        if (r == 0)
                rows_make_ready(&b->rows);
        return r;
}

static void read_envelope(DecoderBase *b, xmlXPathContextPtr c, const XPathSet *envelope, xmlNodePtr root) {
        for (size_t i = 0; i < envelope->n; i++) {
                Found f = evaluate(c, envelope->items[i], root);

                decoder_set_envelope(b, i, f.kind, found_text(&f));
                xmlFree(f.text);
        }
}

/* ---- XML: the path to the records ---- */

typedef struct ElementStep {
        const char *name;               /* "*": any */
        const char *uri;                /* NULL: no namespace */
} ElementStep;

typedef struct XmlProgram {
        const XmlSpec *spec;
        XPathSet fields, envelope;
        ElementStep *steps;
        size_t n_steps;                 /* 0: the root element */
        bool is_anywhere;               /* begins with "//" */
} XmlProgram;

static const char *find_namespace(const ConfPairs *namespaces, Bytes prefix) {
        for (size_t i = 0; i < namespaces->len; i++)
                if (bytes_equal_str(prefix, namespaces->items[i].key))
                        return namespaces->items[i].value;
        return NULL;
}

static int compile_step(XmlProgram *p, Bytes step, const ConfNode *at, Arena *arena, Diag *diag) {
        const char *colon = step.len ? memchr(step.data, ':', step.len) : NULL;
        ElementStep *e = &p->steps[p->n_steps++];
        Bytes name = step;

        if (colon) {
                Bytes prefix = { step.data, (size_t) (colon - step.data) };

                name = (Bytes){ colon + 1, step.len - prefix.len - 1 };
                e->uri = find_namespace(&p->spec->namespaces, prefix);
                if (!e->uri) {
                        diag_error(diag, at, "prefix \"%.*s\" is not under `namespaces`", (int) prefix.len, prefix.data);
                        return 1;
                }
        }
        e->name = arena_dup(arena, name);
        if (!e->name)
                return err(-E2BIG, "configuration is larger than its bound");
        if (!name.len || (strcmp(e->name, "*") != 0 && xmlValidateNCName(x(e->name), 0) != 0)) {
                diag_error(diag, at, "\"%s\" is no path of elements such as /list/item or //p:item; conditions belong under `where` of the mapping", p->spec->common.records);
                return 1;
        }
        return 0;
}

static int compile_records(XmlProgram *p, const ConfNode *at, Arena *arena, Diag *diag) {
        Bytes path = bytes_of(p->spec->common.records);

        if (!path.len)
                return 0;
        if (bytes_starts(path, "//")) {
                p->is_anywhere = true;
                path = (Bytes){ path.data + 1, path.len - 1 };
        }
        if (*path.data != '/') {
                diag_error(diag, at, "\"%s\": the path begins with / or //", p->spec->common.records);
                return 1;
        }
        p->steps = ARENA_NEW_N(arena, ElementStep, path.len);
        if (!p->steps)
                return err(-E2BIG, "configuration is larger than its bound");
        while (path.len) {
                const char *end;
                Bytes step;
                int r;

                path = (Bytes){ path.data + 1, path.len - 1 };
                end = path.len ? memchr(path.data, '/', path.len) : NULL;
                step = (Bytes){ path.data, end ? (size_t) (end - path.data) : path.len };
                r = compile_step(p, step, at, arena, diag);
                if (r != 0)
                        return r;
                path = (Bytes){ path.data + step.len, path.len - step.len };
        }
        return 0;
}

static bool step_matches(const ElementStep *step, xmlNodePtr node) {
        const char *uri = node->ns ? s(node->ns->href) : NULL;

        if (node->type != XML_ELEMENT_NODE || strcmp(step->uri ? step->uri : "", uri ? uri : "") != 0)
                return false;
        return strcmp(step->name, "*") == 0 || strcmp(step->name, s(node->name)) == 0;
}

/* Does the path of the first n steps end at this element? */
static bool path_matches(const XmlProgram *p, xmlNodePtr node, size_t n) {
        for (size_t i = n; i-- > 0; node = node->parent)
                if (!node || !step_matches(&p->steps[i], node))
                        return false;
        return p->is_anywhere || !node || node->type != XML_ELEMENT_NODE;
}

static bool is_record(const XmlProgram *p, xmlNodePtr node) {
        return p->n_steps ? path_matches(p, node, p->n_steps) : !node->parent || node->parent->type != XML_ELEMENT_NODE;
}

/* ---- XML: the decoder ---- */

typedef struct XmlDecoder {
        DecoderBase base;               /* begins with a Decoder */
        const XmlProgram *program;
        xmlParserCtxtPtr parser;
        xmlXPathContextPtr xpath;
        xmlNodePtr record;              /* whose element is open */
        uint64_t held, held_before;     /* bytes of the tree; before the record began */
        bool has_error;
        int code;
} XmlDecoder;

static XmlDecoder *decoder_of(void *ctx) {
        return ((xmlParserCtxtPtr) ctx)->_private;
}

static void stop(XmlDecoder *d, int code) {
        if (!d->code)
                d->code = code;
        xmlStopParser(d->parser);
}

static void hold(XmlDecoder *d, uint64_t bytes) {
        d->held += bytes;
        if (d->held > d->base.common->max_value && !d->code)
                stop(d, decoder_fail(&d->base, DECODE_E_LIMIT, "a record, or what stands around the records, is larger than %llu bytes: raise `max_value` if that is right",
                                     (unsigned long long) d->base.common->max_value));
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces, const xmlChar **namespaces, int n_attributes,
                     int n_defaulted, const xmlChar **attributes) {
        XmlDecoder *d = decoder_of(ctx);
        uint64_t cost = NODE_COST;
        xmlNodePtr node;

        if (d->code)
                return;
        if ((unsigned) d->parser->nodeNr >= d->base.common->max_depth) {
                stop(d, decoder_fail(&d->base, DECODE_E_LIMIT, "nested deeper than %u: raise `max_depth` if that is right", d->base.common->max_depth));
                return;
        }
        xmlSAX2StartElementNs(ctx, name, prefix, uri, n_namespaces, namespaces, n_attributes, n_defaulted, attributes);
        node = d->parser->node;
        if (!d->record && node && is_record(d->program, node)) {
                d->record = node;
                d->held_before = d->held;
                d->base.pub.has_seen_records = true;
        }
        if (d->program->n_steps && node && path_matches(d->program, node, d->program->n_steps - 1) && !d->program->is_anywhere)
                d->base.pub.has_seen_records = true;
        /* Five pointers an attribute; the value lies between the last two. */
        for (int i = 0; i < n_attributes; i++)
                cost += NODE_COST + (uint64_t) (attributes[i * 5 + 4] - attributes[i * 5 + 3]);
        hold(d, cost);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
        XmlDecoder *d = decoder_of(ctx);
        xmlNodePtr node = d->parser->node;

        if (d->code)
                return;
        xmlSAX2EndElementNs(ctx, name, prefix, uri);
        if (!node || node != d->record)
                return;
        d->record = NULL;
        if (!d->has_error) {
                int r;

                if (!d->xpath)
                        d->xpath = new_context(d->parser->myDoc, &d->program->spec->namespaces);
                r = add_record(&d->base, d->xpath, &d->program->fields, node);
                if (r != 0) {
                        stop(d, r);
                        return;
                }
        }
        d->held = d->held_before;
        if (node->parent && node->parent->type == XML_ELEMENT_NODE) {
                xmlUnlinkNode(node);
                xmlFreeNode(node);
        }
}

static void on_characters(void *ctx, const xmlChar *text, int len) {
        XmlDecoder *d = decoder_of(ctx);

        if (d->code)
                return;
        xmlSAX2Characters(ctx, text, len);
        hold(d, (uint64_t) len);
}

static void on_doctype(void *ctx, const xmlChar *name _unused_, const xmlChar *external _unused_, const xmlChar *system _unused_) {
        XmlDecoder *d = decoder_of(ctx);

        if (!d->code)
                stop(d, decoder_fail(&d->base, DECODE_E_SYNTAX, "the document has a document type declaration: these are refused, since they can name files and entities"));
}

static void on_error(void *userdata, xmlErrorPtr error) {
        XmlDecoder *d = decoder_of(userdata);

        if (d->has_error || d->code || error->level < XML_ERR_ERROR)
                return;
        d->has_error = true;
        (void) decoder_fail(&d->base, DECODE_E_SYNTAX, "line %d: %.*s", error->line, (int) strcspn(error->message ? error->message : "no XML", "\n"),
                            error->message ? error->message : "no XML");
}

static int xml_consume(DecoderBase *base, Bytes slice) {
        XmlDecoder *d = (XmlDecoder *) base;

        (void) xmlParseChunk(d->parser, slice.data, (int) slice.len, 0);
        if (d->code)
                return d->code;
        return d->has_error ? DECODE_E_SYNTAX : 0;
}

static int xml_finish(DecoderBase *base) {
        XmlDecoder *d = (XmlDecoder *) base;

        if (d->parser->node)
                return decoder_fail(base, DECODE_E_SYNTAX, "the document ends within the element \"%.60s\"", s(d->parser->node->name));
        (void) xmlParseChunk(d->parser, NULL, 0, 1);
        if (d->code)
                return d->code;
        if (d->has_error)
                return DECODE_E_SYNTAX;
        if (!d->parser->wellFormed || !d->parser->myDoc)
                return decoder_fail(base, DECODE_E_SYNTAX, "the document is not well-formed");
        if (!d->xpath)
                d->xpath = new_context(d->parser->myDoc, &d->program->spec->namespaces);
        read_envelope(base, d->xpath, &d->program->envelope, xmlDocGetRootElement(d->parser->myDoc));
        if (!base->pub.has_seen_records)
                return decoder_fail(base, DECODE_E_SHAPE, "there is no %s in the document",
                                    d->program->n_steps ? d->program->spec->common.records : "record");
        return 0;
}

static const DecoderWork xml_work = { .consume = xml_consume, .finish = xml_finish, .is_raw = true };

static Decoder *xml_free(Decoder *dec) {
        XmlDecoder *d = (XmlDecoder *) dec;

        if (!d)
                return NULL;
        xmlXPathFreeContext(d->xpath);
        if (d->parser) {
                xmlFreeDoc(d->parser->myDoc);
                d->parser->myDoc = NULL;
                xmlFreeParserCtxt(d->parser);
        }
        decoder_base_done(&d->base);
        return xfree(d);
}

static int new_parser(XmlDecoder *d) {
        int options = XML_PARSE_NONET | XML_PARSE_NOCDATA;
        xmlSAXHandlerPtr sax;

        d->parser = xmlCreatePushParserCtxt(NULL, NULL, NULL, 0, NULL);
        if (!d->parser)
                return err(-ENOMEM, "libxml2 did not start");
        d->parser->_private = d;
        /* What comes out of the converter is UTF-8, whatever the declaration says. */
        if (d->base.charset)
                options |= XML_PARSE_IGNORE_ENC;
        (void) xmlCtxtUseOptions(d->parser, options);
        sax = d->parser->sax;
        sax->startElementNs = on_start;
        sax->endElementNs = on_end;
        sax->characters = on_characters;
        sax->ignorableWhitespace = on_characters;
        sax->cdataBlock = NULL;
        sax->comment = NULL;
        sax->processingInstruction = NULL;
        sax->internalSubset = on_doctype;
        sax->serror = on_error;
        return 0;
}

static int xml_open(Decoder **ret, const void *spec, const void *program) {
        XmlDecoder *d = NEW(XmlDecoder);
        const XmlSpec *xs = spec;
        int r = decoder_base_init(&d->base, &format_xml, &xs->common, &xml_work);

        d->program = program;
        if (r == 0)
                r = new_parser(d);
        if (r < 0) {
                (void) xml_free(&d->base.pub);
                return r;
        }
        *ret = &d->base.pub;
        return 0;
}

static void xml_release(void *program) {
        XmlProgram *p = program;

        release_set(&p->fields);
        release_set(&p->envelope);
}

static int xml_compile(const void *spec, const ConfNode *at, Arena *arena, Diag *diag, void **ret) {
        XmlProgram *p = ARENA_NEW(arena, XmlProgram);
        const XmlSpec *xs = spec;
        int bad, r;

        if (!p)
                return err(-E2BIG, "configuration is larger than its bound");
        p->spec = xs;
        *ret = p;
        bad = compile_records(p, at ? conf_child(at, "records") : NULL, arena, diag);
        r = bad < 0 ? bad : compile_set(&p->fields, &xs->common.fields, &xs->namespaces, arena, diag);
        if (r >= 0) {
                bad |= r;
                r = compile_set(&p->envelope, &xs->common.envelope, &xs->namespaces, arena, diag);
        }
        if (r < 0)
                xml_release(p);
        return r < 0 ? r : bad | r;
}

/* ---- HTML ---- */

typedef struct HtmlProgram {
        const HtmlSpec *spec;
        XPathSet fields, envelope, records;
} HtmlProgram;

typedef struct HtmlDecoder {
        DecoderBase base;               /* begins with a Decoder */
        const HtmlProgram *program;
        Text page;
} HtmlDecoder;

static int html_consume(DecoderBase *base, Bytes slice) {
        HtmlDecoder *d = (HtmlDecoder *) base;

        if (text_add(&d->page, slice) == 0)
                return 0;
        return decoder_fail(base, DECODE_E_LIMIT, "the page is longer than %llu bytes: raise `max_page` if that is right", (unsigned long long) d->program->spec->max_page);
}

/* The next node in the order of the document; without recursion, since a page can be nested deeper than the stack is. */
static xmlNodePtr next_node(xmlNodePtr node, bool goes_in) {
        if (goes_in && node->type == XML_ELEMENT_NODE && node->children)
                return node->children;
        while (node && !node->next)
                node = node->parent && node->parent->type == XML_ELEMENT_NODE ? node->parent : NULL;
        return node ? node->next : NULL;
}

/* Comments never count, so they go before anything is looked for. */
static void remove_comments(xmlNodePtr node) {
        while (node) {
                bool is_comment = node->type == XML_COMMENT_NODE;
                xmlNodePtr next = next_node(node, !is_comment);

                if (is_comment) {
                        xmlUnlinkNode(node);
                        xmlFreeNode(node);
                }
                node = next;
        }
}

/* The page in UTF-8 if it is that, whatever it declares: many declare another set by mistake. Otherwise what it declares. */
static int parse_page(HtmlDecoder *d, htmlDocPtr *ret) {
        _cleanup_(text_done) Text utf8 = TEXT_INIT(d->page.limit * 2 + 16);
        _cleanup_(charset_freep) Charset *charset = NULL;
        int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
        Bytes page = text_bytes(&d->page), head = { page.data, page.len < 4096 ? page.len : 4096 };

        if (d->base.charset || charset_new(&charset, NULL) < 0)
                *ret = htmlReadMemory(page.data, (int) page.len, NULL, "UTF-8", options);
        else if (charset_feed(charset, page, &utf8) == 0 && charset_end(charset, &utf8) == 0)
                *ret = utf8.len ? htmlReadMemory(utf8.data, (int) utf8.len, NULL, "UTF-8", options) : NULL;
        else if (bytes_contains_nocase(head, "charset"))
                *ret = htmlReadMemory(page.data, (int) page.len, NULL, NULL, options);
        else
                return decoder_fail(&d->base, DECODE_E_SYNTAX, "byte %llu of the page is no UTF-8, and it declares no character set: state `charset`",
                                    (unsigned long long) charset_bad_at(charset));
        return 0;
}

static int read_page(HtmlDecoder *d, htmlDocPtr doc, xmlXPathContextPtr c) {
        const HtmlProgram *p = d->program;
        xmlNodePtr root = xmlDocGetRootElement(doc);
        xmlXPathObjectPtr records;
        int r = 0;

        read_envelope(&d->base, c, &p->envelope, root);
        if (!p->records.n) {
                d->base.pub.has_seen_records = true;
                return add_record(&d->base, c, &p->fields, root);
        }
        c->node = root;
        c->opCount = 0;
        records = xmlXPathCompiledEval(p->records.items[0], c);
        if (records && records->type == XPATH_NODESET && records->nodesetval && records->nodesetval->nodeNr) {
                d->base.pub.has_seen_records = true;
                for (int i = 0; r == 0 && i < records->nodesetval->nodeNr; i++)
                        r = add_record(&d->base, c, &p->fields, records->nodesetval->nodeTab[i]);
        } else
                r = decoder_fail(&d->base, DECODE_E_SHAPE, "there is no %s on the page", p->spec->common.records);
        xmlXPathFreeObject(records);
        return r;
}

static int html_finish(DecoderBase *base) {
        HtmlDecoder *d = (HtmlDecoder *) base;
        xmlXPathContextPtr c;
        htmlDocPtr doc = NULL;
        int r = parse_page(d, &doc);

        if (r != 0)
                return r;
        if (!doc || !xmlDocGetRootElement(doc)) {
                xmlFreeDoc(doc);
                return decoder_fail(base, DECODE_E_SHAPE, "the page is empty");
        }
        remove_comments(doc->children);
        c = new_context(doc, NULL);
        r = c ? read_page(d, doc, c) : err(-ENOMEM, "libxml2 did not start");
        xmlXPathFreeContext(c);
        xmlFreeDoc(doc);
        return r;
}

static const DecoderWork html_work = { .consume = html_consume, .finish = html_finish, .is_raw = true };

static Decoder *html_free(Decoder *dec) {
        HtmlDecoder *d = (HtmlDecoder *) dec;

        if (!d)
                return NULL;
        text_done(&d->page);
        decoder_base_done(&d->base);
        return xfree(d);
}

static int html_open(Decoder **ret, const void *spec, const void *program) {
        HtmlDecoder *d = NEW(HtmlDecoder);
        const HtmlSpec *hs = spec;
        int r = decoder_base_init(&d->base, &format_html, &hs->common, &html_work);

        d->program = program;
        d->page = TEXT_INIT(hs->max_page);
        if (r < 0) {
                (void) html_free(&d->base.pub);
                return r;
        }
        *ret = &d->base.pub;
        return 0;
}

static void html_release(void *program) {
        HtmlProgram *p = program;

        release_set(&p->fields);
        release_set(&p->envelope);
        release_set(&p->records);
}

static int html_compile(const void *spec, const ConfNode *at, Arena *arena, Diag *diag, void **ret) {
        HtmlProgram *p = ARENA_NEW(arena, HtmlProgram);
        const HtmlSpec *hs = spec;
        ConfPair one = { .value = hs->common.records, .node = at ? conf_child(at, "records") : NULL };
        const ConfPairs records = { &one, hs->common.records ? 1 : 0 };
        int bad, r;

        if (!p)
                return err(-E2BIG, "configuration is larger than its bound");
        p->spec = hs;
        *ret = p;
        r = bad = compile_set(&p->fields, &hs->common.fields, NULL, arena, diag);
        if (r >= 0)
                bad |= r = compile_set(&p->envelope, &hs->common.envelope, NULL, arena, diag);
        if (r >= 0)
                bad |= r = compile_set(&p->records, &records, NULL, arena, diag);
        if (r < 0)
                html_release(p);
        return r < 0 ? r : bad;
}

/* ---- the kinds ---- */

static const ConfField xml_fields[] = {
        FORMAT_COMMON_FIELDS("Path of elements to the records: `/list/item`, `//p:item`. Default: the root element is one record. Selectors are XPath within the record."),
        FIELD(XmlSpec, namespaces, 0, NULL, "Prefixes for the selectors, and the names of their namespaces."),
        {}
};

static const ConfField html_fields[] = {
        FORMAT_COMMON_FIELDS("XPath to the records. Default: the page is one record. Selectors are XPath within the record."),
        FIELD_SIZE(HtmlSpec, max_page, 0, "2 MiB", 1, (uint64_t) 64 << 20, "Longest page; pages are read whole."),
        {}
};

static const char *const xml_types[] = { "application/xml", "text/xml", "application/soap+xml", NULL };
static const char *const html_types[] = { "text/html", "application/xhtml+xml", NULL };

const FormatOps format_xml = {
        .info = { .kind = "xml", .help = "XML with namespaces. Document type declarations are refused, comments do not count.", .fields = xml_fields, .spec_size = sizeof(XmlSpec) },
        .content_types = xml_types,
        .compile = xml_compile,
        .release = xml_release,
        .open = xml_open,
        .feed = decoder_base_feed,
        .next = decoder_base_next,
        .free = xml_free,
};

const FormatOps format_html = {
        .info = { .kind = "html", .help = "A web page, as a browser would read it. Comments do not count.", .fields = html_fields, .spec_size = sizeof(HtmlSpec) },
        .content_types = html_types,
        .compile = html_compile,
        .release = html_release,
        .open = html_open,
        .feed = decoder_base_feed,
        .next = decoder_base_next,
        .free = html_free,
};

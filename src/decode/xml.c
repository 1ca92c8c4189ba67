/* XML: records of a streamed document, each a small tree for XPath.
 *
 * libxml2 builds its tree from SAX events. The events pass through here: when a record's element ends, its
 * fields are taken and its tree is freed, so a long document costs as much as its longest record and what
 * stands around the records. Document type declarations are refused: no entities, no external files. */

#include <errno.h>

#include "base/err.h"
#include "decode/xpath.h"

extern const FormatOps format_xml;

enum {
        NODE_COST = 64,    /* bytes that a node counts beside its text */
        HEAD_LIMIT = 1024, /* of a declaration */
};

typedef struct XmlSpec {
        FormatCommon common;
        ConfPairs namespaces;
} XmlSpec;

/* ---- the path to the records ---- */

typedef struct ElementStep {
        const char *name; /* "*": any */
        const char *uri;  /* NULL: no namespace */
} ElementStep;

typedef struct XmlProgram {
        const XmlSpec *spec;
        XPathSet fields, envelope;
        ElementStep *steps;
        size_t n_steps;   /* 0: the root element */
        bool is_anywhere; /* begins with "//" */
} XmlProgram;

static int compile_step(XmlProgram *p, Bytes step, const ConfNode *at, Arena *arena, Diag *diag) {
        const char *colon = step.len ? memchr(step.data, ':', step.len) : NULL;
        ElementStep *e = &p->steps[p->n_steps++];
        Bytes name = step;

        if (colon) {
                Bytes prefix = { step.data, (size_t) (colon - step.data) };

                name = (Bytes){ colon + 1, step.len - prefix.len - 1 };
                e->uri = xpath_namespace(&p->spec->namespaces, prefix);
                if (!e->uri) {
                        diag_error(diag, at, "prefix \"%.*s\" is not under `namespaces`", (int) prefix.len,
                                        prefix.data);
                        return 1;
                }
        }
        e->name = arena_dup(arena, name);
        if (!e->name)
                return err(-E2BIG, "configuration is larger than its bound");
        if (!name.len || (strcmp(e->name, "*") != 0 && libxml.xmlValidateNCName(xml_text(e->name), 0) != 0)) {
                diag_error(diag, at,
                                "\"%s\" is no path of elements such as /list/item or //p:item; conditions "
                                "belong under `where` of the mapping",
                                p->spec->common.records);
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
        const char *uri;

        /* Above the root stands the document, which has no name and no namespace. */
        if (node->type != XML_ELEMENT_NODE)
                return false;
        uri = node->ns ? text_of_xml(node->ns->href) : NULL;
        if (strcmp(step->uri ? step->uri : "", uri ? uri : "") != 0)
                return false;
        return strcmp(step->name, "*") == 0 || strcmp(step->name, text_of_xml(node->name)) == 0;
}

/* Does the path of the first n steps end at this element? */
static bool path_matches(const XmlProgram *p, xmlNodePtr node, size_t n) {
        for (size_t i = n; i-- > 0; node = node->parent)
                if (!node || !step_matches(&p->steps[i], node))
                        return false;
        return p->is_anywhere || !node || node->type != XML_ELEMENT_NODE;
}

static bool is_record(const XmlProgram *p, xmlNodePtr node) {
        return p->n_steps ? path_matches(p, node, p->n_steps)
                          : !node->parent || node->parent->type != XML_ELEMENT_NODE;
}

/* ---- the decoder ---- */

typedef struct XmlDecoder {
        DecoderBase base; /* begins with a Decoder */
        const XmlProgram *program;
        xmlParserCtxtPtr parser;
        xmlXPathContextPtr xpath;
        xmlNodePtr record;          /* whose element is open */
        bool is_plain;              /* of that record only what its selectors name is built */
        unsigned n_skipped;         /* elements that are open and not built */
        uint64_t held, held_before; /* bytes of the tree; before the record began */
        Text head;                  /* until the declaration has been read */
        Charset *charset;           /* by the declaration; NULL: not yet known, or stated by the connector */
        Text utf8;
        bool is_after_record; /* nothing but white space came since a record ended */
        bool has_error;
        int code;
} XmlDecoder;

static XmlDecoder *decoder_of(void *ctx) {
        return ((xmlParserCtxtPtr) ctx)->_private;
}

/* The outcome is decided; what libxml2 still tells is not listened to. */
static bool is_over(const XmlDecoder *d) {
        return d->code || d->has_error;
}

static void stop(XmlDecoder *d, int code) {
        if (!d->code)
                d->code = code;
        libxml.xmlStopParser(d->parser);
}

static void hold(XmlDecoder *d, uint64_t bytes) {
        d->held += bytes;
        if (d->held > d->base.common->max_value && !is_over(d))
                stop(d, decoder_fail(&d->base, DECODE_E_LIMIT,
                                        "a record, or what stands around the records, is larger than %llu "
                                        "bytes: raise `max_value` if that is right",
                                        (unsigned long long) d->base.common->max_value));
}

/* The text of a record, and elements in it, that no selector can see. They count like the others. */
static bool is_unseen_text(const XmlDecoder *d) {
        return d->n_skipped || (d->is_plain && d->parser->node == d->record);
}

static bool is_unseen(const XmlDecoder *d, const xmlChar *name) {
        return d->n_skipped || (d->is_plain && d->parser->node == d->record && !xpath_wants(&d->program->fields, name));
}

static void begin_record(XmlDecoder *d, xmlNodePtr node) {
        d->record = node;
        d->held_before = d->held;
        d->base.pub.has_seen_records = true;
        /* The root stays until the end of the document, where the envelope may look at it. */
        d->is_plain = d->program->fields.is_plain && node->parent && node->parent->type == XML_ELEMENT_NODE;
}

/* Outside of records: is one of them this element, or could one be in it? */
static void look_for_records(XmlDecoder *d, xmlNodePtr node) {
        const XmlProgram *p = d->program;

        if (is_record(p, node))
                begin_record(d, node);
        else if (p->n_steps && !p->is_anywhere && path_matches(p, node, p->n_steps - 1))
                d->base.pub.has_seen_records = true;
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                int n_namespaces, const xmlChar **namespaces, int n_attributes, int n_defaulted,
                const xmlChar **attributes) {
        XmlDecoder *d = decoder_of(ctx);
        uint64_t cost = NODE_COST;

        if (is_over(d))
                return;
        if ((unsigned) d->parser->nodeNr + d->n_skipped >= d->base.common->max_depth) {
                stop(d, decoder_fail(&d->base, DECODE_E_LIMIT,
                                        "nested deeper than %u: raise `max_depth` if that is right",
                                        d->base.common->max_depth));
                return;
        }
        d->is_after_record = false;
        if (d->record && is_unseen(d, name))
                d->n_skipped++;
        else {
                libxml.xmlSAX2StartElementNs(ctx, name, prefix, uri, n_namespaces, namespaces, n_attributes, n_defaulted,
                                attributes);
                if (!d->record && d->parser->node)
                        look_for_records(d, d->parser->node);
        }
        /* Five pointers an attribute; the value lies between the last two. */
        for (int i = 0; i < n_attributes; i++)
                cost += NODE_COST + (uint64_t) (attributes[i * 5 + 4] - attributes[i * 5 + 3]);
        hold(d, cost);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
        XmlDecoder *d = decoder_of(ctx);
        xmlNodePtr node = d->parser->node;
        int r;

        if (is_over(d))
                return;
        if (d->n_skipped) {
                d->n_skipped--;
                return;
        }
        libxml.xmlSAX2EndElementNs(ctx, name, prefix, uri);
        if (!node || node != d->record)
                return;
        d->record = NULL;
        if (!d->xpath)
                d->xpath = xpath_context(d->parser->myDoc, &d->program->spec->namespaces);
        r = xpath_add_record(&d->base, d->xpath, &d->program->fields, node);
        if (r != 0) {
                stop(d, r);
                return;
        }
        d->held = d->held_before;
        if (!node->parent || node->parent->type != XML_ELEMENT_NODE)
                return;
        libxml.xmlUnlinkNode(node);
        libxml.xmlFreeNode(node);
        /* The text before it is the last child again; libxml2 must measure it anew before it adds to it. */
        d->parser->nodemem = 0;
        d->is_after_record = true;
}

static size_t count_blanks(const xmlChar *text, size_t len) {
        size_t n = 0;

        while (n < len && (text[n] == ' ' || text[n] == '\t' || text[n] == '\r' || text[n] == '\n'))
                n++;
        return n;
}

/* Outside of records white space in front of a text is dropped: what stands between a million records must
 * not add up. */
static bool is_at_front(const XmlDecoder *d) {
        const xmlNode *last = d->parser->node ? d->parser->node->last : NULL;

        return !d->record && (d->is_after_record || !last || last->type != XML_TEXT_NODE);
}

static void on_characters(void *ctx, const xmlChar *text, int len) {
        XmlDecoder *d = decoder_of(ctx);
        size_t n_blanks;

        if (is_over(d))
                return;
        n_blanks = is_at_front(d) ? count_blanks(text, (size_t) len) : 0;
        if (n_blanks == (size_t) len)
                return;
        d->is_after_record = false;
        if (!d->record || !is_unseen_text(d))
                libxml.xmlSAX2Characters(ctx, text + n_blanks, len - (int) n_blanks);
        hold(d, (uint64_t) len);
}

static void on_doctype(void *ctx, const xmlChar *name _unused_, const xmlChar *external _unused_,
                const xmlChar *system _unused_) {
        XmlDecoder *d = decoder_of(ctx);

        if (!is_over(d))
                stop(d, decoder_fail(&d->base, DECODE_E_SYNTAX,
                                        "the document has a document type declaration: these are refused, "
                                        "since they can name files and entities"));
}

static void on_error(void *userdata, xmlErrorPtr error) {
        XmlDecoder *d = decoder_of(userdata);

        if (is_over(d) || error->level < XML_ERR_ERROR)
                return;
        d->has_error = true;
        if (d->base.is_withheld) {      /* the parser's words may quote the document */
                (void) decoder_fail(&d->base, DECODE_E_SYNTAX, "line %d: broken XML (error %d of the parser)", error->line, error->code);
                return;
        }
        (void) decoder_fail(&d->base, DECODE_E_SYNTAX, "line %d: %.*s", error->line,
                        (int) strcspn(error->message ? error->message : "no XML", "\n"),
                        error->message ? error->message : "no XML");
}

/* UTF-8 to the parser. XML has no NUL, and libxml2 goes astray at one. */
static int parse(XmlDecoder *d, Bytes text) {
        const char *nul = text.len ? memchr(text.data, '\0', text.len) : NULL;
        size_t len = nul ? (size_t) (nul - text.data) : text.len;

        if (len)
                (void) libxml.xmlParseChunk(d->parser, text.data, (int) len, 0);
        if (d->code)
                return d->code;
        if (d->has_error)
                return DECODE_E_SYNTAX;
        return nul ? decoder_fail(&d->base, DECODE_E_SYNTAX, "the document has a NUL in it") : 0;
}

/* The name in <?xml ... encoding="NAME" ...?>; empty: none. */
static Bytes declared_encoding(Bytes head) {
        size_t at, end;
        char quote;

        if (head.len > HEAD_LIMIT)
                head.len = HEAD_LIMIT;
        if (!bytes_starts(head, "<?xml") || !bytes_find(head, BYTES_LIT("?>"), &end) ||
                        !bytes_find((Bytes){ head.data, end }, BYTES_LIT("encoding"), &at))
                return BYTES_NULL;
        head.len = end;
        for (at += strlen("encoding"); at < end && strchr(" \t\r\n=", head.data[at]); at++)
                ;
        if (at >= end || (head.data[at] != '"' && head.data[at] != '\''))
                return BYTES_NULL;
        quote = head.data[at++];
        for (end = at; end < head.len && head.data[end] != quote; end++)
                ;
        return (Bytes){ head.data + at, end - at };
}

/* Can it be told yet whether there is a declaration, and what it says? */
static bool is_head_whole(Bytes head) {
        static const char begin[] = "<?xml";
        size_t n = head.len < strlen(begin) ? head.len : strlen(begin);

        if (memcmp(head.data, begin, n) != 0)
                return true;
        return n == strlen(begin) && (head.len >= HEAD_LIMIT || bytes_find(head, BYTES_LIT("?>"), NULL));
}

static int begin_charset(XmlDecoder *d) {
        Bytes name = declared_encoding(text_bytes(&d->head));
        _free_ char *copy = name.len ? xstrndup(name.data, name.len) : NULL;
        char quoted[48];

        if (charset_new(&d->charset, copy) < 0)
                return decoder_fail(&d->base, DECODE_E_SYNTAX,
                                "the document declares the unknown character set \"%s\"",
                                decoder_quote(&d->base, name, quoted, sizeof(quoted)));
        return 0;
}

static int convert(XmlDecoder *d, Bytes raw, bool is_end) {
        int bad, r;

        text_clear(&d->utf8);
        bad = charset_feed(d->charset, raw, &d->utf8);
        if (bad == 0 && is_end)
                bad = charset_end(d->charset, &d->utf8);
        r = parse(d, text_bytes(&d->utf8));
        if (r != 0 || bad == 0)
                return r;
        if (bad != -EILSEQ)
                return bad;
        return decoder_fail(&d->base, DECODE_E_SYNTAX, "byte %llu of the body is no character of %s",
                        (unsigned long long) charset_bad_at(d->charset), charset_name(d->charset));
}

static int take_in(XmlDecoder *d, Bytes slice, bool is_end) {
        int r;

        if (d->charset)
                return convert(d, slice, is_end);
        (void) text_add(&d->head, slice);
        if (!is_end && !is_head_whole(text_bytes(&d->head)))
                return 0;
        r = begin_charset(d);
        return r ? r : convert(d, text_bytes(&d->head), is_end);
}

static int xml_consume(DecoderBase *base, Bytes slice) {
        XmlDecoder *d = (XmlDecoder *) base;

        /* Where the connector states the set, slices have been converted already. */
        return base->charset ? parse(d, slice) : take_in(d, slice, false);
}

static int xml_finish(DecoderBase *base) {
        XmlDecoder *d = (XmlDecoder *) base;
        int r = base->charset ? 0 : take_in(d, BYTES_NULL, true);

        if (r != 0)
                return r;
        if (d->parser->node)
                return decoder_fail(base, DECODE_E_SYNTAX, "the document ends within the element \"%.60s\"",
                                text_of_xml(d->n_skipped ? d->parser->name : d->parser->node->name));
        if (!d->parser->myDoc || !libxml.xmlDocGetRootElement(d->parser->myDoc))
                return decoder_fail(base, DECODE_E_SHAPE, "the body is empty: there is no element in it");
        (void) libxml.xmlParseChunk(d->parser, NULL, 0, 1);
        if (d->code)
                return d->code;
        if (d->has_error)
                return DECODE_E_SYNTAX;
        if (!d->parser->wellFormed || !d->parser->myDoc)
                return decoder_fail(base, DECODE_E_SYNTAX, "the document is not well-formed");
        if (!d->xpath)
                d->xpath = xpath_context(d->parser->myDoc, &d->program->spec->namespaces);
        xpath_read_envelope(base, d->xpath, &d->program->envelope, libxml.xmlDocGetRootElement(d->parser->myDoc));
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
        text_done(&d->head);
        text_done(&d->utf8);
        d->charset = charset_free(d->charset);
        libxml.xmlXPathFreeContext(d->xpath);
        if (d->parser) {
                libxml.xmlFreeDoc(d->parser->myDoc);
                d->parser->myDoc = NULL;
                libxml.xmlFreeParserCtxt(d->parser);
        }
        decoder_base_done(&d->base);
        return xfree(d);
}

static int new_parser(XmlDecoder *d) {
        xmlSAXHandlerPtr sax;

        d->parser = libxml.xmlCreatePushParserCtxt(NULL, NULL, NULL, 0, NULL);
        if (!d->parser)
                return err(-ENOMEM, "libxml2 did not start");
        d->parser->_private = d;
        /* What the parser gets is UTF-8, whatever the declaration says. */
        (void) libxml.xmlCtxtUseOptions(d->parser, XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC);
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
        d->head = TEXT_INIT(1 << 20);
        d->utf8 = TEXT_INIT(1 << 20);
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

        xpath_release(&p->fields);
        xpath_release(&p->envelope);
}

static int xml_compile(const void *spec, const ConfNode *at, Arena *arena, Diag *diag, void **ret) {
        XmlProgram *p = ARENA_NEW(arena, XmlProgram);
        const XmlSpec *xs = spec;
        int bad, r;

        if (!p)
                return err(-E2BIG, "configuration is larger than its bound");
        if (libxml_load() < 0) {
                diag_error(diag, at, "%s", err_story(-ENOPKG));
                return 1;
        }
        p->spec = xs;
        *ret = p;
        bad = compile_records(p, at ? conf_child(at, "records") : NULL, arena, diag);
        r = bad < 0 ? bad : xpath_compile(&p->fields, &xs->common.fields, &xs->namespaces, arena, diag);
        if (r >= 0) {
                bad |= r;
                r = xpath_compile(&p->envelope, &xs->common.envelope, &xs->namespaces, arena, diag);
        }
        if (r < 0)
                xml_release(p);
        return r < 0 ? r : bad | r;
}

/* ---- the kind ---- */

static const ConfField xml_fields[] = {
        FORMAT_COMMON_FIELDS("Path of elements to the records: `/list/item`, `//p:item`. Default: the root "
                             "element is one record. Selectors are XPath within the record."),
        FIELD(XmlSpec, namespaces, 0, NULL, "Prefixes for the selectors, and the names of their namespaces."),
        {}
};

static const char *const xml_types[] = { "application/xml", "text/xml", "application/soap+xml", NULL };
const FormatOps format_xml = {
        .info = { .kind = "xml",
                        .help = "XML with namespaces. Document type declarations are refused, comments do "
                                "not count.",
                        .fields = xml_fields,
                        .spec_size = sizeof(XmlSpec) },
        .content_types = xml_types,
        .compile = xml_compile,
        .release = xml_release,
        .open = xml_open,
        .feed = decoder_base_feed,
        .next = decoder_base_next,
        .free = xml_free,
};

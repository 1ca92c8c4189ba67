/* HTML pages, read whole within a bound and looked at with XPath. */

#include <errno.h>

#include "base/err.h"
#include "decode/xpath.h"

extern const FormatOps format_html;

typedef struct HtmlSpec {
        FormatCommon common;
        uint64_t max_page;
} HtmlSpec;

typedef struct HtmlProgram {
        const HtmlSpec *spec;
        XPathSet fields, envelope, records;
} HtmlProgram;

typedef struct HtmlDecoder {
        DecoderBase base; /* begins with a Decoder */
        const HtmlProgram *program;
        Text page;
} HtmlDecoder;

static int html_consume(DecoderBase *base, Bytes slice) {
        HtmlDecoder *d = (HtmlDecoder *) base;

        if (text_add(&d->page, slice) == 0)
                return 0;
        return decoder_fail(base, DECODE_E_LIMIT,
                        "the page is longer than %llu bytes: raise `max_page` if that is right",
                        (unsigned long long) d->program->spec->max_page);
}

/* The next node in the order of the document; without recursion, since a page can be nested deeper than the
 * stack is. */
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
                        libxml.xmlUnlinkNode(node);
                        libxml.xmlFreeNode(node);
                }
                node = next;
        }
}

/* The page in UTF-8 if it is that, whatever it declares: many declare another set by mistake. Otherwise what
 * it declares. */
static int parse_page(HtmlDecoder *d, htmlDocPtr *ret) {
        _cleanup_(text_done) Text utf8 = TEXT_INIT(d->page.limit * 2 + 16);
        _cleanup_(charset_freep) Charset *charset = NULL;
        int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
        Bytes page = text_bytes(&d->page), head = { page.data, page.len < 4096 ? page.len : 4096 };

        if (d->base.charset || charset_new(&charset, NULL) < 0)
                *ret = libxml.htmlReadMemory(page.data, (int) page.len, NULL, "UTF-8", options);
        else if (charset_feed(charset, page, &utf8) == 0 && charset_end(charset, &utf8) == 0)
                *ret = utf8.len ? libxml.htmlReadMemory(utf8.data, (int) utf8.len, NULL, "UTF-8", options) : NULL;
        else if (bytes_contains_nocase(head, "charset"))
                *ret = libxml.htmlReadMemory(page.data, (int) page.len, NULL, NULL, options);
        else
                return decoder_fail(&d->base, DECODE_E_SYNTAX,
                                "byte %llu of the page is no UTF-8, and it declares no character set: state "
                                "`charset`",
                                (unsigned long long) charset_bad_at(charset));
        return 0;
}

static int read_page(HtmlDecoder *d, htmlDocPtr doc, xmlXPathContextPtr c) {
        const HtmlProgram *p = d->program;
        xmlNodePtr root = libxml.xmlDocGetRootElement(doc);
        xmlXPathObjectPtr records;
        int r = 0;

        xpath_read_envelope(&d->base, c, &p->envelope, root);
        if (!p->records.n) {
                d->base.pub.has_seen_records = true;
                return xpath_add_record(&d->base, c, &p->fields, root);
        }
        c->node = root;
        c->opCount = 0;
        records = libxml.xmlXPathCompiledEval(p->records.items[0], c);
        if (records && records->type == XPATH_NODESET && records->nodesetval && records->nodesetval->nodeNr) {
                d->base.pub.has_seen_records = true;
                for (int i = 0; r == 0 && i < records->nodesetval->nodeNr; i++)
                        r = xpath_add_record(&d->base, c, &p->fields, records->nodesetval->nodeTab[i]);
        } else
                r = decoder_fail(&d->base, DECODE_E_SHAPE, "there is no %s on the page",
                                p->spec->common.records);
        libxml.xmlXPathFreeObject(records);
        return r;
}

static int html_finish(DecoderBase *base) {
        HtmlDecoder *d = (HtmlDecoder *) base;
        xmlXPathContextPtr c;
        htmlDocPtr doc = NULL;
        int r = parse_page(d, &doc);

        if (r != 0)
                return r;
        if (!doc || !libxml.xmlDocGetRootElement(doc)) {
                libxml.xmlFreeDoc(doc);
                return decoder_fail(base, DECODE_E_SHAPE, "the page is empty");
        }
        remove_comments(doc->children);
        c = xpath_context(doc, NULL);
        r = c ? read_page(d, doc, c) : err(-ENOMEM, "libxml2 did not start");
        libxml.xmlXPathFreeContext(c);
        libxml.xmlFreeDoc(doc);
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

        xpath_release(&p->fields);
        xpath_release(&p->envelope);
        xpath_release(&p->records);
}

static int html_compile(const void *spec, const ConfNode *at, Arena *arena, Diag *diag, void **ret) {
        HtmlProgram *p = ARENA_NEW(arena, HtmlProgram);
        const HtmlSpec *hs = spec;
        ConfPair one = { .value = hs->common.records, .node = at ? conf_child(at, "records") : NULL };
        const ConfPairs records = { &one, hs->common.records ? 1 : 0 };
        int bad, r;

        if (!p)
                return err(-E2BIG, "configuration is larger than its bound");
        if (libxml_load() < 0) {
                diag_error(diag, at, "%s", err_story(-ENOPKG));
                return 1;
        }
        p->spec = hs;
        *ret = p;
        r = bad = xpath_compile(&p->fields, &hs->common.fields, NULL, arena, diag);
        if (r >= 0)
                bad |= r = xpath_compile(&p->envelope, &hs->common.envelope, NULL, arena, diag);
        if (r >= 0)
                bad |= r = xpath_compile(&p->records, &records, NULL, arena, diag);
        if (r < 0)
                html_release(p);
        return r < 0 ? r : bad;
}

static const ConfField html_fields[] = { FORMAT_COMMON_FIELDS(
                                                         "XPath to the records. Default: the page is one "
                                                         "record. Selectors are XPath within the record."),
        FIELD_SIZE(HtmlSpec, max_page, 0, "2 MiB", 1, (uint64_t) 64 << 20,
                        "Longest page; pages are read whole."),
        {} };

static const char *const html_types[] = { "text/html", "application/xhtml+xml", NULL };

const FormatOps format_html = {
        .info = { .kind = "html",
                        .help = "A web page, as a browser would read it. Comments do not count.",
                        .fields = html_fields,
                        .spec_size = sizeof(HtmlSpec) },
        .content_types = html_types,
        .compile = html_compile,
        .release = html_release,
        .open = html_open,
        .feed = decoder_base_feed,
        .next = decoder_base_next,
        .free = html_free,
};

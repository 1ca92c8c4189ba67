/* Tests of decode/xml.c: XML and HTML. */

#include "format_case.h"

#define XML  "kind: xml\nrecords: /r/i\nfields: {a: a, b: '@b'}\n"
#define HTML "kind: html\n"

static const FormatRow xml_rows[] = {
        { "records", XML, "<?xml version=\"1.0\"?>\n<r><i b=\"1\"><a>x</a></i><i><a/></i><i b=''/></r>",
                        "'x' '1'\n'' -\n- ''\nend" },
        { "an empty list is a real zero", XML, "<r/>", "end" },
        { "the list is not there", XML, "<q><i/></q>", "SHAPE there is no /r/i in the document" },
        { "anywhere", "kind: xml\nrecords: //i\nfields: {a: '.', n: name(..)}",
                        "<r><x><i>1</i></x><i>2</i><i>3<i>4</i></i></r>", "'1' 'x'\n'2' 'r'\n'34' 'r'\nend" },
        { "the root is the record", "kind: xml\nfields: {c: /f/code}", "<f><code>900900</code></f>",
                        "'900900'\nend" },
        { "namespaces",
                        "kind: xml\nrecords: /m:r/m:i\nnamespaces: {m: 'urn:x', o: 'urn:y'}\nfields: {a: "
                        "m:a, o: '@o:z'}",
                        "<r xmlns='urn:x' xmlns:q='urn:y'><i q:z='9'><a>1</a></i><q:i><a>2</a></q:i></r>",
                        "'1' '9'\nend" },
        { "no prefix is no namespace", "kind: xml\nrecords: /r/i\nfields: {a: a}",
                        "<r xmlns='urn:x'><i><a>1</a></i></r>", "SHAPE there is no /r/i in the document" },
        { "functions",
                        "kind: xml\nrecords: /r/i\nfields: {n: count(x), s: 'sum(x)', b: boolean(y), t: "
                        "'string(z)', q: 'number(t)'}",
                        "<r><i><x>1</x><x>2.5</x><t>k</t></i></r>",
                        "2 3.5 false '' FAILED(the selector computes something that is not a number)\nend" },
        { "inexact results", "kind: xml\nrecords: /r/i\nfields: {s: 'sum(x)', t: 'string(x)'}",
                        "<r><i><x>0.1</x><x>0.2</x></i><i><x>9007199254740993</x></i></r>",
                        "0.3 '0.1'\nLOST '9007199254740993'\nend" },
        { "more than one node", XML, "<r><i><a>1</a><a>2</a></i></r>",
                        "FAILED(the selector finds more than one node: use [1], count() or string()) "
                        "-\nend" },
        { "nil is null", XML,
                        "<r xmlns:x='http://www.w3.org/2001/XMLSchema-instance'><i><a x:nil='true'/></i></r>",
                        "null -\nend" },
        { "CDATA, comments, predefined entities", XML,
                        "<r><i b='&lt;&amp;'><a><!-- no --><![CDATA[<x>]]>&amp;&#233;</a></i></r>",
                        "'<x>&é' '<&'\nend" },
        { "text between records", XML "envelope: {t: 'string(/r)'}",
                        "<r> \n a<i><a>1</a></i> \n<i/> b <i/>\n<x> c </x>d</r>",
                        "'1' -\n- -\n- -\nend | 'ab c d'" },
        { "envelope", XML "envelope: {n: /r/@total, m: '/r/msg', e: 'count(/r/i)'}",
                        "<r total='2'><i/><i/><msg>ok</msg></r>", "- -\n- -\nend | '2' 'ok' 0" },
        { "windows-1258 by declaration", XML,
                        "<?xml version='1.0' encoding='windows-1258'?><r><i><a>\xD0\xF4ng</a></i></r>",
                        "'Đông' -\nend" },
        { "a declared set that nobody knows", XML, "<?xml version='1.0' encoding='klingon'?><r/>",
                        "SYNTAX the document declares the unknown character set \"klingon\"" },
        { "no UTF-8", XML, "<r><i><a>x</a></i><i><a>\xD0\xF4</a></i></r>",
                        "'x' -\nSYNTAX byte 25 of the body is no character of UTF-8" },
        { "BOM", XML, "\xEF\xBB\xBF<?xml version='1.0'?><r><i><a>x</a></i></r>", "'x' -\nend" },
        { "charset against declaration", XML "charset: windows-1258",
                        "<?xml version='1.0' encoding='utf-8'?><r><i><a>\xD0\xF4ng</a></i></r>",
                        "'Đông' -\nend" },
        { "document type", XML, "<!DOCTYPE r [<!ENTITY e 'x'>]><r><i><a>&e;</a></i></r>",
                        "SYNTAX the document has a document type declaration: these are refused, since they "
                        "can name files and entities" },
        { "unknown entity", XML, "<r><i><a>&nbsp;</a></i></r>", "SYNTAX line 1: Entity 'nbsp' not defined" },
        { "unknown prefix", XML, "<r><i><a>1</a></i><i p:q='1'/></r>",
                        "'1' -\nSYNTAX line 1: Namespace prefix p for q on i is not defined" },
        { "not closed", XML, "<r><i><a>1</a></i>\n",
                        "'1' -\nSYNTAX the document ends within the element \"r\"" },
        { "too deep", XML "max_depth: 3", "<r><i><a><x/></a></i></r>",
                        "LIMIT nested deeper than 3: raise `max_depth` if that is right" },
        { "too deep where nobody looks", XML "max_depth: 3", "<r><i><q><x/></q></i></r>",
                        "LIMIT nested deeper than 3: raise `max_depth` if that is right" },
        { "not closed where nobody looks", XML, "<r><i><q><x>1\n",
                        "SYNTAX the document ends within the element \"x\"" },
        { "too large where nobody looks", XML "max_value: 500 B",
                        "<r><i><a>1</a><q>0123456789012345678901234567890123456789</q><q><x y='1234567890'/><x/><x/><x/></q></i></r>",
                        "LIMIT a record, or what stands around the records, is larger than 500 bytes: raise `max_value` if that is right" },
        { "names below others, and of other namespaces",
                        "kind: xml\nrecords: /r/i\nnamespaces: {p: 'urn:x'}\nfields: {a: a, p: p:a, d: a/d, n: 'c/@n'}",
                        "<r xmlns:q='urn:x'><i>text<a/><q:a>1</q:a><x><a>9</a></x><c n='3'/></i><i><q:a>2<b>3</b></q:a></i><i><a><d>4</d>5</a>more</i></r>",
                        "'' '1' - '3'\n- '23' - -\n'45' - '4' -\nend" },
        { "the root as a record keeps what the envelope asks for", "kind: xml\nfields: {a: a}\nenvelope: {c: c, t: 'count(*)'}", "<f><a>1</a><c>2</c></f>",
                        "'1'\nend | '2' 2" },
        { "too large a record", XML "max_value: 500 B",
                        "<r><i><a>1</a></i><i><a>2</a></i><i><a>3</a></i><i><a>4</a></i><i><a/><a/><a/><a/"
                        "><a/><a/><a/></i></r>",
                        "'1' -\n'2' -\n'3' -\n'4' -\nLIMIT a record, or what stands around the records, is "
                        "larger than 500 bytes: raise `max_value` if that is right" },
        { "too many records", XML "max_records: 1", "<r><i/><i/></r>",
                        "- -\nLIMIT more than 1 records: raise `max_records` if that is right" },
        { "a declaration without quotes", XML, "<?xml version='1.0' encoding=x?><r/>",
                        "SYNTAX line 1: String not started expecting ' or \"" },
        { "nothing but white space", XML, " \n", "SHAPE the body is empty: there is no element in it" },
        { "a prefix that means nothing", XML, "<r><i><a>1</a></i>",
                        "'1' -\nSYNTAX the document ends within the element \"r\"" },
        { "empty body", XML, "", "SHAPE the body is empty" },
        { "secret", XML "secret: [a]", "<r><i b='1'><a>x</a></i></r>", "'***' '1'\nend" },
};

/* XML to records, the same however it is cut into chunks; nothing outside the document is ever looked at. */
static void test_xml_rows(void **state) {
        (void) state;
        check_format_rows(xml_rows, ELEMENTS(xml_rows));
}

static const FormatRow html_rows[] = {
        { "the page as one record", HTML "fields: {t: '//title', h: 'boolean(//h2)', n: 'count(//a)'}",
                        "<html><head><title>Cổng</title></head><body><a href=x>1<a href=y>2</body>",
                        "'Cổng' false 2\nend" },
        { "records", HTML "records: //tr\nfields: {a: 'td[1]', b: 'td[2]'}",
                        "<table><tr><td>A<td>1<tr><td>B<td>2</table>", "'A' '1'\n'B' '2'\nend" },
        { "no records", HTML "records: //tr\nenvelope: {t: //title}\nfields: {a: td}", "<title>x</title>",
                        "SHAPE there is no //tr on the page | 'x'" },
        { "comments never count",
                        HTML "fields: {s: 'boolean(//script)', c: 'count(//comment())', t: 'string(//body)'}",
                        "<!-- <script>1</script> --><html><!-- x --><body>a<!-- b -->c<p><!-- d "
                        "--></p></body></html><!-- end -->",
                        "false 0 'ac'\nend" },
        { "sections",
                        HTML "fields: {k: "
                             "'boolean(//section[@id=\"vbqppl\"][h2][.//a[@href]][.//time[@datetime]])', m: "
                             "'boolean(//main[@id=\"cong-khai\"])'}",
                        "<main id=cong-khai><section id=vbqppl><h2>Văn bản</h2><ul><li><a href=/x>1</a> "
                        "<time datetime=2024-01-01>1/1</time></ul></section></main>",
                        "true true\nend" },
        { "declares another set by mistake", HTML "fields: {t: //title}",
                        "<meta charset=iso-8859-1><title>Cổng</title>", "'Cổng'\nend" },
        { "declares its set", HTML "fields: {t: //title}",
                        "<meta charset=windows-1258><title>\xD0\xF4ng</title>", "'Đông'\nend" },
        { "declares nothing and is no UTF-8", HTML "fields: {t: //title}", "<title>\xD0\xF4ng</title>",
                        "SYNTAX byte 8 of the page is no UTF-8, and it declares no character set: state "
                        "`charset`" },
        { "too long", HTML "max_page: 10 B\nfields: {t: //title}", "<title>0123456789</title>",
                        "LIMIT the page is longer than 10 bytes: raise `max_page` if that is right" },
        { "blank", HTML "fields: {t: //title}", " \n", "SHAPE the page is empty" },
};

/* Pages as browsers read them; comments are as if they were not there. */
static void test_html_rows(void **state) {
        (void) state;
        check_format_rows(html_rows, ELEMENTS(html_rows));
}

/* Selectors, paths and prefixes that cannot work are told when the connector is loaded. */
static void test_findings(void **state) {
        (void) state;
        check_finding("kind: xml\nrecords: r/i", "begins with / or //");
        check_finding("kind: xml\nrecords: '/r/i[1]'", "no path of elements");
        check_finding("kind: xml\nrecords: /p:r", "prefix \"p\" is not under `namespaces`");
        check_finding("kind: xml\nfields: {a: 'a['}", "is no XPath");
        check_finding("kind: xml\nfields: {a: p:x}",
                        "is no XPath: it has a prefix that is not under `namespaces`");
        check_finding("kind: html\nfields: {a: nope()}",
                        "is no XPath: it has a function that XPath does not know");
}

/* NUL is refused, not passed over; UTF-16 is known by its mark. */
static void test_nul(void **state) {
        static const char nul[] = "<r><i><a>x</a></i>\0<i/></r>",
                          wide[] = "\xFF\xFE<\0r\0>\0<\0i\0/\0>\0<\0/\0r\0>\0";
        _cleanup_(text_done) Text got = TEXT_INIT(1 << 16), got_wide = TEXT_INIT(1 << 16);
        FormatCase c;

        (void) state;
        assert_true(format_case_load(&c, XML));
        decode_all_ways(&c, (Bytes){ nul, sizeof(nul) - 1 }, true, &got);
        assert_string_equal(text_str(&got), "'x' -\nSYNTAX the document has a NUL in it");
        decode_all_ways(&c, (Bytes){ wide, sizeof(wide) - 1 }, true, &got_wide);
        assert_string_equal(text_str(&got_wide), "- -\nend");
        format_case_done(&c);
}

/* A page that is nested deeper than any stack is read or refused, and nothing else. */
static void test_deep_page(void **state) {
        _cleanup_(text_done) Text page = TEXT_INIT(1 << 21), got = TEXT_INIT(1 << 16);
        FormatCase c;

        (void) state;
        for (unsigned i = 0; i < 100000; i++)
                (void) text_add_str(&page, "<div>");
        assert_true(format_case_load(&c, HTML "fields: {n: 'boolean(//div)'}"));
        (void) decode_body(&c, text_bytes(&page), 0, false, &got);
        format_case_done(&c);
}

/* A long document costs what its records cost, not what they are together. */
static void test_long_xml(void **state) {
        FormatCase c;
        Decoder *d = NULL;
        Record rec;
        unsigned n = 0;

        (void) state;
        assert_true(format_case_load(&c, XML "max_value: 4 KiB"));
        assert_int_equal(decoder_open(&d, &c.format), 0);
        assert_int_equal(decoder_feed(d, BYTES_LIT("<r>")), 0);
        for (unsigned i = 0; i < 5000; i++) {
                assert_int_equal(
                                decoder_feed(d, BYTES_LIT("<i "
                                                          "b='1'><a>0123456789012345678901234567890123456789<"
                                                          "/a></i>\n        ")),
                                0);
                while (decoder_next(d, &rec) == DECODE_RECORD)
                        n++;
        }
        assert_int_equal(n, 5000);
        d = decoder_free(d);
        format_case_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_xml_rows),
                cmocka_unit_test(test_html_rows),
                cmocka_unit_test(test_findings),
                cmocka_unit_test(test_nul),
                cmocka_unit_test(test_deep_page),
                cmocka_unit_test(test_long_xml),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

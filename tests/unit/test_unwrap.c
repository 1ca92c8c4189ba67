/* Files in wrappers: what goes in comes out, however it is cut; what is damaged, too large or another form is named. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "decode/decode.h"
#include "decode/unwrap.h"
#include "format_case.h"

enum { AS_STORED = 1, SIZES_BEHIND = 2, LONG_SIZES = 4, NO_SIGNATURE = 8, ENCRYPTED = 16, BAD_CRC = 32, BAD_SIZE = 64, OTHER_METHOD = 128 };

static Bytes press(Bytes data, int window, Text *ret) {
        unsigned char out[4096];
        z_stream z = {};

        assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = (unsigned char *) (uintptr_t) data.data;
        z.avail_in = (uInt) data.len;
        do {
                z.next_out = out;
                z.avail_out = sizeof(out);
                (void) deflate(&z, Z_FINISH);
                assert_int_equal(text_add(ret, (Bytes){ (char *) out, sizeof(out) - z.avail_out }), 0);
        } while (z.avail_out == 0);
        (void) deflateEnd(&z);
        return text_bytes(ret);
}

/* Returns what the test would read. */
static void gzip(const char *data, Text *ret) {
        _cleanup_(text_done) Text one = TEXT_INIT(64 << 20);

        (void) text_add(ret, press(bytes_of(data), 15 + 16, &one));
}

static void add_size(Text *t, uint64_t v, bool is_long) {
        (void) (is_long ? text_add_u64(t, v) : text_add_u32(t, (uint32_t) v));
}

typedef struct Zip {
        Text text, directory;
        unsigned n;
} Zip;

static void zip_begin(Zip *z) {
        *z = (Zip){ .text = TEXT_INIT(64 << 20), .directory = TEXT_INIT(1 << 20) };
}

static void zip_done(Zip *z) {
        text_done(&z->text);
        text_done(&z->directory);
}

static void zip_add(Zip *z, const char *name, Bytes data, unsigned how) {
        _cleanup_(text_done) Text pressed = TEXT_INIT(64 << 20);
        Bytes packed = how & AS_STORED ? data : press(data, -15, &pressed);
        uint32_t crc = (uint32_t) crc32(0, (const unsigned char *) data.data, (uInt) data.len) ^ (how & BAD_CRC ? 1 : 0);
        bool is_behind = how & SIZES_BEHIND, is_long = how & LONG_SIZES;
        uint64_t unpacked = data.len + (how & BAD_SIZE ? 1 : 0);
        Text *t = &z->text;

        (void) text_add_u32(t, 0x04034b50);
        (void) text_add_u16(t, 45);
        (void) text_add_u16(t, (uint16_t) ((is_behind ? 8 : 0) | (how & ENCRYPTED ? 1 : 0)));
        (void) text_add_u16(t, how & OTHER_METHOD ? 12 : how & AS_STORED ? 0 : 8);
        (void) text_add_u32(t, 0);
        (void) text_add_u32(t, is_behind ? 0 : crc);
        (void) text_add_u32(t, is_long ? UINT32_MAX : is_behind ? 0 : (uint32_t) packed.len);
        (void) text_add_u32(t, is_long ? UINT32_MAX : is_behind ? 0 : (uint32_t) unpacked);
        (void) text_add_u16(t, (uint16_t) strlen(name));
        (void) text_add_u16(t, is_long ? 5 + 20 : 5);
        (void) text_add_str(t, name);
        (void) text_add_u32(t, 0x00015455);     /* some other block comes first */
        (void) text_add_char(t, 0);
        if (is_long) {
                (void) text_add_u16(t, 1);
                (void) text_add_u16(t, 16);
                (void) text_add_u64(t, is_behind ? 0 : unpacked);
                (void) text_add_u64(t, is_behind ? 0 : packed.len);
        }
        (void) text_add(t, packed);
        if (is_behind) {
                if (!(how & NO_SIGNATURE))
                        (void) text_add_u32(t, 0x08074b50);
                (void) text_add_u32(t, crc);
                add_size(t, packed.len, is_long);
                add_size(t, unpacked, is_long);
        }
        (void) text_add_u32(&z->directory, 0x02014b50);
        for (unsigned i = 0; i < 42; i += 2)
                (void) text_add_u16(&z->directory, i == 24 ? (uint16_t) strlen(name) : i == 26 ? 1 : i == 28 ? 2 : 0);
        (void) text_printf(&z->directory, "%sxyz", name);
        z->n++;
}

static Bytes zip_end(Zip *z, unsigned n, bool is_64, const char *comment) {
        Text *t = &z->text;

        (void) text_add(t, text_bytes(&z->directory));
        if (is_64) {
                (void) text_add_u32(t, 0x06064b50);
                (void) text_add_u64(t, 44);
                for (unsigned i = 0; i < 44; i++)
                        (void) text_add_char(t, 0);
                (void) text_add_u32(t, 0x07064b50);
                (void) text_add_u64(t, 0);
                (void) text_add_u64(t, 0);
        }
        (void) text_add_u32(t, 0x06054b50);
        (void) text_add_u32(t, 0);
        (void) text_add_u16(t, is_64 ? UINT16_MAX : (uint16_t) n);
        (void) text_add_u16(t, is_64 ? UINT16_MAX : (uint16_t) n);
        (void) text_add_u64(t, 0);
        (void) text_add_u16(t, (uint16_t) strlen(comment));
        (void) text_add_str(t, comment);
        return text_bytes(t);
}

/* The code of the whole, in chunks of that size; what came out in ret, the story in ret_story. */
static int unpack(const UnwrapSpec *spec, Bytes file, size_t chunk, Text *ret, char ret_story[256]) {
        _cleanup_(unwrap_freep) Unwrap *u = unwrap_new(spec);
        int r = 0;

        for (size_t at = 0; r == 0 && at < file.len; at += chunk) {
                Bytes part = { file.data + at, chunk < file.len - at ? chunk : file.len - at };

                while (r == 0 && (part.len || unwrap_is_pending(u))) {
                        size_t before = ret->len;

                        r = unwrap_step(u, &part, ret);
                        assert_true(ret->len - before <= UNWRAP_STEP);
                }
        }
        if (r == 0)
                r = unwrap_end(u);
        (void) snprintf(ret_story, 256, "%s", unwrap_story(u));
        return r;
}

static void expect(const UnwrapSpec *spec, Bytes file, int code, const char *want) {
        static const size_t chunks[] = { 1, 2, 3, 29, 1000, SIZE_MAX };
        char story[256];

        for (size_t i = 0; i < ELEMENTS(chunks); i++) {
                _cleanup_(text_done) Text out = TEXT_INIT(64 << 20);
                int r = unpack(spec, file, chunks[i], &out, story);

                if (r != code || (code == 0 ? !bytes_equal_str(text_bytes(&out), want) : !strstr(story, want)))
                        fail_msg("chunks of %zu: %d \"%.80s\" %s, wanted %d %.80s", chunks[i], r, text_str(&out), story, code, want);
        }
}

static const UnwrapSpec plain_gzip = { WRAPPER_GZIP, NULL, 1 << 20, 200 };
static const UnwrapSpec plain_zip = { WRAPPER_ZIP, NULL, 1 << 20, 200 };

/* gzip comes out whole: one member, several, with padding behind; a long one too. */
static void test_gzip(void **state _unused_) {
        _cleanup_(text_done) Text file = TEXT_INIT(1 << 20), more = TEXT_INIT(1 << 20), large = TEXT_INIT(1 << 20), want = TEXT_INIT(1 << 20);

        gzip("{\"a\": 1}", &file);
        expect(&plain_gzip, text_bytes(&file), 0, "{\"a\": 1}");
        (void) text_add(&more, text_bytes(&file));
        gzip("", &more);
        gzip("\n{\"a\": 2}", &more);
        (void) text_add(&more, (Bytes){ "\0\0\0\0\0", 5 });
        expect(&plain_gzip, text_bytes(&more), 0, "{\"a\": 1}\n{\"a\": 2}");
        for (unsigned i = 0; i < 20000; i++)
                (void) text_printf(&want, "%u,", i * 7919);
        gzip(text_str(&want), &large);
        expect(&plain_gzip, text_bytes(&large), 0, text_str(&want));
}

/* What is no gzip, is cut off, was changed or is followed by something is named. */
static void test_bad_gzip(void **state _unused_) {
        _cleanup_(text_done) Text file = TEXT_INIT(1 << 20);
        char *crc;

        gzip("{\"a\": 12345678901234567890}", &file);
        for (size_t n = 1; n < file.len; n++)
                expect(&plain_gzip, (Bytes){ file.data, n }, DECODE_E_SYNTAX, "the gzip file is cut off: it ends with byte ");
        expect(&plain_gzip, BYTES_NULL, DECODE_E_SYNTAX, "cut off");
        crc = file.data + file.len - 8;
        *crc = (char) (*crc ^ 1);
        expect(&plain_gzip, text_bytes(&file), DECODE_E_SYNTAX, "is damaged before byte");
        *crc = (char) (*crc ^ 1);
        (void) text_add_str(&file, "<html>");
        expect(&plain_gzip, text_bytes(&file), DECODE_E_SYNTAX, "something stands behind its end");
        expect(&plain_gzip, BYTES_LIT("{\"a\": 1}"), DECODE_E_SYNTAX, "no gzip file: it begins with \"{\"; if the server packs it for the way only, leave `wrapper` out");
        expect(&plain_gzip, BYTES_LIT("\xEF\xBB\xBF{"), DECODE_E_SYNTAX, "it begins with byte 0xef");
        expect(&plain_zip, BYTES_LIT("<html>"), DECODE_E_SYNTAX, "no zip file: it begins with \"<\"");
}

/* Each way in which a member can be written is read. */
static void test_zip(void **state _unused_) {
        static const unsigned hows[] = { 0, AS_STORED, SIZES_BEHIND, SIZES_BEHIND | NO_SIGNATURE, LONG_SIZES, AS_STORED | LONG_SIZES, SIZES_BEHIND | LONG_SIZES,
                                         SIZES_BEHIND | LONG_SIZES | NO_SIGNATURE };

        for (size_t i = 0; i < ELEMENTS(hows); i++)
                for (unsigned k = 0; k < 4; k++) {
                        _cleanup_(zip_done) Zip z;
                        const char *data = k % 2 ? "" : "a,b\n1,2\n";

                        zip_begin(&z);
                        zip_add(&z, "số liệu/", BYTES_LIT(""), AS_STORED);
                        zip_add(&z, "số liệu/tháng 3.csv", bytes_of(data), hows[i]);
                        expect(&plain_zip, zip_end(&z, z.n, k / 2, k / 2 ? "a remark" : ""), 0, data);
                }
}

/* The member is found by its pattern, wherever it stands; several or none are named. */
static void test_member(void **state _unused_) {
        static const struct {
                const char *member;
                int code;
                const char *want;
        } cases[] = {
                { "b.csv", 0, "bbb" },
                { "*.txt", 0, "read me" },
                { "t/?.json", 0, "ccc" },
                { NULL, DECODE_E_SHAPE, "several members that fit: \"readme.txt\" and \"b.csv\"; name one with `member`" },
                { "*.??*", DECODE_E_SHAPE, "several members that fit" },
                { "*.xml", DECODE_E_SHAPE, "no member that fits \"*.xml\"; there are \"readme.txt\", \"b.csv\", \"t/c.json\"" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                for (unsigned how = 0; how < 2; how++) {
                        _cleanup_(zip_done) Zip z;
                        UnwrapSpec spec = plain_zip;

                        zip_begin(&z);
                        zip_add(&z, "readme.txt", BYTES_LIT("read me"), how ? SIZES_BEHIND : AS_STORED);
                        zip_add(&z, "b.csv", BYTES_LIT("bbb"), how ? SIZES_BEHIND : 0);
                        zip_add(&z, "t/", BYTES_LIT(""), AS_STORED);
                        zip_add(&z, "t/c.json", BYTES_LIT("ccc"), 0);
                        spec.member = cases[i].member;
                        expect(&spec, zip_end(&z, z.n, false, ""), cases[i].code, cases[i].want);
                }
}

/* Damage, encryption and what cannot be read is named, also where only a byte is missing. */
static void test_bad_zip(void **state _unused_) {
        static const struct {
                unsigned how;
                const char *want;
        } cases[] = {
                { BAD_CRC, "the checksum of a member is not that of its data" },
                { AS_STORED | BAD_CRC, "the checksum of a member" },
                { SIZES_BEHIND | BAD_CRC, "the checksum of a member" },
                { BAD_SIZE, "another size than its header says" },
                { AS_STORED | BAD_SIZE, "two sizes" },
                { ENCRYPTED, "\"a.csv\" is encrypted" },
                { OTHER_METHOD, "is packed by method 12" },
                { AS_STORED | SIZES_BEHIND, "does not tell its size before its data" },
        };
        _cleanup_(zip_done) Zip whole, none, more;
        Bytes file;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(zip_done) Zip z;

                zip_begin(&z);
                zip_add(&z, "a.csv", BYTES_LIT("a,b\n1,2\n"), cases[i].how);
                expect(&plain_zip, zip_end(&z, z.n, false, ""), DECODE_E_SYNTAX, cases[i].want);
        }
        zip_begin(&whole);
        zip_add(&whole, "a.csv", BYTES_LIT("a,b\n1,2\n"), 0);
        file = zip_end(&whole, whole.n, false, "ab");
        for (size_t n = 1; n < file.len; n++)
                expect(&plain_zip, (Bytes){ file.data, n }, DECODE_E_SYNTAX, "the zip file is cut off: it ends with byte ");
        (void) text_add_char(&whole.text, 'x');
        expect(&plain_zip, text_bytes(&whole.text), DECODE_E_SYNTAX, "something stands behind its end");

        zip_begin(&none);
        expect(&plain_zip, zip_end(&none, 0, false, ""), DECODE_E_SHAPE, "has no member in it");
        zip_begin(&more);
        zip_add(&more, "a.csv", BYTES_LIT("a"), 0);
        expect(&plain_zip, zip_end(&more, 2, false, ""), DECODE_E_SYNTAX, "its directory lists other members than there are");
}

/* A name that is no UTF-8 is matched as it is, and shown so that any database takes it. */
static void test_strange_names(void **state _unused_) {
        _cleanup_(zip_done) Zip z;
        UnwrapSpec spec = plain_zip;

        zip_begin(&z);
        zip_add(&z, "th\xE1ng\n3.csv", BYTES_LIT("1"), 0);
        spec.member = "th?ng*.csv";
        expect(&spec, zip_end(&z, 1, false, ""), 0, "1");
        spec.member = "other";
        expect(&spec, text_bytes(&z.text), DECODE_E_SHAPE, "there are \"th?ng?3.csv\"");
}

/* Bounds hold for what is read, and for what has to be unpacked to get past it. */
static void test_bounds(void **state _unused_) {
        _cleanup_(text_done) Text zeros = TEXT_INIT(8 << 20), bomb = TEXT_INIT(1 << 20);
        UnwrapSpec spec = { WRAPPER_GZIP, NULL, 1 << 30, 200 };
        char story[256];

        for (unsigned i = 0; i < 4 << 10; i++)
                (void) text_printf(&zeros, "%1024s", "");
        gzip(text_str(&zeros), &bomb);
        for (unsigned i = 0; i < 6; i++) {
                _cleanup_(text_done) Text out = TEXT_INIT(64 << 20);
                _cleanup_(zip_done) Zip z;

                zip_begin(&z);
                zip_add(&z, "bomb", text_bytes(&zeros), SIZES_BEHIND);
                zip_add(&z, "a.csv", BYTES_LIT("a"), 0);
                spec.wrapper = i % 3 ? WRAPPER_ZIP : WRAPPER_GZIP;
                spec.member = i % 3 == 2 ? "a.csv" : NULL;
                spec.max_ratio = i < 3 ? 200 : 100000;
                spec.max_unpacked = i < 3 ? 1 << 30 : 2000000;
                assert_int_equal(unpack(&spec, i % 3 ? zip_end(&z, 2, false, "") : text_bytes(&bomb), 4096, &out, story), DECODE_E_LIMIT);
                assert_non_null(strstr(story, i < 3 ? "more than 200 times its size" : "unpacks to more than 2000000 bytes"));
                if (i % 3 == 2)
                        assert_int_equal(out.len, 0);
                else if (i < 3)
                        assert_in_range(out.len, 1 << 20, 3 << 20);
                else
                        assert_int_equal(out.len, 2000000);
        }
}

/* A format in a wrapper gives the records of the document in it, and its faults are those of the answer. */
static void test_formats(void **state _unused_) {
        static const struct {
                const char *yaml, *document;
        } cases[] = {
                { "kind: json\nrecords: .r[]\nfields: {a: .a}\nenvelope: {n: .n}", "{\"r\":[{\"a\":\"x\"}],\"n\":1}" },
                { "kind: ndjson\nfields: {a: .a}", "{\"a\":\"x\"}\n" },
                { "kind: csv\nfields: {a: a}", "\xEF\xBB\xBF" "a\nx\n" },
                { "kind: csv\nfields: {a: a}\ncharset: utf-16le", "a\0\n\0x\0\n\0" },
                { "kind: xml\nrecords: //r\nfields: {a: a}", "<?xml version=\"1.0\"?><q><r><a>x</a></r></q>" },
                { "kind: html\nrecords: //td\nfields: {a: .}", "<table><tr><td>x</td></tr></table>" },
        };

        for (size_t i = 0; i < 2 * ELEMENTS(cases); i++) {
                size_t n = i / 2;
                bool is_cut = i % 2;
                _cleanup_(text_done) Text yaml = TEXT_INIT(1024), pressed = TEXT_INIT(1 << 20);
                Bytes document = strstr(cases[n].yaml, "utf-16") ? (Bytes){ cases[n].document, 8 } : bytes_of(cases[n].document), file = press(document, 15 + 16, &pressed);
                unsigned n_records = 0;
                Decoder *d = NULL;
                FormatCase c;
                Record rec;
                int code = 0;

                (void) text_printf(&yaml, "%s\nwrapper: gzip", cases[n].yaml);
                assert_true(format_case_load(&c, text_str(&yaml)));
                assert_string_equal(c.format.content_types[0], "application/gzip");
                assert_int_equal(decoder_open(&d, &c.format), 0);
                for (size_t at = 0; at <= file.len - is_cut && code == 0; at++) {
                        code = decoder_feed(d, (Bytes){ file.data + at, at < file.len - is_cut });
                        while (code == 0 && (code = decoder_next(d, &rec)) == DECODE_RECORD) {
                                assert_true(bytes_equal_str(rec.values[0].text, "x"));
                                n_records++;
                                code = 0;
                        }
                }
                if (code != (is_cut ? DECODE_E_SYNTAX : DECODE_MORE) || (!is_cut && n_records != 1))
                        fail_msg("%s: %d, %u records: %s", text_str(&yaml), code, n_records, d->story);
                if (is_cut)
                        assert_non_null(strstr(d->story, "cut off"));
                d = decoder_free(d);
                format_case_done(&c);
        }
}

/* An answer without a byte is an empty body in a wrapper too; a member is of a zip only. */
static void test_empty(void **state _unused_) {
        _cleanup_(text_done) Text findings = TEXT_INIT(4096);
        Decoder *d = NULL;
        FormatCase c;
        Record rec;

        assert_true(format_case_load(&c, "kind: json\nwrapper: zip\nfields: {a: .a}"));
        assert_int_equal(decoder_open(&d, &c.format), 0);
        assert_int_equal(decoder_feed(d, BYTES_NULL), 0);
        assert_int_equal(decoder_next(d, &rec), DECODE_E_SHAPE);
        assert_string_equal(d->story, "the body is empty");
        d = decoder_free(d);
        format_case_done(&c);
        assert_false(format_case_load(&c, "kind: json\nwrapper: gzip\nmember: a\nfields: {a: .a}"));
        format_case_findings(&c, &findings);
        assert_non_null(strstr(text_str(&findings), "`member` is of a zip"));
        format_case_done(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_gzip), cmocka_unit_test(test_bad_gzip), cmocka_unit_test(test_zip), cmocka_unit_test(test_member), cmocka_unit_test(test_bad_zip),
                cmocka_unit_test(test_strange_names), cmocka_unit_test(test_bounds), cmocka_unit_test(test_formats), cmocka_unit_test(test_empty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

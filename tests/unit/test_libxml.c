/* Tests of decode/libxml.c. */
#include <errno.h>

#include "base/err.h"
#include "decode/libxml.h"
#include "unit.h"

/* Every symbol is there once it is open, and opening it again changes nothing. */
static void test_load(void **state _unused_) {
        Libxml before;
        xmlDocPtr doc;

        assert_int_equal(libxml_load(), 0);
        before = libxml;
#define ASSERT_THERE(name) assert_non_null(libxml.name);
        LIBXML_SYMBOLS(ASSERT_THERE)
#undef ASSERT_THERE
        assert_int_equal(libxml_load(), 0);
        assert_memory_equal(&before, &libxml, sizeof(libxml));
        doc = libxml.xmlReadMemory("<a/>", 4, NULL, NULL, XML_PARSE_NONET);
        assert_string_equal((const char *) libxml.xmlDocGetRootElement(doc)->name, "a");
        libxml.xmlFreeDoc(doc);
        libxml_free(libxml.xmlStrdup((const xmlChar *) "x"));
}

/* Where it is not there, or is something else, the note says what to install. */
static void test_missing(void **state _unused_) {
        Libxml other = {};

        assert_int_equal(libxml_load_from("libnone-of-that-name.so.9", &other), -ENOPKG);
        assert_non_null(strstr(err_story(-ENOPKG), "install the package libxml2 (libnone-of-that-name.so.9: cannot open shared object file"));
        assert_int_equal(libxml_load_from("libc.so.6", &other), -ENOPKG);
        assert_non_null(strstr(err_story(-ENOPKG), "libc.so.6 is another one: it has no htmlReadMemory; install the package libxml2"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_missing),
                cmocka_unit_test(test_load),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

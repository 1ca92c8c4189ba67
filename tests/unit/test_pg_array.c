/* Unit tests of store/pg_array.c. */

#include "store_util.h"

#include <errno.h>

#include "base/digest.h"
#include "store/pg_array.h"

static void expect_hex(const Text *t, const char *hex) {
        _cleanup_(text_done) Text got = TEXT_INIT(4096);

        assert_int_equal(hex_add(&got, text_bytes(t)), 0);
        assert_string_equal(text_str(&got), hex);
}

/* Arrays have the bytes that array_recv() of PostgreSQL reads; expected values were printed by array_send(). */
static void test_forms(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT_INIT(4096);
        PgArray a;

        pg_array_begin(&a, &t, PG_INT4);
        pg_array_end(&a);
        expect_hex(&t, "000000000000000000000017");

        pg_array_begin(&a, &t, PG_INT4);
        pg_array_int4(&a, 1);
        pg_array_null(&a);
        pg_array_int4(&a, -2);
        pg_array_end(&a);
        expect_hex(&t, "0000000100000001000000170000000300000001" "0000000400000001" "ffffffff" "00000004fffffffe");

        /* Nulls that nothing follows are left out. */
        pg_array_begin(&a, &t, PG_INT4);
        pg_array_null(&a);
        pg_array_int4(&a, 1);
        pg_array_null(&a);
        pg_array_null(&a);
        pg_array_end(&a);
        expect_hex(&t, "0000000100000001000000170000000200000001" "ffffffff" "0000000400000001");
        pg_array_begin(&a, &t, PG_TEXT);
        pg_array_null(&a);
        pg_array_end(&a);
        expect_hex(&t, "000000000000000000000019");

        pg_array_begin(&a, &t, PG_TEXT);
        pg_array_bytes(&a, bytes_of("số"));
        pg_array_bytes(&a, BYTES_LIT(""));
        pg_array_end(&a);
        expect_hex(&t, "0000000100000000000000190000000200000001" "0000000473e1bb91" "00000000");

        pg_array_begin(&a, &t, PG_BOOL);
        pg_array_bool(&a, true);
        pg_array_bool(&a, false);
        pg_array_end(&a);
        expect_hex(&t, "0000000100000000000000100000000200000001" "0000000101" "0000000100");

        pg_array_begin(&a, &t, PG_INT8);
        pg_array_int8(&a, INT64_MIN);
        pg_array_end(&a);
        expect_hex(&t, "0000000100000000000000140000000100000001" "000000088000000000000000");
}

/* Days and instants count from 2000, before it too. */
static void test_times(void **state _unused_) {
        _cleanup_(text_done) Text t = TEXT_INIT(4096);
        PgArray a;

        pg_array_begin(&a, &t, PG_DATE);
        pg_array_date(&a, day_of(2000, 1, 1));
        pg_array_date(&a, day_of(1999, 12, 31));
        pg_array_date(&a, day_of(2024, 4, 16));
        pg_array_end(&a);
        expect_hex(&t, "00000001000000000000043a0000000300000001" "0000000400000000" "00000004ffffffff" "00000004000022a8");

        pg_array_begin(&a, &t, PG_TIMESTAMPTZ);
        pg_array_timestamptz(&a, (usec_t) 10957 * USEC_DAY + 1);
        pg_array_timestamptz(&a, (usec_t) 10957 * USEC_DAY - 1);
        pg_array_end(&a);
        expect_hex(&t, "0000000100000000000004a00000000200000001" "000000080000000000000001" "00000008ffffffffffffffff");
}

/* Only the 36 characters of a UUID are one. */
static void test_uuid(void **state _unused_) {
        static const char *const bad[] = {
                "", "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f", "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f00", "0e1d2c3b04a59-4687-9786-a5b4c3d2e1f0",
                "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1g0", "{e1d2c3b-4a59-4687-9786-a5b4c3d2e1f}", "0e1d2c3-b4a59-4687-9786-a5b4c3d2e1f0",
        };
        uint8_t b[16] = {};

        assert_int_equal(pg_uuid_parse("0e1d2c3b-4a59-4687-9786-a5b4C3D2E1F0", b), 0);
        assert_memory_equal(b, "\x0e\x1d\x2c\x3b\x4a\x59\x46\x87\x97\x86\xa5\xb4\xc3\xd2\xe1\xf0", 16);
        for (size_t i = 0; i < ELEMENTS(bad); i++)
                assert_int_equal(pg_uuid_parse(bad[i], b), -EINVAL);
        assert_int_equal(b[0], 0x0e);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_forms), cmocka_unit_test(test_times), cmocka_unit_test(test_uuid) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

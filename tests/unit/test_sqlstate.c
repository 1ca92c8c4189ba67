/* Unit tests of store/sqlstate.c. */

#include "store_util.h"

#include "store/sqlstate.h"

/* Each SQLSTATE leads to one of four answers; what is not known is never taken for bad data. */
static void test_table(void **state _unused_) {
        static const struct {
                const char *sqlstate;
                SqlVerdict verdict;
        } cases[] = {
                { NULL, SQL_RETRY },            /* connection lost: nobody said anything */
                { "", SQL_RETRY },
                { "08000", SQL_RETRY },         /* connection_exception */
                { "08003", SQL_RETRY },
                { "08006", SQL_RETRY },         /* connection_failure */
                { "08P01", SQL_RETRY },         /* PgBouncer's word for a lost server */
                { "57P01", SQL_RETRY },         /* admin_shutdown */
                { "57P02", SQL_RETRY },         /* crash_shutdown */
                { "57P03", SQL_RETRY },         /* cannot_connect_now */
                { "57P05", SQL_RETRY },         /* idle_session_timeout */
                { "57014", SQL_RETRY },         /* query_canceled */
                { "40001", SQL_RETRY },         /* serialization_failure */
                { "40003", SQL_RETRY },         /* statement_completion_unknown */
                { "40P01", SQL_RETRY },         /* deadlock_detected */
                { "53100", SQL_RETRY },         /* disk_full */
                { "53200", SQL_RETRY },         /* out_of_memory */
                { "53300", SQL_RETRY },         /* too_many_connections */
                { "55P03", SQL_RETRY },         /* lock_not_available */
                { "25P03", SQL_RETRY },         /* idle_in_transaction_session_timeout */
                { "55006", SQL_RETRY },         /* object_in_use */
                { "25006", SQL_RETRY },         /* read_only_sql_transaction */
                { "58030", SQL_RETRY },         /* io_error */
                { "22000", SQL_REJECT },
                { "22003", SQL_REJECT },        /* numeric_value_out_of_range */
                { "22008", SQL_REJECT },        /* datetime_field_overflow */
                { "22021", SQL_REJECT },        /* character_not_in_repertoire */
                { "22023", SQL_REJECT },        /* invalid_parameter_value */
                { "22P02", SQL_REJECT },        /* invalid_text_representation */
                { "22P05", SQL_REJECT },        /* untranslatable_character */
                { "23502", SQL_REJECT },        /* not_null_violation */
                { "23505", SQL_REJECT },        /* unique_violation */
                { "23514", SQL_REJECT },        /* check_violation */
                { "54000", SQL_REJECT },        /* program_limit_exceeded */
                { "42501", SQL_STOP },          /* insufficient_privilege */
                { "42601", SQL_STOP },          /* syntax_error */
                { "42883", SQL_STOP },          /* undefined_function */
                { "42P01", SQL_STOP },          /* undefined_table */
                { "28000", SQL_STOP },          /* invalid_authorization_specification */
                { "28P01", SQL_STOP },          /* invalid_password */
                { "3D000", SQL_STOP },          /* invalid_catalog_name */
                { "3F000", SQL_STOP },          /* invalid_schema_name */
                { "26000", SQL_STOP },          /* invalid_sql_statement_name */
                { "0A000", SQL_STOP },          /* feature_not_supported */
                { "XX000", SQL_UNSURE },        /* internal_error */
                { "XX001", SQL_UNSURE },        /* data_corrupted */
                { "P0001", SQL_UNSURE },        /* raise_exception */
                { "25P02", SQL_UNSURE },        /* in_failed_sql_transaction */
                { "3D001", SQL_UNSURE },
                { "2", SQL_UNSURE },
                { "99999", SQL_UNSURE },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                if (sqlstate_verdict(cases[i].sqlstate) != cases[i].verdict)
                        fail_msg("SQLSTATE %s: verdict %d", cases[i].sqlstate ? cases[i].sqlstate : "NULL", sqlstate_verdict(cases[i].sqlstate));
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_table) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

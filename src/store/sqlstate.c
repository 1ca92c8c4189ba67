/* SQLSTATE to RETRY, REJECT or STOP: one table; the longest prefix counts. */

#include <string.h>

#include "base/cleanup.h"
#include "store/sqlstate.h"

static const struct {
        const char *prefix;
        SqlVerdict verdict;
} table[] = {
        { "08", SQL_RETRY },            /* connection exceptions; PgBouncer says 08P01 when its server is gone */
        { "0A", SQL_STOP },             /* feature not supported */
        { "22", SQL_REJECT },           /* data exception */
        { "23", SQL_REJECT },           /* integrity constraint violation */
        { "25006", SQL_RETRY },         /* read-only transaction: a standby; the primary comes back or is promoted */
        { "25P03", SQL_RETRY },         /* idle in a transaction for too long: the program was frozen while it searched */
        { "26", SQL_STOP },             /* invalid statement name: a pooler that does not keep prepared statements */
        { "28", SQL_STOP },             /* invalid authorization */
        { "3D000", SQL_STOP },          /* no such database */
        { "3F000", SQL_STOP },          /* no such schema */
        { "40", SQL_RETRY },            /* rollback: serialization failure, deadlock; 40003: outcome unknown */
        { "42", SQL_STOP },             /* syntax error, access rule violation: the schema is not the one expected */
        { "53", SQL_RETRY },            /* insufficient resources: disk full, out of memory, too many connections */
        { "54", SQL_REJECT },           /* program limit exceeded: a smaller batch fits */
        { "55006", SQL_RETRY },         /* object in use */
        { "55P03", SQL_RETRY },         /* lock not available */
        { "57014", SQL_RETRY },         /* cancelled, also by statement_timeout */
        { "57P0", SQL_RETRY },          /* shutting down, crashed, cannot connect now */
        { "58", SQL_RETRY },            /* system error outside PostgreSQL: I/O */
};

SqlVerdict sqlstate_verdict(const char *sqlstate) {
        SqlVerdict verdict = SQL_UNSURE;
        size_t longest = 0;

        if (!sqlstate || !*sqlstate)
                return SQL_RETRY;
        for (size_t i = 0; i < ELEMENTS(table); i++) {
                size_t len = strlen(table[i].prefix);

                if (len > longest && strncmp(sqlstate, table[i].prefix, len) == 0) {
                        longest = len;
                        verdict = table[i].verdict;
                }
        }
        return verdict;
}

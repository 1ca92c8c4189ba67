/* SQLSTATE to what the writer does next. Classes: PostgreSQL documentation, appendix A. */
#pragma once

typedef enum SqlVerdict {
        SQL_RETRY,              /* passes by itself: the same statement again, after a while */
        SQL_REJECT,             /* the data are at fault: halve the batch until the bad record stands alone */
        SQL_STOP,               /* neither waiting nor halving helps: schema, privileges, database; keep spooling, tell */
        SQL_UNSURE,             /* not in the table: try a few times, then as STOP; never take it for the data's fault */
} SqlVerdict;

/* "" or NULL: the connection was lost, so the outcome is unknown: RETRY finds out, since a delivered parcel is known by its number. */
SqlVerdict sqlstate_verdict(const char *sqlstate);

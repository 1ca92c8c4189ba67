/* The bare limit of the database: rows that stand in memory, written by binary COPY, either straight into fact.observation or through a
 * temporary table with the merge into fact.observation and fact.latest. Prints the seconds it took.
 *
 *     merge CONNINFO copy|merge ENDPOINTS UNITS BATCH CONNECTIONS MONTH(yyyy-mm-dd) SALT */

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *conninfo, *first_day;
static int is_merge, n_endpoints, n_units, n_batch, n_conns, salt;
static int from_day, to_day;            /* since 2000-01-01 */
static pthread_barrier_t start;

typedef struct Out {
        char *data;
        size_t len;
} Out;

static void die(const char *what, const char *why) {
        fprintf(stderr, "merge: %s: %s\n", what, why);
        exit(1);
}

static void put16(Out *o, int v) {
        uint16_t n = htons((uint16_t) v);
        memcpy(o->data + o->len, &n, 2);
        o->len += 2;
}

static void put32(Out *o, int v) {
        uint32_t n = htonl((uint32_t) v);
        memcpy(o->data + o->len, &n, 4);
        o->len += 4;
}

static void put64(Out *o, int64_t v) {
        put32(o, (int) (v >> 32));
        put32(o, (int) v);
}

/* PostgreSQL's binary numeric: groups of four decimal digits. */
static void put_numeric(Out *o, int v) {
        int groups[3], n = 0, weight;

        for (int rest = v; rest > 0; rest /= 10000)
                groups[n++] = rest % 10000;
        weight = n ? n - 1 : 0;
        put32(o, 8 + 2 * n);
        put16(o, n);
        put16(o, weight);
        put16(o, 0);
        put16(o, 0);
        while (n > 0)
                put16(o, groups[--n]);
}

static void put_row(Out *o, int metric, int unit, int value, int64_t known_at) {
        put16(o, 9);
        put32(o, 8), put64(o, known_at);
        put32(o, 8), put64(o, 1);
        put32(o, 8), put64(o, unit);
        put32(o, 4), put32(o, metric);
        put32(o, 4), put32(o, unit);
        put32(o, 4), put32(o, from_day);
        put32(o, 4), put32(o, to_day);
        put32(o, 2), put16(o, 11);
        put_numeric(o, value);
}

static void run(PGconn *c, const char *sql) {
        PGresult *r = PQexec(c, sql);
        ExecStatusType s = PQresultStatus(r);

        if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_COPY_IN)
                die(sql, PQerrorMessage(c));
        PQclear(r);
}

#define COLUMNS "known_at, run_id, record_no, metric_id, unit_id, period_from, period_to, period_type, value"

static void send_batch(PGconn *c, Out *o) {
        run(c, "begin");
        run(c, is_merge ? "copy stage from stdin (format binary)" : "copy fact.observation (" COLUMNS ") from stdin (format binary)");
        if (PQputCopyData(c, o->data, (int) o->len) != 1 || PQputCopyEnd(c, NULL) != 1)
                die("copy", PQerrorMessage(c));
        for (PGresult *r; (r = PQgetResult(c)); PQclear(r))
                if (PQresultStatus(r) != PGRES_COMMAND_OK)
                        die("copy", PQerrorMessage(c));
        if (is_merge) {
                run(c, "insert into fact.observation (" COLUMNS ") select " COLUMNS " from stage on conflict do nothing");
                run(c, "insert into fact.latest as l (known_at, metric_id, unit_id, period_from, period_to, period_type, value)"
                       " select known_at, metric_id, unit_id, period_from, period_to, period_type, value from stage"
                       " on conflict (metric_id, unit_id, period_to, period_from, period_type) do update"
                       " set known_at = excluded.known_at, value = excluded.value where l.value is distinct from excluded.value");
        }
        run(c, "commit");
}

/* Each connection has endpoints of its own, as a daemon with several would. */
static void *work(void *arg) {
        int me = (int) (intptr_t) arg, n_rows = 0;
        Out o = { malloc((size_t) n_batch * 128 + 64), 0 };
        PGconn *c = PQconnectdb(conninfo);
        PGresult *r;
        int *metric = malloc(sizeof(int) * 4 * (size_t) n_endpoints), *unit = malloc(sizeof(int) * (size_t) n_units);
        int64_t known_at = ((int64_t) time(NULL) - 946684800) * 1000000;

        if (PQstatus(c) != CONNECTION_OK || !o.data || !metric || !unit)
                die("connect", PQerrorMessage(c));
        r = PQexec(c, "select metric_id from registry.metric where name ~ '^e[0-9]+[.]' order by substring(name from '[0-9]+')::int, name");
        if (PQntuples(r) < 4 * n_endpoints)
                die("metrics", "too few");
        for (int i = 0; i < 4 * n_endpoints; i++)
                metric[i] = atoi(PQgetvalue(r, i, 0));
        PQclear(r);
        r = PQexec(c, "select unit_id from registry.unit where code ~ '^u[0-9]+$' order by substring(code from 2)::int");
        if (PQntuples(r) < n_units)
                die("units", "too few");
        for (int i = 0; i < n_units; i++)
                unit[i] = atoi(PQgetvalue(r, i, 0));
        PQclear(r);
        if (is_merge)
                run(c, "create temp table stage (known_at timestamptz, run_id bigint, record_no bigint, metric_id int, unit_id int,"
                       " period_from date, period_to date, period_type smallint, value numeric) on commit delete rows");
        pthread_barrier_wait(&start);
        for (int e = me; e < n_endpoints; e += n_conns)
                for (int u = 0; u < n_units; u++)
                        for (int k = 0; k < 4; k++) {
                                if (n_rows == 0) {
                                        memcpy(o.data, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
                                        o.len = 19;
                                }
                                put_row(&o, metric[4 * e + k], unit[u], (u * 7919 + e * 31 + k * 1009 + salt * 13) % 100000 + 1, known_at);
                                if (++n_rows == n_batch) {
                                        put16(&o, -1);
                                        send_batch(c, &o);
                                        n_rows = 0;
                                }
                        }
        if (n_rows > 0) {
                put16(&o, -1);
                send_batch(c, &o);
        }
        PQfinish(c);
        free(o.data);
        free(metric);
        free(unit);
        return NULL;
}

int main(int argc, char **argv) {
        struct timespec a, b;
        pthread_t threads[16];
        PGconn *c;
        PGresult *r;
        char sql[256];

        if (argc != 9)
                die("usage", "CONNINFO copy|merge ENDPOINTS UNITS BATCH CONNECTIONS MONTH SALT");
        conninfo = argv[1];
        is_merge = strcmp(argv[2], "merge") == 0;
        n_endpoints = atoi(argv[3]);
        n_units = atoi(argv[4]);
        n_batch = atoi(argv[5]);
        n_conns = atoi(argv[6]);
        first_day = argv[7];
        salt = atoi(argv[8]);
        if (n_conns < 1 || n_conns > 16 || n_batch < 1)
                die("usage", "1 to 16 connections");
        c = PQconnectdb(conninfo);
        snprintf(sql, sizeof(sql), "select d - date '2000-01-01', (d + interval '1 month')::date - 1 - date '2000-01-01' from (select date '%.10s' as d) x", first_day);
        r = PQexec(c, sql);
        if (PQresultStatus(r) != PGRES_TUPLES_OK)
                die("month", PQerrorMessage(c));
        from_day = atoi(PQgetvalue(r, 0, 0));
        to_day = atoi(PQgetvalue(r, 0, 1));
        PQclear(r);
        PQfinish(c);
        pthread_barrier_init(&start, NULL, (unsigned) n_conns + 1);
        for (int i = 0; i < n_conns; i++)
                pthread_create(&threads[i], NULL, work, (void *) (intptr_t) i);
        pthread_barrier_wait(&start);
        clock_gettime(CLOCK_MONOTONIC, &a);
        for (int i = 0; i < n_conns; i++)
                pthread_join(threads[i], NULL);
        clock_gettime(CLOCK_MONOTONIC, &b);
        printf("%.6f\n", (double) (b.tv_sec - a.tv_sec) + (double) (b.tv_nsec - a.tv_nsec) / 1e9);
        return 0;
}

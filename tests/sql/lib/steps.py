#!/usr/bin/python3
"""A database that grew: each once file goes in alone, in order, and each table has rows from the moment it exists, so that every later file meets data.

    steps.py MODEL GROWN         applies sql/once/* to the empty database GROWN, with the rows of MODEL, which was built at once
    steps.py --compare ONE TWO   every view of api_v1, and answers as of past days, are the same in both
    steps.py --figures ONE TWO   the same of figures and answers alone: runs that were delivered apart have other names

Partitions are made as ingest.make_partition() makes them, at the bounds that they have in MODEL."""

import hashlib
import io
import pathlib
import sys

import psycopg2

SQL = pathlib.Path(__file__).resolve().parents[3] / "sql"
SCHEMAS = "('registry', 'ingest', 'fact', 'comply')"
PAST = ("2024-02-01 12:00+07", "2024-04-01 12:00+07", "2024-12-13 12:00+07")


def query(cursor, sql, *params):
    """All rows."""
    cursor.execute(sql, params)
    return cursor.fetchall()


def tables(cursor):
    """Name to kind: r for a table, p for one that has partitions; not the partitions themselves."""
    return dict(query(cursor, f"""select c.oid::regclass::text, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in {SCHEMAS}"""))


def columns(cursor, table):
    """Those that are stored as given, not generated from others."""
    return [name for name, in query(cursor, """select quote_ident(attname) from pg_attribute
            where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum""", table)]


def partition_as(model, cursor, table):
    """The partitions that the table has in the model."""
    for name, bound in query(model, """select c.oid::regclass::text, pg_get_expr(c.relpartbound, c.oid)
            from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = %s::regclass order by 1""", table):
        cursor.execute(f"create table {name} (like {table} including all excluding identity)")
        cursor.execute(f"alter table {table} attach partition {name} {bound}")


def fill(model, cursor, table):
    """The model's rows, as far as this table has columns for them yet, and later scripts leave it those; returns how many."""
    kept = columns(model, table)
    names = ", ".join(c for c in columns(cursor, table) if c in kept)
    rows = io.StringIO()
    model.copy_expert(f"copy (select {names} from {table}) to stdout", rows)
    rows.seek(0)
    cursor.execute(f"delete from {table}")     # rows that the script itself put there are among the model's
    cursor.copy_expert(f"copy {table} ({names}) from stdin", rows)
    n_rows = cursor.rowcount
    for column, sequence in query(cursor, """select quote_ident(attname), pg_get_serial_sequence(attrelid::regclass::text, attname) from pg_attribute
            where attrelid = %s::regclass and attidentity <> ''""", table):
        cursor.execute(f"select setval(%s, max({column})) from {table} having max({column}) is not null", (sequence,))
    return n_rows


def grow(model_name, grown_name):
    """Every script a transaction of its own, as db upgrade does it."""
    known, empty = {}, []
    with psycopg2.connect(model_name) as model_connection:
        model = model_connection.cursor()
        for path in sorted((SQL / "once").glob("*.sql")):
            text = path.read_bytes()
            with psycopg2.connect(grown_name) as connection, connection.cursor() as cursor:
                if known:
                    cursor.execute("set local role thidua_owner")
                cursor.execute(text.decode())
                cursor.execute("insert into meta.applied (name, sha256) values (%s, %s)", (path.name, hashlib.sha256(text).hexdigest()))
            with psycopg2.connect(grown_name) as connection, connection.cursor() as cursor:
                cursor.execute("set session_replication_role = replica")        # tables come in the order of their names, not of their keys
                cursor.execute("set role thidua_owner")
                known = known or {"": ""}
                for table, kind in sorted(tables(cursor).items()):
                    if table not in known:
                        if kind == "p":
                            partition_as(model, cursor, table)
                        if not fill(model, cursor, table):
                            empty.append(table)
                known = known | tables(cursor)
    for must in ("ingest.run", "ingest.request", "ingest.reject", "ingest.payload", "ingest.chain", "fact.observation", "fact.latest", "comply.result"):
        if must in empty or must not in known:
            sys.exit(f"steps: {must} had no row to meet a later script with")


def said(cursor, what):
    """What a reader sees: view or question, to its rows as sorted text."""
    found = {"figures": query(cursor, "select row(metric, unit, period_from, period_to, value, known_at, is_newest)::text from api_v1.figures order by 1"),
             "compliance": query(cursor, "select row(unit, criterion, status, numerator, denominator)::text from api_v1.compliance order by 1")}
    if what == "--compare":
        for view, in query(cursor, "select oid::regclass::text from pg_class where relkind = 'v' and relnamespace = 'api_v1'::regnamespace order by 1"):
            found[view] = query(cursor, f"select v::text from {view} v order by 1")
    for day in PAST:
        found["as of " + day] = query(cursor, "select c::text from api_v1.compliance_as_of('ninh-thuan-2024', '2024-12-13', %s) c order by 1", day)
    return found


def compare(what, one_name, two_name):
    """Exit code 1 and the first difference of each."""
    answers = []
    for name in (one_name, two_name):
        with psycopg2.connect(name) as connection, connection.cursor() as cursor:
            answers.append(said(cursor, what))
    one, two = answers
    bad = 0
    for name in sorted(one.keys() | two.keys()):
        if one.get(name) != two.get(name):
            bad = 1
            print(f"{name}: {len(one.get(name, ()))} rows and {len(two.get(name, ()))} rows; "
                  f"first difference: {sorted(set(one.get(name, ())) ^ set(two.get(name, ())))[:2]}")
    if not one["figures"] or not one["compliance"] or not one.get("api_v1.rejects", "not asked for"):
        bad = 1
        print("there is nothing to compare")
    return bad


if __name__ == "__main__":
    if sys.argv[1].startswith("--"):
        sys.exit(compare(*sys.argv[1:]))
    grow(*sys.argv[1:])

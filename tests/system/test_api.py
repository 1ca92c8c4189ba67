"""What other systems read: every view through psycopg and JDBC as the reader, the examples of docs/api.md as they stand there, the change feed, and nothing else.

The reference docs/api-reference.md is printed from the comments of the database; WRITE_REFERENCE=1 writes it anew.
"""

import os
import re
import socket
import subprocess
from pathlib import Path

import psycopg2
import pytest
from lib.postgres import TOP, Postgres

TOP = Path(TOP)
JDBC = Path("/usr/share/java/postgresql.jar")
DOCS = (TOP / "docs/api.md").read_text(encoding="utf-8")
REFERENCE = TOP / "docs/api-reference.md"


def examples(language):
    return re.findall(rf"^```{language}\n(.*?)^```", DOCS, re.S | re.M)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def postgres():
    postgres = Postgres(listen_addresses="127.0.0.1", port=str(free_port())).start()
    try:
        connection = psycopg2.connect(postgres.conninfo("postgres", port=postgres.settings["port"]))
        connection.autocommit = True
        connection.cursor().execute("create database thidua")
        connection.close()
        info = postgres.conninfo(port=postgres.settings["port"])
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", info, "-f", str(TOP / "sql/install.sql"), "-f", str(TOP / "tests/sql/lib/helper.sql")],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["/usr/bin/python3", "-B", str(TOP / "tests/sql/lib/load.py"), info], check=True)
        cursor = owner(postgres)
        cursor.execute("create role so_tttt login in role thidua_reader")
        cursor.execute("select try.months('nt-so-y-te', 'edoc.signed', 99, 100), try.months('nt-so-y-te', 'edoc.not_signed', 1, 0), try.refresh()")
        yield postgres
    finally:
        postgres.remove()


def owner(postgres):
    connection = psycopg2.connect(postgres.conninfo(port=postgres.settings["port"]))
    connection.autocommit = True
    return connection.cursor()


def reader(postgres):
    connection = psycopg2.connect(postgres.conninfo(user="so_tttt", port=postgres.settings["port"]))
    connection.autocommit = True
    return connection.cursor()


def environment(postgres):
    port = postgres.settings["port"]
    return {**os.environ, "PGHOST": postgres.room, "PGPORT": port, "PGUSER": "so_tttt", "PGDATABASE": "thidua", "JDBC_URL": f"jdbc:postgresql://127.0.0.1:{port}/thidua"}


def views(cursor):
    cursor.execute("select relname from pg_class where relnamespace = 'api_v1'::regnamespace and relkind = 'v' order by 1")
    return [name for name, in cursor.fetchall()]


def test_reader_reads_every_view(postgres):
    """As a mere member of thidua_reader each view answers, with all its columns."""
    cursor = reader(postgres)
    names = views(cursor)
    assert len(names) >= 19
    for name in names:
        cursor.execute(f"select * from api_v1.{name} limit 3")
        assert cursor.description


def test_reader_sees_nothing_else(postgres):
    """No table of another schema answers, and none of its functions runs."""
    cursor = owner(postgres)
    cursor.execute("select oid::regclass::text from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text in ('meta', 'registry', 'ingest', 'fact', 'comply')")
    tables = [t for t, in cursor.fetchall()]
    assert len(tables) > 20
    cursor = reader(postgres)
    for table in tables:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(f"select * from {table} limit 1")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute("select comply.refresh()")


@pytest.mark.parametrize("number", range(len(examples("sh"))))
def test_shell_examples(postgres, number):
    """The shell examples run as they stand in the documentation."""
    done = subprocess.run(["sh", "-ec", examples("sh")[number]], env=environment(postgres), stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    assert "nt-so-y-te 199 200 " in done.stdout or done.stdout == ""


@pytest.mark.parametrize("number", range(len(examples("python"))))
def test_python_examples(postgres, number):
    """The Python examples run as they stand in the documentation, and print something."""
    done = subprocess.run(["/usr/bin/python3", "-c", examples("python")[number]], env=environment(postgres), stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    assert done.stdout.strip()


@pytest.mark.skipif(not JDBC.exists(), reason="libpostgresql-jdbc-java is not installed")
def test_java_example(postgres, tmp_path):
    """The Java example compiles and reads through JDBC what psycopg reads."""
    (tmp_path / "Example.java").write_text(examples("java")[0], encoding="utf-8")
    done = subprocess.run(["java", "-cp", str(JDBC), "Example.java"], cwd=tmp_path, env=environment(postgres), stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    cursor = reader(postgres)
    cursor.execute("select unit, status, numerator, denominator from api_v1.compliance where campaign = 'ninh-thuan-2024' and criterion = 'III.3a' order by unit")
    want = [f"{u} {s} {'null' if n is None else n}/{'null' if d is None else d}" for u, s, n, d in cursor.fetchall()]
    assert sorted(done.stdout.splitlines()) == sorted(want)


@pytest.mark.skipif(not JDBC.exists(), reason="libpostgresql-jdbc-java is not installed")
def test_jdbc_reads_every_view(postgres, tmp_path):
    """JDBC knows the type of every column of every view."""
    names = views(owner(postgres))
    queries = " ".join(f'"select * from api_v1.{name}",' for name in names)
    (tmp_path / "All.java").write_text("""import java.sql.*;
public class All {
        public static void main(String[] args) throws Exception {
                try (Connection c = DriverManager.getConnection(System.getenv("JDBC_URL"), System.getenv("PGUSER"), null); Statement s = c.createStatement()) {
                        s.setMaxRows(20);
                        for (String q : new String[] { %s })
                                try (ResultSet r = s.executeQuery(q)) {
                                        while (r.next())
                                                for (int n = 1; n <= r.getMetaData().getColumnCount(); n++)
                                                        r.getObject(n);
                                        System.out.println(q);
                                }
                }
        }
}
""" % queries, encoding="utf-8")
    done = subprocess.run(["java", "-cp", str(JDBC), "All.java"], cwd=tmp_path, env=environment(postgres), stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    assert len(done.stdout.splitlines()) == len(names)


def test_change_feed(postgres):
    """A restated figure of a closed period: the channel tells, the feed has the row after the last one seen, and both figures stay readable."""
    cursor = reader(postgres)
    cursor.execute("select coalesce(max(change_id), 0) from api_v1.changes")
    last = cursor.fetchone()[0]
    cursor.execute("listen thidua_compliance")
    owner(postgres).execute("select try.month('nt-so-y-te', 'edoc.signed', 1, 98), try.month('nt-so-y-te', 'edoc.not_signed', 1, 2), try.refresh()")
    cursor.connection.poll()
    cursor.execute("select 1")
    cursor.connection.poll()
    assert [n.payload for n in cursor.connection.notifies] == ["ninh-thuan-2024"]
    cursor.execute("select unit, numerator_before, numerator from api_v1.changes where change_id > %s and criterion = 'III.3a' and scope = 'unit'", (last,))
    assert cursor.fetchall() == [("nt-so-y-te", 199, 198)]
    cursor.execute("select value, is_newest from api_v1.figures where unit = 'nt-so-y-te' and metric = 'edoc.signed' and period_from = '2024-01-01' order by known_at")
    assert cursor.fetchall() == [(99, False), (98, True)]


def printed_reference(cursor):
    lines = ["# Reference of api_v1", "", "Printed from the comments of the database; `api.md` tells how to use it.", ""]
    cursor.execute("select c.oid, c.relname, obj_description(c.oid, 'pg_class') from pg_class c where c.relnamespace = 'api_v1'::regnamespace and c.relkind = 'v' order by 2")
    for oid, name, comment in cursor.fetchall():
        lines += [f"## {name}", "", comment, "", "| column | type | what |", "|---|---|---|"]
        cursor.execute("select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) from pg_attribute where attrelid = %s and attnum > 0 order by attnum", (oid,))
        lines += [f"| {c} | {t} | {w} |" for c, t, w in cursor.fetchall()] + [""]
    lines += ["# Functions", ""]
    cursor.execute("select proname, pg_get_function_identity_arguments(oid), obj_description(oid, 'pg_proc') from pg_proc where pronamespace = 'api_v1'::regnamespace order by 1, 2")
    for name, arguments, comment in cursor.fetchall():
        lines += [f"## {name}({arguments})", "", comment, ""]
    return "\n".join(lines).rstrip() + "\n"


def test_reference_is_printed_from_the_comments(postgres):
    """docs/api-reference.md is what the database says of itself."""
    text = printed_reference(owner(postgres))
    if os.environ.get("WRITE_REFERENCE"):
        REFERENCE.write_text(text, encoding="utf-8")
    assert REFERENCE.read_text(encoding="utf-8") == text

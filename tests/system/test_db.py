"""thiduad db init|upgrade|check against a real PostgreSQL: each state is told, nothing is half-applied, and the outcome is that of install.sql."""

import os
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.postgres import TOP, Postgres  # noqa: E402

THIDUAD = os.environ.get("THIDUAD", os.path.join(TOP, "build/store/thiduad"))
FIRST = "0001_schemas_roles.sql"

pytestmark = pytest.mark.skipif(not os.path.exists(THIDUAD), reason="thiduad has not been built")


@pytest.fixture(scope="module")
def server():
    pg = Postgres()
    pg.start()
    yield pg
    pg.remove()


@pytest.fixture
def db(server, tmp_path, request):
    """A function that runs `thiduad db WORD`, with scripts of the test's own in the folder db.sql."""
    name = "d_" + request.node.name.lower()[:50]
    server.create(name, with_schema=False)
    sql = str(tmp_path / "sql")
    shutil.copytree(os.path.join(TOP, "sql"), sql)
    for folder in ("connectors.d", "campaigns.d", "units"):
        (tmp_path / folder).mkdir()
    (tmp_path / "thiduad.yaml").write_text('database:\n  conninfo: "%s"\n  sql_dir: %s\nspool:\n  dir: %s\n' % (server.conninfo(name), sql, tmp_path / "spool"))

    def run(word):
        done = subprocess.run([THIDUAD, "db", word, "--config", str(tmp_path / "thiduad.yaml")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    run.sql, run.name = sql, name
    return run


def add_script(db, name, text):
    with open(os.path.join(db.sql, "once", name), "w") as f:
        f.write(text)
    with open(os.path.join(db.sql, "manifest")) as f:
        lines = f.readlines()
    lines.insert(max(i for i, line in enumerate(lines) if line.startswith("once")) + 1, "once %s\n" % name)
    with open(os.path.join(db.sql, "manifest"), "w") as f:
        f.writelines(lines)


def rows(server, name, sql):
    conn = server.connect(name)
    try:
        cursor = conn.cursor()
        cursor.execute(sql)
        return cursor.fetchall()
    finally:
        conn.close()


def dump(server, name):
    text = subprocess.run(["pg_dump", "-s", "-d", server.conninfo(name)], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [line for line in text.splitlines() if not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def test_states(server, db):
    """Missing, made, current; init does not touch what is there, upgrade may run as often as one likes."""
    code, out = db("check")
    assert code == 78 and "thiduad db init" in out
    code, out = db("upgrade")
    assert code != 0 and "thiduad db init" in out
    code, out = db("init")
    assert code == 0, out
    assert db("check")[0] == 0
    code, out = db("init")
    assert code != 0 and "upgrade" in out
    code, out = db("upgrade")
    assert code == 0, out
    server.create("d_installed")
    assert dump(server, db.name) == dump(server, "d_installed")
    assert rows(server, db.name, "select name, sha256 from meta.applied order by 1") == \
        rows(server, "d_installed", "select name, sha256 from meta.applied order by 1")


def test_new_script(server, db):
    """A script that came with a newer program is told, and applied once."""
    assert db("init")[0] == 0
    add_script(db, "9001_more.sql", "create table meta.more (n int);")
    code, out = db("check")
    assert code == 78 and "9001_more.sql" in out and "thiduad db upgrade" in out
    code, out = db("upgrade")
    assert code == 0 and "9001_more.sql" in out, out
    assert db("check")[0] == 0
    assert rows(server, db.name, "select tableowner from pg_tables where tablename = 'more'") == [("thidua_owner",)]


def test_failing_script_leaves_nothing(server, db):
    """A script that fails half-way is not applied at all, the message names it, and a mended one is applied."""
    assert db("init")[0] == 0
    add_script(db, "9001_more.sql", "create table meta.more (n int); select 1/0;")
    code, out = db("upgrade")
    assert code != 0 and "9001_more.sql" in out and "division by zero" in out
    assert rows(server, db.name, "select to_regclass('meta.more')") == [(None,)]
    assert rows(server, db.name, "select count(*) from meta.applied where name = '9001_more.sql'") == [(0,)]
    with open(os.path.join(db.sql, "once/9001_more.sql"), "w") as f:
        f.write("create table meta.more (n int);")
    assert db("upgrade")[0] == 0


def test_changed_script(db):
    """A script that was applied and has another content now is refused by name, by check and by upgrade."""
    assert db("init")[0] == 0
    with open(os.path.join(db.sql, "once", FIRST), "a") as f:
        f.write("-- changed\n")
    for word in ("check", "upgrade"):
        code, out = db(word)
        assert code != 0 and FIRST in out, out


def test_older_program(server, db):
    """A database that knows more than this program is left alone."""
    assert db("init")[0] == 0
    rows(server, db.name, "insert into meta.applied (name, sha256) values ('9999_future.sql', repeat('0', 64)) returning 1")
    for word in ("check", "upgrade"):
        code, out = db(word)
        assert code != 0 and "9999_future.sql" in out, out


def test_no_scripts(db):
    """Without scripts it says where they were looked for."""
    shutil.rmtree(db.sql)
    code, out = db("check")
    assert code != 0 and "sql_dir" in out

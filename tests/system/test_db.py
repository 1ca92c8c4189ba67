"""thiduad db init|upgrade|check against a real PostgreSQL: each state is told, nothing is half-applied, and the outcome is that of install.sql."""

import difflib
import os
import re
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


DATA = """
insert into registry.unit (code, name, kind, level, valid) values ('nt-so-y-te', 'Sở Y tế', 'so_ban_nganh', 'province', '(,)'), ('nt-so-tttt', 'Sở TTTT', 'so_ban_nganh', 'province', '(,)');
insert into registry.metric (name) values ('edoc.signed'), ('edoc.not_signed');
select ingest.make_fact_year(2024), ingest.make_month('2024-02-01');
insert into ingest.run (run, connector, stream, started_at, ended_at, state, pages, records, samples, rejects)
values ('00000000-0000-4000-9000-000000000001', 'vanban', 'ky-so', '2024-02-05 08:00+07', '2024-02-05 08:01+07', 'ok', 1, 2, 4, 0);
insert into ingest.request (run_id, seq, method, url, status, sent_at, sha256, size, stored)
select run_id, 1, 'GET', 'https://x.example/', 200, started_at, decode(repeat('ab', 32), 'hex'), 2, false from ingest.run;
insert into ingest.cursor (connector, stream, partition, value, known_at) values ('vanban', 'ky-so', '', '2024-01-31', '2024-02-05 08:01+07');
with stated as (
        select u.unit_id, m.metric_id, r.run_id, t.period_type, n.nth,
                timestamptz '2024-02-05 08:01+07' + n.nth * interval '1 day' as known_at, 10 * u.unit_id + m.metric_id + n.nth as value
        from registry.unit u, registry.metric m, ingest.run r, registry.period_type t, generate_series(0, 1) as n(nth)
        where t.kind = 'month' and t.calendar = 'calendar' and not t.cumulative),
observed as (
        insert into fact.observation (known_at, run_id, record_no, metric_id, unit_id, period_from, period_to, request_seq, period_type, value)
        select known_at, run_id, 1, metric_id, unit_id, '2024-01-01', '2024-01-31', 1, period_type, value from stated)
insert into fact.latest (known_at, metric_id, unit_id, period_from, period_to, period_type, value)
select known_at, metric_id, unit_id, '2024-01-01', '2024-01-31', period_type, value from stated where nth = 1;
select 1;
"""


def manifest(db, keep):
    path = os.path.join(db.sql, "manifest")
    with open(os.path.join(TOP, "sql/manifest")) as f:
        lines = [line for line in f if keep(line.split())]
    with open(path, "w") as f:
        f.writelines(lines)


def test_upgraded_step_by_step(server, db):
    """Whatever version data were stored by, the upgraded database has the schema, the views and the figures of one that was built at once."""
    with open(os.path.join(TOP, "sql/manifest")) as f:
        steps = [line.split()[1] for line in f if line.startswith("once ")]
    assert len(steps) > 4
    figures = "select unit, metric, value::text, known_at::text, is_newest from api_v1.figures order by 1, 2, 4"
    cursors = "select connector, value from ingest.cursor union all select connector, state from api_v1.runs order by 1, 2"

    def built(first):
        """Data go in when the scripts before `first` are there; then comes the rest, one script after the other."""
        for k in range(first, len(steps) + 1):
            manifest(db, lambda words, k=k: words[0] != "once" and (k == len(steps) or words[1] == "ingest/partitions.sql") or words[1] in steps[:k])
            code, out = db("upgrade" if k > first else "init")
            assert code == 0, (k, out)
            if k == first:
                rows(server, db.name, f"set role thidua_owner; {DATA}; commit; select 1")
        assert db("check")[0] == 0
        # A partition takes the comments that its columns had when it was made: of all that is in the dump, this alone tells when that was.
        shape = [line for line in dump(server, db.name) if line and not re.match(r"COMMENT ON COLUMN \w+\.\w+_[my]\d+\.", line)]
        outcome = rows(server, db.name, figures), rows(server, db.name, cursors), shape
        conn = server.connect("postgres")
        conn.cursor().execute(f'drop database "{db.name}"')
        conn.cursor().execute(f'create database "{db.name}"')
        conn.close()
        return outcome

    at_once = built(len(steps))
    assert len(at_once[0]) == 8
    for first in range(4, len(steps)):
        upgraded = built(first)
        assert upgraded[:2] == at_once[:2], steps[first - 1]
        difference = list(difflib.unified_diff(at_once[2], upgraded[2], lineterm="", n=1))
        assert not difference, (steps[first - 1], "\n".join(difference))

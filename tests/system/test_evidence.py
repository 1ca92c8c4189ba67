"""Evidence: what was polled can be proven later, mended mappings are applied to it, and what was tampered with is named."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres  # noqa: E402
from lib.rig import Rig, Source, all_rows, one, wait_until  # noqa: E402

HEALTH, TELECOM = "H43.SOYTE", "H43.SOTTTT"


@pytest.fixture(scope="module")
def server():
    postgres = Postgres().start()
    yield postgres
    postgres.remove()


@pytest.fixture
def place(server, request):
    """A database, a source and an instance for one test."""
    name = request.node.name
    server.create(name)
    source = Source()
    rig = Rig(server.conninfo(name), source)
    conn = server.connect(name)
    yield rig, source, conn
    conn.close()
    rig.remove()
    source.stop()


def figure(conn, unit, month=1, metric="t.so"):
    return one(conn, "select value from api_v1.figures where unit = %s and metric = %s and is_newest and extract(month from period_to) = %s", unit, metric, month)


def poll(rig, condition):
    """The daemon runs until the condition holds."""
    rig.start()
    try:
        wait_until(lambda: condition() or rig.process.poll() is not None, 60)
        assert condition()
    except (TimeoutError, AssertionError):
        raise AssertionError(rig.words()[-3000:]) from None
    finally:
        rig.stop()


def test_verify_names_what_was_changed(place):
    """An untouched database is whole; a body changed in the archive and a run record removed are named, and the exit code says so."""
    rig, source, conn = place
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5}]
    poll(rig, lambda: one(conn, "select count(*) from ingest.run where ended_at is not null") >= 3 and figure(conn, "nt-so-y-te") == 5)
    done = rig.run("verify")
    assert done.stdout.startswith("whole: "), done.stdout
    head = done.stdout.split("head: ")[1].strip()
    assert rig.run("verify", head).returncode == 0

    sha, run = all_rows(conn, "select encode(q.sha256, 'hex'), r.run from ingest.request q join ingest.run r using (run_id) where q.stored order by q.sent_at limit 1")[0]
    conn.cursor().execute("create table kept as select * from ingest.payload where sha256 = decode(%s, 'hex')", (sha,))
    other = "(select body from ingest.payload where sha256 <> decode(%s, 'hex') limit 1)"
    conn.cursor().execute("update ingest.payload set body = " + other + " where sha256 = decode(%s, 'hex')", (sha, sha))
    done = rig.run("verify", check=False)
    assert done.returncode == 65
    assert sha in done.stdout and str(run) in done.stdout and "was changed" in done.stdout, done.stdout
    conn.cursor().execute("update ingest.payload p set body = k.body from kept k where p.sha256 = k.sha256")
    assert rig.run("verify").returncode == 0

    conn.cursor().execute("update ingest.payload set body = substr(body, 1, 20) where sha256 = decode(%s, 'hex')", (sha,))
    assert "cannot be inflated" in rig.run("verify", check=False).stdout
    conn.cursor().execute("update ingest.payload p set body = k.body from kept k where p.sha256 = k.sha256")

    conn.cursor().execute("delete from ingest.run where run = %s", (run,))
    done = rig.run("verify", check=False)
    assert done.returncode == 65
    assert done.stdout.startswith("broken: link 1: the record of run %s (nguon/so) is missing" % run), done.stdout

    # Who takes the chain away as well is found out by the head that was noted.
    conn.cursor().execute("delete from ingest.run; delete from ingest.request; delete from ingest.chain; update ingest.chain_head set link = 0, hash = decode(repeat('00', 32), 'hex')")
    assert rig.run("verify").returncode == 0
    assert "is not one of the chain" in rig.run("verify", head, check=False).stdout

"""Checks of plausibility through the whole program: a figure that is doubted is flagged, set aside or keeps its run out; what is accepted counts; nothing is guessed after a kill."""

import json
import os
import signal
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres  # noqa: E402
from lib.rig import Rig, Source, all_rows, one, wait_until  # noqa: E402

HEALTH, TELECOM = "H43.SOYTE", "H43.SOTTTT"
METRIC = '- {metric: t.so, value: value, whole: yes, min: "0"}'
WINDOW = "each: month, from: 2024-01-01, to: 2024-12-31, lookback: 12"


@pytest.fixture(scope="module")
def server():
    postgres = Postgres().start()
    yield postgres
    postgres.remove()


@pytest.fixture
def place(server, request):
    name = request.node.name
    server.create(name)
    source = Source()
    rig = Rig(server.conninfo(name), source, names=())
    conn = server.connect(name)
    yield rig, source, conn
    conn.close()
    rig.remove()
    source.stop()


def connect(rig, checks, window=WINDOW):
    rig.connector("nguon", replace=[(METRIC, "- {metric: t.so, value: value, checks: [%s]}" % checks), (WINDOW, window)])


def figures(conn, unit="nt-so-y-te"):
    return [tuple(r) for r in all_rows(conn, "select extract(month from period_from)::int, value::int, quality from api_v1.figures "
                                             "where metric = 't.so' and unit = %s and is_newest order by 1", unit)]


def waiting(conn):
    return all_rows(conn, "select reject_id, reason, detail from api_v1.rejects where outcome is null")


# A jump is set aside and told, the others of the run are kept and the cursor goes on; repeated it waits once, also after a kill; accepted it is a figure and is not doubted again.
def test_quarantine(place):
    rig, source, conn = place
    connect(rig, '{jump: 50%, action: quarantine}')
    for month in range(1, 13):
        source.state("nguon", month, **{HEALTH: 100 if month < 11 else 500, TELECOM: 7})
    rig.start()
    wait_until(lambda: len(figures(conn, "nt-so-tttt")) == 12)
    wait_until(lambda: one(conn, "select value from ingest.cursor where partition = ''") == "2024-12-31")
    assert [m for m, value, quality in figures(conn)] == list(range(1, 11)), "the figures of the other months are kept"
    assert [(r, d) for _, r, d in waiting(conn)] == [("jump", "check jump: 500 after 100 (to 2024-10-31), more than 50 %")] * 2
    assert "2 figures set aside" in rig.words()
    rig.kill(signal.SIGKILL)
    source.state("nguon", 1, **{HEALTH: 100, TELECOM: 8})
    source.state("nguon", 11, **{HEALTH: 500, TELECOM: 8})
    rig.start()
    wait_until(lambda: figures(conn, "nt-so-tttt")[10][1] == 8)
    assert len(waiting(conn)) == 2 and len(figures(conn)) == 10
    done = rig.run("quarantine", "accept", "nguon", "--reason", "jump", "--format", "json")
    assert json.loads(done.stdout) == {"accepted": 2, "overruled": 0, "without_figure": 0}
    assert figures(conn)[10:] == [(11, 500, None), (12, 500, None)]
    runs = one(conn, "select count(*) from ingest.run")
    source.state("nguon", 11, **{HEALTH: 500, TELECOM: 9})
    wait_until(lambda: figures(conn, "nt-so-tttt")[10][1] == 9)
    assert one(conn, "select count(*) from ingest.run") > runs and not waiting(conn) and figures(conn)[10:] == [(11, 500, None), (12, 500, None)]
    done = rig.run("quarantine", "accept", "17", "--format", "json", check=False)
    assert json.loads(done.stdout)["accepted"] == 0
    assert rig.run("quarantine", "accept", check=False).returncode == 64


# A run that is blocked stores nothing, has failed in status and database, and its window is asked for again, by a daemon that was killed as well; once the source is right all is well by itself.
def test_block(place):
    rig, source, conn = place
    connect(rig, '{monotone: yes, action: block}', "each: month, from: 2024-11-01, to: 2024-12-31, lookback: 2")
    source.state("nguon", 11, **{HEALTH: 10, TELECOM: 1})
    source.state("nguon", 12, **{HEALTH: 20, TELECOM: 2})
    rig.start()
    wait_until(lambda: len(figures(conn)) == 2)
    wait_until(lambda: one(conn, "select value from ingest.cursor where partition = ''") == "2024-12-31")
    with conn.cursor() as cursor:
        cursor.execute("update ingest.cursor set value = '2024-11-30' where partition = ''")
    rig.stop()
    source.state("nguon", 12, **{HEALTH: 19, TELECOM: 3})
    rig.start()
    wait_until(lambda: "a check blocked it" in rig.words())
    wait_until(lambda: int(one(conn, "select value from ingest.cursor where partition = 'blocks'")) >= 2)
    assert figures(conn) == [(11, 10, None), (12, 20, None)] and figures(conn, "nt-so-tttt") == [(11, 1, None), (12, 2, None)]
    assert one(conn, "select value from ingest.cursor where partition = ''") == "2024-11-30", "no cursor moved"
    assert one(conn, "select failure_story from ingest.run where state = 'failed' limit 1").startswith("blocked by a check: 1 figures do not pass, the first one: monotone: ")
    assert len(waiting(conn)) == 1

    def blocked_in_status():
        stream = json.loads(rig.run("status", "--format", "json").stdout)["streams"][0]
        return stream["state"] == "failed" and "blocked by a check" in stream["trouble"]
    wait_until(blocked_in_status)
    rig.kill(signal.SIGKILL)
    rig.start()
    before = int(one(conn, "select value from ingest.cursor where partition = 'blocks'"))
    wait_until(lambda: int(one(conn, "select value from ingest.cursor where partition = 'blocks'")) > before)
    source.state("nguon", 12, **{HEALTH: 21, TELECOM: 3})
    wait_until(lambda: figures(conn) == [(11, 10, None), (12, 21, None)] and figures(conn, "nt-so-tttt") == [(11, 1, None), (12, 3, None)])
    wait_until(lambda: one(conn, "select value from ingest.cursor where partition = ''") == "2024-12-31")
    assert one(conn, "select count(*) from ingest.verify_chain()") == 0


# While the database is away several runs pile up behind one that will be blocked: none of them moves the cursor over its gap, and the same answer again does not count as confirmed.
def test_block_behind_outage(place, server):
    rig, source, conn = place
    connect(rig, '{min: 0, max: 50, action: block}', "each: month, from: 2024-12-01, to: 2024-12-31, lookback: 1")
    source.state("nguon", 12, **{HEALTH: 10})
    rig.start()
    wait_until(lambda: len(figures(conn)) == 1)
    wait_until(lambda: one(conn, "select value from ingest.cursor where partition = ''") == "2024-12-31")
    with conn.cursor() as cursor:
        cursor.execute("update ingest.cursor set value = '2024-11-30' where partition = ''")
        cursor.execute("select coalesce(max(run_id), 0) from ingest.run")
    rig.stop()
    rig.start()
    wait_until(lambda: one(conn, "select value from ingest.cursor where partition = ''") == "2024-12-31")
    with conn.cursor() as cursor:
        cursor.execute("update ingest.cursor set value = '2024-11-30' where partition = ''")
    with server.connect(conn.info.dbname) as lock, lock.cursor() as cursor:
        lock.autocommit = False
        cursor.execute("begin")
        cursor.execute("lock table ingest.parcel in access exclusive mode")
        source.state("nguon", 12, **{HEALTH: 60})
        asked = source.asked
        wait_until(lambda: source.asked >= asked + 3)
        cursor.execute("rollback")
    wait_until(lambda: one(conn, "select value from ingest.cursor where partition = 'blocks'") is not None)
    wait_until(lambda: len(waiting(conn)) == 1)
    blocked = one(conn, "select min(run_id) from ingest.run where blocked is not null")
    wait_until(lambda: one(conn, "select count(*) from ingest.run where run_id > %s", blocked) >= 2)
    assert one(conn, "select count(*) from fact.confirmed where run_id > %s", blocked) == 0, "nothing that was kept out counts as confirmed"
    assert figures(conn) == [(12, 10, None)]
    rig.run("quarantine", "accept", "nguon", "--reason", "range")
    assert figures(conn) == [(12, 60, None)]
    # What is believed is not doubted anew: the next run passes.
    wait_until(lambda: one(conn, "select value from ingest.cursor where partition = ''") == "2024-12-31")


# Flags and several checks at once; the connector tells before anything is stored what will be checked.
def test_warn(place):
    rig, source, conn = place
    connect(rig, '{jump: 5, action: warn}, {min: 0, max: 100, action: warn}', "each: month, from: 2024-11-01, to: 2024-12-31, lookback: 2")
    source.state("nguon", 11, **{HEALTH: 10})
    source.state("nguon", 12, **{HEALTH: 101})
    done = rig.run("fetch", "nguon", "--dry-run")
    assert 'checks that the database would make, against what is known there: [{"metric":"t.so","check":"jump","action":"warn","bound":"5","percent":false},' in done.stderr
    rig.start()
    want = [(11, 10, None), (12, 101, "check jump: 101 after 10 (to 2024-11-30), more than 5; check range: 101 is more than 100")]
    wait_until(lambda: figures(conn) == want)
    source.state("nguon", 11, **{HEALTH: 11})
    wait_until(lambda: figures(conn)[0][1] == 11)
    assert figures(conn)[1] == want[1], "repeated, the figure keeps its flag"
    assert one(conn, "select count(*) from api_v1.figures where metric = 't.so' and period_from = '2024-12-01'") == 1

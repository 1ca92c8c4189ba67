"""The daemon between the whole province and a real database that comes late, dies and returns: what the source gave is there, once."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres  # noqa: E402
from lib.province import Daemon  # noqa: E402

FIGURES = """select metric, unit, period_from, period_to, value::text from api_v1.figures order by 1, 2, 3, 4"""


@pytest.fixture(scope="module")
def server():
    postgres = Postgres().start()
    yield postgres
    postgres.remove()


@pytest.fixture
def made():
    """Daemons of one test."""
    kept = []

    def make(*args, **more):
        kept.append(Daemon(*args, **more))
        return kept[-1]

    yield make
    for d in kept:
        d.remove()


def rows(server, name):
    conn = server.connect(name)
    with conn.cursor() as cursor:
        cursor.execute(FIGURES)
        found = cursor.fetchall()
    conn.close()
    return found


@pytest.fixture(scope="module")
def whole(server):
    """The figures of motcua and vanban as an undisturbed daemon stores them: each once."""
    server.create("whole")
    d = Daemon(server.conninfo("whole"), ["motcua"])
    try:
        d.start()
        d.wait(d.is_done)
        assert d.stop() == 0
    finally:
        d.remove()
    found = rows(server, "whole")
    assert len(found) == len({r[:4] for r in found}) > 1000
    return found


@pytest.mark.parametrize("point", ["spool-append:1", "spool-sync:1", "spool-ack:1", "writer-send:1", "writer-reply:1", "writer-ack:1"])
def test_killed_at_each_crash_point(server, made, whole, point):
    """Killed at any point of the way to the database, the next start ends with what the source gave, none twice."""
    name = "crash_" + point.replace("-", "_").replace(":", "_")
    server.create(name)
    d = made(server.conninfo(name), ["motcua"])
    d.start(THIDUA_CRASH=point)
    assert d.process.wait(timeout=60) == -9, d.words()[-2000:]
    d.start()
    d.wait(d.is_done)
    assert d.stop() == 0
    assert rows(server, name) == whole


def test_database_absent_then_killed(made, whole):
    """It starts without its database, polls into the spool, delivers when it comes; a postmaster that is killed costs no figure."""
    postgres = Postgres()
    try:
        d = made(postgres.conninfo(), ["motcua"])
        d.start()
        d.wait(lambda: (d.status() or {"spool": {"parcels": 0}})["spool"]["parcels"] > 0)
        postgres.start()
        postgres.create()
        postgres.kill()
        postgres.start()
        d.wait(d.is_done)
        assert rows(postgres, "thidua") == whole
        assert d.stop() == 0
    finally:
        postgres.remove()


@pytest.mark.parametrize("mode, words", [("500", "HTTP 500"), ("html", "rejection page"), ("429", "429")])
def test_trouble_of_the_source_is_told_and_passes(server, made, whole, mode, words):
    """An error, a firewall's page and a request for patience are told in words; afterwards all figures are there, once."""
    server.create("trouble_" + mode)
    d = made(server.conninfo("trouble_" + mode), ["motcua"])
    d.order(down={"system": "onestop", "mode": mode, "retry_after": 1})
    d.start()
    d.wait(lambda: words in d.words() or words in str(d.status()))
    d.order(down={"system": "onestop", "mode": "none"})
    d.wait(d.is_done, 90)
    assert rows(server, "trouble_" + mode) == whole


def test_token_expires_in_the_middle(server, made):
    """A token that ends between two requests is renewed once, and no request is lost."""
    server.create("token")
    d = made(server.conninfo("token"), ["vanban"])
    d.start()
    d.wait(lambda: d.province.world.served["lgsp"] > 100)
    issued = d.province.world.tokens_issued
    d.order(expire_tokens=True)
    d.wait(d.is_done)
    assert d.province.world.tokens_issued > issued
    assert all(s["state"] == "ok" for s in d.status()["streams"])


def test_full_spool_pauses_polling_and_says_so(made):
    """A spool that is full pauses polling, loudly, and drops nothing; polling goes on when there is room."""
    postgres = Postgres()
    try:
        d = made(postgres.conninfo(), ["motcua"], every="1 s", main="  max_size: 4 MiB\n  segment_size: 1 MiB\n")
        d.start()
        d.wait(lambda: "the spool is full" in d.words())
        postgres.start()
        postgres.create()
        d.wait(lambda: "the spool has room again" in d.words())
        d.wait(lambda: (d.status() or {"spool": {"is_full": True}})["spool"]["parcels"] == 0)
        found = rows(postgres, "thidua")
        assert len(found) == len({r[:4] for r in found}) > 1000
    finally:
        postgres.remove()


def test_nine_days_of_the_national_index(server, made):
    """trap: the running year's score is stated anew each day: one period, and every day's figure stays readable as known then."""
    server.create("index")
    d = made(server.conninfo("index"), ["dvcqg-766"])
    days = ["2026-09-17", "2026-09-26", "2026-09-27", "2026-10-02", "2026-10-04", "2026-10-05", "2026-10-07", "2026-10-09", "2026-10-10"]
    for day in days:
        d.day = day
        d.order(capture_day=day)
        d.start()
        d.wait(d.is_done)
        assert d.stop() == 0
    conn = server.connect("index")
    with conn.cursor() as cursor:
        cursor.execute("select value::text, period_from::text from api_v1.figures where metric = 'kpi766.total' and unit = 'H32' order by known_at")
        found = cursor.fetchall()
    conn.close()
    assert found[0][0] == "52.48" and found[-1][0] == "61.66"
    assert {f[1] for f in found} == {"2026-01-01"}


def test_status_and_check(server, made):
    """The state is a table for people and JSON for programs; a configuration with an error ends check with 78."""
    server.create("state")
    d = made(server.conninfo("state"), ["khaibao"])
    d.start()
    d.wait(d.is_done)
    table = d.run("status").stdout
    assert "khaibao" in table and "nam-2024" in table
    assert d.status()["streams"][0]["connector"] == "khaibao"
    d.connector("khaibao", "6 hours ago")
    assert d.run("check", check=False).returncode == 78

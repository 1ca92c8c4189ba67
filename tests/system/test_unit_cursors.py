"""Fan-out: each unit is read as far as it can be. A unit that fails holds up nobody; what it lacks is asked for again, after a kill too, and no window is skipped."""

import json
import os
import signal
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres  # noqa: E402
from lib.rig import Rig, Source, all_rows, one, wait_until  # noqa: E402

UNITS = {"H43.SOYTE": "nt-so-y-te", "H43.SOTTTT": "nt-so-tttt", "H43.SONOIVU": "nt-so-noi-vu"}


class Fan(Source):
    """One figure a unit and month; what is in `bad` is answered with that status."""

    def __init__(self):
        super().__init__()
        self.bad, self.log = {}, []

    def answer(self, handler):
        query = parse_qs(urlsplit(handler.path).query)
        month, units = int(query["month"][0]), query["unit"][0].split(";")
        self.log.append((month, tuple(units)))
        status = next((self.bad[u] for u in units if isinstance(self.bad.get(u), int)), 200)
        silent = [u for u in units if self.bad.get(u) == "silent"]
        body = json.dumps({"rows": [{"unit": u, "value": month} for u in units if u not in silent]}).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture(scope="module")
def server():
    postgres = Postgres().start()
    yield postgres
    postgres.remove()


@pytest.fixture
def place(server, request):
    name = request.node.name
    server.create(name)
    source = Fan()
    rig = Rig(server.conninfo(name), source, names=())
    conn = server.connect(name)
    yield rig, source, conn
    conn.close()
    rig.remove()
    source.stop()


def connect(rig, to, variable="unit.code", group=""):
    rig.connector("nguon", replace=[
        ("backoff_max: 50 ms", "backoff_max: 50 ms, breaker_failures: 0"),
        ("to: 2024-12-31, lookback: 12", "to: 2024-%02d-28, lookback: 0" % to),
        ("request: {path: /nguon, query: {month: \"{{window.month}}\"}}",
         "foreach: {units: [nt-so-y-te, nt-so-tttt, nt-so-noi-vu], system: qd20%s}\n"
         "    request: {path: /nguon, query: {month: \"{{window.month}}\", unit: \"{{%s}}\"}}" % (group, variable))])


def cursors(conn):
    return {p.removeprefix("unit:"): v for p, v in all_rows(conn, "select partition, value from ingest.cursor where partition not like 'ask:%%'")}


def months(conn, unit):
    return [int(r[0]) for r in all_rows(conn, "select extract(month from period_from) from api_v1.figures where metric = 't.so' and unit = %s and is_newest order by 1", unit)]


# One unit fails: the others and the stream go on, it is asked from where it stands, after all others, through a kill; then it catches up with every window it missed.
def test_lags(place):
    rig, source, conn = place
    connect(rig, 3)
    source.bad = {"H43.SOTTTT": 404}
    rig.start()
    wait_until(lambda: cursors(conn) == {"": "2024-03-31", "nt-so-tttt": "-"})
    assert months(conn, "nt-so-y-te") == [1, 2, 3] == months(conn, "nt-so-noi-vu") and months(conn, "nt-so-tttt") == []
    stream = json.loads(rig.run("status", "--format", "json").stdout)["streams"][0]
    assert stream["units_behind"] == 1 and stream["state"] in ("partial", "running")
    assert "1 unit is not read as far as the others" in rig.run("status").stdout
    del source.log[:]
    wait_until(lambda: len(source.log) >= 6)
    assert {u for _, u in source.log} == {("H43.SOTTTT",)}, "nobody else is asked for the sake of one"
    rig.kill(signal.SIGKILL)
    connect(rig, 5)
    del source.log[:]
    rig.start()
    wait_until(lambda: cursors(conn) == {"": "2024-05-31", "nt-so-tttt": "-"})
    assert months(conn, "nt-so-y-te") == [1, 2, 3, 4, 5] and months(conn, "nt-so-tttt") == []
    first = [u[0] for _, u in source.log[:4]]
    assert "H43.SOTTTT" not in first and [m for m, _ in source.log[:4]] == [4, 4, 5, 5], source.log
    source.bad = {}
    wait_until(lambda: cursors(conn) == {"": "2024-05-31", "nt-so-tttt": "ok"})
    assert months(conn, "nt-so-tttt") == [1, 2, 3, 4, 5]
    assert json.loads(rig.run("status", "--format", "json").stdout)["streams"][0]["units_behind"] == 0
    rig.stop()
    connect(rig, 6)
    del source.log[:]
    rig.start()
    wait_until(lambda: cursors(conn) == {"": "2024-06-30", "nt-so-tttt": "ok"})
    assert sorted(source.log) == sorted((6, (u,)) for u in UNITS), "once it has caught up it goes with the others"


# It fails in the middle of several windows: its cursor stands before the first one that it lacks, and those that came are not lost.
def test_middle(place):
    rig, source, conn = place
    connect(rig, 4)

    def answer(handler, plain=source.answer):
        source.bad = {"H43.SONOIVU": 500} if "month=3" in handler.path or "month=03" in handler.path else {}
        plain(handler)
    source.answer = answer
    rig.start()
    wait_until(lambda: cursors(conn) == {"": "2024-04-30", "nt-so-noi-vu": "2024-02-29"})
    assert months(conn, "nt-so-noi-vu") == [1, 2, 4] and months(conn, "nt-so-y-te") == [1, 2, 3, 4]
    del source.answer
    source.bad = {}
    wait_until(lambda: cursors(conn) == {"": "2024-04-30", "nt-so-noi-vu": "ok"})
    assert months(conn, "nt-so-noi-vu") == [1, 2, 3, 4]


# All units fail as a host does: the run is broken off, but the next one gets to those that answer, however many stand in front of them.
def test_host(place):
    rig, source, conn = place
    connect(rig, 2)
    source.bad = {u: 503 for u in UNITS}
    rig.start()
    wait_until(lambda: set(cursors(conn)) - {""} == set(UNITS.values()))
    assert "" not in cursors(conn) or cursors(conn)[""] != "2024-02-29"
    source.bad = {u: 503 for u in ("H43.SOYTE", "H43.SOTTTT")}
    wait_until(lambda: months(conn, "nt-so-noi-vu") == [1, 2], 40)
    source.bad = {}
    wait_until(lambda: all(months(conn, u) == [1, 2] for u in UNITS.values()), 40)
    wait_until(lambda: cursors(conn) == {"": "2024-02-29", **{u: "ok" for u in UNITS.values()}}, 40)


# The one cursor of an older program holds for every unit: nothing is asked for twice, nothing is skipped.
def test_upgrade(place):
    rig, source, conn = place
    connect(rig, 1)
    rig.start()
    wait_until(lambda: cursors(conn) == {"": "2024-01-31"})
    rig.stop()
    with conn.cursor() as cursor:
        cursor.execute("delete from ingest.cursor where partition <> ''")
        cursor.execute("update ingest.cursor set value = '2024-02-29'")
    connect(rig, 3)
    del source.log[:]
    rig.start()
    wait_until(lambda: cursors(conn) == {"": "2024-03-31"})
    assert sorted(source.log) == sorted((3, (u,)) for u in UNITS)


# In a group only the units of which nothing was told lag; the next time they are a group of their own.
def test_group(place):
    rig, source, conn = place
    connect(rig, 2, "unit.codes", ', group: 3, join: ";"')
    source.bad = {"H43.SOTTTT": "silent"}
    rig.start()
    wait_until(lambda: cursors(conn) == {"": "2024-02-29", "nt-so-tttt": "-"})
    assert months(conn, "nt-so-y-te") == [1, 2]
    del source.log[:]
    wait_until(lambda: len(source.log) >= 2)
    assert {u for _, u in source.log} == {("H43.SOTTTT",)}
    source.bad = {}
    wait_until(lambda: cursors(conn) == {"": "2024-02-29", "nt-so-tttt": "ok"})
    assert months(conn, "nt-so-tttt") == [1, 2]

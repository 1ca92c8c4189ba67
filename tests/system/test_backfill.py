"""Backfill: past windows by order, one a run, within the budget of the host, through failures and restarts, each figure once."""

import json
import os
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres  # noqa: E402
from lib.rig import THIDUAD, Rig, Source, all_rows, one, wait_until  # noqa: E402

HEALTH, TELECOM = "H43.SOYTE", "H43.SOTTTT"
NOW_ONLY = ("each: month, from: 2024-01-01, to: 2024-12-31, lookback: 12", "each: month, from: 2024-12-01, to: 2024-12-31, lookback: 1")


class Slow(Source):
    """Months that are told to fail do; each answer waits for leave where the test wants it so."""

    def __init__(self):
        super().__init__()
        self.bad, self.months = {}, []

    def answer(self, handler):
        month = int(handler.path.split("month=")[1]) if "month=" in handler.path else 0
        self.months.append(month)
        if self.bad.get(month, 0) > 0:
            self.bad[month] -= 1
            handler.send_response(404)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        super().answer(handler)


@pytest.fixture(scope="module")
def server():
    postgres = Postgres().start()
    yield postgres
    postgres.remove()


@pytest.fixture
def place(server, request):
    name = request.node.name
    server.create(name)
    source = Slow()
    for month in range(1, 13):
        source.state("nguon", month, **{HEALTH: 10 * month, TELECOM: month})
    rig = Rig(server.conninfo(name), source, names=(), every="1 d")
    rig.connector("nguon", replace=[NOW_ONLY])
    conn = server.connect(name)
    yield rig, source, conn
    conn.close()
    rig.remove()
    source.stop()


def months(conn):
    return [(int(r[0]), int(r[1])) for r in all_rows(conn, "select extract(month from period_from), value from api_v1.figures where metric = 't.so' and unit = 'nt-so-y-te' order by 1")]


def progress(conn):
    return one(conn, "select value from ingest.cursor where partition like 'backfill:%%'")


ORDER = ("backfill", "nguon", "--from", "2024-01-01", "--to", "2024-11-30")
WANT = [(m, 10 * m) for m in range(1, 13)]


# The schedule brings December alone; the order brings the rest, in order, each window once, and says how far it is. Given again it asks again, and nothing new is stored.
def test_order(place):
    rig, source, conn = place
    rig.start()
    wait_until(lambda: months(conn) == [(12, 120)])
    source.months.clear()
    done = rig.run(*ORDER)
    assert done.stdout.startswith("nguon/so: 11 of 11 windows from 2024-01-01 to 2024-11-30, 22 figures"), done.stdout
    assert source.months == list(range(1, 12))
    wait_until(lambda: months(conn) == WANT)
    wait_until(lambda: progress(conn) == "done")
    assert one(conn, "select value from ingest.cursor where partition = ''") == "2024-12-31"
    rig.run(*ORDER)
    assert source.months == list(range(1, 12)) * 2
    wait_until(lambda: one(conn, "select count(*) from ingest.run where ended_at is not null and state in ('ok', 'unchanged')") >= 23)
    assert one(conn, "select count(*) from api_v1.figures where metric = 't.so'") == 24
    told = json.loads(rig.run(*ORDER, "--format", "json").stdout)
    assert [(b["connector"], b["stream"], b["unit"], b["state"], b["from"], b["to"], b["windows"], b["windows_done"], b["windows_failed"], b["trouble"]) for b in told] == [
        ("nguon", "so", None, "over", "2024-01-01", "2024-11-30", 11, 11, 0, None)]
    assert json.loads(rig.run("status", "--format", "json").stdout)["backfills"] == []
    assert "--format wants" in rig.run(*ORDER, "--format", "csv", check=False).stderr
    assert "backfill begins" in rig.words() and "backfill is done: 11 of 11" in rig.words()


# What cannot be is refused in words, and nothing is asked.
def test_refused(place):
    rig, source, conn = place
    rig.connector("nay", replace=[NOW_ONLY, ("window: {each: month, from: 2024-12-01, to: 2024-12-31, lookback: 1}", ""), (', query: {month: "{{window.month}}"}', ""), ("{window: yes}", "{today: yes}")])
    rig.start()
    wait_until(lambda: rig.run("status", check=False).returncode == 0)
    for words, code, told in ((("nobody", "--from", "2024-01-01", "--to", "2024-02-01"), 64, "no connector or stream of that name"),
                              (("nay", "--from", "2024-01-01", "--to", "2024-02-01"), 64, 'nay/so has no "window"'),
                              (("nguon", "--from", "2024-02-01", "--to", "2024-01-01"), 64, "the first not behind the second"),
                              (("nguon", "--from", "2044-02-01", "--to", "2044-03-01"), 64, "no closed window between these days"),
                              (("nguon", "--from", "2024-01-01", "--to", "2024-02-01", "--unit", "nt-so-y-te"), 64, "it brings all units at once"),
                              (("nguon", "--from", "2024-01-01", "--to", "2024-02-01", "--unit", "nobody"), 64, 'no unit "nobody"'),
                              (("nguon", "--from", "1.1.2024", "--to", "2024-02-01"), 64, "--from wants a day"),
                              (("nguon", "--from", "2024-01-01"), 64, "backfill wants")):
        done = rig.run("backfill", *words, check=False)
        assert done.returncode == code and told in done.stderr, (words, done.returncode, done.stderr)
    rig.stop()
    done = rig.run(*ORDER, check=False)
    assert done.returncode == 69 and "no daemon answers" in done.stderr


# A window that fails holds up none behind it, is asked again by itself, and the order is done when it has come.
def test_failed_window(place):
    rig, source, conn = place
    source.bad = {3: 1, 7: 2}
    rig.start()
    wait_until(lambda: months(conn) == [(12, 120)])
    done = rig.run(*ORDER, check=False)
    assert done.returncode == 1 and "9 of 11 windows" in done.stdout and "2 failed and are asked again, the last one: GET /nguon: HTTP 404" in done.stdout, (done.stdout, done.stderr)
    wait_until(lambda: progress(conn) == "2024-02-29" or len(months(conn)) > 10)
    wait_until(lambda: months(conn) == WANT, 30)
    wait_until(lambda: progress(conn) == "done")
    assert source.months.count(3) == 2 and source.months.count(7) == 3 and source.months.count(5) == 1


# Killed in the middle, the daemon goes on by itself where it was; what failed before is not forgotten.
def test_killed(place):
    rig, source, conn = place
    source.bad = {2: 1000, 6: 1000}
    rig.start()
    wait_until(lambda: months(conn) == [(12, 120)])
    watcher = subprocess.Popen([THIDUAD, *ORDER, "--config", rig.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: len(months(conn)) == 10)
    watcher.wait(timeout=30)
    wait_until(lambda: progress(conn) == "2024-01-31")
    rig.kill(signal.SIGKILL)
    source.bad, source.months[:] = {}, []
    rig.start()
    wait_until(lambda: months(conn) == WANT, 30)
    wait_until(lambda: progress(conn) == "done")
    assert 1 not in source.months and "backfill goes on" in rig.words()
    # And once it is done, a restart asks for nothing.
    rig.stop()
    source.months.clear()
    rig.start()
    wait_until(lambda: 12 in source.months)
    rig.stop()
    assert set(source.months) == {12}


# A reload in the middle changes neither what is asked nor how often it is stored; a paused connector waits.
def test_reload_and_pause(place):
    rig, source, conn = place
    source.bad = {4: 1000}
    rig.start()
    wait_until(lambda: months(conn) == [(12, 120)])
    rig.run(*ORDER, check=False)
    rig.run("pause", "nguon")
    assert "backfill  nguon/so paused, 10 of 11 windows from 2024-01-01 to 2024-11-30; 1 failed and will be asked for again: GET /nguon: HTTP 404" in rig.run("status").stdout
    told, = json.loads(rig.run("status", "--format", "json").stdout)["backfills"]
    assert told["state"] == "paused" and told["windows_done"] == 10 and told["windows_failed"] == 1 and told["figures"] == 20
    rig.run("reload")
    rig.run("resume", "nguon")
    source.bad = {}
    wait_until(lambda: months(conn) == WANT, 30)
    wait_until(lambda: progress(conn) == "done")
    assert one(conn, "select count(*) from api_v1.figures where metric = 't.so'") == 24

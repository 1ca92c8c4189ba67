"""The daemon as an operator meets it: without its database, with a source in trouble, killed, reloaded and stopped."""

import json
import os
import signal
import sys
import time

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
def source():
    s = Source()
    for month in range(1, 13):
        s.rows["nguon", month] = [{"unit": HEALTH, "value": 10 * month}, {"unit": TELECOM, "value": month}]
    yield s
    s.stop()


def make(server, source, name, with_schema=True, **more):
    server.create(name, with_schema=with_schema)
    return Rig(server.conninfo(name), source, **more)


def status(rig):
    done = rig.run("status", "--format", "json", check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def stream(rig):
    now = status(rig)
    return now["streams"][0] if now else {"runs": 0, "state": "", "trouble": ""}


def figures(conn):
    return all_rows(conn, "select unit, period_from, value from api_v1.figures where metric = 't.so' order by 1, 2, known_at")


def want():
    return sorted((unit, month, value) for month in range(1, 13) for unit, value in (("nt-so-y-te", 10 * month), ("nt-so-tttt", month)))


def got(conn):
    return sorted((unit, period.month, int(value)) for unit, period, value in figures(conn))


def test_the_database_comes_later(server, source):
    """Without its database the daemon starts, polls and spools; when the database comes all is delivered, and each figure once."""
    rig = make(server, source, "later", with_schema=False)
    try:
        rig.start()
        wait_until(lambda: stream(rig)["runs"] > 0 and status(rig)["spool"]["parcels"] > 0)
        assert "thiduad db init" in rig.words()
        rig.run("db", "init")
        conn = server.connect("later")
        wait_until(lambda: one(conn, "select count(*) from api_v1.figures") == 24, 60)
        wait_until(lambda: status(rig)["spool"]["parcels"] == 0)
        assert got(conn) == want()
        conn.close()
    finally:
        rig.remove()


@pytest.mark.parametrize("kills", [3])
def test_killed_again_and_again(server, source, kills):
    """However often the daemon is killed, every figure arrives and none counts twice."""
    rig = make(server, source, "killed")
    try:
        for n in range(kills):
            asked = source.asked
            rig.start()
            wait_until(lambda: source.asked >= asked + 5 + 3 * n)
            rig.kill(signal.SIGKILL)
        rig.start()
        conn = server.connect("killed")
        wait_until(lambda: one(conn, "select count(*) from api_v1.figures") >= 24, 60)
        wait_until(lambda: stream(rig)["state"] == "ok" and status(rig)["spool"]["parcels"] == 0)
        assert got(conn) == want()
        conn.close()
    finally:
        rig.remove()


def test_a_source_in_trouble_is_named_and_recovers(server, source):
    """A source that answers 503 costs no figure: the trouble stands in the status in words, and goes when the source is back."""
    rig = make(server, source, "trouble")
    # A circuit that opened stays so for a minute by default; here it tries again at once.
    rig.connector("nguon", replace=[("attempts: 2", "attempts: 2, breaker_pause: 100 ms")])
    try:
        source.mode = "broken"
        rig.start()
        wait_until(lambda: stream(rig)["runs"] > 0 and stream(rig)["state"] == "failed")
        assert "503" in stream(rig)["trouble"]
        source.mode = "ok"
        conn = server.connect("trouble")
        wait_until(lambda: one(conn, "select count(*) from api_v1.figures") == 24, 60)
        wait_until(lambda: stream(rig)["state"] == "ok")
        assert got(conn) == want()
        conn.close()
    finally:
        rig.remove()


def test_an_unreachable_host_is_named(server, source):
    """A host that refuses the connection is named in the status, and the daemon goes on."""
    rig = make(server, source, "refused")
    try:
        source.stop()
        rig.start()
        wait_until(lambda: stream(rig)["state"] == "failed")
        assert "127.0.0.1" in stream(rig)["trouble"] and "refused" in stream(rig)["trouble"]
    finally:
        rig.remove()


def test_a_missing_credential_says_where_to_put_it(server, source):
    """A secret that is not there is a failure of configuration with the line that mends it."""
    rig = make(server, source, "secret")
    try:
        rig.connector("nguon", replace=[("manners:", "auth: {kind: bearer, token: {credential: nguon-token}}\nmanners:")])
        env = {k: v for k, v in os.environ.items() if k != "CREDENTIALS_DIRECTORY"}
        os.environ.pop("CREDENTIALS_DIRECTORY", None)
        rig.start(**env)
        wait_until(lambda: stream(rig)["state"] == "failed")
        assert "LoadCredential=nguon-token" in stream(rig)["trouble"]
    finally:
        rig.remove()


def test_an_unknown_unit_is_a_reject(server, source):
    """A code that no table knows becomes a reject that can be listed, and costs nobody else a figure."""
    source.rows["nguon", 3].append({"unit": "H43.KHONGCO", "value": 7})
    rig = make(server, source, "unknown")
    try:
        rig.start()
        conn = server.connect("unknown")
        wait_until(lambda: one(conn, "select count(*) from api_v1.figures") == 24 and one(conn, "select count(*) from api_v1.rejects") > 0, 60)
        assert all_rows(conn, "select distinct reason, unit_code from api_v1.rejects") == [("unknown_unit", "H43.KHONGCO")]
        assert got(conn) == want()
        conn.close()
    finally:
        rig.remove()


def test_reload_good_and_bad(server, source):
    """A bad configuration is refused with its place and the old one stays; a good one takes its place."""
    rig = make(server, source, "reload")
    path = os.path.join(rig.room, "connectors.d", "hai.yaml")
    try:
        rig.start()
        wait_until(lambda: stream(rig)["runs"] > 0)
        with open(path, "w", encoding="utf-8") as f:
            f.write("conector: hai\n")
        done = rig.run("reload", check=False)
        assert done.returncode == 78
        wait_until(lambda: 'hai.yaml:1:1: unknown key "conector"; did you mean "connector"?' in rig.words())
        assert status(rig)["reload_error"] and len(status(rig)["streams"]) == 1
        os.unlink(path)
        rig.connector("hai", metric="t.hai")
        rig.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(status(rig)["streams"]) == 2)
        assert status(rig)["reload_error"] is None
    finally:
        rig.remove()


def test_sigterm_ends_within_five_seconds(server, source):
    """SIGTERM ends the daemon with code 0 within 5 s, and what was polled is in the database or in the spool."""
    rig = make(server, source, "term")
    try:
        rig.start()
        conn = server.connect("term")
        wait_until(lambda: one(conn, "select count(*) from api_v1.figures") == 24, 60)
        began = time.monotonic()
        rig.process.send_signal(signal.SIGTERM)
        assert rig.process.wait(timeout=30) == 0
        assert time.monotonic() - began < 5
        rig.process = None
        conn.close()
    finally:
        rig.remove()


def test_a_second_daemon_on_the_same_spool_refuses(server, source):
    """Two processes never write one spool: the second one ends at once and says why."""
    rig = make(server, source, "second")
    try:
        rig.start()
        wait_until(lambda: stream(rig)["runs"] > 0)
        done = rig.run("run", check=False, timeout=30)
        assert done.returncode == 75
        assert "spool" in done.stderr
    finally:
        rig.remove()

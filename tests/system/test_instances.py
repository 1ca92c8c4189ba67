"""Instances that share connectors: each connector is polled by one, another takes over when it dies, and one that was cut off overrules nothing."""

import os
import re
import shutil
import signal
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres  # noqa: E402
from lib.rig import Rig, Source, all_rows, one, wait_until  # noqa: E402

HEALTH = "H43.SOYTE"
NAMES = ("a", "b", "c", "d", "e", "f")
MONTH = ("each: month, from: 2024-01-01, to: 2024-12-31, lookback: 12", "each: month, from: 2024-01-01, to: 2024-01-31, lookback: 12")


@pytest.fixture(scope="module")
def server():
    postgres = Postgres().start()
    yield postgres
    postgres.remove()


class Site:
    """A source that answers under several host names, and as many instances as a test wants."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        server.create(name)
        self.source = Source("0.0.0.0")
        self.conn = server.connect(name)
        self.rigs = []
        for name in NAMES:
            self.source.rows[name, 1] = [{"unit": HEALTH, "value": 5}]

    def instance(self, name, main="", env=None):
        rig = Rig(self.server.conninfo(self.name), self.source, names=(), instance=name, main="shared: yes\n" + main)
        for i, connector in enumerate(NAMES):
            # All of 127/8 is this machine: each connector has a host of its own.
            rig.connector(connector, metric=f"t.{connector}", replace=[MONTH, ("http://127.0.0.1:", f"http://127.0.0.{i + 2}:")])
        self.rigs.append(rig)
        return rig

    def holders(self):
        return {c: i for c, i in all_rows(self.conn, "select l.connector, l.instance from ingest.lease l where ingest.holds(1670002, l.lease_id, null)")}

    def trouble(self):
        return "\n".join(rig.words()[-1500:] for rig in self.rigs)

    def wait(self, condition, seconds=60):
        try:
            wait_until(condition, seconds)
        except TimeoutError:
            raise AssertionError((self.holders(), self.trouble())) from None

    def close(self):
        for rig in self.rigs:
            rig.remove()
        self.conn.close()
        self.source.stop()


@pytest.fixture
def site(server, request):
    place = Site(server, request.node.name)
    yield place
    place.close()


def figure(site, connector):
    return one(site.conn, "select value from api_v1.figures where metric = %s and unit = 'nt-so-y-te' and is_newest", f"t.{connector}")


def shares(site):
    holders = site.holders()
    return sorted(list(holders.values()).count(i) for i in set(holders.values())) if len(holders) == len(NAMES) else []


def test_shares_are_even_whoever_comes_and_goes(site):
    """Shares are even within seconds after an instance has come, ended or been killed; a source is never asked by two, no slot is polled twice, and nothing comes late."""
    crew = [site.instance(name) for name in ("mot", "hai", "ba")]
    for rig, expected in zip(crew, ([6], [3, 3], [2, 2, 2])):
        rig.start()
        site.wait(lambda: shares(site) == expected, 20)
    crew[0].stop()
    site.wait(lambda: shares(site) == [3, 3], 20)
    site.wait(lambda: all(figure(site, c) == 5 for c in NAMES))
    # A run belongs to the instance that held the connector under that number.
    assert one(site.conn, "select count(*) from ingest.run r where r.fence is null") == 0
    assert one(site.conn, "select count(*) from (select connector, fence from ingest.run group by 1, 2 having count(distinct instance) > 1) x") == 0
    crew[1].kill()
    site.wait(lambda: shares(site) == [6], 20)
    for c in NAMES:
        site.source.rows[c, 1] = [{"unit": HEALTH, "value": 6}]
    site.wait(lambda: all(figure(site, c) == 6 for c in NAMES))
    assert "taken: " in crew[2].words()
    assert re.search(r'"?elsewhere', crew[2].run("status").stdout) is None
    crew[0].start()
    site.wait(lambda: shares(site) == [3, 3], 20)
    polled = one(site.conn, "select max(run_id) from ingest.run")
    site.wait(lambda: one(site.conn, "select count(distinct connector) from ingest.run where run_id > %s", polled) == len(NAMES), 20)
    # Runs of a connector by different instances lie one after the other.
    assert all_rows(site.conn, """select a.connector, a.instance, a.started_at, a.ended_at, b.instance, b.started_at from ingest.run a
            join ingest.run b on b.connector = a.connector and b.instance <> a.instance and b.started_at >= a.started_at and b.started_at < a.ended_at""") == []
    assert one(site.conn, "select count(*) from (select from ingest.run group by connector, stream, slot_at having count(*) > 1) x") == 0
    assert one(site.conn, "select count(*) from ingest.run where is_late") == 0


def test_one_that_was_cut_off_overrules_nothing(site):
    """A holder stands still, its session ends, another takes over and hears a newer figure; what the first had polled before comes late and changes nothing."""
    first, second = site.instance("mot"), site.instance("hai")
    first.start()
    site.wait(lambda: len(site.holders()) == len(NAMES) and all(figure(site, c) == 5 for c in NAMES))
    # The first hears 6 but cannot deliver it: the database locks it out.
    blocker = site.server.connect(site.name)
    blocker.autocommit = False
    with blocker.cursor() as cursor:
        cursor.execute("lock table ingest.parcel in access exclusive mode")
    asked = site.source.asked
    for c in NAMES:
        site.source.rows[c, 1] = [{"unit": HEALTH, "value": 6}]
    wait_until(lambda: site.source.asked >= asked + 2 * len(NAMES), 30)
    first.process.send_signal(signal.SIGSTOP)
    with site.conn.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'thiduad%%' and datname = current_database()")
    blocker.rollback()
    blocker.close()
    for c in NAMES:
        site.source.rows[c, 1] = [{"unit": HEALTH, "value": 7}]
    second.start()
    site.wait(lambda: set(site.holders().values()) == {"hai"} and all(figure(site, c) == 7 for c in NAMES), 60)
    first.process.send_signal(signal.SIGCONT)
    site.wait(lambda: one(site.conn, "select count(*) from ingest.run where is_late") > 0, 60)
    assert all(figure(site, c) == 7 for c in NAMES)
    assert one(site.conn, "select count(*) from fact.observation where value = 6") == 0


def test_two_of_one_name(site):
    """A second daemon of the same name polls nothing and says what to do."""
    first, second = site.instance("mot"), site.instance("mot")
    first.start()
    site.wait(lambda: len(site.holders()) == len(NAMES))
    second.start()
    site.wait(lambda: "another session runs as instance 'mot'" in second.words())
    site.wait(lambda: all(figure(site, c) == 5 for c in NAMES))
    assert one(site.conn, "select max(fence) from ingest.lease") == 1
    assert "elsewhere" in second.run("status").stdout


def test_session_that_was_left_behind_is_ended(site):
    """The server has not noticed that a session is gone: the daemon that comes back ends it and holds its connectors again at once."""
    first = site.instance("mot")
    first.start()
    site.wait(lambda: len(site.holders()) == len(NAMES))
    stopped = first.process
    stopped.send_signal(signal.SIGSTOP)
    # A copy of its spool makes the daemon that starts now the same one; the first stands still, and its session lives.
    try:
        again = Rig(site.server.conninfo(site.name), site.source, names=(), instance="mot", main="shared: yes\n")
        site.rigs.append(again)
        shutil.copytree(os.path.join(first.room, "spool"), os.path.join(again.room, "spool"))
        for i, connector in enumerate(NAMES):
            again.connector(connector, metric=f"t.{connector}", replace=[MONTH, ("http://127.0.0.1:", f"http://127.0.0.{i + 2}:")])
        again.start()
        site.wait(lambda: one(site.conn, "select min(fence) from ingest.lease") == 2)
    finally:
        stopped.kill()
        stopped.wait(timeout=10)
        first.process = None

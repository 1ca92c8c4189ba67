"""Other ways to the database: through PgBouncer in transaction mode, by a service and a password file, and to whichever of several hosts takes writes; and a spool on a disk
that is full, or that fails."""

import json
import os
import pwd
import resource
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres, wait_until  # noqa: E402
from lib.rig import THIDUAD, Rig, Source, all_rows, one  # noqa: E402

HEALTH = "H43.SOYTE"


def told(rig):
    return rig.words()[-3000:]


def wait_for(rig, condition, seconds=60):
    try:
        wait_until(lambda: condition() or rig.process.poll() is not None, seconds)
    except TimeoutError:
        raise AssertionError(told(rig)) from None
    assert condition(), told(rig)


def value(conn):
    return one(conn, "select value from api_v1.figures where unit = 'nt-so-y-te' and metric = 't.so' and is_newest")


class Pooler:
    """PgBouncer before one server: every transaction may go over another connection."""

    def __init__(self, server, dbname):
        self.room = os.path.join(server.room, "pooler")
        os.makedirs(self.room)
        config = os.path.join(self.room, "pgbouncer.ini")
        with open(os.path.join(self.room, "users"), "w", encoding="utf-8") as f:
            f.write('"dba" ""\n')
        with open(config, "w", encoding="utf-8") as f:
            f.write("[databases]\n%s = host=%s dbname=%s user=dba\n[pgbouncer]\npool_mode = transaction\nunix_socket_dir = %s\nlisten_port = 6432\nlisten_addr =\n"
                    "auth_type = trust\nauth_file = %s/users\nlogfile = %s/log\ndefault_pool_size = 3\nmax_client_conn = 50\nignore_startup_parameters = extra_float_digits\n"
                    % (dbname, server.room, dbname, self.room, self.room, self.room))
        prefix = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            for path in (self.room, config, os.path.join(self.room, "users")):
                os.chown(path, user.pw_uid, user.pw_gid)
            prefix = ["setpriv", "--reuid=%d" % user.pw_uid, "--regid=%d" % user.pw_gid, "--clear-groups", "--"]
        self.process = subprocess.Popen([*prefix, "/usr/sbin/pgbouncer", "-q", config], cwd="/")
        wait_until(lambda: os.path.exists(os.path.join(self.room, ".s.PGSQL.6432")))

    def conninfo(self, dbname):
        return "host='%s' port=6432 user=dba dbname=%s" % (self.room, dbname)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def test_through_a_pooler_in_transaction_mode():
    """Polling, delivering, computing and the verbs work when each transaction may go over another connection."""
    server, source, pooler, rig = Postgres().start(), Source(), None, None
    try:
        server.create("pooled")
        pooler = Pooler(server, "pooled")
        rig = Rig(pooler.conninfo("pooled"), source)
        conn = server.connect("pooled")
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5}, {"unit": "H43.LA", "value": 1}]
        rig.start()
        wait_for(rig, lambda: value(conn) == 5)
        source.rows["nguon", 1][0]["value"] = 6
        wait_for(rig, lambda: value(conn) == 6)
        rig.stop()
        assert one(conn, "select count(*) from fact.observation") == 2
        rig.run("db", "check")
        assert rig.run("verify").stdout.startswith("whole: ")
        assert "H43.LA" in rig.run("quarantine", "list").stdout
        conn.close()
    finally:
        if rig:
            rig.remove()
        if pooler:
            pooler.stop()
        source.stop()
        server.remove()


def test_shared_connectors_want_a_session():
    """Behind a pooler no lock lasts: check and doctor say so, the daemon polls nothing that others might; with an address of PostgreSQL itself all is well."""
    server, source, pooler, rig = Postgres().start(), Source(), None, None
    try:
        server.create("pooled")
        pooler = Pooler(server, "pooled")
        rig = Rig(pooler.conninfo("pooled"), source, main="shared: yes\n")
        conn = server.connect("pooled")
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5}]
        assert "name PostgreSQL itself as session_conninfo" in rig.run("check").stdout
        assert "goes through a pooler" in rig.run("doctor", check=False).stdout
        rig.start()
        wait_for(rig, lambda: "goes through a pooler" in rig.words())
        rig.stop()
        assert source.asked == 1        # by the doctor
        with open(rig.config, encoding="utf-8") as f:
            text = f.read()
        with open(rig.config, "w", encoding="utf-8") as f:
            f.write(text.replace("database:\n", "database:\n  session_conninfo: %s\n" % json.dumps(server.conninfo("pooled")), 1))
        assert "session_conninfo" not in rig.run("check").stdout
        assert "locks last on this connection" in rig.run("doctor", check=False).stdout
        rig.start()
        wait_for(rig, lambda: value(conn) == 5)
        assert one(conn, "select fence from ingest.lease") == 1
        conn.close()
    finally:
        if rig:
            rig.remove()
        if pooler:
            pooler.stop()
        source.stop()
        server.remove()


def make_standby(primary, port):
    """A second server that streams from the first: same data, read-only until it is promoted."""
    standby = Postgres.__new__(Postgres)
    standby.__dict__.update(primary.__dict__)
    standby.room = os.path.join(os.path.dirname(primary.room), os.path.basename(primary.room) + "-standby")
    os.makedirs(standby.room)
    os.chmod(standby.room, 0o755)
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(standby.room, user.pw_uid, user.pw_gid)
    standby.data, standby.frozen = os.path.join(standby.room, "data"), []
    standby.settings = {**primary.settings, "unix_socket_directories": standby.room, "port": str(port)}
    standby.settings.pop("synchronous_standby_names", None)
    standby._run("pg_basebackup", "-D", standby.data, "-R", "-X", "stream", "-c", "fast", "-d", "host=%s user=dba application_name=standby" % primary.room)
    return standby.start()


def test_failover_loses_nothing():
    """The primary is killed while figures come; the daemon goes on with the promoted standby, and every figure that the source states is there once."""
    source, rig, standby = Source(), None, None
    primary = Postgres(synchronous_commit="on", wal_level="replica", max_wal_senders="4", hot_standby="on").start()
    try:
        primary.create("pair")
        standby = make_standby(primary, 5433)
        conn = primary.connect("pair")
        conn.cursor().execute("alter system set synchronous_standby_names = 'standby'")
        conn.cursor().execute("select pg_reload_conf()")
        wait_until(lambda: one(conn, "select count(*) from pg_stat_replication where sync_state = 'sync'") == 1)
        rig = Rig("host='%s,%s' port=5432,5433 user=dba dbname=pair target_session_attrs=read-write connect_timeout=3" % (primary.room, standby.room), source)
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 0}]
        rig.start()
        wait_for(rig, lambda: value(conn) is not None)
        seen = set()
        for i in range(1, 20):          # restated again and again, so that the kill falls among deliveries
            source.rows["nguon", 1] = [{"unit": HEALTH, "value": i}]
            wait_for(rig, lambda: value(conn) not in seen)
            seen.add(value(conn))
            if len(seen) >= 4:
                break
        known = one(conn, "select count(*) from ingest.parcel")
        conn.close()
        primary.kill()
        standby._run("pg_ctl", "-D", standby.data, "-w", "promote")
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 4711}]
        after = None

        def arrived():
            nonlocal after
            after = after or standby_connection(standby)
            return after is not None and value(after) == 4711

        wait_for(rig, arrived)
        rig.stop()
        assert one(after, "select count(*) from ingest.parcel") >= known
        # Every figure that anybody saw in the primary is in the standby's history.
        assert seen - {None} <= {v for v, in all_rows(after, "select value from api_v1.figures where unit = 'nt-so-y-te' and metric = 't.so'")}
        # Parcels of the one spool without a gap and without a double: nothing that was acknowledged is missing.
        assert one(after, "select count(*) = count(distinct (spool, seq)) from ingest.parcel")
        assert one(after, "select count(*) from (select run from ingest.run group by run having count(*) > 1) x") == 0
        assert rig.run("verify").stdout.startswith("whole: ")
        after.close()
    finally:
        if rig:
            rig.remove()
        source.stop()
        primary.remove()
        if standby:
            standby.remove()


def standby_connection(standby):
    import psycopg2
    try:
        conn = psycopg2.connect(standby.conninfo("pair", port="5433"))
    except psycopg2.OperationalError:
        return None
    conn.autocommit = True
    return conn


def at_rest(source, seconds):
    """Nothing was asked for so long, although streams are due every second."""
    asked, end = source.asked, time.monotonic() + seconds
    while source.asked == asked and time.monotonic() < end:
        time.sleep(0.05)
    return source.asked == asked


@pytest.mark.skipif(os.getuid() != 0, reason="needs to mount a small file system")
def test_full_disk_pauses_and_loses_nothing():
    """A full disk under the spool pauses polling, loudly; with room again all goes on, and every figure is there."""
    server, source, rig, mounted = Postgres().start(), Source(), None, False
    try:
        server.create("full")
        rig = Rig(server.conninfo("full"), source)
        spool = os.path.join(rig.room, "spool")
        os.makedirs(spool)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "none", spool], check=False).returncode:
            pytest.skip("mounting is not allowed here")
        mounted = True
        with open(rig.config, encoding="utf-8") as f:
            text = f.read().replace("  dir: %s\n" % spool, "  dir: %s\n  max_size: 16 MiB\n  min_free: 4 MiB\n  segment_size: 1 MiB\n" % spool)
        with open(rig.config, "w", encoding="utf-8") as f:
            f.write(text)
        conn = server.connect("full")
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 1}]
        rig.start()
        wait_for(rig, lambda: value(conn) == 1)
        with open(os.path.join(spool, "ballast"), "wb") as f:
            try:
                while True:
                    f.write(b"\0" * 65536)
                    f.flush()
            except OSError:
                pass
        wait_for(rig, lambda: "spool is full" in rig.words())
        assert "full, polling pauses" in rig.run("status").stdout
        wait_for(rig, lambda: at_rest(source, 2.5), 30)         # a run that was under way may end
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 2}]
        asked = source.asked
        assert rig.process.poll() is None, told(rig)
        assert source.asked == asked
        os.unlink(os.path.join(spool, "ballast"))
        wait_for(rig, lambda: value(conn) == 2)
        assert "room again" in rig.words()
        rig.stop()
        assert rig.run("verify").stdout.startswith("whole: ")
        conn.close()
    finally:
        if rig:
            rig.stop()
        if mounted:
            subprocess.run(["umount", "-l", os.path.join(rig.room, "spool")], check=False)
        if rig:
            rig.remove()
        source.stop()
        server.remove()


def test_disk_that_fails_is_survived_and_told():
    """Every write to the disk fails: the daemon goes on, says so in words, and when the disk works again every figure arrives, once."""
    server, source, rig, log = Postgres().start(), Source(), None, None
    try:
        server.create("faulty")
        rig = Rig(server.conninfo("faulty"), source)
        conn = server.connect("faulty")
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 1}]
        # A file that may not grow answers with an error that is not "no space left". The log goes through another process, which may write.
        with open(rig.log, "w", encoding="utf-8") as f:
            log = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=f)
        rig.process = subprocess.Popen([THIDUAD, "run", "--config", rig.config], stdout=log.stdin, stderr=log.stdin)
        wait_for(rig, lambda: value(conn) == 1)
        resource.prlimit(rig.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 2}]
        wait_for(rig, lambda: "File too large" in rig.words())
        assert "File too large" in rig.run("status").stdout
        asked = source.asked
        wait_for(rig, lambda: source.asked > asked + 12)        # it goes on asking
        assert value(conn) == 1
        resource.prlimit(rig.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_for(rig, lambda: value(conn) == 2)
        rig.stop()
        assert one(conn, "select count(*) from fact.observation") == 2
        assert rig.run("verify").stdout.startswith("whole: ")
        rig.start()     # and what the disk was left with is a spool
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 3}]
        wait_for(rig, lambda: value(conn) == 3)
        assert "damage" not in rig.words()
        conn.close()
    finally:
        if rig:
            rig.remove()
        if log:
            log.stdin.close()
            log.wait(timeout=10)
        source.stop()
        server.remove()


def test_service_and_password_file(monkeypatch, tmp_path):
    """The connection string may be a service, whose password stands in a file: both are libpq's, and no secret stands in the configuration."""
    server, source, rig = Postgres().start(), Source(), None
    try:
        server.create("served")
        conn = server.connect("served")
        conn.cursor().execute("create role may login superuser password 'm\u1eadt kh\u1ea9u: d\u00e0i'")
        hba = one(conn, "show hba_file")
        with open(hba, encoding="utf-8") as f:
            rules = f.read()
        with open(hba, "w", encoding="utf-8") as f:
            f.write("local all may scram-sha-256\n" + rules)
        conn.cursor().execute("select pg_reload_conf()")
        (tmp_path / "service").write_text("[thidua]\nhost=%s\ndbname=served\nuser=may\npassfile=%s\n" % (server.room, tmp_path / "pass"), encoding="utf-8")
        monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "service"))
        rig = Rig("service=thidua", source)
        assert "password" in rig.run("db", "check", check=False).stderr
        (tmp_path / "pass").write_text("*:*:served:may:m\u1eadt kh\u1ea9u\\: d\u00e0i\n", encoding="utf-8")
        (tmp_path / "pass").chmod(0o600)
        rig.run("db", "check")
        source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5}]
        rig.start()
        wait_for(rig, lambda: value(conn) == 5)
        rig.stop()
        conn.close()
    finally:
        if rig:
            rig.remove()
        source.stop()
        server.remove()

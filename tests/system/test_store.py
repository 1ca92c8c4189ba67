"""Spool and writer against a real PostgreSQL: whatever dies in between, each figure is there once, and what the database refuses is kept with its reason."""

import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib.postgres import TOP, Postgres, wait_until  # noqa: E402

DRIVE = os.path.join(os.path.dirname(os.environ.get("THIDUAD", os.path.join(TOP, "build/store/thiduad"))), "tests/unit/store_drive")
SAMPLES = 10
LOAD_UNITS = """select registry.load_units('[{"code":"u0","name":"a","kind":"khac","level":"province"},
    {"code":"u1","name":"b","kind":"khac","level":"province"},{"code":"u2","name":"c","kind":"khac","level":"province"}]')"""

pytestmark = pytest.mark.skipif(not os.path.exists(DRIVE), reason="store_drive has not been built")


@pytest.fixture(scope="module")
def server():
    pg = Postgres()
    pg.start()
    pg.create("empty")
    query(pg, "empty", LOAD_UNITS)
    yield pg
    pg.remove()


@pytest.fixture
def database(server, request):
    name = "t_" + request.node.name.translate({ord(c): "_" for c in "[]-:."}).lower()[:50]
    query(server, "postgres", 'create database "%s" template empty' % name)
    return name


@pytest.fixture
def spool(tmp_path):
    return str(tmp_path / "spool")


def drive(*args, crash=None, check=0):
    env = dict(os.environ)
    env.pop("THIDUA_CRASH", None)
    if crash:
        env["THIDUA_CRASH"] = crash
    done = subprocess.run([DRIVE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, timeout=120)
    assert check is None or done.returncode == check, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done


def append(spool, first, end, *mark, **more):
    """Returns the parcels that were synced."""
    return [int(line.split()[1]) for line in drive(spool, "append", first, end, *mark, **more).stdout.splitlines() if line.startswith("synced")]


def drain(server, database, spool, seconds=60, rows=10000, **more):
    return drive(spool, "drain", server.conninfo(database, options="-c role=thidua_writer"), seconds, rows, **more)


def query(server, database, sql):
    conn = server.connect(database)
    try:
        cursor = conn.cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []
    finally:
        conn.close()


def facts(server, database):
    """Each figure as (metric number, day after 2024-01-01, value as text), as often as it is stored."""
    return query(server, database, """
        select substr(m.name, 8)::int, o.period_to - date '2024-01-01', o.value::text
        from fact.observation o join registry.metric m using (metric_id) order by 2, 1, o.known_at""")


def expected(parcels, without=()):
    return [(k, n, "%d.%d" % (n, k)) for n in sorted(parcels) for k in range(SAMPLES) if (n, k) not in without]


def n_parcels(server, database):
    return query(server, database, "select count(*) from ingest.parcel")[0][0]


def test_delivers_each_figure_once(server, database, spool):
    """What was spooled is in the database, once, exact to the last digit, and the spool is empty."""
    parcels = append(spool, 0, 50)
    assert "end idle parcels=50" in drain(server, database, spool).stdout
    assert facts(server, database) == expected(parcels)
    assert n_parcels(server, database) == 50
    assert drain(server, database, spool).stdout.startswith("end idle parcels=0")
    assert query(server, database, "select count(*), count(distinct run) from api_v1.runs where state = 'ok'") == [(50, 50)]


def test_delivered_twice_counts_once(server, database, spool):
    """When the acknowledgement is lost, the same parcels are sent again and nothing changes."""
    parcels = append(spool, 0, 20)
    before = spool + ".before"
    shutil.copytree(spool, before)
    drain(server, database, spool)
    shutil.rmtree(spool)
    shutil.move(before, spool)
    out = drain(server, database, spool).stdout
    assert "delivered 20 0" in out
    assert "observations=0 rejected=0" in out
    assert facts(server, database) == expected(parcels)
    assert n_parcels(server, database) == 20


@pytest.mark.parametrize("point", ["writer-send", "writer-reply", "writer-ack", "spool-ack"])
def test_killed_while_delivering(server, database, spool, point):
    """Killed at each pass of each crash point of the delivery, it ends with every figure once."""
    parcels = append(spool, 0, 12)
    n_killed = 0
    for n in range(1, 8):
        done = drain(server, database, spool, rows=30, crash="%s:%d" % (point, n), check=None)
        n_killed += done.returncode == -signal.SIGKILL
    assert n_killed >= 2
    drain(server, database, spool)
    assert facts(server, database) == expected(parcels)


@pytest.mark.parametrize("point", ["spool-append", "spool-sync"])
def test_killed_while_appending(server, database, spool, point):
    """What was synced before the process was killed is delivered; what was not is there whole or not at all; numbers go on."""
    synced, at, n_killed = [], 0, 0
    for n in range(1, 6):
        done = drive(spool, "append", at, at + 5, crash="%s:%d" % (point, n), check=None)
        n_killed += done.returncode == -signal.SIGKILL
        synced += [int(line.split()[1]) for line in done.stdout.splitlines()]
        at += 5
    assert n_killed == 5
    drain(server, database, spool)
    got = facts(server, database)
    there = {n for _, n, _ in got}
    assert set(synced) <= there
    assert got == expected(there)


def test_database_killed_in_the_middle(tmp_path):
    """The postmaster is killed and comes back, again and again, during a delivery: every figure is there once."""
    spool = str(tmp_path / "spool")
    pg = Postgres(fsync="on")
    try:
        pg.start()
        pg.create("thidua")
        query(pg, "thidua", LOAD_UNITS)
        parcels = append(spool, 0, 400)
        result = []
        thread = threading.Thread(target=lambda: result.append(drain(pg, "thidua", spool, seconds=100, rows=20, check=None)))
        thread.start()
        for n in range(3):
            wait_until(lambda: n_parcels(pg, "thidua") >= 60 * (n + 1) or not thread.is_alive(), 60)
            pg.kill()
            pg.start()
        thread.join(110)
        assert result and result[0].returncode == 0, result and result[0].stdout[-2000:]
        assert "trouble retry" in result[0].stdout
        assert "recovered" in result[0].stdout
        assert facts(pg, "thidua") == expected(parcels)
    finally:
        pg.remove()


def test_connection_terminated_again_and_again(server, database, spool):
    """Backends that are terminated at any moment cost time and nothing else."""
    parcels = append(spool, 0, 200)
    done = []
    thread = threading.Thread(target=lambda: done.append(drain(server, database, spool, seconds=100, rows=20, check=None)))
    thread.start()
    killed = 0
    while thread.is_alive() and killed < 15:
        # A try at each progress: the next kill hits another moment.
        killed += query(server, database, "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                                          "where application_name = 'thiduad writer' and datname = current_database()")[0][0]
    thread.join(110)
    assert done and done[0].returncode == 0, done and done[0].stdout[-2000:]
    assert killed > 0
    assert facts(server, database) == expected(parcels)


def test_frozen_server(tmp_path):
    """A server that stops answering is given up after its time, and found again when it answers."""
    spool = str(tmp_path / "spool")
    pg = Postgres()
    try:
        pg.start()
        pg.create("thidua")
        query(pg, "thidua", LOAD_UNITS)
        parcels = append(spool, 0, 300)
        process = subprocess.Popen([DRIVE, spool, "drain", pg.conninfo("thidua", options="-c role=thidua_writer"), "100", "20"], stdout=subprocess.PIPE, text=True)
        wait_until(lambda: n_parcels(pg, "thidua") > 20)
        pg.freeze()
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("trouble"):
                break
        pg.thaw()
        lines += process.stdout.readlines()
        assert process.wait(110) == 0, lines[-20:]
        assert any("did not answer within 2 s" in line for line in lines)
        assert facts(pg, "thidua") == expected(parcels)
    finally:
        pg.remove()


def test_database_absent_at_first(tmp_path):
    """Without a database it goes on trying, and delivers when one comes."""
    spool = str(tmp_path / "spool")
    pg = Postgres()
    try:
        parcels = append(spool, 0, 5)
        process = subprocess.Popen([DRIVE, spool, "drain", pg.conninfo("thidua", options="-c role=thidua_writer"), "100"], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline().startswith("trouble retry")
        pg.start()
        pg.create("thidua")
        query(pg, "thidua", LOAD_UNITS)
        # It may have seen the database before the schema was there; then it waits for an operator, and is started again here.
        process.terminate()
        process.wait(10)
        process.stdout.close()
        drain(pg, "thidua", spool)
        assert facts(pg, "thidua") == expected(parcels)
    finally:
        pg.remove()


def test_no_schema_stops_and_says_what_to_do(server, spool):
    """A database without the schema is no reason to drop anything: it stops and names the command."""
    server.create("t_no_schema", with_schema=False)
    append(spool, 0, 2)
    done = drain(server, "t_no_schema", spool, seconds=2, check=3)
    assert 'trouble stop -: ' in done.stdout and '"thiduad db init"' in done.stdout
    assert done.stdout.count("trouble") == 1
    assert "end stopped" in done.stdout


@pytest.mark.parametrize("mark,sqlstate", [("year", "22008"), ("name", "23514")])
def test_bad_record_goes_to_quarantine(server, database, spool, mark, sqlstate):
    """One sample that the database refuses becomes a reject with the reason and its content; all others of its parcel and batch are delivered."""
    parcels = append(spool, 0, 9) + append(spool, 9, 10, mark, 7) + append(spool, 10, 20)
    out = drain(server, database, spool).stdout
    assert facts(server, database) == expected(parcels, without={(9, 7)})
    assert n_parcels(server, database) == 20
    assert out.count("rejected ") == 1 and "rejected=1" in out and sqlstate in out
    assert "trouble" not in out
    rows = query(server, database, "select reason, record_no, unit_code, detail, excerpt::jsonb ->> 'value' from ingest.reject")
    assert [(r[0], r[1], r[2], r[4]) for r in rows] == [("database", 8, "u0", "9.7")]
    assert rows[0][3]


def test_frozen_search_lets_others_go(server, database, spool):
    """A program that stands still in the middle of a search for bad records keeps nobody waiting for long, and when it wakes all good ones are delivered."""
    parcels = append(spool, 0, 1, "year", 7)
    first, second, watch = server.connect(database), server.connect(database), server.connect(database)
    first.autocommit = second.autocommit = False
    lock = "lock table fact.latest in access exclusive mode"

    def waiting():
        """Sessions of the program that wait for a lock."""
        cursor = watch.cursor()
        cursor.execute("select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query not like 'lock table%%'")
        return cursor.fetchall()

    def state(pid):
        cursor = watch.cursor()
        cursor.execute("select state from pg_stat_activity where pid = %s", (pid,))
        row = cursor.fetchone()
        return row[0] if row else "gone"

    first.cursor().execute(lock)
    process = subprocess.Popen([DRIVE, spool, "drain", server.conninfo(database, options="-c role=thidua_writer"), "60", "10000"], stdout=subprocess.PIPE, text=True)
    try:
        wait_until(waiting)                                     # the delivery as a whole, which will be refused
        queued = threading.Thread(target=lambda: second.cursor().execute(lock))
        queued.start()                                          # is next, so that the first probe waits in its turn
        wait_until(lambda: one_cell(watch, "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'") == 1)
        first.rollback()
        queued.join()
        wait_until(waiting)
        pid = waiting()[0][0]
        process.send_signal(signal.SIGSTOP)
        second.rollback()
        wait_until(lambda: state(pid) == "idle in transaction")
        wait_until(lambda: state(pid) == "gone", 30)
        process.send_signal(signal.SIGCONT)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        for conn in (first, second, watch):
            conn.close()
    assert process.returncode == 0 and "rejected=1" in out, out
    assert facts(server, database) == expected(parcels, without={(0, 7)})


def one_cell(conn, sql):
    cursor = conn.cursor()
    cursor.execute(sql)
    return cursor.fetchone()[0]


def test_every_record_bad(server, database, spool):
    """A parcel of which every sample is refused still delivers its run and its rejects."""
    append(spool, 0, 1, "year", -1)
    assert "rejected=10" in drain(server, database, spool).stdout
    assert query(server, database, "select count(*) from ingest.reject where reason = 'database'") == [(10,)]
    assert n_parcels(server, database) == 1
    assert facts(server, database) == []


def test_null_is_not_zero(server, database, spool):
    """A figure that the source gave as null is stored as null."""
    append(spool, 0, 1, "null", 3)
    drain(server, database, spool)
    assert [f for f in facts(server, database) if f[2] is None] == [(3, 0, None)]


def test_poison_is_kept_as_a_file(server, database, spool):
    """What is no parcel is kept as a file with its reason, and stands in nobody's way."""
    parcels = append(spool, 0, 3)
    append(spool, 3, 4, "poison", 0)
    parcels += append(spool, 4, 6)
    out = drain(server, database, spool).stdout
    assert out.count("rejected ") == 1 and "rejected=1" in out
    assert facts(server, database) == expected(parcels)
    kept = sorted(os.path.splitext(name)[1] for name in os.listdir(os.path.join(spool, "damaged")))
    assert kept == [".parcel", ".txt"]


def test_array_form_is_that_of_the_server(server, database):
    """The bytes that tests/unit/test_pg_array.c expects are those that the server itself prints."""
    sql = """select encode(array_send(a.v), 'hex') from (values (1, '{}'::int[])) a(n, v)
        union all select encode(array_send('{1,NULL,-2}'::int[]), 'hex')
        union all select encode(array_send(array['số','']), 'hex')
        union all select encode(array_send('{t,f}'::boolean[]), 'hex')
        union all select encode(array_send('{-9223372036854775808}'::bigint[]), 'hex')
        union all select encode(array_send('{2000-01-01,1999-12-31,2024-04-16}'::date[]), 'hex')
        union all select encode(array_send(array['2000-01-01 00:00:00.000001+00'::timestamptz,'1999-12-31 23:59:59.999999+00']), 'hex')"""
    with open(os.path.join(TOP, "tests/unit/test_pg_array.c"), encoding="utf-8") as f:
        source = f.read().replace('" "', "")
    for (want,) in query(server, database, sql):
        assert '"%s"' % want in source


def test_commit_that_fails(server, database, spool):
    """The rows of a reply come before its commit: when the commit fails, nothing is acknowledged, and the same parcels are delivered once it works."""
    parcels = append(spool, 0, 4)
    query(server, database, """
        create function public.refuse() returns trigger language plpgsql as
                $$ begin raise exception 'the commit fails' using errcode = '40001'; end $$;
        create constraint trigger refuse after insert on ingest.parcel deferrable initially deferred for each row execute function public.refuse()""")
    out = drain(server, database, spool, seconds=2, check=3).stdout
    assert "trouble retry 40001: the commit fails" in out
    assert "delivered" not in out and "parcels=0" in out
    assert n_parcels(server, database) == 0
    query(server, database, "drop trigger refuse on ingest.parcel")
    drain(server, database, spool)
    assert facts(server, database) == expected(parcels)


def test_two_deliveries_make_one_partition(server, database):
    """The second of two that need the same new partition waits for the first, and finds it there."""
    first, second = server.connect(database), server.connect(database)
    made = []
    try:
        first.autocommit = False
        first.cursor().execute("select ingest.make_fact_year(2041)")
        cursor = second.cursor()
        thread = threading.Thread(target=lambda: (cursor.execute("select ingest.make_fact_year(2041)"), made.append(cursor.fetchone()[0])))
        thread.start()
        wait_until(lambda: query(server, database, "select count(*) from pg_locks where locktype = 'advisory' and not granted")[0][0] == 1)
        first.commit()
        thread.join(60)
        assert made == [0]
    finally:
        first.close()
        second.close()


def test_two_connections_keep_the_order_of_a_figure(server, database, spool):
    """While one delivery hangs the other connection goes on, but no statement overtakes an earlier one about the same figure; killed in between, all is there once."""
    parcels = append(spool, 0, 1, "same", -1) + append(spool, 1, 3) + append(spool, 3, 4, "same", -1) + append(spool, 4, 9)
    query(server, database, """
        select ingest.make_month('2024-04-01'), ingest.make_partitions();
        create function public.hang() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(77); return new; end $$;
        create trigger hang before insert on ingest.run for each row when (new.connector = 'drive0') execute function public.hang()""")
    for is_killed in (True, False):
        gate = server.connect(database)
        gate.cursor().execute("select pg_advisory_lock(77)")
        process = subprocess.Popen([DRIVE, spool, "drain", server.conninfo(database, options="-c role=thidua_writer"), "60", "10", "60"], stdout=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: query(server, database, "select count(*) from pg_locks where locktype = 'advisory' and objid = 77 and not granted")[0][0] == 1)
            wait_until(lambda: n_parcels(server, database) == 2 and query(server, database, """
                select count(*) from pg_stat_activity where application_name = 'thiduad writer' and datname = current_database() and state = 'idle'""")[0][0] == 1)
            if is_killed:
                process.kill()
                # Its hanging delivery would be committed without it.
                query(server, database, "select pg_terminate_backend(pid) from pg_stat_activity "
                                        "where application_name = 'thiduad writer' and datname = current_database()")
                wait_until(lambda: query(server, database, "select count(*) from pg_stat_activity "
                                                           "where application_name = 'thiduad writer' and datname = current_database()")[0][0] == 0)
        finally:
            gate.close()
        out = process.communicate(timeout=60)[0]
        assert is_killed or "end idle" in out, out
        assert is_killed or process.returncode == 0
    history = query(server, database, """
        select m.name, string_agg(o.value::text, ' ' order by o.known_at) from fact.observation o join registry.metric m using (metric_id)
        where o.period_to = '2023-01-01' group by m.name order by m.name""")
    assert history == [("drive.m%d" % k, "0.%d 3.%d" % (k, k)) for k in range(SAMPLES)]
    assert [f for f in facts(server, database) if f[1] >= 0] == expected([n for n in parcels if n not in (0, 3)])
    assert n_parcels(server, database) == len(parcels)
    assert drain(server, database, spool).stdout.startswith("end idle parcels=0")

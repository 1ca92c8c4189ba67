"""What a source answers again is known without being read: by its own word (304), or by the hash of the body. Nothing else counts as known."""

import os
import re
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres  # noqa: E402
from lib.rig import Rig, Source, all_rows, one, wait_until  # noqa: E402

HEALTH = "H43.SOYTE"
LARGE = 6  # further metrics: with a proof each they fill more than one parcel
ONE_MONTH = ("each: month, from: 2024-01-01, to: 2024-12-31, lookback: 12", "each: month, from: 2024-01-01, to: 2024-01-31, lookback: 12")


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
    rig.connector("nguon", replace=[ONE_MONTH])
    conn = server.connect(name)
    yield rig, source, conn
    conn.close()
    rig.remove()
    source.stop()


def states(conn):
    return [r[0] for r in all_rows(conn, "select state from ingest.run where ended_at is not null order by started_at")]


def figure(conn):
    return one(conn, "select value from api_v1.figures where metric = 't.so' and unit = 'nt-so-y-te' and is_newest")


def poll_until(rig, conn, condition):
    rig.start()
    try:
        wait_until(lambda: condition() or rig.process.poll() is not None, 60)
        assert condition(), (states(conn), rig.words()[-2000:])
    finally:
        rig.stop()


@pytest.mark.parametrize("by_word", [False, True])
def test_the_same_answer_is_confirmed(place, by_word):
    """The first answer is read, the next ones confirm it without a row per value; after a restart they still do; another answer is read at once."""
    rig, source, conn = place
    source.validators = by_word
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5}]
    poll_until(rig, conn, lambda: states(conn).count("unchanged") >= 2)
    assert states(conn)[0] == "ok" and set(states(conn)) == {"ok", "unchanged"}, states(conn)
    assert one(conn, "select count(*) from fact.observation") == 1
    assert one(conn, "select bool_and(unchanged = 0) from fact.confirmed")
    # Each run says when the source confirmed, and which body.
    assert one(conn, "select count(distinct sha256) from ingest.request") == 1
    assert one(conn, "select bool_and(stored) from ingest.request")
    assert set(r[0] for r in all_rows(conn, "select distinct status from ingest.request")) == ({200, 304} if by_word else {200})
    assert (source.unchanged > 0) == by_word
    assert one(conn, "select bool_and(reply_headers ? 'Date' and (reply_headers ? 'ETag') = %s) from ingest.request", by_word)

    runs = len(states(conn))
    # A database that takes its time to say what is known costs one answer that is read, and no figure.
    poll_until(rig, conn, lambda: states(conn)[runs:].count("unchanged") >= 2)
    assert set(states(conn)[runs + 1:]) == {"unchanged"}, states(conn)[runs:]
    assert one(conn, "select count(*) from fact.observation") == 1

    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 6}]
    poll_until(rig, conn, lambda: figure(conn) == 6)
    assert one(conn, "select count(*) from fact.observation") == 2
    assert rig.run("verify").stdout.startswith("whole: ")


def test_another_mapping_reads_again(place):
    """What was known by the connector as it was is read anew by the connector as it is now."""
    rig, source, conn = place
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5, "other": 7}]
    poll_until(rig, conn, lambda: states(conn).count("unchanged") >= 1)
    rig.connector("nguon", field="other", replace=[ONE_MONTH])
    poll_until(rig, conn, lambda: figure(conn) == 7)


def test_another_code_table_reads_again(place):
    """A record that nobody could place becomes a figure at the next poll once the code is known, although the answer is the same."""
    rig, source, conn = place
    source.rows["nguon", 1] = [{"unit": "H43.LA", "value": 5}]
    poll_until(rig, conn, lambda: states(conn).count("unchanged") >= 1)
    assert figure(conn) is None and one(conn, "select count(*) from ingest.reject") == 1
    rig.add_code("qd20,H43.LA,nt-so-y-te,,2025-06-30,found out later")
    poll_until(rig, conn, lambda: figure(conn) == 5)


def test_same_length_is_not_the_same(place):
    """A body of the same length with another digit is another body."""
    rig, source, conn = place
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 50}]
    poll_until(rig, conn, lambda: states(conn).count("unchanged") >= 1)
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 51}]
    poll_until(rig, conn, lambda: figure(conn) == 51)
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 9}]
    poll_until(rig, conn, lambda: figure(conn) == 9)


def test_several_pages_are_read(place):
    """Of several pages none can stand for the set: they are read each time, and what repeats itself is recognised value by value."""
    rig, source, conn = place
    rig.connector("nguon", replace=[ONE_MONTH, ("    request:", "    paging: {kind: page, param: page, size: 1, size_param: size, end: empty}\n    request:")])
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5}]
    config = rig.run("check", check=False)
    assert config.returncode == 0, config.stdout + config.stderr
    poll_until(rig, conn, lambda: len(states(conn)) >= 3)
    assert set(states(conn)) == {"ok"}
    assert one(conn, "select count(*) from ingest.cursor where partition like 'ask:%%'") == 0


def test_a_refused_parcel_is_not_known(place):
    """When the database refuses a whole parcel, what it held is asked and read again."""
    rig, source, conn = place
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5}]
    with conn.cursor() as cursor:
        cursor.execute("create function fact.refuse() returns trigger language plpgsql as $$begin raise exception 'not now' using errcode = '23514'; end$$")
        cursor.execute("create trigger refuse before insert on ingest.run for each row execute function fact.refuse()")
    poll_until(rig, conn, lambda: "damaged/" in rig.words() and 'set aside: see "thiduad parcels list"' in rig.run("status").stdout)
    listed = rig.run("parcels", "list").stdout.splitlines()
    assert listed[0].split()[:2] == ["NUMBER", "STREAM"] and "nguon/so" in listed[1] and "not now" in listed[1]
    refused = rig.run("parcels", "retry", check=False)
    assert refused.returncode == 65 and "stays: " in refused.stderr and "not now" in refused.stderr
    with conn.cursor() as cursor:
        cursor.execute("drop trigger refuse on ingest.run")
    poll_until(rig, conn, lambda: figure(conn) == 5)

    # What was kept is delivered after all, counts once, and overrules nothing.
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 6}]
    poll_until(rig, conn, lambda: figure(conn) == 6)
    done = rig.run("parcels", "retry").stdout
    assert done.count("parcel ") == len(listed) - 1
    assert figure(conn) == 6 and one(conn, "select count(*) from fact.observation") == 2
    assert one(conn, "select count(*) from api_v1.runs where is_late") >= 1
    assert rig.run("parcels", "list").stdout == "no parcel was refused\n"
    assert rig.run("parcels", "retry", check=False).returncode == 65


def test_replay_reads_what_was_confirmed(place):
    """A run that the source answered with 304 is replayed from the body it confirmed."""
    rig, source, conn = place
    source.validators = True
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5, "other": 8}]
    poll_until(rig, conn, lambda: states(conn).count("unchanged") >= 1)
    rig.connector("nguon", field="other", replace=[ONE_MONTH])
    day = one(conn, "select to_char(now() at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD')")
    done = rig.run("replay", "nguon", "--from", day, "--to", day)
    assert figure(conn) == 8, done.stdout + done.stderr



def codes(rig):
    """Codes of units that exist all year."""
    with open(os.path.join(rig.room, "units/codes.csv"), encoding="utf-8") as f:
        return [line.split(",")[1] for line in f if line.startswith("qd20,H43.")][:90]


def believed(conn):
    return dict(all_rows(conn, "select unit, value from api_v1.figures where metric = 't.so' and is_newest"))


def test_only_what_changed_travels(place):
    """Of an answer that differs, only figures near those that differ are delivered; all are counted. After a restart an answer is delivered whole again."""
    rig, source, conn = place
    units = codes(rig)
    source.rows["nguon", 1] = [{"unit": u, "value": n} for n, u in enumerate(units)]
    poll_until(rig, conn, lambda: len(believed(conn)) == len(units))
    before = believed(conn)
    # Figures that nobody but this test takes away show what is delivered.
    rig.start()
    try:
        source.rows["nguon", 1][7]["value"] = 1007
        wait_until(lambda: 1007 in believed(conn).values(), 30)
        with conn.cursor() as cursor:
            cursor.execute("delete from fact.latest; delete from fact.observation")
        source.rows["nguon", 1][7]["value"] = 1008
        wait_until(lambda: 1008 in believed(conn).values(), 30)
        # The group of the figure that changed came as news, the others were left out.
        arrived = len(believed(conn))
        assert 1 <= arrived < len(units) // 2, arrived
        run = one(conn, "select run_id from fact.observation limit 1")
        assert one(conn, "select samples from ingest.run where run_id = %s", run) == len(units)
        assert one(conn, "select unchanged from fact.confirmed where run_id = %s", run) == len(units) - arrived
        assert states(conn)[-1] in ("ok", "unchanged")
    finally:
        rig.stop()
    source.rows["nguon", 1][7]["value"] = 7
    poll_until(rig, conn, lambda: believed(conn) == before)
    assert rig.run("verify").stdout.startswith("whole: ")


def test_a_restored_database_hears_the_source_again(place):
    """A database that was put back to an older state does not believe what is told on the strength of a newer one: the source is read again, and the log says so."""
    rig, source, conn = place
    units = codes(rig)
    source.rows["nguon", 1] = [{"unit": u, "value": n} for n, u in enumerate(units)]
    rig.start()
    try:
        wait_until(lambda: len(believed(conn)) == len(units), 60)
        with conn.cursor() as cursor:
            cursor.execute("create table was as select value from ingest.cursor where partition like 'ask:%'")
        source.rows["nguon", 1][3]["value"] = 3333
        wait_until(lambda: 3333 in believed(conn).values() and states(conn)[-1] == "unchanged", 30)
        restore = """update ingest.cursor set value = (select value from was) where partition like 'ask:%';
                     delete from fact.latest where value = 3333; delete from fact.observation where value = 3333"""
        with conn.cursor() as cursor:
            cursor.execute(restore)
        # The same body, which the daemon takes for known.
        wait_until(lambda: 3333 in believed(conn).values(), 30)
        assert "what was known of its answers is not what the database knows" in rig.words()
        # And another one, of which it would send a part.
        with conn.cursor() as cursor:
            cursor.execute(restore)
        source.rows["nguon", 1][60]["value"] = 6060
        wait_until(lambda: {3333, 6060} <= set(believed(conn).values()), 30)
        assert len(believed(conn)) == len(units)
    finally:
        rig.stop()


def test_a_replay_lets_the_source_be_heard_again(place):
    """What a replay of older answers changed does not stand against what the source says now, although that is what it said last time."""
    rig, source, conn = place
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5, "other": 8}]
    rig.start()
    try:
        wait_until(lambda: figure(conn) == 5 and states(conn).count("unchanged") >= 1, 60)
        started = one(conn, "select min(started_at) from ingest.run")
        day = one(conn, "select to_char(%s::timestamptz at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD')", started)
        # The replay reads another field, the daemon goes on with the connector as it was.
        rig.connector("nguon", field="other", replace=[ONE_MONTH])
        rig.run("replay", "nguon", "--from", day, "--to", day)
        wait_until(lambda: one(conn, "select count(*) from fact.observation where value = 8") == 1, 30)
        wait_until(lambda: figure(conn) == 5, 30)
    finally:
        rig.stop()


def test_an_answer_that_came_in_parts_is_not_known(place):
    """An answer too large for one parcel replaces what was known, so that the one before it, coming back, is read."""
    rig, source, conn = place
    rig.connector("nguon", replace=[ONE_MONTH, ("value: .value}", "value: .value, proof: .proof}"), ("unit: {field: unit, system: qd20}", "unit: {field: unit, system: qd20}\n      evidence: proof"),
                                    ("- {metric: t.so, value: value", "- {metric: t.khac, value: value}\n" + "".join("        - {metric: t.k%d, value: value}\n" % n for n in range(LARGE)) +
                                     "        - {metric: t.so, value: value")])
    rows = [{"unit": u, "value": n, "proof": "giấy"} for n, u in enumerate(codes(rig))]
    source.rows["nguon", 1] = rows
    rig.start()
    try:
        wait_until(lambda: states(conn).count("unchanged") >= 1, 60)
        source.rows["nguon", 1] = [{**row, "value": row["value"] + 1000, "proof": "x" * 4000} for row in rows]
        wait_until(lambda: len(believed(conn)) == len(rows) and min(believed(conn).values()) >= 1000, 60)
        source.rows["nguon", 1] = rows
        wait_until(lambda: max(believed(conn).values()) < 1000, 60)
    finally:
        rig.stop()


def test_a_restated_figure_of_a_closed_month_stands_in_the_journal(server):
    """What a source states anew about a month that is over becomes one event of the feed and, after a restart too, one line: which figure, what it was, what it is; of many at once five and a count."""
    server.create("restated")
    source, conn = Source(), server.connect("restated")
    rig = Rig(server.conninfo("restated"), source, names=(), main="recompute: {after: 50 ms}")
    rig.connector("nguon", replace=[("each: month, from: 2024-01-01, to: 2024-12-31, lookback: 12", "each: month, from: 2024-01-01, to: 2024-02-29, lookback: 12")])
    # Seven departments as the province names them.
    units = [HEALTH, "H43.SONOIVU", "H43.SOTUPHAP", "H43.SOKHDT", "H43.SOTAICHINH", "H43.SOCONGTHUONG", "H43.SOGTVT"]

    def told():
        return [line for line in rig.words().splitlines() if "closed period" in line]

    def poll(until):
        rig.start()
        try:
            wait_until(lambda: until() or rig.process.poll() is not None, 60)
            assert until(), rig.words()[-3000:]
        finally:
            rig.stop()

    try:
        source.rows["nguon", 1] = [{"unit": u, "value": 5} for u in units]
        poll(lambda: one(conn, "select count(*) from api_v1.figures") == len(units))
        assert told() == []
        source.rows["nguon", 1] = [{"unit": u, "value": 0} for u in units]
        poll(told)
        lines = told()
        assert len(lines) == 6 and all(re.search(r"t\.so of nt-so-[a-z-]+ for 2024-01-01 to 2024-01-31, a closed period, was 5 and is now 0$", line) for line in lines[:5]), lines
        assert "2 further figures of closed periods were restated" in lines[5]
        assert one(conn, "select count(*) from api_v1.restatements") == 7
        assert all_rows(conn, "select metric, period_to::text, value_before, value, connector from api_v1.restatements where unit = 'nt-so-y-te'") == [("t.so", "2024-01-31", 5, 0, "nguon")]
        # After a restart nothing is told again, and a new figure restates nothing.
        source.rows["nguon", 2] = [{"unit": HEALTH, "value": 1}]
        poll(lambda: one(conn, "select count(*) from api_v1.figures") == 15 and one(conn, "select count(*) from comply.dirty") == 0)
        assert len(told()) == 6
    finally:
        rig.remove()
        conn.close()
        source.stop()

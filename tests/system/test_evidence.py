"""Evidence: what was polled can be proven later, mended mappings are applied to it, and what was tampered with is named."""

import json
import os
import pty
import re
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import Postgres  # noqa: E402
from lib.rig import THIDUAD, Rig, Source, all_rows, one, wait_until  # noqa: E402

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
    # Elsewhere than on a terminal nothing is told of the progress; there, one line that goes away.
    assert done.stderr == ""
    shown, terminal = pty.openpty()
    subprocess.run([THIDUAD, "verify", "--config", rig.config], stdout=subprocess.DEVNULL, stderr=terminal, timeout=60, check=True)
    os.close(terminal)
    told = os.read(shown, 65536).decode()
    os.close(shown)
    assert re.search(r"bodies hashed: 0 of \d+ \(0 %\)", told) and told.endswith("\r\x1b[K"), told
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


def end_of_runs(conn):
    return one(conn, "select count(*) from ingest.run where ended_at is not null")


def test_replay_is_a_new_belief(place):
    """After a mapping was mended its stored replies give the right figures, as a new belief; the old ones stay readable, and no request goes out."""
    rig, source, conn = place
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5, "other": 50}]
    poll(rig, lambda: figure(conn, "nt-so-y-te") == 5)
    first = one(conn, "select min(started_at) from ingest.run")
    before = one(conn, "select known_at from api_v1.figures where unit = 'nt-so-y-te' and is_newest")
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 6, "other": 60}, {"unit": TELECOM, "value": 1, "other": 10}]
    poll(rig, lambda: figure(conn, "nt-so-y-te") == 6)
    asked = source.asked

    rig.connector("nguon", field="other")
    day = "select (%s::timestamptz at time zone 'Asia/Ho_Chi_Minh')::date::text"
    days = ["--from", one(conn, day, first), "--to", one(conn, "select ((now() at time zone 'Asia/Ho_Chi_Minh')::date + 1)::text")]
    dry = rig.run("replay", "nguon", *days, "--dry-run")
    assert "nothing was stored" in dry.stdout and figure(conn, "nt-so-y-te") == 6
    rig.run("replay", "nguon", *days)
    assert source.asked == asked
    assert figure(conn, "nt-so-y-te") == 60 and figure(conn, "nt-so-tttt") == 10
    # What was believed before is what it was.
    assert one(conn, "select count(*) from fact.believed((select metric_id from registry.metric where name = 't.so'), (select unit_id from registry.unit "
                     "where code = 'nt-so-y-te'), '2024-01-01', '2024-01-31', %s) where value = 5", before) == 1
    # The new belief leads to a request with its reply, which is there, and the run says whose replies it mapped.
    cause, stored, sent_at = all_rows(conn, "select r.cause, exists (select from ingest.payload p where p.sha256 = q.sha256), q.sent_at from api_v1.figures f "
                                            "join ingest.run r on r.run = f.run join ingest.request q on q.run_id = r.run_id and q.seq = f.request_seq "
                                            "where f.unit = 'nt-so-y-te' and f.is_newest")[0]
    assert (cause, stored) == ("replay", True)
    assert sent_at < one(conn, "select max(started_at) from ingest.run where cause = 'replay'")
    # Again, it says nothing new; and what the source stated first does not overrule what it stated later.
    assert "0 new beliefs" in rig.run("replay", "nguon", *days).stdout
    assert figure(conn, "nt-so-y-te") == 60
    assert rig.run("verify").stdout.startswith("whole: ")


def test_quarantine_is_retried(place):
    """A record whose code nobody knew waits; once the code table is mended a retry makes a figure of it, from the stored reply."""
    rig, source, conn = place
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5}, {"unit": "H43.LA", "value": 7}]
    source.rows["nguon", 2] = [{"unit": "H43.KHAC", "value": 9}]
    poll(rig, lambda: end_of_runs(conn) >= 1 and figure(conn, "nt-so-y-te") == 5)
    asked = source.asked
    listed = rig.run("quarantine", "list", "nguon").stdout
    assert "H43.LA" in listed and "H43.KHAC" in listed and "unknown_unit" in listed
    number = listed.splitlines()[1].split()[0]
    shown = rig.run("quarantine", "show", number).stdout
    lines = dict(line.split(None, 1) for line in shown.splitlines())
    assert lines["number"] == number and lines["stream"] == "nguon/so" and lines["reason"] == "unknown_unit" and "in the code system qd20" in lines["code"]
    assert "answered with 200" in lines["request"] and '"value":' in lines["content"].replace(" ", "") and lines["waits"].startswith("yes")
    document = json.loads(rig.run("quarantine", "show", number, "--format", "json").stdout)
    assert str(document["reject_id"]) == number and document["request"]["status"] == 200 and document["excerpt"] == lines["content"]
    assert rig.run("quarantine", "show", "999999", check=False).returncode == 65

    rig.add_code("qd20,H43.LA,nt-so-tttt,,2025-06-30,found out later")
    done = rig.run("quarantine", "retry", "--unit", "H43.LA")
    assert figure(conn, "nt-so-tttt") == 7, done.stdout
    assert source.asked == asked
    assert one(conn, "select count(*) from ingest.reject where unit_code = 'H43.LA' and outcome is null") == 0
    assert one(conn, "select bool_and(outcome = 'retried' and settled_run is not null) from ingest.reject where unit_code = 'H43.LA'")
    listed = rig.run("quarantine", "list", "--format", "json").stdout
    assert "H43.LA" not in listed and "H43.KHAC" in listed

    # One that nobody can place comes again as a new reject, and is dropped by name.
    assert rig.run("quarantine", "retry", "--unit", "H43.KHAC", check=False).returncode == 1
    assert one(conn, "select count(*) from ingest.reject where unit_code = 'H43.KHAC' and outcome is null") >= 1
    rig.run("quarantine", "drop", "nguon", "--reason", "unknown_unit")
    assert rig.run("quarantine", "list").stdout == ""
    assert one(conn, "select count(*) from ingest.reject where outcome = 'dropped' and settled_by is not null") >= 1
    assert rig.run("verify").stdout.startswith("whole: ")


def test_of_a_large_reply_the_head_is_kept(place):
    """Above the bound of the archive hash, size and the beginning stay; an explanation shows them, and the chain is whole."""
    rig, source, conn = place
    rig.connector("nguon", replace=[("manners:", "archive_max: 100 B\nmanners:")])
    source.rows["nguon", 1] = [{"unit": HEALTH, "value": 5, "other": "ấ" * 3000}] + [{"unit": f"H43.{n * 7919}", "value": n} for n in range(60)]
    poll(rig, lambda: figure(conn, "nt-so-y-te") == 5)
    kept, stored, size = all_rows(conn, "select comply.shown_head(head), stored, size from ingest.request where size > 4096")[0]
    assert not stored and size > 9000
    assert kept.startswith('{"rows": [{"unit": "H43.SOYTE"') and len(kept) == 4096
    assert all(head is None for head, in all_rows(conn, "select head from ingest.request where stored"))
    assert rig.run("verify").stdout.startswith("whole: ")


SECRET, TITLE = "so-dinh-danh-083200012345", "Tờ trình mật về quốc phòng"


def folder_has(folder, *words):
    """Which of the words stand in any file below the folder, plain."""
    found = set()
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if os.path.isfile(path) and not path.endswith(".yaml"):
                with open(path, "rb") as f:
                    data = f.read()
                found.update(word for word in words if word.encode() in data)
    return found


def test_what_is_confidential_is_kept_nowhere(place):
    """A secret field, and a record left out as a secret document, stand in no spool, table or message, of good answers, rejects and broken answers; explain, verify and replay say why."""
    rig, source, conn = place
    rig.connector("nguon", replace=[("value: .value}", "value: .value, person: '.person', doc: '.', number: '.value|tonumber'}\n      secret: [person]"),
                                    ("      metrics:\n", "      where: [{field: level, is: Thường}]\n      metrics:\n"), ("fields: {unit: .unit,", "fields: {unit: .unit, level: .level,")])
    rig.connector("khac", metric="t.khac", replace=[("    format:\n", "    confidential: yes\n    format:\n"), ("fields: {unit: .unit,", "fields: {unit: .unit, level: .level,"),
                                                    ("      metrics:\n", "      where: [{field: level, is: Thường}]\n      metrics:\n")])
    rows = [{"unit": HEALTH, "value": 5, "person": SECRET, "level": "Thường"}, {"unit": TELECOM, "value": 9, "person": SECRET, "level": "Mật", "title": TITLE},
            {"unit": TELECOM, "value": SECRET, "person": SECRET, "level": "Mật", "title": TITLE}, {"unit": "H43.LA", "value": 4, "person": {"so": SECRET}, "level": "Thường"}]
    source.rows["nguon", 1] = source.rows["khac", 1] = rows
    source.rows["nguon", 2] = source.rows["khac", 2] = rows * 400
    source.broken = {month: json.dumps({"rows": rows}, ensure_ascii=False)[:-3] + "]" for month in (3, 4)}
    answer = source.answer

    def answer_broken(handler):
        month = re.search(r"month=(\d+)", handler.path)
        if month and int(month[1]) in source.broken:
            body = source.broken[int(month[1])].encode()
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        else:
            answer(handler)

    source.answer = answer_broken
    poll(rig, lambda: figure(conn, "nt-so-y-te") == 5 and figure(conn, "nt-so-y-te", metric="t.khac") == 5 and end_of_runs(conn) >= 4)
    assert one(conn, "select count(*) from ingest.reject where unit_code = 'H43.LA'") >= 2
    assert one(conn, "select count(*) from ingest.request where withheld and sha256 is not null and size > 0 and not stored and head is null") >= 12
    assert one(conn, "select count(*) from ingest.payload") == 0
    assert one(conn, "select count(*) from ingest.run where failure_story ~ %s", r"line 1, byte \d+: .*behind \"\*\*\*") >= 1

    dump = subprocess.run(["pg_dump", "--dbname", conn.dsn, "--data-only"], capture_output=True, timeout=60, check=True).stdout
    assert HEALTH.encode() in dump or b"nt-so-y-te" in dump
    assert not [w for w in (SECRET, TITLE) if w.encode() in dump or w.encode().hex().encode() in dump]
    assert not folder_has(rig.room, SECRET, TITLE)
    # The same kept in a pressed form would not be seen by looking for the plain words; no body is pressed at all.
    assert one(conn, "select count(*) from ingest.request where stored") == 0

    verified = rig.run("verify").stdout
    assert verified.startswith("whole: ") and re.search(r"\nwithheld: \d+ replies of confidential streams", verified), verified
    day = "select (now() at time zone 'Asia/Ho_Chi_Minh')::date + %s"
    replayed = rig.run("replay", "nguon", "--from", str(one(conn, day, -1)), "--to", str(one(conn, day, 1)), check=False)
    assert replayed.returncode == 1 and "was withheld: the stream was confidential" in replayed.stderr, replayed.stderr
    retried = rig.run("quarantine", "retry", "--unit", "H43.LA", check=False)
    assert "was withheld" in retried.stderr and "stay" in retried.stderr, retried.stderr
    recorded = rig.run("fetch", "nguon/so", "--record", os.path.join(rig.room, "case"), check=False)
    assert recorded.returncode == 64 and "is confidential" in recorded.stderr
    assert not os.path.exists(os.path.join(rig.room, "case"))

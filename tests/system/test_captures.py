"""The nine captured answers of the national portal, replayed as nine days: what is stored equals the bodies digit for digit, as known on each day.

The program fetches each body over HTTP and decodes it; what it prints goes through ingest.deliver with the clock of the captured day.
"""

import http.server
import json
import os
import shutil
import subprocess
import threading
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lib.postgres import TOP, Postgres

TOP = Path(TOP)
THIDUAD = os.environ.get("THIDUAD", str(TOP / "build/demo/thiduad"))
BODIES = {p.stem: p.read_bytes() for p in sorted((TOP / "tests/payloads/captures/service-results-national").glob("*.json"))}
GROUPS = ("ckmb", "tdgq", "clgq", "tttt", "mdhl", "mdsh")
KHANH_HOA = "H32"


class Portal(http.server.BaseHTTPRequestHandler):
    day = None
    asked = []

    def do_POST(self):  # noqa: N802
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = BODIES[Portal.day]
        self.send_response(201)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """What the program makes of each day's body: samples as it prints them."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    room = tmp_path_factory.mktemp("etc")
    shutil.copytree(TOP / "conf/units", room / "units")
    shutil.copytree(TOP / "conf/campaigns.d", room / "campaigns.d")
    (room / "connectors.d").mkdir()
    text = (TOP / "conf/connectors.d/dvcqg-766.yaml").read_text(encoding="utf-8")
    text = text.replace("https://dichvucong.gov.vn", f"http://127.0.0.1:{server.server_port}").replace("rate: 30", "rate: 0").replace("enabled: no", "enabled: yes")
    (room / "connectors.d/dvcqg-766.yaml").write_text(text, encoding="utf-8")
    (room / "thiduad.yaml").write_text(f"instance: captures\ndatabase:\n  conninfo: host=/nonexistent\nspool:\n  dir: {room}/spool\ncontrol:\n  socket: {room}/s\n  listen: \"\"\n")
    found = {}
    for day in BODIES:
        Portal.day = day
        done = subprocess.run([THIDUAD, "fetch", "dvcqg-766/tinh", "--format", "json", "--from", "2026-01-01", "--to", "2026-12-31", "--config", str(room / "thiduad.yaml")],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, text=True)
        assert done.returncode == 0, done.stderr
        found[day] = [json.loads(line, parse_float=str, parse_int=str) for line in done.stdout.splitlines() if line.startswith('{"metric"')]
    server.shutdown()
    return found


def known_at(day):
    return datetime.fromisoformat(day + "T08:00:00+07:00")


@pytest.fixture(scope="module")
def cursor(fetched):
    postgres = Postgres().start()
    try:
        postgres.create()
        subprocess.run(["/usr/bin/python3", "-B", str(TOP / "tests/sql/lib/load.py"), postgres.conninfo()], check=True)
        # The provinces of the whole country are a list of their own, which a province need not load.
        connection = postgres.connect()
        cursor = connection.cursor()
        load_provinces(cursor)
        for day, samples in fetched.items():
            deliver(cursor, known_at(day), samples, BODIES[day])
            cursor.execute("select count(*) from comply.refresh(%s)", (known_at(day) + timedelta(minutes=1),))
        yield cursor
        connection.close()
    finally:
        postgres.remove()


def load_provinces(cursor):
    import csv
    with open(TOP / "conf/units/units-provinces-2025.csv", encoding="utf-8", newline="") as file:
        provinces = list(csv.DictReader(file))
    cursor.execute("""select jsonb_agg(jsonb_build_object('code', unit, 'name', name, 'kind', kind, 'level', level, 'parent_code', parent, 'gso_code', gso_code,
            'valid_from', coalesce(to_char(valid_from, 'YYYY-MM-DD'), ''), 'valid_to', coalesce(to_char(valid_to, 'YYYY-MM-DD'), ''), 'note', note)) from api_v1.units""")
    units = cursor.fetchone()[0]
    known = {u["code"] for u in units}
    cursor.execute("select registry.load_units(%s)", (json.dumps(units + [p for p in provinces if p["code"] not in known]),))


def deliver(cursor, at, samples, body):
    metrics, units = sorted({s["metric"] for s in samples}), sorted({s["unit"] for s in samples})
    run, size, stamp = str(uuid.uuid4()), len(samples), at.isoformat()
    import hashlib
    import zlib
    sha = hashlib.sha256(body)
    runs = [{"parcel": 1, "run": run, "connector": "dvcqg-766", "stream": "tinh", "slot_at": stamp, "started_at": stamp, "ended_at": stamp,
             "instance": "captures", "setup": "0" * 64, "state": "ok", "pages": 1, "records": 34, "samples": size, "rejects": 0}]
    requests = [{"parcel": 1, "run": run, "seq": 1, "method": "POST", "url": "https://dichvucong.gov.vn/api/v1/reporting/evaluation/service-results", "status": 201,
                 "content_type": "application/json", "sent_at": stamp, "took_us": 1, "sha256": sha.hexdigest(), "size": len(body), "stored": True}]
    cursor.execute(
        """select sum(observations) from ingest.deliver(%s::uuid, %s, array[1::bigint], %s, %s, %s::bytea[], %s::bytea[], %s::bigint[], %s, %s, array['year'],
           array['calendar'], array['2026-01-01'::date], array['2026-12-31'::date], array[false], %s::uuid[], %s::integer[], %s::integer[], %s::integer[],
           %s::integer[], %s::integer[], %s::numeric[], %s::timestamptz[], %s::text[], %s::text[], %s::integer[], %s::bigint[], '[]', '[]')""",
        (str(uuid.uuid4()), at, json.dumps(runs), json.dumps(requests), [sha.digest()], [zlib.compress(body)], [len(body)], metrics, units, [run],
         [1] * size, [1] * size, [metrics.index(s["metric"]) + 1 for s in samples], [units.index(s["unit"]) + 1 for s in samples], [1] * size,
         [s["value"] for s in samples], [None] * size, [None] * size, [None] * size, [1] * size, [int(s["record"]) for s in samples]))


def of_body(day):
    """{(id, metric): number as the body spells it}"""
    found = {}
    for row in json.loads(BODIES[day], parse_float=str, parse_int=str)["data"]["evaluation"]:
        found[row["departmentId"], "kpi766.total"] = row["totalScore"]
        found.update({(row["departmentId"], "kpi766." + g): row["groupScores"][g.upper()] for g in GROUPS})
    return found


def portal_ids(cursor):
    cursor.execute("select distinct unit, code from api_v1.unit_codes where system = 'dvcqg'")
    ids = dict(cursor.fetchall())
    import csv
    with open(TOP / "conf/units/units-provinces-2025.csv", encoding="utf-8", newline="") as file:
        ids.update({r["code"]: r["dvcqg_id"] for r in csv.DictReader(file)})
    return ids


def test_nine_days_of_thirty_four_provinces_equal_the_bodies(cursor):
    """As known on each day, total and six groups of every province are the digits of that day's body."""
    ids, compared = portal_ids(cursor), 0
    for day in BODIES:
        cursor.execute("""select distinct on (unit, metric) unit, metric, value from api_v1.figures
                where metric like 'kpi766.%%' and period_from = '2026-01-01' and known_at <= %s order by unit, metric, known_at desc""", (known_at(day) + timedelta(minutes=1),))
        stored = {(ids[u], m): v for u, m, v in cursor.fetchall()}
        body = of_body(day)
        assert stored.keys() == body.keys()
        for key, digits in body.items():
            assert stored[key] == Decimal(digits) and str(stored[key]) == digits, (day, key)
            compared += 1
    assert compared == 9 * 34 * 7


def test_khanh_hoa(cursor):
    """52.48 on 17/9 and 61.66 on 10/10: compliance as of both days, each as known then, and the total is the sum of its groups."""
    for day, total in (("2026-09-17", "52.48"), ("2026-10-10", "61.66")):
        cursor.execute("select criterion, numerator from api_v1.compliance_as_of('khanh-hoa-766-2026', %s, %s) where scope = 'province' and numerator is not null",
                       (day, known_at(day) + timedelta(minutes=1)))
        rows = dict(cursor.fetchall())
        assert rows["766"] == Decimal(total)
        assert sum(rows["766." + g.upper()] for g in GROUPS) == Decimal(total)
    cursor.execute("select as_of, numerator, status from api_v1.compliance_levels where campaign = 'khanh-hoa-766-2026' and criterion = '766'")
    assert cursor.fetchall() == [(datetime(2026, 10, 10).date(), Decimal("61.66"), "no_target")]


def test_renamed_provinces_stay_one_unit(cursor):
    """The portal wrote two provinces differently on later days; ids decide, so there are 34 units all the time."""
    names = {}
    for body in BODIES.values():
        for row in json.loads(body)["data"]["evaluation"]:
            names.setdefault(row["departmentId"], set()).add(row["departmentName"])
    assert sum(len(n) > 1 for n in names.values()) == 2
    cursor.execute("select count(distinct unit) from api_v1.figures where metric = 'kpi766.total'")
    assert cursor.fetchone() == (34,)


def test_a_score_that_fell_is_a_new_belief(cursor):
    """A lower score replaces the higher one of the same running year; both stay readable, and nothing was rejected."""
    cursor.execute("""select count(*) from (select value - lag(value) over (partition by unit, metric order by known_at) as step
            from api_v1.figures where metric like 'kpi766.%%') s where step < 0""")
    assert cursor.fetchone()[0] > 0
    cursor.execute("select count(*), count(*) filter (where is_newest) from api_v1.figures where metric = 'kpi766.total'")
    every, newest = cursor.fetchone()
    assert newest == 34 and every > 34
    cursor.execute("select count(*) from api_v1.rejects")
    assert cursor.fetchone() == (0,)


def test_explain_leads_to_the_bytes(cursor):
    """The way back from Khánh Hòa's total ends at a stored body in which the number stands."""
    import zlib
    cursor.execute("select api_v1.explain('H32', '766', 'khanh-hoa-766-2026')")
    used = [s for s in cursor.fetchone()[0]["statements"] if s["used"]]
    assert [Decimal(str(s["value"])) for s in used] == [Decimal("61.66")]
    cursor.execute("select body from ingest.payload where sha256 = decode(%s, 'hex')", (used[0]["source"]["payload_sha256"],))
    assert b"61.66" in zlib.decompress(bytes(cursor.fetchone()[0]))
    # And the explanation shows the place.
    assert '"totalScore":61.66' in used[0]["excerpt"].replace(" ", "") and len(used[0]["excerpt"]) <= 126, used[0]

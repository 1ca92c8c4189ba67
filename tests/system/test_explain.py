"""explain for a thousand random figures of the demo leads to stored bytes in which the number stands, in the record that it names."""

import csv
import hashlib
import io
import json
import os
import random
import re
import signal
import subprocess
import zlib
from decimal import Decimal, InvalidOperation

import psycopg2
import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CAMPAIGN = "ninh-thuan-2024"
# Figures that the mapping counts or tests: records are the evidence, the number itself is nowhere written.
COUNTED = ("baocao", "dulieumo", "congthongtin", "motcua")
WANTED = 1000


@pytest.fixture(scope="module")
def cursor():
    """The demo, kept running; or one that runs already, named by DEMO_PG."""
    if os.environ.get("DEMO_PG"):
        yield psycopg2.connect(f"host={os.environ['DEMO_PG']} user=postgres dbname=thidua").cursor()
        return
    done = subprocess.run([os.path.join(TOP, "conf/demo/run.sh"), "--keep"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-4000:]
    stop = re.search(r"Stop it all with: +kill (\d+) (\d+); (.*)$", done.stderr, re.M)
    host = re.search(r"psql -h (\S+)", done.stderr).group(1)
    try:
        yield psycopg2.connect(f"host={host} user=postgres dbname=thidua").cursor()
    finally:
        for pid in stop.group(1, 2):
            os.kill(int(pid), signal.SIGTERM)
        subprocess.run(["sh", "-c", stop.group(3)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def lists(value):
    """Every list in a document, and the document itself as one record."""
    if isinstance(value, list):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from lists(item)


def same(leaf, value):
    if value is None:
        return leaf is None or leaf == ""
    try:
        return leaf is not None and not isinstance(leaf, bool) and Decimal(str(leaf).strip()) == value
    except InvalidOperation:
        return False


def records(body, number):
    """What a body may mean by its record of that number: the item of each of its lists, the row, or the whole."""
    try:
        document = json.loads(body, parse_float=Decimal)
    except ValueError:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig")))) + list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))
        half = len(rows) // 2
        for table in (rows[:half], rows[half:]):
            if number < len(table):
                yield table[number]
        return
    for items in lists(document):
        if number <= len(items):
            yield items[number - 1]
    if number == 1:
        yield document


def test_a_thousand_figures_lead_to_their_bytes(cursor):
    """From the verdict through statement, run, request and record to a body whose hash is right and whose record holds the number."""
    cursor.execute("select unit, criterion from api_v1.compliance where campaign = %s and numerator is not null order by unit, criterion", (CAMPAIGN,))
    verdicts = cursor.fetchall()
    random.Random(766).shuffle(verdicts)
    checked, counted, shown, bodies = 0, 0, 0, {}
    for unit, criterion in verdicts:
        cursor.execute("select api_v1.explain(%s, %s, %s)::text", (unit, criterion, CAMPAIGN))
        for s in json.loads(cursor.fetchone()[0], parse_float=Decimal, parse_int=Decimal)["statements"]:
            source = s["source"]
            assert source["connector"] and source["run"] and source["request"]["url"], (unit, criterion, s)
            sha = source["payload_sha256"]
            if sha not in bodies:
                cursor.execute("select body from ingest.payload where sha256 = decode(%s, 'hex')", (sha,))
                bodies[sha] = zlib.decompress(bytes(cursor.fetchone()[0]))
                assert hashlib.sha256(bodies[sha]).hexdigest() == sha
            if source["connector"] in COUNTED:
                counted += 1
                continue
            value = None if s["value"] is None else Decimal(s["value"])
            assert any(same(leaf, value) for record in records(bodies[sha], int(source["record"])) for leaf in leaves(record)), (unit, criterion, s)
            checked += 1
            # Of each part the newest is shown as it stands there.
            if s.get("excerpt"):
                assert len(s["excerpt"]) <= 126 and any(same(word, value) for word in re.findall(r"-?[0-9]+(?:\.[0-9]+)*", s["excerpt"])), (unit, criterion, s)
                assert shown > 3 or " ".join(s["excerpt"].strip(".").split()) in " ".join(bodies[sha].decode().split()), (unit, criterion, s)
                shown += 1
        if checked >= WANTED:
            break
    assert checked >= WANTED
    assert counted > 0 and shown > 0

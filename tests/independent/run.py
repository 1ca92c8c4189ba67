#!/usr/bin/python3
"""Plays a simulated 2024 day by day into the database, and compares every figure and status with a second calculation in another language.

    /usr/bin/python3 tests/independent/run.py [--seed N] [--every DAYS]

Ends with "figures N, differences 0". Statements come through ingest.deliver with the clock of the simulated day, twice a day, with a
refresh after each; every so many days all rows of units, levels and province are compared. Afterwards days of the past are asked for
as they were known then, a full computation must change nothing, and another order of arrival must give the same figures.
"""

import argparse
import importlib.util
import json
import random
import sys
import uuid
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "system")]

import history as made  # noqa: E402
from lib.postgres import Postgres  # noqa: E402
from second import Beliefs, Second  # noqa: E402

CAMPAIGN = "ninh-thuan-2024"
MERGER = date(2024, 11, 1)
ALWAYS = {MERGER - timedelta(1), MERGER, MERGER + timedelta(1), made.LAST}
ROWS = """select unit, level, criterion, status, numerator, denominator, target, null, null
        from api_v1.compliance where campaign = %(c)s
        union all
        select null, level, criterion, status, numerator, denominator, target, units_counted, units_bound
        from api_v1.compliance_levels where campaign = %(c)s"""
ROWS_AS_OF = """select unit, level, criterion, status, numerator, denominator, target, units_counted, units_bound
        from api_v1.compliance_as_of(%s, %s, %s)"""


def load_registry(conninfo):
    """Units, codes and campaigns from conf/, by the loader of the pgTAP layer."""
    spec = importlib.util.spec_from_file_location("load", HERE.parent / "sql" / "lib" / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.argv[1:] = [conninfo]
    module.main()


def deliver(cursor, at, statements):
    """One run with one parcel, as the writer would send it."""
    if not statements:
        return
    metrics = sorted({s[0] for s in statements})
    units = sorted({s[1] for s in statements})
    periods = sorted({s[2:7] for s in statements})
    place = [{value: n + 1 for n, value in enumerate(values)} for values in (metrics, units, periods)]
    run, size, stamp = str(uuid.uuid4()), len(statements), at.isoformat()
    runs = [{"parcel": 1, "run": run, "connector": "simulated", "stream": "year", "slot_at": stamp, "started_at": stamp, "ended_at": stamp,
             "instance": "independent", "setup": "0" * 64, "state": "ok", "pages": 1, "records": size, "samples": size, "rejects": 0}]
    requests = [{"parcel": 1, "run": run, "seq": 1, "method": "GET", "url": "http://source/", "status": 200, "content_type": "application/json",
                 "sent_at": stamp, "took_us": 1, "sha256": "ab" * 32, "size": 2, "stored": False}]
    cursor.execute(
        """select sum(observations) from ingest.deliver(%s::uuid, %s, array[1::bigint], %s, %s, '{}', '{}', '{}', %s, %s, %s, %s, %s::date[], %s::date[], %s,
           %s::uuid[], %s::integer[], %s::integer[], %s::integer[], %s::integer[], %s::integer[], %s::numeric[], %s::timestamptz[], %s::text[], %s::text[],
           %s::integer[], %s::bigint[], '[]', '[]')""",
        (str(uuid.uuid4()), at, json.dumps(runs), json.dumps(requests), metrics, units, [p[0] for p in periods], [p[1] for p in periods],
         [p[3] for p in periods], [p[4] for p in periods], [p[2] for p in periods], [run], [1] * size, [1] * size,
         [place[0][s[0]] for s in statements], [place[1][s[1]] for s in statements], [place[2][s[2:7]] for s in statements],
         [s[7] for s in statements], [s[8] for s in statements], [s[9] for s in statements], [None] * size, [1] * size, list(range(1, size + 1))))


def number(value):
    return None if value is None else int(value) if value == int(value) else value


def of_database(cursor, sql, values):
    cursor.execute(sql, values)
    return {(u or "", lv or "", c): (s, number(n), number(d), number(t)) + ((k, b) if not u else ())
            for u, lv, c, s, n, d, t, k, b in cursor.fetchall()}


def of_second(history, beliefs, as_of):
    found = {}
    for r in Second(history.province, beliefs, as_of).rows():
        more = () if r["unit"] else (r["units_counted"], r["units_bound"])
        found[r["unit"] or "", r["level"] or "", r["criterion"]] = (r["status"], r["numerator"], r["denominator"], r["target"], *more)
    return found


class Comparison:
    def __init__(self):
        self.figures = self.differences = 0
        self.words = Counter()

    def compare(self, what, got, want):
        """Counts rows and differences; prints the first ones."""
        for key in sorted(got.keys() | want.keys()):
            g, w = got.get(key), want.get(key)
            # The province's own figure is nobody's sum: how many units have one is not part of it.
            if g and w and not key[0] and g[4] is None:
                w = w[:4] + (None, None)
            self.figures += 1
            self.words[w[0] if w else "none"] += 1
            if g != w:
                self.differences += 1
                if self.differences <= 20:
                    print(f"{what}: {key}: database {g}, second calculation {w}")


def at(day, hour):
    return datetime.combine(day, time(hour), made.HANOI)


def refresh(cursor, day, hour):
    cursor.execute("select count(*) from comply.refresh(%s)", (at(day, hour),))


def make(postgres, name):
    postgres.create(name)
    load_registry(postgres.conninfo(name))
    cursor = postgres.connect(name).cursor()
    cursor.execute("select ingest.make_partitions(d) from generate_series(timestamptz '2024-01-15 00:00+00', '2024-12-15 00:00+00', '3 months') d")
    return cursor


def play(cursor, history, every, comparison):
    """The year, day by day; returns every batch with its moment."""
    beliefs, batches = Beliefs(), []
    for n, (day, (morning, evening)) in enumerate(history.days()):
        is_compared = n % every == 0 or day in ALWAYS
        for hour, statements in ((8, morning), (17, evening)):
            deliver(cursor, at(day, hour), statements)
            beliefs.state(statements)
            batches.append((at(day, hour), statements))
            if is_compared:
                refresh(cursor, day, hour + 1)
        if is_compared:
            comparison.compare(str(day), of_database(cursor, ROWS, {"c": CAMPAIGN}), of_second(history, beliefs, day))
    return batches


def ask_the_past(cursor, history, batches, count, rng, comparison):
    for _ in range(count):
        known, as_of = at(made.FIRST + timedelta(rng.randrange(348)), 12), made.FIRST + timedelta(rng.randrange(348))
        beliefs = Beliefs()
        for moment, statements in batches:
            if moment <= known:
                beliefs.state(statements)
        comparison.compare(f"{as_of} as known {known}", of_database(cursor, ROWS_AS_OF, (CAMPAIGN, as_of, known)), of_second(history, beliefs, as_of))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=7, help="compare every so many days (1: all), and around the merger")
    options = parser.parse_args()
    history, comparison, rng = made.History(options.seed), Comparison(), random.Random(options.seed)
    postgres = Postgres()
    try:
        postgres.start()
        cursor = make(postgres, "year")
        batches = play(cursor, history, options.every, comparison)
        ask_the_past(cursor, history, batches, 12, rng, comparison)

        cursor.execute("select changed from comply.recompute(%s, %s)", (CAMPAIGN, made.LAST))
        rebuilt = cursor.fetchone()[0]

        # The same beliefs in one go and in another order: when they became known differs, what they are does not.
        final = {}
        for _, statements in batches:
            final.update({s[:7]: s for s in statements})
        shuffled = list(final.values())
        rng.shuffle(shuffled)
        other = make(postgres, "shuffled")
        for n in range(0, len(shuffled), 5000):
            deliver(other, at(made.LAST, 10) + timedelta(seconds=n), shuffled[n:n + 5000])
            refresh(other, made.LAST, 12)
        comparison.compare("another order of arrival", of_database(other, ROWS, {"c": CAMPAIGN}), of_database(cursor, ROWS, {"c": CAMPAIGN}))
    finally:
        postgres.remove()
    print("statements:", ", ".join(f"{n} {word}" for word, n in sorted(history.kinds.items())))
    print("status words:", ", ".join(f"{n} {word}" for word, n in sorted(comparison.words.items())))
    print(f"a full computation changes {rebuilt} rows of the incremental one")
    print(f"figures {comparison.figures}, differences {comparison.differences}")
    return 1 if comparison.differences or rebuilt else 0


if __name__ == "__main__":
    sys.exit(main())

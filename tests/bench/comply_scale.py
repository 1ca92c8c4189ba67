#!/usr/bin/python3
"""Measures the compliance engine at the scale of the country: 12,000 units, 20 metrics, a year of days, 20 criteria.

    /usr/bin/python3 tests/bench/comply_scale.py [--units 12000] [--criteria 20] [--period day|month]

Prints, in seconds: one full computation, the delivery of one source's newest period for every unit, the refresh after it, after 1 % of the figures (one source, every tenth unit)
and after one unit's figure, one unit's compliance page, and the compliance of all, as api_v1.standings gives it (a row a unit) and as api_v1.compliance does.

Every two criteria share a pair of metrics, as the figure of a plan and its count of units that pass do: one adds the units up, the other counts those that reach a mark.
How fast figures come in is another measurement: here they are put into fact.latest directly, by day and then by metric and unit, as deliveries would leave them, and its key is built
afterwards. fact.observation holds those that are restated, since the engine reads no others of it.
"""

import argparse
import json
import sys
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from psycopg2.extras import register_default_json, register_default_jsonb

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system"), str(HERE.parent / "independent"), str(HERE.parent)]

from bench_lib import ENDING, TUNING, Filler, Workshop  # noqa: E402
from run import deliver  # noqa: E402

GOALS = {"refresh after 1 % of the figures": 1.0, "every unit's compliance": 0.5, "full computation": 60.0, "one unit's page": 0.010}
PAIRS = 10
AS_OF, NOW = "2025-01-05", "2025-01-05 {}+07"
SPANS = {"day": ("date '2024-01-01' + k", "date '2024-01-01' + k", 366, 1),
         "month": ("make_date(2024, k + 1, 1)", "(make_date(2024, k + 1, 1) + interval '1 month')::date - 1", 12, 11)}


def criterion(n, period):
    pair = n % PAIRS + 1
    more = {"province": "count_units", "passes": "90"} if n // PAIRS % 2 else {"province": "sum"}
    return {"id": f"T{n + 1}", "title": f"Tiêu chí {n + 1}", "kind": "ratio", "numerator": [f"m{pair}.part"], "denominator": [f"m{pair}.all"], "period": period,
            "accumulate": "sum", "levels": ["X"], "due_after": "10 days", "carry": "predecessors",
            "targets": [{"level": "X", "value": str(90 - n // (2 * PAIRS))}, {"whole": "true", "value": "90"}], "legal_basis": "đo", **more}


def campaign(criteria, period):
    return {"campaign": "do", "title": "Đo", "legal_basis": "đo", "from": "2024-01-01", "to": "2025-01-31", "province": "all", "measure": {"from": "2024-01-01", "to": "2024-12-31"},
            "levels": [{"level": "X", "kind": "ubnd_xa", "title": "Xã"}], "criteria": [criterion(n, period) for n in range(criteria)]}


def worked(cursor):
    """CPU time of the server's process so far, in seconds: what it waited for is the machine's."""
    return int(Path(f"/proc/{cursor.connection.get_backend_pid()}/schedstat").read_text().split()[0]) / 1e9


def taken(cursor, sql, values=()):
    before, began = worked(cursor), time.perf_counter()
    cursor.execute(sql, values)
    if cursor.description:
        cursor.fetchall()
    return time.perf_counter() - began, worked(cursor) - before


def timed(what, cursor, sql, values=()):
    return report(what, *taken(cursor, sql, values))


def report(what, seconds, cpu=None):
    goal = GOALS.get(what)
    print(f"{what:40} {seconds:9.3f} s" + ("" if cpu is None else f"   CPU of the server {cpu:7.3f} s")
          + (f"   goal {goal:g} s {'kept' if seconds <= goal else 'MISSED'}" if goal else ""), flush=True)
    return seconds


def fill(postgres, database, units, criteria, period):
    first, last, count, kind = SPANS[period]
    cursor = postgres.connect(database).cursor()
    rows = [{"code": "all", "name": "Cả nước", "kind": "khac", "level": "province"}]
    rows += [{"code": f"u{n}", "name": f"Xã {n}", "kind": "ubnd_xa", "level": "commune", "parent_code": "all"} for n in range(units)]
    cursor.execute("select registry.load_units(%s)", (json.dumps(rows),))
    cursor.execute("select registry.load_campaign(%s)", (json.dumps(campaign(criteria, period)),))
    statement = f"""select timestamptz '2025-01-02 08:00+07' as known_at, m.metric_id, u.unit_id, {first} as period_from, {last} as period_to, {kind} as period_type,
                    case when m.name like '%.all' then 100 else 80 + (u.unit_id * 7 + k * 3) % 21 end as value
            from generate_series(0, {count - 1}) k
            cross join (select * from registry.metric order by metric_id) m
            cross join (select * from registry.unit where kind = 'ubnd_xa' order by unit_id) u"""
    filler = Filler(postgres, database)
    filler.year(2024, {"fact.latest": statement, "fact.observation": statement + " where m.name ~ '^m(3|4|7)[.]' and k >= " + str(count - 3)})
    cursor.execute("select ingest.make_partitions(d) from generate_series(timestamptz '2024-01-15 00:00+00', '2025-01-15 00:00+00', '3 months') d")
    cursor.execute("analyze")
    return cursor


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=12000)
    parser.add_argument("--criteria", type=int, default=20)
    parser.add_argument("--period", choices=sorted(SPANS), default="day")
    options = parser.parse_args()
    ENDING.watch()
    with Workshop(False) as shop:
        # Nine gigabytes of figures and their key: a server for them has the memory to hold them.
        buffers = {"shared_buffers": "10GB"} if options.units > 6000 and options.period == "day" else {}
        postgres = shop.postgres(**dict(TUNING, wal_level="minimal", max_wal_senders="0", **buffers))
        postgres.create()
        began = time.perf_counter()
        cursor = fill(postgres, "thidua", options.units, options.criteria, options.period)
        cursor.execute("select count(*) from fact.latest")
        report(f"{cursor.fetchone()[0]} figures put in", time.perf_counter() - began)
        measure(cursor, options.units, options.period)


def measure(cursor, units, period):
    # Until it is here, as text; what a reader makes of it is the reader's.
    register_default_json(cursor, loads=str)
    register_default_jsonb(cursor, loads=str)
    timed("first results", cursor, "select * from comply.refresh(%s)", (NOW.format("12:00"),))
    timed("full computation", cursor, "select * from comply.recompute('do', %s)", (AS_OF,))
    last = date(2024, 12, 31)
    first = last if period == "day" else date(2024, 12, 1)

    def figure(unit, metric, value):
        return (metric, unit, period, "calendar", False, first, last, value, None, None)

    at = datetime(2025, 1, 5, 6, tzinfo=timezone.utc)
    began = time.perf_counter()
    deliver(cursor, at, [figure(f"u{n}", metric, value) for n in range(units) for metric, value in (("m3.part", 81 + n % 9), ("m3.all", 101))])
    report("delivery of one source for every unit", time.perf_counter() - began)
    timed("refresh after one source's delivery", cursor, "select * from comply.refresh(%s)", (NOW.format("13:30"),))
    deliver(cursor, at + timedelta(minutes=40), [figure(f"u{n}", metric, value) for n in range(units // 10) for metric, value in (("m7.part", 82 + n % 9), ("m7.all", 102))])
    timed("refresh after 1 % of the figures", cursor, "select * from comply.refresh(%s)", (NOW.format("14:00"),))
    deliver(cursor, at + timedelta(hours=1), [figure("u5", "m4.part", 1)])
    timed("refresh after one unit's figure", cursor, "select * from comply.refresh(%s)", (NOW.format("14:30"),))
    cursor.execute("analyze comply.result")
    pages = [taken(cursor, "select * from api_v1.compliance where campaign = 'do' and unit = %s", (f"u{n}",)) for n in range(77, 118)]
    report("one unit's page, cold", *pages[0])
    report("one unit's page", *sorted(pages[1:])[20])
    report("the slowest of 40 pages", *max(pages[1:]))
    cursor.execute("analyze comply.standing")
    timed("every unit's compliance", cursor, "select * from api_v1.standings where campaign = 'do'")
    timed("the same, a row for each criterion", cursor, "select * from api_v1.compliance where campaign = 'do'")
    timed("the same, made and counted in the database", cursor, "select count(c.*) from api_v1.compliance c where campaign = 'do'")


if __name__ == "__main__":
    main()

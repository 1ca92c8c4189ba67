#!/usr/bin/python3
"""Measures the compliance engine at the scale of the country: 12,000 units, 20 metrics, a year of months.

    /usr/bin/python3 tests/bench/comply_scale.py [--units 12000]

Prints, in seconds: one full computation, the delivery of one source's newest month for every unit, the refresh after it, after 1 % of the figures (one criterion of every tenth
unit) and after one unit's figures, one unit's compliance page, and the compliance of all, as api_v1.standings gives it (a row a unit) and as api_v1.compliance does. Figures are put in directly, since how fast they come in is another measurement.
"""

import argparse
import json
import sys
import time
from datetime import date, datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system"), str(HERE.parent / "independent"), str(HERE.parent)]

from bench_lib import ENDING, Workshop  # noqa: E402
from run import deliver  # noqa: E402

GOALS = {"refresh after 1 % of the figures": 1.0, "every unit's compliance": 0.5, "full computation": 60.0, "one unit's page": 0.010}


def campaign():
    criteria = [{"id": f"T{n}", "title": f"Tiêu chí {n}", "kind": "ratio", "numerator": [f"m{n}.part"], "denominator": [f"m{n}.all"], "period": "month",
                 "accumulate": "sum", "province": "sum", "levels": ["X"], "due_after": "10 days", "carry": "predecessors",
                 "targets": [{"level": "X", "value": "90"}, {"whole": "true", "value": "90"}], "legal_basis": "đo"} for n in range(1, 11)]
    return {"campaign": "do", "title": "Đo", "legal_basis": "đo", "from": "2024-01-01", "to": "2024-12-31", "province": "all", "measure": {"from": "2024-01-01", "to": "2024-12-31"},
            "levels": [{"level": "X", "kind": "ubnd_xa", "title": "Xã"}], "criteria": criteria}


def timed(what, cursor, sql, values=()):
    began = time.perf_counter()
    cursor.execute(sql, values)
    if cursor.description:
        cursor.fetchall()
    return report(what, time.perf_counter() - began)


def report(what, seconds):
    goal = GOALS.get(what)
    print(f"{what:40} {seconds:9.3f} s" + (f"   goal {goal:g} s {'kept' if seconds <= goal else 'MISSED'}" if goal else ""), flush=True)
    return seconds


def fill(cursor, units):
    rows = [{"code": "all", "name": "Cả nước", "kind": "khac", "level": "province"}]
    rows += [{"code": f"u{n}", "name": f"Xã {n}", "kind": "ubnd_xa", "level": "commune", "parent_code": "all"} for n in range(units)]
    cursor.execute("select registry.load_units(%s)", (json.dumps(rows),))
    cursor.execute("select registry.load_campaign(%s)", (json.dumps(campaign()),))
    cursor.execute("select ingest.make_partitions(d) from generate_series(timestamptz '2024-01-15 00:00+00', '2025-01-15 00:00+00', '3 months') d")
    statement = """insert into {} (known_at, observed_at, {} metric_id, unit_id, period_from, period_to, period_type, value)
            select timestamptz '2024-12-05 08:00+07', null, {} m.metric_id, u.unit_id, p.on_day, (p.on_day + interval '1 month')::date - 1, 11,
                    case when m.name like '%.all' then 100 else 80 + (u.unit_id * 7 + extract(month from p.on_day)::integer * 3) % 21 end
            from registry.metric m
            cross join registry.unit u
            cross join (select make_date(2024, k, 1) as on_day from generate_series(1, 11) k) p
            where u.kind = 'ubnd_xa'"""
    cursor.execute(statement.format("fact.observation", "run_id,", "1,"))
    cursor.execute(statement.format("fact.latest", "", ""))
    cursor.execute("analyze")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=12000)
    options = parser.parse_args()
    ENDING.watch()
    with Workshop(False) as shop:
        postgres = shop.postgres(max_wal_size="4GB", work_mem="64MB", shared_buffers="512MB")
        postgres.create()
        cursor = postgres.connect().cursor()
        began = time.perf_counter()
        fill(cursor, options.units)
        cursor.execute("select count(*) from fact.latest")
        report(f"{cursor.fetchone()[0]} figures put in", time.perf_counter() - began)
        timed("first results", cursor, "select * from comply.refresh('2024-12-13 12:00+07')")
        timed("full computation", cursor, "select * from comply.recompute('do', '2024-12-13')")

        def month(unit, metric, value):
            return (metric, unit, "month", "calendar", False, date(2024, 11, 1), date(2024, 11, 30), value, None, None)
        at = datetime(2024, 12, 13, 6, tzinfo=timezone.utc)
        began = time.perf_counter()
        deliver(cursor, at, [month(f"u{n}", metric, value) for n in range(options.units) for metric, value in (("m3.part", 81 + n % 9), ("m3.all", 101))])
        report("delivery of one source for every unit", time.perf_counter() - began)
        timed("refresh after one source's delivery", cursor, "select * from comply.refresh('2024-12-13 13:30+07')")
        deliver(cursor, at.replace(minute=30), [month(f"u{n}", metric, value) for n in range(options.units // 10) for metric, value in (("m7.part", 82 + n % 9), ("m7.all", 102))])
        timed("refresh after 1 % of the figures", cursor, "select * from comply.refresh('2024-12-13 14:00+07')")
        deliver(cursor, at.replace(hour=7), [month("u5", "m4.part", 1)])
        timed("refresh after one unit's figure", cursor, "select * from comply.refresh('2024-12-13 14:30+07')")
        cursor.execute("analyze comply.result")
        timed("one unit's page, cold", cursor, "select * from api_v1.compliance where campaign = 'do' and unit = 'u77'")
        timed("one unit's page", cursor, "select * from api_v1.compliance where campaign = 'do' and unit = 'u78'")
        cursor.execute("analyze comply.standing")
        timed("every unit's compliance", cursor, "select * from api_v1.standings where campaign = 'do'")
        timed("the same, a row for each criterion", cursor, "select * from api_v1.compliance where campaign = 'do'")
        timed("the same, made and counted in the database", cursor, "select count(c.*) from api_v1.compliance c where campaign = 'do'")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""The peer in Python: requests and psycopg2's execute_values, one endpoint after the other or in threads, one transaction an endpoint.

    script.py BASE CONNINFO ENDPOINTS THREADS

Writes into the same two tables as the program. Prints seconds and CPU seconds."""

import resource
import sys
import threading
import time
from datetime import date, datetime, timezone
from queue import Empty, Queue

import psycopg2
import requests
from psycopg2.extras import execute_values

STATEMENT = """with v (known_at, run_id, record_no, metric_id, unit_id, period_from, period_to, period_type, value) as (values %s),
o as (insert into fact.observation (known_at, run_id, record_no, metric_id, unit_id, period_from, period_to, period_type, value) select * from v
        where not exists (select from fact.latest l where (l.metric_id, l.unit_id, l.period_to, l.period_from, l.period_type) = (v.metric_id, v.unit_id, v.period_to, v.period_from, v.period_type)
                and l.value is not distinct from v.value)
        on conflict do nothing)
insert into fact.latest as l (known_at, metric_id, unit_id, period_from, period_to, period_type, value)
select known_at, metric_id, unit_id, period_from, period_to, period_type, value from v
on conflict (metric_id, unit_id, period_to, period_from, period_type) do update set known_at = excluded.known_at, value = excluded.value where l.value is distinct from excluded.value"""
TEMPLATE = "(%s::timestamptz, %s::bigint, %s::bigint, %s::int, %s::int, %s::date, %s::date, %s::smallint, %s::numeric)"


def month_of(text):
    first = date.fromisoformat(text)
    return first, date.fromordinal(date(first.year + first.month // 12, first.month % 12 + 1, 1).toordinal() - 1)


def work(base, conninfo, todo, units, metrics):
    conn = psycopg2.connect(conninfo)
    session = requests.Session()
    months = {}
    while True:
        try:
            n = todo.get_nowait()
        except Empty:
            break
        now = datetime.now(timezone.utc)
        reply = session.get(f"{base}/e{n}.json", timeout=60)
        reply.raise_for_status()
        rows = []
        for record_no, record in enumerate(reply.json()["rows"], 1):
            if record["p"] not in months:
                months[record["p"]] = month_of(record["p"])
            first, last = months[record["p"]]
            unit = units[record["u"]]
            for k in "abcd":
                rows.append((now, 1, record_no, metrics[f"e{n}.{k}"], unit, first, last, 11, record[k]))
        with conn, conn.cursor() as cursor:
            execute_values(cursor, STATEMENT, rows, TEMPLATE, page_size=1000)
    conn.close()


def main():
    base, conninfo, endpoints, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    began, spent = time.perf_counter(), time.process_time()
    conn = psycopg2.connect(conninfo)
    with conn, conn.cursor() as cursor:
        cursor.execute("select code, unit_id from registry.unit")
        units = dict(cursor.fetchall())
        cursor.execute("select name, metric_id from registry.metric")
        metrics = dict(cursor.fetchall())
    conn.close()
    todo = Queue()
    for n in range(endpoints):
        todo.put(n)
    if threads == 1:
        work(base, conninfo, todo, units, metrics)
    else:
        crew = [threading.Thread(target=work, args=(base, conninfo, todo, units, metrics)) for _ in range(threads)]
        for one in crew:
            one.start()
        for one in crew:
            one.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{time.perf_counter() - began:.6f} {time.process_time() - spent:.6f} {peak}")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Measures what grows how: bytes on disk and WAL for each figure, run and reply, and whether deliveries slow down as facts accumulate.

    /usr/bin/python3 tests/bench/growth.py [--facts N]

Bytes are facts of the schema and repeat; times are given as ratios of medians within this run. docs/scaling.md rests on it.
"""

import argparse
import statistics
import sys
import time
import zlib
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system"), str(HERE.parent / "independent"), str(HERE.parent)]

from bench_lib import ENDING, Workshop  # noqa: E402
from run import deliver  # noqa: E402

BATCH, UNITS = 4000, 2000
TABLES = {"figure": ("fact.observation", "fact.latest"), "run": ("ingest.run", "ingest.chain", "ingest.parcel"), "request": ("ingest.request",)}


def size(cursor, parent):
    cursor.execute("select coalesce(sum(pg_total_relation_size(p.relid)), 0) from pg_partition_tree(%s::regclass) p where p.isleaf", (parent,))
    return cursor.fetchone()[0] or 0


def sizes(cursor):
    def of(table):
        cursor.execute("select relkind from pg_class where oid = %s::regclass", (table,))
        if cursor.fetchone()[0] == "p":
            return size(cursor, table)
        cursor.execute("select pg_total_relation_size(%s::regclass)", (table,))
        return cursor.fetchone()[0]
    return {what: sum(of(t) for t in tables) for what, tables in TABLES.items()}


def wal(cursor):
    cursor.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    return int(cursor.fetchone()[0])


def batch(nth, restated=0):
    """BATCH figures that nobody stated before: the nth group of metric and month, two halves of the units."""
    month, metric = nth % 12, nth // 24
    first = date(2024, month + 1, 1)
    last = date(2024 + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)
    half = nth // 12 % 2
    return [(f"m{metric}.{k}", f"u{u}", "month", "calendar", False, first, last, Decimal(1000 + (u * 7919 + nth) % 100000 + restated), None, None)
            for k in ("a", "b", "c", "d") for u in range(half * UNITS // 2, (half + 1) * UNITS // 2)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=400000, help="figures in the tables at the end")
    options = parser.parse_args()
    ENDING.watch()
    with Workshop(False) as shop:
        server = shop.postgres(shared_buffers="512MB", max_wal_size="4GB", fsync="off", autovacuum="off")
        server.create("growth")
        conn = server.connect("growth")
        cursor = conn.cursor()
        cursor.execute("""insert into registry.unit (code, name, kind, level, valid) select 'u' || g, 'Đơn vị ' || g, 'ubnd_xa', 'commune', '(,)' from generate_series(0, %s) g""", (UNITS - 1,))
        at = datetime(2024, 12, 1, tzinfo=timezone.utc)
        deliver(cursor, at, batch(0))
        before, spent, log = sizes(cursor), [], wal(cursor)
        n = 1
        while n * BATCH < options.facts:
            began = time.perf_counter()
            deliver(cursor, at + timedelta(minutes=n), batch(n))
            spent.append(time.perf_counter() - began)
            n += 1
        after, log = sizes(cursor), wal(cursor) - log
        figures, runs = (n - 1) * BATCH, n - 1
        print(f"bytes for a new figure      {(after['figure'] - before['figure']) / figures:8.0f} on disk with its indexes, {log / figures:6.0f} of WAL")
        print(f"bytes for a run             {(after['run'] - before['run']) / runs:8.0f} on disk, and {(after['request'] - before['request']) / runs:.0f} for each of its requests")
        tenth = max(len(spent) // 10, 1)
        print(f"a delivery of {BATCH} figures: the last tenth took {statistics.median(spent[-tenth:]) / statistics.median(spent[:tenth]):.2f} times as long as the first, with 10 times the facts in the tables")

        log, again = wal(cursor), []
        for k in range(n):
            began = time.perf_counter()
            deliver(cursor, at + timedelta(minutes=n + k), batch(k))
            again.append(time.perf_counter() - began)
        print(f"bytes for a figure repeated {0:8.0f} on disk, {(wal(cursor) - log) / (n * BATCH):6.2f} of WAL; {statistics.median(again) / statistics.median(spent):.2f} of the time of a new one")
        before, log = sizes(cursor), wal(cursor)
        for k in range(n):
            deliver(cursor, at + timedelta(minutes=2 * n + k), batch(k, restated=1))
        after = sizes(cursor)
        print(f"bytes for a figure restated {(after['figure'] - before['figure']) / (n * BATCH):8.0f} on disk, {(wal(cursor) - log) / (n * BATCH):6.0f} of WAL")
        conn.close()
    bodies = [p.read_bytes() for p in (HERE.parent / "payloads").rglob("*") if p.is_file() and p.suffix in (".json", ".xml", ".csv", ".html", ".ndjson")]
    print(f"a reply that is kept takes  {sum(len(zlib.compress(b)) for b in bodies) / sum(map(len, bodies)):8.2f} of its length ({len(bodies)} recorded bodies)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""ingest-new, ingest-slow, unchanged-body, unchanged-values: from HTTP to committed facts, beside scripts and the bare limits of the database."""

import json
import subprocess
import time
from datetime import date
from pathlib import Path

from bench_lib import BUILD, HERE, Daemon, in_turn, program_seconds, wait_until

KEYS = "abcd"


class Ingest:
    """One database and one folder of endpoints for all sides; the tables are emptied before each cell, so that all find the same."""

    def __init__(self, shop, delay_ms=0, size=None, beside=None, database="bench", **settings):
        """size: endpoints and records of each, where they are not those of ingest-new. beside: another one whose server, folder and port are used, with another database."""
        self.shop = shop
        self.endpoints, self.records = size or (10, 100) if shop.quick else (100, 1000)
        self.values = self.endpoints * self.records * 4
        self.pg = beside.pg if beside else shop.postgres(**settings)
        self.database = database
        self.pg.create(self.database)
        self.conn = self.pg.connect(self.database)
        self.cursor = self.conn.cursor()
        self.www = shop.room / "www"
        self.www.mkdir(exist_ok=True)
        self.nth = 0
        self.port = beside.port if beside else shop.slow(self.www, delay_ms).port if delay_ms else shop.nginx(self.www)
        self.base = f"http://127.0.0.1:{self.port}"
        self.daemon = Daemon(shop, self.pg.conninfo(self.database), self.database)
        self.daemon.units(self.records)
        for n in range(self.endpoints):
            self.daemon.connector(f"e{n}", self.port, f"/e{n}.json", [(f"e{n}.{k}", k) for k in KEYS], parallel=256 if delay_ms else 16)
        self.cursor.execute("insert into registry.metric (name) select format('e%%s.%%s', n, k) from generate_series(0, %s) n, unnest(%s) k on conflict do nothing", (self.endpoints - 1, list(KEYS)))
        self.bodies()
        self.daemon.start()
        wait_until(lambda: self.count("registry.unit where code ~ '^u[0-9]+$'") == self.records)
        self.runs(self.endpoints)       # the first poll of each, of its own accord
        wait_until(lambda: self.idle(), 60)

    def count(self, what):
        self.cursor.execute("select count(*) from " + what)
        return self.cursor.fetchone()[0]

    def idle(self):
        return self.count("fact.latest") == self.values

    def runs(self, n):
        self.so_far = self.so_far + n if hasattr(self, "so_far") else n
        wait_until(lambda: self.count("ingest.run where ended_at is not null") >= self.so_far, 300, 0.002)

    def bodies(self, stamp=0, changed=None):
        """Bodies of another month; with changed: the same month, only these records in a thousand differ, and the time at which the body was made."""
        if changed is None:
            self.nth += 1
        self.month = date(2000 + self.nth // 12 % 40, self.nth % 12 + 1, 1).isoformat()
        for e in range(self.endpoints):
            rows = [{"u": f"u{u}", "ten": f"Ủy ban nhân dân xã số {u}", "p": self.month,
                     **{k: (u * 7919 + e * 31 + i * 1009 + self.nth * 13) % 100000 + 1 + (stamp if changed and u % (1000 // changed) == 0 else 0) for i, k in enumerate(KEYS)}}
                    for u in range(self.records)]
            # In place of a file that is being read there is always a whole one.
            new = self.www / "new"
            new.write_text(json.dumps({"made": stamp, "rows": rows}, ensure_ascii=False), encoding="utf-8")
            new.rename(self.www / f"e{e}.json")
        return self.month

    def clear(self):
        self.cursor.execute("truncate fact.observation, fact.latest")
        self.cursor.execute("select ingest.make_fact_year(%s)", (int(self.month[:4]),))
        self.cursor.execute("analyze fact.latest")

    def empty(self):
        self.clear()
        self.cursor.execute("checkpoint")

    def wal(self):
        self.cursor.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(self.cursor.fetchone()[0])

    def product(self):
        """(values a second, CPU seconds of the client, bytes of WAL) of one poll of all endpoints."""
        cpu, wal, began = self.daemon.cpu(), self.wal(), time.perf_counter()
        self.daemon.run_now(*(f"e{n}" for n in range(self.endpoints)))
        self.runs(self.endpoints)
        took = time.perf_counter() - began
        return self.values / took, self.daemon.cpu() - cpu, self.wal() - wal

    def python(self, threads):
        took, cpu, _ = program_seconds("/usr/bin/python3", HERE / "peers/script.py", self.base, self.pg.conninfo("bench"), self.endpoints, threads)
        return self.values / took, cpu, 0

    def node(self):
        took, cpu, _ = program_seconds("node", peer_folder() / "script.mjs", self.base, self.pg.room, "bench", self.endpoints)
        return self.values / took, cpu, 0

    def limit(self, way, batch, connections):
        took, = program_seconds(BUILD / "tests/bench/bench_merge", self.pg.conninfo("bench"), way, self.endpoints, self.records, batch, connections, self.month, self.nth)
        return self.values / took, 0, 0

    def check(self, side):
        found = self.count("fact.observation")
        assert found == self.values, f"{side} left {found} facts of {self.values}"


def peer_folder():
    """Where the Node peer and its two packages were installed by run.sh."""
    folder = BUILD / "peers"
    if not (folder / "node_modules/pg").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", "script.mjs"):
            (folder / name).write_bytes((HERE / "peers" / name).read_bytes())
        subprocess.run(["npm", "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    (folder / "script.mjs").write_bytes((HERE / "peers/script.mjs").read_bytes())
    return folder


def connections():
    """How many connections the program writes on."""
    reference = (Path(HERE).parent.parent / "docs/reference/main.md").read_text(encoding="utf-8")
    return 2 if "database.writers" in reference or "database.connections" in reference else 1


def ingest_new(shop, figures):
    side = Ingest(shop)
    lanes = connections()
    sides = {"thiduad": side.product, "merge 4,000": lambda: side.limit("merge", 4000, lanes), "merge 40,000": lambda: side.limit("merge", 40000, lanes),
             "copy": lambda: side.limit("copy", 40000, lanes), "python": lambda: side.python(1), "python 16": lambda: side.python(16), "node": side.node}
    rates, cpus = {name: [] for name in sides}, {name: [] for name in sides}
    for _, name in in_turn(figures.rounds, list(sides)):
        side.bodies()
        side.empty()
        rate, cpu, _ = sides[name]()
        side.check(name)
        rates[name].append(rate)
        cpus[name].append(cpu / side.values * 1e6)
    for name in sides:
        figures.add(f"ingest-new: {name}", rates[name], "values/s")
    for name in ("thiduad", "python", "node"):
        figures.add(f"ingest-new: CPU of {name} a value", cpus[name], "us")
    ours = rates["thiduad"]
    for batch in ("4,000", "40,000"):
        figures.ratio(f"ingest-new: of the merge limit, {batch} a transaction", ours, rates[f"merge {batch}"], f"merge {batch}", 0.9)
    figures.ratio("ingest-new: of bare binary COPY (moonshot 0.7)", ours, rates["copy"], "copy", 0.7)
    figures.ratio("ingest-new: python, one after the other", ours, rates["python"], "python", 4)
    figures.ratio("ingest-new: python, 16 threads", ours, rates["python 16"], "python 16", 2)
    figures.ratio("ingest-new: node, 16 at a time", ours, rates["node"], "node", 1.5)
    figures.ratio("ingest-new: client CPU a value against python", cpus["thiduad"], cpus["python"], "python", 0.125, at_least=False)


def ingest_slow(shop, figures):
    side = Ingest(shop, delay_ms=20 if shop.quick else 200)
    sides = {"thiduad": side.product, "python": lambda: side.python(1), "python 16": lambda: side.python(16), "node": side.node}
    rates = {name: [] for name in sides}
    for _, name in in_turn(figures.rounds, list(sides)):
        side.bodies()
        side.empty()
        rates[name].append(sides[name]()[0])
        side.check(name)
    for name in sides:
        figures.add(f"ingest-slow: {name}", rates[name], "values/s")
    figures.ratio("ingest-slow: python, one after the other", rates["thiduad"], rates["python"], "python", 20)
    figures.ratio("ingest-slow: python, 16 threads", rates["thiduad"], rates["python 16"], "python 16", 2)
    figures.ratio("ingest-slow: node, 16 at a time", rates["thiduad"], rates["node"], "node", 2)


def unchanged(shop, figures, changed):
    """New figures, then the same endpoints again: with the same bodies, or with another stamp and 1 % of the records restated."""
    name, goal = ("unchanged-values", 3) if changed else ("unchanged-body", 40)
    side = Ingest(shop)
    new, again, wal = [], [], []
    for n in range(figures.rounds):
        side.bodies()
        side.empty()
        new.append(side.product()[0])
        side.check(name)
        side.cursor.execute("checkpoint")
        if changed:
            side.bodies(stamp=n + 1, changed=10)
        rate, _, log = side.product()
        again.append(rate)
        wal.append(log / side.values)
    figures.add(f"{name}: new", new, "values/s")
    figures.add(f"{name}: again", again, "values/s")
    figures.ratio(f"{name}: again against new", again, new, "ingest-new", goal)
    if changed:
        figures.add(f"{name}: WAL a value", wal, "B")
    else:
        figures.bound(f"{name}: WAL a value", wal, "B", 1)


BENCHMARKS = {
    "ingest-new": ingest_new,
    "ingest-slow": ingest_slow,
    "unchanged-body": lambda shop, figures: unchanged(shop, figures, False),
    "unchanged-values": lambda shop, figures: unchanged(shop, figures, True),
}

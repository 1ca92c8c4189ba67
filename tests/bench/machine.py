"""flat, many, idle, start, fresh, growth, recompute, scale-out, collectd: what the program costs the machine it runs on, and how soon what came is there."""

import json
import os
import re
import shutil
import subprocess
import time
from datetime import date, timedelta

from bench_lib import BUILD, HERE, TUNING, Daemon, Filler, cpu_of_all, in_turn, percentile, program_seconds, wait_until
from ingest import Ingest


class Stage:
    """A database, a folder of small bodies with one figure each, and a source that takes its time over them."""

    def __init__(self, shop, delay_ms=0):
        self.shop = shop
        self.pg = shop.postgres()
        self.pg.create("bench")
        self.conn = self.pg.connect("bench")
        self.www = shop.room / "www"
        self.www.mkdir()
        self.source = shop.slow(self.www, delay_ms)
        self.body("small.json", 1)

    def body(self, name, value):
        new = self.www / "new"
        new.write_text(json.dumps({"rows": [{"u": "u0", "p": "2024-01-01", "a": value, "b": 5000, "t": "x" * 20}]}))
        new.rename(self.www / name)

    def one(self, sql, *values):
        with self.conn.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()[0]

    def all(self, sql, *values):
        with self.conn.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def runs(self):
        return self.one("select count(*) from ingest.run where ended_at is not null")

    def late(self, since, pattern="%"):
        """Milliseconds from a slot to the start of its run, of the runs whose slot is after a moment."""
        return [float(r[0]) for r in self.all("select extract(epoch from started_at - slot_at) * 1000 from ingest.run where slot_at > %s and connector like %s", since, pattern)]

    def clock(self):
        return self.one("select clock_timestamp()")


def watch(seconds):
    """A window of measurement, not a wait for something to happen."""
    time.sleep(seconds)


def flat(shop, figures):
    stage = Stage(shop)
    size = 20 << 20 if shop.quick else 1 << 30
    daemon = Daemon(shop, stage.pg.conninfo("bench"))
    daemon.units(1000)
    for n in range(20):
        daemon.connector(f"other{n}", stage.source.port, "/small.json", [(f"other.m{n}", "a")], every="1 s")
    kinds = {"json": ".[]", "ndjson": ".", "csv": None, "xml": "/l/r"}
    big = shop.slow(stage.www, 0, "big.log")
    daemon.start()
    wait_until(lambda: stage.runs() >= 40, 60)
    for kind, records in kinds.items():
        daemon.connector(f"big-{kind}", big.port, f"/big/{kind}/{size}", [(f"big.{kind}", "a")], kind=kind, records=records, fields=["u", "p", "a"], period="day", every="7 days")
        daemon.forget_peak()
        idle, since, began = daemon.memory(), stage.clock(), time.perf_counter()
        # A connector that is new is polled at once.
        status, text = daemon.ask("POST", "/reload")
        assert status == 200, text
        wait_until(lambda: stage.one("select count(*) from ingest.run where connector = %s and ended_at is not null", f"big-{kind}") == 1, 600, 0.1)
        took, peak = time.perf_counter() - began, daemon.memory("VmHWM")
        state, samples = stage.all("select state, samples from ingest.run where connector = %s", f"big-{kind}")[0]
        assert state == "ok" and samples >= size // 1100, (kind, state, samples, daemon.log.read_text()[-2000:])
        figures.bound(f"flat: {kind}, peak RSS above idle", peak - idle, "MiB", 16)
        figures.add(f"flat: {kind}, from HTTP to committed facts", size / 1e6 / took, "MB/s")
        figures.bound(f"flat: {kind}, other polls late (99th percentile)", percentile(stage.late(since, "other%") or [0], 99), "ms", 100)


def many(shop, figures):
    stage = Stage(shop, delay_ms=50)
    n, every, window = (100, "2 s", 6) if shop.quick else (10000, "1 min", 60)
    daemon = Daemon(shop, stage.pg.conninfo("bench"))
    daemon.units(1)
    for k in range(n):
        daemon.connector(f"k{k}", stage.source.port, "/small.json", [(f"k.m{k}", "a")], every=every, spread="auto")
    daemon.start()
    wait_until(lambda: stage.runs() >= n, 180, 0.5)
    since, cpu, began = stage.clock(), daemon.cpu(), time.perf_counter()
    watch(window)
    used = (daemon.cpu() - cpu) / (time.perf_counter() - began)
    figures.bound(f"many: {n} connectors, of one core", used * 100, "%", 10)
    figures.bound("many: RSS", daemon.memory(), "MiB", 96)
    late = stage.late(since)
    assert len(late) > 0.8 * n * window / (2 if shop.quick else 60), len(late)
    figures.bound("many: start of a poll late (99th percentile)", percentile(late, 99), "ms", 500)


def idle(shop, figures):
    stage = Stage(shop)
    daemon = Daemon(shop, stage.pg.conninfo("bench"))
    daemon.units(1)
    for k in range(100):
        daemon.connector(f"k{k}", stage.source.port, "/small.json", [(f"k.m{k}", "a")], every="1 h")
    daemon.start()
    wait_until(lambda: stage.runs() >= 100 or daemon.process.poll() is not None, 60)
    watch(2)
    cpu, began = daemon.cpu(), time.perf_counter()
    watch(2 if shop.quick else 30)
    figures.bound("idle: RSS", daemon.memory(), "MiB", 16)
    figures.bound("idle: of one core", (daemon.cpu() - cpu) / (time.perf_counter() - began) * 100, "%", 0.1)


def start(shop, figures):
    stage = Stage(shop)
    daemon = Daemon(shop, stage.pg.conninfo("bench"))
    daemon.units(1)
    n = 50 if shop.quick else 1000
    for k in range(n):
        daemon.connector(f"k{k}", stage.source.port, "/small.json", [(f"k.m{k}", "a")], every="1 h")
    daemon.start()
    wait_until(lambda: stage.runs() >= n, 120)
    daemon.stop()
    ready, parse = [], []
    for _, side in in_turn(figures.rounds, ["thiduad", "libyaml"]):
        if side == "libyaml":
            parse += program_seconds(BUILD / "tests/bench/bench_parse", daemon.room / "connectors.d")
        else:
            ready.append(daemon.start())
            daemon.stop()
    figures.add(f"start: READY with {n} connector files", ready, "s")
    figures.add("start: libyaml alone", parse, "s")
    figures.ratio("start: READY against libyaml alone", ready, parse, "libyaml", 3, at_least=False)
    daemon.start()
    changed = daemon.room / "connectors.d/k7.yaml"
    changed.write_text(changed.read_text().replace("title: Source", "title: Changed source"))
    began = time.perf_counter()
    status, text = daemon.ask("POST", "/reload")
    figures.add("start: reload of one changed file", time.perf_counter() - began, "s")
    words = text.decode()
    touched = re.search(r"(\d+) of \d+ connectors changed", words)
    assert status == 200, words
    figures.add("start: connectors that the reload touched", int(touched.group(1)) if touched else -1, "connectors", None, "= 1", bool(touched and touched.group(1) == "1"))


def fresh(shop, figures):
    stage = Stage(shop)
    daemon = Daemon(shop, stage.pg.conninfo("bench"), main="recompute: {after: 200 ms}")
    daemon.units(1)
    campaign = {"campaign": "do", "title": "Đo", "legal_basis": "đo", "from": "2024-01-01", "to": "2030-12-31", "province": "u0", "measure": {"from": "2024-01-01", "to": "2030-12-31"},
                "levels": [{"level": "X", "kind": "ubnd_xa", "title": "Xã"}],
                "criteria": [{"id": "T1", "title": "Tiêu chí 1", "kind": "ratio", "numerator": ["f.a"], "denominator": ["f.b"], "period": "month", "accumulate": "sum", "province": "none", "levels": ["X"], "due_after": "10 days",
                              "targets": [{"level": "X", "value": "90"}], "legal_basis": "đo"}]}
    (daemon.room / "campaigns.d/do.yaml").write_text(json.dumps(campaign, ensure_ascii=False), encoding="utf-8")
    daemon.connector("f", stage.source.port, "/small.json", [("f.a", "a"), ("f.b", "b")], every="1 h")
    daemon.start()
    figure = "select value from api_v1.figures where metric = 'f.a' and unit = 'u0' and is_newest"
    verdict = "select numerator from api_v1.compliance where campaign = 'do' and unit = 'u0' and criterion = 'T1'"
    wait_until(lambda: stage.all(figure) and stage.all(verdict), 60)
    facts, verdicts = [], []
    for n in range(2 * figures.rounds if shop.quick else 20 * figures.rounds):
        stage.body("small.json", 1000 + n)
        daemon.run_now("f")
        wait_until(lambda: stage.all(figure)[0][0] == 1000 + n, 10, 0.002)
        seen = time.time()
        sent = float(stage.source.log.read_text().splitlines()[-1].split()[2])
        facts.append((seen - sent) * 1000)
        if n % 4 == 0:
            wait_until(lambda: stage.all(verdict)[0][0] == 1000 + n, 20, 0.005)
            verdicts.append((time.time() - sent) * 1000)
    figures.add("fresh: a row in api_v1, median", facts, "ms")
    figures.bound("fresh: a row in api_v1 (99th percentile)", percentile(facts, 99), "ms", 250)
    figures.add("fresh: changed compliance, median (recompute: after 200 ms)", verdicts, "ms")
    figures.bound("fresh: changed compliance (99th percentile)", percentile(verdicts, 99), "ms", 2000)


def load_months(side, months, before):
    """Figures of the same units and metrics for so many months before a day, as months of deliveries would have left them: by month, then by metric and unit."""
    filler = Filler(side.pg, side.database)
    first = before.year * 12 + before.month - 1 - months
    for year in range(first // 12, before.year + 1):
        begin, end = max(first - year * 12, 0) + 1, min(before.year * 12 + before.month - 1 - year * 12, 12)
        rows = f"""select timestamptz '2020-01-01 00:00+00' as known_at, m.metric_id, u.unit_id, make_date({year}, k, 1) as period_from,
                    (make_date({year}, k, 1) + interval '1 month')::date - 1 as period_to, 11 as period_type, (u.unit_id * 7919 + m.metric_id) % 100000 as value
                from generate_series({begin}, {end}) k
                cross join (select * from registry.metric where name ~ '^e[0-9]+[.]' order by metric_id) m
                cross join (select * from registry.unit where code ~ '^u' order by unit_id) u"""
        side.cursor.execute(f"drop table if exists fact.observation_y{year}, fact.latest_y{year}")
        filler.year(year, {"fact.latest": rows, "fact.observation": rows})
        # What autovacuum would do of its own accord, some time in the next minutes.
        for table in ("observation", "latest"):
            side.cursor.execute(f"vacuum (analyze) fact.{table}_y{year}")
    filler.close()


def growth(shop, figures):
    """ingest-new where the same units and metrics have stated nothing yet, or every month before: each new figure goes between others. A database for each, in turn."""
    most = shop.facts or (20_000 if shop.quick else 100_000_000)
    steps = [0, most] if shop.quick else [0, most // 10, most]
    need, free = sum(steps) * 320 + (4 << 30), shutil.disk_usage(shop.room).free
    if free < need:
        raise RuntimeError(f"not enough disk: {sum(steps):,} facts in both tables, their keys and the log need some {need >> 30} GiB, {free >> 30} are free under {shop.room}")
    settings = {} if shop.quick else dict(TUNING, wal_level="minimal", max_wal_senders="0")
    sides = {}
    for step in steps:
        sides[step] = side = Ingest(shop, beside=sides.get(0), database=f"bench{step}", **settings)
        side.empty()
        # The new ones begin with July, so that the partition and its keys hold half a year of each.
        side.nth = 26 * 12 + 5
        load_months(side, step // side.values, date(2026, 7, 1))
    # What was written while loading is on disk now and stays out of the rounds.
    os.sync()
    sides[0].cursor.execute("checkpoint")
    there = {step: step // sides[0].values * sides[0].values for step in steps}
    rates, cpus = {step: [] for step in steps}, {step: [] for step in steps}
    for _, step in in_turn(figures.rounds, steps):
        side = sides[step]
        side.bodies()
        if not step:
            # No checkpoint: after one each page that a figure goes into is logged whole once, and here all rounds share one, as hours of deliveries do.
            side.clear()
        before = cpu_of_all(side.pg.pid())
        rate, client, _ = side.product()
        rates[step].append(rate)
        cpus[step].append((cpu_of_all(side.pg.pid()) - before + client) / side.values * 1e6)
    # Counted at the end, since counting would bring all of them into memory.
    for step, side in sides.items():
        found, expected = side.count("fact.latest"), there[step] + side.values * (figures.rounds if step else 1)
        assert found == expected and side.count("fact.observation") == expected, f"{found} facts where {expected} should be"
    for step in steps:
        figures.add(f"growth: ingest-new with {there[step]:,} facts", rates[step], "values/s")
        figures.add(f"growth: CPU of all a value with {there[step]:,} facts", cpus[step], "us")
    for step in steps[1:]:
        last = step == steps[-1]
        # Of each page of the keys that it goes into the first one pays the reading, the splitting and the whole page in the log; it is one of the rounds, and told apart.
        figures.add(f"growth: the first of them after a checkpoint with {there[step]:,} facts", rates[step][0], "values/s")
        figures.ratio(f"growth: slower with {there[step]:,} facts than with none", rates[0], rates[step], "0 facts", 1.3 if last else None, at_least=False)
        figures.ratio(f"growth: CPU with {there[step]:,} facts of that with none", cpus[step], cpus[0], "0 facts", at_least=False)


def recompute(shop, figures):
    size = ("--units", 200, "--criteria", 4, "--period", "month") if shop.quick else ()
    measuring = shop.program("/usr/bin/python3", HERE / "comply_scale.py", *size, stdout=subprocess.PIPE, text=True)
    said, _ = measuring.communicate(timeout=3600)
    found = re.findall(r"^(.+?)\s+([0-9.]+) s(?:\s+CPU of the server\s+[0-9.]+ s)?(?:\s+goal ([0-9.]+) s)?", said, re.M)
    assert found and measuring.returncode == 0, said
    for what, seconds, goal in found:
        if goal:
            figures.bound(f"recompute: {what}", float(seconds), "s", float(goal))
        else:
            figures.add(f"recompute: {what}", float(seconds), "s")


def held(stage):
    """How many connectors each live instance holds, by PostgreSQL's locks."""
    return [r[0] for r in stage.all("""select count(k.objid) from ingest.instance i
            join pg_locks a on a.locktype = 'advisory' and a.classid = 1670001 and a.objid = i.instance_id::oid
            left join pg_locks k on k.locktype = 'advisory' and k.classid = 1670002 and k.pid = a.pid group by i.instance_id""")]


def is_even(stage, instances, hosts):
    counts = held(stage)
    return len(counts) == instances and sum(counts) == hosts and max(counts) - min(counts) <= (1 if hosts % instances else 0)


def scale_out(shop, figures):
    for instances in (1, 2, 3, 4):
        with type(shop)(shop.quick) as own:
            stage = Stage(own, delay_ms=50 if shop.quick else 200)
            hosts = 12 if shop.quick else 40
            crew = []
            for i in range(instances):
                daemon = Daemon(own, stage.pg.conninfo("bench"), f"i{i}", main="shared: yes")
                daemon.units(1)
                for h in range(hosts):
                    daemon.connector(f"h{h}", stage.source.port, f"/h{h}.json", [(f"h.m{h}", "a")], every="1 s")
                    path = daemon.room / f"connectors.d/h{h}.yaml"
                    # Each has a host of its own: hosts are what is shared.
                    path.write_text(path.read_text().replace("127.0.0.1", f"127.0.1.{h + 1}").replace("rate: 0", "rate: 60"))
                crew.append(daemon)
            for h in range(hosts):
                stage.body(f"h{h}.json", h)
            for daemon in crew:
                daemon.start()
            wait_until(lambda: stage.one("select count(distinct connector) from ingest.run where ended_at is not null") == hosts, 60)
            began = time.perf_counter()
            wait_until(lambda: is_even(stage, instances, hosts), 30)
            if instances > 1:
                figures.bound(f"scale-out: {instances} instances, shares are even after", time.perf_counter() - began, "s", 10)
            # Slots lie on whole seconds. The first second after hands have changed is left out.
            since = stage.one("select date_trunc('second', clock_timestamp()) + interval '1.5 s'")
            until = since + timedelta(seconds=5 if shop.quick else 20)
            wait_until(lambda: stage.one("select count(distinct connector) from ingest.run where slot_at > %s and ended_at is not null", until) == hosts, 60, 0.1)
            shares = [r[1] for r in stage.all("select instance, count(*) from ingest.run where slot_at > %s and slot_at < %s group by instance", since, until)]
            twice = stage.one("select count(*) from (select from ingest.run group by connector, slot_at having count(*) > 1) x")
            times = {}
            for line in stage.source.log.read_text().splitlines():
                name, arrived, _ = line.split()
                times.setdefault(name, []).append(float(arrived))
            asked = sum(sum(since.timestamp() < t < until.timestamp() for t in ts) for ts in times.values())
            figures.add(f"scale-out: {instances} instances, polls in the window", asked, "polls")
            even = (max(shares) - min(shares)) / (sum(shares) / instances) * 100 if len(shares) == instances else 100
            if instances > 1:
                figures.bound(f"scale-out: {instances} instances, shares differ by", even, "%", 20)
            figures.bound(f"scale-out: {instances} instances, slots polled twice", twice, "slots", 0)
            most = max(sum(1 for t in ts if a <= t < a + 10) for ts in times.values() for a in ts)
            figures.bound(f"scale-out: {instances} instances, most requests to a host in 10 s (60 a minute, 1 ahead)", most, "requests", 11)


def collectd(shop, figures):
    """collectd asks the same endpoints every second and stores as fast as it can; it names a record by its place in the list, and keeps no period, so a function that it calls adds those."""
    side = Ingest(shop)
    side.bodies()
    side.empty()
    ours = [side.product()[0]]
    for _ in range(figures.rounds - 1):
        side.bodies()
        side.empty()
        ours.append(side.product()[0])
    side.empty()
    side.cursor.execute("""create function public.store_collectd(p_at timestamptz, p_endpoint text, p_name text, p_value double precision) returns void language sql as $$
            insert into fact.observation (known_at, run_id, metric_id, unit_id, period_from, period_to, period_type, value)
            select p_at, 1, m.metric_id, u.unit_id, p_at::date, p_at::date, 1, p_value::numeric
            from registry.metric m, registry.unit u
            where m.name = p_endpoint || '.' || split_part(p_name, '-', 4) and u.code = 'u' || split_part(p_name, '-', 3) on conflict do nothing $$""")
    side.cursor.execute("select ingest.make_fact_year(%s)", (date.today().year,))
    room = shop.room / "collectd"
    room.mkdir()
    urls = "\n".join(f"""<URL "{side.base}/e{n}.json">
        Instance "e{n}"
        """ + "\n".join(f'<Key "rows/*/{k}">\n Type "gauge"\n </Key>' for k in "abcd") + "\n</URL>" for n in range(side.endpoints))
    (room / "collectd.conf").write_text(f"""Interval 1
BaseDir "{room}"
PIDFile "{room}/pid"
PluginDir "/usr/lib/collectd"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin logfile
<Plugin logfile>
  File "{room}/log"
  LogLevel "warning"
</Plugin>
LoadPlugin curl_json
LoadPlugin postgresql
<Plugin curl_json>
{urls}
</Plugin>
<Plugin postgresql>
  <Writer store>
    Statement "select public.store_collectd($1::timestamptz, $4, 'x-' || $6, ($9::double precision[])[1]), $2::text, $3::text, $5::text, $7::text, $8::text"
    StoreRates false
  </Writer>
  <Database bench>
    Host "{side.pg.room}"
    User "dba"
    Writer store
    CommitInterval 1
  </Database>
</Plugin>
""")
    log = open(room / "out", "w")
    shop.program("/usr/sbin/collectd", "-f", "-C", room / "collectd.conf", stdout=log, stderr=log)
    try:
        wait_until(lambda: side.count("fact.observation") > 0, 20, 0.1)
    except TimeoutError as e:
        raise RuntimeError("collectd stored nothing: " + ((room / "log").read_text() if (room / "log").exists() else "") + (room / "out").read_text()) from e
    before, began = side.count("fact.observation"), time.perf_counter()
    watch(3 if shop.quick else 20)
    theirs = (side.count("fact.observation") - before) / (time.perf_counter() - began)
    figures.add("collectd: thiduad", ours, "values/s")
    figures.add("collectd: collectd, stored", theirs, "values/s")
    figures.ratio("collectd: against collectd", ours, [theirs], "collectd", 30)


BENCHMARKS = {"flat": flat, "many": many, "idle": idle, "start": start, "fresh": fresh, "growth": growth, "recompute": recompute, "scale-out": scale_out, "collectd": collectd}

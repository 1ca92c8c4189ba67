"""zabbix: the same endpoints polled by Zabbix, the strongest of the peers. It stores (time of the poll, item, value) in its own tables: no period, no unit, no evidence."""

import gzip
import os
import random
import signal
import subprocess
import time

from bench_lib import HERE, can_connect, children, cpu_of_all, wait_until
from ingest import Ingest

SHARE = "/usr/share/zabbix-server-pgsql"


def pss(pid):
    """MiB of a process and its children, shared pages divided among those that share them."""
    total = 0
    for each in children(pid):
        with open(f"/proc/{each}/smaps_rollup", encoding="ascii") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return total / 1024


def low_port():
    """A free port of those that Zabbix takes: below 32768."""
    return next(p for p in iter(lambda: random.randrange(20000, 32767), None) if not can_connect(p))


class Server:
    """A Zabbix server with its own database beside the product's, as the user that PostgreSQL runs as."""

    def __init__(self, side, delay):
        self.side, self.pg = side, side.pg
        self.room = side.shop.room / "zabbix"
        self.room.mkdir()
        self.room.chmod(0o777)
        with side.conn.cursor() as cursor:
            cursor.execute("create database zabbix")
        self.conn = self.pg.connect("zabbix")
        with self.conn.cursor() as cursor:
            for name in ("schema", "images", "data"):
                with gzip.open(f"{SHARE}/{name}.sql.gz", "rt", encoding="utf-8") as f:
                    cursor.execute(f.read())
            cursor.execute((HERE / "peers/zabbix.sql").read_text(encoding="utf-8"), {"delay": delay, "base": side.base, "endpoints": side.endpoints, "records": side.records})
            cursor.execute("analyze")
        self.log = self.room / "zabbix.log"
        (self.room / "zabbix.conf").write_text("\n".join(f"{k}={v}" for k, v in {
            "LogFile": self.log, "LogFileSize": 0, "PidFile": self.room / "pid", "SocketDir": self.room, "DBHost": self.pg.room, "DBName": "zabbix", "DBUser": "dba",
            "ListenIP": "127.0.0.1", "ListenPort": low_port(), "StartPingers": 0, "StartDiscoverers": 0, "CacheSize": "512M", "HistoryCacheSize": "256M",
            "HistoryIndexCacheSize": "128M", "TrendCacheSize": "64M", "Timeout": 4, "AllowUnsupportedDBVersions": 1}.items()) + "\n")
        self.process = side.shop.program(*self.pg.prefix, "/usr/sbin/zabbix_server", "-f", "-c", self.room / "zabbix.conf", cwd="/", stdout=open(self.room / "out", "w", encoding="utf-8"), stderr=subprocess.STDOUT)
        side.shop.ends.append(self.end)

    def end(self):
        """Its main process writes out what is cached first; where that takes too long for it to end in peace, its children would stay behind."""
        if self.process.poll() is not None:
            return
        all_of_it = children(self.process.pid)
        self.process.end()
        for pid in all_of_it[1:]:
            try:
                with open(f"/proc/{pid}/comm", encoding="ascii") as f:
                    if f.read().strip() == "zabbix_server":
                        os.kill(pid, signal.SIGKILL)
            except OSError:     # gone
                pass

    def stored(self):
        with self.conn.cursor() as cursor:
            cursor.execute("select count(*) from history_uint")
            return cursor.fetchone()[0]

    def wait(self, values):
        try:
            wait_until(lambda: self.process.poll() is not None or self.stored() >= values, 240, 1)
            if self.process.poll() is None:
                return
        except TimeoutError:
            pass
        raise RuntimeError("Zabbix stores nothing: " + "\n".join(p.read_text(errors="replace")[-20000:] for p in (self.room / "out", self.log) if p.exists()))


def zabbix(shop, figures):
    side = Ingest(shop, size=(10, 100) if shop.quick else (100, 100))
    ours = {"rate": [], "client": [], "server": []}
    for _ in range(figures.rounds):
        side.bodies()
        side.empty()
        before = cpu_of_all(side.pg.pid())
        rate, client, _ = side.product()
        side.check("thiduad")
        ours["rate"].append(rate)
        ours["client"].append(client / side.values * 1e6)
        ours["server"].append((cpu_of_all(side.pg.pid()) - before) / side.values * 1e6)
    memory = pss(side.daemon.process.pid)
    side.daemon.stop()

    peer = Server(side, "1s")
    # Until it is at its pace: its caches are filled, its processes are all there.
    peer.wait((2 if shop.quick else 5) * side.values)
    theirs = {"rate": [], "client": [], "server": []}
    for _ in range(figures.rounds):
        rows, server, client, began = peer.stored(), cpu_of_all(side.pg.pid()), cpu_of_all(peer.process.pid), time.perf_counter()
        time.sleep(5 if shop.quick else 20)     # a window of measurement
        # Counting rows is the harness's work, not the peer's: CPU time is read before.
        server, client, took = cpu_of_all(side.pg.pid()) - server, cpu_of_all(peer.process.pid) - client, time.perf_counter() - began
        new = peer.stored() - rows
        theirs["rate"].append(new / took)
        theirs["client"].append(client / new * 1e6)
        theirs["server"].append(server / new * 1e6)
    their_memory = pss(peer.process.pid)
    peer.end()

    figures.add("zabbix: thiduad", ours["rate"], "values/s")
    figures.add(f"zabbix: Zabbix, stored of {side.values:,} values/s offered", theirs["rate"], "values/s")
    for name, sides in (("thiduad", ours), ("Zabbix", theirs)):
        figures.add(f"zabbix: CPU of {name} a value", sides["client"], "us")
        figures.add(f"zabbix: CPU of PostgreSQL a value of {name}", sides["server"], "us")
    figures.ratio("zabbix: values/s against Zabbix", ours["rate"], theirs["rate"], "zabbix")
    figures.ratio("zabbix: client CPU a value against Zabbix", ours["client"], theirs["client"], "zabbix")
    figures.ratio("zabbix: all CPU a stored value against Zabbix", [a + b for a, b in zip(ours["client"], ours["server"])],
                  [a + b for a, b in zip(theirs["client"], theirs["server"])], "zabbix", 0.8, at_least=False)
    figures.add("zabbix: memory of thiduad (PSS)", memory, "MiB")
    figures.add("zabbix: memory of Zabbix (sum of PSS)", their_memory, "MiB")
    figures.ratio("zabbix: memory against Zabbix", [memory], [their_memory], "zabbix")


BENCHMARKS = {"zabbix": zabbix}

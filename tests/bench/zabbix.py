"""zabbix: the same endpoints polled by Zabbix, the strongest of the peers. It stores (time of the poll, item, value) in its own tables: no period, no unit, no evidence."""

import glob
import gzip
import os
import random
import subprocess
import time

from bench_lib import HERE, can_connect, wait_until
from ingest import Ingest

SHARE = "/usr/share/zabbix-server-pgsql"


def children(pid):
    found = [pid]
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                words = f.read()
        except OSError:         # it has ended meanwhile
            continue
        if int(words.rsplit(")", 1)[1].split()[1]) == pid:
            found.append(int(words.split(" ", 1)[0]))
    return found


def cpu(pid):
    """Seconds of CPU time of a process and its children, those that have ended among them."""
    ticks = 0
    for each in children(pid):
        try:
            with open(f"/proc/{each}/stat", encoding="utf-8", errors="replace") as f:
                words = f.read().rsplit(")", 1)[1].split()
        except OSError:         # in the next reading it is among the ended ones
            continue
        ticks += int(words[11]) + int(words[12]) + (int(words[13]) + int(words[14]) if each == pid else 0)
    return ticks / os.sysconf("SC_CLK_TCK")


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
            "ListenIP": "127.0.0.1", "ListenPort": low_port(), "StartPingers": 0, "StartDiscoverers": 0, "CacheSize": "512M", "HistoryCacheSize": "64M",
            "HistoryIndexCacheSize": "16M", "Timeout": 4, "AllowUnsupportedDBVersions": 1}.items()) + "\n")
        self.process = side.shop.program(*self.pg.prefix, "/usr/sbin/zabbix_server", "-f", "-c", self.room / "zabbix.conf", cwd="/", stdout=open(self.room / "out", "w", encoding="utf-8"), stderr=subprocess.STDOUT)

    def stored(self):
        with self.conn.cursor() as cursor:
            cursor.execute("select count(*) from history_uint")
            return cursor.fetchone()[0]

    def wait(self, values):
        try:
            wait_until(lambda: self.process.poll() is not None or self.stored() >= values, 60, 0.2)
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
        before = cpu(side.pg.pid())
        rate, client, _ = side.product()
        side.check("thiduad")
        ours["rate"].append(rate)
        ours["client"].append(client / side.values * 1e6)
        ours["server"].append((cpu(side.pg.pid()) - before) / side.values * 1e6)
    memory = pss(side.daemon.process.pid)
    side.daemon.stop()

    peer = Server(side, "1s")
    peer.wait(2 * side.values)
    theirs = {"rate": [], "client": [], "server": []}
    for _ in range(figures.rounds):
        rows, server, client, began = peer.stored(), cpu(side.pg.pid()), cpu(peer.process.pid), time.perf_counter()
        time.sleep(5 if shop.quick else 20)     # a window of measurement
        # Counting rows is the harness's work, not the peer's: CPU time is read before.
        server, client, took = cpu(side.pg.pid()) - server, cpu(peer.process.pid) - client, time.perf_counter() - began
        new = peer.stored() - rows
        theirs["rate"].append(new / took)
        theirs["client"].append(client / new * 1e6)
        theirs["server"].append(server / new * 1e6)
    their_memory = pss(peer.process.pid)
    peer.process.end()

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

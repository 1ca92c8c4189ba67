"""The daemon, its database and its disk are maltreated while a source goes on answering; at the end every figure that the source stated is counted.

    tests/torture/run.py [--kills N] [--seed N]

The daemon is killed with SIGKILL N times, at random moments and at every crash point that the build knows; between kills the postmaster is killed, restarted,
stopped for a while (SIGSTOP), its connections are terminated, and the disks of both are filled. The source keeps count of what it said:

- days: each day's figures are stated once and for good, and asked for only until the cursor has passed them. A cursor that runs ahead of its figures loses them.
- months: twelve months that are asked for again and again and restated all the while, each time with a number never used before. A figure that is stored twice,
  or one that was never said, is seen by its number.

Then a tenth of the kills falls on the simulated province with the shipped connectors (province.py).

Ends with one line: torture: kills N, lost N, duplicated N. Exit code 0 when nothing was lost, duplicated or invented."""

import argparse
import datetime
import http.server
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import parse_qs, urlsplit

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests/system"))

from lib.postgres import Postgres, wait_until  # noqa: E402
from lib.rig import Rig, all_rows, one  # noqa: E402
from province import torture_province  # noqa: E402

UNITS = {"H43.SOYTE": "nt-so-y-te", "H43.SOTTTT": "nt-so-tttt", "H43.SONOIVU": "nt-so-noi-vu"}
FIRST_DAY = datetime.date(2024, 1, 1)

CONNECTOR = """
connector: {name}
enabled: yes
base_url: http://127.0.0.1:{port}
manners: {{rate: 0, parallel: 1, attempts: 1, backoff_min: 10 ms, backoff_max: 20 ms, breaker_failures: 0}}
streams:
  - name: so
    schedule: {{every: 1 s, spread: none}}
    retry: 1 s
    window: {{{window}}}
    request: {{path: /{name}, query: {{from: "{{{{window.from}}}}"}}}}
    format: {{kind: json, records: ".rows[]", fields: {{unit: .unit, value: .value}}}}
    mapping:
      unit: {{field: unit, system: qd20}}
      period: {{window: yes}}
      metrics: [{{metric: t.{name}, value: value, whole: yes}}]
"""


class Source:
    """Says what is so and keeps count: final[(metric, unit, first day)] is what it said last, said[...] all that it ever said."""

    def __init__(self, seed):
        self.random, self.lock = random.Random(seed), threading.Lock()
        self.final, self.said = {}, {}
        self.number, self.days_open, self.is_still = 0, 0, False
        source = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urlsplit(self.path)
                day = datetime.date.fromisoformat(parse_qs(url.query)["from"][0])
                rows = source.answer(url.path.strip("/"), day)
                body = json.dumps({"rows": rows}).encode() if rows else b""
                self.send_response(200 if rows else 503)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass    # whoever asks is killed in the middle of it

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, name, day):
        with self.lock:
            if name == "ngay" and (day - FIRST_DAY).days >= self.days_open:
                return None
            rows = []
            for code, unit in UNITS.items():
                key = ("t." + name, unit, day)
                if key not in self.final or (name == "thang" and not self.is_still and self.random.random() < 0.3):
                    self.number += 1
                    self.final[key] = self.number
                    self.said.setdefault(key, []).append(self.number)
                rows.append({"unit": code, "value": self.final[key]})
            return rows


class Disk:
    """A small disk of its own under a folder, where mounting is allowed; filled and emptied at will."""

    def __init__(self, folder, size):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.ballast = folder, os.path.join(folder, "ballast")
        self.is_there = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none", folder], check=False, stderr=subprocess.DEVNULL).returncode == 0

    def fill(self):
        if not self.is_there:
            return False
        with open(self.ballast, "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"\0" * 65536)
            except OSError:
                pass
        return True

    def empty(self):
        if os.path.exists(self.ballast):
            os.unlink(self.ballast)

    def close(self):
        if self.is_there:
            subprocess.run(["umount", "-l", self.folder], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Torture:
    def __init__(self, kills, seed):
        self.kills, self.random = kills, random.Random(seed)
        self.source = Source(seed)
        self.disks = []
        self.postgres = self.new_postgres()
        self.postgres.start()
        self.postgres.create("torture")
        self.rig = Rig(self.postgres.conninfo("torture"), self.source, names=(), main="recompute: {after: 1 s, every: 1 h}")
        with open(self.rig.config, encoding="utf-8") as f:
            text = f.read()
        spool = os.path.join(self.rig.room, "spool")
        self.spool_disk = Disk(spool, "48m")
        self.disks.append(self.spool_disk)
        with open(self.rig.config, "w", encoding="utf-8") as f:
            f.write(text.replace("  retry_max: 500 ms\n", "  retry_max: 300 ms\n  answer_within: 1 s\n  batch_rows: 20\n")
                    .replace(f"  dir: {spool}\n", f"  dir: {spool}\n  max_size: 24 MiB\n  min_free: 2 MiB\n  segment_size: 256 KiB\n"))
        for name, window in (("ngay", "each: day, from: 2024-01-01, lookback: 0"), ("thang", "each: month, from: 2024-01-01, to: 2024-12-31, lookback: 12")):
            with open(os.path.join(self.rig.room, "connectors.d", name + ".yaml"), "w", encoding="utf-8") as f:
                f.write(CONNECTOR.format(name=name, window=window, port=self.source.port))
        self.points = self.crash_points()
        self.done, self.at_points, self.faults = 0, {}, {}

    def new_postgres(self):
        """On a disk of its own, so that it can be filled."""
        folder = os.path.join(tempfile.gettempdir(), f"thidua-torture.{os.getpid()}")
        self.postgres_disk = Disk(folder, "512m")
        self.disks.append(self.postgres_disk)
        return Postgres(folder, max_wal_size="64MB")

    @staticmethod
    def crash_points():
        found = set()
        for folder, _, names in os.walk(os.path.join(TOP, "src")):
            for name in names:
                if name.endswith(".c"):
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        found.update(re.findall(r'CRASH_POINT\("([\w-]+)"\)', f.read()))
        return sorted(found)

    # ---- the daemon ----

    def start(self, point=None):
        env = {"THIDUA_CRASH": f"{point}:{self.random.randint(1, 6)}"} if point else {}
        self.rig.start(**env)

    def kill_once(self):
        """One start, a while of work, one SIGKILL: from outside, or by the crash point that was passed."""
        # Every point comes up in turn, every other kill.
        point = self.points[self.done // 2 % len(self.points)] if self.done % 2 else None
        self.start(point)
        end = time.monotonic() + (3 if point else self.random.uniform(0.05, 1.2))
        while time.monotonic() < end and self.rig.process.poll() is None:
            time.sleep(0.01)
        code = self.rig.process.poll()
        if code is None:
            self.rig.kill()
        else:
            self.rig.process = None
            if code != -signal.SIGKILL:
                raise AssertionError(f"the daemon ended by itself with {code}:\n{self.rig.words()[-3000:]}")
            self.at_points[point] = self.at_points.get(point, 0) + 1
        self.done += 1
        self.source.days_open += 1

    # ---- the rest of the world ----

    def revive(self):
        """The server runs again, whatever was done to it."""
        for _ in range(20):
            try:
                self.postgres.connect("torture").close()
                return
            except Exception:  # noqa: BLE001 - any reason is a reason to start it
                try:
                    self.postgres.kill()
                except (OSError, ValueError, TimeoutError):
                    pass
                try:
                    self.postgres.start()
                except RuntimeError:
                    time.sleep(0.1)
        raise AssertionError("PostgreSQL does not come back")

    def while_it_works(self, seconds=0.7):
        """The daemon lives through what was done, for a while."""
        self.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.rig.process.poll() is None:
            time.sleep(0.01)
        if self.rig.process.poll() is not None:
            raise AssertionError(f"the daemon ended by itself with {self.rig.process.poll()}:\n{self.rig.words()[-3000:]}")
        self.rig.kill()
        self.done += 1

    def fault(self):
        kind = self.random.choice(["kill", "restart", "freeze", "terminate", "spool disk", "database disk"])
        if kind == "kill":
            self.start()
            time.sleep(self.random.uniform(0.1, 0.6))
            self.postgres.kill()
            self.end_somehow()
        elif kind == "restart":
            self.postgres.stop("fast")
            self.while_it_works()
        elif kind == "freeze":
            self.start()
            time.sleep(self.random.uniform(0.2, 0.5))
            self.postgres.freeze()
            time.sleep(1.5)
            self.postgres.thaw()
            self.rig.kill()
            self.done += 1
        elif kind == "terminate":
            self.start()
            for _ in range(5):
                time.sleep(self.random.uniform(0.05, 0.2))
                try:
                    conn = self.postgres.connect("torture")
                    all_rows(conn, "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'thiduad%%'")
                    conn.close()
                except Exception:  # noqa: BLE001 - the server may be busy with dying
                    break
            self.rig.kill()
            self.done += 1
        else:
            disk = self.spool_disk if kind == "spool disk" else self.postgres_disk
            self.start()
            time.sleep(self.random.uniform(0.1, 0.5))
            if not disk.fill():
                kind += " (not allowed here)"
            time.sleep(0.8)
            self.end_somehow()
            disk.empty()
        self.faults[kind] = self.faults.get(kind, 0) + 1
        self.revive()

    def end_somehow(self):
        if self.random.random() < 0.5:
            self.end_running()
        else:
            self.rig.kill()
            self.done += 1

    def end_running(self):
        """An orderly end, as systemd asks for it."""
        self.rig.process.terminate()
        try:
            self.rig.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"SIGTERM did not end it:\n{self.rig.words()[-3000:]}") from None
        self.rig.process = None

    def run(self):
        while self.done < self.kills:
            self.kill_once()
            if self.random.random() < 0.15 and self.done < self.kills:
                self.fault()
            if self.done % 50 < 2:
                print(f"   {self.done} kills, {self.source.number} figures said", flush=True)
        self.revive()
        self.source.is_still = True
        self.start()

    # ---- counting ----

    def stored(self, conn):
        return {(m, u, d): float(v) for m, u, d, v in all_rows(conn, "select metric, unit, period_from, value from api_v1.figures where is_newest")}

    def missing_days(self, figures):
        return self.source.days_open * len(UNITS) - sum(metric == "t.ngay" for metric, _, _ in figures)

    def count(self):
        conn = self.postgres.connect("torture")
        try:
            # Everything that can be asked was asked since the source stands still: then nothing is missing any more, or it is lost.
            wait_until(lambda: self.rig.process.poll() is not None or (self.missing_days(self.source.final) == 0 and self.stored(conn) == self.source.final), 60, 0.2)
        except TimeoutError:
            pass
        self.end_running()
        stored = self.stored(conn)
        lost = sum(stored.get(key) != value for key, value in self.source.final.items())
        twice = one(conn, "select count(*) - count(distinct (metric, unit, period_from, value)) from api_v1.figures")
        invented = sum(float(v) not in self.source.said.get((m, u, d), []) for m, u, d, v in all_rows(conn, "select metric, unit, period_from, value from api_v1.figures"))
        out_of_order = one(conn, "select count(*) from (select value < lag(value) over (partition by metric, unit, period_from order by known_at) as is_back from api_v1.figures) x where is_back")
        missing_days = self.missing_days(stored)
        whole = self.rig.run("verify", check=False)
        conn.close()
        return lost, twice, invented, out_of_order, missing_days, whole.stdout.strip() or whole.stderr

    def close(self):
        self.rig.stop()
        self.postgres.remove()
        self.source.server.shutdown()
        self.source.server.server_close()
        for disk in self.disks:
            disk.close()
        self.rig.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))    # whoever loses patience finds nothing left behind
    province_kills = max(3, options.kills // 10)
    torture = Torture(options.kills - province_kills, options.seed)
    try:
        torture.run()
        lost, twice, invented, out_of_order, missing_days, whole = torture.count()
        print(f"   at crash points: {dict(sorted(torture.at_points.items()))}; faults: {dict(sorted(torture.faults.items()))}")
        print(f"   figures said {torture.source.number}, invented {invented}, out of order {out_of_order}, days missing {missing_days}; verify: {whole.splitlines()[0] if whole else ''}",
              flush=True)
        is_bad = lost or twice or invented or out_of_order or missing_days or not whole.startswith("whole")
        if is_bad:
            print(torture.rig.words()[-4000:])
        province_lost, province_twice = torture_province(province_kills, torture.random)
        print(f"torture: kills {torture.done + province_kills}, lost {lost + province_lost}, duplicated {twice + province_twice}")
        return 1 if is_bad or province_lost or province_twice else 0
    finally:
        torture.close()


if __name__ == "__main__":
    sys.exit(main())

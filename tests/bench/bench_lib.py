"""What the benchmarks share: rounds and figures, a PostgreSQL tuned the same for all, nginx, the slow source, the program with its configuration."""

import concurrent.futures
import glob
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path[:0] = [str(HERE.parent / "system"), str(HERE.parent / "independent"), str(HERE.parent)]

from lib.postgres import Postgres, wait_until  # noqa: E402

BUILD = Path(os.environ.get("BENCH_BUILD", TOP / "build/bench"))
THIDUAD = os.environ.get("THIDUAD", str(BUILD / "thiduad"))
TUNING = dict(fsync="on", shared_buffers="2GB", work_mem="64MB", max_wal_size="8GB", checkpoint_timeout="30min", jit="off", max_connections="60")


class Figures:
    """What was measured, in the order of measuring."""

    def __init__(self, rounds):
        self.rounds, self.list = rounds, []

    def add(self, name, values, unit, ratio_to=None, goal=None, met=None, rounds=None):
        """values: one of each round, or a single one. The figure is their median."""
        values = [values] if isinstance(values, (int, float)) else list(values)
        middle = statistics.median(values)
        spread = f"  ({min(values):.4g} .. {max(values):.4g})" if len(values) > 1 else ""
        words = f"{name:58} {middle:12.4g} {unit}{spread}"
        if ratio_to:
            words += f"  against {ratio_to}"
        if goal:
            words += f"  goal {goal}: {'kept' if met else 'MISSED' if met is not None else 'not judged'}"
        print(words, file=sys.stderr, flush=True)
        self.list.append({"name": name, "figure": middle, "unit": unit, "ratio_to": ratio_to, "goal": goal, "met": met, "rounds": rounds or len(values)})
        return middle

    def ratio(self, name, ours, theirs, ratio_to, goal=None, at_least=True):
        """Median of ours over median of theirs. goal: the number that the ratio is measured against."""
        value = statistics.median(ours) / statistics.median(theirs)
        met = None if goal is None else value >= goal if at_least else value <= goal
        self.add(name, value, "x", ratio_to, None if goal is None else f"{'>=' if at_least else '<='} {goal:g}", met, rounds=min(len(ours), len(theirs)))
        return value

    def bound(self, name, values, unit, most):
        values = [values] if isinstance(values, (int, float)) else list(values)
        self.add(name, values, unit, None, f"<= {most:g} {unit}", statistics.median(values) <= most)


class Ending:
    """SIGTERM, SIGINT and SIGHUP end a run as its own end would: what was started is stopped first. Where a thing is just being started or stopped they wait until that is done."""

    def __init__(self):
        self.depth, self.asked = 0, None

    def watch(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.caught)

    def caught(self, number, frame):
        self.asked = self.asked or number
        if not self.depth:
            self.leave()

    def leave(self):
        # Once is enough: what comes while things are stopped changes nothing.
        self.depth += 1
        sys.exit(128 + self.asked)

    def __enter__(self):
        self.depth += 1

    def __exit__(self, *ignored):
        self.depth -= 1
        if self.asked and not self.depth:
            self.leave()


ENDING = Ending()


class Filler:
    """Puts figures into new partitions as fast as it goes: two connections, tables that nobody sees yet, and each key built at once when its rows are there."""

    def __init__(self, postgres, database):
        self.conns = [postgres.connect(database) for _ in range(2)]
        for conn in self.conns:
            conn.cursor().execute("set role thidua_owner")
            for setting in ("synchronous_commit = off", "maintenance_work_mem = '1GB'", "timezone = 'UTC'"):
                conn.cursor().execute("set " + setting)

    def year(self, year, selects):
        """selects: for each of the tables a query that gives known_at, metric_id, unit_id, period_from, period_to, period_type, value in the order in which they are to lie on disk."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            filling = [pool.submit(self._fill, conn, year, *item) for conn, item in zip(self.conns, selects.items())]
            try:
                for done in concurrent.futures.as_completed(filling):
                    done.result()
            except BaseException:   # also when the run is ended: nobody waits for millions of rows that nobody wants
                for conn in self.conns:
                    conn.cancel()
                raise

    def close(self):
        for conn in self.conns:
            conn.close()

    @staticmethod
    def _fill(conn, year, table, select):
        part, cursor = f"{table}_y{year}", conn.cursor()
        run, of_run = (", run_id", ", 1") if table == "fact.observation" else ("", "")
        keys = "metric_id, unit_id, period_to, period_from, period_type" + (", known_at" if run else "")
        # Rows of a table made in the same transaction need no log where wal_level is minimal.
        cursor.execute(f"""begin;
                create table {part} (like {table} including all excluding identity excluding indexes);
                insert into {part} (known_at, metric_id, unit_id, period_from, period_to, period_type, value{run})
                select x.known_at, x.metric_id, x.unit_id, x.period_from, x.period_to, x.period_type, x.value{of_run} from ({select}) x;
                alter table {part} add primary key ({keys});
                commit""")
        cursor.execute(f"alter table {table} attach partition {part} for values from ('{year}-01-01') to ('{year + 1}-01-01')")


class Workshop:
    """A temporary folder with everything that a benchmark starts in it; all of it is ended with it."""

    def __init__(self, quick, facts=0):
        self.quick, self.facts = quick, facts
        self.room = Path(tempfile.mkdtemp(prefix="thidua-bench."))
        os.chmod(self.room, 0o755)
        self.ends = []

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        with ENDING:
            for end in reversed(self.ends):
                try:
                    end()
                except Exception as e:      # the others are ended all the same
                    print(f"could not be ended: {e}", file=sys.stderr)
            shutil.rmtree(self.room, ignore_errors=True)

    def program(self, *words, **more):
        with ENDING:
            return self._program(words, more)

    def _program(self, words, more):
        # What is started ends with this process, even when that is killed.
        rest = words[1:] if words[0] == "setpriv" else ["--", *words]
        process = subprocess.Popen([str(w) for w in ("setpriv", "--pdeathsig", "TERM", *rest)], **more)

        def end():
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)
        self.ends.append(end)
        process.end = end
        return process

    def postgres(self, **settings):
        """With the settings of all benchmarks, or with others."""
        settings = settings or (dict(TUNING, shared_buffers="256MB") if self.quick else TUNING)
        room = self.room / f"pg{len(self.ends)}"
        room.mkdir()
        with ENDING:
            server = Postgres(str(room), **settings)
            self.ends.append(server.remove)
            self.watch(server)
            return server.start()

    def watch(self, server):
        """A server belongs to nobody once it runs. This process waits for the end of a pipe that closes when the benchmark is gone, however it went, and stops what is there then."""
        stop = 'cat; test ! -e "$1/postmaster.pid" || "${@:2}" -D "$1" -m immediate stop'
        watcher = subprocess.Popen(["bash", "-c", stop, "watcher", server.data, *server.prefix, os.path.join(server.bin, "pg_ctl")], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)

        def end():
            watcher.stdin.close()
            watcher.wait(30)
        # Before the server is removed: it stops it, too.
        self.ends.append(end)

    def nginx(self, folder, tls=None):
        """Serves a folder on 127.0.0.1; the port. tls: (certificate, key) for a second port. One worker, no log."""
        room = self.room / f"nginx{len(self.ends)}"
        room.mkdir()
        ports = free_ports(2)
        secure = f"server {{ listen 127.0.0.1:{ports[1]} ssl backlog=4096; ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]}; ssl_session_cache shared:s:4m; root {folder}; }}" if tls else ""
        conf = room / "nginx.conf"
        conf.write_text(f"""daemon off; worker_processes 1; pid {room}/pid; error_log {room}/error.log; {'user root;' if os.getuid() == 0 else ''}
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; sendfile on; tcp_nodelay on; etag off; if_modified_since off; types {{ application/json json; application/x-ndjson ndjson; text/csv csv; application/xml xml; }} default_type text/plain;
    client_body_temp_path {room}/a; proxy_temp_path {room}/b; fastcgi_temp_path {room}/c; uwsgi_temp_path {room}/d; scgi_temp_path {room}/e;
    server {{ listen 127.0.0.1:{ports[0]} backlog=4096; root {folder}; add_header Last-Modified ""; }}
    {secure} }}
""")
        self.program("nginx", "-p", room, "-c", conf, stderr=subprocess.DEVNULL)
        for port in ports if tls else ports[:1]:
            wait_until(lambda: can_connect(port))
        return ports if tls else ports[0]

    def slow(self, folder, delay_ms, log="slow.log"):
        process = self.program(BUILD / "tests/bench/bench_slow", folder, delay_ms, self.room / log, stdout=subprocess.PIPE, text=True)
        process.port = int(process.stdout.readline())
        process.log = self.room / log
        return process

    def certificate(self):
        """A certificate of our own for 127.0.0.1, and a bundle that holds it with the system's: (certificate, key, bundle)."""
        cert, key, bundle = self.room / "cert.pem", self.room / "key.pem", self.room / "bundle.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        bundle.write_bytes(Path("/etc/ssl/certs/ca-certificates.crt").read_bytes() + cert.read_bytes())
        return cert, key, bundle


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


CONNECTOR = """connector: {name}
title: Source of a benchmark
base_url: http://127.0.0.1:{port}
manners: {{rate: 0, parallel: {parallel}, attempts: 2, breaker_failures: 0}}
limits: {{max_body: 4 GiB, total_timeout: 1 h}}
archive_max: {archive}
streams:
  - name: s
    schedule: {{every: {every}, spread: {spread}}}
    request: {{path: "{path}"}}
    format:
      kind: {kind}
{records}      fields: {{{fields}}}
      max_records: 100000000
    mapping:
      unit: {{field: u, system: slug}}
      period: {{field: p, kind: {period}}}
      metrics:
{metrics}
"""


def connector(name, port, path, metrics, every="1 day", spread="none", kind="json", records=".rows[]", fields=None, period="month", archive="0", where="", parallel=256):
    """metrics: pairs of metric and field."""
    names = ["u", "p", *sorted({f for _, f in metrics})] if fields is None else fields
    selectors = ", ".join(f"{n}: " + ({"csv": n}.get(kind) or (n if kind == "xml" else f".{n}")) for n in names)
    text = CONNECTOR.format(name=name, port=port, path=path, every=every, spread=spread, kind=kind, archive=archive, parallel=parallel, period=period, fields=selectors,
                            records=f"      records: {records}\n" if records else "", metrics="\n".join(f"        - {{metric: {m}, value: {f}}}" for m, f in metrics))
    return text.replace("    mapping:\n", f"    mapping:\n      where: [{where}]\n") if where else text


class Daemon:
    """One instance of the program with a configuration folder of its own."""

    def __init__(self, shop, conninfo, instance="bench", main=""):
        self.shop, self.room = shop, shop.room / f"daemon-{instance}"
        for name in ("connectors.d", "campaigns.d", "units"):
            (self.room / name).mkdir(parents=True)
        self.config, self.log, self.socket = self.room / "thiduad.yaml", self.room / "log", str(self.room / "control.sock")
        self.config.write_text(f"instance: {instance}\nmax_runs: 1024\nhttp: {{max_connections: 256}}\nspool: {{dir: {self.room}/spool}}\ncontrol: {{socket: {self.socket}, listen: \"\"}}\n"
                               f"database: {{conninfo: {json.dumps(conninfo)}, sql_dir: {TOP}/sql, retry_min: 50 ms}}\n{main}\n")
        self.process = None

    def units(self, n):
        rows = ["code,name,kind,level,parent_code,valid_from,valid_to"] + [f"u{i},Xã {i},ubnd_xa,commune,,," for i in range(n)]
        (self.room / "units/units-bench.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    def connector(self, name, *args, **kw):
        (self.room / f"connectors.d/{name}.yaml").write_text(connector(name, *args, **kw))

    def start(self, wait=True):
        """Returns the seconds until READY."""
        path = str(self.room / "notify.sock")
        if os.path.exists(path):
            os.unlink(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(path)
        listener.settimeout(1)
        began = time.perf_counter()
        self.process = self.shop.program(THIDUAD, "run", "--config", self.config, stdout=open(self.log, "a"), stderr=subprocess.STDOUT, env={**os.environ, "NOTIFY_SOCKET": path})
        while wait:
            try:
                if b"READY=1" in listener.recv(65536):
                    break
            except TimeoutError:
                pass
            if self.process.poll() is not None or time.perf_counter() - began > 120:
                raise RuntimeError("the program does not start: " + self.log.read_text(encoding="utf-8")[-2000:])
        took = time.perf_counter() - began
        listener.close()
        return took

    def stop(self):
        self.process.end()

    def ask(self, method, path, body=b""):
        conn = http.client.HTTPConnection("localhost")
        conn.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        conn.sock.connect(self.socket)
        conn.request(method, path, body)
        reply = conn.getresponse()
        text = reply.read()
        conn.close()
        return reply.status, text

    def run_now(self, *names):
        status, text = self.ask("POST", "/run-now", " ".join(names).encode())
        assert status == 200, text

    def cpu(self):
        """Seconds of CPU time since it was started."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, field="VmRSS"):
        """MiB now, or at the peak (VmHWM)."""
        for line in open(f"/proc/{self.process.pid}/status", encoding="ascii"):
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
        raise LookupError(field)

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as f:
            f.write("5")


def program_seconds(*words, **more):
    """Runs a program that prints figures; they."""
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, check=True, text=True, timeout=600, **more)
    return [float(w) for w in done.stdout.split()]


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


def cpu_of_all(pid):
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


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))]


def in_turn(rounds, sides):
    """Yields (round, side): each round begins with another side, so that none always comes first."""
    for n in range(rounds):
        for k in range(len(sides)):
            yield n, sides[(n + k) % len(sides)]


__all__ = [name for name in dir() if not name.startswith("_")]
assert signal

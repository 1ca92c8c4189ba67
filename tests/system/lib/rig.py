"""A source that a test moves, and the program with a configuration of its own against it: for tests that need one figure rather than a province."""

import hashlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from urllib.parse import parse_qs, urlsplit

from lib.postgres import TOP, wait_until

THIDUAD = os.environ.get("THIDUAD") or os.path.join(TOP, "build/thiduad")

CONNECTOR = """
connector: {name}
title: Source of a test
enabled: yes
base_url: http://127.0.0.1:{port}
manners: {{rate: 0, parallel: 1, attempts: 2, backoff_min: 10 ms, backoff_max: 50 ms}}
streams:
  - name: so
    title: Figures
    schedule: {{every: {every}, spread: none}}
    retry: 1 s
    window: {{each: month, from: 2024-01-01, to: 2024-12-31, lookback: 12}}
    request: {{path: /{name}, query: {{month: "{{{{window.month}}}}"}}}}
    format:
      kind: json
      records: .rows[]
      fields: {{unit: .unit, value: .{field}}}
    mapping:
      unit: {{field: unit, system: qd20}}
      period: {{window: yes}}
      metrics:
        - {{metric: {metric}, value: value, whole: yes, min: "0"}}
"""


class Source:
    """Answers /NAME?month=M (further pages are empty) with {"rows": [{"unit": ..., "value": ..., "other": ...}]} from a table that the test changes; counts what was asked."""

    def __init__(self, address="127.0.0.1"):
        self.rows = {}          # (name, month) -> list of rows
        self.validators = False
        self.mode = "ok"        # or "broken": 503
        self.asked, self.unchanged = 0, 0
        source = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                source.answer(self)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, handler):
        url = urlsplit(handler.path)
        month = int(parse_qs(url.query).get("month", ["0"])[0])
        page = int(parse_qs(url.query).get("page", ["1"])[0])
        body = json.dumps({"rows": self.rows.get((url.path.strip("/"), month), []) if page == 1 else []}).encode()
        tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        self.asked += 1
        status, headers = 200, {"Content-Type": "application/json"}
        if self.mode == "broken":
            status, body = 503, b""
        elif self.validators:
            headers["ETag"] = tag
            if handler.headers.get("If-None-Match") == tag:
                status, body = 304, b""
                self.unchanged += 1
        try:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            if status != 304:
                handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def state(self, name, month, **values):
        """Units' figures: unit code with _ for - and . for the code system's dot is spelt as given in a dict."""
        self.rows[name, month] = [{"unit": unit, "value": value, "other": value} for unit, value in values.items()]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Rig:
    """One instance: folder with configuration and spool, started and stopped by the test."""

    def __init__(self, conninfo, source, names=("nguon",), instance="mot", every="1 s", main=""):
        self.room = tempfile.mkdtemp(prefix="thidua-rig.")
        os.chmod(self.room, 0o755)
        self.config = os.path.join(self.room, "thiduad.yaml")
        self.log = os.path.join(self.room, "log")
        self.process = None
        self.source, self.every = source, every
        os.makedirs(os.path.join(self.room, "connectors.d"))
        os.makedirs(os.path.join(self.room, "campaigns.d"))
        shutil.copytree(os.path.join(TOP, "conf/units"), os.path.join(self.room, "units"))
        shutil.copy(os.path.join(TOP, "tests/province/codes.csv"), os.path.join(self.room, "units/codes.csv"))
        codes = os.path.join(self.room, "units/codes.csv")
        with open(codes, encoding="utf-8") as f:
            text = f.read().replace("qd20-sim,", "qd20,")
        with open(codes, "w", encoding="utf-8") as f:
            f.write(text)
        for name in names:
            self.connector(name)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("instance: %s\ndatabase:\n  conninfo: %s\n  retry_min: 50 ms\n  retry_max: 500 ms\n  sql_dir: %s\nspool:\n  dir: %s\n"
                    "control:\n  socket: %s\n  listen: \"\"\n%s\n"
                    % (instance, json.dumps(conninfo), os.path.join(TOP, "sql"), os.path.join(self.room, "spool"), os.path.join(self.room, "control.sock"), main))

    def connector(self, name, field="value", metric="t.so", **more):
        text = CONNECTOR.format(name=name, port=self.source.port, field=field, metric=metric, every=self.every)
        for old, new in more.get("replace", ()):
            assert old in text
            text = text.replace(old, new)
        with open(os.path.join(self.room, "connectors.d", name + ".yaml"), "w", encoding="utf-8") as f:
            f.write(text)

    def add_code(self, line):
        with open(os.path.join(self.room, "units/codes.csv"), "a", encoding="utf-8") as f:
            f.write(line + "\n")

    def run(self, *words, check=True, timeout=60):
        """One verb, to its end."""
        done = subprocess.run([THIDUAD, *words, "--config", self.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout)
        assert not check or done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
        return done

    def start(self, **env):
        log = open(self.log, "a", encoding="utf-8")
        self.process = subprocess.Popen([THIDUAD, "run", "--config", self.config], stdout=log, stderr=log, env={**os.environ, **env})
        return self

    def kill(self, signo=signal.SIGKILL):
        self.process.send_signal(signo)
        self.process.wait(timeout=30)
        self.process = None

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=10)
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.room, ignore_errors=True)

    def words(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()


def one(conn, sql, *params):
    """The first cell."""
    with conn.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        return row[0] if row else None


def all_rows(conn, sql, *params):
    with conn.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


__all__ = ["Source", "Rig", "one", "all_rows", "wait_until", "THIDUAD"]

"""The simulated province in this process, and the daemon with the shipped connectors pointed at it, on the day that the province plays."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta, timezone

from lib.postgres import TOP, wait_until

sys.path.insert(0, os.path.join(TOP, "tests"))
from province.serve import Running  # noqa: E402

THIDUAD = os.environ.get("THIDUAD") or os.path.join(TOP, "build/thiduad")
SYSTEMS = {"dvcqg": "portal", "dvcqg-766": "portal", "motcua": "onestop", "vanban": "lgsp", "baocao": "reports", "dulieumo": "opendata", "congthongtin": "sites",
           "khaibao": "declared"}
HANOI = timezone(timedelta(hours=7))


class Order:
    """A control request without the wire."""

    method = "POST"

    def __init__(self, order):
        self.body = json.dumps(order).encode()


class Daemon:
    """Folder with configuration, credentials and spool; the wall clock of its processes stands on `day`, 9:00 in Việt Nam, when they start."""

    def __init__(self, conninfo, names, day="2024-12-13", every="6 h", main="", reports_down=0):
        self.room = tempfile.mkdtemp(prefix="thidua-day.")
        os.chmod(self.room, 0o755)
        self.day, self.process = day, None
        self.config, self.log = os.path.join(self.room, "thiduad.yaml"), os.path.join(self.room, "log")
        last = date(2024, 12, 31)
        self.province = Running(today=min(date.fromisoformat(day), last), reports_down=reports_down)
        self.clock = os.path.join(self.room, "wallclock.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", self.clock, os.path.join(TOP, "tests/lib/wallclock.c")], check=True)
        for folder in ("connectors.d", "credentials"):
            os.makedirs(os.path.join(self.room, folder))
        for folder in ("units", "campaigns.d"):
            shutil.copytree(os.path.join(TOP, "conf", folder), os.path.join(self.room, folder))
        with open(os.path.join(TOP, "tests/province/codes.csv"), encoding="utf-8") as f:
            self.write("units/codes.csv", re.sub("(?m)^([a-z0-9]*)-sim,", r"\1,", f.read()))
        for name in names:
            self.connector(name, every)
        for name, secret in (("lgsp-secret", "sim-secret"), ("baocao-token", "sim-hub-token"), ("motcua-group", "35166")):
            self.write("credentials/" + name, secret)
        self.write("thiduad.yaml", "instance: test\ndatabase:\n  conninfo: %s\n  retry_min: 50 ms\n  retry_max: 500 ms\n  sql_dir: %s\nspool:\n  dir: spool\n%s"
                   "control:\n  socket: %s/control.sock\n  listen: \"\"\nrecompute:\n  after: 200 ms\n" % (json.dumps(conninfo), os.path.join(TOP, "sql"), main, self.room))

    def write(self, name, text):
        with open(os.path.join(self.room, name), "w", encoding="utf-8") as f:
            f.write(text)

    def connector(self, name, every="6 h", port=None):
        with open(os.path.join(TOP, "conf/connectors.d", name + ".yaml"), encoding="utf-8") as f:
            text = f.read()
        for pattern, to in (("(?m)^base_url: .*", "base_url: http://127.0.0.1:%d" % (port or self.province.ports[SYSTEMS[name]])), ("(?m)^enabled: no", "enabled: yes"),
                            ("(?m)^  client_id: .*", "  client_id: thiduad-sim"), ("rate: [0-9]+", "rate: 0"), ("attempts: [0-9]+", "attempts: 2"),
                            (r"schedule: \{every: [0-9]+ h\}", "schedule: {every: %s, spread: none}\n    retry: 1 s" % every)):
            text = re.sub(pattern, to, text)
        self.write("connectors.d/%s.yaml" % name, text)

    def order(self, **order):
        reply = self.province.world.control(Order(order))
        assert reply.status == 200, reply.body

    def env(self, more=()):
        libraries = subprocess.run(["ldd", THIDUAD], stdout=subprocess.PIPE, text=True, check=True).stdout
        asan = re.findall(r"=> (\S*libasan\S*)", libraries)             # wants to be first
        start = int(datetime.fromisoformat(self.day + "T09:00:00").replace(tzinfo=HANOI).timestamp())
        return {**os.environ, "CREDENTIALS_DIRECTORY": os.path.join(self.room, "credentials"), "LD_PRELOAD": ":".join([*asan, self.clock]), "WALLCLOCK_START": str(start),
                **dict(more)}

    def run(self, *words, check=True):
        done = subprocess.run([THIDUAD, *words, "--config", self.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, env=self.env())
        assert not check or done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
        return done

    def start(self, **env):
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([THIDUAD, "run", "--config", self.config], stdout=log, stderr=log, env=self.env(env))
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def stop(self):
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)

    def remove(self):
        if self.process and self.process.poll() is None:
            self.kill()
        self.province.stop()
        shutil.rmtree(self.room, ignore_errors=True)

    def words(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()

    def status(self):
        done = self.run("status", "--format", "json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def is_done(self):
        """Every stream has ended a run well and the database has all of it."""
        s = self.status()
        return bool(s) and all(c["runs"] > 0 and c["state"] in ("ok", "partial") for c in s["streams"]) and s["spool"]["parcels"] == 0 \
            and s["database"]["state"] == "idle" and not s["recompute"]["is_pending"]

    def wait(self, condition, seconds=60):
        try:
            wait_until(condition, seconds, 0.1)
        except TimeoutError as e:
            raise AssertionError("waited %d s in vain; the log: %s" % (seconds, self.words()[-3000:])) from e

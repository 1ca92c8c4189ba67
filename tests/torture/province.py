"""The simulated province, polled by the shipped connectors through a daemon that is killed, and with a database that is killed or loses its connections;
at the end every result of the plan of 2024 is held against the province's own truth, which is computed by code of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests/system"))

from lib.postgres import Postgres, wait_until  # noqa: E402
from lib.rig import THIDUAD, all_rows, one  # noqa: E402
from test_demo import AS_OF, differences  # noqa: E402

NINE_O_CLOCK = 1734055200       # on 2024-12-13 in Viet Nam
SYSTEMS = {"dvcqg": "portal", "dvcqg-766": "portal", "motcua": "onestop", "vanban": "lgsp", "baocao": "reports", "dulieumo": "opendata", "congthongtin": "sites",
           "khaibao": "declared"}
SECRETS = {"lgsp-secret": "sim-secret", "baocao-token": "sim-hub-token", "motcua-group": "35166"}


class Province:
    """The sources, a database and the shipped configuration with the addresses and credentials of the simulation."""

    def __init__(self, random):
        self.random, self.daemon, self.sources = random, None, None
        self.room = tempfile.mkdtemp(prefix="thidua-province.")
        os.chmod(self.room, 0o755)
        self.config, self.log = os.path.join(self.room, "etc/thiduad.yaml"), os.path.join(self.room, "log")
        self.began = time.monotonic()
        self.postgres = Postgres().start()
        self.postgres.create()
        clock = os.path.join(self.room, "wallclock.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", clock, os.path.join(TOP, "tests/lib/wallclock.c")], check=True)
        self.env = {**os.environ, "CREDENTIALS_DIRECTORY": os.path.join(self.room, "credentials"), "LD_PRELOAD": clock,
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=1") + ":verify_asan_link_order=0"}
        ports = os.path.join(self.room, "ports.json")
        self.sources = subprocess.Popen(["/usr/bin/python3", os.path.join(TOP, "tests/province/serve.py"), "--port-file", ports, "--seed", "1", "--today", AS_OF],
                                        stderr=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(ports))
        with open(ports, encoding="utf-8") as f:
            self.configure(json.load(f))

    def configure(self, ports):
        etc = os.path.dirname(self.config)
        for name in ("connectors.d", "campaigns.d", "units"):
            shutil.copytree(os.path.join(TOP, "conf", name), os.path.join(etc, name))
        with open(os.path.join(TOP, "tests/province/codes.csv"), encoding="utf-8") as f:
            codes = re.sub(r"^([a-z0-9]+)-sim,", r"\1,", f.read(), flags=re.M)
        with open(os.path.join(etc, "units/codes.csv"), "w", encoding="utf-8") as f:
            f.write(codes)
        for name, system in SYSTEMS.items():
            path = os.path.join(etc, "connectors.d", name + ".yaml")
            with open(path, encoding="utf-8") as f:
                text = f.read()
            for old, new in ((r"^base_url: .*", f"base_url: http://127.0.0.1:{ports[system]}"), (r"^enabled: no", "enabled: yes"),
                             (r"^  client_id: .*", "  client_id: thiduad-sim"), (r"rate: [0-9]+", "rate: 0"),
                             (r"schedule: \{every: [0-9]+ h\}", "schedule: {every: 6 h, spread: none}\n    retry: 1 s")):
                text = re.sub(old, new, text, flags=re.M)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        os.makedirs(self.env["CREDENTIALS_DIRECTORY"])
        for name, secret in SECRETS.items():
            with open(os.path.join(self.env["CREDENTIALS_DIRECTORY"], name), "w", encoding="utf-8") as f:
                f.write(secret)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("instance: province\ndatabase:\n  conninfo: %s\n  sql_dir: %s\n  retry_min: 50 ms\n  retry_max: 500 ms\nspool:\n  dir: %s\n"
                    "control:\n  socket: %s\n  listen: \"\"\nrecompute:\n  after: 500 ms\n"
                    % (json.dumps(self.postgres.conninfo()), os.path.join(TOP, "sql"), os.path.join(self.room, "spool"), os.path.join(self.room, "control.sock")))

    def now(self):
        """The day goes on across restarts."""
        return {**self.env, "WALLCLOCK_START": str(NINE_O_CLOCK + int(time.monotonic() - self.began))}

    def start(self):
        with open(self.log, "a", encoding="utf-8") as log:
            self.daemon = subprocess.Popen([THIDUAD, "run", "--config", self.config], stdout=log, stderr=log, env=self.now())

    def kill(self):
        """SIGKILL after a while of work."""
        end = time.monotonic() + self.random.uniform(0.5, 3)
        while time.monotonic() < end and self.daemon.poll() is None:
            time.sleep(0.01)
        if self.daemon.poll() is not None:
            raise AssertionError(f"the daemon ended by itself with {self.daemon.poll()}:\n{self.words()}")
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(timeout=30)

    def disturb(self):
        """While the daemon runs: the server dies and comes back, or every connection is ended."""
        if self.random.random() < 0.5:
            self.postgres.kill()
            self.postgres.start()
        else:
            conn = self.postgres.connect()
            all_rows(conn, "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'thiduad%%'")
            conn.close()

    def differences(self, truth):
        done = subprocess.run([THIDUAD, "compliance", "--format", "json", "--config", self.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=self.now(), timeout=60, check=False)
        if done.returncode:
            return ["no compliance: " + done.stderr.strip()]
        got = json.loads(done.stdout)
        return (differences(got["compliance"], [r for r in truth if r["unit"]])
                + differences([dict(r, unit=None) for r in got["levels"]], [r for r in truth if not r["unit"]]))

    def count(self):
        """Results that differ from the truth, and figures that are stored twice."""
        done = subprocess.run(["/usr/bin/python3", os.path.join(TOP, "tests/province/truth.py"), "--seed", "1", "--as-of", AS_OF, "--json"],
                              stdout=subprocess.PIPE, text=True, check=True)
        truth, left = json.loads(done.stdout), []

        def is_true():
            left[:] = self.differences(truth)
            return not left

        try:
            wait_until(is_true, 120, 1)
        except TimeoutError:
            print(f"   the province: {left[:3]}")
        conn = self.postgres.connect()
        # The sources stand still, so every figure is stated in one way for good.
        twice = one(conn, "select count(*) - count(distinct (metric_id, unit_id, period_type, period_from, period_to, value, quality, evidence)) from fact.observation")
        figures = one(conn, "select count(*) from fact.observation")
        conn.close()
        return len(left), twice, figures, len(truth)

    def words(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()[-3000:]

    def close(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            try:
                self.daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait(timeout=10)
        if self.sources:
            self.sources.terminate()
            self.sources.wait(timeout=10)
        self.postgres.remove()
        shutil.rmtree(self.room, ignore_errors=True)


def torture_province(kills, random):
    """Returns lost, duplicated."""
    province = Province(random)
    try:
        for n in range(kills):
            province.start()
            if n % 3 == 2:
                time.sleep(random.uniform(0.3, 1))
                province.disturb()
            province.kill()
        province.start()
        lost, twice, figures, results = province.count()
        print(f"   the province: {kills} kills, {figures} figures, {results} results of the plan held against the truth: {lost} differ, {twice} figures twice", flush=True)
        if lost or twice:
            print(province.words())
        return lost, twice
    finally:
        province.close()

"""A PostgreSQL of a test's own: initdb in a temporary folder, Unix socket only, an unprivileged user when the test runs as root; start, stop, kill, freeze."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import psycopg2

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def newest_bin():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    if not found:
        raise FileNotFoundError("no PostgreSQL under /usr/lib/postgresql")
    return found[-1]


def wait_until(condition, seconds=30, step=0.02):
    """Waits for a condition with a limit; never for a time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("waited %s s in vain" % seconds)
        time.sleep(step)


class Postgres:
    def __init__(self, room=None, **settings):
        """room: an empty folder for all of it; by default one that is made."""
        self.bin = newest_bin()
        self.room = room or tempfile.mkdtemp(prefix="thidua-pg.")
        self.data = os.path.join(self.room, "data")
        self.settings = {"listen_addresses": "", "unix_socket_directories": self.room, "fsync": "off", "max_connections": "30", **settings}
        self.prefix = []
        if os.getuid() == 0:
            # PostgreSQL refuses to run as root.
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                user = pwd.getpwnam("nobody")
            os.chown(self.room, user.pw_uid, user.pw_gid)
            self.prefix = ["setpriv", "--reuid=%d" % user.pw_uid, "--regid=%d" % user.pw_gid, "--clear-groups", "--"]
        os.chmod(self.room, 0o755)
        self._run("initdb", "-D", self.data, "-U", "dba", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.frozen = []

    def _run(self, program, *args):
        done = subprocess.run([*self.prefix, os.path.join(self.bin, program), *args], cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise RuntimeError("%s: %s" % (program, done.stdout))

    def start(self):
        options = " ".join("-c %s='%s'" % item for item in self.settings.items())
        self._run("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.room, "log"), "-o", options, "start")
        return self

    def stop(self, mode="immediate"):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def pid(self):
        with open(os.path.join(self.data, "postmaster.pid")) as f:
            return int(f.readline())

    def children(self):
        pids = []
        for stat in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(stat) as f:
                    pid, rest = f.read().split(" ", 1)
            except OSError:
                continue
            if int(rest.rsplit(")", 1)[1].split()[1]) == self.pid():
                pids.append(int(pid))
        return pids

    def kill(self):
        """As a crash of the postmaster: SIGKILL, and the rest of its processes go by themselves."""
        pid, children = self.pid(), self.children()
        os.kill(pid, signal.SIGKILL)

        def all_gone():
            return not any(os.path.exists("/proc/%d" % p) and "Z" not in open("/proc/%d/stat" % p).read().rsplit(")", 1)[1][:3] for p in [pid, *children])

        try:
            wait_until(all_gone)
        except (OSError, ProcessLookupError):
            pass
        # The lock files of the dead one would only be in the way when its number is given to another process.
        for name in glob.glob(os.path.join(self.room, ".s.PGSQL.*")) + [os.path.join(self.data, "postmaster.pid")]:
            try:
                os.unlink(name)
            except FileNotFoundError:
                pass

    def freeze(self):
        self.frozen = [self.pid(), *self.children()]
        for pid in self.frozen:
            try:
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass  # a worker that ended meanwhile

    def thaw(self):
        for pid in self.frozen:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        self.frozen = []

    def conninfo(self, dbname="thidua", **more):
        words = {"host": self.room, "user": "dba", "dbname": dbname, **more}
        return " ".join("%s='%s'" % item for item in words.items())

    def connect(self, dbname="thidua"):
        conn = psycopg2.connect(self.conninfo(dbname))
        conn.autocommit = True
        return conn

    def create(self, dbname="thidua", with_schema=True):
        conn = self.connect("postgres")
        conn.cursor().execute('create database "%s"' % dbname)
        conn.close()
        if with_schema:
            subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo(dbname), "-f", os.path.join(TOP, "sql/install.sql")],
                           check=True, stdout=subprocess.DEVNULL)

    def remove(self):
        self.thaw()
        # Without that file none runs: it was not started, was stopped, or was killed by the test.
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            try:
                self.stop()
            except RuntimeError as e:
                print("PostgreSQL in %s could not be stopped: %s" % (self.room, e), file=sys.stderr)
        shutil.rmtree(self.room, ignore_errors=True)

"""What an administrator sees at a terminal: colours and one line that tells how far long work is; none of it in a pipe, and none of it where NO_COLOR or a plain terminal says so."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.bad_server import BadServer, answer  # noqa: E402
from lib.postgres import TOP, Postgres  # noqa: E402
from lib.rig import THIDUAD, Rig, Source, one, wait_until  # noqa: E402

ESCAPE = "\x1b["
PROGRESS = "\r\x1b[K"


def at_terminal(rig, *words, width=120, env=None, timeout=60):
    """What appears at a terminal of that width, both outputs, and the exit code."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    environment.update({"TERM": "xterm", **(env or {})})
    process = subprocess.Popen([THIDUAD, *words, "--config", rig.config], stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    seen = b""
    try:
        while select.select([master], [], [], timeout)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:     # the other end is closed
                break
        return seen.decode().replace("\r\n", "\n"), process.wait(timeout=timeout)
    finally:
        process.kill()
        process.wait()
        os.close(master)


class Listener:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, path):
        self.told, self.is_over = [], threading.Event()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        while not self.is_over.is_set():
            try:
                self.told.extend(self.socket.recv(65536).decode().splitlines())
            except TimeoutError:
                pass

    def stop(self):
        self.is_over.set()
        self.thread.join()
        self.socket.close()


@pytest.fixture(scope="module")
def place():
    """One connector that works and one that is refused; polled once."""
    postgres, source = Postgres().start(), Source()
    closed = BadServer({"/vanban": lambda server, peer, request: answer(peer, "{}", status=401)})
    rig = Rig(postgres.conninfo("terminal"), source, names=("tot",), every="1 d")
    listener = Listener(os.path.join(rig.room, "notify"))
    try:
        source.rows["tot", 1] = [{"unit": "H43.SOYTE", "value": 7}]
        rig.connector("vanban", replace=[("127.0.0.1:%d" % source.port, "127.0.0.1:%d" % closed.port), ("retry: 1 s", "retry: 1 h")])
        postgres.create("terminal")
        rig.start(NOTIFY_SOCKET=os.path.join(rig.room, "notify"))
        rig.told = listener.told
        conn = postgres.connect("terminal")
        wait_until(lambda: one(conn, "select count(*) from fact.observation") == 1, 60)
        conn.close()
        wait_until(lambda: {s["connector"]: s["state"] for s in json.loads(rig.run("status", "--format", "json").stdout)["streams"]} == {"tot": "ok", "vanban": "failed"}, 60)
        yield rig
    finally:
        rig.remove()
        listener.stop()
        source.stop()
        closed.stop()
        postgres.remove()


def plain(text):
    return re.sub(r"\x1b\[\d*m", "", text)


def steady(text):
    """Without what passes with time."""
    return re.sub(r"\d+ (?:s|min|h)\b( ago)?|\bnow\b", "T", plain(text)).replace(" ", "")


def test_status_has_colours_at_a_terminal_only(place):
    seen, code = at_terminal(place, "status")
    assert code == 0
    lines = seen.splitlines()
    assert lines[0].startswith("\x1b[1mthiduad ") and lines[1] == "\x1b[31m1 connector ok, 1 failing (vanban: 401)\x1b[0m"
    assert "\x1b[32mok\x1b[0m" in seen and "\x1b[31mfailed\x1b[0m" in seen
    piped = place.run("status").stdout
    assert ESCAPE not in piped and steady(piped) == steady(seen)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        seen, code = at_terminal(place, "status", env=env)
        assert code == 0 and ESCAPE not in seen and "failed" in seen
    # An empty NO_COLOR forbids nothing.
    assert ESCAPE in at_terminal(place, "status", env={"NO_COLOR": ""})[0]
    seen, code = at_terminal(place, "status", "--format", "json")
    assert ESCAPE not in seen and len(json.loads(seen)["streams"]) == 2


def test_status_fits_the_terminal(place):
    for width in (200, 90, 76):
        seen, _ = at_terminal(place, "status", width=width)
        table = plain(seen).split("\n\n")[1].splitlines()
        assert table[0].split()[0] == "STREAM" and max(map(len, table)) <= width, seen


@pytest.mark.parametrize("words,said", [
    (("recompute",), r"no campaign is loaded"),
    (("verify",), r"walking the chain of runs"),
    (("db", "upgrade"), r"script \d+ of \d+: [\w.-]+"),
    (("replay", "tot", "--from", "2020-01-01", "--to", "2099-01-01", "--dry-run"), r"runs replayed: 0 of 1 \(0 %\)"),
])
def test_progress_is_one_line_that_goes(place, words, said):
    """The line is written over and gone at the end; in a pipe there is none; the JSON is the same document."""
    seen, code = at_terminal(place, *words)
    done = place.run(*words, check=False)
    assert code == done.returncode and re.search(said, seen)
    assert ESCAPE not in done.stdout + done.stderr and "\r" not in done.stdout + done.stderr
    # What is left on the screen is what a pipe gets.
    left = "\n".join(line.rsplit(PROGRESS, 1)[-1] for line in seen.split("\n"))
    assert sorted(left.splitlines()) == sorted((done.stdout + done.stderr).splitlines())
    if code == 0:
        as_json, code = at_terminal(place, *words, "--format", "json")
        json.loads(as_json.rsplit(PROGRESS, 1)[-1])
        assert re.search(said, as_json)


def test_progress_goes_on_while_the_database_works(place):
    """A script that takes seconds is told each second with its name; long names are cut to the width of the terminal."""
    with tempfile.TemporaryDirectory(prefix="thidua-sql.") as sql:
        subprocess.run(["cp", "-r", os.path.join(TOP, "sql") + "/.", sql], check=True)
        with open(os.path.join(sql, "manifest"), "a", encoding="utf-8") as f:
            f.write("always waits-for-somebody-else-and-has-a-name-that-is-longer-than-a-narrow-terminal.sql\n")
        with open(os.path.join(sql, "always/waits-for-somebody-else-and-has-a-name-that-is-longer-than-a-narrow-terminal.sql"), "w", encoding="utf-8") as f:
            f.write("select pg_catalog.pg_sleep(2.2);\n")
        with open(place.config, encoding="utf-8") as f:
            text = f.read()
        other = os.path.join(place.room, "other.yaml")
        with open(other, "w", encoding="utf-8") as f:
            f.write(re.sub(r"sql_dir: .*", "sql_dir: " + sql, text))
        rig = type("Other", (), {"config": other})
        seen, code = at_terminal(rig, "db", "upgrade")
        assert code == 0
        lines = [line for line in re.split(r"\r\x1b\[K|\n", seen) if "waits-for" in line]
        assert [re.search(r", (\d+) s$", line)[1] for line in lines] == ["0", "1", "2"], seen
        seen, code = at_terminal(rig, "db", "upgrade", width=60)
        assert code == 0 and max(len(line) for line in re.split(r"\r\x1b\[K|\n", seen)) < 60


def test_the_status_line_names_who_fails(place):
    """STATUS= as systemd gets it: counts, the failing ones with their reason, the spool, and when the next run is."""
    want = r"STATUS=1 connector ok, 1 failing \(vanban: 401\), spool 0 B, next (\d{4}-\d\d-\d\d )?\d\d:\d\d"
    wait_until(lambda: any(re.fullmatch(want, w) for w in place.told))
    assert place.told.index("READY=1") >= 0 and "STOPPING=1" not in place.told


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_has_nothing_to_say_about_the_metrics(place):
    """The page in Prometheus' text form, of a daemon that has polled, failed and delivered."""
    page = subprocess.run(["curl", "-sS", "--unix-socket", os.path.join(place.room, "control.sock"), "http://localhost/metrics?format=text"], stdout=subprocess.PIPE, check=True).stdout
    assert b"thiduad_stream_failing{" in page
    done = subprocess.run(["promtool", "check", "metrics"], input=page, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0 and not done.stdout, done.stdout.decode()

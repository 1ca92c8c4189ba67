"""Login sessions: one login for all that share it, and no session left open at the source: not by a stop, not by a reload, not by the verb fetch."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.bad_server import BadServer, answer  # noqa: E402
from lib.rig import Rig, wait_until  # noqa: E402

SECRET = "secret-of-the-test"

CONNECTOR = """
connector: {name}
title: {title}
enabled: yes
base_url: http://127.0.0.1:{port}
auth:
  kind: session
  login_url: /login
  user: tinh
  password: {{env: THIDUA_TEST_SECRET}}
  token: .token
  place: "{place}"
  logout_url: /logout
manners: {{rate: 0, parallel: 4, attempts: 1}}
streams:
{streams}
"""

STREAM = """
  - name: so-{number}
    schedule: {{every: {every}, spread: none}}
    retry: {retry}
    request: {{path: /so{request}}}
    format: {{kind: json, records: ".rows[]", fields: {{value: .value}}}}
    mapping:
      unit: {{const: nt-so-y-te}}
      period: {{today: yes}}
      metrics: [{{metric: t.so-{number}, value: value, whole: yes}}]
"""


class Sessions:
    """Keeps which marks are open; hangs at the logout where told so."""

    def __init__(self):
        self.open, self.n, self.hangs, self.holds, self.held = set(), 0, False, False, threading.Event()
        self.server = BadServer({"/login": self.login, "/logout": self.logout, "/so": self.data, "/so-not-there": lambda server, peer, request: answer(peer, "{}", status=404)})

    def mark(self, request):
        body = json.loads(request.body or "{}")
        return request.headers.get("x-session") or request.headers.get("cookie", "").removeprefix("JSESSIONID=") or body.get("session")

    def login(self, server, peer, request):
        if json.loads(request.body) != {"username": "tinh", "password": SECRET}:
            return answer(peer, "{}", status=401)
        self.n += 1
        self.open.add("mark-%d" % self.n)
        return answer(peer, json.dumps({"token": "mark-%d" % self.n}))

    def logout(self, server, peer, request):
        if self.hangs:
            server.wait(30)
        self.open.discard(self.mark(request))
        answer(peer, "{}")

    def data(self, server, peer, request):
        if self.holds:
            self.held.wait(30)
        if self.mark(request) not in self.open:
            return answer(peer, "{}", status=401)
        return answer(peer, json.dumps({"rows": [{"value": 1}]}))


@pytest.fixture
def place(monkeypatch):
    monkeypatch.setenv("THIDUA_TEST_SECRET", SECRET)
    sessions = Sessions()
    rig = Rig("host=/nowhere dbname=none", None, names=())
    yield rig, sessions
    rig.remove()
    sessions.server.stop()


def write(rig, sessions, place="header:X-Session", request="", title="A source with sessions", n=1, name="phien", every="1 s", retry="10 min"):
    streams = "".join(STREAM.format(number=i, request=request, every=every, retry=retry) for i in range(n))
    with open(os.path.join(rig.room, "connectors.d/%s.yaml" % name), "w", encoding="utf-8") as f:
        f.write(CONNECTOR.format(name=name, port=sessions.server.port, place=place, title=title, streams=streams))


def streams_of(rig):
    return {s["connector"]: s for s in json.loads(rig.run("status", "--format", "json").stdout)["streams"]}


# The verb fetch logs in, asks, and logs out with the mark it got, wherever the mark has its place.
@pytest.mark.parametrize("where,request_more", [("header:X-Session", ""), ("cookie:JSESSIONID", ""), (".session", ", method: POST, json: {a: b}")])
def test_fetch(place, where, request_more):
    rig, sessions = place
    write(rig, sessions, where, request_more)
    done = rig.run("fetch", "phien")
    assert sessions.n == 1 and not sessions.open and len(sessions.server.asked("/logout")) == 1
    assert SECRET not in done.stderr + done.stdout and "mark-1" not in done.stderr + done.stdout


# Twenty streams share one login; a reload that changes the connector ends its session and begins another, a stop ends that one.
def test_daemon(place):
    rig, sessions = place
    write(rig, sessions, n=20)
    rig.start()
    wait_until(lambda: len(sessions.server.asked("/so")) >= 40)
    assert sessions.n == 1 and sessions.open == {"mark-1"}
    write(rig, sessions, n=20, title="Changed")
    rig.run("reload")
    wait_until(lambda: sessions.open == {"mark-2"})
    assert all(r.headers["x-session"] == "mark-1" for r in sessions.server.asked("/logout"))
    rig.stop()
    assert not sessions.open and sessions.n == 2 and len(sessions.server.asked("/logout")) == 2
    assert "mark-" not in rig.words() and SECRET not in rig.words()


# Three reloads touch the connector that changes and no other: it logs in anew each time and ends what it had; the other keeps its one session, also for the run that was under way,
# and its record. What is left at the end is ended by the stop.
def test_reload_keeps_what_is_the_same(place):
    rig, sessions = place
    write(rig, sessions)
    write(rig, sessions, name="doi")
    rig.start()
    wait_until(lambda: len(sessions.open) == 2 and all(s["runs"] > 0 for s in streams_of(rig).values()))
    for i in range(3):
        before, runs = set(sessions.open), streams_of(rig)["phien"]["runs"]
        write(rig, sessions, name="doi", title="Changed %d" % i)
        assert "1 of 2 connectors changed" in rig.run("reload").stdout
        wait_until(lambda: sessions.n == 3 + i and len(sessions.open) == 2 and len(sessions.open & before) == 1)
        wait_until(lambda: streams_of(rig)["phien"]["runs"] > runs + 1)
    assert len(sessions.server.asked("/login")) == 5 and len(sessions.server.asked("/logout")) == 3
    kept = (sessions.open & {"mark-1", "mark-2"}).pop()
    assert all(r.headers["x-session"] != kept for r in sessions.server.asked("/logout"))
    # A change elsewhere, that of the main file included, touches none.
    with open(rig.config, "a", encoding="utf-8") as f:
        f.write("max_runs: 7\n")
    assert "0 of 2 connectors changed" in rig.run("reload").stdout
    # One that goes away ends its session, the other stays.
    os.unlink(os.path.join(rig.room, "connectors.d/doi.yaml"))
    assert "1 of 1 connectors changed" in rig.run("reload").stdout
    wait_until(lambda: sessions.open == {kept})
    rig.stop()
    assert not sessions.open and sessions.n == 5 and "Sanitizer" not in rig.words()


# A run that is under way at two reloads ends with the session it began with, which is still in use elsewhere; then the connector changes under it, and its session ends with it.
def test_reload_under_a_run(place):
    rig, sessions = place
    write(rig, sessions)
    sessions.holds = True
    rig.start()
    wait_until(lambda: sessions.server.asked("/so"))
    for words in ("max_runs: 7\n", "recompute: {after: 1 s}\n"):
        with open(rig.config, "a", encoding="utf-8") as f:
            f.write(words)
        rig.run("reload")
    assert streams_of(rig)["phien"]["state"] == "running" and not sessions.server.asked("/logout")
    write(rig, sessions, title="Changed")
    rig.run("reload")
    assert sessions.open == {"mark-1"} and not sessions.server.asked("/logout")
    sessions.held.set()
    wait_until(lambda: sessions.open == {"mark-2"})
    wait_until(lambda: streams_of(rig)["phien"]["state"] == "ok")
    rig.stop()
    assert not sessions.open and sessions.n == 2 and "Sanitizer" not in rig.words()


# What failed and is the same waits for its retry and is not asked by a reload; once its file is mended it is asked at once, though its next slot is a day away.
def test_reload_after_a_failure(place):
    rig, sessions = place
    write(rig, sessions, every="1 d", request="-not-there", retry="1 h")
    rig.start()
    wait_until(lambda: sessions.server.asked("/so-not-there"))
    wait_until(lambda: streams_of(rig)["phien"]["state"] == "failed")
    before = streams_of(rig)["phien"]
    with open(rig.config, "a", encoding="utf-8") as f:
        f.write("max_runs: 7\n")
    rig.run("reload")
    after = streams_of(rig)["phien"]
    assert after["next_at"] == before["next_at"] and after["runs"] == 1 and after["state"] == "failed" and after["trouble"] == before["trouble"]
    write(rig, sessions, every="1 d", retry="1 h")
    rig.run("reload")
    wait_until(lambda: streams_of(rig)["phien"]["state"] == "ok")
    rig.stop()


# A source that does not answer the logout does not hold up the stop.
def test_silent_logout(place):
    rig, sessions = place
    write(rig, sessions)
    sessions.hangs = True
    rig.start()
    wait_until(lambda: sessions.server.asked("/so"))
    before = time.monotonic()
    rig.stop()
    assert time.monotonic() - before < 15 and len(sessions.server.asked("/logout")) == 1


# What only an operator can renew is told before it ends: the end of a token that was handed out, of a client certificate the earlier one; a token that does not say has none.
def test_the_end_of_what_was_handed_out(place, monkeypatch):
    rig, sessions = place
    monkeypatch.setenv("THIDUA_TEST_TOKEN", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0aW5oIiwiZXhwIjo5NzgzMDcyMDB9.c2ln")    # exp 978307200
    certificate = os.path.join(rig.room, "khach.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", certificate, "-out", certificate + ".only", "-subj", "/CN=khach", "-days", "30000"],
                   check=True, stderr=subprocess.DEVNULL)
    write(rig, sessions, every="1 d")
    for name, more in (("mot", ""), ("hai", "\ntls: {certificate: %s.only, key: %s}" % (certificate, certificate))):
        with open(os.path.join(rig.room, "connectors.d/phien.yaml"), encoding="utf-8") as f:
            text = f.read().replace("connector: phien", "connector: " + name)
        login = text[text.index("auth:\n"):text.index("manners:")]
        with open(os.path.join(rig.room, "connectors.d/%s.yaml" % name), "w", encoding="utf-8") as f:
            f.write(text.replace(login, "auth: {kind: bearer, token: {env: THIDUA_TEST_TOKEN}}%s\n" % more))
    rig.start()
    wait_until(lambda: sessions.server.asked("/so"))
    ends = {name: s["credential_expires_at"] for name, s in streams_of(rig).items()}
    assert ends == {"phien": None, "mot": "2001-01-01T00:00:00.000000Z", "hai": "2001-01-01T00:00:00.000000Z"}
    assert "mot: our token or client certificate has ended" in rig.run("status").stdout
    rig.stop()

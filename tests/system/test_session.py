"""Login sessions: one login for all that share it, and no session left open at the source: not by a stop, not by a reload, not by the verb fetch."""

import json
import os
import sys
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.bad_server import BadServer, answer  # noqa: E402
from lib.rig import Rig, wait_until  # noqa: E402

SECRET = "secret-of-the-test"

CONNECTOR = """
connector: phien
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
    schedule: {{every: 1 s, spread: none}}
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
        self.open, self.n, self.hangs = set(), 0, False
        self.server = BadServer({"/login": self.login, "/logout": self.logout, "/so": self.data})

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


def write(rig, sessions, place="header:X-Session", request="", title="A source with sessions", n=1):
    with open(os.path.join(rig.room, "connectors.d/phien.yaml"), "w", encoding="utf-8") as f:
        f.write(CONNECTOR.format(port=sessions.server.port, place=place, title=title, streams="".join(STREAM.format(number=i, request=request) for i in range(n))))


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

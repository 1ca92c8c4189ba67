"""Where a secret must not be found while the daemon works with it and when it dies: each way of logging in, and each place that somebody may look at."""

import base64
import glob
import json
import os
import re
import resource
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.bad_server import BadServer, answer  # noqa: E402
from lib.postgres import Postgres  # noqa: E402
from lib.rig import THIDUAD, Rig, one, wait_until  # noqa: E402

# One for each way; the names stand in files as credentials of systemd do.
SECRETS = {kind: "bi-mat-%s-7f3a91c2" % kind for kind in ("basic", "bearer", "header", "query", "oauth", "session", "hmac")}
TOKENS = {"oauth": "the-token-5b1e77d0", "session": "the-session-0c4d9ea1"}
LOGINS = {
    "basic": "{kind: basic, user: tinh, password: {credential: basic}}",
    "bearer": "{kind: bearer, token: {credential: bearer}}",
    "header": "{kind: api_key, key: {credential: header}, header: X-Api-Key}",
    "query": "{kind: api_key, key: {credential: query}, query: key}",
    "oauth": "{kind: oauth2, token_url: /oauth-token, client_id: tinh, client_secret: {credential: oauth}}",
    "session": "{kind: session, login_url: /session-login, user: tinh, password: {credential: session}, token: .token, place: 'header:X-Session'}",
}

CONNECTOR = """
connector: {name}
title: Source that wants a secret
enabled: yes
base_url: http://127.0.0.1:{port}
auth: {login}
manners: {{rate: 0, parallel: 2, attempts: 1}}
streams:
  - name: so
    schedule: {{every: 1 d, spread: none}}
    retry: 1 h
    request: {{path: /{path}}}
    format: {{kind: json, records: ".rows[]", fields: {{value: .value}}}}
    mapping:
      unit: {{const: nt-so-y-te}}
      period: {{today: yes}}
      metrics: [{{metric: t.{name}, value: value, whole: yes}}]
"""


def needles():
    """Each secret and token as it is, and as a header or a form would carry it."""
    found = []
    for word in [*SECRETS.values(), *TOKENS.values()]:
        found += [word.encode(), base64.b64encode(("tinh:" + word).encode())]
    return found


class Guarded:
    """Serves whoever shows the right secret, and tells in its refusals what was shown: a source that does so must not put it into our journal."""

    def __init__(self):
        scripts = {"/": self.refuse, "/oauth-token": self.token, "/session-login": self.login}
        scripts.update({"/" + kind: self.data for kind in LOGINS})
        scripts.update({"/refused-" + kind: self.refuse for kind in LOGINS})
        self.server = BadServer(scripts)

    def token(self, server, peer, request):
        shown = request.headers.get("authorization", "") + request.body.decode()
        want = base64.b64encode(("tinh:" + SECRETS["oauth"]).encode()).decode()
        good = want in shown or SECRETS["oauth"] in shown
        answer(peer, json.dumps({"access_token": TOKENS["oauth"], "token_type": "Bearer", "expires_in": 3600}) if good else "{}", status=200 if good else 401)

    def login(self, server, peer, request):
        good = json.loads(request.body)["password"] == SECRETS["session"]
        answer(peer, json.dumps({"token": TOKENS["session"]}) if good else "{}", status=200 if good else 401)

    def shown(self, request):
        return json.dumps([request.path, request.headers])

    def data(self, server, peer, request):
        kind = request.path.split("?")[0].strip("/")
        word = TOKENS.get(kind, SECRETS[kind])
        good = word in self.shown(request) or base64.b64encode(("tinh:" + word).encode()).decode() in self.shown(request)
        answer(peer, '{"rows": [{"value": 1}]}' if good else "{}", status=200 if good else 401)

    def refuse(self, server, peer, request):
        answer(peer, json.dumps({"error": "not with " + self.shown(request)}), status=403)


def allow_cores():
    hard = resource.RLIM_INFINITY if os.getuid() == 0 else resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def files_below(folder):
    for path in glob.glob(os.path.join(folder, "**"), recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                yield path, f.read()


def of_process(pid):
    """What others may see of it."""
    for name in ("cmdline", "environ", "status", "maps", "comm", "limits", "mountinfo"):
        with open("/proc/%d/%s" % (pid, name), "rb") as f:
            yield "/proc/PID/" + name, f.read()
    yield "/proc/PID/fd", "\n".join(os.readlink(path) for path in glob.glob("/proc/%d/fd/*" % pid)).encode()


def test_no_secret_is_where_somebody_looks():
    """Every way of logging in, with sources that accept and sources that refuse and repeat what they were shown: nothing in log, database, spool, control socket, metrics and /proc, and no core when it dies."""
    postgres, guarded = Postgres().start(), Guarded()
    rig = Rig(postgres.conninfo("secrets"), None, names=(), main="")
    credentials, place = os.path.join(rig.room, "credentials"), os.path.join(rig.room, "here")
    try:
        for folder in (credentials, place):
            os.mkdir(folder)
        for kind, word in SECRETS.items():
            with open(os.path.join(credentials, kind), "w", encoding="utf-8") as f:
                f.write(word + "\n")
        for kind, login in LOGINS.items():
            for name, path in ((kind, kind), ("refused-" + kind, "refused-" + kind)):
                with open(os.path.join(rig.room, "connectors.d/%s.yaml" % name), "w", encoding="utf-8") as f:
                    f.write(CONNECTOR.format(name=name, port=guarded.server.port, login=login, path=path))
        postgres.create("secrets")
        with open(rig.log, "a", encoding="utf-8") as log:
            rig.process = subprocess.Popen([THIDUAD, "run", "--config", rig.config], stdout=log, stderr=log, cwd=place, env={**os.environ, "CREDENTIALS_DIRECTORY": credentials},
                                           preexec_fn=allow_cores)
        conn = postgres.connect("secrets")

        def states():
            done = rig.run("status", "--format", "json", check=False)
            return {s["connector"]: s["state"] for s in json.loads(done.stdout)["streams"]} if done.returncode == 0 else {}

        want = {**{kind: "ok" for kind in LOGINS}, **{"refused-" + kind: "failed" for kind in LOGINS}}
        wait_until(lambda: states() == want, 60)
        wait_until(lambda: one(conn, "select count(*) from ingest.run") == len(want), 60)
        seen = list(of_process(rig.process.pid))
        assert re.search(rb"Max core file size +0 +0 ", dict(seen)["/proc/PID/limits"])
        spool = list(files_below(os.path.join(rig.room, "spool")))
        for words in (("status",), ("status", "--format", "json")):
            seen.append((" ".join(words), rig.run(*words).stdout.encode()))
        os.environ["CREDENTIALS_DIRECTORY"] = credentials
        for kind in LOGINS:
            for words in (("fetch", "refused-%s/so" % kind, "--dry-run"), ("fetch", "%s/so" % kind, "--raw", "--dry-run"), ("fetch", "%s/so" % kind, "--record", os.path.join(place, kind))):
                done = rig.run(*words, check=False)
                seen.append((" ".join(words), (done.stdout + done.stderr).encode()))
        done = rig.run("doctor", check=False)
        seen.append(("doctor", (done.stdout + done.stderr).encode()))
        del os.environ["CREDENTIALS_DIRECTORY"]
        dump = subprocess.run([os.path.join(postgres.bin, "pg_dump"), "-d", postgres.conninfo("secrets")], stdout=subprocess.PIPE, check=True).stdout
        conn.close()

        rig.process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(rig.process.pid, 0)
        rig.process.returncode = -signal.SIGABRT
        rig.process = None
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status)
        seen += [("the log", rig.words().encode()), ("the database", dump), *spool, *files_below(os.path.join(rig.room, "spool")), *files_below(place)]
        assert len(dump) > 100000 and b"refused-oauth" in dump and any(path.endswith("outcome") for path, _ in seen)
        assert [(where, needle) for where, text in seen for needle in needles() if needle in text] == []
    finally:
        os.environ.pop("CREDENTIALS_DIRECTORY", None)
        rig.remove()
        guarded.server.stop()
        postgres.remove()

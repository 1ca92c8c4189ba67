"""fetch --record keeps exchanges over real HTTP as a case that thiduad test plays offline, and a difference is named."""

import http.server
import json
import os
import subprocess
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
THIDUAD = os.environ.get("THIDUAD", os.path.join(TOP, "build", "tests", "thiduad"))
TOKEN = "a-token-that-nobody-may-keep"
PADDING = "x" * 20000           # larger than what a terminal is shown

CONNECTOR = """connector: demo
base_url: http://127.0.0.1:{port}
auth: {{kind: oauth2, token_url: /token, client_id: me, client_secret: {{env: DEMO_SECRET}}}}
manners: {{rate: 6000}}
streams:
  - name: count
    schedule: {{every: 1 h}}
    request: {{path: /units}}
    format: {{kind: json, records: ".items[]", fields: {{unit: .code, n: .count}}}}
    mapping:
      unit: {{field: unit, system: slug}}
      period: {{today: yes}}
      metrics: [{{metric: demo.count, value: n, whole: yes}}]
"""


class Source(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})

    def do_GET(self):
        self.answer({"padding": PADDING, "items": [{"code": "nt-so-y-te", "count": 0}, {"code": "nobody", "count": 3}, {"code": "nt-so-noi-vu", "count": None}]})

    def log_message(self, *words):
        pass


def run(config, *words):
    return subprocess.run([THIDUAD, *words, "--config", str(config)], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "DEMO_SECRET": "secret-of-the-source"}, check=False)


def test_record_and_play(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name in ("connectors.d", "campaigns.d"):
        (tmp_path / name).mkdir()
    (tmp_path / "connectors.d/demo.yaml").write_text(CONNECTOR.format(port=server.server_port))
    config = tmp_path / "thiduad.yaml"
    config.write_text(f'units: ["{TOP}/conf/units"]\nhttp: {{allowed_networks: ["127.0.0.0/8"]}}\n')
    case = tmp_path / "connectors.d/demo.tests/whole"
    try:
        fetched = run(config, "fetch", "demo", "--record", str(case))
    finally:
        server.shutdown()
        server.server_close()
    assert fetched.returncode == 1, fetched.stderr          # one reject
    kept = "".join(f.read_text() for f in case.iterdir())
    assert PADDING in kept
    assert TOKEN not in kept and "secret-of-the-source" not in kept

    played = run(config, "test")                            # the server is gone
    assert (played.returncode, played.stdout) == (0, "passed demo/whole\n1 passed, 0 failed\n"), played.stdout + played.stderr

    samples = case / "samples"
    assert "  0\n" in samples.read_text() and "  null\n" in samples.read_text()
    samples.write_text(samples.read_text().replace("  0\n", "  7\n"))
    differs = run(config, "test", "demo/whole")
    assert differs.returncode == 1
    assert differs.stdout.startswith("FAILED demo/whole\n  samples differ (- expected, + came):\n    - demo.count  nt-so-y-te"), differs.stdout

    (case / "02.request").write_text((case / "02.request").read_text().replace("/units", "/other"))
    missed = run(config, "test", "demo/whole")
    assert "no recorded exchange" in missed.stdout and "recorded, but never asked for: 02" in missed.stdout, missed.stdout
    assert run(config, "test", "demo/none").returncode == 66

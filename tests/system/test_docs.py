"""The connectors that README.md and docs/ show pass the check, and the first one of README fetches what its mapping says."""

import glob
import http.server
import json
import os
import re
import subprocess
import sys
import threading

from lib.postgres import TOP

THIDUAD = os.environ.get("THIDUAD") or os.path.join(TOP, "build/thiduad")
README = os.path.join(TOP, "README.md")


def shown(path):
    with open(path, encoding="utf-8") as f:
        return [b for b in re.findall(r"```yaml\n(.*?)```", f.read(), re.S) if re.match(r"\s*(#.*\n)*connector:", b)]


def write(room, connector, name):
    for folder in ("connectors.d", "campaigns.d"):
        (room / folder).mkdir(exist_ok=True)
    if not (room / "units").exists():
        (room / "units").mkdir()
        for path in glob.glob(os.path.join(TOP, "conf/units/*.csv")):
            (room / "units" / os.path.basename(path)).symlink_to(path)
        (room / "units/codes-qd20.csv").write_text("system,code,unit,valid_from,valid_to,note\nqd20,H43.SYT,nt-so-y-te,,,\nqd20,H43.SNV,nt-so-noi-vu,,,\n", encoding="utf-8")
    (room / "connectors.d" / name).write_text(connector, encoding="utf-8")
    (room / "thiduad.yaml").write_text(f"instance: docs\nspool: {{dir: {room}/spool}}\n", encoding="utf-8")
    return str(room / "thiduad.yaml")


def thiduad(*words):
    return subprocess.run([THIDUAD, *words], capture_output=True, text=True, timeout=60, check=False)


def test_connectors_shown_pass_the_check(tmp_path):
    seen = 0
    for path in [README, *sorted(glob.glob(os.path.join(TOP, "docs/**/*.md"), recursive=True))]:
        for n, block in enumerate(shown(path)):
            room = tmp_path / f"{seen}"
            room.mkdir()
            done = thiduad("check", "--strict", "--config", write(room, block, f"{n}.yaml"))
            assert done.returncode == 0, f"{os.path.relpath(path, TOP)}, connector {n}: {done.stdout}{done.stderr}"
            seen += 1
    assert seen > 0


def test_the_first_connector_of_readme_fetches(tmp_path):
    class Source(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"items": [{"code": "H43.SYT", "count": 12}, {"code": "H43.SNV", "count": None}]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        block = shown(README)[0].replace("https://data.example", f"http://127.0.0.1:{server.server_port}")
        config = write(tmp_path, block, "demo.yaml")
        done = thiduad("fetch", "demo/count", "--dry-run", "--config", config)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"demo\.count.*nt-so-y-te.*\b12\b|nt-so-y-te.*demo\.count.*\b12\b", done.stdout), done.stdout
    finally:
        server.shutdown()
        server.server_close()


def test_what_is_printed_is_current():
    """Manual pages, reference, completion and the Vietnamese page of messages say what the program and the catalogue say."""
    done = subprocess.run([sys.executable, "-B", os.path.join(TOP, "docs/man/print.py"), THIDUAD, "--check"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

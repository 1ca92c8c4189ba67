"""The connectors that README.md and docs/ show pass the check, and the first one of README fetches what its mapping says."""

import glob
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse

from lib.postgres import TOP

THIDUAD = os.environ.get("THIDUAD") or os.path.join(TOP, "build/thiduad")
README = os.path.join(TOP, "README.md")


def shown(path):
    with open(path, encoding="utf-8") as f:
        return [b for b in re.findall(r"```yaml\n(.*?)```", f.read(), re.S) if re.match(r"\s*(#.*\n)*connector:", b)]


def code_tables(path):
    with open(path, encoding="utf-8") as f:
        return re.findall(r"```csv\n(system,code,.*?)```", f.read(), re.S)


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
            config = write(room, block, f"{n}.yaml")
            for k, table in enumerate(code_tables(path)):
                (room / f"units/codes-shown-{k}.csv").write_text(table, encoding="utf-8")
            done = thiduad("check", "--strict", "--config", config)
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


def test_the_first_own_source_goes_as_it_is_told(tmp_path):
    """docs/first-connector.md, step by step: its two files, then its commands in their order, against a source of two pages."""
    pages = {"1": [{"don_vi": "SYT", "tiep_nhan": 12, "truc_tuyen": 9}, {"don_vi": "SNV", "tiep_nhan": 0, "truc_tuyen": None}], "2": [{"don_vi": "KHAC", "tiep_nhan": 5, "truc_tuyen": 5}]}

    class Source(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            query = {n: v[0] for n, v in urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query).items()}
            is_known = (query.pop("tu"), query.pop("den"), query.pop("so_dong")) == ("01/03/2024", "31/03/2024", "2")
            body = json.dumps({"status": "OK", "total": 3, "data": pages[query.pop("trang")]} if is_known else {"status": "FAIL", "message": "another question"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    with open(os.path.join(TOP, "docs/first-connector.md"), encoding="utf-8") as f:
        text = f.read()
    blocks = {kind: re.search(r"```%s\n(.*?)```" % kind, text, re.S).group(1) for kind in ("yaml", "csv", "sh")}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        write(tmp_path, blocks["yaml"].replace("https://nguon.example", f"http://127.0.0.1:{server.server_port}"), "nguon.yaml")
        (tmp_path / "units/codes-nguon.csv").write_text(blocks["csv"], encoding="utf-8")
        commands = blocks["sh"].split("\n")[:-1]
        said = []
        for command in commands:
            words = command.split()
            assert words[0] == "thiduad"
            done = subprocess.run([THIDUAD, *words[1:], "--config", "thiduad.yaml"], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
            said.append((done.returncode, done.stdout, done.stderr))
    finally:
        server.shutdown()
        server.server_close()
    assert [words.split()[1] for words in commands] == ["check", "fetch", "fetch", "test"]
    assert said[0][0] == 0, said[0]
    # A record of an unknown unit: the exit code says that not all is well, the reject names the code.
    assert said[1][0] == 1 and re.search(r"dossier\.received .*nt-so-y-te .*12", said[1][1]) and "KHAC" in said[1][2], said[1]
    assert "is not enabled" in said[1][2]
    assert os.path.exists(tmp_path / "connectors.d/nguon.tests/thang-3/02.response"), said[2]
    assert said[3][0] == 0 and "1 passed, 0 failed" in said[3][1], said[3]
    samples = (tmp_path / "connectors.d/nguon.tests/thang-3/samples").read_text(encoding="utf-8")
    assert re.search(r"dossier\.received +nt-so-noi-vu +2024-03 +0\n", samples) and re.search(r"dossier\.online +nt-so-noi-vu +2024-03 +null\n", samples), samples


def test_every_variable_is_explained():
    """docs/first-connector.md names each variable that a template can hold, and no other."""
    with open(os.path.join(TOP, "src/fetch/template.c"), encoding="utf-8") as f:
        names = set(re.findall(r'\[VAR_\w+\] = "([a-z.]+)"', f.read()))
    with open(os.path.join(TOP, "docs/first-connector.md"), encoding="utf-8") as f:
        table = re.search(r"\| Variable \|.*?\n\n", f.read(), re.S).group(0)
    told = set()
    for row in table.split("\n")[2:]:
        group = None
        for name in re.findall(r"`([a-z.]+)`", row.split("|")[1] if row.startswith("|") else ""):
            group, name = (group, group + name) if name.startswith(".") else (name.split(".")[0], name)
            told.add(name)
    assert len(names) > 15 and told == names, told ^ names


def test_what_is_printed_is_current():
    """Manual pages, reference, completion and the Vietnamese page of messages say what the program and the catalogue say."""
    done = subprocess.run([sys.executable, "-B", os.path.join(TOP, "docs/man/print.py"), THIDUAD, "--check"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

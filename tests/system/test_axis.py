"""The document axis (VXP): what the shipped connector signs is checked by a server that checks it as the axis does, header by header and with its own HMAC."""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.bad_server import BadServer, answer  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
THIDUAD = os.environ.get("THIDUAD", os.path.join(TOP, "build/dev/thiduad"))
SECRET = "axis-secret-of-the-test"
with open(os.path.join(TOP, "tests/payloads/vxp/request_headers.json")) as file:
    SAMPLE = json.load(file)        # names and form as the vendor's SDK sends them
with open(os.path.join(TOP, "conf/connectors.d/truc-vxp.yaml")) as file:
    SHIPPED = file.read()


def fault_of(headers):
    """What the axis would hold against these headers; None: nothing. Names come in lower case."""
    for name in SAMPLE:
        if name not in ("User-Agent", "Content-Type") and name.lower() not in headers:
            return "no header " + name
    if headers["xroadvnpt-sign-header-key"] != SAMPLE["XroadVnpt-sign-header-key"]:
        return "other names are signed"
    signed = json.loads(headers["xroadvnpt-sign-header"])
    if list(signed) != SAMPLE["XroadVnpt-sign-header-key"].split(";"):
        return "the names of the signed values are others"
    for name, value in signed.items():
        if headers[name.lower()] != value:
            return "the signed %s is not the one sent" % name
    if not re.fullmatch(r"\d{8}T\d{6}\+\d{4}", headers["xroadvnpt-timestamp"]):
        return "the time has another form"
    if headers["xroadvnpt-version"] != SAMPLE["XroadVnpt-version"] or signed["XroadVnpt-servicetype"] != "eDoc":
        return "another version or service"
    wanted = hmac.new(SECRET.encode(), headers["xroadvnpt-sign-header"].encode(), hashlib.sha256).hexdigest()
    return None if hmac.compare_digest(wanted, headers["xroadvnpt-hash-header"]) else "the signature does not fit"


class Axis:
    def __init__(self):
        self.faults, self.types = [], []
        self.server = BadServer({"/countReceiveEdoc": self.count, "/countReceiveStatus": self.count})
        self.port = self.server.port

    def count(self, server, peer, request):
        fault = fault_of(request.headers)
        self.faults.append(fault)
        self.types.append((request.path, request.headers.get("xroadvnpt-messagetype")))
        body = {"status": "FAIL", "ErrorCode": "401", "ErrorDesc": fault} if fault else {"status": "OK", "ErrorCode": "0", "ErrorDesc": "", "count": 7}
        answer(peer, json.dumps(body))


@pytest.fixture
def axis():
    a = Axis()
    yield a
    a.server.stop()


def fetch(axis, folder, stream, replace=()):
    """The shipped connector with nothing changed but the address (and what `replace` breaks)."""
    text = SHIPPED.replace("http://truc-vxp.khanhhoa.example", "http://127.0.0.1:%d" % axis.port).replace("vxp.example", SAMPLE["XroadVnpt-systemid"])
    for before, after in replace:
        assert before in text
        text = text.replace(before, after)
    for name in ("connectors.d", "campaigns.d", "credentials"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "connectors.d/truc-vxp.yaml").write_text(text)
    (folder / "credentials/vxp-secret").write_text(SECRET + "\n")
    (folder / "credentials/vxp-secret").chmod(0o600)
    (folder / "thiduad.yaml").write_text("timezone: Asia/Ho_Chi_Minh\nconnectors: connectors.d\ncampaigns: campaigns.d\nunits: %s\n"
                                         "database: {conninfo: dbname=none}\nspool: {dir: %s}\n" % (os.path.join(TOP, "conf/units"), folder / "spool"))
    environment = dict(os.environ, CREDENTIALS_DIRECTORY=str(folder / "credentials"))
    return subprocess.run([THIDUAD, "fetch", "truc-vxp/" + stream, "--dry-run", "--config", str(folder / "thiduad.yaml")], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=environment, timeout=60, check=False)


@pytest.mark.parametrize("stream, path, kind", [("van-ban-cho", "/countReceiveEdoc", "edoc"), ("trang-thai-cho", "/countReceiveStatus", "status")])
def test_the_axis_accepts_what_the_shipped_connector_signs(axis, tmp_path, stream, path, kind):
    done = fetch(axis, tmp_path, stream)
    assert done.returncode == 0, done.stdout
    assert axis.faults == [None] and axis.types == [(path, kind)]
    assert re.search(r"axis\.waiting\.\w+ +H32 .*7", done.stdout), done.stdout
    assert SECRET not in done.stdout and hmac.new(SECRET.encode(), b"", hashlib.sha256).hexdigest() not in done.stdout


@pytest.mark.parametrize("before, after, fault", [
    ("  values_header:", '  canonical: "{names}{values}"\n  values_header:', "the signature does not fit"),
    ("[XroadVnpt-systemid, XroadVnpt-timestamp,", "[XroadVnpt-timestamp, XroadVnpt-systemid,", "other names are signed"),
    ("  header: XroadVnpt-hash-header", "  header: XroadVnpt-hash-header\n  encoding: base64", "the signature does not fit"),
    ("'+0000'", "", "the time has another form"),
])
def test_a_wrong_signing_string_is_noticed_and_no_count_comes_of_it(axis, tmp_path, before, after, fault):
    """The axis answers 200 with FAIL: the run fails with its words, and nothing is stored, least of all 0."""
    done = fetch(axis, tmp_path, "van-ban-cho", [(before, after)])
    assert set(axis.faults) == {fault}
    assert done.returncode != 0 and fault in done.stdout, done.stdout
    assert not re.search(r"axis\.waiting\.document +H32", done.stdout)


def test_a_header_changed_on_its_way_is_noticed_by_the_check_itself():
    """The server above is no rubber stamp: the SDK's own sample passes with its key only, and any other value does not."""
    sample = {name.lower(): value for name, value in SAMPLE.items()}
    sample["xroadvnpt-hash-header"] = hmac.new(SECRET.encode(), sample["xroadvnpt-sign-header"].encode(), hashlib.sha256).hexdigest()
    assert fault_of(sample) is None
    for name in SAMPLE:
        if name not in ("User-Agent", "Content-Type"):
            assert fault_of(dict(sample, **{name.lower(): sample[name.lower()].replace("e", "f").replace("0", "1")})), name
            assert fault_of({n: v for n, v in sample.items() if n != name.lower()}) == "no header " + name

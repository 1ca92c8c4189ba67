"""A source that misbehaves in each way that sources do: every time the right verdict, within its bound, in words that name the cause."""

import email.utils
import gzip
import io
import json
import os
import re
import resource
import sys
import time
import zipfile

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.bad_server import BadServer, answer, head  # noqa: E402
from lib.rig import Rig  # noqa: E402

GOOD = json.dumps({"rows": [{"unit": "H43.1", "value": 7}]})

CONNECTOR = """
connector: xau
title: A source that misbehaves
enabled: yes
base_url: http://127.0.0.1:{port}
{auth}
manners: {{rate: 0, parallel: 2, attempts: {attempts}, backoff_min: 10 ms, backoff_max: 20 ms, retry_after_max: {cap}, breaker_failures: 50}}
limits: {{{limits}, max_body: 1 MiB, max_redirects: {redirects}}}
streams:
  - name: so
    schedule: {{every: 1 d}}
    request: {{path: {path}}}
    {paging}
    {accept}
    format:
      kind: json
      {wrapper}
      records: .rows[]
      fields: {{unit: .unit, value: .value}}
      envelope: {{next: .next, error: .error}}
    mapping:
      unit: {{const: nt-so-y-te}}
      period: {{today: yes}}
      metrics:
        - {{metric: t.so, value: value, whole: yes}}
"""


# Only the cases that are about a bound come near to it: a busy machine must not turn one verdict into another.
PATIENT = "connect_timeout: 20 s, first_byte_timeout: 20 s, idle_timeout: 20 s, total_timeout: 60 s"


def bound(old, new):
    assert old in PATIENT
    return {"limits": PATIENT.replace(old, new)}


class Place:
    """A folder with one connector against the bad server."""

    def __init__(self, server):
        self.server = server
        self.rig = Rig("host=/nowhere dbname=none", server, names=())

    def fetch(self, path, auth="", paging="", accept="", attempts=1, cap="10 min", redirects=0, limits=PATIENT, words=(), wrapper="wrapper: none"):
        with open(os.path.join(self.rig.room, "connectors.d/xau.yaml"), "w", encoding="utf-8") as f:
            f.write(CONNECTOR.format(port=self.server.port, path=path, auth=auth, paging=paging, accept=accept, attempts=attempts, cap=cap, redirects=redirects, limits=limits, wrapper=wrapper))
        before = time.monotonic()
        done = self.rig.run("fetch", "xau", *words, check=False, timeout=30)
        done.took = time.monotonic() - before
        done.asked = len(self.server.asked(path))
        assert "AddressSanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        return done


# ---- the scripts ----

def slow_head(server, peer, request):
    for c in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Slow: " + b"a" * 100:
        peer.sendall(bytes([c]))
        server.wait(0.1)


def slow_body(server, peer, request):
    peer.sendall(head() + b'{"rows": [')
    for _ in range(100):
        peer.sendall(b" ")
        server.wait(0.1)


def silent(server, peer, request):
    server.wait(10)


def silent_in_the_middle(server, peer, request):
    peer.sendall(head() + b'{"rows": [')
    server.wait(10)


def reset(server, peer, request):
    import socket
    import struct
    peer.sendall(head(Content_Length=5000) + b'{"rows": [{"unit": "H43.1"')
    server.wait(0.05)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closed(server, peer, request):
    pass


def too_short(server, peer, request):
    peer.sendall(head(Content_Length=len(GOOD) + 100) + GOOD.encode())


def two_lengths(server, peer, request):
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\nContent-Length: 3000\r\n\r\n" + GOOD.encode())


def bad_chunks(server, peer, request):
    peer.sendall(head(Transfer_Encoding="chunked") + b"ZZ\r\n" + GOOD.encode())


def cut_chunks(server, peer, request):
    peer.sendall(head(Transfer_Encoding="chunked") + b"%x\r\n%s\r\n" % (len(GOOD), GOOD.encode()))


def endless(server, peer, request):
    peer.sendall(head() + b'{"rows": [')
    while not server.is_over.is_set():
        peer.sendall(b'{"unit": "H43.1", "value": 1},' * 1000)


def endless_head(server, peer, request):
    peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not server.is_over.is_set():
        peer.sendall(b"a" * 65536)


BOMB = gzip.compress(b'{"rows": [' + b" " * (200 << 20), 1)


def bomb(server, peer, request):
    answer(peer, BOMB, Content_Encoding="gzip")


def bad_gzip(server, peer, request):
    answer(peer, b"\x1f\x8b\x08\x00" + b"rubbish" * 10, Content_Encoding="gzip")


class OneWay(io.RawIOBase):
    """A file that cannot be gone back in, as a server's answer: sizes then stand behind the data."""

    def __init__(self):
        super().__init__()
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)

    def getvalue(self):
        return self.data


def zipped(*members, streamed=False):
    """A zip file; streamed: as it is written where the size is not known before."""
    file = OneWay() if streamed else io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)
    return file.getvalue()


def file_bomb(server, peer, request):
    answer(peer, BOMB, content_type="application/gzip")


def file_zip_bomb(server, peer, request):
    answer(peer, zipped(("a.json", b'{"other": [' + b"1," * (16 << 20)), ("b.json", b"")), content_type="application/zip")


def file_cut(server, peer, request):
    answer(peer, gzip.compress(GOOD.encode())[:-4], content_type="application/octet-stream")


def file_changed(server, peer, request):
    data = bytearray(gzip.compress(GOOD.encode()))
    data[-8] ^= 1
    answer(peer, bytes(data), content_type="application/gzip")


def file_zip_cut(server, peer, request):
    answer(peer, zipped(("a.json", GOOD))[:-30], content_type="application/zip")


def file_two(server, peer, request):
    answer(peer, zipped(("a.json", GOOD), ("b.json", GOOD)), content_type="application/zip")


def file_other(server, peer, request):
    answer(peer, zipped(("đọc.txt", "x")), content_type="application/zip")


def file_plain(server, peer, request):
    answer(peer, GOOD)


def file_page(server, peer, request):
    answer(peer, "<!DOCTYPE html><html><body>Bảo trì</body></html>", content_type="application/zip")


def loop(server, peer, request):
    answer(peer, "", status=302, Location="/loop")


def elsewhere(server, peer, request):
    answer(peer, "", status=302, Location="http://localhost:%d/good" % server.port)


def to_a_file(server, peer, request):
    answer(peer, "", status=302, Location="file:///etc/passwd")


def many_headers(server, peer, request):
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(10000)) + b"\r\n" + GOOD.encode())


def bad_utf8(server, peer, request):
    answer(peer, b'{"rows": [{"unit": "H43.\xff1", "value": 7}]}')


def deep(server, peer, request):
    answer(peer, '{"rows": [' + "[" * 100000)


def twice(server, peer, request):
    answer(peer, '{"rows": [{"unit": "H43.1", "value": 7, "value": 8}]}')


def html(server, peer, request):
    answer(peer, "<!DOCTYPE html><html><body><form><input type=\"password\"></form></body></html>", content_type="text/html")


def wall(server, peer, request):
    answer(peer, "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected.</body></html>", content_type="text/html")


def error_body(server, peer, request):
    answer(peer, '{"error": "ERR-17", "rows": []}')


def nothing(server, peer, request):
    answer(peer, "")


def null(server, peer, request):
    answer(peer, "null")


def cursor_repeats(server, peer, request):
    answer(peer, json.dumps({"rows": [{"value": request.number}], "next": "a" if request.number % 2 else "b"}))


def page_repeats(server, peer, request):
    answer(peer, json.dumps({"rows": [{"value": 1}]}))


def no_http(server, peer, request):
    peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 10)


def status_zero(server, peer, request):
    answer(peer, GOOD, status="999")


def good(server, peer, request):
    answer(peer, GOOD)


SCRIPTS = {"/" + f.__name__.replace("_", "-"): f for f in (
    slow_head, slow_body, silent, silent_in_the_middle, reset, closed, too_short, two_lengths, bad_chunks, cut_chunks, endless, endless_head, bomb, bad_gzip, file_bomb, file_zip_bomb,
    file_cut, file_changed, file_zip_cut, file_two, file_other, file_plain, file_page, loop, elsewhere,
    to_a_file, many_headers, bad_utf8, deep, twice, html, wall, error_body, nothing, null, cursor_repeats, page_repeats, no_http, status_zero, good)}


@pytest.fixture(scope="module")
def server():
    s = BadServer(dict(SCRIPTS))
    yield s
    s.stop()


@pytest.fixture(scope="module")
def place(server):
    p = Place(server)
    yield p
    p.rig.remove()


# ---- one behaviour, one verdict ----

# path: exit code, what the operator reads, seconds at most, further settings
VERDICTS = {
    "slow-head": (69, r'"127\.0\.0\.1" gave no answer within 400 ms \("first_byte_timeout"\)', 2, bound("first_byte_timeout: 20 s", "first_byte_timeout: 400 ms")),
    "slow-body": (69, r'had not answered completely after 1500 ms \("total_timeout"\); \d+ bytes came', 4, bound("total_timeout: 60 s", "total_timeout: 1500 ms")),
    "silent": (69, r'gave no answer within 400 ms \("first_byte_timeout"\)', 2, bound("first_byte_timeout: 20 s", "first_byte_timeout: 400 ms")),
    "silent-in-the-middle": (69, r'fell silent in the middle of the answer for 300 ms \("idle_timeout"\); 10 bytes came', 2, bound("idle_timeout: 20 s", "idle_timeout: 300 ms")),
    "reset": (65, r"the connection to .* ended in the middle of the answer \(26 bytes came\)", 2, {}),
    "closed": (65, r"closed the connection without an answer", 2, {}),
    "too-short": (65, r"ended in the middle of the answer", 2, {}),
    "two-lengths": (65, r"ended in the middle of the answer", 2, {}),
    "bad-chunks": (65, r"does not speak HTTP properly: .*chunk", 2, {}),
    "cut-chunks": (65, r"ended in the middle of the answer", 2, {}),
    "endless": (69, r'the answer is larger than "max_body" allows \(1048576 bytes after decompression\)', 4, {}),
    "endless-head": (69, r"sent a header line of more than 100 KiB", 2, {}),
    "bomb": (69, r'the answer is larger than "max_body" allows \(1048576 bytes after decompression\)', 2, {}),
    "bad-gzip": (65, r"cannot be unpacked: it is not compressed as its Content-Encoding says, or damaged", 2, {}),
    "file-bomb": (69, r"the file unpacks to more than 200 times its size \(\d+ bytes of \d+\): raise `max_ratio` if that is right", 2, {"wrapper": "wrapper: gzip"}),
    "file-zip-bomb": (69, r"the file unpacks to more than 4194304 bytes: raise `max_unpacked`", 4, {"wrapper": "wrapper: zip\n      member: a.json\n      max_ratio: 100000\n      max_unpacked: 4 MiB"}),
    "file-cut": (65, r"the gzip file is cut off: it ends with byte \d+", 2, {"wrapper": "wrapper: gzip"}),
    "file-changed": (65, r"the gzip file is damaged before byte \d+: incorrect data check", 2, {"wrapper": "wrapper: gzip"}),
    "file-zip-cut": (65, r"the zip file is cut off: it ends with byte \d+", 2, {"wrapper": "wrapper: zip"}),
    "file-two": (65, r'several members that fit: "a\.json" and "b\.json"; name one with `member`', 2, {"wrapper": "wrapper: zip"}),
    "file-other": (65, r'no member that fits "\*\.json"; there are "đọc\.txt"', 2, {"wrapper": 'wrapper: zip\n      member: "*.json"'}),
    "file-plain": (65, r'the answer is no zip file: it begins with "\{"; if the server packs it for the way only, leave `wrapper` out', 2, {"wrapper": "wrapper: zip"}),
    "file-page": (65, r"an HTML page came where data was declared", 2, {"wrapper": "wrapper: zip"}),
    "loop": (69, r'more than 3 redirects \("max_redirects"\), the last one to "http://127\.0\.0\.1:\d+/loop"', 2, {"redirects": 3}),
    "elsewhere": (69, r'HTTP 302: redirect from .* to another host, "http://localhost:\d+", is not followed', 2, {"redirects": 3}),
    "to-a-file": (69, r'HTTP 302: redirect to "file:///etc/passwd", which is no http or https address', 2, {"redirects": 3}),
    "many-headers": (69, r'more than 200 headers \("max_headers"\)', 2, {}),
    "bad-utf8": (65, r"byte 24 of the body is no character of UTF-8", 2, {}),
    "deep": (69, r"nested deeper than 64: raise `max_depth` if that is right", 2, {}),
    "html": (77, r"an HTML login page came where data was declared", 2, {}),
    "wall": (69, r'a rejection page \("Request Rejected"', 2, {}),
    "error-body": (65, r'the answer says error "ERR-17" where "null" is required', 2, {"accept": 'accept: {require: {error: "null"}}'}),
    "nothing": (65, r"the body is empty", 2, {}),
    "null": (65, r"the document is null where an object was expected", 2, {}),
    "no-http": (65, r"does not speak HTTP properly", 2, {}),
    "status-zero": (69, r"HTTP 999: the source has an error of its own", 2, {}),
}


# Each of these ends in its own words within its bound, and leaves no figure behind: what broke off never came.
@pytest.mark.parametrize("name", VERDICTS)
def test_verdict(place, name):
    code, words, seconds, more = VERDICTS[name]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = place.fetch("/" + name, **more)
    assert done.returncode == code, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("thiduad: GET /" + name) and re.search(words, last), last
    assert done.took < seconds + 8, done.took
    # An endless body is larger than a parcel: the figures at its beginning have left before anybody knew. They are true, and bounded.
    assert name == "endless" or done.stdout == "", done.stdout
    # The first child sets the mark; none of those that follow needs much more, whatever it was sent.
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert not before or after < before + 100 * 1024, (before, after)


# Of two equal keys neither is taken: the record is rejected, in words.
def test_equal_keys(place):
    done = place.fetch("/twice")
    assert done.returncode == 1 and done.stdout == "", (done.returncode, done.stdout)
    assert "its key stands twice in one object, and nothing says which one counts" in done.stderr


# Pages that never end are noticed at the first repetition; the figures of the pages that came are kept, the run is not whole.
def test_repeating_cursor(place):
    done = place.fetch("/cursor-repeats", paging="paging: {kind: cursor, param: after}\n    page: {cursor: next}")
    assert done.returncode == 1 and done.asked == 3, done.stderr
    assert "the source gave a cursor of an earlier page again after page 3: the pages would never end" in done.stderr
    done = place.fetch("/page-repeats", paging="paging: {kind: page, param: page}")
    assert done.returncode == 1 and done.asked == 2, done.stderr
    assert "page 2 is the same as an earlier one: the source repeats itself or ignores the page parameter" in done.stderr


# ---- what servers may do ----


def brotli(data):
    """One block as it is, and the end (RFC 7932 part 9)."""
    assert len(data) <= 65536
    return (0x0B | (len(data) - 1) << 7 | 1 << 23).to_bytes(3, "little") + data + b"\x03"


def zstandard(data):
    """One frame of one block as it is (RFC 8878 part 3)."""
    assert len(data) < 256
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + (len(data) << 3 | 1).to_bytes(3, "little") + data


# Each compression that is offered is understood.
@pytest.mark.parametrize("encoding,pack", [("gzip", gzip.compress), ("br", brotli), ("zstd", zstandard)])
def test_compressed(server, place, encoding, pack):
    path = "/packed-" + encoding
    server.scripts[path] = lambda s, peer, r: answer(peer, pack(GOOD.encode()), Content_Encoding=encoding)
    done = place.fetch(path)
    assert done.returncode == 0 and done.stdout.split()[-1] == "7", done.stderr
    assert encoding in server.asked(path)[0].headers["accept-encoding"]


SECRET = "bi-mat-cua-nguon-0123"


def listed(server):
    return PATIENT + ", redirect_hosts: [\"http://localhost:%d\"]" % server.port


# A host that is listed is asked instead, with a bare GET: no key in a header or the query, no header of the connector, no body, and the key that the source put into the
# address is shown nowhere. What the other host wants or where it points to changes nothing of that.
@pytest.mark.parametrize("auth", ["auth: {kind: bearer, token: {env: KHOA}}", "auth: {kind: api_key, header: X-Khoa, key: {env: KHOA}}",
                                  "auth: {kind: api_key, query: khoa, key: {env: KHOA}}", "auth: {kind: basic, user: u, password: {env: KHOA}}"])
def test_sent_on(server, place, auth, monkeypatch):
    monkeypatch.setenv("KHOA", SECRET)
    path = "/sent-on"
    server.scripts[path] = lambda s, peer, r: answer(peer, "", status=302, Location="http://localhost:%d/store?sig=chu-ky-98765" % s.port)
    server.scripts["/store"] = good
    before = len(server.asked("/store"))
    done = place.fetch(path, auth=auth, redirects=2, limits=listed(server))
    assert done.returncode == 0 and done.stdout.split()[-1] == "7", done.stderr
    asked = server.asked("/store")[before:]
    assert len(asked) == 1 and asked[0].method == "GET" and asked[0].path == "/store?sig=chu-ky-98765" and not asked[0].body
    assert set(asked[0].headers) <= {"host", "user-agent", "accept", "accept-encoding"}, asked[0].headers
    assert SECRET in str(server.asked(path)[-1].headers) + server.asked(path)[-1].path or "basic" in auth
    assert "> GET http://localhost:%d/store?***" % server.port in done.stderr
    assert SECRET not in done.stderr and "98765" not in done.stderr


# A recording of it holds neither, and is played offline.
def test_sent_on_recorded(server, place, tmp_path):
    server.scripts["/sent-on"] = lambda s, peer, r: answer(peer, "", status=302, Location="http://localhost:%d/store?sig=chu-ky-98765" % s.port)
    server.scripts["/store"] = good
    done = place.fetch("/sent-on", redirects=2, limits=listed(server), words=("--record", str(tmp_path / "case")))
    assert done.returncode == 0, done.stderr
    kept = {f.name: f.read_text() for f in (tmp_path / "case").iterdir()}
    assert not [n for n, text in kept.items() if "98765" in text], kept
    played = place.rig.run("fetch", "xau", "--replay", str(tmp_path / "case"), check=False)
    assert played.returncode == 0 and played.stdout.split()[-1] == "7", played.stderr


# What is refused there, and in what words.
@pytest.mark.parametrize("script,words", [
    (lambda s, peer, r: answer(peer, "", status=401), r"sent on to http://localhost:\d+/store2: HTTP 401: the host to which the source points wants credentials, and those of the source go to no other host"),
    (lambda s, peer, r: answer(peer, "", status=302, Location="/store2?again=1"), r'sent on to http://localhost:\d+/store2: more than 2 redirects \("max_redirects"\), the last one to "http://localhost:\d+/store2"$'),
    (lambda s, peer, r: answer(peer, "", status=302, Location="http://127.0.0.1:%d/good?x=1" % s.port), r'to another host, "http://127\.0\.0\.1:\d+", is not followed'),
    (lambda s, peer, r: answer(peer, "", status=302, Location="file:///etc/passwd"), r'redirect to "file:///etc/passwd", which is no http or https address'),
    (html, r"an HTML login page came where data was declared")])
def test_sent_on_refused(server, place, script, words):
    server.scripts["/sent-on"] = lambda s, peer, r: answer(peer, "", status=302, Location="http://localhost:%d/store2?sig=chu-ky-98765" % s.port)
    server.scripts["/store2"] = script
    done = place.fetch("/sent-on", redirects=2, limits=listed(server))
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode not in (0, 1) and re.search(words, last), last
    assert "98765" not in done.stderr and done.stdout == ""


# Files in each wrapper are read, as programs of others write them: gzip, zip with the sizes before and behind, several members with one that fits.
@pytest.mark.parametrize("name,data,wrapper", [
    ("gz", gzip.compress(GOOD.encode()), "wrapper: gzip"),
    ("zip", zipped(("thang-3.json", GOOD)), "wrapper: zip"),
    ("one-way", zipped(("thang-3.json", GOOD), streamed=True), "wrapper: zip"),
    ("members", zipped(("đọc.txt", "x" * 100000), ("số liệu/thang-3.json", GOOD), streamed=True), 'wrapper: zip\n      member: "*/thang-?.json"')])
def test_wrapper(server, place, name, data, wrapper):
    path = "/file-" + name
    server.scripts[path] = lambda s, peer, r: answer(peer, data, content_type="application/octet-stream")
    done = place.fetch(path, wrapper=wrapper)
    assert done.returncode == 0 and done.stdout.split()[-1] == "7", done.stderr


# ---- trying again ----

# What breaks off is asked for again, and only the whole answer counts.
def test_torn_once(server, place):
    def torn(server, peer, request):
        (too_short if request.number == 1 else good)(server, peer, request)

    server.scripts["/torn"] = torn
    done = place.fetch("/torn", attempts=3)
    assert done.returncode == 0 and done.asked == 2, done.stderr
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["7"]


def limited(value, **more):
    def script(server, peer, request):
        if request.number > 1:
            return good(server, peer, request)
        return answer(peer, "{}", status=429, Retry_After=value() if callable(value) else value)
    return script


# Retry-After is kept to in seconds and as a date, up to the bound that the operator sets.
@pytest.mark.parametrize("form", ["seconds", "date", "capped", "capped-date", "rubbish"])
def test_retry_after(server, place, form):
    value, cap, least, most = {
        "seconds": ("1", "10 min", 1.0, 30),
        # A date has whole seconds: three seconds ahead are at least two.
        "date": (lambda: email.utils.formatdate(time.time() + 3, usegmt=True), "10 min", 1.9, 30),
        "capped": ("86400", "300 ms", 0.3, 30),
        "capped-date": (lambda: email.utils.formatdate(time.time() + 86400, usegmt=True), "300 ms", 0.3, 30),
        "rubbish": ("tomorrow", "10 min", 0.01, 30),
    }[form]
    path = "/limited-" + form
    server.scripts[path] = limited(value)
    done = place.fetch(path, attempts=3, cap=cap)
    asked = server.asked(path)
    assert done.returncode == 0 and len(asked) == 2, done.stderr
    assert least <= asked[1].at - asked[0].at < most, asked[1].at - asked[0].at


# ---- the token runs out in the middle of a page set ----

TOKENS = "auth: {{kind: oauth2, token_url: {path}, client_id: a, client_secret: {{env: THIDUA_TEST_SECRET}}, send: body}}"


def tokens(server, peer, request):
    answer(peer, json.dumps({"access_token": "t%d" % request.number, "token_type": "Bearer", "expires_in": 3600}))


# Page 2 meets a token that the source no longer takes: one new token, the page again, and nothing twice or missing.
def test_expired_token(server, place, monkeypatch):
    monkeypatch.setenv("THIDUA_TEST_SECRET", "secret-of-the-test")

    def pages(server, peer, request):
        page = int(request.path.split("page=")[1])
        if request.headers["authorization"] == "Bearer t1" and page > 1:
            return answer(peer, '{"error": "invalid_token"}', status=401)
        return answer(peer, json.dumps({"rows": [{"value": page}] if page <= 3 else []}))

    server.scripts.update({"/token": tokens, "/pages": pages})
    done = place.fetch("/pages", auth=TOKENS.format(path="/token"), paging="paging: {kind: page, param: page}")
    assert done.returncode == 0, done.stderr
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["1", "2", "3"]
    assert [r.path.split("=")[1] for r in server.asked("/pages")] == ["1", "2", "2", "3", "4"]
    assert len(server.asked("/token")) == 2
    assert "secret-of-the-test" not in done.stderr + done.stdout and "Bearer t" not in done.stderr


# A source that refuses every token is asked for one new token, not for ever.
def test_refused_for_ever(server, place, monkeypatch):
    monkeypatch.setenv("THIDUA_TEST_SECRET", "secret-of-the-test")
    server.scripts.update({"/token-2": tokens, "/never": lambda s, peer, r: answer(peer, '{"error_description": "no such user"}', status=401)})
    done = place.fetch("/never", auth=TOKENS.format(path="/token-2"), attempts=4)
    assert done.returncode == 77, done.stderr
    assert done.asked == 2 and len(server.asked("/token-2")) == 2
    assert 'HTTP 401: the source did not accept the credentials; it says "no such user"' in done.stderr.splitlines()[-1]

"""http: requests a second of the program's transport, beside curl multi on a bare epoll. decode: CPU time a byte of each format in the rooms decode and normalise, and bytes a second from HTTP to figures, both beside
the library that reads it."""

import json
import resource
import subprocess
import time
from datetime import date

from bench_lib import BUILD, THIDUAD, Daemon, connector, in_turn, program_seconds


def http(shop, figures):
    www = shop.room / "www"
    www.mkdir()
    (www / "small.json").write_text(json.dumps({"rows": [{"u": f"u{n}", "p": "2024-01-01", "a": n, "t": "x" * 20} for n in range(32)]}))
    cert, key, bundle = shop.certificate()
    plain, secure = shop.nginx(www, tls=(cert, key))
    n = 2000 if shop.quick else 20000
    cells = {"keep-alive, plain": (f"http://127.0.0.1:{plain}/small.json", n, 64, "keep", ("product", "bare")),
             "keep-alive, TLS": (f"https://127.0.0.1:{secure}/small.json", n, 64, "keep", ("product", "bare")),
             "new TLS connections": (f"https://127.0.0.1:{secure}/small.json", n // 100, 4, "close", ("product", "capath"))}
    for what, (url, count, in_flight, kind, sides) in cells.items():
        rates, cpus = {s: [] for s in sides}, {s: [] for s in sides}
        for _, side in in_turn(figures.rounds, list(sides)):
            # The default is so slow that a tenth of the requests is enough to know.
            k = max(count // 10, 8) if side == "capath" else count
            rate, cpu = program_seconds(BUILD / "tests/bench/bench_http", side, url, bundle, k, in_flight, kind)
            rates[side].append(rate)
            cpus[side].append(cpu)
        for side in sides:
            figures.add(f"http: {what}, {side}", rates[side], "requests/s")
            figures.add(f"http: {what}, {side}, CPU a request", cpus[side], "us")
        figures.ratio(f"http: {what}", rates["product"], rates[sides[1]], sides[1], 10 if sides[1] == "capath" else 0.75)


def body(kind, path, size):
    """Records of twelve fields, some 270 bytes; one in a thousand has x = 1 and becomes a figure."""
    text, field, state = "Ủy ban nhân dân xã, phường, thị trấn thuộc tỉnh Ninh Thuận", "Hộ tịch, chứng thực", "Đã trả kết quả"
    with open(path, "w", encoding="utf-8") as f:
        f.write({"json": "[", "csv": "u,x,p,a,b,c,ten,linh_vuc,trang_thai,dung_han,ngay,ma\n", "xml": "<l>"}.get(kind, ""))
        n = 0
        while f.tell() < size if n % 1000 == 0 else True:
            piece = []
            for _ in range(1000):
                u, x, a = n % 1000, int(n % 1000 == 0), n % 99991
                p = date.fromordinal(730120 + n // 1000).isoformat()
                if kind == "xml":
                    piece.append(f"<r><u>u{u}</u><x>{x}</x><p>{p}</p><a>{a}</a><b>{a + 1}</b><c>{a + 2}</c><ten>{text}</ten><linh_vuc>{field}</linh_vuc><trang_thai>{state}</trang_thai><dung_han>true</dung_han><ngay>2024-03-05T08:00:00</ngay><ma>H43.{u:05}</ma></r>\n")
                elif kind == "csv":
                    piece.append(f"u{u},{x},{p},{a},{a + 1},{a + 2},\"{text}\",\"{field}\",{state},true,2024-03-05T08:00:00,H43.{u:05}\n")
                else:
                    comma = "," if n and kind == "json" else ""
                    piece.append(f'{comma}{{"u":"u{u}","x":{x},"p":"{p}","a":{a},"b":{a + 1},"c":{a + 2},"ten":"{text}","linh_vuc":"{field}","trang_thai":"{state}","dung_han":true,"ngay":"2024-03-05T08:00:00","ma":"H43.{u:05}"}}\n')
                n += 1
            f.write("".join(piece))
        f.write({"json": "]\n", "xml": "</l>\n"}.get(kind, ""))
    return n


def decode(shop, figures):
    www = shop.room / "www"
    www.mkdir()
    port = shop.nginx(www)
    daemon = Daemon(shop, "host=/nonexistent")
    daemon.units(1000)
    size = 2_000_000 if shop.quick else 200_000_000
    records = {"json": ".[]", "ndjson": ".", "csv": None, "xml": "/l/r"}
    for kind in records:
        n = body(kind, www / f"d.{kind}", size)
        text = connector(kind, port, f"/d.{kind}", [("d.a", "a")], kind=kind, records=records[kind], fields=["u", "p", "a", "x"], period="day", where='{field: x, is: "1"}')
        (daemon.room / f"connectors.d/{kind}.yaml").write_text(text)
        ours, bare, cpu, rooms, reader = [], [], [], [], []
        for _, side in in_turn(figures.rounds, ["thiduad", "reader", "rooms"]):
            if side == "reader":
                took, spent = program_seconds(BUILD / "tests/bench/bench_reader", kind, www / f"d.{kind}")
                bare.append(size / 1e6 / took)
                reader.append(spent / size * 1e9)
                continue
            if side == "rooms":
                spent, samples, rejects = program_seconds(BUILD / "tests/bench/bench_rooms", daemon.config, kind, www / f"d.{kind}")
                assert (samples, rejects) == (n // 1000, 0), (kind, samples, rejects, n)
                rooms.append(spent / size * 1e9)
                continue
            began, spent = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run([THIDUAD, "fetch", kind, "--config", daemon.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
            took, now = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            got = len(done.stdout.splitlines())
            assert done.returncode == 0 and got == n // 1000, (kind, done.returncode, got, n, done.stderr[-500:])
            ours.append(size / 1e6 / took)
            cpu.append((now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime) / size * 1e9)
        figures.add(f"decode: {kind}, thiduad from HTTP to figures", ours, "MB/s")
        figures.add(f"decode: {kind}, the library alone", bare, "MB/s")
        figures.add(f"decode: {kind}, from HTTP to figures, CPU a byte", cpu, "ns")
        figures.add(f"decode: {kind}, decode and normalise alone, CPU a byte", rooms, "ns")
        figures.add(f"decode: {kind}, the library alone, CPU a byte", reader, "ns")
        figures.ratio(f"decode: {kind}, decode and normalise alone, by CPU time", reader, rooms, "the library's reader", 0.7)
        figures.ratio(f"decode: {kind}, from HTTP to figures, by CPU time", reader, cpu, "the library's reader", 0.7)
        figures.ratio(f"decode: {kind}, from HTTP to figures", ours, bare, "the library's reader", 0.7)
        (www / f"d.{kind}").unlink()


BENCHMARKS = {"http": http, "decode": decode}

"""The simulated province is consistent with itself: same seed same bytes, replies add up to the truth, captures are untouched.

The collector below is written anew for this test, over real HTTP and from the replies alone; what it adds up must equal
what truth.py calculates from the model.
"""

import csv
import hashlib
import io
import json
import re
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from province import oddities as odd  # noqa: E402
from province import truth, units  # noqa: E402
from province.client import Client  # noqa: E402
from province.onestop import GROUP_ID  # noqa: E402
from province.papers import SECTIONS  # noqa: E402
from province.reports import TOKEN  # noqa: E402
from province.serve import Running  # noqa: E402

AS_OF = date(2024, 12, 13)
HUB = {"Authorization": f"Bearer {TOKEN}"}
EVALUATION = "/api/v1/reporting/evaluation/"


@pytest.fixture(scope="module")
def running():
    province = Running(seed=1, today=AS_OF, reports_down=0)
    yield province
    province.stop()


@pytest.fixture
def client(running):
    client = Client(running.ports)
    yield client
    client.control(today=AS_OF.isoformat(), capture_day=None, capture_every=1, token_seconds=3600, reset_counters=True)
    for name in running.world.failures:
        client.control(down={"system": name, "mode": "none"})


@pytest.fixture(scope="module")
def expected(running):
    found = truth.rows(running.world.province, running.world.papers, AS_OF)
    return {(r["criterion"], r["unit"]): r for r in found if r["unit"]} | {
        (r["criterion"], None): r for r in found if r["unit"] is None and r["level"] is None}


def alive(running, levels):
    return [u for u in running.world.province.of_level(*levels) if u.alive(AS_OF)]


def check(running, expected, criterion, levels, collected):
    """collected: {slug: (numerator, denominator)}; units without a figure stand in neither."""
    wrong = []
    for unit in alive(running, levels):
        row = expected[criterion, unit.slug]
        want = (row["numerator"], row["denominator"]) if row["status"] != "no_data" else None
        if collected.get(unit.slug) != want:
            wrong.append((unit.slug, row["status"], collected.get(unit.slug), want))
    assert wrong == []


def carried(running, slug, collected):
    """Months of the wards that merged on 1/11/2024 are their successor's."""
    merged = [p for p, day in running.world.province.successions.get(slug, []) if day <= AS_OF]
    pairs = [collected[s] for s in (slug, *merged) if s in collected]
    return tuple(map(sum, zip(*pairs, strict=True))) if pairs else None


def with_carry(running, collected):
    return {u.slug: got for u in alive(running, "PHX") if (got := carried(running, u.slug, collected))}


def months():
    return [units.month_bounds(2024, m) for m in range(1, 12)]


def add(table, slug, *pair):
    table[slug] = tuple(map(sum, zip(table.get(slug, (0,) * len(pair)), pair, strict=True)))


# What a collector would add up


def test_signed_documents_add_up_to_the_truth(running, client, expected):
    """III.3a over the document axis, both reply shapes, null replies and the dead counter left out."""
    headers, found = client.bearer(), {}
    for unit in running.world.province.of_level("P", "H", "X"):
        for first, last in months():
            query = urlencode({"fromDate": f"{first:%d/%m/%Y}", "toDate": f"{last:%d/%m/%Y}", "userId": unit.code})
            reply = client.json("lgsp", "/edoc/1.0/public/-/statistic/detail?" + query, headers=headers)
            if reply is None:
                continue
            (row,) = reply
            signed, other = row["signed"], row["notSigned"] if "notSigned" in row else row["not_signed"]
            if signed + other == 0 and row.get("sentExt", row.get("sent_ext")) > 0:
                continue
            add(found, unit.slug, signed, signed + other)
    check(running, expected, "III.3a", "PHX", with_carry(running, found))


def test_work_files_add_up_to_the_truth(running, client, expected):
    """III.3b by level, every page, though the server cuts the page size silently."""
    headers, found, seen = client.bearer(), {}, set()
    by_code = running.world.province.by_code
    for level in "PHX":
        for first, last in months():
            page = pages = 1
            while page <= pages:
                query = urlencode({"tuNgay": f"{first:%d/%m/%Y}", "denNgay": f"{last:%d/%m/%Y}", "capDonVi": level,
                                   "pageIndex": page, "pageSize": 100})
                reply = client.json("lgsp", "/qlvb/1.0/hoso/thongke?" + query, headers=headers)
                assert reply["pageSize"] == 25 and len(reply["items"]) <= 25
                for row in reply["items"]:
                    key = row["maDonVi"], row["kyBaoCao"]
                    assert key not in seen and row["kyBaoCao"] == f"{first:%m/%Y}"
                    seen.add(key)
                    if row["trucTuyen"] is not None:
                        add(found, by_code[row["maDonVi"]].slug, row["trucTuyen"], row["tongSo"])
                page, pages = page + 1, reply["pageCount"]
    check(running, expected, "III.3b", "PHX", with_carry(running, found))


def test_dossiers_add_up_to_the_truth_and_domains_to_their_total(running, client, expected):
    """III.5b: total rows only; rows with month 0 are no figure; exactly one code is in no list."""
    found, unknown = {}, set()
    by_code = running.world.province.by_code
    for first, _ in months():
        rows, start = [], 0
        while True:
            query = urlencode({"month": first.month, "year": 2024, "start": start, "end": start + 100})
            reply = client.json("onestop", "/o/rest/statistics?" + query, headers={"groupId": GROUP_ID})
            if not reply["data"]:
                break
            rows += reply["data"]
            start += 100
        assert len(rows) == reply["total"]
        domains = {}
        for row in rows:
            if row["domainCode"]:
                add(domains, row["govAgencyCode"], row["onlineCount"], row["receivedCount"])
        for row in rows:
            code = row["govAgencyCode"]
            if row["domainCode"] or row["month"] == 0:
                continue
            if code not in by_code:
                unknown.add(code)
                continue
            assert domains.get(code, (0, 0)) == (row["onlineCount"], row["receivedCount"])
            add(found, by_code[code].slug, row["onlineCount"], row["receivedCount"])
    assert unknown == {odd.ONESTOP_UNKNOWN[0]}
    check(running, expected, "III.5b", "PHX", with_carry(running, found))


def test_the_portal_equals_the_truth(running, client, expected):
    """III.1b per unit through pages; III.5a per unit as its own root and recounted for the province."""
    found, page = {}, 1
    ask = {"timeType": "year", "year": 2024}
    root = running.world.province.root
    while True:
        reply = client.json("portal", EVALUATION + "dossier-digitized",
                            ask | {"rootDepartmentId": root.uuid, "currentPage": page, "pageSize": 40}, status=201)["data"]
        for row in reply["evaluation"]:
            (m,) = [m for m in row["metrics"] if m["code"] == "SO_HOA_GIAY_TO_GIAI_QUYET"]
            if m["numerator"] is not None and m["denominator"] is not None:
                found[running.world.province.by_uuid[row["departmentId"]].slug] = m["numerator"], m["denominator"]
        if page == reply["pagination"]["totalPages"]:
            break
        page += 1
    check(running, expected, "III.1b", "PH", {s: p for s, p in found.items()})
    found = {}
    for unit in alive(running, "PHX"):
        parent = client.json("portal", EVALUATION + "provide-online-tree", ask | {"rootDepartmentId": unit.uuid},
                             status=201)["data"]["parent"]
        if parent and parent["onlineDossierCount"] is not None:
            found[unit.slug] = parent["onlineDossierCount"], parent["onlineServiceTotal"]
    check(running, expected, "III.5a", "PHX", found)
    parent = client.json("portal", EVALUATION + "provide-online-tree", ask | {"rootDepartmentId": root.uuid},
                         status=201)["data"]["parent"]
    row = expected["III.5a", None]
    assert (parent["onlineDossierCount"], parent["onlineServiceTotal"]) == (row["numerator"], row["denominator"])
    assert sum(n for n, _ in found.values()) > parent["onlineDossierCount"], "the province counts a service once"


def test_reports_equal_the_truth_both_ways(running, client, expected):
    """III.6a from the items and from the counters; secret reports are left out and carry no title."""
    items, page, pages = [], 1, 1
    ask = {"fromDate": "2024-01-01", "toDate": "2024-11-30", "pageSize": 100}
    while page <= pages:
        reply = client.json("reports", "/api/reportapiclient/search", ask | {"pageIndex": page}, HUB)
        items, page, pages = items + reply["items"], page + 1, reply["pageCount"]
    assert len(items) == reply["totalRecords"] == len({i["id"] for i in items})
    assert any(i["level"] == "Mật" for i in items) and all(i["name"] is None for i in items if i["level"] == "Mật")
    slug_of = {u.hub_name: u.slug for u in running.world.province.units}
    found = {}
    for item in items:
        if item["level"] == "Thường" and item["state"] != "Chưa đến hạn":
            add(found, slug_of[item["departmentHandle"]], int(item["status"] == "Đã tiếp nhận"), 1)
    here = {u.slug for u in alive(running, "PHX")}
    check(running, expected, "III.6a", "PHX", {s: p for s, p in found.items() if s in here})
    counted = {}
    for unit in alive(running, "PHX"):
        query = urlencode({"departmentHandle": unit.hub_name, "level": "Thường;", "fromDate": "2024-01-14",
                           "toDate": "2024-11-14"}, quote_via=quote)
        n = client.json("reports", "/api/reportapiclient/statistic?" + query, headers=HUB)
        if n["tong"] is not None:
            assert n["tong"] == n["daTiepNhan"] + n["daGiao"] == sum(n[k] for k in ("dungHan", "chuaDenHan", "somHan",
                                                                                     "quaHan"))
            counted[unit.slug] = n["daTiepNhan"], n["tong"] - n["chuaDenHan"]
    check(running, expected, "III.6a", "PHX", counted)


def test_open_data_equals_the_truth_both_ways(running, client, expected):
    """III.1a and III.8b: listing in pages of 25, organisation_show and the counts of package_search agree."""
    names, offset = {}, 0
    while rows := client.json("opendata", f"/api/3/action/organization_list?all_fields=true&limit=1000&offset={offset}")["result"]:
        assert len(rows) <= 25
        names |= {r["name"]: r["package_count"] for r in rows}
        offset += 25
    flags, given = {}, {}
    for unit in alive(running, "PH"):
        query = f"/api/3/action/organization_show?id={unit.ckan_name}&include_datasets=true"
        if unit.ckan_name not in names:
            assert client.json("opendata", query, status=404)["success"] is False
            continue
        packages = client.json("opendata", query)["result"]["packages"]
        assert len(packages) == names[unit.ckan_name]
        listed = [p for p in packages if any(t["name"] == "danh-muc-du-lieu-mo" for t in p["tags"])]
        flags[unit.slug] = (int(bool(packages)), None)
        given[unit.slug] = sum(p["num_resources"] > 0 for p in listed), len(listed)
        fq = f"organization:{unit.ckan_name} tags:danh-muc-du-lieu-mo"
        for extra, want in (("", len(listed)), (" num_resources:[1 TO *]", given[unit.slug][0])):
            reply = client.json("opendata", "/api/3/action/package_search?" + urlencode({"fq": fq + extra, "rows": 0}))
            assert reply["result"]["count"] == want
    check(running, expected, "III.1a", "PH", flags)
    check(running, expected, "III.8b", "PH", given)


def test_portals_equal_the_truth(running, client, expected):
    """III.7: a section inside a comment or without link and date does not count; what cannot be read is no figure."""
    found = {}
    for unit in alive(running, "PH"):
        status, body, headers = client.raw("sites", f"/{unit.code}/")
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        page = re.sub(r"<!--.*?-->", "", body.decode("utf-8-sig"), flags=re.S)
        if status != 200 or '<main id="cong-khai">' not in page:
            continue
        blocks = dict(re.findall(r'<section id="([^"]+)">(.*?)</section>', page, flags=re.S))
        assert set(blocks) <= set(SECTIONS)
        required = [blocks.get(k, "") for k in truth.REQUIRED_SECTIONS]
        found[unit.slug] = sum("<h2>" in b and "<a href=" in b and "<time datetime=" in b for b in required), 11
    check(running, expected, "III.7", "PH", found)
    assert client.raw("sites", f"/{running.world.province.by_slug[odd.SITE_BOM].code}/")[1].startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("separator", [";", ","])
def test_declared_figures_equal_the_truth(running, client, expected, separator):
    """III.0, III.2, III.4 from the newest row of each unit and metric; an empty cell is no figure."""
    _, body, _ = client.raw("declared", "/declared/2024.csv" + ("?sep=comma" if separator == "," else ""))
    newest = {}
    for row in csv.DictReader(io.StringIO(body.decode()), delimiter=separator):
        day, month, year = row["ky"].split("/")
        value = int(row["gia_tri"]) if row["gia_tri"] else None
        newest[row["don_vi"], row["chi_tieu"]] = max(newest.get((row["don_vi"], row["chi_tieu"]), ("", None)),
                                                     (year + month + day, value), key=lambda v: v[0])
        assert row["minh_chung"]
    for criterion, levels, pair in (("III.0", "PHXM", ("tasks.done", "tasks.due")),
                                    ("III.4", "PHX", ("service.mobile", "service.all"))):
        found = {}
        for unit in alive(running, levels):
            values = [newest.get((unit.code, m), (None, None))[1] for m in pair]
            if None not in values:
                found[unit.slug] = tuple(values)
        check(running, expected, criterion, levels, found)
    products = {u.slug: (min(v), None) for u in alive(running, "PHXM")
                if None not in (v := [newest.get((u.code, f"product.{m}"), (None, None))[1]
                                      for m in ("registered", "in_use")])}
    check(running, expected, "III.2", "PHXM", products)
    assert newest["H43", "database.connected"][1] == expected["III.8a", None]["numerator"]


# Shapes, behaviour, determinism


def test_captures_are_replayed_byte_for_byte(client):
    """Nine days in order, the last one stays; control picks a day; the bytes are those of the files."""
    folder = TESTS / "payloads" / "captures" / "service-results-national"
    files = sorted(folder.glob("*.json"))
    ask = json.dumps({"timeType": "year", "year": 2026, "departmentType": "ADMINISTRATIVE_UNIT"})
    client.control(reset_counters=True)
    for path in [*files, files[-1]]:
        status, body, headers = client.raw("portal", EVALUATION + "service-results", "POST", ask)
        assert (status, headers["Content-Type"], body) == (201, "application/json; charset=utf-8", path.read_bytes())
    client.control(capture_day="2026-09-27")
    assert client.raw("portal", EVALUATION + "service-results", "POST", ask)[1] == files[2].read_bytes()
    assert len(files) == 9


@pytest.mark.parametrize("reply, payload", [
    (("portal", EVALUATION + "dossier-digitized"), "dossier_digitized_year"),
    (("portal", EVALUATION + "provide-online-tree"), "provide_online_tree_year"),
    (("portal", EVALUATION + "dvc-progress-tree"), "dvc_progress_tree_year"),
    (("portal", EVALUATION + "formality-online-payment-tree"), "formality_online_payment_tree_year"),
    (("portal", EVALUATION + "handling-satisfaction"), "handling_satisfaction_year"),
    (("portal", EVALUATION + "transparency"), "transparency_year"),
    (("portal", EVALUATION + "service-results"), "service_results_province"),
])
def test_portal_shapes_are_those_of_the_captures(running, client, reply, payload):
    """Every key of a real reply is there on the same level, and no other."""
    real = json.loads((TESTS / "payloads" / "dvcqg_v1" / f"{payload}.json").read_text(encoding="utf-8"))
    ours = client.json(*reply, {"timeType": "year", "year": 2024, "rootDepartmentId": running.world.province.root.uuid},
                       status=201)
    missing_in_sample = {"pagination", "source", "monthlyChart"}     # cut off in some of the kept samples

    def same(a, b, path):
        if isinstance(a, dict) and isinstance(b, dict):
            assert set(a) ^ set(b) <= missing_in_sample | {"dossierChart"}, (path, set(a) ^ set(b))
            for key in set(a) & set(b):
                same(a[key], b[key], f"{path}.{key}")
        elif isinstance(a, list) and isinstance(b, list) and a and b:
            same(a[0], b[0], path + "[]")
    same(real, ours, "")


def test_same_seed_same_bytes():
    """Two processes with one seed answer alike; another seed answers otherwise."""
    def digest(seed):
        running = Running(seed=seed, today=AS_OF, reports_down=0)
        client, total = Client(running.ports), hashlib.sha256()
        headers = client.bearer()
        body = json.dumps({"timeType": "year", "year": 2024, "rootDepartmentId": units.uuid_of("H43")})
        for ask in (("portal", EVALUATION + "dossier-digitized", "POST", body),
                    ("onestop", "/o/rest/statistics?month=5&year=2024", "GET", None, {"groupId": GROUP_ID}),
                    ("lgsp", "/qlvb/1.0/hoso/thongke?tuNgay=01/05/2024&denNgay=31/05/2024", "GET", None, headers),
                    ("reports", "/api/reportapiclient/search", "POST", '{"pageSize":100}', HUB),
                    ("sites", "/H43.SOTTTT/"), ("declared", "/declared/2024.csv"),
                    ("control", "/_truth?as_of=2024-12-13")):
            total.update(client.raw(*ask)[1])
        running.stop()
        return total.hexdigest()
    assert digest(7) == digest(7) != digest(8)


def test_errors_have_the_shapes_of_their_systems(client):
    """OpenCPS 406, WSO2 faults, CKAN envelopes and bare string, portal envelope, hub 401."""
    assert set(client.json("onestop", "/o/rest/statistics?month=1&year=2024", status=406)) == {"faultCode", "faultMessage"}
    assert client.json("lgsp", "/qlvb/1.0/hoso/thongke", status=401)["fault"]["code"] == 900902
    bad = {"Authorization": "Bearer 0"}
    assert client.json("lgsp", "/qlvb/1.0/hoso/thongke", headers=bad, status=401)["fault"]["code"] == 900901
    status, body, _ = client.raw("lgsp", "/token", "POST", "grant_type=client_credentials")
    assert status == 401 and json.loads(body)["error"] == "invalid_client"
    assert isinstance(client.json("opendata", "/api/3/action/package_serch", status=400), str)
    assert client.json("opendata", "/api/3/action/package_search?rows=x", status=409)["error"]["__type"] == "Validation Error"
    assert client.json("opendata", "/api/3/action/package_show?id=x", status=404)["error"]["__type"] == "Not Found Error"
    assert client.json("portal", EVALUATION + "dossier-digitized", {}, status=400)["code"] != "OK"
    assert client.raw("reports", "/api/reportapiclient/statistic")[0] == 401


def test_tokens_expire_by_order_and_by_time(client):
    """A token stays the same until it ends; then 900901, and the next one differs."""
    path = "/qlvb/1.0/hoso/thongke?tuNgay=01/05/2024&denNgay=31/05/2024"
    first = client.bearer()
    assert client.bearer() == first and client.raw("lgsp", path, headers=first)[0] == 200
    client.control(expire_tokens=True)
    assert client.json("lgsp", path, headers=first, status=401)["fault"]["code"] == 900901
    assert client.bearer() != first
    client.control(expire_tokens=True, token_seconds=0)
    assert client.json("lgsp", path, headers=client.bearer(), status=401)["fault"]["description"] == "Expired access token."
    client.control(expire_tokens=True, token_seconds=3600)


def test_a_system_can_be_down_in_every_way(client):
    """Each failure shows for the ordered number of requests and then ends by itself."""
    path = "/declared/2024.csv"
    for mode, status in (("503", 503), ("429", 429), ("500", 500), ("html", 200), ("slow", 200)):
        client.control(down={"system": "declared", "mode": mode, "requests": 1, "retry_after": 2, "slow_ms": 1})
        got, body, headers = client.raw("declared", path)
        assert got == status and (headers.get("Retry-After") == "2") == (mode in ("503", "429"))
        assert (b"Request Rejected" in body) == (mode == "html")
        assert client.raw("declared", path)[0] == 200
    client.control(down={"system": "declared", "mode": "reset", "requests": 1})
    with pytest.raises(OSError):
        client.raw("declared", path)
    client.control(down={"system": "declared", "mode": "timeout"})
    link = socket.create_connection(("127.0.0.1", client.ports["declared"]), timeout=0.2)
    link.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    with pytest.raises(TimeoutError):
        link.recv(1)
    link.close()
    client.control(down={"system": "declared", "mode": "none"})
    assert client.raw("declared", path)[0] == 200
    assert client.json("declared", "/_control/state")["systems"]["declared"]["failed"] >= 7
    for wrong in ({"nonsense": 1}, {"today": "2025-01-01"}, {"down": {"system": "declared", "mode": "odd"}},
                  {"capture_day": "2026-01-01"}):
        client.json("control", "/_control", wrong, status=400)


def test_the_day_moves_what_the_sources_say(running, client):
    """Nothing later than today is told; the ward merger of 1/11/2024 shows on its day; the truth follows."""
    client.control(today="2024-10-31")
    before = client.json("control", "/_truth?as_of=2024-10-31")
    client.control(today="2024-11-05")
    after = client.json("control", "/_truth?as_of=2024-11-05")
    gone = {"nt-prtc-my-huong", "nt-prtc-tan-tai", "nt-prtc-thanh-son"}
    assert {r["unit"] for r in before} - {r["unit"] for r in after} == gone

    def level(rows):
        return next((r["numerator"], r["denominator"]) for r in rows
                    if (r["criterion"], r["unit"], r["level"]) == ("III.3b", None, "X"))
    assert level(before) == level(after), "the merger moves no work file"
    reply = client.json("onestop", "/o/rest/statistics?month=12&year=2024&domain=", headers={"groupId": GROUP_ID})
    assert all(r["receivedCount"] == 0 for r in reply["data"])


def test_unit_codes_file_is_current(tmp_path):
    """codes.csv is what units.py writes; codes have the form of Quyết định 20/2020/QĐ-TTg and are unique in their system."""
    units.write_codes(tmp_path / "codes.csv")
    kept = TESTS / "province" / "codes.csv"
    assert (tmp_path / "codes.csv").read_bytes() == kept.read_bytes()
    rows = list(csv.DictReader(io.StringIO(kept.read_text(encoding="utf-8"))))
    assert len({(r["system"], r["code"]) for r in rows}) == len(rows)
    for row in rows:
        if row["system"] == "qd20-sim":
            assert re.fullmatch(r"[A-Z0-9]+(\.[A-Z0-9]+)*", row["code"]) and len(row["code"]) <= 35
    alive_now = [u for u in units.load_units() if u.level in units.LEVELS and u.alive(AS_OF)]
    assert [sum(u.level == level for u in alive_now) for level in "PHXM"] == [20, 7, 62, 6]


def test_truth_has_every_status_and_the_exact_edges(expected):
    """All ways of having no figure occur; 2499 of 2500 is not 100 %, 95 % of 95 is met, one short of it is not."""
    seen = {r["status"] for r in expected.values()}
    assert seen == {"met", "not_met", "no_data", "overdue", "stale", "no_figure", "no_target", "not_applicable"}
    near = expected["III.3a", "nt-so-y-te"]
    assert (near["numerator"], near["denominator"], near["value"], near["status"]) == (2499, 2500, "99.96", "not_met")
    for slug, status in (("nt-so-tttt", "met"), ("nt-so-noi-vu", "not_met"), ("nt-prtc", "met"), ("nt-ninh-hai", "not_met"),
                         ("nt-bac-ai-phuoc-dai", "met"), ("nt-bac-ai-phuoc-chinh", "not_met")):
        row = expected["III.3b", slug]
        assert ((row["numerator"], row["denominator"]), row["status"]) == (odd.FILES_PINNED[slug], status)
    assert expected["III.3b", "nt-so-gtvt"]["status"] == "stale"
    assert expected["III.3a", "nt-so-vhttdl"]["status"] == "no_data"
    assert expected["III.3a", "nt-prtc-kinh-dinh"]["status"] == "overdue", "a gap of a merged ward is the successor's"
    assert expected["III.5b", "nt-thanh-tra"]["status"] == "no_figure"
    assert expected["III.1a", "nt-thanh-tra"]["status"] == "no_data"
    assert expected["III.1a", "nt-so-noi-vu"]["status"] == "not_met"


def test_serve_as_a_program(tmp_path):
    """The port file appears whole; the report system is down for its first requests; SIGTERM ends it."""
    port_file = tmp_path / "ports.json"
    process = subprocess.Popen([sys.executable, str(TESTS / "province" / "serve.py"), "--port-file", str(port_file),
                                "--today", "2024-12-13", "--reports-down", "2"])
    try:
        until = time.monotonic() + 30
        while not port_file.exists():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        client = Client(json.loads(port_file.read_text()))
        assert set(client.ports) == {"portal", "onestop", "lgsp", "reports", "opendata", "sites", "declared", "control"}
        got = [client.raw("reports", "/api/reportapiclient/statistic", headers=HUB) for _ in range(3)]
        assert [g[0] for g in got] == [503, 503, 200] and got[0][2]["Retry-After"] == "1"
    finally:
        process.terminate()
    assert process.wait(10) == 0

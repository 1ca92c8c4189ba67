"""The provincial integration platform: a WSO2 gateway with two services behind it.

Real: the token endpoint and its errors, the fault bodies 900901 and 900902, the Bkav document statistics in both shapes
(`signed`/`not_signed` and `signed`/`notSigned`) and the reply `null` with 200 (tests/payloads/lgsp, tests/payloads/edoc).
Inferred: the epoch milliseconds of `lastUpdate`. Made up: `/qlvb/1.0/hoso/thongke`, since no public statistics interface
of any QLVB product was found; its paging envelope is that of the management hub. `tongSo` already leaves out the secret
files, `mat` is their bare number. Secret documents never pass the axis, so its counts leave them out too.
"""

import base64
import time
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs

from . import oddities as odd
from .units import add_working_days, month_bounds
from .wire import JSON, Reply
from .world import dumps, parse_day

CLIENT, SECRET = "thiduad-sim", "sim-secret"
PAGE_CAP = 25                           # a larger pageSize is cut silently
ZONE = timezone(timedelta(hours=7))


def fault(code, message, description):
    return Reply(401, dumps({"fault": {"code": code, "message": message, "description": description}}),
                 JSON, [("WWW-Authenticate", 'OAuth2 realm="WSO2 API Manager", error="invalid_token"')])


class Lgsp:
    def __init__(self, world):
        self.world, self.province = world, world.province

    def handle(self, request):
        if request.path == "/token":
            return self.give_token(request)
        refused = self.refuse(request)
        if refused:
            return refused
        if request.path == "/edoc/1.0/public/-/statistic/detail":
            return self.edoc(request.query)
        if request.path == "/qlvb/1.0/hoso/thongke":
            return self.work_files(request.query)
        return Reply(404, dumps({"fault": {"code": 404, "type": "Status report", "message": "Not Found",
                                           "description": "The requested resource is not available."}}))

    # Tokens: one per application; asking again gives the same one with less time left

    def give_token(self, request):
        if request.method != "POST":
            return Reply(405, b"")
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != expected:
            return Reply(401, dumps({"error_description": "A valid OAuth client could not be found for client_id: unknown",
                                     "error": "invalid_client"}), JSON, [("WWW-Authenticate", 'Basic realm="WSO2"')])
        if parse_qs(request.body.decode()).get("grant_type") != ["client_credentials"]:
            return Reply(400, dumps({"error_description": "Unsupported grant_type value",
                                     "error": "unsupported_grant_type"}))
        world, now = self.world, time.monotonic()
        with world.lock:
            if world.token is None or now >= world.token_until:
                world.tokens_issued += 1
                world.token = str(uuid.uuid5(uuid.NAMESPACE_OID, f"token {self.province.seed} {world.tokens_issued}"))
                world.token_until = now + world.token_seconds
            left = int(world.token_until - now)
            return Reply(200, dumps({"access_token": world.token, "scope": "am_application_scope default",
                                     "token_type": "Bearer", "expires_in": left}))

    def refuse(self, request):
        given = request.headers.get("authorization", "")
        if not given:
            return fault(900902, "Missing Credentials", "Invalid Credentials. Make sure your API invocation call has "
                         "a header: 'Authorization : Bearer ACCESS_TOKEN'")
        world = self.world
        if given != f"Bearer {world.token}":
            return fault(900901, "Invalid Credentials",
                         "Invalid Credentials. Make sure you have given the correct access token")
        if time.monotonic() >= world.token_until:
            return fault(900901, "Invalid Credentials", "Expired access token.")
        return None

    # Document axis

    def edoc(self, query):
        first, last = parse_day(query.get("fromDate", "")), parse_day(query.get("toDate", ""))
        if not first or not last:
            return Reply(400, dumps({"message": "fromDate, toDate: dd/MM/yyyy"}))
        unit = self.province.by_code.get(query.get("userId"))
        last = min(last, self.world.today)
        if unit is None or self.province.edoc_silent(unit, first, last):
            return Reply(200, b"null")
        act = self.province.activity[unit.slug]
        n = {f: act.sum(f, first, last) for f in ("sent_ext", "sent_int", "received_ext", "received_int", "signed",
                                                  "unsigned")}
        if unit.slug in odd.EDOC_V2:
            at = datetime(last.year, last.month, last.day, 17, tzinfo=ZONE)
            row = {"organDomain": unit.code, "organName": unit.name, "lastUpdate": int(at.timestamp()) * 1000,
                   "sentExt": n["sent_ext"], "sentInt": n["sent_int"], "receivedExt": n["received_ext"],
                   "receivedInt": n["received_int"], "signed": n["signed"], "notSigned": n["unsigned"],
                   "total": n["sent_ext"] + n["sent_int"] + n["received_ext"] + n["received_int"]}
        else:
            row = {"organDomain": unit.code, "total_received": n["received_int"] + n["received_ext"],
                   "total_sent": n["sent_int"] + n["sent_ext"], "received_int": n["received_int"],
                   "received_ext": n["received_ext"], "sent_int": n["sent_int"], "sent_ext": n["sent_ext"],
                   "signed": n["signed"], "not_signed": n["unsigned"]}
        return Reply(200, dumps([row]))

    # Work files

    def work_files(self, query):
        first, last = parse_day(query.get("tuNgay", "")), parse_day(query.get("denNgay", ""))
        level = query.get("capDonVi", "")
        try:
            page, size = int(query.get("pageIndex") or 1), min(int(query.get("pageSize") or PAGE_CAP), PAGE_CAP)
        except ValueError:
            page = size = 0
        if not first or not last or level not in ("P", "H", "X", "") or page < 1 or size < 1:
            return Reply(400, dumps({"message": "tuNgay, denNgay: dd/MM/yyyy; capDonVi: P, H, X; pageIndex từ 1"}))
        key = (first, last, level, page, size)
        return Reply(200, self.world.cached("qlvb", *key, make=lambda: self.files_page(*key)))

    def files_page(self, first, asked_last, level, page, size):
        last = min(asked_last, self.world.today)
        items = [self.files_row(u, first, asked_last, last) for u in self.province.of_level(*(level or "PHX"))
                 if not self.province.files_silent(u, first, last)]
        return dumps({"items": items[(page - 1) * size:page * size], "pageIndex": page, "pageSize": size,
                      "totalRecords": len(items), "pageCount": -(-len(items) // size)})

    def files_row(self, unit, first, asked_last, last):
        act = self.province.activity[unit.slug]
        online = act.sum("online_files", first, last)
        if (unit.slug, (first.year, first.month)) in odd.FILES_NULL and (last.year, last.month) == (first.year, first.month):
            online = None
        whole = (first, asked_last) == month_bounds(first.year, first.month)
        return {"maDonVi": unit.code, "tenDonVi": unit.name, "tongSo": act.sum("files", first, last),
                "trucTuyen": online, "mat": act.sum("secret_files", first, last),
                "kyBaoCao": f"{first:%m/%Y}" if whole else f"{first:%d/%m/%Y}-{asked_last:%d/%m/%Y}",
                "capNhatLuc": self.stated_at(unit, last)}

    def stated_at(self, unit, last):
        """When the unit's own system last sent figures: two working days after the span, or its last sign of life."""
        day = min(add_working_days(last, 2), self.world.today, odd.FILES_STALE.get(unit.slug, self.world.today))
        return f"{day:%d/%m/%Y} 16:{len(unit.slug):02d}:00"

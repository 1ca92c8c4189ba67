"""The provincial one-stop system: OpenCPS v2 statistics (`GET /o/rest/statistics`).

Key names, the `groupId` header, zero rows for agencies without data and errors as HTTP 406 follow public source code
(tests/payloads/onestop/opencps_*.json). Inferred: rows with an empty domainCode are the totals of an agency.
"""

from . import oddities as odd
from .units import month_bounds
from .wire import JSON, Reply
from .world import dumps

GROUP_ID = "35166"
ZERO = ("totalCount", "receivedCount", "onlineCount", "onegateCount", "viaPostalCount", "deniedCount", "cancelledCount",
        "processCount", "remainingCount", "insideCount", "outsideCount", "releaseCount", "betimesCount", "ontimeCount",
        "overtimeCount", "overtimeInside", "overtimeOutside", "doneCount", "releasingCount", "unresolvedCount",
        "processingCount", "undueCount", "overdueCount", "interoperatingCount", "waitingCount", "ontimePercentage",
        "saturdayCount", "dossierOnline3Count", "dossierOnline4Count")


class OneStop:
    def __init__(self, world):
        self.world, self.province = world, world.province

    def handle(self, request):
        if request.path != "/o/rest/statistics":
            return self.fault("404", "Not found")
        if request.headers.get("groupid") != GROUP_ID:
            return self.fault("404", "Not found")
        query = request.query
        try:
            month, year = int(query.get("month") or 0), int(query.get("year") or 0)
            start, end = int(query.get("start") or 0), int(query.get("end") or -1)
            span = (month_bounds(year, month or 1)[0], min(month_bounds(year, month or 12)[1], self.world.today))
        except ValueError:
            return self.fault("400", "Bad request")
        if start < 0 or end != -1 and end < start:
            return self.fault("400", "Bad request")
        key = (span, query.get("agency"), query.get("domain"), start, end)
        return Reply(200, self.world.cached("onestop", *key, make=lambda: self.page(query, month, year, span, start, end)),
                     JSON, [("Cache-Control", "private, max-age=60")])

    @staticmethod
    def fault(code, message):
        return Reply(406, dumps({"faultCode": code, "faultMessage": message}))

    def page(self, query, month, year, span, start, end):
        rows = list(self.rows(month, year, span))
        if query.get("agency"):
            rows = [r for r in rows if r["govAgencyCode"] == query["agency"]]
        if "domain" in query:
            rows = [r for r in rows if r["domainCode"] == query["domain"]]
        return dumps({"total": len(rows), "agency": query.get("agency") or "all",
                      "data": rows[start:] if end == -1 else rows[start:end]})

    def rows(self, month, year, span):
        for unit in self.province.of_level("P", "H", "X"):
            if span[0] > unit.valid_to:
                continue
            if self.province.onestop_silent(unit, *span):
                yield self.row(unit.code, unit.name, 0, 0, "", "", None)
                continue
            act = self.province.activity[unit.slug]
            got = tuple(act.sum(f, *span) for f in ("received", "online", "postal", "late"))
            yield self.row(unit.code, unit.name, month, year, "", "", got)
            for n, (code, name) in enumerate(act.domains):
                got = (act.domain_sum(n, "received", *span), act.domain_sum(n, "online", *span), 0, 0)
                if got[0]:
                    yield self.row(unit.code, unit.name, month, year, code, name, got)
        if span[1] >= span[0]:
            code, name = odd.ONESTOP_UNKNOWN
            yield self.row(code, name, month, year, "", "", (37 * (month or 12), 21 * (month or 12), 0, 0))

    @staticmethod
    def row(agency, name, month, year, domain, domain_name, counts):
        received, online, postal, late = counts or (0, 0, 0, 0)
        row = {"companyId": 20099 if counts else 0, "groupId": int(GROUP_ID) if counts else 0, "month": month,
               "year": year, "system": "total", "govAgencyCode": agency, "govAgencyName": name, "domainCode": domain,
               "domainName": domain_name}
        row |= dict.fromkeys(ZERO, 0)
        if received:
            row |= {"totalCount": received + 11, "receivedCount": received, "onlineCount": online,
                    "onegateCount": received - online - postal, "viaPostalCount": postal, "remainingCount": 11,
                    "processCount": received, "releaseCount": received, "ontimeCount": received - late,
                    "overtimeCount": late, "overtimeInside": late, "doneCount": received,
                    "ontimePercentage": 100 * (received - late) // received, "dossierOnline4Count": online}
        row["reporting"] = False
        return row

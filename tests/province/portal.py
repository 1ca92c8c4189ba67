"""The national portal's reporting API v1 (`POST /api/v1/reporting/evaluation/...`).

Paths, envelopes, key names, null placement and the success status 201 are those of real captures (tests/payloads/dvcqg_v1);
the nine captured national replies of 2026 are replayed byte for byte. Inferred: the departmentType of districts (the
captures are of 2026, when there were none), the error codes, and a unit as root of a tree reply.
"""

import json
from datetime import date
from pathlib import Path

from . import oddities as odd
from .units import PROVINCE, month_bounds
from .wire import JSON, Reply
from .world import dumps

CAPTURES = Path(__file__).resolve().parents[1] / "payloads" / "captures" / "service-results-national"
PREFIX = "/api/v1/reporting/evaluation/"

TYPE = {"P": "PROVINCIAL_DEPARTMENT", "H": "DISTRICT_PEOPLE_COMMITTEE", "X": "COMMUNE_PEOPLE_COMMITTEE"}
DEPTH = {"P": "PROVINCE", "H": "DISTRICT", "X": "COMMUNE"}

DIGITISED = (
    ("ORIGINAL_RESULT_AVAILABLE", "Tỷ lệ hồ sơ thủ tục hành chính có cấp kết quả giải quyết thủ tục hành chính điện tử", 6),
    ("SO_HOA_GIAY_TO_GIAI_QUYET", "Tỷ lệ hồ sơ thủ tục hành chính thực hiện số hóa hồ sơ", 4),
    ("REUSED_DIGITIZED_DATA", "Tỷ lệ hồ sơ khai thác, sử dụng lại thông tin, dữ liệu số hóa", 2),
    ("SYNCED_WITH_DVCQG_PERSONAL_STORAGE",
     "Tỷ lệ hồ sơ TTHC được số hóa có kết nối, chia sẻ dữ liệu phục vụ tái sử dụng", 4),
    ("CITIZEN_DATA_CONNECTED_DOSSIER", "Tỷ lệ hồ sơ TTHC có sử dụng thông tin, dữ liệu dân cư", 2),
    ("CITIZEN_DATA_CONNECTED_FORMALITY", "Tỷ lệ TTHC triển khai kết nối, chia sẻ dữ liệu dân cư phục vụ GQ TTHC", 2),
)
CERTIFIED_COPY = {"code": "ELECTRONIC_CERTIFIED_COPY",
                  "name": "Tỷ lệ cung cấp dịch vụ chứng thực bản sao điện tử từ bản chính",
                  "numerator": None, "denominator": None, "ratio": 100, "score": 2, "maxScore": 2}


def hundredths(part, whole, scale=100):
    """part/whole x scale as the portal prints it: two decimals, zeros cut; 0 for nothing of nothing."""
    if not whole:
        return 0
    n = (2 * 100 * scale * part + whole) // (2 * whole)
    return n // 100 if n % 100 == 0 else n / 100


def metric(code, name, maximum, numerator, denominator):
    ratio = score = None
    if numerator is not None and denominator is not None:
        ratio, score = hundredths(numerator, denominator), hundredths(numerator, denominator, maximum)
    return {"code": code, "name": name, "numerator": numerator, "denominator": denominator, "ratio": ratio,
            "score": score, "maxScore": maximum}


def total_score(metrics):
    return round(sum(m["score"] or 0 for m in metrics), 2)


class Portal:
    def __init__(self, world):
        self.world, self.province = world, world.province
        self.captures = {p.stem: p.read_bytes() for p in sorted(CAPTURES.glob("*.json"))}
        world.capture_days = list(self.captures)
        self.calls = {"service-results": self.service_results, "transparency": self.transparency,
                      "dvc-progress-tree": self.progress, "provide-online-tree": self.online,
                      "formality-online-payment-tree": self.payment, "dossier-digitized": self.digitised,
                      "handling-satisfaction": self.satisfaction}

    def handle(self, request):
        call = self.calls.get(request.path.removeprefix(PREFIX))
        if not call or not request.path.startswith(PREFIX):
            return Reply(404, dumps({"code": "NOT_FOUND", "data": None, "message": "Cannot " + request.method}))
        if request.method != "POST":
            return self.error("METHOD_NOT_ALLOWED", "Phương thức không được hỗ trợ", 405)
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return self.error("BAD_REQUEST", "Dữ liệu yêu cầu không hợp lệ", 400)
        if body.get("departmentType") == "ADMINISTRATIVE_UNIT" and call == self.service_results:
            return self.capture(body)
        span, unit = self.span_of(body), self.province.by_uuid.get(body.get("rootDepartmentId"))
        if span is None:
            return self.error("BAD_REQUEST", "Kỳ báo cáo không hợp lệ", 400)
        if unit is None or unit.level in ("-", "M") and unit.slug != PROVINCE:
            return self.error("NOT_FOUND", "Không tìm thấy đơn vị", 200)
        key = (call.__name__, unit.slug, span, body.get("currentPage"), body.get("pageSize"))
        return Reply(201, self.world.cached("portal", *key, make=lambda: dumps(
            {"code": "OK", "data": call(unit, span, body), "message": "OK"})), JSON)

    @staticmethod
    def error(code, message, status):
        return Reply(status, dumps({"code": code, "data": None, "message": message}))

    def span_of(self, body):
        """First and last day of the asked period, cut at today; None when the period makes no sense."""
        try:
            if "fromDate" in body:
                first, last = date.fromisoformat(body["fromDate"]), date.fromisoformat(body["toDate"])
            else:
                year, kind = int(body["year"]), body["timeType"]
                months = {"year": (1, 12), "month": (body.get("month"),) * 2,
                          "quarter": (3 * int(body.get("quarter") or 0) - 2, 3 * int(body.get("quarter") or 0))}[kind]
                first, last = month_bounds(year, int(months[0]))[0], month_bounds(year, int(months[1]))[1]
        except (KeyError, ValueError, TypeError):
            return None
        return first, min(last, self.world.today)

    def capture(self, body):
        if body.get("timeType") != "year" or body.get("year") != 2026:
            return self.error("NOT_FOUND", "Không có dữ liệu của kỳ này", 200)
        days, world = list(self.captures), self.world
        with world.lock:
            place = min(world.captures_served // world.capture_every, len(days) - 1)
            world.captures_served += 1
        return Reply(201, self.captures[world.capture_day or days[place]], JSON)

    # Figures of one unit, or of the whole province when unit is the root

    def members(self, unit, span):
        """Units below a root that the portal lists on its last day; a unit has none below it."""
        if unit.slug != PROVINCE:
            return []
        return [u for u in self.province.of_level("P", "H", "X")
                if u.slug not in odd.PORTAL_ABSENT and u.alive(self.world.today)]

    def counted(self, unit):
        if unit.slug != PROVINCE:
            return [] if unit.slug in odd.PORTAL_ABSENT else [unit]
        return [u for u in self.province.of_level("P", "H", "X") if u.slug not in odd.PORTAL_ABSENT]

    def total(self, unit, field, span):
        return sum(self.province.activity[u.slug].sum(field, *span) for u in self.counted(unit))

    def header(self, unit, number, code=True):
        head = {"stt": number, "departmentId": unit.uuid, "departmentName": unit.name, "departmentCode": unit.code}
        if not code:                    # transparency and satisfaction rows carry no code
            del head["departmentCode"]
        root = unit.slug == PROVINCE
        return head | {"departmentType": "PROVINCE" if root else TYPE[unit.level],
                       "departmentLevel": "PROVINCE" if root else DEPTH[unit.level],
                       "agencyLevel": "level_1" if root else "level_2"}

    def paged(self, unit, span, body, row, overview, extra):
        """The metrics form: overview, one page of rows, pagination."""
        members = self.members(unit, span)
        size = max(1, int(body.get("pageSize") or 200))
        page = max(1, int(body.get("currentPage") or 1))
        rows = [row(u, n + 1) for n, u in enumerate(members)][(page - 1) * size:page * size]
        return {"overview": overview, **extra, "evaluation": rows,
                "pagination": {"total": len(members), "currentPage": page, "pageSize": size,
                               "totalPages": -(-len(members) // size)},
                "source": "reporting_digitized_dossiers_daily Mongo collection"}

    def digitised(self, unit, span, body):
        def row(u, number):
            numerator, denominator = self.total(u, "digitised", span), self.total(u, "received", span)
            if u.slug in odd.PORTAL_NULL:
                numerator = denominator = None
            if u.slug in odd.PORTAL_NULL_NUMERATOR:
                numerator = None
            services = sum(len(self.province.activity[c.slug].services) for c in self.counted(u))
            metrics = []
            for code, name, maximum in DIGITISED:
                pair = (numerator, denominator)
                if code == "CITIZEN_DATA_CONNECTED_FORMALITY":
                    pair = (services // 3, services)
                elif code != "SO_HOA_GIAY_TO_GIAI_QUYET" and numerator is not None:
                    pair = (numerator // {"ORIGINAL_RESULT_AVAILABLE": 2, "REUSED_DIGITIZED_DATA": 3}.get(code, 5),
                            denominator)
                metrics.append(metric(code, name, maximum, *pair))
            metrics.append(CERTIFIED_COPY)
            score = total_score(metrics)
            return self.header(u, number) | {"totalScore": score, "totalMaxScore": 22,
                                             "ratio": hundredths(round(score * 100), 2200), "metrics": metrics,
                                             "scoreDelta": None}
        return self.paged(unit, span, body, row, row(unit, 1), {})

    def transparency(self, unit, span, body):
        def row(u, number):
            received = self.total(u, "received", span)
            metrics = [metric("PUBLISH_ON_TIME", "Tỷ lệ TTHC công bố đúng hạn", 6, 0, 89),
                       metric("PUBLIC_UPDATE_ON_TIME", "Tỷ lệ TTHC cập nhật, công khai đúng hạn", 4, 0, 70),
                       metric("PUBLIC_CONTENT_FULL", "Tỷ lệ TTHC công khai đầy đủ nội dung", 2, 87, 89),
                       metric("DOSSIER_SYNC", "Tỷ lệ hồ sơ đồng bộ lên Cổng DVCQG", 6, received, received)
                       | {"dataQualityStatus": "TEMP_NATIONAL_REPORT_DENOMINATOR",
                          "dataQualityMessage": "Mẫu số BCQG/GRIS đang dùng số tạm, cần thay bằng dữ liệu crawl hệ thống cũ."}]
            score = total_score(metrics)
            return self.header(u, number, code=False) | {
                "totalScore": score, "totalMaxScore": 18, "ratio": hundredths(round(score * 100), 1800),
                "scoreDelta": None, "metrics": metrics}
        return self.paged(unit, span, body, row, row(unit, 1) | {"averageScore": None}, {"monthlyChart": []})

    def satisfaction(self, unit, span, body):
        def row(u, number):
            received, late = self.total(u, "received", span), self.total(u, "late", span)
            metrics = [metric("PETITION_CLASSIFICATION_TTHC", "Tỷ lệ PAKN về quy định, thủ tục hành chính", 0, 0, 0),
                       metric("DOSSIER_RECEIVING_SATISFACTION", "Tỷ lệ hài lòng trong tiếp nhận, giải quyết TTHC", 6,
                              received - late, received),
                       # No petition gives full points while the ratio is 0: the portal's own habit.
                       metric("PETITION_PROCESSING_ON_TIME", "Tỷ lệ PAKN xử lý đúng hạn", 6, 0, 0) | {"score": 6},
                       metric("PETITION_HANDLING_SATISFACTION", "Tỷ lệ hài lòng trong xử lý PAKN", 6, 0, 0) | {"score": 6}]
            metrics[0]["score"] = None
            score = total_score(metrics)
            return self.header(u, number, code=False) | {
                "totalScore": score, "totalMaxScore": 18, "ratio": hundredths(round(score * 100), 1800),
                "scoreDelta": None, "metrics": metrics, "totalPetitions": 0, "classifiedPetitions": 0,
                "totalDossiers": received, "averageScore": None}
        return self.paged(unit, span, body, row, row(unit, 1), {})

    # Trees: a parent and, for the province, its children; no paging, all children always

    def tree(self, unit, span, parent, child, chart):
        ident = {"departmentId": unit.uuid, "departmentName": unit.name, "departmentCode": unit.code}
        members = sorted(self.members(unit, span), key=lambda u: u.code)
        data = {"parent": ident | parent if self.counted(unit) else None,
                "children": [{"departmentId": u.uuid, "departmentName": u.name, "departmentCode": u.code,
                              "level": DEPTH[u.level]} | child(u) | {"scoreDelta": None} for u in members]}
        return data | chart

    def progress(self, unit, span, _body):
        def figures(u):
            received, late = self.total(u, "received", span), self.total(u, "late", span)
            return received, received - late, late
        received, on_time, _late = figures(unit)

        def child(u):
            got, good, bad = figures(u)
            return {"totalReceived": got, "totalOnTime": good, "totalOverdue": bad, "avgProcessingDays": 4.1,
                    "ratio": hundredths(good, got), "score": hundredths(good, got, 20), "maxScore": 20}
        parent = {"totalReceived": received, "totalOnTime": on_time, "totalCompleted": received,
                  "avgProcessingDays": 4.1, "ratio": hundredths(on_time, received),
                  "totalScore": hundredths(on_time, received, 20), "totalMaxScore": 20}
        return self.tree(unit, span, parent, child, {"monthlyChart": self.chart(unit, span, "month")})

    def chart(self, unit, span, key):
        months = []
        for month in range(1, 13):
            first, last = month_bounds(span[0].year, month)
            got = self.total(unit, "received", (first, min(last, self.world.today)))
            good = got - self.total(unit, "late", (first, min(last, self.world.today)))
            share = hundredths(good, got)
            months.append({"month": f"{month:02d}", "onTimePct": share,
                           "overduePct": round(100 - share, 2) if got else 0})
        return months

    def services(self, unit, span):
        """(services with an online dossier, services offered), each service once; (None, None) when not counted."""
        if unit.slug in odd.PORTAL_ONLINE_NULL:
            return None, None
        used, offered = set(), set()
        for u in self.counted(unit):
            if u.slug not in odd.PORTAL_ONLINE_NULL:
                used |= self.province.activity[u.slug].used_services(*span)
                offered |= set(self.province.activity[u.slug].services)
        return len(used), len(offered)

    def online(self, unit, span, _body):
        used, offered = self.services(unit, span)
        received, online = self.total(unit, "received", span), self.total(unit, "online", span)
        postal, late = self.total(unit, "postal", span), self.total(unit, "late", span)
        score = hundredths(used or 0, offered or 0, 4)
        parent = {"totalScore": score, "totalMaxScore": 12, "ratio": hundredths(round(score * 100), 1200),
                  "authorityCount": offered, "partialCount": offered and offered // 3,
                  "fullCount": offered and offered - offered // 3, "onlineDossierCount": used,
                  "onlineServiceTotal": offered, "channelOnlineSum": online,
                  "channelDirectSum": received - online - postal, "channelPostalSum": postal,
                  "channelTotalSum": received, "onlineOnTimeSum": max(0, online - late), "onlineOverdueSum": min(online, late)}

        def child(u):
            score = hundredths(*(n or 0 for n in self.services(u, span)), 4)
            return {"totalScore": score, "totalMaxScore": 12, "ratio": hundredths(round(score * 100), 1200)}
        chart = [{"label": f"{m:02d}", "onlineDossierPct": 0} for m in range(1, 13)]
        return self.tree(unit, span, parent, child, {"monthlyChart": chart})

    def payment(self, unit, span, _body):
        def figures(u):
            owed = self.total(u, "received", span) // 2
            paid = self.total(u, "online", span) // 3
            paid = min(paid, owed)
            return {"totalMaxScore": 10, "totalScore": hundredths(paid, owed, 10), "ratio": hundredths(paid, owed),
                    "totalDossierOnlinePaymentSuccess": paid, "totalDossierFinancialObligation": owed,
                    "totalDossierOnlineFormalityPaymentSuccess": 0, "totalFeeDossierFormalityDistinct": 0,
                    "totalFeeDossierFormality": 0, "totalFeeFormality": 0}
        return self.tree(unit, span, figures(unit), figures, {})

    def service_results(self, unit, span, _body):
        """The province frame: rows without groupScores and without the province itself, best first."""
        def score(u):
            got = self.total(u, "received", span)
            return hundredths(self.total(u, "digitised", span) + self.total(u, "online", span), 2 * got)
        rows = [{"departmentId": u.uuid, "departmentName": u.name, "departmentCode": u.code, "totalScore": score(u),
                 "ratio": score(u), "scoreDelta": None, "childGroup": "COMMUNE" if u.level == "X" else "AGENCY"}
                for u in self.members(unit, span)]
        rows.sort(key=lambda r: -r["totalScore"])
        online = self.total(unit, "online", span)
        other = self.total(unit, "received", span) - online
        own = score(unit)
        return {"overview": {"departmentName": unit.name, "departmentCode": unit.code, "totalScore": own,
                             "totalMaxScore": 100, "ratio": own},
                "growthPercent": None, "radar": [],
                "donuts": {"onlineDossier": [
                    {"code": "ONLINE", "name": "Trực tuyến", "value": online, "percent": hundredths(online, online + other)},
                    {"code": "OTHER", "name": "Trực tiếp, bưu chính", "value": other,
                     "percent": hundredths(other, online + other)}], "onlineProvision": None},
                "evaluation": rows}

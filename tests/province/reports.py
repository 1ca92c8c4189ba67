"""The management hub in front of the provincial report system (`/api/reportapiclient/...`).

Paths, item keys, the two word lists and the paging envelope are real (tests/payloads/report). Inferred: `toDate` is the
last day of the reporting period and `endDate` the day on which the report is due; the filters of search (values joined
with `;`, as the sister endpoint documentin has them), the same filters on statistic; nulls for a department that the hub
does not know; and the split of the words: "Đã giao" = asked for and not there yet, "Đã tiếp nhận" = arrived, in time or late.
"""

import json
from datetime import date

from .wire import Reply
from .world import dumps, parse_day

TOKEN = "sim-hub-token"
RECEIVED, ASSIGNED = "Đã tiếp nhận", "Đã giao"
ON_TIME, EARLY, NOT_YET, LATE = "Đúng hạn", "Sớm hạn", "Chưa đến hạn", "Quá hạn"
COUNTS = ("tong", "daTiepNhan", "daGiao", "dungHan", "chuaDenHan", "somHan", "quaHan")
FILTERS = ("departmentHandle", "status", "state", "level")


class Reports:
    def __init__(self, world):
        self.world, self.province, self.papers = world, world.province, world.papers
        self.by_name = {u.hub_name: u for u in self.province.units}
        self.known = {u.hub_name for u in self.province.units if u.slug in self.papers.reports_of}

    def handle(self, request):
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, dumps({"message": "Unauthorized"}))
        call = request.path.removeprefix("/api/reportapiclient/")
        if call == "search" and request.method == "POST":
            try:
                body = json.loads(request.body or b"{}")
            except ValueError:
                body = None
            if not isinstance(body, dict):
                return Reply(400, dumps({"message": "Dữ liệu không hợp lệ"}))
            return self.answer(body, self.search)
        if call == "statistic" and request.method in ("GET", "HEAD"):
            return self.answer(request.query, self.statistic)
        return Reply(404, dumps({"message": "Not Found"}))

    def answer(self, asked, make):
        asked = {k: v for k, v in asked.items() if v not in (None, "")}
        key = (make.__name__, *sorted((k, str(v)) for k, v in asked.items()))
        try:
            return Reply(200, self.world.cached("reports", *key, make=lambda: dumps(make(asked))))
        except ValueError as error:
            return Reply(400, dumps({"message": str(error)}))

    def state_of(self, report):
        """(status, state) as the hub sees them today."""
        today = self.world.today
        if report.received and report.received <= today:
            state = EARLY if report.received < report.due else ON_TIME if report.received == report.due else LATE
            return RECEIVED, state
        return ASSIGNED, NOT_YET if today <= report.due else LATE

    def item(self, report):
        status, state = self.state_of(report)
        unit = self.province.by_slug[report.unit]
        return {"id": report.id, "code": report.code, "name": report.name or None,
                "toDate": f"{report.cut}T00:00:00", "endDate": f"{report.due}T00:00:00",
                "departmentHandle": unit.hub_name, "departmentCode": None, "status": status, "detail": None,
                "level": "Mật" if report.secret else "Thường", "state": state}

    def chosen(self, asked):
        first = self.day(asked, "fromDate", date.min)
        last = min(self.day(asked, "toDate", date.max), self.world.today)
        wanted = {f: {w.strip() for w in str(asked[f]).split(";") if w.strip()} for f in FILTERS if f in asked}
        reports = self.papers.reports
        if len(wanted.get("departmentHandle", ())) == 1:
            unit = self.by_name.get(str(asked["departmentHandle"]).strip("; "))
            reports = self.papers.reports_of.get(unit.slug, []) if unit else []
        items = (self.item(r) for r in reports if first <= r.cut <= last)
        return [i for i in items if all(i[f] in words for f, words in wanted.items())]

    @staticmethod
    def day(asked, key, default):
        if key not in asked:
            return default
        day = parse_day(str(asked[key]))
        if not day:
            raise ValueError(f"{key}: yyyy-MM-dd")
        return day

    def search(self, asked):
        page, size = int(asked.get("pageIndex", 1)), min(int(asked.get("pageSize", 10)), 100)
        if page < 1 or size < 1:
            raise ValueError("pageIndex, pageSize: từ 1")
        items = self.chosen(asked)
        return {"items": items[(page - 1) * size:page * size], "pageIndex": page, "pageSize": size,
                "totalRecords": len(items), "pageCount": -(-len(items) // size)}

    def statistic(self, asked):
        name = str(asked.get("departmentHandle", "")).strip("; ")
        if name and ";" not in name and name not in self.known:
            return dict.fromkeys(COUNTS)
        items = self.chosen(asked)

        def count(key, word):
            return sum(i[key] == word for i in items)
        return {"tong": len(items), "daTiepNhan": count("status", RECEIVED), "daGiao": count("status", ASSIGNED),
                "dungHan": count("state", ON_TIME), "chuaDenHan": count("state", NOT_YET),
                "somHan": count("state", EARLY), "quaHan": count("state", LATE)}

"""What the province wrote down: periodic reports, open data lists, portal sections and declared figures.

Like model.py this is ground truth drawn from the seed; each thing carries the day on which it came to be, so that the
sources can be asked as of any day of 2024.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from . import oddities as odd
from .units import PROVINCE, add_working_days, period_15_14

# Nghị định 42/2022/NĐ-CP, Art. 4: keys and headings of what a state portal must publish.
SECTIONS = {
    "gioi-thieu": "Giới thiệu",
    "vbqppl": "Văn bản quy phạm pháp luật và văn bản quản lý hành chính",
    "dieu-uoc": "Điều ước quốc tế, thỏa thuận quốc tế",
    "tthc-dvc": "Thủ tục hành chính, dịch vụ công trực tuyến",
    "pho-bien": "Tuyên truyền, phổ biến, hướng dẫn thực hiện pháp luật, chế độ, chính sách",
    "chien-luoc": "Chiến lược, chương trình, dự án, đề án, kế hoạch, quy hoạch",
    "danh-muc-cong-khai": "Danh mục thông tin phải được công khai",
    "bao-cao-tai-chinh": "Báo cáo tài chính năm",
    "thong-ke": "Thông tin thống kê",
    "dich-benh": "Thông tin về dịch bệnh",
    "ngan-sach": "Dự toán, tình hình thực hiện, quyết toán ngân sách",
    "dau-tu-mua-sam": "Đầu tư công, mua sắm công, sử dụng đất",
    "oda-cuu-tro": "Vốn ODA, cứu trợ, đóng góp của nhân dân",
    "von-nha-nuoc": "Vốn nhà nước tại doanh nghiệp",
    "kiem-tra": "Kết luận kiểm tra, thanh tra",
    "khoa-hoc": "Chương trình, đề tài khoa học",
    "thue-phi": "Thuế, phí, lệ phí",
    "lay-y-kien": "Lấy ý kiến góp ý dự thảo văn bản",
    "du-lieu-mo": "Dữ liệu mở",
}


@dataclass(frozen=True)
class Report:
    id: int
    code: str
    name: str
    unit: str
    cut: date                           # last day of the reporting period
    due: date
    received: date | None               # None: never sent
    secret: bool


@dataclass(frozen=True)
class Dataset:
    name: str
    title: str
    unit: str
    listed: date
    provided: date | None               # None: in the list, never provided
    in_catalogue: bool                  # False: a dataset beside the list


@dataclass(frozen=True)
class Declaration:
    unit: str
    metric: str
    day: date
    value: int | None                   # None: the cell was left empty
    evidence: str


class Papers:
    def __init__(self, province):
        self.province = province
        self.reports = self._reports()
        self.reports_of = {}
        for report in self.reports:
            self.reports_of.setdefault(report.unit, []).append(report)
        self.organisations = self._organisations()
        self.datasets = [d for slug in self.organisations for d in self._datasets(slug)]
        self.datasets_of = {slug: [] for slug in self.organisations}
        for dataset in self.datasets:
            self.datasets_of[dataset.unit].append(dataset)
        self.sections = {u.slug: self._sections(u) for u in province.of_level("P", "H")}
        self.declarations = self._declarations()

    def _rng(self, *key):
        return Random("|".join(str(k) for k in (self.province.seed, *key)))

    # Periodic reports, Nghị định 09/2019/NĐ-CP: monthly, and quarterly ones that end on the same 14th.

    def _reports(self):
        found, number = [], 0
        for month in range(1, 13):
            cut = period_15_14(2024, month)[1]
            for unit in self.province.of_level("P", "H", "X"):
                if unit.slug in odd.REPORTS_SILENT or not unit.alive(cut):
                    continue
                kinds = [(f"Báo cáo tình hình kinh tế - xã hội tháng {month}", False)]
                if month % 3 == 0:
                    kinds.append((f"Báo cáo tình hình kinh tế - xã hội quý {month // 3}", False))
                if unit.slug in odd.REPORTS_SECRET and month % 2 == 0:
                    kinds.append(("", True))    # the title of a secret report never leaves the hub
                for n, (name, secret) in enumerate(kinds):
                    number += 1
                    found.append(self._report(unit, cut, number, n, name, secret))
        return found

    def _report(self, unit, cut, number, n, name, secret):
        rng = self._rng(unit.slug, "report", cut, n)
        habits = self._rng(unit.slug, "reporting")
        missing, late = habits.choice((0, 0, 20, 60, 150)), habits.choice((0, 20, 60, 120))
        due = add_working_days(cut, 2)
        lot = rng.randrange(1000)
        if unit.slug in odd.REPORTS_PERFECT:
            lot = 1000
        if lot < missing:
            received = None
        elif lot < missing + late:
            received = due + timedelta(rng.randint(1, 9))
        else:
            received = cut + timedelta(rng.randint(0, (due - cut).days))
        return Report(number, f"BC-2024-{cut.month:02d}-{number:04d}", name, unit.slug, cut, due, received, secret)

    # Open data: organisations and their datasets.

    def _organisations(self):
        slugs = [u.slug for u in self.province.of_level("P", "H") if u.slug not in odd.OPENDATA_ABSENT]
        return [PROVINCE, *slugs, "nt-dai-ptth", "nt-bao"]

    def _datasets(self, slug):
        if slug in odd.OPENDATA_EMPTY:
            return
        rng = self._rng(slug, "opendata")
        name = self.province.by_slug[slug].ckan_name
        quality = 100 if slug in odd.OPENDATA_COMPLETE else rng.choice((40, 60, 80, 100))
        for n in range(rng.randint(3, 12)):
            listed = date(2024, 1, 10) + timedelta(rng.randint(0, 120))
            provided = listed + timedelta(rng.randint(0, 150))
            if rng.randrange(100) >= quality or slug in odd.OPENDATA_NONE_PROVIDED:
                provided = None
            yield Dataset(f"{name}-danh-muc-{n + 1:02d}", f"Danh mục dữ liệu số {n + 1}", slug, listed, provided, True)
        for n in range(rng.randint(0, 3)):
            day = date(2024, 2, 1) + timedelta(rng.randint(0, 200))
            yield Dataset(f"{name}-khac-{n + 1:02d}", f"Dữ liệu ngoài danh mục số {n + 1}", slug, day, day, False)

    # Portals: {section key: (state, day of publication)}; state is published, missing, empty or commented.

    def _sections(self, unit):
        rng = self._rng(unit.slug, "portal")
        complete = rng.choice((60, 75, 90, 97))
        found = {}
        for key in SECTIONS:
            state, lot = "published", rng.randrange(100)
            day = date(2023, 6, 1) + timedelta(rng.randint(0, 180))
            if rng.randrange(10) < 2:
                day = date(2024, 2, 1) + timedelta(rng.randint(0, 250))
            if unit.slug not in odd.SITE_COMPLETE and lot >= complete:
                state = "missing"
            if odd.SITE_COMMENTED.get(unit.slug) == key:
                state = "commented"
            if odd.SITE_EMPTY.get(unit.slug) == key:
                state = "empty"
            found[key] = (state, day)
        return found

    # Declared figures with evidence.

    def _declarations(self):
        found = []
        for day in (date(2024, 3, 31), date(2024, 6, 30), date(2024, 9, 30), date(2024, 11, 30)):
            quarter = (day.month + 2) // 3
            for unit in self.province.units:
                if unit.alive(day) and unit.slug not in odd.DECLARES_NOTHING:
                    for metric, value in self._declared(unit, quarter):
                        if (unit.slug, metric) in odd.DECLARES_BLANK:
                            value = None
                        found.append(Declaration(unit.slug, metric, day, value, self._evidence(unit, metric, quarter)))
            for metric, values in (("lris.connected", (0, 1, 1, 1)), ("database.connected", (2, 3, 3, 4))):
                found.append(Declaration(PROVINCE, metric, day, values[quarter - 1],
                                         self._evidence(self.province.root, metric, quarter)))
        return found

    def _declared(self, unit, quarter):
        rng = self._rng(unit.slug, "declared")
        yearly, finished = rng.randint(4, 24), rng.choice((70, 80, 90, 100, 100))
        due = 0 if unit.slug in odd.DECLARES_ZERO_DUE else yearly * quarter // 4
        yield "tasks.due", due
        yield "tasks.done", due * finished // 100
        registered, in_use = rng.choice((0, 1, 1, 1, 2)), rng.choice((0, 1, 1, 2))
        registered = registered if quarter > 1 else 0
        yield "product.registered", registered
        yield "product.in_use", min(in_use if quarter > 2 else 0, registered)
        yield "system.in_use", rng.choice((0, 1, 1, 1))
        if unit.level != "M":
            every = len(self.province.activity[unit.slug].services)
            yield "service.all", every
            yield "service.mobile", every * rng.choice((80, 90, 96, 100, 100, 100)) // 100

    @staticmethod
    def _evidence(unit, metric, quarter):
        if metric.startswith("tasks"):
            return f"Báo cáo số {100 + quarter}/BC-{unit.code.split('.')[-1]}; phụ lục 1, mục \"KH 1446\""
        return f"https://minhchung.ninhthuan.example/{unit.code}/{metric}/{quarter}"

"""The independent calculation of every criterion of Kế hoạch 1670/KH-UBND, unit by unit, as of a day.

Written from the plan's text and its readings (README.md), straight from the model's days and papers; it shares no code with
the product and none with the replies of the simulated systems. Everything is integers; a share is compared by
multiplication and printed only at the very end.

    /usr/bin/python3 tests/province/truth.py [--seed N] [--as-of 2024-12-13] [--json]
"""

import argparse
import json
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from province import oddities as odd
from province.model import Province
from province.papers import Papers
from province.units import DAYS, PROVINCE, add_working_days, index, month_bounds, period_15_14

YEAR_START = date(2024, 1, 1)
OWED_AFTER = timedelta(10)              # a figure that is missing makes its unit overdue this long after the period
STALE_AFTER = timedelta(60)

# III.7 counts the sections of Nghị định 42/2022/NĐ-CP, Art. 4, that were seen in a source; the other eight of the list
# are only remembered and wait for the decree's text.
REQUIRED_SECTIONS = ("gioi-thieu", "vbqppl", "dieu-uoc", "tthc-dvc", "pho-bien", "chien-luoc", "danh-muc-cong-khai",
                     "bao-cao-tai-chinh", "thong-ke", "dich-benh", "du-lieu-mo")
NO_FIGURE_STATES = ("no_data", "not_applicable", "no_figure")


@dataclass(frozen=True)
class Criterion:
    levels: str                         # whom the plan binds
    kind: str                           # ratio, flag or value
    unit_targets: dict = field(default_factory=dict)    # level -> target of each unit
    level_targets: dict = field(default_factory=dict)   # level -> target of the level as a whole
    whole: int | None = None            # target of the province
    up: str = "sum"                     # how levels and province come about: sum, bound, counted, own
    level_rows: bool = True
    province_row: bool = True


EACH_100 = {"P": 100, "H": 100, "X": 100}
CRITERIA = {
    "III.0": Criterion("PHXM", "ratio"),
    "III.1a": Criterion("PH", "flag", {"P": 1, "H": 1}, up="bound"),
    "III.1b": Criterion("PH", "ratio"),
    "III.2": Criterion("PHXM", "value", {"P": 1, "H": 1, "X": 1, "M": 1}, up="bound"),
    "III.3a": Criterion("PHX", "ratio", EACH_100, EACH_100, 100),
    "III.3b": Criterion("PHX", "ratio", {"P": 100, "H": 95, "X": 75}, {"P": 100, "H": 95, "X": 75}, province_row=False),
    "III.3c": Criterion("PHXM", "flag", up="bound"),
    "III.4": Criterion("PHX", "ratio", EACH_100, EACH_100, 100),
    "III.5a": Criterion("PHX", "ratio", whole=60, up="own"),
    "III.5b": Criterion("PHX", "ratio", whole=70),
    "III.6a": Criterion("PHX", "ratio", whole=95),
    "III.6b": Criterion("", "flag", whole=1, up="own", level_rows=False),
    "III.7": Criterion("PH", "ratio", whole=100, up="counted"),
    "III.8a": Criterion("", "ratio", whole=100, up="own", level_rows=False),
    "III.8b": Criterion("PH", "ratio", whole=50, up="counted"),
}


@dataclass
class Figure:
    """What is known of one unit: nothing (came False), or numerator and denominator, perhaps with gaps or too old."""
    numerator: int | None = None
    denominator: int | None = None
    came: bool = False
    gap: bool = False
    old: bool = False


def met(kind, numerator, denominator, target):
    if kind != "ratio":
        return numerator >= target
    if target == 100:
        return numerator == denominator
    return numerator * 100 >= target * denominator


def judge(kind, figure, target):
    if not figure.came:
        return "no_data"
    if figure.gap:
        return "overdue"
    if figure.old:
        return "stale"
    if kind == "ratio" and figure.denominator == 0:
        return "no_figure"
    if target is None:
        return "no_target"
    return "met" if met(kind, figure.numerator, figure.denominator, target) else "not_met"


def printed(numerator, denominator):
    """The share in percent, two decimals, half up; text for people, never compared."""
    if numerator is None or denominator is None:
        return None if numerator is None else str(numerator)
    if denominator == 0:
        return None
    n = (20000 * numerator + denominator) // (2 * denominator)
    return f"{n // 100}.{n % 100:02d}"


class Calculation:
    def __init__(self, province, papers, as_of):
        self.province, self.papers, self.as_of = province, papers, as_of
        self.latest = {}
        for d in sorted(papers.declarations, key=lambda d: d.day):
            if d.day <= as_of:
                self.latest[d.unit, d.metric] = d.value
        self.figures = {"III.0": self.tasks, "III.1a": self.catalogue, "III.1b": self.digitised, "III.2": self.products,
                        "III.3a": self.signed, "III.3b": self.work_files, "III.3c": self.in_use, "III.4": self.mobile,
                        "III.5a": self.services, "III.5b": self.dossiers, "III.6a": self.reports, "III.7": self.sections,
                        "III.8b": self.open_data}

    # Sums over days and months

    def days_sum(self, unit, name, first, last):
        values = self.province.activity[unit.slug].day[name]
        return sum(values[n] for n in range(max(0, index(first)), index(last) + 1))

    def ended_months(self):
        for month in range(1, 13):
            first, last = month_bounds(2024, month)
            if last <= self.as_of:
                yield month, first, last

    def lineage(self, unit):
        """The unit and whom it has absorbed by the day of the calculation."""
        merged = self.province.successions.get(unit.slug, [])
        return [unit, *(self.province.by_slug[p] for p, day in merged if day <= self.as_of)]

    def over_months(self, unit, month_figure):
        """Sum over the ended months in which the unit, or one it absorbed, was alive; None from month_figure = no figure."""
        total = Figure()
        for member in self.lineage(unit):
            for month, first, last in self.ended_months():
                if not (member.alive(first) or member.alive(last)):
                    continue
                pair = month_figure(member, month, first, last)
                if pair is None:
                    total.gap = total.gap or self.as_of - last >= OWED_AFTER
                    continue
                total.came = True
                total.numerator = (total.numerator or 0) + pair[0]
                total.denominator = (total.denominator or 0) + pair[1]
        return total

    # The criteria

    def tasks(self, unit):
        done, due = self.declared(unit, "tasks.done"), self.declared(unit, "tasks.due")
        return Figure() if done is None or due is None else Figure(done, due, True)

    def declared(self, unit, metric):
        return self.latest.get((unit.slug, metric))

    def catalogue(self, unit):
        if unit.slug not in self.papers.datasets_of:
            return Figure()
        return Figure(int(any(d.listed <= self.as_of for d in self.papers.datasets_of[unit.slug])), None, True)

    def digitised(self, unit):
        if unit.slug in odd.PORTAL_ABSENT | odd.PORTAL_NULL | odd.PORTAL_NULL_NUMERATOR:
            return Figure()
        return Figure(self.days_sum(unit, "digitised", YEAR_START, self.as_of),
                      self.days_sum(unit, "received", YEAR_START, self.as_of), True)

    def products(self, unit):
        registered, used = self.declared(unit, "product.registered"), self.declared(unit, "product.in_use")
        return Figure() if registered is None or used is None else Figure(min(registered, used), None, True)

    def signed(self, unit):
        def month_figure(member, month, first, last):
            if member.slug in odd.EDOC_SILENT or (member.slug, (2024, month)) in odd.EDOC_MISSING:
                return None
            good, bad, sent = (self.days_sum(member, f, first, last) for f in ("signed", "unsigned", "sent_ext"))
            if good + bad == 0 and sent > 0:
                return None             # the counter is dead: not a share of 0
            return good, good + bad
        return self.over_months(unit, month_figure)

    def work_files(self, unit):
        newest = None

        def month_figure(member, month, first, last):
            nonlocal newest
            if member.slug in odd.FILES_SILENT or (member.slug, (2024, month)) in odd.FILES_MISSING:
                return None
            stated = min(add_working_days(last, 2), self.as_of, odd.FILES_STALE.get(member.slug, self.as_of))
            newest = max(newest or stated, stated)
            if (member.slug, (2024, month)) in odd.FILES_NULL:
                return None
            return tuple(self.days_sum(member, f, first, last) for f in ("online_files", "files"))
        figure = self.over_months(unit, month_figure)
        figure.old = newest is not None and newest < self.as_of - STALE_AFTER
        return figure

    def in_use(self, unit):
        value = self.declared(unit, "system.in_use")
        return Figure() if value is None else Figure(int(value >= 1), None, True)

    def mobile(self, unit):
        mobile, every = self.declared(unit, "service.mobile"), self.declared(unit, "service.all")
        return Figure() if mobile is None or every is None else Figure(mobile, every, True)

    def used_services(self, unit):
        first, last = index(YEAR_START), index(self.as_of)
        days = self.province.activity[unit.slug].service_days
        return {s for s, on in days.items() if any(first <= n <= last for n in on)}

    def services(self, unit):
        if unit.slug in odd.PORTAL_ABSENT | odd.PORTAL_ONLINE_NULL:
            return Figure()
        return Figure(len(self.used_services(unit)), len(self.province.activity[unit.slug].services), True)

    def dossiers(self, unit):
        def month_figure(member, month, first, last):
            if member.slug in odd.ONESTOP_SILENT or (member.slug, (2024, month)) in odd.ONESTOP_MISSING:
                return None
            return tuple(self.days_sum(member, f, first, last) for f in ("online", "received"))
        return self.over_months(unit, month_figure)

    def reports(self, unit):
        if unit.slug not in self.papers.reports_of:
            return Figure()
        cuts = {period_15_14(2024, m)[1] for m in range(1, 13)}
        sent = due = 0
        came = any(cut <= self.as_of for cut in cuts)
        for report in self.papers.reports_of[unit.slug]:
            if report.secret or report.cut > self.as_of:
                continue
            arrived = report.received is not None and report.received <= self.as_of
            if arrived or self.as_of > report.due:
                due, sent = due + 1, sent + arrived
        return Figure(sent, due, True) if came else Figure()

    def sections(self, unit):
        if unit.slug in odd.SITE_UNREADABLE:
            return Figure()
        found = self.papers.sections[unit.slug]
        shown = sum(found[key][0] == "published" and found[key][1] <= self.as_of for key in REQUIRED_SECTIONS)
        return Figure(shown, len(REQUIRED_SECTIONS), True)

    def open_data(self, unit):
        if unit.slug not in self.papers.datasets_of:
            return Figure()
        listed = [d for d in self.papers.datasets_of[unit.slug] if d.in_catalogue and d.listed <= self.as_of]
        given = sum(d.provided is not None and d.provided <= self.as_of for d in listed)
        return Figure(given, len(listed), True)

    # Rows

    def province_own(self, name):
        if name == "III.5a":                # each service once, however many units offer it
            known = [u for u in self.province.of_level("P", "H", "X")
                     if u.slug not in odd.PORTAL_ABSENT | odd.PORTAL_ONLINE_NULL]
            used = set().union(*(self.used_services(u) for u in known))
            offered = set().union(*(self.province.activity[u.slug].services for u in known))
            return Figure(len(used), len(offered), True)
        value = self.latest.get((PROVINCE, {"III.6b": "lris.connected", "III.8a": "database.connected"}[name]))
        if value is None:
            return Figure()
        return Figure(value, 5, True) if name == "III.8a" else Figure(int(value >= 1), None, True)

    def together(self, criterion, rows):
        """The figure of several units: sums of their figures, or the number of those that pass."""
        counted = [r for r in rows if r["status"] not in NO_FIGURE_STATES]
        if not counted:
            return Figure(), 0
        if criterion.up in ("sum", "own"):
            pair = sum(r["numerator"] for r in counted), sum(r["denominator"] for r in counted)
        else:
            passing = sum(r["numerator"] == r["denominator"] if criterion.kind == "ratio" else r["numerator"] >= 1
                          for r in counted)
            pair = passing, len(rows) if criterion.up == "bound" else len(counted)
        return Figure(*pair, True), len(counted)

    def rows(self):
        found = []
        for name, criterion in CRITERIA.items():
            units = [u for u in self.province.units if u.alive(self.as_of)]
            bound = []
            if name in self.figures:
                for unit in units:
                    row = self.unit_row(name, criterion, unit)
                    found.append(row)
                    if unit.level in criterion.levels:
                        bound.append(row)
            if criterion.level_rows:
                for level in criterion.levels:
                    rows = [r for r in bound if r["level"] == level]
                    figure, counted = self.together(criterion, rows)
                    kind = "ratio"          # levels show shares even where units show flags
                    target = criterion.level_targets.get(level)
                    found.append(self.row(None, level, name, kind, figure, target, counted, len(rows)))
            if criterion.province_row:
                found.append(self.province_row(name, criterion, bound))
        return found

    def unit_row(self, name, criterion, unit):
        if unit.level not in criterion.levels:
            return {"unit": unit.slug, "level": unit.level, "criterion": name, "status": "not_applicable",
                    "numerator": None, "denominator": None, "target": None, "value": None}
        figure = self.figures[name](unit)
        return self.row(unit.slug, unit.level, name, criterion.kind, figure, criterion.unit_targets.get(unit.level))

    def province_row(self, name, criterion, bound):
        if criterion.up == "own":
            figure = self.province_own(name)
            counted = sum(r["status"] not in NO_FIGURE_STATES for r in bound)
            return self.row(None, None, name, criterion.kind, figure, criterion.whole, counted, len(bound))
        figure, counted = self.together(criterion, bound)
        return self.row(None, None, name, "ratio", figure, criterion.whole, counted, len(bound))

    @staticmethod
    def row(unit, level, name, kind, figure, target, counted=None, bound=None):
        row = {"unit": unit, "level": level, "criterion": name, "status": judge(kind, figure, target),
               "numerator": figure.numerator, "denominator": figure.denominator, "target": target,
               "value": printed(figure.numerator, figure.denominator)}
        if unit is None:
            row |= {"units_counted": counted, "units_bound": bound}
        return row


def rows(province, papers, as_of):
    """Rows of unit, level (unit null) and province (unit and level null)."""
    if not DAYS[0] <= as_of <= DAYS[-1]:
        raise ValueError(f"as_of must lie in {DAYS[0]}..{DAYS[-1]}")
    return Calculation(province, papers, as_of).rows()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2024, 12, 13))
    parser.add_argument("--json", action="store_true", help="one JSON array instead of a table")
    options = parser.parse_args()
    province = Province(options.seed)
    found = rows(province, Papers(province), options.as_of)
    if options.json:
        json.dump(found, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    for r in found:
        who = r["unit"] or (f"level {r['level']}" if r["level"] else "province")
        print(f"{r['criterion']:7} {who:28} {r['status']:14} {r['numerator']}/{r['denominator']} "
              f"{r['value'] or '-'} target {r['target']}")


if __name__ == "__main__":
    main()

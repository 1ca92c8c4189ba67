"""The second calculation: figures and status words of Kế hoạch 1670/KH-UBND from what was stated, written from the criteria's text.

Shares nothing with sql/: statements are a dictionary, sums are Python's. How rows of levels and province come about, and what the
plan asks, is that of tests/province/truth.py.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from province import truth
from province.units import LEVELS, PROVINCE, month_bounds, period_15_14

MEASURE_FROM = date(2024, 1, 1)
OWED_AFTER, STALE_AFTER = timedelta(10), timedelta(60)


@dataclass
class Figure(truth.Figure):
    disputed: bool = False


class Beliefs:
    """What is believed: the newest statement of each key, grouped for reading by unit and metric."""

    def __init__(self):
        self.of = defaultdict(dict)         # (unit, metric) -> {(calendar, cumulative, first, last): (value, observed day, quality)}

    def state(self, statements):
        for metric, unit, _kind, calendar, cumulative, first, last, value, observed, quality in statements:
            self.of[unit, metric][calendar, cumulative, first, last] = (value, observed and observed.date(), quality)


class Second(truth.Calculation):
    def __init__(self, province, beliefs, as_of):
        self.province, self.beliefs, self.as_of = province, beliefs, as_of
        state, year = self.newest_state, self.newest_year
        self.figures = {
            "III.0": lambda u: state(u.slug, ["tasks.done"], ["tasks.due"]),
            "III.1a": lambda u: state(u.slug, ["opendata.catalogue"], flag=True),
            "III.1b": lambda u: year(u.slug, ["digitised.done"], ["digitised.all"]),
            "III.2": lambda u: state(u.slug, ["product.registered", "product.in_use"]),
            "III.3a": lambda u: self.added(u, ["edoc.signed"], ["edoc.signed", "edoc.not_signed"], "edoc.sent"),
            "III.3b": lambda u: self.added(u, ["workfile.online"], ["workfile.all"], ages=True),
            "III.3c": lambda u: state(u.slug, ["system.in_use"], flag=True),
            "III.4": lambda u: state(u.slug, ["service.mobile"], ["service.all"]),
            "III.5a": lambda u: year(u.slug, ["service.with_dossier"], ["service.offered"]),
            "III.5b": lambda u: self.added(u, ["dossier.online"], ["dossier.received"]),
            "III.6a": lambda u: self.added(u, ["report.sent"], ["report.due"], calendar="15-14", carries=False),
            "III.7": lambda u: self.listed(u.slug),
            "III.8b": lambda u: state(u.slug, ["opendata.provided"], ["opendata.listed"]),
        }

    # Periods that are added

    def merged(self, unit):
        """The unit and those that have become it alone, of its own kind."""
        found = [unit]
        for slug, day in self.province.successions.get(unit.slug, []):
            heirs = {s for s, rows in self.province.successions.items() if any(p == slug for p, _ in rows)}
            if day <= self.as_of and heirs == {unit.slug} and self.province.by_slug[slug].level == unit.level:
                found.append(self.province.by_slug[slug])
        return found

    def periods(self, calendar):
        for month in range(1, 13):
            first, last = period_15_14(2024, month) if calendar == "15-14" else month_bounds(2024, month)
            if last <= self.as_of:
                yield first, last

    def added(self, unit, above, below, witness=None, calendar="calendar", carries=True, ages=False):
        figure, newest = Figure(), None
        for member in self.merged(unit) if carries else [unit]:
            for first, last in self.periods(calendar):
                key = calendar, False, first, last
                stated = {m: self.beliefs.of[member.slug, m].get(key) for m in {*above, *below, *([witness] if witness else [])}}
                for s in stated.values():
                    if s and s[1]:
                        newest = max(newest or s[1], s[1])
                needed = [stated[m] for m in {*above, *below}]
                whole = all(s and s[0] is not None for s in needed)
                if whole and witness and sum(stated[m][0] for m in below) == 0 and stated[witness] and (stated[witness][0] or 0) > 0:
                    whole = False           # documents were sent, so counting none of them is no count
                if not whole:
                    figure.gap |= member.alive(last) and last + OWED_AFTER <= self.as_of
                    continue
                figure.came = True
                figure.numerator = (figure.numerator or 0) + sum(stated[m][0] for m in above)
                figure.denominator = (figure.denominator or 0) + sum(stated[m][0] for m in below)
                figure.disputed |= any(s and s[2] == "disputed" for s in stated.values())
        figure.old = ages and newest is not None and newest < self.as_of - STALE_AFTER
        return figure

    # The newest statement counts

    def newest(self, slug, metrics, cumulative):
        """Day and values of the newest whole statement, whether it was taken back later, whether it is disputed."""
        days = {key for m in metrics for key in self.beliefs.of[slug, m] if key[:2] == ("calendar", cumulative) and MEASURE_FROM <= key[3] <= self.as_of}
        found, denied = None, None
        for key in sorted(days, key=lambda k: k[3]):
            stated = [self.beliefs.of[slug, m].get(key) for m in metrics]
            if all(s and s[0] is not None for s in stated):
                found, denied = stated, False
            elif any(s and s[0] is None for s in stated) and found:
                denied = True
        return found, bool(denied), bool(found) and any(s[2] == "disputed" for s in found)

    def newest_state(self, slug, above, below=None, flag=False, cumulative=False):
        metrics = above + (below or [])
        found, denied, disputed = self.newest(slug, metrics, cumulative)
        if not found:
            return Figure()
        values = [s[0] for s in found]
        numerator = min(values[:len(above)])
        return Figure(int(numerator >= 1) if flag else numerator, values[-1] if below else None, True, denied, disputed=disputed)

    def newest_year(self, slug, above, below):
        return self.newest_state(slug, above, below, cumulative=True)

    def listed(self, slug):
        found = {key: self.newest_item(slug, "portal.section." + key) for key in truth.REQUIRED_SECTIONS}
        there = [s for s in found.values() if s]
        if not there:
            return Figure()
        return Figure(sum(s[0] >= 1 for s in there), len(found), True, len(there) < len(found), disputed=any(s[2] == "disputed" for s in there))

    def newest_item(self, slug, metric):
        stated = [(key[3], s) for key, s in self.beliefs.of[slug, metric].items() if key[3] <= self.as_of and s[0] is not None]
        return max(stated, key=lambda s: s[0])[1] if stated else None

    # Rows

    def province_own(self, name):
        if name == "III.5a":
            return self.newest_year(PROVINCE, ["service.with_dossier"], ["service.offered"])
        if name == "III.6b":
            return self.newest_state(PROVINCE, ["lris.connected"], flag=True)
        figure = self.newest_state(PROVINCE, ["database.connected"])
        figure.denominator = 5 if figure.came else None
        return figure

    @staticmethod
    def row(unit, level, name, kind, figure, target, counted=None, bound=None):
        row = truth.Calculation.row(unit, level, name, kind, figure, target, counted, bound)
        if row["status"] in ("no_target", "met", "not_met") and getattr(figure, "disputed", False):
            row["status"] = "disputed"
        return row

    def rows(self):
        """As the plan's, and only of units that stand on one of its levels."""
        return [r for r in super().rows() if r["level"] is None or r["level"] in LEVELS]

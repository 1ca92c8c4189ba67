"""A year of statements as sources would make them, from the province's model and a seed: late, restated, repeated, null, disputed,
held back by outages, and across the merger of wards of 1/11/2024.

A statement is a plain tuple: metric, unit, period kind, calendar, cumulative, first day, last day, value, observed at, quality.
A delivery is (day, batch of the day, statements); the same statement may come twice.
"""

import random
from collections import defaultdict
from datetime import date, datetime, time, timedelta, timezone

from province.model import Province
from province.papers import Papers
from province.truth import REQUIRED_SECTIONS
from province.units import PROVINCE, index, month_bounds, period_15_14

HANOI = timezone(timedelta(hours=7))
FIRST, LAST = date(2024, 1, 1), date(2024, 12, 13)
# A source's statements about one month: its metrics, the model's counts, and how the witness comes in.
MONTHLY = {
    "vanban": (("edoc.signed", ("signed",)), ("edoc.not_signed", ("unsigned",)), ("edoc.sent", ("sent_ext",))),
    "hoso": (("workfile.online", ("online_files",)), ("workfile.all", ("files",))),
    "motcua": (("dossier.online", ("online",)), ("dossier.received", ("received",))),
}
STATES = {
    "khaibao": (("tasks.done", "tasks.due"), ("product.registered", "product.in_use"), ("system.in_use",), ("service.mobile", "service.all")),
    "dulieumo": (("opendata.catalogue",), ("opendata.provided", "opendata.listed")),
    "congthongtin": tuple(("portal.section." + key,) for key in REQUIRED_SECTIONS),
}
OWN = (("lris.connected",), ("database.connected",))


class History:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.province = Province(seed)
        self.papers = Papers(self.province)
        self.arrivals = defaultdict(lambda: ([], []))
        self.kinds = defaultdict(int)
        self.outages = {name: self.some_outages() for name in (*MONTHLY, *STATES, "baocao", "dvcqg")}
        for unit in self.province.units:
            if unit.level == "-":
                continue
            if unit.level != "M":           # neither documents nor dossiers of their own
                for source in MONTHLY:
                    self.months(source, unit)
                self.reports(unit)
                self.year_to_date(unit.slug, ("digitised.done", "digitised.all"))
                self.year_to_date(unit.slug, ("service.with_dossier", "service.offered"))
            for source, groups in STATES.items():
                for group in groups:
                    self.states(source, unit, group)
        self.year_to_date(PROVINCE, ("service.with_dossier", "service.offered"))
        for group in OWN:
            self.state_days("khaibao", PROVINCE, group, FIRST, LAST)

    def some_outages(self):
        begins = [FIRST + timedelta(self.rng.randrange(340)) for _ in range(3)]
        return [(day, day + timedelta(self.rng.randrange(3, 16))) for day in begins]

    def arrive(self, source, day, statements):
        """Comes on that day, or when the outage in which it lies is over; what would come later than the last day never comes."""
        for begin, end in self.outages[source]:
            if begin <= day <= end:
                day = end + timedelta(1)
                self.kinds["held back"] += 1
        if FIRST <= day <= LAST:
            self.arrivals[day][self.rng.randrange(2)].extend(statements)

    def some_delay(self):
        if self.rng.random() < 0.07:
            self.kinds["late"] += 1
            return self.rng.randrange(10, 60)
        return self.rng.randrange(1, 8)

    def stating(self, source, day, period, values, observe=False):
        """One set of values about one period: first as it comes, then perhaps again: the same, or restated."""
        rng, unit, names = self.rng, period[0], list(values)
        if rng.random() < 0.02:
            self.kinds["never"] += 1
            return
        values = dict(values)
        if rng.random() < 0.03:
            self.kinds["null"] += 1
            values[rng.choice(names)] = None
        quality = "disputed" if rng.random() < 0.01 else None
        while True:
            observed = datetime.combine(day, time(7, rng.randrange(60)), HANOI) if observe else None
            if observe and hash_of(unit) % 17 == 0:     # a source whose clock stopped in spring
                observed = min(observed, datetime(2024, 5, 2, 7, tzinfo=HANOI))
            self.arrive(source, day, [(name, unit, *period[1:], values[name], observed, quality) for name in names])
            day += timedelta(rng.randrange(3, 80))
            again = rng.random()
            if again < 0.15:
                self.kinds["restated"] += 1
                values = {n: rng.choice((v, (v or 0) + rng.randrange(3), max(0, (v or 0) - rng.randrange(3)))) for n, v in values.items()}
                quality = None
            elif again < 0.35:
                self.kinds["repeated"] += 1
            else:
                return

    def months(self, source, unit):
        for month in range(1, 13):
            first, last = month_bounds(2024, month)
            if not unit.alive(last) or last > LAST:
                continue
            days = self.province.activity[unit.slug].day
            values = {metric: sum(days[name][n] for name in names for n in range(index(first), index(last) + 1)) for metric, names in MONTHLY[source]}
            self.stating(source, last + timedelta(self.some_delay()), (unit.slug, "month", "calendar", False, first, last), values, source == "hoso")

    def reports(self, unit):
        for month in range(1, 13):
            first, last = period_15_14(2024, month)
            if not unit.alive(last) or last > LAST:
                continue
            due = self.rng.randrange(0, 9)
            sent = max(0, due - (self.rng.random() < 0.2))
            self.stating("baocao", last + timedelta(self.some_delay()), (unit.slug, "month", "15-14", False, first, last), {"report.sent": sent, "report.due": due})

    def year_to_date(self, slug, names):
        numerator = denominator = 0
        day = FIRST + timedelta(self.rng.randrange(20))
        while day <= LAST:
            step = self.rng.randrange(40)
            denominator, numerator = denominator + step, numerator + self.rng.randrange(step + 1)
            self.stating("dvcqg", day + timedelta(self.rng.choice((0, 0, 1, 5))), (slug, "year", "calendar", True, FIRST, day), dict(zip(names, (numerator, denominator))))
            day += timedelta(self.rng.randrange(10, 45))

    def states(self, source, unit, names):
        if unit.level in "XM" and source != "khaibao" or self.rng.random() < 0.05:
            return
        self.state_days(source, unit.slug, names, max(FIRST, unit.valid_from), min(LAST, unit.valid_to))

    def state_days(self, source, slug, names, first, last):
        days = (last - first).days
        if days < 1:
            return
        for day in sorted(first + timedelta(self.rng.randrange(days)) for _ in range(self.rng.randrange(1, 5))):
            top = self.rng.randrange(5)
            values = {name: self.rng.randrange(top + 1) if n == 0 and len(names) == 2 else top for n, name in enumerate(names)}
            if names == ("database.connected",):
                values = {names[0]: self.rng.randrange(6)}
            elif len(names) == 1:
                values = {names[0]: int(self.rng.random() < 0.8)}
            self.stating(source, day + timedelta(self.rng.choice((0, 0, 0, 2, 9, 30))), (slug, "day", "calendar", False, day, day), values)

    def days(self):
        """Every day of the year with its two batches, statements of one key at most once a batch."""
        day = FIRST
        while day <= LAST:
            yield day, [list({s[:7]: s for s in batch}.values()) for batch in self.arrivals.get(day, ([], []))]
            day += timedelta(1)


def hash_of(text):
    return sum(text.encode())

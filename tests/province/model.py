"""What happened in the province, day by day: documents, work files and dossiers of every unit, as integers from one seed.

A day of a unit is drawn from random.Random keyed by seed, unit and day, so no figure depends on how many other units
there are or on the order of drawing. There is no floating point: shares are integers per thousand with random rounding.
"""

from bisect import bisect_left
from itertools import accumulate
from random import Random

from . import oddities as odd
from .units import DAYS, LEVELS, PROVINCE, index, is_quiet, load_successions, load_units, month_bounds

FIELDS = ("sent_ext", "sent_int", "received_ext", "received_int", "signed", "unsigned",
          "files", "online_files", "secret_files", "received", "online", "postal", "digitised", "late")

DOMAINS = {
    "X": (("HOTICH", "Hộ tịch"), ("CHUNGTHUC", "Chứng thực"), ("BTXH", "Bảo trợ xã hội")),
    "H": (("DATDAI", "Đất đai"), ("HOKD", "Đăng ký hộ kinh doanh"), ("HOTICH", "Hộ tịch"), ("XAYDUNG", "Xây dựng")),
    "P": (("CAPPHEP", "Cấp phép"), ("DANGKY", "Đăng ký, xác nhận")),
}


def share(rng, count, per_mille):
    """About per_mille/1000 of count, rounded at random, never above count."""
    return (count * per_mille + rng.randrange(1000)) // 1000


class Activity:
    """One unit's year: a list per field with one integer per day, and running totals for fast sums."""

    def __init__(self, unit):
        self.unit = unit
        self.day = {f: [0] * len(DAYS) for f in FIELDS}
        self.domains = ()
        self.by_domain = []             # per domain {"received": [...], "online": [...]}
        self.services = ()              # distinct ids of the online services the unit offers
        self.service_days = {}          # id -> days (indexes) with an online dossier, rising

    def close(self):
        def totals(values):
            return [0, *accumulate(values)]
        self.total = {f: totals(v) for f, v in self.day.items()}
        self.domain_total = [{k: totals(v) for k, v in d.items()} for d in self.by_domain]

    def sum(self, field, first, last):
        """Sum over the days first..last, both inclusive."""
        a, b = max(index(first), 0), index(last)
        return self.total[field][b + 1] - self.total[field][a] if b >= a else 0

    def domain_sum(self, n, field, first, last):
        a, b = max(index(first), 0), index(last)
        return self.domain_total[n][field][b + 1] - self.domain_total[n][field][a] if b >= a else 0

    def used_services(self, first, last):
        """Services with at least one online dossier on the days first..last."""
        a, b = max(index(first), 0), index(last)
        used = set()
        for service, days in self.service_days.items():
            n = bisect_left(days, a)
            if n < len(days) and days[n] <= b:
                used.add(service)
        return used


class Profile:
    """The habits of one unit through the year."""

    MEANS = {       # documents out, documents in, work files, dossiers on a working day; services offered
        "P": ((4, 14), (10, 30), (12, 30), (3, 18), (14, 60)),
        "H": ((8, 20), (20, 45), (18, 36), (25, 70), (110, 170)),
        "X": ((2, 7), (6, 16), (5, 12), (5, 16), (50, 90)),
    }
    CATALOGUE = {"H": 190, "X": 110}    # services shared by all districts, by all communes

    def __init__(self, seed, unit):
        rng = Random(f"{seed}|{unit.slug}|profile")
        out, into, files, dossiers, services = self.MEANS[unit.level]
        self.out, self.into = rng.randint(*out), rng.randint(*into)
        self.files, self.dossiers = rng.randint(*files), rng.randint(*dossiers)
        lot = rng.randrange(100)
        self.unsigned = 0 if lot < 45 else rng.randint(1, 8) if lot < 80 else rng.randint(20, 120)
        if unit.slug in odd.EDOC_ALL_SIGNED:
            self.unsigned = 0
        lot = rng.randrange(100)
        self.offline = {"P": 0 if lot < 40 else rng.randint(1, 60), "H": rng.randint(20, 80),
                        "X": rng.randint(120, 380)}[unit.level]
        self.online = rng.randint(*{"P": (600, 980), "H": (500, 880), "X": (430, 900)}[unit.level])
        self.digitised = rng.randint(200, 950)
        self.late = rng.randint(2, 60)
        self.services = self._services(rng, unit, rng.randint(*services))
        self.popular = max(1, len(self.services) * rng.randint(35, 85) // 100) if self.services else 0

    def _services(self, rng, unit, count):
        if unit.slug in odd.NO_SERVICES:
            return ()
        if unit.level == "P":
            return tuple(f"{unit.slug}/{n:03d}" for n in range(count))
        numbers = rng.sample(range(self.CATALOGUE[unit.level]), count)
        return tuple(f"{unit.level}/{n:03d}" for n in numbers)


def _draw_day(act, profile, n, rng):
    """Fills day n of one unit."""
    day, date_ = act.day, DAYS[n]
    divisor = 12 if is_quiet(date_) else 1

    def around(mean):
        return rng.randrange(2 * mean + 1) // divisor

    day["sent_ext"][n], day["sent_int"][n] = around(profile.out), around(profile.out * 2)
    day["received_ext"][n], day["received_int"][n] = around(profile.into), around(profile.into // 2)
    day["unsigned"][n] = share(rng, day["sent_ext"][n], profile.unsigned)
    day["signed"][n] = day["sent_ext"][n] - day["unsigned"][n]
    day["files"][n] = around(profile.files)
    day["online_files"][n] = day["files"][n] - share(rng, day["files"][n], profile.offline)
    day["secret_files"][n] = share(rng, day["files"][n], 15)
    if not profile.services or act.unit.slug in odd.ONESTOP_ZERO:
        return
    rising = min(1000, profile.online + 4 * (date_.month if date_.year == 2024 else 0))
    for d, domain in enumerate(act.by_domain):
        got = around(max(1, profile.dossiers // len(act.by_domain)))
        online = share(rng, got, rising)
        domain["received"][n], domain["online"][n] = got, online
        day["received"][n] += got
        day["online"][n] += online
        for _ in range(min(online, 3)):
            # The smaller of two draws: a few services have most of the dossiers.
            place = min(rng.randrange(profile.popular), rng.randrange(profile.popular))
            days = act.service_days.setdefault(profile.services[place], [])
            if not days or days[-1] != n:
                days.append(n)
    day["postal"][n] = share(rng, day["received"][n] - day["online"][n], 100)
    day["digitised"][n] = share(rng, day["received"][n], profile.digitised)
    day["late"][n] = share(rng, day["received"][n], profile.late)


def _pin(act, all_field, part_field, rest_field, part, whole):
    """Rescales the days of January to PIN_DAY so that they add up to exactly part of whole."""
    a, b = index(DAYS[0].replace(year=2024, month=1, day=1)), index(odd.PIN_DAY)
    days = range(a, b + 1)
    values = act.day[all_field]
    before, run, rest_run = sum(values[n] for n in days), 0, 0
    for n in days:
        run += values[n]
        scaled = whole * run // before
        rest = (whole - part) * scaled // whole
        last = whole * (run - values[n]) // before
        new, new_rest = scaled - last, rest - rest_run
        rest_run = rest
        act.day[part_field][n] = new - new_rest
        if rest_field:
            act.day[rest_field][n] = new_rest
        act.day["_" + all_field][n] = new
    for n in days:
        values[n] = act.day["_" + all_field][n]


class Province:
    """The ground truth. Immutable once built; what a source says on a day is derived from it and that day."""

    def __init__(self, seed=1, conf=None):
        self.seed = seed
        every = load_units(conf) if conf else load_units()
        self.root = every[0]
        self.units = [u for u in every if u.level in LEVELS]
        self.others = [u for u in every if u.level == "-" and u.slug != PROVINCE]
        self.by_slug = {u.slug: u for u in every}
        self.by_code = {u.code: u for u in every}
        self.by_uuid = {u.uuid: u for u in every}
        self.successions = load_successions(conf) if conf else load_successions()
        self.activity = {u.slug: self._year_of(u) for u in self.units if u.level != "M"}

    def of_level(self, *levels):
        return [u for u in self.units if u.level in levels]

    def _year_of(self, unit):
        act, profile = Activity(unit), Profile(self.seed, unit)
        act.services = profile.services
        act.domains = DOMAINS[unit.level]
        act.by_domain = [{"received": [0] * len(DAYS), "online": [0] * len(DAYS)} for _ in act.domains]
        for n, date_ in enumerate(DAYS):
            if unit.alive(date_):
                _draw_day(act, profile, n, Random(f"{self.seed}|{unit.slug}|{date_.isoformat()}"))
        self._apply_oddities(act)
        act.close()
        return act

    @staticmethod
    def _apply_oddities(act):
        slug = act.unit.slug
        for table, fields in ((odd.EDOC_PINNED, ("sent_ext", "signed", "unsigned")),
                              (odd.FILES_PINNED, ("files", "online_files", None))):
            if slug in table:
                act.day["_" + fields[0]] = [0] * len(DAYS)
                _pin(act, *fields, *table[slug])
                del act.day["_" + fields[0]]
        stale = odd.FILES_STALE.get(slug)
        for n, date_ in enumerate(DAYS):
            month = (slug, (date_.year, date_.month))
            if slug in odd.EDOC_DEAD or month in odd.EDOC_DEAD_MONTHS:
                act.day["signed"][n] = act.day["unsigned"][n] = 0
            if stale and date_ > stale or month in odd.FILES_MISSING:   # days the source never got
                for field in ("files", "online_files", "secret_files"):
                    act.day[field][n] = 0
            if month in odd.EDOC_MISSING:
                for field in ("sent_ext", "sent_int", "received_ext", "received_int", "signed", "unsigned"):
                    act.day[field][n] = 0

    # What a source would be able to say; the wire modules and the truth both start here.

    def edoc_silent(self, unit, first, last):
        """No figure at all for the span: an unknown unit, a silent one, or a span inside one missing month."""
        if unit.slug not in self.activity or unit.slug in odd.EDOC_SILENT or last < first:
            return True
        if not any(unit.alive(d) for d in (first, last)):
            return True
        return self._missing(odd.EDOC_MISSING, unit, first, last)

    def files_silent(self, unit, first, last):
        if unit.slug not in self.activity or unit.slug in odd.FILES_SILENT or last < first:
            return True
        if not any(unit.alive(d) for d in (first, last)):
            return True
        return self._missing(odd.FILES_MISSING, unit, first, last)

    def onestop_silent(self, unit, first, last):
        if unit.slug in odd.ONESTOP_SILENT or last < first or not any(unit.alive(d) for d in (first, last)):
            return True
        return self._missing(odd.ONESTOP_MISSING, unit, first, last)

    @staticmethod
    def _missing(table, unit, first, last):
        for slug, (year, month) in table:
            a, b = month_bounds(year, month)
            if slug == unit.slug and a <= first and last <= b:
                return True
        return False

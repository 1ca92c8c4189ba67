"""The units of the province in 2024, their codes in each simulated system, and the calendar of the simulated year."""

import csv
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

CONF = Path(__file__).resolve().parents[2] / "conf" / "units"

FIRST = date(2023, 12, 15)              # first day of the 15-14 year 2024 (15/12/2023 - 14/12/2024)
LAST = date(2024, 12, 31)
DAYS = tuple(FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1))

LEVEL_OF_KIND = {"so_ban_nganh": "P", "ubnd_huyen": "H", "ubnd_xa": "X", "mttq_ctxh": "M"}
LEVELS = ("P", "H", "X", "M")
PROVINCE = "H43"

# Public holidays of 2024 with the swapped days off; only their quietness matters to the model.
HOLIDAYS = frozenset(
    [date(2024, 1, 1), date(2024, 4, 18), date(2024, 4, 29), date(2024, 4, 30), date(2024, 5, 1)]
    + [date(2024, 2, n) for n in range(8, 15)]
    + [date(2024, 8, 31), date(2024, 9, 1), date(2024, 9, 2), date(2024, 9, 3)]
)


@dataclass(frozen=True)
class Unit:
    slug: str
    name: str
    level: str                          # P, H, X, M, or "-" for units outside the campaign
    parent: str
    valid_from: date
    valid_to: date
    hub_name: str                       # as the report hub spells it
    ckan_name: str                      # organisation name in the open data catalogue

    @property
    def code(self):
        """Identifier built mechanically from the slug: the official H43.x list was not found."""
        return code_of(self.slug)

    @property
    def uuid(self):
        return uuid_of(self.slug)

    def alive(self, day):
        return self.valid_from <= day <= self.valid_to


def code_of(slug):
    if slug == PROVINCE:
        return PROVINCE
    return "H43." + slug.removeprefix("nt-").replace("-", "").upper()


def uuid_of(slug):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, slug))


def is_quiet(day):
    return day.weekday() >= 5 or day in HOLIDAYS


def index(day):
    """Place of a day in DAYS; days outside are moved to one before the first or to the last."""
    if day < FIRST:
        return -1
    return min((day - FIRST).days, len(DAYS) - 1)


def month_bounds(year, month):
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return first, following - timedelta(1)


def period_15_14(year, month):
    """The reporting month that ends on the 14th of the named month (Nghị định 09/2019/NĐ-CP, Art. 12)."""
    previous = date(year, month, 1) - timedelta(1)
    return previous.replace(day=15), date(year, month, 14)


def add_working_days(day, count):
    while count:
        day += timedelta(1)
        if not is_quiet(day):
            count -= 1
    return day


def _hub_name(row, parents, n):
    """The hub writes names by hand: district added, capitals and blanks as the typist left them."""
    name = row["name"]
    if row["kind"] == "ubnd_xa":
        name = name.replace("UBND thị trấn", "UBND TT")
        if n % 3 == 0:
            name = name.replace("UBND xã", "UBND Xã").replace("UBND phường", "UBND Phường")
        name += ", " + parents[row["parent_code"]].removeprefix("UBND ")
    elif row["code"] == "nt-so-tttt":
        name = "Sở Thông tin  và Truyền thông"
    elif row["code"] == "nt-so-ldtbxh":
        name = "Sở LĐ-TB&XH"
    return name


def load_units(conf=CONF):
    """Every unit of the old province, in the order of the file; the province root is the first."""
    with open(conf / "units-ninh-thuan-2024.csv", encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["code"] == PROVINCE or r["code"].startswith("nt-")]
    names = {r["code"]: r["name"] for r in rows}
    units = []
    for n, row in enumerate(rows):
        slug = row["code"]
        units.append(Unit(
            slug=slug, name=row["name"], level=LEVEL_OF_KIND.get(row["kind"], "-"), parent=row["parent_code"],
            valid_from=date.fromisoformat(row["valid_from"] or "0001-01-01"),
            valid_to=date.fromisoformat(row["valid_to"] or "9999-12-31"),
            hub_name=_hub_name(row, names, n),
            ckan_name="ubnd-tinh" if slug == PROVINCE else slug.removeprefix("nt-"),
        ))
    return units


def load_successions(conf=CONF):
    """Mergers inside the campaign: {successor: [(predecessor, day)]}."""
    merged = {}
    with open(conf / "unit-successions.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["effective_on"])
            if row["successor_code"] and day <= LAST:
                merged.setdefault(row["successor_code"], []).append((row["predecessor_code"], day))
    return merged


def code_rows(units):
    """Rows of codes.csv: system, code, unit, valid_from, valid_to, note."""
    for system, code in (("qd20-sim", lambda u: u.code), ("dvcqg-sim", lambda u: u.uuid),
                         ("hub-sim", lambda u: u.hub_name), ("ckan-sim", lambda u: u.ckan_name)):
        for unit in units:
            if system == "ckan-sim" and unit.level in ("X", "M"):
                continue
            until = "" if unit.valid_to.year == 9999 else unit.valid_to.isoformat()
            yield system, code(unit), unit.slug, "", until, "simulated"


def write_codes(path):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("system", "code", "unit", "valid_from", "valid_to", "note"))
        out.writerows(code_rows(load_units()))


if __name__ == "__main__":
    write_codes(Path(__file__).resolve().parent / "codes.csv")

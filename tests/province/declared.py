"""Figures that no source system measures, as the units declare them: `GET /declared/2024.csv` (made up altogether).

Semicolons, as a Vietnamese spreadsheet writes them; quotes where needed; an empty `gia_tri` means that nothing was stated.
`?sep=comma` gives commas.
"""

import csv
import io

from .wire import Reply

COLUMNS = ("don_vi", "chi_tieu", "ky", "gia_tri", "minh_chung")


class Declared:
    def __init__(self, world):
        self.world, self.province, self.papers = world, world.province, world.papers

    def handle(self, request):
        if request.path != "/declared/2024.csv":
            return Reply(404, b"", "text/plain")
        delimiter = "," if request.query.get("sep") == "comma" else ";"
        return Reply(200, self.world.cached("declared", delimiter, make=lambda: self.file(delimiter)),
                     "text/csv; charset=utf-8")

    def file(self, delimiter):
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for d in self.papers.declarations:
            if d.day <= self.world.today:
                writer.writerow((self.province.by_slug[d.unit].code, d.metric, f"{d.day:%d/%m/%Y}",
                                 "" if d.value is None else d.value, d.evidence))
        return out.getvalue().encode()

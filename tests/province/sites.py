"""The portals of departments and districts, and of a few communes: `GET /<unit code>/` gives the disclosure page.

The list of sections is that of Nghị định 42/2022/NĐ-CP; the page's HTML is made up, since every portal has its own. A
section counts when it is there with its heading, at least one link and a date. The login page is the one of
tests/payloads/portal, the shell that of tests/payloads/dvcqg_v1.
"""

from html import escape
from pathlib import Path

from . import oddities as odd
from .papers import SECTIONS
from .wire import HTML, Reply

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
BOM = b"\xef\xbb\xbf"


class Sites:
    def __init__(self, world):
        self.world, self.province, self.papers = world, world.province, world.papers
        self.login = (PAYLOADS / "portal" / "login_page.html").read_bytes()
        self.shell = (PAYLOADS / "dvcqg_v1" / "spa_shell.html").read_bytes()

    def handle(self, request):
        code, _, rest = request.path.lstrip("/").partition("/")
        unit = self.province.by_code.get(code)
        if unit is None or rest or not self.has_site(unit):
            return Reply(404, "<html><body><h1>404</h1></body></html>", HTML)
        if unit.slug == odd.SITE_ERROR:
            return Reply(500, "<html><body><h1>Lỗi máy chủ</h1></body></html>", HTML)
        body = self.world.cached("sites", unit.slug, make=lambda: self.page(unit))
        return Reply(200, body, HTML)

    def has_site(self, unit):
        """Departments and districts all have one; of the communes every seventh."""
        if unit.level == "X":
            return self.province.of_level("X").index(unit) % 7 == 0
        return unit.level in ("P", "H")

    def page(self, unit):
        if unit.slug == odd.SITE_LOGIN:
            return self.login
        if unit.slug == odd.SITE_SHELL:
            return self.shell
        parts = [self.section(unit, key, *state) for key, state in self.sections_of(unit).items()]
        name = escape(unit.name)
        text = (f'<!DOCTYPE html>\n<html lang="vi">\n<head><meta charset="utf-8"><title>Cổng thông tin điện tử {name}'
                f'</title></head>\n<body>\n<header><h1>{name}</h1></header>\n<main id="cong-khai">\n'
                + "\n".join(p for p in parts if p)
                + f'\n</main>\n<footer>Cập nhật ngày {self.world.today:%d/%m/%Y}</footer>\n</body>\n</html>\n')
        return (BOM if unit.slug == odd.SITE_BOM else b"") + text.encode()

    def sections_of(self, unit):
        if unit.level == "X":
            return {k: ("published", unit.valid_from) for k in ("gioi-thieu", "tthc-dvc")}
        return self.papers.sections[unit.slug]

    def section(self, unit, key, state, day):
        """One section; the keys of other states and sections not yet published leave nothing behind."""
        title = escape(SECTIONS[key])
        if state == "missing" or state == "published" and day > self.world.today:
            return ""
        if state == "empty":
            return f'<section id="{key}"><h2>{title}</h2><p></p></section>'
        stamp = day if day.year > 1 else self.world.today.replace(month=1, day=15)
        text = (f'<section id="{key}"><h2>{title}</h2><ul>'
                f'<li><a href="/{unit.code}/{key}/1">{title}</a> '
                f'<time datetime="{stamp}">{stamp:%d/%m/%Y}</time></li></ul></section>')
        return f"<!-- {text} -->" if state == "commented" else text

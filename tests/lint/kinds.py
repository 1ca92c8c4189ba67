#!/usr/bin/python3
"""Every kind of authentication, paging and format has, each looked at by itself: one line in the list of kinds, a source
file that the build names, help for itself and for each of its options, a place in the reference with each option, a unit
test and a recorded exchange. And nothing else in src/ knows it: two files (source, test) and two lines make a kind.

The kinds are read from src/*/kinds.c. Whether the schema has them is asked of the program: tests/config/kinds.py.
"""

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
# seam: list of kinds, symbol in front of a kind's name, what a unit test says that uses it, section of a connector file
SEAMS = {
    "auth": ("src/fetch/auth/kinds.c", "auth", r'(?:auth_make\(|auth_kinds, )"{0}"|\{{ "{0}", '),
    "paging": ("src/fetch/paging/kinds.c", "paging", r'paging_kinds, "{0}"|\{{ "{0}", '),
    "format": ("src/decode/kinds.c", "format", r'"kind: {0}\\n|"kind: {0}"'),
}
UNIT = {"auth": "test_auth*.c", "paging": "test_paging.c", "format": "test_*.c"}
ENTRY = re.compile(r'\.kind = "([a-z0-9_]+)",\s*\.help = ((?:"(?:[^"\\]|\\.)*"\s*)+),\s*\.fields = (\w+)')
FIELD = re.compile(r'FIELD(?:_RANGE|_SIZE|_WORD|_KIND)?\(\w+, (\w+),')


def text_of(*patterns):
    return "\n".join(p.read_text(errors="replace") for pattern in patterns for p in sorted(TOP.glob(pattern)))


def connectors():
    """Connector files with at least one recorded exchange."""
    for path in sorted([*TOP.glob("conf/connectors.d/*.yaml"), *TOP.glob("tests/connector/kinds/connectors.d/*.yaml")]):
        if list(path.with_suffix(".tests").glob("*/case.yaml")):
            yield re.sub(r"(?m)(^|\s)#.*", "", path.read_text())


def recorded(seam, kind, files):
    if seam == "auth" and kind == "none":
        return any(not re.search(r"(?m)^auth:", f) for f in files)
    if seam == "paging" and kind == "none":
        return any("paging:" not in f for f in files)
    return any(re.search(rf"(?m)^\s*{seam}:\s*(?:\{{\s*|\n\s+)kind: {kind}\b", f) for f in files)


def check(seam, files, reference, faults):
    listed_in, symbol, unit_form = SEAMS[seam]
    listing = (TOP / listed_in).read_text()
    kinds = re.findall(r"(?m)^\s+X\((\w+)\)", listing)
    room = TOP / "src" / listed_in.split("/")[1]
    build = (room / "CMakeLists.txt").read_text()
    units = text_of("tests/unit/" + UNIT[seam])
    sources = {p: p.read_text() for p in sorted((TOP / "src").rglob("*.[ch]"))}
    for kind in kinds:
        def fault(words):
            faults.append(f"{seam} kind \"{kind}\" {words}")

        own = [p for p, t in sources.items() if re.search(rf"(?m)^const \w+Ops {symbol}_{kind} = ", t)]
        if len(own) != 1:
            fault(f"is defined in {len(own)} files")
            continue
        text = sources[own[0]]
        if len(re.findall(rf"(?m)^\s*{re.escape(str(own[0].relative_to(room)))}\b", build)) != 1:
            fault(f"is not a line of its own in {(room / 'CMakeLists.txt').relative_to(TOP)}")
        entry = {k: (h, f) for k, h, f in ENTRY.findall(text)}.get(kind)
        if not entry or len(entry[0]) < 14:
            fault("has no help")
            continue
        part = re.search(rf"(?ms)^### \S*\b{seam}: kind: {kind}\n.*?(?=^#+ |\Z)", reference)
        if not part:
            fault("is not in docs/reference/connector.md")
            continue
        table = re.search(rf"const ConfField {entry[1]}\[\] = \{{(.*?)\n\}};|const ConfField {entry[1]}\[\] = \{{ \{{\}} \}};", text, re.S)
        for option in FIELD.findall(table.group(1) or "") if table else fault(f"has no table {entry[1]}") or []:
            if f"{seam}.{option}`" not in part.group(0):
                fault(f"has no option \"{option}\" in docs/reference/connector.md")
        if not re.search(unit_form.format(kind), units):
            fault(f"is made by no unit test (tests/unit/{UNIT[seam]})")
        if not recorded(seam, kind, files):
            fault("has no recorded exchange: no connector with a case in its .tests folder uses it")
        for path, other in sources.items():
            if path not in own and re.search(rf"\b{symbol}_{kind}\b(?!\w)", other) and path != TOP / listed_in:
                if not re.search(rf"\b{symbol}_{kind}\(", other):
                    fault(f"is known to {path.relative_to(TOP)} too")
    return len(kinds)


def main():
    faults = []
    files = list(connectors())
    reference = (TOP / "docs" / "reference" / "connector.md").read_text()
    n = sum(check(seam, files, reference, faults) for seam in SEAMS)
    if n < 21:
        faults.append(f"only {n} kinds found: the search is wrong")
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

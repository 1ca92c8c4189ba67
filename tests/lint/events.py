"""Every event of the journal is explained: events.def = catalogue in both languages = sections of docs/operations.md, and every @FIELD@ of the
catalogue is one that src/base/log.c writes. An event that nothing logs is a warning."""
import glob
import re
import sys

LANGUAGES = {"systemd/thiduad.catalog": ("By itself:", "To do:"), "systemd/thiduad.vi.catalog": ("Dịch vụ tự xử lý:", "Việc cần làm:")}
OPERATIONS = "docs/operations.md"

bad = 0


def finding(text):
    global bad
    bad += 1
    print(text)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def events():
    """Name to id, in the order of the file."""
    found = re.findall(r'^EVENT\((\w+), "([0-9a-f]{32})", LOG_\w+\)', read("src/base/events.def"), re.M)
    for what, values in (("name", [n for n, _ in found]), ("id", [i for _, i in found])):
        for value in {v for v in values if values.count(v) > 1}:
            finding(f"src/base/events.def: {what} {value} stands there twice")
    return dict(found)


def entries(path):
    """(id, text) for each entry."""
    parts = re.split(r"^-- ([0-9a-f]{32})$", read(path), flags=re.M)[1:]
    return [(parts[i], re.sub(r"^#.*\n?", "", parts[i + 1], flags=re.M)) for i in range(0, len(parts), 2)]


def check_catalogue(path, words, by_id, fields):
    seen = entries(path)
    order = [id_ for id_, _ in seen]
    for id_ in by_id:
        if order.count(id_) != 1:
            finding(f"{path}: {by_id[id_]} has {order.count(id_)} entries, wants 1")
    for id_, text in seen:
        name = by_id.get(id_)
        if not name:
            finding(f"{path}: {id_} is no event of events.def")
            continue
        head, _, body = text.lstrip("\n").partition("\n\n")
        if not re.match(r"Subject: \S", head) or "\nDefined-By: thiduad" not in head:
            finding(f"{path}: {name}: the entry needs Subject: and Defined-By: thiduad")
        paragraphs = [p for p in body.strip().split("\n\n") if p.strip()]
        if len(paragraphs) != 3 or not paragraphs[1].startswith(words[0]) or not paragraphs[2].startswith(words[1]):
            finding(f"{path}: {name}: wants three paragraphs: what happened, \"{words[0]} ...\", \"{words[1]} ...\"")
        for field in re.findall(r"@([^@\s]*)@", text):
            if field not in fields:
                finding(f"{path}: {name}: @{field}@ is no field that src/base/log.c writes")
    if order != [i for i in by_id if i in order]:
        finding(f"{path}: the entries are not in the order of events.def")


def check_used(names):
    """Outside of events.def and log.c. Rooms return and the hall logs, so the hall and the verbs are where an event comes from."""
    sources = [p for p in glob.glob("src/**/*.c", recursive=True) if not p.startswith("src/base/")]
    used = set(re.findall(r"\bEV_([A-Z][A-Z_]*)\b", "\n".join(read(p) for p in sources)))
    for name in names:
        if name not in used:
            print(f"src/base/events.def: warning: {name} is logged nowhere", file=sys.stderr)


def check_operations(names):
    sections = re.findall(r"^### ([A-Z][A-Z_]+)\b", read(OPERATIONS), re.M)
    for name in names:
        if sections.count(name) != 1:
            finding(f"{OPERATIONS}: {name} has {sections.count(name)} sections, wants 1")
    for name in sections:
        if name not in names:
            finding(f"{OPERATIONS}: {name} is no event")


def main():
    names = events()
    by_id = {id_: name for name, id_ in names.items()}
    fields = set(re.findall(r'"(THIDUA_[A-Z_]+)"', read("src/base/log.c")))
    if not fields:
        finding("src/base/log.c: no field found")
    for path, words in LANGUAGES.items():
        check_catalogue(path, words, by_id, fields)
    check_operations(names)
    check_used(names)
    return bad > 0


sys.exit(main())

"""What documents and messages tell an operator to type exists: verbs and their options, files named in backticks, links and their anchors."""
import glob
import os
import re
import sys

VERBS = "docs/reference/verbs.md"
# Words that follow the program's name in prose or in paths, not on a command line.
PROSE = {"--help", "--version", "VERB"}


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def verbs():
    """name -> options that its help lists."""
    known = {}
    for name, body in re.findall(r"^## ([\w-]+)\n(.*?)(?=^## |\Z)", read(VERBS), re.S | re.M):
        known[name] = set(re.findall(r"^- `(--[\w-]+)", body, re.M))
    return known


def commands(path, text):
    """(line, words) of each command that starts with the program's name: in backticks, in code blocks, in indented lines and comments."""
    fenced = False
    for n, line in enumerate(text.splitlines(), 1):
        if path.endswith(".md"):
            if line.lstrip().startswith("```"):
                fenced = not fenced
                continue
            pieces = [line] if fenced or line.startswith("    ") else re.findall(r"`([^`]+)`", line)
        else:
            pieces = re.findall(r"`([^`]+)`|(?:^|#|\s{3,})\s*((?:sudo |runuser -u \S+ -- )?thiduad .*)$", line)
            pieces = [a or b for a, b in pieces]
        for piece in pieces:
            found = re.search(r"(?:^|[;&|(>]\s*|--\s|sudo\s|\w=\S*\s|/)thiduad ((?:--)?[A-Za-z][\w-]*)(.*)", piece.strip())
            if found:
                yield n, found[1], found[2]


def told_commands(paths, known):
    bad = []
    for path in paths:
        for n, verb, rest in commands(path, read(path)):
            if verb in PROSE:
                continue
            if verb not in known:
                bad.append(f"{path}:{n}: there is no verb '{verb}'")
                continue
            rest = re.split(r" \| |;|&&|\s#\s", rest)[0]
            for option in re.findall(r"(?<![\w-])(--[a-z][\w-]*)", rest):
                if option not in known[verb] | {"--help"}:
                    bad.append(f"{path}:{n}: thiduad {verb} has no option {option}")
    return bad


def anchors(path):
    """Anchors as the common renderers make them from headings."""
    found, fenced = set(), False
    for line in read(path).splitlines():
        if line.startswith("```"):
            fenced = not fenced
        if line.startswith("#") and not fenced:
            title = re.sub(r"[`*]", "", line.lstrip("#").strip()).lower()
            found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title)))
        found.update(re.findall(r'<a (?:id|name)="([^"]+)"', line))
    return found


def told_links(paths):
    bad = []
    for path in paths:
        text = re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), read(path), flags=re.S)
        for n, line in enumerate(text.splitlines(), 1):
            for target in re.findall(r"\]\(([^)\s]+)\)", line):
                if re.match(r"[a-z]+:", target):
                    continue
                file, _, anchor = target.partition("#")
                there = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
                if not os.path.exists(there):
                    bad.append(f"{path}:{n}: {target} does not exist")
                elif anchor and there.endswith(".md") and anchor not in anchors(there):
                    bad.append(f"{path}:{n}: {there} has no heading #{anchor}")
    return bad


def told_files(paths):
    """`docs/x.md`, `sql/y` in backticks: a path below a top folder of the project."""
    bad = []
    for path in paths:
        for n, line in enumerate(read(path).splitlines(), 1):
            for name in re.findall(r"`((?:src|conf|systemd|sql|tests|docs)/[\w./*{},-]+)`", line):
                pattern = re.sub(r"\{(\w+),[^}]*\}", r"\1", name)
                if re.search(r"[A-Z]{4,}", pattern.replace("CMakeLists", "").replace("README", "")):
                    continue  # a word in capitals is to be filled in
                if not glob.glob(pattern.rstrip("/")) and not glob.glob(os.path.join(os.path.dirname(path), pattern)):
                    bad.append(f"{path}:{n}: {name} does not exist")
    return bad


GUIDES = {"docs/install.md": "docs/vi/cai-dat.md", "docs/maintenance.md": "docs/vi/bao-tri.md", "docs/operations.md": "docs/vi/van-hanh.md"}
# From here on the Vietnamese page is printed from the catalogue, whose two languages events.py compares.
PRINTED = "<!-- From here on printed"


def skeleton(path, last):
    """Levels of the headings, and the number of code blocks and table rows, of the part that people write."""
    text = read(path).split(last)[0]
    blocks = re.findall(r"^```.*?^```", text, re.S | re.M)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    return re.findall(r"^(#+) ", rest, re.M), len(blocks), len(re.findall(r"^\|", rest, re.M))


def guides_are_twins():
    bad = []
    for english, vietnamese in GUIDES.items():
        one, other = skeleton(english, "\n## Start, stop"), skeleton(vietnamese, PRINTED)
        for what, a, b in zip(("headings", "code blocks", "rows of tables"), one, other):
            if a != b:
                bad.append(f"{vietnamese}: {what} are not those of {english}: {b}, there {a}")
    return bad


def main():
    prose = ["README.md"] + sorted(glob.glob("docs/**/*.md", recursive=True) + glob.glob("sql/*.md") + glob.glob("tests/**/*.md", recursive=True) + glob.glob("conf/**/*.md", recursive=True))
    # A decision record speaks of the day on which it was made.
    told = [p for p in prose if not p.startswith("docs/decisions/0")]
    others = sorted(glob.glob("systemd/*.catalog") + glob.glob("conf/**/*.yaml", recursive=True) + glob.glob("src/verbs/*.c"))
    bad = told_commands(told + others, verbs()) + told_links(prose) + told_files(told) + guides_are_twins()
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


sys.exit(main())

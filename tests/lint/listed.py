"""No file is forgotten: every source of src/ is listed in a CMakeLists.txt, every unit test in a .cmake of tests/unit."""
import glob
import os
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def sources_listed():
    """Paths from src/ that a CMakeLists.txt names."""
    listed = set()
    for path in glob.glob("src/**/CMakeLists.txt", recursive=True):
        folder = os.path.relpath(os.path.dirname(path), "src")
        for name in re.findall(r"[\w/.-]+\.c\b", re.sub(r"#.*", "", read(path))):
            listed.add(os.path.normpath(os.path.join(folder, name)))
    return listed


def tests_listed():
    listed = set()
    for path in glob.glob("tests/unit/*.cmake") + ["tests/unit/CMakeLists.txt"]:
        text = re.sub(r"#.*", "", read(path))
        # Names may also run through a loop around unit_test(), so every word counts.
        listed.update(re.findall(r"\w+", text))
    return listed


def main():
    sources = {os.path.relpath(p, "src") for p in glob.glob("src/**/*.c", recursive=True)}
    tests = {os.path.basename(p)[5:-2] for p in glob.glob("tests/unit/test_*.c")}
    bad = [f"src/{p}: in no CMakeLists.txt" for p in sorted(sources - sources_listed())]
    bad += [f"src/{p}: listed, but there is no such file" for p in sorted(sources_listed() - sources)]
    bad += [f"tests/unit/test_{t}.c: in no .cmake of tests/unit" for t in sorted(tests - tests_listed())]
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


sys.exit(main())

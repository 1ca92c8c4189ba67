"""Files of src/ end before 800 lines (headers before 150), functions before 100, and each file begins with the sentence that says what it is for."""
import os
import re
import sys

from c_text import blank

FILE_MAX = {".c": 800, ".h": 150}
FUNCTION_MAX = 100


def functions(code):
    """(name, first line, lines) of each function body that begins at the left margin."""
    start, name = 0, ""
    for n, line in enumerate(code.splitlines(), 1):
        m = re.match(r"[A-Za-z_].*?(\w+)\(", line)
        if m and not line.rstrip().endswith(";"):
            start, name = n, m[1]
        elif line.startswith("}"):
            if start and line.rstrip() == "}":
                yield name, start, n - start + 1
            start = 0
        elif re.match(r"[A-Za-z_]", line):
            start = 0


def main():
    bad = []
    for folder, _, names in sorted(os.walk("src")):
        for file_name in sorted(names):
            path = os.path.join(folder, file_name)
            most = FILE_MAX.get(os.path.splitext(file_name)[1])
            if not most:
                continue
            with open(path, encoding="utf-8") as f:
                text = f.read()
            lines = text.count("\n")
            if lines > most:
                bad.append(f"{path}: {lines} lines, at most {most}")
            if not re.match(r"/\* ?\S", text):
                bad.append(f"{path}:1: no first comment that says what the file is for")
            bad += [f"{path}:{at}: {name}() has {n} lines, at most {FUNCTION_MAX}" for name, at, n in functions(blank(text)) if n > FUNCTION_MAX]
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())

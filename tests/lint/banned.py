"""What src/ must not call or use: unsafe and locale-dependent functions, memory past the wrappers, floating point, // comments, notes to oneself."""
import os
import re
import sys

from c_text import blank, comments

# Function: the files that wrap it.
BANNED = {name: [] for name in """strcpy strcat strncpy strncat stpcpy sprintf vsprintf strtok strtok_r atoi atol atoll atof strtol strtoll strtoul strtoull strtod strtof
        sscanf fscanf scanf gets alloca strdupa system popen localtime localtime_r gmtime gmtime_r mktime timegm strftime strptime tzset setlocale rand random srand drand48
        tmpnam mktemp setenv putenv unsetenv signal""".split()}
BANNED.update({"getenv": ["src/base/env.c"], "secure_getenv": ["src/base/env.c"]})
MEMORY = "malloc calloc realloc reallocarray free strdup strndup asprintf vasprintf getline".split()
# libjq hands numbers out as double: the door compares them with the text that was sent, and nothing else sees them (ruling R4).
FLOATING = {"src/decode/jq.c"}
NOTES = re.compile(r"\b(TODO|FIXME|HACK)\b")


def doors():
    with open("src/rooms.txt", encoding="utf-8") as f:
        lines = [line.split("#")[0] for line in f if line.startswith("door ")]
    return {"src/" + path for line in lines for path in line.rsplit(":", 1)[1].split()}


def check(path, text, door_files):
    code = blank(text)
    for n, line in enumerate(code.splitlines(), 1):
        for m in re.finditer(r"(?<![\w.])(?<!->)(\w+)\s*\(", line):
            name = m[1]
            if name in BANNED and path not in BANNED[name]:
                yield n, f"{name}() is banned" + (f" outside of {' '.join(BANNED[name])}" if BANNED[name] else "")
            if name in MEMORY and path != "src/base/cleanup.c" and path not in door_files:
                yield n, f"{name}() only in src/base/cleanup.c and in doors: use base/cleanup.h"
        if path not in FLOATING and re.search(r"\b(float|double)\b|\b\d+\.\d|\b\d+[eE][-+]?\d+\b", line):
            yield n, "floating point: figures stay decimal text"
    for n, comment in comments(text):
        if comment.startswith("//"):
            yield n, "comments are /* */"
        if NOTES.search(comment):
            yield n, "a note to oneself"


def main():
    bad = []
    door_files = doors()
    for folder, _, names in sorted(os.walk("src")):
        for name in sorted(names):
            if not name.endswith((".c", ".h", ".def")):
                continue
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            bad += [f"{path}:{n}: {what}" for n, what in check(path, text, door_files)]
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())

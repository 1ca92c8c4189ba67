"""src/rooms.txt holds: rooms include only rooms to their left, outside libraries come through their door files, x_priv.h stays in its room."""
import os
import re
import sys

SRC = "src"


def rules():
    """(room -> rooms it may include, file -> further rooms it may include, library prefix -> door files)."""
    allow, extra, doors = {}, {}, {}
    with open(os.path.join(SRC, "rooms.txt"), encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if not line:
                continue
            key, value = line.split(":", 1)
            if key.startswith("door "):
                doors[key[5:].strip()] = value.split()
            elif key.startswith("file "):
                extra[key[5:].strip()] = value.split()
            else:
                allow[key.strip()] = value.split()
    return allow, extra, doors


def room_of(path):
    return path.split("/")[0] if "/" in path else "hall"


def files():
    for folder, _, names in sorted(os.walk(SRC)):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".def")):
                yield os.path.relpath(os.path.join(folder, name), SRC)


def check_own(path, target, allow, extra):
    room, other = room_of(path), room_of(target)
    if room not in allow:
        return f"room {room} is not in src/rooms.txt"
    if not os.path.isfile(os.path.join(SRC, target)):
        return f'"{target}" is no file of src/: own headers are named from there, libraries stand in <>'
    if other != room and other not in allow[room] + extra.get(path, []):
        return f"{room} must not include {other}"
    if other != room and os.path.splitext(target)[0].endswith("_priv"):
        return f'"{target}" is for the files of {other} only'
    return None


def main():
    allow, extra, doors = rules()
    bad = []
    for path in files():
        with open(os.path.join(SRC, path), encoding="utf-8") as f:
            lines = f.read().splitlines()
        for n, line in enumerate(lines, 1):
            m = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
            if not m:
                continue
            if m[1] == '"':
                what = check_own(path, m[2], allow, extra)
                if what:
                    bad.append(f"src/{path}:{n}: {what}")
                continue
            for door, door_files in doors.items():
                if m[2].startswith(door) and path not in door_files:
                    bad.append(f"src/{path}:{n}: <{m[2]}> only through {' '.join(door_files)}")
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


sys.exit(main())

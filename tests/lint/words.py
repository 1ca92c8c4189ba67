"""What must not stand anywhere in the tree: paths of the machines it was built on, hosts of package registries, names of tools that write text."""
import re
import subprocess
import sys

# Written in pieces, so that this file passes its own check.
PATHS = ["wo" "rk", "ro" "ot", "ho" "me", "Use" "rs", "fa" "rm", "tmp/te" "am"]
HOSTS = ["deb.deb" "ian.org", "security.deb" "ian.org", "archive.ubu" "ntu.com", "registry.npm" "js.org", "py" "pi.org", "files.python" "hosted.org", "proxy.go" "lang.org",
         "crates" ".io", "registry-1.doc" "ker.io", "rubyg" "ems.org"]
NAMES = ["Clau" "de", "Anthro" "pic", "Open" "AI", "Chat" "GPT", "Copi" "lot", "language " "model"]

RULES = [
    (re.compile(rb"(?<![\w.$}/-])/(" + "|".join(PATHS).encode() + rb")/"), "a path of one machine"),
    (re.compile("|".join(re.escape(h) for h in HOSTS).encode()), "the host of a package registry"),
    (re.compile(rb"\b(" + "|".join(NAMES).encode() + rb")\b"), "the name of a tool that has no part in the product"),
    (re.compile(rb"^(<{7}|>{7}) ", re.M), "a conflict of two versions"),
]


def tracked():
    """Files that are or would be committed."""
    run = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True)
    return sorted(set(p.decode() for p in run.stdout.split(b"\0") if p))


def main():
    bad = []
    for path in tracked():
        try:
            with open(path, "rb") as f:
                text = f.read()
        except (FileNotFoundError, IsADirectoryError):
            continue
        if b"\0" in text[:8000]:
            continue
        for pattern, what in RULES:
            for m in pattern.finditer(text):
                bad.append(f"{path}:{text.count(b'%c' % 10, 0, m.start()) + 1}: {what}: {m[0].decode(errors='replace').strip()}")
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


sys.exit(main())

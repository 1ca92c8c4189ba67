#!/usr/bin/python3
"""kinds.py PROGRAM: the schema that editors use has every kind of authentication, paging and format, with the options that the reference lists."""

import json
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
SEAMS = {"auth": "src/fetch/auth/kinds.c", "streams[].paging": "src/fetch/paging/kinds.c", "streams[].format": "src/decode/kinds.c"}


def at(schema, path):
    for step in path.split("."):
        name = step.removesuffix("[]")
        schema = schema["properties"][name]
        schema = schema["items"] if step.endswith("[]") else schema
    return {form["properties"]["kind"]["const"]: form for form in schema["oneOf"]}


def main():
    schema = json.loads(subprocess.run([sys.argv[1], "schema", "connector"], stdout=subprocess.PIPE, check=True).stdout)
    reference = (TOP / "docs/reference/connector.md").read_text()
    faults = []
    for path, listing in SEAMS.items():
        kinds = re.findall(r"(?m)^\s+X\((\w+)\)", (TOP / listing).read_text())
        forms = at(schema, path)
        if sorted(kinds) != sorted(forms):
            faults.append(f"{path}: the schema has {sorted(forms)}, the program is built of {sorted(kinds)}")
        for kind in set(kinds) & set(forms):
            part = re.search(rf"(?ms)^### {re.escape(path)}: kind: {kind}\n.*?(?=^#+ |\Z)", reference).group(0)
            told = set(re.findall(rf"^- `{re.escape(path)}\.(\w+)(?:\.\w+)*(?:\[\])?`", part, re.M))
            has = set(forms[kind]["properties"]) - {"kind"}
            if told != has:
                faults.append(f"{path} kind {kind}: schema and reference differ in {sorted(told ^ has)}")
            if len(forms[kind].get("description", "")) < 14 or any(len(p.get("description", "")) < 10 for n, p in forms[kind]["properties"].items() if n != "kind"):
                faults.append(f"{path} kind {kind}: the schema does not say what it or an option is for")
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

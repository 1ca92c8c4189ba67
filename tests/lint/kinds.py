#!/usr/bin/python3
"""Every kind of auth, paging and format has help, a place in schema and reference, and a test that uses it.

The kinds are found in the sources, so a new one fails here until it has all of them. "none" is the default and used by most connectors.
"""

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
REFERENCE = (TOP / "docs" / "reference" / "connector.md").read_text()
USES = "\n".join(p.read_text(errors="replace") for d in ("tests/unit", "tests/system", "tests/config", "conf/connectors.d")
                 for p in sorted((TOP / d).rglob("*")) if p.suffix in (".c", ".py", ".yaml", ".cases"))
KIND = re.compile(r'\.kind = "([a-z0-9_]+)",\s*\.help = ((?:"(?:[^"\\]|\\.)*"\s*)+),')


def main():
    faults = []
    n = 0
    for folder in ("src/fetch", "src/decode"):
        for path in sorted((TOP / folder).rglob("*.c")):
            text = path.read_text()
            told = re.findall(r'\.kind = "([a-z0-9_]+)"', text)
            helped = {k: h for k, h in KIND.findall(text)}
            for kind in told:
                n += 1
                where = f"{path.relative_to(TOP)}: kind \"{kind}\""
                if len(helped.get(kind, "")) < 12:
                    faults.append(f"{where} has no help behind its name")
                if f"kind: {kind}\n" not in REFERENCE:
                    faults.append(f"{where} is not in docs/reference/connector.md")
                if kind != "none" and not re.search(rf'\b(?:auth|paging|decode)_{kind}\b|"{kind}"|kind: {kind}\b|"kind": "{kind}"|kind=["\']{kind}["\']', USES):
                    faults.append(f"{where} is used by no test and no connector")
    if n < 15:
        faults.append(f"only {n} kinds found: the search is wrong")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

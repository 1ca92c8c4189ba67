#!/usr/bin/python3
"""The worst typing error in every section of the configuration: a key whose letters were swapped, where the operator gets no hint but the message.

    tests/config/sections.py PROGRAM            compares with sections.expect
    tests/config/sections.py PROGRAM --update   writes sections.expect anew: read it before you commit

The sections come from the schema that the program prints, so a new one is here without anybody's doing; each is written as YAML that holds that section alone,
with its first key misspelt, and the finding at that key must name the key that was meant.
"""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECT = os.path.join(HERE, "sections.expect")


def variants(node):
    """The maps that may stand here, with the word of their kind."""
    for choice in node.get("oneOf", node.get("anyOf", [node])):
        if "properties" in choice:
            yield choice.get("properties", {}).get("kind", {}).get("const"), choice


def sections(node, path=()):
    """(path, map): a path is made of keys, "[]" for an element of a list, and kind=WORD."""
    for kind, found in variants(node):
        here = path + ((f"kind={kind}",) if kind else ())
        yield here, found
        for key, child in found["properties"].items():
            yield from sections(child, here + (key,))
            if "items" in child:
                yield from sections(child["items"], here + (key, "[]"))


def misspelt(key):
    return key[0] + key[2] + key[1] + key[3:] if len(key) > 3 and key[1] != key[2] else key + "x"


def wrong_key(found):
    keys = [k for k in found["properties"] if k != "kind"]
    return misspelt(max(keys, key=len)) if keys else None


def written(path, found):
    """YAML in flow style that holds the section alone, and the misspelt key in it."""
    key = wrong_key(found)
    text = "{" + f"{key}: 1" + "}"
    for part in reversed(path):
        if part == "[]":
            text = f"[{text}]"
        elif part.startswith("kind="):
            text = "{kind: " + part[5:] + ", " + text[1:]
        else:
            text = "{" + f"{part}: {text}" + "}"
    return key, text


def said(program, kind, text, key):
    with tempfile.TemporaryDirectory() as room:
        for folder in ("connectors.d", "campaigns.d", "units"):
            os.mkdir(os.path.join(room, folder))
        main = text if kind == "main" else "{instance: thu}"
        with open(os.path.join(room, "thiduad.yaml"), "w", encoding="utf-8") as f:
            f.write(main + "\n")
        if kind != "main":
            with open(os.path.join(room, f"{kind}s.d", "thu.yaml"), "w", encoding="utf-8") as f:
                f.write(text + "\n")
        done = subprocess.run([program, "check", "--config", os.path.join(room, "thiduad.yaml")], capture_output=True, text=True, timeout=60, check=False)
        lines = [line.split(": ", 1)[1] for line in (done.stdout + done.stderr).splitlines() if f'"{key}"' in line]
        return lines[0] if len(lines) == 1 else f"{len(lines)} FINDINGS: {done.stdout}{done.stderr}"


def main():
    program = os.path.abspath(sys.argv[1])
    out = []
    for kind in ("main", "connector", "campaign"):
        schema = json.loads(subprocess.run([program, "schema", kind], capture_output=True, text=True, check=True).stdout)
        for path, found in sections(schema):
            key, text = written(path, found)
            if key:
                out.append(f"{kind} {'.'.join(path) or '-'}\n    {text}\n    {said(program, kind, text, key)}\n")
    if "--update" in sys.argv:
        with open(EXPECT, "w", encoding="utf-8") as f:
            f.writelines(out)
    with open(EXPECT, encoding="utf-8") as f:
        expected = f.read()
    got = "".join(out)
    bad = [line for line in out if "FINDINGS" in line]
    if got != expected or bad:
        for a, b in zip(got.splitlines(), expected.splitlines()):
            if a != b:
                print(f"FAILED: said     {a}\n        expected {b}")
                break
        print("".join(bad), end="")
        print("sections differ from sections.expect")
        return 1
    print(f"{len(out)} sections, each with the words for its worst typing error")
    return 0


sys.exit(main())

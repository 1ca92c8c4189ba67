"""What operators use fits the program: alert rules and dashboard name metrics that are there, and each verb has a help, a section of the manual, a completion and a test."""
import glob
import json
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def metric_names():
    text = read("src/observe/metrics.c")
    names = set()
    for name, kind in re.findall(r'\{\s*"(thiduad_\w+)",\s*(METRIC_\w+)', text):
        names.add(name + ("_total" if kind == "METRIC_COUNTER" else ""))
    for name, kind in re.findall(r'add_family\("(thiduad_\w+)",\s*"(\w+)"', text):
        names.add(name + ("_info" if kind == "info" else ""))
    names.update(re.findall(r'add_flag\("(thiduad_\w+)"', text))
    return names


def metrics_are_there():
    names = metric_names()
    expressions = [("systemd/packaging/monitoring/thiduad.rules.yml", e) for e in re.findall(r"expr: (.*)", read("systemd/packaging/monitoring/thiduad.rules.yml"))]
    dashboard = json.loads(read("systemd/packaging/monitoring/thiduad.dashboard.json"))
    expressions += [("systemd/packaging/monitoring/thiduad.dashboard.json", t["expr"]) for p in dashboard["panels"] for t in p["targets"]]
    return [f"{path}: no metric {name}" for path, e in expressions for name in re.findall(r"thiduad_\w+", e) if name not in names]


def alerts_are_tested():
    tested = set(re.findall(r"alertname: (\w+)", read("systemd/packaging/monitoring/thiduad.test.yml")))
    return [f"systemd/packaging/monitoring/thiduad.test.yml: no test of {a}" for a in re.findall(r"alert: (\w+)", read("systemd/packaging/monitoring/thiduad.rules.yml")) if a not in tested]


def verbs_are_complete():
    bad = []
    completion, page, reference = read("docs/man/thiduad.bash-completion"), read("docs/man/thiduad.8"), read("docs/reference/verbs.md")
    tests = "".join(read(p) for p in glob.glob("tests/**/*", recursive=True) if p.endswith((".py", ".sh", ".c", "expect", "options"))) + read("conf/demo/run.sh")
    for path in sorted(glob.glob("src/verbs/*.c")):
        for name, body in re.findall(r'const Verb verb_\w+ = \{\s*\.name = "([\w-]+)",(.*?)\n\};', read(path), re.S):
            where = f"{path}: verb {name}"
            for field in ("summary", "help"):
                if f".{field} = " not in body:
                    bad.append(f"{where} has no {field}")
            if "xample" not in body:
                bad.append(f"{where}: its help has no example")
            if name != "run" and not re.search(r'\.options = "[^"]*\bformat\b', body):
                bad.append(f"{where} has no --format")
            if f"        {name}) " not in completion or f"\n## {name}\n" not in reference or f"\n.SS {name.replace('-', chr(92) + '-')}" not in page:
                bad.append(f"{where} is not in manual, reference or completion: python3 docs/man/print.py PROGRAM")
            if not re.search(rf'thiduad"? {name}\b|"{name}[ "]', tests):
                bad.append(f"{where} has no test")
    return bad


def main():
    bad = metrics_are_there() + alerts_are_tested() + verbs_are_complete()
    print("\n".join(bad), end="\n" if bad else "")
    return bool(bad)


sys.exit(main())

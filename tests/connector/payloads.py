#!/usr/bin/python3
"""Every payload of tests/payloads is stored as expected, or refused with a message that names the cause; one without a row fails.

payloads.py PROGRAM [--write]: each row of payload_table.py becomes a stream and a recorded exchange; decoder, judge and mapping of the
program do the rest ("thiduad test"). What comes out is compared with payloads.expect; --write writes that file anew.
"""

import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from payload_table import ROWS   # noqa: E402

HERE = Path(__file__).resolve().parent
PAYLOADS = HERE.parent / "payloads"
EXPECT = HERE / "payloads.expect"
CODES = {"H32": "H32", "H32.05": "kh-so-noi-vu", "Sở Công Thương": "kh-so-noi-vu", "Sở Tài chính": "kh-so-tai-chinh", "415139": "H32", "H01": "H01",
         "H05": "H05", "000.00.00.H37": "H37", "019d2be3-6a88-732b-8b0b-eac587d5c164": "H32", "019d2be3-6a88-732b-8b17-bb1e9a3f14ab": "kh-vp-ubnd",
         "019d2be3-6a93-76b6-886c-b78565807eb1": "kh-vp-ubnd", "000.00.00.G22": "H32", "000.00.00.H30": "H32",
         "000.00.00.H32": "H32", "so-khoa-hoc-va-cong-nghe": "kh-vp-ubnd", "so-tai-chinh": "kh-so-tai-chinh", "H01.13": "kh-vp-ubnd", "H56.05": "kh-so-noi-vu", "415140": "kh-so-noi-vu",
         "019d2be3-6a80-747a-9d0b-db7fd18abadc": "kh-vp-ubnd", "019d2be3-6a85-74ec-a347-16f0d79afb1f": "kh-so-noi-vu"}


def stream(name, row):
    """One stream in the words of a connector file (JSON is YAML)."""
    form = json.loads(json.dumps(row["format"]))
    fields = form["fields"]
    if form["kind"] == "json" and not form["records"].endswith("]") and form["records"] != ".":
        # One record within the document: its fields are found from the top.
        for f in fields:
            fields[f] = form["records"] + fields[f]
        form["records"] = "."
    names = [f for f in fields if f != "unit"]
    fields.update(row.get("extra", {}))
    mapping = {"unit": {"field": "unit", "system": "t"} if "unit" in fields else {"const": "H32"}, "period": {"today": True}}
    if "day" in row:
        fields["day"], pattern = row["day"]
        mapping["period"] = {"field": "day", "format": pattern, "kind": "day"}
    if "where" in row:
        mapping["where"] = row["where"]
    if "count" in row:
        if not fields:
            fields["any"] = "."
        metrics = [{"metric": row["count"], "count": []}]
    else:
        metrics = [{"metric": f, "value": f} for f in names]
    for m in metrics:
        if "number" in row:
            m["number"] = row["number"]
        if row.get("words"):
            m["words"] = row["words"]
        if "dead" in row and m["metric"] in row["dead"][:2]:
            m["null_where"] = [{"field": row["dead"][0], "is": "0"}, {"field": row["dead"][1], "is": "0"}, {"field": row["dead"][2], "above": "0"}]
    if "name" in row:
        fields["which"] = row["name"]
        for m in metrics:
            m.update(metric=m["metric"] + ".", name_field="which", names={n: n.lower() for n in ("CKMB", "TDGQ", "1", "2", "3", "10")})
    mapping["metrics"] = metrics
    accept = {"status": ["200", "201"]}
    if row["require"]:
        accept["require"] = row["require"]
    return {"name": name, "schedule": {"every": "24 h"}, "request": {"path": "/" + name}, "accept": accept, "format": form, "mapping": mapping}


def build(top):
    """A folder of configuration with a connector, a stream and a case for each row."""
    conf = top / "conf"
    folder = conf / "connectors.d"
    folder.mkdir(parents=True)
    (conf / "campaigns.d").mkdir()
    shutil.copytree(HERE.parent.parent / "conf" / "units", conf / "units")
    (conf / "units" / "codes.csv").write_text("system,code,unit,valid_from,valid_to,note\n" + "".join(f"t,{c},{u},,,\n" for c, u in CODES.items()))
    (conf / "thiduad.yaml").write_text("timezone: Asia/Ho_Chi_Minh\nconnectors: connectors.d\ncampaigns: campaigns.d\nunits: units\n"
                                       "database: {conninfo: dbname=none}\nspool: {dir: " + str(top) + "/spool}\n")
    for file, _, row in ROWS:
        name = case_name(file)
        case = folder / f"{name}.tests" / "body"
        case.mkdir(parents=True)
        (case / "case.yaml").write_text(f"stream: {name}\nat: 2026-11-24T09:00:00+07:00\n")
        (case / "01.request").write_text(f"GET http://payloads.example/{name}\n\n")
        (case / "01.response").write_text(f"HTTP {row['status']}\nContent-Type: {row['type']}\n\n")
        shutil.copy(PAYLOADS / file, case / "01.body")
        connector = {"connector": name, "base_url": "http://payloads.example", "manners": {"attempts": 1}, "streams": [stream(name, row)]}
        (folder / f"{name}.yaml").write_text(json.dumps(connector, ensure_ascii=False, indent=1))
    return conf, folder


def case_name(file):
    return "".join(c if c.isalnum() else "-" for c in file.rsplit(".", 1)[0].lower())


def main():
    faults = []
    there = {str(p.relative_to(PAYLOADS)) for p in PAYLOADS.rglob("*") if p.is_file() and p.suffix != ".md"}
    told = [file for file, _, _ in ROWS]
    faults += [f"{f}: no row in payload_table.py" for f in sorted(there - set(told))]
    faults += [f"{f}: a row, but no such payload" for f in sorted(set(told) - there)]
    faults += [f"{f}: two rows" for f in sorted({f for f in told if told.count(f) > 1})]
    with tempfile.TemporaryDirectory() as top:
        conf, cases = build(Path(top))
        run = subprocess.run([os.path.realpath(sys.argv[1]), "test", "--config", str(conf / "thiduad.yaml"), "--update"],
                             capture_output=True, text=True, timeout=120, check=False)
        if run.returncode != 0:
            print(run.stdout[-3000:], run.stderr[-6000:])
            return 1
        got = ""
        for file, want, _ in ROWS:
            case = cases / f"{case_name(file)}.tests" / "body"
            outcome, rejects, samples = ((case / part).read_text() for part in ("outcome", "rejects", "samples"))
            got += f"== {file}: {'stored' if want == 'stored' else 'refused'}\n{outcome}{rejects}{samples}"
            if want == "stored" and not (outcome.startswith("ok:") and samples):
                faults.append(f"{file}: should be stored: {outcome}")
            if want != "stored" and (outcome.startswith("ok:") or samples or want not in outcome):
                faults.append(f"{file}: should be refused with \"{want}\": {outcome}")
    if "--write" in sys.argv:
        EXPECT.write_text(got)
    elif EXPECT.read_text() != got:
        faults += list(difflib.unified_diff(EXPECT.read_text().splitlines(), got.splitlines(), "expected", "came", lineterm="", n=1))
    for fault in faults:
        print(fault)
    print(f"payloads: {len(ROWS)} rows, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

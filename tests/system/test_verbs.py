"""The verbs that ask the database, on figures that the daemon polled: each answers in words, and what cannot be answered says what to do."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.postgres import TOP, Postgres  # noqa: E402
from lib.rig import THIDUAD, Rig, Source, one, wait_until  # noqa: E402

UNITS = {"H43.SOYTE": (50, 0), "H43.SOTTTT": (40, 1)}
CAMPAIGN = "ninh-thuan-2024"


@pytest.fixture(scope="module")
def rig():
    postgres = Postgres().start()
    source = Source()
    rig = Rig(postgres.conninfo("verbs"), source, names=())
    try:
        postgres.create("verbs")
        shutil.copy(os.path.join(TOP, "conf/campaigns.d", CAMPAIGN + ".yaml"), os.path.join(rig.room, "campaigns.d"))
        for name, metric, nth in (("ky", "edoc.signed", 0), ("khong", "edoc.not_signed", 1)):
            rig.connector(name, metric=metric)
            for month in range(1, 10):
                source.rows[name, month] = [{"unit": unit, "value": counts[nth] + (month if nth == 0 else 0)} for unit, counts in UNITS.items()]
        conn = postgres.connect("verbs")
        rig.start()
        wait_until(lambda: rig.process.poll() is not None or one(conn, "select count(*) from fact.observation") == 2 * 2 * 9, 60)
        rig.stop()
        assert one(conn, "select count(*) from fact.observation") == 36, rig.words()[-3000:]
        conn.close()
        yield rig
    finally:
        rig.remove()
        source.stop()
        postgres.remove()


def says(rig, *words, code=0):
    done = rig.run(*words, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout if code in (0, 65) and done.stdout else done.stderr


def test_recompute_makes_results_and_then_nothing_changes(rig):
    assert re.search(rf"{CAMPAIGN}  as of 2024-10-13  \d+ results, [1-9]\d* changed", says(rig, "recompute", "--campaign", CAMPAIGN, "--as-of", "2024-10-13"))
    assert re.search(r" 0 changed", says(rig, "recompute", "--campaign", CAMPAIGN, "--as-of", "2024-10-13"))
    assert "no campaign \"nope\" is loaded" in says(rig, "recompute", "--campaign", "nope", code=65)


def test_explain_leads_to_the_sources(rig):
    text = says(rig, "explain", "nt-so-y-te", "III.3a", "--as-of", "2024-10-13", "--campaign", CAMPAIGN)
    # 9 months of 50 and the month's number.
    assert "figure 495 of 495 = 100.00 %, target at least 100" in text
    assert "legal basis: Mục III.3 Kế hoạch 1670/KH-UBND" in text
    assert re.search(r"2024-09-01\.\.2024-09-30  numerator +edoc\.signed +59 .*\[\d+\] record 1", text)
    assert re.search(r"\[1\] (ky|khong)/so, run [0-9a-f-]{36}, request \d+\n +GET http://127\.0\.0\.1:\d+/(ky|khong)\?month=", text)
    document = json.loads(says(rig, "explain", "nt-so-y-te", "III.3a", "--as-of", "2024-10-13", "--campaign", CAMPAIGN, "--format", "json"))
    assert (document["numerator"], document["denominator"]) == (495, 495)
    assert "has no criterion 'III.9'" in says(rig, "explain", "nt-so-y-te", "III.9", "--campaign", CAMPAIGN, code=65)
    assert "no unit 'nope' in the registry" in says(rig, "explain", "nope", "III.3a", "--campaign", CAMPAIGN, code=65)


def test_outlook_tells_what_is_missing(rig):
    text = says(rig, "outlook", "--campaign", CAMPAIGN, "--criterion", "III.3a", "--as-of", "2024-10-13")
    head, *lines = text.splitlines()
    assert head.split() == ["CRITERION", "UNIT", "STATUS", "EXPECTED", "RANGE", "TARGET", "MISSING"]
    assert any(re.match(r"III\.3a +nt-so-y-te +on_track +100\.00 .* more of the \d+ expected by 2024-12-13$", line) for line in lines), text
    assert any(re.match(r"III\.3a +nt-so-tttt +at_risk .*, out of reach$", line) for line in lines), text
    assert "no outlook: it is a state of the day, not a series" in says(rig, "outlook", "--campaign", CAMPAIGN, "--unit", "nt-so-y-te", "--as-of", "2024-10-13")
    assert "no outlook: 1 of the 3 periods it needs" in says(rig, "outlook", "--campaign", CAMPAIGN, "--unit", "nt-so-y-te", "--criterion", "III.3a", "--as-of", "2024-02-20")
    assert '--as-of wants a day as YYYY-MM-DD, not "2024-1"' in says(rig, "outlook", "--as-of", "2024-1", code=64)


def test_review_is_kept_and_compared(rig):
    assert "not frozen" in says(rig, "review", "list")
    assert re.search(rf"{CAMPAIGN} +2024-06-30 +1 +[1-9]\d+\n", says(rig, "review", "freeze", CAMPAIGN, "2024-06-30"))
    assert "is frozen already" in says(rig, "review", "freeze", CAMPAIGN, "2024-06-30", code=69)
    assert says(rig, "review", "diff", CAMPAIGN, "2024-06-30") == "nothing has changed\n"
    assert 'freeze wants a day as YYYY-MM-DD, not "June"' in says(rig, "review", "freeze", CAMPAIGN, "June", code=64)
    rows = json.loads(says(rig, "review", "list", "--format", "json"))
    assert [r["is_frozen"] for r in rows if r["campaign"] == CAMPAIGN and r["on_day"] == "2024-06-30"] == [True]


def test_shortlist_is_checked(rig):
    assert says(rig, "shortlist", "--campaign", CAMPAIGN, "--as-of", "2024-10-13", "nt-so-y-te") == "nothing speaks against this list\n"
    assert re.search(r"nope +no_member", says(rig, "shortlist", "--campaign", CAMPAIGN, "--as-of", "2024-10-13", "nope", code=65))
    six = [f"nt-so-{x}" for x in ("y-te", "tttt", "noi-vu", "tu-phap", "xay-dung", "gddt")]
    assert "6 units are proposed, the campaign allows 5" in says(rig, "shortlist", "--campaign", CAMPAIGN, "--as-of", "2024-10-13", *six, code=65)


def test_compliance_of_a_day(rig):
    row = json.loads(says(rig, "compliance", "--campaign", CAMPAIGN, "--unit", "nt-so-tttt", "--criterion", "III.3a", "--as-of", "2024-10-13", "--format", "json"))["compliance"][0]
    assert (row["status"], row["numerator"], row["denominator"]) == ("not_met", 405, 414)


def test_units_propose_and_no_rejects(rig):
    assert says(rig, "quarantine", "list") == ""
    assert says(rig, "units", "propose", "--format", "json") == "[]\n"
    assert says(rig, "units", "propose") == "no source speaks of a unit that the registry does not know\n"


def test_every_verb_speaks_json(rig, tmp_path):
    """--format json of each verb that prints something is one JSON document with the same facts; another form is refused."""
    spoken = {"init", "test"}       # in test_init_and_test_speak_json

    def json_of(*words, code=0):
        spoken.add(words[0])
        done = rig.run(*words, "--format", "json", check=False)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    assert json_of("recompute", "--campaign", CAMPAIGN, "--as-of", "2024-10-14")[0]["campaign"] == CAMPAIGN
    whole = json_of("verify")
    assert whole["is_whole"] and whole["breaks"] == [] and whole["runs"] > 0 and len(whole["head"]) == 64
    broken = json_of("verify", "0" * 64, code=65)
    assert not broken["is_whole"] and broken["breaks"] == [f"the noted hash {'0' * 64} is not one of the chain"]
    replayed = json_of("replay", "ky", "--from", "2020-01-01", "--to", "2020-01-02", "--dry-run")
    assert replayed["is_dry_run"] and (replayed["runs"], replayed["figures"]) == (0, 0)
    assert json_of("parcels", "list") == []
    assert json_of("db", "check")["is_current"]
    assert json_of("db", "upgrade")["is_done"]
    assert json_of("check") is not None and json_of("doctor", code=rig.run("doctor", "--format", "json", check=False).returncode)
    assert json_of("units", "propose") == [] and json_of("quarantine", "list") == [] and json_of("review", "list") is not None
    assert json_of("quarantine", "drop", "ky") == {"dropped": 0} and json_of("quarantine", "retry", "ky")["settled"] == 0
    assert json_of("compliance", "--campaign", CAMPAIGN, "--as-of", "2024-10-14")["compliance"]
    assert json_of("explain", "nt-so-y-te", "III.3a", "--as-of", "2024-10-14", "--campaign", CAMPAIGN)["numerator"]
    assert isinstance(json_of("outlook", "--campaign", CAMPAIGN, "--criterion", "III.3a", "--as-of", "2024-10-14"), list)
    assert json_of("shortlist", "--campaign", CAMPAIGN, "--as-of", "2024-10-14", "nope")[0]["finding"] == "no_member"
    spoken.add("fetch")     # a document a line: they are many
    figures = [json.loads(line) for line in rig.run("fetch", "ky/so", "--dry-run", "--format", "json").stdout.splitlines()]
    assert {f["metric"] for f in figures} == {"edoc.signed"} and len(figures) == 18
    assert json_of("schema", "connector")["properties"]
    rig.start()
    try:
        wait_until(lambda: rig.process.poll() is not None or rig.run("status", check=False).returncode == 0, 60)
        assert json_of("pause", "ky") == {"is_done": True, "words": "1 stream paused"}
        assert json_of("resume", "ky/so")["words"] == "1 stream resumed"
        assert json_of("run-now", "ky")["is_done"]
        # Several names are one order: all of them, or none when one is not known.
        assert json_of("pause", "ky/so", "ky")["words"] == "2 streams paused"
        refused = json_of("resume", "ky", "nope/so", code=64)
        assert not refused["is_done"] and '"nope/so"' in refused["words"]
        assert [s["state"] for s in json_of("status")["streams"] if s["connector"] == "ky"] == ["paused"]
        assert json_of("resume", "ky")["words"] == "1 stream resumed"
        reloaded = json_of("reload")
        assert reloaded["is_done"] and reloaded["words"].startswith("reloaded")
        assert json_of("run-now", "nope", code=64)["is_done"] is False
        assert len(json_of("status")["streams"]) == 2
    finally:
        rig.stop()
    with open(os.path.join(TOP, "docs/reference/verbs.md"), encoding="utf-8") as f:
        assert set(re.findall(r"^## ([\w-]+)$", f.read(), re.M)) - spoken <= {"run", "backfill"}       # the one works rather than prints, the other has its own test
    for words in (["recompute"], ["verify"], ["parcels"], ["db", "check"], ["status"], ["reload"], ["test"], ["check"], ["doctor"], ["fetch", "ky"], ["schema"], ["quarantine", "show", "1"], ["quarantine", "drop", "ky"],
                  ["compliance"], ["explain", "nt-so-y-te", "III.3a"], ["outlook"], ["review", "list"], ["shortlist", "nope"], ["units", "propose"], ["quarantine", "list"], ["init"]):
        assert "--format wants" in says(rig, *words, "--format", "cvs", code=64)


def test_init_and_test_speak_json(tmp_path):
    """init lists systems and says what is left, test lists its cases: as JSON too."""
    environment = {**os.environ, "THIDUAD_TEMPLATES": os.path.join(TOP, "conf")}

    def json_of(*words):
        return json.loads(subprocess.run([THIDUAD, *words, "--format", "json"], stdout=subprocess.PIPE, env=environment, timeout=60, check=True).stdout)

    assert "vanban" in {s["system"] for s in json_of("init")}
    first, again = (json_of("init", str(tmp_path / "new"), "vanban") for _ in range(2))
    assert "lgsp-secret" in first["credentials"] and any("connectors.d/vanban.yaml:" in line for line in first["to_set"])
    assert all(f["is_written"] for f in first["files"]) and not any(f["is_written"] for f in again["files"])
    cases = json_of("test", "vanban", "--config", os.path.join(TOP, "conf/thiduad.yaml"))
    assert cases and all(c["result"] == "passed" and c["difference"] is None for c in cases)

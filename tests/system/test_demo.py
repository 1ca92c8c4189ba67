"""The whole path: conf/demo/run.sh from sources over HTTP to compliance, held against the province's own truth, which is computed by code of its own."""

import collections
import json
import os
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
AS_OF = "2024-12-13"


@pytest.fixture(scope="module")
def demo():
    done = subprocess.run([os.path.join(TOP, "conf/demo/run.sh"), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def truth():
    done = subprocess.run(["/usr/bin/python3", os.path.join(TOP, "tests/province/truth.py"), "--seed", "1", "--as-of", AS_OF, "--json"],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def number(value):
    """Integers come as integers, whatever the writer of the JSON makes of 7.0."""
    return None if value is None else float(value) if "." in str(value) and not str(value).endswith(".0") else int(float(value))


def key(row):
    return row["unit"] or "", row["level"] or "province", row["criterion"]


def figures(row):
    return row["status"], number(row["numerator"]), number(row["denominator"]), number(row["target"])


def differences(got, want):
    got = {key(r): figures(r) for r in got}
    want = {key(r): figures(r) for r in want}
    return [(k, "got", got.get(k), "want", want.get(k)) for k in sorted(set(got) | set(want)) if got.get(k) != want.get(k)]


def test_document_has_its_frame(demo):
    """The document names the campaign, its day, and as many units as live on it."""
    assert demo["campaign"] == "ninh-thuan-2024"
    assert demo["as_of"] == AS_OF
    assert demo["units"] == 95
    assert {c["state"] for c in demo["connectors"]} <= {"ok", "partial"}


def test_every_unit_and_criterion_equals_the_truth(demo, truth):
    """Status, numerator, denominator and target of each unit and criterion are those of the model."""
    assert differences(demo["compliance"], [r for r in truth if r["unit"]]) == []


def test_every_level_and_the_province_equal_the_truth(demo, truth):
    """Figures of levels and of the province are those of the model."""
    got = [dict(r, unit=None) for r in demo["levels"]]
    assert differences(got, [r for r in truth if not r["unit"]]) == []


def test_the_five_kinds_of_no_figure_occur(demo):
    """No data, missing report, zero denominator, not applicable and late are five things, and the province shows each."""
    seen = collections.Counter(r["status"] for r in demo["compliance"])
    for status in ("no_data", "overdue", "no_figure", "not_applicable", "stale"):
        assert seen[status] > 0, status


def test_the_unknown_unit_is_a_reject(demo):
    """The code that no table knows is rejected and counted, and costs nobody else a figure."""
    assert sum(c["rejects"] for c in demo["connectors"] if c["connector"] == "motcua/ho-so") > 0

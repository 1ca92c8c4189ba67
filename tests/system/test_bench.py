"""The benchmarks' harness: small sizes of some of them run through, and the document that --json prints is what it says."""

import json
import os
import subprocess

import pytest

from lib.postgres import TOP
from lib.rig import THIDUAD

BUILD = os.path.dirname(os.path.abspath(THIDUAD))


def measure(*names):
    # The program's own, built with sanitizers here: nothing is measured, the figures are only there or not.
    return subprocess.run(["/usr/bin/python3", "-B", os.path.join(TOP, "tests/bench/run.py"), *names, "--quick", "--json", "--rounds", "2"], env={**os.environ, "BENCH_BUILD": BUILD},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)


@pytest.mark.skipif(not os.path.exists(os.path.join(BUILD, "tests/bench/bench_slow")), reason="built without -DBENCH=ON, which tests/run.sh sets")
def test_the_document_holds_every_figure_with_its_goal():
    """Each entry has the seven members; what is held against a goal says kept or missed, and ratios name what they are against."""
    done = measure("fresh", "start")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {f["name"].split(":")[0] for f in document} == {"fresh", "start"}
    for figure in document:
        assert set(figure) == {"name", "figure", "unit", "ratio_to", "goal", "met", "rounds"}, figure
        assert isinstance(figure["figure"], (int, float)) and figure["rounds"] >= 1
        assert (figure["goal"] is None) == (figure["met"] is None), figure
        assert figure["unit"] != "x" or figure["ratio_to"], figure
    # One file of fifty was changed before a reload: it touched that one alone.
    assert [f["figure"] for f in document if "reload touched" in f["name"]] == [1]
    assert any(f["ratio_to"] == "libyaml" and f["rounds"] == 2 for f in document)


def test_an_unknown_name_is_refused_with_the_known_ones():
    done = measure("no-such")
    assert done.returncode == 2 and "no-such" in done.stderr and "ingest-new" in done.stderr

"""The benchmarks' harness: small sizes of some of them run through, and the document that --json prints is what it says."""

import glob
import json
import os
import signal
import subprocess
import tempfile
import uuid

import pytest

from lib.postgres import TOP, wait_until
from lib.rig import THIDUAD

BUILD = os.path.dirname(os.path.abspath(THIDUAD))


needs_programs = pytest.mark.skipif(not os.path.exists(os.path.join(BUILD, "tests/bench/bench_slow")), reason="built without -DBENCH=ON, which tests/run.sh sets")


def command(*names):
    return ["/usr/bin/python3", "-B", os.path.join(TOP, "tests/bench/run.py"), *names, "--quick", "--json", "--rounds", "2"]


def measure(*names):
    # The program's own, built with sanitizers here: nothing is measured, the figures are only there or not.
    return subprocess.run(command(*names), env={**os.environ, "BENCH_BUILD": BUILD}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)


def started_with(mark):
    """Names of the processes that live and have the mark in their environment, whoever started them."""
    names = set()
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as f:
                if mark.encode() in f.read():
                    names.add(os.path.basename(os.readlink(os.path.dirname(path) + "/exe")))
        except OSError:
            pass    # it ended meanwhile
    return names


@needs_programs
@pytest.mark.parametrize("number, name, servers", [(signal.SIGTERM, "idle", {"thiduad", "postgres", "bench_slow"}), (signal.SIGINT, "idle", {"postgres"}), (signal.SIGTERM, "recompute", {"postgres"})])
def test_a_run_that_is_ended_leaves_nothing_behind(number, name, servers):
    """SIGTERM or SIGINT at any moment, while servers are starting or running: all of them are gone when the run is, and so are its files."""
    mark, room = uuid.uuid4().hex, tempfile.mkdtemp(prefix="thidua-ended.")
    os.chmod(room, 0o755)   # PostgreSQL runs as another user
    run = subprocess.Popen(command(name), env={**os.environ, "BENCH_BUILD": BUILD, "TMPDIR": room, "BENCH_MARK": mark}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_until(lambda: servers <= started_with(mark) or run.poll() is not None, 60)
        run.send_signal(number)
        run.send_signal(signal.SIGTERM)
        said, _ = run.communicate(timeout=60)
        assert run.returncode == 128 + number or (number != signal.SIGTERM and run.returncode == 128 + signal.SIGTERM), said
        assert not started_with(mark)
        os.rmdir(room)      # which it would not be, were it not empty
    finally:
        if run.poll() is None:
            run.kill()


@needs_programs
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

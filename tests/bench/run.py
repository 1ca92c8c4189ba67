#!/usr/bin/python3
"""Benchmarks: the program and its peers in the same run, in turn, medians of rounds and their ratios.

    tests/bench/run.sh [NAME...] [--json] [--quick] [--rounds N] [--facts N]

Figures go to standard error as they come; --json prints one document at the end: a list of {"name", "figure", "unit", "ratio_to", "goal", "met", "rounds"}.
--quick: small sizes, two rounds; it shows that the harness works and measures nothing. The exit code says whether everything could be measured, not whether goals were met.
"""

import argparse
import json
import sys
import traceback

sys.dont_write_bytecode = True

import ingest  # noqa: E402
import machine  # noqa: E402
import transport  # noqa: E402
import zabbix  # noqa: E402
from bench_lib import ENDING, Figures, Workshop  # noqa: E402

BENCHMARKS = {**ingest.BENCHMARKS, **transport.BENCHMARKS, **machine.BENCHMARKS, **zabbix.BENCHMARKS}
BY_NAME = set(zabbix.BENCHMARKS)       # they run when they are named: they need packages that the others do not


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="of: " + ", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=0, help="5, or 2 with --quick")
    parser.add_argument("--facts", type=int, default=0, help="growth: most facts in the tables, 100000000 unless said otherwise")
    options = parser.parse_args()
    ENDING.watch()
    unknown = [n for n in options.name if n not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    figures, failed = Figures(options.rounds or (2 if options.quick else 5)), []
    for name in options.name or [n for n in BENCHMARKS if n not in BY_NAME]:
        print(f"==== {name}", file=sys.stderr, flush=True)
        try:
            with Workshop(options.quick, options.facts) as shop:
                BENCHMARKS[name](shop, figures)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    if options.json:
        json.dump(figures.list, sys.stdout, ensure_ascii=False, indent=1)
        print()
    missed = [f for f in figures.list if f["met"] is False]
    print(f"==== {len(figures.list)} figures, {len(missed)} goals missed" + (f", could not be measured: {', '.join(failed)}" if failed else ""), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Loads conf/units and conf/campaigns.d into the test database, as the daemon does at its start."""

import csv
import json
import pathlib
import sys

import psycopg2
import yaml

CONF = pathlib.Path(__file__).resolve().parents[3] / "conf"


def rows(*names):
    """The rows of some CSV files, cells as text."""
    found = []
    for name in names:
        with open(CONF / "units" / name, encoding="utf-8", newline="") as file:
            found += csv.DictReader(file)
    return json.dumps(found)


def main():
    """Calls the loading functions in their order."""
    with psycopg2.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
        cursor.execute("set role thidua_writer")
        units = rows("units-ninh-thuan-2024.csv", "units-khanh-hoa-2025.csv")
        cursor.execute("select registry.load_units(%s)", (units,))
        cursor.execute("select registry.load_successions(%s)", (rows("unit-successions.csv"),))
        cursor.execute("select registry.load_codes(%s)", (rows("gso-code-history.csv"),))
        cursor.execute("select registry.load_blocks(%s)", (rows("emulation-blocks.csv"),))
        for path in sorted((CONF / "campaigns.d").glob("*.yaml")):
            # Every scalar as text: what the daemon sends, and "on" stays a word.
            campaign = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
            cursor.execute("select registry.load_campaign(%s)", (json.dumps(campaign),))


if __name__ == "__main__":
    main()

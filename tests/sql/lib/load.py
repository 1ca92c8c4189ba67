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
    return found


def portal_codes(units):
    """The portal's ids, which stand in the unit lists, as codes."""
    return [{"system": "dvcqg", "code": u["dvcqg_id"], "unit": u["code"], "valid_from": u["valid_from"], "valid_to": u["valid_to"]}
            for u in units if u.get("dvcqg_id")]


def main():
    """Calls the loading functions in their order."""
    with psycopg2.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
        cursor.execute("set role thidua_writer")
        units = rows("units-ninh-thuan-2024.csv", "units-khanh-hoa-2025.csv")
        codes = rows("gso-code-history.csv") + portal_codes(units)
        cursor.execute("select registry.load_units(%s)", (json.dumps(units),))
        cursor.execute("select registry.load_successions(%s)", (json.dumps(rows("unit-successions.csv")),))
        cursor.execute("select registry.load_codes(%s)", (json.dumps(codes),))
        cursor.execute("select registry.load_blocks(%s)", (json.dumps(rows("emulation-blocks.csv")),))
        for path in sorted((CONF / "campaigns.d").glob("*.yaml")):
            # Every scalar as text: what the daemon sends, and "on" stays a word.
            campaign = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
            cursor.execute("select registry.load_campaign(%s)", (json.dumps(campaign),))


if __name__ == "__main__":
    main()

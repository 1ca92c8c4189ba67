"""Fan-out in groups: several units in one request, where the source takes several codes; each unit is told of, or missed by name."""

import json
import os
import re
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.bad_server import BadServer, answer  # noqa: E402
from lib.rig import Rig  # noqa: E402

CONNECTOR = """
connector: nhom
title: A source that takes several codes
enabled: yes
base_url: http://127.0.0.1:{port}
manners: {{rate: 0, parallel: 1, attempts: 2, backoff_min: 10 ms, backoff_max: 20 ms}}
streams:
  - name: so
    schedule: {{every: 1 d}}
    window: {{each: month, from: 2024-03-01, to: 2024-04-30, lookback: 2}}
    foreach: {{kinds: [so_ban_nganh], system: qd20, {group}}}
    request: {{path: /so, query: {{month: "{{{{window.month}}}}", units: "{{{{{variable}}}}}"}}}}
    format: {{kind: json, records: ".rows[]", fields: {{u: .u, value: .value}}}}
    mapping:
      unit: {{field: u, system: qd20}}
      metrics:
        - {{metric: t.so, value: value, whole: yes}}
        - {{metric: t.n, count: []}}
"""


class Units:
    def __init__(self):
        self.asked, self.silent, self.torn = [], set(), 0
        self.server = BadServer({"/so": self.so})

    def so(self, server, peer, request):
        query = parse_qs(urlsplit(request.path).query)
        units = query["units"][0].split(";")
        self.asked.append((int(query["month"][0]), units))
        body = json.dumps({"rows": [{"u": u, "value": len(u)} for u in units if u not in self.silent]})
        if self.torn:
            self.torn -= 1
            # All units are in what came, but it breaks off.
            whole = json.dumps({"rows": [{"u": u, "value": 1} for u in units]}).encode()
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n" + whole)
            return
        answer(peer, body)


@pytest.fixture
def place():
    units = Units()
    rig = Rig("host=/nowhere dbname=none", None, names=())
    yield rig, units
    rig.remove()
    units.server.stop()


def write(rig, units, group='group: 8, join: ";"', variable="unit.codes"):
    with open(os.path.join(rig.room, "connectors.d/nhom.yaml"), "w", encoding="utf-8") as f:
        f.write(CONNECTOR.format(port=units.server.port, group=group, variable=variable))


def figures(done):
    return sorted(line.split() for line in done.stdout.splitlines())


# Groups of eight bring what single requests bring, in an eighth of them; each unit once a window.
def test_groups(place):
    rig, units = place
    write(rig, units)
    grouped = rig.run("fetch", "nhom")
    n = len(units.asked)
    asked = [(month, u) for month, codes in units.asked for u in codes]
    assert len(set(asked)) == len(asked) and all(1 <= len(codes) <= 8 for _, codes in units.asked)
    write(rig, units, group="group: 1", variable="unit.code")
    units.asked.clear()
    single = rig.run("fetch", "nhom")
    assert [(month, codes[0]) for month, codes in units.asked] == asked
    assert n == 2 * -(-len(asked) // 2 // 8) and figures(grouped) == figures(single) and len(figures(single)) == 2 * len(asked)


# A unit that the answer leaves out is named; it has no figure, not even a count of 0, and the others' stand. What was seen on a page that broke off does not count as seen.
@pytest.mark.parametrize("torn", [0, 1])
def test_missing(place, torn):
    rig, units = place
    write(rig, units)
    units.silent, units.torn = {"H43.SOYTE"}, torn
    done = rig.run("fetch", "nhom", check=False)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert re.search(r"the answer tells nothing of 1 of the \d units that were asked for: nt-so-y-te$", last), last
    assert "nt-so-y-te" not in done.stdout and "nt-so-tttt" in done.stdout


# Requests that cannot work are found when the connector is loaded.
def test_check(place):
    rig, units = place
    for group, variable, words in (("group: 8", "unit.code", "the request has no {{unit.codes}}"), ("group: 1", "unit.codes", '"foreach" has no "group"'), ("group: 0", "unit.code", "group")):
        write(rig, units, group, variable)
        done = rig.run("check", check=False)
        assert done.returncode == 78 and words in done.stderr + done.stdout, (done.stdout, done.stderr)

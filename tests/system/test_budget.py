"""The budget of a host, measured at the host: however many connectors share it, it never sees more than the strictest of them allows."""

import json
import os
import sys
import threading

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.bad_server import BadServer, answer  # noqa: E402
from lib.rig import Rig, wait_until  # noqa: E402

CONNECTOR = """
connector: {name}
title: One of many
enabled: yes
base_url: http://127.0.0.1:{port}
manners: {{rate: {rate}, parallel: {parallel}, attempts: 1}}
streams:
  - name: so
    schedule: {{every: 1 s, spread: none}}
    request: {{path: /so, query: {{of: {name}}}}}
    format: {{kind: json, records: ".rows[]", fields: {{value: .value}}}}
    mapping:
      unit: {{const: nt-so-y-te}}
      period: {{today: yes}}
      metrics: [{{metric: t.so, value: value, whole: yes}}]
"""

N = 500
RATE, PARALLEL = 1800, 3        # 30 a second


class Measure:
    def __init__(self):
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def script(self, server, peer, request):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        server.wait(0.2 if len(server.requests) <= 60 else 0.005)
        # Before the answer: once it is out, the next request may come before this thread goes on.
        with self.lock:
            self.now -= 1
        answer(peer, json.dumps({"rows": [{"value": 1}]}))


def write(rig, server, number, rate, parallel):
    name = "nguon-%03d" % number
    with open(os.path.join(rig.room, "connectors.d", name + ".yaml"), "w", encoding="utf-8") as f:
        f.write(CONNECTOR.format(name=name, port=server.port, rate=rate, parallel=parallel))


@pytest.fixture
def place():
    measure = Measure()
    server = BadServer({"/so": measure.script})
    # No database: polling goes on all the same, and nothing else is measured.
    rig = Rig("host=/nowhere dbname=none", None, names=(), main="max_runs: 200")
    yield rig, server, measure
    rig.remove()
    server.stop()


# 500 connectors of one host, all due each second; 499 know no limit, one does, and it is not the first to ask. As long as answers are slow the parallel budget binds:
# there are never more under way; then they are fast, and in no second more begin than the rate allows. Then a reload takes the strict one away, and its budget goes with it.
def test_shared_budget(place):
    rig, server, measure = place
    for number in range(N - 1):
        write(rig, server, number, 0, 50)
    write(rig, server, N - 1, RATE, PARALLEL)
    rig.start()
    wait_until(lambda: len(server.requests) >= 150, 60)
    at = sorted(r.at for r in server.requests)
    assert measure.most == PARALLEL, measure.most
    for first in range(len(at)):
        # What arrives within a second was sent within it, but for those that were on the way when it began.
        n = sum(at[first] <= t <= at[first] + 1 for t in at[first:first + 2 * RATE // 60])
        assert n <= RATE // 60 + 1 + PARALLEL, n
    assert len({r.path for r in server.requests}) > 100
    os.remove(os.path.join(rig.room, "connectors.d/nguon-%03d.yaml" % (N - 1)))
    rig.run("reload")
    wait_until(lambda: measure.most > PARALLEL, 30)
    assert measure.most <= 50

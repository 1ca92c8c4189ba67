"""Starts the simulated province: one process, one port per system, a JSON port file when all of them listen.

    /usr/bin/python3 tests/province/serve.py --port-file F [--seed N] [--host 127.0.0.1] [--today 2024-12-31]
                                             [--reports-down 3] [--tls-cert CERT.pem --tls-key KEY.pem]
"""

import argparse
import json
import os
import signal
import sys
from datetime import date
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from province import truth, wire
from province.declared import Declared
from province.lgsp import Lgsp
from province.onestop import OneStop
from province.opendata import OpenData
from province.portal import Portal
from province.reports import Reports
from province.sites import Sites
from province.units import FIRST, LAST
from province.world import World, dumps

SYSTEMS = {"portal": Portal, "onestop": OneStop, "lgsp": Lgsp, "reports": Reports, "opendata": OpenData,
           "sites": Sites, "declared": Declared}


class Running:
    """All servers of one province; also usable inside a test process."""

    def __init__(self, seed=1, today=LAST, host="127.0.0.1", reports_down=3, tls=None):
        self.world = World(seed, today, tuple(SYSTEMS), reports_down)
        self.servers = {name: wire.Server(host, self.world.handler(name, kind(self.world)), tls)
                        for name, kind in SYSTEMS.items()}
        self.servers["control"] = wire.Server(host, self.control)
        for server in self.servers.values():
            server.start()

    @property
    def ports(self):
        return {name: server.port for name, server in self.servers.items()}

    def control(self, request):
        if request.path.startswith("/_control"):
            return self.world.control(request)
        if request.path != "/_truth":
            return wire.Reply(404, dumps({"error": "/_control, /_control/state or /_truth?as_of=YYYY-MM-DD"}))
        try:
            as_of = date.fromisoformat(request.query.get("as_of") or self.world.today.isoformat())
        except ValueError as error:
            return wire.Reply(400, dumps({"error": str(error)}))
        world = self.world
        return wire.Reply(200, dumps(truth.rows(world.province, world.papers, as_of)))

    def stop(self):
        for server in self.servers.values():
            server.stop()


def write_port_file(path, ports):
    """Written whole or not at all, since others wait for it."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(ports, file, indent=1)
        file.write("\n")
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--today", type=date.fromisoformat, default=LAST, help="the day on which the sources are asked")
    parser.add_argument("--reports-down", type=int, default=3, metavar="N",
                        help="the first N requests of the report system answer 503")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    options = parser.parse_args()
    if not FIRST <= options.today <= LAST:
        parser.error(f"--today must lie in {FIRST}..{LAST}")
    tls = wire.tls_context(options.tls_cert, options.tls_key or options.tls_cert) if options.tls_cert else None
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    running = Running(options.seed, options.today, options.host, options.reports_down, tls)
    write_port_file(options.port_file, running.ports)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    running.stop()


if __name__ == "__main__":
    main()

"""A plain client of a running province, for tests: keep-alive connections, JSON, control orders and the gateway's token."""

import base64
import http.client
import json

from .lgsp import CLIENT, SECRET


class Client:
    """Keep-alive connections to every port of one running province."""

    def __init__(self, ports):
        self.ports, self.open = ports, {}

    def raw(self, system, path, method="GET", body=None, headers=None):
        link = self.open.setdefault(system, http.client.HTTPConnection("127.0.0.1", self.ports[system], timeout=20))
        try:
            link.request(method, path, body, headers or {})
            reply = link.getresponse()
            return reply.status, reply.read(), dict(reply.getheaders())
        except (OSError, http.client.HTTPException):
            link.close()
            raise

    def json(self, system, path, body=None, headers=None, status=200):
        text = None if body is None else json.dumps(body)
        got, content, _ = self.raw(system, path, "GET" if body is None else "POST", text, headers)
        assert got == status, (system, path, got, content[:200])
        return json.loads(content)

    def control(self, **order):
        return self.json("control", "/_control", order)

    def bearer(self):
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        status, content, _ = self.raw("lgsp", "/token", "POST", "grant_type=client_credentials",
                                      {"Authorization": f"Basic {basic}"})
        assert status == 200
        return {"Authorization": "Bearer " + json.loads(content)["access_token"]}

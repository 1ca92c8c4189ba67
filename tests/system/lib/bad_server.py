"""A server that does what servers must not do, by script: one behaviour a path, on a bare socket, with a note of what was asked and when."""

import socket
import threading
import time


class Request:
    def __init__(self, head, body, at):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = lines[0].split(" ", 2)
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.body, self.at = body, at
        self.number = 0         # of this path, from 1


class BadServer:
    """scripts: path (without query) -> function(server, socket, request), which writes what it likes; the connection is closed after it. n_open: connections at this moment."""

    def __init__(self, scripts, address="127.0.0.1"):
        self.scripts, self.requests, self.lock = scripts, [], threading.Lock()
        self.n_open = self.n_open_max = 0
        self.is_over = threading.Event()
        self.listener = socket.create_server((address, 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with self.lock:
            self.n_open += 1
            self.n_open_max = max(self.n_open_max, self.n_open)
        try:
            peer.settimeout(30)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request = self.read(peer)
            if request:
                self.scripts[request.path.split("?")[0]](self, peer, request)
        except (OSError, ConnectionError):
            pass
        finally:
            with self.lock:
                self.n_open -= 1
            peer.close()

    def read(self, peer):
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = peer.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        request = Request(head, body, time.monotonic())
        length = int(request.headers.get("content-length", "0"))
        while len(request.body) < length:
            request.body += peer.recv(65536)
        with self.lock:
            self.requests.append(request)
            request.number = sum(r.path.split("?")[0] == request.path.split("?")[0] for r in self.requests)
        return request

    def asked(self, path):
        with self.lock:
            return [r for r in self.requests if r.path.split("?")[0] == path]

    def wait(self, seconds):
        """Holds a connection: until so long has passed or the test is over."""
        self.is_over.wait(seconds)

    def stop(self):
        self.is_over.set()
        self.listener.close()


def head(status=200, content_type="application/json", **headers):
    lines = ["HTTP/1.1 %s X" % status, "Content-Type: %s" % content_type, "Connection: close"]
    lines += ["%s: %s" % (name.replace("_", "-"), value) for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def answer(peer, body, status=200, content_type="application/json", **headers):
    body = body.encode() if isinstance(body, str) else body
    peer.sendall(head(status, content_type, Content_Length=len(body), **headers) + body)

"""A small threading HTTP/1.1 server with keep-alive: one thread per connection, requests parsed by hand for speed."""

import socket
import ssl
import struct
import threading
from urllib.parse import parse_qsl, unquote

REASONS = {200: "OK", 201: "Created", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
           404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 409: "Conflict",
           429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
MAX_HEAD = 64 * 1024
MAX_BODY = 16 * 1024 * 1024


class Request:
    __slots__ = ("method", "path", "raw_query", "headers", "body", "_query")

    def __init__(self, method, target, headers, body):
        path, _, self.raw_query = target.partition("?")
        self.method, self.path = method, unquote(path) if "%" in path else path
        self.headers, self.body, self._query = headers, body, None

    @property
    def query(self):
        """Query parameters; the last of a repeated name wins."""
        if self._query is None:
            self._query = dict(parse_qsl(self.raw_query, keep_blank_values=True))
        return self._query


class Reply:
    __slots__ = ("status", "body", "content_type", "headers")

    def __init__(self, status, body=b"", content_type=JSON, headers=()):
        self.status, self.content_type, self.headers = status, content_type, headers
        self.body = body.encode() if isinstance(body, str) else body

    def head(self):
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}",
                 f"Content-Type: {self.content_type}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Reset(Exception):
    """Raised by a handler to break the connection with a TCP reset."""


class Connection:
    def __init__(self, sock, handler):
        self.sock, self.handler, self.buffer = sock, handler, b""

    def _fill(self):
        chunk = self.sock.recv(65536)
        if not chunk:
            raise EOFError
        self.buffer += chunk

    def _until(self, mark, limit):
        while (at := self.buffer.find(mark)) < 0:
            if len(self.buffer) > limit:
                raise EOFError
            self._fill()
        found, self.buffer = self.buffer[:at], self.buffer[at + len(mark):]
        return found

    def _exactly(self, count):
        if count > MAX_BODY:
            raise EOFError
        while len(self.buffer) < count:
            self._fill()
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def _body(self, headers):
        if headers.get("expect", "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" not in headers.get("transfer-encoding", ""):
            return self._exactly(int(headers.get("content-length", "0")))
        body = b""
        while size := int(self._until(b"\r\n", MAX_HEAD).split(b";")[0], 16):
            body += self._exactly(size)
            self._until(b"\r\n", MAX_HEAD)
        while self._until(b"\r\n", MAX_HEAD):
            pass
        return body

    def _request(self):
        lines = self._until(b"\r\n\r\n", MAX_HEAD).decode("latin-1").split("\r\n")
        method, target, version = lines[0].split(" ")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if version == "HTTP/1.0":
            headers.setdefault("connection", "close")
        return Request(method, target, headers, self._body(headers))

    def serve(self):
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            close = False
            while not close:
                request = self._request()
                close = request.headers.get("connection", "").lower() == "close"
                reply = self.handler(request)
                out = reply.head()
                self.sock.sendall(out if request.method == "HEAD" else out + reply.body)
        except Reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except (EOFError, OSError, ValueError):
            pass                        # the client went away or spoke no HTTP
        finally:
            self.sock.close()


class Server:
    """One listening socket on an ephemeral port; handler(Request) -> Reply runs in the connection's thread."""

    def __init__(self, host, handler, tls=None):
        self.handler, self.tls = handler, tls
        self.sock = socket.create_server((host, 0), backlog=512)
        self.port = self.sock.getsockname()[1]

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return                  # closed by stop()
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        if self.tls:
            try:
                sock = self.tls.wrap_socket(sock, server_side=True)
            except (OSError, ssl.SSLError):
                sock.close()
                return
        Connection(sock, self.handler).serve()

    def stop(self):
        self.sock.close()


def tls_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context

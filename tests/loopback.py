"""A server on loopback that answers as it is told, well or badly, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request.

    Attributes:
        body: sent as JSON, or as it is where it is bytes.
        status, headers: of the answer.
        delay: seconds before it.
        cut: announce the whole body, send half of it and hang up.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: path with query, headers in lower case, and the body's JSON, or its text."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Loopback:
    """The running server: its address, and what it was asked so far."""

    url: str
    asked: list[Asked]


@contextmanager
def serving(answer: Callable[[Asked, int], Reply]) -> Iterator[Loopback]:
    """Runs a server whose reply is a function of the request and of how many came before it."""
    asked: list[Asked] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            try:
                body = json.loads(raw)
            except ValueError:
                body = raw
            request = Asked(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
            with lock:
                before = len(asked)
                asked.append(request)
            self._send(answer(request, before))

        do_GET = do_POST

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.delay)
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if reply.cut else content)
                self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client has gone, which is what the test is about
            if reply.cut:
                self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Keeps the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Loopback(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()

"""Servers that are not quite this project's: itself behind other addresses, and some with fixed answers."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Asked:
    """A request as it came in: the path without its query, header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What goes out; `content` is sent as JSON unless it is bytes."""

    status: int
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        """The body as it is sent."""
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


Answer = Callable[[Asked], Reply]


class HttpServer:
    """A server of its own thread that answers as a function says, and remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:  # the client has hung up
                    self.close_connection = True

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, url.path, url.query, headers, body)
                outer.asked.append(asked)
                reply = answer(asked)
                self.send_response(reply.status)
                sent = {"content-type": "application/json"} | reply.headers
                for name, value in (sent | {"content-length": str(len(reply.raw))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.raw)

            def do_POST(self) -> None:
                self.do_GET()

            def do_DELETE(self) -> None:
                self.do_GET()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> HttpServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def passed_on(base_url: str, asked: Asked, path: str, *, key: str | None = None) -> Reply:
    """What the server at `base_url` answers to a request under another path."""
    url = urlsplit(base_url)
    headers = {name: value for name, value in asked.headers.items() if name not in _HOP | {"host"}}
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    headers["accept-encoding"] = "identity"
    assert url.hostname
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    try:
        connection.request(asked.method, url.path + path, asked.body or None, headers)
        answer = connection.getresponse()
        kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in _HOP}
        return Reply(answer.status, answer.read(), kept)
    finally:
        connection.close()


def changing(base_url: str, change: Callable[[Asked, Any], Any], *, key: str | None = None) -> HttpServer:
    """The server at `base_url` with every JSON answer (and every event of a stream) as `change` makes it."""

    def answer(asked: Asked) -> Reply:
        query = f"?{asked.query}" if asked.query else ""
        reply = passed_on(base_url, asked, asked.path.removeprefix("/v1") + query, key=key)
        kind = reply.headers.get("content-type", "")
        if kind.startswith("application/json"):
            reply.content = change(asked, json.loads(reply.raw))
        elif kind.startswith("text/event-stream"):
            blocks = [block for block in reply.raw.decode().split("\n\n") if block]
            reply.content = "".join(f"{block}\n\n" for block in change(asked, blocks)).encode()
        return reply

    return HttpServer(answer)

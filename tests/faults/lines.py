"""Requests without any client in between, byte for byte."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from typing import Any

from mockserver.server import Server

_LENGTH = re.compile(rb"content-length: (\d+)\r\n")


class Line:
    """A bare connection: requests as bytes, and what comes back. `ended` is how it ended, if it has."""

    def __init__(self, server: Server, key: str) -> None:
        self.key = key
        self.ended = ""
        self.socket = socket.create_connection((server.host, server.port), timeout=30)
        self._read = b""

    def send(self, method: str, path: str, body: Any = None) -> None:
        """One request."""
        self.socket.sendall(self.request(method, path, body))

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None
    ) -> bytes:
        """The bytes of one request; `body` is sent as JSON, bytes as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        more = [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines = [
            *(f"{method} {path} HTTP/1.1", "Host: mock", f"Authorization: Bearer {self.key}"),
            *("OpenAI-Beta: assistants=v2", f"Content-Length: {len(content)}", *more, "", ""),
        ]
        return "\r\n".join(lines).encode() + content

    def rest(self) -> bytes:
        """Everything until the connection is closed. Raises ConnectionResetError if it is reset."""
        while self._more():
            pass
        if self.ended == "reset":
            raise ConnectionResetError
        return self._read

    def answer(self) -> bytes:
        """One answer as it comes, or what comes of it before the connection has ended."""
        end = self._end()
        answer, self._read = self._read[:end], self._read[end:]
        return answer

    def _end(self) -> int | None:
        """Where the answer ends of which the beginning is about to be read, None if it never does."""
        at = self._find(b"\r\n\r\n", 0)
        if at is None:
            return None
        length = _LENGTH.search(self._read, 0, at)
        if length is not None:
            return self._reach(at + int(length[1]))
        while True:
            start, at = at, self._find(b"\r\n", at)
            if at is None:
                return None
            size = int(self._read[start:at], 16)
            at = self._reach(at + size + 2)
            if at is None or size == 0:
                return at

    def _find(self, what: bytes, start: int) -> int | None:
        """Where it ends that is to come after `start`."""
        while (found := self._read.find(what, start)) < 0:
            if not self._more():
                return None
        return found + len(what)

    def _reach(self, size: int) -> int | None:
        while len(self._read) < size:
            if not self._more():
                return None
        return size

    def _more(self) -> bool:
        try:
            piece = self.socket.recv(65_536)
        except ConnectionResetError:
            self.ended = "reset"
            return False
        self._read += piece
        if not piece:
            self.ended = "closed"
        return bool(piece)

"""One connection: uvicorn's protocol, with what an application cannot see or do from inside."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from mockserver.gate import HEAD_MAX, TOO_LARGE
from mockserver.sending import WHOLE


class Answer(RequestResponseCycle):
    """One request and its answer. One that is there as a whole goes out in one write, its head and its body.

    Uvicorn writes them one after the other, and looks at every header by itself: half of what a short answer
    costs.
    """

    _head: bytes | None = None
    """The head of an answer whose body comes next."""

    async def send(self, message: Any) -> None:
        """The next part of the answer."""
        if self._head is not None:
            self._finish(self._head + message["body"])
        elif not (message.get(WHOLE) and self._hold(message)):
            await super().send(message)

    def _hold(self, message: Any) -> bool:
        """Keep a head until the body comes; False where there is more to it than writing it down."""
        if self.flow.write_paused or self.disconnected or self.scope["method"] == "HEAD":
            return False
        headers = message["headers"]
        lines = [STATUS_LINE[message["status"]][:-2], *[name + b": " + value for name, value in headers]]
        if not self.keep_alive:
            lines.append(b"connection: close")
        elif any(name == b"connection" for name, _ in headers):
            return False
        head = b"\r\n".join(lines)
        if head.count(b"\n") >= len(lines) or head.count(b"\r") >= len(lines) or b"\0" in head:
            return False  # no header may hold a line break, and uvicorn says so
        self.response_started = True
        self.waiting_for_100_continue = False
        self._head = head + b"\r\n\r\n"
        return True

    def _finish(self, answer: bytes) -> None:
        self._head = None
        if self.disconnected:
            return
        self.transport.write(answer)
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


class Protocol(HttpToolsProtocol):
    """Lends the connection to the application, which alone can cut a reply in the middle.

    Of a head of more than `HEAD_MAX` bytes no more is kept; the application refuses it.
    """

    _answering: RequestResponseCycle | None = None
    """The request that is being answered while others wait behind it on the same connection."""

    _head = 0
    """The bytes of the head that is coming in."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport
        self._head = 0

    def on_url(self, url: bytes) -> None:
        """Some more of the address."""
        if self._fits(url):
            super().on_url(url)
        else:
            self.url = b"/"  # half an address is none

    def on_header(self, name: bytes, value: bytes) -> None:
        """One more header."""
        if self._fits(name, value):
            super().on_header(name, value)

    def _fits(self, *read: bytes) -> bool:
        self._head += sum(map(len, read))
        if self._head <= HEAD_MAX:
            return True
        self.scope["state"][TOO_LARGE] = True
        return False

    def on_headers_complete(self) -> None:
        """A request is there; it waits while the one before is being answered."""
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not None:
            self.cycle.__class__ = Answer
        if len(self.pipeline) == 1:
            self._answering = before

    def on_response_complete(self) -> None:
        """A request is answered, and the next one's turn comes."""
        self._answering = self.pipeline[-1][0] if self.pipeline else None
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone. Uvicorn tells the last request only, which may not be the one answered."""
        super().connection_lost(exc)
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()

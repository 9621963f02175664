"""The way back to one caller: whole bodies, refusals, and streams that are pumped frame by frame."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from sys import intern

from starlette.types import Receive, Send

from mockserver import errors
from mockserver.clock import http_date, stopwatch, wall_now
from mockserver.frames import (
    BYTES_TYPE,
    JSON_TYPE,
    STREAM_TYPE,
    Body,
    Cut,
    Events,
    Frames,
    Head,
    Wait,
    event_name,
)
from mockserver.journal import Exchange
from mockserver.refusing import refusal
from mockserver.world import World

RawHeaders = list[tuple[bytes, bytes]]

API_VERSION = b"2020-10-01"
ORGANIZATION = b"assistants-mock"

PIECES_AT_ONCE = 4
"""After so many pieces the loop gets a turn, or nobody would notice that the client has gone."""

UNNAMED = (401, 500)
"""Recorded answers of these statuses lack version and organization."""

WHOLE = "assistants_mock.whole"
"""What the start of an answer says whose body is there and comes next, in one piece."""

_JSON = JSON_TYPE.encode()
_AT_ONCE = struct.pack("ii", 1, 0)
"""A socket that lingers for no time is reset when it is closed."""

_COMMON: RawHeaders = [(b"x-content-type-options", b"nosniff")]
_NAMED: RawHeaders = [(b"openai-version", API_VERSION), (b"openai-organization", ORGANIZATION)]


class Reply:
    """The way back to one caller. Everything sent is written into the journal's entry, if there is one.

    `detailed` asks for the second face of errors, that of the file routes. `begun` is whether a head was
    sent, `world` is who answers, once that is known.
    """

    __slots__ = (
        *("_at", "_body", "_events", "_send", "_started"),
        *("begun", "detailed", "exchange", "request_id", "world"),
    )

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = stopwatch()
        self.world: World | None = None
        self._at = 0
        self.exchange: Exchange | None = None
        self.detailed = self.begun = False
        self._events: Events | None = None
        self._body: list[bytes] | None = None
        self.request_id = "req_" + "0" * 32

    def identify(self, world: World, now: int) -> str:
        """Who answers, at which moment of the world; the id of this reply, from the world's seed."""
        self.world, self._at = world, now
        world.visitors += 1
        self.request_id = world.next_request_id()
        return self.request_id

    def leave(self) -> None:
        """Nothing more is said; the world that answered, if one did, may be put away now."""
        if self.world is not None:
            self.world.visitors -= 1

    async def whole(self, body: bytes, more: Mapping[str, str]) -> None:
        """A JSON body."""
        await self._all(200, body, self._headers(_JSON), more)

    async def refuse(self, error: errors.ApiError) -> None:
        """An error in the API's form."""
        head, body = refusal(error, detailed=self.detailed)
        headers = self._headers(head.content_type.encode(), named=error.status not in UNNAMED)
        await self._all(error.status, body, headers, error.headers)

    async def begin(self, head: Head, more: Mapping[str, str]) -> None:
        """The head of what comes in pieces: a stream of events, a file, or what faults made of an answer."""
        self.begun = True
        if self.world is not None:
            self._at = self.world.clock.now()  # it may have come late
        if head.content_type == STREAM_TYPE:
            self._events = Events()
        elif head.content_type != BYTES_TYPE:
            self._body = []  # the journal keeps everything but the contents of files
        kind = head.content_type.encode()
        if head.foreign:
            headers = [self._date(), (b"content-type", kind)]
        else:
            headers = self._headers(kind, named=head.status not in UNNAMED)
        if head.length is not None:
            headers.append((b"content-length", b"%d" % head.length))
        headers += _raw(head.headers) + _raw(more)
        if self.exchange is not None:
            self.exchange.status, self.exchange.told = head.status, head.headers
        await self._send({"type": "http.response.start", "status": head.status, "headers": headers})

    async def piece(self, data: bytes) -> None:
        """One event of a stream, or some bytes of a body."""
        if self._events is not None and self.exchange is not None:
            for name in map(event_name, self._events.feed(data)):
                if name:
                    self.exchange.events.append(intern(name))
        elif self._body is not None:
            self._body.append(data)
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, outcome: str) -> None:
        """The end of a stream, and how it came."""
        self.over(outcome)
        await self._send({"type": "http.response.body", "body": b""})

    def over(self, outcome: str) -> None:
        """Write down that no more is sent, and why."""
        if self.exchange is not None and self.world is not None:
            body = b"".join(self._body or ())
            now = self.world.clock.now()
            self.world.journal.answered(self.exchange, now, self.exchange.status, body, outcome)

    async def cut(self, transport: asyncio.Transport | None, gone: asyncio.Future[None], reset: bool) -> None:
        """Drop the connection; what was sent is let out first, so that the same bytes always arrive.

        A reset forgets them, and the client sees its connection broken rather than closed.
        """
        self.over("cut")
        if transport is None:
            return
        if reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        else:
            while transport.get_write_buffer_size() and not gone.done():
                await asyncio.sleep(0.001)
        transport.abort()
        await gone  # or the server would find that the reply has no end

    async def _all(self, status: int, body: bytes, headers: RawHeaders, more: Mapping[str, str]) -> None:
        self.begun = True
        headers.append((b"content-length", b"%d" % len(body)))
        if more:
            headers += _raw(more)
        if self.exchange is not None and self.world is not None:
            self.exchange.told = more
            self.world.journal.answered(self.exchange, self.world.clock.now(), status, body)
        await self._send({"type": "http.response.start", "status": status, "headers": headers, WHOLE: True})
        await self._send({"type": "http.response.body", "body": body})

    def _headers(self, content_type: bytes, *, named: bool = True) -> RawHeaders:
        """The headers of every recorded reply."""
        headers = [
            self._date(),
            (b"content-type", content_type),
            (b"x-request-id", self.request_id.encode()),
            *_COMMON,
        ]
        world = self.world
        if world is not None:
            # In virtual time an answer takes no time, so that equal requests give equal bytes.
            took = 0 if world.clock.virtual else (stopwatch() - self._started) // 1_000_000
            headers.append((b"openai-processing-ms", b"%d" % took))
            if named:
                headers += _NAMED
                headers.append((b"openai-project", world.raw_project))
        return headers

    def _date(self) -> tuple[bytes, bytes]:
        """When the answer begins, by the clock of the world that answers."""
        return (b"date", http_date((self._at or wall_now()) // 1000))


def _raw(headers: Mapping[str, str]) -> RawHeaders:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def pump(
    frames: Frames,
    world: World,
    receive: Receive,
    reply: Reply,
    more: Mapping[str, str],
    transport: asyncio.Transport | None,
) -> None:
    """Send frames as they come; time belongs to the pump, and a client that goes away ends it.

    `transport` is the connection itself, for cutting it; None where the server does not lend it.
    """
    gone = asyncio.ensure_future(_disconnected(receive))
    outcome, pieces, reset = "left", 0, False
    try:
        for frame in frames:
            if gone.done():
                return
            match frame:
                case Head():
                    await reply.begin(frame, more)
                case Body():
                    await reply.piece(frame.data)
                    pieces += 1
                    if pieces % PIECES_AT_ONCE == 0:
                        await asyncio.sleep(0)
                case Wait():
                    await _wait(frame, world, gone)
                case Cut():
                    outcome, reset = "cut", frame.reset
                    return
        outcome = "done"
    except Exception:
        outcome = "broken"  # the skin answers, or the server drops the connection
        raise
    finally:
        close: Callable[[], None] = getattr(frames, "close", lambda: None)
        close()
        try:
            if outcome == "cut":
                await reply.cut(transport, gone, reset)
            elif outcome == "broken":
                reply.over(outcome)
            else:
                await reply.end(outcome)
        finally:
            gone.cancel()


async def _wait(wait: Wait, world: World, gone: asyncio.Future[None]) -> None:
    if world.clock.virtual:
        world.clock.advance_to(wait.until)
        await asyncio.sleep(0)  # others get their turn although no time is spent
        return
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()

    def wake(*_: object) -> None:
        if not woken.done():
            woken.set_result(None)

    timer = loop.call_later(world.clock.wall_seconds_until(wait.until), wake)
    wait.bell.ring = wake
    gone.add_done_callback(wake)
    try:
        await woken
    finally:
        timer.cancel()
        gone.remove_done_callback(wake)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

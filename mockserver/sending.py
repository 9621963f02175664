"""The way back to one caller: whole bodies, refusals, and streams that are pumped frame by frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from sys import intern

import msgspec
from starlette.types import Receive, Send

from mockserver import errors, objects
from mockserver.clock import stopwatch
from mockserver.frames import JSON_TYPE, STREAM_TYPE, Body, Cut, Frames, Head, Wait
from mockserver.journal import Exchange
from mockserver.world import World

RawHeaders = list[tuple[bytes, bytes]]

API_VERSION = b"2020-10-01"
ORGANIZATION = b"assistants-mock"

PIECES_AT_ONCE = 4
"""After so many pieces the loop gets a turn, or nobody would notice that the client has gone."""

_JSON = JSON_TYPE.encode()
_COMMON: RawHeaders = [(b"x-content-type-options", b"nosniff")]
_NAMED: RawHeaders = [(b"openai-version", API_VERSION), (b"openai-organization", ORGANIZATION)]


class Reply:
    """The way back to one caller. Everything sent is written into the journal's entry, if there is one.

    `detailed` asks for the second face of errors, that of the file routes.
    """

    __slots__ = ("_events", "_send", "_started", "_world", "detailed", "exchange", "request_id")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = stopwatch()
        self._world: World | None = None
        self.exchange: Exchange | None = None
        self.detailed = False
        self._events = False
        self.request_id = "req_" + "0" * 32

    def identify(self, world: World) -> str:
        """Who answers; the id of this reply, from the world's seed."""
        self._world = world
        self.request_id = world.next_request_id()
        return self.request_id

    async def whole(self, body: bytes, more: Mapping[str, str]) -> None:
        """A JSON body."""
        await self._all(200, body, self._headers(_JSON), more)

    async def refuse(self, error: errors.ApiError) -> None:
        """An error in the API's form; the layer before the API writes JSON in its own way."""
        if self.detailed and not error.edge:
            content = objects.compact(
                error.body() | {"detail": {"message": error.message, "code": error.code}}
            )
        else:
            content = objects.compact(error.body())
        if error.edge:
            body, kind = msgspec.json.format(content, indent=4) + b"\n", b"application/json; charset=utf-8"
        else:
            body, kind = msgspec.json.format(content, indent=2), _JSON
            body += b"\n" if self.detailed else b""
        named = error.status not in (401, 500)  # those recorded lack version and organization
        await self._all(error.status, body, self._headers(kind, named=named), error.headers)

    async def begin(self, head: Head, more: Mapping[str, str]) -> None:
        """The head of what comes in pieces: a stream of events, or a file."""
        self._events = head.content_type == STREAM_TYPE
        headers = self._headers(head.content_type.encode()) + _raw(head.headers) + _raw(more)
        if self.exchange is not None:
            self.exchange.status = head.status
        await self._send({"type": "http.response.start", "status": head.status, "headers": headers})

    async def piece(self, data: bytes) -> None:
        """One event of a stream, or some bytes of a file."""
        if self.exchange is not None and self._events:
            self.exchange.events.append(intern(data[7 : data.index(b"\n")].decode()))
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, outcome: str) -> None:
        """The end of a stream, and how it came."""
        if self.exchange is not None:
            self.exchange.outcome = outcome
        await self._send({"type": "http.response.body", "body": b""})

    def cut(self, transport: asyncio.Transport | None) -> None:
        """Drop the connection in the middle of the body."""
        if self.exchange is not None:
            self.exchange.outcome = "cut"
        if transport is not None:
            transport.abort()

    async def _all(self, status: int, body: bytes, headers: RawHeaders, more: Mapping[str, str]) -> None:
        headers.append((b"content-length", b"%d" % len(body)))
        if more:
            headers += _raw(more)
        if self.exchange is not None and self._world is not None:
            self._world.journal.answered(self.exchange, status, body)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _headers(self, content_type: bytes, *, named: bool = True) -> RawHeaders:
        """The headers of every recorded reply."""
        headers = [(b"content-type", content_type), (b"x-request-id", self.request_id.encode()), *_COMMON]
        world = self._world
        if world is not None:
            # In virtual time an answer takes no time, so that equal requests give equal bytes.
            took = 0 if world.clock.virtual else (stopwatch() - self._started) // 1_000_000
            headers.append((b"openai-processing-ms", b"%d" % took))
            if named:
                headers += _NAMED
                headers.append((b"openai-project", world.raw_project))
        return headers


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
    outcome, pieces = "left", 0
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
                    outcome = "cut"
                    return
        outcome = "done"
    finally:
        gone.cancel()
        close: Callable[[], None] = getattr(frames, "close", lambda: None)
        close()
        if outcome == "cut":
            reply.cut(transport)
        else:
            await reply.end(outcome)


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

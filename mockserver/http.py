"""The skin: Starlette in front, operations behind, and no decisions in between.

A request is routed, its key names a world, what is due there happens, the request is checked, the operation
performs, and its frames are pumped out. The order of refusals is the API's: route, key, beta header, body,
ids, state.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from mockserver import errors, objects
from mockserver.clock import stopwatch
from mockserver.frames import JSON_TYPE, Body, Cut, Frames, Head, Wait
from mockserver.journal import Exchange
from mockserver.operations import Call, Operation, Routes, discover
from mockserver.projects import Projects
from mockserver.shapes import path_id
from mockserver.world import World

API_VERSION = b"2020-10-01"
ORGANIZATION = b"assistants-mock"
PREFIXED_IDS = {"thread_id": "thread", "assistant_id": "asst"}
"""Path ids whose prefix the real API checks (2025); a wrong message, run or step id is simply not found."""

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Door:
    """Which way a request came in: the path behind the door, and the manners of that door."""

    path: str
    azure: bool = False
    versioned: bool = True


class Api(BaseRoute):
    """Every operation of the API and of the control door, as one Starlette route."""

    def __init__(self, projects: Projects) -> None:
        self.projects = projects
        self.routes = Routes(discover())

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Everything comes here: unknown paths have the API's own 404."""
        return (Match.FULL, {}) if scope["type"] == "http" else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = stopwatch()
        reply = _Reply(send)
        try:
            await self._answer(scope, receive, reply)
        except errors.ApiError as error:
            await reply.refuse(error, started)

    async def _answer(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        started = stopwatch()
        method, path, query = scope["method"], scope["path"], scope["query_string"]
        door = enter(path, query)
        found = self.routes.find(method, door.path) if door else None
        headers = {name: value for name, value in scope["headers"] if name in _READ}
        key = key_of(headers)
        if door is None or found is None:
            azure = door is not None and door.azure
            if key is not None:
                with suppress(errors.ApiError):  # a wrong key does not matter where nothing is
                    reply.world = self.projects.world(key, azure=azure)
                    reply.identify()
            raise errors.AZURE_NOT_FOUND() if azure else errors.UNKNOWN_ROUTE(method=method, path=path)
        operation, ids = found
        if key is None:
            raise errors.NO_KEY()
        world = reply.world = self.projects.world(key, azure=door.azure)
        body = await _read(receive) if operation.mutates else b""
        world.catch_up()
        request_id = reply.identify()
        if not operation.control:
            reply.exchange = world.journal.exchange(
                world.clock.now(), operation.name, method, path, query.decode("latin-1"), body, request_id
            )
        try:
            call = self._check(operation, ids, door, headers, query, body, world)
            result = self._perform(operation, call)
        except errors.ApiError:
            raise
        except Exception:
            # A bug of ours must never pass for a simulated failure: answer 500, forget, and let it surface.
            self.projects.drop(world.project)
            await reply.refuse(errors.SERVER_ERROR(request_id=request_id), started)
            raise
        if isinstance(result, bytes):
            await reply.whole(result, call.headers, started)
        else:
            await _pump(result, world, receive, reply, call.headers, started)

    def _check(
        self,
        operation: Operation,
        ids: dict[str, str],
        door: Door,
        headers: Mapping[bytes, bytes],
        query: bytes,
        body: bytes,
        world: World,
    ) -> Call:
        if operation.beta and not door.azure:
            _check_beta(headers.get(b"openai-beta"))
        if not world.settings.auto_create:
            for name, prefix in PREFIXED_IDS.items():
                if name in ids:
                    path_id(name, ids[name], prefix)
        asked = operation.query.read(query) if operation.query else None
        checked: Any = {}
        if operation.mutates and (operation.body is not None or operation.control):
            checked = _decode(body, headers.get(b"content-type"), operation)
        return Call(self.projects, world, ids, asked, checked, path=door.path, azure=door.azure)

    def _perform(self, operation: Operation, call: Call) -> bytes | Frames:
        if operation.control and not operation.mutates:
            return operation.perform(call)
        if not operation.mutates:
            call.world.wait_for_reader(call.path, call.ids.get(operation.polls))
            return operation.perform(call)
        call.world.interrupt_reader()
        if operation.control:
            return operation.perform(call)  # may replace the very world it was called in
        with call.world.change():
            return operation.perform(call)


def application(projects: Projects) -> Starlette:
    """The Starlette application over these projects; it gives the store back when it stops."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        projects.close()

    return Starlette(routes=[Api(projects)], lifespan=lifespan)


def enter(path: str, query: bytes) -> Door | None:
    """Where a path leads: `/v1/…`, Azure's `/openai/…?api-version=…` and `/openai/v1/…`, or `/_mock/…`."""
    if path.startswith("/v1/"):
        return Door(path[3:])
    if path.startswith("/_mock/"):
        return Door(path)
    if path.startswith("/openai/v1/"):
        return Door(path[10:], azure=True)
    if path.startswith("/openai/"):
        # Azure's classic surface answers its own 404 without an api-version.
        return Door(path[7:] if b"api-version=" in query else "", azure=True)
    return None


def key_of(headers: Mapping[bytes, bytes]) -> str | None:
    """The API key of a request: Bearer, Azure's api-key, or the password of Basic auth; None without one."""
    azure = headers.get(b"api-key")
    if azure:
        return azure.decode("latin-1")
    return _key_in(headers.get(b"authorization", b""))


@lru_cache(maxsize=1024)
def _key_in(authorization: bytes) -> str | None:
    scheme, _, value = authorization.decode("latin-1").partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode("latin-1").partition(":")[2]
        except binascii.Error:
            return None
    elif scheme.lower() != "bearer":
        return None
    return value.strip() or None


_READ = {b"authorization", b"api-key", b"openai-beta", b"content-type"}


def _check_beta(value: bytes | None) -> None:
    betas = {beta.strip() for beta in (value or b"").split(b",")}
    if b"assistants=v2" in betas:
        return
    raise errors.V1_RETIRED() if b"assistants=v1" in betas else errors.NO_BETA_HEADER()


def _decode(body: bytes, content_type: bytes | None, operation: Operation) -> Any:
    """The checked body. An empty one counts as an empty object: SDKs send POSTs without a body."""
    raw: Any = {}
    if body.strip():
        media = (content_type or b"").decode("latin-1")
        if media and media.partition(";")[0].strip().lower() != JSON_TYPE:
            raise errors.CONTENT_TYPE(content_type=media)
        try:
            raw = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise errors.BODY_NOT_JSON() from error
    return operation.body.check(raw, "") if operation.body is not None else raw


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


class _Reply:
    """The way back to one caller: whole bodies, refusals, or the pieces of a stream."""

    __slots__ = ("_send", "exchange", "request_id", "world")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.world: World | None = None
        self.exchange: Exchange | None = None
        self.request_id = ""

    def identify(self) -> str:
        """The id of this reply, from the world's seed."""
        assert self.world is not None
        self.request_id = self.world.next_request_id()
        return self.request_id

    async def whole(self, body: bytes, more: Mapping[str, str], started: int) -> None:
        headers = self._headers(JSON_TYPE.encode(), started)
        headers.append((b"content-length", b"%d" % len(body)))
        for name, value in more.items():
            headers.append((name.encode(), value.encode()))
        self._note(200, body, "done")
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, error: errors.ApiError, started: int) -> None:
        content = objects.compact(error.body())
        if error.edge:  # answered by the layer before the API, which writes JSON in its own way
            body, kind = msgspec.json.format(content, indent=4) + b"\n", b"application/json; charset=utf-8"
        else:
            body, kind = msgspec.json.format(content, indent=2), JSON_TYPE.encode()
        headers = self._headers(kind, started, plain=error.status in (401, 500))
        headers.append((b"content-length", b"%d" % len(body)))
        for name, value in error.headers.items():
            headers.append((name.encode(), value.encode()))
        self._note(error.status, body, "done")
        await self._send({"type": "http.response.start", "status": error.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def begin(self, head: Head, more: Mapping[str, str], started: int) -> None:
        headers = self._headers(head.content_type.encode(), started)
        for name, value in (*head.headers.items(), *more.items()):
            headers.append((name.encode(), value.encode()))
        if self.exchange is not None:
            self.exchange.status = head.status
        await self._send({"type": "http.response.start", "status": head.status, "headers": headers})

    async def piece(self, data: bytes) -> None:
        if self.exchange is not None:
            self.exchange.events.append(data[7 : data.index(b"\n")].decode())
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, outcome: str) -> None:
        if self.exchange is not None:
            self.exchange.outcome = outcome
        await self._send({"type": "http.response.body", "body": b""})

    def _note(self, status: int, body: bytes, outcome: str) -> None:
        exchange = self.exchange
        if exchange is not None:
            exchange.status, exchange.response, exchange.outcome = status, body, outcome

    def _headers(self, content_type: bytes, started: int, *, plain: bool = False) -> RawHeaders:
        """The headers of every recorded reply; 401 and 500 lack version and organization."""
        headers: RawHeaders = [
            (b"content-type", content_type),
            (b"x-request-id", self.request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        world = self.world
        if world is None:
            headers[1] = (b"x-request-id", b"req_" + b"0" * 32)
            return headers
        # In virtual time an answer takes no time, so that equal requests give equal bytes.
        took = 0 if world.clock.virtual else (stopwatch() - started) // 1_000_000
        headers.append((b"openai-processing-ms", b"%d" % took))
        if not plain:
            headers += [
                (b"openai-version", API_VERSION),
                (b"openai-organization", ORGANIZATION),
                (b"openai-project", world.project.encode()),
            ]
        return headers


async def _pump(
    frames: Frames, world: World, receive: Receive, reply: _Reply, more: Mapping[str, str], started: int
) -> None:
    """Send frames as they come; time belongs to the pump, and a client that goes away ends it."""
    gone = asyncio.ensure_future(_disconnected(receive))
    outcome = "left"
    try:
        for frame in frames:
            if gone.done():
                return
            match frame:
                case Head():
                    await reply.begin(frame, more, started)
                case Body():
                    await reply.piece(frame.data)
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

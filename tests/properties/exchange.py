"""One ASGI exchange, seen from the client: an answer at once, or a stream that is pulled event by event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from starlette.types import Message

T = TypeVar("T")
_loops: list[asyncio.AbstractEventLoop] = []


def loop() -> asyncio.AbstractEventLoop:
    """The one event loop everything runs on."""
    if not _loops:
        _loops.append(asyncio.new_event_loop())
    return _loops[0]


def close_loop() -> None:
    """Give the loop back."""
    while _loops:
        _loops.pop().close()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it to its end; whatever else is under way gets its turns meanwhile."""
    return loop().run_until_complete(coroutine)


class Event(NamedTuple):
    """One server-sent event, its data decoded except for `[DONE]`."""

    name: str
    data: Any
    raw: bytes


@dataclass(frozen=True)
class Answer:
    """What came back from a call."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def ok(self) -> bool:
        """Whether the call was not refused."""
        return self.status == 200


class Conversation:
    """The two ends of one ASGI exchange. When `pausing`, every piece of the body waits for leave to go on."""

    def __init__(self, body: Any, *, pausing: bool) -> None:
        self._request: bytes | None = b"" if body is None else json.dumps(body).encode()
        self._pausing = pausing
        self._start: Message = {}
        self.pieces: list[bytes] = []
        self.leave = asyncio.Event()
        self.left = asyncio.Event()
        self.wake: asyncio.Future[None] | None = None

    async def receive(self) -> Message:
        """The request, and then nothing until the client leaves."""
        if self._request is not None:
            body, self._request = self._request, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take what the server says."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["body"]:
            self.pieces.append(message["body"])
            if self._pausing and message.get("more_body"):
                self.leave.clear()
                self.wake_up()
                await self.leave.wait()

    def wake_up(self) -> None:
        """Tell the reader that something came."""
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)

    def answer(self) -> Answer:
        """Everything that came back."""
        return Answer(self._start["status"], tuple(self._start["headers"]), b"".join(self.pieces))


class Stream:
    """A reply that is read event by event. Nothing happens on the server's side between two reads."""

    def __init__(self, sent: Conversation, app: Coroutine[Any, Any, None]) -> None:
        self._sent = sent
        self._task = loop().create_task(app)
        self._task.add_done_callback(lambda _: sent.wake_up())
        self._read = 0
        self.events: list[Event] = []

    def open(self) -> bool:
        """Whether there is a stream to read; a refusal is an ordinary answer."""
        return self._arrived() and self._sent.answer().ok

    def next(self) -> Event | None:
        """The next event, or None when the body has ended."""
        if not self._arrived():
            return None
        self._read += 1
        self.events.append(_event(self._sent.pieces[self._read - 1]))
        return self.events[-1]

    def _arrived(self) -> bool:
        """Let the server go on until a piece has come that was not read, or the body has ended."""
        sent = self._sent
        while self._read == len(sent.pieces):
            if self._task.done():
                self._task.result()
                return False
            sent.wake = loop().create_future()  # before anything can come
            sent.leave.set()
            loop().run_until_complete(sent.wake)
        return True

    def __iter__(self) -> Iterator[Event]:
        while (event := self.next()) is not None:
            yield event

    def take(self, count: int) -> list[Event]:
        """Up to so many more events."""
        taken: list[Event] = []
        while len(taken) < count and (event := self.next()) is not None:
            taken.append(event)
        return taken

    def cut(self) -> None:
        """Hang up, unless the reply is over."""
        if self._task.done():
            return
        self._sent.left.set()
        run(_turns(3))  # so that the server has heard of it before it goes on
        self._sent.leave.set()
        run(_ended(self._task))

    def answer(self) -> Answer:
        """Everything that came so far."""
        return self._sent.answer()


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _ended(task: asyncio.Task[None]) -> None:
    await task


def _event(piece: bytes) -> Event:
    name, data = piece.decode().removesuffix("\n\n").split("\n")
    raw = data.removeprefix("data: ")
    return Event(name.removeprefix("event: "), "[DONE]" if raw == "[DONE]" else json.loads(raw), piece)

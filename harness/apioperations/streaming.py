"""Streams of runs as scenarios read them: to the end, up to an event, or only a few events long.

In virtual time a server sends a whole stream as fast as it can, and would be far ahead of a client that stops
in the middle. So where a stream is to be held, time stands still on the mock, and moves from one due moment
to the next until the wanted event has been sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from harness.apioperations.operation import plain
from harness.control import Control

_STANDING = "x0.000001"
"""A clock on which a minute of the test's takes no millisecond."""

_SURE = 3
"""So many equal looks in a row show that a server has sent all that is due: it sends in between."""

_LOOKS = 5_000
"""After so many looks something is wrong: each gives the server a turn."""


class StreamError(Exception):
    """What is wanted of a stream cannot be had."""


@dataclass
class RunStream:
    """A stream that was begun: what has come so far.

    `events` are names, `text` is what the deltas said, `run` and `messages` are the newest whole objects.
    `read_from` is where the part begins that the step under way reads.
    """

    name: str
    operation: str
    stream: Any
    call_number: int | None = None
    events: list[str] = field(default_factory=list)
    text: str = ""
    run: dict[str, Any] | None = None
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    error: Any = None
    ended: bool = False
    read_from: int = 0
    said_from: int = 0

    def __post_init__(self) -> None:
        self._events: Iterator[Any] = iter(self.stream)

    def next(self) -> str | None:
        """Read one event; its name, or None at the end. Raises what the SDK raises when the stream breaks."""
        try:
            item = next(self._events)
        except StopIteration:
            self.ended = True
            return None
        except BaseException:
            self.ended = True
            raise
        name, data = getattr(item, "event", None), getattr(item, "data", item)
        self.events.append(str(name or "error"))
        self._take(str(name), plain(data))
        return self.events[-1]

    def seen(self) -> dict[str, Any]:
        """What came since the step began to read, as its result."""
        seen: dict[str, Any] = {
            "events": self.events[self.read_from :],
            "text": self.text[self.said_from :],
            "run": self.run,
            "messages": list(self.messages.values()),
        }
        if self.error is not None:
            seen["error"] = self.error
        if not self.ended:
            seen["stream"] = self.name
        return seen

    def close(self) -> None:
        """Hang up."""
        self.ended = True
        self.stream.close()

    def _take(self, name: str, data: Any) -> None:
        if not name.startswith("thread."):
            self.error = data
        elif not isinstance(data, dict):
            return
        elif name == "thread.message.delta":
            for part in (data.get("delta") or {}).get("content") or []:
                self.text += ((part.get("text") or {}).get("value") or "") if isinstance(part, dict) else ""
        elif name.startswith("thread.message."):
            self.messages[str(data.get("id"))] = data
        elif name.startswith("thread.run.") and not name.startswith("thread.run.step."):
            self.run = data


@dataclass
class Streams:
    """The streams of one scenario that are open, by name."""

    open: dict[str, RunStream] = field(default_factory=dict)
    begun: int = 0
    standing: bool = False

    def add(self, operation: str, stream: Any, control: Control | None) -> RunStream:
        """Take a stream that was just begun; `control` is the door of the mock on which time stands still."""
        self.begun += 1
        number = control.journal(operation=operation)[-1]["number"] if control else None
        made = RunStream(f"stream_{self.begun}", operation, stream, number)
        self.open[made.name] = made
        return made

    def hold(self, control: Control) -> None:
        """Let time stand still on a mock."""
        if not self.standing:
            control.set_clock(_STANDING)
            self.standing = True

    def let_go(self, control: Control) -> None:
        """Let time be virtual again."""
        if self.standing:
            control.set_clock("virtual")
            self.standing = False

    def close(self) -> None:
        """Hang up on all."""
        for stream in self.open.values():
            stream.close()
        self.open.clear()


def told(events: Sequence[str]) -> str:
    """Names of events for people, equal ones that follow each other once: `thread.message.delta ×12`."""
    runs = [(name, len(list(same))) for name, same in groupby(events)]
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in runs) or "none"


def read(stream: RunStream, until: str | None, most: int | None) -> bool:
    """Read to the end, or until an event or a number of events came; whether it was the wanted one."""
    while (name := stream.next()) is not None:
        if name == until or (most is not None and len(stream.events) - stream.read_from >= most):
            return True
    return False


def read_held(stream: RunStream, control: Control, until: str | None, most: int | None) -> bool:
    """The same where time stands still: only what was sent is read, and time moves as little as it must.

    Raises StreamError when nothing is due any more and the event has not come.
    """
    while True:
        sent, over = _sent(stream, control)
        while len(stream.events) < sent or over:
            name = stream.next()
            if name is None:
                return False
            if name == until or (most is not None and len(stream.events) - stream.read_from >= most):
                return True
        clock = control.clock()
        if clock["next_due"] is None:
            raise StreamError("nothing is due that could bring another event")
        control.advance(max(0.0, clock["next_due"] - clock["now"]))


def hang_up(stream: RunStream, control: Control | None) -> None:
    """Close a stream in the middle; where time stands still, wait until the server has noticed."""
    stream.close()
    if control is not None:
        for _ in range(_LOOKS):
            if _entry(stream, control)["outcome"] != "open":
                return
        raise StreamError("the server has not noticed that its client hung up")


def _sent(stream: RunStream, control: Control) -> tuple[int, bool]:
    """How many events were sent so far, all that are due, and whether the answer is over."""
    before, equal = -1, 0
    for _ in range(_LOOKS):
        entry = _entry(stream, control)
        events = [name for name in entry.get("events", []) if name != "done"]
        if entry["outcome"] != "open":
            return len(events), True
        equal = equal + 1 if len(events) == before else 0
        if equal == _SURE:
            return len(events), False
        before = len(events)
    raise StreamError("the stream does not come to rest although time stands still")


def _entry(stream: RunStream, control: Control) -> dict[str, Any]:
    """The call in the journal."""
    number = stream.call_number
    assert number is not None
    return control.journal(after=number - 1, operation=stream.operation, limit=1)[0]

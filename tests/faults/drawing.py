"""Faults with drawn parameters, and drawn answers for them to act upon, pumped as the server pumps them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import strategies as st

from mockserver.durations import LONGEST_MS
from mockserver.faulted import operations
from mockserver.faults.acting import Acting, Part
from mockserver.faults.arming import Armed
from mockserver.faults.contract import Declaration, Fault, Occasion
from mockserver.faults.parameters import Parameter
from mockserver.frames import (
    BYTES_TYPE,
    DONE,
    JSON_TYPE,
    STREAM_TYPE,
    Bell,
    Body,
    Cut,
    Frame,
    Frames,
    Head,
    Wait,
    event,
)
from mockserver.operations import Operation
from mockserver.operations import discover as every_operation
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.world import World

OPERATIONS = {operation.name: operation for operation in every_operation() if operation.name in operations()}
STORE = Store()
PROJECTS = count()

# Parameters


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values that a parameter takes, by what it says of itself."""
    shown = parameter.kind.shown
    drawn: st.SearchStrategy[Any]
    if shown.startswith("a duration"):
        drawn = st.integers(0, 600_000) | st.sampled_from([0, 1, 1000, 60_000, 3_600_000, LONGEST_MS])
    elif bounds := re.fullmatch(r"a whole number from (\d+) to (\d+)", shown):
        low, high = int(bounds[1]), int(bounds[2])
        drawn = st.integers(low, min(low + 5, high)) | st.integers(low, high)
    elif shown == "a number from 0 to 1":
        drawn = st.floats(0, 1)
    elif shown == "true or false":
        drawn = st.booleans()
    elif shown.startswith("one of "):
        drawn = st.sampled_from(shown.removeprefix("one of ").split(", "))
    else:
        assert shown == "a text", f"{parameter.name} is a parameter of a new kind: {shown}"
        drawn = st.text(min_size=1, max_size=12) | st.text('",;()\\= \naé', min_size=1, max_size=6)
    return drawn | st.none() if parameter.default is None else drawn


@st.composite
def faults(draw: st.DrawFn, declaration: Declaration) -> Fault:
    """A fault of this kind with some of its parameters given."""
    given = {parameter.name: draw(values(parameter)) for parameter in declaration.parameters}
    kept = draw(st.sets(st.sampled_from(sorted(given)))) if given else set()
    return declaration.make({name: given[name] for name in kept if given[name] is not None})


# Answers

Pattern = list[Frame | int]
"""An answer as it is drawn: its frames, and between them the milliseconds of its waits."""

OBJECTS: list[dict[str, Any]] = [
    {"object": "list", "data": [{"id": "msg_1"}, {"id": "msg_2"}], "first_id": "msg_1", "last_id": "msg_2"}
    | {"has_more": False},
    {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None},
    {"id": "run_1", "object": "thread.run", "thread_id": "thread_1", "status": "completed"}
    | {"usage": {"total_tokens": 1}, "last_error": None, "required_action": None},
    {
        "id": "msg_1",
        "object": "thread.message",
        "content": [
            {
                "type": "text",
                "text": {"value": "Ä 【1】", "annotations": [{"file_citation": {"file_id": "a"}}]},
            }
        ],
    },
    {"object": "vector_store.search_results.page", "data": [{"score": 0.5, "content": [{"text": "x"}]}]},
    {"id": "vs_1", "object": "vector_store", "status": "completed", "file_counts": {"total": 1}},
]
NAMES = (
    *("thread.created", "thread.run.created", "thread.run.queued", "thread.run.in_progress"),
    *("thread.message.created", "thread.message.delta", "thread.message.completed"),
    *("thread.run.step.delta", "thread.run.requires_action", "thread.run.completed"),
)

_json = st.sampled_from(OBJECTS) | st.dictionaries(
    st.text(max_size=5), st.none() | st.integers(0, 9) | st.text(max_size=5), max_size=3
)


@st.composite
def answers(draw: st.DrawFn) -> Pattern:
    """What an operation may answer: an object, a refusal, a stream, a file, or an answer that is cut."""
    kind = draw(st.sampled_from(["object", "refusal", "stream", "stream", "file", "page"]))
    if kind == "stream":
        names = draw(st.lists(st.sampled_from(NAMES), max_size=8))
        told = [event(name, json.dumps(draw(_json), ensure_ascii=False).encode()) for name in names]
        bodies = told + [DONE] * draw(st.booleans())
        head = Head(content_type=STREAM_TYPE)
    else:
        if kind == "file":
            whole, status, media = draw(st.binary(max_size=60)), 200, BYTES_TYPE
        elif kind == "page":
            whole, status, media = b"<html>Sign in</html>", 200, "text/html"
        else:
            whole, media = json.dumps(draw(_json), ensure_ascii=False).encode(), JSON_TYPE
            status = 200 if kind == "object" else draw(st.sampled_from([400, 404, 429, 500]))
        bodies = [whole]
        head = Head(status, {}, media, len(whole), foreign=kind == "page")
    if draw(st.booleans()):
        bodies = _in_pieces(b"".join(bodies), draw(st.integers(1, 40)))
    pattern: Pattern = [head, *map(Body, bodies)]
    for _ in range(draw(st.integers(0, 4))):
        pattern.insert(draw(st.integers(0, len(pattern))), draw(st.integers(0, 100_000)))
    if draw(st.integers(0, 4)) == 0:
        del pattern[draw(st.integers(0, len(pattern))) :]
        pattern.append(Cut(reset=draw(st.booleans())))
    return pattern


def _in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


# One call


@dataclass
class Performance:
    """What came of one call under faults: the frames that went out, and the waits on both sides."""

    sent: list[Frame] = field(default_factory=list)
    pulled: list[Wait] = field(default_factory=list)
    passed: list[Wait] = field(default_factory=list)
    performed: int = 0
    stood_still: int = 0

    @property
    def head(self) -> Head | None:
        """The head of the answer, None where the connection was dropped before."""
        heads = [frame for frame in self.sent if isinstance(frame, Head)]
        assert len(heads) <= 1, "an answer has one head"
        return heads[0] if heads else None

    @property
    def body(self) -> bytes:
        """What was sent after the head."""
        return b"".join(frame.data for frame in self.sent if isinstance(frame, Body))

    @property
    def cut(self) -> bool:
        """Whether the connection was dropped."""
        return bool(self.sent) and isinstance(self.sent[-1], Cut)


def call(operation: Operation, body: bytes, chosen: list[Fault], answer: Pattern) -> Performance | None:
    """Let faults act on a call that is answered so; None if one of them does not fit it."""
    world = World(f"proj_{next(PROJECTS)}", STORE, Settings(clock="virtual"))
    exchange = world.journal.exchange(
        world.clock.now(), operation.name, operation.method, operation.path, "", body, "req_0"
    )
    seen = Performance()

    def operate(ready: Callable[[], None]) -> Frames:
        ready()
        seen.performed += 1
        return _played(world, answer, seen)

    acting = Acting(world, exchange, operate)
    ids = {name: f"{name.removesuffix('_id')}_1" for name in re.findall(r"\{(\w+)\}", operation.path)}
    for number, fault in enumerate(chosen):
        occasion = Occasion(
            world=world,
            operation=operation.name,
            mutates=operation.mutates,
            ids=ids,
            body=body,
            headers={},
            request_id="req_0",
            dice=world.chance.dice(f"fault/{number}"),
            perform=acting.perform,
            method=operation.method,
            path=operation.path,
            detailed=operation.detailed,
        )
        if not fault.declaration.applies(operation.name, mutates=operation.mutates):
            return None
        if not fault.fits(occasion):
            return None
        acting.parts.append(Part(Armed(f"fault_{number}", fault, reserved=1), occasion))
    plain = world.settings
    for frame in _pumped(world, acting.answer(), seen):
        seen.sent.append(frame)
    acting.end()
    assert world.settings is plain
    assert world.acting is None
    assert [part.armed.reserved for part in acting.parts] == [0] * len(chosen)
    assert all(part.armed.fired == part.noted for part in acting.parts)
    return seen


def _played(world: World, answer: Pattern, seen: Performance) -> Iterator[Frame]:
    for entry in answer:
        if isinstance(entry, int):
            wait = Wait(world.clock.now() + entry, Bell())
            seen.pulled.append(wait)
            yield wait
        else:
            yield entry


def _pumped(world: World, frames: Frames, seen: Performance) -> Iterator[Frame]:
    """The frames but for the waits, with time moving as it does in virtual time."""
    for frame in frames:
        if isinstance(frame, Wait):
            if any(frame is wait for wait in seen.pulled):
                seen.passed.append(frame)
            else:
                seen.stood_still += frame.until <= world.clock.now()
            world.clock.advance_to(frame.until)
            continue
        yield frame
        if isinstance(frame, Cut):
            return

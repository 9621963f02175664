"""Who said what on which thread, read from a journal: user messages, and the runs that answer them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.explore.scene import Scene
from harness.handle.history import Exchange

_THREAD = re.compile(r"/threads/([^/]+)")
_CREATED = "thread.run.created"


@dataclass(frozen=True, slots=True)
class Question:
    """User messages that a call has stored: how many, and which request brought them."""

    call: Exchange
    count: int


@dataclass(slots=True)
class Answer:
    """A run: the call that began it, its id, and how it ended (None while it has not)."""

    call: Exchange
    run_id: str
    ended: str | None = None


@dataclass(slots=True)
class Conversation:
    """What happened on one thread, in order."""

    thread: str
    turns: list[Question | Answer] = field(default_factory=list)

    @property
    def answers(self) -> list[Answer]:
        """The runs."""
        return [turn for turn in self.turns if isinstance(turn, Answer)]


def conversations(scene: Scene) -> list[Conversation]:
    """Every thread of a scene that was used, in the order of first use."""
    reader = _Reader(scene)
    found: dict[str, Conversation] = {}
    for call in scene.calls:
        if not call.done:
            continue
        runs = reader.begun_by(call)
        thread = _thread_of(call, reader, runs)
        if thread is None:
            continue
        talk = found.setdefault(thread, Conversation(thread))
        if count := questions_in(call):
            talk.turns.append(Question(call, count))
        talk.turns += [Answer(call, run, reader.ends.get(run)) for run in runs]
    return list(found.values())


def questions_in(call: Exchange) -> int:
    """How many user messages a performed call has stored."""
    request = call.request if isinstance(call.request, dict) else {}
    times = delivered(call)
    match call.operation:
        case "messages.create":
            return times * (request.get("role") == "user")
        case "threads.create":
            return times * sum(_said(request.get("messages")))
        case "runs.create":
            return times * sum(_said(request.get("additional_messages")))
        case "threads.create_and_run":
            thread = request.get("thread")
            return times * sum(_said(thread.get("messages") if isinstance(thread, dict) else None))
    return 0


def delivered(call: Exchange) -> int:
    """How often the server has performed a call that it has performed."""
    return 2 if any(fault.startswith("double_delivery") for fault in call.faults) else 1


class _Reader:
    """Runs by the calls that began them, and how they ended."""

    def __init__(self, scene: Scene) -> None:
        self.ends: dict[str, str] = {}
        self.parents = {
            str(row["id"]): str(row.get("parent")) for row in scene.objects if row["object"] == "thread.run"
        }
        self._begun: dict[int, list[str]] = {}
        last: Exchange | None = None
        for entry in scene.entries:
            if isinstance(entry, Exchange):
                last = entry
            elif entry.event == _CREATED and last is not None:
                if last.operation in ("runs.create", "threads.create_and_run"):
                    self._begun.setdefault(last.number, []).append(entry.subject)
            elif entry.event.startswith("thread.run."):
                status = entry.event.removeprefix("thread.run.")
                if status in ("completed", "failed", "cancelled", "expired", "incomplete"):
                    self.ends[entry.subject] = status

    def begun_by(self, call: Exchange) -> list[str]:
        """The ids of the runs that a call has begun; those of a foreign client are not its own."""
        begun = self._begun.get(call.number, [])
        return begun[-delivered(call) :] if begun else []


def _thread_of(call: Exchange, reader: _Reader, runs: list[str]) -> str | None:
    named = _THREAD.search(call.path)
    if named and named[1] != "runs":
        return named[1]
    if call.operation == "threads.create" and isinstance(call.response, dict):
        return str(call.response.get("id"))
    if call.operation == "threads.create_and_run":
        return next((reader.parents[run] for run in runs if run in reader.parents), None)
    return None


def _said(messages: Any) -> Iterator[bool]:
    for message in messages if isinstance(messages, list) else ():
        yield isinstance(message, dict) and message.get("role") == "user"


def repeated(calls: list[Exchange]) -> list[list[Exchange]]:
    """Calls with the same address and body, where they were performed more than once together."""
    counted: Counter[str] = Counter()
    groups: dict[str, list[Exchange]] = {}
    for call in calls:
        key = f"{call.path} {call.request!r}"
        counted[key] += delivered(call)
        groups.setdefault(key, []).append(call)
    return [group for key, group in groups.items() if counted[key] > 1]

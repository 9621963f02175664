"""`wait: {run: "${run}", until: completed, within: 60s}`: says what is waited for, not how to poll."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.apioperations import find
from harness.durations import written
from harness.scenarios.mistakes import nearest
from harness.scenarios.model import Node, ScenarioError, Step
from harness.scenarios.shapes import Shape, duration, either, listing, mapping, names, text, word
from harness.steps.contract import UnmetError, Verb, verb

if TYPE_CHECKING:
    from harness.playing.scope import Scope

WITHIN = "60s"
"""How long is waited when nobody says it."""

_SHORTEST_PAUSE, _FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.25, 5.0
"""Seconds between polls: the least, and how many at first and at last where the target does not say."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """One kind of thing that is waited for.

    `read` is the operation that polls it; `ids` says which of its arguments are taken from which fields of
    what stands in the step, the first that is there. `final` are statuses that last; `resting` those that
    last until the client does something, or one of the named comes by itself.
    """

    about: str
    read: str
    ids: Mapping[str, tuple[str, ...]]
    working: tuple[str, ...]
    final: tuple[str, ...]
    resting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def statuses(self) -> tuple[str, ...]:
        """All there are."""
        return (*self.working, *self.resting, *self.final)

    def lasts(self, status: str, until: list[str]) -> bool:
        """Whether waiting on for one of `until` would be in vain."""
        return status in self.final or (status in self.resting and not set(until) & set(self.resting[status]))


KINDS: Mapping[str, Awaited] = {
    "run": Awaited(
        "A run: what runs.create gave, or {thread_id, run_id}.",
        "runs.retrieve",
        {"thread_id": ("thread_id",), "run_id": ("run_id", "id")},
        ("queued", "in_progress", "cancelling"),
        ("completed", "failed", "cancelled", "expired", "incomplete"),
        {"requires_action": ("expired",)},
    ),
    "vector_store_file": Awaited(
        "A file in a vector store: {vector_store_id, file_id}, or what vector_stores.files.create gave.",
        "vector_stores.files.retrieve",
        {"vector_store_id": ("vector_store_id",), "file_id": ("file_id", "id")},
        ("in_progress",),
        ("completed", "failed", "cancelled"),
    ),
    "vector_store": Awaited(
        "A vector store: its object or its id.",
        "vector_stores.retrieve",
        {"vector_store_id": ("vector_store_id", "id")},
        ("in_progress",),
        ("expired",),
        {"completed": ("expired",)},
    ),
    "file_batch": Awaited(
        "A batch of files in a vector store: what vector_stores.file_batches.create gave, or"
        " {vector_store_id, batch_id}.",
        "vector_stores.file_batches.retrieve",
        {"vector_store_id": ("vector_store_id",), "batch_id": ("batch_id", "id")},
        ("in_progress",),
        ("completed", "failed", "cancelled"),
    ),
    "file": Awaited(
        "A file: its object or its id.",
        "files.retrieve",
        {"file_id": ("file_id", "id")},
        ("uploaded",),
        ("processed", "error"),
    ),
}

_STATUSES = tuple(dict.fromkeys(status for kind in KINDS.values() for status in kind.statuses))

SCHEMA: Shape = mapping(
    "Poll until a status is reached. The result is the object as it is then, with all `statuses` seen.",
    ("until",),
    **{name: either(names({}), word(), about=kind.about) for name, kind in KINDS.items()},
    until=either(
        text("", examples=list(_STATUSES)),
        listing(text(), least=1),
        about="The status that is waited for, or several of which one is enough.",
    ),
    within=duration(f"How much of the target's time it may take; {WITHIN} unless it says so."),
)


def check(operation: str, node: Node) -> Iterator[ScenarioError]:
    """Find what is waited for twice or not at all, and statuses that it never has."""
    if not isinstance(node.value, dict):
        return
    kinds = [name for name in KINDS if name in node.value]
    if len(kinds) != 1:
        known = ", ".join(KINDS)
        reason = (
            f"it waits for {' and '.join(kinds)} at once" if kinds else "it does not say what it waits for"
        )
        yield ScenarioError(node.place_of(*kinds[1:2]), reason, f"name one of {known}")
        return
    kind = KINDS[kinds[0]]
    until = node.value.get("until")
    for index, status in enumerate(until if isinstance(until, list) else [until]):
        if isinstance(status, str) and "${" not in status and status not in kind.statuses:
            at = node["until"][index] if isinstance(until, list) else node["until"]
            reason = f"a {kinds[0].replace('_', ' ')} is never '{status}'"
            yield ScenarioError(
                at.value_place, reason, nearest(status, kind.statuses, otherwise="it is one of")
            )


def needs(operation: str, node: Node) -> Set[str]:
    """What it takes to read the thing."""
    known = node.value if isinstance(node.value, dict) else {}
    return {find(kind.read).capability for name, kind in KINDS.items() if name in known}


def perform(step: Step, arguments: Any, scope: Scope) -> Any:
    """Poll until it is so. Raises UnmetError as soon as it is clear that it will not be."""
    name = next(name for name in KINDS if name in arguments)
    until = arguments["until"] if isinstance(arguments["until"], list) else [arguments["until"]]
    return _Waiting(
        KINDS[name], arguments[name], until, written(arguments.get("within", WITHIN)), scope
    ).wait()


class _Waiting:
    """Waiting for one thing."""

    def __init__(self, kind: Awaited, thing: Any, until: list[str], within: float, scope: Scope) -> None:
        self.kind = kind
        self.ids = _ids(kind, thing)
        self.until = until
        self.within = within
        self.scope = scope
        self.began = scope.connection.now()
        given = thing.get("status") if isinstance(thing, dict) else None
        self.seen: list[str] = [given] if isinstance(given, str) else []
        self.found: dict[str, Any] = {}

    def wait(self) -> dict[str, Any]:
        """The thing when it is as wanted."""
        pause, now = _FIRST_PAUSE, self.began
        while True:
            before = self.seen[-1] if self.seen else None
            reply = find(self.kind.read).exchange(self.scope.client, self.ids)
            self.found = reply.data
            status = str(self.found.get("status"))
            if status != before:
                self.seen.append(status)
            asked, now = now, self.scope.connection.now()
            took = now - self.began
            if took > self.within:
                raise self.unmet(self._late(before, status, took))
            if status in self.until:
                return {**self.found, "statuses": self.seen}
            if self.kind.lasts(status, self.until):
                raise self.unmet(f"it is {status} instead, and will stay so")
            if not (self.scope.virtual and (now > asked or status != before)):
                left = self.within - took
                if left <= 0:
                    raise self.unmet(f"it was still {status} after {_spoken(self.within)}")
                self.scope.connection.pause(min(left, self._pause(reply.headers, pause, now)))
                now, pause = self.scope.connection.now(), min(pause * 1.5, _LONGEST_PAUSE)

    def unmet(self, reason: str) -> UnmetError:
        """The end of the waiting: what was seen, and what the thing says of itself."""
        what = list(self.ids.values())[-1]
        facts = [f"statuses seen: {' -> '.join(self.seen)}"]
        error = self.found.get("last_error")
        if isinstance(error, dict):
            facts.append(f"last_error: {error.get('code')}: {error.get('message')}")
        details = self.found.get("incomplete_details")
        if isinstance(details, dict):
            facts.append(f"incomplete_details: {details.get('reason')}")
        facts += _calls(self.found.get("required_action"))
        if self.scope.virtual and self.scope.connection.control is not None:
            due = self.scope.connection.control.clock().get("next_due")
            if due is None and not self.kind.lasts(self.seen[-1], []):
                facts.append("nothing is pending that could change it")
        return UnmetError(f"{what} did not become {' or '.join(self.until)}: {reason}", *facts)

    def _late(self, before: str | None, status: str, took: float) -> str:
        """What it was when the time was over: the poll that found out may have gone beyond."""
        allowed = _spoken(self.within)
        if before is None or status == before:
            return f"it was still {status} after {allowed}"
        return f"it was still {before} after {allowed}, and {status} only after {_spoken(took)}"

    def _pause(self, headers: Mapping[str, str], pause: float, now: float) -> float:
        """How many seconds until it is worth asking again."""
        if self.scope.virtual and self.scope.connection.control is not None:
            due = self.scope.connection.control.clock().get("next_due")
            return math.inf if due is None else max(due - now, 0.001)
        try:
            wall = float(headers["openai-poll-after-ms"]) / 1000
        except (KeyError, ValueError):
            return pause
        return max(wall, _SHORTEST_PAUSE) * self.scope.speed


def _ids(kind: Awaited, thing: Any) -> dict[str, str]:
    """The arguments that read the thing. Raises UnmetError when it does not say which it is."""
    if isinstance(thing, str) and len(kind.ids) == 1:
        return {next(iter(kind.ids)): thing}
    found = {}
    for argument, fields in kind.ids.items():
        value = (
            next((thing[each] for each in fields if thing.get(each)), None)
            if isinstance(thing, dict)
            else None
        )
        if not isinstance(value, str):
            raise UnmetError(f"what is waited for has no {argument}", kind.about)
        found[argument] = value
    return found


def _calls(action: Any) -> list[str]:
    if not isinstance(action, dict):
        return []
    calls = [call.get("function", {}) for call in action.get("submit_tool_outputs", {}).get("tool_calls", [])]
    return [f"it waits for the outputs of {each.get('name')}({each.get('arguments')})" for each in calls]


def _spoken(length: float) -> str:
    return f"{round(length, 3):g} s"


verb(Verb("wait", {"wait": SCHEMA}, check, perform, needs))

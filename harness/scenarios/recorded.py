"""Recorded calls as steps: one after the other, as a client would have to be told to make them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from harness.scenarios.attempts import Called, broken_off
from harness.scenarios.knownids import KnownIds, marked, named, object_of
from harness.scenarios.sayings import Saying, Unsayable, saying_of
from harness.steps.wait import KINDS, WITHIN, Awaited

_PAUSE = 1.0
"""Shorter pauses between two calls are nobody's intention."""

_MOST_REPEATS = 10
"""Who read the same more often than that waited for something; the file need not."""

_POLLS: Mapping[str, tuple[str, Awaited]] = {kind.read: (name, kind) for name, kind in KINDS.items()}
_NAMES = {
    "thread.message": "message",
    "thread.run": "run",
    "thread.run.step": "step",
    "vector_store": "store",
    "vector_store.file": "store_file",
    "vector_store.files_batch": "batch",
    "vector_store.file_batch": "batch",
    "upload.part": "part",
}


@dataclass
class WrittenStep:
    """One step as it will stand in a file; one that is `unsaid` is only the remark."""

    operation: str = ""
    arguments: Any = None
    called: str = "result"
    bind: str | None = None
    said: dict[str, Any] = field(default_factory=dict)
    remark: str = ""
    unsaid: bool = False

    def written(self) -> dict[str, Any]:
        """It as a mapping."""
        return {self.operation: self.arguments} | ({"as": self.bind} if self.bind else {}) | self.said


class Recording:
    """The calls of a program, to be read once. `remarks` are what is to be said of the whole."""

    def __init__(self, calls: Sequence[Called], contents: Mapping[str, str]) -> None:
        self.remarks: list[str] = []
        self._calls = calls
        self._contents = contents
        self._ids = KnownIds()
        self._steps: list[WrittenStep] = []
        self._statuses: dict[tuple[str, str], str] = {}
        self._over = 0.0
        self._watched = {call.last.operation for call in calls if call.faults}

    def acted(self) -> Iterator[str]:
        """Each fault that acted, ordered for its call: `lost_ack at messages.create#1`."""
        counts: dict[str, int] = {}
        attempts = sorted(
            (each for call in self._calls for each in call.attempts), key=lambda each: each.number
        )
        for exchange in attempts:
            counts[exchange.operation] = ordinal = counts.get(exchange.operation, 0) + 1
            for fault in exchange.faults:
                yield f"{fault} at {exchange.operation}#{ordinal}"

    def steps(self) -> Sequence[WrittenStep]:
        """All of it, with names for what is referred to."""
        index = 0
        while index < len(self._calls):
            index += self._polled(index) or self._repeated(index) or self._once(self._calls[index])
        unsaid = sum(step.unsaid for step in self._steps)
        if unsaid:
            self.remarks.append(
                f"{_counted(unsaid, 'call')} could not be written as a step: see the comments."
            )
        self._name()
        return self._steps

    def _polled(self, index: int) -> int:
        """How many calls from here on are one waiting, which is written down; 0 where they are not."""
        first = self._calls[index]
        _, kind = _POLLS.get(first.last.operation, ("", None))
        if kind is None or not self._reads(first):
            return 0
        group = []
        for call in self._calls[index:]:
            if not self._reads(call) or call.last.path != first.last.path:
                break
            group.append(call)
            if call.last.response["status"] in (*kind.resting, *kind.final):
                break
        last = group[-1].last
        status, subject = last.response["status"], (last.response.get("object"), last.response.get("id"))
        if status not in kind.statuses or status == self._statuses.get((str(subject[0]), str(subject[1]))):
            return 0
        self._wait(kind, [call.last for call in group], status)
        return len(group)

    def _reads(self, call: Called) -> bool:
        """Whether a call only asks for a status, and no fault makes one such call another than the next."""
        last = call.last
        return (
            last.operation in _POLLS
            and last.operation not in self._watched
            and last.succeeded
            and not broken_off(last)
            and not last.query
            and isinstance(last.response, dict)
            and isinstance(last.response.get("status"), str)
        )

    def _wait(self, kind: Awaited, polls: Sequence[Any], status: str) -> None:
        name, _ = _POLLS[kind.read]
        last = polls[-1]
        ids = saying_of(last, self._ids, self._contents).arguments
        thing: Any = ids
        if (
            len(whole := [mark for mark in ids.values() if object_of(str(mark))])
            and name != "vector_store_file"
        ):
            thing = object_of(str(list(ids.values())[-1])) or ids
        within = max(float(WITHIN.removesuffix("s")), math.ceil(2 * (_end(last) - self._over)))
        arguments = {name: thing if whole else ids, "until": status, "within": f"{within:g}s"}
        self._add(WrittenStep("wait", arguments, _name(last.response, last.operation)), last.response)
        since = next(poll for poll in polls if poll.response["status"] == status).at
        self._over = _end(last)
        if status in kind.working and last.at - since >= _PAUSE:
            self._pause(last.at - since)

    def _repeated(self, index: int) -> int:
        """How many calls from here on read the same, one after the other; 0 for one alone."""
        first = self._calls[index].last
        group = []
        for call in self._calls[index:]:
            last = call.last
            same = (last.operation, last.path, last.query) == (first.operation, first.path, first.query)
            if not same or last.method != "GET" or call.faults or not last.succeeded or broken_off(last):
                break
            group.append(call)
        if len(group) < 2:
            return 0
        slept = sum(max(0.0, later.last.at - _end(earlier.last)) for earlier, later in pairwise(group))
        self._over -= slept  # it is waited before the first, so that all of them see what the last one saw
        times = len(group) if first.operation in self._watched else min(len(group), _MOST_REPEATS)
        self._once(group[-1], times, f"read {len(group)} times" if len(group) > times else "", at=first.at)
        return len(group)

    def _once(self, call: Called, times: int = 1, remark: str = "", at: float | None = None) -> int:
        """Write one call down, what was slept before it included."""
        last = call.last
        slept = (call.attempts[0].at if at is None else at) - self._over
        if slept >= _PAUSE:
            self._pause(slept)
        self._over = max(_end(each) for each in call.attempts)
        try:
            saying = saying_of(last, self._ids, self._contents)
        except Unsayable as reason:
            self._steps.append(WrittenStep(remark=f"{last}: {reason}", unsaid=True))
            return 1
        for found in saying.remarks:
            if found not in self.remarks:
                self.remarks.append(found)
        said: dict[str, Any] = dict(saying.said)
        if times > 1:
            said["repeat"] = times
        step = WrittenStep(
            saying.operation, saying.arguments, _name(last.response, saying.named), said=said, remark=remark
        )
        self._add(step, last.response, saying)
        return 1

    def _add(self, step: WrittenStep, response: Any, saying: Saying | None = None) -> None:
        number = len(self._steps)
        self._steps.append(step)
        if saying is not None and saying.operation == "stream":
            run = saying.arguments.get("runs.submit_tool_outputs", {}).get("run_id")
            self._ids.stream(number, run)
            return
        if "expect_error" in step.said:
            return
        self._ids.learn(response, number, "body" if step.operation == "request" else "")
        if isinstance(response, dict) and isinstance(response.get("status"), str):
            self._statuses[str(response.get("object")), str(response.get("id"))] = response["status"]

    def _pause(self, seconds: float) -> None:
        ms = round(seconds * 1000)
        self._steps.append(WrittenStep("advance", f"{ms}ms" if ms % 1000 else f"{ms // 1000}s"))

    def _name(self) -> None:
        """Give names to the steps that others refer to, and put them in."""
        used = {number for step in self._steps for number in marked([step.arguments, step.said])}
        names: dict[int, str] = {}
        for number in sorted(used):
            base, taken = self._steps[number].called, set(names.values())
            names[number] = base if base not in taken else _free(base, taken)
            self._steps[number].bind = names[number]
        for step in self._steps:
            step.arguments, step.said = named(step.arguments, names), named(step.said, names)


def _free(base: str, taken: set[str]) -> str:
    return next(name for count in range(2, len(taken) + 3) if (name := f"{base}_{count}") not in taken)


def _name(response: Any, operation: str) -> str:
    """What people would call the result of an operation."""
    kind = response.get("object") if isinstance(response, dict) else None
    parts = operation.split(".")
    if operation in ("stream", "request") or not isinstance(kind, str):
        return parts[0] if len(parts) == 1 else "result"
    if kind == "list" or kind.endswith(".page"):
        return parts[-2] if parts[-1] == "list" else parts[-1]
    return _NAMES.get(kind, kind.replace(".", "_"))


def _end(exchange: Any) -> float:
    return float(exchange.at if exchange.ended is None else exchange.ended)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

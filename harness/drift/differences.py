"""Where the answers of two targets to the same scenarios differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from harness.drift.normalisation import Normaliser
from harness.playing.outcome import Outcome, StepRecord
from harness.reports.words import counted, shortened
from harness.scenarios.model import Node, Scenario, Step

KINDS: Mapping[str, str] = {
    "outcome": "one went well, the other did not",
    "error": "another status, type, code or parameter of an error",
    "error text": "another text of an error",
    "status": "another status of an object",
    "statuses": "states in another order, or states only one of them has",
    "missing": "a field the second does not have",
    "extra": "a field the first does not have",
    "type": "a field of another type",
    "value": "a field with another value",
    "length": "a list with more or fewer entries",
    "events": "other events in a stream, or in another order",
}
"""What may differ, and what it means."""

_ERROR_FIELDS = ("status", "type", "code", "param", "exception")
_ABSENT = "absent"
_STAND_INS = {"<time>": "time", "<number>": "number", "<annotations>": "list"}
_MOST = 160
_INDEX = re.compile(r"(?<![^.])\d+(?![^.])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One difference: in which step, of which kind, at which path of its result, and what each showed."""

    scenario: str
    step: str
    operation: str
    kind: str
    path: str
    first: str
    second: str

    @property
    def sort(self) -> tuple[str, str, str]:
        """What it has in common with those of other steps: operation, kind, and path but for indexes."""
        return self.operation, self.kind, _INDEX.sub("*", self.path)


@dataclass(slots=True)
class Drift:
    """The differences between two targets, how much was compared, and what could not be, and why."""

    first: str
    second: str
    entries: list[Entry] = field(default_factory=list)
    scenarios: int = 0
    steps: int = 0
    uncompared: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, int]:
        """How many differences there are of each kind, in the order of `KINDS`."""
        counts = Counter(entry.kind for entry in self.entries)
        return {kind: counts[kind] for kind in KINDS if counts[kind]}

    @property
    def distinct(self) -> int:
        """How many differences there are when those count once that show in many steps."""
        return len({entry.sort for entry in self.entries})

    @property
    def different(self) -> bool:
        """Whether anything differs, or broke on both so that nobody can tell."""
        return bool(self.entries or self.broken)


def drift_between(first: Sequence[Outcome], second: Sequence[Outcome], names: tuple[str, str]) -> Drift:
    """Compare what the same scenarios did on two targets of these names."""
    drift = Drift(*names)
    others = {outcome.scenario.id: outcome for outcome in second}
    for one in first:
        other = others.get(one.scenario.id)
        name = one.scenario.name
        skipped = next((each for each in (one, other) if each is None or each.status == "skipped"), one)
        if skipped is None or other is None:
            drift.uncompared[name] = f"it was not played on {drift.second}"
        elif skipped.status == "skipped":
            drift.uncompared[name] = skipped.reason
        else:
            drift.scenarios += 1
            _compare(one, other, drift)
    return drift


def comparable(scenario: Scenario) -> Scenario:
    """The scenario without its expectations: what is unexpected on one target is to be seen, not to end it.

    Where an error is expected any error will do; steps that `live` leaves out stay left out.
    """
    return replace(scenario, steps=tuple(map(_unjudged, scenario.steps)), attempts=1)


def _unjudged(step: Step) -> Step:
    any_error = step.expect_error and Node({}, step.expect_error.places, step.expect_error.way)
    branches = tuple(tuple(map(_unjudged, branch)) for branch in step.branches)
    return replace(step, expect=None, expect_error=any_error, live=None, branches=branches)


def _compare(one: Outcome, other: Outcome, drift: Drift) -> None:
    """Compare a scenario step by step, as far as both went."""
    first, second, name = Normaliser(), Normaliser(), one.scenario.name
    known = len(drift.entries)
    for left, right in zip(one.records, other.records, strict=False):
        if left.number != right.number:
            break
        if left.skipped or right.skipped:  # what only one of them showed must not shift the other's names
            drift.uncompared[f"{name}, step {left.number}"] = left.skipped or right.skipped
            continue
        here, there = first.seen(left), second.seen(right)
        drift.steps += 1
        for kind, path, a, b in _differences(left, right, here, there):
            entry = Entry(name, left.number, left.operation, kind, path, _shown(a), _shown(b))
            drift.entries.append(entry)
    if one.status == other.status == "failed":
        drift.broken[name] = one.reason
    elif one.status != other.status:
        _stopped(one, other, drift, told=any(each.kind == "outcome" for each in drift.entries[known:]))


def _stopped(one: Outcome, other: Outcome, drift: Drift, *, told: bool) -> None:
    """One of them ended early: say so, unless an entry has `told` it, and name what was not compared."""
    failed, went_on = (one, other) if one.status == "failed" else (other, one)
    step = failed.failure.step if failed.failure else None
    name, number = one.scenario.name, step.number if step else ""
    if not told:
        texts = [f"stopped: {each.reason}" if each is failed else "went on" for each in (one, other)]
        operation = step.operation if step else ""
        drift.entries.append(Entry(name, number, operation, "outcome", "", *map(_shown, texts)))
    missed = len(went_on.records) - len(failed.records)
    if missed > 0:
        after = f" after step {number}" if number else ""
        drift.uncompared[f"{name}, {counted(missed, 'step')}{after}"] = f"{failed.target} had stopped"


def _differences(
    left: StepRecord, right: StepRecord, here: Any, there: Any
) -> Iterator[tuple[str, str, Any, Any]]:
    if (left.error is None) != (right.error is None):
        yield "outcome", "", _how(left, here), _how(right, there)
    elif left.error is not None:
        for name in _ERROR_FIELDS:
            if here.get(name) != there.get(name):
                yield "error", name, here.get(name), there.get(name)
        if here.get("message") != there.get("message"):
            yield "error text", "message", here.get("message"), there.get("message")
    else:
        yield from _unlike("", here, there)


def _unlike(path: str, here: Any, there: Any) -> Iterator[tuple[str, str, Any, Any]]:
    """Where two results differ."""
    name = path.rpartition(".")[2]
    if isinstance(here, list) and isinstance(there, list) and name in ("events", "statuses"):
        yield from _sequences(name, path, here, there)
    elif isinstance(here, Mapping) and isinstance(there, Mapping):
        for key in here:
            below = f"{path}.{key}" if path else str(key)
            if key not in there:
                yield "missing", below, here[key], _ABSENT
            else:
                yield from _unlike(below, here[key], there[key])
        for key in there:
            if key not in here:
                yield "extra", f"{path}.{key}" if path else str(key), _ABSENT, there[key]
    elif isinstance(here, list) and isinstance(there, list):
        if len(here) != len(there):
            yield "length", path, len(here), len(there)
        for index, (one, other) in enumerate(zip(here, there, strict=False)):
            yield from _unlike(f"{path}.{index}" if path else str(index), one, other)
    elif _kind(here) != _kind(there):
        yield "type", path, here, there
    elif here != there:
        yield "status" if name == "status" else "value", path, here, there


def _sequences(
    kind: str, path: str, here: list[Any], there: list[Any]
) -> Iterator[tuple[str, str, Any, Any]]:
    """Events and statuses: how often one comes in a row is nobody's business; polling may miss a status."""
    one, other = ([key for key, _ in groupby(names)] for names in (here, there))
    if kind == "statuses" and (_in_order(one, other) or _in_order(other, one)) and one[-1:] == other[-1:]:
        return
    for change, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if change != "equal":
            after = f" after {one[a - 1]}" if a else " first"
            yield (
                kind,
                path,
                ", ".join(map(str, one[a:b])) or _ABSENT,
                (", ".join(map(str, other[c:d])) or _ABSENT) + after,
            )


def _in_order(few: Sequence[Any], many: Sequence[Any]) -> bool:
    rest = iter(many)
    return all(item in rest for item in few)


def _kind(value: Any) -> str:
    if isinstance(value, str) and value in _STAND_INS:
        return _STAND_INS[value]
    for kind, name in (
        (bool, "boolean"),
        (int | float, "number"),
        (str, "text"),
        (Mapping, "object"),
        (list, "list"),
    ):
        if isinstance(value, kind):
            return name
    return "null"


def _how(record: StepRecord, seen: Any) -> str:
    if record.error is None:
        return "went well"
    return " ".join(str(seen[name]) for name in ("status", "exception", "message") if seen.get(name))


def _shown(value: Any) -> str:
    return value[:_MOST] if isinstance(value, str) else shortened(value, _MOST)

"""What somebody wants armed, read and checked.

{"fault": "429(retry_after=20s)", "at": {"operation": "runs.*", "nth": 2}}
{"fault": "lost_ack", "at": "messages.create#1"}
{"fault": "500", "at": {"probability": 0.1}, "since": "2m", "until": "10m"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from mockserver.durations import milliseconds
from mockserver.faults.arming import Armed, Place
from mockserver.faults.contract import Declaration, Fault, find_fault
from mockserver.faults.parameters import FaultError
from mockserver.faults.spelling import Spelled, parse_all, parse_one

_PLACE = ("operation", "nth", "first", "id", "body", "probability")
_SPEC = ("fault", "parameters", "at", "times", "since", "until")

_MOST = 1_000_000_000
_COUNTED = f"a whole number of at least 1 and at most {_MOST}"
_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_ORDINAL = re.compile(r"([1-9][0-9]{0,8})(\+?)")

Operations = Mapping[str, bool]
"""The operations there are, and whether each may change the world."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of world time in milliseconds, or `from_then_on`, counted from when the fault is armed."""

    milliseconds: int
    from_then_on: bool

    def before(self, other: Moment) -> bool:
        """Whether it is not later than another, as far as that can be said before anything is armed."""
        return self.from_then_on == other.from_then_on and self.milliseconds <= other.milliseconds

    def at(self, now: int) -> int:
        """When that is for what is armed now."""
        return now + self.milliseconds if self.from_then_on else self.milliseconds


@dataclass(frozen=True, slots=True)
class Order:
    """A fault that somebody wants armed, read and checked."""

    fault: Fault
    place: Place
    times: int | None
    until: Moment | None = None
    since: Moment | None = None

    def arm(self, fault_id: str, now: int) -> Armed:
        """The fault as it is armed at this moment of the world."""
        until, since = (None if each is None else each.at(now) for each in (self.until, self.since))
        return Armed(fault_id, self.fault, self.place, self.times, until, since)


def read_orders(raw: Any, operations: Operations) -> list[Order]:
    """One fault to arm, or a list. Raises FaultError saying where; then nothing of it is to be armed."""
    if not isinstance(raw, list):
        return [read_order(raw, operations)]
    orders = []
    for index, entry in enumerate(raw):
        try:
            orders.append(read_order(entry, operations))
        except FaultError as error:
            raise error.below(f"[{index}]") from error
    return orders


def read_order(raw: Any, operations: Operations) -> Order:
    """One fault to arm: a line such as `429(retry_after=20s)`, or an object. Raises FaultError."""
    if isinstance(raw, str):
        raw = {"fault": raw}
    if not isinstance(raw, Mapping):
        raise FaultError(
            'a fault is armed by its name or by an object: {"fault": "429", "at": "runs.create"}'
        )
    _known(raw, _SPEC, "")
    if "fault" not in raw:
        raise FaultError('say which: "fault": "429(retry_after=20s)"', "fault")
    if not isinstance(raw["fault"], str):
        raise FaultError(f'a fault is a text, in quotes: "429", not {raw["fault"]!r}', "fault")
    try:
        declaration, fault = _fault(parse_one(raw["fault"]), raw.get("parameters"))
    except FaultError as error:
        raise error if error.path.startswith("parameters") else FaultError(error.reason, "fault") from error
    try:
        place = _place(raw.get("at"))
        _check_operation(declaration, place.operation, operations)
    except FaultError as error:
        raise error.below("at") from error
    until, since = _moment(raw, "until"), _moment(raw, "since")
    if until is not None and since is not None and until.before(since):
        raise FaultError("it would be over before it begins", "since")
    return Order(fault, place, _times(raw, place), until, since)


def read_header(value: str, operation: str, operations: Operations) -> list[tuple[Fault, int]]:
    """The faults a request asks for itself, each with how many attempts it acts on. Raises FaultError."""
    asked = []
    for spelled in parse_all(value):
        named = dict(spelled.named)
        times = named.pop("times", "1")
        declaration, fault = _fault(replace(spelled, named=named), None)
        if not _COUNT.fullmatch(times):
            raise FaultError(f"{spelled.name}: 'times' is {_COUNTED}, not {times!r}")
        _check_operation(declaration, operation, operations)
        asked.append((fault, int(times)))
    return asked


def read_fault(text: str) -> Fault:
    """A fault with its parameters, of one line. Raises FaultError."""
    return _fault(parse_one(text), None)[1]


def _fault(spelled: Spelled, more: Any) -> tuple[Declaration, Fault]:
    declaration = find_fault(spelled.name)
    if more is not None and not isinstance(more, Mapping):
        raise FaultError("parameters are an object", "parameters")
    given: dict[str, Any] = dict(spelled.given(tuple(known.name for known in declaration.parameters)))
    for name in given.keys() & (more or {}).keys():
        raise FaultError(f"{declaration.name}: '{name}' is given twice", "parameters")
    fault = declaration.make(given)
    if more:
        try:
            fault = declaration.make(given | dict(more))
        except FaultError as error:
            raise error.below("parameters") from error
    return declaration, fault


def _place(raw: Any) -> Place:
    if raw is None:
        return Place()
    if isinstance(raw, str):
        raw = {"operation": raw}
    if not isinstance(raw, Mapping):
        raise FaultError('this is an operation, "runs.create#2", or an object')
    _known(raw, _PLACE, "")
    operation, _, ordinal = _text(raw, "operation", "*").partition("#")
    counted = _ORDINAL.fullmatch(ordinal)
    if "#" in raw.get("operation", "") and counted is None:
        raise FaultError(
            f"a call is named runs.create#2, or runs.create#2+ with all after it, not {raw['operation']!r}",
            "operation",
        )
    probability = raw.get("probability")
    if probability is not None and (
        isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 < probability <= 1
    ):
        raise FaultError(f"a probability lies above 0 and up to 1, not {probability!r}", "probability")
    return Place(
        operation=operation,
        ordinal=int(counted[1]) if counted else None,
        onwards=bool(counted and counted[2]),
        nth=_count(raw, "nth"),
        first=_count(raw, "first"),
        id=_text(raw, "id", None),
        text=_text(raw, "body", None),
        probability=probability,
    )


def _check_operation(declaration: Declaration, pattern: str, operations: Operations) -> None:
    """Refuse a place where the fault can never act."""
    named = {name: mutates for name, mutates in operations.items() if fnmatchcase(name, pattern)}
    if not named:
        near = get_close_matches(pattern, operations, 1)
        hint = f"did you mean '{near[0]}'?" if near else "`assistants-mock routes` prints all there are"
        raise FaultError(f"there is no operation '{pattern}'; {hint}", "operation")
    if not any(declaration.applies(name, mutates=mutates) for name, mutates in named.items()):
        fitting = [name for name, mutates in operations.items() if declaration.applies(name, mutates=mutates)]
        shown = f"{', '.join(fitting[:6])}{' …' if len(fitting) > 6 else ''}"
        raise FaultError(
            f"{declaration.name} does not apply to {pattern}; it applies to {shown}", "operation"
        )


def _times(raw: Mapping[str, Any], place: Place) -> int | None:
    """How often: as it says, else once, else as often as the place allows."""
    if "times" in raw:
        return _count(raw, "times")
    if place.first is not None:
        return place.first
    lasting = place.onwards or place.probability is not None or raw.get("until") is not None
    return None if lasting else 1


def _moment(raw: Mapping[str, Any], name: str) -> Moment | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return Moment(milliseconds(value), True)
        except ValueError as error:
            raise FaultError(str(error), name) from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        what = "a time of the world in seconds, or a duration such as"
        raise FaultError(f'this is {what} "10m", not {value!r}', name)
    return Moment(round(value * 1000), False)


def _count(raw: Mapping[str, Any], name: str) -> int | None:
    value = raw.get(name)
    if value is not None and not (type(value) is int and 1 <= value <= _MOST):
        raise FaultError(f"this is {_COUNTED}, not {value!r}", name)
    return value


def _text(raw: Mapping[str, Any], name: str, default: Any) -> Any:
    value = raw.get(name, default)
    if value is not default and (not isinstance(value, str) or not value):
        raise FaultError(f"this is a text, not {value!r}", name)
    return value


def _known(raw: Mapping[str, Any], names: Sequence[str], path: str) -> None:
    for key in raw:
        if key not in names:
            near = get_close_matches(str(key), names, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"it is one of {', '.join(names)}"
            raise FaultError(f"unknown key '{key}'; {hint}", path)

"""The faults that wait for their calls in a world: where and how often each acts, and on which it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from mockserver.chance import Dice
from mockserver.faults.contract import Fault, Occasion, find_fault
from mockserver.faults.parameters import FaultError

REMEMBERED = 100
"""So many calls on which a fault acted are listed, the last ones."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which calls a fault acts on.

    `operation` is a glob, `ordinal` the number of a call in the journal (`runs.create#2`), which is meant
    alone or, `onwards`, with all that follow. `id` stands in the path or the body, `text` anywhere in the
    body. Of the calls that are left, `nth` is one and `first` so many from the beginning; `probability`
    throws the world's dice for each.
    """

    operation: str = "*"
    ordinal: int | None = None
    id: str | None = None
    text: str | None = None
    nth: int | None = None
    first: int | None = None
    probability: float | None = None
    onwards: bool = False

    def holds(self, occasion: Occasion, ordinal: int) -> bool:
        """Whether a call is one of those that are counted."""
        return (
            fnmatchcase(occasion.operation, self.operation)
            and (self.ordinal is None or ordinal == self.ordinal or (self.onwards and ordinal > self.ordinal))
            and (self.id is None or self.id in occasion.ids.values() or _named(self.id, occasion.body))
            and (self.text is None or _says(self.text, occasion.body))
        )

    def chooses(self, seen: int, dice: Callable[[], Dice]) -> bool:
        """Whether the fault acts on the call that is the `seen`-th of those counted."""
        return (
            (self.nth is None or seen == self.nth)
            and (self.first is None or seen <= self.first)
            and (self.probability is None or dice().random() < self.probability)
        )

    def passed(self, seen: int) -> bool:
        """Whether no call after so many counted ones can be chosen any more."""
        return any(last is not None and seen >= last for last in (self.nth, self.first))

    @property
    def named(self) -> str:
        """The operation, or the calls of it: `runs.create#2`, `runs.create#2+`."""
        if self.ordinal is None:
            return self.operation
        return f"{self.operation}#{self.ordinal}{'+' if self.onwards else ''}"

    def shown(self) -> dict[str, Any]:
        """The place as it is listed, and as it may be given."""
        shown: dict[str, Any] = {"operation": self.named, "nth": self.nth, "first": self.first, "id": self.id}
        shown |= {"body": self.text, "probability": self.probability}
        return {name: value for name, value in shown.items() if value is not None}


@dataclass(slots=True)
class Armed:
    """A fault that waits for its calls. `times` None is as often as they come; `since` and `until` are world
    time, and calls that come before `since` are nothing to it.

    `seen` counts the calls it was weighed for, `fired` those it acted on, `reserved` those it may still
    act on that are being answered; `calls` names the last ones.
    """

    id: str
    fault: Fault
    place: Place = field(default_factory=Place)
    times: int | None = 1
    until: int | None = None
    since: int | None = None
    seen: int = 0
    fired: int = 0
    reserved: int = 0
    calls: list[str] = field(default_factory=list)

    def begun(self, now: int) -> bool:
        """Whether its time has come."""
        return self.since is None or now >= self.since

    def free(self, now: int) -> bool:
        """Whether it may act on one more call, now or later."""
        early = self.until is None or now < self.until
        return early and (self.times is None or self.fired + self.reserved < self.times)

    @property
    def lasts(self) -> bool:
        """Whether it acts again on every call like one on which it acted, until it is over or disarmed."""
        place = self.place
        chosen = (None if place.onwards else place.ordinal, place.nth, place.first, place.probability)
        return self.times is None and all(each is None for each in chosen)

    def acted(self, call: str) -> None:
        """It acted on this call, for which it was reserved."""
        self.reserved -= 1
        self.fired += 1
        self.calls = [*self.calls, call][-REMEMBERED:]

    def to_json(self, now: int) -> dict[str, Any]:
        """The fault as the control door lists it."""
        declaration = self.fault.declaration
        return {
            "id": self.id,
            "object": "fault",
            "fault": self.fault.spelled(),
            "name": declaration.name,
            "error": declaration.error,
            "at": self.place.shown(),
            "times": self.times,
            "until": self.until / 1000 if self.until is not None else None,
            "since": self.since / 1000 if self.since is not None else None,
            "active": self.free(now) and not self.place.passed(self.seen),
            "seen": self.seen,
            "fired": self.fired,
            "calls": self.calls,
        }

    def state(self) -> dict[str, Any]:
        """What a snapshot keeps."""
        return {
            "id": self.id,
            "name": self.fault.declaration.name,
            "parameters": {name: value for name, value in asdict(self.fault).items() if value is not None},
            "place": asdict(self.place),
            "times": self.times,
            "until": self.until,
            "since": self.since,
            "seen": self.seen,
            "fired": self.fired,
            "calls": self.calls,
        }

    @classmethod
    def resume(cls, state: Mapping[str, Any]) -> Armed:
        """The fault of a snapshot. Raises FaultError for one that is not known (any more)."""
        try:
            kept = msgspec.convert(state, _Kept)
        except msgspec.ValidationError as error:
            raise FaultError(str(error)) from error
        fault = find_fault(kept.name).make(kept.parameters)
        return cls(
            kept.id,
            fault,
            kept.place,
            kept.times,
            kept.until,
            kept.since,
            seen=kept.seen,
            fired=kept.fired,
            calls=kept.calls,
        )


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    """What a snapshot keeps of a fault, checked."""

    id: str
    name: str
    parameters: dict[str, Any]
    place: Place
    times: int | None
    until: int | None
    seen: int
    fired: int
    calls: list[str]
    since: int | None = None


class ArmedFaults:
    """The faults of one world, in the order in which they were armed."""

    def __init__(self, armed: Iterable[Armed] = ()) -> None:
        self._armed = list(armed)
        self._concerned: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._armed)

    def concern(self, operation: str) -> bool:
        """Whether one is armed for calls of this operation, maybe among others."""
        known = self._concerned.get(operation)
        if known is None:
            known = any(fnmatchcase(operation, armed.place.operation) for armed in self._armed)
            self._concerned[operation] = known
        return known

    def add(self, armed: Armed) -> None:
        """Arm one more."""
        self._armed.append(armed)
        self._concerned.clear()

    def remove(self, fault_id: str) -> bool:
        """Disarm one; whether it was there."""
        left = [armed for armed in self._armed if armed.id != fault_id]
        found = len(left) < len(self._armed)
        self._armed = left
        self._concerned.clear()
        return found

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()
        self._concerned.clear()

    def choose(self, occasion: Occasion, ordinal: int, dice: Callable[[str], Dice]) -> list[Armed]:
        """Those that act on a call, each reserved once. `dice` gives dice by name."""
        now = occasion.world.clock.now()
        return [armed for armed in self._armed if _chosen(armed, occasion, ordinal, now, dice)]

    def next_end(self, now: int) -> int | None:
        """The next moment at which one of those that may still act is over, if any is to be."""
        ends = [armed.until for armed in self._armed if armed.until is not None and armed.free(now)]
        return min(ends, default=None)

    def listing(self, now: int) -> list[dict[str, Any]]:
        """Everything armed, what fired and where."""
        return [armed.to_json(now) for armed in self._armed]

    def state(self) -> list[dict[str, Any]]:
        """What a snapshot keeps."""
        return [armed.state() for armed in self._armed]

    @classmethod
    def resume(cls, state: Sequence[Mapping[str, Any]]) -> ArmedFaults:
        """The faults of a snapshot. Raises FaultError."""
        armed = []
        for index, entry in enumerate(state):
            try:
                armed.append(Armed.resume(entry))
            except FaultError as error:
                raise error.below(f"faults[{index}]") from error
        return cls(armed)

    @classmethod
    def salvage(cls, state: Sequence[Mapping[str, Any]]) -> tuple[ArmedFaults, list[str]]:
        """The faults that another version of this program has kept, and the ids of those unknown to this."""
        armed, lost = [], []
        for entry in state:
            try:
                armed.append(Armed.resume(entry))
            except FaultError:
                lost.append(str(entry.get("id")))
        return cls(armed), lost


def _chosen(armed: Armed, occasion: Occasion, ordinal: int, now: int, dice: Callable[[str], Dice]) -> bool:
    mutates = occasion.mutates
    if not armed.begun(now):
        return False
    if not armed.fault.declaration.applies(occasion.operation, mutates=mutates):
        return False
    if not armed.place.holds(occasion, ordinal) or not armed.fault.fits(occasion):
        return False
    armed.seen += 1
    if not armed.free(now):
        return False
    if not armed.place.chooses(armed.seen, lambda: dice(f"fault/{armed.id}/{armed.seen}")):
        return False
    armed.reserved += 1
    return True


def _says(text: str, body: bytes) -> bool:
    """Whether a body says this, however its characters are escaped."""
    if text in body.decode(errors="replace"):
        return True
    if b"\\" not in body:
        return False
    try:
        return _said_in(msgspec.json.decode(body), text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _said_in(value: Any, text: str) -> bool:
    if isinstance(value, dict):
        return any(text in key or _said_in(inner, text) for key, inner in value.items())
    if isinstance(value, list):
        return any(_said_in(inner, text) for inner in value)
    return isinstance(value, str) and text in value


def _named(object_id: str, body: bytes) -> bool:
    return f'"{object_id}"'.encode() in body

"""Where and how often a fault acts: reading what somebody arms, and finding what acts on a call.

{"fault": "429(retry_after=20s)", "at": {"operation": "runs.*", "nth": 2}}
{"fault": "lost_ack", "at": "messages.create#1"}
{"fault": "500", "at": {"probability": 0.1}, "until": "10m"}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from mockserver.chance import Dice
from mockserver.faults.contract import Fault, Occasion, find_fault

REMEMBERED = 100
"""So many calls on which a fault acted are listed, the last ones."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which calls a fault acts on.

    `operation` is a glob, `ordinal` the number of a call in the journal (`runs.create#2`). `id` stands in the
    path or the body, `text` anywhere in the body. Of the calls that are left, `nth` is one and `first` so
    many from the beginning; `probability` throws the world's dice for each.
    """

    operation: str = "*"
    ordinal: int | None = None
    id: str | None = None
    text: str | None = None
    nth: int | None = None
    first: int | None = None
    probability: float | None = None

    def holds(self, occasion: Occasion, ordinal: int) -> bool:
        """Whether a call is one of those that are counted."""
        return (
            fnmatchcase(occasion.operation, self.operation)
            and (self.ordinal is None or ordinal == self.ordinal)
            and (self.id is None or self.id in occasion.ids.values() or _named(self.id, occasion.body))
            and (self.text is None or self.text in occasion.body.decode(errors="replace"))
        )

    def chooses(self, seen: int, dice: Callable[[], Dice]) -> bool:
        """Whether the fault acts on the call that is the `seen`-th of those counted."""
        return (
            (self.nth is None or seen == self.nth)
            and (self.first is None or seen <= self.first)
            and (self.probability is None or dice().random() < self.probability)
        )

    def shown(self) -> dict[str, Any]:
        """The place as it is listed, and as it may be given."""
        operation = self.operation if self.ordinal is None else f"{self.operation}#{self.ordinal}"
        shown: dict[str, Any] = {"operation": operation, "nth": self.nth, "first": self.first, "id": self.id}
        shown |= {"body": self.text, "probability": self.probability}
        return {name: value for name, value in shown.items() if value is not None}


@dataclass(slots=True)
class Armed:
    """A fault that waits for its calls. `times` None is as often as they come; `until` is world time.

    `seen` counts the calls it was weighed for, `fired` those it acted on, `reserved` those it may still
    act on that are being answered; `calls` names the last ones.
    """

    id: str
    fault: Fault
    place: Place = field(default_factory=Place)
    times: int | None = 1
    until: int | None = None
    seen: int = 0
    fired: int = 0
    reserved: int = 0
    calls: list[str] = field(default_factory=list)

    @property
    def spent(self) -> bool:
        """Whether it has acted as often as it was to."""
        return self.times is not None and self.fired >= self.times

    def free(self, now: int) -> bool:
        """Whether it may act on one more call."""
        early = self.until is None or now < self.until
        return early and (self.times is None or self.fired + self.reserved < self.times)

    def acted(self, call: str) -> None:
        """It acted on this call."""
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
            "active": self.free(now),
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
            "seen": self.seen,
            "fired": self.fired,
            "calls": self.calls,
        }

    @classmethod
    def resume(cls, state: Mapping[str, Any]) -> Armed:
        """The fault of a snapshot. Raises FaultError for one that is not known (any more)."""
        known = dict(state)
        fault = find_fault(known.pop("name")).make(known.pop("parameters"))
        return cls(fault=fault, place=Place(**known.pop("place")), **known)


class ArmedFaults:
    """The faults of one world, in the order in which they were armed."""

    def __init__(self, armed: Iterable[Armed] = ()) -> None:
        self._armed = list(armed)

    def __bool__(self) -> bool:
        return bool(self._armed)

    def add(self, armed: Armed) -> None:
        """Arm one more."""
        self._armed.append(armed)

    def remove(self, fault_id: str) -> bool:
        """Disarm one; whether it was there."""
        left = [armed for armed in self._armed if armed.id != fault_id]
        found = len(left) < len(self._armed)
        self._armed = left
        return found

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def choose(self, occasion: Occasion, ordinal: int, dice: Callable[[str], Dice]) -> list[Armed]:
        """Those that act on a call, each reserved once. `dice` gives dice by name."""
        now = occasion.world.clock.now()
        return [armed for armed in self._armed if _chosen(armed, occasion, ordinal, now, dice)]

    def listing(self, now: int) -> list[dict[str, Any]]:
        """Everything armed, what fired and where."""
        return [armed.to_json(now) for armed in self._armed]

    def state(self) -> list[dict[str, Any]]:
        """What a snapshot keeps."""
        return [armed.state() for armed in self._armed]

    @classmethod
    def resume(cls, state: Sequence[Mapping[str, Any]]) -> ArmedFaults:
        """The faults of a snapshot. Raises FaultError."""
        return cls(Armed.resume(entry) for entry in state)


def _chosen(armed: Armed, occasion: Occasion, ordinal: int, now: int, dice: Callable[[str], Dice]) -> bool:
    mutates = occasion.mutates
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


def _named(object_id: str, body: bytes) -> bool:
    return f'"{object_id}"'.encode() in body

"""The faults of a world, as a test arms them and asks what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from harness.control import Control, ControlError

__tracebackhide__ = True  # what fails here is told at the line of the test

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ArmedFault:
    """A fault of the world. `fault` is how it is spelled (`429(retry_after=20s)`), `name` without parameters.

    `error` is the number of the documented error it stands for, `at` where it acts. `active` says whether it
    may still act; `calls` names the calls it acted on (`runs.create#2`), `fired` counts them.
    """

    id: str
    fault: str
    name: str
    error: int | None
    at: Mapping[str, Any]
    active: bool
    fired: int
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActedFault:
    """That a fault acted on a call: `ActedFault("lost_ack", "messages.create#1")`."""

    fault: str
    call: str

    @property
    def name(self) -> str:
        """The fault without its parameters."""
        return self.fault.partition("(")[0]


class Faults:
    """The faults behind a control door."""

    def __init__(self, control: Control) -> None:
        """What is armed there, by whomever."""
        self._control = control

    def arm(self, fault: str, at: str | None = None, **place: Any) -> ArmedFault:
        """Arm a fault, once unless said otherwise: `arm("lost_ack", "messages.create", nth=2)`.

        Takes what `Control.arm` takes: `nth`, `first`, `id`, `body`, `probability`, `times`, `until`,
        `since`, `always`; any other keyword is a parameter of the fault. Raises ControlError for what is not
        known.
        """
        return _armed(self._control.arm(fault, at, **place))

    @contextmanager
    def armed_with(self, fault: str, at: str | None = None, **place: Any) -> Iterator[ArmedFault]:
        """The fault is armed for as long as the block lasts; what it has done stays in the history."""
        armed = self.arm(fault, at, **place)
        try:
            yield armed
        finally:
            try:
                self.disarm(armed)
            except ControlError as error:
                if error.status != 404:  # the block disarmed it, or began a new world
                    raise

    @property
    def listed(self) -> list[ArmedFault]:
        """All that were armed, those that are spent included, in the order in which they act."""
        return [_armed(row) for row in self._control.faults()]

    @property
    def armed(self) -> list[ArmedFault]:
        """Those that may still act."""
        return [fault for fault in self.listed if fault.active]

    @property
    def fired(self) -> list[ActedFault]:
        """What acted on which call, in the order of the calls; those named in a header are among them."""
        return [
            ActedFault(fault, entry["call"])
            for entry in self._control.journal(operation="*")
            for fault in entry["faults"]
        ]

    def disarm(self, fault: ArmedFault | str | None = None) -> None:
        """Disarm one, by itself or its id, or all."""
        self._control.disarm(fault.id if isinstance(fault, ArmedFault) else fault)

    def __repr__(self) -> str:
        return f"<Faults {', '.join(fault.fault for fault in self.armed) or 'none armed'}>"


def _armed(row: Json) -> ArmedFault:
    return ArmedFault(
        id=row["id"],
        fault=row["fault"],
        name=row["name"],
        error=row["error"],
        at=row["at"],
        active=row["active"],
        fired=row["fired"],
        calls=tuple(row["calls"]),
    )

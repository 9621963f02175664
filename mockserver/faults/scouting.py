"""Which faults could act on a call: found out while it is answered as usual.

For experiments, which first look at what a program does (`"scout": true` in the settings of its world) and
then break it where something can be broken. What is tried here changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import Any

from mockserver.faults.acting import Acting
from mockserver.faults.contract import Declaration, Fault, Occasion, discover
from mockserver.faults.orders import read_fault
from mockserver.frames import Body, Frame, Frames, Head
from mockserver.script import Script, Turn
from mockserver.timeline import Timeline

_MOST = 10_000
"""A fault that waits goes on for ever where nobody waits."""


@cache
def explored(known: Declaration) -> tuple[Fault, ...]:
    """The forms of a fault that are worth a try of their own."""
    return tuple(map(read_fault, known.explored))


@dataclass(eq=False)
class Scouting(Acting):
    """A call on which nothing acts; its journal entry is told what could have."""

    occasion: Occasion | None = None
    _edited: set[str] = field(default_factory=set)

    def answer(self) -> Frames:
        """The frames of the answer. Nothing happens before the first is asked for."""
        candidates = list(self._candidates())
        kept: list[Frame] = []
        for frame in self.perform():
            if isinstance(frame, Head | Body) and len(kept) < _MOST:
                kept.append(frame)
            yield frame
        self.exchange.fitting = [fault.spelled() for fault in candidates if self._acts(fault, kept)]

    def script(self, turn: Turn, script: Script) -> Script:
        """What the model does, as it is."""
        for fault in self._candidates():
            if fault.takes("script") and fault.script(self._occasion(), turn, script) is not None:
                self._edited.add(fault.spelled())
        return script

    def timeline(self, timeline: Timeline) -> None:
        """Leave what the call has set going as it is."""
        for fault in self._candidates():
            if fault.takes("timeline") and fault.timeline(self._occasion(), deepcopy(timeline)):
                self._edited.add(fault.spelled())

    def end(self) -> bool:
        """The call is over, and nothing is to be kept."""
        return False

    def _candidates(self) -> Iterator[Fault]:
        """The faults that may act on the call as it was asked, in the world as it is now."""
        occasion = self._occasion()
        for known in discover():
            if known.applies(occasion.operation, mutates=occasion.mutates):
                yield from (fault for fault in explored(known) if fault.fits(occasion))

    def _acts(self, fault: Fault, frames: list[Frame]) -> bool:
        if fault.takes("script") or fault.takes("timeline"):
            return fault.spelled() in self._edited or (fault.seeks and self._finds(fault, frames))
        return not fault.seeks or fault.meddles or self._finds(fault, frames)

    def _finds(self, fault: Fault, frames: list[Frame]) -> bool:
        """Whether a fault that seeks finds what it acts on in this answer."""
        found: list[Any] = []
        occasion = replace(self._occasion(), acted=lambda: found.append(True))
        for _ in islice(fault.frames(occasion, iter(frames)), _MOST):
            if found:
                break
        return bool(found)

    def _occasion(self) -> Occasion:
        """The call, as if nothing had acted on it."""
        assert self.occasion is not None
        return replace(self.occasion, touched=0)

"""What one run of a test left behind on the server: its journal and what is still there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.control import Control
from harness.handle.cleanliness import LeftBehind, left_behind
from harness.handle.courses import Record
from harness.handle.history import Exchange, Note, entries_of

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """The witness of a run. `journal` and `objects` are as the control door gives them, `began` and `ended`
    are moments of the world in Unix seconds.
    """

    journal: Sequence[Json]
    objects: Sequence[Json]
    began: float
    ended: float

    @classmethod
    def read(cls, control: Control, began: float) -> Scene:
        """Look now, at a world that began then."""
        return cls(control.journal(), control.objects(), began, float(control.clock()["now"]))

    @classmethod
    def of_json(cls, document: Json) -> Scene:
        """What `to_json` has made."""
        return cls(document["journal"], document["objects"], document["began"], document["ended"])

    def to_json(self) -> dict[str, Any]:
        """All of it, for a file."""
        return {
            "journal": list(self.journal),
            "objects": list(self.objects),
            "began": self.began,
            "ended": self.ended,
        }

    @property
    def seconds(self) -> float:
        """How long it took in the world's time."""
        return round(self.ended - self.began, 3)

    @cached_property
    def entries(self) -> list[Exchange | Note]:
        """Calls and notes, oldest first; times count from the beginning."""
        return entries_of(self.journal, self.began)

    @cached_property
    def calls(self) -> list[Exchange]:
        """The calls, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Exchange)]

    @cached_property
    def notes(self) -> list[Note]:
        """What happened by itself, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Note)]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all calls."""
        return frozenset(call.call for call in self.calls)

    def left(self, control: Control) -> list[LeftBehind]:
        """What is left behind, while the world is still there."""
        return left_behind(Record(control, self.began, self.entries, self.objects))


def first_difference(one: Scene, other: Scene) -> str | None:
    """Where two runs of the same test part, in words; None where they do not.

    Compared is what was asked in which order, and with what success; what was said may differ.
    """
    for index in range(max(len(one.calls), len(other.calls))):
        first, second = _nth(one, index), _nth(other, index)
        if first != second:
            return f"call {index + 1} is {first} in the first run and {second} in the second"
    return None


def _nth(scene: Scene, index: int) -> str:
    if index >= len(scene.calls):
        return "nothing"
    call = scene.calls[index]
    return f"{call.call} ({call.status or 'no answer'})"

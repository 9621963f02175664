"""What a file of experiments says, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from harness.explore.variants import Break, Variant
from harness.scenarios.model import Place

TOLERANCE = ("absorbed", "surfaced")
"""The verdicts that are good where an experiment says nothing else."""


@dataclass(frozen=True, slots=True)
class Stop:
    """When an experiment ends early: a run when it has slept for so many `virtual` seconds, all of it after
    so many real ones (`wall`), or after so many deviations (`failures`).
    """

    virtual: float | None = None
    wall: float | None = None
    failures: int | None = None

    def to_json(self) -> dict[str, float | int]:
        """What is said of it."""
        said = {"virtual": self.virtual, "wall": self.wall, "failures": self.failures}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault of an experiment, at the places that one entry of its method names, and where it stands."""

    breaks: tuple[Break, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment: that a test comes to a verdict of `tolerance`, whatever its method breaks.

    `test` is a node id of pytest, or what stands for several (a file, a class). Without `seeds` it is run
    once, with the test's own. `reports` are formats.
    """

    name: str
    place: Place
    test: str
    method: tuple[Planned, ...]
    tolerance: tuple[str, ...] = TOLERANCE
    seeds: tuple[int, ...] = ()
    stop: Stop = field(default_factory=Stop)
    reports: tuple[str, ...] = ("terminal",)

    @property
    def file(self) -> Path:
        """The file it stands in."""
        return self.place.file

    @property
    def breaks(self) -> tuple[Break, ...]:
        """All its faults, each at one place."""
        return tuple(each for planned in self.method for each in planned.breaks)

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The runs it is made of, one for each seed."""
        seeds: tuple[int | None, ...] = self.seeds or (None,)
        return tuple(Variant(self.breaks, seed) for seed in seeds)

    def selects(self, nodeid: str) -> bool:
        """Whether a test is one of those it speaks of."""
        wanted = self.test.removeprefix("./").rstrip("/")
        # Node ids begin at the root directory, which may lie above the one where pytest is called.
        _, found, rest = f"/{nodeid}".partition(f"/{wanted}")
        return bool(found) and (not rest or rest.startswith(("::", "[", "/")))

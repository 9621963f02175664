"""What a check declares, and looking with all of them.

@check("duplicate_message", verdict="corrupt", about="no message of a user is stored twice")
def find(scene: Scene) -> Iterator[Finding]: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal

from harness.explore.scene import Scene
from harness.handle.history import Exchange


@dataclass(frozen=True, slots=True)
class Finding:
    """That something does not hold: a sentence, and the calls that show it."""

    text: str
    calls: tuple[Exchange, ...]


Find = Callable[[Scene], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, the verdict it leads to, what must hold, and how it looks."""

    name: str
    verdict: Literal["corrupt", "stormed"]
    about: str
    find: Find


CHECKS: dict[str, Check] = {}
"""By name."""


def check(name: str, *, verdict: Literal["corrupt", "stormed"], about: str) -> Callable[[Find], Find]:
    """Make a check known. Raises ValueError when its name is taken."""

    def declare(find: Find) -> Find:
        if name in CHECKS:
            raise ValueError(f"there is a check {name} already")
        CHECKS[name] = Check(name, verdict, about, find)
        return find

    return declare


@cache
def discover() -> list[Check]:
    """All checks, by name in order."""
    package = import_module("harness.explore.checks")
    for module in sorted(found.name for found in iter_modules(package.__path__)):
        import_module(f"{package.__name__}.{module}")
    return [CHECKS[name] for name in sorted(CHECKS)]


def failed(scene: Scene, baseline: Scene) -> list[tuple[Check, Finding]]:
    """What does not hold, but for what does not without the fault either."""
    found = []
    for each in discover():
        usual = len(list(each.find(baseline)))
        found += [(each, finding) for finding in list(each.find(scene))[usual:]]
    return found

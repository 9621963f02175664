"""Which variants of a test are worth a run, the most telling first.

Every call of the baseline is broken by every fault that could act on it. Of equal reads only the first and
the last are: those between them are polls that tell nothing new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from harness.explore.scene import Scene
from harness.explore.variants import Break, Variant
from harness.handle.history import Exchange

STATES = frozenset(("run", "tools", "index", "data", "stream", "request"))
"""The groups of faults that change what the API is in the middle of, rather than the way to it."""


@dataclass(frozen=True)
class Catalogue:
    """What there is to break with: the control door's catalogue, narrowed to the faults that are `wanted`.

    These are globs of names or groups; forms with parameters stand for themselves. Where nothing is wanted,
    of faults that are alike one is tried.
    """

    document: Mapping[str, Any]
    wanted: tuple[str, ...] = ()

    @cached_property
    def groups(self) -> dict[str, str]:
        """The group of each fault."""
        return {known["name"]: known["group"] for known in self.document["data"]}

    @cached_property
    def _alike(self) -> frozenset[str]:
        """The faults that tell nothing which another does not tell."""
        return frozenset(known["name"] for known in self.document["data"] if known["alike"])

    def mutates(self, operation: str) -> bool:
        """Whether an operation may change anything."""
        return bool(self.document["operations"].get(operation, {}).get("mutates", True))

    def fitting(self, call: Exchange) -> Iterator[str]:
        """The faults, as they are written, that are to be tried on a call, which was scouted."""
        groups, alike = self.groups, self._alike
        for fault in call.fitting:
            name = fault.partition("(")[0]
            asked = fault in self.wanted or any(_fits(name, groups[name], glob) for glob in self.wanted)
            if asked or (not self.wanted and name not in alike):
                yield fault
        fitting = {fault.partition("(")[0] for fault in call.fitting}
        for glob in self.wanted:
            if "(" in glob and glob.partition("(")[0] in fitting and glob not in call.fitting:
                yield glob

    def unknown(self) -> list[str]:
        """What is wanted and names no fault and no group."""
        groups = self.groups
        return [
            glob
            for glob in self.wanted
            if not any(_fits(name, group, glob.partition("(")[0]) for name, group in groups.items())
        ]


def _fits(name: str, group: str, glob: str) -> bool:
    return fnmatchcase(name, glob) or group == glob


def plan(baseline: Scene, catalogue: Catalogue) -> list[Variant]:
    """All variants with one fault, in the order in which they are to be run."""
    return [Variant.of(each) for each in _ordered(telling(baseline.calls, catalogue), catalogue)]


def deepen(variant: Variant, scene: Scene, baseline: Scene, catalogue: Catalogue) -> list[Variant]:
    """Variants of one that was survived, which break its way out: the calls that the baseline has not.

    A retry is broken for good: then no retry helps. Otherwise it is broken only where the call had been
    performed before; where it had not, it is the same as the first one, which was broken already. Nor are
    more reads of what is read anyhow a way out. The scene has to be one that was scouted.
    """
    last = variant.breaks[-1]
    broken = [call for call in scene.calls if call.faults]
    usual = {call.operation for call in baseline.calls if not catalogue.mutates(call.operation)}
    new = [call for call in scene.calls if call.call not in baseline.names and not call.faults]
    retries = [call for call in new if any(_same(call, before) for before in broken)]
    found = []
    if not last.lasting and variant.depth == 1 and any(call.operation == last.operation for call in retries):
        found.append(Variant.of(Break(f"{last.call}+", last.fault)))
    done = [before for before in broken if before.done]
    ways_out = [
        call
        for call in new
        if call.operation not in usual
        and (call not in retries or any(_same(call, before) for before in done))
    ]
    breaks = _ordered(telling(ways_out, catalogue), catalogue)
    return found + [variant.then(each) for each in breaks if not _covered(each, variant)]


def _same(one: Exchange, other: Exchange) -> bool:
    return (one.operation, one.path, one.request) == (other.operation, other.path, other.request)


def _covered(each: Break, variant: Variant) -> bool:
    """Whether a fault is among those of a variant that act for good."""
    return any(
        known.lasting and known.operation == each.operation and known.fault == each.fault
        for known in variant.breaks
    )


def telling(calls: Iterable[Exchange], catalogue: Catalogue) -> list[Break]:
    """Every fault at every call of these that it may act on, polls collapsed."""
    return [
        Break(call.call, fault)
        for call in _collapsed(list(calls), catalogue)
        for fault in catalogue.fitting(call)
    ]


def collapsed(calls: Sequence[Exchange], catalogue: Catalogue) -> int:
    """How many of these calls are left when equal reads count as two."""
    return len(list(_collapsed(calls, catalogue)))


def _collapsed(calls: Sequence[Exchange], catalogue: Catalogue) -> Iterator[Exchange]:
    """Calls that change something, and of equal reads the first and the last."""
    reads: dict[tuple[str, ...], list[Exchange]] = {}
    for call in calls:
        reads.setdefault(_key(call), []).append(call)
    for call in calls:
        equal = reads[_key(call)]
        if catalogue.mutates(call.operation) or call is equal[0] or call is equal[-1]:
            yield call


def _key(call: Exchange) -> tuple[str, ...]:
    return call.operation, call.path, call.query


def _ordered(breaks: Sequence[Break], catalogue: Catalogue) -> list[Break]:
    """What tells most comes first: states of what is changed, the way there, refusals, then reads.

    Within each of these, the calls take turns, so that a budget that ends early has seen something of all.
    """
    groups = catalogue.groups
    turns: Counter[tuple[int, str]] = Counter()
    ranked = []
    for index, each in enumerate(breaks):
        tier = _tier(groups.get(each.name, ""), catalogue.mutates(each.operation))
        turns[tier, each.call] += 1
        ranked.append((tier, turns[tier, each.call], index, each))
    return [each for *_, each in sorted(ranked, key=lambda rank: rank[:3])]


def _tier(group: str, mutates: bool) -> int:
    kind = 0 if group in STATES else 1 if group in ("transport", "proxy") else 2
    return kind if mutates else 3 + kind

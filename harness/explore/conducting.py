"""An exploration from beginning to end: rounds of variants, until nothing new is to be broken.

Before the first round a runner does what is explored without faults. The first round runs the variants of
that, and each further one breaks the ways out that the last one has shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.explore.plans import Plan
from harness.explore.variants import Variant

Document = dict[str, Any]

PATIENCE_READS, MOST_CALLS = 300, 2000
"""After so many equal reads in vain, and so many calls at all, a program is held to hang: an experiment has
less patience than a test.
"""


class ConductError(Exception):
    """An exploration that cannot go on, and what was said."""


class Runner(Protocol):
    """Whoever can run what is explored: a suite of tests, or a program."""

    def make_plan(self) -> tuple[Plan, str]:
        """Run it without faults, and plan; what it said comes with it. Raises ConductError."""
        ...

    def run(self, plan: Plan, budget: float | None, *, scout: bool) -> list[Document]:
        """Run the variants of a plan for so many real seconds at most; what came of those that were run.

        With `scout`, each says how its way out could be broken (`deepening`). Raises ConductError.
        """
        ...

    def reproducer(self, variant: Document) -> str:
        """The command that runs this variant alone."""
        ...


@dataclass
class Explored:
    """What came of it: the plan of all rounds, the documents of the variants, how many each test has had."""

    plan: Plan
    variants: list[Document] = field(default_factory=list)
    planned: dict[str, int] = field(default_factory=dict)


def explore(
    runner: Runner,
    plan: Plan,
    *,
    budget: float | None = 60.0,
    depth: int = 2,
    telling: Callable[[str], None] = lambda line: None,
) -> Explored:
    """Run all variants of a plan, and those of the ways out, while there is time.

    `budget` is in real seconds, None without an end; `depth` is the number of faults at once. `telling` hears
    what is about to be done. Raises ConductError.
    """
    began = time.monotonic()
    done = Explored(plan)
    names = {name: list(test.variants) for name, test in plan.tests.items()}
    todo: Mapping[str, Sequence[Variant]] = names
    for round_ in range(1, depth + 1):
        count = sum(map(len, todo.values()))
        left = None if budget is None else budget - (time.monotonic() - began)
        if not count:
            break
        for name, variants in todo.items():
            done.planned[name] = done.planned.get(name, 0) + len(variants)
        if left is not None and left <= 0:
            break
        telling(f"{count} variants{' of ways out' if round_ > 1 else ''}")
        found = runner.run(plan.with_variants(todo), left, scout=round_ < depth)
        done.variants += found
        todo = _next(found, names)
    done.plan = plan.with_variants(names)
    return done


def _next(found: Sequence[Document], names: dict[str, list[Variant]]) -> dict[str, list[Variant]]:
    """The variants that the last round has led to, without those that were planned before."""
    todo: dict[str, list[Variant]] = {}
    for variant in found:
        test = variant["test"]
        for name in variant["deepening"]:
            deeper = Variant.read(name)
            if deeper not in names[test]:
                names[test].append(deeper)
                todo.setdefault(test, []).append(deeper)
    # What breaks a call for good says most, so it is run before what needs two faults.
    return {test: sorted(variants, key=lambda each: each.depth) for test, variants in todo.items()}

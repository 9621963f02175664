"""Experiments from beginning to end: the tests without faults, the runs of each seed, and what deviates
made as small as it can be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.experiments.model import Experiment
from harness.explore import verdicts
from harness.explore.conducting import ConductError, Runner
from harness.explore.plans import Plan, TestPlan
from harness.explore.shrinking import shrink
from harness.explore.variants import Variant

Document = dict[str, Any]

Status = Literal["completed", "failed", "aborted", "interrupted"]
"""How an experiment ended, in the words of Chaos Toolkit: all of it was run; its test is of no use without
any fault; something it names as a reason has ended it early; somebody has.
"""

Making = Callable[[Sequence[str], Sequence[str]], Runner]
"""Makes what runs tests, with these flags of the plugin beside its own."""

SHRINKING_SECONDS = 60.0
"""So much real time is spent on making the deviations of one experiment smaller."""


@dataclass(frozen=True, slots=True)
class Minimal:
    """The smallest variant found that comes to the same verdict, as its document and its command."""

    variant: Variant
    document: Document
    reproducer: str


@dataclass
class Conducted:
    """What came of an experiment. `variants` are documents in the order of the runs, each with its command
    (`reproduce`); `minimal` knows the smallest for some that deviate, by node id.
    """

    experiment: Experiment
    tests: list[TestPlan] = field(default_factory=list)
    variants: list[Document] = field(default_factory=list)
    minimal: dict[str, Minimal] = field(default_factory=dict)
    status: Status = "completed"
    reason: str = ""

    @property
    def deviations(self) -> list[Document]:
        """The runs that came to what is not tolerated."""
        return [each for each in self.variants if deviates(self.experiment, each)]

    @property
    def reached(self) -> bool:
        """Whether any fault has acted in any run, or need not have."""
        apart, tolerance = verdicts.NOT_REACHED.name, self.experiment.tolerance
        return any(each["verdict"] != apart or apart in tolerance for each in self.variants)


def deviates(experiment: Experiment, variant: Mapping[str, Any]) -> bool:
    """Whether a run came to what its experiment does not tolerate. One that was not reached says nothing."""
    return variant["verdict"] not in (*experiment.tolerance, verdicts.NOT_REACHED.name)


def conduct(
    experiments: Sequence[Experiment],
    making: Making,
    telling: Callable[[str], None] = lambda line: None,
) -> list[Conducted]:
    """Run experiments one after the other; `telling` hears what is about to be done.

    When that is interrupted, the last one that comes back is, and those behind it are left out. Raises
    ConductError.
    """
    done = [Conducted(experiment) for experiment in experiments]
    tests = list(dict.fromkeys(experiment.test for experiment in experiments))
    plan, said = making(tests, ()).make_plan()
    if not plan.tests:
        raise ConductError(f"there is no test to experiment with\n{said}".strip())
    for index, each in enumerate(done):
        telling(f"{each.experiment.name}: {counts(each.experiment)}")
        flags = []
        if each.experiment.stop.virtual is not None:
            flags.append(f"--assistants-longest={each.experiment.stop.virtual:g}s")
        try:
            _Running(each, plan, making([each.experiment.test], flags)).run(telling)
        except KeyboardInterrupt:
            each.status, each.reason = "interrupted", "somebody has ended it"
            return done[: index + 1]
    return done


def counts(experiment: Experiment) -> str:
    """How large an experiment is, in words."""
    faults, runs = len(experiment.breaks), len(experiment.variants)
    return f"{faults} fault{'s' if faults > 1 else ''}, {runs} run{'s' if runs > 1 else ''}"


class _Running:
    """One experiment as it goes on."""

    def __init__(self, done: Conducted, plan: Plan, runner: Runner) -> None:
        self.done = done
        self.experiment = done.experiment
        self.plan = plan
        self.runner = runner
        done.tests = [test for name, test in plan.tests.items() if self.experiment.selects(name)]

    def run(self, telling: Callable[[str], None]) -> None:
        """All of it."""
        done = self.done
        broken = [test for test in done.tests if test.status != "explored"]
        if broken or not done.tests:
            done.status = "failed"
            said = (f"{test.test}: {test.reason}" for test in broken)
            done.reason = "; ".join(said) or f"no test is called {self.experiment.test}"
            return
        began = time.monotonic()
        for batch in self._batches():
            if not self._go_on(batch, began):
                break
        several = self._first_of_each_verdict()
        if several:
            telling(f"{len(done.deviations)} deviated; looking for the fewest faults that do the same")
            self._shrink(several)

    def _batches(self) -> Iterator[Sequence[Variant]]:
        """The runs in their order: together, but where a few deviations may end it, few at first."""
        variants, size = self.experiment.variants, 1
        if self.experiment.stop.failures is None:
            size = len(variants)
        at = 0
        while at < len(variants):
            yield variants[at : at + size]
            at, size = at + size, size * 2

    def _go_on(self, batch: Sequence[Variant], began: float) -> bool:
        """Run some more; whether others may follow."""
        done, stop = self.done, self.experiment.stop
        left = None if stop.wall is None else stop.wall - (time.monotonic() - began)
        found = self._documents(batch, left) if left is None or left > 0 else {}
        for variant in batch:
            for test in done.tests:
                document = found.get((test.test, variant))
                if document is None:
                    done.status, done.reason = "aborted", f"the {stop.wall or 0:g} s of real time were over"
                    continue
                done.variants.append(document)
                if stop.failures is not None and len(done.deviations) >= stop.failures:
                    if len(done.variants) < len(self.experiment.variants) * len(done.tests):
                        done.status, done.reason = (
                            "aborted",
                            f"it was to end after {_deviations(stop.failures)}",
                        )
                    return False
        return done.status != "aborted"

    def _documents(
        self, variants: Sequence[Variant], budget: float | None, tests: Sequence[str] | None = None
    ) -> dict[tuple[str, Variant], Document]:
        """What came of variants, by test and variant, each with its command."""
        names = [test.test for test in self.done.tests] if tests is None else tests
        found = self.runner.run(self.plan.with_variants(dict.fromkeys(names, variants)), budget, scout=False)
        return {
            (each["test"], Variant.read(each["id"])): {**each, "reproduce": self.runner.reproducer(each)}
            for each in found
        }

    def _first_of_each_verdict(self) -> dict[str, dict[Variant, str]]:
        """For each test the deviations with several faults that are to be made smaller."""
        found: dict[str, dict[Variant, str]] = {}
        for each in self.done.deviations:
            verdicts_of = found.setdefault(each["test"], {})
            if each["depth"] > 1 and each["verdict"] not in verdicts_of.values():
                verdicts_of[Variant.read(each["id"])] = each["verdict"]
        return {test: several for test, several in found.items() if several}

    def _shrink(self, several: Mapping[str, Mapping[Variant, str]]) -> None:
        began = time.monotonic()
        known = {(each["test"], Variant.read(each["id"])): each for each in self.done.variants}
        for test, found in several.items():

            def judged(variants: Sequence[Variant], test: str = test) -> dict[Variant, str]:
                left = SHRINKING_SECONDS - (time.monotonic() - began)
                if left <= 0:
                    return {}
                documents = self._documents(variants, left, [test])
                known.update(documents)
                return {variant: each["verdict"] for (_, variant), each in documents.items()}

            for variant, small in shrink(found, judged).items():
                document = known[test, small]
                smallest = Minimal(small, document, document["reproduce"])
                self.done.minimal[known[test, variant]["nodeid"]] = smallest


def _deviations(number: int) -> str:
    return f"{number} deviation{'s' if number > 1 else ''}"

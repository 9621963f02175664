"""The plan of an exploration as a file: the baseline of each test, and the variants that are to be run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from harness.explore.scene import Scene
from harness.explore.variants import Variant

SCHEMA = 1

Status = Literal["explored", "inconclusive", "failed", "silent", "unsuited"]
"""What can be done with a test: it is explored; its two runs part; it fails without any fault; it calls
nothing; it cannot be run in variants."""


class PlanError(Exception):
    """A plan that cannot be read."""


@dataclass(frozen=True)
class TestPlan:
    """One test: what can be done with it and why not more, its baseline, its variants in their order.

    `left` are the kinds of what it leaves behind without any fault; `took` is how long it takes, in real
    seconds.
    """

    __test__ = False  # for pytest, which takes it for a test by its name

    test: str
    status: Status
    reason: str = ""
    baseline: Scene | None = None
    left: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    took: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        return {
            "test": self.test,
            "status": self.status,
            "reason": self.reason,
            "baseline": None if self.baseline is None else self.baseline.to_json(),
            "left": list(self.left),
            "variants": list(map(str, self.variants)),
            "took": self.took,
        }

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> TestPlan:
        """What `to_json` has made."""
        baseline = document["baseline"]
        return cls(
            document["test"],
            document["status"],
            document["reason"],
            None if baseline is None else Scene.of_json(baseline),
            tuple(document["left"]),
            tuple(map(Variant.read, document["variants"])),
            document["took"],
        )


@dataclass(frozen=True)
class Plan:
    """The tests of an exploration by their node ids, and the catalogue of faults it was made with."""

    tests: Mapping[str, TestPlan] = field(default_factory=dict)
    catalogue: Mapping[str, Any] = field(default_factory=dict)

    def with_variants(self, variants: Mapping[str, Sequence[Variant]]) -> Plan:
        """The same with these variants for each test, and no others."""
        return replace(
            self,
            tests={
                name: replace(test, variants=tuple(variants.get(name, ())))
                for name, test in self.tests.items()
            },
        )

    @property
    def estimate(self) -> float:
        """About how long all of them take one after the other, in real seconds."""
        return sum(test.took * len(test.variants) for test in self.tests.values())

    @property
    def count(self) -> int:
        """How many variants there are."""
        return sum(len(test.variants) for test in self.tests.values())

    def write(self, path: Path) -> None:
        """Write it to a file. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        tests = [test.to_json() for test in self.tests.values()]
        document = {"schema": SCHEMA, "tests": tests, "catalogue": self.catalogue}
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read it from a file. Raises PlanError."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["schema"] != SCHEMA:
                raise PlanError(f"{path} was written by another version; make it anew")
            tests = [TestPlan.of_json(test) for test in document["tests"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PlanError(f"{path} is no plan of an exploration: {error}") from error
        return cls({test.test: test for test in tests}, document["catalogue"])

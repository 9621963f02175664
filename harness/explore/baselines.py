"""From what tests do without a fault to the plan of how to break them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.explore.planning import Catalogue, plan
from harness.explore.plans import Plan, TestPlan
from harness.explore.scene import Scene, first_difference

Document = Mapping[str, Any]

TAKES = ("baseline", "again")
"""The two runs without a fault."""


class FaultsError(ValueError):
    """Faults that are wanted and do not exist."""


def plan_of(documents: Iterable[Document], wanted: Sequence[str] = ()) -> Plan:
    """The plan for tests that were run twice: `documents` are what their runs have noted, two for each.

    `wanted` are globs of faults or groups. Raises FaultsError for one that names nothing.
    """
    runs: dict[str, dict[str, Document]] = {}
    raw: Document = {}
    for document in documents:
        runs.setdefault(document["test"], {})[document["take"]] = document
        raw = document.get("catalogue") or raw
    if not raw:
        return Plan({name: _silent(name) for name in runs})
    catalogue = Catalogue(raw, tuple(wanted))
    if unknown := catalogue.unknown():
        raise FaultsError(
            f"there is no fault and no group {unknown[0]!r}; `assistants-mock faults` prints all there are"
        )
    return Plan({name: _planned(name, list(run.values()), catalogue) for name, run in runs.items()}, raw)


def _planned(name: str, runs: Sequence[Document], catalogue: Catalogue) -> TestPlan:
    for run in runs:
        if run["failure"]:
            return TestPlan(name, "failed", f"it fails without any fault: {run['failure']}")
        if run["skipped"]:
            return TestPlan(name, "failed", f"it is skipped: {run['skipped']}")
    if len(runs) < 2:
        return TestPlan(name, "inconclusive", "it was run only once")
    first, second = (Scene.of_json(run["scene"]) for run in runs)
    if not first.calls and not second.calls:
        return _silent(name)
    difference = first_difference(first, second)
    if difference is not None:
        return TestPlan(name, "inconclusive", f"the test is not deterministic: {difference}", first)
    return TestPlan(
        name,
        "explored",
        baseline=first,
        left=tuple(runs[0]["left"]),
        variants=tuple(plan(first, catalogue)),
        took=min(run.get("took", 0.0) for run in runs),
    )


def _silent(name: str) -> TestPlan:
    return TestPlan(name, "silent", "it calls nothing that can be broken")

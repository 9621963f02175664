"""What came of experiments as plain JSON: the document of an exploration, a test for each experiment.

A test has one key more, `experiment`, with the words of Chaos Toolkit's journal where they fit; so has the
whole (`status`, `deviated`). Verdicts that are not tolerated are its new weaknesses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from harness.experiments.model import Experiment
from harness.experiments.running import Conducted, Minimal, deviates
from harness.explore import verdicts
from harness.explore.documents import report_document
from harness.explore.plans import Plan
from harness.explore.resilience import Accepted
from harness.explore.variants import Variant

Document = dict[str, Any]

_WORST = ("interrupted", "aborted", "failed", "completed")


def experiments_document(done: Sequence[Conducted], *, tool: str, command: str) -> Document:
    """The document of all of them."""
    tests = [test for each in done for test in _tests(each, tool, command)]
    counts = Counter(variant["verdict"] for test in tests for variant in test["variants"])
    return {
        "schema": 1,
        "tool": tool,
        "command": command,
        "seed": 0,
        "depth": max((len(each.experiment.breaks) for each in done), default=0),
        "counts": {each.name: counts[each.name] for each in verdicts.WORST_FIRST if counts[each.name]},
        "exit": exit_code(done),
        "stale": [],
        "status": min((each.status for each in done), key=_WORST.index, default="completed"),
        "deviated": any(each.deviations for each in done),
        "tests": tests,
    }


def exit_code(done: Sequence[Conducted]) -> int:
    """0 as tolerated, 1 something deviated, 2 nothing can be said."""
    if any(each.deviations for each in done):
        return 1
    return 2 if not all(each.status != "failed" and each.reached for each in done) else 0


def _tests(done: Conducted, tool: str, command: str) -> list[Document]:
    """The tests of an experiment; one where there is none, too, which says why."""
    experiment = done.experiment
    names = {test.test: test for test in done.tests}
    document = report_document(
        Plan(names).with_variants(dict.fromkeys(names, experiment.variants)),
        done.variants,
        tool=tool,
        command=command,
        seed=0,
        depth=len(experiment.breaks),
        accepted=Accepted(),
        planned=dict.fromkeys(names, len(experiment.variants)),
    )
    tests: list[Document] = document["tests"]
    return [_test(done, test) for test in tests or [_missing(done)]]


def _missing(done: Conducted) -> Document:
    return {
        "test": done.experiment.test,
        "status": "failed",
        "reason": done.reason,
        "baseline": {"calls": 0, "virtual_seconds": 0.0, "history": [], "states": []},
        "planned": len(done.experiment.variants),
        "left_out": len(done.experiment.variants),
        "variants": [],
    }


def _test(done: Conducted, test: Document) -> Document:
    experiment = done.experiment
    deviated = any(each["test"] == test["test"] for each in done.deviations)
    told = {
        "name": experiment.name,
        "file": str(experiment.file),
        "tolerance": list(experiment.tolerance),
        "method": list(map(str, experiment.breaks)),
        "seeds": list(experiment.seeds),
        "stop": experiment.stop.to_json(),
        "status": done.status,
        "reason": done.reason,
        "deviated": deviated,
    }
    variants = [_variant(experiment, each, done.minimal.get(each["nodeid"])) for each in test["variants"]]
    return {**test, "experiment": told, "variants": variants}


def _variant(experiment: Experiment, variant: Document, minimal: Minimal | None) -> Document:
    """A run with what its experiment says of it: what is tolerated is well, and what is not is a failure."""
    deviated = deviates(experiment, variant)
    apart = variant["severity"] == "apart" and variant["verdict"] not in experiment.tolerance
    told = {
        **variant,
        "seed": Variant.read(variant["id"]).seed,
        "severity": "fail" if deviated else "apart" if apart else "ok",
        "new": deviated,
        "minimal": None if minimal is None else _minimal(minimal),
    }
    if minimal is not None and minimal.variant.depth < variant["depth"]:
        told["reason"] = f"{variant['reason']}; {minimal.variant} is enough for that"
    return told


def _minimal(minimal: Minimal) -> Mapping[str, Any]:
    document = minimal.document
    return {
        "id": document["id"],
        "nodeid": document["nodeid"],
        "depth": document["depth"],
        "verdict": document["verdict"],
        "reason": document["reason"],
        "reproduce": minimal.reproducer,
    }

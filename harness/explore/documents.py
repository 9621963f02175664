"""What came of an exploration as plain JSON: what all reports are made of.

Nothing in it depends on when it was made or how fast: two explorations with one seed give the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.explore.judging import Judgement, Outcome, acted_on
from harness.explore.plans import Plan, TestPlan
from harness.explore.resilience import Accepted, Weakness
from harness.explore.scene import Scene
from harness.explore.variants import Break, Variant
from harness.explore.verdicts import VERDICTS, WORST_FIRST
from harness.handle.history import Exchange

SCHEMA = 1

Document = dict[str, Any]

_STATES = ("thread.run.", "thread.message.", "vector_store.", "upload.", "file.", "quiescence")
_MADE = ("thread.message.created", "thread.run.step.")


def variant_document(
    nodeid: str, outcome: Outcome, judged: Judgement, catalogue: Mapping[str, Any]
) -> Document:
    """What came of one variant. Bodies are left out where all is well: they are those of the baseline."""
    variant, scene, failure = outcome.variant, outcome.scene, outcome.failure
    verdict = judged.verdict
    groups = {known["name"]: known["group"] for known in catalogue.get("data", ())}
    telling = verdict.severity in ("fail", "warn")
    return {
        "id": str(variant),
        "nodeid": nodeid,
        "depth": variant.depth,
        "faults": [_fault(each, variant, scene, groups) for each in variant.breaks],
        "verdict": verdict.name,
        "severity": verdict.severity,
        "reason": judged.reason,
        "virtual_seconds": scene.seconds,
        "attempts": max((len(acted_on(scene, each, variant.breaks)) for each in variant.breaks), default=0),
        "passed": failure is None,
        "checks": [each.to_json() for each in judged.broken],
        "error": None if failure is None else failure.to_json(),
        "history": [_exchange(call, bodies=telling) for call in scene.calls],
        "states": states(scene),
        "deepening": [],
        "scenario": None,
    }


def states(scene: Scene) -> list[Document]:
    """What happened by itself, as reports draw it."""
    return [
        {"at": note.at, "event": note.event, "subject": note.subject}
        for note in scene.notes
        if note.event.startswith(_STATES) and not note.event.startswith(_MADE)
    ]


def history(scene: Scene) -> list[Document]:
    """The calls of a scene with their bodies."""
    return [_exchange(call, bodies=True) for call in scene.calls]


def report_document(
    plan: Plan,
    variants: Iterable[Document],
    *,
    tool: str,
    command: str,
    seed: int | str,
    depth: int,
    accepted: Accepted,
    planned: Mapping[str, int],
) -> Document:
    """The document of a whole exploration. `planned` says how many variants each test has had in all."""
    by_test: dict[str, list[Document]] = {name: [] for name in plan.tests}
    for variant in variants:
        by_test[variant["test"]].append(_judged(variant, accepted))
    tests = [_test(test, by_test[name], planned.get(name, 0)) for name, test in plan.tests.items()]
    every = [variant for test in tests for variant in test["variants"]]
    counts = Counter(variant["verdict"] for variant in every)
    found = [(variant["nodeid"], variant["verdict"]) for variant in every]
    stale = accepted.stale(found, [nodeid for nodeid, _ in found])
    return {
        "schema": SCHEMA,
        "tool": tool,
        "command": command,
        "seed": seed,
        "depth": depth,
        "counts": {verdict.name: counts[verdict.name] for verdict in WORST_FIRST if counts[verdict.name]},
        "exit": exit_code(tests, stale),
        "stale": [{"id": each.variant, "verdict": each.verdict, "reason": each.reason} for each in stale],
        "tests": tests,
    }


def exit_code(tests: Sequence[Document], stale: Sequence[Weakness]) -> int:
    """0 as accepted, 1 a new weakness or one that is listed and no more there, 2 nothing can be said.

    That is so where a test cannot be explored, and where the budget has not even reached all first faults.
    """
    if any(variant["new"] for test in tests for variant in test["variants"]) or stale:
        return 1
    explored = [test for test in tests if test["status"] == "explored"]
    broken = any(test["status"] in ("inconclusive", "failed") or test["unreached"] for test in tests)
    return 2 if broken or not any(test["variants"] for test in explored) else 0


def _judged(variant: Document, accepted: Accepted) -> Document:
    """A variant with what the list of accepted weaknesses says of it."""
    verdict = VERDICTS[variant["verdict"]]
    weak = verdict.severity == "fail"
    reason = accepted.reason(variant["nodeid"], verdict.name)
    kept = {name: value for name, value in variant.items() if name != "deepening"}
    return {**kept, "accepted": reason, "new": weak and reason is None}


def _test(test: TestPlan, variants: Sequence[Document], planned: int) -> Document:
    baseline = test.baseline
    order = {str(variant): index for index, variant in enumerate(test.variants)}
    ordered = sorted(
        variants, key=lambda each: (each["depth"], order.get(each["id"], len(order)), each["id"])
    )
    ran = {variant["id"] for variant in variants}
    return {
        "test": test.test,
        "status": test.status,
        "reason": test.reason,
        "baseline": {
            "calls": len(baseline.calls) if baseline else 0,
            "virtual_seconds": baseline.seconds if baseline else 0.0,
            "history": history(baseline) if baseline else [],
            "states": states(baseline) if baseline else [],
        },
        "planned": planned,
        "left_out": planned - len(ordered),
        "unreached": sum(_is_first(each) and str(each) not in ran for each in test.variants),
        "variants": ordered,
    }


def _is_first(variant: Variant) -> bool:
    """Whether a variant is one of the first round, which breaks one call once."""
    return variant.depth == 1 and not variant.breaks[0].lasting


def _fault(each: Break, variant: Variant, scene: Scene, groups: Mapping[str, str]) -> Document:
    return {
        "call": each.call.rstrip("+"),
        "operation": each.operation,
        "ordinal": each.ordinal,
        "fault": each.fault,
        "name": each.name,
        "group": groups.get(each.name, ""),
        "lasting": each.lasting,
        "fired": [call.call for call in acted_on(scene, each, variant.breaks)],
    }


def _exchange(call: Exchange, *, bodies: bool) -> Document:
    return {
        "at": call.at,
        "ended": call.ended,
        "call": call.call,
        "method": call.method,
        "path": call.path,
        "status": call.status,
        "request": call.request if bodies else None,
        "response": call.response if bodies else None,
        "faults": list(call.faults),
        "performed": call.performed,
        "outcome": call.outcome,
        "events": list(call.events),
    }

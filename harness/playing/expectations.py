"""What a step expects, held against what it did: results, errors, and what a real target is let off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.playing.apierrors import FIELDS
from harness.playing.leniency import at, let_off
from harness.playing.matching import MISSING, match, match_path, shown
from harness.playing.outcome import Difference
from harness.scenarios.model import Node, Step
from harness.scenarios.references import fill


@dataclass(slots=True)
class Verdict:
    """What of an expectation was not met, and what a real target was let off."""

    differences: list[Difference] = field(default_factory=list)
    relaxed: list[str] = field(default_factory=list)


def judge_result(step: Step, result: Any, variables: Mapping[str, Any], *, real: bool) -> Verdict:
    """Hold a result against `expect`, and on a real target against `live` where that says something.

    Raises ScenarioError for a reference in them that leads nowhere.
    """
    verdict = Verdict()
    for path, written, expected, lenient in _expected(step.expect, step.live, variables, real=real):
        for difference in match_path(expected, result, path):
            if lenient and _may_differ(step, path, difference.path, written, expected, result):
                verdict.relaxed.append(
                    f"step {step.number} {difference.path}: {difference.got} for {difference.expected}"
                )
            else:
                verdict.differences.append(difference)
    return verdict


def judge_error(
    step: Step, error: Mapping[str, Any], kinds: Sequence[str], variables: Mapping[str, Any], *, real: bool
) -> Verdict:
    """Hold an error against `expect_error`. `kinds` names its exception's class and bases: any of them fits.

    Raises ScenarioError for a reference that leads nowhere.
    """
    verdict = Verdict()
    for path, _, expected, _ in _expected(step.expect_error, step.live, variables, real=real):
        if path == "exception":
            if not any(not match(expected, kind) for kind in kinds):
                wanted = match(expected, kinds[0], path)[0].expected
                verdict.differences.append(Difference(path, wanted, " < ".join(kinds)))
        else:
            verdict.differences += match_path(expected, error, path)
    return verdict


def expected_of(step: Step, variables: Mapping[str, Any], *, real: bool) -> list[Difference]:
    """What `expect_error` asks for, when no error came at all."""
    return [
        Difference(path, match(expected, MISSING, path)[0].expected, "no error")
        for path, _, expected, _ in _expected(step.expect_error, step.live, variables, real=real)
        if path in FIELDS and match(expected, MISSING, path)
    ]


def _expected(
    said: Node | None, live: Node | None, variables: Mapping[str, Any], *, real: bool
) -> Iterator[tuple[str, Any, Any, bool]]:
    """Path, matcher as written, matcher filled in, and whether a real target may be let off."""
    for node, replaced in ((said, live if real else None), (live if real else None, None)):
        for path in node.value if node is not None else ():
            if node is not None and (replaced is None or path not in replaced.value):
                yield path, node.value[path], fill(node[path], variables), real and node is said


def _may_differ(step: Step, key: str, path: str, written: Any, expected: Any, result: Any) -> bool:
    """Whether a real target may differ at a path: that of the expectation itself, or one inside it."""
    way = path.split(".")
    inside = way[len(key.split(".")) :] if key else way
    return let_off(
        step.operation,
        path,
        at(written, inside) if inside else written,
        at(expected, inside) if inside else expected,
        at(result, way),
    )


def summary(value: Any) -> str:
    """A result for people, on one line."""
    return shown(value, 300)

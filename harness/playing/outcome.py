"""What came of a scenario on a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from harness.scenarios.model import Scenario, Step

Status = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One unmet expectation: the path into the result, what was expected and what was there.

    `hint` says what may explain it, such as the nearest rule or when a file became searchable.
    """

    path: str
    expected: str
    got: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a scenario failed: at which step, with which arguments, what was wrong, and what had happened.

    `facts` are further things that may explain it, such as a reply rule that was never used. `at_seconds` is
    how long the scenario had run by the target's clock.
    """

    step: Step
    arguments: Any
    reason: str
    differences: tuple[Difference, ...] = ()
    facts: tuple[str, ...] = ()
    timeline: tuple[str, ...] = ()
    replay: str = ""
    at_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What a step did: its arguments as they were sent, and the result or the error that came (plain JSON).

    `at_seconds` is when it began, by the target's clock since the scenario began.
    """

    number: str
    operation: str
    arguments: Any
    result: Any = None
    error: Mapping[str, Any] | None = None
    skipped: str = ""
    at_seconds: float | None = None


@dataclass(slots=True)
class Outcome:
    """What came of one scenario. `relaxed` and `skipped` name checks a real target was let off, and why.

    `seconds` are of the wall, `api_seconds` of the target's own clock where it has one; `virtual` is whether
    that clock moves without waiting. `attempts` is how many times it was played, of `allowed` times.
    """

    scenario: Scenario
    target: str
    status: Status = "passed"
    reason: str = ""
    failure: Failure | None = None
    relaxed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    records: list[StepRecord] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    seconds: float = 0.0
    api_seconds: float | None = None
    virtual: bool = False
    seed: int | str | None = None
    attempts: int = 1
    allowed: int = 1

    def document(self) -> dict[str, Any]:
        """The outcome as plain JSON, for reports and for other processes."""
        scenario, failure = self.scenario, self.failure
        return {
            "scenario": scenario.name,
            "id": scenario.id,
            "file": str(scenario.file),
            "line": scenario.place.line,
            "about": scenario.about,
            "error": scenario.error,
            "target": self.target,
            "status": self.status,
            "reason": self.reason,
            "failure": None if failure is None else _failure(failure),
            "relaxed": list(self.relaxed),
            "skipped": list(self.skipped),
            "steps": [_fields(record) for record in self.records],
            "left_behind": list(self.left_behind),
            "seconds": round(self.seconds, 6),
            "api_seconds": self.api_seconds,
            "virtual": self.virtual,
            "seed": self.seed,
            "attempts": self.attempts,
            "allowed": self.allowed,
        }


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "step": failure.step.number,
        "operation": failure.step.operation,
        "line": failure.step.place.line,
        "arguments": failure.arguments,
        "reason": failure.reason,
        "differences": [_fields(difference) for difference in failure.differences],
        "facts": list(failure.facts),
        "timeline": list(failure.timeline),
        "replay": failure.replay,
        "at_seconds": failure.at_seconds,
    }


def _fields(thing: StepRecord | Difference) -> dict[str, Any]:
    """Its fields as they are: `asdict` would copy whole results."""
    return {each.name: getattr(thing, each.name) for each in fields(thing)}

"""Playing a scenario on a target: its steps through the real SDK, and tidying up afterwards."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.control import Control, ControlError
from harness.durations import written
from harness.playing.outcome import Failure, Outcome
from harness.playing.scope import NOT_AS_EXPECTED, Scope, StepFailedError, is_verdict, moves_by_itself
from harness.scenarios.model import Scenario, Step

if TYPE_CHECKING:
    from harness.targets.connection import Connection

__all__ = ["Scope", "run_scenario"]

VIRTUAL_TIME = "virtual_time"


@dataclass(frozen=True)
class _World:
    """A world whose time is moved by sleeping."""

    control: Control


def run_scenario(
    scenario: Scenario, connection: Connection, *, slow: bool = False, keep: bool = False
) -> Outcome:
    """Play a scenario on an opened target.

    `slow` really waits where a target's time cannot be moved; `keep` leaves what was made. Raises nothing for
    what the scenario does: only interruptions such as KeyboardInterrupt go on upwards, after the tidying up.
    On a real target a scenario is played until it passes, as often as its `attempts` allow.
    """
    outcome = Outcome(scenario, connection.target.name, virtual=moves_by_itself(connection))
    reason = _lacking(scenario, connection, slow=slow)
    if reason:
        outcome.status, outcome.reason = "skipped", reason
        return outcome
    started = time.perf_counter()
    outcome.allowed = scenario.attempts if connection.real else 1
    for attempt in range(1, outcome.allowed + 1):
        outcome.status, outcome.reason, outcome.failure, outcome.attempts = "passed", "", None, attempt
        for kept in (outcome.relaxed, outcome.skipped, outcome.records):
            kept.clear()
        _play(outcome, connection, keep=keep)
        if outcome.status == "passed":
            break
    outcome.seconds = time.perf_counter() - started
    return outcome


def _play(outcome: Outcome, connection: Connection, *, keep: bool) -> None:
    """Play it once and tidy up; the outcome says how it went."""
    scenario = outcome.scenario
    scope: Scope | None = None
    try:
        with ExitStack() as closing:
            try:
                connection.begin(scenario)
                outcome.seed = connection.seed
                closing.enter_context(_sleeping(connection))
                closing.enter_context(_unwarned())
                client = connection.client(**scenario.client)
                scope = Scope(scenario, connection, outcome, client, closing)
                for step in scenario.steps:
                    scope.play(step)
                outcome.api_seconds = scope.elapsed
            except StepFailedError as error:
                outcome.status, outcome.reason = "failed", _in_a_line(error.failure)
                outcome.api_seconds = error.failure.at_seconds
                outcome.failure = _explained(error.failure, outcome, connection)
    except ControlError as error:
        outcome.status = "failed"
        outcome.reason = f"the mock does not take what the scenario says: {error.message}"
    except Exception as error:
        # The target is gone: no step is to blame.
        outcome.status = "failed"
        when = "while it was played" if scope else "before its first step"
        outcome.reason = f"{when}: {type(error).__name__}: {error}"
    except BaseException as verdict:
        if not is_verdict(verdict):
            raise
        outcome.status, outcome.reason = "failed", str(verdict)  # between two steps
    finally:
        if not keep:
            outcome.left_behind += _tidied(scope)
            outcome.left_behind += connection.clean_up()


def _in_a_line(failure: Failure) -> str:
    """A failure in one line: the step, and what was wrong, or the first thing that differs."""
    reason, found = failure.reason, failure.differences
    if reason == NOT_AS_EXPECTED and found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        reason = f"{found[0].path}: expected {found[0].expected}, got {found[0].got}{more}"
    first = reason.partition("\n")[0]
    return f"step {failure.step.number} {failure.step.operation}: {first}"


def _tidied(scope: Scope | None) -> list[str]:
    """Do what steps said is to be done at the end, the newest first; what could not be done."""
    if scope is None:
        return []
    with _unwarned():
        left = [undo() for undo in reversed(scope.tidying)]
    return [reason for reason in left if reason]


def _explained(failure: Failure, outcome: Outcome, connection: Connection) -> Failure:
    """The failure with what is known of how it came about."""
    from harness.playing.explaining import courses, facts, replay

    return replace(
        failure,
        facts=(*failure.facts, *facts(outcome, connection)),
        timeline=tuple(courses(outcome, connection)),
        replay=replay(outcome),
    )


def _sleeping(connection: Connection) -> AbstractContextManager[object]:
    """Where time is virtual, the SDK's pauses between attempts move it, and take none of ours."""
    control = connection.control
    if control is None or not moves_by_itself(connection):
        return nullcontext()
    from harness.waiting.sleeping import bridging

    return bridging(_World(control))


@contextmanager
def _unwarned() -> Iterator[None]:
    """The SDK calls every method of this API deprecated: whoever writes scenarios for it knows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _lacking(scenario: Scenario, connection: Connection, *, slow: bool) -> str:
    """Why it cannot be played on a target; empty when it can."""
    missing = set(scenario.needs - connection.capabilities)
    if slow:
        missing.discard(VIRTUAL_TIME)
    if not missing:
        return ""
    target, wait = connection.target.name, sum(_waits(scenario.steps))
    if missing <= connection.unsaid:
        return f"the installed version of openai has no {', '.join(sorted(missing))}"
    if missing == {VIRTUAL_TIME} and wait:
        return (
            f"needs {_spoken(wait)} of waiting on {target}, whose time cannot be moved"
            " (--slow, in pytest --assistants-slow, waits)"
        )
    return f"{target} lacks {', '.join(sorted(missing))}"


def _waits(steps: tuple[Step, ...]) -> Iterator[float]:
    """The lengths of its `advance` steps, in seconds."""
    for step in steps:
        if step.operation == "advance" and isinstance(step.arguments.value, str):
            try:
                yield written(step.arguments.value) * step.repeat
            except ValueError:  # a reference
                continue
        for branch in step.branches:
            yield from _waits(branch)


def _spoken(length: float) -> str:
    """So many seconds for people: `45 s`, `11 min`, `2.5 h`."""
    for unit, size in (("h", 3600), ("min", 60)):
        if length >= size:
            return f"{round(length / size, 1):g} {unit}"
    return f"{round(length, 1):g} s"

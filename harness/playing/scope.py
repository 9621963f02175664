"""What the steps of a scenario share, and how one step is played: done, written down, judged."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.apioperations.streaming import Streams, told
from harness.playing.apierrors import described, in_a_line, is_of_a_client, kinds
from harness.playing.expectations import Verdict, expected_of, judge_error, judge_result
from harness.playing.matching import shown
from harness.playing.outcome import Difference, Failure, Outcome, StepRecord
from harness.scenarios.model import Scenario, ScenarioError, Step
from harness.scenarios.references import INDEX, fill
from harness.steps.contract import VERBS, BrokenOffError, UnmetError, discover

if TYPE_CHECKING:
    from harness.targets.connection import Connection


NOT_AS_EXPECTED = "the result is not as expected"


class StepFailedError(Exception):
    """A step did not do what it should; the failure says all there is to say."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@dataclass
class Scope:
    """What the steps of one scenario share: the target, what they bound, what they left open.

    `client` is the SDK client of the branch whose turn it is. `closing` is closed at the scenario's end; then
    each `tidying` is done, the newest first, unless what was made is to be kept. A tidying returns what it
    could not do, in words.
    """

    scenario: Scenario
    connection: Connection
    outcome: Outcome
    client: Any
    closing: ExitStack
    variables: dict[str, Any] = field(default_factory=dict)
    streams: Streams = field(default_factory=Streams)
    tidying: list[Callable[[], str | None]] = field(default_factory=list)

    @property
    def real(self) -> bool:
        """Whether the target is anything but a mock with an open control door."""
        return self.connection.real

    @property
    def virtual(self) -> bool:
        """Whether time moves without anybody waiting."""
        return moves_by_itself(self.connection)

    @property
    def speed(self) -> float:
        """How many seconds of the target's time pass in one of the wall's, where it passes by itself."""
        clock = self.connection.clock
        return float(clock[1:]) if clock.startswith("x") else 1.0

    @property
    def elapsed(self) -> float:
        """Seconds since the scenario began, by the target's clock."""
        return round(self.connection.now() - self.connection.began, 3)

    def with_another_client(self) -> Scope:
        """The same scenario, seen by a client of its own."""
        return replace(self, client=self.connection.client(**self.scenario.client))

    def play(self, step: Step) -> Any:
        """Do a step as often as it wants, and hold it against what it expects; the last result.

        Raises StepFailedError.
        """
        if step.live_skip and self.real:
            self.outcome.skipped.append(f"step {step.number} {step.operation}: live: skip")
            self.outcome.records.append(StepRecord(step.number, step.operation, None, skipped="live: skip"))
            return None
        result = None
        for index in range(1, step.repeat + 1):
            variables = self.variables if step.repeat == 1 else {**self.variables, INDEX: index}
            result = _Turn(step, self, variables).take()
        return result


def moves_by_itself(connection: Connection) -> bool:
    """Whether a target's time is virtual: then nobody ever waits."""
    return connection.control is not None and connection.clock == "virtual"


class _Turn:
    """One doing of a step."""

    def __init__(self, step: Step, scope: Scope, variables: Mapping[str, Any]) -> None:
        self.step = step
        self.scope = scope
        self.variables = dict(variables)
        self.arguments: Any = None
        self.at = scope.elapsed

    def take(self) -> Any:
        """Do it and judge it; the result. Raises StepFailedError."""
        step, scope = self.step, self.scope
        verb = VERBS.get(step.operation) or discover()[step.operation]
        try:
            if not verb.nested:
                self.arguments = fill(step.arguments, self.variables)
            result = verb.perform(step, self.arguments, scope)
        except StepFailedError:
            raise
        except ScenarioError as mistake:
            raise self.failed(*_told(mistake)) from mistake
        except UnmetError as unmet:
            self.record(error={"exception": None, "message": unmet.reason})
            raise self.failed(unmet.reason, facts=unmet.facts) from unmet
        except BrokenOffError as broken:
            return self.caught(broken.error, broken.seen)
        except Exception as error:
            return self.caught(error, {})
        except BaseException as verdict:
            if not is_verdict(verdict):
                raise
            self.record(error=described(verdict))
            raise self.failed(str(verdict)) from verdict
        if not verb.nested:
            self.record(result)
        self.bind(result)
        if step.cleanup:
            from harness.playing.tidying import undoing

            scope.tidying.append(undoing(step.cleanup, result, scope.connection))
        if step.expect_error is not None:
            self.want_error(result)
        self.check(lambda: judge_result(step, result, self.variables, real=scope.real), NOT_AS_EXPECTED)
        return result

    def caught(self, error: Exception, before: Mapping[str, Any]) -> Any:
        """The client saw an error: that is the result if it was expected. Raises StepFailedError.

        `before` is what had come of the step until then.
        """
        seen = {**before, **described(error)}
        self.record(error=seen)
        if self.step.expect_error is None:
            facts = () if is_of_a_client(error) else (_where(error),)
            if "events" in before:
                facts = (*facts, f"events until then: {told(before['events'])}")
            raise self.failed(f"the call failed: {in_a_line(seen)}", facts=facts) from error
        self.bind(seen)
        self.check(
            lambda: judge_error(self.step, seen, kinds(error), self.variables, real=self.scope.real),
            f"another error than expected: {in_a_line(seen)}",
        )
        return seen

    def want_error(self, result: Any) -> None:
        """An error was expected, and there was none. Raises StepFailedError."""
        missing = self.judged(lambda: expected_of(self.step, self.variables, real=self.scope.real))
        fact = f"the result was {shown(result, 300)}"
        raise self.failed("an error was expected, and the call went well", missing, (fact,))

    def check(self, judge: Callable[[], Verdict], reason: str) -> None:
        """Raise StepFailedError when something is not as expected; count what the target was let off."""
        verdict = self.judged(judge)
        self.scope.outcome.relaxed += verdict.relaxed
        if verdict.differences:
            raise self.failed(reason, verdict.differences)

    def judged(self, judge: Callable[[], Any]) -> Any:
        """What the judgement is; a reference in it that leads nowhere fails the step."""
        try:
            return judge()
        except ScenarioError as mistake:
            raise self.failed(*_told(mistake)) from mistake

    def bind(self, value: Any) -> None:
        """Give the result the name that the step has for it."""
        if self.step.bind is not None:
            self.scope.variables[self.step.bind] = self.variables[self.step.bind] = value

    def record(self, result: Any = None, error: Mapping[str, Any] | None = None) -> None:
        """Write down what was done."""
        step = self.step
        record = StepRecord(step.number, step.operation, self.arguments, result, error, at_seconds=self.at)
        self.scope.outcome.records.append(record)

    def failed(
        self, reason: str, differences: list[Difference] | None = None, facts: tuple[str, ...] = ()
    ) -> StepFailedError:
        """The failure of this step."""
        at, found = self.scope.elapsed, tuple(differences or ())
        return StepFailedError(Failure(self.step, self.arguments, reason, found, facts, at_seconds=at))


def _told(mistake: ScenarioError) -> tuple[str, None, tuple[str, ...]]:
    """A mistake that shows only while the scenario runs, as the parts of a failure."""
    place = mistake.place
    where = f"{place.file.name}:{place.line}:{place.column}"
    return mistake.reason, None, (mistake.hint, where) if mistake.hint else (where,)


def is_verdict(error: BaseException) -> bool:
    """Whether the harness ended the step itself: a proven hang, an empty budget, a call for the real API."""
    return type(error).__module__.partition(".")[0] == "harness"


def _where(error: BaseException) -> str:
    """Where an error that is none of the API's was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"raised in {last.filename}:{last.lineno}, {last.name}"

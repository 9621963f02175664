"""Playing many scenarios on one target, one after another."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harness.playing.outcome import Outcome
from harness.playing.running import run_scenario
from harness.reports.document import report_document
from harness.scenarios.model import Scenario
from harness.targets.connection import Connection

OUT_OF_BUDGET = "the budget of calls is used up"


@dataclass(slots=True)
class Session:
    """What came of scenarios on a target; `interrupted` is set when Ctrl-C ended it early."""

    target: str
    outcomes: list[Outcome] = field(default_factory=list)
    interrupted: bool = False
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0

    @property
    def unfinished(self) -> bool:
        """Whether scenarios were not played because the calls ran out."""
        return any(outcome.reason == OUT_OF_BUDGET for outcome in self.outcomes)

    @property
    def failed(self) -> bool:
        """Whether anything went wrong that should not pass for success."""
        return self.unfinished or any(outcome.status == "failed" for outcome in self.outcomes)


def play_all(
    scenarios: Sequence[Scenario],
    connection: Connection,
    *,
    slow: bool = False,
    keep: bool = False,
    first_failure: bool = False,
    beginning: Callable[[Scenario], object] = lambda scenario: None,
    done: Callable[[Outcome], object] = lambda outcome: None,
) -> Session:
    """Play scenarios, tidying up after each unless `keep`; `first_failure` stops after one that failed.

    `beginning` and `done` are told of each. An interruption (Ctrl-C, or SIGTERM inside `ending_by_signal`)
    ends it after the tidying up: the scenario under way has failed, those behind it are skipped. What is
    still there then is in `connection.made`.
    """
    session, began = Session(connection.target.name), time.perf_counter()
    try:
        for scenario in scenarios:
            beginning(scenario)
            if connection.spent:
                outcome = Outcome(scenario, connection.target.name, status="skipped", reason=OUT_OF_BUDGET)
            else:
                outcome = run_scenario(scenario, connection, slow=slow, keep=keep)
            session.outcomes.append(outcome)
            done(outcome)
            if first_failure and outcome.status == "failed":
                break
    except KeyboardInterrupt:
        session.interrupted = True
        # A report on half of them must not pass for a success.
        under_way, behind = len(session.outcomes), len(session.outcomes) + 1
        for each in scenarios[under_way:behind]:
            session.outcomes.append(Outcome(each, session.target, status="failed", reason="interrupted"))
        for each in scenarios[behind:]:
            reason = "not played: interrupted before"
            session.outcomes.append(Outcome(each, session.target, status="skipped", reason=reason))
    session.seconds = time.perf_counter() - began
    return session


def document_of(session: Session, connection: Connection, seed: int | str | None = None) -> dict[str, Any]:
    """The report on a session, without the target's secrets."""
    return report_document(
        [outcome.document() for outcome in session.outcomes],
        target=session.target,
        seconds=session.seconds,
        seed=seed,
        calls=connection.calls,
        started=session.started,
        masked=connection.target.masked,
    )


@contextmanager
def ending_by_signal() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that what was made is deleted when a CI job is stopped."""

    def end(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

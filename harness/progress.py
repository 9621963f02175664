"""A line for each scenario as it ends, and on a terminal one for that under way."""

from __future__ import annotations

import os
import sys

import click

from harness.playing.outcome import Outcome
from harness.reports.words import counted, lasted
from harness.scenarios.model import Scenario
from harness.targets.connection import Connection

_COLOURS = {"passed": "green", "failed": "red", "skipped": "yellow"}
_ERASE = "\r\x1b[K"


class Progress:
    """Tells how far a session is. With `failures`, a failed scenario is explained at once."""

    def __init__(self, total: int, connection: Connection, *, failures: bool = True) -> None:
        """Say what is about to happen."""
        self._total, self._connection, self._failures = total, connection, failures
        self._count = 0
        self._live = sys.stdout.isatty()
        forced, refused = os.environ.get("FORCE_COLOR"), os.environ.get("NO_COLOR")
        self._color = not refused and (self._live or bool(forced))
        budget = connection.budget
        allowed = f", at most {counted(budget, 'call')}" if budget else ""
        target = connection.target
        where = f" ({connection.base_url})" if target.base_url or connection.real else ""
        click.echo(f"{counted(total, 'scenario')} on {target.name}{where}{allowed}")
        if connection.unsaid:
            import openai

            click.echo(f"openai {openai.__version__} has no {', '.join(sorted(connection.unsaid))}")

    def beginning(self, scenario: Scenario) -> None:
        """A scenario begins."""
        self._count += 1
        if self._live:
            click.echo(f"{self._position()} {scenario.id} …", nl=False)

    def done(self, outcome: Outcome) -> None:
        """A scenario ended."""
        if self._live:
            click.echo(_ERASE, nl=False)
        status = click.style(f"{outcome.status:<7}", fg=_COLOURS[outcome.status])
        click.echo(
            f"{self._position()} {status} {outcome.scenario.id}  {self._masked(_remark(outcome))}".rstrip(),
            color=self._color,
        )
        if outcome.status == "failed" and self._failures:
            from harness.playing.failing import failure_text

            text = self._masked(failure_text(outcome, color=self._color))
            click.echo(text, color=self._color)

    def interrupted(self) -> None:
        """The session was ended from outside."""
        if self._live:
            click.echo(_ERASE, nl=False)
        click.echo(f"interrupted in {self._position()}", err=True)

    def _position(self) -> str:
        return f"[{self._count:>{len(str(self._total))}}/{self._total}]"

    def _masked(self, text: str) -> str:
        return self._connection.target.masked(text)


def _remark(outcome: Outcome) -> str:
    """What there is to say behind the name: how long it took, or why it was not played."""
    if outcome.status == "skipped":
        return outcome.reason
    took = [lasted(outcome.seconds)]
    if outcome.virtual and outcome.api_seconds:
        took.append(f"{lasted(outcome.api_seconds)} of virtual time")
    if outcome.attempts > 1:
        took.append(f"attempt {outcome.attempts} of {outcome.allowed}")
    let_off = len(outcome.relaxed) + len(outcome.skipped)
    if let_off:
        took.append(f"{counted(let_off, 'check')} relaxed or left out")
    return ", ".join(took)

"""Practice checks on the command line: what `assistants-mock practices` tells, and beside `run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from harness.commands.exits import CONTEXT, complain
from harness.handle.courses import Record
from harness.practices.contract import Finding, PracticeError, discover, findings, known
from harness.practices.words import listing, story, summary

if TYPE_CHECKING:
    from harness.playing.outcome import Outcome
    from harness.targets.connection import Connection


@click.command(context_settings=CONTEXT)
@click.argument("name", required=False)
def practices(name: str | None) -> None:
    """List the checks of the API's do's and don'ts.

    With a NAME, all there is to say about one: its rule and source, what shows a breach, how to mend it.
    """
    if name is None:
        click.echo("\n".join(listing()))
        return
    (wanted,) = checks([name.replace("-", "_")])
    click.echo("\n".join(story(discover()[wanted])))


def checks(names: Sequence[str]) -> frozenset[str]:
    """These names of checks; ends the program when one is none."""
    try:
        return known(names)
    except PracticeError as error:
        complain(str(error))


class Judging:
    """What the checks find in the scenarios of one run."""

    def __init__(self, connection: Connection, ignored: Sequence[str]) -> None:
        """Judge by all checks but these; ends the program for a target that keeps no journal."""
        if connection.control is None:
            complain(f"{connection.target.name} keeps no journal to judge practices by; a mock does")
        self._control, self._connection = connection.control, connection
        self._ignored = checks(ignored)
        self._found: dict[str, list[Finding]] = {}

    def done(self, outcome: Outcome) -> None:
        """A scenario was played; what failed broke off, and is not judged."""
        if outcome.status == "passed":
            record = Record.read(self._control, self._connection.began)
            self._found[outcome.scenario.id] = findings(record, ignore=self._ignored, sleeps=True)

    @property
    def bad(self) -> bool:
        """Whether anything was found."""
        return any(self._found.values())

    def tell(self) -> None:
        """Print what was found."""
        lines = ["", "practices", *summary(self._found)] if self.bad else ["practices: nothing found"]
        click.echo("\n".join(lines))

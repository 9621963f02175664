"""Commands of `assistants-mock` for scenarios: run, validate, compare.

What went wrong is in the exit code: 0 nothing, 1 a scenario failed, or broke a rule where that was to be
judged (or, for compare, targets differ), 2 the command line, a profile or a file is wrong, 3 the target
cannot be reached, 130 interrupted.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands.exits import CONTEXT, INTERRUPTED, complain, written

if TYPE_CHECKING:
    from harness.commands.practices import Judging
    from harness.playing.outcome import Outcome
    from harness.scenarios.model import Scenario
    from harness.targets.connection import Connection

FAILED, UNREACHED = 1, 3

_files = click.argument("files", nargs=-1, required=True, metavar="FILES…")
_only = click.option(
    "-k", "--only", multiple=True, metavar="TEXT", help="Only those with this in their name, or error_7."
)
_time = click.option("--time", metavar="TIME", help="On a mock: virtual, real or scaled:100.")
_seed = click.option("--seed", help="On a mock: what everything random comes from.")
_slow = click.option("--slow", is_flag=True, help="Really wait where time cannot be moved.")
_keep = click.option("--keep", is_flag=True, help="Leave what was made on a real target where it is.")
_max_calls = click.option(
    "--max-calls", type=click.IntRange(min=1), metavar="N", help="Calls that a target may be sent."
)


@click.command(context_settings=CONTEXT)
@_files
@click.option("--target", default="mock", show_default=True, metavar="NAME", help="A profile, kind or URL.")
@_only
@_time
@_seed
@_slow
@_keep
@_max_calls
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT:PATH",
    help="Write html:, json:, junit: or terminal: (repeatable).",
)
@click.option("-x", "--exitfirst", is_flag=True, help="Stop after the first failure.")
@click.option("--practices", "judged", is_flag=True, help="On a mock: judge by the API's do's and don'ts.")
@click.option("--ignore-practice", "ignored", multiple=True, metavar="NAME", help="A check to leave out.")
def run(
    files: tuple[str, ...],
    target: str,
    only: tuple[str, ...],
    time: str | None,
    seed: str | None,
    slow: bool,
    keep: bool,
    max_calls: int | None,
    reports: tuple[str, ...],
    exitfirst: bool,
    judged: bool,
    ignored: tuple[str, ...],
) -> None:
    """Play scenarios on a target.

    FILES are files, folders, globs, or file::name.
    """
    from harness.playing.suite import document_of, ending_by_signal, play_all
    from harness.progress import Progress
    from harness.reports.contract import discover, write_reports
    from harness.reports.terminal import summary

    wanted = _wanted(reports, discover())
    scenarios = _scenarios(files, only)
    with (
        _opened(target, time=time, seed=_seed_of(seed), max_calls=max_calls) as connection,
        ending_by_signal(),
    ):
        judging = _judging(connection, ignored) if judged else None
        progress = Progress(len(scenarios), connection)

        def done(outcome: Outcome) -> None:
            progress.done(outcome)
            if judging is not None:
                judging.done(outcome)

        session = play_all(
            scenarios,
            connection,
            slow=slow,
            keep=keep or connection.target.keep,
            first_failure=exitfirst,
            beginning=progress.beginning,
            done=done,
        )
        if session.interrupted:
            progress.interrupted()
        document = document_of(session, connection, _seed_of(seed))
        click.echo("\n".join(summary(document)))
        _tell_of_what_is_left(connection)
    written(lambda: write_reports(wanted, document))
    if judging is not None:
        judging.tell()
    bad = session.failed or (judging is not None and judging.bad)
    sys.exit(INTERRUPTED if session.interrupted else FAILED if bad else 0)


@click.command(context_settings=CONTEXT)
@_files
def validate(files: tuple[str, ...]) -> None:
    """Check scenario files, without running anything.

    Every mistake in FILES is told with file, line and column.
    """
    from harness.playing.selection import wanted_files

    scenarios = _scenarios(files, ())
    count = len({wanted.file for wanted in wanted_files(files)})
    click.echo(f"{_counted(len(scenarios), 'scenario')} in {_counted(count, 'file')}: all fine")


@click.command(context_settings=CONTEXT)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@_files
@_only
@_time
@_seed
@_slow
@_max_calls
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT:PATH",
    help="Write json:, markdown: or text: (repeatable).",
)
def compare(
    first: str,
    second: str,
    files: tuple[str, ...],
    only: tuple[str, ...],
    time: str | None,
    seed: str | None,
    slow: bool,
    max_calls: int | None,
    reports: tuple[str, ...],
) -> None:
    """Play scenarios on two targets, and compare.

    Expectations do not count: what the targets A and B answer to FILES is compared step by step, but for ids,
    times and the words of models.
    """
    from harness.drift.differences import comparable, drift_between
    from harness.drift.words import FORMATS, text
    from harness.playing.suite import Session, ending_by_signal, play_all
    from harness.progress import Progress
    from harness.reports.contract import write_text

    wanted = _wanted(reports, FORMATS)
    scenarios = _scenarios(files, only)
    sessions: list[Session] = []
    for name in (first, second):
        opened = _opened(name, time=time, seed=_seed_of(seed), max_calls=max_calls, either=True)
        with opened as connection, ending_by_signal():
            progress = Progress(len(scenarios), connection, failures=False)
            session = play_all(
                [comparable(scenario) for scenario in scenarios],
                connection,
                slow=slow,
                beginning=progress.beginning,
                done=progress.done,
            )
            sessions.append(session)
            _tell_of_what_is_left(connection)
        if session.interrupted:
            progress.interrupted()
            sys.exit(INTERRUPTED)
    drift = drift_between(sessions[0].outcomes, sessions[1].outcomes, (first, second))
    click.echo(f"\n{text(drift)}")

    def write() -> None:
        for form, path in wanted:
            write_text(path, FORMATS[form](drift))

    written(write)
    sys.exit(FAILED if drift.different else 0)


def _scenarios(files: Sequence[str], only: Sequence[str]) -> list[Scenario]:
    """The scenarios that are meant; ends the program when there are mistakes in them, or none."""
    from harness.playing.selection import SelectionError, chosen, read_wanted_scenarios, told, wanted_files

    try:
        scenarios, mistakes = read_wanted_scenarios(wanted_files(files))
    except SelectionError as error:
        complain(str(error))
    if mistakes:
        for mistake in mistakes:
            click.echo(told(mistake), err=True)
        complain(_counted(len(mistakes), "mistake"))
    kept = chosen(scenarios, only)
    if not kept:
        asked = " or ".join(only)
        complain(f"none of {_counted(len(scenarios), 'scenario')} fits {asked}" if only else "no scenarios")
    return kept


def _opened(
    name: str, *, time: str | None, seed: int | str | None, max_calls: int | None, either: bool = False
) -> Connection:
    """The target, reached; ends the program when it cannot be. `either`: a `time` is for mocks only."""
    from harness.targets.opening import open_target
    from harness.targets.target import TargetError, UnreachableError, find_target

    try:
        target = find_target(name)
        if either and target.kind != "mock":
            time = None
        return open_target(target, seed=seed, time=time, max_calls=max_calls)
    except UnreachableError as error:
        complain(str(error), UNREACHED)
    except TargetError as error:
        complain(str(error))


def _judging(connection: Connection, ignored: Sequence[str]) -> Judging:
    from harness.commands.practices import Judging

    return Judging(connection, ignored)


def _wanted(reports: Sequence[str], known: Iterable[str]) -> list[tuple[str, Path]]:
    from harness.reports.contract import ReportError, read_wanted

    try:
        return read_wanted(reports, known)
    except ReportError as error:
        complain(str(error))


def _tell_of_what_is_left(connection: Connection) -> None:
    """Name what is still on a real target: kept as asked, or because the tidying up was interrupted."""
    for made in connection.made:
        click.echo(f"still on {connection.target.name}: {made}", err=True)


def _seed_of(written: str | None) -> int | str | None:
    """A seed as typed: a whole number where it is one."""
    return int(written) if written is not None and re.fullmatch(r"-?\d+", written) else written


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"

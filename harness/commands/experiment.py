"""The command `assistants-mock experiment`: tests with several faults at once, as a file says.

The exit code: 0 as tolerated, 1 something deviated, 2 nothing can be said (a test that fails by itself or is
not deterministic, or no fault has acted), 3 something is wrong with the command line, the files or the tests,
130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from harness.commands.exits import BROKEN, CONTEXT, INTERRUPTED, complain, written

if TYPE_CHECKING:
    from harness.experiments.model import Experiment
    from harness.experiments.running import Conducted

PATTERN = "*.experiment.yaml"

_SUFFIXES = {"html": ".html", "junit": ".xml", "json": ".json"}
_PYTEST = "pytest arguments"


class _Command(click.Command):
    """A command behind whose `--` stands what is pytest's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_PYTEST] = args[at + 1 :]
        return super().parse_args(ctx, args[:at])


@click.command(cls=_Command, context_settings=CONTEXT)
@click.argument("files", nargs=-1, required=True, metavar="FILES… [-- PYTEST ARGUMENTS…]")
@click.option("--seeds", metavar="SEEDS", help="In place of those in the files: 1..50, 1,2,3 or one.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT:PATH",
    help="Write html:, json: or junit: (repeatable), and not what the files ask for.",
)
@click.option("--dry", is_flag=True, help="Only say what would be run.")
@click.pass_context
def experiment(
    context: click.Context, files: tuple[str, ...], seeds: str | None, reports: tuple[str, ...], dry: bool
) -> None:
    """Run experiments: tests whose API breaks as a file says.

    FILES are files, or folders in which all that is called *.experiment.yaml is meant. Each experiment names
    a test, faults, seeds, and the verdicts that are good; what comes to another is run again with fewer
    faults, until none can be left out.
    """
    from harness.experiments.telling import dry as told
    from harness.explore.conducting import ConductError
    from harness.explore.reports.contract import discover
    from harness.playing.suite import ending_by_signal
    from harness.reports.contract import ReportError, read_wanted

    args: list[str] = context.meta[_PYTEST]
    if any(arg.startswith("--assistants-seed") for arg in args):
        complain("experiments have seeds of their own: --seeds 1..50", BROKEN)
    try:
        wanted = read_wanted(reports, discover())
    except ReportError as error:
        complain(str(error), BROKEN)
    experiments = _read(files, seeds)
    if dry:
        click.echo("\n".join(told(experiments)))
        return
    try:
        with ending_by_signal():
            done = _conducted(experiments, args)
    except ConductError as error:
        complain(str(error), BROKEN)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    command = " ".join(["assistants-mock experiment", *files])
    code = report(done, wanted, command)
    sys.exit(INTERRUPTED if any(each.status == "interrupted" for each in done) else code)


def report(done: Sequence[Conducted], wanted: Sequence[tuple[str, Path]], command: str) -> int:
    """Tell what came of experiments, and write their reports; the exit code."""
    from harness.experiments.documents import experiments_document
    from harness.experiments.telling import summary

    def document(some: Sequence[Conducted]) -> dict[str, Any]:
        return experiments_document(
            some, tool=f"assistants-mock {version('assistants-mock')}", command=command
        )

    shown = [each for each in done if wanted or _to_be_told(each)]
    if shown:
        click.echo("\n".join(summary(document(shown))))
    _write(wanted, document(done))
    for file in dict.fromkeys(each.experiment.file for each in done) if not wanted else ():
        of_file = [each for each in done if each.experiment.file == file]
        forms = dict.fromkeys(form for each in of_file for form in each.experiment.reports)
        paths = [(form, file.with_suffix(_SUFFIXES[form])) for form in forms if form in _SUFFIXES]
        _write(paths, document(of_file))
    code: int = document(done)["exit"]
    return code


def _to_be_told(done: Conducted) -> bool:
    """Whether it asks for the terminal, or did not go as it should."""
    return "terminal" in done.experiment.reports or bool(done.deviations) or done.status == "failed"


def _write(wanted: Sequence[tuple[str, Path]], document: dict[str, Any]) -> None:
    from harness.explore.reports.contract import write_reports

    written(lambda: write_reports(wanted, document), BROKEN)
    for form, path in wanted:
        click.echo(f"{form} report: {path}")


def _conducted(experiments: Sequence[Experiment], args: Sequence[str]) -> list[Conducted]:
    """What came of experiments in runs of pytest. Raises ConductError, and ends the program for mistakes."""
    from harness.control import Control, ControlError
    from harness.experiments.checking import known_faults
    from harness.experiments.running import conduct
    from harness.explore.conducting import Runner
    from harness.explore.suites import Suite
    from harness.plugin.hosting import shared_server
    from harness.scenarios.model import ScenarioErrors
    from harness.serving import ServerError

    server = shared_server()
    try:
        server.ready()
        with Control(server.base_url, "sk-experiments") as control:
            known = known_faults(experiments, control)
    except ScenarioErrors as mistakes:
        complain_of(list(map(str, mistakes.errors)))
    except (ServerError, ControlError) as error:
        complain(str(error), BROKEN)

    def making(tests: Sequence[str], flags: Sequence[str]) -> Runner:
        return Suite([*tests, *args], Path.cwd(), flags)

    return conduct(known, making, lambda line: click.echo(line, err=True))


def _read(files: Sequence[str], seeds: str | None) -> list[Experiment]:
    """The experiments of these files; ends the program when there are mistakes in them, or none."""
    from harness.experiments.reading import read_experiments, read_seeds
    from harness.scenarios.model import ScenarioErrors

    found: list[Experiment] = []
    mistakes: list[str] = []
    for file in dict.fromkeys(path for name in files for path in _paths(name)):
        try:
            found += read_experiments(file)
        except ScenarioErrors as errors:
            mistakes += map(str, errors.errors)
    if mistakes:
        complain_of(mistakes)
    if seeds is None:
        return found
    try:
        chosen = read_seeds(seeds)
    except ValueError as error:
        complain(f"--seeds: {error}", BROKEN)
    return [replace(each, seeds=chosen) for each in found]


def _paths(name: str) -> list[Path]:
    path = Path(name)
    if not path.is_dir():
        return [path]
    found = sorted(path.rglob(PATTERN))
    if not found:
        complain(f"there is no {PATTERN} in {name}", BROKEN)
    return found


def complain_of(mistakes: Sequence[str]) -> NoReturn:
    """Tell every mistake, and end the program."""
    for mistake in mistakes:
        click.echo(mistake, err=True)
    complain(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}", BROKEN)

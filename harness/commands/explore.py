"""The command `assistants-mock explore`: what breaks when the API fails, found out by tests of your own.

The exit code: 0 as accepted, 1 a new weakness (or one that is listed and no more there), 2 nothing can be
said (what fails by itself, or is not deterministic, or no variant was run), 3 something is wrong with the
command line, the files, the tests or the program, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.exits import BROKEN, CONTEXT, INTERRUPTED, complain, written
from harness.durations import seconds

if TYPE_CHECKING:
    from harness.explore.conducting import Runner
    from harness.explore.plans import Plan

_USUAL = "resilience.json"

_BY_NODE_ID = 'pytest "tests/test_bot.py::test_answer[runs.create#1~lost_ack]" --assistants-explore'


@click.command(context_settings={**CONTEXT, "ignore_unknown_options": True})
@click.argument("tests", nargs=-1, metavar="TESTS… [-- PYTEST ARGUMENTS…]")
@click.option("--cmd", "program", metavar="COMMAND", help="A program instead of tests, in any language.")
@click.option("--plan-only", is_flag=True, help="Only say what would be run.")
@click.option("--budget", default="60s", show_default=True, metavar="TIME", help="Real time, 0s for no end.")
@click.option(
    "--depth", type=click.IntRange(1, 5), default=2, show_default=True, help="So many faults at once."
)
@click.option("--faults", multiple=True, metavar="GLOBS", help="Only these faults or groups: run,lost_ack.")
@click.option("--raises", multiple=True, metavar="NAMES", help="Errors that what is run may raise.")
@click.option("--seed", help="What everything random comes from.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT:PATH",
    help="Write html:, json: or junit: (repeatable).",
)
@click.option("--accepted", default=_USUAL, show_default=True, metavar="FILE", help="Accepted weaknesses.")
@click.option("--accept", metavar="REASON", help="Add all that is new to that file, for this reason.")
@click.option("--only", multiple=True, metavar="VARIANT", help="With --cmd: run this one alone (repeatable).")
@click.option(
    "--base-url-env", multiple=True, metavar="NAME", help="With --cmd: one more variable with the base URL."
)
@click.option("--key-env", multiple=True, metavar="NAME", help="With --cmd: one more variable with the key.")
@click.option("--replies", metavar="FILE", help="With --cmd: what the model says, rules as JSON or YAML.")
@click.option("--scenario", metavar="FILE::NAME", help="With --cmd: the world as a scenario describes it.")
@click.option("--timeout", metavar="TIME", help="With --cmd: real time for one run.  [default: 60s]")
@click.option(
    "--jobs", type=click.IntRange(1, 64), metavar="N", help="With --cmd: so many at once.  [default: 1]"
)
def explore(tests: tuple[str, ...], budget: str, reports: tuple[str, ...], **options: Any) -> None:
    """Break a test suite's API, or a program's, one call and one fault at a time.

    TESTS are files, folders or node ids, as pytest takes them. Each is run twice as it is, then once for
    every call and every fault that could meet it, then for the ways out that this has shown. With --cmd "npm
    test" the same is done to any program that finds the API by OPENAI_BASE_URL and OPENAI_API_KEY (or Azure's
    variables): it has failed when its exit code is not 0.
    """
    from harness.explore.conducting import ConductError
    from harness.explore.reports.contract import discover
    from harness.playing.suite import ending_by_signal
    from harness.reports.contract import ReportError, read_wanted

    try:
        wanted = read_wanted(reports, discover())
    except ReportError as error:
        complain(str(error), BROKEN)
    real_time = _seconds("--budget", budget)
    try:
        with nullcontext() if options["program"] is None else ending_by_signal():
            runner, words = _chosen(tests, options)
            document = _explored(runner, words, real_time or None, options)
    except ConductError as error:
        complain(str(error), BROKEN)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    if document is None:
        return
    _report(document, wanted)
    sys.exit(document["exit"])


def _chosen(tests: tuple[str, ...], options: dict[str, Any]) -> tuple[Runner, list[str]]:
    """What is to be explored, and how it was named on the command line."""
    program = options["program"]
    if program is not None:
        if tests:
            complain(f"either tests or --cmd, not both: {' '.join(tests)}", BROKEN)
        if not program.strip():
            complain('--cmd is a command: --cmd "npm test"', BROKEN)
        return _program(program, options), ["--cmd", program]
    if not tests:
        complain(
            'say what is to be explored: tests (tests/test_bot.py), or a program (--cmd "npm test")', BROKEN
        )
    if options["only"]:
        complain(f"--only is for --cmd; a variant of a test is run by its node id:\n  {_BY_NODE_ID}", BROKEN)
    for name in ("base_url_env", "key_env", "replies", "scenario", "timeout", "jobs"):
        if options[name]:
            complain(
                f"--{name.replace('_', '-')} is for --cmd; tests say such things by their marker", BROKEN
            )
    return _suite(tests, options), list(tests)


def _suite(tests: tuple[str, ...], options: dict[str, Any]) -> Runner:
    from harness.explore.suites import Suite

    flags = [f"--assistants-faults={text}" for text in options["faults"]]
    flags += [f"--assistants-raises={text}" for text in options["raises"]]
    flags += [f"--assistants-accepted={options['accepted']}"]
    flags += [f"--assistants-seed={options['seed']}"] if options["seed"] is not None else []
    return Suite(tests, Path.cwd(), flags)


def _program(command: str, options: dict[str, Any]) -> Runner:
    from harness.explore.programs import TIMEOUT_SECONDS, Program, Programs
    from harness.explore.scripts import ScriptError, read_script
    from harness.plugin.environment import Environment
    from harness.plugin.hosting import shared_server
    from harness.plugin.options import listed, seed_of
    from harness.serving import ServerError

    timeout = TIMEOUT_SECONDS if options["timeout"] is None else _seconds("--timeout", options["timeout"])
    if not timeout:
        complain("--timeout: a run needs some time", BROKEN)
    replies = None if options["replies"] is None else Path(options["replies"])
    seed = None if options["seed"] is None else seed_of(options["seed"])
    try:
        script = read_script(options["scenario"], replies, seed)
    except ScriptError as error:
        complain(str(error), BROKEN)
    server = shared_server()
    try:
        server.ready()
    except ServerError as error:
        complain(str(error), BROKEN)

    def variables(key: str) -> dict[str, str]:
        more = dict.fromkeys(options["base_url_env"], server.base_url)
        more |= dict.fromkeys(options["key_env"], key)
        return {**os.environ, **Environment(server.base_url, key).variables(), **more}

    program = Program(
        command,
        Path.cwd(),
        variables,
        script,
        timeout=timeout,
        faults=listed(options["faults"]),
        raises=listed(options["raises"]),
        jobs=options["jobs"] or 1,
        flags=_mattering(options),
    )
    return Programs(program, server.base_url, lambda mark: click.echo(mark, err=True, nl=False))


def _mattering(options: dict[str, Any]) -> list[str]:
    """The flags that change what a variant of a program does or how it is judged, as they were typed."""
    flags = []
    for name in ("base_url_env", "key_env", "replies", "scenario", "timeout", "seed", "raises", "accepted"):
        given = options[name]
        for value in given if isinstance(given, tuple) else [given]:
            if value is not None and (name, value) != ("accepted", _USUAL):
                flags += [f"--{name.replace('_', '-')}", value]
    return flags


def _explored(
    runner: Runner, words: Sequence[str], budget: float | None, options: dict[str, Any]
) -> dict[str, Any] | None:
    """The document of the exploration; None where only the plan was wanted, which is told."""
    from harness.explore.conducting import ConductError, explore
    from harness.explore.documents import report_document
    from harness.explore.reports.terminal import planned
    from harness.explore.reproducing import quoted
    from harness.explore.resilience import Accepted, ResilienceError

    file, depth = Path(options["accepted"]), options["depth"]
    try:
        weaknesses = Accepted.read(file)
    except ResilienceError as error:
        raise ConductError(str(error)) from error
    only = _only(options["only"])
    plan, said = runner.make_plan()
    if not plan.tests:
        raise ConductError(f"there is no test to explore\n{said}".strip())
    if only:
        plan, depth = _narrowed(plan, only), 1
    if options["plan_only"]:
        click.echo("\n".join(planned(plan)))
        return None
    for line in planned(plan):
        click.echo(line, err=True)
    if options["program"] is not None and said:
        click.echo("\n".join(f"  | {line}" for line in said.splitlines()), err=True)
    done = explore(runner, plan, budget=budget, depth=depth, telling=lambda line: click.echo(line, err=True))
    variants = [{**variant, "reproduce": runner.reproducer(variant)} for variant in done.variants]
    if options["accept"] is not None:
        weaknesses = _accepting(file, weaknesses, variants, options["accept"])
    return report_document(
        done.plan,
        variants,
        tool=f"assistants-mock {_version()}",
        command=" ".join(["assistants-mock", "explore", *map(quoted, words)]),
        seed=options["seed"] if options["seed"] is not None else 0,
        depth=depth,
        accepted=weaknesses,
        planned=done.planned,
    )


def _only(names: Sequence[str]) -> list[Any]:
    from harness.explore.variants import Variant

    try:
        return [Variant.read(name) for name in dict.fromkeys(names)]
    except ValueError as error:
        complain(f"--only: {error}", BROKEN)


def _narrowed(plan: Plan, only: Sequence[Any]) -> Plan:
    """The plan with these variants alone, where anything can be run at all."""
    return plan.with_variants({name: only for name, test in plan.tests.items() if test.status == "explored"})


def _accepting(file: Path, before: Any, variants: Sequence[dict[str, Any]], reason: str) -> Any:
    """The accepted weaknesses with all new ones, written to the file."""
    from harness.explore.resilience import Accepted, Weakness, write_accepted

    new = [
        Weakness(variant["nodeid"], variant["verdict"], reason)
        for variant in variants
        if variant["severity"] == "fail" and before.reason(variant["nodeid"], variant["verdict"]) is None
    ]
    every = [*before.weaknesses, *new]
    try:
        write_accepted(file, every)
    except OSError as error:
        complain(f"{file} cannot be written: {error.strerror or error}", BROKEN)
    click.echo(f"{file}: {len(new)} accepted, {len(every)} in all", err=True)
    return Accepted(every)


def _report(document: dict[str, Any], wanted: Sequence[tuple[str, Path]]) -> None:
    from harness.explore.reports.contract import write_reports
    from harness.explore.reports.terminal import summary

    click.echo()
    click.echo("\n".join(summary(document)))
    written(lambda: write_reports(wanted, document), BROKEN)
    for form, path in wanted:
        click.echo(f"{form} report: {os.fspath(path)}")


def _seconds(option: str, text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        complain(f"{option}: {error}", BROKEN)


def _version() -> str:
    from importlib.metadata import version

    return version("assistants-mock")

"""A plan for a session that explores without one: made by a run of pytest before it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from harness.explore.plans import Plan
from harness.explore.variants import Variant, split

_ALONE = frozenset(
    (
        *("--assistants-explore", "--lf", "--last-failed", "--ff", "--failed-first", "--sw", "--stepwise"),
        *("-x", "--exitfirst", "--co", "--collect-only", "--pdb", "--trace"),
    )
)
_WITH_VALUE = ("-k", "--maxfail", "--junitxml", "--junit-xml", "--assistants-results", "--durations")
"""Flags that are meant for the variants, not for the tests they are made of."""


class BaselineError(Exception):
    """The run that was to make the plan has made none; what it said."""


def make_plan(config: pytest.Config) -> Path:
    """The file of a plan for what this session is asked to run. Raises UsageError where it cannot be made."""
    folder = Path(tempfile.mkdtemp(prefix="assistants-plan-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    path = folder / "plan.json"
    args, named = baseline_arguments(config.invocation_params.args)
    try:
        run_baselines([*args, "-p", "no:cacheprovider"], path, config.invocation_params.dir)
    except BaselineError as error:
        raise pytest.UsageError(str(error)) from error
    if named:
        plan = Plan.read(path)
        plan.with_variants({name: named.get(name, []) for name in plan.tests}).write(path)
    return path


def run_baselines(args: Sequence[str], path: Path, folder: Path) -> str:
    """Run tests without faults, and write the plan; what pytest printed. Raises BaselineError."""
    command = [sys.executable, "-m", "pytest", *args, "--assistants-plan", f"--assistants-plan-file={path}"]
    ran = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if not path.exists():
        raise BaselineError(f"the tests cannot be run without faults:\n{ran.stdout.strip()}")
    return ran.stdout


def baseline_arguments(args: Sequence[str]) -> tuple[list[str], dict[str, list[Variant]]]:
    """A command line for the tests behind the variants it names, and these by their tests."""
    named: dict[str, list[Variant]] = {}
    kept: list[str] = []
    for arg in _without_own(args):
        test, variant = split(arg)
        if variant is None:
            kept.append(arg)
            continue
        named.setdefault(test, []).append(variant)
        function = test.partition("[")[0]  # its parameters have other names when it is run as it is
        if function not in kept:
            kept.append(function)
    return kept, named


def _without_own(args: Sequence[str]) -> Iterator[str]:
    rest = iter(args)
    for arg in rest:
        if arg in _ALONE:
            continue
        if arg in _WITH_VALUE:
            next(rest, None)
        elif not arg.startswith(tuple(f"{name}=" for name in _WITH_VALUE)):
            yield arg

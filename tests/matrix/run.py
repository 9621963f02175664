"""Run the plugin in every set of versions: `make test-matrix`, or some: `python -m tests.matrix.run bare`.

Two sets run at a time, and each run has a line. A set that cannot be had here is skipped, and says why. A run
passes when nothing in it fails, nothing is skipped, nothing but the one flaky test is run again, and as much
passes as in the run before.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from tests.matrix import bare
from tests.matrix.environments import VERSION_SETS, VersionSet
from tests.matrix.outcomes import Outcome, run_pytest
from tests.sdks.environments import ROOT, UnavailableError

AT_A_TIME = 2
SHOWN_LINES = 150
"""Of the output of one run's failures, its last ones: what fails in one often fails in all."""


@dataclass(frozen=True)
class Tests:
    """Tests in a folder; `flaky` of them are run again once."""

    folder: str
    flaky: int = 0


SUITE = Tests("tests/matrix/suite", flaky=1)
OPTIONS = Tests("tests/matrix/suite")
SAMPLE = Tests("tests/apps/support_desk")


@dataclass(frozen=True)
class Run:
    """One run of pytest with these arguments."""

    name: str
    tests: Tests
    arguments: tuple[str, ...]


SKIPPED = "skipped"
_IN_ORDER = ("-p", "no:randomly")
_OPTIONS = ("options", "--asyncio-mode=auto", "--assistants-intercept", "--assistants-seed=21")
_LOOP_SCOPE = ("-o", "asyncio_default_fixture_loop_scope=function")
"""Without it pytest-asyncio, of which the sample knows nothing, warns wherever it is installed."""

RUNS = (
    Run("in order", SUITE, _IN_ORDER),
    Run("-n 2", SUITE, ("-n", "2", "--reruns", "2", "--randomly-seed=1", "--timeout=60")),
    Run("at random", SUITE, ("--randomly-seed=2", "--timeout=60", "--timeout-method=thread")),
    Run("options", OPTIONS, (*_OPTIONS, *_IN_ORDER)),
    Run("sample", SAMPLE, (*_LOOP_SCOPE, "-n", "2", "--dist=loadscope", "--randomly-seed=3")),
)


def main(arguments: Sequence[str]) -> int:
    """Run the sets that are named, or all; 1 if anything failed."""
    known: dict[str, Callable[[], Iterator[Outcome]]] = {
        versions.name: partial(_outcomes, versions) for versions in VERSION_SETS
    }
    known["bare"] = bare.outcomes
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.run", description="Check the plugin.")
    parser.add_argument("names", nargs="*", metavar="SET", help=f"one of {', '.join(known)}; all if none")
    names: list[str] = parser.parse_args(arguments).names
    for name in names:
        if name not in known:
            parser.error(f"unknown set {name}; it is one of {', '.join(known)}")
    turn = threading.Lock()

    def perform(name: str) -> list[Outcome]:
        found: list[Outcome] = []
        try:
            for outcome in known[name]():
                found.append(outcome)
                with turn:
                    print(f"{name:<21}{outcome.line()}", flush=True)
        except UnavailableError as error:
            found.append(Outcome(SKIPPED))
            with turn:
                print(f"{name:<21}{SKIPPED}: {error}", flush=True)
        return found

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        outcomes = [
            (name, outcome)
            for name, found in zip(names or known, pool.map(perform, names or known), strict=True)
            for outcome in found
        ]
    failed = [(name, outcome) for name, outcome in outcomes if outcome.complaints]
    for name, outcome in failed:
        _show(name, outcome)
    skipped = sum(1 for _, outcome in outcomes if outcome.name == SKIPPED)
    passed = len(outcomes) - len(failed) - skipped
    print(f"{passed} runs passed, {len(failed)} failed" + (f", {skipped} sets skipped" if skipped else ""))
    return 1 if failed else 0


def _show(name: str, outcome: Outcome) -> None:
    """The output of a run that failed."""
    lines = outcome.output.strip().splitlines()
    print(f"\n---- {name}, {outcome.name}: {'; '.join(outcome.complaints)} ----")
    if len(lines) > SHOWN_LINES:
        print(f"{len(lines) - SHOWN_LINES} lines, and …")
    print(*lines[-SHOWN_LINES:], sep="\n")


def _outcomes(versions: VersionSet) -> Iterator[Outcome]:
    """Every run in one set. Raises UnavailableError."""
    environment = versions.prepare()
    passed: dict[Tests, int] = {}
    for run in RUNS:
        if run.tests is SAMPLE and not versions.has_vector_stores:
            continue
        outcome = run_pytest(
            environment.command[0], run.name, ROOT / run.tests.folder, run.arguments, reruns=run.tests.flaky
        )
        if run is RUNS[0] and environment.setup_seconds:
            outcome.remarks.append(f"set up in {environment.setup_seconds:.0f} s")
        if not outcome.complaints and passed.setdefault(run.tests, outcome.passed) != outcome.passed:
            outcome.complaints.append(f"{passed[run.tests]} had passed before")
        yield outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

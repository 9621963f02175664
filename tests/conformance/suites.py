"""The SDKs' own tests of the resources that are covered, unchanged, against a mock with auto-create.

The tests come from the source distribution of each version, and run in an environment of that version.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mockserver.server import Server
from mockserver.settings import Settings
from tests.conformance.exceptions import EXCEPTIONS, Excuse, of
from tests.conformance.outcome import Outcome
from tests.sdks.environments import (
    ROOT,
    Environment,
    UnavailableError,
    output_of,
    python_environment,
    ready,
    run_setup,
)

VERSIONS = ("1.109.1", "2.54.0", "3.54.0")
RESOURCES = Path("tests/api_resources")
COVERED = (
    "beta/test_assistants.py",
    "beta/test_threads.py",
    "beta/threads",
    "test_files.py",
    "test_models.py",
    "test_uploads.py",
    "test_vector_stores.py",
    "uploads",
    "vector_stores",
)
"""The tests of covered resources, under `tests/api_resources`."""

AT_A_TIME = 2
SUITE_SECONDS = 900
BESIDE = ("pytest", "pytest-asyncio", "respx", "rich", "inline-snapshot")
"""What the suites' conftest needs beside the SDK itself."""

PLUGIN = Path(__file__).parent / "suite"
_FORM = re.compile(r"::Test\w+::test_(?:method|raw_response|streaming_response)_(\w+)")


@dataclass
class Suite:
    """What came of one SDK's suite: `failures` are what nothing excuses, `stale` excuses without need."""

    version: str
    counts: Counter[str] = field(default_factory=Counter)
    excepted: Counter[Excuse] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def failed(self) -> bool:
        """Whether anything is not as it should be."""
        return bool(self.failures or self.stale)

    def row(self) -> str:
        """The result as a row of a table."""
        if self.skipped:
            return f"| openai {self.version} | skipped: {self.skipped} | | | | |"
        counts = self.counts
        return (
            f"| openai {self.version} | {counts['passed']} | {len(self.failures)} | {self.excepted.total()} |"
            f" {counts['skipped']} | {len(self.stale)} |"
        )


HEADS = "| SDK suite | passed | failed | excepted | skipped | stale exceptions |\n|---|--:|--:|--:|--:|--:|"


def run(versions: Sequence[str] = VERSIONS) -> Outcome:
    """Run the suites and print what came of them."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        suites = list(pool.map(_run, versions))
    print(HEADS, *(suite.row() for suite in suites), sep="\n")
    uses: Counter[Excuse] = Counter()
    for suite in suites:
        uses.update(suite.excepted)
    if uses:
        print("\n| excused tests | count | evidence | reason |\n|---|--:|---|---|")
        for excuse in EXCEPTIONS:
            shown = excuse.tests.replace("\\.", ".").replace("|", "\\|")
            print(f"| `{shown}` | {uses[excuse]} | {excuse.evidence} | {excuse.reason} |")
    for suite in suites:
        for said in suite.failures:
            print(f"\nopenai {suite.version}: {said}")
        for name in suite.stale:
            print(f"\nopenai {suite.version}: stale exception: {name}")
    skipped = tuple(f"suite of openai {suite.version}: {suite.skipped}" for suite in suites if suite.skipped)
    return Outcome(any(suite.failed for suite in suites), skipped)


def _run(version: str) -> Suite:
    suite = Suite(version)
    try:
        environment = python_environment(f"suite-{version}", [f"openai[aiohttp]=={version}", *BESIDE])
        folder = source(environment, version)
    except UnavailableError as error:
        suite.skipped = str(error)
        return suite
    outcomes = environment.folder / "outcomes.jsonl"
    outcomes.unlink(missing_ok=True)
    with Server(Settings(clock="virtual", auto_create=True)) as server:
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")},
            "TEST_API_BASE_URL": server.base_url,
            "CONFORMANCE_OUTCOMES": str(outcomes),
            "PYTHONPATH": str(PLUGIN),
            "NO_PROXY": "127.0.0.1",
        }
        # Without the suite's own options, which run it in several processes: they would share a world.
        options = ["-o", "addopts=", "-p", "fresh_world", "-p", "no:cacheprovider", "--tb=short", "-q"]
        tests = [str(RESOURCES / covered) for covered in COVERED]
        command = [*environment.command, "-m", "pytest", *options, *tests]
        code, output = output_of(command, folder, variables, SUITE_SECONDS)
    judge(suite, _lines(outcomes))
    if code not in (0, 1) or not suite.counts:
        suite.failures.append(f"pytest ended with {code}\n{output[-3000:]}")
    return suite


def source(environment: Environment, version: str) -> Path:
    """The unpacked source distribution, fetched by the environment's own pip. Raises UnavailableError."""
    home = ROOT / ".sdks" / f"openai-{version}-source"

    def make() -> None:
        home.mkdir(parents=True)
        fetch = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        wanted = ["--no-binary", "openai", "--dest", str(home), f"openai=={version}"]
        run_setup([*environment.command, *fetch, *wanted], ROOT)
        with tarfile.open(home / f"openai-{version}.tar.gz") as archive:
            archive.extractall(home, filter="data")

    ready(home, [version], make)
    return home / f"openai-{version}"


def _lines(outcomes: Path) -> Iterator[dict[str, Any]]:
    if outcomes.is_file():
        for line in outcomes.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def judge(suite: Suite, outcomes: Iterator[dict[str, Any]] | Sequence[dict[str, Any]]) -> None:
    """Count the outcomes, and set what is excused apart from what is not."""
    excuses = list(of(suite.version))
    passing: set[str] = set()
    for outcome in outcomes:
        name = name_of(outcome["test"])
        if outcome["outcome"] == "failed":
            excuse = next((one for one in excuses if one.excuses(name, suite.version, outcome["text"])), None)
            if excuse is None:
                suite.failures.append(f"{outcome['test']}\n{outcome['said']}")
            else:
                suite.excepted[excuse] += 1
            continue
        suite.counts[outcome["outcome"]] += 1
        if outcome["outcome"] == "passed" and any(one.names(name, suite.version) for one in excuses):
            passing.add(name)
    suite.stale = [f"a test of {name} passes" for name in sorted(passing)]
    suite.stale += [f"{one.tests} excuses nothing" for one in excuses if one not in suite.excepted]


def name_of(test: str) -> str:
    """The file and the call that a test is about: what its forms have in common.

    Tests of empty path parameters never reach a server; they keep the names they have.
    """
    path, _, rest = test.partition("::")
    path = path.removeprefix(f"{RESOURCES.as_posix()}/")
    found = _FORM.match(f"::{rest}")
    if found is None:
        return f"{path}::{rest}"
    return f"{path}::{found[1]}"


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:] or VERSIONS).failed)

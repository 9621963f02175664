"""Run the project against the real SDKs: `make test-sdks`, or some: `python -m tests.sdks.run node-7`.

One server in virtual time serves them all; each SDK has a key, and so a world, of its own. Two run at a time.
An SDK that cannot be set up here is skipped, and says why.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mockserver.server import Server
from tests.sdks import pages, readme
from tests.sdks.environments import ROOT, SDKS, Environment, NodeSdk, PythonSdk, UnavailableError, output_of

AT_A_TIME = 2
PROGRAM_SECONDS = 180
SHOWN_LINES = 120
"""Of the output of one SDK's failures: what fails with one often fails with all."""
_NOTE = re.compile(r"^note (.+) (\d+) ms$", re.MULTILINE)
_COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)


@dataclass
class Result:
    """What came of one SDK: counts, remarks for its line, and the output of what failed."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    remarks: list[str] = field(default_factory=list)
    output: str = ""

    def line(self) -> str:
        """The result on one line."""
        counts = f"{self.passed:>3} passed, {self.failed} failed"
        if self.skipped:
            counts += f", {self.skipped} skipped"
        return f"{self.name:<13}{counts:<32}{self.seconds:5.1f} s  {'; '.join(self.remarks)}".rstrip()


def main(arguments: Sequence[str]) -> int:
    """Run the SDKs that are named, or all; 1 if a check failed."""
    known = {sdk.name: sdk for sdk in SDKS}
    parser = argparse.ArgumentParser(prog="python -m tests.sdks.run", description="Check the real SDKs.")
    parser.add_argument("names", nargs="*", metavar="SDK", help=f"one of {', '.join(known)}; all if none")
    names: list[str] = parser.parse_args(arguments).names
    for name in names:
        if name not in known:
            parser.error(f"unknown SDK {name}; it is one of {', '.join(known)}")
    chosen = [known[name] for name in names or known]
    # Programs that leave a stream early make asyncio remark on writing to a closed socket; they mean to.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    with (
        Server() as server,
        Server(keys=["known-to-nobody"]) as locked,
        ThreadPoolExecutor(AT_A_TIME) as pool,
    ):
        results = []
        for result in pool.map(lambda sdk: _check(sdk, server.base_url, locked.base_url), chosen):
            print(result.line(), flush=True)
            results.append(result)
    for result in results:
        if result.output:
            lines = result.output.strip().splitlines()
            print(f"\n---- {result.name} ----", *lines[:SHOWN_LINES], sep="\n")
            if len(lines) > SHOWN_LINES:
                print(f"… and {len(lines) - SHOWN_LINES} lines more")
    passed, failed, skipped = (sum(getattr(r, n) for r in results) for n in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


def _check(sdk: PythonSdk | NodeSdk, base_url: str, locked_url: str) -> Result:
    """Set one SDK up, and run the program, the README's and those of the pages with it."""
    result = Result(sdk.name)
    try:
        environment = sdk.prepare()
    except UnavailableError as error:
        result.skipped += 1
        result.remarks.append(f"skipped: {error}")
        return result
    if environment.setup_seconds:
        result.remarks.append(f"set up in {environment.setup_seconds:.0f} s")
    variables = {
        **os.environ,
        "OPENAI_BASE_URL": base_url,
        "LOCKED_BASE_URL": locked_url,
        "NO_PROXY": "127.0.0.1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    _run_program(result, sdk.program(environment), {**variables, "OPENAI_API_KEY": f"key-{sdk.name}"})
    if sdk.readme_language:
        _run_readme(result, sdk, environment, {**variables, "OPENAI_API_KEY": f"readme-{sdk.name}"})
    if sdk.runs_pages:
        _run_pages(result, environment, base_url)
    return result


def _run_program(result: Result, command: list[str], variables: dict[str, str]) -> None:
    start = time.perf_counter()
    code, output = output_of(command, ROOT, variables, PROGRAM_SECONDS)
    result.seconds = time.perf_counter() - start
    counts = _COUNTS.search(output)
    if counts is None:  # it never came to its end
        result.failed += 1
        result.output = output
        return
    passed, failed, skipped = map(int, counts.groups())
    result.passed += passed
    result.failed += failed or bool(code)
    result.skipped += skipped
    result.remarks += _measured(output)
    if failed or code:
        result.output = re.sub(r"^(ok|note) .*\n", "", output, flags=re.MULTILINE)


def _measured(output: str) -> list[str]:
    """What a program measured, the longest of each kind."""
    longest: dict[str, int] = {}
    for name, milliseconds in _NOTE.findall(output):
        longest[name] = max(int(milliseconds), longest.get(name, 0))
    return [f"{name} {milliseconds} ms" for name, milliseconds in longest.items()]


def _run_readme(
    result: Result, sdk: PythonSdk | NodeSdk, environment: Environment, variables: dict[str, str]
) -> None:
    language = sdk.readme_language
    text = readme.program(ROOT / "README.md", language)
    if text is None:
        if language == "python":  # one for Node is welcome, but nobody was promised it
            result.skipped += 1
            result.remarks.append("skipped: README has no program yet")
        return
    # Beside the SDK, where Node looks for it.
    file = environment.folder / f"readme{readme.SUFFIXES[language]}"
    file.write_text(text, encoding="utf-8")
    code, output = output_of([*sdk.example(environment), str(file)], ROOT, variables, PROGRAM_SECONDS)
    if code == 0:
        result.passed += 1
    else:
        result.failed += 1
        result.remarks.append("the README's program failed")
        result.output += f"\nThe README's program:\n{output}"


def _run_pages(result: Result, environment: Environment, base_url: str) -> None:
    found = list(pages.complaints(environment, base_url))
    wrong = [complaint for complaint in found if complaint]
    result.passed += len(found) - len(wrong)
    result.failed += len(wrong)
    result.remarks.append(f"{len(found)} programs of docs/errors")
    for complaint in wrong:
        result.output += f"\n{complaint}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
